//! Encounters: where one visitor's visit, or one call, begins and ends.
//!
//! Where the hall reports tickets, a visit begins with its call and ends with its end. Everywhere else it is inferred
//! from who speaks when: an encounter opens with the first speech after idleness and closes after a silence whose
//! length depends on what the clerk said last: short after a farewell, long after a request to wait.

use serde::{Deserialize, Serialize};

use super::call::Call;
use super::scene::EncounterKind;
use crate::units::{Role, SessionTime, Span};

/// Silences that close an encounter, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EncounterConfig {
    /// After ordinary speech.
    pub idle_s: f64,
    /// After the clerk's farewell, and after the hall reported the end: what is said until then belongs to it.
    pub farewell_s: f64,
    /// After the clerk asked the visitor to wait.
    pub wait_s: f64,
}

impl Default for EncounterConfig {
    fn default() -> Self {
        Self { idle_s: 20.0, farewell_s: 6.0, wait_s: 180.0 }
    }
}

/// A visitor who speaks this long after a farewell, in seconds, may be the next one.
const NEWCOMER_S: f64 = 2.5;

/// A visit of less speech than this, in seconds, and none of it the clerk's words, is a cough or a chair if so long,
/// in seconds, nothing follows.
const NOISE_SPEECH_S: f64 = 1.0;
const NOISE_S: f64 = 5.0;

/// A visit or a call that is over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Encounter {
    pub kind: EncounterKind,
    /// From the first ring, the call of the ticket or the first word, to the last word or the end that the hall
    /// reported.
    pub span: Span,
    /// Bursts of the ringing telephone.
    pub rings: usize,
    /// When the call was answered; `None` of a visit, and of a call that nobody took.
    pub answered: Option<SessionTime>,
    pub ticket: Option<String>,
    /// Both sides spoke, or the clerk more than once.
    pub served: bool,
    /// A call came in between.
    pub interrupted: bool,
}

/// How the clerk left things at the end of the last turn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Mood {
    #[default]
    Talking,
    Waiting,
    Parting,
}

/// Follows one window.
#[derive(Clone, Debug, Default)]
pub(super) struct EncounterTracker {
    config: EncounterConfig,
    pub open: Option<Open>,
    /// The hall reports tickets: speech opens no visit.
    pub by_ticket: bool,
    /// It reports their end as well: silence closes none.
    pub ends_told: bool,
}

/// The encounter that is open.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Open {
    pub kind: EncounterKind,
    pub span: Span,
    pub call: Option<Call>,
    /// Called by ticket, which may have no name.
    pub ticket: Option<Option<String>>,
    /// The hall reported its end.
    pub finished: Option<SessionTime>,
    pub interrupted: bool,
    /// The clerk said something that gave words.
    pub worded: bool,
    /// Speech of both sides, in samples.
    spoken: u64,
    mood: Mood,
    /// Start of the clerk turn that set the mood.
    mood_since: SessionTime,
    /// After a farewell and a pause a visitor spoke: end of what was said before, and that visitor's first words.
    newcomer: Option<(SessionTime, Span)>,
}

impl Open {
    fn may_be_noise(&self) -> bool {
        let little = self.spoken < SessionTime::from_seconds(NOISE_SPEECH_S).0;
        self.call.is_none() && !self.worded && little && !self.interrupted
    }
}

impl EncounterTracker {
    pub fn new(config: EncounterConfig) -> Self {
        Self { config, ..Self::default() }
    }

    /// Closes the encounter if nothing was said from its last speech until `now` for long enough.
    /// Gives what it was, and when the silence had lasted long enough.
    pub fn advance(&mut self, now: SessionTime) -> Option<(Open, SessionTime)> {
        let open = self.open.as_ref()?;
        let silence = |from: SessionTime, limit_s: f64| from.plus(SessionTime::from_seconds(limit_s).0);
        let over = match (open.finished, open.mood) {
            (Some(end), _) => silence(end, self.config.farewell_s),
            // It rings, or may ring on.
            _ if open.call.as_ref().is_some_and(|call| !call.sure) => return None,
            _ if open.ticket.is_some() && self.ends_told => return None,
            _ if open.ticket.is_some() => silence(open.span.end, self.config.wait_s),
            (_, Mood::Talking) if open.may_be_noise() => {
                silence(open.span.end, self.config.idle_s.min(NOISE_S))
            }
            (_, Mood::Talking) => silence(open.span.end, self.config.idle_s),
            (_, Mood::Waiting) => silence(open.span.end, self.config.wait_s),
            (_, Mood::Parting) => silence(open.span.end, self.config.farewell_s),
        };
        if now < over {
            return None;
        }
        self.close().map(|open| (open, over))
    }

    /// Speech of either side; opens a visit when nothing is open. Call [`advance`](Self::advance) with its start first.
    /// True when it opened one.
    pub fn speech(&mut self, role: Role, span: Span) -> bool {
        let Some(open) = &mut self.open else {
            if !self.by_ticket {
                self.begin(EncounterKind::Counter, span);
            }
            return !self.by_ticket;
        };
        if role == Role::Visitor
            && open.mood == Mood::Parting
            && span.start >= open.span.end.plus(SessionTime::from_seconds(NEWCOMER_S).0)
        {
            open.newcomer.get_or_insert((open.span.end, span));
        }
        if open.ticket.is_none() && open.call.is_none() {
            open.span.start = open.span.start.min(span.start);
        }
        open.span.end = open.span.end.max(span.end);
        open.spoken += span.samples();
        // A visitor answering a farewell does not reopen the conversation; a clerk's own words do.
        if role == Role::Clerk && span.start > open.mood_since {
            (open.mood, open.newcomer) = (Mood::Talking, None);
        }
        false
    }

    /// Opens an encounter with its first speech, its first ring or the call of its ticket.
    pub fn begin(&mut self, kind: EncounterKind, span: Span) -> &mut Open {
        self.open.insert(Open {
            kind,
            span,
            spoken: span.samples(),
            mood_since: span.start,
            ..Open::default()
        })
    }

    /// The clerk took leave in speech that began at `at`.
    pub fn parting(&mut self, at: SessionTime) {
        self.set_mood(Mood::Parting, at);
    }

    /// The clerk asked the visitor to wait in speech that began at `at`.
    pub fn waiting(&mut self, at: SessionTime) {
        self.set_mood(Mood::Waiting, at);
    }

    /// True after a farewell, while the encounter is still open.
    pub fn is_parting(&self) -> bool {
        self.open.as_ref().is_some_and(|open| open.mood == Mood::Parting)
    }

    /// A visitor may leave and the next one come without anybody telling: after a farewell, where no ticket says so.
    pub fn may_be_next(&self) -> bool {
        self.is_parting() && self.open.as_ref().is_some_and(|open| open.ticket.is_none())
    }

    /// Closes the encounter now.
    pub fn close(&mut self) -> Option<Open> {
        let mut open = self.open.take()?;
        if let Some(end) = open.finished {
            open.span.end = end.max(open.span.start);
        }
        Some(open)
    }

    /// Closes the encounter for the next visitor: what a newcomer said already is not part of it. Gives the
    /// newcomer's first words as well.
    pub fn close_for_next(&mut self) -> Option<(Open, Option<Span>)> {
        let mut open = self.close()?;
        let newcomer = open.newcomer.map(|(before, words)| {
            open.span.end = open.span.end.min(before);
            words
        });
        Some((open, newcomer))
    }

    /// How long an interrupted visit may wait for its clerk.
    pub fn patience(&self) -> u64 {
        SessionTime::from_seconds(self.config.wait_s).0
    }

    /// How long words still belong to what the hall reported to be over.
    pub fn grace(&self) -> u64 {
        SessionTime::from_seconds(self.config.farewell_s).0
    }

    fn set_mood(&mut self, mood: Mood, at: SessionTime) {
        if let Some(open) = &mut self.open {
            open.mood = mood;
            open.mood_since = open.mood_since.max(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: f64, end: f64) -> Span {
        Span::new(SessionTime::from_seconds(start), SessionTime::from_seconds(end))
    }

    #[derive(Clone, Copy)]
    enum Said {
        Plain(Role, f64, f64),
        Farewell(f64, f64),
        Wait(f64, f64),
    }

    /// Spans of the encounters in a script, in seconds.
    fn encounters(script: &[Said]) -> Vec<(f64, f64)> {
        let mut tracker = EncounterTracker::default();
        let mut closed = Vec::new();
        for said in script {
            let (role, start, end) = match *said {
                Said::Plain(role, start, end) => (role, start, end),
                Said::Farewell(start, end) | Said::Wait(start, end) => (Role::Clerk, start, end),
            };
            closed.extend(tracker.advance(SessionTime::from_seconds(start)).map(|(open, _)| open.span));
            tracker.speech(role, span(start, end));
            match said {
                Said::Farewell(..) => tracker.parting(SessionTime::from_seconds(start)),
                Said::Wait(..) => tracker.waiting(SessionTime::from_seconds(start)),
                Said::Plain(..) => {}
            }
        }
        closed.extend(tracker.close().map(|open| open.span));
        closed.iter().map(|s| (s.start.seconds(), s.end.seconds())).collect()
    }

    #[test]
    fn silences_part_encounters_according_to_what_was_said_last() {
        use Role::{Clerk, Visitor};
        use Said::{Farewell, Plain, Wait};
        for (script, expected) in [
            (vec![Plain(Clerk, 1.0, 3.0), Plain(Visitor, 4.0, 6.0)], vec![(1.0, 6.0)]),
            (vec![Plain(Clerk, 1.0, 3.0), Plain(Visitor, 24.0, 26.0)], vec![(1.0, 3.0), (24.0, 26.0)]),
            (vec![Wait(1.0, 3.0), Plain(Clerk, 60.0, 62.0)], vec![(1.0, 62.0)]),
            (
                vec![Farewell(1.0, 3.0), Plain(Visitor, 4.0, 5.0), Plain(Visitor, 12.0, 13.0)],
                vec![(1.0, 5.0), (12.0, 13.0)],
            ),
            (vec![Farewell(1.0, 3.0), Plain(Clerk, 5.0, 6.0), Plain(Clerk, 20.0, 21.0)], vec![(1.0, 21.0)]),
        ] {
            assert_eq!(encounters(&script), expected);
        }
    }
}

//! Encounters: where one visitor's visit begins and ends, inferred from who speaks when.
//!
//! An encounter opens with the first speech after idleness. It closes after a silence whose length depends
//! on what the clerk said last: short after a farewell, long after a request to wait.

use crate::units::{Role, SessionTime, Span};

/// Silences that close an encounter, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EncounterConfig {
    /// After ordinary speech.
    pub idle_s: f64,
    /// After the clerk's farewell.
    pub farewell_s: f64,
    /// After the clerk asked the visitor to wait.
    pub wait_s: f64,
}

impl Default for EncounterConfig {
    fn default() -> Self {
        Self { idle_s: 20.0, farewell_s: 6.0, wait_s: 180.0 }
    }
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
pub struct EncounterTracker {
    config: EncounterConfig,
    open: Option<Open>,
}

#[derive(Clone, Copy, Debug)]
struct Open {
    span: Span,
    mood: Mood,
    /// Start of the clerk turn that set the mood.
    mood_since: SessionTime,
}

impl EncounterTracker {
    pub fn new(config: EncounterConfig) -> Self {
        Self { config, open: None }
    }

    /// Closes the encounter if nothing was said from its last speech until `now` for long enough.
    /// Gives the span it had, and when the silence had lasted long enough.
    pub fn advance(&mut self, now: SessionTime) -> Option<(Span, SessionTime)> {
        let open = self.open?;
        let limit = match open.mood {
            Mood::Talking => self.config.idle_s,
            Mood::Waiting => self.config.wait_s,
            Mood::Parting => self.config.farewell_s,
        };
        let over = open.span.end.plus(SessionTime::from_seconds(limit).0);
        if now < over {
            return None;
        }
        self.close().map(|span| (span, over))
    }

    /// Speech of either side; opens an encounter when none is open. Call [`advance`](Self::advance) with its start first.
    /// True when it opened one.
    pub fn speech(&mut self, role: Role, span: Span) -> bool {
        match &mut self.open {
            Some(open) => {
                open.span.start = open.span.start.min(span.start);
                open.span.end = open.span.end.max(span.end);
                // A visitor answering a farewell does not reopen the conversation; a clerk's own words do.
                if role == Role::Clerk && span.start > open.mood_since {
                    open.mood = Mood::Talking;
                }
                false
            }
            None => {
                self.open = Some(Open { span, mood: Mood::Talking, mood_since: span.start });
                true
            }
        }
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
        self.open.is_some_and(|open| open.mood == Mood::Parting)
    }

    /// Start of the open encounter.
    pub fn open_since(&self) -> Option<SessionTime> {
        self.open.map(|open| open.span.start)
    }

    /// Closes the encounter now.
    pub fn close(&mut self) -> Option<Span> {
        self.open.take().map(|open| open.span)
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
            closed.extend(tracker.advance(SessionTime::from_seconds(start)).map(|(span, _)| span));
            tracker.speech(role, span(start, end));
            match said {
                Said::Farewell(..) => tracker.parting(SessionTime::from_seconds(start)),
                Said::Wait(..) => tracker.waiting(SessionTime::from_seconds(start)),
                Said::Plain(..) => {}
            }
        }
        closed.extend(tracker.close());
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

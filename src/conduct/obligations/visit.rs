//! Visit: what is known of the encounter that is open, as far as it decides what is owed, and what is.

use crate::conduct::Owing;
use crate::conduct::scene::EncounterKind;
use crate::conduct::why::{BESIDE, VISITOR_DOWN};
use crate::phrase::{PhraseHit, Speech};
use crate::said::Why;
use crate::units::{ChannelIndex, SessionTime, Span};

/// Share of a wait that the visitor may talk through.
const WAIT_TALK_MAX: f64 = 0.2;

/// An apology may stand this long before what it is for.
const SAME_TURN_S: f64 = 3.0;

/// What is known of the open encounter.
#[derive(Default)]
pub(super) struct Visit {
    pub clerk_turns: u32,
    /// Those of them that say something: recognisers write a syllable, and again, for a cough or a note of music.
    pub saying_turns: u32,
    pub visitor_spoke: bool,
    /// When the last turn was known to be over, or the visitor known to be there.
    pub known_at: SessionTime,
    pub channel: ChannelIndex,
    /// End of the clerk's last words, and how long the visitor spoke since, in samples.
    pub clerk_until: Option<SessionTime>,
    pub visitor_since: u64,
    pub clerk_turn: Option<Span>,
    /// The clerk's last words, or what should have been some.
    pub last_words: Span,
    /// Words of the last clerk turn and their mean probability.
    pub words: String,
    pub probability: f32,
    /// Clerk's speech that gave no words, and time the source did not deliver.
    pub unheard: Vec<Span>,
    /// Rule and time of every required phrase heard, and of those near to one.
    pub said: Vec<(usize, Span)>,
    pub near: Vec<(usize, Span)>,
    /// Rules whose time is over, and what became of them.
    pub settled: Vec<(usize, Owing)>,
    /// Why nothing of it can be said to be missing; `None` where all is as usual.
    pub doubt: Option<Why>,
}

/// An encounter that was put aside.
pub(in crate::conduct) struct Suspended {
    pub(super) kind: EncounterKind,
    pub(super) visit: Visit,
    pub(super) owed: Vec<Owed>,
    pub(super) triggered: Vec<Triggered>,
}

/// A required phrase that is due.
pub(super) struct Owed {
    pub rule: usize,
    /// What the finding is about.
    pub at: SessionTime,
    pub due: Span,
    /// Clerk turns when it became due: the clerk's first turn after that still counts, however late.
    pub turns_before: u32,
    /// Nobody knows whether it is due at all.
    pub doubt: Option<Why>,
}

/// A `when` rule set off by the clerk's words.
pub(super) struct Triggered {
    pub rule: usize,
    pub hit: PhraseHit,
    pub channel: ChannelIndex,
    /// Clerk turns in which it may still be met; as many as the rule allows in the turn that set it off.
    pub turns_left: u8,
    /// Expectations not met yet.
    pub open: Vec<usize>,
    /// Something near to one of them was heard.
    pub near: bool,
}

impl Visit {
    /// From when on it could be known that something was not said by `deadline`: words that were being said then have
    /// to be heard out, and it has to be known that the turn is over and that somebody is there.
    pub fn known_after(&self, deadline: SessionTime) -> SessionTime {
        let spoken_over = self.last_words.start <= deadline && deadline < self.last_words.end;
        let heard_out = if spoken_over { self.last_words.end } else { deadline };
        heard_out.max(self.known_at)
    }

    /// The clerk's turn is over.
    pub fn clerk_said(&mut self, speech: &Speech) {
        let text = speech.text(0..speech.len());
        let mut chars = text.chars();
        let Some(first) = chars.next() else { return };
        self.clerk_turns += 1;
        self.saying_turns += u32::from(chars.any(|other| other != first));
    }

    /// The silence of the clerk that ends at `until`, if the visitor did not fill it, and what makes that doubtful.
    /// Whether a visitor without a microphone spoke is not known, so that there is no telling of a wait.
    pub fn waited_until(&self, until: SessionTime, unheard: Option<&[Span]>) -> Option<(Span, Option<Why>)> {
        let since = self.clerk_until.filter(|since| *since < until)?;
        let wait = Span::new(since, until);
        let down = unheard?.iter().any(|gap| gap.overlaps(wait));
        let silent = self.visitor_since as f64 <= WAIT_TALK_MAX * wait.samples() as f64;
        silent.then_some((wait, down.then_some(VISITOR_DOWN)))
    }

    /// Somebody was served: both sides spoke, or the clerk said something twice. A single word on a recording is no
    /// visit.
    pub fn is_real(&self) -> bool {
        self.saying_turns >= 2 || (self.clerk_turns >= 1 && self.visitor_spoke)
    }

    /// Why nobody can tell what else the clerk said beside the words of `span`, if so.
    pub fn lost_around(&self, span: Span) -> Option<Why> {
        let beside =
            Span { start: span.start.minus(SessionTime::from_seconds(SAME_TURN_S).0), end: span.end };
        let lost = |gap: &Span| gap.end > beside.start;
        self.unheard.iter().any(lost).then_some(BESIDE)
    }
}

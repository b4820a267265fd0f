//! Composed rules as the judge sees them: conditions over a scene, joined by and, or, not.

use regex::Regex;

use super::expression::Expression;
use crate::conduct::FindingKind;
use crate::conduct::scene::EncounterKind;
use crate::phrase::{Likeness, PhraseSpec};
use crate::units::Role;

/// What a composed rule decides.
#[derive(Clone, Debug, PartialEq)]
pub struct Composed {
    pub finding: FindingKind,
    /// In the order of the file; never empty.
    pub conditions: Vec<Condition>,
    pub holds: Expression,
    /// What is asked, and where each finding is placed; never empty.
    pub occasions: Vec<Occasion>,
    /// Findings an encounter, at most; `None`: one for every occurrence.
    pub at_most: Option<u8>,
}

/// Where findings are placed, and what has to hold there.
#[derive(Clone, Debug, PartialEq)]
pub struct Occasion {
    pub at: At,
    pub holds: Expression,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// Once an encounter, at its start or end.
    EncounterStart,
    EncounterEnd,
    /// At each place where this condition holds: conditions that are anchored to it look around that place alone.
    Each(usize),
}

/// One operator, and where and of whom it is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    pub name: String,
    pub operator: Operator,
    /// Whose speech is meant, for operators that ask of one side's.
    pub who: Who,
    pub position: Option<Position>,
    pub anchor: Option<Anchor>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Clerk,
    Visitor,
    Either,
}

/// A stretch of the encounter. What only reaches into it counts as well.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Position {
    FirstSeconds(f32),
    LastSeconds(f32),
    /// Turns of whoever the condition is about.
    FirstTurns(u16),
    LastTurns(u16),
    /// Seconds from its start.
    Seconds {
        from: f32,
        to: f32,
    },
    /// Shares of its length.
    Share {
        from: f32,
        to: f32,
    },
}

/// Near another condition.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Anchor {
    pub side: Side,
    /// The other condition.
    pub of: usize,
    pub within_s: Option<f32>,
    /// Turns of whoever the condition is about, beyond the one that the other condition holds in.
    pub within_turns: Option<u16>,
    /// How often the condition has to be found there.
    pub hits: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Before,
    After,
    Around,
}

/// Lengths are in seconds, rates in characters a minute.
#[derive(Clone, Debug, PartialEq)]
pub enum Operator {
    Say(Say),
    Regex(Matcher),
    Similar(Similar),
    /// So many turns.
    Turns {
        at_least: Option<u16>,
        at_most: Option<u16>,
    },
    /// The same sentence, by sound.
    Repeats(Repeats),
    /// Nobody of `of` speaks for so long, between words of the encounter.
    Silence {
        at_least_s: f32,
        of: Who,
    },
    /// Whom `from` spoke to says nothing for longer than this, although the encounter goes on.
    Response {
        from: Role,
        later_than_s: f32,
    },
    Rate(Rate),
    /// Speech that begins at least `grace_s` after the other began and goes on beside it for `at_least_s`.
    TalksOver {
        at_least_s: f32,
        grace_s: f32,
    },
    Loudness {
        above: Level,
        at_least_s: f32,
    },
    Lasts {
        of: Whole,
        at_least_s: Option<f32>,
        at_most_s: Option<f32>,
    },
    Rings(Rings),
    /// The hall reported one of these.
    Reported(Vec<String>),
    Encounter(EncounterKind),
}

/// Words, by sound.
#[derive(Clone, Debug, PartialEq)]
pub struct Say {
    pub need: Need,
    /// Never empty.
    pub phrases: Vec<PhraseSpec>,
    /// For each phrase the item of the list that it belongs to.
    pub items: Vec<usize>,
    pub repeats: Option<Repeats>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// So many different items.
    Any { at_least: u16 },
    /// Every item; one after the other where the order is asked for.
    All { in_order: bool },
    /// Not one.
    None,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Repeats {
    pub times: u16,
    pub within_s: f32,
}

/// Regular expressions over the characters of a turn, without punctuation.
#[derive(Clone, Debug)]
pub struct Matcher {
    pub is: Regex,
    /// A turn in which it matches is left out.
    pub unless: Option<Regex>,
}

impl PartialEq for Matcher {
    fn eq(&self, other: &Self) -> bool {
        let texts =
            |one: &Self| (one.is.as_str().to_owned(), one.unless.as_ref().map(|u| u.as_str().to_owned()));
        texts(self) == texts(other)
    }
}

/// Sentences by likeness of sound.
#[derive(Clone, Debug, PartialEq)]
pub struct Similar {
    /// Never empty.
    pub to: Vec<Likeness>,
    /// 0 to 1.
    pub at_least: f32,
    /// What is nearer to one of these is none of them.
    pub decoys: Vec<Likeness>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    pub limit: RateLimit,
    pub over: Whole,
    /// Fewer characters say nothing of a rate.
    pub min_chars: u16,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RateLimit {
    Above(f32),
    Below(f32),
    /// Times the speaker's own rate in the encounter until then.
    RisesBy(f32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whole {
    Encounter,
    Turn,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Level {
    UsualBy { db: f32 },
    Dbfs(f32),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rings {
    MoreThan(u16),
    AnsweredAfter { seconds: f32 },
}

impl Operator {
    /// As the rulebook writes it.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Say(_) => "say",
            Self::Regex(_) => "regex",
            Self::Similar(_) => "similar",
            Self::Turns { .. } => "turns",
            Self::Repeats(_) => "repeats",
            Self::Silence { .. } => "silence",
            Self::Response { .. } => "response",
            Self::Rate(_) => "rate",
            Self::TalksOver { .. } => "talks_over",
            Self::Loudness { .. } => "loudness",
            Self::Lasts { .. } => "lasts",
            Self::Rings(_) => "rings",
            Self::Reported(_) => "reported",
            Self::Encounter(_) => "encounter",
        }
    }

    /// It asks what was said, so that whoever it is about has to be understood.
    pub fn needs_words(&self) -> bool {
        matches!(self, Self::Say(_) | Self::Regex(_) | Self::Similar(_) | Self::Repeats(_) | Self::Rate(_))
    }

    /// It asks of one side's speech, so that `role` means something.
    pub fn has_speaker(&self) -> bool {
        self.needs_words()
            || matches!(
                self,
                Self::Turns { .. }
                    | Self::TalksOver { .. }
                    | Self::Loudness { .. }
                    | Self::Lasts { of: Whole::Turn, .. }
            )
    }

    /// It asks of a stretch, so that `position` and `anchor` mean something.
    pub fn has_place(&self) -> bool {
        let whole = matches!(
            self,
            Self::Rings(_)
                | Self::Encounter(_)
                | Self::Lasts { of: Whole::Encounter, .. }
                | Self::Rate(Rate { over: Whole::Encounter, .. })
        );
        !whole
    }
}

impl Condition {
    /// The phrases that it listens for.
    pub fn phrases(&self) -> &[PhraseSpec] {
        match &self.operator {
            Operator::Say(say) => &say.phrases,
            _ => &[],
        }
    }

    pub(super) fn phrases_mut(&mut self) -> &mut [PhraseSpec] {
        match &mut self.operator {
            Operator::Say(say) => &mut say.phrases,
            _ => &mut [],
        }
    }
}

impl Composed {
    /// Whether a condition speaks that speak against the clerk: those that hold where the rule finds something.
    pub fn accuses_by(&self, condition: usize) -> bool {
        let wanted = self.holds.conditions().contains(&(condition, true));
        let placed = self.occasions.iter().any(|occasion| occasion.at == At::Each(condition));
        wanted || placed
    }
}

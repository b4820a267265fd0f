//! Score of a shift. In: `Facts` of one clerk's shift and `Parameters`. Out: `ShiftScore` with every line that made it.
//! Thread: any; a pure function. Allocates: per score.
//!
//! `docs/scoring.md` gives the formula, its reasons and a worked example that the tests recompute. All arithmetic is on
//! whole thousandths of a point, and the order of the facts means nothing, so that a score is the same to the last digit
//! wherever and however often it is computed.

mod facts;
mod parameters;
mod points;
mod reckon;
mod working;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::conduct::scene::EncounterKind;
use crate::conduct::{FindingKind, Severity};

pub use facts::{EncounterFact, Facts, FindingFact, Review};
pub use parameters::{ParameterFaults, Parameters};
pub use points::Points;
pub use reckon::score;

/// A score, or why there is none, and everything it was made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShiftScore {
    pub outcome: Outcome,
    pub coverage: Coverage,
    /// Encounters in which somebody was served.
    pub served: u64,
    /// Points of all encounters served, together.
    pub sum: Points,
    /// Points that findings outside the encounters served took.
    pub outside: Points,
    /// `(sum - outside) / served`, before the cap; zero where nobody was served.
    pub mean: Points,
    /// A critical finding counts, so that the score is capped.
    pub critical: bool,
    /// Points of courtesy an encounter, whether or not there was anything to set them off against.
    pub courtesy: Points,
    /// Findings that may still deduct: they await a review, or the decision of an appeal.
    pub open: u64,
    /// In order of time.
    pub encounters: Vec<EncounterScore>,
    /// One for each finding, in order of their encounters and of time.
    pub lines: Vec<Line>,
    pub parameters: Parameters,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Outcome {
    Scored {
        points: Points,
        /// What it becomes if everything open is decided against the clerk.
        at_worst: Points,
    },
    Unscored {
        why: Unscored,
    },
}

/// Why there is no score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
pub enum Unscored {
    /// Nothing of the shift is known.
    NothingHeard,
    TooLittleHeard {
        permille: u16,
        least_percent: u16,
    },
    TooFewEncounters {
        served: u64,
        least: u16,
    },
}

/// How much of the shift was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    pub heard_ms: u64,
    pub unheard_ms: u64,
    /// Thousandths of the shift that were heard, rounded down; `None` of a shift of no length.
    pub permille: Option<u16>,
}

/// One encounter served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EncounterScore {
    pub encounter: Arc<str>,
    pub kind: EncounterKind,
    /// What major and critical findings took.
    pub grave: Points,
    /// What notes and minor findings took.
    pub slight: Points,
    /// What courtesy earned, as far as it counts; set off against `slight` alone.
    pub credit: Points,
    /// `100 - grave - (slight - credit, not below zero)`, not below zero.
    pub points: Points,
}

/// What became of one finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    pub finding: Arc<str>,
    /// `None`: outside every encounter.
    pub encounter: Option<Arc<str>>,
    pub rule: Arc<str>,
    pub provision: Arc<str>,
    pub kind: FindingKind,
    pub severity: Severity,
    pub weight: u8,
    pub effect: Effect,
    /// Below zero what it takes, above zero what it earns.
    pub points: Points,
}

/// Why a finding takes or earns what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    Deducts,
    /// The second of its rule in the encounter: part of its points.
    DeductsAsRepeat,
    /// The third and later of its rule in the encounter: nothing more.
    RepeatedAgain,
    /// As much of it as the encounter's limit leaves.
    Credits,
    /// The encounter's limit of credit was reached before.
    CreditOverLimit,
    /// Courtesy where nobody was served.
    CreditWithoutVisitor,
    /// It could not be decided from what was heard.
    Unknown,
    /// A guard or the verification held it back.
    Held,
    /// The clerk went on and made it innocent.
    Retracted,
    /// Nobody has looked at it yet, and somebody has to.
    AwaitsReview,
    /// The clerk appealed, and nobody has decided yet.
    UnderAppeal,
    /// A reviewer found it wrong.
    Dismissed,
}

impl Effect {
    /// It may still deduct.
    pub fn is_open(self) -> bool {
        matches!(self, Self::AwaitsReview | Self::UnderAppeal)
    }
}

//! The bodies of what people do: sign in and out, review, appeal, decide, and have a shift scored.

use serde::{Deserialize, Serialize};

use crate::ledger::duty::{DutyKind, Person};
use crate::ledger::score::ShiftScore;

/// Somebody signed in or out at the window of the header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DutyBody {
    pub kind: DutyKind,
    /// Staff number.
    pub clerk: String,
    /// Who said so: the clerk, or whoever corrected it.
    pub by: String,
    /// When it was, microseconds since the Unix epoch; the header says when it was told.
    pub wall_us: i64,
}

/// What somebody makes of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ruling {
    /// It is right.
    Upheld,
    /// It is wrong, or does not count.
    Dismissed,
}

impl Ruling {
    /// As it is serialised.
    pub fn name(self) -> &'static str {
        match self {
            Self::Upheld => "upheld",
            Self::Dismissed => "dismissed",
        }
    }
}

/// A supervisor listened to a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewBody {
    /// Number of the event that the finding began with.
    pub finding: u64,
    pub ruling: Ruling,
    pub by: String,
    /// May be empty of what was upheld.
    pub reason: String,
    /// Until when the clerk may appeal, microseconds since the Unix epoch.
    pub appeal_until_us: i64,
}

/// The clerk says that a finding is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppealBody {
    pub finding: u64,
    pub by: String,
    pub text: String,
    /// Until when somebody has to decide.
    pub decide_until_us: i64,
}

/// Somebody else than the reviewer decided an appeal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionBody {
    pub finding: u64,
    pub ruling: Ruling,
    pub by: String,
    pub reason: String,
}

/// The score of a clerk's shift, as it followed from all events up to `upto`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScoredBody {
    pub clerk: Person,
    pub shift: String,
    /// The day on which the shift began, `2026-11-22`.
    pub day: String,
    /// Where the clerk sat from when to when, as it was known then: with it the score follows from the journal alone.
    pub sat: Vec<SatBody>,
    /// Number of the last event that was looked at.
    pub upto: u64,
    pub score: ShiftScore,
}

/// Wall time at a window, microseconds since the Unix epoch: from the first on, before the second.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SatBody {
    pub window: String,
    pub from_us: i64,
    pub until_us: i64,
}

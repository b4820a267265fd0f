//! What a score is made of. Names are shared: a year of a hall has a million findings of a hundred rules.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::conduct::scene::EncounterKind;
use crate::conduct::{FindingKind, FindingState, Severity};

/// One clerk's shift. The order of the lists means nothing; of facts with one id, one is taken.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Of the shift, with the clerk at the window: heard, and not.
    pub heard_ms: u64,
    pub unheard_ms: u64,
    pub encounters: Vec<EncounterFact>,
    pub findings: Vec<FindingFact>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EncounterFact {
    pub id: Arc<str>,
    pub kind: EncounterKind,
    /// Wall time, microseconds since the Unix epoch.
    pub start_us: i64,
    pub end_us: i64,
    /// Somebody was served: both sides spoke, or the clerk more than once.
    pub served: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FindingFact {
    pub id: Arc<str>,
    /// Id of the encounter it belongs to; `None`, or one that is not among the encounters: outside.
    pub encounter: Option<Arc<str>>,
    /// Wall time of its start, microseconds since the Unix epoch.
    pub start_us: i64,
    pub rule: Arc<str>,
    pub provision: Arc<str>,
    pub kind: FindingKind,
    pub severity: Severity,
    pub weight: u8,
    pub state: FindingState,
    /// Somebody has to look at it before it counts.
    pub needs_review: bool,
    pub review: Review,
}

/// What people made of a finding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Review {
    #[default]
    Unreviewed,
    /// A reviewer, or the decision of an appeal, found it right.
    Upheld,
    /// A reviewer, or the decision of an appeal, found it wrong.
    Dismissed,
    /// The clerk appealed, before or after a review; not decided yet.
    Appealed,
}

//! Standing: how an open encounter fares so far, for those who look at it. Nothing is judged by it.

use serde::{Deserialize, Serialize};

/// What became of something that is owed; the graver comes later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Owing {
    Heard,
    /// It may still be said.
    Pending,
    /// Nobody can tell.
    Unknown,
    Missing,
}

/// What is owed in the open encounter; `None` where nothing is. Of several rules for one situation the gravest shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Standing {
    pub greeting: Option<Owing>,
    /// A word about having kept the visitor waiting, once there was a wait.
    pub wait: Option<Owing>,
    /// Pending until a farewell is heard: it is owed once the encounter is over.
    pub farewell: Option<Owing>,
}

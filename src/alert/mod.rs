//! Alert. In: previews and findings of one window. Out: `Alert`, each revision of it. Thread: judge. Allocates: per
//! revision.
//!
//! A finding is what the record says once an utterance was heard to its end; an alert is what people are shown, and
//! may come earlier. One spoken occurrence makes one alert: whatever is learnt of it later revises that alert, and a
//! revision is published only when what people see of it changed.
//!
//! Only what accuses becomes an alert: confirmed findings of every kind but credit. *Held* and *unknown* count for
//! nothing, so nobody is alarmed by them.

mod account;
mod budget;
mod desk;
mod matching;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde::Serialize;

use crate::asr::Agreed;
use crate::conduct::Finding;
use crate::status::AlertStatus;

pub use account::{LatencyAccount, Moments, STAGES, SessionClock};
pub use budget::{BudgetKind, BudgetTable, Budgets};
pub use desk::AlertDesk;

/// Names an alert for its whole life. Unique over the hall: for one run, and over all runs where there is a journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct AlertId(pub u64);

impl fmt::Display for AlertId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Gives ids to all desks of a hall, from 1 on, or from the one after the last of an earlier run.
#[derive(Clone, Debug, Default)]
pub struct AlertIds(Arc<AtomicU64>);

impl AlertIds {
    pub fn after(last: u64) -> Self {
        Self(Arc::new(AtomicU64::new(last)))
    }

    pub fn next(&self) -> AlertId {
        AlertId(self.0.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

/// Where an alert stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AlertState {
    /// Heard in an utterance that is not over, or whose end was never heard.
    Provisional,
    /// Stands in the record.
    Confirmed,
    /// Taken back: counts for nothing.
    Retracted,
}

impl AlertState {
    pub const ALL: [Self; 3] = [Self::Provisional, Self::Confirmed, Self::Retracted];

    pub fn name(self) -> &'static str {
        match self {
            Self::Provisional => "provisional",
            Self::Confirmed => "confirmed",
            Self::Retracted => "retracted",
        }
    }
}

/// One revision of an alert.
#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    pub id: AlertId,
    /// Counts the revisions that were published, from 1 on.
    pub revision: u32,
    pub state: AlertState,
    /// What was found. Of a confirmed alert exactly what the record says; of a provisional one what was heard last.
    pub finding: Finding,
    /// Why it is provisional still or was retracted, for people; empty when there is nothing to say.
    pub note: String,
    /// Of the first revision, as are the four below: later ones are not what people waited for.
    pub account: LatencyAccount,
    /// Run time.
    pub first_published: Duration,
    pub budget: BudgetKind,
    /// What the budget allowed.
    pub allowed: Duration,
    pub late: bool,
}

impl Alert {
    /// As the hall's state shows it. `published_unix_s` is the wall time of the first publication.
    pub fn status(&self, published_unix_s: f64) -> AlertStatus {
        let finding = &self.finding;
        AlertStatus {
            id: self.id.0,
            window: finding.window.to_string(),
            published_unix_s,
            provision: finding.provision.clone(),
            rule: finding.rule.clone(),
            kind: finding.kind.name().to_owned(),
            severity: finding.severity.name().to_owned(),
            state: self.state.name().to_owned(),
            phrase: finding.phrase.clone(),
            heard: finding.heard.clone(),
            latency_s: self.account.total_s,
            late: self.late,
        }
    }
}

/// What would be found if an utterance in progress ended with the words heard so far.
#[derive(Clone, Debug, PartialEq)]
pub struct Preview {
    pub finding: Finding,
    /// Every character of the phrase is committed.
    pub committed: bool,
    /// The audio was asked, by forced decoding, whether the phrase was said, and it was. Never of characters that may
    /// be cut.
    pub verified: bool,
}

impl Preview {
    /// `finding` in the hypothesis that `agreed` speaks of; `verified` says whether its audio bore it out.
    pub fn new(finding: Finding, agreed: &Agreed, verified: bool) -> Self {
        let end = finding.span.end;
        Self {
            committed: end <= agreed.committed_until,
            verified: verified && end <= agreed.trusted_until,
            finding,
        }
    }

    /// Whether it is sure enough to accuse somebody before the utterance is over.
    pub fn is_sure(&self) -> bool {
        self.committed || self.verified
    }
}

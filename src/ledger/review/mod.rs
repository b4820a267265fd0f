//! Review and appeal. In: what was done about a finding so far, and what somebody wants to do. Out: whether it may be done,
//! or a typed refusal. Thread: any; pure. Allocates: per finding.
//!
//! A finding is an accusation against a person, so nobody judges it alone: a reviewer upholds or dismisses it, the clerk may
//! appeal what was upheld or not looked at yet, and somebody else than the reviewer and the clerk decides. `docs/review.md`
//! says it for people. A deadline is fixed when the step before it is taken; one for those who decide passes without
//! harm to the clerk, and is shown.

mod charge;
mod record;
mod rules;

use serde::Serialize;

use super::event::Ruling;
use super::score::Review;
use crate::conduct::FindingState;

pub use charge::charged;
pub use record::{Court, StepFault};
pub use rules::{Act, Refusal, Terms, allow};

/// One thing that was done about a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Number of its event.
    pub seq: u64,
    pub what: StepKind,
    pub who: String,
    /// Microseconds since the Unix epoch.
    pub wall_us: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "step", rename_all = "lowercase")]
pub enum StepKind {
    /// The clerk may appeal until then.
    Review {
        ruling: Ruling,
        appeal_until_us: i64,
    },
    /// Somebody has to decide until then.
    Appeal {
        decide_until_us: i64,
    },
    Decision {
        ruling: Ruling,
    },
}

/// A finding, as far as it matters who may do what about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    pub state: FindingState,
    /// When it was said, microseconds since the Unix epoch.
    pub wall_us: i64,
    pub charged: Charged,
}

/// Who sat there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Charged {
    /// Staff number.
    Clerk(String),
    /// The calendar does not say, and why.
    Nobody(String),
    /// There is no calendar.
    Unknown,
}

/// A finding's case: the steps, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Case {
    pub steps: Vec<Step>,
}

impl Case {
    /// What the steps come to.
    pub fn review(&self) -> Review {
        match self.steps.last().map(|step| step.what) {
            None => Review::Unreviewed,
            Some(StepKind::Appeal { .. }) => Review::Appealed,
            Some(StepKind::Review { ruling, .. } | StepKind::Decision { ruling }) => match ruling {
                Ruling::Upheld => Review::Upheld,
                Ruling::Dismissed => Review::Dismissed,
            },
        }
    }

    /// Until when something is to be done, where it is: an appeal by the clerk, or a decision.
    pub fn deadline(&self, subject: &Subject, terms: &Terms) -> Option<Deadline> {
        match self.steps.last().map(|step| step.what) {
            None => Some(Deadline::Appeal { until_us: terms.appeal_until(subject.wall_us) }),
            Some(StepKind::Review { ruling: Ruling::Upheld, appeal_until_us }) => {
                Some(Deadline::Appeal { until_us: appeal_until_us })
            }
            Some(StepKind::Appeal { decide_until_us }) => {
                Some(Deadline::Decision { until_us: decide_until_us })
            }
            Some(StepKind::Review { .. } | StepKind::Decision { .. }) => None,
        }
    }

    fn last_by(&self, wanted: impl Fn(&StepKind) -> bool) -> Option<&str> {
        self.steps.iter().rev().find(|step| wanted(&step.what)).map(|step| step.who.as_str())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "for", rename_all = "lowercase")]
pub enum Deadline {
    Appeal { until_us: i64 },
    Decision { until_us: i64 },
}

#[cfg(test)]
mod tests;

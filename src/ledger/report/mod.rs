//! Report. In: accounts of a time. Out: sums by shift, clerk, window, day, provision and hour, for whoever shows them.
//! Thread: any; pure. Allocates: per account.
//!
//! Coverage stands beside every score, and what belongs to nobody is counted apart, never left out.

mod adding;
pub mod paper;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::account::Who;
use super::duty::Person;
use super::score::{Coverage, FindingFact, Outcome, Points, Review, ShiftScore};
use crate::conduct::{FindingKind, FindingState};
use crate::units::{Date, WindowId};

pub use adding::{Adding, in_order, report};

/// Everything that a report shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    pub total: Sums,
    /// Every shift of every clerk, and what belongs to nobody, in order of days.
    pub shifts: Vec<ShiftLine>,
    pub clerks: Vec<(Person, Sums)>,
    /// In order of their numbers.
    pub windows: Vec<(WindowId, Sums)>,
    pub days: Vec<(Date, Sums)>,
    pub provisions: Vec<(String, ProvisionSums)>,
    /// Findings that accuse, of each window by the hour of the day.
    pub heat: BTreeMap<WindowId, [u64; 24]>,
    /// What is charged to nobody.
    pub unassigned: Sums,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ShiftLine {
    pub day: Date,
    pub shift: Option<String>,
    pub who: Who,
    pub windows: Vec<WindowId>,
    pub sums: Sums,
    /// Of clerks.
    pub outcome: Option<Outcome>,
}

/// What several accounts come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    pub heard_ms: u64,
    pub unheard_ms: u64,
    pub served: u64,
    /// Shifts of clerks, and those of them that have a score.
    pub shifts: u64,
    pub scored: u64,
    /// Of the scores together, and the lowest of them.
    pub points: Points,
    pub lowest: Option<Points>,
    pub at_worst: Points,
    pub counts: Counts,
}

/// Findings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Confirmed and not dismissed: note, minor, major, critical.
    pub accusing: [u64; 4],
    pub credits: u64,
    pub unknown: u64,
    pub dismissed: u64,
    /// Awaits a review or a decision.
    pub open: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProvisionSums {
    pub counts: Counts,
    pub upheld: u64,
    /// What was taken or earned in clerks' shifts, before caps.
    pub points: Points,
}

impl Sums {
    pub fn coverage(&self) -> Coverage {
        Coverage::of(self.heard_ms, self.unheard_ms)
    }

    /// Mean of the scores; `None` where there is none.
    pub fn mean(&self) -> Option<Points> {
        (self.scored > 0).then(|| self.points.shared(self.scored))
    }

    /// The same if everything open is decided against the clerks.
    pub fn mean_at_worst(&self) -> Option<Points> {
        (self.scored > 0).then(|| self.at_worst.shared(self.scored))
    }

    fn add_time(&mut self, heard_ms: u64, unheard_ms: u64) {
        self.heard_ms += heard_ms;
        self.unheard_ms += unheard_ms;
    }

    fn add_score(&mut self, score: &ShiftScore) {
        self.shifts += 1;
        if let Outcome::Scored { points, at_worst } = score.outcome {
            self.scored += 1;
            self.points = self.points + points;
            self.at_worst = self.at_worst + at_worst;
            self.lowest = Some(self.lowest.map_or(points, |lowest| lowest.min(points)));
        }
    }
}

impl Counts {
    /// All that accuse.
    pub fn accusations(&self) -> u64 {
        self.accusing.iter().sum()
    }

    fn add_all(&mut self, more: &Self) {
        self.accusing.iter_mut().zip(more.accusing).for_each(|(mine, more)| *mine += more);
        self.credits += more.credits;
        self.unknown += more.unknown;
        self.dismissed += more.dismissed;
        self.open += more.open;
    }

    fn add(&mut self, finding: &FindingFact) {
        let open = match (finding.state, finding.review) {
            (FindingState::Confirmed, Review::Unreviewed) => finding.needs_review,
            (FindingState::Confirmed, review) => review == Review::Appealed,
            _ => false,
        };
        self.open += u64::from(open);
        match finding.state {
            FindingState::Unknown => self.unknown += 1,
            FindingState::Held | FindingState::Retracted => {}
            FindingState::Confirmed if finding.review == Review::Dismissed => self.dismissed += 1,
            FindingState::Confirmed if finding.kind == FindingKind::Credit => self.credits += 1,
            FindingState::Confirmed => self.accusing[finding.severity as usize] += 1,
        }
    }
}

impl Sums {
    pub fn add(&mut self, other: &Self) {
        self.add_time(other.heard_ms, other.unheard_ms);
        self.served += other.served;
        self.shifts += other.shifts;
        self.scored += other.scored;
        self.points = self.points + other.points;
        self.at_worst = self.at_worst + other.at_worst;
        self.lowest = match (self.lowest, other.lowest) {
            (Some(one), Some(two)) => Some(one.min(two)),
            (one, two) => one.or(two),
        };
        self.counts.add_all(&other.counts);
    }
}

//! Report. In: accounts of a time. Out: sums by shift, clerk, window, day, provision and hour, for whoever shows them.
//! Thread: any; pure. Allocates: per account.
//!
//! Coverage stands beside every score, and what belongs to nobody is counted apart, never left out.

pub mod paper;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::account::{Account, Who};
use super::duty::{Person, Roster};
use super::score::{Coverage, FindingFact, Outcome, Points, Review, ShiftScore};
use crate::conduct::{FindingKind, FindingState};
use crate::units::{Date, WindowId};

/// Everything that a report shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    pub total: Sums,
    /// Every shift of every clerk, and what belongs to nobody, in order of days.
    pub shifts: Vec<ShiftLine>,
    pub clerks: Vec<(Person, Sums)>,
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

/// Adds accounts up.
pub fn report(accounts: &[Account], roster: &Roster) -> Report {
    let mut report = Report::default();
    let mut clerks: BTreeMap<Person, Sums> = BTreeMap::new();
    let mut windows: BTreeMap<WindowId, Sums> = BTreeMap::new();
    let mut days: BTreeMap<Date, Sums> = BTreeMap::new();
    let mut provisions: BTreeMap<Arc<str>, ProvisionSums> = BTreeMap::new();
    for account in accounts.iter().filter(|account| account.is_of_interest()) {
        let mut sums = Sums::default();
        // Time counts where somebody was planned; what is heard at night is nobody's to be heard.
        if account.key.shift.is_some() {
            sums.add_time(account.facts.heard_ms, account.facts.unheard_ms);
        }
        sums.served = account.facts.encounters.iter().filter(|encounter| encounter.served).count() as u64;
        account.score.iter().for_each(|score| sums.add_score(score));
        for finding in &account.facts.findings {
            sums.counts.add(finding);
            let of = provisions.entry(Arc::clone(&finding.provision)).or_default();
            of.counts.add(finding);
            of.upheld += u64::from(finding.review == Review::Upheld);
            if accuses(finding)
                && let Some(window) = account.window_of(&finding.id)
            {
                let hours = report.heat.entry(window.clone()).or_default();
                hours[usize::from(roster.hour(finding.start_us)) % 24] += 1;
            }
        }
        for line in account.score.iter().flat_map(|score| &score.lines) {
            let of = provisions.entry(Arc::clone(&line.provision)).or_default();
            of.points = of.points + line.points;
        }
        report.total.add(&sums);
        days.entry(account.key.day).or_default().add(&sums);
        match &account.key.who {
            Who::Clerk(person) => clerks.entry(person.clone()).or_default().add(&sums),
            Who::Nobody { .. } => report.unassigned.add(&sums),
        }
        let at: BTreeSet<&WindowId> = account.sat.iter().map(|sat| &sat.window).collect();
        add_by_window(&mut windows, account, &sums, &at);
        report.shifts.push(ShiftLine {
            day: account.key.day,
            shift: account.key.shift.clone(),
            who: account.key.who.clone(),
            windows: at.into_iter().cloned().collect(),
            sums,
            outcome: account.score.as_ref().map(|score| score.outcome),
        });
    }
    report.clerks = clerks.into_iter().collect();
    report.windows = windows.into_iter().collect();
    report.days = days.into_iter().collect();
    report.provisions = provisions.into_iter().map(|(of, sums)| (of.to_string(), sums)).collect();
    report
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
        let (mine, theirs) = (&mut self.counts, &other.counts);
        mine.accusing.iter_mut().zip(theirs.accusing).for_each(|(mine, theirs)| *mine += theirs);
        mine.credits += theirs.credits;
        mine.unknown += theirs.unknown;
        mine.dismissed += theirs.dismissed;
        mine.open += theirs.open;
    }
}

/// A shift that was sat through at one window counts there as a whole. Of one at several each window has its findings and
/// encounters; its time and its score are the clerk's, and stand at none of them.
fn add_by_window(
    windows: &mut BTreeMap<WindowId, Sums>,
    account: &Account,
    sums: &Sums,
    at: &BTreeSet<&WindowId>,
) {
    if let [only] = at.iter().collect::<Vec<_>>()[..] {
        return windows.entry((*only).clone()).or_default().add(sums);
    }
    for finding in &account.facts.findings {
        if let Some(window) = account.window_of(&finding.id) {
            windows.entry(window.clone()).or_default().counts.add(finding);
        }
    }
    for encounter in account.facts.encounters.iter().filter(|encounter| encounter.served) {
        if let Some(window) = account.window_of(&encounter.id) {
            windows.entry(window.clone()).or_default().served += 1;
        }
    }
}

fn accuses(finding: &FindingFact) -> bool {
    let counts = finding.state == FindingState::Confirmed && finding.review != Review::Dismissed;
    counts && finding.kind != FindingKind::Credit
}

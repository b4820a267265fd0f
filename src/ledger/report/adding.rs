//! Adding up. In: accounts, or what was added up of others. Out: the report. Thread: any. Allocates: per account.
//!
//! Sums are of whole numbers, so that it does not matter in how many parts they are made.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{ProvisionSums, Report, ShiftLine, Sums};
use crate::conduct::{FindingKind, FindingState};
use crate::ledger::account::{Account, Who};
use crate::ledger::duty::{Person, Roster};
use crate::ledger::score::{FindingFact, Review};
use crate::units::{Date, WindowId};

/// Adds accounts up.
pub fn report(accounts: &[Account], roster: &Roster) -> Report {
    let mut adding = Adding::default();
    accounts.iter().for_each(|account| adding.add(account, roster));
    adding.done()
}

/// A report that is being added up.
#[derive(Debug, Default)]
pub struct Adding {
    total: Sums,
    shifts: Vec<ShiftLine>,
    clerks: BTreeMap<Person, Sums>,
    windows: BTreeMap<WindowId, Sums>,
    days: BTreeMap<Date, Sums>,
    provisions: Provisions,
    heat: BTreeMap<WindowId, [u64; 24]>,
    unassigned: Sums,
}

impl Adding {
    /// The next account, in order of days.
    pub fn add(&mut self, account: &Account, roster: &Roster) {
        if !account.is_of_interest() {
            return;
        }
        let mut sums = Sums::default();
        // Time counts where somebody was planned; what is heard at night is nobody's to be heard.
        if account.key.shift.is_some() {
            sums.add_time(account.facts.heard_ms, account.facts.unheard_ms);
        }
        sums.served = account.facts.encounters.iter().filter(|encounter| encounter.served).count() as u64;
        account.score.iter().for_each(|score| sums.add_score(score));
        for finding in &account.facts.findings {
            sums.counts.add(finding);
            let of = self.provisions.of(&finding.provision);
            of.counts.add(finding);
            of.upheld += u64::from(finding.review == Review::Upheld);
            if accuses(finding)
                && let Some(window) = account.window_of(&finding.id)
            {
                let hours = self.heat.entry(window.clone()).or_default();
                hours[usize::from(roster.hour(finding.start_us)) % 24] += 1;
            }
        }
        for line in account.score.iter().flat_map(|score| &score.lines) {
            let of = self.provisions.of(&line.provision);
            of.points = of.points + line.points;
        }
        self.total.add(&sums);
        self.days.entry(account.key.day).or_default().add(&sums);
        match &account.key.who {
            Who::Clerk(person) => self.clerks.entry(person.clone()).or_default().add(&sums),
            Who::Nobody { .. } => self.unassigned.add(&sums),
        }
        let at: BTreeSet<&WindowId> = account.sat.iter().map(|sat| &sat.window).collect();
        self.add_by_window(account, &sums, &at);
        self.shifts.push(ShiftLine {
            day: account.key.day,
            shift: account.key.shift.clone(),
            who: account.key.who.clone(),
            windows: at.into_iter().cloned().collect(),
            sums,
            outcome: account.score.as_ref().map(|score| score.outcome),
        });
    }

    /// A shift that was sat through at one window counts there as a whole. Of one at several each window has its findings and
    /// encounters; its time and its score are the clerk's, and stand at none of them.
    fn add_by_window(&mut self, account: &Account, sums: &Sums, at: &BTreeSet<&WindowId>) {
        if let [only] = at.iter().collect::<Vec<_>>()[..] {
            return self.windows.entry((*only).clone()).or_default().add(sums);
        }
        for finding in &account.facts.findings {
            if let Some(window) = account.window_of(&finding.id) {
                self.windows.entry(window.clone()).or_default().counts.add(finding);
            }
        }
        for encounter in account.facts.encounters.iter().filter(|encounter| encounter.served) {
            if let Some(window) = account.window_of(&encounter.id) {
                self.windows.entry(window.clone()).or_default().served += 1;
            }
        }
    }

    /// What was added up of the accounts that follow.
    pub fn join(&mut self, next: Self) {
        self.total.add(&next.total);
        self.unassigned.add(&next.unassigned);
        self.shifts.extend(next.shifts);
        join_sums(&mut self.clerks, next.clerks);
        join_sums(&mut self.windows, next.windows);
        join_sums(&mut self.days, next.days);
        for (provision, sums) in next.provisions.0 {
            self.provisions.of(&provision).add(&sums);
        }
        for (window, hours) in next.heat {
            let mine = self.heat.entry(window).or_default();
            mine.iter_mut().zip(hours).for_each(|(mine, more)| *mine += more);
        }
    }

    pub fn done(self) -> Report {
        let mut windows: Vec<(WindowId, Sums)> = self.windows.into_iter().collect();
        windows.sort_by_key(|(window, _)| in_order(window));
        let provisions: BTreeMap<Arc<str>, ProvisionSums> = self.provisions.0.into_iter().collect();
        Report {
            total: self.total,
            shifts: self.shifts,
            clerks: self.clerks.into_iter().collect(),
            windows,
            days: self.days.into_iter().collect(),
            provisions: provisions.into_iter().map(|(of, sums)| (of.to_string(), sums)).collect(),
            heat: self.heat,
            unassigned: self.unassigned,
        }
    }
}

/// As people count: window 9 before window 10.
pub fn in_order(window: &WindowId) -> (String, u64) {
    let id = window.as_str();
    let (name, number) = id.split_at(id.trim_end_matches(|ch: char| ch.is_ascii_digit()).len());
    (name.to_owned(), number.parse().unwrap_or(0))
}

fn join_sums<K: Ord>(mine: &mut BTreeMap<K, Sums>, next: BTreeMap<K, Sums>) {
    for (key, sums) in next {
        mine.entry(key).or_default().add(&sums);
    }
}

/// Of some dozens of provisions, that are asked for a million times.
#[derive(Debug, Default)]
struct Provisions(Vec<(Arc<str>, ProvisionSums)>);

impl Provisions {
    fn of(&mut self, provision: &Arc<str>) -> &mut ProvisionSums {
        // Names are mostly the very same; where they are not they may still be equal.
        let known = self.0.iter().position(|(name, _)| Arc::ptr_eq(name, provision));
        let known = known.or_else(|| self.0.iter().position(|(name, _)| name == provision));
        let at = known.unwrap_or_else(|| {
            self.0.push((Arc::clone(provision), ProvisionSums::default()));
            self.0.len() - 1
        });
        &mut self.0[at].1
    }
}

impl ProvisionSums {
    fn add(&mut self, other: &Self) {
        self.counts.add_all(&other.counts);
        self.upheld += other.upheld;
        self.points = self.points + other.points;
    }
}

fn accuses(finding: &FindingFact) -> bool {
    let counts = finding.state == FindingState::Confirmed && finding.review != Review::Dismissed;
    counts && finding.kind != FindingKind::Credit
}

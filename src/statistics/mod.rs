//! Statistics. In: published alerts and the recogniser's work. Out: percentiles for the hall's state, metrics for
//! Prometheus. Thread: judge writes, web reads, under a lock of the caller's. Allocates: at start, and per scrape.
//!
//! Memory is bounded: a window costs about 50 kB, however long the run.

mod catalogue;
#[cfg(test)]
mod checker;
mod distribution;
mod metrics;

use std::collections::BTreeMap;

use crate::alert::{Alert, AlertState, BudgetKind, Budgets, LatencyAccount, STAGES};
use crate::conduct::FindingKind;
use crate::status::{BudgetStatus, Percentiles, StageStatus};
use crate::units::WindowId;

use distribution::Distribution;

pub use metrics::{CONTENT_TYPE, PLAIN_CONTENT_TYPE, Scrape, plain};

/// Which decode of an utterance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Decode {
    /// While it was in progress.
    Partial,
    /// At its end.
    Final,
}

impl Decode {
    pub const ALL: [Self; 2] = [Self::Partial, Self::Final];

    pub fn name(self) -> &'static str {
        match self {
            Self::Partial => "partial",
            Self::Final => "final",
        }
    }
}

/// Figures of a run, by window.
#[derive(Clone, Debug)]
pub struct Statistics {
    budgets: Budgets,
    windows: BTreeMap<WindowId, Figures>,
}

/// Figures of one window. Lists run parallel to [`STAGES`] and the `ALL` of their kinds.
#[derive(Clone, Debug, Default)]
struct Figures {
    stages: [Distribution; STAGES.len()],
    /// First publications, by budget: the whole latency, and those over the budget.
    totals: [Distribution; BudgetKind::ALL.len()],
    late: [u64; BudgetKind::ALL.len()],
    /// Alerts whose account had to be put right.
    clamped: u64,
    /// First publications by kind, and every publication by kind and state.
    alerts: [u64; KINDS.len()],
    revisions: [[u64; AlertState::ALL.len()]; KINDS.len()],
    decodes: [Decodes; Decode::ALL.len()],
}

#[derive(Clone, Copy, Debug, Default)]
struct Decodes {
    count: u64,
    decode_s: f64,
    verify_s: f64,
}

/// Kinds of findings that make alerts.
const KINDS: [FindingKind; 3] = [FindingKind::Forbidden, FindingKind::Missing, FindingKind::Voice];

impl Statistics {
    /// Statistics of a hall with these windows: their figures are there from the start, as zeros.
    pub fn new(windows: &[WindowId], budgets: Budgets) -> Self {
        let windows = windows.iter().map(|window| (window.clone(), Figures::default())).collect();
        Self { budgets, windows }
    }

    /// Counts a revision that was published; the first one of an alert is also timed.
    pub fn alert(&mut self, alert: &Alert) {
        let figures = self.windows.entry(alert.finding.window.clone()).or_default();
        let kind = place(&KINDS, &alert.finding.kind);
        figures.revisions[kind][place(&AlertState::ALL, &alert.state)] += 1;
        if alert.revision > 1 {
            return;
        }
        figures.alerts[kind] += 1;
        let budget = place(&BudgetKind::ALL, &alert.budget);
        figures.late[budget] += u64::from(alert.late);
        figures.time(budget, &alert.account);
    }

    /// Counts what the recogniser did for a window.
    pub fn decoded(&mut self, window: &WindowId, which: Decode, decode_s: f64, verify_s: f64) {
        let figures = self.windows.entry(window.clone()).or_default();
        let decodes = &mut figures.decodes[place(&Decode::ALL, &which)];
        decodes.count += 1;
        decodes.decode_s += decode_s.max(0.0);
        decodes.verify_s += verify_s.max(0.0);
    }

    /// Alerts of a window, retracted ones too.
    pub fn alerts(&self, window: &WindowId) -> u64 {
        self.windows.get(window).map_or(0, |figures| figures.alerts.iter().sum())
    }

    /// Alerts of a window that were published later than their budget allows.
    pub fn late(&self, window: &WindowId) -> u64 {
        self.windows.get(window).map_or(0, |figures| figures.late.iter().sum())
    }

    /// Time from its words, or its deadline, to an alert's first publication.
    pub fn latency(&self, window: &WindowId, budget: BudgetKind) -> Percentiles {
        let of = |figures: &Figures| figures.totals[place(&BudgetKind::ALL, &budget)].percentiles();
        self.windows.get(window).map(of).unwrap_or_default()
    }

    /// Time in each of [`STAGES`].
    pub fn stages(&self, window: &WindowId) -> [Percentiles; STAGES.len()] {
        let of = |figures: &Figures| figures.stages.each_ref().map(Distribution::percentiles);
        self.windows.get(window).map(of).unwrap_or_default()
    }

    /// The same over all windows.
    pub fn stages_of_hall(&self) -> Vec<StageStatus> {
        let stages = STAGES.iter().enumerate().map(|(index, name)| {
            let mut all = Distribution::default();
            self.windows.values().for_each(|figures| all.add(&figures.stages[index]));
            StageStatus { name: (*name).to_owned(), measured: all.percentiles() }
        });
        stages.collect()
    }

    /// How each budget was kept, over all windows.
    pub fn budgets(&self) -> Vec<BudgetStatus> {
        let kinds = BudgetKind::ALL.iter().enumerate();
        let status = kinds.map(|(index, kind)| {
            let mut all = Distribution::default();
            self.windows.values().for_each(|figures| all.add(&figures.totals[index]));
            BudgetStatus {
                name: kind.name().to_owned(),
                budget_s: self.budgets.allowed(*kind).as_secs_f64(),
                measured: all.percentiles(),
                late: self.windows.values().map(|figures| figures.late[index]).sum(),
            }
        });
        status.collect()
    }

    /// Memory that the distributions hold, bytes.
    pub fn bytes(&self) -> usize {
        let of = |figures: &Figures| {
            figures.stages.iter().chain(&figures.totals).map(Distribution::bytes).sum::<usize>()
        };
        self.windows.values().map(|figures| size_of::<Figures>() + of(figures)).sum()
    }
}

impl Figures {
    fn time(&mut self, budget: usize, account: &LatencyAccount) {
        for (distribution, took_s) in self.stages.iter_mut().zip(account.stages()) {
            distribution.record(took_s);
        }
        self.totals[budget].record(account.total_s);
        self.clamped += u64::from(account.clamped);
    }
}

/// Place of `item` in a list of all its kind. What is not in it counts as the first: credit makes no alert.
fn place<T: PartialEq>(all: &[T], item: &T) -> usize {
    all.iter().position(|other| other == item).unwrap_or(0)
}

#[cfg(test)]
mod tests;

//! The score: alerts against what was said on the tapes. Pure.
//!
//! An alert counts from the true end of its phrase to its first publication. Alerts are paired with phrases as `eval`
//! does it. A phrase is not counted where the start of the tape cuts it, or the run ends less than [`TAIL`] after it;
//! alerts on such phrases, and others that late, count for nothing.

use std::time::Duration;

use serde::Serialize;

use super::layout::Said;
use super::session::Session;
use crate::alert::{Alert, AlertState, BudgetKind, Budgets, STAGES};
use crate::conduct::{Finding, FindingKind};
use crate::eval::{Forbidden, HourlyRate, Share, match_alerts};
use crate::status::Percentiles;

/// An alert may take this long and still come before the end of the run.
pub(super) const TAIL: Duration = Duration::from_secs(3);

/// How forbidden phrases were found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Score {
    /// Phrases found under the provision they break, of those counted.
    pub recall: Share,
    /// Under that or any other.
    pub recall_any: Share,
    pub not_counted: u64,
    pub false_alarms: HourlyRate,
    pub duplicates: u64,
    /// Alerts that were taken back; they count neither as found nor as false.
    pub retracted: u64,
    /// Of the phrases found: published before their utterance was over.
    pub early: u64,
    /// Published later than the budget allows, from the true end; and by the runtime's own account.
    pub late: u64,
    pub late_by_account: u64,
    /// From the true end of the phrase to the first publication; below zero where it came before.
    pub latency: Percentiles,
    /// The runtime's account of the same alerts: from where the recogniser heard the phrase end.
    pub account: Percentiles,
    /// Parts of it.
    pub stages: Vec<Stage>,
    /// Phrases without an alert, and accusations that were taken back: where, what, why.
    pub missed: Vec<String>,
    /// From the true end to where the recogniser heard it.
    pub heard_end: Percentiles,
    /// Alerts on something missing, from the moment it was due.
    pub missing: Vec<Missing>,
    /// Those of them that came late, for people.
    pub told_late: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Stage {
    pub name: &'static str,
    #[serde(flatten)]
    pub took: Percentiles,
}

/// Alerts on missing speech under one budget.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Missing {
    pub budget: &'static str,
    pub allowed_s: f64,
    #[serde(flatten)]
    pub latency: Percentiles,
    pub late: u64,
}

/// Alerts of all windows that hit a phrase, with what is measured of each.
#[derive(Default)]
struct Tally {
    said: u64,
    found: u64,
    confused: u64,
    not_counted: u64,
    false_alarms: u64,
    duplicates: u64,
    early: u64,
    late: u64,
    late_by_account: u64,
    latency: Vec<f64>,
    account: Vec<f64>,
    stages: [Vec<f64>; STAGES.len()],
    heard_end: Vec<f64>,
    missed: Vec<String>,
}

/// Scores a session in which window `i` was played `said[i]`.
pub(super) fn score(said: &[Vec<Said>], session: &Session, budgets: &Budgets) -> Score {
    let mut tally = Tally::default();
    for (window, said) in said.iter().enumerate() {
        tally.window(window, said, session, budgets);
    }
    let hours = said.len() as f64 * session.stopped.as_secs_f64() / 3_600.0;
    let all = || session.alerts.values().map(|(_, alert)| alert);
    let retracted = all().filter(|alert| is_forbidden(alert) && alert.state == AlertState::Retracted);
    let stages = STAGES.iter().zip(&tally.stages);
    Score {
        recall: Share::new(tally.found, tally.said),
        recall_any: Share::new(tally.found + tally.confused, tally.said),
        not_counted: tally.not_counted,
        false_alarms: HourlyRate::new(tally.false_alarms, hours),
        duplicates: tally.duplicates,
        retracted: retracted.count() as u64,
        early: tally.early,
        late: tally.late,
        late_by_account: tally.late_by_account,
        latency: percentiles(&tally.latency),
        account: percentiles(&tally.account),
        stages: stages.map(|(name, took)| Stage { name, took: percentiles(took) }).collect(),
        missed: tally.missed,
        heard_end: percentiles(&tally.heard_end),
        missing: [BudgetKind::Greeting, BudgetKind::Farewell]
            .into_iter()
            .map(|kind| missing(all(), kind, budgets))
            .collect(),
        told_late: told_late(session),
    }
}

impl Tally {
    fn window(&mut self, window: usize, said: &[Said], session: &Session, budgets: &Budgets) {
        let Some(clock) = session.clocks[window] else { return };
        let counts = |span: crate::units::Span| clock.run_time(span.end) + TAIL <= session.stopped;
        let phrases: Vec<Forbidden> = said.iter().map(|said| said.phrase.clone()).collect();
        let counted: Vec<bool> = said.iter().map(|said| said.whole && counts(said.phrase.span)).collect();
        let alerts = session.alerts.values().filter(|(of, alert)| *of == window && is_forbidden(alert));
        let mut alerts: Vec<&Alert> =
            alerts.map(|(_, alert)| alert).filter(|alert| alert.state != AlertState::Retracted).collect();
        alerts.sort_by_key(|alert| (alert.finding.span, alert.id));
        let findings: Vec<&Finding> = alerts.iter().map(|alert| &alert.finding).collect();
        let matches = match_alerts(&phrases, &findings);
        let counting = |pairs: &[(usize, usize)]| pairs.iter().filter(|(p, _)| counted[*p]).count() as u64;
        self.said += counted.iter().filter(|counted| **counted).count() as u64;
        self.not_counted += counted.iter().filter(|counted| !**counted).count() as u64;
        self.found += counting(&matches.hits);
        self.confused += counting(&matches.confused);
        self.duplicates += counting(&matches.duplicates);
        self.false_alarms +=
            matches.false_alarms.iter().filter(|a| counts(findings[**a].span)).count() as u64;
        for said in matches.misses.iter().filter(|p| counted[**p]).map(|p| &said[*p].phrase) {
            let Forbidden { span, text, provision, .. } = said;
            self.missed.push(format!("window {} at {}: {provision} {text}", window + 1, span.start));
        }
        for (_, alert) in session.alerts.values().filter(|(of, alert)| *of == window && is_forbidden(alert)) {
            if alert.state == AlertState::Retracted {
                let Finding { span, provision, heard, .. } = &alert.finding;
                let (window, note) = (window + 1, &alert.note);
                self.missed.push(format!(
                    "window {window} at {}: {provision} {heard} taken back: {note}",
                    span.start
                ));
            }
        }
        for (p, a) in matches.hits.iter().chain(&matches.confused).filter(|(p, _)| counted[*p]) {
            let (said, alert) = (&said[*p], alerts[*a]);
            let published_s = alert.first_published.as_secs_f64();
            let latency_s = published_s - clock.run_time(said.phrase.span.end).as_secs_f64();
            self.early += u64::from(published_s < clock.run_time(said.utterance_end).as_secs_f64());
            self.late += u64::from(latency_s > budgets.forbidden.as_secs_f64());
            self.late_by_account += u64::from(alert.late);
            self.latency.push(latency_s);
            self.account.push(alert.account.total_s);
            self.heard_end.push(latency_s - alert.account.total_s);
            for (all, took_s) in self.stages.iter_mut().zip(alert.account.stages()) {
                all.push(took_s);
            }
        }
    }
}

fn is_forbidden(alert: &Alert) -> bool {
    alert.finding.kind == FindingKind::Forbidden
}

fn missing<'a>(all: impl Iterator<Item = &'a Alert>, kind: BudgetKind, budgets: &Budgets) -> Missing {
    let of: Vec<&Alert> = all.filter(|alert| alert.budget == kind).collect();
    Missing {
        budget: kind.name(),
        allowed_s: budgets.allowed(kind).as_secs_f64(),
        latency: percentiles(&of.iter().map(|alert| alert.account.total_s).collect::<Vec<_>>()),
        late: of.iter().filter(|alert| alert.late).count() as u64,
    }
}

fn told_late(session: &Session) -> Vec<String> {
    let late = session.alerts.values().filter(|(_, alert)| alert.late && !is_forbidden(alert));
    let told = late.map(|(window, alert)| {
        let (due, rule, total_s) = (alert.finding.due, &alert.finding.rule, alert.account.total_s);
        format!("window {} due at {due}: {rule}, after {total_s:.2} s", window + 1)
    });
    told.collect()
}

/// Percentiles by nearest rank: each is a value that was measured.
pub(super) fn percentiles(values: &[f64]) -> Percentiles {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |percent: usize| {
        let rank = (sorted.len() * percent).div_ceil(100);
        sorted.get(rank.saturating_sub(1)).copied().unwrap_or(0.0)
    };
    Percentiles { count: sorted.len() as u64, p50_s: at(50), p95_s: at(95), p99_s: at(99), max_s: at(100) }
}

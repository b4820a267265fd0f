//! Matching: which alert belongs to which forbidden phrase of the truth, within one file.
//!
//! The rules, in order:
//! 1. *Hit*: same channel, same provision, times that overlap or are at most [`TOLERANCE_S`] apart.
//! 2. *Confused*: of what is left, same channel and near, but another provision.
//! 3. *Duplicate*: of the alerts left, one that truly overlaps a phrase already found.
//! 4. Every other alert is a *false alarm*, every other phrase a *miss*.
//!
//! A phrase has at most one alert and an alert at most one phrase; where several could pair, the pair that
//! shares most time goes first, then the earlier phrase, then the earlier alert.

use crate::conduct::Finding;
use crate::units::{SAMPLE_RATE_HZ, Span};

use super::truth::Forbidden;

/// How far apart an alert and its phrase may lie: recognisers place words a few hundred milliseconds off.
pub const TOLERANCE_S: f64 = 0.5;

/// What became of a file's phrases and alerts, as indices into the slices given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matches {
    /// (phrase, alert)
    pub hits: Vec<(usize, usize)>,
    /// (phrase, alert)
    pub confused: Vec<(usize, usize)>,
    /// (phrase, alert)
    pub duplicates: Vec<(usize, usize)>,
    pub false_alarms: Vec<usize>,
    pub misses: Vec<usize>,
}

/// Pairs the forbidden phrases of one file, or one window, with the alerts on it.
pub fn match_alerts(phrases: &[Forbidden], alerts: &[&Finding]) -> Matches {
    let mut pairs: Vec<(i64, usize, usize)> = Vec::new();
    for (p, phrase) in phrases.iter().enumerate() {
        for (a, alert) in alerts.iter().enumerate().filter(|(_, alert)| alert.channel == phrase.channel) {
            let shared = overlap(phrase.span, alert.span);
            if shared >= -tolerance() {
                pairs.push((shared, p, a));
            }
        }
    }
    pairs.sort_by_key(|(shared, p, a)| (-shared, *p, *a));
    let mut phrase_taken = vec![false; phrases.len()];
    let mut alert_taken = vec![false; alerts.len()];
    let mut take = |fits: &dyn Fn(usize, usize) -> bool| {
        let mut taken = Vec::new();
        for (_, p, a) in &pairs {
            if !phrase_taken[*p] && !alert_taken[*a] && fits(*p, *a) {
                phrase_taken[*p] = true;
                alert_taken[*a] = true;
                taken.push((*p, *a));
            }
        }
        taken.sort_unstable();
        taken
    };
    let hits = take(&|p, a| phrases[p].provision == alerts[a].provision);
    let confused = take(&|_, _| true);
    let mut duplicates = Vec::new();
    for (shared, p, a) in &pairs {
        if *shared > 0 && !alert_taken[*a] {
            alert_taken[*a] = true;
            duplicates.push((*p, *a));
        }
    }
    duplicates.sort_unstable();
    let left = |taken: &[bool]| (0..taken.len()).filter(|i| !taken[*i]).collect();
    Matches { hits, confused, duplicates, false_alarms: left(&alert_taken), misses: left(&phrase_taken) }
}

/// Samples two spans share; when they share none, minus the gap between them.
pub(super) fn overlap(a: Span, b: Span) -> i64 {
    a.end.0.min(b.end.0) as i64 - a.start.0.max(b.start.0) as i64
}

fn tolerance() -> i64 {
    (TOLERANCE_S * f64::from(SAMPLE_RATE_HZ)) as i64
}

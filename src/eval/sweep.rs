//! Sweep: what would be found, and at what cost, if another sureness were enough.
//!
//! Candidates are the forbidden phrases that were confirmed and those that only doubt held back: the audio did not bear
//! them out, or their sureness did not reach its threshold. What is innocent by its words stays innocent at any
//! threshold. Of candidates in the same words only one is raised, as it is live: the confirmed one, then the surest.

use std::fmt::Write as _;

use serde::Serialize;

use super::Heard;
use super::Pair;
use super::forbidden::Recall;
use super::interval::{HourlyRate, Share};
use super::matching::match_alerts;
use super::tables::{hourly, share};
use super::truth::Truth;
use crate::conduct::{Finding, FindingKind, FindingState};

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sweep {
    /// Names of the corpora.
    pub corpus: String,
    /// From the strictest threshold, which accepts nothing, to the loosest, which accepts every candidate. One point for
    /// each sureness at which something changes.
    pub points: Vec<SweepPoint>,
    /// What was really confirmed. It need not lie on the curve: what is asked of a phrase depends on its length.
    pub operating: SweepPoint,
}

/// What is found where `threshold` is the least sureness accepted.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SweepPoint {
    /// `None` of the operating point, which has no single one.
    pub threshold: Option<f32>,
    #[serde(flatten)]
    pub recall: Recall,
    pub false_alarms: HourlyRate,
}

/// Recall against false alarms as the least sureness accepted varies, over several corpora as over one.
pub fn sweep(corpora: &[(Truth, Vec<Heard>)]) -> Sweep {
    let pairs: Vec<Pair> = corpora.iter().flat_map(|(truth, heard)| super::pair_up(truth, heard).0).collect();
    let names: Vec<&str> = corpora.iter().map(|(truth, _)| truth.corpus.as_str()).collect();
    let candidates: Vec<Vec<&Finding>> = pairs.iter().map(|pair| candidates(&pair.heard.findings)).collect();
    let mut thresholds: Vec<f32> = candidates.iter().flatten().map(|finding| finding.sureness).collect();
    thresholds.push(1.0 + f32::EPSILON);
    thresholds.sort_by(|a, b| b.total_cmp(a));
    thresholds.dedup();
    let at = |threshold: f32| point(&pairs, &candidates, Some(threshold), &|f| f.sureness >= threshold);
    Sweep {
        corpus: names.join(" + "),
        points: thresholds.into_iter().map(at).collect(),
        operating: point(&pairs, &candidates, None, &confirmed),
    }
}

impl Sweep {
    /// The operating point in one line.
    pub fn line(&self) -> String {
        let SweepPoint { recall, false_alarms, .. } = self.operating;
        format!(
            "{}: recall {} (any provision {}), false alarms an hour {}",
            self.corpus,
            share(recall.strict),
            share(recall.lenient),
            hourly(false_alarms)
        )
    }

    /// One line a point, the operating point last with an empty threshold.
    pub fn csv(&self) -> String {
        let mut out = String::from(
            "threshold,said,found,found_any_provision,recall,recall_low,recall_high,\
             false_alarms,hours,false_alarms_per_hour,per_hour_low,per_hour_high\n",
        );
        for point in self.points.iter().chain([&self.operating]) {
            let SweepPoint { threshold, recall: Recall { strict, lenient }, false_alarms } = point;
            let threshold = threshold.map_or_else(String::new, |t| format!("{t:.4}"));
            let cells = [strict.rate, strict.low, strict.high].map(cell).join(",");
            let rates = [false_alarms.per_hour, false_alarms.low, false_alarms.high].map(cell).join(",");
            // Writing to a string cannot fail.
            let _ = writeln!(
                out,
                "{threshold},{},{},{},{cells},{},{:.4},{rates}",
                strict.of, strict.count, lenient.count, false_alarms.events, false_alarms.hours
            );
        }
        out
    }
}

fn cell(value: Option<f64>) -> String {
    value.map_or_else(String::new, |value| format!("{value:.4}"))
}

fn confirmed(finding: &Finding) -> bool {
    finding.state == FindingState::Confirmed
}

/// In the order in which they are preferred.
fn candidates(findings: &[Finding]) -> Vec<&Finding> {
    let doubted = |f: &Finding| {
        f.state == FindingState::Held && f.evidence.held_back.as_ref().is_some_and(|why| why.is_doubt())
    };
    let open = |f: &&Finding| f.kind == FindingKind::Forbidden && (confirmed(f) || doubted(f));
    let mut candidates: Vec<&Finding> = findings.iter().filter(open).collect();
    candidates.sort_by(|a, b| {
        let surest = || b.sureness.total_cmp(&a.sureness);
        let place = |f: &'_ Finding| (f.span, f.channel);
        confirmed(b)
            .cmp(&confirmed(a))
            .then_with(surest)
            .then_with(|| place(a).cmp(&place(b)))
            .then_with(|| (&a.provision, &a.phrase).cmp(&(&b.provision, &b.phrase)))
    });
    candidates
}

fn point(
    pairs: &[Pair],
    candidates: &[Vec<&Finding>],
    threshold: Option<f32>,
    accepted: &dyn Fn(&Finding) -> bool,
) -> SweepPoint {
    let (mut said, mut hits, mut confused, mut wrong, mut audio_s) = (0, 0, 0, 0, 0.0);
    for (pair, candidates) in pairs.iter().zip(candidates) {
        let mut alerts: Vec<&Finding> = Vec::new();
        for candidate in candidates.iter().copied().filter(|f| accepted(f)) {
            let same = |f: &&Finding| f.channel == candidate.channel && f.span.overlaps(candidate.span);
            // What was confirmed was raised, whatever else was.
            if confirmed(candidate) || !alerts.iter().any(same) {
                alerts.push(candidate);
            }
        }
        alerts.sort_by_key(|f| (f.span, f.channel));
        let matches = match_alerts(&pair.truth.forbidden, &alerts);
        said += pair.truth.forbidden.len() as u64;
        hits += matches.hits.len() as u64;
        confused += matches.confused.len() as u64;
        wrong += matches.false_alarms.len() as u64;
        audio_s += pair.heard.audio_s;
    }
    SweepPoint {
        threshold,
        recall: Recall { strict: Share::new(hits, said), lenient: Share::new(hits + confused, said) },
        false_alarms: HourlyRate::new(wrong, audio_s / 3600.0),
    }
}

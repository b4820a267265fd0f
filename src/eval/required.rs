//! Required speech: were greetings, farewells and apologies that were left out reported, and only those?
//!
//! What is due where, and which findings belong to it, is told in `dues`. Only recordings whose encounters are known are
//! scored, and only provisions annotated in full; dues that are only inferred are left to `decisions`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Pair;
use super::dues::{self, Due, Outcome};
use super::interval::Share;
use super::truth::{Encounter, Truth};
use crate::conduct::{Finding, FindingState};
use crate::units::Span;

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RequiredScore {
    /// Encounters scored.
    pub encounters: u64,
    pub by_provision: Vec<RequiredRow>,
    /// Missing words that no finding reported, or only as unknown.
    pub missed: Vec<RequiredNote>,
    /// Findings of missing words that were said, or were not due.
    pub false_findings: Vec<RequiredNote>,
    /// Confirmed findings of provisions the truth does not annotate, by provision.
    pub not_annotated: BTreeMap<String, u64>,
}

/// Counts of one provision.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RequiredRow {
    pub provision: String,
    /// Dues at which the words were left out.
    pub missing: u64,
    /// Of those, reported.
    pub found: u64,
    /// Of those, left undecided.
    pub missing_unknown: u64,
    /// Dues at which the words were said; `None` where only omissions are annotated.
    pub said: Option<u64>,
    /// Of those, with no finding against them.
    pub heard: Option<u64>,
    /// Of those, left undecided.
    pub said_unknown: Option<u64>,
    /// Confirmed findings that were wrong.
    pub wrong: u64,
    /// Further confirmed findings at a due already reported.
    pub duplicates: u64,
    pub recall: Share,
    pub precision: Share,
    /// Findings that decided nothing, of all findings of the provision.
    pub unknown: Share,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RequiredNote {
    pub file: String,
    pub provision: String,
    #[serde(serialize_with = "super::seconds")]
    pub span: Span,
    /// What the clerk said instead; of a false finding, what was expected.
    pub text: String,
    /// What the finding says; empty when there was none.
    pub reason: String,
}

pub(super) fn score(truth: &Truth, pairs: &[Pair]) -> RequiredScore {
    let mut out = RequiredScore::default();
    let mut counts: BTreeMap<String, Counts> = BTreeMap::new();
    for pair in pairs {
        let Some(encounters) = &pair.truth.encounters else { continue };
        out.encounters += encounters.len() as u64;
        score_file(truth, pair, encounters, &mut counts, &mut out);
    }
    out.by_provision = counts.into_iter().map(|(provision, c)| c.row(provision)).collect();
    out
}

fn score_file(
    truth: &Truth,
    pair: &Pair,
    encounters: &[Encounter],
    counts: &mut BTreeMap<String, Counts>,
    out: &mut RequiredScore,
) {
    let mut dues = dues::stated(pair.truth, encounters);
    dues.retain(|due| truth.annotated_missing.contains(due.provision));
    for stray in dues::assign(&mut dues, &pair.heard.findings) {
        let confirmed = stray.state == FindingState::Confirmed;
        if truth.annotated_missing.contains(&stray.provision) {
            counts.entry(stray.provision.clone()).or_default().add_stray(confirmed);
            if confirmed {
                out.false_findings.push(false_note(&pair.truth.file, stray));
            }
        } else if confirmed {
            *out.not_annotated.entry(stray.provision.clone()).or_default() += 1;
        }
    }
    for due in dues.iter().filter(|due| due.outcome != Outcome::Excused) {
        counts.entry(due.provision.to_owned()).or_default().add(due);
        note(&pair.truth.file, due, out);
    }
}

fn note(file: &str, due: &Due, out: &mut RequiredScore) {
    match (due.outcome, due.confirmed()) {
        (Outcome::LeftOut, None) => out.missed.push(due_note(file, due)),
        (Outcome::Said, Some(finding)) => out.false_findings.push(false_note(file, finding)),
        _ => {}
    }
}

pub(super) fn due_note(file: &str, due: &Due) -> RequiredNote {
    RequiredNote {
        file: file.to_owned(),
        provision: due.provision.to_owned(),
        span: due.span,
        text: due.text.to_owned(),
        reason: due.reported.first().map_or_else(String::new, |f| f.reason.clone()),
    }
}

pub(super) fn false_note(file: &str, finding: &Finding) -> RequiredNote {
    RequiredNote {
        file: file.to_owned(),
        provision: finding.provision.clone(),
        span: finding.span,
        text: finding.phrase.clone(),
        reason: finding.reason.clone(),
    }
}

#[derive(Default)]
struct Counts {
    missing: u64,
    found: u64,
    missing_unknown: u64,
    said: u64,
    heard: u64,
    said_unknown: u64,
    wrong: u64,
    duplicates: u64,
    findings: u64,
    unknown_findings: u64,
}

impl Counts {
    fn add(&mut self, due: &Due) {
        let confirmed = due.reported.iter().filter(|f| f.state == FindingState::Confirmed).count() as u64;
        let all = due.reported.len() as u64;
        self.findings += all;
        self.unknown_findings += all - confirmed;
        self.duplicates += confirmed.saturating_sub(1);
        let (decided, unknown) = (confirmed > 0, confirmed == 0 && all > 0);
        if due.outcome == Outcome::Said {
            self.said += 1;
            self.heard += u64::from(all == 0);
            self.said_unknown += u64::from(unknown);
            self.wrong += u64::from(decided);
        } else {
            self.missing += 1;
            self.found += u64::from(decided);
            self.missing_unknown += u64::from(unknown);
        }
    }

    /// A finding where nothing was due.
    fn add_stray(&mut self, confirmed: bool) {
        self.findings += 1;
        self.wrong += u64::from(confirmed);
        self.unknown_findings += u64::from(!confirmed);
    }

    fn row(self, provision: String) -> RequiredRow {
        let every_due_known = matches!(provision.as_str(), "P01" | "P02" | "P07" | "P08");
        let known = |count: u64| every_due_known.then_some(count);
        RequiredRow {
            provision,
            missing: self.missing,
            found: self.found,
            missing_unknown: self.missing_unknown,
            said: known(self.said),
            heard: known(self.heard),
            said_unknown: known(self.said_unknown),
            wrong: self.wrong,
            duplicates: self.duplicates,
            recall: Share::new(self.found, self.missing),
            precision: Share::new(self.found, self.found + self.wrong),
            unknown: Share::new(self.unknown_findings, self.findings),
        }
    }
}

//! Required speech: were greetings, farewells and apologies that were left out reported, and only those?
//!
//! A *due* is one occasion at which the standard demands words. Greetings and farewells are due at every
//! encounter, so it is known where they were said; apologies (P11 to P14) only where the truth says that one is
//! missing. A finding belongs to the due of its provision whose stretch it shares most time with:
//!
//! | provision | stretch |
//! |---|---|
//! | P01, P08 | from 1 s before to 15 s after the encounter opens |
//! | P02 | 8 s around its end |
//! | P07 | first ring to answer, 1 s on either side |
//! | others | the clerk's turn, 1 s on either side |
//!
//! A call that was opened improperly is held against P08 alone: a P01 finding there is neither right nor wrong.
//! Only recordings whose encounters are known are scored, and only provisions annotated in full.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Pair;
use super::interval::Share;
use super::matching::overlap;
use super::truth::{Encounter, EncounterKind, Truth, TruthFile};
use crate::conduct::{Finding, FindingKind, FindingState};
use crate::units::{SAMPLE_RATE_HZ, Span};

/// How long after its opening an encounter may still be greeted, s.
const OPENING_S: u64 = 15;
/// How far from its end a farewell may be reported missing, s.
const ENDING_S: u64 = 8;
/// What times may be off by, s.
const SLACK_S: u64 = 1;

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

/// One occasion at which words were due.
struct Due<'a> {
    provision: &'a str,
    /// Where findings about it lie.
    stretch: Span,
    /// The place of the omission itself, for reports.
    span: Span,
    text: &'a str,
    outcome: Outcome,
    reported: Vec<&'a Finding>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Said,
    LeftOut,
    /// Findings here are neither right nor wrong.
    Excused,
}

fn score_file(
    truth: &Truth,
    pair: &Pair,
    encounters: &[Encounter],
    counts: &mut BTreeMap<String, Counts>,
    out: &mut RequiredScore,
) {
    let mut dues = dues(pair.truth, encounters);
    dues.retain(|due| truth.annotated_missing.contains(due.provision));
    let mut findings: Vec<&Finding> =
        pair.heard.findings.iter().filter(|f| f.kind == FindingKind::Missing).collect();
    findings.sort_by(|a, b| a.span.cmp(&b.span).then_with(|| a.provision.cmp(&b.provision)));
    for finding in findings {
        let confirmed = finding.state == FindingState::Confirmed;
        if !truth.annotated_missing.contains(&finding.provision) {
            if confirmed {
                *out.not_annotated.entry(finding.provision.clone()).or_default() += 1;
            }
            continue;
        }
        match nearest_due(&mut dues, finding) {
            Some(due) => due.reported.push(finding),
            None => {
                let row = counts.entry(finding.provision.clone()).or_default();
                row.add_stray(confirmed);
                if confirmed {
                    out.false_findings.push(false_note(&pair.truth.file, finding));
                }
            }
        }
    }
    for due in dues.iter().filter(|due| due.outcome != Outcome::Excused) {
        counts.entry(due.provision.to_owned()).or_default().add(due);
        note(&pair.truth.file, due, out);
    }
}

fn dues<'a>(file: &'a TruthFile, encounters: &'a [Encounter]) -> Vec<Due<'a>> {
    let mut dues = Vec::new();
    let outcome = |said| if said { Outcome::Said } else { Outcome::LeftOut };
    let due = |provision, span: Span, before_s: u64, after_s: u64, outcome| Due {
        provision,
        stretch: widened(span, before_s, after_s),
        span,
        text: "",
        outcome,
        reported: Vec::new(),
    };
    for (index, encounter) in encounters.iter().enumerate() {
        let opening = Span::new(encounter.opened, encounter.opened);
        let ending = Span::new(encounter.span.end, encounter.span.end);
        let call = encounter.kind == EncounterKind::Telephone;
        let greeted =
            if call && !encounter.greeting { Outcome::Excused } else { outcome(encounter.greeting) };
        dues.push(due("P01", opening, SLACK_S, OPENING_S, greeted));
        dues.push(due("P02", ending, ENDING_S, ENDING_S, outcome(encounter.farewell)));
        if call {
            let late = file.missing.iter().any(|m| m.provision == "P07" && m.encounter == Some(index));
            let ringing = Span::new(encounter.span.start, encounter.opened);
            dues.push(due("P07", ringing, SLACK_S, SLACK_S, outcome(!late)));
            dues.push(due("P08", opening, SLACK_S, OPENING_S, outcome(encounter.greeting)));
        }
    }
    // Calls answered late are counted with their encounter above.
    let told = |m: &&super::truth::Missing| m.provision != "P07" || m.encounter.is_none();
    for missing in file.missing.iter().filter(told) {
        let text = missing.text.as_str();
        dues.push(Due { text, ..due(&missing.provision, missing.span, SLACK_S, SLACK_S, Outcome::LeftOut) });
    }
    dues
}

fn widened(span: Span, before_s: u64, after_s: u64) -> Span {
    let rate = u64::from(SAMPLE_RATE_HZ);
    Span::new(span.start.minus(before_s * rate), span.end.plus(after_s * rate))
}

/// The due that shares most time with the finding, the earlier of equals; touching counts, for findings
/// without length.
fn nearest_due<'d, 'a>(dues: &'d mut [Due<'a>], finding: &Finding) -> Option<&'d mut Due<'a>> {
    let index = (0..dues.len())
        .filter(|i| dues[*i].provision == finding.provision && overlap(dues[*i].stretch, finding.span) >= 0)
        .max_by_key(|i| (overlap(dues[*i].stretch, finding.span), std::cmp::Reverse(*i)))?;
    dues.get_mut(index)
}

fn note(file: &str, due: &Due, out: &mut RequiredScore) {
    let confirmed = due.reported.iter().find(|f| f.state == FindingState::Confirmed);
    match (due.outcome, confirmed) {
        (Outcome::LeftOut, None) => out.missed.push(RequiredNote {
            file: file.to_owned(),
            provision: due.provision.to_owned(),
            span: due.span,
            text: due.text.to_owned(),
            reason: due.reported.first().map_or_else(String::new, |f| f.reason.clone()),
        }),
        (Outcome::Said, Some(finding)) => out.false_findings.push(false_note(file, finding)),
        _ => {}
    }
}

fn false_note(file: &str, finding: &Finding) -> RequiredNote {
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

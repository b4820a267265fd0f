//! Decisions: at how many occasions was it told rightly whether what was due was said?
//!
//! | | no finding | undecided | confirmed |
//! |---|---|---|---|
//! | said | correct | unknown | wrong |
//! | left out | wrong | unknown | correct |
//! | not due | not counted | unknown | wrong |
//!
//! Every occasion makes one decision, and every finding beyond any occasion another. Occasions are those of `dues`, the
//! inferred ones too: they are counted apart. Only recordings whose encounters are known are scored, and only provisions
//! annotated in full.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use serde::Serialize;

use super::Pair;
use super::dues::{self, Due, Outcome};
use super::interval::Share;
use super::required::{RequiredNote, due_note, false_note};
use super::truth::Truth;
use crate::conduct::FindingState;

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DecisionScore {
    pub pooled: Decisions,
    pub by_provision: Vec<ProvisionDecisions>,
    /// Occasions, and findings beyond any, that were left undecided.
    pub undecided: Vec<RequiredNote>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProvisionDecisions {
    pub provision: String,
    #[serde(flatten)]
    pub decisions: Decisions,
}

/// `correct`, `wrong` and `unknown` share one whole: every decision.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Decisions {
    /// Occasions at which the words were said.
    pub said: u64,
    /// Of those, known from the words of the truth only.
    pub said_inferred: u64,
    pub left_out: u64,
    /// Findings where nothing was due.
    pub not_due: u64,
    pub correct: Share,
    pub wrong: Share,
    pub unknown: Share,
}

/// Decisions being counted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    said: u64,
    said_inferred: u64,
    left_out: u64,
    not_due: u64,
    correct: u64,
    wrong: u64,
    unknown: u64,
}

impl Tally {
    fn add(&mut self, due: &Due) {
        let said = due.outcome == Outcome::Said;
        self.said += u64::from(said);
        self.said_inferred += u64::from(said && due.inferred);
        self.left_out += u64::from(!said);
        match (due.confirmed().is_some(), due.reported.is_empty()) {
            (false, false) => self.unknown += 1,
            (reported, _) if reported != said => self.correct += 1,
            _ => self.wrong += 1,
        }
    }

    fn add_stray(&mut self, confirmed: bool) {
        self.not_due += 1;
        self.wrong += u64::from(confirmed);
        self.unknown += u64::from(!confirmed);
    }

    pub fn decisions(self) -> Decisions {
        let all = self.correct + self.wrong + self.unknown;
        Decisions {
            said: self.said,
            said_inferred: self.said_inferred,
            left_out: self.left_out,
            not_due: self.not_due,
            correct: Share::new(self.correct, all),
            wrong: Share::new(self.wrong, all),
            unknown: Share::new(self.unknown, all),
        }
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.said += other.said;
        self.said_inferred += other.said_inferred;
        self.left_out += other.left_out;
        self.not_due += other.not_due;
        self.correct += other.correct;
        self.wrong += other.wrong;
        self.unknown += other.unknown;
    }
}

pub(super) fn score(truth: &Truth, pairs: &[Pair]) -> DecisionScore {
    let mut counts: BTreeMap<String, Tally> = BTreeMap::new();
    let mut undecided = Vec::new();
    for pair in pairs {
        for (provision, tally) in of_file(truth, pair, &mut undecided) {
            *counts.entry(provision).or_default() += tally;
        }
    }
    let mut pooled = Tally::default();
    counts.values().for_each(|tally| pooled += *tally);
    let row =
        |(provision, tally): (String, Tally)| ProvisionDecisions { provision, decisions: tally.decisions() };
    DecisionScore {
        pooled: pooled.decisions(),
        by_provision: counts.into_iter().map(row).collect(),
        undecided,
    }
}

/// The decisions on one file, by provision; none where its encounters are not known.
pub(super) fn of_file(
    truth: &Truth,
    pair: &Pair,
    undecided: &mut Vec<RequiredNote>,
) -> BTreeMap<String, Tally> {
    let mut counts: BTreeMap<String, Tally> = BTreeMap::new();
    let Some(encounters) = &pair.truth.encounters else { return counts };
    let file = &pair.truth.file;
    let annotated = |provision: &str| truth.annotated_missing.contains(provision);
    let mut dues = dues::stated(pair.truth, encounters);
    let inferred = dues::inferred(pair.truth, &dues);
    dues.extend(inferred);
    dues.retain(|due| annotated(due.provision));
    for stray in dues::assign(&mut dues, &pair.heard.findings) {
        if !annotated(&stray.provision) {
            continue;
        }
        let confirmed = stray.state == FindingState::Confirmed;
        counts.entry(stray.provision.clone()).or_default().add_stray(confirmed);
        undecided.extend((!confirmed).then(|| false_note(file, stray)));
    }
    for due in dues.iter().filter(|due| due.outcome != Outcome::Excused) {
        counts.entry(due.provision.to_owned()).or_default().add(due);
        let open = due.confirmed().is_none() && !due.reported.is_empty();
        undecided.extend(open.then(|| due_note(file, due)));
    }
    counts
}

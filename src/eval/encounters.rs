//! Encounters: were visits and calls parted where they really were?
//!
//! A heard encounter *belongs* to a true one when they share at least half of the time of either. Of those that belong
//! to a true encounter the one that shares most time with it is compared with it; where one heard encounter is that for
//! several, it counts for the one that it shares most time with. What became of each true encounter, the first that
//! applies:
//!
//! | outcome | when |
//! |---|---|
//! | missed | nothing heard belongs to it |
//! | split | several heard encounters belong to it, and to no other more |
//! | merged | what belongs to it also belongs to another true encounter |
//! | off | its start or its end is over [`BOUNDARY_S`] off |
//! | matched | both are nearer than that |
//!
//! Only recordings whose encounters are known are scored.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Pair;
use super::interval::Share;
use super::truth::{Encounter, EncounterKind};
use crate::units::{SessionTime, Span};

/// How far a boundary may be off, s.
pub const BOUNDARY_S: f64 = 2.0;

/// An encounter as the judge took it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct HeardEncounter {
    pub kind: EncounterKind,
    /// Of a call: the first ring heard.
    pub start_s: f64,
    pub end_s: f64,
}

impl HeardEncounter {
    fn span(&self) -> Span {
        let start = SessionTime::from_seconds(self.start_s);
        Span::new(start, SessionTime::from_seconds(self.end_s).max(start))
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EncounterScore {
    pub pooled: EncounterCounts,
    /// By the folder of the recording, and by kind.
    pub by_group: Vec<EncounterRow>,
    /// Every true encounter that was not matched or is of another kind, and every heard one that was not there.
    pub faults: Vec<EncounterNote>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EncounterRow {
    pub label: String,
    #[serde(flatten)]
    pub counts: EncounterCounts,
}

/// Of the true encounters, how many became what.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct EncounterCounts {
    /// Start and end within [`BOUNDARY_S`].
    pub matched: Share,
    pub missed: u64,
    pub split: u64,
    pub merged: u64,
    pub off: u64,
    /// Heard where there was none.
    pub invented: u64,
    /// Of those compared.
    pub start_within: Share,
    pub end_within: Share,
    pub kind_right: Share,
    pub start_error: Spread,
    pub end_error: Spread,
}

/// How far off the compared ones are, s; `None` where there are none.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// Of the errors with their sign: below 0 is early.
    pub median_s: Option<f64>,
    /// Of the errors without sign, nearest rank.
    pub p95_s: Option<f64>,
    pub max_s: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EncounterOutcome {
    Matched,
    Missed,
    Split,
    Merged,
    Off,
    /// There was none.
    Invented,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EncounterNote {
    pub file: String,
    #[serde(serialize_with = "super::seconds")]
    pub span: Span,
    pub kind: EncounterKind,
    pub outcome: EncounterOutcome,
    /// What it was compared with.
    pub heard: Option<HeardEncounter>,
}

pub(super) fn score(pairs: &[Pair]) -> EncounterScore {
    let mut pooled = Tally::default();
    let mut groups: BTreeMap<(u8, &str), Tally> = BTreeMap::new();
    let mut faults = Vec::new();
    for Pair { truth, heard } in pairs {
        let Some(encounters) = &truth.encounters else { continue };
        for judged in judge(encounters, &heard.encounters) {
            let kind = match judged.kind {
                EncounterKind::Counter => "counter",
                EncounterKind::Telephone => "telephone",
            };
            for tally in [(0, truth.group.as_str()), (1, kind)] {
                groups.entry(tally).or_default().add(&judged);
            }
            pooled.add(&judged);
            let Judged { span, kind, outcome, heard } = judged;
            let right = heard.is_some_and(|heard| heard.kind == kind);
            if outcome != EncounterOutcome::Matched || !right {
                faults.push(EncounterNote { file: truth.file.clone(), span, kind, outcome, heard });
            }
        }
    }
    let row = |((_, label), tally): ((u8, &str), Tally)| EncounterRow {
        label: label.to_owned(),
        counts: tally.counts(),
    };
    EncounterScore { pooled: pooled.counts(), by_group: groups.into_iter().map(row).collect(), faults }
}

/// What became of one encounter.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Judged {
    span: Span,
    kind: EncounterKind,
    outcome: EncounterOutcome,
    heard: Option<HeardEncounter>,
}

/// Every true encounter of a file in order, then the invented ones.
fn judge(truth: &[Encounter], heard: &[HeardEncounter]) -> Vec<Judged> {
    let mut heard: Vec<HeardEncounter> = heard.to_vec();
    heard.sort_by_key(HeardEncounter::span);
    let belongs = |t: usize, h: usize| {
        let (a, b) = (truth[t].span, heard[h].span());
        let shared = a.shared(b);
        shared > 0 && 2 * shared >= a.samples().min(b.samples())
    };
    // For each heard encounter the true one that it shares most time with, the earlier of equals.
    let home = |h: usize| {
        let shared = |t: &usize| truth[*t].span.shared(heard[h].span());
        (0..truth.len()).filter(|t| belongs(*t, h)).max_by_key(|t| (shared(t), std::cmp::Reverse(*t)))
    };
    let homes: Vec<Option<usize>> = (0..heard.len()).map(home).collect();
    let mut judged: Vec<Judged> = (0..truth.len())
        .map(|t| {
            let Encounter { span, kind, .. } = truth[t];
            let own: Vec<usize> = (0..heard.len()).filter(|h| homes[*h] == Some(t)).collect();
            let nearest = own.iter().copied().max_by_key(|h| (span.shared(heard[*h].span()), usize::MAX - h));
            let shares = |h: usize| (0..truth.len()).any(|other| other != t && belongs(other, h));
            let lost = (0..heard.len()).any(|h| belongs(t, h) && homes[h] != Some(t));
            let outcome = match nearest {
                None if lost => EncounterOutcome::Merged,
                None => EncounterOutcome::Missed,
                Some(_) if own.len() > 1 => EncounterOutcome::Split,
                Some(h) if shares(h) => EncounterOutcome::Merged,
                Some(h) if near(span, heard[h]) => EncounterOutcome::Matched,
                Some(_) => EncounterOutcome::Off,
            };
            Judged { span, kind, outcome, heard: nearest.map(|h| heard[h]) }
        })
        .collect();
    let invented = (0..heard.len()).filter(|h| homes[*h].is_none()).map(|h| heard[h]);
    judged.extend(invented.map(|heard| Judged {
        span: heard.span(),
        kind: heard.kind,
        outcome: EncounterOutcome::Invented,
        heard: Some(heard),
    }));
    judged
}

fn near(span: Span, heard: HeardEncounter) -> bool {
    let (start_s, end_s) = errors(span, heard);
    start_s.abs() <= BOUNDARY_S && end_s.abs() <= BOUNDARY_S
}

/// Start and end, s: above 0 where heard later.
fn errors(span: Span, heard: HeardEncounter) -> (f64, f64) {
    (heard.start_s - span.start.seconds(), heard.end_s - span.end.seconds())
}

#[derive(Default)]
struct Tally {
    outcomes: BTreeMap<EncounterOutcome, u64>,
    kind_right: u64,
    start_s: Vec<f64>,
    end_s: Vec<f64>,
}

impl Tally {
    fn add(&mut self, judged: &Judged) {
        *self.outcomes.entry(judged.outcome).or_default() += 1;
        let compared = judged.heard.filter(|_| judged.outcome != EncounterOutcome::Invented);
        if let Some(heard) = compared {
            let (start_s, end_s) = errors(judged.span, heard);
            self.start_s.push(start_s);
            self.end_s.push(end_s);
            self.kind_right += u64::from(heard.kind == judged.kind);
        }
    }

    fn counts(self) -> EncounterCounts {
        let of = |outcome| self.outcomes.get(&outcome).copied().unwrap_or(0);
        let invented = of(EncounterOutcome::Invented);
        let all = self.outcomes.values().sum::<u64>() - invented;
        let compared = self.start_s.len() as u64;
        let within = |errors: &[f64]| {
            let near = errors.iter().filter(|error| error.abs() <= BOUNDARY_S).count();
            Share::new(near as u64, compared)
        };
        EncounterCounts {
            matched: Share::new(of(EncounterOutcome::Matched), all),
            missed: of(EncounterOutcome::Missed),
            split: of(EncounterOutcome::Split),
            merged: of(EncounterOutcome::Merged),
            off: of(EncounterOutcome::Off),
            invented,
            start_within: within(&self.start_s),
            end_within: within(&self.end_s),
            kind_right: Share::new(self.kind_right, compared),
            start_error: Spread::of(&self.start_s),
            end_error: Spread::of(&self.end_s),
        }
    }
}

impl Spread {
    fn of(errors: &[f64]) -> Self {
        let ranked = |mut values: Vec<f64>, share: f64| {
            values.sort_by(f64::total_cmp);
            let rank = (share * values.len() as f64).ceil() as usize;
            values.get(rank.max(1) - 1).copied()
        };
        let sizes = || errors.iter().map(|error| error.abs()).collect::<Vec<f64>>();
        Self {
            median_s: ranked(errors.to_vec(), 0.5),
            p95_s: ranked(sizes(), 0.95),
            max_s: ranked(sizes(), 1.0),
        }
    }
}

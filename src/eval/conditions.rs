//! Conditions: what noise, rooms and lines do to the whole of it, within one run and between runs.

use std::collections::BTreeMap;

use serde::Serialize;

use super::decisions::{self, Tally};
use super::forbidden::{ForbiddenScore, Recall};
use super::interval::{HourlyRate, Share};
use super::strata::{Stratum, strata};
use super::tables::{hourly, markdown, percent, share};
use super::truth::{Form, Truth};
use super::{Evaluation, Pair};
use crate::units::Role;

/// What was found under one condition of the recordings.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConditionSummary {
    #[serde(flatten)]
    pub stratum: Stratum,
    /// Of the phrases said under it; `None` where there are none.
    pub recall: Option<Recall>,
    /// Over the recordings that it describes.
    pub false_alarms: HourlyRate,
    /// Decisions on required speech in those recordings.
    pub decided_rightly: Share,
    pub undecided: Share,
}

/// One pass over the corpus, its sound degraded in one way.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConditionRun {
    /// As it is written on the command line.
    pub condition: String,
    /// Single phrases only; `None` where the corpus has none.
    pub phrases: Option<Recall>,
    pub evaluation: Evaluation,
}

#[derive(Default)]
struct Counts {
    recall: Option<Recall>,
    alarms: u64,
    audio_s: f64,
    decisions: Tally,
}

pub(super) fn score(truth: &Truth, pairs: &[Pair], forbidden: &ForbiddenScore) -> Vec<ConditionSummary> {
    let mut counts: BTreeMap<Stratum, Counts> = BTreeMap::new();
    for row in &forbidden.by_condition {
        counts.entry(row.stratum.clone()).or_default().recall = Some(row.recall);
    }
    for pair in pairs {
        let alarms = forbidden.false_alarm_list.iter().filter(|alarm| alarm.file == pair.truth.file).count();
        let mut decisions = Tally::default();
        for tally in decisions::of_file(truth, pair, &mut Vec::new()).into_values() {
            decisions += tally;
        }
        for stratum in strata(pair.truth, Role::Clerk, None) {
            let of = counts.entry(stratum).or_default();
            of.alarms += alarms as u64;
            of.audio_s += pair.heard.audio_s;
            of.decisions += decisions;
        }
    }
    let summary = |(stratum, of): (Stratum, Counts)| {
        let decisions = of.decisions.decisions();
        ConditionSummary {
            stratum,
            recall: of.recall,
            false_alarms: HourlyRate::new(of.alarms, of.audio_s / 3600.0),
            decided_rightly: decisions.correct,
            undecided: decisions.unknown,
        }
    };
    counts.into_iter().map(summary).collect()
}

impl ConditionRun {
    pub fn new(condition: &str, truth: &Truth, evaluation: Evaluation) -> Self {
        let clips = |row: &&ConditionSummary| row.stratum.is_setting_of(Form::Clip);
        let has_clips = truth.files.iter().any(|file| file.form == Form::Clip);
        let phrases = evaluation.by_condition.iter().find(clips).filter(|_| has_clips);
        Self { condition: condition.to_owned(), phrases: phrases.and_then(|row| row.recall), evaluation }
    }
}

/// All runs side by side, as Markdown.
pub fn conditions_table(runs: &[ConditionRun]) -> String {
    let header = vec![
        "condition",
        "phrases found",
        "all found, provision right",
        "all found, any provision",
        "false alarms an hour",
        "innocents alerted",
        "visitor charges",
        "required: right",
        "required: unknown",
        "CER, clerk",
    ];
    let rows = runs.iter().map(|run| {
        let Evaluation { forbidden, visitor, decisions, transcription, .. } = &run.evaluation;
        let clerk = transcription.by_role.iter().find(|row| row.role == Role::Clerk);
        vec![
            run.condition.clone(),
            run.phrases.map_or_else(|| "-".to_owned(), |recall| share(recall.strict)),
            share(forbidden.recall.strict),
            share(forbidden.recall.lenient),
            hourly(forbidden.false_alarms),
            share(forbidden.innocents_alerted),
            visitor.charges.events.to_string(),
            share(decisions.pooled.correct),
            share(decisions.pooled.unknown),
            percent(clerk.and_then(|row| row.counts.characters.rate())),
        ]
    });
    markdown(header, 1, rows.collect())
}

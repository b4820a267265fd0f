//! Evidence as it is shown to people and programs: `docs/json.md` describes it field by field.

use serde::Serialize;

use super::{DecoyScore, Evidence};
use crate::phrase::{Source, Step};

/// What a finding from words rests on; numbers to thousandths.
#[derive(Debug, Serialize)]
pub struct ShownEvidence<'a> {
    source: Source,
    syllables: usize,
    cost: f64,
    cost_max: f64,
    probability: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    ratio: Option<f64>,
    decoys: Vec<ShownDecoy<'a>>,
    context: &'a str,
    pub alignment: Vec<ShownStep>,
}

#[derive(Debug, Serialize)]
struct ShownDecoy<'a> {
    wording: &'a str,
    ratio: f64,
    beaten: bool,
}

/// One syllable of the phrase against one that was heard.
#[derive(Clone, Debug, Serialize)]
pub struct ShownStep {
    pub said: Option<char>,
    pub heard: Option<char>,
    pub cost: f64,
    pub slot: bool,
}

impl<'a> ShownEvidence<'a> {
    /// `None` where the finding rests on no words.
    pub fn of(evidence: &'a Evidence) -> Option<Self> {
        let decoy = |decoy: &'a DecoyScore| ShownDecoy {
            wording: &decoy.wording,
            ratio: rounded(decoy.ratio),
            beaten: decoy.ratio > 0.0,
        };
        let step = |step: &Step| ShownStep {
            said: step.said,
            heard: step.heard,
            cost: rounded(step.cost),
            slot: step.slot,
        };
        Some(Self {
            source: evidence.source?,
            syllables: evidence.syllables,
            cost: rounded(evidence.cost),
            cost_max: rounded(evidence.cost_max),
            probability: rounded(evidence.probability),
            ratio: evidence.ratio.map(rounded),
            decoys: evidence.decoys.iter().map(decoy).collect(),
            context: &evidence.context,
            alignment: evidence.steps.iter().map(step).collect(),
        })
    }
}

fn rounded(value: f32) -> f64 {
    (f64::from(value) * 1_000.0).round() / 1_000.0
}

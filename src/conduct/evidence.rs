//! Evidence: what a finding rests on, for whoever has to answer for it.

use crate::phrase::{PhraseHit, Speech, Step};

/// What a finding rests on. Empty parts were not asked or do not apply.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evidence {
    /// Syllable by syllable, phrase against what was heard.
    pub steps: Vec<Step>,
    /// Sum over `steps`, and the highest accepted.
    pub cost: f32,
    pub cost_max: f32,
    /// Natural-log likelihood of the phrase less that of what was transcribed.
    pub ratio: Option<f32>,
    /// Words of similar sound that the audio was asked about as well.
    pub decoys: Vec<DecoyScore>,
    /// The turn around the words, the words themselves in 【】.
    pub context: String,
}

impl Evidence {
    /// What a hit in `speech` rests on.
    pub(super) fn of(hit: &PhraseHit, speech: &Speech) -> Self {
        let text = |units| speech.text(units);
        let (before, after) = (text(0..hit.units.start), text(hit.units.end..speech.len()));
        Self {
            steps: hit.steps.clone(),
            cost: hit.cost,
            cost_max: hit.cost_max,
            ratio: hit.ratio,
            decoys: Vec::new(),
            context: format!("{before}【{}】{after}", text(hit.units.clone())),
        }
    }
}

/// What the audio says of words that sound like a phrase.
#[derive(Clone, Debug, PartialEq)]
pub struct DecoyScore {
    pub wording: String,
    /// Natural-log likelihood of the phrase less that of the decoy: above 0 the phrase beats it.
    pub ratio: f32,
}

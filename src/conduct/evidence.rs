//! Evidence: what a finding rests on, for whoever has to answer for it.

use crate::phrase::Step;

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

/// What the audio says of words that sound like a phrase.
#[derive(Clone, Debug, PartialEq)]
pub struct DecoyScore {
    pub wording: String,
    /// Natural-log likelihood of the phrase less that of the decoy: above 0 the phrase beats it.
    pub ratio: f32,
}

//! Evidence: what a finding rests on, for whoever has to answer for it.

use serde::{Deserialize, Serialize};

use crate::phrase::{HeldBack, PhraseHit, Source, Speech, Step};

pub use crate::phrase::DecoyScore;

/// Characters of the turn shown on either side of the words.
const CONTEXT_CHARS: usize = 20;

/// What a finding rests on. Empty parts were not asked or do not apply.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// How the words were found; `None` where the finding rests on no words.
    pub source: Option<Source>,
    /// Syllable by syllable, phrase against what was heard.
    pub steps: Vec<Step>,
    /// Syllables of the phrase, slots not counted.
    pub syllables: usize,
    /// Sum over `steps`, and the highest accepted.
    pub cost: f32,
    pub cost_max: f32,
    /// Mean probability of the characters heard.
    pub probability: f32,
    /// Natural-log likelihood of the phrase less that of what was transcribed.
    pub ratio: Option<f32>,
    /// Words of similar sound that the audio was asked about as well.
    pub decoys: Vec<DecoyScore>,
    /// Why the hit does not count; `None` where it does.
    pub held_back: Option<HeldBack>,
    /// The turn around the words, the words themselves in 【】.
    pub context: String,
}

impl Evidence {
    /// What a hit in `speech` rests on.
    pub(super) fn of(hit: &PhraseHit, speech: &Speech) -> Self {
        Self {
            source: Some(hit.source),
            steps: hit.steps.clone(),
            syllables: hit.syllables,
            cost: hit.cost,
            cost_max: hit.cost_max,
            probability: hit.probability,
            ratio: hit.ratio,
            decoys: hit.decoys.clone(),
            held_back: hit.held_back().cloned(),
            context: context(hit, speech),
        }
    }

    /// The decoys that the audio fits worse than the phrase, and all of them.
    pub fn decoys_beaten(&self) -> (usize, usize) {
        (self.decoys.iter().filter(|decoy| decoy.ratio > 0.0).count(), self.decoys.len())
    }
}

/// `…我没有看到【没时间】你去三号窗口`, clauses parted by a space.
fn context(hit: &PhraseHit, speech: &Speech) -> String {
    let from = hit.units.start.saturating_sub(CONTEXT_CHARS);
    let until = (hit.units.end + CONTEXT_CHARS).min(speech.len());
    let mark = |cut: bool| if cut { "…" } else { "" };
    format!(
        "{}{}【{}】{}{}",
        mark(from > 0),
        speech.clauses(from..hit.units.start),
        speech.clauses(hit.units.clone()),
        speech.clauses(hit.units.end..until),
        mark(until < speech.len()),
    )
}

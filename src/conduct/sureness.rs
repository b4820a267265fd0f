//! How sure a finding is, and which findings the audio refuses.
//!
//! A phrase that the recogniser wrote itself, by character or by sound, is its own best reading of the audio. One that
//! only sounds like what it wrote is scored against that by forced decoding: the natural-log likelihood of the
//! sentence with the phrase, less that of the sentence as transcribed. Both, if they are short, are scored against
//! decoys as well. A logistic model makes of it the probability that the phrase was said.

use std::ops::Range;

use crate::phrase::{DecoyScore, HeldBack, PhraseHit, Verdict};

/// What the audio says of a phrase found in one hypothesis.
#[derive(Clone, Debug, PartialEq)]
pub struct PhraseScore {
    /// Index of the phrase in the lexicon.
    pub phrase: usize,
    /// Characters of the hypothesis it covers, punctuation not counted.
    pub units: Range<usize>,
    /// Natural-log likelihood of the phrase less that of what was transcribed in its place; `None` where that is the
    /// phrase itself, by character or by sound.
    pub ratio: Option<f32>,
    pub decoys: Vec<DecoyScore>,
}

/// Least probability at which a phrase counts as said.
const SURE_MIN: f32 = 0.5;

/// Judges a hit by the score of its phrase. `settled` is where the hypothesis begins in the turn.
pub(super) fn verify(hit: &mut PhraseHit, settled: usize, scores: &[PhraseScore]) -> Verdict {
    let same = |score: &&PhraseScore| {
        score.phrase == hit.phrase
            && score.units.start + settled == hit.units.start
            && score.units.end + settled == hit.units.end
    };
    let Some(score) = scores.iter().find(same) else {
        // It reaches over two segments, or nearer ones were scored instead: only what is nearly exact is believed.
        let believed = hit.literal() || hit.cost <= hit.cost_max / 2.0;
        return if believed { Verdict::Passed } else { Verdict::Held(HeldBack::Unscored) };
    };
    (hit.ratio, hit.decoys) = (score.ratio, score.decoys.clone());
    if hit.literal() || sureness_of(hit) >= SURE_MIN {
        return Verdict::Passed;
    }
    let ratio = hit.ratio.unwrap_or_default();
    match hit.nearest_decoy().filter(|decoy| decoy.ratio < ratio.min(0.0)) {
        Some(DecoyScore { wording, ratio }) => {
            Verdict::Held(HeldBack::Decoy { wording: wording.clone(), ratio: *ratio })
        }
        None => Verdict::Held(HeldBack::Unlikely { ratio, ratio_min: ratio_min(hit) }),
    }
}

/// Estimate of the probability that the phrase was said, 0 to 1.
pub(super) fn sureness_of(hit: &PhraseHit) -> f32 {
    let distance = if hit.cost_max > 0.0 { (hit.cost / hit.cost_max).clamp(0.0, 1.0) } else { 0.0 };
    let against = hit.ratio.map_or(0.0, |ratio| (-ratio / hit.syllables.max(1) as f32).max(0.0));
    // A homophone of low probability is still the sound that was heard.
    let heard = 0.5 + 0.5 * hit.probability;
    (heard * (1.0 - 0.4 * distance) * (-0.15 * against).exp()).clamp(0.0, 1.0)
}

/// Least ratio accepted of a hit like this one.
fn ratio_min(hit: &PhraseHit) -> f32 {
    if hit.syllables <= 2 { -5.0 } else { -8.0 }
}

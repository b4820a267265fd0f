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

// The model: log-odds that the phrase was said, linear in what the audio says of it. Fitted by `scripts/calibrate.py`;
// the candidates and how well it does on others: `benches/record/2026-11-22-sureness.md`.
const CONSTANT: f32 = 3.04;
/// For each natural-log unit of the likelihood ratio.
const PER_RATIO: f32 = 0.337;
/// For each unit by which the nearest decoy is beaten.
const PER_MARGIN: f32 = 0.195;
/// For each unit of cost a syllable. One syllable that was heard as another weighs the more the fewer there are: this is
/// what asks more of short phrases.
const PER_COST: f32 = -6.97;
/// Beyond these a ratio and a margin say no more.
const RATIO_RANGE: (f32, f32) = (-20.0, 0.0);
const MARGIN_RANGE: (f32, f32) = (-5.0, 12.0);
/// The margin that 19 in 20 exceed of the phrases that the recogniser wrote itself and that were said.
const MARGIN_UNASKED: f32 = 5.2;

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
    let ratio = hit.ratio.unwrap_or(0.0);
    let beaten = hit.nearest_decoy().filter(|decoy| decoy.ratio < ratio.min(0.0));
    match beaten {
        // What the recogniser wrote, it wrote a token at a time: as a whole other words may be likelier.
        Some(DecoyScore { wording, ratio }) if hit.literal() || sureness_of(hit) < SURE_MIN => {
            Verdict::Held(HeldBack::Decoy { wording: wording.clone(), ratio: *ratio })
        }
        None if sureness_of(hit) < SURE_MIN => {
            Verdict::Held(HeldBack::Unlikely { ratio, ratio_min: ratio_min(hit) })
        }
        _ => Verdict::Passed,
    }
}

/// Probability that the phrase was said, 0 to 1. What the audio was not asked is taken from the text: as if the phrase were
/// what was transcribed, and beat its decoys as nearly all do that were said.
pub(super) fn sureness_of(hit: &PhraseHit) -> f32 {
    1.0 / (1.0 + (-log_odds(hit, hit.ratio.unwrap_or(0.0))).exp())
}

/// Of a hit, if its likelihood ratio were `ratio`.
fn log_odds(hit: &PhraseHit, ratio: f32) -> f32 {
    let syllables = hit.syllables.max(1) as f32;
    let margin = hit.nearest_decoy().map_or(MARGIN_UNASKED, |decoy| decoy.ratio);
    CONSTANT
        + PER_RATIO * ratio.clamp(RATIO_RANGE.0, RATIO_RANGE.1)
        + PER_MARGIN * margin.clamp(MARGIN_RANGE.0, MARGIN_RANGE.1)
        + PER_COST * hit.cost / syllables
}

/// Least ratio at which a hit like this one would have been sure enough: the less the shorter it is, and the farther from
/// what was transcribed.
fn ratio_min(hit: &PhraseHit) -> f32 {
    let needed = (SURE_MIN / (1.0 - SURE_MIN)).ln();
    ((needed - log_odds(hit, 0.0)) / PER_RATIO).min(0.0)
}

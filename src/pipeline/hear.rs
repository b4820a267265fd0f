//! Hear. In: `SpeechSegment`. Out: `HeardSegment`. Thread: hear-N. Allocates: per segment.

use std::ops::Range;

use crate::asr::{AsrError, CLOSED, Care, Hypothesis, Recogniser};
use crate::clock::Stopwatch;
use crate::conduct::{CompiledBook, PhraseScore};
use crate::phrase::{DecoyScore, HeldBack, PhraseHit, Speech, Verdict, decoys, overlap, sounds_the_same};
use crate::units::{Dbfs, Role};
use crate::vad::SpeechSegment;

/// A segment after the recogniser.
#[derive(Clone, Debug, PartialEq)]
pub struct HeardSegment {
    pub hypothesis: Hypothesis,
    pub scores: Vec<PhraseScore>,
    /// Of the speech; [`Dbfs::SILENCE`] where it is not known.
    pub level: Dbfs,
    pub effort: Effort,
}

/// Seconds spent on a segment, for reports.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Effort {
    pub decode_s: f64,
    pub match_s: f64,
    pub verify_s: f64,
}

impl Effort {
    pub fn add(&mut self, other: Effort) {
        self.decode_s += other.decode_s;
        self.match_s += other.match_s;
        self.verify_s += other.verify_s;
    }
}

impl HeardSegment {
    /// Stands in for a segment that could not be heard.
    pub fn silent(hypothesis: Hypothesis) -> Self {
        Self { hypothesis, scores: Vec::new(), level: Dbfs::SILENCE, effort: Effort::default() }
    }
}

/// What the recogniser made of a segment, and what the audio is still to be asked about.
#[derive(Clone, Debug, PartialEq)]
pub struct Recognised {
    pub heard: HeardSegment,
    /// Nearest first; empty where nothing is in doubt.
    pub candidates: Vec<Candidate>,
}

/// A phrase that the audio is to be asked about, by forced decoding.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    phrase: usize,
    units: Range<usize>,
    /// The recogniser wrote the phrase itself, by character or by sound.
    literal: bool,
    /// What was heard before the phrase.
    context: String,
    /// The phrase; what was heard in its place, unless that is literally the phrase; and words that sound like it.
    wordings: Vec<String>,
    /// What was heard after it.
    after: String,
}

/// Wordings that candidates put to the audio, all together: the size of the work.
pub fn wordings(candidates: &[Candidate]) -> u32 {
    candidates.iter().map(|candidate| candidate.wordings.len() as u32).sum()
}

/// Recognises a segment and scores the accusations that its text only resembles.
pub fn hear(
    segment: &SpeechSegment,
    recogniser: &mut dyn Recogniser,
    book: &CompiledBook,
) -> Result<HeardSegment, AsrError> {
    let Recognised { mut heard, candidates } = recognise(segment, Care::Full, recogniser, book)?;
    verify(segment, Care::Full, recogniser, &candidates, &mut heard)?;
    Ok(heard)
}

/// The first half of [`hear`]: the words, and which accusations rest on resemblance.
pub fn recognise(
    segment: &SpeechSegment,
    care: Care,
    recogniser: &mut dyn Recogniser,
    book: &CompiledBook,
) -> Result<Recognised, AsrError> {
    let watch = Stopwatch::start();
    let hypothesis = recogniser.decode(segment, care)?;
    let decode_s = watch.elapsed().as_secs_f64();
    let mut heard = HeardSegment { level: segment.level, ..HeardSegment::silent(hypothesis) };
    heard.effort.decode_s = decode_s;
    let mut candidates = Vec::new();
    if segment.role == Role::Clerk {
        let mut speech = Speech::default();
        speech.push(&heard.hypothesis);
        let hits = book.lexicon().find(&speech);
        candidates = candidates_of(&hits, &speech, book);
        heard.effort.match_s = watch.elapsed().as_secs_f64() - decode_s;
    }
    Ok(Recognised { heard, candidates })
}

/// The second half of [`hear`]: asks the audio about the candidates. Cheap on the recogniser that heard the segment
/// last; any other hears it again first, and answers the same.
pub fn verify(
    segment: &SpeechSegment,
    care: Care,
    recogniser: &mut dyn Recogniser,
    candidates: &[Candidate],
    heard: &mut HeardSegment,
) -> Result<(), AsrError> {
    let watch = Stopwatch::start();
    for candidate in candidates {
        let Candidate { phrase, units, literal, context, wordings, after } = candidate;
        let continuations: Vec<String> = wordings.iter().map(|wording| format!("{wording}{after}")).collect();
        let scores = recogniser.score(segment, care, context, &continuations)?;
        tracing::debug!(?wordings, ?scores, after, "scored");
        let compared = |(wording, score): (&String, &f32)| DecoyScore {
            wording: wording.clone(),
            ratio: scores[0] - score,
        };
        let mut others = wordings.iter().zip(&scores).skip(1).map(compared);
        let ratio = if *literal { None } else { others.next().map(|heard| heard.ratio) };
        heard.scores.push(PhraseScore {
            phrase: *phrase,
            units: units.clone(),
            ratio,
            decoys: others.collect(),
        });
    }
    heard.effort.verify_s += watch.elapsed().as_secs_f64();
    Ok(())
}

/// Phrases scored a segment, at most.
const SCORED_MAX: usize = 4;
/// Wordings scored a segment, at most: each costs the recogniser a few steps of some 10 ms.
const WORDINGS_MAX: usize = 8;
/// Decoys of one phrase, at most, those of the rulebook first.
const DECOYS_MAX: usize = 2;
/// Syllables up to which a phrase is compared with decoys although the recogniser wrote it itself. Longer ones it does
/// not write by chance.
const LITERAL_SCORED_MAX: usize = 3;

/// What the audio is asked about: nearest first.
fn candidates_of(hits: &[PhraseHit], speech: &Speech, book: &CompiledBook) -> Vec<Candidate> {
    if book.without().verification {
        return Vec::new();
    }
    let (scored_max, wordings_max, literal_max) = match book.without().far_fetched {
        true => (usize::MAX, usize::MAX, usize::MAX),
        false => (SCORED_MAX, WORDINGS_MAX, LITERAL_SCORED_MAX),
    };
    let accuses = |hit: &&PhraseHit| book.needs_proof(hit);
    let (certain, open): (Vec<_>, Vec<_>) =
        hits.iter().filter(accuses).partition(|hit| hit.passed() && hit.literal());
    let mut asked: Vec<&PhraseHit> = open
        .into_iter()
        .filter(|hit| hit.passed() || hit.verdict == Verdict::Held(HeldBack::Distant))
        .filter(|hit| !certain.iter().any(|known| overlap(&known.units, &hit.units)))
        .collect();
    asked.sort_by(|a, b| a.cost.total_cmp(&b.cost).then(b.syllables.cmp(&a.syllables)));
    asked.extend(longest(certain).into_iter().filter(|hit| hit.syllables <= literal_max));
    asked.truncate(scored_max);
    let mut left = wordings_max;
    let mut candidates = Vec::with_capacity(asked.len());
    for (index, hit) in asked.iter().enumerate() {
        // Every other one needs two.
        let spare = left.saturating_sub(2 * (asked.len() - index)).min(DECOYS_MAX);
        let candidate = Candidate::new(hit, speech, book, spare);
        left = left.saturating_sub(candidate.wordings.len());
        candidates.push(candidate);
    }
    candidates
}

/// Of hits on the same words the longest.
fn longest(mut hits: Vec<&PhraseHit>) -> Vec<&PhraseHit> {
    hits.sort_by_key(|hit| std::cmp::Reverse(hit.syllables));
    let mut kept: Vec<&PhraseHit> = Vec::with_capacity(hits.len());
    for hit in hits {
        if !kept.iter().any(|other| overlap(&other.units, &hit.units)) {
            kept.push(hit);
        }
    }
    kept
}

/// Characters after the phrase that are scored with it: they say whether the sentence goes on as well.
const SCORED_AFTER: usize = 2;

impl Candidate {
    fn new(hit: &PhraseHit, speech: &Speech, book: &CompiledBook, decoys_max: usize) -> Self {
        let literal = hit.literal();
        let after = match speech.closes_at(hit.units.end) {
            true => CLOSED.to_string(),
            false => speech.text(hit.units.end..(hit.units.end + SCORED_AFTER).min(speech.len())),
        };
        let mut wordings = vec![if literal { hit.heard.clone() } else { hit.wording.clone() }];
        wordings.extend((!literal).then(|| hit.heard.clone()));
        let asked = wordings.len();
        let given = book.lexicon().decoys(hit.phrase).iter().cloned();
        for decoy in given.chain(decoys(&hit.wording, decoys_max)) {
            let new = wordings.iter().all(|other| !sounds_the_same(other, &decoy));
            if new && wordings.len() < asked + decoys_max {
                wordings.push(decoy);
            }
        }
        Self {
            phrase: hit.phrase,
            units: hit.units.clone(),
            literal,
            context: speech.text(0..hit.units.start),
            wordings,
            after,
        }
    }
}

//! Hear. In: `SpeechSegment`. Out: `HeardSegment`. Thread: hear-N. Allocates: per segment.

use std::ops::Range;

use crate::asr::{AsrError, Care, Hypothesis, Recogniser};
use crate::clock::Stopwatch;
use crate::conduct::{CompiledBook, PhraseScore};
use crate::phrase::{HeldBack, PhraseHit, Source, Speech, Verdict, overlap};
use crate::units::Role;
use crate::vad::SpeechSegment;

/// A segment after the recogniser.
#[derive(Clone, Debug, PartialEq)]
pub struct HeardSegment {
    pub hypothesis: Hypothesis,
    pub scores: Vec<PhraseScore>,
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
        Self { hypothesis, scores: Vec::new(), effort: Effort::default() }
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
    /// What was heard before the phrase.
    context: String,
    /// The phrase, and what was heard in its place, each with what was heard after it.
    continuations: [String; 2],
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
    let mut heard = HeardSegment { hypothesis, scores: Vec::new(), effort: Effort::default() };
    heard.effort.decode_s = decode_s;
    let mut candidates = Vec::new();
    if segment.role == Role::Clerk {
        let mut speech = Speech::default();
        speech.push(&heard.hypothesis);
        let hits = book.lexicon().find(&speech);
        candidates.extend(doubtful(&hits, book).into_iter().map(|hit| Candidate::new(hit, &speech)));
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
    for Candidate { phrase, units, context, continuations } in candidates {
        let scores = recogniser.score(segment, care, context, continuations)?;
        let ratio = scores[0] - scores[1];
        tracing::debug!(phrase = continuations[0], heard = continuations[1], ratio, "scored");
        heard.scores.push(PhraseScore { phrase: *phrase, units: units.clone(), ratio });
    }
    heard.effort.verify_s += watch.elapsed().as_secs_f64();
    Ok(())
}

/// Phrases scored a segment, at most: each costs the recogniser a few steps.
const SCORED_MAX: usize = 4;

/// The accusations that rest on resemblance, nearest first, except where the recogniser wrote one itself.
fn doubtful<'a>(hits: &'a [PhraseHit], book: &CompiledBook) -> Vec<&'a PhraseHit> {
    let accuses = |hit: &&PhraseHit| book.needs_proof(hit);
    let literal =
        |hit: &PhraseHit| hit.passed() && matches!(hit.source, Source::Characters | Source::Syllables);
    let (certain, open): (Vec<_>, Vec<_>) = hits.iter().filter(accuses).partition(|hit| literal(hit));
    let mut open: Vec<&PhraseHit> = open
        .into_iter()
        .filter(|hit| hit.passed() || hit.verdict == Verdict::Held(HeldBack::Distant))
        .filter(|hit| !certain.iter().any(|known| overlap(&known.units, &hit.units)))
        .collect();
    open.sort_by(|a, b| a.cost.total_cmp(&b.cost).then(b.syllables.cmp(&a.syllables)));
    open.truncate(SCORED_MAX);
    open
}

/// Characters after the phrase that are scored with it: they say whether the sentence goes on as well.
const SCORED_AFTER: usize = 2;

impl Candidate {
    fn new(hit: &PhraseHit, speech: &Speech) -> Self {
        let after = speech.text(hit.units.end..(hit.units.end + SCORED_AFTER).min(speech.len()));
        Self {
            phrase: hit.phrase,
            units: hit.units.clone(),
            context: speech.text(0..hit.units.start),
            continuations: [format!("{}{after}", hit.wording), format!("{}{after}", hit.heard)],
        }
    }
}

//! The pure stages composed: audio in, findings out. Starts no thread and reads no clock, so that live runs
//! and replays run the very same code.
//!
//! ```text
//! AudioBlock → Ear → SpeechSegment → hear() → HeardSegment → Mind → Finding
//!              listen thread          hear-N thread           judge thread
//! ```

use std::sync::Arc;

use thiserror::Error;

use crate::asr::{AsrError, Hypothesis, Recogniser};
use crate::capture::AudioBlock;
use crate::clock::Stopwatch;
use crate::conduct::{CompiledBook, EncounterConfig, Finding, FindingKind, Judge, PhraseScore};
use crate::phrase::{HeldBack, PhraseHit, Source, Speech, Verdict, overlap};
use crate::signal::{Frame, FrontEnd, SignalError};
use crate::units::{ChannelIndex, Role, SAMPLE_RATE_HZ, SessionTime, Span, WindowId};
use crate::vad::{Listener, SpeechSegment, VadConfig, VadError};

/// How often the judge is told that time passes, in session time.
const TICK_SAMPLES: u64 = SAMPLE_RATE_HZ as u64 / 2;

/// Settings of the stages.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    pub vad: VadConfig,
    pub encounter: EncounterConfig,
    /// Transcribe the visitor too. Only for transcripts: findings never come from the visitor's words.
    pub hear_visitor: bool,
}

#[derive(Debug, Error)]
pub enum EarError {
    #[error(transparent)]
    Signal(#[from] SignalError),
    #[error(transparent)]
    Vad(#[from] VadError),
}

/// What the listen thread makes of audio, in the order it happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Sound {
    /// Someone spoke.
    Speech(SpeechSegment),
    /// Nothing more is open before this time.
    Quiet(SessionTime),
    /// The source did not deliver this stretch.
    Gap(Span),
}

/// The stages before the recogniser, for one window.
pub struct Ear {
    front_ends: Vec<FrontEnd>,
    frames: Vec<Vec<Frame>>,
    together: Vec<Frame>,
    listener: Listener,
    segments: Vec<SpeechSegment>,
    /// Samples per channel of the source taken so far, gaps included.
    taken: u64,
    ticked: SessionTime,
}

impl Ear {
    /// An ear for audio of `rate_hz` and `channels`, of which `roles` are listened to.
    pub fn new(
        rate_hz: u32,
        channels: u16,
        roles: &[(ChannelIndex, Role)],
        vad: &VadConfig,
    ) -> Result<Self, EarError> {
        let front_ends: Result<Vec<_>, _> =
            roles.iter().map(|(channel, _)| FrontEnd::new(rate_hz, channels, *channel)).collect();
        Ok(Self {
            front_ends: front_ends?,
            frames: vec![Vec::new(); roles.len()],
            together: Vec::with_capacity(roles.len()),
            listener: Listener::new(vad, roles)?,
            segments: Vec::new(),
            taken: 0,
            ticked: SessionTime(0),
        })
    }

    /// Takes the next block of the source.
    pub fn push(&mut self, block: &AudioBlock, out: &mut Vec<Sound>) {
        let at_session_rate =
            |samples: u64| SessionTime(samples * u64::from(SAMPLE_RATE_HZ) / u64::from(block.rate_hz));
        if block.start > self.taken {
            out.push(Sound::Gap(Span::new(at_session_rate(self.taken), at_session_rate(block.start))));
        }
        self.taken = block.start + block.samples.len() as u64 / u64::from(block.channels);
        for (front_end, frames) in self.front_ends.iter_mut().zip(&mut self.frames) {
            front_end.push(block, frames);
        }
        self.listen(out);
    }

    /// The source ended.
    pub fn finish(&mut self, out: &mut Vec<Sound>) {
        for (front_end, frames) in self.front_ends.iter_mut().zip(&mut self.frames) {
            front_end.finish(frames);
        }
        self.listen(out);
        self.listener.finish(&mut self.segments);
        out.extend(self.segments.drain(..).map(Sound::Speech));
        out.push(Sound::Quiet(self.heard_until()));
    }

    /// Session time of the audio taken so far.
    pub fn heard_until(&self) -> SessionTime {
        SessionTime(self.front_ends.first().map_or(0, FrontEnd::samples_out))
    }

    /// Time the source did not deliver.
    pub fn gap(&self) -> Span {
        Span {
            start: SessionTime(0),
            end: SessionTime(self.front_ends.first().map_or(0, FrontEnd::gap_samples)),
        }
    }

    fn listen(&mut self, out: &mut Vec<Sound>) {
        let ready = self.frames.iter().map(Vec::len).min().unwrap_or(0);
        for index in 0..ready {
            self.together.clear();
            self.together.extend(self.frames.iter().map(|frames| frames[index]));
            self.listener.push(&self.together, &mut self.segments);
            out.extend(self.segments.drain(..).map(Sound::Speech));
            let now = self.together[0].start;
            if now.0 >= self.ticked.0 + TICK_SAMPLES {
                self.ticked = now;
                out.push(Sound::Quiet(self.listener.open_since().unwrap_or(now)));
            }
        }
        self.frames.iter_mut().for_each(|frames| drop(frames.drain(..ready)));
    }
}

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

/// Recognises a segment and scores the accusations that its text only resembles.
pub fn hear(
    segment: &SpeechSegment,
    recogniser: &mut dyn Recogniser,
    book: &CompiledBook,
) -> Result<HeardSegment, AsrError> {
    let watch = Stopwatch::start();
    let hypothesis = recogniser.decode(segment)?;
    let decode_s = watch.elapsed().as_secs_f64();
    let mut heard = HeardSegment { hypothesis, scores: Vec::new(), effort: Effort::default() };
    heard.effort.decode_s = decode_s;
    if segment.role == Role::Clerk {
        let mut speech = Speech::default();
        speech.push(&heard.hypothesis);
        let hits = book.lexicon().find(&speech);
        heard.effort.match_s = watch.elapsed().as_secs_f64() - decode_s;
        for hit in doubtful(&hits, book) {
            let score = score(hit, &speech, segment, recogniser)?;
            tracing::debug!(
                ?score,
                phrase = hit.wording,
                heard = hit.heard,
                cost = hit.cost,
                syllables = hit.syllables,
                at = hit.span.start.seconds(),
                "scored"
            );
            heard.scores.push(score);
        }
        heard.effort.verify_s = watch.elapsed().as_secs_f64() - decode_s - heard.effort.match_s;
    }
    Ok(heard)
}

/// Phrases scored a segment, at most: each costs the recogniser a few steps.
const SCORED_MAX: usize = 4;

/// The accusations that rest on resemblance, nearest first, except where the recogniser wrote one itself.
fn doubtful<'a>(hits: &'a [PhraseHit], book: &CompiledBook) -> Vec<&'a PhraseHit> {
    let accuses = |hit: &&PhraseHit| book.rule_of(hit).0.finding_kind() == FindingKind::Forbidden;
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

fn score(
    hit: &PhraseHit,
    speech: &Speech,
    segment: &SpeechSegment,
    recogniser: &mut dyn Recogniser,
) -> Result<PhraseScore, AsrError> {
    let context = speech.text(0..hit.units.start);
    let after = speech.text(hit.units.end..(hit.units.end + SCORED_AFTER).min(speech.len()));
    let continuations = [format!("{}{after}", hit.wording), format!("{}{after}", hit.heard)];
    let scores = recogniser.score(segment, &context, &continuations)?;
    Ok(PhraseScore { phrase: hit.phrase, units: hit.units.clone(), ratio: scores[0] - scores[1] })
}

/// The stages after the recogniser, for one window. Sounds come in the order the ear gave them.
pub struct Mind {
    judge: Judge,
}

impl Mind {
    pub fn new(book: Arc<CompiledBook>, window: WindowId, settings: &Settings) -> Self {
        Self { judge: Judge::new(book, window, settings.encounter) }
    }

    /// The clerk spoke.
    pub fn clerk(&mut self, heard: &HeardSegment, out: &mut Vec<Finding>) {
        self.judge.clerk_spoke(&heard.hypothesis, &heard.scores, out);
    }

    /// The visitor spoke; what was said is of no concern.
    pub fn visitor(&mut self, span: Span, out: &mut Vec<Finding>) {
        self.judge.visitor_spoke(span, out);
    }

    /// Whatever was said in this stretch was not heard.
    pub fn gap(&mut self, span: Span) {
        self.judge.not_heard(span);
    }

    /// Nobody spoke up to `now` beyond what was already told.
    pub fn quiet(&mut self, now: SessionTime, out: &mut Vec<Finding>) {
        self.judge.time_passed(now, out);
    }

    /// The session ended.
    pub fn finish(&mut self, out: &mut Vec<Finding>) {
        self.judge.finish(out);
    }
}

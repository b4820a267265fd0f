//! Segmenter. In: `Frame` of one channel and its speech score. Out: `SpeechSegment`.
//!
//! Allocates: its buffers when made, and for each segment it emits the vector of that segment's samples.
//!
//! ```text
//!            onset_frames voiced                  unvoiced
//!   Quiet ──────────────────────► Speech ───────────────────────► Hangover
//!     ▲                             ▲  │ max_segment_s: cut           │  │
//!     │                             └──┘◄──────────── voiced ─────────┘  │
//!     └──────────────────────────── hangover_ms, max_segment_s ──────────┘
//! ```

use std::collections::VecDeque;

use crate::signal::{FRAME_SAMPLES, Frame};
use crate::units::{ChannelIndex, Dbfs, Role, SessionTime, Span};
use crate::vad::SpeechSegment;
use crate::vad::config::{VadConfig, VadError, frames_in_ms, frames_in_seconds};
use crate::vad::level;

/// Frames on either side that smooth the power in which the quietest point is sought: 9 frames, 144 ms, so that
/// a cut falls between words and not inside a stop consonant.
const CUT_SMOOTHING_FRAMES: usize = 4;

/// Turns the scores of one channel into segments that are in order, disjoint and at most `max_segment_s` long.
pub struct Segmenter {
    channel: ChannelIndex,
    role: Role,
    limits: Limits,
    state: State,
    /// Whole frames from `kept_from`: the prefill while quiet, the open segment while not.
    audio: VecDeque<f32>,
    /// Power of each frame in `audio`.
    powers: VecDeque<f32>,
    /// Whether each was judged to be speech.
    spoken: VecDeque<bool>,
    kept_from: SessionTime,
    speech: Span,
    /// The open segment goes on where the one before it was cut.
    continues: bool,
    /// The open segment may be no voice at all: it does not end, and is not heard, before that is known.
    doubted: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    /// No segment is open; `voiced` frames in a row so far.
    Quiet {
        voiced: u16,
    },
    Speech,
    /// A segment is open; `unvoiced` frames since its last speech.
    Hangover {
        unvoiced: usize,
    },
}

/// Why an open segment should be heard as far as it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartialPoint {
    /// Another step of speech has passed.
    Step,
    /// The silence has lasted as long as the audio kept after speech: if it goes on, this was the end.
    Pause,
}

/// What a score says of its frame.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Input {
    Voiced,
    /// Between the thresholds: keeps speech going, starts none.
    Held,
    Unvoiced,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Action {
    Wait,
    Open,
    Extend,
    Close,
}

/// The settings in frames.
#[derive(Clone, Copy, Debug)]
struct Limits {
    on: f32,
    off: f32,
    onset: u16,
    hangover: usize,
    prefill: usize,
    postfill: usize,
    min_speech: usize,
    max_segment: usize,
    cut_search: usize,
}

impl Segmenter {
    /// # Errors
    /// [`VadError::Config`] when a setting is out of its range.
    pub fn new(config: &VadConfig, channel: ChannelIndex, role: Role) -> Result<Self, VadError> {
        config.check()?;
        let limits = Limits {
            on: config.threshold_on,
            off: config.threshold_off,
            onset: config.onset_frames,
            hangover: frames_in_ms(config.hangover_ms),
            prefill: frames_in_ms(config.prefill_ms),
            postfill: frames_in_ms(config.postfill_ms),
            min_speech: frames_in_ms(config.min_speech_ms),
            max_segment: frames_in_seconds(config.max_segment_s),
            cut_search: frames_in_seconds(config.cut_search_s),
        };
        Ok(Self {
            channel,
            role,
            limits,
            state: State::Quiet { voiced: 0 },
            audio: VecDeque::with_capacity((limits.max_segment + 1) * FRAME_SAMPLES),
            powers: VecDeque::with_capacity(limits.max_segment + 1),
            spoken: VecDeque::with_capacity(limits.max_segment + 1),
            kept_from: SessionTime::default(),
            speech: Span::default(),
            continues: false,
            doubted: false,
        })
    }

    /// Takes the next frame and its score from 0 to 1, and adds to `out` the segment that ends with it, if one does.
    ///
    /// After a gap in session time the open segment ends where the audio ended. Real-time but for the segments
    /// emitted: no lock, log or syscall, and no allocation while `out` is left alone.
    ///
    /// # Panics
    /// When a frame starts before the end of the one before it.
    pub fn push(&mut self, frame: &Frame, score: f32, out: &mut Vec<SpeechSegment>) {
        self.join(frame.start, out);
        self.audio.extend(frame.samples);
        self.powers.push_back(level::power(frame.level));

        let input = self.classify(score);
        let (next, action) = self.step(input);
        self.state = next;
        self.spoken.push_back(input == Input::Voiced || action == Action::Extend);
        let end = self.kept_to();
        match action {
            Action::Wait => {}
            Action::Open => {
                self.speech.start = end.minus(samples(usize::from(self.limits.onset)));
                self.speech.end = end;
            }
            Action::Extend => self.speech.end = end,
            Action::Close => self.close(out),
        }
        match self.state {
            State::Quiet { voiced } => self.keep_last(self.limits.prefill + usize::from(voiced)),
            State::Speech if self.frames() >= self.limits.max_segment => self.cut(out),
            State::Hangover { .. } if self.frames() >= self.limits.max_segment => self.close(out),
            State::Speech | State::Hangover { .. } => {}
        }
    }

    /// Ends the session: emits the segment that is open, if one is.
    pub fn finish(&mut self, out: &mut Vec<SpeechSegment>) {
        if self.is_open() {
            self.close(out);
        }
        self.state = State::Quiet { voiced: 0 };
        self.keep_last(0);
    }

    /// From here on the open segment waits, or no longer does, to be [withdrawn](Self::withdraw). Real-time.
    pub fn doubt(&mut self, doubted: bool) {
        self.doubted = doubted;
    }

    /// End of the frames that opened the open segment: while they stand, so does its start. Real-time.
    pub fn opened_by(&self) -> Option<SessionTime> {
        self.is_open().then(|| self.speech.start.plus(samples(usize::from(self.limits.onset))))
    }

    pub fn role(&self) -> Role {
        self.role
    }

    /// Whether the newest frame is inside speech; false in the hangover after it.
    pub fn speaking(&self) -> bool {
        self.state == State::Speech
    }

    /// Start of the speech that is open or may be opening; `None` in quiet. Real-time.
    pub fn open_since(&self) -> Option<SessionTime> {
        match self.state {
            State::Quiet { voiced: 0 } => None,
            State::Quiet { voiced } => Some(self.kept_to().minus(samples(usize::from(voiced)))),
            State::Speech | State::Hangover { .. } => Some(self.speech.start),
        }
    }

    /// Whether the newest frame is a point at which the open segment should be heard as far as it goes: every
    /// `step` frames of speech, and once when the speech seems to have ended; never while it is in doubt. Real-time.
    pub fn partial_point(&self, step: usize) -> Option<PartialPoint> {
        match self.state {
            _ if self.doubted => None,
            State::Hangover { unvoiced } if unvoiced == self.limits.postfill => {
                self.will_be_emitted().then_some(PartialPoint::Pause)
            }
            State::Hangover { unvoiced } if unvoiced > self.limits.postfill => None,
            State::Speech | State::Hangover { .. } => {
                let spoken = self.kept_to().0 - self.speech.start.0;
                (spoken > 0 && spoken.is_multiple_of(samples(step.max(1)))).then_some(PartialPoint::Step)
            }
            State::Quiet { .. } => None,
        }
    }

    /// The open segment as far as it goes. At a [`PartialPoint::Pause`] it is the very segment that will be
    /// emitted if the silence lasts. Allocates the vector of its samples.
    ///
    /// # Panics
    /// When no segment is open.
    pub fn so_far(&self) -> SpeechSegment {
        assert!(self.is_open(), "no segment is open");
        let pauses = matches!(self.state, State::Hangover { unvoiced } if unvoiced == self.limits.postfill);
        let span = Span::new(self.kept_from, self.kept_to());
        let audio: Vec<f32> = self.audio.iter().copied().collect();
        self.segment(span, audio, pauses)
    }

    fn will_be_emitted(&self) -> bool {
        self.continues || self.speech.samples() >= samples(self.limits.min_speech)
    }

    fn is_open(&self) -> bool {
        self.state == State::Speech || matches!(self.state, State::Hangover { .. })
    }

    fn classify(&self, score: f32) -> Input {
        if score >= self.limits.on {
            Input::Voiced
        } else if score >= self.limits.off {
            Input::Held
        } else {
            Input::Unvoiced
        }
    }

    fn step(&self, input: Input) -> (State, Action) {
        match (self.state, input) {
            (State::Quiet { voiced }, Input::Voiced) if voiced + 1 >= self.limits.onset => {
                (State::Speech, Action::Open)
            }
            (State::Quiet { voiced }, Input::Voiced) => (State::Quiet { voiced: voiced + 1 }, Action::Wait),
            (State::Quiet { .. }, Input::Held | Input::Unvoiced) => {
                (State::Quiet { voiced: 0 }, Action::Wait)
            }
            (State::Speech, Input::Voiced | Input::Held) => (State::Speech, Action::Extend),
            (State::Speech, Input::Unvoiced) => (State::Hangover { unvoiced: 1 }, Action::Wait),
            (State::Hangover { .. }, Input::Voiced) => (State::Speech, Action::Extend),
            (State::Hangover { unvoiced }, Input::Held | Input::Unvoiced)
                if unvoiced + 1 >= self.limits.hangover && !self.doubted =>
            {
                (State::Quiet { voiced: 0 }, Action::Close)
            }
            (State::Hangover { unvoiced }, Input::Held | Input::Unvoiced) => {
                (State::Hangover { unvoiced: unvoiced + 1 }, Action::Wait)
            }
        }
    }

    /// Makes `start` the end of the kept audio: at the first frame, and where audio is missing.
    fn join(&mut self, start: SessionTime, out: &mut Vec<SpeechSegment>) {
        let expected = self.kept_to();
        assert!(start >= expected, "a frame starts at {start}, before the end of the last at {expected}");
        if start > expected {
            self.finish(out);
            self.kept_from = start;
        }
    }

    fn close(&mut self, out: &mut Vec<SpeechSegment>) {
        self.state = State::Quiet { voiced: 0 };
        if self.will_be_emitted() {
            let end = self.speech.end.plus(samples(self.limits.postfill)).min(self.kept_to());
            self.emit(end, true, out);
        }
        self.continues = false;
        self.keep_last(self.limits.prefill);
    }

    fn cut(&mut self, out: &mut Vec<SpeechSegment>) {
        let at = self.kept_from.plus(samples(self.quietest_frame()));
        let speech_end = self.speech.end;
        self.speech.end = at;
        self.emit(at, false, out);
        self.speech = Span::new(at, speech_end);
        self.continues = true;
    }

    /// Index in `powers` of the frame with the least smoothed power, not among the first or the last of the segment.
    fn quietest_frame(&self) -> usize {
        let smoothed = |at: usize| -> f32 {
            self.powers.range(at - CUT_SMOOTHING_FRAMES..=at + CUT_SMOOTHING_FRAMES).sum()
        };
        let last = self.frames() - 1 - CUT_SMOOTHING_FRAMES;
        let first = self.frames() - self.limits.cut_search;
        (first..=last).min_by(|&a, &b| smoothed(a).total_cmp(&smoothed(b))).unwrap_or(last)
    }

    /// Emits the audio from `kept_from` to `end` and forgets it.
    fn emit(&mut self, end: SessionTime, ends_in_silence: bool, out: &mut Vec<SpeechSegment>) {
        let span = Span::new(self.kept_from, end);
        let count = span.samples() as usize;
        let mut audio = Vec::with_capacity(count);
        audio.extend(self.audio.range(..count));
        out.push(self.segment(span, audio, ends_in_silence));
        self.keep_last(self.frames() - count / FRAME_SAMPLES);
    }

    fn segment(&self, span: Span, samples: Vec<f32>, ends_in_silence: bool) -> SpeechSegment {
        let at = |time: SessionTime| (time.0 - span.start.0) as usize;
        SpeechSegment {
            channel: self.channel,
            role: self.role,
            span,
            speech: self.speech,
            level: Dbfs::rms(&samples[at(self.speech.start)..at(self.speech.end)]),
            samples,
            ends_in_silence,
        }
    }

    fn keep_last(&mut self, frames: usize) {
        let drop = self.frames().saturating_sub(frames);
        self.audio.drain(..drop * FRAME_SAMPLES);
        self.powers.drain(..drop);
        self.spoken.drain(..drop);
        self.kept_from = self.kept_from.plus(samples(drop));
    }

    fn frames(&self) -> usize {
        self.powers.len()
    }

    fn kept_to(&self) -> SessionTime {
        self.kept_from.plus(samples(self.frames()))
    }
}

fn samples(frames: usize) -> u64 {
    (frames * FRAME_SAMPLES) as u64
}

mod withdraw;

#[cfg(test)]
mod tests;

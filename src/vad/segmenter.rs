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
    kept_from: SessionTime,
    speech: Span,
    /// The open segment goes on where the one before it was cut.
    continues: bool,
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
            kept_from: SessionTime::default(),
            speech: Span::default(),
            continues: false,
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

        let (next, action) = self.step(self.classify(score));
        self.state = next;
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
                if unvoiced + 1 >= self.limits.hangover =>
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
        let long_enough = self.speech.samples() >= samples(self.limits.min_speech);
        if self.continues || long_enough {
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
        let spoken =
            (self.speech.start.0 - span.start.0) as usize..(self.speech.end.0 - span.start.0) as usize;
        out.push(SpeechSegment {
            channel: self.channel,
            role: self.role,
            span,
            speech: self.speech,
            level: Dbfs::rms(&audio[spoken]),
            samples: audio,
            ends_in_silence,
        });
        self.keep_last(self.frames() - count / FRAME_SAMPLES);
    }

    fn keep_last(&mut self, frames: usize) {
        let drop = self.frames().saturating_sub(frames);
        self.audio.drain(..drop * FRAME_SAMPLES);
        self.powers.drain(..drop);
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Onset 3 frames, hangover 6, prefill 3, postfill 2, least speech 4, longest segment 125, search 31.
    fn config() -> VadConfig {
        VadConfig {
            onset_frames: 3,
            hangover_ms: 96,
            prefill_ms: 48,
            postfill_ms: 32,
            min_speech_ms: 64,
            max_segment_s: 2.0,
            cut_search_s: 0.5,
            ..VadConfig::default()
        }
    }

    fn frame(index: usize, amplitude: f32) -> Frame {
        let sample = amplitude * (1.0 + index as f32 / 1_000.0);
        let audio = [sample; FRAME_SAMPLES];
        Frame { start: SessionTime(samples(index)), samples: audio, level: Dbfs::rms(&audio) }
    }

    /// Segments of scores written as `#` voiced, `-` held, `.` unvoiced and a blank for missing audio.
    fn segments(scores: &str) -> Vec<SpeechSegment> {
        let mut segmenter =
            Segmenter::new(&config(), ChannelIndex(1), Role::Visitor).expect("settings in range");
        let mut out = Vec::new();
        for (index, mark) in scores.chars().enumerate() {
            let (score, amplitude) = match mark {
                '#' => (0.9, 0.1),
                '-' => (0.45, 0.05),
                '.' => (0.1, 0.01),
                _ => continue,
            };
            segmenter.push(&frame(index, amplitude), score, &mut out);
        }
        segmenter.finish(&mut out);
        out
    }

    /// Frames of (span, speech) and whether it ends in silence.
    type Bounds = ((u64, u64), (u64, u64), bool);

    fn bounds(segment: &SpeechSegment) -> Bounds {
        let frames = |span: Span| (span.start.0 / FRAME_SAMPLES as u64, span.end.0 / FRAME_SAMPLES as u64);
        (frames(segment.span), frames(segment.speech), segment.ends_in_silence)
    }

    #[test]
    fn scores_become_segments() {
        let cases: [(&str, &str, &[Bounds]); 12] = [
            ("nothing said", "..........", &[]),
            ("two frames are a click", ".....##..........", &[]),
            ("held frames start nothing", ".....----------", &[]),
            ("three frames and a held one are speech", ".....###-......", &[((2, 11), (5, 9), true)]),
            ("speech shorter than the least is dropped", ".....###.......", &[]),
            ("prefill stops at the start of the session", "#####.......", &[((0, 7), (0, 5), true)]),
            ("a pause under the hangover joins", ".....####.....####......", &[((2, 20), (5, 18), true)]),
            (
                "a pause of the hangover splits, and prefill stops at the segment before",
                ".....####......####......",
                &[((2, 11), (5, 9), true), ((12, 21), (15, 19), true)],
            ),
            ("held frames do not end the hangover", "...####-----.--.--.--..", &[((0, 14), (3, 12), true)]),
            ("the end of the session ends speech", ".....#####", &[((2, 10), (5, 10), true)]),
            ("the end of the session in the hangover", "...#####..", &[((0, 10), (3, 8), true)]),
            (
                "missing audio ends speech and gives no prefill",
                "...##### #####......",
                &[((0, 8), (3, 8), true), ((9, 16), (9, 14), true)],
            ),
        ];
        for (name, scores, expected) in cases {
            let found: Vec<Bounds> = segments(scores).iter().map(bounds).collect();
            assert_eq!(found, expected, "{name}: {scores}");
        }
    }

    #[test]
    fn long_speech_is_cut_at_its_quietest_point_and_the_pieces_abut() {
        let scores = format!("...{}{}{}......", "#".repeat(104), "-".repeat(9), "#".repeat(60));
        let found = segments(&scores);
        // The longest segment is 125 frames; the middle of the nine held frames is frame 111.
        let expected = [((0, 111), (3, 111), false), ((111, 178), (111, 176), true)];
        assert_eq!(found.iter().map(bounds).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn the_longest_segment_closes_where_it_ends_in_a_pause() {
        let scores = format!("...{}....{}......", "#".repeat(119), "#".repeat(20));
        let found: Vec<Bounds> = segments(&scores).iter().map(bounds).collect();
        assert_eq!(found, [((0, 124), (3, 122), true), ((124, 148), (126, 146), true)]);
    }

    #[test]
    fn the_level_is_that_of_the_speech_without_its_padding() {
        let found = segments("........########......");
        let expected = Dbfs::rms(&[0.1 * 1.0115]).0;
        assert!((found[0].level.0 - expected).abs() < 0.02, "{:?}, not {expected}", found[0].level);
        assert_eq!(found[0].samples[0], 0.01 * 1.005, "prefill begins with frame 5");
    }

    #[test]
    #[should_panic(expected = "before the end of the last")]
    fn time_that_runs_backwards_is_a_bug() {
        let mut segmenter =
            Segmenter::new(&config(), ChannelIndex(0), Role::Clerk).expect("settings in range");
        segmenter.push(&frame(5, 0.1), 0.0, &mut Vec::new());
        segmenter.push(&frame(4, 0.1), 0.0, &mut Vec::new());
    }
}

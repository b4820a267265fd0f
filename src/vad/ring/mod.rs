//! Ring detector. In: `Frame` of one channel, and its noise floor. Out: `RingBurst`. Thread: listen. Allocates: only
//! when made.
//!
//! A ring is one line of the spectrum or two, steady within a few hertz and a decibel or two for as long as it sounds,
//! with nothing else of weight beside it for most of that time, which stops and is not followed by another tone: the
//! 450 Hz of Chinese exchanges, tones that sound together (400 + 450, 440 + 480 Hz), tones that alternate (warbles), the
//! single tones of electronic telephones. Voices waver, music goes on to another note, chimes fade, dialling
//! tones do not stop, and the keys of a telephone are further apart.
//!
//! A burst is one part of at least 0.75 s or two of the same length, 0.25 s or more, at most 0.28 s apart (the double
//! ring, 0.4 s on, 0.2 s off, 0.4 s on), told as one. It is told 0.32 s of silence after its end, as the middle of the
//! window of 128 ms sees it, so 0.42 s after its last sample at the latest. One tone is taken for a ring only
//! 0.9 s after another, so that busy tones and signals of appliances are none.

mod spectrum;
mod tone;
mod verdict;
mod warble;

use crate::signal::{FRAME_SAMPLES, Frame};
use crate::units::{Dbfs, SessionTime, Span};
use crate::vad::level::power;
use spectrum::{Spectrum, WINDOW};
use tone::{AUDIBLE, Course, HOPS, Tone};

/// Frames between two spectra.
const HOP_FRAMES: u64 = 2;
const HOP_SAMPLES: usize = HOP_FRAMES as usize * FRAME_SAMPLES;
/// A tone is noticed within so many frames of its beginning, 96 ms: until then it may still be told of.
const NOTICED_FRAMES: usize = 6;
/// Frames beside a burst that are taken to belong to it: what the voice detector makes of its edges and its echo.
const BEFORE_FRAMES: usize = 2;
const AFTER_FRAMES: usize = 18;
/// Silence before a ring, at least: nothing that rings pauses for less.
const APART_SAMPLES: u64 = 14_400;

/// One burst of ringing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RingBurst {
    pub span: Span,
    /// A bit for each spectrum, a hop apart: the ring was heard alone then. The middle of the first is at sample `first`,
    /// which may lie before the session.
    alone: u128,
    first: i64,
}

/// Finds the rings of one channel.
#[derive(Default)]
pub struct RingDetector {
    spectrum: Spectrum,
    state: State,
    frames: u64,
    now: SessionTime,
    /// End of the last tone that stayed for long enough to be one.
    last_tone: Option<SessionTime>,
}

#[derive(Default)]
enum State {
    #[default]
    Quiet,
    /// `noticed`: no part of it is earlier.
    Tone { tone: Tone, noticed: SessionTime },
    /// A tone that does not stop.
    Drone(Tone),
}

impl RingBurst {
    /// Whether the ring, and nobody's voice, is what the frame that starts at `start` holds.
    pub fn is_alone_in(&self, start: SessionTime) -> bool {
        let frames = |count: usize| (count * FRAME_SAMPLES) as u64;
        let inside = start >= self.span.start.minus(frames(1 + BEFORE_FRAMES))
            && start < self.span.end.plus(frames(AFTER_FRAMES));
        let middle = (start.plus(FRAME_SAMPLES as u64 / 2).0 as i64 - self.first).max(0) as usize;
        inside && self.alone >> ((middle + HOP_SAMPLES / 2) / HOP_SAMPLES).min(HOPS - 1) & 1 == 1
    }
}

impl RingDetector {
    /// Takes the next frame, and the noise floor of the channel there; gives the burst that is known to be over with
    /// it. Real-time: no allocation, lock, log or syscall.
    pub fn push(&mut self, frame: &Frame, noise_floor: Dbfs) -> Option<RingBurst> {
        if frame.start != self.now {
            // Audio is missing: what sounded before it is over, and nobody knows when.
            self.state = State::Quiet;
        }
        self.now = frame.start.plus(FRAME_SAMPLES as u64);
        self.frames += 1;
        self.spectrum.take(&frame.samples);
        if let State::Tone { tone, .. } = &mut self.state {
            let lines = tone.bins();
            tone.warble.push(self.spectrum.newest(), &lines);
        }
        if !self.frames.is_multiple_of(HOP_FRAMES) {
            return None;
        }
        let floor = power(noise_floor);
        if matches!(self.state, State::Quiet) && power(frame.level) < AUDIBLE {
            self.spectrum.skip();
            return None;
        }
        self.spectrum.analyse();
        self.look(floor)
    }

    /// A burst that is yet to be told does not begin before this. Real-time.
    pub fn undecided_since(&self) -> SessionTime {
        let unnoticed = self.now.minus((NOTICED_FRAMES * FRAME_SAMPLES) as u64);
        self.tone_since().unwrap_or(unnoticed)
    }

    /// When what sounds now, or has just ended, and may be a ring began; what comes before it, and before the frames
    /// that its edge may colour, is no part of it. Real-time.
    pub fn tone_since(&self) -> Option<SessionTime> {
        match &self.state {
            State::Tone { noticed, .. } => Some(*noticed),
            State::Quiet | State::Drone(_) => None,
        }
    }

    /// Whether a voice that began with frames up to `opened_by` may turn out to be the ring that sounds, or to begin with
    /// it. Real-time.
    pub fn may_hold(&self, opened_by: SessionTime) -> bool {
        let edge = ((1 + BEFORE_FRAMES) * FRAME_SAMPLES) as u64;
        self.tone_since().is_some_and(|since| since.minus(edge) < opened_by)
    }

    /// The session ended: a burst that was sounding ended with it.
    pub fn finish(&mut self) -> Option<RingBurst> {
        match &mut self.state {
            State::Tone { tone, .. } => {
                let course = tone.finish(self.now);
                self.settle(course)
            }
            State::Quiet | State::Drone(_) => None,
        }
    }

    fn look(&mut self, floor: f32) -> Option<RingBurst> {
        let (band, peaks) = (self.spectrum.band(), self.spectrum.peaks());
        let middle = self.now.0 as i64 - WINDOW as i64 / 2;
        let course = match &mut self.state {
            State::Tone { tone, .. } => tone.push(&self.spectrum, &peaks, band, floor),
            State::Drone(drone) if drone.has(&peaks[0]) => {
                if !drone.goes_on(&self.spectrum) {
                    self.state = State::Quiet;
                }
                return None;
            }
            State::Quiet | State::Drone(_) => Course::Refused,
        };
        let burst = self.settle(course);
        if course == Course::Refused && Tone::is_born(&peaks, band) {
            let tone = Tone::new(&self.spectrum, &peaks, band, floor, middle);
            let noticed = self.now.minus((NOTICED_FRAMES * FRAME_SAMPLES) as u64);
            self.state = State::Tone { tone, noticed };
        }
        burst
    }

    fn settle(&mut self, course: Course) -> Option<RingBurst> {
        if course == Course::Open {
            return None;
        }
        let (tone, noticed) = match std::mem::take(&mut self.state) {
            State::Tone { tone, noticed } => (tone, noticed),
            other => {
                self.state = other;
                return None;
            }
        };
        let apart = self.last_tone.is_none_or(|last| tone.start().0 >= last.0 + APART_SAMPLES);
        if tone.is_proven() {
            self.last_tone = Some(tone.end().unwrap_or(self.now));
        }
        match course {
            Course::Burst(mut burst) if apart => {
                burst.span.start = burst.span.start.max(noticed);
                Some(burst)
            }
            Course::Endless => {
                self.state = State::Drone(tone);
                None
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;

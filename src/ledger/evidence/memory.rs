//! Memory: the last seconds of a clerk's channel. In: frames, in order. Out: any stretch of them that is still there.
//! Thread: `listen-N` writes, `evidence` reads, under a lock that each holds for microseconds. Allocates: when made.

use std::collections::VecDeque;
use std::time::Duration;

use crate::signal::FRAME_SAMPLES;
use crate::units::{SessionTime, Span};

/// Gaps remembered: more than there are in any minute.
const GAPS_MAX: usize = 256;

/// What the microphones of a window do during a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Activity {
    /// Somebody speaks at the clerk's microphone, and it is no leakage of the visitor's voice.
    pub clerk: bool,
    /// Somebody speaks at the visitor's microphone, and it is no leakage of the clerk's.
    pub visitor: bool,
}

/// A ring of frames, 16 kHz mono at 16 bits.
#[derive(Debug)]
pub struct Memory {
    samples: Vec<i16>,
    activity: Vec<Activity>,
    /// Frames that came so far: the newest ends here in session time.
    until: u64,
    /// The first that is there.
    from: u64,
    gaps: VecDeque<Span>,
    /// Run time of the start of the session.
    began: Option<Duration>,
    /// No more will come.
    over: bool,
}

impl Memory {
    /// A memory of so many samples, in whole frames.
    pub fn new(samples: u64) -> Self {
        let frames = samples.div_ceil(FRAME_SAMPLES as u64).max(1) as usize;
        Self {
            samples: vec![0; frames * FRAME_SAMPLES],
            activity: vec![Activity::default(); frames],
            until: 0,
            from: 0,
            gaps: VecDeque::with_capacity(GAPS_MAX),
            began: None,
            over: false,
        }
    }

    /// Session time began at this run time.
    pub fn begins(&mut self, run: Duration) {
        self.began.get_or_insert(run);
    }

    /// Run time of the start of the session, once something came.
    pub fn began(&self) -> Option<Duration> {
        self.began
    }

    /// Takes the frame that starts at `start`; whatever lies between it and the one before was not heard.
    /// Real-time: no allocation, log or syscall.
    pub fn push(&mut self, start: SessionTime, samples: &[f32; FRAME_SAMPLES], activity: Activity) {
        let number = start.0 / FRAME_SAMPLES as u64;
        let frames = self.activity.len() as u64;
        if number > self.until {
            self.gap(Span { start: self.until(), end: SessionTime(number * FRAME_SAMPLES as u64) });
            for missing in self.until.max(number.saturating_sub(frames))..number {
                let place = (missing % frames) as usize;
                self.samples[place * FRAME_SAMPLES..][..FRAME_SAMPLES].fill(0);
                self.activity[place] = Activity::default();
            }
        }
        let place = (number % frames) as usize;
        let kept = &mut self.samples[place * FRAME_SAMPLES..][..FRAME_SAMPLES];
        for (kept, sample) in kept.iter_mut().zip(samples) {
            // What is not a number becomes 0.
            *kept = (sample * 32_768.0).round().clamp(-32_768.0, 32_767.0) as i16;
        }
        self.activity[place] = activity;
        self.until = number + 1;
        self.from = self.from.max(self.until.saturating_sub(frames));
    }

    /// The clerk's source did not deliver this. Real-time.
    pub fn gap(&mut self, span: Span) {
        if self.gaps.len() == GAPS_MAX {
            self.gaps.pop_front();
        }
        self.gaps.push_back(span);
    }

    pub fn end(&mut self) {
        self.over = true;
    }

    pub fn is_over(&self) -> bool {
        self.over
    }

    /// Up to where it goes.
    pub fn until(&self) -> SessionTime {
        SessionTime(self.until * FRAME_SAMPLES as u64)
    }

    /// What is there of `wanted`, in whole frames: the samples, what was done in each frame, and the gaps in them.
    pub fn stretch(&self, wanted: Span) -> Option<Stretch> {
        let frame = FRAME_SAMPLES as u64;
        let from = (wanted.start.0 / frame).max(self.from);
        let until = wanted.end.0.div_ceil(frame).min(self.until);
        if from >= until {
            return None;
        }
        let span = Span { start: SessionTime(from * frame), end: SessionTime(until * frame) };
        let frames = self.activity.len() as u64;
        let mut stretch = Stretch { span, samples: Vec::new(), activity: Vec::new(), gaps: Vec::new() };
        for number in from..until {
            let place = (number % frames) as usize;
            stretch.samples.extend_from_slice(&self.samples[place * FRAME_SAMPLES..][..FRAME_SAMPLES]);
            stretch.activity.push(self.activity[place]);
        }
        for gap in self.gaps.iter().filter(|gap| gap.overlaps(span)) {
            let start = gap.start.max(span.start);
            let end = gap.end.min(span.end);
            match stretch.gaps.last_mut() {
                Some(last) if last.end >= start => last.end = last.end.max(end),
                _ => stretch.gaps.push(Span { start, end }),
            }
        }
        Some(stretch)
    }
}

/// A part of a memory, copied out of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Stretch {
    pub span: Span,
    pub samples: Vec<i16>,
    /// Of each frame.
    pub activity: Vec<Activity>,
    pub gaps: Vec<Span>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(value: f32) -> [f32; FRAME_SAMPLES] {
        [value; FRAME_SAMPLES]
    }

    fn at(frame: u64) -> SessionTime {
        SessionTime(frame * FRAME_SAMPLES as u64)
    }

    #[test]
    fn the_last_frames_are_there_and_no_older_ones() {
        let mut memory = Memory::new(4 * FRAME_SAMPLES as u64);
        for number in 0..10 {
            memory.push(at(number), &frame(number as f32 / 32_768.0), Activity::default());
        }
        let all = memory.stretch(Span { start: at(0), end: at(100) }).unwrap();
        assert_eq!(all.span, Span { start: at(6), end: at(10) });
        assert_eq!(all.samples.iter().step_by(FRAME_SAMPLES).copied().collect::<Vec<_>>(), [6, 7, 8, 9]);
        assert_eq!(memory.stretch(Span { start: at(1), end: at(6) }), None, "that has gone");
        let some = memory.stretch(Span { start: at(7).plus(1), end: at(8).plus(1) }).unwrap();
        assert_eq!(some.span, Span { start: at(7), end: at(9) }, "whole frames");
    }

    #[test]
    fn what_was_not_delivered_is_silent_and_told() {
        let mut memory = Memory::new(8 * FRAME_SAMPLES as u64);
        memory.push(at(0), &frame(0.5), Activity { clerk: true, visitor: false });
        memory.push(at(3), &frame(0.5), Activity::default());
        memory.gap(Span { start: at(3), end: at(4) });
        let stretch = memory.stretch(Span { start: at(0), end: at(4) }).unwrap();
        assert_eq!(stretch.gaps, [Span { start: at(1), end: at(4) }], "told once");
        let firsts: Vec<i16> = stretch.samples.iter().step_by(FRAME_SAMPLES).copied().collect();
        assert_eq!(firsts, [16_384, 0, 0, 16_384]);
        // A leap longer than the memory leaves nothing of what was before.
        memory.push(at(1_000), &frame(0.25), Activity::default());
        let stretch = memory.stretch(Span { start: at(0), end: at(2_000) }).unwrap();
        assert_eq!(stretch.span, Span { start: at(993), end: at(1_001) });
        assert!(stretch.samples[..7 * FRAME_SAMPLES].iter().all(|sample| *sample == 0));
    }
}

//! Front end. In: `AudioBlock`. Out: `Frame`. Thread: listen. Allocates: in `new` only.
//!
//! Picks one channel, brings it to 16 kHz, cuts it into frames. A recording of two people on two channels
//! goes through two front ends. Time is exact: sample `n` of the source is sample `n * 16000 / rate` of the
//! session, within one sample, because the delay of the filter is taken out and gaps are filled.

use std::fmt;
use std::mem;

use thiserror::Error;

use super::resample::Resampler;
use super::{FRAME_SAMPLES, Frame};
use crate::capture::{AudioBlock, RATE_HZ_MAX, RATE_HZ_MIN};
use crate::said::Bilingual;
use crate::units::{ChannelIndex, Dbfs, SAMPLE_RATE_HZ, SessionTime};

/// Turns the blocks of one source into the frames of one of its channels.
pub struct FrontEnd {
    rate_hz: u32,
    channels: u16,
    pick: ChannelIndex,
    /// `None` at 16 kHz, where samples pass unchanged, bit for bit.
    resampler: Option<Resampler>,
    framer: Framer,
    /// Samples of the source taken so far, gaps included.
    taken: u64,
    gap: u64,
    finished: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SignalError {
    #[error("{rate_hz} Hz is outside {RATE_HZ_MIN} to {RATE_HZ_MAX} Hz: set the source to 16000 or 48000 Hz")]
    Rate { rate_hz: u32 },
    #[error("channel {} is asked for, the source has {channels}: channels count from 0", pick.0)]
    Channel { pick: ChannelIndex, channels: u16 },
    #[error("cannot resample {rate_hz} Hz to 16000 Hz: {cause}: set the source to 16000 or 48000 Hz")]
    Resampler { rate_hz: u32, cause: String },
}

impl SignalError {
    /// In both languages.
    pub fn said(&self) -> Bilingual {
        let zh = match self {
            Self::Rate { rate_hz } => {
                format!(
                    "采样率 {rate_hz} Hz 超出 {RATE_HZ_MIN} 至 {RATE_HZ_MAX} Hz：请将音源设为 16000 或 48000 Hz"
                )
            }
            Self::Channel { pick, channels } => {
                format!("要求第 {} 声道，音源只有 {channels} 个声道：声道从 0 数起", pick.0)
            }
            Self::Resampler { rate_hz, cause } => {
                format!("无法将 {rate_hz} Hz 重采样为 16000 Hz：{cause}：请将音源设为 16000 或 48000 Hz")
            }
        };
        Bilingual::new(self.to_string(), zh)
    }
}

impl FrontEnd {
    /// A front end for channel `pick` of a source of `channels` channels at `rate_hz`.
    pub fn new(rate_hz: u32, channels: u16, pick: ChannelIndex) -> Result<Self, SignalError> {
        if !(RATE_HZ_MIN..=RATE_HZ_MAX).contains(&rate_hz) {
            return Err(SignalError::Rate { rate_hz });
        }
        if pick.0 >= channels {
            return Err(SignalError::Channel { pick, channels });
        }
        let resampler = if rate_hz == SAMPLE_RATE_HZ {
            None
        } else {
            let resampler = Resampler::new(rate_hz);
            Some(resampler.map_err(|fault| SignalError::Resampler { rate_hz, cause: fault.to_string() })?)
        };
        let framer = Framer::new();
        Ok(Self { rate_hz, channels, pick, resampler, framer, taken: 0, gap: 0, finished: false })
    }

    /// Appends the frames that `block` completes to `out`.
    ///
    /// Time that `block.start` leaps over becomes digital silence, one frame for every 16 ms of it, and counts
    /// in [`gap_samples`](Self::gap_samples).
    ///
    /// Real-time: no allocation, lock, log or syscall while `out` has room.
    ///
    /// # Panics
    /// When the block is of another format, goes back in time, or comes after [`finish`](Self::finish): bugs of
    /// the caller.
    pub fn push(&mut self, block: &AudioBlock, out: &mut Vec<Frame>) {
        assert!(!self.finished, "a block after the end");
        assert_eq!((block.rate_hz, block.channels), (self.rate_hz, self.channels), "the format changed");
        assert!(block.start >= self.taken, "block at {} after sample {}", block.start, self.taken);
        for _ in self.taken..block.start {
            self.take(0.0, out);
        }
        self.gap += block.start - self.taken;
        let channel = block.samples.iter().skip(usize::from(self.pick.0)).step_by(usize::from(self.channels));
        for &sample in channel {
            self.take(sample, out);
        }
        self.taken = block.start + block.samples.len() as u64 / u64::from(self.channels);
    }

    /// Appends what the filter still holds; the last frame is filled up with digital silence. Later calls do
    /// nothing.
    pub fn finish(&mut self, out: &mut Vec<Frame>) {
        let total = self.at_session_rate(self.taken);
        // The filter runs half its length behind: push silence until the last sample has come out.
        while self.framer.taken < total {
            let room = total - self.framer.taken;
            let Some(resampler) = &mut self.resampler else {
                unreachable!("at 16 kHz every sample goes straight into a frame")
            };
            let made = resampler.push(0.0);
            self.framer.extend(&made[..made.len().min(room as usize)], out);
        }
        self.framer.flush(out);
        self.finished = true;
    }

    /// Samples made so far at 16 kHz, the filling of the last frame not counted: after
    /// [`finish`](Self::finish) `n * 16000 / rate`, rounded to the nearest, for `n` samples of the source.
    pub fn samples_out(&self) -> u64 {
        self.framer.taken
    }

    /// Samples at 16 kHz that stand for time the source did not deliver.
    pub fn gap_samples(&self) -> u64 {
        self.at_session_rate(self.gap)
    }

    fn take(&mut self, sample: f32, out: &mut Vec<Frame>) {
        match &mut self.resampler {
            None => self.framer.push(sample, out),
            Some(resampler) => self.framer.extend(resampler.push(sample), out),
        }
    }

    fn at_session_rate(&self, samples: u64) -> u64 {
        let rate = u128::from(self.rate_hz);
        ((u128::from(samples) * u128::from(SAMPLE_RATE_HZ) + rate / 2) / rate) as u64
    }
}

impl fmt::Debug for FrontEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rate_hz, channels, pick, taken, gap, .. } = self;
        write!(f, "FrontEnd({rate_hz} Hz, channel {} of {channels}, {taken} in, {gap} gap)", pick.0)
    }
}

/// Cuts 16 kHz samples into frames.
struct Framer {
    samples: [f32; FRAME_SAMPLES],
    filled: usize,
    /// Samples taken since the start of the session.
    taken: u64,
}

impl Framer {
    fn new() -> Self {
        Self { samples: [0.0; FRAME_SAMPLES], filled: 0, taken: 0 }
    }

    fn push(&mut self, sample: f32, out: &mut Vec<Frame>) {
        self.samples[self.filled] = sample;
        self.filled += 1;
        self.taken += 1;
        if self.filled == FRAME_SAMPLES {
            self.emit(out);
        }
    }

    fn extend(&mut self, samples: &[f32], out: &mut Vec<Frame>) {
        for &sample in samples {
            self.push(sample, out);
        }
    }

    fn flush(&mut self, out: &mut Vec<Frame>) {
        if self.filled > 0 {
            self.emit(out);
        }
    }

    /// The level is that of the samples in the frame, not of what fills it up.
    fn emit(&mut self, out: &mut Vec<Frame>) {
        let start = SessionTime(self.taken - self.filled as u64);
        let level = Dbfs::rms(&self.samples[..self.filled]);
        let samples = mem::replace(&mut self.samples, [0.0; FRAME_SAMPLES]);
        self.filled = 0;
        out.push(Frame { start, samples, level });
    }
}

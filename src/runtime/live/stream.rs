//! What comes through one ring: where it stands on the clock, and how fast its own clock runs.

use std::time::Duration;

use super::lane::SLIP_SAMPLES;
use crate::capture::drift::DriftMeter;
use crate::capture::{AudioBlock, RingReader};
use crate::units::SAMPLE_RATE_HZ;

pub(super) struct Stream {
    pub rate_hz: u32,
    pub channels: u16,
    pub reader: RingReader,
    /// Run time at which the source says its position 0 was, or at which it was opened.
    at: Duration,
    /// Nothing comes for now: since when the link is broken.
    pub waits: Option<Duration>,
    /// Run time of its position 0; `None` before the first block.
    pub started: Option<Duration>,
    pub drift: DriftMeter,
    /// Frames the clock was corrected by so far.
    slipped: i64,
    /// Position up to which it was taken, or leapt over.
    pub taken: u64,
}

impl Stream {
    /// A stream that was opened, or so it says, at the run time `at`.
    pub fn new(rate_hz: u32, channels: u16, reader: RingReader, at: Duration) -> Self {
        let drift = DriftMeter::new(rate_hz);
        Self { rate_hz, channels, reader, at, waits: None, started: None, drift, slipped: 0, taken: 0 }
    }

    pub fn end_of(&self, block: &AudioBlock) -> u64 {
        block.start + block.samples.len() as u64 / u64::from(block.channels)
    }

    /// Run time at which position 0 was heard: as far as the first block tells; or, where what was said before may have
    /// been kept, as the other end says.
    pub fn first_block(&mut self, block: &AudioBlock, may_be_older: bool, now: Duration) -> Duration {
        let heard = Duration::from_secs_f64(self.end_of(block) as f64 / f64::from(self.rate_hz));
        let delivered = now.saturating_sub(heard);
        *self.started.insert(if may_be_older { self.at.min(delivered) } else { delivered })
    }

    /// Frames by which the device's clock is to be corrected now.
    pub fn observe(&mut self, block: &AudioBlock, now: Duration) -> i64 {
        self.drift.observe(self.end_of(block), now);
        let Some(ahead) = self.drift.offset() else { return 0 };
        let ahead = ahead as f64 * f64::from(SAMPLE_RATE_HZ) / f64::from(self.rate_hz);
        let wanted = -(ahead / SLIP_SAMPLES).round() as i64;
        let slip = wanted - self.slipped;
        self.slipped = wanted;
        slip
    }
}

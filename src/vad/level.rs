//! Levels of one channel: a short-time level and the noise floor under it.
//!
//! In: the level of each `Frame`. Out: `SignalLevel`. Allocates: never.

use crate::units::Dbfs;

/// Share of the newest frame in the smoothed power: a time constant of about 4 frames, 64 ms.
const SMOOTHING: f32 = 0.25;
/// The floor is the least smoothed power of the last [`BLOCKS`] blocks, 8 s: a talker breathes within that.
const BLOCKS: usize = 4;
const BLOCK_FRAMES: u32 = 125;
/// A minimum lies under the mean of the noise it samples; measured on hall babble.
const MINIMUM_BIAS_DB: f32 = 2.0;
/// Nothing real is quieter: a muted line must not look like infinite signal-to-noise ratio.
const QUIETEST_FLOOR: Dbfs = Dbfs(-75.0);

/// What one channel reads at one frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SignalLevel {
    /// Smoothed over about 64 ms.
    pub level: Dbfs,
    /// Level of the noise alone, from the minima of the last 8 s (Martin, "Noise power spectral density estimation
    /// based on optimal smoothing and minimum statistics", 2001, on the full band).
    pub noise_floor: Dbfs,
}

/// Follows the level and the noise floor of one channel.
#[derive(Clone, Debug)]
pub struct LevelTracker {
    smoothed: Option<f32>,
    block_minima: [f32; BLOCKS],
    block: usize,
    frames_in_block: u32,
}

impl Default for LevelTracker {
    fn default() -> Self {
        Self { smoothed: None, block_minima: [f32::INFINITY; BLOCKS], block: 0, frames_in_block: 0 }
    }
}

impl LevelTracker {
    /// Takes the level of the next frame. Real-time: no allocation, lock, log or syscall.
    pub fn push(&mut self, level: Dbfs) -> SignalLevel {
        let power = power(level);
        let smoothed = self.smoothed.map_or(power, |before| before + SMOOTHING * (power - before));
        self.smoothed = Some(smoothed);

        if self.frames_in_block == BLOCK_FRAMES {
            self.block = (self.block + 1) % BLOCKS;
            self.block_minima[self.block] = f32::INFINITY;
            self.frames_in_block = 0;
        }
        self.frames_in_block += 1;
        let newest = &mut self.block_minima[self.block];
        *newest = newest.min(smoothed);

        let least = self.block_minima.iter().copied().fold(f32::INFINITY, f32::min);
        let floor = decibel(least) + MINIMUM_BIAS_DB;
        SignalLevel { level: Dbfs(decibel(smoothed)), noise_floor: Dbfs(floor.max(QUIETEST_FLOOR.0)) }
    }
}

/// Power relative to full scale; a level that is not a number reads as silence.
pub(super) fn power(level: Dbfs) -> f32 {
    let db = if level.0.is_finite() { level.0.clamp(Dbfs::SILENCE.0, 20.0) } else { Dbfs::SILENCE.0 };
    10_f32.powf(db / 10.0)
}

pub(super) fn decibel(power: f32) -> f32 {
    10.0 * power.max(1e-12).log10()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(tracker: &mut LevelTracker, frames: usize, level: f32) -> SignalLevel {
        (0..frames).map(|_| tracker.push(Dbfs(level))).last().expect("at least one frame")
    }

    #[test]
    fn the_floor_stays_under_speech_and_follows_a_quieter_hall_at_once() {
        let mut tracker = LevelTracker::default();
        after(&mut tracker, 60, -50.0);
        let speaking = after(&mut tracker, 300, -30.0);
        assert!((speaking.noise_floor.0 + 48.0).abs() < 0.1, "{speaking:?}");
        assert!((speaking.level.0 + 30.0).abs() < 0.1, "{speaking:?}");
        let quieter = after(&mut tracker, 60, -60.0);
        assert!(quieter.noise_floor.0 < -57.0, "{quieter:?}");
    }

    #[test]
    fn a_louder_hall_raises_the_floor_within_eight_seconds() {
        let mut tracker = LevelTracker::default();
        after(&mut tracker, 60, -60.0);
        let louder = after(&mut tracker, 501, -45.0);
        assert!((louder.noise_floor.0 + 43.0).abs() < 0.1, "{louder:?}");
    }

    #[test]
    fn digital_silence_and_broken_levels_give_the_quietest_floor() {
        for level in [-120.0, f32::NEG_INFINITY, f32::NAN] {
            let read = LevelTracker::default().push(Dbfs(level));
            assert_eq!(read, SignalLevel { level: Dbfs(-120.0), noise_floor: QUIETEST_FLOOR });
        }
    }
}

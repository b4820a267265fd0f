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
/// Below the last bit of 16: no converter is so still. A muted microphone is, a source that is absent, and a sound
/// server that has nothing to play. It says nothing about the hall, so the floor learns nothing from it.
const DIGITAL_SILENCE: Dbfs = Dbfs(-100.0);

/// What one channel reads at one frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SignalLevel {
    /// Smoothed over about 64 ms.
    pub level: Dbfs,
    /// Level of the noise alone, from the minima of the last 8 s (Martin, "Noise power spectral density estimation
    /// based on optimal smoothing and minimum statistics", 2001, on the full band), digital silence left out.
    pub noise_floor: Dbfs,
}

/// Follows the level and the noise floor of one channel.
#[derive(Clone, Debug)]
pub struct LevelTracker {
    /// `None` where nothing was heard before, or only digital silence.
    smoothed: Option<f32>,
    /// The frame before was digital silence.
    after_silence: bool,
    block_minima: [f32; BLOCKS],
    block: usize,
    frames_in_block: u32,
}

impl Default for LevelTracker {
    fn default() -> Self {
        let block_minima = [f32::INFINITY; BLOCKS];
        Self { smoothed: None, after_silence: false, block_minima, block: 0, frames_in_block: 0 }
    }
}

impl LevelTracker {
    /// Takes the level of the next frame. Real-time: no allocation, lock, log or syscall.
    pub fn push(&mut self, level: Dbfs) -> SignalLevel {
        let power = power(level);
        if decibel(power) < DIGITAL_SILENCE.0 {
            self.smoothed = None;
            self.after_silence = true;
            return self.read(power, QUIETEST_FLOOR);
        }
        if std::mem::take(&mut self.after_silence) {
            // Sound may have begun anywhere in this frame: its level is not yet that of the sound.
            return self.read(power, Dbfs(decibel(power) + MINIMUM_BIAS_DB));
        }
        let smoothed = self.smoothed.map_or(power, |before| before + SMOOTHING * (power - before));
        self.smoothed = Some(smoothed);
        self.learn(smoothed);
        self.read(smoothed, QUIETEST_FLOOR)
    }

    fn learn(&mut self, smoothed: f32) {
        if self.frames_in_block == BLOCK_FRAMES {
            self.block = (self.block + 1) % BLOCKS;
            self.block_minima[self.block] = f32::INFINITY;
            self.frames_in_block = 0;
        }
        self.frames_in_block += 1;
        let newest = &mut self.block_minima[self.block];
        *newest = newest.min(smoothed);
    }

    /// The level `power`, over the floor or, while there is none, over `unknown`.
    fn read(&self, power: f32, unknown: Dbfs) -> SignalLevel {
        let least = self.block_minima.iter().copied().fold(f32::INFINITY, f32::min);
        let floor = if least.is_finite() { decibel(least) + MINIMUM_BIAS_DB } else { unknown.0 };
        SignalLevel { level: Dbfs(decibel(power)), noise_floor: Dbfs(floor.max(QUIETEST_FLOOR.0)) }
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
    fn digital_silence_teaches_the_floor_nothing() {
        for (silent_frames, first_sound) in [(1, -48.0), (200, -48.0), (200, -62.0), (2_000, -90.0)] {
            let mut tracker = LevelTracker::default();
            after(&mut tracker, 60, -50.0);
            let silent = after(&mut tracker, silent_frames, -120.0);
            assert_eq!(silent.level, Dbfs(-120.0));
            assert!((silent.noise_floor.0 + 48.0).abs() < 0.1, "kept while a line is muted: {silent:?}");
            after(&mut tracker, 1, first_sound);
            let speaking = after(&mut tracker, 60, -30.0);
            assert!((speaking.noise_floor.0 + 48.0).abs() < 0.1, "{silent_frames} frames: {speaking:?}");
        }
    }

    #[test]
    fn a_line_that_begins_silent_reads_like_one_that_begins_with_sound() {
        let (mut at_once, mut late) = (LevelTracker::default(), LevelTracker::default());
        after(&mut late, 300, -120.0);
        late.push(Dbfs(-63.0));
        for level in [-50.0, -51.0, -49.0, -30.0, -28.0, -50.0] {
            assert_eq!(late.push(Dbfs(level)), at_once.push(Dbfs(level)));
        }
    }

    #[test]
    fn digital_silence_and_broken_levels_give_the_quietest_floor() {
        for level in [-120.0, f32::NEG_INFINITY, f32::NAN] {
            let read = LevelTracker::default().push(Dbfs(level));
            assert_eq!(read, SignalLevel { level: Dbfs(-120.0), noise_floor: QUIETEST_FLOOR });
        }
    }
}

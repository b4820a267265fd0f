//! How loud a channel is and was. In: blocks of audio. Out: levels, and bars of them.

use std::time::Duration;

use crate::capture::AudioBlock;
use crate::units::Dbfs;

/// How long a peak stays before it falls.
const HOLD: Duration = Duration::from_millis(1_500);
/// How fast a peak falls then, in dB a second.
const FALL_DB_S: f32 = 20.0;
/// The bar's left end; 0 dBFS is its right.
const FLOOR_DBFS: f32 = -60.0;
/// Characters of a bar.
const BAR: usize = 40;

/// One channel's level since the meter was last read, and its peak.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Meter {
    power: f64,
    samples: u64,
    loudest: f32,
    held: f32,
    held_at: Duration,
    read_at: Duration,
}

/// What a meter reads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::cli) struct Reading {
    /// Root mean square since the reading before.
    pub level: Dbfs,
    /// Highest sample, held for a while.
    pub peak: Dbfs,
}

impl Default for Meter {
    fn default() -> Self {
        let (zero, silence) = (Duration::ZERO, Dbfs::SILENCE.0);
        Self { power: 0.0, samples: 0, loudest: 0.0, held: silence, held_at: zero, read_at: zero }
    }
}

impl Meter {
    /// Takes one channel's samples out of a block.
    pub fn take(&mut self, block: &AudioBlock, channel: usize) {
        for sample in block.samples.iter().skip(channel).step_by(usize::from(block.channels)) {
            self.power += f64::from(sample * sample);
            self.samples += 1;
            self.loudest = self.loudest.max(sample.abs());
        }
    }

    /// The level since the reading before, at the run time `now`.
    pub fn read(&mut self, now: Duration) -> Reading {
        let mean = self.power / self.samples.max(1) as f64;
        let level = dbfs(mean.sqrt() as f32);
        let peak = dbfs(self.loudest);
        let fallen = now.saturating_sub(self.held_at.saturating_add(HOLD).max(self.read_at)).as_secs_f32();
        self.held = (self.held - fallen * FALL_DB_S).max(Dbfs::SILENCE.0);
        if peak.0 >= self.held {
            (self.held, self.held_at) = (peak.0, now);
        }
        (self.power, self.samples, self.loudest, self.read_at) = (0.0, 0, 0.0, now);
        Reading { level, peak: Dbfs(self.held) }
    }
}

impl Reading {
    /// `██████████░░░░│░░`: filled up to the level, a line at the peak.
    pub fn bar(self) -> String {
        let place = |level: Dbfs| {
            let share = (level.0 - FLOOR_DBFS) / -FLOOR_DBFS;
            (share.clamp(0.0, 1.0) * BAR as f32).round() as usize
        };
        let (level, peak) = (place(self.level), place(self.peak));
        let cell = |n: usize| match n {
            _ if n + 1 == peak && peak > level => '│',
            _ if n < level => '█',
            _ => '░',
        };
        (0..BAR).map(cell).collect()
    }
}

fn dbfs(amplitude: f32) -> Dbfs {
    Dbfs((20.0 * amplitude.log10()).max(Dbfs::SILENCE.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(samples: &[f32], channels: u16) -> AudioBlock {
        AudioBlock { start: 0, rate_hz: 16_000, channels, samples: samples.to_vec() }
    }

    #[test]
    fn each_channel_is_measured_alone() {
        let both = block(&[0.5, -0.1, -0.5, 0.1], 2);
        for (channel, wanted) in [(0, -6.02), (1, -20.0)] {
            let mut meter = Meter::default();
            meter.take(&both, channel);
            let read = meter.read(Duration::ZERO);
            assert!((read.level.0 - wanted).abs() < 0.01 && (read.peak.0 - wanted).abs() < 0.01, "{read:?}");
        }
    }

    #[test]
    fn a_peak_is_held_and_then_falls_while_the_level_drops_at_once() {
        let mut meter = Meter::default();
        meter.take(&block(&[1.0], 1), 0);
        let cases = [(0, 0.0, 0.0), (1_000, -120.0, 0.0), (2_000, -120.0, -10.0), (3_000, -120.0, -30.0)];
        for (ms, level, peak) in cases {
            let read = meter.read(Duration::from_millis(ms));
            assert_eq!(read.level.0, level, "after {ms} ms");
            assert!((read.peak.0 - peak).abs() < 0.01, "after {ms} ms: {read:?}");
        }
    }

    #[test]
    fn a_bar_is_full_at_full_scale_and_empty_at_its_floor() {
        let bar = |level, peak| Reading { level: Dbfs(level), peak: Dbfs(peak) }.bar();
        assert_eq!(bar(0.0, 0.0), "█".repeat(BAR));
        assert_eq!(bar(-120.0, -120.0), "░".repeat(BAR));
        assert_eq!(bar(-30.0, -15.0), format!("{}{}│{}", "█".repeat(20), "░".repeat(9), "░".repeat(10)));
    }
}

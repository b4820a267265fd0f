//! Degrade. In: the channels of a recording, 16 kHz. Out: the same, heard under worse conditions. Pure and deterministic:
//! the same recording, corpus and condition give the same samples.
//!
//! What is added comes on top of what the recording already holds, and nothing is delayed: times stay true.

mod babble;
mod chance;
mod room;
mod telephone;

use std::fmt;
use std::str::FromStr;

pub use babble::Babble;
pub use chance::seed_of;

use crate::units::SAMPLE_RATE_HZ;

/// One way of making a recording harder to hear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Condition {
    /// As it was recorded.
    Clean,
    /// Babble of voices so many dB under the speech of each channel.
    Snr(u8),
    /// A room with a reverberation time of 0.4 s.
    Reverb,
    /// 300 to 3400 Hz at 8 kHz, μ-law.
    Telephone,
}

impl Condition {
    /// Those that a full comparison runs through.
    pub const ALL: [Self; 6] =
        [Self::Clean, Self::Snr(20), Self::Snr(15), Self::Snr(10), Self::Reverb, Self::Telephone];

    /// Degrades `channels`; `seed` tells recordings apart.
    pub fn apply(self, channels: &mut [Vec<f32>], babble: &Babble, seed: u64) {
        for (index, channel) in channels.iter_mut().enumerate() {
            let seed = seed ^ (index as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            match self {
                Self::Clean => {}
                Self::Snr(db) => babble.add(channel, f32::from(db), seed),
                Self::Reverb => room::reverberate(channel, seed),
                Self::Telephone => telephone::pass(channel),
            }
        }
    }
}

impl FromStr for Condition {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "clean" => Ok(Self::Clean),
            "reverb" => Ok(Self::Reverb),
            "telephone" => Ok(Self::Telephone),
            _ => match text.strip_prefix("snr").and_then(|db| db.parse::<u8>().ok()) {
                Some(db) if db <= 60 => Ok(Self::Snr(db)),
                _ => Err("write clean, snr20 (or another number of dB up to 60), reverb or telephone"),
            },
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Clean => f.write_str("clean"),
            Self::Snr(db) => write!(f, "snr{db}"),
            Self::Reverb => f.write_str("reverb"),
            Self::Telephone => f.write_str("telephone"),
        }
    }
}

/// Margin between the level of speech and the least that counts as speech, dB (ITU-T P.56).
const MARGIN_DB: f64 = 15.9;

/// Active speech level as a mean square: of the 20 ms frames that are at most [`MARGIN_DB`] below it. `None` of silence.
fn active_power(samples: &[f32]) -> Option<f64> {
    let frame = SAMPLE_RATE_HZ as usize / 50;
    let powers: Vec<f64> = samples.chunks(frame).map(power).collect();
    let mut level = mean(powers.iter().copied())?;
    // Each round leaves out quieter frames; it settles within a few.
    for _ in 0..20 {
        let least = level * 10.0_f64.powf(-MARGIN_DB / 10.0);
        let next = mean(powers.iter().copied().filter(|power| *power >= least))?;
        if next <= level * 1.000_1 {
            break;
        }
        level = next;
    }
    (level > 0.0).then_some(level)
}

fn power(samples: &[f32]) -> f64 {
    samples.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / samples.len().max(1) as f64
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0_u64), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / count as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: f64 = SAMPLE_RATE_HZ as f64;

    /// A tone of `hz`, switched on for half of each second: speech as far as levels go.
    fn tone(hz: f64, seconds: usize) -> Vec<f32> {
        let sample = |at: usize| {
            let on = (at / (SAMPLE_RATE_HZ as usize / 2)).is_multiple_of(2);
            if on { 0.1 * (std::f64::consts::TAU * hz * at as f64 / RATE).sin() as f32 } else { 0.0 }
        };
        (0..seconds * SAMPLE_RATE_HZ as usize).map(sample).collect()
    }

    fn degraded(condition: Condition, samples: &[f32], seed: u64) -> Vec<f32> {
        let babble = Babble::new([tone(500.0, 3), tone(700.0, 2)]);
        let mut channels = vec![samples.to_vec()];
        condition.apply(&mut channels, &babble, seed);
        channels.remove(0)
    }

    fn db(ratio: f64) -> f64 {
        10.0 * ratio.log10()
    }

    #[test]
    fn names_of_conditions_are_read_as_they_are_written() {
        for condition in Condition::ALL {
            assert_eq!(condition.to_string().parse(), Ok(condition));
        }
        for wrong in ["", "snr", "snr61", "snr-5", "loud"] {
            assert!(wrong.parse::<Condition>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_active_level_leaves_silence_out() {
        let level = active_power(&tone(440.0, 4)).unwrap();
        assert!((db(level) - db(0.005)).abs() < 0.2, "{}", db(level));
        assert_eq!(active_power(&[0.0; 1_000]), None);
        assert_eq!(active_power(&[]), None);
    }

    #[test]
    fn babble_lies_as_far_under_the_speech_as_asked() {
        let speech = tone(440.0, 4);
        for snr_db in [20, 10] {
            let noisy = degraded(Condition::Snr(snr_db), &speech, 1);
            let noise: Vec<f32> = noisy.iter().zip(&speech).map(|(sum, said)| sum - said).collect();
            let found = db(active_power(&speech).unwrap() / power(&noise));
            assert!((found - f64::from(snr_db)).abs() < 0.1, "{found} dB for {snr_db}");
        }
    }

    #[test]
    fn the_same_recording_is_degraded_in_the_same_way_and_others_in_other_ways() {
        let speech = tone(440.0, 2);
        for condition in [Condition::Snr(15), Condition::Reverb] {
            let seeds = [seed_of("a.flac"), seed_of("a.flac"), seed_of("b.flac")];
            let [first, again, other] = seeds.map(|seed| degraded(condition, &speech, seed));
            assert_eq!(first, again, "{condition}");
            assert_ne!(first, other, "{condition}");
        }
        assert_eq!(degraded(Condition::Clean, &speech, 1), speech);
    }

    #[test]
    fn silence_stays_silence() {
        for condition in Condition::ALL {
            let silence = vec![0.0; 20_000];
            assert_eq!(degraded(condition, &silence, 1), silence, "{condition}");
        }
    }

    #[test]
    fn a_room_rings_on_for_its_reverberation_time() {
        let mut click = vec![0.0; 16_000];
        click[1_000] = 0.5;
        let heard = degraded(Condition::Reverb, &click, 1);
        assert_eq!(heard.iter().position(|sample| *sample != 0.0), Some(1_000), "nothing comes early");
        let part = |from: f64, to: f64| {
            let at = |s: f64| 1_000 + (s * RATE) as usize;
            power(&heard[at(from)..at(to)])
        };
        // A quarter of the time is a quarter of 60 dB.
        let fall_db = db(part(0.02, 0.06) / part(0.12, 0.16));
        assert!((fall_db - 15.0).abs() < 1.5, "{fall_db} dB");
        assert!(part(0.41, 0.6) == 0.0);
        assert!((db(power(&heard) / power(&click))).abs() < 0.01, "the level stays");
    }

    #[test]
    fn a_telephone_line_carries_its_band_only_and_without_delay() {
        for (hz, passes) in
            [(100.0, false), (500.0, true), (1_000.0, true), (3_000.0, true), (4_500.0, false)]
        {
            let sent = tone(hz, 1);
            let heard = degraded(Condition::Telephone, &sent, 1);
            // The middle of the tone, away from where it is switched.
            let middle = 2_000..6_000;
            let gain_db = db(power(&heard[middle.clone()]) / power(&sent[middle.clone()]));
            if passes {
                assert!(gain_db.abs() < 0.5, "{hz} Hz: {gain_db} dB");
                let error: Vec<f32> = middle.map(|at| heard[at] - sent[at]).collect();
                let clear_db = db(power(&sent[2_000..6_000]) / power(&error));
                assert!(clear_db > 25.0, "{hz} Hz: {clear_db} dB over what was added");
            } else {
                assert!(gain_db < -30.0, "{hz} Hz: {gain_db} dB");
            }
        }
    }
}

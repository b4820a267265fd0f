//! Cross-talk gate. In: levels and speech scores of the clerk's and the visitor's channel. Out: gated scores.
//!
//! Each voice leaks into the other microphone. The gate watches by how much the first channel exceeds the second,
//! both taken over their own noise floors so that the gains of the microphones cancel. That difference gathers at
//! two modes: high while the clerk speaks alone, low while the visitor does. Speech whose difference lies near
//! the other speaker's mode is leakage; in between both speak.
//!
//! The modes are learnt while the window works. Talking at once pulls them together, so they follow the outer
//! quartile of what is heard on their side, and slowly. Until both are known a fixed bound stands in, under which
//! leakage stronger than that passes. Allocates: never.

use std::ops::RangeInclusive;

use crate::vad::level::{SignalLevel, decibel, power};

/// Where the two modes are supposed before they were heard.
const PRIOR_DB: f32 = 10.0;
/// A difference beyond this is leakage while one of the modes is still unknown.
const PRIOR_LEAKAGE_DB: f32 = 6.0;
/// A frame teaches the modes when either channel exceeds its floor by this.
const FOREGROUND_DB: f32 = 10.0;
/// Step of a mode in the first second of its voice: a running median.
const FIRST_STEP_DB: f32 = 0.5;
/// Steps away from the other mode and towards it afterwards, 1.9 and 0.6 dB a second: a running quartile.
const OUTWARD_STEP_DB: f32 = 0.03;
const INWARD_STEP_DB: f32 = 0.01;
/// Foreground frames after which a mode is known: 0.5 s.
const KNOWN_FRAMES: u32 = 31;
/// Modes nearer than this are one voice that varies, not two.
const MIN_SEPARATION_DB: f32 = 8.0;
/// Leakage lies within this share of the separation from its mode, and within this many decibels.
const LEAKAGE_SHARE: f32 = 0.25;
const LEAKAGE_SPREAD_DB: f32 = 6.0;
/// Excesses are bounded: beneath lies the noise floor's own error, above nothing changes.
const EXCESS_DB: RangeInclusive<f32> = -6.0..=40.0;

/// Decides frame by frame which of two channels hears its own speaker and which only the other's leakage.
#[derive(Clone, Debug)]
pub struct CrossTalk {
    first: Mode,
    second: Mode,
}

/// Level difference while one speaker is alone.
#[derive(Clone, Copy, Debug)]
struct Mode {
    difference_db: f32,
    frames: u32,
}

impl Default for CrossTalk {
    fn default() -> Self {
        Self {
            first: Mode { difference_db: PRIOR_DB, frames: 0 },
            second: Mode { difference_db: -PRIOR_DB, frames: 0 },
        }
    }
}

impl CrossTalk {
    /// Takes the levels and scores of the same frame of both channels; gives the scores back with that of leakage
    /// set to 0. `speech_from` is the score from which a frame is taken for speech.
    /// Real-time: no allocation, lock, log or syscall.
    pub fn push(&mut self, levels: [SignalLevel; 2], scores: [f32; 2], speech_from: f32) -> [f32; 2] {
        let excess = levels.map(excess_db);
        let difference = excess[0] - excess[1];
        if scores[0].max(scores[1]) >= speech_from && excess[0].max(excess[1]) >= FOREGROUND_DB {
            self.learn(difference);
        }
        let (leak_into_first, leak_into_second) = self.thresholds();
        [
            if difference < leak_into_first { 0.0 } else { scores[0] },
            if difference > leak_into_second { 0.0 } else { scores[1] },
        ]
    }

    /// Level differences while the first and the second speaker are alone, once both are known.
    pub fn modes(&self) -> Option<(f32, f32)> {
        let known = self.first.frames >= KNOWN_FRAMES && self.second.frames >= KNOWN_FRAMES;
        let apart = self.first.difference_db - self.second.difference_db >= MIN_SEPARATION_DB;
        (known && apart).then_some((self.first.difference_db, self.second.difference_db))
    }

    fn learn(&mut self, difference: f32) {
        let middle = (self.first.difference_db + self.second.difference_db) / 2.0;
        let is_first = difference >= middle;
        let mode = if is_first { &mut self.first } else { &mut self.second };
        let step = if mode.frames < 2 * KNOWN_FRAMES {
            FIRST_STEP_DB
        } else if (difference >= mode.difference_db) == is_first {
            OUTWARD_STEP_DB
        } else {
            INWARD_STEP_DB
        };
        mode.difference_db += (difference - mode.difference_db).clamp(-step, step);
        mode.frames = mode.frames.saturating_add(1);
    }

    /// Below the first the first channel is leakage, above the second the second is; between them both stay.
    fn thresholds(&self) -> (f32, f32) {
        match self.modes() {
            Some((first, second)) => {
                let spread = ((first - second) * LEAKAGE_SHARE).min(LEAKAGE_SPREAD_DB);
                (second + spread, first - spread)
            }
            None => (-PRIOR_LEAKAGE_DB, PRIOR_LEAKAGE_DB),
        }
    }
}

/// Level of the sound without the noise, over the noise.
fn excess_db(read: SignalLevel) -> f32 {
    let (sound, noise) = (power(read.level), power(read.noise_floor));
    decibel((sound / noise - 1.0).max(0.0)).clamp(*EXCESS_DB.start(), *EXCESS_DB.end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Dbfs;
    use crate::vad::level::LevelTracker;

    const CLERK: [bool; 2] = [true, false];
    const VISITOR: [bool; 2] = [false, true];
    const BOTH: [bool; 2] = [true, true];

    /// Two microphones in one hall: levels of the voices at their own microphones, gains, and leakage.
    #[derive(Clone, Copy, Debug)]
    struct Hall {
        voices_db: [f32; 2],
        noise_db: [f32; 2],
        gains_db: [f32; 2],
        leakage_db: f32,
    }

    /// The gate, the levels it reads, and a deterministic source of syllables.
    struct Bench {
        hall: Hall,
        gate: CrossTalk,
        trackers: [LevelTracker; 2],
        random: u32,
    }

    impl Bench {
        /// A hall in which the gate has heard each voice alone for four seconds.
        fn acquainted(hall: Hall) -> Self {
            let mut bench =
                Self { hall, gate: CrossTalk::default(), trackers: Default::default(), random: 1 };
            bench.passed([false, false], 60);
            bench.passed(CLERK, 250);
            bench.passed([false, false], 30);
            bench.passed(VISITOR, 250);
            bench.passed([false, false], 30);
            bench
        }

        /// Share of `frames` in which each channel's score passes while `speaking`; the detector takes all speech,
        /// leakage too, for speech.
        fn passed(&mut self, speaking: [bool; 2], frames: usize) -> [f32; 2] {
            let mut passed = [0.0; 2];
            for index in 0..frames {
                let own = [0, 1].map(|i| {
                    if speaking[i] {
                        power(Dbfs(self.hall.voices_db[i] + self.syllable(index, i)))
                    } else {
                        0.0
                    }
                });
                let leak = power(Dbfs(self.hall.leakage_db));
                let levels = [0, 1].map(|i| {
                    let wobble = self.uniform(2.0);
                    let sound = own[i] + leak * own[1 - i] + power(Dbfs(self.hall.noise_db[i] + wobble));
                    self.trackers[i].push(Dbfs(decibel(sound) + self.hall.gains_db[i]))
                });
                let score = if speaking == [false, false] { 0.1 } else { 0.9 };
                let gated = self.gate.push(levels, [score; 2], 0.5);
                (0..2).filter(|&i| gated[i] > 0.0).for_each(|i| passed[i] += 1.0 / frames as f32);
            }
            passed
        }

        /// Syllables of 200 ms, of random loudness, with a dip between them.
        fn syllable(&mut self, index: usize, voice: usize) -> f32 {
            let dip = if (index + 5 * voice) % 12 < 3 { -15.0 } else { 0.0 };
            dip + self.uniform(4.0)
        }

        fn uniform(&mut self, reach: f32) -> f32 {
            self.random = self.random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            reach * ((self.random >> 8) as f32 / (1 << 23) as f32 - 1.0)
        }
    }

    fn halls() -> Vec<Hall> {
        let mut halls = Vec::new();
        for leakage_db in [-30.0, -18.0, -12.0, -8.0] {
            for gains_db in
                [[0.0, 0.0], [-12.0, 0.0], [12.0, 0.0], [0.0, -12.0], [12.0, -12.0], [-12.0, 12.0]]
            {
                halls.push(Hall {
                    voices_db: [-30.0, -34.0],
                    noise_db: [-50.0, -50.0],
                    gains_db,
                    leakage_db,
                });
            }
        }
        let soft = Hall {
            voices_db: [-34.0, -30.0],
            noise_db: [-46.0, -52.0],
            gains_db: [0.0; 2],
            leakage_db: -18.0,
        };
        halls.push(soft);
        halls
    }

    #[test]
    fn each_voice_passes_on_its_own_channel_and_only_there_at_any_gain_and_leakage() {
        for hall in halls() {
            let mut bench = Bench::acquainted(hall);
            for (speaking, own) in [(CLERK, 0), (VISITOR, 1), (CLERK, 0)] {
                let passed = bench.passed(speaking, 250);
                bench.passed([false, false], 30);
                assert!(passed[own] > 0.95, "own speech lost: {passed:?} of {speaking:?} in {hall:?}");
                assert!(passed[1 - own] < 0.15, "leakage passed: {passed:?} of {speaking:?} in {hall:?}");
            }
        }
    }

    #[test]
    fn two_people_talking_at_once_both_pass_where_leakage_is_12_db_down_or_more() {
        for hall in halls().into_iter().filter(|hall| hall.leakage_db <= -12.0) {
            let passed = Bench::acquainted(hall).passed(BOTH, 120);
            assert!(passed.iter().all(|share| *share > 0.7), "{passed:?} in {hall:?}");
        }
    }

    #[test]
    fn a_long_quarrel_does_not_teach_the_gate_to_shut_either_voice_out() {
        for hall in halls().into_iter().filter(|hall| hall.leakage_db <= -18.0) {
            let mut bench = Bench::acquainted(hall);
            bench.passed(BOTH, 500);
            let passed = bench.passed(BOTH, 120);
            assert!(passed.iter().all(|share| *share > 0.7), "{passed:?} in {hall:?}");
        }
    }

    #[test]
    fn one_voice_alone_is_never_split_into_two() {
        let hall = Hall {
            voices_db: [-30.0, -30.0],
            noise_db: [-50.0, -65.0],
            gains_db: [0.0; 2],
            leakage_db: -18.0,
        };
        let mut bench = Bench { hall, gate: CrossTalk::default(), trackers: Default::default(), random: 7 };
        bench.passed([false, false], 60);
        let passed = bench.passed(CLERK, 3_000);
        assert!(passed[0] > 0.95, "the only speaker was gated: {passed:?}");
        assert_eq!(bench.gate.modes(), None);
    }
}

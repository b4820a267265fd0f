//! Loudness: what is usual at a window, and which of two voices on one microphone is the nearer one.
//!
//! Levels are counted in bins of half a decibel over the whole session: the median does not follow one who shouts for
//! a while, memory is bounded, and the same utterances in the same order always give the same answer.

use crate::units::{Dbfs, Role};

const BINS: usize = 240;
const BIN_DB: f32 = 0.5;

/// Utterances before anything is said of what is usual.
const USUAL_FROM: u32 = 8;
/// Of the near and the far voice, each.
const VOICE_FROM: u32 = 5;
/// Two voices on one microphone differ by at least this, or they cannot be told apart.
const APART_DB: f32 = 6.0;
/// The levels of each voice spread less than this share of what the voices differ by.
const SPREAD_MAX: f32 = 0.3;
/// Levels this near to the middle between the voices may be either's.
const BETWEEN_DB: f32 = 1.5;

/// Levels heard in a session.
#[derive(Clone, Debug)]
pub(super) struct Levels {
    bins: [u32; BINS],
    count: u32,
}

impl Default for Levels {
    fn default() -> Self {
        Self { bins: [0; BINS], count: 0 }
    }
}

impl Levels {
    /// Takes the level of an utterance; silence is none.
    pub fn push(&mut self, level: Dbfs) {
        if let Some(bin) = bin(level) {
            self.bins[bin] = self.bins[bin].saturating_add(1);
            self.count = self.count.saturating_add(1);
        }
    }

    /// How far `level` is above the median, in dB; `None` before enough was heard.
    pub fn above_usual(&self, level: Dbfs) -> Option<f32> {
        bin(level)?;
        let median = self.median(0..BINS).filter(|_| self.count >= USUAL_FROM)?;
        Some(level.0 - median)
    }

    /// Who speaks at `level`, the nearer voice being the clerk's; `None` where that cannot be told.
    pub fn speaker(&self, level: Dbfs) -> Option<Role> {
        bin(level)?;
        let middle = self.middle()?;
        match level.0 - middle {
            above if above > BETWEEN_DB => Some(Role::Clerk),
            below if below < -BETWEEN_DB => Some(Role::Visitor),
            _ => None,
        }
    }

    /// The level between two voices, where there are two: the cut that leaves the least spread on both sides
    /// (Otsu, "A threshold selection method from gray-level histograms", 1979).
    fn middle(&self) -> Option<f32> {
        let mut best: Option<(f32, f32, f32, usize)> = None;
        for cut in 1..BINS {
            let (far, near) = (self.moments(0..cut), self.moments(cut..BINS));
            let (Some(far), Some(near)) = (far, near) else { continue };
            if far.count < VOICE_FROM || near.count < VOICE_FROM {
                continue;
            }
            let between = far.count as f32 * near.count as f32 * (near.mean - far.mean).powi(2);
            if best.is_none_or(|(most, ..)| between > most) {
                best = Some((between, near.mean - far.mean, far.spread.max(near.spread), cut));
            }
        }
        let (_, apart, spread, cut) = best?;
        if apart < APART_DB || spread > SPREAD_MAX * apart {
            return None;
        }
        Some((self.median(0..cut)? + self.median(cut..BINS)?) / 2.0)
    }

    fn moments(&self, range: std::ops::Range<usize>) -> Option<Moments> {
        let count: u32 = self.bins[range.clone()].iter().sum();
        if count == 0 {
            return None;
        }
        let weighed = |of: &dyn Fn(f32) -> f32| {
            let sum: f32 = range.clone().map(|bin| self.bins[bin] as f32 * of(level_of(bin))).sum();
            sum / count as f32
        };
        let mean = weighed(&|level| level);
        let spread = weighed(&|level| (level - mean).powi(2)).sqrt();
        Some(Moments { count, mean, spread })
    }

    fn median(&self, range: std::ops::Range<usize>) -> Option<f32> {
        let count: u32 = self.bins[range.clone()].iter().sum();
        let mut below = 0;
        let mut halfway = |bin: &usize| {
            below += self.bins[*bin];
            below * 2 >= count
        };
        (count > 0).then(|| range.clone().find(|bin| halfway(bin)).map(level_of)).flatten()
    }
}

struct Moments {
    count: u32,
    mean: f32,
    spread: f32,
}

fn bin(level: Dbfs) -> Option<usize> {
    let above = level.0 - Dbfs::SILENCE.0;
    // Less than half a decibel over the floor is the floor.
    (above >= BIN_DB).then(|| ((above / BIN_DB) as usize).min(BINS - 1))
}

fn level_of(bin: usize) -> f32 {
    Dbfs::SILENCE.0 + (bin as f32 + 0.5) * BIN_DB
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels(heard: &[f32]) -> Levels {
        let mut levels = Levels::default();
        heard.iter().for_each(|level| levels.push(Dbfs(*level)));
        levels
    }

    #[test]
    fn usual_is_known_after_some_utterances_and_shouting_does_not_move_it() {
        assert_eq!(levels(&[-30.0; 7]).above_usual(Dbfs(-20.0)), None);
        let mut heard = levels(&[-31.0, -30.0, -29.0, -30.0, -28.0, -30.0, -32.0, -30.0]);
        let before = heard.above_usual(Dbfs(-18.0)).unwrap();
        assert!((before - 12.0).abs() <= 0.5, "{before}");
        (0..6).for_each(|_| heard.push(Dbfs(-15.0)));
        let after = heard.above_usual(Dbfs(-18.0)).unwrap();
        assert!((after - before).abs() <= 1.0, "{after}");
    }

    #[test]
    fn silence_is_no_level() {
        let mut heard = levels(&[-30.0; 20]);
        heard.push(Dbfs::SILENCE);
        assert_eq!(heard.count, 20);
        assert_eq!((heard.above_usual(Dbfs::SILENCE), heard.speaker(Dbfs::SILENCE)), (None, None));
    }

    #[test]
    fn two_voices_are_told_apart_only_where_their_levels_are_apart() {
        let voices = |near: f32, far: f32, spread: f32| {
            let each = (0..12).flat_map(|n| {
                let off = spread * (n as f32 / 11.0 - 0.5);
                [near + off, far + off]
            });
            levels(&each.collect::<Vec<_>>())
        };
        let told = voices(-28.0, -42.0, 4.0);
        assert_eq!(told.speaker(Dbfs(-27.0)), Some(Role::Clerk));
        assert_eq!(told.speaker(Dbfs(-41.0)), Some(Role::Visitor));
        assert_eq!(told.speaker(Dbfs(-35.0)), None, "in the middle");
        assert_eq!(voices(-28.0, -31.0, 2.0).speaker(Dbfs(-27.0)), None, "too near to each other");
        assert_eq!(voices(-28.0, -36.0, 16.0).speaker(Dbfs(-20.0)), None, "too spread");
        assert_eq!(levels(&[-28.0; 30]).speaker(Dbfs(-28.0)), None, "one voice");
        let few = levels(&[-28.0, -28.0, -28.0, -28.0, -28.0, -42.0, -42.0]);
        assert_eq!(few.speaker(Dbfs(-42.0)), None, "the far voice was hardly heard");
    }
}

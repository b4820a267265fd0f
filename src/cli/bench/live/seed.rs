//! Numbers that look random and depend on a seed alone.

/// SplitMix64 (Steele, Lea and Flood 2014).
pub(super) struct Dice(u64);

impl Dice {
    /// One of many independent dice of a seed.
    pub fn new(seed: u64, number: u64) -> Self {
        let mut dice = Self(seed ^ number.wrapping_mul(0xD1B5_4A32_D192_ED03));
        dice.next();
        dice
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Above 0, up to 1.
    pub fn share(&mut self) -> f64 {
        ((self.next() >> 11) + 1) as f64 / (1_u64 << 53) as f64
    }

    /// From 0 to below `bound`, which is above 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        ((self.share() * bound as f64).ceil() as u64 - 1).min(bound - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dice_repeat_for_one_seed_differ_between_seeds_and_keep_their_bounds() {
        let throws = |seed, number| {
            let mut dice = Dice::new(seed, number);
            (0..1_000).map(|_| dice.below(6)).collect::<Vec<_>>()
        };
        assert_eq!(throws(1, 2), throws(1, 2));
        assert_ne!(throws(1, 2), throws(2, 2));
        assert_ne!(throws(1, 2), throws(1, 3));
        for face in 0..6 {
            let times = throws(7, 0).iter().filter(|throw| **throw == face).count();
            assert!((110..230).contains(&times), "face {face} came {times} times in 1000");
        }
        let mut dice = Dice::new(3, 0);
        assert!((0..1_000).map(|_| dice.share()).all(|share| share > 0.0 && share <= 1.0));
    }
}

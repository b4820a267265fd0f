//! Points in thousandths.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Neg, Sub};

use serde::{Deserialize, Serialize};

/// Points of a score, in thousandths; serialised as that whole number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Points(pub i64);

impl Points {
    /// What every encounter starts with.
    pub const FULL: Points = Points(100_000);
    pub const ZERO: Points = Points(0);

    pub fn whole(points: impl Into<i64>) -> Self {
        Self(points.into() * 1_000)
    }

    pub fn not_below_zero(self) -> Self {
        self.max(Self::ZERO)
    }

    /// An equal share of `count`, to the nearest thousandth, halves up; zero of nobody.
    pub fn shared(self, count: u64) -> Self {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        // Half the divisor more and rounded down is the nearest; a half may be lost below one thousandth only.
        Self(
            self.0
                .saturating_mul(2)
                .saturating_add(count)
                .checked_div_euclid(count.saturating_mul(2))
                .unwrap_or(0),
        )
    }
}

impl Add for Points {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Points {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Neg for Points {
    type Output = Self;

    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

impl Sum for Points {
    fn sum<I: Iterator<Item = Self>>(points: I) -> Self {
        points.fold(Self::ZERO, Self::add)
    }
}

/// `97.250`, with the sign of what is below zero.
impl fmt::Display for Points {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let size = self.0.unsigned_abs();
        f.pad(&format!("{sign}{}.{:03}", size / 1_000, size % 1_000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_the_nearest_thousandth_and_halves_go_up() {
        for (points, count, share) in [
            (100_000, 3, 33_333),
            (200_000, 3, 66_667),
            (1, 2, 1),
            (3, 2, 2),
            (-1, 2, 0),
            (-3, 2, -1),
            (0, 7, 0),
            (5, 0, 0),
        ] {
            assert_eq!(Points(points).shared(count), Points(share), "{points} / {count}");
        }
    }

    #[test]
    fn points_are_written_with_all_their_digits() {
        for (points, written) in
            [(97_250, "97.250"), (-6_000, "-6.000"), (5, "0.005"), (-5, "-0.005"), (0, "0.000")]
        {
            assert_eq!(Points(points).to_string(), written);
        }
    }
}

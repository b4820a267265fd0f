//! How long something took, over a whole run, in bounded memory.

use hdrhistogram::Histogram;

use crate::status::Percentiles;

/// What percentiles are kept for: to a millisecond or 1 %, whichever is more, up to two minutes.
const LONGEST_MS: u64 = 120_000;
const SIGNIFICANT_DIGITS: u8 = 2;

/// Upper bounds of the buckets that are exported, seconds; the default budgets are among them.
pub(super) const BUCKETS_S: [f64; 12] = [0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0];

#[derive(Clone, Debug)]
pub(super) struct Distribution {
    fine: Histogram<u32>,
    /// Counts of the exported buckets, the last without bound. Counted apart, as a bound may lie within a step of `fine`.
    buckets: [u64; BUCKETS_S.len() + 1],
    sum_s: f64,
    max_s: f64,
}

impl Default for Distribution {
    fn default() -> Self {
        let fine = Histogram::new_with_bounds(1, LONGEST_MS, SIGNIFICANT_DIGITS);
        Self {
            fine: fine.unwrap_or_else(|fault| unreachable!("constant bounds were refused: {fault:?}")),
            buckets: [0; BUCKETS_S.len() + 1],
            sum_s: 0.0,
            max_s: 0.0,
        }
    }
}

impl Distribution {
    /// Counts one. What is longer than two minutes counts as two minutes in percentiles, and whole in the sum.
    pub fn record(&mut self, seconds: f64) {
        let seconds = if seconds.is_finite() { seconds.max(0.0) } else { 0.0 };
        self.fine.saturating_record((seconds * 1e3).round() as u64);
        let bucket = BUCKETS_S.iter().position(|bound| seconds <= *bound);
        self.buckets[bucket.unwrap_or(BUCKETS_S.len())] += 1;
        self.sum_s += seconds;
        self.max_s = self.max_s.max(seconds);
    }

    /// Counts all that `other` counted.
    pub fn add(&mut self, other: &Self) {
        let added = self.fine.add(&other.fine);
        assert!(added.is_ok(), "distributions of one shape cannot be added: {added:?}");
        for (mine, theirs) in self.buckets.iter_mut().zip(other.buckets) {
            *mine += theirs;
        }
        self.sum_s += other.sum_s;
        self.max_s = self.max_s.max(other.max_s);
    }

    pub fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }

    pub fn sum_s(&self) -> f64 {
        self.sum_s
    }

    /// Upper bound and count of each bucket, not cumulative.
    pub fn buckets(&self) -> Vec<(f64, u64)> {
        let bounds = BUCKETS_S.iter().copied().chain([f64::INFINITY]);
        bounds.zip(self.buckets).collect()
    }

    pub fn percentiles(&self) -> Percentiles {
        let at = |quantile: f64| (self.fine.value_at_quantile(quantile) as f64 / 1e3).min(self.max_s);
        Percentiles {
            count: self.count(),
            p50_s: at(0.5),
            p95_s: at(0.95),
            p99_s: at(0.99),
            max_s: self.max_s,
        }
    }

    pub fn bytes(&self) -> usize {
        self.fine.distinct_values() * size_of::<u32>()
    }
}

//! How long a capture callback takes, measured inside it. In: durations. Out: worst and percentiles.
//! Thread: the callback records, anybody reads. Allocates: never after start.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Steps each doubling of the duration is divided into: a percentile reads at most 1/16 too long.
const STEPS: usize = 16;
const DOUBLINGS: usize = 40;

/// Durations of callbacks, counted in steps that grow with the duration, from 1 ns to two hours.
pub struct Probe {
    counts: Box<[AtomicU64]>,
    worst_ns: AtomicU64,
    block_min: AtomicU64,
    block_max: AtomicU64,
    dropped: AtomicU64,
}

/// What a probe has seen so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Probed {
    pub callbacks: u64,
    pub median: Duration,
    /// 99.9 of 100 callbacks took no longer.
    pub p999: Duration,
    pub worst: Duration,
    /// Samples per channel in the shortest and in the longest block.
    pub block: (u64, u64),
    /// Samples per channel that found the ring full.
    pub dropped: u64,
}

impl Default for Probe {
    fn default() -> Self {
        Self {
            counts: (0..STEPS * DOUBLINGS).map(|_| AtomicU64::new(0)).collect(),
            worst_ns: AtomicU64::new(0),
            block_min: AtomicU64::new(u64::MAX),
            block_max: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
        }
    }
}

impl Probe {
    /// Notes one callback: how long it took, its samples per channel, and those dropped so far.
    ///
    /// Real-time: no allocation, lock, log or syscall.
    pub fn record(&self, took: Duration, block: u64, dropped: u64) {
        let ns = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.counts[step(ns)].fetch_add(1, Ordering::Relaxed);
        self.worst_ns.fetch_max(ns, Ordering::Relaxed);
        self.block_min.fetch_min(block, Ordering::Relaxed);
        self.block_max.fetch_max(block, Ordering::Relaxed);
        self.dropped.store(dropped, Ordering::Relaxed);
    }

    pub fn read(&self) -> Probed {
        let counts: Vec<u64> = self.counts.iter().map(|count| count.load(Ordering::Relaxed)).collect();
        let callbacks = counts.iter().sum();
        if callbacks == 0 {
            return Probed::default();
        }
        let worst_ns = self.worst_ns.load(Ordering::Relaxed);
        let percentile = |share: f64| {
            let rank = ((callbacks as f64 * share).ceil() as u64).max(1);
            let mut below = 0;
            let step = counts.iter().position(|count| {
                below += count;
                below >= rank
            });
            Duration::from_nanos(step.map_or(worst_ns, |step| longest(step).min(worst_ns)))
        };
        Probed {
            callbacks,
            median: percentile(0.5),
            p999: percentile(0.999),
            worst: Duration::from_nanos(worst_ns),
            block: (self.block_min.load(Ordering::Relaxed), self.block_max.load(Ordering::Relaxed)),
            dropped: self.dropped.load(Ordering::Relaxed),
        }
    }
}

/// Which count `ns` belongs to: exact below 16 ns, then 16 steps a doubling.
fn step(ns: u64) -> usize {
    let doubling = (ns | 1).ilog2().saturating_sub(STEPS.ilog2()) as usize;
    let within = (ns >> doubling) as usize;
    (doubling * STEPS + within).min(STEPS * DOUBLINGS - 1)
}

/// The longest duration that belongs to a count, in nanoseconds.
fn longest(step: usize) -> u64 {
    let doubling = (step / STEPS).saturating_sub(1);
    ((step - doubling * STEPS + 1) as u64).saturating_mul(1 << doubling) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_duration_belongs_to_one_step_and_reads_at_most_a_sixteenth_too_long() {
        for ns in (0..2_000).chain([5_000, 65_535, 65_536, 1_000_000, 123_456_789, 60_000_000_000]) {
            let read = longest(step(ns));
            assert!(read >= ns && read as f64 <= ns as f64 * (1.0 + 1.0 / STEPS as f64), "{ns} reads {read}");
            assert!(step(ns) <= step(ns + 1));
        }
        assert_eq!(step(u64::MAX), STEPS * DOUBLINGS - 1);
    }

    #[test]
    fn one_slow_callback_in_a_thousand_shows_in_the_worst_and_not_in_the_percentile() {
        let probe = Probe::default();
        for _ in 0..1_999 {
            probe.record(Duration::from_micros(10), 480, 0);
        }
        probe.record(Duration::from_millis(3), 512, 7);
        let probed = probe.read();
        assert_eq!((probed.callbacks, probed.block, probed.dropped), (2_000, (480, 512), 7));
        assert_eq!(probed.worst, Duration::from_millis(3));
        for quick in [probed.median, probed.p999] {
            assert!(quick >= Duration::from_micros(10) && quick < Duration::from_nanos(10_700), "{quick:?}");
        }
    }

    #[test]
    fn a_probe_that_saw_nothing_says_so() {
        assert_eq!(Probe::default().read(), Probed::default());
    }
}

//! The soak's verdict: neither memory nor lag grows. Pure.
//!
//! The first quarter of a run is warming up; the last is held against the second, by medians.

use std::time::Duration;

use super::session::Sample;

/// What memory may grow by: a share, and bytes.
const MEMORY_SHARE: f64 = 0.05;
const MEMORY_BYTES: f64 = 8e6;

/// What the median of the lag may grow by: a share, and seconds.
const LAG_SHARE: f64 = 0.1;
const LAG_S: f64 = 0.1;

/// Seconds that a soak has to take: a recogniser asks for memory until it has heard an utterance of every length.
pub(super) const SECONDS_MIN: u32 = 240;

/// Everything that grew beyond its bound, in sentences; none when nothing did. There must be samples, one a second, for
/// [`SECONDS_MIN`] or longer.
pub(super) fn grown(samples: &[Sample], lag_max: Duration) -> Vec<String> {
    let quarter = samples.len() / 4;
    assert!(quarter > 0, "there are {} samples of a soak", samples.len());
    let (second, last) = (&samples[quarter..2 * quarter], &samples[samples.len() - quarter..]);
    let mut faults = Vec::new();
    let memory = |sample: &Sample| sample.resident_bytes as f64;
    let (before, after) = (median(second, memory), median(last, memory));
    let bound = before * (1.0 + MEMORY_SHARE) + MEMORY_BYTES;
    if after > bound {
        faults.push(format!(
            "memory grew from {:.1} MB in the second quarter to {:.1} MB in the last; {:.1} MB are allowed",
            before / 1e6,
            after / 1e6,
            bound / 1e6
        ));
    }
    let lag = |sample: &Sample| sample.lag_s;
    let most = samples.iter().map(lag).fold(0.0, f64::max);
    if most > lag_max.as_secs_f64() {
        faults.push(format!("speech waited for {most:.2} s; {:.2} s are allowed", lag_max.as_secs_f64()));
    }
    let (before, after) = (median(second, lag), median(last, lag));
    let bound = before * (1.0 + LAG_SHARE) + LAG_S;
    if after > bound {
        faults.push(format!(
            "the median lag grew from {before:.2} s in the second quarter to {after:.2} s in the last; {bound:.2} s \
             are allowed"
        ));
    }
    faults
}

/// The upper median.
fn median(samples: &[Sample], of: impl Fn(&Sample) -> f64) -> f64 {
    let mut values: Vec<f64> = samples.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Samples of 100 s with memory in MB and lag in seconds as functions of the second.
    fn samples(memory: fn(f64) -> f64, lag: fn(f64) -> f64) -> Vec<Sample> {
        let at = |second: u32| f64::from(second);
        (0..100)
            .map(|second| Sample {
                at_s: at(second),
                resident_bytes: (memory(at(second)) * 1e6) as u64,
                lag_s: lag(at(second)),
                ..Sample::default()
            })
            .collect()
    }

    #[test]
    fn growth_is_told_from_warming_up_and_from_flicker() {
        type Case = (&'static str, fn(f64) -> f64, fn(f64) -> f64, &'static [&'static str]);
        let cases: [Case; 8] = [
            ("level", |_| 500.0, |_| 0.4, &[]),
            (
                "warming up",
                |s| if s < 20.0 { 200.0 } else { 500.0 },
                |s| if s < 20.0 { 3.0 } else { 0.4 },
                &[],
            ),
            ("a little more", |s| 500.0 + 0.3 * s, |s| 0.4 + 0.001 * s, &[]),
            ("shrinking", |s| 500.0 - s, |s| 1.0 - 0.01 * s, &[]),
            (
                "single peaks",
                |s| if (s as u32).is_multiple_of(9) { 900.0 } else { 500.0 },
                |s| (s as u32 % 9 / 8) as f64 * 4.0,
                &[],
            ),
            ("a leak", |s| 500.0 + 2.0 * s, |_| 0.4, &["memory grew"]),
            ("falling behind", |_| 500.0, |s| 0.2 + 0.02 * s, &["median lag grew"]),
            ("stuck once", |_| 500.0, |s| if s as u32 == 60 { 6.0 } else { 0.4 }, &["waited for 6.00 s"]),
        ];
        for (what, memory, lag, expected) in cases {
            let faults = grown(&samples(memory, lag), Duration::from_secs(5));
            assert_eq!(faults.len(), expected.len(), "{what}: {faults:?}");
            for (fault, part) in faults.iter().zip(expected) {
                assert!(fault.contains(part), "{what}: {fault}");
            }
        }
    }
}

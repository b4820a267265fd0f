//! Intervals: how far a count of a small corpus can be trusted. Pure numbers, two-sided 95 %.

use serde::Serialize;

/// Two-sided 95 % point of the normal distribution.
const Z_95: f64 = 1.959_963_984_540_054;

/// What each side of a 95 % interval leaves out.
const TAIL: f64 = 0.025;

/// A share with its Wilson score interval (Wilson 1927), which stays inside 0 to 1 and is sound for small counts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Share {
    pub count: u64,
    pub of: u64,
    /// `count / of`; `None`, as the bounds, when `of` is 0.
    pub rate: Option<f64>,
    pub low: Option<f64>,
    pub high: Option<f64>,
}

impl Share {
    /// `count` of `of`; `count` must not exceed `of`.
    pub fn new(count: u64, of: u64) -> Self {
        assert!(count <= of, "a share of {count} out of {of}");
        if of == 0 {
            return Self { count, of, rate: None, low: None, high: None };
        }
        let (n, p) = (of as f64, count as f64 / of as f64);
        let z2 = Z_95 * Z_95;
        let middle = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
        let half = Z_95 / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
        // At the ends the bound is exact; rounding would otherwise leave 0.99… or 1e-17.
        let low = if count == 0 { 0.0 } else { (middle - half).max(0.0) };
        let high = if count == of { 1.0 } else { (middle + half).min(1.0) };
        Self { count, of, rate: Some(p), low: Some(low), high: Some(high) }
    }
}

/// Events an hour with the exact Poisson interval (Garwood 1936).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct HourlyRate {
    pub events: u64,
    pub hours: f64,
    /// `events / hours`; `None`, as the bounds, when no time was heard.
    pub per_hour: Option<f64>,
    pub low: Option<f64>,
    pub high: Option<f64>,
}

impl HourlyRate {
    pub fn new(events: u64, hours: f64) -> Self {
        if hours.is_nan() || hours <= 0.0 {
            return Self { events, hours: 0.0, per_hour: None, low: None, high: None };
        }
        let (low, high) = garwood(events);
        Self {
            events,
            hours,
            per_hour: Some(events as f64 / hours),
            low: Some(low / hours),
            high: Some(high / hours),
        }
    }
}

/// Exact 95 % interval of the mean of a Poisson count: the means under which `events` or more, and `events`
/// or fewer, have a chance of 2.5 %.
pub fn garwood(events: u64) -> (f64, f64) {
    let low =
        if events == 0 { 0.0 } else { mean_where(|mean| 1.0 - at_most(events - 1, mean) >= TAIL, events) };
    let high = mean_where(|mean| at_most(events, mean) <= TAIL, events);
    (low, high)
}

/// Smallest mean at which `reached` holds, by bisection; `reached` must turn true once and stay so.
fn mean_where(reached: impl Fn(f64) -> bool, events: u64) -> f64 {
    let (mut below, mut above) = (0.0, 10.0 + 2.0 * events as f64);
    // 100 halvings exhaust the precision of an f64 over any such range.
    for _ in 0..100 {
        let middle = 0.5 * (below + above);
        if reached(middle) { above = middle } else { below = middle }
    }
    above
}

/// Chance of `events` or fewer under a Poisson mean. Terms in logarithms, so that large means do not underflow.
fn at_most(events: u64, mean: f64) -> f64 {
    if mean <= 0.0 {
        return 1.0;
    }
    let mut log_term = -mean;
    let mut sum = log_term.exp();
    for k in 1..=events {
        log_term += mean.ln() - (k as f64).ln();
        sum += log_term.exp();
    }
    sum.min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn poisson_bounds_agree_with_published_tables() {
        for (events, low, high) in [
            (0, 0.0, 3.689),
            (1, 0.0253, 5.572),
            (2, 0.2422, 7.225),
            (5, 1.623, 11.668),
            (10, 4.795, 18.390),
            (100, 81.36, 121.63),
            (1000, 938.97, 1063.95),
        ] {
            let (found_low, found_high) = garwood(events);
            assert!((found_low - low).abs() <= 0.0006 * low.max(1.0), "{events}: low {found_low}");
            assert!((found_high - high).abs() <= 0.0006 * high.max(1.0), "{events}: high {found_high}");
        }
    }

    #[test]
    fn wilson_bounds_agree_with_published_values() {
        // Newcombe 1998, table I, method 3, and the closed form 1 - n / (n + z²) at full counts.
        for (count, of, low, high) in [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
            (33, 33, 0.8957, 1.0),
        ] {
            let share = Share::new(count, of);
            assert!((share.low.unwrap() - low).abs() < 6e-5, "{count}/{of}: {share:?}");
            assert!((share.high.unwrap() - high).abs() < 6e-5, "{count}/{of}: {share:?}");
        }
    }

    #[test]
    fn nothing_counted_has_no_rate() {
        assert_eq!(Share::new(0, 0).rate, None);
        assert_eq!(HourlyRate::new(3, 0.0).per_hour, None);
        assert_eq!(HourlyRate::new(3, f64::NAN).hours, 0.0);
    }

    #[test]
    fn hourly_bounds_scale_with_the_time_heard() {
        let rate = HourlyRate::new(0, 0.5);
        assert_eq!(rate.low, Some(0.0));
        assert!((rate.high.unwrap() - 7.378).abs() < 0.001);
    }
}

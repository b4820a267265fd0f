//! What jobs cost. In: measured decode times. Out: predicted ones, in seconds. Allocates: never.
//!
//! Each sort of job has a line `a + b·size`, fitted by least squares with exponential forgetting. A measurement far off
//! the line is pulled in before it counts, unless several in a row are off on the same side: then the machine changed.

use super::{Care, Job, JobKind};

/// Weight of a measurement when the next one arrives: the last 33 count, about.
const FORGETTING: f64 = 0.97;

/// Weight of each of the two points that hold a line where nothing was measured.
const PRIOR_WEIGHT: f64 = 0.2;

/// Sizes of those two points: seconds of audio, or phrases.
const PRIOR_SIZES: [f64; 2] = [1.0, 8.0];

/// Spread assumed before anything was measured, and the least and the most one, as shares of the prediction.
const SPREAD_PRIOR: f64 = 0.2;
const SPREAD_RANGE: (f64, f64) = (0.03, 1.0);

/// How fast the spread follows.
const SPREAD_GAIN: f64 = 0.05;

/// Spreads (mean absolute deviations) that a prudent prediction adds. 2 cover an even spread, 2.5 leave room.
const PRUDENCE: f64 = 2.5;

/// Spreads beyond which a measurement is pulled in, though never when it is within `OUTLIER_LEAST` of the line.
const OUTLIER: f64 = 4.0;
const OUTLIER_LEAST: f64 = 0.25;

/// Outliers in a row, on one side, that are taken as a change; what was known then counts this much.
const CHANGE_AFTER: i32 = 4;
const CHANGE_KEEPS: f64 = 0.3;

/// The least that a job can cost, seconds.
const COST_MIN: f64 = 0.001;

/// A predicted cost, seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Cost {
    pub mean: f64,
    /// Seldom exceeded.
    pub prudent: f64,
}

/// The lines of all sorts of jobs.
pub(super) struct CostModel {
    full: Line,
    short: Line,
    partial: Line,
    verify: Line,
}

impl CostModel {
    pub fn new() -> Self {
        Self {
            // A 0.1 s start and RTF 0.1, of Whisper base with its context cut to the utterance, on one core.
            full: Line::new(0.1, 0.1),
            short: Line::new(0.08, 0.07),
            partial: Line::new(0.1, 0.1),
            verify: Line::new(0.05, 0.03),
        }
    }

    /// Cost of `job`; of a verification, with its decode where that must be done `again`.
    pub fn predict(&self, job: &Job, care: Care, again: bool) -> Cost {
        let verify = match job.kind {
            JobKind::Verify { phrases, .. } => self.verify.at(f64::from(phrases)),
            JobKind::Partial { .. } => return self.partial.at(job.audio_s),
            JobKind::Final if care == Care::Short => return self.short.at(job.audio_s),
            JobKind::Final => return self.full.at(job.audio_s),
        };
        if !again {
            return verify;
        }
        let decode = self.full.at(job.audio_s);
        Cost { mean: verify.mean + decode.mean, prudent: verify.prudent + decode.prudent }
    }

    /// Cost of a final decode of `audio_s` seconds with full care.
    pub fn of_final(&self, audio_s: f64) -> Cost {
        self.full.at(audio_s)
    }

    /// Takes in that `job` took `seconds`, without a decode done again.
    pub fn learn(&mut self, job: &Job, care: Care, seconds: f64) {
        match job.kind {
            JobKind::Verify { phrases, .. } => self.verify.learn(f64::from(phrases), seconds),
            JobKind::Partial { .. } => self.partial.learn(job.audio_s, seconds),
            JobKind::Final if care == Care::Short => self.short.learn(job.audio_s, seconds),
            JobKind::Final => self.full.learn(job.audio_s, seconds),
        }
    }
}

/// `a + b·size`, learnt.
struct Line {
    a: f64,
    b: f64,
    prior: Sums,
    measured: Sums,
    /// Mean absolute deviation from the line, as a share of it.
    spread: f64,
    /// Outliers in a row: above the line counted up, below it counted down.
    streak: i32,
}

impl Line {
    fn new(a: f64, b: f64) -> Self {
        let mut prior = Sums::default();
        for size in PRIOR_SIZES {
            prior.add(size, a + b * size, PRIOR_WEIGHT);
        }
        Self { a, b, prior, measured: Sums::default(), spread: SPREAD_PRIOR, streak: 0 }
    }

    fn at(&self, size: f64) -> Cost {
        let mean = (self.a + self.b * size.max(0.0)).max(COST_MIN);
        Cost { mean, prudent: mean * (1.0 + PRUDENCE * self.spread) }
    }

    fn learn(&mut self, size: f64, seconds: f64) {
        if !(size.is_finite() && seconds.is_finite() && size >= 0.0 && seconds >= 0.0) {
            return;
        }
        let mean = self.at(size).mean;
        let limit = (OUTLIER * self.spread).max(OUTLIER_LEAST);
        let off = seconds / mean - 1.0;
        self.streak = match off {
            _ if off > limit => self.streak.max(0) + 1,
            _ if off < -limit => self.streak.min(0) - 1,
            _ => 0,
        };
        let changed = self.streak.abs() >= CHANGE_AFTER;
        let off = if changed { off } else { off.clamp(-limit, limit) };
        self.measured.scale(if changed { CHANGE_KEEPS } else { FORGETTING });
        self.measured.add(size, mean * (1.0 + off), 1.0);
        // A change says nothing of the noise.
        if !changed {
            let spread = self.spread + SPREAD_GAIN * (off.abs() - self.spread);
            self.spread = spread.clamp(SPREAD_RANGE.0, SPREAD_RANGE.1);
        }
        (self.a, self.b) = self.measured.plus(&self.prior).line();
    }
}

/// Weighted sums of a fit.
#[derive(Clone, Copy, Default)]
struct Sums {
    n: f64,
    x: f64,
    y: f64,
    xx: f64,
    xy: f64,
}

impl Sums {
    fn add(&mut self, x: f64, y: f64, weight: f64) {
        self.n += weight;
        self.x += weight * x;
        self.y += weight * y;
        self.xx += weight * x * x;
        self.xy += weight * x * y;
    }

    fn scale(&mut self, by: f64) {
        for sum in [&mut self.n, &mut self.x, &mut self.y, &mut self.xx, &mut self.xy] {
            *sum *= by;
        }
    }

    fn plus(mut self, other: &Self) -> Self {
        self.n += other.n;
        self.x += other.x;
        self.y += other.y;
        self.xx += other.xx;
        self.xy += other.xy;
        self
    }

    /// Least squares with neither coefficient below 0. The prior's two sizes keep it determined.
    fn line(&self) -> (f64, f64) {
        let b = (self.n * self.xy - self.x * self.y) / (self.n * self.xx - self.x * self.x);
        if b <= 0.0 {
            return (self.y / self.n, 0.0);
        }
        let a = (self.y - b * self.x) / self.n;
        if a < 0.0 { (0.0, self.xy / self.xx) } else { (a, b) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `count` measurements of sizes 0.5 to 7.5 on `a + b·size`, `noise` above and below it in turn at each size.
    fn teach(line: &mut Line, count: usize, (a, b): (f64, f64), noise: f64) {
        for i in 0..count {
            let size = 0.5 + (i * 5 % 8) as f64;
            let sign = if (i + i / 8) % 2 == 0 { 1.0 } else { -1.0 };
            line.learn(size, (a + b * size) * (1.0 + sign * noise));
        }
    }

    fn check(line: &Line, size: f64, truth: f64, tolerance: f64) {
        let mean = line.at(size).mean;
        assert!((mean / truth - 1.0).abs() <= tolerance, "at {size}: {mean}, not {truth}");
    }

    #[test]
    fn a_line_is_learnt_from_measurements() {
        for (a, b) in [(0.05, 0.15), (0.3, 0.02), (0.0, 0.1), (0.2, 0.0), (0.4, 0.5)] {
            let mut line = Line::new(0.1, 0.1);
            teach(&mut line, 100, (a, b), 0.1);
            for size in [0.5, 3.0, 7.5] {
                check(&line, size, a + b * size, 0.15);
            }
        }
    }

    #[test]
    fn a_prudent_prediction_covers_the_noise_it_has_seen_and_little_more() {
        let mut line = Line::new(0.1, 0.1);
        teach(&mut line, 200, (0.1, 0.1), 0.1);
        let Cost { mean, prudent } = line.at(4.0);
        assert!(prudent > mean * 1.1 && prudent < mean * 1.4, "{mean} {prudent}");
    }

    #[test]
    fn a_single_hiccup_hardly_moves_a_line() {
        let mut line = Line::new(0.1, 0.1);
        teach(&mut line, 60, (0.1, 0.1), 0.05);
        let before = line.at(4.0).mean;
        line.learn(4.0, 30.0);
        assert!(line.at(4.0).mean < before * 1.05);
    }

    #[test]
    fn a_machine_that_gets_three_times_slower_or_faster_is_followed_in_twenty_decodes() {
        for factor in [3.0, 1.0 / 3.0] {
            let mut line = Line::new(0.1, 0.1);
            teach(&mut line, 60, (0.1, 0.1), 0.05);
            teach(&mut line, 20, (0.1 * factor, 0.1 * factor), 0.05);
            check(&line, 4.0, 0.5 * factor, 0.2);
        }
    }

    #[test]
    fn what_is_not_a_measurement_is_ignored_and_nothing_costs_less_than_nothing() {
        let mut line = Line::new(0.1, 0.1);
        for (size, seconds) in
            [(f64::NAN, 1.0), (1.0, f64::NAN), (1.0, f64::INFINITY), (-1.0, 1.0), (1.0, -1.0)]
        {
            line.learn(size, seconds);
        }
        assert_eq!(line.at(4.0).mean, 0.5);
        assert_eq!(line.at(f64::NAN).mean, 0.1);
        teach(&mut line, 50, (0.0, 0.0), 0.0);
        assert!(line.at(0.0).mean > 0.0);
    }
}

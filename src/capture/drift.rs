//! A device's clock against the system's. In: samples delivered by a run time. Out: parts per million, and how far
//! the device is ahead or behind. Thread: any. Allocates: never after start.
//!
//! A block is seen late, by its way through the machine, and never early: of all observations within ten seconds
//! the most punctual one counts. A straight line through those points gives the drift. Where the points step down
//! and stay down, samples were lost: there a new stretch begins, and all stretches share one slope.

use std::time::Duration;

/// The most punctual observation of this long a time becomes a point of the line.
const POINT_S: f64 = 10.0;
/// Points kept, an hour of them: the clock of a device changes with its temperature.
const POINTS: usize = 360;
/// How far a point may lie from the line, in seconds, before it is taken for something else than jitter.
const STEP_S: f64 = 0.015;
/// Points in a row that must lie below the line before samples are taken for lost; fewer were late.
const LOW_POINTS: usize = 3;
/// The farthest a clock is expected to be off; worse is a wrong rate.
const PPM_MAX: f64 = 500.0;
/// The drift is known when twice its standard error is less than this.
const KNOWN_PPM: f64 = 5.0;
/// The least scatter of points that is believed, in seconds: load comes and goes more slowly than points do.
const SCATTER_MIN_S: f64 = 0.000_5;

/// Measures one device from the moment it is opened.
#[derive(Clone, Debug)]
pub struct DriftMeter {
    rate_hz: f64,
    /// The observations since `opened_s` and the best of them.
    opened_s: f64,
    best: Option<Point>,
    points: Vec<Point>,
    stretch: u32,
    /// Points below the line, not believed yet.
    low: Vec<Point>,
    first: Option<Point>,
    line: Option<Line>,
}

/// At `at_s` the samples delivered were `ahead_s` more than the system's clock had time for.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Point {
    at_s: f64,
    ahead_s: f64,
    stretch: u32,
}

/// The line through the newest stretch: its value at `at_s`, and its slope, with the slope's standard error.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Line {
    at_s: f64,
    ahead_s: f64,
    slope: f64,
    error: f64,
}

impl DriftMeter {
    /// For a device that says it delivers `rate_hz` samples per second and channel.
    pub fn new(rate_hz: u32) -> Self {
        Self {
            rate_hz: f64::from(rate_hz.max(1)),
            opened_s: 0.0,
            best: None,
            points: Vec::with_capacity(POINTS),
            stretch: 0,
            low: Vec::with_capacity(LOW_POINTS),
            first: None,
            line: None,
        }
    }

    /// Takes note that `samples` per channel have been delivered by the run time `now`.
    pub fn observe(&mut self, samples: u64, now: Duration) {
        let at_s = now.as_secs_f64();
        let point = Point { at_s, ahead_s: samples as f64 / self.rate_hz - at_s, stretch: self.stretch };
        match self.best {
            None => self.opened_s = at_s,
            Some(best) if at_s - self.opened_s >= POINT_S => {
                self.opened_s = at_s;
                self.best = None;
                self.place(best);
            }
            Some(_) => {}
        }
        if self.best.is_none_or(|best| point.ahead_s > best.ahead_s) {
            self.best = Some(point);
        }
    }

    /// How much faster than the system's clock the device runs, parts per million; `None` until it is known to
    /// within 5 ppm, which takes some minutes.
    pub fn ppm(&self) -> Option<f64> {
        let line = self.line?;
        (2.0 * line.error * 1e6 <= KNOWN_PPM).then_some(line.slope * 1e6)
    }

    /// Samples per channel by which the device is ahead of the system's clock since the first of them, lost samples
    /// included; negative when it is behind. `None` for the first seconds. Good to some milliseconds; a loss
    /// shows when it has lasted for half a minute.
    pub fn offset(&self) -> Option<i64> {
        let (first, last) = (self.first?, self.points.last()?);
        let now = self.line.map_or(last.ahead_s, |line| line.at(last.at_s));
        Some(((now - first.ahead_s) * self.rate_hz).round() as i64)
    }

    /// Adds a point to the line, or to those that are not believed yet.
    fn place(&mut self, point: Point) {
        let Some(last) = self.points.last().copied() else {
            self.first = Some(point);
            self.points.push(point);
            return;
        };
        let off = off_line(self.expected(point.at_s), last, point);
        if off >= -STEP_S {
            if off > STEP_S {
                // Earlier than it could be: the points before it were late.
                self.stretch += 1;
            }
            self.low.clear();
            self.add(point);
        } else {
            self.keep_low(point);
        }
    }

    /// What the line says for `at_s`, once its slope means something.
    fn expected(&self, at_s: f64) -> Option<f64> {
        self.line.filter(|line| 2.0 * line.error * 1e6 <= PPM_MAX / 10.0).map(|line| line.at(at_s))
    }

    fn keep_low(&mut self, point: Point) {
        let agrees = |other: &Point| off_line(None, *other, point).abs() <= STEP_S;
        if !self.low.last().is_none_or(agrees) {
            self.low.clear();
        }
        self.low.push(point);
        if self.low.len() == LOW_POINTS {
            self.stretch += 1;
            for n in 0..LOW_POINTS {
                self.add(self.low[n]);
            }
            self.low.clear();
        }
    }

    fn add(&mut self, point: Point) {
        if self.points.len() == POINTS {
            self.points.remove(0);
        }
        self.points.push(Point { stretch: self.stretch, ..point });
        self.line = fit(&self.points, |_| true)
            .and_then(|rough| {
                let late = |point: &Point| rough.below(&self.points, point) > STEP_S / 5.0;
                fit(&self.points, |point| !late(point)).or(Some(rough))
            })
            .or(self.line.filter(|_| self.points.len() > 2));
    }
}

/// How far `point` lies above what is expected, in seconds; without an expectation the point before it says,
/// with room for the drift since then.
fn off_line(expected: Option<f64>, last: Point, point: Point) -> f64 {
    if let Some(expected) = expected {
        return point.ahead_s - expected;
    }
    let (off, room) = (point.ahead_s - last.ahead_s, PPM_MAX * 1e-6 * (point.at_s - last.at_s));
    off.signum() * (off.abs() - room).max(0.0)
}

/// The line of least squares through the points that are `taken`: one slope, a height for each stretch.
fn fit(points: &[Point], taken: impl Fn(&Point) -> bool) -> Option<Line> {
    let (mut xx, mut xy, mut yy, mut count, mut stretches) = (0.0, 0.0, 0.0, 0_usize, 0_usize);
    let mut newest = None;
    for stretch in points.chunk_by(|a, b| a.stretch == b.stretch) {
        let Some((at_s, ahead_s, n)) = centre(stretch, &taken) else { continue };
        for point in stretch.iter().filter(|point| taken(point)) {
            let (x, y) = (point.at_s - at_s, point.ahead_s - ahead_s);
            (xx, xy, yy) = (xx + x * x, xy + x * y, yy + y * y);
        }
        (count, stretches) = (count + n, stretches + 1);
        newest = Some((at_s, ahead_s));
    }
    let (at_s, ahead_s) = newest?;
    let free = count.checked_sub(stretches + 1).filter(|free| *free > 0 && xx > 0.0)?;
    let slope = xy / xx;
    let scatter = ((yy - slope * xy).max(0.0) / free as f64).sqrt().max(SCATTER_MIN_S);
    Some(Line { at_s, ahead_s, slope, error: scatter / xx.sqrt() })
}

/// Mean time, mean height and number of the points of a stretch that are taken.
fn centre(stretch: &[Point], taken: impl Fn(&Point) -> bool) -> Option<(f64, f64, usize)> {
    let mut sum = (0.0, 0.0, 0_usize);
    for point in stretch.iter().filter(|point| taken(point)) {
        sum = (sum.0 + point.at_s, sum.1 + point.ahead_s, sum.2 + 1);
    }
    (sum.2 > 0).then(|| (sum.0 / sum.2 as f64, sum.1 / sum.2 as f64, sum.2))
}

impl Line {
    fn at(self, at_s: f64) -> f64 {
        self.ahead_s + self.slope * (at_s - self.at_s)
    }

    /// How far `point` lies below the line of its own stretch, in seconds.
    fn below(self, points: &[Point], point: &Point) -> f64 {
        let from = points.partition_point(|other| other.stretch < point.stretch);
        let to = points.partition_point(|other| other.stretch <= point.stretch);
        let Some((at_s, ahead_s, _)) = centre(&points[from..to], |_| true) else { return 0.0 };
        Line { at_s, ahead_s, ..self }.at(point.at_s) - point.ahead_s
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE_HZ: u32 = 48_000;

    /// A device that delivers blocks, and a machine that sees them late.
    #[derive(Clone, Copy)]
    struct Device {
        ppm: f64,
        block_s: f64,
        /// Mean and longest lateness of a block.
        late_s: (f64, f64),
        /// Nothing is seen between these times; then all of it at once.
        stall_s: (f64, f64),
        /// When so many seconds are lost.
        lost_s: (f64, f64),
    }

    const STEADY: Device =
        Device { ppm: 0.0, block_s: 0.02, late_s: (0.004, 0.06), stall_s: (0.0, 0.0), lost_s: (1e9, 0.0) };

    impl Device {
        /// Runs until the run time `until_s` and gives the meter and the true offset in samples.
        fn run(self, until_s: f64, seed: u64) -> (DriftMeter, f64) {
            let mut meter = DriftMeter::new(RATE_HZ);
            let mut random = seed | 1;
            let mut uniform = || {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                (random >> 11) as f64 / (1_u64 << 53) as f64
            };
            let (started_s, speed) = (3.7, 1.0 + self.ppm * 1e-6);
            let (mut made_s, mut lost_s, mut seen_s) = (0.0, 0.0, 0.0_f64);
            loop {
                made_s += self.block_s;
                let true_s = started_s + made_s / speed;
                if true_s > until_s {
                    return (meter, (made_s - lost_s - (true_s - started_s)) * f64::from(RATE_HZ));
                }
                if true_s >= self.lost_s.0 && lost_s == 0.0 {
                    lost_s = self.lost_s.1;
                }
                let late = (-(1.0 - uniform()).ln() * self.late_s.0).min(self.late_s.1);
                let held = true_s > self.stall_s.0 && true_s < self.stall_s.1;
                let arrives_s = if held { self.stall_s.1 } else { true_s + late };
                seen_s = seen_s.max(arrives_s);
                let samples = ((made_s - lost_s) * f64::from(RATE_HZ)) as u64;
                meter.observe(samples, Duration::from_secs_f64(seen_s));
            }
        }
    }

    #[test]
    fn drift_is_found_to_a_few_parts_per_million_whatever_the_jitter() {
        let jitters = [
            ("a quiet machine", STEADY),
            ("a busy machine", Device { late_s: (0.02, 0.4), ..STEADY }),
            ("blocks of two seconds", Device { block_s: 2.0, late_s: (0.002, 0.02), ..STEADY }),
            ("a stall of 25 s that is caught up", Device { stall_s: (200.0, 225.0), ..STEADY }),
            ("a stall of two minutes that is caught up", Device { stall_s: (200.0, 320.0), ..STEADY }),
            ("1.3 s lost", Device { lost_s: (300.0, 1.3), ..STEADY }),
            ("50 ms lost before the drift is known", Device { lost_s: (60.0, 0.05), ..STEADY }),
            ("30 s lost", Device { lost_s: (250.0, 30.0), ..STEADY }),
        ];
        for (name, device) in jitters {
            for (seed, ppm) in [(1, -200.0), (2, -35.0), (3, 0.0), (4, 12.0), (5, 200.0)] {
                let (meter, offset) = Device { ppm, ..device }.run(600.0, seed * 7_919);
                let found = meter.ppm();
                assert!(
                    found.is_some_and(|found| (found - ppm).abs() < 3.0),
                    "{name}, {ppm} ppm: found {found:?}"
                );
                let counted = meter.offset().map_or(f64::NAN, |offset| offset as f64);
                let off_ms = (counted - offset) / f64::from(RATE_HZ) * 1e3;
                assert!(off_ms.abs() < 12.0, "{name}, {ppm} ppm: offset is off by {off_ms:.1} ms");
            }
        }
    }

    #[test]
    fn a_true_clock_shows_no_drift_at_any_time() {
        for seed in 1..=20 {
            let device = Device { late_s: (0.01, 0.2), ..STEADY };
            for until_s in [130.0, 200.0, 300.0, 500.0, 900.0] {
                let (meter, _) = device.run(until_s, seed * 104_729);
                assert!(meter.ppm().is_none_or(|ppm| ppm.abs() < 5.0), "{until_s} s: {:?}", meter.ppm());
            }
        }
    }

    #[test]
    fn drift_is_not_claimed_before_it_can_be_known() {
        let (meter, _) = STEADY.run(8.0, 1);
        assert_eq!((meter.ppm(), meter.offset()), (None, None));
        let (meter, _) = STEADY.run(90.0, 1);
        assert_eq!(meter.ppm(), None, "a minute and a half is too little");
        assert!(meter.offset().is_some_and(|offset| offset.abs() < 480), "{:?}", meter.offset());
        assert_eq!(DriftMeter::new(RATE_HZ).ppm(), None);
    }

    #[test]
    fn hours_of_drift_add_up_although_only_the_last_hour_is_kept() {
        let device = Device { ppm: -100.0, block_s: 0.1, ..STEADY };
        let (meter, offset) = device.run(3.0 * 3_600.0, 11);
        assert!(meter.ppm().is_some_and(|ppm| (ppm + 100.0).abs() < 1.0), "{:?}", meter.ppm());
        let counted = meter.offset().map_or(f64::NAN, |offset| offset as f64);
        assert!((counted - offset).abs() < 0.012 * f64::from(RATE_HZ), "{counted} for {offset}");
        assert!(meter.points.len() == POINTS && meter.points.capacity() == POINTS);
    }
}

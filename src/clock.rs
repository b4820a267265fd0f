//! The only place that reads the operating system's clock.

use std::fs;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::units::Date;

/// Measures elapsed time, for reports of speed and latency and for playing recordings at their own pace;
/// never for what rules see, which is session time.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    #[expect(clippy::disallowed_methods, reason = "this is where the clock is read")]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }

    /// Sleeps until `seconds` after the start; returns at once when that is past.
    pub fn wait_until(self, seconds: f64) {
        let due = Duration::from_secs_f64(seconds.max(0.0));
        if let Some(rest) = due.checked_sub(self.elapsed()) {
            thread::sleep(rest);
        }
    }
}

/// Wall time now, seconds since the Unix epoch: for people to read, never for rules.
#[expect(clippy::disallowed_methods, reason = "this is where the clock is read")]
pub fn unix_seconds() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

/// The same in microseconds, negative before the epoch: as the journal keeps it.
#[expect(clippy::disallowed_methods, reason = "this is where the clock is read")]
pub fn unix_micros() -> i64 {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_micros()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_micros()).map_or(i64::MIN, |us| -us),
    }
}

/// The day it is now, by Greenwich time: for which rules are in force.
pub fn today() -> Date {
    Date::from_unix_days((unix_seconds() / 86_400.0).floor() as i64)
}

/// Memory of this process that is in use, in bytes; `None` where there is no `/proc`.
pub fn resident_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? * 1_024)
}

/// Ticks a second of the times in `/proc`: Linux has reported 100 to programs on x86 and ARM since 2.6.
const TICKS_PER_SECOND: f64 = 100.0;

/// Processor time of this process so far, all threads together, in seconds and to a hundredth; `None` where
/// there is no `/proc`.
pub fn cpu_seconds() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The second field is the program's name, which may hold spaces: count from its closing bracket.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    Some((ticks()? + ticks()?) as f64 / TICKS_PER_SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn processor_time_grows_with_work() {
        let started = cpu_seconds().unwrap();
        let watch = Stopwatch::start();
        let mut sum = 0_u64;
        while cpu_seconds().unwrap() < started + 0.05 {
            assert!(watch.elapsed() < Duration::from_secs(30), "no processor time is counted");
            sum = std::hint::black_box((0..100_000).fold(sum, u64::wrapping_add));
        }
    }
}

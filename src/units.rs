//! Units shared by every stage. Stream time is a sample count; nothing here reads a clock.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Rate of every stage behind `signal`, in samples per second of one mono channel.
pub const SAMPLE_RATE_HZ: u32 = 16_000;

/// A point in a session: samples at [`SAMPLE_RATE_HZ`] since its first sample.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SessionTime(pub u64);

impl SessionTime {
    /// Nearest sample to `seconds`; negative and non-finite values give the start of the session.
    pub fn from_seconds(seconds: f64) -> Self {
        let samples = (seconds * f64::from(SAMPLE_RATE_HZ)).round();
        Self(if samples > 0.0 && samples.is_finite() { samples as u64 } else { 0 })
    }

    pub fn seconds(self) -> f64 {
        self.0 as f64 / f64::from(SAMPLE_RATE_HZ)
    }

    /// `self + samples`, saturating.
    pub fn plus(self, samples: u64) -> Self {
        Self(self.0.saturating_add(samples))
    }

    /// `self - samples`, not before the start of the session.
    pub fn minus(self, samples: u64) -> Self {
        Self(self.0.saturating_sub(samples))
    }
}

impl fmt::Display for SessionTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = self.0 * 10 / u64::from(SAMPLE_RATE_HZ);
        write!(f, "{:02}:{:02}.{}", tenths / 600, tenths / 10 % 60, tenths % 10)
    }
}

/// Half-open stretch of session time, `start..end`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span {
    pub start: SessionTime,
    pub end: SessionTime,
}

impl Span {
    pub fn new(start: SessionTime, end: SessionTime) -> Self {
        debug_assert!(start <= end, "a span ends before it starts");
        Self { start, end }
    }

    pub fn samples(self) -> u64 {
        self.end.0.saturating_sub(self.start.0)
    }

    pub fn seconds(self) -> f64 {
        self.samples() as f64 / f64::from(SAMPLE_RATE_HZ)
    }

    pub fn overlaps(self, other: Span) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Samples that both spans cover.
    pub fn shared(self, other: Span) -> u64 {
        self.end.0.min(other.end.0).saturating_sub(self.start.0.max(other.start.0))
    }
}

/// Channel of a source, counted from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChannelIndex(pub u16);

/// Who speaks on a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Clerk,
    Visitor,
}

/// A service window (窗口): never a window of samples.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WindowId(Arc<str>);

impl From<Arc<str>> for WindowId {
    fn from(id: Arc<str>) -> Self {
        Self(id)
    }
}

impl WindowId {
    pub fn new(id: &str) -> Self {
        Self(id.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for WindowId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A day of the calendar in use, for what is in force from one day to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// `None` where there is no such day.
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 => 28 + u8::from(leap),
            _ => return None,
        };
        (1..=days).contains(&day).then_some(Self { year, month, day })
    }

    /// The day that is `days` days after 1 January 1970, of those from the year 0 to the year 65535 the nearest.
    pub fn from_unix_days(days: i64) -> Self {
        // Howard Hinnant, "chrono-compatible low-level date algorithms": years from 1 March, eras of 400 years.
        let days = days.clamp(-719_528, 23_217_003) + 719_468;
        let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * from_march + 2) / 5 + 1;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        let year = era * 400 + year_of_era + i64::from(month <= 2);
        Self { year: year as u16, month: month as u8, day: day as u8 }
    }

    /// Days after 1 January 1970; negative before it.
    pub fn unix_days(self) -> i64 {
        // The way back of `from_unix_days`.
        let year = i64::from(self.year) - i64::from(self.month <= 2);
        let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
        let from_march = (i64::from(self.month) + 9) % 12;
        let day_of_year = (153 * from_march + 2) / 5 + i64::from(self.day) - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        era * 146_097 + day_of_era - 719_468
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl FromStr for Date {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const REMEDY: &str = "write a day as YYYY-MM-DD, such as 2026-01-31";
        let plain = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        let mut parts = text.split('-');
        let mut part =
            |digits: usize| parts.next().filter(|part| plain && part.len() == digits)?.parse::<u16>().ok();
        let (year, month, day) = (part(4), part(2), part(2));
        let date = year.zip(month).zip(day);
        date.and_then(|((year, month), day)| Self::new(year, month as u8, day as u8)).ok_or(REMEDY)
    }
}

/// Level relative to full scale (a sine of amplitude 1 reads -3.01 dBFS).
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct Dbfs(pub f32);

impl Dbfs {
    /// What digital silence reads.
    pub const SILENCE: Dbfs = Dbfs(-120.0);

    /// Root-mean-square level of `samples`, at least [`Dbfs::SILENCE`].
    pub fn rms(samples: &[f32]) -> Self {
        if samples.is_empty() {
            return Self::SILENCE;
        }
        let power = samples.iter().map(|s| s * s).sum::<f32>() / samples.len() as f32;
        Self((10.0 * power.log10()).max(Self::SILENCE.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn session_time_rounds_to_the_nearest_sample_and_never_goes_below_the_start() {
        assert_eq!(SessionTime::from_seconds(1.0), SessionTime(16_000));
        assert_eq!(SessionTime::from_seconds(-3.0), SessionTime(0));
        assert_eq!(SessionTime::from_seconds(f64::NAN), SessionTime(0));
        assert_eq!(SessionTime(1_000).minus(2_000), SessionTime(0));
        assert_eq!(SessionTime(16_000 * 75 + 8_000).to_string(), "01:15.5");
    }

    #[test]
    fn days_are_read_and_counted_as_the_calendar_has_them() {
        for (text, day) in [
            ("2026-01-31", true),
            ("2024-02-29", true),
            ("2026-02-29", false),
            ("2100-02-29", false),
            ("2026-13-01", false),
            ("2026-00-01", false),
            ("2026-04-31", false),
            ("2026-1-31", false),
            ("+026-01-31", false),
            ("2026-01-31 ", false),
            ("", false),
        ] {
            let read = text.parse::<Date>();
            assert_eq!(read.is_ok(), day, "{text}");
            assert!(read.is_err() || read.unwrap().to_string() == text, "{text}");
        }
        for (days, text) in
            [(0, "1970-01-01"), (-1, "1969-12-31"), (11_016, "2000-02-29"), (20_779, "2026-11-22")]
        {
            assert_eq!(Date::from_unix_days(days).to_string(), text);
            assert_eq!(text.parse::<Date>().unwrap().unix_days(), days);
        }
        for days in (-800_000..800_000).step_by(373) {
            let day = Date::from_unix_days(days);
            assert_eq!(day.unix_days(), days.max(-719_528), "{day}");
        }
        assert_eq!(Date::from_unix_days(i64::MIN).to_string(), "0000-01-01");
        assert_eq!(Date::from_unix_days(i64::MAX).to_string(), "65535-12-31");
    }

    #[test]
    fn spans_that_only_touch_do_not_overlap() {
        let span = |a, b| Span::new(SessionTime(a), SessionTime(b));
        assert!(!span(0, 10).overlaps(span(10, 20)));
        assert!(span(0, 11).overlaps(span(10, 20)));
        assert_eq!(span(0, 15).shared(span(10, 20)), 5);
    }

    #[test]
    fn level_of_a_full_scale_square_is_zero_and_of_silence_is_the_floor() {
        assert_eq!(Dbfs::rms(&[1.0, -1.0]), Dbfs(0.0));
        assert_eq!(Dbfs::rms(&[0.0; 8]), Dbfs::SILENCE);
        assert_eq!(Dbfs::rms(&[]), Dbfs::SILENCE);
    }
}

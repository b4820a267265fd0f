//! Civil time of the hall. The only file that uses `jiff`.
//!
//! A shift is written in the time of the clock on the wall, and the journal in time since the Unix epoch. China has one
//! zone without summer time; a zone's name is right for every other hall as well, and costs no more to write than an
//! offset. The rules of all zones are compiled in: the same roster means the same on every machine, whatever
//! is installed there.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::{DateTime, date};
use jiff::tz::TimeZone;

/// Zone when none is named.
pub(super) const DEFAULT: &str = "Asia/Shanghai";

pub(super) const MINUTES_A_DAY: i64 = 1_440;

/// A minute of civil time, counted from 1 January 1970 as the clock on the wall shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CivilMinute(pub i64);

impl CivilMinute {
    /// `minutes` after the midnight that begins the day so many days after 1 January 1970.
    pub fn of(unix_days: i64, minutes: u16) -> Self {
        Self(unix_days * MINUTES_A_DAY + i64::from(minutes))
    }

    pub fn unix_days(self) -> i64 {
        self.0.div_euclid(MINUTES_A_DAY)
    }

    pub fn minute_of_day(self) -> u16 {
        self.0.rem_euclid(MINUTES_A_DAY) as u16
    }
}

/// `08:30`.
impl fmt::Display for CivilMinute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.minute_of_day() / 60, self.minute_of_day() % 60)
    }
}

/// A time zone.
#[derive(Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Zone {
    /// `None` where there is no zone of this name in the IANA database.
    pub fn named(name: &str) -> Option<Self> {
        TimeZone::get(name).ok().map(Self)
    }

    /// As the IANA database has it.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or(DEFAULT)
    }

    /// The minute that the clock on the wall shows; for times beyond the year 9999 the nearest that is known.
    pub fn civil(&self, wall_us: i64) -> CivilMinute {
        let nearest = if wall_us < 0 { Timestamp::MIN } else { Timestamp::MAX };
        let shown = self.0.to_datetime(Timestamp::from_microsecond(wall_us).unwrap_or(nearest));
        let days = date(1970, 1, 1).until(shown.date()).map_or(0, |span| i64::from(span.get_days()));
        CivilMinute::of(days, shown.hour() as u16 * 60 + shown.minute() as u16)
    }

    /// When the clock on the wall shows this minute: the first time where it shows it twice, and what it would have been
    /// where it leaps over it. Microseconds since the Unix epoch.
    pub fn wall_us(&self, civil: CivilMinute) -> i64 {
        let shown = date(1970, 1, 1)
            .at(0, 0, 0, 0)
            .checked_add(jiff::Span::new().try_minutes(civil.0).unwrap_or_default())
            .unwrap_or(DateTime::MAX);
        self.0.to_timestamp(shown).map_or(i64::MAX, |at| at.as_microsecond())
    }
}

/// Of the name that `DEFAULT` is.
impl Default for Zone {
    fn default() -> Self {
        Self::named(DEFAULT).unwrap_or(Self(TimeZone::UTC))
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.iana_name().unwrap_or("unnamed zone"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn civil_time_is_that_of_the_zone_with_its_summer_time() {
        for (zone, wall_s, day, shown) in [
            // 2026-11-22T17:00:00Z.
            ("Asia/Shanghai", 1_795_366_800, "2026-11-23", "01:00"),
            ("UTC", 1_795_366_800, "2026-11-22", "17:00"),
            // 2026-07-01T12:00:00Z and 2026-01-01T12:00:00Z.
            ("Europe/Berlin", 1_782_907_200, "2026-07-01", "14:00"),
            ("Europe/Berlin", 1_767_268_800, "2026-01-01", "13:00"),
        ] {
            let zone = Zone::named(zone).unwrap();
            let civil = zone.civil(wall_s * 1_000_000 + 59_999_999);
            let date = crate::units::Date::from_unix_days(civil.unix_days());
            assert_eq!((date.to_string().as_str(), civil.to_string().as_str()), (day, shown), "{zone:?}");
            assert_eq!(zone.wall_us(civil), wall_s * 1_000_000, "{zone:?}");
        }
        assert!(Zone::named("Asia/Jinan").is_none());
    }

    #[test]
    fn no_time_is_too_far_away() {
        let zone = Zone::named(DEFAULT).unwrap();
        let (first, last) = (zone.civil(i64::MIN), zone.civil(i64::MAX));
        assert!(first < zone.civil(0) && zone.civil(0) < last, "{first:?} {last:?}");
        zone.wall_us(CivilMinute(i64::MAX));
        zone.wall_us(CivilMinute(i64::MIN));
    }
}

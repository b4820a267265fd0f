//! Times of day as RFC 3339 writes them.

use thiserror::Error;
use toml::value::{Datetime, Offset};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TimeFault {
    #[error("not a date and time of RFC 3339")]
    Form,
    #[error("it does not say by which clock: end it with Z or +08:00")]
    NoOffset,
}

/// Seconds since the Unix epoch of a time like `2026-11-22T09:00:10.5+08:00`.
///
/// # Errors
/// When it is not one, or has no offset.
pub fn wall_seconds(text: &str) -> Result<f64, TimeFault> {
    let time: Datetime = text.trim().parse().map_err(|_| TimeFault::Form)?;
    let (Some(date), Some(clock)) = (time.date, time.time) else { return Err(TimeFault::Form) };
    let offset_s = match time.offset {
        Some(Offset::Z) => 0,
        Some(Offset::Custom { minutes }) => i64::from(minutes) * 60,
        None => return Err(TimeFault::NoOffset),
    };
    let days = days_since_epoch(i64::from(date.year), i64::from(date.month), i64::from(date.day));
    let of_day = i64::from(clock.hour) * 3_600 + i64::from(clock.minute) * 60;
    let second = f64::from(clock.second.unwrap_or(0)) + f64::from(clock.nanosecond.unwrap_or(0)) / 1e9;
    Ok((days * 86_400 + of_day - offset_s) as f64 + second)
}

/// Of the Gregorian calendar (Hinnant, "chrono-compatible low-level date algorithms", 2013).
fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_day_are_counted_from_the_epoch() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", Ok(0.0)),
            ("2000-02-29T12:00:00Z", Ok(951_825_600.0)),
            ("2026-11-22T09:00:10.5+08:00", Ok(1_795_309_210.5)),
            ("2026-11-22T01:00:10.5Z", Ok(1_795_309_210.5)),
            ("2026-11-22T09:00:10", Err(TimeFault::NoOffset)),
            ("2026-11-22", Err(TimeFault::Form)),
            ("09:00:10", Err(TimeFault::Form)),
            ("2026-13-22T09:00:10Z", Err(TimeFault::Form)),
            ("", Err(TimeFault::Form)),
        ] {
            assert_eq!(wall_seconds(text), seconds, "{text}");
        }
    }
}

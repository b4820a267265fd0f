//! Days and times as people and spreadsheets write them.

use std::ops::RangeInclusive;

use crate::units::Date;

/// What is wrong with a written day or time: the remedy.
pub(super) type Remedy = &'static str;

/// `2026-10-01` or `2026-10-01..2026-10-07`, both days included.
pub(super) fn days(text: &str) -> Result<RangeInclusive<Date>, Remedy> {
    const REMEDY: Remedy = "write a day as 2026-10-01, or days as 2026-10-01..2026-10-07";
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    let parse = |text: &str| text.trim().parse::<Date>().map_err(|_| REMEDY);
    let (first, last) = (parse(first)?, parse(last)?);
    if last < first {
        return Err("write the earlier day first");
    }
    Ok(first..=last)
}

/// `08:30`, `8:30` or `8：30` as minutes after midnight, up to `24:00`.
pub(super) fn time(text: &str) -> Option<u16> {
    let text = text.trim().replace('：', ":");
    let (hour, minute) = text.split_once(':')?;
    let digits =
        |part: &str| (!part.is_empty() && part.len() <= 2).then(|| part.parse::<u16>().ok()).flatten();
    let (hour, minute) = (digits(hour)?, digits(minute)?);
    (minute < 60 && hour * 60 + minute <= 1_440).then_some(hour * 60 + minute)
}

/// `08:30-12:00`, with any dash or wave between.
pub(super) fn times(text: &str) -> Option<(u16, u16)> {
    let (start, end) = text.split_once(['-', '–', '—', '~', '～', '至', '到'])?;
    Some((time(start)?, time(end.trim_start_matches(['-', '–', '—']))?))
}

/// Days of Excel's calendar, which counts from 30 December 1899 from March 1900 on; those of 2009 to 2063.
const SERIALS: RangeInclusive<i64> = 40_000..=60_000;
const SERIAL_OF_1970: i64 = 25_569;

/// A day as spreadsheets write it: `2026/11/3`, `2026-11-03 00:00`, `2026.11.3`, `2026年11月3日 周二`, `20261103`, `46329`.
pub(super) fn spreadsheet_day(text: &str) -> Result<Date, Remedy> {
    const REMEDY: Remedy = "write the day as 2026-11-03";
    let text = text.trim();
    // What follows the day: a time, or the weekday in words or brackets.
    let day = text.split([' ', 'T', '(', '（', '周', '星']).next().unwrap_or_default();
    if day.bytes().all(|byte| byte.is_ascii_digit()) {
        return match day.len() {
            8 => whole_number(&day[..4], &day[4..6], &day[6..]).ok_or(REMEDY),
            5 => serial(day).ok_or(REMEDY),
            _ => Err(REMEDY),
        };
    }
    let parts: Vec<&str> =
        day.split(['-', '/', '.', '年', '月', '日']).filter(|part| !part.is_empty()).collect();
    match parts[..] {
        [year, month, day] if year.len() == 4 => whole_number(year, month, day).ok_or(REMEDY),
        [_, _] => Err("write the year as well: 2026-11-03"),
        [_, _, _] => Err("write the year first and with four digits: 2026-11-03"),
        _ => Err(REMEDY),
    }
}

fn whole_number(year: &str, month: &str, day: &str) -> Option<Date> {
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

fn serial(text: &str) -> Option<Date> {
    let days: i64 = text.parse().ok()?;
    SERIALS.contains(&days).then(|| Date::from_unix_days(days - SERIAL_OF_1970))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_as_spreadsheets_write_them() {
        for text in [
            "2026-11-03",
            "2026/11/3",
            "2026.11.3",
            "2026年11月3日",
            "2026年11月03日 星期二",
            "2026-11-03（周二）",
            "2026/11/3 0:00",
            "2026-11-03T00:00:00",
            "20261103",
            "46329",
            " 2026/11/3 ",
            "2026/11/3 周二",
        ] {
            assert_eq!(spreadsheet_day(text).unwrap().to_string(), "2026-11-03", "{text}");
        }
        for (text, remedy) in [
            ("11月3日", "the year as well"),
            ("11/3", "the year as well"),
            ("26/11/3", "four digits"),
            ("3/11/2026", "the year first"),
            ("2026-13-01", "as 2026-11-03"),
            ("2026-02-30", "as 2026-11-03"),
            ("20261301", "as 2026-11-03"),
            ("99999", "as 2026-11-03"),
            ("星期二", "as 2026-11-03"),
            ("３", "as 2026-11-03"),
            ("", "as 2026-11-03"),
        ] {
            assert!(spreadsheet_day(text).unwrap_err().contains(remedy), "{text}");
        }
    }

    #[test]
    fn times_are_those_of_a_day_up_to_its_end() {
        for (text, minutes) in [
            ("08:30", Some(510)),
            ("8：30", Some(510)),
            ("0:00", Some(0)),
            ("24:00", Some(1_440)),
            ("24:01", None),
        ] {
            assert_eq!(time(text), minutes, "{text}");
        }
        for wrong in ["", "8", "8:60", "25:00", "-1:00", "8:3:0", "a:b", ":30", "008:30"] {
            assert_eq!(time(wrong), None, "{wrong}");
        }
        for text in ["08:30-12:00", "8:30—12:00", "8：30 ~ 12：00", "8:30至12:00", "8:30——12:00"] {
            assert_eq!(times(text), Some((510, 720)), "{text}");
        }
    }
}

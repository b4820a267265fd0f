//! Which days a shift takes place: weekdays, holidays, and the days on which holidays are worked in (调休).

use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;

use crate::units::Date;

/// Monday first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Weekday(u8);

impl Weekday {
    pub fn of(day: Date) -> Self {
        // 1 January 1970 was a Thursday.
        Self((day.unix_days() + 3).rem_euclid(7) as u8)
    }

    /// `mon`, `周一`, `星期一` and the like.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let chinese = text.strip_prefix('周').or(text.strip_prefix("星期")).or(text.strip_prefix("礼拜"));
        let at = match chinese {
            Some(day) => {
                ["一", "二", "三", "四", "五", "六", "日", "天"].iter().position(|name| *name == day)?.min(6)
            }
            None => NAMES.iter().position(|name| text.eq_ignore_ascii_case(name))?,
        };
        Some(Self(at as u8))
    }

    fn is_weekend(self) -> bool {
        self.0 >= 5
    }
}

const NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

impl fmt::Display for Weekday {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(NAMES[usize::from(self.0)])
    }
}

/// What a day is to those who work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayKind {
    Workday,
    /// A Saturday or Sunday.
    Weekend,
    Holiday,
    /// A weekend's day on which a holiday is worked in; like this weekday, if it is said like which.
    MakeUp(Option<Weekday>),
}

/// Holidays and make-up days.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    pub(super) holidays: Vec<RangeInclusive<Date>>,
    pub(super) make_up: BTreeMap<Date, Option<Weekday>>,
}

impl Calendar {
    pub fn kind(&self, day: Date) -> DayKind {
        if let Some(like) = self.make_up.get(&day) {
            DayKind::MakeUp(*like)
        } else if self.holidays.iter().any(|days| days.contains(&day)) {
            DayKind::Holiday
        } else if Weekday::of(day).is_weekend() {
            DayKind::Weekend
        } else {
            DayKind::Workday
        }
    }

    /// First and last days of holidays, and make-up days.
    pub(super) fn turning_points(&self) -> impl Iterator<Item = Date> {
        let holidays = self.holidays.iter().flat_map(|days| [*days.start(), *days.end()]);
        holidays.chain(self.make_up.keys().copied())
    }
}

/// A pattern of days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Days {
    workdays: bool,
    restdays: bool,
    weekdays: [bool; 7],
}

impl Days {
    pub const DAILY: Days = Days { workdays: true, restdays: true, weekdays: [true; 7] };

    /// Adds a word: `workdays`, `restdays`, `daily`, a weekday, or a range of weekdays.
    ///
    /// # Errors
    /// The word, where it is none of these.
    pub fn add<'w>(&mut self, word: &'w str) -> Result<(), &'w str> {
        match word.trim() {
            "workdays" | "工作日" => self.workdays = true,
            "restdays" | "休息日" => self.restdays = true,
            "daily" | "每天" => *self = Self::DAILY,
            named => {
                let (first, last) = match named.split_once(['-', '至', '到']) {
                    Some((first, last)) => (Weekday::parse(first), Weekday::parse(last)),
                    None => (Weekday::parse(named), Weekday::parse(named)),
                };
                let (first, last) = first.zip(last).ok_or(word)?;
                let count = (last.0 + 7 - first.0) % 7;
                (0..=count).for_each(|step| self.weekdays[usize::from((first.0 + step) % 7)] = true);
            }
        }
        Ok(())
    }

    /// Whether the pattern has this day. On a holiday no weekday's pattern holds, and on a make-up day that of the weekday
    /// it is worked like.
    pub fn covers(&self, day: Date, calendar: &Calendar) -> bool {
        let named = |weekday: Weekday| self.weekdays[usize::from(weekday.0)];
        match calendar.kind(day) {
            DayKind::Workday => self.workdays || named(Weekday::of(day)),
            DayKind::Weekend => self.restdays || named(Weekday::of(day)),
            DayKind::Holiday => self.restdays,
            DayKind::MakeUp(like) => self.workdays || like.is_some_and(named),
        }
    }

    /// It names weekdays, and does not say otherwise what a make-up day is.
    pub(super) fn needs_likeness(&self) -> bool {
        !self.workdays && self.weekdays.contains(&true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn holidays_and_the_days_they_are_worked_in_change_the_week() {
        let calendar = Calendar {
            holidays: vec![day("2026-10-01")..=day("2026-10-07")],
            make_up: BTreeMap::from([(day("2026-10-10"), Weekday::parse("周五")), (day("2026-09-27"), None)]),
        };
        let covers = |words: &str, on: &str| {
            let mut days = Days::default();
            words.split(' ').for_each(|word| days.add(word).unwrap());
            days.covers(day(on), &calendar)
        };
        for (words, on, expected) in [
            // A Wednesday, a Saturday, a holiday's Thursday and Saturday, the make-up days.
            ("workdays", "2026-09-30", true),
            ("workdays", "2026-10-17", false),
            ("workdays", "2026-10-01", false),
            ("工作日", "2026-10-10", true),
            ("workdays", "2026-09-27", true),
            ("restdays", "2026-10-17", true),
            ("restdays", "2026-10-01", true),
            ("restdays", "2026-10-10", false),
            ("mon-fri", "2026-09-30", true),
            ("周一至周五", "2026-10-01", false),
            ("fri", "2026-10-10", true),
            ("sat", "2026-10-10", false),
            ("mon-fri", "2026-09-27", false),
            ("sat-sun", "2026-10-18", true),
            ("fri-mon", "2026-10-18", true),
            ("fri-mon", "2026-10-20", false),
            ("daily", "2026-10-03", true),
            ("daily", "2026-09-27", true),
            ("wed 周日", "2026-10-18", true),
        ] {
            assert_eq!(covers(words, on), expected, "{words} {on}");
        }
        for wrong in ["", "monday", "周八", "mon-", "week"] {
            assert_eq!(Days::default().add(wrong), Err(wrong));
        }
    }
}

//! Who sat at which window from when to when: `on_duty` between the moments at which its answer can change.

use std::collections::BTreeSet;
use std::fmt;

use super::plan::Planned;
use super::presence::HOLDS_MAX_MIN;
use super::zone::CivilMinute;
use super::{Duty, DutyEvent, Roster, Vacancy};
use crate::units::{Date, WindowId};

/// The same answer from one moment to another, in microseconds since the Unix epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sitting {
    pub window: WindowId,
    pub from_us: i64,
    pub until_us: i64,
    /// On which the shift began; without a shift the day it was.
    pub day: Date,
    pub duty: Duty,
}

impl Roster {
    /// Who sat at `window` in a time, without holes, in order.
    pub fn sittings(&self, window: &WindowId, from_us: i64, until_us: i64) -> Vec<Sitting> {
        let mut sittings: Vec<Sitting> = Vec::new();
        let cuts = self.cuts(window, from_us, until_us);
        for (from_us, until_us) in cuts.iter().zip(cuts.iter().skip(1)).map(|(a, b)| (*a, *b)) {
            let duty = self.on_duty(window, from_us);
            let minute = self.zone.civil(from_us);
            let planned = self.planned_at(window, minute).filter(|_| shift_of(&duty).is_some());
            let day = planned.map_or(Date::from_unix_days(minute.unix_days()), |planned| planned.day);
            match sittings.last_mut() {
                Some(last) if last.duty == duty && last.day == day => last.until_us = until_us,
                _ => sittings.push(Sitting { window: window.clone(), from_us, until_us, day, duty }),
            }
        }
        sittings
    }

    /// The same roster, which knows what is planned on the days around a time without working it out again.
    pub fn prepared(&self, from_us: i64, until_us: i64) -> Self {
        let mut roster = self.clone();
        let (first, last) = (self.day(from_us).unix_days() - 5, self.day(until_us).unix_days() + 2);
        roster.ready = (first..=last).map(Date::from_unix_days).map(|day| (day, self.planned(day))).collect();
        roster
    }

    /// When the clock on the wall shows a day's midnight, microseconds since the Unix epoch.
    pub fn midnight_us(&self, day: Date) -> i64 {
        self.zone.wall_us(CivilMinute::of(day.unix_days(), 0))
    }

    /// The minute that the clock on the wall shows.
    pub fn civil(&self, wall_us: i64) -> CivilMinute {
        self.zone.civil(wall_us)
    }

    /// Hour of the day that the clock on the wall shows, 0 to 23.
    pub fn hour(&self, wall_us: i64) -> u16 {
        self.zone.civil(wall_us).minute_of_day() / 60
    }

    /// Moments at which the answer may change, the ends of the time among them.
    fn cuts(&self, window: &WindowId, from_us: i64, until_us: i64) -> Vec<i64> {
        let (first, last) = (self.day(from_us).unix_days() - 1, self.day(until_us).unix_days());
        let days: Vec<Planned> =
            (first..=last).flat_map(|day| self.planned(Date::from_unix_days(day))).collect();
        let mut clerks = BTreeSet::new();
        let mut windows = BTreeSet::from([window]);
        for planned in &days {
            let assignment = &self.assignments[planned.assignment];
            if assignment.window == *window {
                clerks.extend(assignment.clerk.as_deref());
            }
        }
        // What happened here, and whatever those did who may have sat here.
        let near = self.events_near(from_us, until_us);
        clerks.extend(near.iter().filter(|event| event.window == *window).map(|event| event.clerk.as_str()));
        let mut cuts = vec![from_us, until_us];
        for event in
            near.iter().filter(|event| event.window == *window || clerks.contains(event.clerk.as_str()))
        {
            windows.insert(&event.window);
            let minute = self.zone.civil(event.wall_us);
            cuts.push(event.wall_us);
            cuts.extend((0..=1).map(|more| self.zone.wall_us(CivilMinute(minute.0 + HOLDS_MAX_MIN + more))));
        }
        for planned in days.iter().filter(|one| windows.contains(&self.assignments[one.assignment].window)) {
            cuts.extend([self.zone.wall_us(planned.start), self.zone.wall_us(planned.end)]);
        }
        cuts.retain(|cut| (from_us..=until_us).contains(cut));
        cuts.sort_unstable();
        cuts.dedup();
        cuts
    }

    /// What may matter in a time: a sign-in holds for a shift, and what went before it for another.
    fn events_near(&self, from_us: i64, until_us: i64) -> &[DutyEvent] {
        const DAYS_US: i64 = 3 * 86_400_000_000;
        let first = self.events.partition_point(|event| event.wall_us < from_us.saturating_sub(DAYS_US));
        let past = self.events.partition_point(|event| event.wall_us < until_us);
        &self.events[first..past.max(first)]
    }
}

/// The shift that is planned there, whoever sits there.
pub fn shift_of(duty: &Duty) -> Option<&str> {
    match duty {
        Duty::Clerk(on_duty) => on_duty.shift.as_deref(),
        Duty::Unassigned(Vacancy::Nobody { shift }) => Some(shift),
        Duty::Unassigned(_) => None,
    }
}

impl fmt::Display for Vacancy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotPlanned => f.write_str("no shift is planned then"),
            Self::Nobody { shift } => write!(f, "nobody is planned for the shift {shift}"),
            Self::SignedOut { clerk } => write!(f, "{} signed out", clerk.name),
            Self::Elsewhere { clerk, window } => {
                write!(f, "{} signed in at window {window}", clerk.name)
            }
            Self::Disputed { signed_in, planned } => {
                write!(f, "{} stood in and did not sign out, {} is planned", signed_in.name, planned.name)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::ledger::duty::DutyKind;
    use crate::toml_file::Source;

    const CALENDAR: &str = r#"
[[shift]]
id = "早"
start = "08:30"
end = "12:00"
[[shift]]
id = "中"
start = "12:00"
end = "17:00"
[[shift]]
id = "夜"
start = "22:00"
end = "06:00"
[[person]]
id = "a"
name = "甲"
[[person]]
id = "b"
name = "乙"
[[assign]]
window = "1"
shift = ["早", "夜"]
clerk = "a"
[[assign]]
window = "2"
shift = ["早", "中"]
clerk = "b"
"#;

    /// `2026-11-23` and a time in Shanghai.
    fn at(minutes: i64) -> i64 {
        (1_795_363_200 + minutes * 60) * 1_000_000
    }

    fn roster(events: &[(i64, DutyKind, &str, &str)]) -> Roster {
        let roster = Roster::parse(&Source::new("c.toml", CALENDAR), Path::new("")).unwrap();
        let event = |(minute, kind, window, clerk): &(i64, DutyKind, &str, &str)| DutyEvent {
            wall_us: at(*minute) + 20_000_000,
            kind: *kind,
            window: WindowId::new(window),
            clerk: (*clerk).to_owned(),
        };
        roster.with_duty_events(&events.iter().map(event).collect::<Vec<_>>())
    }

    fn told(roster: &Roster, window: &str) -> Vec<String> {
        let sittings = roster.sittings(&WindowId::new(window), at(0), at(1_440));
        assert!(sittings.windows(2).all(|pair| pair[0].until_us == pair[1].from_us), "{sittings:?}");
        let told = |sitting: &Sitting| {
            let who = match &sitting.duty {
                Duty::Clerk(on_duty) => on_duty.clerk.id.clone(),
                Duty::Unassigned(_) => "-".to_owned(),
            };
            let shift = shift_of(&sitting.duty).unwrap_or("-").to_owned();
            let from = roster.zone.civil(sitting.from_us);
            format!("{from} {who} {shift} {}", sitting.day)
        };
        sittings.iter().map(told).collect()
    }

    #[test]
    fn a_day_falls_into_its_shifts_and_the_night_belongs_to_the_day_before() {
        let one = [
            "00:00 a 夜 2026-11-22",
            "06:00 - - 2026-11-23",
            "08:30 a 早 2026-11-23",
            "12:00 - - 2026-11-23",
            "22:00 a 夜 2026-11-23",
        ];
        assert_eq!(told(&roster(&[]), "1"), one);
        assert_eq!(told(&roster(&[]).prepared(at(0), at(1_440)), "1"), one);
        assert_eq!(told(&roster(&[]), "9"), ["00:00 - - 2026-11-23"]);
    }

    #[test]
    fn every_moment_has_the_answer_of_on_duty_whoever_signed_in_where() {
        use DutyKind::{SignIn, SignOut};
        let rosters = [
            roster(&[(545, SignIn, "2", "a"), (600, SignOut, "2", "a")]),
            roster(&[(400, SignIn, "9", "b"), (740, SignIn, "2", "a"), (1_100, SignIn, "1", "b")]),
            roster(&[(-60, SignIn, "1", "b"), (30, SignOut, "1", "b"), (515, SignIn, "2", "a")]),
            roster(&[(-700, SignIn, "9", "a"), (361, SignIn, "1", "c"), (721, SignIn, "9", "c")]),
        ];
        for roster in rosters {
            for window in ["1", "2", "9"].map(WindowId::new) {
                let sittings = roster.sittings(&window, at(0), at(1_440));
                for second in (0..86_400).step_by(20) {
                    let now = at(0) + second * 1_000_000;
                    let sitting = sittings.iter().find(|one| (one.from_us..one.until_us).contains(&now));
                    let sitting = sitting.unwrap_or_else(|| panic!("a hole at {second} s"));
                    assert_eq!(sitting.duty, roster.on_duty(&window, now), "window {window}, {second} s");
                }
            }
        }
    }
}

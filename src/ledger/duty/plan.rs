//! The plan: which assignments hold on a day, and what that makes of each window.

use std::ops::RangeInclusive;

use super::calendar::Days;
use super::zone::CivilMinute;
use super::{Person, Roster, Slot};
use crate::units::{Date, WindowId};

/// A clerk at a window in a shift.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Assignment {
    pub window: WindowId,
    /// Index of the shift.
    pub shift: usize,
    /// Staff number; `None` says that nobody sits there.
    pub clerk: Option<String>,
    pub when: When,
    pub place: Place,
}

/// On which days an assignment holds.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum When {
    /// On these days, whatever the shift's own pattern is.
    Named(Vec<RangeInclusive<Date>>),
    /// On the days of the shift that the pattern has, from a day on and until a day.
    Pattern { days: Days, from: Option<Date>, until: Option<Date> },
}

/// Where it is written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub file: String,
    pub line: usize,
}

/// An assignment on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Planned {
    /// Index of the assignment.
    pub assignment: usize,
    pub day: Date,
    pub start: CivilMinute,
    pub end: CivilMinute,
}

impl Roster {
    /// What is planned for shifts that begin on a day: of the assignments of one shift at one window one, and what names
    /// the day in the place of every pattern that it overlaps.
    pub(super) fn planned(&self, day: Date) -> Vec<Planned> {
        if let Some(ready) = self.ready.get(&day) {
            return ready.clone();
        }
        let mut planned: Vec<Planned> = Vec::new();
        let mut named = 0;
        let patterns = self.patterns.iter().filter(|index| self.holds(&self.assignments[**index], day));
        for (index, is_named) in self
            .by_day
            .get(&day)
            .into_iter()
            .flatten()
            .map(|i| (*i, true))
            .chain(patterns.map(|i| (*i, false)))
        {
            let one = self.on(index, day);
            let assignment = &self.assignments[index];
            let taken = planned.iter().enumerate().any(|(at, other)| {
                let before = &self.assignments[other.assignment];
                let same_slot = before.shift == assignment.shift;
                let over = at < named && !is_named && other.start < one.end && one.start < other.end;
                before.window == assignment.window && (same_slot || over)
            });
            if !taken {
                planned.push(one);
                named += usize::from(is_named);
            }
        }
        planned
    }

    /// Whether a pattern has a day.
    pub(super) fn holds(&self, assignment: &Assignment, day: Date) -> bool {
        match &assignment.when {
            When::Named(_) => false,
            When::Pattern { days, from, until } => {
                from.is_none_or(|from| from <= day)
                    && until.is_none_or(|until| day < until)
                    && days.covers(day, &self.calendar)
                    && self.shifts[assignment.shift].days.covers(day, &self.calendar)
            }
        }
    }

    /// An assignment as it is on a day.
    pub(super) fn on(&self, assignment: usize, day: Date) -> Planned {
        let shift = &self.shifts[self.assignments[assignment].shift];
        let days = day.unix_days();
        let (start, end) = (CivilMinute::of(days, shift.start), CivilMinute::of(days, shift.end));
        Planned { assignment, day, start, end }
    }

    /// What is planned at a window in a minute: somebody before nobody. A shift may have begun the day before.
    pub(super) fn planned_at(&self, window: &WindowId, minute: CivilMinute) -> Option<Planned> {
        let at = self
            .around(window, minute)
            .into_iter()
            .filter(|planned| (planned.start..planned.end).contains(&minute));
        at.min_by_key(|planned| (self.assignments[planned.assignment].clerk.is_none(), planned.start))
    }

    /// The slots of a window that begin on the day of a minute, the day before and the day after, in order.
    pub(super) fn around(&self, window: &WindowId, minute: CivilMinute) -> Vec<Planned> {
        let days = minute.unix_days();
        let mut around: Vec<Planned> = (days - 1..=days + 1)
            .flat_map(|day| self.planned(Date::from_unix_days(day)))
            .filter(|planned| self.assignments[planned.assignment].window == *window)
            .collect();
        around.sort_by_key(|planned| planned.start);
        around
    }

    pub(super) fn slot(&self, planned: &Planned) -> Slot {
        let assignment = &self.assignments[planned.assignment];
        Slot {
            window: assignment.window.clone(),
            shift: self.shifts[assignment.shift].id.clone(),
            day: planned.day,
            start: planned.start,
            end: planned.end,
            clerk: assignment.clerk.as_deref().map(|id| self.person(id)),
        }
    }

    /// Somebody by staff number, who need not be in any roster.
    pub(super) fn person(&self, id: &str) -> Person {
        let unknown = || Person { id: id.to_owned(), name: id.to_owned() };
        self.people.get(id).cloned().unwrap_or_else(unknown)
    }
}

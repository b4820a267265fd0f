//! Assignments that cannot hold together: told with the line of the later one.

use std::collections::{BTreeMap, BTreeSet};

use super::plan::{Planned, When};
use super::read::fault_at;
use super::{Days, Roster};
use crate::toml_file::{FaultLevel, Faults};
use crate::units::Date;

/// Pushes every contradiction of the plan.
pub(super) fn check(roster: &Roster, faults: &Faults) {
    let mut told = Told { roster, faults, pairs: BTreeSet::new() };
    for day in days_to_look_at(roster) {
        for group in [named(roster, day), patterns(roster, day)] {
            told.same_slot(&group, day);
        }
        let before = Date::from_unix_days(day.unix_days() - 1);
        let planned = [roster.planned(before), roster.planned(day)].concat();
        told.same_time(&planned);
    }
    make_up_without_likeness(roster, faults);
}

fn named(roster: &Roster, day: Date) -> Vec<usize> {
    roster.by_day.get(&day).cloned().unwrap_or_default()
}

fn patterns(roster: &Roster, day: Date) -> Vec<usize> {
    roster.patterns.iter().copied().filter(|index| roster.holds(&roster.assignments[*index], day)).collect()
}

/// Days on which anything can differ from other weeks: all that assignments name, two weeks from wherever a pattern
/// begins or ends or a holiday turns the week, and two weeks before and after all of those.
fn days_to_look_at(roster: &Roster) -> BTreeSet<Date> {
    let bounds = roster.assignments.iter().flat_map(|assignment| match &assignment.when {
        When::Pattern { from, until, .. } => [*from, *until],
        When::Named(_) => [None, None],
    });
    let turns: BTreeSet<i64> =
        bounds.flatten().chain(roster.calendar.turning_points()).map(Date::unix_days).collect();
    let named = roster.by_day.keys().map(|day| day.unix_days());
    let mut days: BTreeSet<i64> = named.clone().chain(named.map(|day| day + 1)).collect();
    const WEEKS: i64 = 14;
    days.extend(turns.iter().flat_map(|turn| turn - 1..turn + WEEKS));
    let first = days.first().copied().unwrap_or(0);
    let last = days.last().copied().unwrap_or(0);
    if !roster.patterns.is_empty() {
        days.extend(first - WEEKS..first);
        days.extend(last..last + WEEKS);
    }
    days.into_iter().map(Date::from_unix_days).collect()
}

struct Told<'r> {
    roster: &'r Roster,
    faults: &'r Faults,
    /// What was told already, on another day.
    pairs: BTreeSet<(usize, usize)>,
}

impl Told<'_> {
    /// Two assignments of one rank for one shift at one window.
    fn same_slot(&mut self, assignments: &[usize], day: Date) {
        let mut slots: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for index in assignments {
            let assignment = &self.roster.assignments[*index];
            slots.entry((&assignment.window, assignment.shift)).or_default().push(*index);
        }
        for (first, other) in
            slots.values().flat_map(|slot| slot.iter().skip(1).map(|other| (slot[0], *other)))
        {
            let level = match self.clerk(first) == self.clerk(other) {
                true => FaultLevel::Warning,
                false => FaultLevel::Error,
            };
            let shift = &self.roster.shifts[self.roster.assignments[other].shift].id;
            let what = format!("{} in shift {shift}", self.said(other));
            let remedy = match level {
                FaultLevel::Warning => "remove one of the two",
                FaultLevel::Error => "keep one of the two; for a single day name the day with `on`",
            };
            self.tell(level, first, other, &format!("{what} on {day}"), remedy);
        }
    }

    /// Two clerks at one window at a time, or one clerk at two windows.
    fn same_time(&mut self, planned: &[Planned]) {
        let assignment = |planned: &Planned| &self.roster.assignments[planned.assignment];
        let mut windows: BTreeMap<_, Vec<Planned>> = BTreeMap::new();
        let mut clerks: BTreeMap<_, Vec<Planned>> = BTreeMap::new();
        for one in planned {
            let Some(clerk) = &assignment(one).clerk else { continue };
            windows.entry(&assignment(one).window).or_default().push(*one);
            clerks.entry(clerk).or_default().push(*one);
        }
        for (one, other) in windows.values().flat_map(|group| overlapping(group)) {
            if self.clerk(one.assignment) != self.clerk(other.assignment) {
                let what = format!("{} on {} from {}", self.said(other.assignment), other.day, other.start);
                let remedy = "let one shift end when the other begins, or name one clerk";
                self.tell(FaultLevel::Error, one.assignment, other.assignment, &what, remedy);
            }
        }
        for (one, other) in clerks.values().flat_map(|group| overlapping(group)) {
            if assignment(&one).window != assignment(&other).window {
                let what = format!("{} on {} from {}", self.said(other.assignment), other.day, other.start);
                let remedy = "nobody sits at two windows at a time; correct one, unless it is meant so";
                self.tell(FaultLevel::Warning, one.assignment, other.assignment, &what, remedy);
            }
        }
    }

    fn clerk(&self, index: usize) -> Option<&str> {
        self.roster.assignments[index].clerk.as_deref()
    }

    /// `window 3 has 0231`.
    fn said(&self, index: usize) -> String {
        let assignment = &self.roster.assignments[index];
        format!("window {} has {}", assignment.window, assignment.clerk.as_deref().unwrap_or("nobody"))
    }

    fn tell(&mut self, level: FaultLevel, first: usize, other: usize, what: &str, remedy: &str) {
        let (first, other) = (first.min(other), first.max(other));
        if first == other || !self.pairs.insert((first, other)) {
            return;
        }
        let (earlier, later) = (&self.roster.assignments[first].place, &self.roster.assignments[other].place);
        let file = if earlier.file == later.file { String::new() } else { format!(" of {}", earlier.file) };
        let found = format!("{what}, and line {}{file} says: {}", earlier.line, self.said(first));
        self.faults.push(fault_at(later, level, found, remedy));
    }
}

/// Pairs of a group that share time, the earlier written one first.
fn overlapping(group: &[Planned]) -> Vec<(Planned, Planned)> {
    let mut sorted = group.to_vec();
    sorted.sort_by_key(|planned| planned.start);
    let mut pairs = Vec::new();
    for (at, one) in sorted.iter().enumerate() {
        let others = sorted[at + 1..].iter().take_while(|other| other.start < one.end);
        pairs.extend(
            others.map(
                |other| {
                    if one.assignment < other.assignment { (*one, *other) } else { (*other, *one) }
                },
            ),
        );
    }
    pairs
}

/// On such a day nobody sits anywhere whose pattern names weekdays.
fn make_up_without_likeness(roster: &Roster, faults: &Faults) {
    let Some(day) = roster.calendar.make_up.iter().find(|(_, like)| like.is_none()).map(|(day, _)| *day)
    else {
        return;
    };
    let names_weekdays = |days: &Days| days.needs_likeness();
    let pattern = roster.patterns.iter().map(|index| &roster.assignments[*index]).find(|assignment| {
        let own = matches!(&assignment.when, When::Pattern { days, .. } if names_weekdays(days));
        own || names_weekdays(&roster.shifts[assignment.shift].days)
    });
    if let Some(assignment) = pattern {
        let found =
            format!("the pattern names weekdays, and `make_up` does not say which one {day} is worked like");
        faults.push(fault_at(
            &assignment.place,
            FaultLevel::Warning,
            found,
            "write \"… as fri\" into `make_up`, or `days = \"workdays\"` here",
        ));
    }
}

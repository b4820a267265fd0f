//! Duty: who sits at which window when. In: the hall's calendar and rosters, sign-ins and sign-outs. Out: `Duty`, slots of
//! shifts. Thread: any; pure but for reading files. Allocates: per roster, per question.
//!
//! `docs/calendar.md` describes the files. Reading never stops at the first fault, and a roster with an error is not used
//! at all: half a roster would charge one clerk with what another said. Where it is not known who sits at a
//! window, that is an answer of its own, with the reason.

mod calendar;
mod conflict;
mod day_form;
mod plan;
mod presence;
mod read;
mod read_assign;
mod sheet;
mod sheet_text;
mod sittings;
mod zone;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::toml_file::{Fault, Faults, Source, listed};
use crate::units::{Date, WindowId};

pub use calendar::{Calendar, DayKind, Days, Weekday};
pub use sittings::{Sitting, shift_of};
pub use zone::{CivilMinute, Zone};

use plan::{Assignment, Planned};

/// The plan of a hall, and what sign-ins and sign-outs made of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Roster {
    zone: Zone,
    calendar: Calendar,
    shifts: Vec<Shift>,
    people: BTreeMap<String, Person>,
    assignments: Vec<Assignment>,
    /// Indices of assignments that name days, by day; and of those that give patterns.
    by_day: BTreeMap<Date, Vec<usize>>,
    patterns: Vec<usize>,
    /// In order of time.
    events: Vec<DutyEvent>,
    warnings: Vec<Fault>,
    /// What is planned on some days, worked out once.
    ready: BTreeMap<Date, Vec<Planned>>,
}

/// A stretch of the day that a clerk sits through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shift {
    /// What rosters call it.
    pub id: String,
    /// Minutes after the midnight that begins its day, below 1440.
    pub start: u16,
    /// The same; above 1440 where it ends on the next day.
    pub end: u16,
    pub days: Days,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Person {
    /// Staff number (工号).
    pub id: String,
    /// The id where no name is known.
    pub name: String,
}

/// Who sits at a window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "duty", rename_all = "kebab-case")]
pub enum Duty {
    Clerk(OnDuty),
    Unassigned(Vacancy),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OnDuty {
    pub clerk: Person,
    /// The shift that is planned at the window then.
    pub shift: Option<String>,
    pub known_by: KnownBy,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum KnownBy {
    Plan,
    SignIn,
}

/// Why it is not known who sits there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
pub enum Vacancy {
    /// No shift is planned at the window then.
    NotPlanned,
    /// A shift is planned, and nobody for it.
    Nobody { shift: String },
    /// Whoever sat there signed out.
    SignedOut { clerk: Person },
    /// Whoever is planned there signed in at another window.
    Elsewhere { clerk: Person, window: WindowId },
    /// Somebody took the place of a colleague, did not sign out, and the plan has another since.
    Disputed { signed_in: Person, planned: Person },
}

/// Somebody signed in or out at a window.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct DutyEvent {
    /// Microseconds since the Unix epoch.
    pub wall_us: i64,
    /// Of two events of one moment the sign-out comes first.
    pub kind: DutyKind,
    pub window: WindowId,
    /// Staff number.
    pub clerk: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DutyKind {
    SignOut,
    SignIn,
}

/// One shift at one window on one day, as it is planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    pub window: WindowId,
    pub shift: String,
    /// The day it begins.
    pub day: Date,
    pub start: CivilMinute,
    pub end: CivilMinute,
    /// `None`: nobody is planned.
    pub clerk: Option<Person>,
}

/// Every fault of a roster and of the files it names; at least one is an error.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the roster has {} fault{}:\n{}", .0.len(), if .0.len() == 1 { "" } else { "s" }, listed(.0))]
pub struct RosterFaults(pub Vec<Fault>);

impl Roster {
    /// Reads a calendar in TOML with the rosters it names, or a roster in CSV alone.
    ///
    /// # Errors
    /// [`RosterFaults`], all of them.
    pub fn load(path: &Path) -> Result<Self, RosterFaults> {
        read::load(path)
    }

    /// Reads a calendar whose rosters are named relative to `folder`.
    ///
    /// # Errors
    /// [`RosterFaults`], all of them.
    pub fn parse(source: &Source, folder: &Path) -> Result<Self, RosterFaults> {
        read::parse(source, folder)
    }

    /// Nobody is planned anywhere; times of day are those of the default zone, `Asia/Shanghai`.
    pub fn empty() -> Self {
        Self {
            zone: Zone::default(),
            calendar: Calendar::default(),
            shifts: Vec::new(),
            people: BTreeMap::new(),
            assignments: Vec::new(),
            by_day: BTreeMap::new(),
            patterns: Vec::new(),
            events: Vec::new(),
            warnings: Vec::new(),
            ready: BTreeMap::new(),
        }
    }

    /// Somebody of the calendar by staff number, or by a name that only one person has.
    pub fn person_named(&self, who: &str) -> Option<&Person> {
        let mut of_name = self.people.values().filter(|person| person.name == who);
        self.people.get(who).or_else(|| of_name.next().filter(|_| of_name.next().is_none()))
    }

    /// The same roster with these sign-ins and sign-outs beside those it has, in any order.
    pub fn with_duty_events(&self, events: &[DutyEvent]) -> Self {
        let mut roster = self.clone();
        roster.events.extend_from_slice(events);
        roster.events.sort();
        roster.events.dedup();
        roster
    }

    /// Who sits at a window at a moment, in microseconds since the Unix epoch.
    pub fn on_duty(&self, window: &WindowId, wall_us: i64) -> Duty {
        presence::on_duty(self, window, wall_us)
    }

    /// The slots that begin on a day, by window, then by time.
    pub fn slots(&self, day: Date) -> Vec<Slot> {
        let mut slots: Vec<Slot> = self.planned(day).iter().map(|planned| self.slot(planned)).collect();
        slots.sort_by(|a, b| (&a.window, a.start, a.end).cmp(&(&b.window, b.start, b.end)));
        slots
    }

    /// When a slot begins and ends, in microseconds since the Unix epoch.
    pub fn wall_span_us(&self, slot: &Slot) -> (i64, i64) {
        (self.zone.wall_us(slot.start), self.zone.wall_us(slot.end))
    }

    /// The day it is in the hall.
    pub fn day(&self, wall_us: i64) -> Date {
        Date::from_unix_days(self.zone.civil(wall_us).unix_days())
    }

    pub fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    pub fn shifts(&self) -> &[Shift] {
        &self.shifts
    }

    pub fn people(&self) -> impl Iterator<Item = &Person> {
        self.people.values()
    }

    /// Name of the hall's time zone, as `Asia/Shanghai`.
    pub fn zone_name(&self) -> &str {
        self.zone.name()
    }

    /// Windows that somebody is planned for at some time.
    pub fn windows(&self) -> BTreeSet<&WindowId> {
        self.assignments.iter().map(|assignment| &assignment.window).collect()
    }

    /// How many assignments name days, and how many give patterns.
    pub fn assignment_counts(&self) -> (usize, usize) {
        (self.assignments.len() - self.patterns.len(), self.patterns.len())
    }

    /// First and last of the days that assignments name.
    pub fn named_days(&self) -> Option<(Date, Date)> {
        Some((*self.by_day.keys().next()?, *self.by_day.keys().next_back()?))
    }

    /// What someone should look at although the roster can be used.
    pub fn warnings(&self) -> &[Fault] {
        &self.warnings
    }
}

/// Faults that are gathered from several files.
fn in_order(faults: Faults, files: &[String]) -> Vec<Fault> {
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    faults.into_sorted(&files)
}

//! The projections, as those ask them who make scores and reports. In: a time, or a finding. Out: rows, found by index.
//! Allocates: per row.

use std::collections::{BTreeMap, HashSet};
use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Arc;

use rusqlite::types::{FromSqlError, Type};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::error::While;
use super::{JournalFault, folder};
use crate::conduct::scene::EncounterKind;
use crate::conduct::{FindingKind, FindingState, Severity};
use crate::ledger::duty::{DutyEvent, DutyKind};
use crate::ledger::event::Ruling;
use crate::ledger::review::{Case, Step, StepKind};
use crate::units::{SessionTime, Span, WindowId};

/// Names of steps, as they stand in the table.
pub(super) const REVIEW: &str = "review";
pub(super) const APPEAL: &str = "appeal";
pub(super) const DECISION: &str = "decision";

/// Wall time, microseconds since the Unix epoch: from the first on, before the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    pub from_us: i64,
    pub until_us: i64,
}

impl Period {
    /// What of it lies in `other`; `None` where nothing does.
    pub fn within(self, other: Self) -> Option<Self> {
        let both =
            Self { from_us: self.from_us.max(other.from_us), until_us: self.until_us.min(other.until_us) };
        (both.from_us < both.until_us).then_some(both)
    }

    pub fn length_us(self) -> i64 {
        self.until_us.saturating_sub(self.from_us).max(0)
    }
}

/// A finding as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindingRow {
    /// Number of the event that it began with.
    pub id: u64,
    pub run: u64,
    pub window: WindowId,
    pub kind: FindingKind,
    pub provision: Arc<str>,
    pub rule: Arc<str>,
    pub severity: Severity,
    pub state: FindingState,
    /// Session time.
    pub span: Span,
    /// When it was said.
    pub wall_us: i64,
    pub rulebook: i64,
    pub needs_review: bool,
}

/// A visit or a call that is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncounterRow {
    pub id: u64,
    pub run: u64,
    pub window: WindowId,
    pub kind: EncounterKind,
    pub span: Span,
    pub wall_us: i64,
    pub served: bool,
}

/// A stretch of wall time at a window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeRow {
    pub window: WindowId,
    pub period: Period,
}

/// The projections of a journal.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    pub(super) db: &'a Connection,
    pub(super) folder: &'a Path,
}

pub(super) const FINDINGS: &str = "SELECT id, run, window, kind, provision, rule, severity, state, session_start,
   session_end, wall_us, rulebook, needs_review FROM finding WHERE wall_us >= ?1 AND wall_us < ?2 ORDER BY wall_us, id";
pub(super) const ENCOUNTERS: &str =
    "SELECT id, run, window, kind, session_start, session_end, wall_us, served
   FROM encounter WHERE wall_us >= ?1 AND wall_us < ?2 ORDER BY wall_us, id";
pub(super) const STRETCHES: &str =
    "SELECT window, start_us, end_us FROM stretch WHERE end_us > ?1 AND start_us < ?2";
pub(super) const UNHEARD: &str =
    "SELECT window, start_us, end_us FROM unheard WHERE end_us > ?1 AND start_us < ?2";
pub(super) const DUTY: &str = "SELECT wall_us, kind, window, clerk FROM duty WHERE wall_us >= ?1 AND wall_us < ?2 ORDER BY wall_us, seq";
pub(super) const STEPS_OF_PERIOD: &str =
    "SELECT review_step.seq, step, ruling, who, review_step.wall_us, until_us,
   finding.id FROM finding JOIN review_step ON review_step.finding = finding.id
   WHERE finding.wall_us >= ?1 AND finding.wall_us < ?2 ORDER BY review_step.seq";
pub(super) const STEPS_OF_RANGE: &str =
    "SELECT seq, step, ruling, who, wall_us, until_us, finding FROM review_step
   WHERE finding >= ?1 AND finding <= ?2 ORDER BY finding, seq";
/// The next window after one: as many steps as there are windows, where all hours would be as many as there are hours.
pub(super) const NEXT_WINDOW: &str = "SELECT min(window) FROM coverage WHERE window > ?1";
pub(super) const LAST_SEQ: &str = "SELECT max(seq) FROM event";
pub(super) const RULEBOOK: &str = "SELECT version, text FROM rulebook WHERE id = ?1";
pub(super) const ONE_FINDING: &str =
    "SELECT id, run, window, kind, provision, rule, severity, state, session_start, session_end,
   wall_us, rulebook, needs_review FROM finding WHERE id = ?1";
pub(super) const STEPS_OF_ONE: &str = "SELECT seq, step, ruling, who, wall_us, until_us, finding FROM review_step WHERE finding = ?1 ORDER BY seq";

impl Rows<'_> {
    /// What was found in a period, in order of time; what a guard held back among it.
    ///
    /// # Errors
    /// [`JournalFault`], here and below: the file cannot be read, or a cell holds what was never written there.
    pub fn findings(&self, period: Period) -> Result<Vec<FindingRow>, JournalFault> {
        let mut words = Words::default();
        self.of_period(FINDINGS, period, |row| finding_of(row, &mut words))
    }

    pub fn encounters(&self, period: Period) -> Result<Vec<EncounterRow>, JournalFault> {
        self.of_period(ENCOUNTERS, period, encounter)
    }

    /// Times at which windows were listened to, that a period has a part of; those of one window may overlap where a clock
    /// was set.
    pub fn stretches(&self, period: Period) -> Result<Vec<TimeRow>, JournalFault> {
        self.of_period(STRETCHES, period, time)
    }

    /// What of them nobody heard; may overlap.
    pub fn unheard(&self, period: Period) -> Result<Vec<TimeRow>, JournalFault> {
        self.of_period(UNHEARD, period, time)
    }

    /// Sign-ins and sign-outs, in order of time.
    pub fn duty(&self, period: Period) -> Result<Vec<DutyEvent>, JournalFault> {
        self.of_period(DUTY, period, |row| {
            Ok(DutyEvent {
                wall_us: row.get(0)?,
                kind: named(row, 1, &[DutyKind::SignIn, DutyKind::SignOut], duty_name)?,
                window: window(row, 2)?,
                clerk: row.get(3)?,
            })
        })
    }

    /// What was done, until now, about findings of a period, by the id of the finding.
    pub fn cases(&self, period: Period) -> Result<BTreeMap<u64, Case>, JournalFault> {
        Ok(by_finding(self.of_period(STEPS_OF_PERIOD, period, step)?))
    }

    /// What was done, until now, about findings of these ids. It costs what was done, not what was found.
    pub fn cases_of(&self, ids: RangeInclusive<u64>) -> Result<BTreeMap<u64, Case>, JournalFault> {
        let read = || {
            let mut statement = self.db.prepare_cached(STEPS_OF_RANGE)?;
            statement.query_map([ids.start(), ids.end()], step)?.collect()
        };
        self.told(read()).map(by_finding)
    }

    /// `None` where no finding began with this event.
    pub fn finding(&self, id: u64) -> Result<Option<FindingRow>, JournalFault> {
        self.told(self.db.query_row(ONE_FINDING, [id], finding).optional())
    }

    pub fn case(&self, finding: u64) -> Result<Case, JournalFault> {
        let read = || {
            let mut statement = self.db.prepare(STEPS_OF_ONE)?;
            let steps = statement.query_map([finding], |row| step(row).map(|(_, step)| step))?;
            Ok(Case { steps: steps.collect::<rusqlite::Result<_>>()? })
        };
        self.told(read())
    }

    /// Windows that were ever listened to.
    pub fn windows(&self) -> Result<Vec<WindowId>, JournalFault> {
        let read = || {
            let (mut statement, mut windows) = (self.db.prepare(NEXT_WINDOW)?, Vec::<WindowId>::new());
            loop {
                let last = windows.last().map_or("", WindowId::as_str);
                let next: Option<String> = statement.query_row([last], |row| row.get(0))?;
                match next {
                    Some(id) => windows.push(WindowId::new(&id)),
                    None => return Ok(windows),
                }
            }
        };
        self.told(read())
    }

    /// Number of the last event.
    pub fn last_seq(&self) -> Result<u64, JournalFault> {
        let last = self.db.query_row(LAST_SEQ, [], |row| row.get::<_, Option<u64>>(0));
        self.told(last).map(Option::unwrap_or_default)
    }

    fn of_period<T>(
        &self,
        sql: &str,
        period: Period,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, JournalFault> {
        let rows = || {
            let mut statement = self.db.prepare_cached(sql)?;
            statement.query_map(params![period.from_us, period.until_us], read)?.collect()
        };
        self.told(rows())
    }

    pub(super) fn told<T>(&self, result: rusqlite::Result<T>) -> Result<T, JournalFault> {
        result.map_err(|fault| JournalFault::of(folder::database(self.folder), While::Reading, &fault))
    }
}

fn by_finding(steps: Vec<(u64, Step)>) -> BTreeMap<u64, Case> {
    let mut cases: BTreeMap<u64, Case> = BTreeMap::new();
    for (of, step) in steps {
        cases.entry(of).or_default().steps.push(step);
    }
    cases
}

/// As it stands in the table.
pub(super) fn duty_name(kind: DutyKind) -> &'static str {
    match kind {
        DutyKind::SignIn => "sign-in",
        DutyKind::SignOut => "sign-out",
    }
}

pub(super) fn encounter(row: &Row<'_>) -> rusqlite::Result<EncounterRow> {
    Ok(EncounterRow {
        id: row.get(0)?,
        run: row.get(1)?,
        window: window(row, 2)?,
        kind: named(row, 3, &[EncounterKind::Counter, EncounterKind::Telephone], EncounterKind::name)?,
        span: Span { start: SessionTime(row.get(4)?), end: SessionTime(row.get(5)?) },
        wall_us: row.get(6)?,
        served: row.get(7)?,
    })
}

/// Words that many rows have, each kept once.
#[derive(Default)]
pub(super) struct Words(HashSet<Arc<str>>);

impl Words {
    fn read(&mut self, row: &Row<'_>, column: usize) -> rusqlite::Result<Arc<str>> {
        let text = row.get_ref(column)?.as_str().map_err(|fault| wrong(column, fault))?;
        if let Some(known) = self.0.get(text) {
            return Ok(Arc::clone(known));
        }
        let word: Arc<str> = text.into();
        self.0.insert(Arc::clone(&word));
        Ok(word)
    }

    fn window(&mut self, row: &Row<'_>, column: usize) -> rusqlite::Result<WindowId> {
        self.read(row, column).map(WindowId::from)
    }
}

pub(super) fn finding(row: &Row<'_>) -> rusqlite::Result<FindingRow> {
    finding_of(row, &mut Words::default())
}

fn finding_of(row: &Row<'_>, words: &mut Words) -> rusqlite::Result<FindingRow> {
    use FindingKind::{Credit, Forbidden, Missing, Voice};
    use FindingState::{Confirmed, Held, Retracted, Unknown};
    use Severity::{Critical, Major, Minor, Note};
    Ok(FindingRow {
        id: row.get(0)?,
        run: row.get(1)?,
        window: words.window(row, 2)?,
        kind: named(row, 3, &[Forbidden, Missing, Voice, Credit], FindingKind::name)?,
        provision: words.read(row, 4)?,
        rule: words.read(row, 5)?,
        severity: named(row, 6, &[Note, Minor, Major, Critical], Severity::name)?,
        state: named(row, 7, &[Confirmed, Held, Unknown, Retracted], FindingState::name)?,
        span: Span { start: SessionTime(row.get(8)?), end: SessionTime(row.get(9)?) },
        wall_us: row.get(10)?,
        rulebook: row.get(11)?,
        needs_review: row.get(12)?,
    })
}

fn time(row: &Row<'_>) -> rusqlite::Result<TimeRow> {
    let period = Period { from_us: row.get(1)?, until_us: row.get(2)? };
    Ok(TimeRow { window: window(row, 0)?, period })
}

/// A step, and of which finding.
fn step(row: &Row<'_>) -> rusqlite::Result<(u64, Step)> {
    let ruling = |row: &Row<'_>| named(row, 2, &[Ruling::Upheld, Ruling::Dismissed], Ruling::name);
    let what = match row.get_ref(1)?.as_str().map_err(|fault| wrong(1, fault))? {
        REVIEW => StepKind::Review { ruling: ruling(row)?, appeal_until_us: row.get(5)? },
        APPEAL => StepKind::Appeal { decide_until_us: row.get(5)? },
        DECISION => StepKind::Decision { ruling: ruling(row)? },
        _ => return Err(wrong(1, FromSqlError::InvalidType)),
    };
    Ok((row.get(6)?, Step { seq: row.get(0)?, what, who: row.get(3)?, wall_us: row.get(4)? }))
}

fn window(row: &Row<'_>, column: usize) -> rusqlite::Result<WindowId> {
    Ok(WindowId::new(row.get_ref(column)?.as_str().map_err(|fault| wrong(column, fault))?))
}

/// One of a few words.
fn named<T: Copy>(
    row: &Row<'_>,
    column: usize,
    all: &[T],
    name: fn(T) -> &'static str,
) -> rusqlite::Result<T> {
    let text = row.get_ref(column)?.as_str().map_err(|fault| wrong(column, fault))?;
    let found = all.iter().copied().find(|one| name(*one) == text);
    found.ok_or_else(|| wrong(column, FromSqlError::InvalidType))
}

fn wrong(column: usize, fault: FromSqlError) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(fault))
}

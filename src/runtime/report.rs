//! Reports of long times. In: a journal, which is only read, and what is asked of it. Out: the report. Threads: `report-N`, by
//! default one a core, each with a reader of its own. Allocates: per finding of a week.
//!
//! Weeks are dealt out one by one, and what they come to is put together in their order, so the answer does not depend on the
//! number of threads. All read the journal as it is at one event, however much is appended meanwhile.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::spawn;
use crate::ledger::Reader;
use crate::ledger::account::{AccountFault, Asked, Plan, Weights, accounts_with};
use crate::ledger::duty::Roster;
use crate::ledger::journal::Period;
use crate::ledger::report::{Adding, Report};
use crate::ledger::score::Parameters;
use crate::units::WindowId;

/// Days that are added up at once.
const PART: usize = 7;

/// What is asked for, and how it is scored.
#[derive(Clone, Copy, Debug)]
pub struct Reporting<'a> {
    pub asked: &'a Asked,
    pub period: Period,
    pub roster: &'a Roster,
    /// Those of the configuration; the calendar's and the journal's are added.
    pub windows: &'a [WindowId],
    pub parameters: &'a Parameters,
    /// Threads; 0: one a core.
    pub threads: usize,
}

/// Adds a time up.
///
/// # Errors
/// [`AccountFault`] where the journal or a rulebook in it cannot be read.
pub fn report(reader: &Reader, what: &Reporting<'_>) -> Result<Report, AccountFault> {
    let threads = match what.threads {
        0 => thread::available_parallelism().map_or(1, usize::from),
        count => count,
    };
    let readers = reader.together(threads)?;
    let windows = what.windows.iter().cloned();
    let parts = match readers.first() {
        Some(first) => what.asked.plan(&first.rows(), what.roster, windows, what.period)?.parts(PART),
        None => Vec::new(),
    };
    let next = AtomicUsize::new(0);
    let added = thread::scope(|scope| {
        let (parts, next) = (&parts, &next);
        let start = |(index, reader)| {
            spawn(scope, format!("report-{index}"), move || add_up(&reader, parts, next, what))
        };
        let threads: Vec<_> = readers.into_iter().enumerate().map(start).collect();
        let join = |ended: thread::ScopedJoinHandle<'_, _>| {
            ended.join().unwrap_or_else(|panicked| std::panic::resume_unwind(panicked))
        };
        threads.into_iter().map(join).collect::<Result<Vec<_>, AccountFault>>()
    })?;
    let in_order: BTreeMap<usize, Adding> = added.into_iter().flatten().collect();
    let mut all = Adding::default();
    in_order.into_values().for_each(|part| all.join(part));
    Ok(all.done())
}

/// One part after the other, as long as there are any: which they were, and what they came to.
fn add_up(
    reader: &Reader,
    parts: &[Plan],
    next: &AtomicUsize,
    what: &Reporting<'_>,
) -> Result<Vec<(usize, Adding)>, AccountFault> {
    let (mut weights, mut added) = (Weights::new(reader), Vec::new());
    loop {
        let index = next.fetch_add(1, Ordering::Relaxed);
        let Some(part) = parts.get(index) else { return Ok(added) };
        let mut adding = Adding::default();
        for account in accounts_with(&mut weights, &reader.rows(), part, what.parameters)? {
            adding.add(&account, what.roster);
        }
        added.push((index, adding));
    }
}

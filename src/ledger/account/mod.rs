//! Account of a time. In: a journal's projections, the calendar. Out: for every shift of every clerk, and for what nobody is
//! charged with, the facts that the score is made of, and the score. Thread: any. Allocates: per finding and encounter.
//!
//! What happened at a window belongs to whoever sat there at that moment. Where that is not known it is an account of its
//! own, with the reason: nothing is dropped, and nobody is charged.

mod asked;
mod belong;
mod heard;
mod keep;
mod plan;
mod stored;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use thiserror::Error;

use super::duty::{Person, Vacancy};
use super::event::RulebookUnread;
use super::journal::{FindingRow, JournalFault, Period, Reader, Rows};
use super::score::{EncounterFact, Facts, FindingFact, Parameters, ShiftScore, score};
use crate::conduct::FindingState;
use crate::units::{Date, WindowId};

use belong::Encounters;

pub use asked::{Asked, DaysFault};
pub use heard::heard_by_hour;
pub use keep::{Keeping, is_due, keep_scores};
pub use plan::{Plan, plan};
pub use stored::{Checked, check, to_store};

/// Whose account it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// On which the shift began; without a shift, the day it was.
    pub day: Date,
    /// `None`: outside of all shifts.
    pub shift: Option<String>,
    pub who: Who,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    Clerk(Person),
    /// At this window, and why.
    Nobody {
        window: WindowId,
        why: Vacancy,
    },
}

/// Wall time at a window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sat {
    pub window: WindowId,
    pub period: Period,
}

/// A clerk's shift, or what belongs to nobody.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    pub key: Key,
    pub sat: Vec<Sat>,
    pub facts: Facts,
    /// Window of each finding and encounter of the facts, by their id, where there are several windows.
    pub(in crate::ledger) windows: HashMap<Arc<str>, WindowId>,
    /// Of clerks in shifts.
    pub score: Option<ShiftScore>,
}

impl Account {
    /// At which window a finding or an encounter of the facts was, by its id.
    pub fn window_of(&self, id: &str) -> Option<&WindowId> {
        self.only_window().or_else(|| self.windows.get(id))
    }

    fn only_window(&self) -> Option<&WindowId> {
        let (first, more) = self.sat.split_first()?;
        more.iter().all(|sat| sat.window == first.window).then_some(&first.window)
    }

    fn happened(&mut self, id: &Arc<str>, window: &WindowId) {
        if self.only_window().is_none() {
            self.windows.insert(Arc::clone(id), window.clone());
        }
    }

    /// Somebody was planned, or something happened.
    pub fn is_of_interest(&self) -> bool {
        self.key.shift.is_some() || !self.facts.findings.is_empty() || !self.facts.encounters.is_empty()
    }
}

#[derive(Debug, Error)]
pub enum AccountFault {
    #[error(transparent)]
    Journal(#[from] JournalFault),
    #[error(transparent)]
    Rulebook(#[from] RulebookUnread),
}

/// What everybody of a plan comes to, in the order of the plan.
///
/// # Errors
/// [`AccountFault`] where the journal or a rulebook in it cannot be read.
pub fn accounts(
    reader: &Reader,
    rows: &Rows<'_>,
    plan: &Plan,
    parameters: &Parameters,
) -> Result<Vec<Account>, AccountFault> {
    accounts_with(&mut Weights::new(reader), rows, plan, parameters)
}

/// The same for whoever asks several times.
///
/// # Errors
/// As [`accounts`].
pub fn accounts_with(
    weights: &mut Weights<'_>,
    rows: &Rows<'_>,
    plan: &Plan,
    parameters: &Parameters,
) -> Result<Vec<Account>, AccountFault> {
    let Some(period) = plan.period() else { return Ok(Vec::new()) };
    let mut accounts: Vec<Account> = plan.entries.iter().map(Account::begun).collect();
    let heard = heard::Heard::read(rows, period)?;
    for account in &mut accounts {
        let all: i64 = account.sat.iter().map(|sat| sat.period.length_us()).sum();
        let heard: i64 = account.sat.iter().map(|sat| heard.within(&sat.window, sat.period)).sum();
        account.facts.heard_ms = to_ms(heard);
        account.facts.unheard_ms = to_ms(all).saturating_sub(account.facts.heard_ms);
    }
    let places = plan.places();
    let encounters = Encounters::read(rows, period)?;
    let mut names: HashMap<u64, Arc<str>> = HashMap::new();
    for encounter in &encounters.rows {
        let Some(index) = places.at(&encounter.window, encounter.wall_us) else { continue };
        let id: Arc<str> = encounter_id(encounter.id).into();
        names.insert(encounter.id, Arc::clone(&id));
        let length = encounter.span.end.0.saturating_sub(encounter.span.start.0);
        let length_us = i64::try_from(length).unwrap_or(i64::MAX).saturating_mul(125) / 2;
        accounts[index].happened(&id, &encounter.window);
        accounts[index].facts.encounters.push(EncounterFact {
            id,
            kind: encounter.kind,
            start_us: encounter.wall_us,
            end_us: encounter.wall_us.saturating_add(length_us),
            served: encounter.served,
        });
    }
    let findings = rows.findings(period)?;
    let ids = findings.iter().map(|finding| finding.id);
    let cases = match ids.clone().min().zip(ids.max()) {
        Some((first, last)) => rows.cases_of(first..=last)?,
        None => BTreeMap::new(),
    };
    for finding in findings {
        // What a guard held back was never told anybody.
        if finding.state == FindingState::Held {
            continue;
        }
        let Some(index) = places.at(&finding.window, finding.wall_us) else { continue };
        let weight = weights.of(&finding)?;
        // One that began before the time has no name yet.
        let named = |id: u64| names.get(&id).cloned().unwrap_or_else(|| encounter_id(id).into());
        let encounter = encounters.of(&finding).map(named);
        let review = cases.get(&finding.id).map(|case| case.review()).unwrap_or_default();
        let id: Arc<str> = finding_id(finding.id).into();
        accounts[index].happened(&id, &finding.window);
        accounts[index].facts.findings.push(FindingFact {
            id,
            encounter,
            start_us: finding.wall_us,
            rule: finding.rule,
            provision: finding.provision,
            kind: finding.kind,
            severity: finding.severity,
            weight,
            state: finding.state,
            needs_review: finding.needs_review,
            review,
        });
    }
    for account in &mut accounts {
        if matches!(account.key.who, Who::Clerk(_)) && account.key.shift.is_some() {
            account.score = Some(score(&account.facts, parameters));
        }
    }
    Ok(accounts)
}

/// The encounter that a finding belongs to, as scores have it.
///
/// # Errors
/// [`JournalFault`].
pub fn encounter_of(rows: &Rows<'_>, finding: &FindingRow) -> Result<Option<u64>, JournalFault> {
    let period = Period { from_us: finding.wall_us, until_us: finding.wall_us.saturating_add(1) };
    Ok(Encounters::read(rows, period)?.of(finding))
}

impl Account {
    fn begun((key, sat): &(Key, Vec<Sat>)) -> Self {
        Self {
            key: key.clone(),
            sat: sat.clone(),
            facts: Facts::default(),
            windows: HashMap::new(),
            score: None,
        }
    }
}

/// Name of a finding in facts: `f` and the number of its first event.
pub fn finding_id(seq: u64) -> String {
    format!("f{seq}")
}

/// Name of an encounter in facts: `e` and the number of its event.
pub fn encounter_id(seq: u64) -> String {
    format!("e{seq}")
}

fn to_ms(us: i64) -> u64 {
    u64::try_from(us / 1_000).unwrap_or(0)
}

/// Weights of rules, each rulebook read once.
pub struct Weights<'a> {
    reader: &'a Reader,
    books: HashMap<i64, HashMap<String, u8>>,
}

impl<'a> Weights<'a> {
    pub fn new(reader: &'a Reader) -> Self {
        Self { reader, books: HashMap::new() }
    }

    /// As the rulebook had it that the finding was made by; of a rule that is not in it none.
    fn of(&mut self, finding: &FindingRow) -> Result<u8, AccountFault> {
        if !self.books.contains_key(&finding.rulebook) {
            let (_, text) = self.reader.rulebook(finding.rulebook)?;
            let book = text.read()?;
            let weights = book.rules().iter().map(|rule| (rule.id.clone(), rule.weight)).collect();
            self.books.insert(finding.rulebook, weights);
        }
        let weight = self.books.get(&finding.rulebook).and_then(|book| book.get(&*finding.rule));
        Ok(weight.copied().unwrap_or(0))
    }
}

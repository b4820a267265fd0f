//! Scores in the journal: which are to be stored, and whether those that are follow from the events before them.

use std::collections::{BTreeMap, HashMap};

use super::{Account, AccountFault, Key, Plan, Sat, Who, accounts};
use crate::ledger::Body;
use crate::ledger::event::{Kind, SatBody, ScoredBody};
use crate::ledger::journal::{Act, Period, Query, Reader};
use crate::units::WindowId;

/// What is still being journalled of a shift comes within this time of its end.
pub const SETTLED_US: i64 = 600_000_000;

/// Whether a stored score is what the events up to its `upto` give.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    /// Number of its event.
    pub seq: u64,
    pub stored: ScoredBody,
    pub agrees: bool,
}

/// The scores that are to be stored: of shifts that are over since a while at `now_us`, and whose last stored score is another.
///
/// # Errors
/// [`AccountFault`] where the journal cannot be read.
pub fn to_store(reader: &Reader, of: &[Account], upto: u64, now_us: i64) -> Result<Vec<Act>, AccountFault> {
    let mut last: HashMap<(String, String, String), ScoredBody> = HashMap::new();
    for (_, stored) in stored(reader)? {
        let key = (stored.clerk.id.clone(), stored.shift.clone(), stored.day.clone());
        last.insert(key, stored);
    }
    let mut acts = Vec::new();
    for account in of {
        let (Who::Clerk(clerk), Some(shift), Some(score)) =
            (&account.key.who, &account.key.shift, &account.score)
        else {
            continue;
        };
        let end_us = account.sat.iter().map(|sat| sat.period.until_us).max().unwrap_or(i64::MAX);
        if end_us.saturating_add(SETTLED_US) > now_us {
            continue;
        }
        let sat = account.sat.iter().map(|sat| SatBody {
            window: sat.window.to_string(),
            from_us: sat.period.from_us,
            until_us: sat.period.until_us,
        });
        let body = ScoredBody {
            clerk: clerk.clone(),
            shift: shift.clone(),
            day: account.key.day.to_string(),
            sat: sat.collect(),
            upto,
            score: score.clone(),
        };
        let known = last.get(&(body.clerk.id.clone(), body.shift.clone(), body.day.clone()));
        if known.is_none_or(|known| known.score != body.score || known.sat != body.sat) {
            acts.push(Act { window: None, session: None, rulebook: None, body: Body::Score(Box::new(body)) });
        }
    }
    Ok(acts)
}

/// Computes every stored score again, from the events alone, in time that grows with the journal.
///
/// # Errors
/// [`AccountFault`] where the journal cannot be read.
pub fn check(reader: &Reader) -> Result<Vec<Checked>, AccountFault> {
    let mut by_upto: BTreeMap<u64, Vec<(u64, ScoredBody)>> = BTreeMap::new();
    for (seq, stored) in stored(reader)? {
        by_upto.entry(stored.upto).or_default().push((seq, stored));
    }
    let mut checked = Vec::new();
    for (upto, scores) in by_upto {
        let then = reader.as_of(upto)?;
        for (seq, stored) in scores {
            let parameters = stored.score.parameters;
            let anew = accounts(reader, &then.rows(), &plan_of(&stored), &parameters)?;
            let agrees = anew.first().and_then(|account| account.score.as_ref()) == Some(&stored.score);
            checked.push(Checked { seq, stored, agrees });
        }
    }
    checked.sort_by_key(|checked| checked.seq);
    Ok(checked)
}

/// The scores that the journal holds, in order.
fn stored(reader: &Reader) -> Result<Vec<(u64, ScoredBody)>, AccountFault> {
    let query = Query { kinds: vec![Kind::Score], ..Query::default() };
    let mut all = Vec::new();
    for event in reader.events(&query) {
        let event = event?;
        if let Some(Body::Score(body)) = event.read().map_err(crate::ledger::JournalFault::from)? {
            all.push((event.seq, *body));
        }
    }
    Ok(all)
}

/// Whoever was scored, where they sat.
fn plan_of(stored: &ScoredBody) -> Plan {
    let sat = stored.sat.iter().map(|sat| Sat {
        window: WindowId::new(&sat.window),
        period: Period { from_us: sat.from_us, until_us: sat.until_us },
    });
    let day = stored.day.parse().unwrap_or(crate::units::Date::from_unix_days(0));
    let key = Key { day, shift: Some(stored.shift.clone()), who: Who::Clerk(stored.clerk.clone()) };
    Plan { entries: vec![(key, sat.collect())] }
}

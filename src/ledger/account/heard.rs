//! What of a time was heard: what was listened to, less what nobody heard of it.

use std::collections::{BTreeMap, HashMap};

use crate::ledger::JournalFault;
use crate::ledger::duty::Roster;
use crate::ledger::journal::{Period, Rows, TimeRow};
use crate::units::WindowId;

/// Times that were heard, of each window, apart and in order.
pub(super) struct Heard {
    of: HashMap<WindowId, Vec<Period>>,
}

impl Heard {
    pub fn read(rows: &Rows<'_>, period: Period) -> Result<Self, JournalFault> {
        let (listened, lost) = (by_window(rows.stretches(period)?), by_window(rows.unheard(period)?));
        let none = Vec::new();
        let heard = listened.into_iter().map(|(window, listened)| {
            let lost = lost.get(&window).unwrap_or(&none);
            let heard = without(&listened, lost);
            (window, heard)
        });
        Ok(Self { of: heard.collect() })
    }

    /// How much of a time was heard, in microseconds.
    pub fn within(&self, window: &WindowId, period: Period) -> i64 {
        let Some(heard) = self.of.get(window) else { return 0 };
        let first = heard.partition_point(|one| one.until_us <= period.from_us);
        let near = heard[first..].iter().take_while(|one| one.from_us < period.until_us);
        near.filter_map(|one| one.within(period)).map(Period::length_us).sum()
    }
}

const HOUR_US: i64 = 3_600_000_000;

/// What was heard of each window in a time, by the hour of the hall's day, in microseconds.
///
/// # Errors
/// [`JournalFault`].
pub fn heard_by_hour(
    rows: &Rows<'_>,
    roster: &Roster,
    period: Period,
) -> Result<BTreeMap<WindowId, [i64; 24]>, JournalFault> {
    let heard = Heard::read(rows, period)?;
    let mut by_hour = BTreeMap::new();
    for (window, stretches) in heard.of {
        let hours: &mut [i64; 24] = by_hour.entry(window).or_default();
        for stretch in stretches.into_iter().filter_map(|stretch| stretch.within(period)) {
            let mut from_us = stretch.from_us;
            while from_us < stretch.until_us {
                // Zones are whole quarters of an hour off, so an hour of the wall clock ends with one of these.
                let quarter = HOUR_US / 4;
                let until_us =
                    (from_us.div_euclid(quarter) + 1).saturating_mul(quarter).min(stretch.until_us);
                hours[usize::from(roster.hour(from_us)) % 24] += until_us - from_us;
                from_us = until_us;
            }
        }
    }
    Ok(by_hour)
}

/// The times of each window, joined where they overlap or touch, in order.
fn by_window(rows: Vec<TimeRow>) -> HashMap<WindowId, Vec<Period>> {
    let mut of: HashMap<WindowId, Vec<Period>> = HashMap::new();
    for row in rows {
        of.entry(row.window).or_default().push(row.period);
    }
    of.values_mut().for_each(join);
    of
}

fn join(periods: &mut Vec<Period>) {
    periods.sort_by_key(|period| period.from_us);
    periods.dedup_by(|next, last| {
        let joins = next.from_us <= last.until_us;
        if joins {
            last.until_us = last.until_us.max(next.until_us);
        }
        joins
    });
}

/// `all` without `lost`; both joined and in order.
fn without(all: &[Period], lost: &[Period]) -> Vec<Period> {
    let mut left = Vec::new();
    let mut first = 0;
    for one in all {
        let mut from_us = one.from_us;
        while lost.get(first).is_some_and(|gap| gap.until_us <= from_us) {
            first += 1;
        }
        for gap in lost[first..].iter().take_while(|gap| gap.from_us < one.until_us) {
            if from_us < gap.from_us {
                left.push(Period { from_us, until_us: gap.from_us });
            }
            from_us = from_us.max(gap.until_us);
        }
        if from_us < one.until_us {
            left.push(Period { from_us, until_us: one.until_us });
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn periods() -> impl Strategy<Value = Vec<Period>> {
        let one = (0..60_i64, 0..12_i64)
            .prop_map(|(from_us, length)| Period { from_us, until_us: from_us + length });
        proptest::collection::vec(one, 0..8)
    }

    proptest! {
        #[test]
        fn every_moment_is_heard_that_was_listened_to_and_not_lost(all in periods(), lost in periods(), asked in periods()) {
            let has = |periods: &[Period], at: i64| periods.iter().any(|one| (one.from_us..one.until_us).contains(&at));
            let (mut joined, mut gaps) = (all.clone(), lost.clone());
            join(&mut joined);
            join(&mut gaps);
            let window = WindowId::new("1");
            let heard = Heard { of: HashMap::from([(window.clone(), without(&joined, &gaps))]) };
            for period in asked {
                let expected = (period.from_us..period.until_us).filter(|at| has(&all, *at) && !has(&lost, *at)).count();
                prop_assert_eq!(heard.within(&window, period), expected as i64);
            }
        }
    }
}

//! Who sat where in a time, gathered by shift and clerk.

use std::collections::{BTreeMap, HashMap};

use super::{Key, Sat, Who};
use crate::ledger::JournalFault;
use crate::ledger::duty::{Duty, Roster, shift_of};
use crate::ledger::journal::{Period, Rows};
use crate::units::WindowId;

/// Sign-ins of so long before may matter.
const BEFORE_US: i64 = 3 * 86_400_000_000;

/// Every moment of every window in one entry, in the order of their keys.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    pub entries: Vec<(Key, Vec<Sat>)>,
}

/// Who sat at `windows` in a time.
///
/// # Errors
/// [`JournalFault`] where the sign-ins cannot be read.
pub fn plan(
    rows: &Rows<'_>,
    roster: &Roster,
    windows: &[WindowId],
    period: Period,
) -> Result<Plan, JournalFault> {
    let Period { from_us, until_us } = period;
    let known = Period { from_us: from_us.saturating_sub(BEFORE_US), until_us };
    let roster = roster.with_duty_events(&rows.duty(known)?).prepared(from_us, until_us);
    let mut entries: BTreeMap<Key, Vec<Sat>> = BTreeMap::new();
    for window in windows {
        for sitting in roster.sittings(window, from_us, until_us) {
            let shift = shift_of(&sitting.duty).map(str::to_owned);
            let who = match sitting.duty {
                Duty::Clerk(on_duty) => Who::Clerk(on_duty.clerk),
                Duty::Unassigned(why) => Who::Nobody { window: window.clone(), why },
            };
            let period = Period { from_us: sitting.from_us, until_us: sitting.until_us };
            let key = Key { day: sitting.day, shift, who };
            entries.entry(key).or_default().push(Sat { window: window.clone(), period });
        }
    }
    Ok(Plan { entries: entries.into_iter().collect() })
}

impl Plan {
    /// From the first moment to the last; `None` of no plan.
    pub fn period(&self) -> Option<Period> {
        let all = || self.entries.iter().flat_map(|(_, sat)| sat);
        let from_us = all().map(|sat| sat.period.from_us).min()?;
        Some(Period { from_us, until_us: all().map(|sat| sat.period.until_us).max()? })
    }

    /// The same for those alone whose key is wanted.
    pub fn of(mut self, wanted: impl Fn(&Key, &[Sat]) -> bool) -> Self {
        self.entries.retain(|(key, sat)| wanted(key, sat));
        self
    }

    /// The same in parts of so many days, in order.
    pub fn parts(self, days: usize) -> Vec<Self> {
        let mut parts: Vec<Self> = Vec::new();
        let (mut last, mut in_part) = (None, days);
        for (key, sat) in self.entries {
            if last != Some(key.day) {
                (last, in_part) = (Some(key.day), in_part + 1);
                if in_part > days {
                    parts.push(Self::default());
                    in_part = 1;
                }
            }
            // There is one from the first day on.
            parts
                .iter_mut()
                .last()
                .into_iter()
                .for_each(|part| part.entries.push((key.clone(), sat.clone())));
        }
        parts
    }

    /// Which entry a moment at a window belongs to.
    pub(super) fn places(&self) -> Places {
        let mut of: HashMap<WindowId, Vec<(Period, usize)>> = HashMap::new();
        for (index, (_, sat)) in self.entries.iter().enumerate() {
            for sat in sat {
                of.entry(sat.window.clone()).or_default().push((sat.period, index));
            }
        }
        of.values_mut().for_each(|periods| periods.sort_by_key(|(period, _)| period.from_us));
        Places { of }
    }
}

pub(super) struct Places {
    of: HashMap<WindowId, Vec<(Period, usize)>>,
}

impl Places {
    pub fn at(&self, window: &WindowId, wall_us: i64) -> Option<usize> {
        let periods = self.of.get(window)?;
        let next = periods.partition_point(|(period, _)| period.from_us <= wall_us);
        let (period, index) = periods[..next].last()?;
        (wall_us < period.until_us).then_some(*index)
    }
}

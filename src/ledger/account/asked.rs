//! What is asked for of a hall: days, and of them a shift, a clerk, a window.

use std::collections::BTreeSet;

use thiserror::Error;

use super::{Key, Plan, Who, plan};
use crate::ledger::JournalFault;
use crate::ledger::duty::Roster;
use crate::ledger::journal::{Period, Rows};
use crate::units::{Date, WindowId};

/// `None` leaves nothing out; of days it is today.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// The first day and the last.
    pub from: Option<Date>,
    pub to: Option<Date>,
    /// As the calendar names it.
    pub shift: Option<String>,
    /// Staff number.
    pub clerk: Option<String>,
    pub window: Option<String>,
    /// These windows alone, whatever else is asked for.
    pub among: Option<Vec<String>>,
}

/// Days of which nothing can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DaysFault {
    #[error("--from {from} is after --to {to}: write the earlier day first")]
    Backwards { from: Date, to: Date },
    #[error("{0} has not begun: nothing is known of it")]
    Unbegun(Date),
}

impl Asked {
    /// Whole days of the hall, no later than now.
    ///
    /// # Errors
    /// [`DaysFault`].
    pub fn period(&self, roster: &Roster, now_us: i64) -> Result<Period, DaysFault> {
        let today = roster.day(now_us);
        let (to, from) = (self.to.unwrap_or(today), self.from.unwrap_or(today.min(self.to.unwrap_or(today))));
        if from > to {
            return Err(DaysFault::Backwards { from, to });
        }
        let from_us = roster.midnight_us(from);
        if from_us >= now_us {
            return Err(DaysFault::Unbegun(from));
        }
        let until_us = roster.midnight_us(Date::from_unix_days(to.unix_days() + 1));
        Ok(Period { from_us, until_us: until_us.min(now_us) })
    }

    /// Everybody that is asked for, where they sat; of the windows `configured`, the calendar's and the journal's.
    ///
    /// # Errors
    /// [`JournalFault`].
    pub fn plan(
        &self,
        rows: &Rows<'_>,
        roster: &Roster,
        configured: impl IntoIterator<Item = WindowId>,
        period: Period,
    ) -> Result<Plan, JournalFault> {
        let windows = match &self.window {
            Some(id) => vec![WindowId::new(id)],
            None => {
                let mut windows: BTreeSet<WindowId> = configured.into_iter().collect();
                windows.extend(roster.windows().into_iter().cloned());
                windows.extend(rows.windows()?);
                windows.into_iter().collect()
            }
        };
        let windows: Vec<WindowId> = match &self.among {
            Some(among) => {
                windows.into_iter().filter(|id| among.iter().any(|one| one == id.as_str())).collect()
            }
            None => windows,
        };
        Ok(plan(rows, roster, &windows, period)?.of(|key, _| self.wants(key)))
    }

    fn wants(&self, key: &Key) -> bool {
        let shift = self.shift.as_deref().is_none_or(|shift| key.shift.as_deref() == Some(shift));
        let of_clerk = match (&self.clerk, &key.who) {
            (None, _) => true,
            (Some(id), Who::Clerk(person)) => person.id == *id,
            (Some(_), Who::Nobody { .. }) => false,
        };
        shift && of_clerk
    }
}

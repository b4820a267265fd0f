//! Which encounter a finding belongs to.

use std::collections::HashMap;

use crate::conduct::FindingKind;
use crate::ledger::JournalFault;
use crate::ledger::journal::{EncounterRow, FindingRow, Period, Rows};
use crate::units::{SAMPLE_RATE_HZ, SessionTime, WindowId};

/// What is missing at the end of an encounter is found missing so long after its last word, at most.
const MISSED_AFTER: u64 = 300 * SAMPLE_RATE_HZ as u64;

/// An encounter that was put aside for a call is so many encounters back, at most.
const ASIDE_MAX: usize = 8;

/// An encounter that began before a time may reach into it.
const BEFORE_US: i64 = 6 * 3_600_000_000;

/// Start, end and id.
type Visit = (SessionTime, SessionTime, u64);

pub(super) struct Encounters {
    /// In order of their start.
    pub rows: Vec<EncounterRow>,
    /// In the order of session time, of each run and window.
    of: HashMap<(u64, WindowId), Vec<Visit>>,
}

impl Encounters {
    pub fn read(rows: &Rows<'_>, period: Period) -> Result<Self, JournalFault> {
        let from_us = period.from_us.saturating_sub(BEFORE_US);
        let mut rows = rows.encounters(Period { from_us, ..period })?;
        let mut of: HashMap<_, Vec<_>> = HashMap::new();
        for row in &rows {
            let place = (row.run, row.window.clone());
            of.entry(place).or_default().push((row.span.start, row.span.end, row.id));
        }
        of.values_mut().for_each(|list| list.sort_unstable());
        rows.retain(|row| row.wall_us >= period.from_us);
        Ok(Self { rows, of })
    }

    /// The last one that had begun and was not over; what is missing belongs to the last one that was over just before.
    pub fn of(&self, finding: &FindingRow) -> Option<u64> {
        let list = self.of.get(&(finding.run, finding.window.clone()))?;
        let at = finding.span.start;
        let begun = list.partition_point(|(start, ..)| *start <= at);
        let near = list[..begun].iter().rev().take(ASIDE_MAX);
        let open = near.clone().find(|(_, end, _)| at <= *end);
        let over = || {
            let missing = finding.kind == FindingKind::Missing;
            near.clone()
                .filter(|_| missing)
                .max_by_key(|(_, end, _)| *end)
                .filter(|(_, end, _)| at.0 <= end.0 + MISSED_AFTER)
        };
        open.or_else(over).map(|(.., id)| *id)
    }
}

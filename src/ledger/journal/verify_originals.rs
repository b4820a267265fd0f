//! Whether the originals beside the events are those that the events name.

use std::collections::BTreeMap;

use super::original::named_in;
use super::reader::Row;

/// Looks at originals, event by event.
#[derive(Debug, Default)]
pub struct Originals {
    /// Of those whose event has not come yet: their names.
    kept: BTreeMap<u64, String>,
    /// Events that name one which is not there.
    missing: Vec<u64>,
    /// Stretches whose originals were deleted, with the event that says so.
    deleted: Vec<(u64, u64, u64)>,
}

impl Originals {
    pub fn of(names: Vec<(u64, String)>) -> Self {
        Self { kept: names.into_iter().collect(), ..Self::default() }
    }

    /// What is wrong with the original of the next event, if something is. Nothing can be said of one whose body is locked.
    pub fn take(&mut self, row: &Row) -> Option<&'static str> {
        let kept = self.kept.remove(&row.seq);
        if row.sealed.is_some() {
            return None;
        }
        match (kept, row.body.as_deref().and_then(named_in)) {
            (Some(kept), Some(named)) if kept == named => None,
            (Some(_), Some(_)) => {
                Some("what was masked in it, and is sealed beside it, is not what was written")
            }
            (Some(_), None) => Some("something is sealed beside it that it does not name"),
            (None, Some(_)) => {
                self.missing.push(row.seq);
                None
            }
            (None, None) => None,
        }
    }

    /// The event `by` says that the originals of these stretches were deleted.
    pub fn deleted(&mut self, seqs: &[(u64, u64)], by: u64) {
        self.deleted.extend(seqs.iter().map(|(from, to)| (*from, *to, by)));
    }

    /// What is wrong at the end, each with its event.
    pub fn rest(self) -> Vec<(u64, &'static str)> {
        let Self { kept, missing, deleted } = self;
        let said = |seq: u64| deleted.iter().any(|(from, to, by)| (*from..=*to).contains(&seq) && seq < *by);
        let gone = "what was masked in it is gone, and no event says that it was deleted";
        let missing = missing.into_iter().filter(|seq| !said(*seq)).map(|seq| (seq, gone));
        let stray = "something is sealed as what was masked in it, and there is no such event";
        missing.chain(kept.into_keys().map(|seq| (seq, stray))).collect()
    }
}

//! Storing the scores of shifts that are over, as the service does by itself and `sansheng score --store` by hand.

use std::collections::BTreeSet;
use std::path::Path;

use super::{AccountFault, Asked, accounts, stored::SETTLED_US, to_store};
use crate::ledger::duty::Roster;
use crate::ledger::journal::{Aside, JournalFault, Period, Reader};
use crate::ledger::score::Parameters;
use crate::units::{Date, WindowId};

const DAY_US: i64 = 86_400_000_000;
/// Shifts that ended so long ago are looked at again: reviews and sign-ins that came later change their scores.
const BACK_US: i64 = 3 * DAY_US;

/// Of which windows, and how scored.
#[derive(Clone, Copy, Debug)]
pub struct Keeping<'a> {
    pub roster: &'a Roster,
    pub windows: &'a [WindowId],
    pub parameters: &'a Parameters,
}

/// Stores the scores of the shifts of the last three days that are over, those that are not stored as they are now. Gives how many.
///
/// # Errors
/// [`AccountFault`] where the journal cannot be read or written.
pub fn keep_scores(folder: &Path, of: &Keeping<'_>, now_us: i64) -> Result<usize, AccountFault> {
    let reader = Reader::open(folder)?;
    let day = of.roster.day(now_us.saturating_sub(BACK_US));
    let period = Period { from_us: of.roster.midnight_us(day), until_us: now_us };
    let windows = of.windows.iter().cloned();
    let (all, upto) = reader.at_once(|rows| {
        let plan = Asked::default().plan(rows, of.roster, windows, period)?;
        // A shift that began before is cut off by the period: another score would be made of the rest of it.
        let plan = plan.of(|key, _| key.day > day);
        Ok::<_, AccountFault>((accounts(&reader, rows, &plan, of.parameters)?, rows.last_seq()?))
    })?;
    // Of what nobody heard there is no score, and before the hall had a journal there were shifts too.
    let heard: Vec<_> = all.into_iter().filter(|account| account.facts.heard_ms > 0).collect();
    let acts = to_store(&reader, &heard, upto, now_us)?;
    let count = acts.len();
    if count > 0 {
        Aside::open(folder)?.act(now_us, |_| Ok::<_, JournalFault>(acts))?;
    }
    Ok(count)
}

/// Whether a shift's scores became due after `last_us` and no later than `now_us`.
pub fn is_due(roster: &Roster, last_us: i64, now_us: i64) -> bool {
    // A shift begins on its day and may end on the next.
    let days = [now_us, now_us - DAY_US, now_us - 2 * DAY_US].map(|us| roster.day(us).unix_days());
    let days: BTreeSet<i64> = days.into_iter().collect();
    let mut slots = days.into_iter().flat_map(|day| roster.slots(Date::from_unix_days(day)));
    slots.any(|slot| {
        let due_us = roster.wall_span_us(&slot).1.saturating_add(SETTLED_US);
        last_us < due_us && due_us <= now_us
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toml_file::Source;

    #[test]
    fn scores_are_due_ten_minutes_after_the_end_of_a_shift_of_any_window() {
        let text = r#"
[[shift]]
id = "夜"
start = "22:00"
end = "06:00"
[[person]]
id = "0231"
name = "张三"
[[assign]]
window = "1"
shift = "夜"
clerk = "0231"
"#;
        let roster = Roster::parse(&Source::new("shifts.toml", text), Path::new("")).unwrap();
        // Six in the morning of 2026-11-23 in Shanghai.
        let six_us = 1_795_384_800_000_000;
        let due_us = six_us + SETTLED_US;
        for (last_us, now_us, due) in [
            (six_us, due_us - 1, false),
            (six_us, due_us, true),
            (due_us, due_us + 60_000_000, false),
            (due_us - 1, due_us + 3_600_000_000, true),
            (due_us, due_us + DAY_US, true),
        ] {
            assert_eq!(is_due(&roster, last_us, now_us), due, "{last_us} to {now_us}");
        }
        assert!(!is_due(&Roster::empty(), i64::MIN, six_us + DAY_US));
    }
}

//! Who is charged with a finding: whoever the calendar and the sign-ins have at its window then.

use super::Charged;
use crate::ledger::JournalFault;
use crate::ledger::duty::{Duty, Roster};
use crate::ledger::journal::{Period, Rows};
use crate::units::WindowId;

/// Sign-ins of so long before may matter.
const BEFORE_US: i64 = 3 * 86_400_000_000;

/// # Errors
/// [`JournalFault`] where the sign-ins cannot be read.
pub fn charged(
    rows: &Rows<'_>,
    roster: Option<&Roster>,
    window: &WindowId,
    wall_us: i64,
) -> Result<Charged, JournalFault> {
    let Some(roster) = roster else { return Ok(Charged::Unknown) };
    let period = Period { from_us: wall_us.saturating_sub(BEFORE_US), until_us: wall_us.saturating_add(1) };
    Ok(match roster.with_duty_events(&rows.duty(period)?).on_duty(window, wall_us) {
        Duty::Clerk(on_duty) => Charged::Clerk(on_duty.clerk.id),
        Duty::Unassigned(vacancy) => Charged::Nobody(vacancy.to_string()),
    })
}

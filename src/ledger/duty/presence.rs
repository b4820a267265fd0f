//! Who sits at a window, from the plan and from who signed in and out.
//!
//! A sign-in holds to the end of the slot it falls into, or that begins within the hour after it; outside of all slots
//! until the next one begins, for twelve hours at most. It ends before that with a sign-out, with the next
//! sign-in at the window, or where the clerk signs in elsewhere. A sign-out leaves the window empty to the
//! end of the slot. Where somebody stood in for a colleague and nobody signed out, the next clerk of the plan is not charged
//! with what may be the other's words: that is in dispute for as many hours.

use super::plan::Planned;
use super::zone::CivilMinute;
use super::{Duty, DutyEvent, DutyKind, KnownBy, OnDuty, Roster, Vacancy};
use crate::units::WindowId;

/// Whoever signs in so many minutes before a slot signs in for it.
const EARLY_MIN: i64 = 60;

/// A sign-in says nothing after so many minutes.
pub(super) const HOLDS_MAX_MIN: i64 = 12 * 60;

/// Two days: a sign-out may lie a shift of a day behind, and the sign-in before it as long again.
const REMEMBERED_US: i64 = 2 * 24 * 3_600 * 1_000_000;

pub(super) fn on_duty(roster: &Roster, window: &WindowId, wall_us: i64) -> Duty {
    let now = roster.zone.civil(wall_us);
    let past = roster.events.partition_point(|event| event.wall_us <= wall_us);
    let first = roster.events.partition_point(|event| event.wall_us < wall_us.saturating_sub(REMEMBERED_US));
    let past = &roster.events[first..past];
    let duty = at_window(roster, window, now, past);
    let Duty::Clerk(OnDuty { clerk, known_by, .. }) = &duty else { return duty };
    // Nobody sits in two places.
    let last_in = past_sign_in(past, &clerk.id).map(|at| &past[at].window);
    match signed_in_at(roster, &clerk.id, now, past) {
        Some(other) if other != window => {
            Duty::Unassigned(Vacancy::Elsewhere { clerk: clerk.clone(), window: other.clone() })
        }
        None if *known_by == KnownBy::SignIn && last_in != Some(window) => by_plan(roster, window, now),
        _ => duty,
    }
}

/// Index of a clerk's last sign-in.
fn past_sign_in(past: &[DutyEvent], clerk: &str) -> Option<usize> {
    past.iter().rposition(|event| event.clerk == clerk && event.kind == DutyKind::SignIn)
}

/// The window that a clerk's last sign-in still holds for.
fn signed_in_at<'r>(
    roster: &'r Roster,
    clerk: &str,
    now: CivilMinute,
    past: &'r [DutyEvent],
) -> Option<&'r WindowId> {
    let at = past_sign_in(past, clerk)?;
    let DutyEvent { window, wall_us, .. } = &past[at];
    let ended = past[at + 1..]
        .iter()
        .any(|event| event.window == *window && (event.clerk == clerk || event.kind == DutyKind::SignIn));
    (!ended && now < held_until(roster, window, roster.zone.civil(*wall_us))).then_some(window)
}

/// The last that is known of a window: who came, or who left it empty.
#[derive(Clone, Copy)]
enum Last<'e> {
    Came(&'e DutyEvent, CivilMinute),
    Left(&'e DutyEvent, CivilMinute),
}

/// From what happened at the window alone.
fn at_window(roster: &Roster, window: &WindowId, now: CivilMinute, past: &[DutyEvent]) -> Duty {
    let mut last = None;
    for event in past.iter().filter(|event| event.window == *window) {
        let at = roster.zone.civil(event.wall_us);
        match event.kind {
            DutyKind::SignIn => last = Some(Last::Came(event, at)),
            DutyKind::SignOut if sat_there(roster, window, at, &event.clerk, last) => {
                last = Some(Last::Left(event, at))
            }
            // Whoever did not sit there leaves nothing empty.
            DutyKind::SignOut => {}
        }
    }
    match last {
        Some(Last::Came(event, at)) if now.0 - at.0 <= HOLDS_MAX_MIN => {
            signed_in(roster, window, now, at, &event.clerk)
        }
        Some(Last::Left(event, at))
            if own_slot(roster, window, at).is_some_and(|slot| slot.start <= at && now < slot.end) =>
        {
            Duty::Unassigned(Vacancy::SignedOut { clerk: roster.person(&event.clerk) })
        }
        _ => by_plan(roster, window, now),
    }
}

fn signed_in(roster: &Roster, window: &WindowId, now: CivilMinute, at: CivilMinute, clerk: &str) -> Duty {
    let signed_in = roster.person(clerk);
    if now < held_until(roster, window, at) {
        let shift = roster.planned_at(window, now).map(|planned| roster.slot(&planned).shift);
        return Duty::Clerk(OnDuty { clerk: signed_in, shift, known_by: KnownBy::SignIn });
    }
    let stood_in = own_slot(roster, window, at).is_some_and(|slot| clerk_of(roster, &slot) != Some(clerk));
    match by_plan(roster, window, now) {
        Duty::Clerk(OnDuty { clerk: planned, .. }) if stood_in && planned.id != clerk => {
            Duty::Unassigned(Vacancy::Disputed { signed_in, planned })
        }
        duty => duty,
    }
}

fn by_plan(roster: &Roster, window: &WindowId, now: CivilMinute) -> Duty {
    let Some(planned) = roster.planned_at(window, now) else { return Duty::Unassigned(Vacancy::NotPlanned) };
    let slot = roster.slot(&planned);
    match slot.clerk {
        Some(clerk) => Duty::Clerk(OnDuty { clerk, shift: Some(slot.shift), known_by: KnownBy::Plan }),
        None => Duty::Unassigned(Vacancy::Nobody { shift: slot.shift }),
    }
}

/// Whether a clerk sat there before signing out: by the last sign-in at the window, else by the plan.
fn sat_there(
    roster: &Roster,
    window: &WindowId,
    at: CivilMinute,
    clerk: &str,
    last: Option<Last<'_>>,
) -> bool {
    match last {
        Some(Last::Came(event, came)) if at < held_until(roster, window, came) => event.clerk == clerk,
        _ => roster.planned_at(window, at).is_some_and(|slot| clerk_of(roster, &slot) == Some(clerk)),
    }
}

/// Until when a sign-in holds.
fn held_until(roster: &Roster, window: &WindowId, at: CivilMinute) -> CivilMinute {
    let latest = CivilMinute(at.0 + HOLDS_MAX_MIN);
    let next = || roster.around(window, at).into_iter().map(|slot| slot.start).find(|start| *start > at);
    own_slot(roster, window, at).map(|slot| slot.end).or_else(next).unwrap_or(latest).min(latest)
}

/// The slot that an event belongs to.
fn own_slot(roster: &Roster, window: &WindowId, at: CivilMinute) -> Option<Planned> {
    let soon = || {
        let slots = roster.around(window, at).into_iter();
        slots.filter(|slot| slot.start > at).find(|slot| slot.start.0 - at.0 <= EARLY_MIN)
    };
    roster.planned_at(window, at).or_else(soon)
}

fn clerk_of<'r>(roster: &'r Roster, planned: &Planned) -> Option<&'r str> {
    roster.assignments[planned.assignment].clerk.as_deref()
}

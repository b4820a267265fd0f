//! From a window's session time to wall time and back.

use crate::ledger::Body;
use crate::ledger::event::Event;

/// When a stretch of session time of a window was, by the clock that an event was told by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WallClock {
    session: u64,
    wall_us: i64,
}

impl WallClock {
    /// Of a moment whose wall time is known.
    pub fn of(session: u64, wall_us: i64) -> Self {
        Self { session, wall_us }
    }

    /// Of a `clock` event.
    pub fn of_event(event: &Event) -> Option<Self> {
        match event.read().ok().flatten() {
            Some(Body::Clock(clock)) => Some(Self::of(event.session?.start.0, clock.wall_us)),
            _ => None,
        }
    }

    pub fn wall_us(&self, session: u64) -> i64 {
        let samples = i128::from(session) - i128::from(self.session);
        let us = samples * 125 / 2;
        self.wall_us.saturating_add(i64::try_from(us).unwrap_or(i64::MAX))
    }

    /// The sample that was then; the first of the session for what was before it.
    pub fn session(&self, wall_us: i64) -> u64 {
        let samples = (i128::from(wall_us) - i128::from(self.wall_us)) * 2 / 125;
        u64::try_from(i128::from(self.session) + samples).unwrap_or(0)
    }
}

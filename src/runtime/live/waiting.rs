//! What waits for the journal. In: what the judge tells; it never waits. Out: the same, in order, to the `ledger` thread.
//! Bounded by weight: where the journal cannot be written for long, what is for the eye goes first, then what was said,
//! and alerts and findings last.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::event::HallEvent;
use super::record::Weight;
use crate::clock::unix_micros;

/// Most that wait of each weight: of records some 60 MB, more than a day of a busy hall.
const ROOM: [usize; Weight::ALL.len()] = [4_096, 16_384, 20_000];

/// An event, and when it became known.
pub(super) struct Known {
    pub event: HallEvent,
    pub weight: Weight,
    pub wall_us: i64,
}

#[derive(Default)]
pub(super) struct Waiting {
    inner: Mutex<Inner>,
    more: Condvar,
}

#[derive(Default)]
struct Inner {
    events: VecDeque<Known>,
    counts: [usize; Weight::ALL.len()],
    dropped: [u64; Weight::ALL.len()],
    closed: bool,
}

/// What was taken out at once.
#[derive(Default)]
pub(super) struct Batch {
    pub events: Vec<Known>,
    /// Events of each weight for which there was no room since the last batch.
    pub dropped: [u64; Weight::ALL.len()],
    /// No more will come.
    pub over: bool,
}

impl Waiting {
    /// Never waits for the journal.
    pub fn push(&self, event: HallEvent) {
        let (weight, wall_us) = (Weight::of(&event), unix_micros());
        let mut inner = self.lock();
        let place = weight as usize;
        if inner.counts[place] >= ROOM[place] {
            inner.dropped[place] += 1;
            return;
        }
        inner.counts[place] += 1;
        inner.events.push_back(Known { event, weight, wall_us });
        drop(inner);
        self.more.notify_one();
    }

    /// No more will come.
    pub fn close(&self) {
        self.lock().closed = true;
        self.more.notify_one();
    }

    /// All that waits; where nothing does, after `patience` at most.
    pub fn take(&self, patience: Duration) -> Batch {
        let idle = |inner: &mut Inner| inner.events.is_empty() && !inner.closed;
        let waited = self.more.wait_timeout_while(self.lock(), patience, idle);
        let mut inner = waited.unwrap_or_else(PoisonError::into_inner).0;
        inner.counts = Default::default();
        Batch {
            events: std::mem::take(&mut inner.events).into(),
            dropped: std::mem::take(&mut inner.dropped),
            over: inner.closed,
        }
    }

    /// What is for the eye alone, ahead of what waits; and whether no more will come.
    pub fn take_light(&self, patience: Duration) -> (Vec<HallEvent>, bool) {
        let closed = |inner: &mut Inner| !inner.closed;
        let waited = self.more.wait_timeout_while(self.lock(), patience, closed);
        let mut inner = waited.unwrap_or_else(PoisonError::into_inner).0;
        let (light, heavy): (Vec<Known>, Vec<Known>) =
            inner.events.drain(..).partition(|known| known.weight == Weight::Light);
        inner.events = heavy.into();
        inner.counts[Weight::Light as usize] = 0;
        (light.into_iter().map(|known| known.event).collect(), inner.closed)
    }

    /// Events that wait for the journal.
    pub fn len(&self) -> usize {
        let inner = self.lock();
        inner.events.len() - inner.counts[Weight::Light as usize]
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::SessionTime;

    fn progress() -> HallEvent {
        HallEvent::Progress { window: 0, until: SessionTime(0) }
    }

    fn ended() -> HallEvent {
        HallEvent::Ended { window: 0, account: Default::default() }
    }

    #[test]
    fn what_is_for_the_eye_never_takes_the_room_of_the_record() {
        let waiting = Waiting::default();
        (0..10_000).for_each(|_| waiting.push(progress()));
        (0..25_000).for_each(|_| waiting.push(ended()));
        assert_eq!(waiting.len(), 20_000);
        let (light, over) = waiting.take_light(Duration::ZERO);
        assert_eq!((light.len(), over), (4_096, false));
        waiting.close();
        let batch = waiting.take(Duration::from_secs(60));
        assert_eq!(batch.events.len(), 20_000);
        assert_eq!(batch.dropped, [5_904, 0, 5_000]);
        assert!(batch.over);
        waiting.push(ended());
        assert_eq!(waiting.take(Duration::ZERO).events.len(), 1, "there is room again");
    }
}

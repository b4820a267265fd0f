//! Live: what happens, for whoever watches. In: the journal as it grows, the picture of the hall. Out: pieces of event streams,
//! made once for all who see the same. Thread: the server's, which hands reading to one thread of its own; a task follows the
//! journal while anybody watches.
//!
//! A piece that stands in the journal has its number. Whoever comes back with the last number they had is given what they
//! missed from the journal, up to the number that was told when they joined, and what is told from then on: nothing twice.

mod alerts;
mod frames;
mod tail;
mod today;
mod wall;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use tokio::sync::{Notify, broadcast};

use super::caller::Caller;
use super::hub::Hub;
use super::problem::Problem;
use crate::access::{Action, Role, Scope, Whose};

pub(super) use tail::{Backlog, backlog};
pub(super) use wall::{Wall, wall_of};

/// Pieces that wait for a slow client; one who is further behind is cut, and resumes.
const WAITING_MAX: usize = 512;

/// What somebody sees: everybody with the same lens is sent the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Lens {
    /// `None`: every window.
    windows: Option<Vec<String>>,
    /// Staff number of whoever sees what is charged to them alone.
    only: Option<String>,
    /// Neither words nor reasons for those who have no business with them.
    words: bool,
    wall: bool,
}

impl Lens {
    /// # Errors
    /// 403 where a caller may not watch.
    pub fn of(caller: &Caller) -> Result<Self, Problem> {
        caller.may(Action::Stream)?;
        let only = match caller.scope.whose() {
            Whose::Everybody => None,
            Whose::Only(staff) => Some(staff.clone()),
            Whose::Nobody => Some(String::new()),
        };
        let is_program = caller.role == Role::Integration;
        Ok(Self {
            windows: caller.scope.windows().map(<[String]>::to_vec),
            // A program's token names windows, and nobody.
            only: only.filter(|_| !is_program),
            words: !is_program,
            wall: is_program || caller.role.may(Action::Wall),
        })
    }

    fn scope(&self) -> Scope {
        let whose = self.only.clone().map_or(Whose::Everybody, |staff| match staff.is_empty() {
            true => Whose::Nobody,
            false => Whose::Only(staff),
        });
        Scope::new(self.windows.clone(), whose)
    }
}

/// Of an event stream, with its number where it stands in the journal.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub seq: Option<u64>,
    pub text: Bytes,
}

/// The shared state of all who watch.
#[derive(Debug, Default)]
pub(super) struct Live {
    bell: Arc<Notify>,
    begun: AtomicBool,
    table: Mutex<Table>,
    pub(super) today: today::Kept,
}

#[derive(Debug, Default)]
struct Table {
    /// Number of the last event that was told; `None` while nobody watches.
    told: Option<u64>,
    lenses: HashMap<Lens, broadcast::Sender<Piece>>,
}

impl Live {
    /// The journal has gone on, or may have.
    pub fn wake(&self) {
        self.bell.notify_one();
    }

    /// Joins those who see by a lens. The number is that of the last event that was told before.
    pub async fn join(hub: &Arc<Hub>, lens: Lens) -> Result<(broadcast::Receiver<Piece>, u64), Problem> {
        tail::begin(hub);
        let last = tail::last_seq(hub).await?;
        let mut table = hub.live.table();
        let told = *table.told.get_or_insert(last);
        let sender = table.lenses.entry(lens).or_insert_with(|| broadcast::Sender::new(WAITING_MAX));
        Ok((sender.subscribe(), told))
    }

    /// What today comes to, as it was worked out last, and whether that is old.
    fn days(hub: &Hub) -> (Arc<today::Days>, bool) {
        hub.live.today.known()
    }

    /// The hall as it is now, as the first event of a stream; nothing for those who do not see the wall.
    pub fn first(hub: &Hub, lens: &Lens) -> Option<Bytes> {
        wall::whole(hub, lens).map(Bytes::from)
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// True once.
    fn begins(&self) -> bool {
        !self.begun.swap(true, Ordering::AcqRel)
    }
}

impl Table {
    /// Leaves out lenses that nobody looks through any more; true where somebody looks.
    fn tidy(&mut self) -> bool {
        self.lenses.retain(|_, sender| sender.receiver_count() > 0);
        if self.lenses.is_empty() {
            self.told = None;
        }
        !self.lenses.is_empty()
    }
}

//! Where the windows' microphones come in, and what they have to show. Thread: the server's, and whoever changes a
//! token.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use crate::capture::push::{PushPort, Reception, Token};
use crate::units::WindowId;

/// The doors of all windows that take a network microphone. Clones share them.
#[derive(Clone)]
pub struct Doors {
    doors: Arc<BTreeMap<String, Arc<Door>>>,
    now: Arc<dyn Fn() -> Duration + Send + Sync>,
}

/// Where one window's microphone comes in.
pub(super) struct Door {
    reception: Mutex<Reception>,
    /// Rung when a link is claimed: the one before it ends.
    pub claimed: Notify,
    /// Rung when the token is another one: the link that showed the old one ends.
    pub locked: Notify,
}

impl Door {
    pub fn reception(&self) -> MutexGuard<'_, Reception> {
        self.reception.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Doors {
    pub(super) fn new(ports: Vec<PushPort>, now: Arc<dyn Fn() -> Duration + Send + Sync>) -> Self {
        let door = |port| Door {
            reception: Mutex::new(Reception::new(port)),
            claimed: Notify::new(),
            locked: Notify::new(),
        };
        let doors = ports.into_iter().map(|port| (port.window.to_string(), Arc::new(door(port)))).collect();
        Self { doors: Arc::new(doors), now }
    }

    /// Admits who shows `token` to `window` from now on, and nobody else: who came in with another has to come again.
    pub fn change_token(&self, window: &WindowId, token: &Token) {
        if let Some(door) = self.get(window.as_str()) {
            door.reception().change_token(token.clone(), (self.now)());
            door.locked.notify_waiters();
        }
    }

    pub(super) fn get(&self, window: &str) -> Option<&Arc<Door>> {
        self.doors.get(window)
    }

    pub(super) fn tick(&self) {
        for door in self.doors.values() {
            door.reception().tick((self.now)());
        }
    }
}

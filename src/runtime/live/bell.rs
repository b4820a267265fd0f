//! Bell: says that the journal has gone on. Rung by the `ledger` thread after each commit; whoever listens is called there, and
//! must not wait.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// What is called.
pub type Listener = Arc<dyn Fn() + Send + Sync>;

#[derive(Default)]
pub(super) struct Bell {
    listeners: Mutex<Vec<Listener>>,
}

impl Bell {
    pub fn listen(&self, listener: Listener) {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner).push(listener);
    }

    pub fn ring(&self) {
        let listeners = self.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        listeners.iter().for_each(|listener| listener());
    }
}

impl fmt::Debug for Bell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bell").finish_non_exhaustive()
    }
}

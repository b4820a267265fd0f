//! The guard of the hall's threads: one that breaks down ends the run, since who goes on without it seems to hear and
//! does not. Thread: any.

use std::any::Any;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex, PoisonError};

use thiserror::Error;

use super::Stop;

/// A thread of the hall broke down, and the run with it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "the thread {thread} broke down ({cause}), a fault of this program: start it again, and report the log"
)]
pub struct BrokenThread {
    pub thread: String,
    pub cause: String,
}

/// Watches over threads. Clones share what happened.
#[derive(Clone, Debug)]
pub(super) struct Guard {
    stop: Stop,
    first: Arc<Mutex<Option<BrokenThread>>>,
}

impl Guard {
    /// A guard that asks for `stop` when a thread breaks down.
    pub fn new(stop: &Stop) -> Self {
        Self { stop: stop.clone(), first: Arc::default() }
    }

    /// The same work, guarded. What it panics with has been told on standard error by then.
    pub fn over<'a>(&self, thread: &str, work: impl FnOnce() + Send + 'a) -> impl FnOnce() + Send + 'a {
        let (guard, thread) = (self.clone(), thread.to_owned());
        move || {
            // What the work held is dropped with it: nobody sees it half done.
            if let Err(panic) = panic::catch_unwind(AssertUnwindSafe(work)) {
                let broken = BrokenThread { thread, cause: cause(panic.as_ref()) };
                guard.first.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(broken);
                guard.stop.ask();
            }
        }
    }

    /// The first that broke down.
    pub fn result(self) -> Result<(), BrokenThread> {
        let first = self.first.lock().unwrap_or_else(PoisonError::into_inner).take();
        first.map_or(Ok(()), Err)
    }
}

fn cause(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no reason given".to_owned())
}

//! Threads. Everything that runs at the same time is started here, and nowhere else but in the HTTP server.
//!
//! [`replay`] hears recordings as fast as it can; [`live`] hears the windows of a hall as they speak. Both run the
//! stages of `pipeline`, so that they find the same; [`rejudge`] runs the last of them over a journal; [`scores`] stores what
//! shifts came to; [`report`] adds up what a journal has of a long time.

mod channels;
pub mod devices;
pub mod live;
pub mod rejudge;
mod replay;
pub mod report;
pub mod scores;
pub mod watchdog;

use std::thread;

pub use replay::{Account, Event, Recorded, replay};

fn spawn<'scope, T: Send + 'scope>(
    scope: &'scope thread::Scope<'scope, '_>,
    name: String,
    work: impl FnOnce() -> T + Send + 'scope,
) -> thread::ScopedJoinHandle<'scope, T> {
    let started = thread::Builder::new().name(name).spawn_scoped(scope, work);
    started.unwrap_or_else(|refused| panic!("the system refuses another thread: {refused}"))
}

/// Lets everything else go first: the calling thread, and those that it starts, get what is left.
pub fn go_last() {
    // On Linux that is of the calling thread alone; elsewhere it would be of the whole program.
    #[cfg(target_os = "linux")]
    if let Err(fault) = rustix::process::nice(19) {
        tracing::warn!("a thread runs at the priority of hearing: {fault}");
    }
}

//! HTTP. In: a bound listener, what to show, where network microphones go. Out: answers; audio in rings.
//! Thread: one, `web`, with an async runtime of its own that nothing else of the program runs on.
//!
//! Whoever connects may be slow, broken or hostile. Connections are counted, have a deadline unless a microphone
//! speaks on them, and headers, messages and waits are bounded; see the constants here and in `microphone`.

mod api;
mod assets;
mod caller;
mod doors;
mod guests;
mod hub;
mod input;
mod jobs;
mod link;
mod live;
mod microphone;
mod problem;
mod record;
mod recordings;
mod routes;
mod security;
mod serve;
mod shelf;
mod webhooks;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use thiserror::Error;
use tokio::sync::watch;

use crate::capture::push::PushPort;
use crate::runtime::watchdog::Heart;
use crate::status::HallStatus;
use recordings::Recordings;

pub use api::described;
pub use caller::Caller;
pub use doors::Doors;
pub use hub::{Dashboard, Hub, Settings};
pub use input::{Asked, Input, Named};
pub use problem::{Problem, ProblemBody};
pub use recordings::Uploads;
pub use security::is_this_machine;

/// What a server shows and takes. The functions run on the server's thread and must not wait.
#[derive(Clone)]
pub struct Site {
    /// Metrics in the OpenMetrics text format.
    pub metrics: Arc<dyn Fn() -> String + Send + Sync>,
    /// The hall as it is now.
    pub status: Arc<dyn Fn() -> HallStatus + Send + Sync>,
    /// The run time.
    pub now: Arc<dyn Fn() -> Duration + Send + Sync>,
    /// Names of the threads that stand still; while there are any, the service is not healthy.
    pub still: Arc<dyn Fn() -> Vec<String> + Send + Sync>,
    /// What else is wrong with the service, in a sentence: its journal cannot be written.
    pub trouble: Arc<dyn Fn() -> Option<String> + Send + Sync>,
    /// The sign of life of the server's own thread.
    pub heart: Arc<Heart>,
    /// Windows with a network microphone, each named once.
    pub ports: Vec<PushPort>,
}

/// A running server. Dropping it stops it.
pub struct Server {
    address: SocketAddr,
    doors: Doors,
    stop: watch::Sender<bool>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Server {
    /// Serves metrics, status and microphones on `listener` until it is stopped.
    ///
    /// # Errors
    /// When the listener cannot be used, or the system refuses a runtime or a thread.
    pub fn start(listener: TcpListener, site: Site) -> Result<Self, WebError> {
        Self::of(listener, site, None)
    }

    /// The same with the dashboard and its API.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn with_dashboard(listener: TcpListener, site: Site, dashboard: Dashboard) -> Result<Self, WebError> {
        Self::of(listener, site, Some(dashboard))
    }

    fn of(listener: TcpListener, mut site: Site, dashboard: Option<Dashboard>) -> Result<Self, WebError> {
        let address = listener.local_addr().map_err(WebError::Listener)?;
        listener.set_nonblocking(true).map_err(WebError::Listener)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(hub::THREADS_MAX)
            .thread_name("web-files")
            .build()
            .map_err(WebError::Start)?;
        let (stop, stopped) = watch::channel(false);
        let listener = {
            let _inside = runtime.enter();
            tokio::net::TcpListener::from_std(listener).map_err(WebError::Listener)?
        };
        let doors = Doors::new(std::mem::take(&mut site.ports), Arc::clone(&site.now));
        let open = doors.clone();
        let serve = move || {
            let pages = dashboard.map(|dashboard| Arc::new(Hub::new(site.clone(), dashboard)));
            let handed = pages.as_ref().map(|hub| hub.recordings.clone());
            runtime.block_on(serve::serve(listener, (site, open), pages, stopped));
            handed.inspect(Recordings::close);
            // Who has not gone by now is cut off.
            runtime.shutdown_background();
        };
        let thread = thread::Builder::new().name("web".to_owned()).spawn(serve).map_err(WebError::Start)?;
        Ok(Self { address, doors, stop, thread: Some(thread) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where network microphones come in.
    pub fn doors(&self) -> Doors {
        self.doors.clone()
    }

    /// Takes no more connections, says good-bye on those there are, and ends within two seconds.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The thread may have ended already.
        let _ = self.stop.send(true);
        if let Some(Err(panic)) = self.thread.take().map(thread::JoinHandle::join)
            && !thread::panicking()
        {
            std::panic::resume_unwind(panic);
        }
    }
}

/// Why there is no server.
#[derive(Debug, Error)]
pub enum WebError {
    #[error("the listening socket cannot be used: {0}: bind it to another address")]
    Listener(io::Error),
    #[error("the web server cannot start: {0}: free memory or processes")]
    Start(io::Error),
}

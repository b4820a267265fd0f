//! Webhooks: alerts, sent to where the hall wants them. In: the journal. Out: requests over HTTPS, signed, tried again until they
//! are taken. Thread: `webhooks`, one, while there are any. Allocates: per alert.
//!
//! The journal is the queue: what is kept is how far each webhook is, so that nothing is lost over a restart and nothing grows while
//! a receiver is away. An alert may come twice, with the same `Idempotency-Key`; it never comes before it is in the journal.

mod courier;
mod file;
mod message;
mod post;
mod sign;

use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crate::conduct::CompiledBook;
use crate::config::Config;
use crate::ledger::duty::Roster;
use crate::ledger::report::paper::day_and_minute;
use crate::ledger::{Body, JournalFault, Kind, Query, Reader};

use courier::{Courier, Parcel};
use file::{Hook, Kept};
use message::{Told, body};
use post::post;

pub(super) use courier::Delivery;
pub(super) use file::{NewHook, Template};

/// How often the journal is looked at: an alert is on its way within this time.
const LOOK: Duration = Duration::from_secs(1);
/// Alerts of a webhook that are taken out of the journal at once.
const TAKEN: usize = 50;
/// Webhooks of a hall.
const HOOKS_MAX: usize = 16;

/// What they need of the hall.
#[derive(Clone)]
pub(super) struct Source {
    pub config: Config,
    /// Folder of the journal.
    pub folder: PathBuf,
    pub book: Arc<dyn Fn() -> Arc<CompiledBook> + Send + Sync>,
    pub now_us: Arc<dyn Fn() -> i64 + Send + Sync>,
}

impl Source {
    fn reader(&self) -> Result<Reader, JournalFault> {
        Reader::open_with(&self.folder, self.config.key.as_ref())
    }
}

/// A webhook as it is listed: its secret is shown once, when it is made.
#[derive(Clone, Debug)]
pub(super) struct Listed {
    pub id: u64,
    pub what: NewHook,
    pub created_us: i64,
}

/// Why a webhook cannot be made.
#[derive(Debug)]
pub(super) enum HookFault {
    TooMany,
    Journal(JournalFault),
    File(io::Error),
}

/// The webhooks of a hall. Dropping it ends the thread with the request at hand.
#[derive(Clone)]
pub(super) struct Webhooks(Arc<Shared>);

struct Shared {
    source: Source,
    state: Mutex<State>,
}

struct State {
    kept: Kept,
    courier: Courier,
    /// Held while the thread runs; dropping it ends the thread.
    thread: Option<Sender<()>>,
}

impl Webhooks {
    /// Takes up what is kept. A file that cannot be read is left as it is, and nothing is sent.
    pub fn open(source: Source) -> Result<Self, io::Error> {
        let kept = Kept::read(&source.folder)?;
        let state = State { kept, courier: Courier::default(), thread: None };
        let webhooks = Self(Arc::new(Shared { source, state: Mutex::new(state) }));
        webhooks.start();
        Ok(webhooks)
    }

    pub fn list(&self) -> Vec<Listed> {
        let listed =
            |hook: &Hook| Listed { id: hook.id, what: hook.what.clone(), created_us: hook.created_us };
        self.0.state().kept.hooks.iter().map(listed).collect()
    }

    /// Sends alerts from now on.
    pub fn add(&self, what: NewHook) -> Result<Listed, HookFault> {
        let now_us = (self.0.source.now_us)();
        let reader = self.0.source.reader().map_err(HookFault::Journal)?;
        let after = reader.rows().last_seq().map_err(HookFault::Journal)?;
        let mut state = self.0.state();
        if state.kept.hooks.len() >= HOOKS_MAX {
            return Err(HookFault::TooMany);
        }
        let mut kept = state.kept.clone();
        kept.last += 1;
        let id = kept.last;
        kept.hooks.push(Hook { id, what: what.clone(), created_us: now_us, after });
        kept.write(&self.0.source.folder).map_err(HookFault::File)?;
        state.kept = kept;
        drop(state);
        self.start();
        Ok(Listed { id, what, created_us: now_us })
    }

    /// False where there is none of this number.
    pub fn remove(&self, id: u64) -> io::Result<bool> {
        let mut state = self.0.state();
        let mut kept = state.kept.clone();
        kept.hooks.retain(|hook| hook.id != id);
        if kept.hooks.len() == state.kept.hooks.len() {
            return Ok(false);
        }
        kept.write(&self.0.source.folder)?;
        if kept.hooks.is_empty() {
            state.thread = None;
        }
        state.courier.keep(&kept.hooks);
        state.kept = kept;
        Ok(true)
    }

    /// What became of the last hundred tries since the service began, the newest first; `None` where there is no such webhook.
    pub fn deliveries(&self, id: u64) -> Option<Vec<Delivery>> {
        let state = self.0.state();
        state.kept.hooks.iter().any(|hook| hook.id == id).then(|| state.courier.log(id))
    }

    /// Starts the thread where there is something to do and none that does it.
    fn start(&self) {
        let mut state = self.0.state();
        if state.thread.is_some() || state.kept.hooks.is_empty() {
            return;
        }
        let (stop, stopped) = channel::<()>();
        let shared = Arc::downgrade(&self.0);
        let work = move || {
            while stopped.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                let Some(shared) = shared.upgrade() else { return };
                if let Err(fault) = shared.look() {
                    tracing::warn!("webhooks wait: {fault}");
                }
            }
        };
        match thread::Builder::new().name("webhooks".to_owned()).spawn(work) {
            Ok(_) => state.thread = Some(stop),
            Err(fault) => tracing::warn!("no thread for webhooks: {fault}"),
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what is new out of the journal, and sends what is due, one of each webhook.
    fn look(&self) -> Result<(), JournalFault> {
        let hooks = self.state().kept.hooks.clone();
        let reader = self.source.reader()?;
        let last = reader.rows().last_seq()?;
        for hook in &hooks {
            if hook.after < last && !self.state().courier.is_busy(hook.id) {
                let (parcels, until) = self.parcels(&reader, hook, last)?;
                if parcels.is_empty() {
                    self.came_to(hook.id, until, false);
                }
                self.state().courier.take(hook.id, parcels);
            }
            let now_us = (self.source.now_us)();
            let Some(outgoing) = self.state().courier.due(hook, now_us) else { continue };
            // Nothing is held meanwhile.
            let answer = post(&outgoing);
            let now_us = (self.source.now_us)();
            let done = self.state().courier.note(hook.id, answer, now_us, chance());
            if let Some(seq) = done {
                self.came_to(hook.id, seq, true);
            }
        }
        Ok(())
    }

    /// The alerts that a webhook wants after what it had, and how far was looked where there are none.
    fn parcels(&self, reader: &Reader, hook: &Hook, last: u64) -> Result<(Vec<Parcel>, u64), JournalFault> {
        let query = Query {
            kinds: vec![Kind::Alert],
            seq_from: Some(hook.after + 1),
            seq_until: Some(last + 1),
            ..Query::default()
        };
        let (book, config) = ((self.source.book)(), &self.source.config);
        let zone = config.shifts.as_deref().and_then(|path| Roster::load(path).ok());
        let roster = zone.unwrap_or_else(Roster::empty);
        let mut parcels = Vec::new();
        for event in reader.events(&query) {
            let event = event?;
            // What was forgotten is not sent.
            let Some(Body::Alert(alert)) = event.read()? else { continue };
            if !hook.what.wants(event.window.as_ref(), &alert) {
                continue;
            }
            let id = event.window.as_ref().map_or("", |window| window.as_str());
            let window = config.windows.iter().find(|window| window.id.as_str() == id);
            let told = Told {
                seq: event.seq,
                hall: config.hall.clone(),
                window: id.to_owned(),
                window_name: window.map_or_else(|| id.to_owned(), |window| window.name.clone()),
                wall_us: event.wall_us,
                at: day_and_minute(&roster, event.wall_us),
                alert: *alert,
            };
            parcels.push(Parcel { seq: event.seq, body: body(&hook.what, &told, &book) });
            if parcels.len() == TAKEN {
                break;
            }
        }
        Ok((parcels, last))
    }

    /// Notes how far a webhook is; on the disk where something was sent: looking again at what nobody wants costs nothing.
    fn came_to(&self, id: u64, seq: u64, durably: bool) {
        let mut state = self.state();
        let Some(hook) = state.kept.hooks.iter_mut().find(|hook| hook.id == id) else { return };
        hook.after = hook.after.max(seq);
        if durably && let Err(fault) = state.kept.write(&self.source.folder) {
            tracing::warn!(
                "how far webhook {id} is cannot be kept, so that an alert may come twice: {fault}"
            );
        }
    }
}

/// From 0 to 1.
fn chance() -> f64 {
    let mut byte = [0_u8];
    // Without chance all wait for the same time, which is no more than unkind.
    let _ = getrandom::fill(&mut byte);
    f64::from(byte[0]) / 255.0
}

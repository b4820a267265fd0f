//! Webhooks: alerts, sent to where the hall wants them. In: the journal. Out: requests over HTTPS, signed, tried again until they
//! are taken. Thread: `webhook-N`, one a webhook, so that none waits for the receiver of another. Allocates: per alert.
//!
//! The journal is the queue: what is kept is how far each webhook is, so that nothing is lost over a restart and nothing grows while
//! a receiver is away; of what it is yet to get, `TAKEN` alerts are in memory. An alert may come twice, with the same `Idempotency-Key`; it never comes before it is in the journal.

mod courier;
mod file;
mod message;
mod post;
mod sign;

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::Duration;

use crate::conduct::CompiledBook;
use crate::config::Config;
use crate::ledger::duty::Roster;
use crate::ledger::report::paper::day_and_minute;
use crate::ledger::{Body, JournalFault, Kind, Query, Reader};
use crate::said::Bilingual;

use courier::{Answer, Courier, Parcel};
use file::{Hook, Kept};
use message::{Told, body};
use post::{agent, post};
use ureq::Agent;

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

/// The webhooks of a hall. Dropping it ends each thread with the request at hand.
#[derive(Clone)]
pub(super) struct Webhooks(Arc<Shared>);

struct Shared {
    source: Source,
    state: Mutex<State>,
}

struct State {
    kept: Kept,
    courier: Courier,
    /// Held while the thread of a webhook runs; dropping it ends the thread.
    threads: BTreeMap<u64, Sender<()>>,
}

impl Webhooks {
    /// Takes up what is kept. A file that cannot be read is left as it is, and nothing is sent.
    pub fn open(source: Source) -> Result<Self, io::Error> {
        let kept = Kept::read(&source.folder)?;
        let state = State { kept, courier: Courier::default(), threads: BTreeMap::new() };
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
        state.threads.remove(&id);
        state.courier.keep(&kept.hooks);
        state.kept = kept;
        Ok(true)
    }

    /// What became of the last hundred tries since the service began, the newest first; `None` where there is no such webhook.
    pub fn deliveries(&self, id: u64) -> Option<Vec<Delivery>> {
        let state = self.0.state();
        state.kept.hooks.iter().any(|hook| hook.id == id).then(|| state.courier.log(id))
    }

    /// Starts a thread for each webhook that has none.
    fn start(&self) {
        let mut state = self.0.state();
        let ids: Vec<u64> = state.kept.hooks.iter().map(|hook| hook.id).collect();
        for id in ids.into_iter().filter(|id| !state.threads.contains_key(id)).collect::<Vec<_>>() {
            let (stop, stopped) = channel::<()>();
            let shared = Arc::downgrade(&self.0);
            let work = move || deliver(&shared, id, &stopped);
            match thread::Builder::new().name(format!("webhook-{id}")).spawn(work) {
                Ok(_) => drop(state.threads.insert(id, stop)),
                Err(fault) => tracing::warn!("no thread for webhook {id}: {fault}"),
            }
        }
    }
}

/// Serves one webhook until it is no more.
fn deliver(shared: &Weak<Shared>, id: u64, stopped: &Receiver<()>) {
    let (mut way, mut wait) = (Way::default(), LOOK);
    let mut told: Option<String> = None;
    while stopped.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
        let Some(shared) = shared.upgrade() else { return };
        let turn = shared.turn(id, &mut way);
        // After one that was taken the next may be due already.
        wait = if matches!(turn, Ok(true)) { Duration::ZERO } else { LOOK };
        let fault = turn.err().map(|fault| fault.to_string());
        if let Some(fault) = &fault {
            // Its file may be another by now.
            way.reader = None;
            if told.as_ref() != Some(fault) {
                tracing::warn!("webhook {id} waits: {fault}");
            }
        }
        told = fault;
    }
}

/// What the thread of a webhook keeps between two turns.
#[derive(Default)]
struct Way {
    reader: Option<Reader>,
    agent: Option<Agent>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what is new for a webhook out of the journal, and sends the next that is due. True where one was done with.
    fn turn(&self, id: u64, way: &mut Way) -> Result<bool, JournalFault> {
        let found = self.state().kept.hooks.iter().find(|hook| hook.id == id).cloned();
        let Some(hook) = found else { return Ok(false) };
        let reader = match &mut way.reader {
            Some(reader) => reader,
            none => none.insert(self.source.reader()?),
        };
        let last = reader.rows().last_seq()?;
        if hook.after < last && !self.state().courier.is_busy(id) {
            let (parcels, until) = self.parcels(reader, &hook, last)?;
            if parcels.is_empty() {
                self.came_to(id, until, false);
            }
            self.state().courier.take(id, parcels);
        }
        let due = self.state().courier.due(&hook, (self.source.now_us)());
        let Some(outgoing) = due else { return Ok(false) };
        // Nothing is held meanwhile.
        let answer = match way.asking(hook.what.ca.as_deref()) {
            Ok(agent) => post(agent, &outgoing),
            Err(said) => Answer::Refused(None, said),
        };
        let now_us = (self.source.now_us)();
        let done = self.state().courier.note(&hook, answer, now_us, chance());
        if let Some(seq) = done {
            self.came_to(id, seq, true);
        }
        Ok(done.is_some())
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
        let calendar = || config.shifts.as_deref().and_then(|path| Roster::load(path).ok());
        let mut roster = None;
        let mut parcels = Vec::new();
        for event in reader.events(&query) {
            let event = event?;
            // What was forgotten is not sent.
            let Some(Body::Alert(alert)) = event.read()? else { continue };
            if !hook.what.wants(event.window.as_ref(), &alert) {
                continue;
            }
            let roster = &*roster.get_or_insert_with(|| calendar().unwrap_or_else(Roster::empty));
            let id = event.window.as_ref().map_or("", |window| window.as_str());
            let window = config.windows.iter().find(|window| window.id.as_str() == id);
            let told = Told {
                seq: event.seq,
                hall: config.hall.clone(),
                window: id.to_owned(),
                window_name: window.map_or_else(|| id.to_owned(), |window| window.name.clone()),
                wall_us: event.wall_us,
                at: day_and_minute(roster, event.wall_us),
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

impl Way {
    fn asking(&mut self, ca: Option<&str>) -> Result<&Agent, Bilingual> {
        Ok(match &mut self.agent {
            Some(agent) => agent,
            none => none.insert(agent(ca)?),
        })
    }
}

/// From 0 to 1.
fn chance() -> f64 {
    let mut byte = [0_u8];
    // Without chance all wait for the same time, which is no more than unkind.
    let _ = getrandom::fill(&mut byte);
    f64::from(byte[0]) / 255.0
}

//! What every resource of the API shares: the hall's functions, its configuration, its journal, its people.
//! Thread: the server's, which never waits for a file: whatever reads one goes through a bounded pool of threads.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use super::Site;
use super::jobs::Jobs;
use super::live::Live;
use super::problem::Problem;
use super::recordings::{Recordings, Uploads};
use super::shelf::Shelf;
use super::webhooks::{Source, Webhooks};
use crate::access::{People, Secret, Throttle};
use crate::clock;
use crate::conduct::CompiledBook;
use crate::config::Config;
use crate::ledger::duty::Roster;
use crate::ledger::{Aside, Key, Reader};
use crate::reports::HallReport;
use crate::runtime::live::Listener;

/// Threads that may work for requests. There are few, so that hearing keeps its cores.
pub(super) const THREADS_MAX: usize = WORKING_MAX + ASKING_MAX + HASHING_MAX + TAILING_MAX;
/// Of these, how many read or write what takes time; of them so many the journal.
const WORKING_MAX: usize = 5;
const READING_MAX: usize = 3;
/// How many look up who calls: short, and never kept waiting by the others.
const ASKING_MAX: usize = 2;
/// How many hash passwords: each takes a core and 19 MiB for a tenth of a second.
const HASHING_MAX: usize = 2;
/// One follows the journal, and waits for nobody.
const TAILING_MAX: usize = 1;
/// How long a request waits for its turn.
const TURN: Duration = Duration::from_secs(10);

/// What the dashboard is of.
#[derive(Clone)]
pub struct Dashboard {
    /// As the service was started with it.
    pub config: Config,
    /// Where it stands; read again for what commands read anew as well: the calendar, `[score]`, `[review]`.
    pub config_file: Option<PathBuf>,
    /// The rules in force.
    pub book: Arc<dyn Fn() -> Arc<CompiledBook> + Send + Sync>,
    /// What findings depend on besides the rules: model and engine, in a line.
    pub engine: String,
    /// Who may sign in; there is nobody where there is no journal.
    pub people: Option<Arc<People>>,
    /// What programs of this machine may show instead of signing in.
    pub local: Option<Secret>,
    /// Has the rules and tokens of the configuration taken up, as `SIGHUP` does.
    pub reload: Arc<dyn Fn() + Send + Sync>,
    /// Where the server speaks TLS.
    pub tls: Option<Arc<rustls::ServerConfig>>,
    /// Wall time, microseconds since the Unix epoch.
    pub now_us: Arc<dyn Fn() -> i64 + Send + Sync>,
    /// Has a function called after each commit to the journal, on a thread that must not wait.
    pub on_commit: Arc<dyn Fn(Listener) + Send + Sync>,
    /// Takes what the hall's systems report; false where it takes no more.
    pub report: Arc<dyn Fn(HallReport) -> bool + Send + Sync>,
    /// How recordings that are handed in are heard.
    pub uploads: Uploads,
}

impl Dashboard {
    /// Of a hall that runs by `config` with these rules and keeps no journal.
    pub fn new(config: Config, book: Arc<dyn Fn() -> Arc<CompiledBook> + Send + Sync>) -> Self {
        Self {
            config,
            config_file: None,
            book,
            engine: String::new(),
            people: None,
            local: None,
            reload: Arc::new(|| ()),
            tls: None,
            now_us: Arc::new(clock::unix_micros),
            on_commit: Arc::new(|_| ()),
            report: Arc::new(|_| false),
            uploads: Uploads::default(),
        }
    }
}

/// The configuration and the calendar as they are now.
#[derive(Clone, Debug)]
pub struct Settings {
    pub config: Config,
    /// `None`: the configuration names no calendar.
    pub roster: Option<Roster>,
}

impl Settings {
    /// The calendar, or one in which nobody is planned.
    pub fn roster_or_none(&self) -> Roster {
        self.roster.clone().unwrap_or_else(Roster::empty)
    }
}

/// The shared state of all routes.
pub struct Hub {
    pub site: Site,
    pub(super) dashboard: Dashboard,
    /// Readers of the journal that nobody uses at the moment.
    readers: Arc<Mutex<Vec<Reader>>>,
    settings: Arc<Mutex<Option<Stamped>>>,
    working: Semaphore,
    asking: Semaphore,
    reading: Semaphore,
    writing: Semaphore,
    hashing: Semaphore,
    /// The rulebooks of the journal.
    pub(super) shelf: Arc<Shelf>,
    /// Whoever is shown what happens.
    pub(super) live: Live,
    throttle: Mutex<Throttle>,
    jobs: Jobs,
    pub(super) recordings: Recordings,
    webhooks: Option<Webhooks>,
    rules_turn: tokio::sync::Mutex<()>,
}

/// When files were changed last, and how long they are.
type Stamps = BTreeMap<PathBuf, Option<(SystemTime, u64)>>;

/// Settings, and when their files were changed last before they were read.
type Stamped = (Stamps, Arc<Settings>);

impl Hub {
    pub(super) fn new(site: Site, dashboard: Dashboard) -> Self {
        Self {
            webhooks: webhooks(&dashboard),
            recordings: Recordings::open(dashboard.config.ledger.as_deref(), dashboard.uploads.clone()),
            site,
            dashboard,
            readers: Arc::default(),
            settings: Arc::default(),
            working: Semaphore::new(WORKING_MAX),
            asking: Semaphore::new(ASKING_MAX),
            reading: Semaphore::new(READING_MAX),
            writing: Semaphore::new(1),
            hashing: Semaphore::new(HASHING_MAX),
            shelf: Arc::default(),
            live: Live::default(),
            throttle: Mutex::default(),
            jobs: Jobs::default(),
            rules_turn: tokio::sync::Mutex::default(),
        }
    }

    /// As the service was started with it: windows, hall, budgets.
    pub fn config(&self) -> &Config {
        &self.dashboard.config
    }

    /// The rules in force.
    pub fn book(&self) -> Arc<CompiledBook> {
        (self.dashboard.book)()
    }

    pub fn engine(&self) -> &str {
        &self.dashboard.engine
    }

    pub fn config_file(&self) -> Option<&Path> {
        self.dashboard.config_file.as_deref()
    }

    pub(super) fn tls(&self) -> Option<Arc<rustls::ServerConfig>> {
        self.dashboard.tls.clone()
    }

    /// Has the rules and tokens of the configuration taken up; what came of it is said on standard error.
    pub fn reload(&self) {
        (self.dashboard.reload)();
    }

    /// Wall time, microseconds since the Unix epoch.
    pub fn now_us(&self) -> i64 {
        (self.dashboard.now_us)()
    }

    /// The folder of the journal.
    ///
    /// # Errors
    /// 503 where there is none.
    pub fn folder(&self) -> Result<&Path, Problem> {
        self.config().ledger.as_deref().ok_or_else(Problem::no_journal)
    }

    /// By which words and clips are encrypted, where they are.
    pub fn key(&self) -> Option<Key> {
        self.config().key.clone()
    }

    /// Reads the journal, on a thread where it may take its time. For several things as of one moment:
    /// `reader.at_once(|rows| …)`.
    ///
    /// # Errors
    /// What `look` gives; 503 where there is no journal, or too many ask.
    pub async fn read<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Reader) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let (folder, key) = (self.folder()?.to_owned(), self.key());
        let readers = Arc::clone(&self.readers);
        let _turn = turn(&self.reading).await?;
        self.blocking(move || {
            let kept = held(&readers).pop();
            let reader = match kept {
                Some(reader) => reader,
                None => Reader::open_with(&folder, key.as_ref())?,
            };
            let looked = look(&reader);
            // One that failed is not used again: its file may be another by now.
            if looked.is_ok() {
                held(&readers).push(reader);
            }
            looked
        })
        .await
    }

    /// Writes to the journal beside the `ledger` thread, one at a time.
    ///
    /// # Errors
    /// What `act` gives; 503 where there is no journal, or too many ask.
    pub async fn write<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut Aside) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let (folder, key) = (self.folder()?.to_owned(), self.key());
        let _turn = turn(&self.writing).await?;
        let done = self.blocking(move || act(&mut Aside::open_with(&folder, key.as_ref())?)).await?;
        self.live.wake();
        Ok(done)
    }

    /// Reads or writes the list of people.
    ///
    /// # Errors
    /// What `ask` gives; 503 where there is no journal, or too many ask.
    pub async fn people<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&People) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let people = self.dashboard.people.clone().ok_or_else(Problem::no_journal)?;
        let _turn = turn(&self.asking).await?;
        on_a_thread(move || ask(&people)).await
    }

    /// The same where a password is hashed on the way.
    ///
    /// # Errors
    /// As [`people`](Self::people).
    pub async fn hashing<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&People) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let people = self.dashboard.people.clone().ok_or_else(Problem::no_journal)?;
        let _turn = turn(&self.hashing).await?;
        on_a_thread(move || ask(&people)).await
    }

    /// Whether anybody can sign in: where there is no journal there is nothing to sign in for.
    pub fn has_people(&self) -> bool {
        self.dashboard.people.is_some()
    }

    pub(super) fn local(&self) -> Option<&Secret> {
        self.dashboard.local.as_ref()
    }

    pub(super) fn jobs(&self) -> &Jobs {
        &self.jobs
    }

    /// # Errors
    /// 503 where there is no journal, or their file cannot be read.
    pub(super) fn webhooks(&self) -> Result<&Webhooks, Problem> {
        self.webhooks.as_ref().ok_or_else(Problem::no_journal)
    }

    /// Held by whoever writes the hall's rules.
    pub(super) async fn rules_turn(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.rules_turn.lock().await
    }

    pub(super) fn throttle(&self) -> MutexGuard<'_, Throttle> {
        held(&self.throttle)
    }

    /// The configuration and the calendar as they are now. Where they cannot be read any more, as they were.
    ///
    /// # Errors
    /// 503 where too many ask, or the calendar could never be read.
    pub async fn settings(&self) -> Result<Arc<Settings>, Problem> {
        let (file, started) = (self.dashboard.config_file.clone(), self.dashboard.config.clone());
        let kept = Arc::clone(&self.settings);
        self.blocking(move || {
            let known = held(&kept).clone();
            if let Some((stamps, settings)) = &known
                && stamps.iter().all(|(path, was)| stamp(path) == *was)
            {
                return Ok(Arc::clone(settings));
            }
            match read_settings(file.as_deref(), started) {
                Ok((stamps, settings)) => {
                    let settings = Arc::new(settings);
                    *held(&kept) = Some((stamps, Arc::clone(&settings)));
                    Ok(settings)
                }
                Err(fault) => match known {
                    Some((_, settings)) => {
                        tracing::warn!("the settings in force stay: {fault}");
                        Ok(settings)
                    }
                    None => Err(Problem::fault(&fault)),
                },
            }
        })
        .await
    }

    /// Follows the journal, on the thread that is for that alone.
    pub(super) async fn tailing<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        on_a_thread(work).await
    }

    /// Does what takes time on another thread.
    ///
    /// # Errors
    /// What `work` gives; 503 where too many ask.
    pub async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let _turn = turn(&self.working).await?;
        on_a_thread(work).await
    }
}

fn webhooks(dashboard: &Dashboard) -> Option<Webhooks> {
    let source = Source {
        folder: dashboard.config.ledger.clone()?,
        config: dashboard.config.clone(),
        book: Arc::clone(&dashboard.book),
        now_us: Arc::clone(&dashboard.now_us),
    };
    Webhooks::open(source)
        .map_err(|fault| tracing::warn!("webhooks.json cannot be read, nothing is sent: {fault}"))
        .ok()
}

async fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(fault) => Err(Problem::fault(&fault.to_string())),
    }
}

async fn turn(semaphore: &Semaphore) -> Result<SemaphorePermit<'_>, Problem> {
    match timeout(TURN, semaphore.acquire()).await {
        Ok(Ok(permit)) => Ok(permit),
        _ => Err(Problem::busy()),
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn stamp(path: &Path) -> Option<(SystemTime, u64)> {
    let file = fs::metadata(path).ok()?;
    Some((file.modified().ok()?, file.len()))
}

fn read_settings(file: Option<&Path>, started: Config) -> Result<(Stamps, Settings), String> {
    // Stamped before they are read: what changes meanwhile is read again.
    let mut stamps: Stamps = file.map(|path| (path.to_owned(), stamp(path))).into_iter().collect();
    let config = match file {
        Some(path) => Config::load(path).map_err(|faults| faults.to_string())?,
        None => started,
    };
    stamps.extend(config.shifts.as_deref().map(|path| (path.to_owned(), stamp(path))));
    let roster = config.shifts.as_deref().map(Roster::load).transpose();
    Ok((stamps, Settings { roster: roster.map_err(|faults| faults.to_string())?, config }))
}

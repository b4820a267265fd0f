//! The live service: every window of a hall, from its microphones to alerts.
//!
//! ```text
//! device-NAME, play, web   microphones, recordings, network → rings      one ring a source
//! listen-N              rings → Ear → speech                          each source, and its windows, with one thread
//! hear-N                speech, by deadline → words                   one a recogniser, one recogniser thread each
//! events                a file of the hall's own, the dashboard → reports
//! judge                 words, in each window's order → alerts        the caller's thread
//! ledger                what the judge tells → journal → whoever is shown it   where there is a journal
//! evidence              the last seconds of each window → clips, recordings    likewise
//! ```
//!
//! Queues: a ring holds `ring_ms` of audio and drops the newest when it is full: a gap in the timeline. What would wait
//! for a recogniser longer than the scheduler's `lag_max` is told as unheard. The judge is never the slow one.

mod bell;
mod bench;
mod board;
mod dealing;
mod docket;
mod event;
mod evidence;
mod guard;
mod hearing;
mod inlet;
mod intake;
mod judging;
mod lane;
mod ledger;
mod listen;
mod lost;
mod message;
mod player;
mod quoted;
mod record;
mod reporting;
mod stream;
mod taper;
mod waiting;
mod work;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use crate::asr::Recogniser;
use crate::capture::DeviceError;
use crate::capture::SourceNews;
use crate::capture::device::{OpenDevice, Wanted, open};
use crate::capture::push::PushPort;
use crate::clock::Stopwatch;
use crate::conduct::CompiledBook;
use crate::config::{AudioSource, Config, SourceUse};
use crate::pipeline::Settings;
use crate::reports::{HallReport, Tail};
use crate::schedule::SchedulerConfig;

use super::devices::{KeptDevice, keep_open};
use super::spawn;
use super::watchdog::Hearts;
use board::Board;
use dealing::{deal, leave_out_double};
use evidence::Shared;
use guard::Guard;
use hearing::Hearing;
use inlet::{Inlet, Kind};
use listen::{Listening, listen_all};
use message::{Body, Message, Times, Word};
use player::{Tape, play_all};
use reporting::Reporter;

pub use bell::Listener;
pub use board::HallView;
pub use event::{HallEvent, OpenEncounter, Unheard, WindowAccount};
pub use evidence::{Evidence, Texts};
pub use guard::BrokenThread;
pub use ledger::Ledger;

/// Kept back of the forbidden budget for judging and publishing, when a recognition's due time is set.
const PUBLISH_MARGIN: Duration = Duration::from_millis(100);

/// Reports that may wait for the judge; more are refused.
const REPORTS_MAX: usize = 1_024;

/// How long devices may take to be closed.
const LETTING_GO: Duration = Duration::from_secs(1);

/// Asks a run to end.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    pub fn ask(&self) {
        self.0.store(true, Ordering::Release);
    }

    pub fn is_asked(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// A hall that is about to run, or runs.
pub struct Hall {
    config: Config,
    settings: Settings,
    watch: Stopwatch,
    stop: Stop,
    rules: Arc<Rules>,
    board: Arc<Board>,
    hearts: Hearts,
    sources: Mutex<Vec<Source>>,
    /// Where the hall reports, from the beginning of the run on.
    events: Mutex<Option<Tail>>,
    /// What the hall's systems report otherwise than by a file.
    reports: (Sender<HallReport>, Receiver<HallReport>),
    ledger: Mutex<Option<Ledger>>,
    evidence: Mutex<Option<Evidence>>,
}

/// A source and its way to the listen thread.
struct Source {
    using: SourceUse,
    news: Sender<SourceNews>,
    inlet: Receiver<SourceNews>,
}

/// The rulebook in force. Listen threads look at the version for every block.
struct Rules {
    version: AtomicU64,
    book: Mutex<Arc<CompiledBook>>,
}

impl Rules {
    fn book(&self) -> Arc<CompiledBook> {
        Arc::clone(&self.book.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The book and a version no newer than it: whoever sees a newer version takes the book again.
    fn current(&self) -> (u64, Arc<CompiledBook>) {
        let version = self.version.load(Ordering::Acquire);
        (version, self.book())
    }
}

impl Hall {
    /// A hall of these windows. Reads the beginnings of recordings.
    pub fn new(mut config: Config, book: Arc<CompiledBook>, watch: Stopwatch) -> Self {
        config.windows.iter_mut().for_each(leave_out_double);
        let sources = config.sources().into_iter().map(|using| {
            let (news, inlet) = unbounded();
            Source { using, news, inlet }
        });
        let sources = Mutex::new(sources.collect());
        let board = Arc::new(Board::new(&config, watch));
        let rules = Arc::new(Rules { version: AtomicU64::new(0), book: Mutex::new(book) });
        Self {
            settings: Settings::default(),
            watch,
            stop: Stop::default(),
            rules,
            board,
            hearts: Hearts::default(),
            sources,
            events: Mutex::new(config.events.as_deref().map(Tail::new)),
            reports: bounded(REPORTS_MAX),
            ledger: Mutex::new(None),
            evidence: Mutex::new(None),
            config,
        }
    }

    /// The same hall, journalled: nothing is told before it is durable.
    pub fn journalled(self, ledger: Ledger) -> Self {
        Self { ledger: Mutex::new(Some(ledger)), ..self }
    }

    /// The same hall, its alerts with clips; where there is a journal that names them.
    pub fn with_evidence(self, evidence: Option<Evidence>) -> Self {
        Self { evidence: Mutex::new(evidence), ..self }
    }

    /// Ends the run when asked: what is said until then is still judged.
    pub fn stop(&self) -> Stop {
        self.stop.clone()
    }

    /// Windows that wait for a network microphone.
    pub fn push_ports(&self) -> Vec<PushPort> {
        let sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        let ports = sources.iter().filter_map(|source| match &source.using.source {
            AudioSource::Push { window, token } => {
                Some(PushPort { window: window.clone(), token: token.clone(), news: source.news.clone() })
            }
            _ => None,
        });
        ports.collect()
    }

    /// What looks at the hall while it runs.
    pub fn view(&self) -> HallView {
        HallView(Arc::clone(&self.board))
    }

    /// Where the hall's systems report, otherwise than by a file.
    pub fn reports(&self) -> Reports {
        Reports(self.reports.0.clone())
    }

    /// Signs of life of the threads that hear.
    pub fn hearts(&self) -> Hearts {
        self.hearts.clone()
    }

    /// Judges by another rulebook from the next word on; no audio is lost.
    pub fn reloader(&self) -> Reloader {
        Reloader(Arc::clone(&self.rules))
    }

    /// Runs until every source has ended or [`Stop`] is asked for. `tell` is called on this thread, or, where there is a
    /// journal, on that of the ledger.
    ///
    /// # Errors
    /// When a thread broke down, after the others have come to their end.
    pub fn run(
        self,
        recognisers: Vec<Box<dyn Recogniser>>,
        tell: &mut (dyn FnMut(HallEvent) + Send),
    ) -> Result<(), BrokenThread> {
        let guard = Guard::new(&self.stop);
        let (to_judge, from_all) = unbounded::<Message>();
        let hearing = Arc::new(self.hearing(recognisers.len(), to_judge.clone()));
        self.board.hears(&hearing, recognisers.len());
        // Listen threads and the judge begin with the same book, whoever changes it meanwhile.
        let (version, book) = self.rules.current();
        let sources = std::mem::take(&mut *self.sources.lock().unwrap_or_else(PoisonError::into_inner));
        let over = AtomicBool::new(false);
        let memories = self.memories();
        thread::scope(|scope| {
            let (mut listening, mut devices) = (Vec::new(), Vec::new());
            for (index, sources) in deal(sources, self.config.windows.len()).into_iter().enumerate() {
                let inlets = self.open_sources(scope, index, sources, &mut devices, &guard);
                let context = Listening {
                    config: &self.config,
                    settings: &self.settings,
                    watch: self.watch,
                    stop: self.stop.clone(),
                    rules: &self.rules,
                    book: (version, Arc::clone(&book)),
                    hearing: Arc::clone(&hearing),
                    board: &self.board,
                    to_judge: to_judge.clone(),
                    memories: &memories,
                };
                let name = format!("listen-{index}");
                let heart = self.hearts.register(&name);
                let work = guard.over(&name, move || listen_all(inlets, &context, &heart));
                listening.push(spawn(scope, name, work));
            }
            for (index, mut recogniser) in recognisers.into_iter().enumerate() {
                let name = format!("hear-{index}");
                let (hearing, heart) = (Arc::clone(&hearing), self.hearts.register(&name));
                let work = guard.over(&name, move || hearing.serve(index, recogniser.as_mut(), &heart));
                spawn(scope, name, work);
            }
            let keepers = keep_open(devices, self.opener(), self.watch);
            let events = self.events.lock().unwrap_or_else(PoisonError::into_inner).take();
            let sources = (events, self.reports.1.clone());
            let reporter = Reporter::new(sources, &self.config, self.watch, to_judge.clone());
            {
                let over = &over;
                spawn(scope, "events".to_owned(), move || reporter.follow(over));
            }
            let (stop, finish, over) = (&self.stop, self.config.finish, &over);
            spawn(scope, "stop".to_owned(), move || {
                for thread in listening {
                    // The guard keeps a panic in it for the end of the run.
                    let _ = thread.join();
                }
                hearing.close();
                for device in keepers.stop(LETTING_GO) {
                    tracing::warn!(device, "hangs: left to itself");
                }
                hearing.finish(stop, finish);
                over.store(true, Ordering::Release);
            });
            drop(to_judge);
            let heart = self.hearts.register("judge");
            self.judge(scope, &from_all, (book, heart), (&guard, &memories), tell);
        });
        guard.result()
    }

    /// Of every window, where alerts get clips or all is recorded; else none.
    fn memories(&self) -> Vec<Shared> {
        let evidence = self.evidence.lock().unwrap_or_else(PoisonError::into_inner);
        let config = evidence
            .as_ref()
            .map(|evidence| evidence.config)
            .filter(|config| config.clips || config.recording);
        config.iter().flat_map(|config| self.config.windows.iter().map(|_| Shared::new(config))).collect()
    }

    /// Opens a device with as many channels as the windows need of it.
    fn opener(&self) -> impl Fn(&str) -> Result<OpenDevice, DeviceError> + Send + Sync + 'static {
        let mut channels: BTreeMap<String, u16> = BTreeMap::new();
        for SourceUse { source, voices } in self.config.sources() {
            if let AudioSource::Device(name) = source {
                let most = voices.iter().map(|voice| voice.channel.0 + 1).max().unwrap_or(1);
                channels.insert(name, most);
            }
        }
        let ring_ms = self.config.hearing.ring_ms;
        move |name| {
            let channels_min = channels.get(name).copied().unwrap_or(1);
            open(name, &Wanted { channels_min, ..Wanted::ring(ring_ms) })
        }
    }

    fn hearing(&self, workers: usize, to_judge: Sender<Message>) -> Hearing {
        let Config { hearing, budgets, windows, .. } = &self.config;
        let scheduler = SchedulerConfig { workers, windows: windows.len(), lag_max: hearing.lag_max };
        let due_after = budgets.forbidden.saturating_sub(PUBLISH_MARGIN);
        Hearing::new(scheduler, due_after, hearing.partial_step, self.watch, to_judge)
    }

    /// Starts the threads that feed `sources`, and gives the listen thread's end of each.
    fn open_sources<'scope>(
        &'scope self,
        scope: &'scope thread::Scope<'scope, '_>,
        listener: usize,
        sources: Vec<Source>,
        devices: &mut Vec<KeptDevice>,
        guard: &Guard,
    ) -> Vec<Inlet> {
        let (watch, ring_ms) = (self.watch, self.config.hearing.ring_ms);
        let (mut tapes, mut inlets) = (Vec::new(), Vec::new());
        for Source { using, news, inlet } in sources {
            let kind = match using.source {
                AudioSource::File { .. } => Kind::Recording,
                AudioSource::Device(_) => Kind::Device,
                AudioSource::Push { .. } => Kind::Network,
            };
            inlets.push(Inlet::new(inlet, using.voices, kind));
            match using.source {
                AudioSource::File { path, repeat } => tapes.push(Tape { path, repeat, ring_ms, news }),
                AudioSource::Device(name) => devices.push(KeptDevice { name, news }),
                // The HTTP server holds the other end.
                AudioSource::Push { .. } => drop(news),
            }
        }
        if !tapes.is_empty() {
            let name = format!("play-{listener}");
            let heart = self.hearts.register(&name);
            let work = guard.over(&name, move || play_all(tapes, watch, &self.stop, &heart));
            spawn(scope, name, work);
        }
        inlets
    }
}

/// Takes what the hall's systems report; the judge has it a moment later.
#[derive(Clone)]
pub struct Reports(Sender<HallReport>);

impl Reports {
    /// False where too many wait: it was not taken. Never waits.
    pub fn take(&self, report: HallReport) -> bool {
        self.0.try_send(report).is_ok()
    }
}

/// Puts another rulebook in force.
#[derive(Clone)]
pub struct Reloader(Arc<Rules>);

impl Reloader {
    /// Each window goes over to `book` with its next word.
    pub fn adopt(&self, book: Arc<CompiledBook>) {
        *self.0.book.lock().unwrap_or_else(PoisonError::into_inner) = book;
        self.0.version.fetch_add(1, Ordering::Release);
    }

    /// The rulebook in force.
    pub fn book(&self) -> Arc<CompiledBook> {
        self.0.book()
    }
}

//! Re-judge. In: a journal, which is only read, and a rulebook. Out: which of its findings appear, vanish or change.
//! Threads: the caller's reads the journal, `rejudge-N` judge, by default one a core. Allocates: per event.
//!
//! Whole runs are judged, since a judge remembers; what is told of them is bounded by time. Findings are those of finals, as in
//! the journal. Every window is one judge's, whichever thread that is on, so the answer does not depend on their number.

mod compare;
mod desk;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::spawn;
use crate::conduct::CompiledBook;
use crate::ledger::event::{Body, RunStarted, ShedBody};
use crate::ledger::{Event, JournalFault, Kind, Query, Reader};
use crate::pipeline::{Mind, Settings};
use crate::units::{SAMPLE_RATE_HZ, WindowId};

use compare::compare;
pub use compare::{Change, Difference, Tally};
use desk::Desk;

/// Events that wait for a judge, at most: some megabytes.
const WAITING: usize = 4_096;
/// Events between two looks at whoever watches.
const WATCHED: u64 = 500;

/// What is judged again. `None` and an empty list leave nothing out.
#[derive(Clone, Debug, Default)]
pub struct Rejudging {
    /// Findings of what was said from then on, and before then: microseconds since the Unix epoch.
    pub from_us: Option<i64>,
    pub until_us: Option<i64>,
    pub windows: Vec<WindowId>,
    /// Judging threads; 0: one a core.
    pub threads: usize,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rejudged {
    /// In the order of wall time.
    pub differences: Vec<Difference>,
    /// Rules that found something, before or now.
    pub rules: BTreeMap<String, Tally>,
    /// Findings that are the same.
    pub same: u64,
    /// Findings that cannot be compared: what was said there was forgotten, or there was no room for it.
    pub open: u64,
    pub runs: u64,
    /// Sessions of windows, what was said and happened in them, and how long they were, in samples.
    pub sessions: u64,
    pub inputs: u64,
    pub samples: u64,
}

impl Rejudged {
    fn add(&mut self, other: Self) {
        self.differences.extend(other.differences);
        for (rule, tally) in other.rules {
            self.rules.entry(rule).or_default().add(tally);
        }
        self.same += other.same;
        self.open += other.open;
        self.runs += other.runs;
        self.sessions += other.sessions;
        self.inputs += other.inputs;
        self.samples += other.samples;
    }

    /// Length of the sessions of all windows together.
    pub fn seconds(&self) -> f64 {
        self.samples as f64 / f64::from(SAMPLE_RATE_HZ)
    }
}

/// Judges what the journal has by `book` instead.
///
/// # Errors
/// [`JournalFault`] where the journal cannot be read.
pub fn rejudge(
    reader: &Reader,
    book: &Arc<CompiledBook>,
    what: &Rejudging,
) -> Result<Rejudged, JournalFault> {
    rejudge_watched(reader, book, what, &mut |_| true)
}

/// The same; `watch` is told from time to time which share is read, from 0 to 1, and says whether to go on. Where it says no,
/// what comes back is of what was read so far.
///
/// # Errors
/// As [`rejudge`].
pub fn rejudge_watched(
    reader: &Reader,
    book: &Arc<CompiledBook>,
    what: &Rejudging,
    watch: &mut dyn FnMut(f64) -> bool,
) -> Result<Rejudged, JournalFault> {
    let threads = match what.threads {
        0 => thread::available_parallelism().map_or(1, usize::from),
        count => count,
    };
    let runs = reader.runs_between(what.from_us, what.until_us)?;
    let (read, judged) = thread::scope(|scope| {
        let (mut to_judges, mut judges) = (Vec::new(), Vec::new());
        for index in 0..threads {
            let (to_judge, events) = bounded::<Handed>(WAITING);
            to_judges.push(to_judge);
            judges.push(spawn(scope, format!("rejudge-{index}"), move || {
                Bench::new(book, what).judge(&events)
            }));
        }
        let read = Usher::new(to_judges, &what.windows).read(reader, &runs, watch);
        let judged =
            judges.into_iter().map(|judge| judge.join().unwrap_or_else(|p| std::panic::resume_unwind(p)));
        (read, judged.collect::<Vec<_>>())
    });
    read?;
    let mut all = Rejudged { runs: runs.len() as u64, ..Rejudged::default() };
    for judged in judged {
        all.add(judged?);
    }
    all.differences.sort_by(|a, b| a.place().cmp(&b.place()));
    Ok(all)
}

/// What a judging thread is handed.
#[derive(Clone)]
enum Handed {
    /// A run began, in which it judges these windows.
    Run(Arc<RunStarted>, Vec<WindowId>),
    /// Something is missing in every window from here on, or was up to here.
    Missing {
        over: bool,
    },
    Event(WindowId, Arc<Event>),
}

/// Reads events, and hands each to whoever judges its window.
struct Usher<'a> {
    to: Vec<Sender<Handed>>,
    wanted: &'a [WindowId],
    of: HashMap<WindowId, usize>,
}

impl<'a> Usher<'a> {
    fn new(to: Vec<Sender<Handed>>, wanted: &'a [WindowId]) -> Self {
        Self { to, wanted, of: HashMap::new() }
    }

    fn read(
        mut self,
        reader: &Reader,
        runs: &[u64],
        watch: &mut dyn FnMut(f64) -> bool,
    ) -> Result<(), JournalFault> {
        let kinds = vec![
            Kind::RunStarted,
            Kind::Shed,
            Kind::Clock,
            Kind::Heard,
            Kind::VisitorSpoke,
            Kind::Ring,
            Kind::Report,
            Kind::Gap,
            Kind::Quiet,
            Kind::Ended,
            Kind::Encounter,
            Kind::Finding,
        ];
        let (mut told, of) = (0, runs.len().max(1) as f64);
        for (place, run) in runs.iter().enumerate() {
            let Some((first, last)) = reader.seqs_of(*run)? else { continue };
            let query = Query {
                kinds: kinds.clone(),
                run: Some(*run),
                seq_from: Some(first),
                seq_until: Some(last + 1),
                ..Query::default()
            };
            for event in reader.events(&query) {
                let event = event?;
                if event.seq >= told {
                    let share = (event.seq - first) as f64 / (last + 1 - first) as f64;
                    if !watch((place as f64 + share) / of) {
                        return Ok(());
                    }
                    told = event.seq + WATCHED;
                }
                if !self.hand(event)? {
                    // A judge stopped, and says why.
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// False where nobody takes it any more.
    fn hand(&mut self, event: Event) -> Result<bool, JournalFault> {
        if let Some(window) = event.window.clone() {
            let Some(judge) = self.of.get(&window) else { return Ok(true) };
            let handed = Handed::Event(window, Arc::new(event));
            return Ok(self.to[*judge].send(handed).is_ok());
        }
        match event.read()? {
            Some(Body::RunStarted(started)) => Ok(self.begin(&Arc::new(*started))),
            Some(Body::Shed(shed)) if shed.what == ShedBody::JOURNAL => {
                let missing = Handed::Missing { over: shed.events > 0 };
                Ok(self.to.iter().all(|judge| judge.send(missing.clone()).is_ok()))
            }
            _ => Ok(true),
        }
    }

    /// Deals the windows of a run out to the judges.
    fn begin(&mut self, run: &Arc<RunStarted>) -> bool {
        let is_wanted = |window: &WindowId| self.wanted.is_empty() || self.wanted.contains(window);
        let windows = run.windows.iter().map(|seat| WindowId::new(&seat.window)).filter(is_wanted);
        let mut dealt = vec![Vec::new(); self.to.len()];
        self.of.clear();
        for (place, window) in windows.enumerate() {
            let judge = place % self.to.len();
            self.of.insert(window.clone(), judge);
            dealt[judge].push(window);
        }
        let hand = |(judge, windows): (&Sender<Handed>, Vec<WindowId>)| {
            judge.send(Handed::Run(Arc::clone(run), windows)).is_ok()
        };
        self.to.iter().zip(dealt).all(hand)
    }
}

/// The work of one judging thread.
struct Bench<'a> {
    book: &'a Arc<CompiledBook>,
    what: &'a Rejudging,
    desks: BTreeMap<WindowId, Desk>,
    judged: Rejudged,
}

impl<'a> Bench<'a> {
    fn new(book: &'a Arc<CompiledBook>, what: &'a Rejudging) -> Self {
        Self { book, what, desks: BTreeMap::new(), judged: Rejudged::default() }
    }

    fn judge(mut self, handed: &Receiver<Handed>) -> Result<Rejudged, JournalFault> {
        for handed in handed {
            match handed {
                Handed::Run(run, windows) => {
                    self.close();
                    for window in windows {
                        self.seat(&run, window);
                    }
                }
                Handed::Missing { over } => self.desks.values_mut().for_each(|desk| desk.miss(over)),
                Handed::Event(window, event) => {
                    if let Some(desk) = self.desks.get_mut(&window) {
                        desk.take(&event, self.book, self.what.until_us)?;
                    }
                }
            }
        }
        self.close();
        Ok(self.judged)
    }

    /// Seats a judge as the run's was.
    fn seat(&mut self, run: &RunStarted, window: WindowId) {
        let Some(seat) = run.windows.iter().find(|seat| seat.window == window.as_str()) else { return };
        let settings = Settings { roles: seat.roles, encounter: run.encounter(), ..Settings::default() };
        let mind = Mind::new(Arc::clone(self.book), window.clone(), &settings);
        self.desks.insert(window, Desk::new(mind.hearing_visitor(seat.visitor_heard, &settings)));
    }

    /// The run is over: what was found in it is compared.
    fn close(&mut self) {
        for desk in std::mem::take(&mut self.desks).into_values() {
            self.judged.sessions += u64::from(desk.inputs > 0);
            self.judged.inputs += desk.inputs;
            self.judged.samples += desk.until.0;
            self.judged.open += desk.open;
            let (before, now) = desk.findings(self.what.from_us, self.what.until_us);
            compare(before, now, &mut self.judged);
        }
    }
}

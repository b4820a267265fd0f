//! The listen thread: rings through ears, for the windows of the sources it was dealt.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender};

use super::board::Board;
use super::hearing::Hearing;
use super::lane::{Lane, SLIP_SAMPLES, side_of};
use super::{Message, Rules, Stop};
use crate::capture::drift::DriftMeter;
use crate::capture::{AudioBlock, RingReader, SourceNews};
use crate::clock::Stopwatch;
use crate::conduct::CompiledBook;
use crate::config::{Config, Voice};
use crate::pipeline::Settings;
use crate::runtime::watchdog::Heart;
use crate::status::WindowState;
use crate::units::{Role, SAMPLE_RATE_HZ};

/// How often the rings are looked at.
const TURN: Duration = Duration::from_millis(10);

/// How long a window waits for what its visitor said while the link of the visitor's own microphone was broken.
const VISITOR_AWAITED: Duration = Duration::from_secs(1);

/// What a listen thread works with.
pub(super) struct Listening<'a> {
    pub config: &'a Config,
    pub settings: &'a Settings,
    pub watch: Stopwatch,
    pub stop: Stop,
    pub rules: &'a Rules,
    /// The rulebook that the judge begins with, and its version.
    pub book: (u64, Arc<CompiledBook>),
    pub hearing: Arc<Hearing>,
    pub board: &'a Board,
    pub to_judge: Sender<Message>,
}

/// Listens until every source has ended, or the run is to stop.
pub(super) fn listen_all(mut inlets: Vec<Inlet>, context: &Listening<'_>, heart: &Heart) {
    let mut lanes = BTreeMap::new();
    for inlet in &inlets {
        for window in inlet.windows() {
            lanes.entry(window).or_insert_with(|| Lane::new(window, context)).sources += 1;
        }
    }
    let mut turn = context.watch.elapsed();
    loop {
        heart.beat();
        // Asked before the turn: what was delivered until then is still taken.
        let stopping = context.stop.is_asked();
        for inlet in &mut inlets {
            inlet.turn(&mut lanes, context);
        }
        for lane in lanes.values() {
            lane.show(context);
        }
        if stopping || inlets.iter().all(|inlet| matches!(inlet.state, InletState::Ended)) {
            break;
        }
        turn = (turn + TURN).max(context.watch.elapsed().saturating_sub(TURN));
        thread::sleep(turn.saturating_sub(context.watch.elapsed()));
    }
    for lane in lanes.values_mut().filter(|lane| lane.sources > 0) {
        lane.finish(context);
    }
}

/// What kind of clock and memory a source has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Runs by a clock of its own; begins when its first block comes.
    Device,
    /// The same, but may have kept what was said before: it says when that was.
    Network,
    /// Runs by the system's clock, and what is wrong with it stays so.
    Recording,
}

/// A source as the listen thread has it.
pub(super) struct Inlet {
    news: Receiver<SourceNews>,
    voices: Vec<Heard>,
    kind: Kind,
    state: InletState,
    block: AudioBlock,
}

/// A voice of a source.
struct Heard {
    voice: Voice,
    /// Its channel can be heard: the source is open and has it.
    open: bool,
    /// Position of the stream at which its side was opened.
    base: u64,
    /// Its side was given up while the link was broken: what comes first came too late.
    behind: bool,
}

enum InletState {
    Starting,
    Live(Box<Stream>),
    Waiting,
    /// It was open before, or never was.
    Down {
        broke_off: bool,
    },
    Ended,
}

struct Stream {
    rate_hz: u32,
    channels: u16,
    reader: RingReader,
    /// Run time at which the source says its position 0 was, or at which it was opened.
    at: Duration,
    /// Nothing comes for now: since when the link is broken.
    waits: Option<Duration>,
    /// Run time of its position 0; `None` before the first block.
    started: Option<Duration>,
    drift: DriftMeter,
    /// Frames the clock was corrected by so far.
    slipped: i64,
}

impl Inlet {
    pub fn new(news: Receiver<SourceNews>, voices: Vec<Voice>, kind: Kind) -> Self {
        let voices =
            voices.into_iter().map(|voice| Heard { voice, open: false, base: 0, behind: false }).collect();
        Self { news, voices, kind, state: InletState::Starting, block: AudioBlock::default() }
    }

    /// The windows it serves, each once.
    fn windows(&self) -> BTreeSet<usize> {
        self.voices.iter().map(|heard| heard.voice.window).collect()
    }

    fn turn(&mut self, lanes: &mut BTreeMap<usize, Lane>, context: &Listening<'_>) {
        while let Ok(news) = self.news.try_recv() {
            // What the ring holds was delivered before.
            self.drain(lanes, context);
            self.take(news, lanes, context);
        }
        self.drain(lanes, context);
        self.give_up_visitors(lanes, context);
        self.pass_time(lanes, context);
    }

    /// A link that is broken holds back the window's other microphone, since what was said is expected later. For the
    /// clerk's words that is right; nobody waits longer than this for a visitor's.
    fn give_up_visitors(&mut self, lanes: &mut BTreeMap<usize, Lane>, context: &Listening<'_>) {
        let since = match &self.state {
            InletState::Live(stream) => stream.waits,
            _ => None,
        };
        if since.is_none_or(|since| context.watch.elapsed().saturating_sub(since) < VISITOR_AWAITED) {
            return;
        }
        for place in 0..self.voices.len() {
            let Voice { window, role, .. } = self.voices[place].voice;
            if self.voices[place].open && role == Role::Visitor && self.is_visitor_alone(window) {
                (self.voices[place].open, self.voices[place].behind) = (false, true);
                if let Some(lane) = lanes.get_mut(&window) {
                    lane.close(role, context);
                }
            }
        }
    }

    /// It hears the visitor of `window`, and not the clerk.
    fn is_visitor_alone(&self, window: usize) -> bool {
        let clerk = |heard: &Heard| heard.voice.window == window && heard.voice.role == Role::Clerk;
        !self.voices.iter().any(clerk)
    }

    /// Lets time pass for the voices that cannot be heard, so that a window's other microphone need not wait.
    fn pass_time(&mut self, lanes: &mut BTreeMap<usize, Lane>, context: &Listening<'_>) {
        let (waits, ends) = match self.state {
            InletState::Waiting => (true, false),
            // Its end is on its way.
            InletState::Down { .. } => (false, self.kind == Kind::Recording),
            _ => (false, false),
        };
        let now = context.watch.elapsed();
        for place in 0..self.voices.len() {
            let Heard { voice: Voice { window, role, .. }, open, .. } = self.voices[place];
            let awaited = waits && (role == Role::Clerk || !self.is_visitor_alone(window));
            if !open
                && !awaited
                && let Some(lane) = lanes.get_mut(&window)
                && lane.started.is_some()
                && lane.sources > usize::from(ends)
            {
                self.voices[place].behind |= waits;
                lane.absent(role, now, context);
            }
        }
    }

    fn take(&mut self, news: SourceNews, lanes: &mut BTreeMap<usize, Lane>, context: &Listening<'_>) {
        let was_open = self.voices.iter().any(|heard| heard.open);
        match news {
            SourceNews::Opened { rate_hz, channels, reader, at } => {
                self.shut(lanes, context);
                let drift = DriftMeter::new(rate_hz);
                let stream =
                    Stream { rate_hz, channels, reader, at, waits: None, started: None, drift, slipped: 0 };
                self.state = InletState::Live(Box::new(stream));
            }
            SourceNews::Waiting { reason } => {
                self.tell(lanes, WindowState::Waiting, Some(reason), context);
                // A link that is mended goes on where it broke: the same ring is still there.
                match &mut self.state {
                    InletState::Live(stream) => {
                        stream.waits.get_or_insert(context.watch.elapsed());
                    }
                    state => *state = InletState::Waiting,
                }
            }
            SourceNews::Down { reason, .. } => {
                self.shut(lanes, context);
                let now = context.watch.elapsed();
                for window in self.windows() {
                    if let Some(lane) = lanes.get_mut(&window) {
                        lane.start(now, context);
                    }
                }
                self.tell(lanes, WindowState::Down, Some(reason), context);
                self.state = InletState::Down { broke_off: was_open };
            }
            SourceNews::Ended => self.end(lanes, context),
        }
    }

    /// The source is over, and so are the windows that have no other.
    fn end(&mut self, lanes: &mut BTreeMap<usize, Lane>, context: &Listening<'_>) {
        let broke_off = matches!(self.state, InletState::Down { broke_off: true });
        if matches!(std::mem::replace(&mut self.state, InletState::Ended), InletState::Ended) {
            return;
        }
        self.shut(lanes, context);
        for window in self.windows() {
            let Some(lane) = lanes.get_mut(&window) else { continue };
            lane.sources = lane.sources.saturating_sub(1);
            lane.broke_off |= broke_off;
            if lane.sources == 0 {
                // The judge tells when the window itself has ended.
                lane.finish(context);
            }
        }
    }

    /// Nothing more comes through the ring at hand.
    fn shut(&mut self, lanes: &mut BTreeMap<usize, Lane>, context: &Listening<'_>) {
        for heard in self.voices.iter_mut().filter(|heard| heard.open) {
            heard.open = false;
            if let Some(lane) = lanes.get_mut(&heard.voice.window) {
                lane.close(heard.voice.role, context);
            }
        }
    }

    fn tell(
        &self,
        lanes: &BTreeMap<usize, Lane>,
        state: WindowState,
        reason: Option<String>,
        context: &Listening<'_>,
    ) {
        for Heard { voice, .. } in &self.voices {
            if let Some(lane) = lanes.get(&voice.window) {
                lane.tell_state(voice.role, state, reason.clone(), context);
            }
        }
    }

    fn drain(&mut self, lanes: &mut BTreeMap<usize, Lane>, context: &Listening<'_>) {
        let mut mended = false;
        let InletState::Live(stream) = &mut self.state else { return };
        while stream.reader.read(&mut self.block) {
            let now = context.watch.elapsed();
            let format = (stream.rate_hz, stream.channels);
            let first = stream.started.is_none();
            let started = match stream.started {
                Some(started) => started,
                None => stream.first_block(&self.block, self.kind, now),
            };
            for heard in self.voices.iter_mut().filter(|heard| first || heard.behind) {
                if let Some(lane) = lanes.get_mut(&heard.voice.window) {
                    heard.catch_up(lane, format, started, &self.block, context);
                }
            }
            mended |= stream.waits.take().is_some();
            for heard in self.voices.iter().filter(|heard| heard.open) {
                if let Some(lane) = lanes.get_mut(&heard.voice.window) {
                    // A side counts from where it was opened.
                    self.block.start -= heard.base;
                    lane.push(heard.voice.role, &self.block, context);
                    self.block.start += heard.base;
                }
            }
            if self.kind != Kind::Recording {
                let slip = stream.observe(&self.block, now);
                for heard in self.voices.iter().filter(|heard| heard.open) {
                    if let Some(lane) = lanes.get_mut(&heard.voice.window) {
                        lane.ear.slip(side_of(heard.voice.role), slip);
                        context.board.gauge(lane.window).drift(stream.drift.ppm());
                    }
                }
            }
        }
        if mended {
            self.tell(lanes, WindowState::Live, None, context);
        }
    }
}

impl Heard {
    /// Opens its side at this block of a stream that began at `started`; not yet where the side was given up and the
    /// time of the block has passed.
    fn catch_up(
        &mut self,
        lane: &mut Lane,
        format: (u32, u16),
        started: Duration,
        block: &AudioBlock,
        context: &Listening<'_>,
    ) {
        let mut begins = started;
        if self.behind {
            begins += Duration::from_secs_f64(block.start as f64 / f64::from(format.0));
            if lane.is_past(self.voice.role, begins) {
                return;
            }
        }
        self.base = if self.behind { block.start } else { 0 };
        self.behind = false;
        self.open = lane.open(&self.voice, format, begins, context);
    }
}

impl Stream {
    fn end_of(&self, block: &AudioBlock) -> u64 {
        block.start + block.samples.len() as u64 / u64::from(block.channels)
    }

    /// Run time at which position 0 was heard: as far as the first block tells, or as the other end says.
    fn first_block(&mut self, block: &AudioBlock, kind: Kind, now: Duration) -> Duration {
        let heard = Duration::from_secs_f64(self.end_of(block) as f64 / f64::from(self.rate_hz));
        let delivered = now.saturating_sub(heard);
        *self.started.insert(if kind == Kind::Network { self.at.min(delivered) } else { delivered })
    }

    /// Frames by which the device's clock is to be corrected now.
    fn observe(&mut self, block: &AudioBlock, now: Duration) -> i64 {
        self.drift.observe(self.end_of(block), now);
        let Some(ahead) = self.drift.offset() else { return 0 };
        let ahead = ahead as f64 * f64::from(SAMPLE_RATE_HZ) / f64::from(self.rate_hz);
        let wanted = -(ahead / SLIP_SAMPLES).round() as i64;
        let slip = wanted - self.slipped;
        self.slipped = wanted;
        slip
    }
}

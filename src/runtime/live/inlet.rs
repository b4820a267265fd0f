//! A source on its way into the windows that it serves: what it tells, what its ring holds, and its clock.
//! In: [`SourceNews`] and the ring. Out: blocks to the ears of the lanes. Thread: listen. Allocates: as the ears do.
//!
//! The work of one turn is bounded by [`TURN_AUDIO_S`], whatever the source delivers or leaps over: a source that runs
//! ahead of the clock keeps neither its neighbours nor the stop of the run waiting.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crossbeam_channel::Receiver;

use super::lane::{Lane, side_of};
use super::listen::Listening;
use super::stream::Stream;
use crate::capture::{AudioBlock, SourceNews};
use crate::config::Voice;
use crate::said::Bilingual;
use crate::status::WindowState;
use crate::units::Role;

/// How long a window waits for what its visitor said while the link of the visitor's own microphone was broken.
const VISITOR_AWAITED: Duration = Duration::from_secs(1);

/// Audio, and time without any, that one turn takes from one source at most: some milliseconds of work.
pub(super) const TURN_AUDIO_S: u64 = 1;

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
    /// What comes after all that the ring held when it was told.
    next: Option<SourceNews>,
    block: AudioBlock,
    /// The block was read from the ring, and not taken yet.
    at_hand: bool,
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

impl Inlet {
    pub fn new(news: Receiver<SourceNews>, voices: Vec<Voice>, kind: Kind) -> Self {
        let voices =
            voices.into_iter().map(|voice| Heard { voice, open: false, base: 0, behind: false }).collect();
        let (state, block) = (InletState::Starting, AudioBlock::default());
        Self { news, voices, kind, state, next: None, block, at_hand: false }
    }

    /// Nothing more will come of it.
    pub fn is_over(&self) -> bool {
        matches!(self.state, InletState::Ended)
    }

    /// The windows it serves, each once.
    pub fn windows(&self) -> BTreeSet<usize> {
        self.voices.iter().map(|heard| heard.voice.window).collect()
    }

    /// Takes what came since the last turn, as much as a turn may; true when there is more.
    pub fn turn(&mut self, lanes: &mut BTreeMap<usize, Lane>, context: &Listening<'_>) -> bool {
        let mut left_s = TURN_AUDIO_S as f64;
        loop {
            // Asked for before the ring is emptied: what it holds was delivered before.
            if self.next.is_none() {
                self.next = self.news.try_recv().ok();
            }
            if self.drain(&mut left_s, lanes, context) {
                return true;
            }
            self.give_up_visitors(lanes, context);
            if self.pass_time(lanes, context) {
                return true;
            }
            match self.next.take() {
                Some(news) => self.take(news, lanes, context),
                None => return false,
            }
        }
    }

    /// The run is over. While a link is broken, nobody will know what is kept at its other end.
    pub fn stop(&self, lanes: &mut BTreeMap<usize, Lane>) {
        let waits = match &self.state {
            InletState::Waiting => true,
            InletState::Live(stream) => stream.waits.is_some(),
            _ => false,
        };
        for heard in self.voices.iter().filter(|heard| waits && heard.voice.role == Role::Clerk) {
            if let Some(lane) = lanes.get_mut(&heard.voice.window) {
                lane.awaited = true;
            }
        }
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

    /// Lets time pass for the voices that cannot be heard, so that a window's other microphone need not wait; true when
    /// more time has passed than a turn may take.
    fn pass_time(&mut self, lanes: &mut BTreeMap<usize, Lane>, context: &Listening<'_>) -> bool {
        let (waits, ends) = match self.state {
            InletState::Waiting => (true, false),
            // Its end is on its way.
            InletState::Down { .. } => (false, self.kind == Kind::Recording),
            _ => (false, false),
        };
        let now = context.watch.elapsed();
        let mut more = false;
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
                more |= lane.absent(role, now, context);
            }
        }
        more
    }

    fn take(&mut self, news: SourceNews, lanes: &mut BTreeMap<usize, Lane>, context: &Listening<'_>) {
        let was_open = self.voices.iter().any(|heard| heard.open);
        match news {
            SourceNews::Opened { rate_hz, channels, reader, at } => {
                self.shut(lanes, context);
                self.state = InletState::Live(Box::new(Stream::new(rate_hz, channels, reader, at)));
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
        reason: Option<Bilingual>,
        context: &Listening<'_>,
    ) {
        for Heard { voice, .. } in &self.voices {
            if let Some(lane) = lanes.get(&voice.window) {
                lane.tell_state(voice.role, state, reason.clone(), context);
            }
        }
    }

    /// Takes what the ring holds, while there are seconds `left`; true when there is more.
    fn drain(
        &mut self,
        left_s: &mut f64,
        lanes: &mut BTreeMap<usize, Lane>,
        context: &Listening<'_>,
    ) -> bool {
        let mut mended = false;
        let mut more = false;
        while let InletState::Live(stream) = &mut self.state {
            if *left_s <= 0.0 {
                more = self.at_hand || !stream.reader.is_empty();
                break;
            }
            if !self.at_hand {
                if !stream.reader.read(&mut self.block) {
                    break;
                }
                self.at_hand = true;
                mended |= stream.waits.take().is_some();
                self.meet(lanes, context);
            }
            *left_s -= self.advance(*left_s, lanes, context);
        }
        if mended {
            self.tell(lanes, WindowState::Live, None, context);
        }
        more
    }

    /// Opens the voices for which the block at hand is the first.
    fn meet(&mut self, lanes: &mut BTreeMap<usize, Lane>, context: &Listening<'_>) {
        let InletState::Live(stream) = &mut self.state else { return };
        let first = stream.started.is_none();
        let started = match stream.started {
            Some(started) => started,
            None => stream.first_block(&self.block, self.kind == Kind::Network, context.watch.elapsed()),
        };
        let format = (stream.rate_hz, stream.channels);
        for heard in self.voices.iter_mut().filter(|heard| first || heard.behind) {
            if let Some(lane) = lanes.get_mut(&heard.voice.window) {
                heard.catch_up(lane, format, started, &self.block, context);
            }
        }
    }

    /// Takes the block at hand, or as much of the time that it leaps over as there are seconds `left`; the seconds
    /// that this came to.
    fn advance(&mut self, left_s: f64, lanes: &mut BTreeMap<usize, Lane>, context: &Listening<'_>) -> f64 {
        let InletState::Live(stream) = &mut self.state else { return left_s };
        let (from, reach) = (stream.taken, (left_s * f64::from(stream.rate_hz)).ceil() as u64);
        if self.block.start > from + reach {
            stream.taken = from + reach;
            let AudioBlock { rate_hz, channels, .. } = self.block;
            let mut leapt = AudioBlock { start: stream.taken, rate_hz, channels, samples: Vec::new() };
            push(&self.voices, &mut leapt, lanes, context);
            return left_s;
        }
        self.at_hand = false;
        stream.taken = stream.end_of(&self.block);
        push(&self.voices, &mut self.block, lanes, context);
        if self.kind != Kind::Recording {
            let slip = stream.observe(&self.block, context.watch.elapsed());
            for heard in self.voices.iter().filter(|heard| heard.open) {
                if let Some(lane) = lanes.get_mut(&heard.voice.window) {
                    lane.ear.slip(side_of(heard.voice.role), slip);
                    context.board.gauge(lane.window).drift(stream.drift.ppm());
                }
            }
        }
        stream.taken.saturating_sub(from) as f64 / f64::from(stream.rate_hz)
    }
}

/// Hands `block` to every voice that is open.
fn push(
    voices: &[Heard],
    block: &mut AudioBlock,
    lanes: &mut BTreeMap<usize, Lane>,
    context: &Listening<'_>,
) {
    let start = block.start;
    for heard in voices.iter().filter(|heard| heard.open && heard.base <= start) {
        if let Some(lane) = lanes.get_mut(&heard.voice.window) {
            // A side counts from where it was opened.
            block.start = start - heard.base;
            lane.push(heard.voice.role, block, context);
        }
    }
    block.start = start;
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

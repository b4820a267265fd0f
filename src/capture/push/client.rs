//! The microphone on the clerk's PC. In: the news of a device or a recording. Out: frames to the hub, news
//! for whoever runs it. Thread: `gather` empties the ring whatever the network does; the caller's talks to the
//! hub. Allocates: per frame.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::link::{Link, Received};
use super::{
    Coding, Framer, Hello, HubWord, LinkFault, Links, Lost, MicWord, SendBuffer, StreamId, VERSION, WireFault,
};
use crossbeam_channel::{Receiver, RecvTimeoutError};

use crate::capture::{AudioBlock, RingReader, SourceNews};
use crate::clock::Stopwatch;

/// How often the order to stop is looked for while there is no source.
const NEWS_POLL: Duration = Duration::from_millis(50);
/// How long the ring is left alone when it is empty.
const RING_POLL: Duration = Duration::from_millis(10);
/// Frames sent before acknowledgements are looked for.
const BURST: usize = 32;
/// Time for the hub to answer a hello.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// Silence of the hub after which it is asked for a sign of life, and after which the link is given up.
const PING_AFTER: Duration = Duration::from_secs(5);
const SILENCE_MAX: Duration = Duration::from_secs(15);
/// Time to send what is kept once the microphone is told to stop.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(5);
/// Waiting before trying again: doubles from the first to the last, give or take half.
const RETRY_FIRST: Duration = Duration::from_millis(250);
const RETRY_LAST: Duration = Duration::from_secs(8);

#[derive(Clone, Copy, Debug)]
pub struct MicSettings {
    pub coding: Coding,
    /// Seconds of audio kept while the link is broken.
    pub buffer_s: u32,
}

/// What happens, as it happens.
#[derive(Clone, Debug, PartialEq)]
pub enum MicNews {
    /// The first link stands.
    Connected,
    /// There is no link, or none any more. Told once until there is one again or the reason changes.
    Away { reason: String },
    /// A link stands again.
    Back { after: Duration },
    /// There is no audio for now.
    Deaf { reason: String },
    /// Audio will never reach the hub.
    Lost { seconds: f64 },
}

/// What a run came to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MicOutcome {
    pub captured_s: f64,
    pub lost_s: f64,
}

/// Sends everything the source delivers until it has ended or `stop` is set; then sees off what is kept, for 5 s
/// after `stop`, for as long as the buffer lasts otherwise. Each time the source is opened a stream begins.
///
/// # Errors
/// When the hub refuses the microphone and would again, or the source's format cannot be sent.
pub fn run(
    links: &Links,
    source: &Receiver<SourceNews>,
    settings: MicSettings,
    stop: &AtomicBool,
    tell: &mut dyn FnMut(MicNews),
) -> Result<MicOutcome, LinkFault> {
    let mut outcome = MicOutcome::default();
    let mut news = None;
    while !stop.load(Ordering::Acquire) {
        let next = match news.take() {
            Some(news) => Ok(news),
            None => source.recv_timeout(NEWS_POLL),
        };
        match next {
            Ok(SourceNews::Opened { rate_hz, channels, reader, .. }) => {
                let hello = greeting(rate_hz, channels, settings)?;
                let (streamed, next) = stream(links, hello, settings, (reader, source), stop, tell)?;
                outcome.captured_s += streamed.captured_s;
                outcome.lost_s += streamed.lost_s;
                news = next;
            }
            Ok(SourceNews::Down { reason, .. }) => tell(MicNews::Deaf { reason: reason.en }),
            Ok(SourceNews::Waiting { .. }) | Err(RecvTimeoutError::Timeout) => {}
            Ok(SourceNews::Ended) | Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    Ok(outcome)
}

fn greeting(rate_hz: u32, channels: u16, settings: MicSettings) -> Result<Hello, WireFault> {
    let stream = StreamId::random();
    let buffer_s = settings.buffer_s;
    Hello { version: VERSION, stream, rate_hz, channels, buffer_s, captured: 0 }.check()
}

/// Runs one stream, from the opening of the source to what is told of it next.
fn stream(
    links: &Links,
    hello: Hello,
    settings: MicSettings,
    (reader, source): (RingReader, &Receiver<SourceNews>),
    stop: &AtomicBool,
    tell: &mut dyn FnMut(MicNews),
) -> Result<(MicOutcome, Option<SourceNews>), LinkFault> {
    let Hello { rate_hz, channels, .. } = hello;
    let buffer = Mutex::new(SendBuffer::new(rate_hz, settings.buffer_s));
    let (gathered, leave) = (AtomicBool::new(false), AtomicBool::new(false));
    thread::scope(|scope| {
        let framer = Framer::new(rate_hz, channels, settings.coding);
        let (buffer, gathered, leave) = (&buffer, &gathered, &leave);
        let work = move || {
            let next = gather(reader, source, framer, buffer, &[stop, leave]);
            gathered.store(true, Ordering::Release);
            next
        };
        let gatherer = thread::Builder::new().name("gather".to_owned()).spawn_scoped(scope, work);
        let gatherer = gatherer.unwrap_or_else(|fault| panic!("the system refuses another thread: {fault}"));
        let mut mic = Mic {
            links,
            hello,
            buffer,
            gathered,
            stop,
            watch: Stopwatch::start(),
            over: None,
            away: None,
            reason: None,
            retry: RETRY_FIRST,
            lost: Lost::default(),
            tell,
        };
        let ended = mic.run();
        leave.store(true, Ordering::Release);
        let next = gatherer.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        ended.map(|()| (mic.outcome(), next))
    })
}

/// The work of the `gather` thread: empties the ring until the source tells something else, and gives that.
fn gather(
    mut reader: RingReader,
    source: &Receiver<SourceNews>,
    mut framer: Framer,
    buffer: &Mutex<SendBuffer>,
    stop: &[&AtomicBool; 2],
) -> Option<SourceNews> {
    let mut block = AudioBlock::default();
    loop {
        // Asked before reading: what is written before the writer goes must still be read.
        let last = reader.is_closed() || stop.iter().any(|flag| flag.load(Ordering::Acquire));
        let news = source.try_recv().ok();
        while reader.read(&mut block) {
            framer.push(&block, &mut lock(buffer));
        }
        if last || news.is_some() {
            framer.flush(&mut lock(buffer));
            return news;
        }
        thread::sleep(RING_POLL);
    }
}

fn lock(buffer: &Mutex<SendBuffer>) -> MutexGuard<'_, SendBuffer> {
    buffer.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Mic<'a> {
    links: &'a Links,
    hello: Hello,
    buffer: &'a Mutex<SendBuffer>,
    gathered: &'a AtomicBool,
    stop: &'a AtomicBool,
    watch: Stopwatch,
    /// When the last sample was gathered.
    over: Option<Duration>,
    /// Since when there has been no link, and why not; `None` before the first link too.
    away: Option<Duration>,
    reason: Option<String>,
    retry: Duration,
    lost: Lost,
    tell: &'a mut dyn FnMut(MicNews),
}

impl Mic<'_> {
    fn run(&mut self) -> Result<(), LinkFault> {
        loop {
            let carried = self.links.connect(self.hello.stream).and_then(|link| self.carry(link));
            let Err(fault) = carried else { return Ok(()) };
            if fault.is_final() {
                return Err(fault);
            }
            self.away.get_or_insert(self.watch.elapsed());
            let reason = fault.to_string();
            if self.reason.as_ref() != Some(&reason) {
                self.reason = Some(reason.clone());
                (self.tell)(MicNews::Away { reason });
            }
            if !self.pause() {
                lock(self.buffer).give_up();
                return Ok(());
            }
        }
    }

    /// Waits before the next attempt; false when there is nothing left to send, or no time to send it.
    fn pause(&mut self) -> bool {
        let jitter = RandomState::new().build_hasher().finish() as f64 / u64::MAX as f64;
        let until = self.watch.elapsed() + self.retry.mul_f64(0.5 + jitter);
        self.retry = (self.retry * 2).min(RETRY_LAST);
        while self.watch.elapsed() < until {
            if self.is_too_late() || (self.over.is_some() && lock(self.buffer).held_frames() == 0) {
                return false;
            }
            thread::sleep(RING_POLL);
        }
        true
    }

    /// Whether the microphone is over and the time to see off what is kept has passed.
    fn is_too_late(&mut self) -> bool {
        let now = self.watch.elapsed();
        if self.over.is_none() && self.gathered.load(Ordering::Acquire) {
            self.over = Some(now);
        }
        let stopped = self.stop.load(Ordering::Acquire);
        let grace = if stopped { FLUSH_TIMEOUT } else { Duration::from_secs(u64::from(self.hello.buffer_s)) };
        self.over.is_some_and(|over| now.saturating_sub(over) >= grace)
    }

    /// Serves one link until everything is sent, when it is well, or until it breaks.
    fn carry(&mut self, mut link: Link) -> Result<(), LinkFault> {
        self.greet(&mut link)?;
        let (mut arrived, mut taken) = (false, false);
        let (mut heard, mut pinged) = (self.watch.elapsed(), false);
        loop {
            for _ in 0..BURST {
                let Some(frame) = lock(self.buffer).next_to_send() else { break };
                link.write(&frame)?;
            }
            link.flush()?;
            let mut received = link.receive()?;
            while !matches!(received, Received::Nothing) {
                (heard, pinged) = (self.watch.elapsed(), false);
                match received {
                    Received::Word(HubWord::Ack { next_frame }) => {
                        lock(self.buffer).acknowledge(next_frame)?;
                        taken = true;
                    }
                    Received::Word(_) => {
                        return Err(WireFault::OutOfTurn("a start", "an acknowledgement").into());
                    }
                    Received::Closed => return Err(LinkFault::Broken("the hub closed it".to_owned())),
                    Received::Alive | Received::Nothing => {}
                }
                received = link.receive()?;
            }
            // A hub that is about to stop says hello too: a link stands once something came through.
            if !arrived && (taken || lock(self.buffer).held_frames() == 0) {
                arrived = true;
                self.arrived();
            }
            self.tell_lost();
            let too_late = self.is_too_late();
            if self.over.is_some() && (too_late || lock(self.buffer).held_frames() == 0) {
                return self.part(link);
            }
            let silence = self.watch.elapsed().saturating_sub(heard);
            if silence >= SILENCE_MAX {
                return Err(LinkFault::Broken(format!("the hub is silent for {} s", silence.as_secs())));
            }
            if silence >= PING_AFTER && !pinged {
                link.ping()?;
                pinged = true;
            }
        }
    }

    /// Says hello and does what the hub answers.
    fn greet(&mut self, link: &mut Link) -> Result<(), LinkFault> {
        let captured = lock(self.buffer).captured_samples();
        link.say(&MicWord::Hello(Hello { captured, ..self.hello }))?;
        let asked = self.watch.elapsed();
        while self.watch.elapsed().saturating_sub(asked) < ANSWER_TIMEOUT {
            match link.receive()? {
                Received::Word(HubWord::Start { keep_ms }) => {
                    lock(self.buffer).start(keep_ms);
                    return Ok(());
                }
                Received::Word(HubWord::Resume { next_frame }) => {
                    return Ok(lock(self.buffer).resume(next_frame)?);
                }
                Received::Word(_) => return Err(WireFault::OutOfTurn("an acknowledgement", "a start").into()),
                Received::Closed => return Err(LinkFault::Broken("the hub closed it".to_owned())),
                Received::Alive | Received::Nothing => {}
            }
        }
        Err(LinkFault::Broken("the hub does not answer the hello".to_owned()))
    }

    fn arrived(&mut self) {
        self.reason = None;
        self.retry = RETRY_FIRST;
        let news = match self.away.take() {
            Some(since) => MicNews::Back { after: self.watch.elapsed().saturating_sub(since) },
            None => MicNews::Connected,
        };
        (self.tell)(news);
        self.tell_lost();
    }

    fn tell_lost(&mut self) {
        let lost = lock(self.buffer).take_lost();
        if lost.frames > 0 {
            self.lost.frames += lost.frames;
            self.lost.samples += lost.samples;
            let seconds = self.seconds(lost.samples);
            (self.tell)(MicNews::Lost { seconds });
        }
    }

    /// Tells the hub that nothing more comes, and waits for it to hang up.
    fn part(&mut self, mut link: Link) -> Result<(), LinkFault> {
        let next_frame = lock(self.buffer).next_frame();
        lock(self.buffer).give_up();
        // Everything has arrived or is given up: how the link ends changes nothing.
        let parted = link.say(&MicWord::End { next_frame });
        let asked = self.watch.elapsed();
        while parted.is_ok() && self.watch.elapsed().saturating_sub(asked) < FLUSH_TIMEOUT {
            match link.receive() {
                Ok(Received::Closed) | Err(_) => break,
                Ok(_) => {}
            }
        }
        link.close();
        Ok(())
    }

    fn outcome(&mut self) -> MicOutcome {
        self.tell_lost();
        let captured = lock(self.buffer).captured_samples();
        MicOutcome { captured_s: self.seconds(captured), lost_s: self.seconds(self.lost.samples) }
    }

    fn seconds(&self, samples: u64) -> f64 {
        samples as f64 / f64::from(self.hello.rate_hz)
    }
}

//! One window's microphone as the hub sees it. In: claims, hellos, frames, broken links, the run time.
//! Out: samples in a ring, [`SourceNews`], what to answer. Thread: the web server's; reads no clock and never
//! waits. Allocates: a ring for each stream.

use std::time::Duration;

use crossbeam_channel::Sender;
use thiserror::Error;

use super::{FrameHeader, Hello, HubWord, Intake, StreamId, Taken, Token, WireFault};
use crate::capture::{RingWriter, SourceNews, ring};
use crate::said::{Bilingual, Why};
use crate::units::WindowId;

/// Audio a ring holds while the listen thread is busy elsewhere.
const RING_MS: u32 = 2_000;

/// How much longer than its buffer lasts a microphone is waited for: it may take that long to come back.
const HOLD_MARGIN_S: u32 = 15;

/// How far a stream may run ahead of the clock: more than the ring of a busy PC holds back when it says hello.
const AHEAD_MAX: Duration = Duration::from_secs(5);

/// How much faster than the hub's a microphone's clock may run, one part in so many. Real ones differ by less
/// than one in five thousand; who sends faster than this is held back.
const FAST_CLOCK: u32 = 1_000;

const STARTED_AGAIN: Why = Why::new("the microphone was started again", "麦克风重新启动了");
const SWITCHED_OFF: Why = Why::new("the microphone was switched off", "麦克风已关闭");
const LEAPT: Why = Why::new(
    "the microphone's audio leaps by more than it can have kept",
    "麦克风的音频跳跃过大，超过其缓存时长",
);

/// Where the audio of a window's network microphone goes.
#[derive(Clone, Debug)]
pub struct PushPort {
    pub window: WindowId,
    pub token: Token,
    /// Without a bound, so that telling never waits: news are few.
    pub news: Sender<SourceNews>,
}

/// The right to be the window's microphone, until another link of the same stream claims it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    link: u64,
    stream: StreamId,
}

/// What became of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taking {
    /// Tell the microphone.
    Taken(HubWord),
    /// Offer it again a little later.
    NoRoom,
}

/// Why a microphone is sent away.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ReceptionFault {
    #[error(
        "another microphone is connected to window {0}: switch that one off, or give this one its own window"
    )]
    Taken(WindowId),
    #[error("a newer link of the same microphone took over")]
    Superseded,
    #[error("the window has another token now")]
    Locked,
    #[error("window {0} is not listened to any more")]
    Unheard(WindowId),
    #[error(transparent)]
    Wire(#[from] WireFault),
}

impl ReceptionFault {
    /// In both languages. What is against the protocol is for whoever wrote the microphone, and stays as it is.
    pub fn said(&self) -> Bilingual {
        let zh = match self {
            Self::Taken(window) => {
                format!("窗口 {window} 已连接另一个麦克风：请关闭那一个，或让这一个使用自己的窗口")
            }
            Self::Superseded => "同一麦克风建立了新的连接".to_owned(),
            Self::Locked => "该窗口的令牌已更换".to_owned(),
            Self::Unheard(window) => format!("窗口 {window} 已不再监听"),
            Self::Wire(fault) => format!("麦克风发来的数据不符合协议：{fault}"),
        };
        Bilingual::new(self.to_string(), zh)
    }
}

/// The state of one window's microphone.
pub struct Reception {
    port: PushPort,
    link: Option<Claim>,
    links: u64,
    /// Up to when the listen thread was told that time passed; `None` before anything was heard.
    told_until: Option<Duration>,
    state: State,
}

enum State {
    /// Nothing is expected.
    Closed,
    /// A stream said hello at this run time; its first frame decides where it begins.
    Greeted {
        hello: Hello,
        at: Duration,
    },
    Open(Open),
}

struct Open {
    hello: Hello,
    intake: Intake,
    writer: RingWriter,
    /// Position in the stream, and run time, of the ring's position 0.
    origin: u64,
    at: Duration,
    /// When the link broke.
    broken: Option<Duration>,
}

impl Reception {
    pub fn new(port: PushPort) -> Self {
        Self { port, link: None, links: 0, told_until: None, state: State::Closed }
    }

    pub fn port(&self) -> &PushPort {
        &self.port
    }

    /// Has another token from now on. Whoever is connected showed the old one, and is not the window's microphone any
    /// more until it comes again.
    pub fn change_token(&mut self, token: Token, now: Duration) {
        if self.port.token != token {
            self.port.token = token;
            if let Some(claim) = self.link {
                self.broken(claim, ReceptionFault::Locked.said(), now);
            }
        }
    }

    /// Makes a new link of `stream` the only one. A link of the same stream that is still held is dead.
    ///
    /// # Errors
    /// While a link of another stream is held.
    pub fn claim(&mut self, stream: StreamId) -> Result<Claim, ReceptionFault> {
        if self.link.is_some_and(|held| held.stream != stream) {
            return Err(ReceptionFault::Taken(self.port.window.clone()));
        }
        self.links += 1;
        let claim = Claim { link: self.links, stream };
        self.link = Some(claim);
        Ok(claim)
    }

    /// The first message of a link, and what to answer.
    ///
    /// # Errors
    /// When the link is not the window's any more, or says hello for another stream than it claimed.
    pub fn hello(&mut self, claim: Claim, hello: Hello, now: Duration) -> Result<HubWord, ReceptionFault> {
        self.check(claim)?;
        if hello.stream != claim.stream {
            return Err(WireFault::Stream.into());
        }
        let same = |had: &Hello| {
            (had.stream, had.rate_hz, had.channels) == (hello.stream, hello.rate_hz, hello.channels)
        };
        match &mut self.state {
            State::Open(open) if same(&open.hello) => {
                open.broken = None;
                open.hello = hello;
                return Ok(HubWord::Resume { next_frame: open.intake.next_frame() });
            }
            State::Open(_) => self.close(STARTED_AGAIN, now),
            State::Closed | State::Greeted { .. } => {}
        }
        self.state = State::Greeted { hello, at: now };
        // Time that was told to have passed unheard does not come back.
        let keep = if self.told_until.is_none() { now } else { Duration::ZERO };
        Ok(HubWord::Start { keep_ms: keep.as_millis().min(u128::from(u64::MAX)) as u64 })
    }

    /// Takes a frame with its samples, interleaved, if there is room for it.
    ///
    /// # Errors
    /// When the link is not the window's any more, nobody listens, or the frame cannot be of this stream.
    pub fn frame(
        &mut self,
        claim: Claim,
        header: &FrameHeader,
        samples: &[f32],
        now: Duration,
    ) -> Result<Taking, ReceptionFault> {
        self.check(claim)?;
        if let State::Greeted { hello, at } = self.state {
            let at = begin(&hello, header.position, at).min(now).max(self.told_until.unwrap_or_default());
            self.open(hello, header, at);
        }
        let leap = match &self.state {
            State::Open(open) => match open.intake.look(header)? {
                Taken::Again => {
                    return Ok(Taking::Taken(HubWord::Ack { next_frame: open.intake.next_frame() }));
                }
                Taken::New { samples, .. } if samples > open.leap_max() => Some(open.hello),
                Taken::New { .. } => None,
            },
            _ => return Err(WireFault::OutOfTurn("a frame", "a hello").into()),
        };
        if let Some(hello) = leap {
            self.close(LEAPT, now);
            self.open(hello, header, now);
        }
        let State::Open(open) = &mut self.state else { unreachable!("it was open or was just opened") };
        if open.writer.is_closed() {
            return Err(ReceptionFault::Unheard(self.port.window.clone()));
        }
        if !open.writer.has_room(samples.len()) || open.is_ahead(header, now) {
            return Ok(Taking::NoRoom);
        }
        open.writer.skip_to(header.position - open.origin);
        open.writer.push(samples);
        open.intake.take(header);
        Ok(Taking::Taken(HubWord::Ack { next_frame: open.intake.next_frame() }))
    }

    /// The link is gone, the stream is not: what is said is kept on the PC.
    pub fn broken(&mut self, claim: Claim, reason: Bilingual, now: Duration) {
        if self.check(claim).is_err() {
            return;
        }
        self.link = None;
        match &mut self.state {
            State::Open(open) => {
                open.broken = Some(now);
                self.tell(SourceNews::Waiting { reason });
            }
            State::Closed | State::Greeted { .. } => self.state = State::Closed,
        }
    }

    /// The microphone was switched off.
    pub fn ended(&mut self, claim: Claim, now: Duration) {
        if self.check(claim).is_ok() {
            self.link = None;
            self.close(SWITCHED_OFF, now);
        }
    }

    /// Gives up a microphone that stays away for longer than its buffer lasts. To be called every second or so.
    pub fn tick(&mut self, now: Duration) {
        if let State::Open(Open { hello, broken: Some(broken), .. }) = &self.state
            && now.saturating_sub(*broken) >= hold(hello)
        {
            let away_s = hold(hello).as_secs();
            let reason = Bilingual::new(
                format!("the microphone has been away for {away_s} s, longer than it keeps audio"),
                format!("麦克风已断开 {away_s} 秒，超过其缓存时长"),
            );
            self.close(reason, now);
        }
    }

    fn check(&self, claim: Claim) -> Result<(), ReceptionFault> {
        if self.link == Some(claim) { Ok(()) } else { Err(ReceptionFault::Superseded) }
    }

    fn open(&mut self, hello: Hello, first: &FrameHeader, at: Duration) {
        let Hello { rate_hz, channels, .. } = hello;
        let (writer, reader) = ring(rate_hz, channels, RING_MS);
        let (intake, origin) = (Intake::starting_with(first), first.position);
        self.state = State::Open(Open { hello, intake, writer, origin, at, broken: None });
        self.tell(SourceNews::Opened { rate_hz, channels, reader, at });
    }

    /// From here on time passes unheard.
    fn close(&mut self, reason: impl Into<Bilingual>, now: Duration) {
        if let State::Open(_) = std::mem::replace(&mut self.state, State::Closed) {
            self.told_until = Some(now);
            self.tell(SourceNews::Down { reason: reason.into(), retry_in: None });
        }
    }

    fn tell(&self, news: SourceNews) {
        // Were the listen thread gone, there would be nobody to tell: the ring shows it to the link.
        let _ = self.port.news.send(news);
    }
}

impl Open {
    /// Longest leap of positions taken as a gap, in samples per channel.
    fn leap_max(&self) -> u64 {
        hold(&self.hello).as_secs() * u64::from(self.hello.rate_hz)
    }

    /// Whether the frame ends later in the stream than the clock allows.
    fn is_ahead(&self, header: &FrameHeader, now: Duration) -> bool {
        let end = header.position - self.origin + u64::from(header.samples);
        let passed = now.saturating_sub(self.at);
        Duration::from_secs_f64(end as f64 / f64::from(self.hello.rate_hz))
            > passed + passed / FAST_CLOCK + AHEAD_MAX
    }
}

/// How long a broken link is waited for.
fn hold(hello: &Hello) -> Duration {
    Duration::from_secs(u64::from(hello.buffer_s + HOLD_MARGIN_S))
}

/// The run time at which `position` was captured, going by a hello that came at `at`.
fn begin(hello: &Hello, position: u64, at: Duration) -> Duration {
    let seconds = |samples: u64| Duration::from_secs_f64(samples as f64 / f64::from(hello.rate_hz));
    match hello.captured.checked_sub(position) {
        Some(older) => at.saturating_sub(seconds(older)),
        None => at.saturating_add(seconds(position - hello.captured)),
    }
}

//! Ear. In: `AudioBlock`s of a window's sources. Out: `Sound`. Thread: listen. Allocates: per segment.

mod side;

use thiserror::Error;

use crate::capture::AudioBlock;
use crate::conduct::Report;
use crate::said::Bilingual;
use crate::signal::{FRAME_SAMPLES, Frame, FrontEnd, SignalError};
use crate::units::{ChannelIndex, Dbfs, Role, SAMPLE_RATE_HZ, SessionTime, Span};
use crate::vad::{ChannelActivity, Listener, PartialPoint, SpeechSegment, VadConfig, VadError};

use side::{Side, Stream};

/// How often the judge is told that time passes, in session time.
const TICK_SAMPLES: u64 = SAMPLE_RATE_HZ as u64 / 4;

#[derive(Debug, Error)]
pub enum EarError {
    #[error(transparent)]
    Signal(#[from] SignalError),
    #[error(transparent)]
    Vad(#[from] VadError),
}

impl EarError {
    /// In both languages.
    pub fn said(&self) -> Bilingual {
        match self {
            Self::Signal(fault) => fault.said(),
            Self::Vad(fault) => Bilingual::new(fault.to_string(), format!("语音检测器出错：{fault}")),
        }
    }
}

/// What the listen thread makes of audio, in the order it happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Sound {
    /// The clerk is speaking: what can be heard of it so far. The segment of the same start follows as `Speech`.
    Partial(Partial),
    /// Someone spoke.
    Speech(SpeechSegment),
    /// A telephone rang at the clerk's: one burst, of which a double ring is one.
    Ring(Span),
    Quiet(Quiet),
    /// The clerk's source did not deliver this stretch.
    Gap(Span),
    /// The visitor's source delivers no more, or again.
    Noted(Report),
}

/// Nothing more will be told of before these times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quiet {
    /// Of anybody.
    pub until: SessionTime,
    /// Of the clerk, who may be silent while the visitor speaks.
    pub clerk: SessionTime,
}

/// Speech in progress.
#[derive(Clone, Debug, PartialEq)]
pub struct Partial {
    pub segment: SpeechSegment,
    /// The speech seems to have ended: if the silence lasts, `segment` is the very segment that follows.
    pub pause: bool,
}

/// What the clerk's microphone took up in a frame, and who spoke meanwhile, leakage taken out.
#[derive(Clone, Debug, PartialEq)]
pub struct Taped {
    pub frame: Frame,
    pub clerk: bool,
    pub visitor: bool,
}

/// The stages before the recogniser, for one window. Its sides are the clerk's microphone and, where there is one,
/// the visitor's; they may be channels of one source or sources of their own.
pub struct Ear {
    sides: Vec<Side>,
    together: Vec<Frame>,
    listener: Listener,
    /// Frames of speech between two partials; `None` where nobody asks for them.
    partial_step: Option<usize>,
    segments: Vec<SpeechSegment>,
    partials: Vec<(PartialPoint, SpeechSegment)>,
    ticked: SessionTime,
    /// Frames that nobody took yet; `None` where nobody keeps any.
    tape: Option<Vec<Taped>>,
}

impl Ear {
    /// An ear for audio of `rate_hz` and `channels`, of which `roles` are listened to.
    pub fn new(
        rate_hz: u32,
        channels: u16,
        roles: &[(ChannelIndex, Role)],
        vad: &VadConfig,
    ) -> Result<Self, EarError> {
        let mut ear = Self::unopened(roles, vad)?;
        for (side, (channel, _)) in roles.iter().enumerate() {
            ear.open(side, rate_hz, channels, *channel)?;
        }
        Ok(ear)
    }

    /// An ear whose sides, in the order of `roles`, are yet to be opened.
    pub fn unopened(roles: &[(ChannelIndex, Role)], vad: &VadConfig) -> Result<Self, EarError> {
        let side = |&(_, role): &(ChannelIndex, Role)| Side {
            role,
            stream: None,
            frames: Vec::new(),
            made: 0,
            filling: 0,
            slip: 0,
            missing: 0,
            told_lost: false,
        };
        Ok(Self {
            sides: roles.iter().map(side).collect(),
            together: Vec::with_capacity(roles.len()),
            listener: Listener::new(vad, roles)?,
            partial_step: None,
            segments: Vec::new(),
            partials: Vec::new(),
            ticked: SessionTime(0),
            tape: None,
        })
    }

    /// The same ear, telling of the clerk's speech in progress every `step_ms` of audio.
    pub fn with_partials(mut self, step_ms: u32) -> Self {
        let frames = u64::from(step_ms) * u64::from(SAMPLE_RATE_HZ) / 1_000 / FRAME_SAMPLES as u64;
        self.partial_step = Some((frames as usize).max(1));
        self
    }

    /// The same ear, keeping the clerk's frames until [`taped`](Self::taped) takes them.
    pub fn taping(mut self, tape: bool) -> Self {
        self.tape = tape.then(Vec::new);
        self
    }

    /// The frames that were listened to since this was asked last, in order.
    pub fn taped(&mut self) -> impl Iterator<Item = Taped> + '_ {
        self.tape.iter_mut().flat_map(|tape| tape.drain(..))
    }

    /// Feeds `side` from channel `pick` of a source whose positions count from 0. What was open before is finished.
    pub fn open(
        &mut self,
        side: usize,
        rate_hz: u32,
        channels: u16,
        pick: ChannelIndex,
    ) -> Result<(), EarError> {
        let front_end = FrontEnd::new(rate_hz, channels, pick)?;
        let side = &mut self.sides[side];
        side.close();
        side.stream = Some(Stream { front_end, taken: 0, before: side.made as i64 });
        // Whatever the last stream's clock was off by, this one begins anew.
        (side.filling, side.slip) = (0, 0);
        Ok(())
    }

    /// The source of `side` delivers no more; [`absent`](Self::absent) says how time passes from here.
    pub fn close(&mut self, side: usize, out: &mut Vec<Sound>) {
        self.sides[side].close();
        self.listen(out);
    }

    /// Takes the next block of the source that feeds every side.
    pub fn push(&mut self, block: &AudioBlock, out: &mut Vec<Sound>) {
        for side in 0..self.sides.len() {
            self.take(side, block, out);
        }
        self.listen(out);
    }

    /// Takes the next block of the source that feeds `side`.
    pub fn push_side(&mut self, side: usize, block: &AudioBlock, out: &mut Vec<Sound>) {
        self.take(side, block, out);
        self.listen(out);
    }

    /// Time passed until `until` in which `side`, which is closed, heard nothing.
    pub fn absent(&mut self, side: usize, until: SessionTime, out: &mut Vec<Sound>) {
        let side = &mut self.sides[side];
        let from = side.time();
        while side.made < until.0 / FRAME_SAMPLES as u64 {
            side.add(Frame { start: from, samples: [0.0; FRAME_SAMPLES], level: Dbfs::SILENCE });
        }
        let span = Span { start: from, end: side.time() };
        side.missing += span.samples();
        if span.samples() > 0 {
            side.tell_lost(span, out);
        }
        self.listen(out);
    }

    /// Corrects the clock of `side` by whole frames: adds silent ones, or leaves out as many, the next time that
    /// nobody speaks.
    pub fn slip(&mut self, side: usize, frames: i64) {
        self.sides[side].slip += frames;
    }

    /// The sources ended.
    pub fn finish(&mut self, out: &mut Vec<Sound>) {
        self.sides.iter_mut().for_each(Side::flush);
        self.listen(out);
        self.listener.finish(&mut self.segments);
        self.tell_newest(out);
        let end = self.heard_until();
        out.push(Sound::Quiet(Quiet { until: end, clerk: end }));
    }

    /// Session time of the audio taken so far, of the clerk's side.
    pub fn heard_until(&self) -> SessionTime {
        self.sides.first().map_or(SessionTime(0), Side::until)
    }

    /// Session time up to which `side` has been heard or is absent, in whole frames.
    pub fn side_until(&self, side: usize) -> SessionTime {
        self.sides[side].time()
    }

    /// Time the clerk's source did not deliver.
    pub fn gap(&self) -> Span {
        let missing = self.sides.first().map_or(0, Side::missing);
        Span { start: SessionTime(0), end: SessionTime(missing) }
    }

    /// What each side does at the newest frame.
    pub fn activity(&self) -> &[ChannelActivity] {
        self.listener.activity()
    }

    fn take(&mut self, side: usize, block: &AudioBlock, out: &mut Vec<Sound>) {
        let quiet = self.listener.open_since().is_none();
        let side = &mut self.sides[side];
        let Some(stream) = &mut side.stream else { return };
        let at = |samples: u64| {
            stream.session_time(samples * u64::from(SAMPLE_RATE_HZ) / u64::from(block.rate_hz))
        };
        let (due, delivered) = (at(stream.taken), at(block.start));
        if delivered > due {
            side.tell_lost(Span::new(due, delivered), out);
        }
        side.tell_back(delivered, out);
        let Some(stream) = &mut side.stream else { return };
        stream.taken = block.start + block.samples.len() as u64 / u64::from(block.channels);
        let first = side.frames.len();
        stream.front_end.push(block, &mut side.frames);
        side.number_from(first);
        if quiet && side.slip != 0 {
            side.make_up();
        }
    }

    fn listen(&mut self, out: &mut Vec<Sound>) {
        let ready = self.sides.iter().map(|side| side.frames.len()).min().unwrap_or(0);
        for index in 0..ready {
            self.together.clear();
            self.together.extend(self.sides.iter().map(|side| side.frames[index]));
            self.listener.push(&self.together, &mut self.segments);
            self.tell_newest(out);
            self.keep_newest();
            if let Some(step) = self.partial_step {
                self.listener.partials(step, &mut self.partials);
                out.extend(self.partials.drain(..).map(|(point, segment)| {
                    Sound::Partial(Partial { segment, pause: point == PartialPoint::Pause })
                }));
            }
            let now = self.together[0].start;
            if now.0 >= self.ticked.0 + TICK_SAMPLES {
                self.ticked = now;
                let clerk = self.listener.clerk_since().unwrap_or(now);
                let open = self.listener.open_since().unwrap_or(now);
                let until = self.listener.ring_undecided_since().map_or(open, |since| open.min(since));
                out.push(Sound::Quiet(Quiet { until, clerk }));
            }
        }
        self.sides.iter_mut().for_each(|side| drop(side.frames.drain(..ready)));
    }

    fn keep_newest(&mut self) {
        let Some(tape) = &mut self.tape else { return };
        let sides = self.sides.iter().zip(self.listener.activity());
        let speaks = |role| sides.clone().any(|(side, activity)| side.role == role && activity.speaking);
        let frame = self.together[0];
        tape.push(Taped { frame, clerk: speaks(Role::Clerk), visitor: speaks(Role::Visitor) });
    }

    /// Tells the speech and the ring that the newest frame ended, what began first before the other.
    fn tell_newest(&mut self, out: &mut Vec<Sound>) {
        let ring = self.listener.rung();
        let earlier = |segment: &SpeechSegment| ring.is_none_or(|ring| segment.speech.start <= ring.start);
        let before = self.segments.iter().take_while(|segment| earlier(segment)).count();
        out.extend(self.segments.drain(..before).map(Sound::Speech));
        out.extend(ring.map(Sound::Ring));
        out.extend(self.segments.drain(..).map(Sound::Speech));
    }
}

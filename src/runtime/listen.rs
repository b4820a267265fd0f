//! The listen thread: a recording, or the ring a microphone fills, through the ear.

use std::thread;
use std::time::Duration;

use crossbeam_channel::Sender;

use super::{Body, Job, Message, Pace, Recorded};
use crate::capture::{
    AudioBlock, AudioFormat, CaptureError, CaptureWarning, Oddity, Recording, RingReader, RingWriter, ring,
};
use crate::clock::Stopwatch;
use crate::pipeline::{Ear, Settings, Sound};
use crate::units::{ChannelIndex, Role, SAMPLE_RATE_HZ, SessionTime, Span};

/// Audio a ring holds while the listen thread is busy elsewhere.
const RING_MS: u32 = 2_000;
/// Audio a played recording delivers at once, as a sound card would.
const PERIOD_MS: u32 = 10;
/// How long the listen thread sleeps when its ring is empty.
const RING_POLL: Duration = Duration::from_millis(5);
/// How much of two equal channels is compared before they are taken for one microphone, in seconds.
const SAME_CHANNELS_S: f64 = 30.0;

/// One recording on its way through a listen thread.
pub(super) struct Lane<'a> {
    index: usize,
    source: usize,
    order: u64,
    watch: Stopwatch,
    to_hear: &'a Sender<Job>,
    to_judge: &'a Sender<Message>,
}

impl<'a> Lane<'a> {
    pub fn new(index: usize, source: usize, to_hear: &'a Sender<Job>, to_judge: &'a Sender<Message>) -> Self {
        Self { index, source, order: 0, watch: Stopwatch::start(), to_hear, to_judge }
    }

    /// Reads the recording to its end, or as far as it can be read.
    pub fn play(mut self, recorded: &Recorded, pace: Pace, settings: &Settings) {
        match open(recorded) {
            Ok((recording, roles)) => {
                let format = recording.format();
                self.watch = Stopwatch::start();
                self.post(Body::Opened { window: recorded.window.clone(), format, watch: self.watch });
                if recorded.visitor.is_some() && roles.len() == 1 && format.channels > 1 {
                    let same = "both channels carry the same signal: taken as the clerk's microphone";
                    self.post(Body::Warned(format!("{}: {same}", recorded.path.display())));
                }
                match Ear::new(format.rate_hz, format.channels, &roles, &settings.vad) {
                    Ok(ear) => self.hear_out(recording, ear, pace, settings),
                    Err(fault) => {
                        self.post(Body::Failed(format!("{}: {fault}", recorded.path.display())));
                        self.post(Body::Ended { audio: SessionTime(0), gap: Span::default() });
                    }
                }
            }
            Err(error) => self.post(Body::Failed(error.to_string())),
        }
    }

    fn hear_out(&mut self, recording: Recording, mut ear: Ear, pace: Pace, settings: &Settings) {
        let (recording, ended) = match pace {
            Pace::Replay => self.replay(recording, &mut ear, settings),
            Pace::RealTime => self.play_live(recording, &mut ear, settings),
        };
        let mut sounds = Vec::new();
        ear.finish(&mut sounds);
        self.pass_on(&mut sounds, settings);
        let breaks_off =
            |w: &CaptureWarning| matches!(w.oddity, Oddity::Shorter { .. } | Oddity::CutShort { .. });
        if ended.is_err() || recording.warnings().iter().any(breaks_off) {
            // It goes on, who knows how long: what was said next was not heard.
            let end = ear.heard_until();
            self.post(Body::Gap(Span::new(end, end.plus(u64::from(SAMPLE_RATE_HZ)))));
        }
        for warning in recording.warnings() {
            self.post(Body::Warned(warning.to_string()));
        }
        if let Err(error) = ended {
            self.post(Body::Failed(error.to_string()));
        }
        self.post(Body::Ended { audio: ear.heard_until(), gap: ear.gap() });
    }

    fn replay(
        &mut self,
        mut recording: Recording,
        ear: &mut Ear,
        settings: &Settings,
    ) -> (Recording, Result<(), CaptureError>) {
        let mut block = AudioBlock::default();
        let mut sounds = Vec::new();
        loop {
            match recording.next_block(&mut block) {
                Ok(true) => ear.push(&block, &mut sounds),
                Ok(false) => return (recording, Ok(())),
                Err(error) => return (recording, Err(error)),
            }
            self.pass_on(&mut sounds, settings);
        }
    }

    /// A thread of its own plays the recording into a ring, in step with the clock; this one listens.
    fn play_live(
        &mut self,
        recording: Recording,
        ear: &mut Ear,
        settings: &Settings,
    ) -> (Recording, Result<(), CaptureError>) {
        let AudioFormat { rate_hz, channels, .. } = recording.format();
        let (writer, mut reader) = ring(rate_hz, channels, RING_MS);
        let watch = self.watch;
        thread::scope(|scope| {
            let name = format!("capture-{}", self.index);
            let player =
                thread::Builder::new().name(name).spawn_scoped(scope, move || play(recording, writer, watch));
            self.listen(&mut reader, ear, settings);
            match player.map(thread::ScopedJoinHandle::join) {
                Ok(Ok(played)) => played,
                Ok(Err(panic)) => std::panic::resume_unwind(panic),
                Err(refused) => panic!("the system refuses another thread: {refused}"),
            }
        })
    }

    fn listen(&mut self, reader: &mut RingReader, ear: &mut Ear, settings: &Settings) {
        let mut block = AudioBlock::default();
        let mut sounds = Vec::new();
        loop {
            // Asked before reading: what is written before the writer goes must still be read.
            let last = reader.is_closed();
            while reader.read(&mut block) {
                ear.push(&block, &mut sounds);
                self.pass_on(&mut sounds, settings);
            }
            if last {
                return;
            }
            thread::sleep(RING_POLL);
        }
    }

    fn pass_on(&mut self, sounds: &mut Vec<Sound>, settings: &Settings) {
        for sound in sounds.drain(..) {
            match sound {
                Sound::Quiet(now) => self.post(Body::Quiet(now)),
                Sound::Partial(_) => {}
                Sound::Gap(span) => self.post(Body::Gap(span)),
                Sound::Speech(segment) if segment.role == Role::Visitor && !settings.hear_visitor => {
                    self.post(Body::Visitor { span: segment.speech, heard: None });
                }
                Sound::Speech(segment) => {
                    let closed_s = self.watch.elapsed().as_secs_f64();
                    let (source, order, watch) = (self.source, self.take_order(), self.watch);
                    // The hear threads outlive every sender.
                    let _ = self.to_hear.send(Job { source, order, segment, closed_s, watch });
                }
            }
        }
    }

    fn post(&mut self, body: Body) {
        let order = self.take_order();
        // The judge outlives every sender.
        let _ = self.to_judge.send(Message { source: self.source, order, body });
    }

    fn take_order(&mut self) -> u64 {
        self.order += 1;
        self.order - 1
    }
}

/// Opens a recording and says which of its channels are listened to, and as whom.
fn open(recorded: &Recorded) -> Result<(Recording, Vec<(ChannelIndex, Role)>), CaptureError> {
    let recording = Recording::open(&recorded.path)?;
    let channels = recording.format().channels;
    let needed = |channel: ChannelIndex| match channel.0 < channels {
        true => Ok(channel),
        false => Err(CaptureError::NoSuchChannel { path: recorded.path.clone(), asked: channel.0, channels }),
    };
    let mut roles = vec![(needed(recorded.clerk)?, Role::Clerk)];
    if let (Some(visitor), true) = (recorded.visitor, channels > 1)
        && !same_signal(recorded, needed(visitor)?)?
    {
        roles.push((visitor, Role::Visitor));
    }
    Ok((recording, roles))
}

/// Whether the clerk's and the visitor's channel begin with the very same samples: a mono recording stored as two.
fn same_signal(recorded: &Recorded, visitor: ChannelIndex) -> Result<bool, CaptureError> {
    let mut recording = Recording::open(&recorded.path)?;
    let format = recording.format();
    let compared = (SAME_CHANNELS_S * f64::from(format.rate_hz)) as u64;
    let mut block = AudioBlock::default();
    let mut sound = false;
    // A fault further in is found, and reported, when the recording is read in earnest.
    while let Ok(true) = recording.next_block(&mut block) {
        for samples in block.samples.chunks_exact(usize::from(format.channels)) {
            let (a, b) = (samples[usize::from(recorded.clerk.0)], samples[usize::from(visitor.0)]);
            if a != b {
                return Ok(false);
            }
            sound |= a != 0.0;
        }
        if block.start > compared {
            break;
        }
    }
    Ok(sound)
}

/// Plays a recording into a ring as a sound card would: a period at a time, each when its last sample is due.
fn play(
    mut recording: Recording,
    mut writer: RingWriter,
    watch: Stopwatch,
) -> (Recording, Result<(), CaptureError>) {
    let AudioFormat { rate_hz, channels, .. } = recording.format();
    let period = (rate_hz * PERIOD_MS / 1_000).max(1) as usize * usize::from(channels);
    let mut block = AudioBlock::default();
    let mut played = 0_u64;
    loop {
        match recording.next_block(&mut block) {
            Ok(true) => {}
            Ok(false) => return (recording, Ok(())),
            Err(error) => return (recording, Err(error)),
        }
        writer.skip_to(block.start);
        played = played.max(block.start);
        for samples in block.samples.chunks(period) {
            played += (samples.len() / usize::from(channels)) as u64;
            watch.wait_until(played as f64 / f64::from(rate_hz));
            writer.push(samples);
        }
    }
}

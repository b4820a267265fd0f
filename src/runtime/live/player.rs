//! Player: recordings in the place of microphones, each at its own pace. Thread: play, one for all of them.

use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use crossbeam_channel::Sender;

use super::Stop;
use crate::capture::{AudioBlock, AudioFormat, CaptureError, Recording, RingWriter, SourceNews, ring};
use crate::clock::Stopwatch;
use crate::runtime::channels::breaks_off;
use crate::runtime::watchdog::Heart;
use crate::said::Bilingual;

/// Audio delivered at once, as a sound card would.
const PERIOD: Duration = Duration::from_millis(10);

/// A recording that is to be played, again and again if `repeat`.
pub(super) struct Tape {
    pub path: PathBuf,
    pub repeat: bool,
    pub ring_ms: u32,
    pub news: Sender<SourceNews>,
}

/// Plays `tapes` until they end or the run is stopped.
pub(super) fn play_all(tapes: Vec<Tape>, watch: Stopwatch, stop: &Stop, heart: &Heart) {
    let mut players: Vec<Player> = tapes.into_iter().filter_map(|tape| Player::open(tape, watch)).collect();
    let mut turn = watch.elapsed();
    while !players.is_empty() && !stop.is_asked() {
        heart.beat();
        players.retain_mut(|player| player.advance(watch.elapsed()));
        turn += PERIOD;
        thread::sleep(turn.saturating_sub(watch.elapsed()));
    }
}

/// A recording that is being played.
struct Player {
    tape: Tape,
    recording: Recording,
    format: AudioFormat,
    writer: RingWriter,
    started: Duration,
    /// Where this time through began, in samples per channel.
    base: u64,
    /// The block at hand, and how much of it was played.
    block: AudioBlock,
    played: usize,
    /// Samples per channel handed over or leapt over.
    position: u64,
}

impl Player {
    /// `None` when it cannot be played, after saying why.
    fn open(tape: Tape, watch: Stopwatch) -> Option<Self> {
        let recording = match Recording::open(&tape.path) {
            Ok(recording) => recording,
            Err(error) => {
                give_up(&tape, error.said());
                return None;
            }
        };
        let format = recording.format();
        let (writer, reader) = ring(format.rate_hz, format.channels, tape.ring_ms);
        let started = watch.elapsed();
        let opened =
            SourceNews::Opened { rate_hz: format.rate_hz, channels: format.channels, reader, at: started };
        // Where nobody listens any more the player ends with the first push.
        let _ = tape.news.send(opened);
        let block = AudioBlock::default();
        Some(Self { tape, recording, format, writer, started, base: 0, block, played: 0, position: 0 })
    }

    /// Hands over what is due by `now`; false when nothing more will come.
    fn advance(&mut self, now: Duration) -> bool {
        let rate = u64::from(self.format.rate_hz);
        let due = (now.saturating_sub(self.started).as_secs_f64() * rate as f64) as u64;
        let channels = usize::from(self.format.channels);
        let period = (rate * PERIOD.as_millis() as u64 / 1_000).max(1) as usize * channels;
        while self.position < due {
            if self.played == self.block.samples.len() {
                match self.next_block() {
                    Ok(true) => {}
                    Ok(false) => return self.ended(),
                    Err(error) => {
                        give_up(&self.tape, error.said());
                        return false;
                    }
                }
                continue;
            }
            let rest = &self.block.samples[self.played..];
            let next = &rest[..rest.len().min(period)];
            if self.position + (next.len() / channels) as u64 > due {
                break;
            }
            // A recording can wait for a listener that is behind, as no microphone can.
            if !self.writer.has_room(next.len()) {
                return !self.writer.is_closed();
            }
            self.writer.push(next);
            self.position += (next.len() / channels) as u64;
            self.played += next.len();
        }
        true
    }

    /// Takes the next block, from the start again where the recording is repeated.
    fn next_block(&mut self) -> Result<bool, CaptureError> {
        self.played = 0;
        let mut more = self.recording.next_block(&mut self.block)?;
        if !more && self.tape.repeat && self.position > self.base {
            self.base = self.position;
            self.recording = Recording::open(&self.tape.path)?;
            more = self.recording.next_block(&mut self.block)?;
        }
        if more {
            self.writer.skip_to(self.base + self.block.start);
            self.position = self.position.max(self.base + self.block.start);
        } else {
            self.block.samples.clear();
        }
        Ok(more)
    }

    fn ended(&self) -> bool {
        for warning in self.recording.warnings() {
            tracing::warn!("{warning}");
        }
        match breaks_off(&self.recording) {
            Some(warning) => give_up(&self.tape, warning.said()),
            None => drop(self.tape.news.send(SourceNews::Ended)),
        }
        false
    }
}

/// Nothing more will come, although there was more.
fn give_up(tape: &Tape, reason: Bilingual) {
    let _ = tape.news.send(SourceNews::Down { reason, retry_in: None });
    let _ = tape.news.send(SourceNews::Ended);
}

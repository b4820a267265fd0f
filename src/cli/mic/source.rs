//! Where a microphone's audio comes from. In: a device's name, a recording's path. Out: [`SourceNews`].
//! Thread: `capture` plays a recording; a device has the threads that keep it open.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, unbounded};

use crate::capture::device::{self, Wanted};
use crate::capture::{AudioBlock, AudioFormat, CaptureError, Recording, RingWriter, SourceNews, ring};
use crate::cli::args::MicSource;
use crate::cli::error::CliError;
use crate::clock::Stopwatch;
use crate::runtime::devices::{Keepers, KeptDevice, keep_open};

/// Audio a ring holds while the machine is busy elsewhere.
const RING_MS: u32 = 2_000;
/// Audio a recording delivers at once, as a sound card would.
const PERIOD_MS: u32 = 20;
/// How long a full ring is left alone.
const RING_POLL: Duration = Duration::from_millis(20);
/// Time for a device to be closed.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// A source at work.
pub(super) struct Source {
    pub news: Receiver<SourceNews>,
    work: Work,
}

enum Work {
    Recording(thread::JoinHandle<Result<(), CaptureError>>),
    Device(Keepers),
}

impl Source {
    /// Stops it, and says how it ended.
    pub fn finish(self, stop: &AtomicBool) -> Result<(), CaptureError> {
        stop.store(true, Ordering::Release);
        match self.work {
            Work::Recording(thread) => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            Work::Device(keepers) => {
                // One that hangs ends with the program.
                keepers.stop(CLOSE_TIMEOUT);
                Ok(())
            }
        }
    }
}

/// Starts a source. A recording that cannot be opened is an error; a device is tried until it can be.
pub(super) fn open(from: &MicSource, repeat: bool, stop: &Arc<AtomicBool>) -> Result<Source, CliError> {
    let (to, news) = unbounded();
    let work = match from {
        MicSource::File(path) => {
            let recording = Recording::open(path)?;
            let stop = Arc::clone(stop);
            let playing = move || play(recording, repeat, &to, &stop);
            let thread = thread::Builder::new().name("capture".to_owned()).spawn(playing);
            Work::Recording(thread.map_err(CliError::Thread)?)
        }
        MicSource::Device(name) => {
            let kept = KeptDevice { name: name.clone(), news: to };
            let opened = |name: &str| device::open(name, &Wanted::ring(RING_MS));
            Work::Device(keep_open(vec![kept], opened, Stopwatch::start()))
        }
    };
    Ok(Source { news, work })
}

/// Plays a recording at its own pace, once or until it is stopped.
fn play(
    mut recording: Recording,
    repeat: bool,
    to: &Sender<SourceNews>,
    stop: &AtomicBool,
) -> Result<(), CaptureError> {
    let AudioFormat { rate_hz, channels, .. } = recording.format();
    let (mut writer, reader) = ring(rate_hz, channels, RING_MS);
    // Were the other end gone, the program would be ending.
    let _ = to.send(SourceNews::Opened { rate_hz, channels, reader, at: Duration::ZERO });
    let path = recording.path().to_owned();
    let watch = Stopwatch::start();
    let mut begin = 0;
    loop {
        let end = play_once(&mut recording, &mut writer, begin, watch, stop)?;
        if !repeat || stop.load(Ordering::Acquire) {
            return Ok(());
        }
        begin = end;
        recording = Recording::open(&path)?;
    }
}

/// Plays a recording from position `begin` of the ring on, and gives the position of its end.
fn play_once(
    recording: &mut Recording,
    writer: &mut RingWriter,
    begin: u64,
    watch: Stopwatch,
    stop: &AtomicBool,
) -> Result<u64, CaptureError> {
    let AudioFormat { rate_hz, channels, .. } = recording.format();
    let period = (rate_hz * PERIOD_MS / 1_000).max(1) as usize * usize::from(channels);
    let mut block = AudioBlock::default();
    let mut played = begin;
    while recording.next_block(&mut block)? {
        played = played.max(begin + block.start);
        writer.skip_to(played);
        for samples in block.samples.chunks(period) {
            played += (samples.len() / usize::from(channels)) as u64;
            watch.wait_until(played as f64 / f64::from(rate_hz));
            // A recording can wait, as a microphone cannot.
            while !writer.has_room(samples.len()) && !stop.load(Ordering::Acquire) {
                thread::sleep(RING_POLL);
            }
            if stop.load(Ordering::Acquire) {
                return Ok(played);
            }
            writer.push(samples);
        }
    }
    Ok(played)
}

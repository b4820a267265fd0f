//! The path from a block to what is heard in it allocates nothing once it runs: counted, not believed.

mod counting;
#[path = "pipeline/voice.rs"]
mod voice;

use std::f32::consts::TAU;

use cpal::{I24, U24};
use sansheng::capture::callback::{Line, Sample, line};
use sansheng::capture::probe::Probe;
use sansheng::capture::{AudioBlock, Recording};
use sansheng::signal::{FRAME_SAMPLES, Frame, FrontEnd};
use sansheng::units::{ChannelIndex, Dbfs, Role, SessionTime};
use sansheng::vad::{Listener, VadConfig};
use tempfile::TempDir;

use counting::allocations;

/// Steps before counting starts, and steps counted.
const WARM_UP: usize = 50;
const COUNTED: usize = 500;

const CLERK: (ChannelIndex, Role) = (ChannelIndex(0), Role::Clerk);
const VISITOR: (ChannelIndex, Role) = (ChannelIndex(1), Role::Visitor);

/// One stage as it runs live: its set-up has been done, a call is one step.
struct Case {
    name: &'static str,
    step: Box<dyn FnMut()>,
}

fn block(rate_hz: u32, channels: u16, frames: u32) -> AudioBlock {
    let sample = |n: u32| (TAU * 300.0 * n as f32 / rate_hz as f32).sin() * 0.3;
    let samples = (0..frames * u32::from(channels)).map(sample).collect();
    AudioBlock { start: 0, rate_hz, channels, samples }
}

/// Pushes blocks of `frames` samples per channel; every tenth comes late by `late`, as after a full ring.
fn front_end(name: &'static str, rate_hz: u32, channels: u16, frames: u32, late: u64) -> Case {
    let mut front_end = FrontEnd::new(rate_hz, channels, ChannelIndex(channels - 1)).expect("a known format");
    let mut block = block(rate_hz, channels, frames);
    let mut out: Vec<Frame> = Vec::with_capacity(64);
    let mut steps = 0;
    let step = move || {
        out.clear();
        front_end.push(&block, &mut out);
        steps += 1;
        block.start += u64::from(frames) + if steps % 10 == 0 { late } else { 0 };
    };
    Case { name, step: Box::new(step) }
}

/// Hears a quiet room, or someone in it who talks all the time: a segment that ends is an allocation of its own,
/// so none may end while the steps are counted.
fn listener(name: &'static str, roles: &[(ChannelIndex, Role)], talks: bool) -> Case {
    let mut samples = vec![0.0; (WARM_UP + COUNTED + 1) * FRAME_SAMPLES];
    voice::room(&mut samples, 1);
    if talks {
        voice::speak(&mut samples, 0.2, 8.8);
    }
    let mut listener = Listener::new(&VadConfig::default(), roles).expect("sound settings");
    let mut frames: Vec<Frame> = Vec::with_capacity(roles.len());
    let (mut segments, mut now) = (Vec::new(), 0);
    let channels = roles.len();
    let step = move || {
        let heard: [f32; FRAME_SAMPLES] = std::array::from_fn(|n| samples[now + n]);
        let frame = Frame { start: SessionTime(now as u64), samples: heard, level: Dbfs::rms(&heard) };
        frames.clear();
        frames.extend((0..channels).map(|_| frame));
        listener.push(&frames, &mut segments);
        now += FRAME_SAMPLES;
        assert!(
            segments.is_empty(),
            "{name}: a segment ended at sample {now}: its samples had to be allocated"
        );
        let warm = now > WARM_UP * FRAME_SAMPLES;
        assert!(!warm || listener.open_since().is_some() == talks, "speech at sample {now}");
    };
    Case { name, step: Box::new(step) }
}

/// Reads a WAV file that is long enough for every step.
fn wav_file() -> Case {
    let directory = TempDir::new().expect("a temporary directory");
    let path = directory.path().join("long.wav");
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: 16_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(&path, spec).expect("a temporary file");
    for n in 0..(WARM_UP + COUNTED + 1) * 4_096 * 2 {
        writer.write_sample((n % 1_000) as i16).expect("room for a file");
    }
    writer.finalize().expect("room for a file");
    let mut recording = Recording::open(&path).expect("a WAV file");
    let mut block = AudioBlock::default();
    let step = move || {
        let _kept_until_the_end = &directory;
        assert!(recording.next_block(&mut block).expect("a WAV file"), "the file is too short for the test");
    };
    Case { name: "recording, WAV", step: Box::new(step) }
}

/// A device's callback, with blocks of `frames` samples on two channels; without a listener the ring is full before
/// the counting starts.
fn callback<T: Sample + 'static>(name: &'static str, sample: T, frames: usize, listens: bool) -> Case {
    let probe = listens.then(|| std::sync::Arc::new(Probe::default()));
    let ring_ms = (frames / 24) as u32;
    let Line { mut callback, mut reader, signs, .. } = line(48_000, 2, ring_ms, probe);
    let (samples, mut block) = (vec![sample; frames * 2], AudioBlock::default());
    let step = move || {
        let before = signs.samples();
        callback.deliver(&samples);
        assert_eq!(signs.samples() - before, frames as u64, "{name}");
        while listens && reader.read(&mut block) {}
    };
    Case { name, step: Box::new(step) }
}

#[test]
fn a_capture_callback_allocates_nothing_in_any_format_and_with_a_full_ring() {
    check([
        callback("i8", 1_i8, 480, true),
        callback("i16", 1_i16, 480, true),
        callback("i24", I24::new_unchecked(1), 480, true),
        callback("i32", 1_i32, 480, true),
        callback("i64", 1_i64, 480, true),
        callback("u8", 1_u8, 480, true),
        callback("u16", 1_u16, 480, true),
        callback("u24", U24::new_unchecked(1), 480, true),
        callback("u32", 1_u32, 480, true),
        callback("u64", 1_u64, 480, true),
        callback("f32", 0.1_f32, 480, true),
        callback("f64", 0.1_f64, 480, true),
        callback("f32, blocks longer than the scratch buffer", 0.1_f32, 48_000, true),
        callback("i16, a full ring", 1_i16, 480, false),
        callback("i32, a full ring and long blocks", 1_i32, 9_600, false),
    ]);
}

#[test]
fn nothing_is_allocated_per_block_once_a_stage_runs() {
    check([
        front_end("front end, 16 kHz mono", 16_000, 1, 160, 0),
        front_end("front end, 16 kHz stereo with gaps", 16_000, 2, 256, 1_000),
        front_end("front end, 48 kHz stereo", 48_000, 2, 480, 0),
        front_end("front end, 48 kHz eight channels with gaps", 48_000, 8, 1_024, 5_000),
        front_end("front end, 44.1 kHz mono", 44_100, 1, 441, 0),
        front_end("front end, 8 kHz mono", 8_000, 1, 80, 0),
        wav_file(),
        listener("listener, a quiet room", &[CLERK], false),
        listener("listener, speech", &[CLERK], true),
        listener("listener, a quiet room on two channels", &[CLERK, VISITOR], false),
        listener("listener, speech on two channels", &[CLERK, VISITOR], true),
    ]);
}

fn check<const N: usize>(cases: [Case; N]) {
    for Case { name, mut step } in cases {
        (0..WARM_UP).for_each(|_| step());
        let before = allocations();
        (0..COUNTED).for_each(|_| step());
        assert_eq!(allocations() - before, 0, "{name}: allocations in {COUNTED} steps");
    }
}

#[test]
fn the_count_counts() {
    let before = allocations();
    let grown = std::hint::black_box(vec![1_u8; 100]);
    assert_eq!((allocations() - before, grown.len()), (1, 100));
}

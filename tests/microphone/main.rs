//! Real capture without hardware: what is played into a microphone comes out of its ring, sample by sample; a
//! microphone that vanishes is noticed and comes back. The whole live service at such microphones: in `findings`,
//! `outage` and `array`.

mod array;
mod findings;
mod hall;
mod outage;
#[path = "../replay/mod.rs"]
mod replay;
mod service;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, unbounded};
use hall::{CHANNELS, Hall, RATE_HZ, microphone};
use sansheng::capture::device::{OpenDevice, Wanted, input_devices, open};
use sansheng::capture::{AudioBlock, DeviceError, Recording, RingReader, SourceNews};
use sansheng::clock::Stopwatch;
use sansheng::runtime::devices::{KeptDevice, keep_open};

const REFUSALS: &str = "tests/audio/counter-refusals.flac";

/// Longest wait for something that must happen.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is asked of a microphone in the hall: its own rate, so that nothing on the way resamples.
const WANTED: Wanted = Wanted { ring_ms: 10_000, rate_hz: Some(RATE_HZ), channels_min: CHANNELS };

/// Samples at the start of a recording, all channels together, that a null sink may leave out while it turns from
/// silence to sound: 100 ms.
const SWALLOWED: usize = CHANNELS as usize * RATE_HZ as usize / 10;

/// Interleaved samples of a bundled recording, which has the microphones' rate and channels.
fn recorded(path: &str) -> Vec<f32> {
    let mut recording = Recording::open(&bundled(path)).expect("a bundled recording");
    assert_eq!((recording.format().rate_hz, recording.format().channels), (RATE_HZ, CHANNELS));
    let (mut block, mut samples) = (AudioBlock::default(), Vec::new());
    while recording.next_block(&mut block).expect("a bundled recording") {
        samples.extend_from_slice(&block.samples);
    }
    samples
}

fn bundled(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Writes a recording of 16 bit.
fn write_recording(path: &Path, sample_rate: u32, channels: u16, samples: impl Iterator<Item = f32>) {
    let sample_format = hound::SampleFormat::Int;
    let format = hound::WavSpec { channels, sample_rate, bits_per_sample: 16, sample_format };
    let mut file = hound::WavWriter::create(path, format).expect("room for a file");
    for sample in samples {
        file.write_sample((sample * f32::from(i16::MAX)).round() as i16).expect("room for a file");
    }
    file.finalize().expect("room for a file");
}

/// A ring read block by block.
struct Heard {
    samples: Vec<f32>,
    block: AudioBlock,
    gaps: usize,
}

impl Heard {
    fn new() -> Self {
        Self { samples: Vec::new(), block: AudioBlock::default(), gaps: 0 }
    }

    fn listen(&mut self, reader: &mut RingReader) {
        while reader.read(&mut self.block) {
            self.gaps += usize::from(self.block.start * u64::from(CHANNELS) != self.samples.len() as u64);
            self.samples.extend_from_slice(&self.block.samples);
        }
    }

    /// Listens until `done`; panics when that takes too long.
    fn until(&mut self, reader: &mut RingReader, what: &str, mut done: impl FnMut(&Self) -> bool) {
        let watch = Stopwatch::start();
        while !done(self) {
            assert!(watch.elapsed() < PATIENCE, "{what}: still waiting");
            self.listen(reader);
            thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Where `played` begins in `heard`: the only place where its loudest second is found to the sample.
fn offset(heard: &[f32], played: &[f32]) -> Option<usize> {
    let second = usize::from(CHANNELS) * RATE_HZ as usize;
    let power = |part: &[f32]| part.iter().map(|s| f64::from(s * s)).sum::<f64>();
    let starts = (0..played.len() - second).step_by(second / 4);
    let loudest =
        starts.max_by(|&a, &b| power(&played[a..a + second]).total_cmp(&power(&played[b..b + second])))?;
    let template = &played[loudest..loudest + second];
    let found = (loudest..heard.len().saturating_sub(second))
        .find(|&at| template.iter().zip(&heard[at..]).all(|(a, b)| (a - b).abs() < 1e-4))?;
    Some(found - loudest)
}

#[test]
fn what_is_played_into_a_microphone_comes_out_of_its_ring_sample_by_sample() {
    let name = "what_is_played_into_a_microphone_comes_out_of_its_ring_sample_by_sample";
    let Some(mut hall) = Hall::enter(name, &[microphone("mic1"), microphone("mic2")]) else { return };
    hall.open();
    let devices = input_devices(false).expect("a sound system");
    let names: Vec<&str> = devices.iter().map(|device| device.name.as_str()).collect();
    assert!(names.contains(&"mic1") && names.contains(&"mic2") && !names.contains(&"null"), "{names:?}");

    let OpenDevice { opened, mut reader, signs, mut faults, stream: _stream } =
        open("alsa:mic1", &WANTED).expect("mic1 is plugged in");
    assert_eq!((opened.rate_hz, opened.channels), (RATE_HZ, CHANNELS));
    let mut heard = Heard::new();
    heard.until(&mut reader, "the first block", |heard| !heard.samples.is_empty());
    let played = recorded(REFUSALS);
    let mut playing = hall.play("mic1", &bundled(REFUSALS));
    heard.until(&mut reader, "the end of the recording", |_| playing.has_ended());
    assert!(playing.finish(), "paplay failed");
    // The server still holds some of it.
    let until = heard.samples.len() + 3 * usize::from(CHANNELS) * RATE_HZ as usize;
    heard.until(&mut reader, "the last seconds", |heard| heard.samples.len() >= until);

    assert_eq!((heard.gaps, signs.overruns(), faults.take()), (0, 0, None));
    assert!(signs.samples() * u64::from(CHANNELS) >= heard.samples.len() as u64);
    let start = offset(&heard.samples, &played).expect("the recording is not among what was heard");
    let differs = |a: &f32, b: &f32| (a - b).abs() >= 1e-4;
    let mut pairs = played.iter().zip(&heard.samples[start..]).skip(SWALLOWED);
    let wrong = pairs.position(|(a, b)| differs(a, b));
    assert_eq!(wrong, None, "first sample that was heard otherwise than it was played");
    assert!(heard.samples.len() >= start + played.len(), "the end is missing");
    let around = heard.samples[..start].iter().chain(&heard.samples[start + played.len()..]);
    assert!(around.copied().all(|sample| sample.abs() < 1e-4), "something else was heard");
}

/// The next news, which must come.
fn next(news: &Receiver<SourceNews>) -> SourceNews {
    news.recv_timeout(PATIENCE).expect("news of the device")
}

/// The ring of a device that is opened sooner or later, and the reasons why it was down until then.
fn opened(news: &Receiver<SourceNews>) -> (RingReader, Vec<String>) {
    let mut reasons = Vec::new();
    loop {
        match next(news) {
            SourceNews::Opened { rate_hz, channels, reader, .. } => {
                assert_eq!((rate_hz, channels), (RATE_HZ, CHANNELS));
                return (reader, reasons);
            }
            SourceNews::Down { reason, .. } => reasons.push(reason.en),
            SourceNews::Waiting { .. } | SourceNews::Ended => panic!("a device neither waits nor ends"),
        }
    }
}

#[test]
fn a_microphone_that_vanishes_is_noticed_and_comes_back() {
    let name = "a_microphone_that_vanishes_is_noticed_and_comes_back";
    let Some(mut hall) = Hall::enter(name, &[microphone("mic1")]) else { return };
    let (to_us, news) = unbounded();
    let device = KeptDevice { name: "mic1".into(), news: to_us };
    let keepers = keep_open(vec![device], |name: &str| open(name, &WANTED), Stopwatch::start());
    match next(&news) {
        SourceNews::Down { reason, retry_in: Some(_) } => assert!(reason.en.contains("mic1"), "{reason:?}"),
        _ => panic!("there is no server yet"),
    }
    for round in ["first", "second"] {
        hall.open();
        let (mut reader, _) = opened(&news);
        let mut heard = Heard::new();
        heard.until(&mut reader, round, |heard| heard.samples.len() > usize::from(CHANNELS) * 8_000);
        hall.close();
        match next(&news) {
            SourceNews::Down { reason, retry_in: Some(_) } => eprintln!("{round}: {}", reason.en),
            _ => panic!("{round}: nobody noticed"),
        }
    }
    // The dead server's client may hang for good; ours does not wait for it.
    keepers.stop(Duration::from_secs(5));
}

#[test]
fn a_name_that_is_not_there_is_answered_with_those_like_it() {
    let name = "a_name_that_is_not_there_is_answered_with_those_like_it";
    let Some(mut hall) = Hall::enter(name, &[microphone("mic1"), microphone("mic2")]) else { return };
    hall.open();
    let near_names = vec!["mic1".to_owned(), "mic2".to_owned()];
    let fault = open("mic3", &WANTED).err();
    assert_eq!(fault, Some(DeviceError::NotFound { name: "mic3".into(), near_names }));
    let many = Wanted { channels_min: 60, ..WANTED };
    assert!(matches!(open("mic1", &many).err(), Some(DeviceError::Format { .. })));

    let program = |arguments: &[&str]| {
        let ran = Command::new(env!("CARGO_BIN_EXE_sansheng")).args(arguments).output().expect("the program");
        (ran.status.code(), String::from_utf8(ran.stdout).expect("UTF-8"))
    };
    let (code, listed) = program(&["devices", "--json", "device:mic2"]);
    let device: serde_json::Value = serde_json::from_str(&listed).expect("one JSON object");
    assert_eq!((code, device["source"].as_str()), (Some(0), Some("device:mic2")), "{listed}");
    assert_eq!(device["opened_with"]["channels"], 2, "{listed}");
    let (code, levels) = program(&["devices", "--watch", "--seconds", "6", "mic1", "mic3"]);
    assert_eq!(code, Some(3), "one of two can be watched: {levels}");
    assert!(levels.contains("device:mic1  2 channel(s) at 48000 Hz"), "{levels}");
    assert!(levels.contains("device:mic3  no input device has this name (near it: mic1, mic2)"), "{levels}");
    let (code, bench) = program(&["bench", "capture", "--device", "mic1", "--seconds", "6", "--json"]);
    let bench: serde_json::Value = serde_json::from_str(&bench).expect("one JSON object");
    assert_eq!(code, Some(0));
    assert!(bench["callbacks"].as_u64() > Some(0) && bench["worst_us"].as_f64() > Some(0.0), "{bench}");
}

//! Measures the VAD stage against annotated two-channel recordings.
//!
//! `cargo run --release --example vad_error -- truth.json`, with the recordings in the folder of `truth.json`.

mod measure;
mod scenes;
mod truth;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use sansheng::clock::Stopwatch;
use sansheng::signal::{FRAME_SAMPLES, Frame};
use sansheng::units::{ChannelIndex, Dbfs, Role, SessionTime};
use sansheng::vad::{CrossTalk, LevelTracker, Listener, Segmenter, SignalLevel, VadConfig};

use measure::{Errors, Heard, quantile};
use scenes::SCENES;
use truth::{Fallible, Recording, Truth};

const ROLES: [(ChannelIndex, Role); 2] = [(ChannelIndex(0), Role::Clerk), (ChannelIndex(1), Role::Visitor)];

#[derive(Parser)]
#[command(about = "Measures the VAD stage against annotated two-channel recordings")]
struct Options {
    /// `truth.json`; its recordings lie in the same folder
    truth: PathBuf,
    /// What scores the frames
    #[arg(long, value_enum, default_value = "listener")]
    detector: DetectorKind,
    /// Score each channel alone, without the cross-talk gate
    #[arg(long)]
    no_gate: bool,
    /// Only the recordings as they are
    #[arg(long)]
    quick: bool,
    #[arg(long)]
    threshold_on: Option<f32>,
    #[arg(long)]
    threshold_off: Option<f32>,
    #[arg(long)]
    onset_frames: Option<u16>,
    #[arg(long)]
    hangover_ms: Option<u32>,
    #[arg(long)]
    prefill_ms: Option<u32>,
    #[arg(long)]
    postfill_ms: Option<u32>,
    #[arg(long)]
    min_speech_ms: Option<u32>,
}

#[derive(Clone, Copy, PartialEq, clap::ValueEnum)]
enum DetectorKind {
    /// The stage as it runs: the network behind its automatic gain
    Listener,
    /// The network alone, fed at the level of the recording
    Network,
    /// Level over the noise floor: 0.5 at 8 dB
    Energy,
}

impl Options {
    fn config(&self) -> VadConfig {
        let base = VadConfig::default();
        VadConfig {
            threshold_on: self.threshold_on.unwrap_or(base.threshold_on),
            threshold_off: self.threshold_off.unwrap_or(base.threshold_off),
            onset_frames: self.onset_frames.unwrap_or(base.onset_frames),
            hangover_ms: self.hangover_ms.unwrap_or(base.hangover_ms),
            prefill_ms: self.prefill_ms.unwrap_or(base.prefill_ms),
            postfill_ms: self.postfill_ms.unwrap_or(base.postfill_ms),
            min_speech_ms: self.min_speech_ms.unwrap_or(base.min_speech_ms),
            ..base
        }
    }
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("vad_error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Fallible<()> {
    let truth: Truth = serde_json::from_reader(std::fs::File::open(&options.truth)?)?;
    let folder = options.truth.parent().ok_or("truth.json has no folder")?;
    let recordings = truth::recordings(&truth, folder)?;
    let idle = recordings.iter().max_by(|a, b| a.seconds().total_cmp(&b.seconds())).ok_or("no recordings")?;

    println!(
        "| scene | channel | utterances | whole | split | missed | merged | onset lost p95 ms | offset lost p95 ms | delay p50 / p95 ms | other voice heard | ring segments | empty segments | false speech s/min idle |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|");
    for scene in SCENES.iter().take(if options.quick { 1 } else { SCENES.len() }) {
        let changed: Vec<Recording> =
            recordings.iter().map(|recording| scene.apply(recording, idle)).collect();
        report(scene.name, options, &changed)?;
    }
    if options.quick {
        return Ok(());
    }
    let in_turn = scenes::phrases(&truth, folder, idle, -18.0, false)?;
    report("phrases in turn, leakage -18 dB", options, &[in_turn])?;
    for leakage in [-30.0, -18.0, -12.0, -6.0] {
        let made = scenes::phrases(&truth, folder, idle, leakage, true)?;
        report(&format!("phrases at once, leakage {leakage} dB"), options, &[made])?;
    }
    cost(&recordings)
}

fn report(scene: &str, options: &Options, recordings: &[Recording]) -> Fallible<()> {
    let mut errors = [Errors::default(), Errors::default()];
    for recording in recordings {
        let heard = hear(options, recording)?;
        for (channel, errors) in errors.iter_mut().enumerate() {
            errors.add(recording, channel, &heard[channel]);
        }
    }
    for (name, errors) in ["clerk", "visitor"].iter().zip(&errors) {
        let p95 = |values: &[f64]| quantile(values, 0.95);
        println!(
            "| {scene} | {name} | {} | {} | {} | {} | {} | {:.0} | {:.0} | {:.0} / {:.0} | {} of {} | {} | {} | {:.2} |",
            errors.utterances,
            errors.whole,
            errors.split,
            errors.missed,
            errors.merged,
            p95(&errors.onset_lost_ms),
            p95(&errors.offset_lost_ms),
            quantile(&errors.delay_ms, 0.5),
            p95(&errors.delay_ms),
            errors.leaked,
            errors.foreign,
            errors.ring_segments,
            errors.empty_segments,
            errors.idle_speech_s * 60.0 / errors.idle_s,
        );
    }
    Ok(())
}

/// Segments of the two channels of `recording`.
fn hear(options: &Options, recording: &Recording) -> Fallible<[Vec<Heard>; 2]> {
    let config = options.config();
    let mut ears = Ears::new(options, &config)?;
    let mut heard = [Vec::new(), Vec::new()];
    let mut segments = Vec::new();
    for frames in frames(recording) {
        ears.push(&frames, &mut segments);
        let at_s = frames[0].start.plus(FRAME_SAMPLES as u64).seconds();
        for segment in segments.drain(..) {
            heard[usize::from(segment.channel.0)].push(Heard { segment, at_s });
        }
    }
    ears.finish(&mut segments);
    for segment in segments.drain(..) {
        let at_s = recording.seconds();
        heard[usize::from(segment.channel.0)].push(Heard { segment, at_s });
    }
    Ok(heard)
}

fn frames(recording: &Recording) -> impl Iterator<Item = [Frame; 2]> {
    let [a, b] = &recording.channels;
    a.as_chunks::<FRAME_SAMPLES>().0.iter().zip(b.as_chunks::<FRAME_SAMPLES>().0).enumerate().map(
        |(index, (a, b))| {
            let start = SessionTime((index * FRAME_SAMPLES) as u64);
            [a, b].map(|samples| Frame { start, samples: *samples, level: Dbfs::rms(samples) })
        },
    )
}

/// The stage itself, or the same segmenter and gate behind another detector.
enum Ears {
    Stage(Box<Listener>),
    Other {
        networks: Option<[Box<earshot::Detector>; 2]>,
        levels: [LevelTracker; 2],
        gate: Option<CrossTalk>,
        speech_from: f32,
        segmenters: Vec<Segmenter>,
    },
    /// One stage a channel, so without the gate.
    Apart([Box<Listener>; 2]),
}

impl Ears {
    fn new(options: &Options, config: &VadConfig) -> Fallible<Self> {
        if options.detector == DetectorKind::Listener {
            let one = |role| Listener::new(config, &[role]).map(Box::new);
            return Ok(if options.no_gate {
                Ears::Apart([one(ROLES[0])?, one(ROLES[1])?])
            } else {
                Ears::Stage(Box::new(Listener::new(config, &ROLES)?))
            });
        }
        let network = options.detector == DetectorKind::Network;
        let segmenters = ROLES.iter().map(|&(channel, role)| Segmenter::new(config, channel, role));
        Ok(Ears::Other {
            networks: network
                .then(|| [earshot::Detector::default_boxed(), earshot::Detector::default_boxed()]),
            levels: Default::default(),
            gate: (!options.no_gate).then(CrossTalk::default),
            speech_from: config.threshold_on,
            segmenters: segmenters.collect::<Result<_, _>>()?,
        })
    }

    fn push(&mut self, frames: &[Frame; 2], out: &mut Vec<sansheng::vad::SpeechSegment>) {
        match self {
            Ears::Stage(listener) => listener.push(frames, out),
            Ears::Apart(listeners) => {
                listeners.iter_mut().zip(frames).for_each(|(listener, frame)| listener.push(&[*frame], out));
            }
            Ears::Other { networks, levels, gate, speech_from, segmenters } => {
                let levels = [0, 1].map(|i| levels[i].push(frames[i].level));
                let mut scores = match networks {
                    Some(networks) => [0, 1].map(|i| networks[i].predict_f32(&frames[i].samples)),
                    None => levels.map(energy_score),
                };
                if let Some(gate) = gate {
                    scores = gate.push(levels, scores, *speech_from);
                }
                for ((segmenter, frame), score) in segmenters.iter_mut().zip(frames).zip(scores) {
                    segmenter.push(frame, score, out);
                }
            }
        }
    }

    fn finish(&mut self, out: &mut Vec<sansheng::vad::SpeechSegment>) {
        match self {
            Ears::Stage(listener) => listener.finish(out),
            Ears::Apart(listeners) => listeners.iter_mut().for_each(|listener| listener.finish(out)),
            Ears::Other { segmenters, .. } => {
                segmenters.iter_mut().for_each(|segmenter| segmenter.finish(out))
            }
        }
    }
}

fn energy_score(read: SignalLevel) -> f32 {
    ((read.level.0 - read.noise_floor.0) / 16.0).clamp(0.0, 1.0)
}

/// Time a frame takes: the stage on two channels, and the network alone on one.
fn cost(recordings: &[Recording]) -> Fallible<()> {
    let all: Vec<[Frame; 2]> =
        recordings.iter().max_by_key(|r| r.channels[0].len()).map_or(Vec::new(), |r| frames(r).collect());
    let mut listener = Listener::new(&VadConfig::default(), &ROLES)?;
    let mut segments = Vec::new();
    let stage = Stopwatch::start();
    all.iter().for_each(|frames| listener.push(frames, &mut segments));
    let stage = stage.elapsed().as_secs_f64();
    let mut network = earshot::Detector::default_boxed();
    let alone = Stopwatch::start();
    let scores: f32 = all.iter().map(|frames| network.predict_f32(&frames[0].samples)).sum();
    let alone = alone.elapsed().as_secs_f64();

    let frame_s = FRAME_SAMPLES as f64 / f64::from(sansheng::units::SAMPLE_RATE_HZ);
    for (name, seconds, channels) in [("stage", stage, 2.0), ("network alone", alone, 1.0)] {
        let per_frame = seconds / (all.len() as f64 * channels);
        println!(
            "\n{name}: {:.2} us a frame and channel, {:.3} % of a core a channel ({} frames, mean score {:.2}, {} segments)",
            per_frame * 1e6,
            per_frame / frame_s * 100.0,
            all.len(),
            scores / all.len() as f32,
            segments.len(),
        );
    }
    Ok(())
}

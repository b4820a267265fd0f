//! What the tests of the pipeline share: a scene of who spoke when, and two ways to have it judged.

use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use hound::{SampleFormat, WavSpec, WavWriter};
use sansheng::asr::{AsrError, Care, Hypothesis, Recogniser, ScriptedRecogniser};
use sansheng::capture::AudioBlock;
use sansheng::conduct::rulebook::Rulebook;
use sansheng::conduct::{CompiledBook, Encounter, Finding, FindingKind, FindingState, Standing};
use sansheng::pipeline::{Ear, HeardSegment, Mind, Settings, Sound, hear};
use sansheng::runtime::{Event, Recorded, replay};
use sansheng::units::{ChannelIndex, Role, SAMPLE_RATE_HZ, SessionTime, WindowId};
use sansheng::vad::{SpeechSegment, VadConfig};
use tempfile::TempDir;

use crate::voice;

pub const CLERK: u16 = 0;
pub const VISITOR: u16 = 1;

/// Channel, start and end in seconds, words. Words left empty are speech that gives no text.
pub type Line = (u16, f64, f64, &'static str);

/// The built-in rules.
pub static BOOK: LazyLock<Arc<CompiledBook>> = LazyLock::new(|| {
    let rules = Rulebook::builtin().expect("the built-in rules are sound");
    Arc::new(CompiledBook::compile(rules).expect("the built-in rules compile"))
});

/// The audio of `lines`, interleaved, 16 kHz, clerk and visitor, with two seconds after the last.
pub fn audio(lines: &[Line]) -> Vec<f32> {
    let length_s = lines.iter().map(|line| line.2).fold(0.0, f64::max) + 2.0;
    let samples = (length_s * f64::from(SAMPLE_RATE_HZ)) as usize;
    let mut channels = [vec![0.0; samples], vec![0.0; samples]];
    for (channel, seed) in channels.iter_mut().zip([1, 2]) {
        voice::room(channel, seed);
    }
    for (channel, start_s, end_s, _) in lines {
        voice::speak(&mut channels[usize::from(*channel)], *start_s, *end_s);
    }
    channels[0].iter().zip(&channels[1]).flat_map(|(clerk, visitor)| [*clerk, *visitor]).collect()
}

/// Through the stages one after the other, on this thread.
pub fn judged(lines: &[Line]) -> Vec<Finding> {
    judged_by(&mut ScriptedRecogniser::new(lines), audio(lines))
}

/// The same with another recogniser, or with other audio.
pub fn judged_by(recogniser: &mut dyn Recogniser, samples: Vec<f32>) -> Vec<Finding> {
    judged_under(recogniser, samples, &mut |_| {})
}

/// How the encounters of `lines` fared, change by change.
pub fn standings(lines: &[Line]) -> Vec<Standing> {
    let mut seen = Vec::new();
    judged_under(&mut ScriptedRecogniser::new(lines), audio(lines), &mut |mind| {
        let now = mind.standing();
        if mind.encounter().is_some() && seen.last() != Some(&now) {
            seen.push(now);
        }
    });
    seen
}

/// `look` sees the judge after everything it took in.
fn judged_under(
    recogniser: &mut dyn Recogniser,
    samples: Vec<f32>,
    look: &mut dyn FnMut(&Mind),
) -> Vec<Finding> {
    let roles = [(ChannelIndex(CLERK), Role::Clerk), (ChannelIndex(VISITOR), Role::Visitor)];
    let mut ear = Ear::new(SAMPLE_RATE_HZ, 2, &roles, &VadConfig::default()).expect("sound settings");
    let mut sounds = Vec::new();
    ear.push(&AudioBlock { start: 0, rate_hz: SAMPLE_RATE_HZ, channels: 2, samples }, &mut sounds);
    ear.finish(&mut sounds);
    let settings = Settings::default();
    let mut mind =
        Mind::new(Arc::clone(&BOOK), WindowId::new("1"), &settings).hearing_visitor(true, &settings);
    let mut findings = Vec::new();
    for sound in &sounds {
        match sound {
            Sound::Quiet(now) => mind.quiet(*now, &mut findings),
            Sound::Partial(_) => unreachable!("nobody asked for partials"),
            Sound::Gap(span) => mind.gap(*span),
            Sound::Noted(report) => mind.reported(report.clone()),
            Sound::Ring(burst) => mind.ring(*burst, &mut findings),
            Sound::Speech(segment) if segment.role == Role::Visitor => {
                mind.visitor(segment.speech, segment.level, None, &mut findings);
            }
            Sound::Speech(segment) => {
                let heard = hear(segment, recogniser, &BOOK)
                    .unwrap_or_else(|_| HeardSegment::silent(Hypothesis::silent(segment)));
                mind.clerk(&heard, &mut findings);
            }
        }
        look(&mind);
    }
    mind.finish(ear.heard_until(), &mut findings);
    findings
}

/// What the clerk is accused of having said: `P30 我不管问别人去`.
pub fn accusations(findings: &[Finding]) -> Vec<String> {
    said(findings, FindingState::Confirmed)
}

/// What nearly became an accusation.
pub fn held(findings: &[Finding]) -> Vec<String> {
    said(findings, FindingState::Held)
}

fn said(findings: &[Finding], state: FindingState) -> Vec<String> {
    let alike = |finding: &&Finding| finding.kind == FindingKind::Forbidden && finding.state == state;
    findings.iter().filter(alike).map(|finding| format!("{} {}", finding.provision, finding.heard)).collect()
}

/// What was said to be missing, or unknown: `P01 confirmed`.
pub fn missing(findings: &[Finding]) -> Vec<String> {
    let missed = findings.iter().filter(|finding| finding.kind == FindingKind::Missing);
    missed.map(|finding| format!("{} {:?}", finding.provision, finding.state).to_lowercase()).collect()
}

/// Recordings on disk, and what they hold.
pub struct Tape {
    directory: TempDir,
    lines: Vec<Vec<Line>>,
}

/// Everything a run told of one recording.
#[derive(Debug, Default, PartialEq)]
pub struct Told {
    pub findings: Vec<Finding>,
    pub words: Vec<String>,
    pub warnings: Vec<String>,
    pub encounters: Vec<Encounter>,
    /// Seconds of audio, of clerk's speech, and not heard.
    pub seconds: [f64; 3],
    pub segments: u64,
    pub ended: bool,
}

impl Tape {
    pub fn new(scenes: &[&[Line]]) -> Self {
        let tape = Self {
            directory: TempDir::new().expect("a temporary directory"),
            lines: scenes.iter().map(|scene| scene.to_vec()).collect(),
        };
        for (index, scene) in scenes.iter().enumerate() {
            tape.write(index, &audio(scene));
        }
        tape
    }

    pub fn path(&self, index: usize) -> PathBuf {
        self.directory.path().join(format!("{index}.wav"))
    }

    /// Puts other audio in the place of a recording.
    pub fn write(&self, index: usize, samples: &[f32]) {
        let spec = WavSpec {
            channels: 2,
            sample_rate: SAMPLE_RATE_HZ,
            bits_per_sample: 16,
            sample_format: SampleFormat::Int,
        };
        let mut writer = WavWriter::create(self.path(index), spec).expect("room for a file");
        for sample in samples {
            writer.write_sample((sample * 32_767.0).round() as i16).expect("room for a file");
        }
        writer.finalize().expect("room for a file");
    }

    /// Runs every recording. One script is read for all: their lines must not be at the same time.
    pub fn run(&self, lanes: usize, recognisers: usize) -> Vec<Told> {
        let script = ScriptedRecogniser::new(&self.lines.concat());
        let recogniser = || Box::new(script.clone()) as Box<dyn Recogniser>;
        self.run_with(lanes, (0..recognisers).map(|_| recogniser()).collect())
    }

    pub fn run_with(&self, lanes: usize, recognisers: Vec<Box<dyn Recogniser>>) -> Vec<Told> {
        self.run_as(&Settings::default(), lanes, recognisers)
    }

    /// The same where something is known of the recordings beside their sound.
    pub fn run_as(
        &self,
        settings: &Settings,
        lanes: usize,
        recognisers: Vec<Box<dyn Recogniser>>,
    ) -> Vec<Told> {
        let recordings = (0..self.lines.len())
            .map(|index| Recorded {
                path: self.path(index),
                window: WindowId::new(&index.to_string()),
                clerk: ChannelIndex(CLERK),
                visitor: Some(ChannelIndex(VISITOR)),
            })
            .collect();
        let mut told: Vec<Told> = self.lines.iter().map(|_| Told::default()).collect();
        replay(recordings, lanes, settings, &BOOK, recognisers, &mut |event| note(event, &mut told));
        told
    }
}

fn note(event: Event, told: &mut [Told]) {
    match event {
        Event::Opened { .. }
        | Event::Progress { .. }
        | Event::VisitorSpoke { .. }
        | Event::Unheard { .. } => {}
        Event::Closed { source, encounter } => told[source].encounters.push(encounter),
        Event::Heard { source, hypothesis } => told[source].words.push(hypothesis.text()),
        Event::Judged { source, finding } => told[source].findings.push(finding),
        Event::Warned { source, warning, .. } => told[source].warnings.push(warning),
        Event::Failed { source, error } => told[source].warnings.push(error),
        Event::Ended { source, account } => {
            let told = &mut told[source];
            assert!(!told.ended, "a recording ends once");
            told.ended = true;
            told.seconds = [account.audio_s, account.clerk_speech_s, account.unheard_s];
            told.segments = account.segments;
        }
    }
}

/// Fails on the segment that holds a given time, hears the others.
#[derive(Clone)]
pub struct Failing {
    pub script: ScriptedRecogniser,
    pub at: SessionTime,
}

impl Recogniser for Failing {
    fn decode(&mut self, segment: &SpeechSegment, care: Care) -> Result<Hypothesis, AsrError> {
        if (segment.span.start..segment.span.end).contains(&self.at) {
            return Err(AsrError::Decode { at: self.at.seconds(), detail: "out of breath".into() });
        }
        self.script.decode(segment, care)
    }

    fn score(
        &mut self,
        segment: &SpeechSegment,
        care: Care,
        context: &str,
        texts: &[String],
    ) -> Result<Vec<f32>, AsrError> {
        self.script.score(segment, care, context, texts)
    }

    fn fingerprint(&self) -> String {
        "failing".into()
    }
}

//! Recordings and what is said in them, as `truth.json` beside them tells.

use std::error::Error;
use std::path::Path;

use serde::Deserialize;

use sansheng::capture::{self, AudioBlock};
use sansheng::units::SAMPLE_RATE_HZ;

pub type Fallible<T> = Result<T, Box<dyn Error>>;

/// The part of `truth.json` that concerns when who speaks.
#[derive(Deserialize)]
pub struct Truth {
    pub recordings: Vec<RecordingTruth>,
    pub phrases: Vec<PhraseTruth>,
}

#[derive(Deserialize)]
pub struct RecordingTruth {
    pub file: String,
    pub duration_s: f64,
    pub utterances: Vec<Utterance>,
    #[serde(default)]
    pub events: Vec<Interval>,
}

#[derive(Deserialize)]
pub struct PhraseTruth {
    pub file: String,
    #[serde(flatten)]
    pub spoken: Interval,
}

#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Utterance {
    pub channel: usize,
    #[serde(flatten)]
    pub spoken: Interval,
}

#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Interval {
    pub start_s: f64,
    pub end_s: f64,
}

impl Interval {
    /// Seconds that both cover.
    pub fn shared(self, other: Interval) -> f64 {
        (self.end_s.min(other.end_s) - self.start_s.max(other.start_s)).max(0.0)
    }

    pub fn seconds(self) -> f64 {
        self.end_s - self.start_s
    }

    pub fn widened(self, before: f64, after: f64) -> Self {
        Self { start_s: self.start_s - before, end_s: self.end_s + after }
    }

    pub fn later(self, by: f64) -> Self {
        Self { start_s: self.start_s + by, end_s: self.end_s + by }
    }
}

/// Two channels of audio and what is said on them.
#[derive(Clone)]
pub struct Recording {
    pub channels: [Vec<f32>; 2],
    pub utterances: Vec<Utterance>,
    pub rings: Vec<Interval>,
}

impl Recording {
    pub fn seconds(&self) -> f64 {
        self.channels[0].len() as f64 / f64::from(SAMPLE_RATE_HZ)
    }
}

/// Every recording that the truth names, decoded.
pub fn recordings(truth: &Truth, folder: &Path) -> Fallible<Vec<Recording>> {
    truth.recordings.iter().map(|named| recording(named, folder)).collect()
}

fn recording(named: &RecordingTruth, folder: &Path) -> Fallible<Recording> {
    let channels: [Vec<f32>; 2] = decode(&folder.join(&named.file))?
        .try_into()
        .map_err(|found: Vec<_>| format!("{}: {} channels where 2 are needed", named.file, found.len()))?;
    let (utterances, rings) = (named.utterances.clone(), named.events.clone());
    let recording = Recording { channels, utterances, rings };
    let decoded = recording.seconds();
    if (decoded - named.duration_s).abs() > 0.1 {
        return Err(
            format!("{}: {decoded:.2} s decoded, {:.2} s annotated", named.file, named.duration_s).into()
        );
    }
    Ok(recording)
}

/// The channels of a 16 kHz file.
pub fn decode(path: &Path) -> Fallible<Vec<Vec<f32>>> {
    let mut source = capture::Recording::open(path)?;
    let format = source.format();
    if format.rate_hz != SAMPLE_RATE_HZ {
        return Err(format!("{}: {} Hz where 16000 is needed", path.display(), format.rate_hz).into());
    }
    let count = usize::from(format.channels);
    let mut channels = vec![Vec::new(); count];
    let mut block = AudioBlock::default();
    while source.next_block(&mut block)? {
        for (index, channel) in channels.iter_mut().enumerate() {
            channel.extend(block.samples.iter().skip(index).step_by(count));
        }
    }
    if let Some(warning) = source.warnings().first() {
        return Err(warning.to_string().into());
    }
    Ok(channels)
}

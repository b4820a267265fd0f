//! Recordings and what is said in them, as `truth.json` beside them tells.

use std::error::Error;
use std::fs::File;
use std::path::Path;

use serde::Deserialize;
use symphonia::core::codecs::audio::AudioDecoderOptions;
use symphonia::core::formats::TrackType;
use symphonia::core::formats::probe::Hint;
use symphonia::core::io::MediaSourceStream;

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
    let file = File::open(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let stream = MediaSourceStream::new(Box::new(file), Default::default());
    let mut format = symphonia::default::get_probe().probe(
        &Hint::new(),
        stream,
        Default::default(),
        Default::default(),
    )?;
    let track = format.default_track(TrackType::Audio).ok_or("no audio track")?;
    let codec = track.codec_params.as_ref().and_then(|codec| codec.audio()).ok_or("no audio codec")?;
    if codec.sample_rate != Some(SAMPLE_RATE_HZ) {
        return Err(format!("{}: {:?} Hz where 16000 is needed", path.display(), codec.sample_rate).into());
    }
    let mut decoder =
        symphonia::default::get_codecs().make_audio_decoder(codec, &AudioDecoderOptions::default())?;
    let track = track.id;

    let (mut block, mut channels) = (Vec::new(), Vec::new());
    while let Some(packet) = format.next_packet()? {
        if packet.track_id != track {
            continue;
        }
        let decoded = decoder.decode(&packet)?;
        let count = decoded.num_planes();
        channels.resize(count, Vec::new());
        block.resize(decoded.samples_interleaved(), 0.0_f32);
        decoded.copy_to_slice_interleaved(&mut block);
        for (index, channel) in channels.iter_mut().enumerate() {
            channel.extend(block.iter().skip(index).step_by(count));
        }
    }
    Ok(channels)
}

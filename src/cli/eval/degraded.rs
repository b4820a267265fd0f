//! Recordings made harder to hear, as files in a folder that is removed in the end.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::capture::{AudioBlock, Recording};
use crate::cli::error::CliError;
use crate::eval::degrade::{Babble, Condition, seed_of};
use crate::eval::{Truth, TruthFile};
use crate::signal::FrontEnd;
use crate::units::{ChannelIndex, Role, SAMPLE_RATE_HZ};

/// Recordings that babble is made of, at most, spread evenly over the corpus.
const VOICES_MAX: usize = 32;
/// Of each so much, at most: together 60 MB.
const VOICE_S_MAX: usize = 30;

/// The recordings of a truth under one condition.
pub(super) struct Degraded {
    /// In the order of the truth.
    pub paths: Vec<PathBuf>,
    _folder: TempDir,
}

/// What is babbled behind the recordings of `truth`: the clerks of the same corpus.
pub(super) fn babble_of(truth: &Truth) -> Babble {
    let step = truth.files.len().div_ceil(VOICES_MAX).max(1);
    let voices = truth.files.iter().step_by(step).filter_map(|file| {
        let clerk = file.channels.iter().position(|role| *role == Role::Clerk)?;
        // One that cannot be read is told of when it is its turn to be heard.
        let mut voice = channels(&truth.audio_path(file)).ok()?.into_iter().nth(clerk)?;
        voice.truncate(VOICE_S_MAX * SAMPLE_RATE_HZ as usize);
        Some(voice)
    });
    Babble::new(voices)
}

impl Degraded {
    pub fn new(truth: &Truth, condition: Condition, babble: &Babble) -> Result<Self, CliError> {
        let folder = tempfile::Builder::new().prefix("sansheng-eval-").tempdir()?;
        let degraded = |(number, file): (usize, &TruthFile)| {
            let original = truth.audio_path(file);
            // What cannot be read is left to the run, which tells of it.
            let Ok(mut channels) = channels(&original) else { return Ok(original) };
            condition.apply(&mut channels, babble, seed_of(&file.file));
            let path = folder.path().join(format!("{number}.wav"));
            match write(&path, &channels) {
                Ok(()) => Ok(path),
                Err(fault) => Err(CliError::Degraded { path, fault }),
            }
        };
        let paths = truth.files.iter().enumerate().map(degraded).collect::<Result<_, _>>()?;
        Ok(Self { paths, _folder: folder })
    }
}

/// Every channel of a recording, at the session's rate.
fn channels(path: &Path) -> Result<Vec<Vec<f32>>, CliError> {
    let mut recording = Recording::open(path)?;
    let format = recording.format();
    let side = |channel| FrontEnd::new(format.rate_hz, format.channels, ChannelIndex(channel));
    let mut sides = (0..format.channels).map(side).collect::<Result<Vec<FrontEnd>, _>>()?;
    let mut channels = vec![Vec::new(); sides.len()];
    let (mut block, mut frames) = (AudioBlock::default(), Vec::new());
    let mut more = true;
    while more {
        more = recording.next_block(&mut block)?;
        for (side, samples) in sides.iter_mut().zip(&mut channels) {
            match more {
                true => side.push(&block, &mut frames),
                false => side.finish(&mut frames),
            }
            frames.drain(..).for_each(|frame| samples.extend_from_slice(&frame.samples));
        }
    }
    Ok(channels)
}

fn write(path: &Path, channels: &[Vec<f32>]) -> Result<(), hound::Error> {
    let spec = hound::WavSpec {
        channels: channels.len() as u16,
        sample_rate: SAMPLE_RATE_HZ,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec)?;
    for at in 0..channels.iter().map(Vec::len).min().unwrap_or(0) {
        for channel in channels {
            let step = (channel[at] * 32_768.0).round();
            writer.write_sample(step.clamp(f32::from(i16::MIN), f32::from(i16::MAX)) as i16)?;
        }
    }
    writer.finalize()
}

//! Tapes: layouts as recordings of two channels, the clerk's and the visitor's, in a folder that is removed in the end.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::deck::{Deck, channel_of};
use super::layout::{Layout, Placed};
use super::seed::Dice;
use crate::capture::{AudioBlock, Recording};
use crate::cli::error::CliError;
use crate::eval::{Truth, TruthFile};
use crate::signal::FrontEnd;
use crate::units::{ChannelIndex, Role, SAMPLE_RATE_HZ, SessionTime, Span};

/// Longest loop, seconds: 60 windows of it take 1.2 GB of disk. A longer run plays it again.
const PERIOD_S_MAX: u32 = 300;

/// A quiet room: noise of -66 dBFS, uniform, so of this amplitude in 16-bit steps.
const NOISE_STEPS: f64 = 28.0;

/// What to play, and to how many.
pub(super) struct Tapes<'a> {
    truth: &'a Truth,
    deck: &'a Deck,
    period: u64,
    duty: f64,
    seed: u64,
    folder: TempDir,
    written: Vec<(PathBuf, Layout)>,
}

impl<'a> Tapes<'a> {
    pub fn new(
        truth: &'a Truth,
        deck: &'a Deck,
        seconds: u32,
        duty: f64,
        seed: u64,
    ) -> Result<Self, CliError> {
        let folder = tempfile::Builder::new().prefix("sansheng-bench-").tempdir()?;
        let period = u64::from(seconds.min(PERIOD_S_MAX)) * u64::from(SAMPLE_RATE_HZ);
        Ok(Self { truth, deck, period, duty, seed, folder, written: Vec::new() })
    }

    /// The first `count` tapes; those that are not there yet are written.
    pub fn take(&mut self, count: usize) -> Result<&[(PathBuf, Layout)], CliError> {
        let mut mixed = Vec::new();
        while self.written.len() < count {
            let number = self.written.len() as u64;
            let layout = Layout::new(&self.deck.pieces, self.period, self.duty, self.seed, number);
            let path = self.folder.path().join(format!("window-{}.wav", number + 1));
            self.mix(&layout, number, &mut mixed)?;
            write(&path, &mixed).map_err(|fault| CliError::Tape { path: path.clone(), fault })?;
            self.written.push((path, layout));
        }
        Ok(&self.written[..count])
    }

    /// Both channels of a tape, interleaved.
    fn mix(&self, layout: &Layout, number: u64, mixed: &mut Vec<i16>) -> Result<(), CliError> {
        let mut dice = Dice::new(!self.seed, number);
        let noise = |_| ((2.0 * dice.share() - 1.0) * NOISE_STEPS).round() as i16;
        mixed.clear();
        mixed.extend((0..2 * layout.period).map(noise));
        for Placed { piece, at } in &layout.placed {
            let piece = &self.deck.pieces[*piece];
            let file = &self.truth.files[piece.file];
            let path = self.truth.audio_path(file);
            for (side, role) in [Role::Clerk, Role::Visitor].into_iter().enumerate() {
                let Some(channel) = channel_of(file, role) else { continue };
                add(&path, channel, piece.span, &mut |nth, sample| {
                    let place = 2 * ((at + nth) % layout.period) as usize + side;
                    let step = (f64::from(sample) * 32_768.0).round() as i32;
                    let sum = i32::from(mixed[place]) + step;
                    mixed[place] = sum.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16;
                })?;
            }
        }
        Ok(())
    }
}

/// Gives each sample of `span` of a channel, at the session's rate, with its place in `span`.
fn add(
    path: &Path,
    channel: ChannelIndex,
    span: Span,
    put: &mut dyn FnMut(u64, f32),
) -> Result<(), CliError> {
    let mut recording = Recording::open(path)?;
    let format = recording.format();
    let mut front_end = FrontEnd::new(format.rate_hz, format.channels, channel)?;
    let (mut block, mut frames) = (AudioBlock::default(), Vec::new());
    let mut more = true;
    while more {
        more = recording.next_block(&mut block)?;
        match more {
            true => front_end.push(&block, &mut frames),
            false => front_end.finish(&mut frames),
        }
        for frame in frames.drain(..) {
            for (at, sample) in (frame.start.0..).zip(frame.samples) {
                if (span.start.0..span.end.0).contains(&at) {
                    put(at - span.start.0, sample);
                }
            }
            more &= frame.start < span.end;
        }
    }
    Ok(())
}

fn write(path: &Path, mixed: &[i16]) -> Result<(), hound::Error> {
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: SAMPLE_RATE_HZ,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec)?;
    for sample in mixed {
        writer.write_sample(*sample)?;
    }
    writer.finalize()
}

/// Samples that each file of `truth` holds at the session's rate, as far as its header tells.
pub(super) fn lengths(truth: &Truth) -> Result<Vec<Option<u64>>, CliError> {
    let length = |file: &TruthFile| {
        let format = Recording::open(&truth.audio_path(file))?.format();
        Ok(format.duration.map(|seconds| SessionTime::from_seconds(seconds).0))
    };
    truth.files.iter().map(length).collect()
}

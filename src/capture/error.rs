//! What can be wrong with a recording: errors end the reading, warnings come beside what could be read.

mod chinese;

use std::fmt;
use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::{CHANNELS_MAX, RATE_HZ_MAX, RATE_HZ_MIN};
use crate::units::ChannelIndex;

/// Why a recording cannot be read, or not further. Every message names the file, what was found and what to do.
#[derive(Debug, Error)]
pub enum CaptureError {
    #[error("{}: cannot be opened: {source}: check the path and who may read it", path.display())]
    Open { path: PathBuf, source: io::Error },
    #[error("{}: is {found}, not a file: give the path of a recording", path.display())]
    NotAFile { path: PathBuf, found: &'static str },
    #[error("{}: holds 0 bytes: its recorder wrote nothing, or its copy failed: copy it again", path.display())]
    Empty { path: PathBuf },
    #[error(
        "{}: is not audio: it holds {found}: give a WAV, FLAC, MP3 or OGG Vorbis recording",
        path.display()
    )]
    NotAudio { path: PathBuf, found: String },
    #[error(
        "{}: holds {found}, which is not decoded here: convert it first, e.g. ffmpeg -i INPUT -ar 16000 \
         OUTPUT.wav",
        path.display()
    )]
    Unsupported { path: PathBuf, found: String },
    #[error(
        "{}: its header cannot be followed: {found}: export it again, or repair it with ffmpeg -i INPUT \
         OUTPUT.wav",
        path.display()
    )]
    Header { path: PathBuf, found: String },
    #[error(
        "{}: is sampled at {rate_hz} Hz, outside {RATE_HZ_MIN} to {RATE_HZ_MAX} Hz: if the header is right \
         resample it, e.g. ffmpeg -i INPUT -ar 16000 OUTPUT.wav; if not, export it again",
        path.display()
    )]
    Rate { path: PathBuf, rate_hz: u32 },
    #[error(
        "{}: has {channels} channels, outside 1 to {CHANNELS_MAX}: its header is damaged, or the channels of \
         each window must be exported to a file of their own",
        path.display()
    )]
    Channels { path: PathBuf, channels: u32 },
    #[error(
        "{}: has {channels} channel(s), counted from 0, and channel {asked} was asked for: name one it has with \
         --clerk-channel and --visitor-channel",
        path.display()
    )]
    NoSuchChannel { path: PathBuf, asked: u16, channels: u16 },
    #[error(
        "{}: holds a header and not one sample of audio{}: the recording was never made or cannot be \
         decoded: copy or export it again",
        path.display(), reason(found)
    )]
    NoSamples { path: PathBuf, found: Option<String> },
    #[error(
        "{}: at {at_s:.1} s changes from {from} to {to}: split it there into two files",
        path.display()
    )]
    FormatChange { path: PathBuf, at_s: f64, from: String, to: String },
    #[error("{}: at {at_s:.1} s reading fails: {source}: check the disk, copy the file again", path.display())]
    Read { path: PathBuf, at_s: f64, source: io::Error },
    #[error(
        "{}: at {at_s:.1} s the decoder breaks off: the data there is damaged: repair it with ffmpeg -i INPUT \
         OUTPUT.wav, or cut it there",
        path.display()
    )]
    DecoderBroke { path: PathBuf, at_s: f64 },
    #[error("{}: no recording in this directory: looked for names in {extensions}", path.display())]
    NoRecordings { path: PathBuf, extensions: String },
}

fn reason(found: &Option<String>) -> String {
    found.as_ref().map_or_else(String::new, |found| format!(" ({found})"))
}

/// Something odd about a recording that was read all the same.
#[derive(Clone, Debug, PartialEq)]
pub struct CaptureWarning {
    pub path: PathBuf,
    pub oddity: Oddity,
}

/// What was odd. Seconds are of the recording, from its start.
#[derive(Clone, Debug, PartialEq)]
pub enum Oddity {
    /// The file ends before its header says so.
    Shorter { promised_s: f64, held_s: f64 },
    /// The file goes on after its header says it ends.
    Longer { promised_s: f64, held_s: f64 },
    /// The recorder never wrote the length into the header.
    LengthUnknown,
    /// The file ends in the middle of its stream, and no header says how much is missing.
    CutShort { at_s: f64 },
    /// A stretch could not be decoded. `lost_s` is `None` where nothing tells how long it was. MP3 frames carry no
    /// positions: where damage swallowed whole frames, what follows comes earlier by their length.
    Undecodable { at_s: f64, lost_s: Option<f64>, cause: String },
    /// As many more stretches as `places` could not be decoded.
    MoreUndecodable { places: u64, lost_s: f64 },
    /// Positions in the stream leap farther than a gap can be long: read on as if they did not.
    Leap { at_s: f64, by_s: f64 },
    /// The header's block size contradicts its channels and sample size.
    BlockAlign { said: u16, used: u16 },
    /// Less than one sample of every channel is left at the end.
    StrayBytes { bytes: u64 },
    /// NaN, infinities and numbers far beyond full scale.
    NotNumbers { samples: u64, first_s: f64 },
    /// Samples go far beyond full scale.
    OverScale { peak: f32 },
    /// Every sample of the channel, or of all where `None`, is exactly zero.
    DigitalSilence { channel: Option<ChannelIndex> },
    /// What was decoded is not what was encoded.
    Checksum,
}

impl fmt::Display for CaptureWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.oddity)
    }
}

impl fmt::Display for Oddity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shorter { promised_s, held_s } => {
                write!(
                    f,
                    "header promises {promised_s:.1} s, the file holds {held_s:.1} s: read what is there"
                )
            }
            Self::Longer { promised_s, held_s } => {
                write!(f, "header promises {promised_s:.1} s, the file holds {held_s:.1} s: read to its end")
            }
            Self::LengthUnknown => {
                write!(f, "header gives no length, its recorder was cut off or streamed: read to the end")
            }
            Self::CutShort { at_s } => {
                write!(f, "breaks off at {at_s:.1} s in the middle of the stream: read what is there")
            }
            Self::Undecodable { at_s, lost_s: Some(lost_s), cause } => {
                write!(f, "at {at_s:.1} s {lost_s:.3} s cannot be decoded ({cause}): taken as not heard")
            }
            Self::Undecodable { at_s, lost_s: None, cause } => {
                write!(f, "at {at_s:.1} s a stretch of unknown length cannot be decoded ({cause}): skipped")
            }
            Self::MoreUndecodable { places, lost_s } => {
                write!(f, "{places} more stretches, {lost_s:.1} s in all, cannot be decoded: not heard")
            }
            Self::Leap { at_s, by_s } => {
                write!(f, "at {at_s:.1} s positions leap by {by_s:.0} s: read on without a gap")
            }
            Self::BlockAlign { said, used } => {
                write!(f, "header says {said} bytes a block, its channels and bits make {used}: used {used}")
            }
            Self::StrayBytes { bytes } => {
                write!(f, "{bytes} bytes at the end are less than one sample of all channels: left out")
            }
            Self::NotNumbers { samples, first_s } => {
                let were = if *samples == 1 { "sample was" } else { "samples were" };
                write!(f, "{samples} {were} not numbers, the first at {first_s:.1} s: replaced by silence")
            }
            Self::OverScale { peak } => {
                write!(f, "samples reach {peak:.0} times full scale: levels read too high; export it again")
            }
            Self::DigitalSilence { channel: None } => {
                write!(f, "digital silence throughout: check what the recorder was connected to")
            }
            Self::DigitalSilence { channel: Some(channel) } => {
                write!(f, "channel {} is digital silence throughout: check its microphone", channel.0)
            }
            Self::Checksum => {
                write!(
                    f,
                    "the decoded audio does not match the checksum its encoder wrote: the file was altered"
                )
            }
        }
    }
}

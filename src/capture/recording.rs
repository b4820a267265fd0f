//! Recordings. In: a path. Out: `AudioBlock`s, warnings. Thread: any. Allocates: per packet of a compressed
//! format; for WAV never after start.
//!
//! Reads from front to back in constant memory, so that a day is as easy as a minute. What is damaged is
//! skipped and said, its time kept; what cannot be read is an error that says what to do. Silence is never
//! passed off as a result: a file without a sample is an error, one of zeros only a warning.

use std::fmt;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::decode::{DecodeFault, Decoder, Step, StreamFormat};
use super::sniff::{Container, Sniffed, sniff};
use super::{AudioBlock, CHANNELS_MAX, CaptureError, CaptureWarning, Oddity, RATE_HZ_MAX, RATE_HZ_MIN};
use crate::units::ChannelIndex;

/// Longest gap believed: a longer leap of positions is a damaged number.
const GAP_S_MAX: f64 = 600.0;

/// Longest gap believed past the end that the header promises, which may be wrong itself.
const GAP_PAST_END_S_MAX: f64 = 10.0;

/// Undecodable stretches and leaps warned of one by one.
const PLACES_MAX: usize = 8;

/// Difference of lengths that is no news: encoders pad, headers round.
const LENGTH_SLACK_S: f64 = 0.1;

/// Beyond this many times full scale (96 dB over) a float is not a sample.
const MAGNITUDE_MAX: f32 = 65_536.0;

/// Beyond this peak the scale is wrong: lossy decoders overshoot full scale by a decibel or two.
const PEAK_MAX: f32 = 4.0;

/// What a recording is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AudioFormat {
    pub rate_hz: u32,
    pub channels: u16,
    /// Seconds the file holds, as far as known before reading it.
    pub duration: Option<f64>,
    /// `"WAV"`, `"FLAC"`, `"MP3"` or `"OGG"`.
    pub container: &'static str,
}

/// A recording, read once from front to back.
pub struct Recording {
    path: PathBuf,
    decoder: Decoder,
    format: AudioFormat,
    /// The first block: read at opening, since only decoding shows that there is audio.
    first: Option<AudioBlock>,
    warnings: Vec<CaptureWarning>,
    done: bool,
    /// End of what was read, in samples per channel.
    position: u64,
    /// What to add to positions in the stream: where the present one of several chained streams begins, less the
    /// leaps that were not believed.
    offset: i64,
    /// Why the last piece could not be decoded, until the next one shows how long it was.
    damage: Option<String>,
    places: usize,
    leaps: usize,
    seen: Seen,
}

/// What the samples were like.
#[derive(Default)]
struct Seen {
    not_numbers: u64,
    first_not_number: u64,
    peak: f32,
    /// For every channel, whether a sample was not zero.
    sounds: Vec<bool>,
}

impl Recording {
    /// Opens a recording and decodes its first block.
    ///
    /// # Errors
    /// When the file cannot be read, is no audio, is of a format not decoded here, has a header that cannot be
    /// followed, or holds not one sample.
    pub fn open(path: &Path) -> Result<Self, CaptureError> {
        let owned = || path.to_owned();
        let open = |source| CaptureError::Open { path: owned(), source };
        // Before opening: opening a named pipe would wait for its writer.
        let about = fs::metadata(path).map_err(open)?;
        if !about.is_file() {
            let found = if about.is_dir() { "a directory" } else { "a device or pipe" };
            return Err(CaptureError::NotAFile { path: owned(), found });
        }
        let mut file = File::open(path).map_err(open)?;
        if about.len() == 0 {
            return Err(CaptureError::Empty { path: owned() });
        }
        let container = match sniff(&mut file).map_err(open)? {
            Sniffed::Audio(container) => container,
            Sniffed::Foreign(name) => {
                return Err(CaptureError::Unsupported { path: owned(), found: name.to_owned() });
            }
            Sniffed::Other(found) => return Err(CaptureError::NotAudio { path: owned(), found }),
        };
        let mut decoder =
            Decoder::open(file, about.len(), container).map_err(|fault| error_of(path, 0.0, fault))?;
        let format = checked_format(path, decoder.format(), container)?;
        let oddities = std::mem::take(&mut decoder.oddities);
        let warnings = oddities.into_iter().map(|oddity| CaptureWarning { path: owned(), oddity }).collect();
        let mut recording = Self {
            path: owned(),
            decoder,
            format,
            first: None,
            warnings,
            done: false,
            position: 0,
            offset: 0,
            damage: None,
            places: 0,
            leaps: 0,
            seen: Seen { sounds: vec![false; usize::from(format.channels)], ..Seen::default() },
        };
        let mut block = AudioBlock::default();
        if !recording.read_block(&mut block)? {
            return Err(recording.no_samples());
        }
        recording.first = Some(block);
        Ok(recording)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn format(&self) -> AudioFormat {
        self.format
    }

    /// Reads on into `block`, whose buffer is reused; false at the end. Blocks hold up to some ten thousand
    /// samples per channel and are never empty. Where something was lost, the next block starts later.
    ///
    /// # Errors
    /// When the file cannot be read on, its decoder breaks, or its format changes. Then and after the end every
    /// further call gives false.
    pub fn next_block(&mut self, block: &mut AudioBlock) -> Result<bool, CaptureError> {
        match self.first.take() {
            Some(first) => {
                *block = first;
                Ok(true)
            }
            None => self.read_block(block),
        }
    }

    /// What was odd so far; complete when [`next_block`](Self::next_block) has given false.
    pub fn warnings(&self) -> &[CaptureWarning] {
        &self.warnings
    }

    fn read_block(&mut self, block: &mut AudioBlock) -> Result<bool, CaptureError> {
        while !self.done {
            match self.decoder.next(&mut block.samples) {
                Ok(Step::Audio { .. }) if block.samples.is_empty() => {}
                Ok(Step::Audio { start }) => {
                    self.place(start, block);
                    return Ok(true);
                }
                Ok(Step::Damaged(cause)) => self.damage = self.damage.take().or(Some(cause)),
                Ok(Step::NextStream) => self.enter_next_stream()?,
                Ok(Step::CutShort) => self.finish(true),
                Ok(Step::End) => self.finish(false),
                Err(fault) => {
                    self.done = true;
                    return Err(error_of(&self.path, self.seconds(self.position), fault));
                }
            }
        }
        Ok(false)
    }

    /// Sets the block's place in time and looks at its samples.
    fn place(&mut self, start: u64, block: &mut AudioBlock) {
        let start = start.saturating_add_signed(self.offset);
        let lost = start.saturating_sub(self.position);
        if lost > 0 && !self.is_believable(start, lost) {
            self.leaps += 1;
            if self.leaps <= PLACES_MAX {
                self.warn(Oddity::Leap { at_s: self.seconds(self.position), by_s: self.seconds(lost) });
            }
            self.offset = self.offset.saturating_sub_unsigned(lost);
        } else if lost > 0 {
            self.warn_undecodable(Some(lost));
            self.position = start;
        } else if self.damage.is_some() {
            self.warn_undecodable(None);
        }
        (block.start, block.rate_hz, block.channels) =
            (self.position, self.format.rate_hz, self.format.channels);
        self.seen.look(block);
        self.position += block.samples.len() as u64 / u64::from(self.format.channels);
    }

    /// Whether a gap of `lost` samples up to `start` can be one.
    fn is_believable(&self, start: u64, lost: u64) -> bool {
        let within = self.format.duration.is_none_or(|promised_s| self.seconds(start) <= promised_s);
        self.seconds(lost) <= if within { GAP_S_MAX } else { GAP_PAST_END_S_MAX }
    }

    fn enter_next_stream(&mut self) -> Result<(), CaptureError> {
        let (now, next) = (self.format, self.decoder.format());
        if (next.rate_hz, next.channels) != (now.rate_hz, u32::from(now.channels)) {
            self.done = true;
            return Err(CaptureError::FormatChange {
                path: self.path.clone(),
                at_s: self.seconds(self.position),
                from: format!("{} channel(s) at {} Hz", now.channels, now.rate_hz),
                to: format!("{} channel(s) at {} Hz", next.channels, next.rate_hz),
            });
        }
        self.offset = self.position.min(i64::MAX as u64) as i64;
        // What the first stream promised is not the length of the file.
        self.format.duration = None;
        Ok(())
    }

    fn finish(&mut self, cut_short: bool) {
        self.done = true;
        if self.damage.is_some() {
            self.warn_undecodable(None);
        }
        let held_s = self.seconds(self.position);
        match self.format.duration {
            Some(promised_s) if held_s + LENGTH_SLACK_S < promised_s => {
                self.warn(Oddity::Shorter { promised_s, held_s });
            }
            Some(promised_s) if held_s > promised_s + LENGTH_SLACK_S => {
                self.warn(Oddity::Longer { promised_s, held_s });
            }
            _ if cut_short => self.warn(Oddity::CutShort { at_s: held_s }),
            _ if self.warnings.is_empty() && self.decoder.is_verified() == Some(false) => {
                self.warn(Oddity::Checksum);
            }
            _ => {}
        }
        let Seen { not_numbers, first_not_number, peak, .. } = self.seen;
        if not_numbers > 0 {
            let first_s = self.seconds(first_not_number);
            self.warn(Oddity::NotNumbers { samples: not_numbers, first_s });
        }
        if peak > PEAK_MAX {
            self.warn(Oddity::OverScale { peak });
        }
        self.warn_of_silence();
    }

    fn warn_of_silence(&mut self) {
        if !self.seen.sounds.contains(&true) {
            return self.warn(Oddity::DigitalSilence { channel: None });
        }
        for channel in 0..self.format.channels {
            if !self.seen.sounds[usize::from(channel)] {
                self.warn(Oddity::DigitalSilence { channel: Some(ChannelIndex(channel)) });
            }
        }
    }

    fn warn_undecodable(&mut self, lost: Option<u64>) {
        let cause = self.damage.take().unwrap_or_else(|| "damaged data".to_owned());
        let lost_s = lost.map(|lost| self.seconds(lost));
        self.places += 1;
        if self.places <= PLACES_MAX {
            self.warn(Oddity::Undecodable { at_s: self.seconds(self.position), lost_s, cause });
            return;
        }
        let counted = self.warnings.iter_mut().find_map(|warning| match &mut warning.oddity {
            Oddity::MoreUndecodable { places, lost_s } => Some((places, lost_s)),
            _ => None,
        });
        match counted {
            Some((places, sum_s)) => {
                *places += 1;
                *sum_s += lost_s.unwrap_or(0.0);
            }
            None => self.warn(Oddity::MoreUndecodable { places: 1, lost_s: lost_s.unwrap_or(0.0) }),
        }
    }

    fn warn(&mut self, oddity: Oddity) {
        self.warnings.push(CaptureWarning { path: self.path.clone(), oddity });
    }

    fn no_samples(&self) -> CaptureError {
        let found = self.warnings.first().filter(|warning| !is_about_silence(warning));
        let found = found.map(|warning| warning.oddity.to_string());
        CaptureError::NoSamples { path: self.path.clone(), found }
    }

    fn seconds(&self, samples: u64) -> f64 {
        samples as f64 / f64::from(self.format.rate_hz)
    }
}

impl fmt::Debug for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Recording({}, {:?}, read to sample {})", self.path.display(), self.format, self.position)
    }
}

impl Seen {
    /// Notes what the samples are like, and replaces what is not one by silence.
    fn look(&mut self, block: &mut AudioBlock) {
        let channels = usize::from(block.channels);
        for (frame, samples) in block.samples.chunks_exact_mut(channels).enumerate() {
            for (sample, sounds) in samples.iter_mut().zip(&mut self.sounds) {
                let magnitude = sample.abs();
                // Not a number compares as false.
                if magnitude <= MAGNITUDE_MAX {
                    *sounds |= magnitude > 0.0;
                    self.peak = self.peak.max(magnitude);
                } else {
                    *sample = 0.0;
                    if self.not_numbers == 0 {
                        self.first_not_number = block.start + frame as u64;
                    }
                    self.not_numbers += 1;
                }
            }
        }
    }
}

fn is_about_silence(warning: &CaptureWarning) -> bool {
    matches!(warning.oddity, Oddity::DigitalSilence { .. })
}

fn checked_format(
    path: &Path,
    stream: StreamFormat,
    container: Container,
) -> Result<AudioFormat, CaptureError> {
    let StreamFormat { rate_hz, channels, frames } = stream;
    if !(RATE_HZ_MIN..=RATE_HZ_MAX).contains(&rate_hz) {
        return Err(CaptureError::Rate { path: path.to_owned(), rate_hz });
    }
    if channels == 0 || channels > u32::from(CHANNELS_MAX) {
        return Err(CaptureError::Channels { path: path.to_owned(), channels });
    }
    let container = match container {
        Container::Wav => "WAV",
        Container::Flac { .. } => "FLAC",
        Container::Mp3 { .. } => "MP3",
        Container::Ogg => "OGG",
    };
    let duration = frames.map(|frames| frames as f64 / f64::from(rate_hz));
    Ok(AudioFormat { rate_hz, channels: channels as u16, duration, container })
}

fn error_of(path: &Path, at_s: f64, fault: DecodeFault) -> CaptureError {
    let path = path.to_owned();
    match fault {
        DecodeFault::Io(source) if source.kind() == io::ErrorKind::UnexpectedEof => {
            CaptureError::NoSamples { path, found: None }
        }
        DecodeFault::Io(source) => CaptureError::Read { path, at_s, source },
        DecodeFault::Malformed(found) => CaptureError::Header { path, found },
        DecodeFault::Unsupported(found) => CaptureError::Unsupported { path, found },
        DecodeFault::Channels(channels) => CaptureError::Channels { path, channels },
        DecodeFault::NoSamples => CaptureError::NoSamples { path, found: None },
        DecodeFault::Panicked => CaptureError::DecoderBroke { path, at_s },
    }
}

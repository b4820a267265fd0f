//! What the intake tests share: files to read, and a look at what was read.

use std::f64::consts::TAU;
use std::fs::{self, File};
use std::io::{Cursor, Seek, Write};
use std::path::{Path, PathBuf};

use sansheng::capture::{AudioBlock, AudioFormat, CaptureError, CaptureWarning, Recording};
use tempfile::TempDir;

/// A recording read to its end.
pub struct Heard {
    pub format: AudioFormat,
    /// Interleaved, gaps filled with zeros.
    pub samples: Vec<f32>,
    pub warnings: Vec<CaptureWarning>,
}

impl Heard {
    pub fn frames(&self) -> usize {
        self.samples.len() / usize::from(self.format.channels)
    }

    pub fn channel(&self, channel: usize) -> Vec<f32> {
        self.samples.iter().skip(channel).step_by(usize::from(self.format.channels)).copied().collect()
    }

    /// All warnings, a line each, without the path.
    pub fn odd(&self) -> Vec<String> {
        self.warnings.iter().map(|warning| warning.oddity.to_string()).collect()
    }
}

pub fn hear(path: &Path) -> Result<Heard, CaptureError> {
    let mut recording = Recording::open(path)?;
    let format = recording.format();
    let (mut samples, mut block) = (Vec::new(), AudioBlock::default());
    while recording.next_block(&mut block)? {
        assert_eq!((block.rate_hz, block.channels), (format.rate_hz, format.channels));
        assert_eq!(block.samples.len() % usize::from(format.channels), 0);
        assert!(!block.samples.is_empty(), "an empty block");
        assert!(block.samples.iter().all(|sample| sample.is_finite()));
        let start = block.start as usize * usize::from(format.channels);
        assert!(start >= samples.len(), "a block goes back in time");
        samples.resize(start, 0.0);
        samples.extend_from_slice(&block.samples);
    }
    assert!(!recording.next_block(&mut block)?, "the end does not last");
    Ok(Heard { format, samples, warnings: recording.warnings().to_vec() })
}

/// Writes `bytes` to a file of that name and reads it.
pub fn hear_bytes(name: &str, bytes: &[u8]) -> Result<Heard, CaptureError> {
    Scratch::new(name).hear(bytes)
}

/// A temporary file, written again and again.
pub struct Scratch {
    path: PathBuf,
    file: File,
    _directory: TempDir,
}

impl Scratch {
    pub fn new(name: &str) -> Self {
        let directory = TempDir::new().expect("a temporary directory");
        let path = directory.path().join(name);
        let file = File::create(&path).expect("a temporary file");
        Self { path, file, _directory: directory }
    }

    /// Makes `bytes` the content of the file and reads it. Never empties the file on the way: a file system may
    /// wait for the disk then, thousands of times.
    pub fn hear(&mut self, bytes: &[u8]) -> Result<Heard, CaptureError> {
        self.file.rewind().expect("a temporary file");
        self.file.write_all(bytes).expect("room for a small file");
        self.file.set_len(bytes.len() as u64).expect("a temporary file");
        hear(&self.path)
    }
}

pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/formats").join(name)
}

pub fn fixture_bytes(name: &str) -> Vec<u8> {
    fs::read(fixture(name)).expect("a fixture")
}

/// Tone of channel `channel` in every generated file: a frequency and an amplitude of its own.
pub fn tone_of(channel: usize) -> (f64, f64) {
    if channel == 0 { (440.0, 0.5) } else { (1000.0 + 250.0 * (channel as f64 - 1.0), 0.25) }
}

/// Interleaved tones, in -1 to 1.
pub fn tones(rate_hz: u32, channels: usize, frames: usize) -> Vec<f64> {
    let sample = |n: usize, channel| {
        let (hz, amplitude) = tone_of(channel);
        amplitude * (TAU * hz * n as f64 / f64::from(rate_hz)).sin()
    };
    (0..frames).flat_map(|n| (0..channels).map(move |channel| sample(n, channel))).collect()
}

/// A WAV file of [`tones`] in the memory, as `hound` writes it.
pub fn hound_wav(rate_hz: u32, channels: u16, bits: u16, float: bool, frames: usize) -> Vec<u8> {
    let sample_format = if float { hound::SampleFormat::Float } else { hound::SampleFormat::Int };
    let spec = hound::WavSpec { channels, sample_rate: rate_hz, bits_per_sample: bits, sample_format };
    let mut file = Cursor::new(Vec::new());
    let mut writer = hound::WavWriter::new(&mut file, spec).expect("a spec that hound can write");
    for sample in tones(rate_hz, usize::from(channels), frames) {
        let written = if float {
            writer.write_sample(sample as f32)
        } else {
            writer.write_sample((sample * 2_f64.powi(i32::from(bits) - 1)).round() as i32)
        };
        written.expect("memory takes every sample");
    }
    writer.finalize().expect("memory takes the header");
    file.into_inner()
}

/// The sixteen bytes of a plain format chunk whose fields agree.
pub fn fmt(tag: u16, channels: u16, rate_hz: u32, bits: u16) -> Vec<u8> {
    let align = channels.wrapping_mul(bits.div_ceil(8));
    fmt_with_align(tag, channels, rate_hz, bits, align, rate_hz.wrapping_mul(u32::from(align)))
}

pub fn fmt_with_align(
    tag: u16,
    channels: u16,
    rate_hz: u32,
    bits: u16,
    align: u16,
    byte_rate: u32,
) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend(tag.to_le_bytes());
    bytes.extend(channels.to_le_bytes());
    bytes.extend(rate_hz.to_le_bytes());
    bytes.extend(byte_rate.to_le_bytes());
    bytes.extend(align.to_le_bytes());
    bytes.extend(bits.to_le_bytes());
    bytes
}

pub fn chunk(id: &[u8; 4], said: u32, body: &[u8]) -> Vec<u8> {
    [id, &said.to_le_bytes()[..], body].concat()
}

/// A RIFF file of these chunks; its own length is 0, as an interrupted recorder leaves it.
pub fn riff(chunks: &[Vec<u8>]) -> Vec<u8> {
    [b"RIFF\0\0\0\0WAVE".to_vec(), chunks.concat()].concat()
}

/// A WAV file whose data chunk claims to be `said` bytes long.
pub fn wav_claiming(format: &[u8], said: u32, data: &[u8]) -> Vec<u8> {
    riff(&[chunk(b"fmt ", format.len() as u32, format), chunk(b"data", said, data)])
}

/// `frames` samples of [`tones`] on one channel as 16-bit data.
pub fn data16(rate_hz: u32, channels: usize, frames: usize) -> Vec<u8> {
    let coded = |sample: &f64| ((sample * 32_767.0).round() as i16).to_le_bytes();
    tones(rate_hz, channels, frames).iter().flat_map(coded).collect()
}

/// Makes the checksums of OGG pages right again, so that damage reaches the decoder behind them.
pub fn seal_ogg_pages(bytes: &mut [u8]) {
    let mut at = 0;
    while at + 27 <= bytes.len() && bytes[at..].starts_with(b"OggS") {
        let segments = usize::from(bytes[at + 26]);
        let Some(table) = bytes.get(at + 27..at + 27 + segments) else { return };
        let end = at + 27 + segments + table.iter().map(|&len| usize::from(len)).sum::<usize>();
        let Some(page) = bytes.get_mut(at..end) else { return };
        page[22..26].fill(0);
        let crc = page.iter().fold(0_u32, |crc, &byte| {
            (0..8).fold(crc ^ u32::from(byte) << 24, |crc, _| {
                crc << 1 ^ if crc >> 31 == 1 { 0x04c1_1db7 } else { 0 }
            })
        });
        page[22..26].copy_from_slice(&crc.to_le_bytes());
        at = end;
    }
}

/// Amplitude of the part of `samples` at `hz`, whatever its phase.
pub fn amplitude_at(samples: &[f32], hz: f64, rate_hz: f64) -> f64 {
    let (mut re, mut im) = (0.0, 0.0);
    for (n, &sample) in samples.iter().enumerate() {
        // A Hann taper: other tones leak little into this one.
        let taper = 0.5 - 0.5 * (TAU * (n as f64 + 0.5) / samples.len() as f64).cos();
        let phase = TAU * hz * n as f64 / rate_hz;
        re += taper * f64::from(sample) * phase.cos();
        im += taper * f64::from(sample) * phase.sin();
    }
    re.hypot(im) * 4.0 / samples.len() as f64
}

pub fn decibels(ratio: f64) -> f64 {
    20.0 * ratio.log10()
}

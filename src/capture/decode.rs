//! Decoding. In: a sniffed file. Out: interleaved samples and where in the stream they belong.
//! Allocates: per packet of a compressed format; never after start for WAV.
//!
//! The only file that knows the decoding library. Strangers write the bytes it parses, so every call is made
//! under `catch_unwind`: a panic while decoding costs that packet, one while reading the container ends the
//! stream. It is needed: with overflow checks on, Microsoft ADPCM with a damaged step size panics in 0.6.1.

use std::fs::File;
use std::io::{self, Cursor, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};

use symphonia::core::audio::Channels;
use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::well_known as codec_id;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::packet::PacketRef;
use symphonia::core::units::{Duration, Timestamp};
use symphonia::default::formats::{FlacReader, MpaReader, OggReader};
use symphonia::default::get_codecs;

use super::Oddity;
use super::sniff::Container;
use super::wav::{Wav, WavCodec, WavFault, WavFormat};

/// Most samples an MP3 encoder adds at the end: its header has twelve bits for the number. What a header wants
/// cut beyond that is audio, appended to the file after the header was written.
const MP3_PADDING_MAX: u64 = 4095;

/// Unreadable pieces in a row after which a stream is given up.
const DAMAGED_IN_A_ROW_MAX: u32 = 10_000;

/// What a stream says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct StreamFormat {
    pub rate_hz: u32,
    pub channels: u32,
    /// Samples per channel that the file promises, where it counts them.
    pub frames: Option<u64>,
}

/// What one call of [`Decoder::next`] brought.
#[derive(Debug)]
pub(super) enum Step {
    /// Samples of one packet; the first is at `start` in the stream, in samples per channel.
    Audio {
        start: u64,
    },
    /// A piece that does not decode: what it stood for shows in the `start` of the next.
    Damaged(String),
    /// Another stream begins, of [`Decoder::format`]; its positions start at 0 again.
    NextStream,
    /// The stream ends without its end mark.
    CutShort,
    End,
}

#[derive(Debug)]
pub(super) enum DecodeFault {
    Io(io::Error),
    Malformed(String),
    Unsupported(String),
    Channels(u32),
    NoSamples,
    Panicked,
}

pub(super) struct Decoder {
    source: Source,
    codec: Codec,
    format: StreamFormat,
    damaged_in_a_row: u32,
    /// What the header is odd about.
    pub oddities: Vec<Oddity>,
    /// Coded bytes of a WAV packet.
    bytes: Vec<u8>,
    ended: bool,
}

enum Source {
    Wav(Wav<File>),
    Packets(Packets),
}

/// A stream in packets, out of a compressed container.
struct Packets {
    reader: Box<dyn FormatReader>,
    track: u32,
    container: Container,
    /// Where the audio of the first packet is, in the stream's own positions.
    origin: Option<i64>,
    /// Samples that may still be cut from the end of an MP3.
    padding_left: u64,
}

/// A decoder, and what it takes to make another.
struct Codec {
    inner: Box<dyn AudioDecoder>,
    parameters: AudioCodecParameters,
    options: AudioDecoderOptions,
}

impl Decoder {
    /// Opens the stream in a `file` of `bytes` bytes.
    pub(super) fn open(file: File, bytes: u64, container: Container) -> Result<Self, DecodeFault> {
        guarded(|| match container {
            Container::Wav => Self::open_wav(file, bytes),
            _ => Self::open_packets(Box::new(file), container),
        })
    }

    /// Opens a FLAC file that is in memory.
    pub(super) fn open_flac(bytes: Vec<u8>) -> Result<Self, DecodeFault> {
        guarded(|| Self::open_packets(Box::new(Cursor::new(bytes)), Container::Flac { offset: 0 }))
    }

    pub(super) fn format(&self) -> StreamFormat {
        self.format
    }

    /// Decodes the next packet into `samples`, whose buffer is reused. After [`Step::End`],
    /// [`Step::CutShort`] or a fault the stream stays at its end.
    pub(super) fn next(&mut self, samples: &mut Vec<f32>) -> Result<Step, DecodeFault> {
        samples.clear();
        if self.ended {
            return Ok(Step::End);
        }
        let step = guarded(|| match &self.source {
            Source::Wav(_) => self.next_of_wav(samples),
            Source::Packets(_) => self.next_of_packets(samples),
        });
        match &step {
            Ok(Step::Damaged(_)) => self.damaged_in_a_row += 1,
            _ => self.damaged_in_a_row = 0,
        }
        let given_up = self.damaged_in_a_row > DAMAGED_IN_A_ROW_MAX;
        self.ended = given_up || matches!(step, Ok(Step::End | Step::CutShort) | Err(_));
        if given_up { Ok(Step::CutShort) } else { step }
    }

    /// Whether the audio is what was encoded, where the format can tell; to be asked at the end.
    pub(super) fn is_verified(&mut self) -> Option<bool> {
        guarded(|| Ok(self.codec.inner.finalize().verify_ok)).ok().flatten()
    }

    fn open_wav(file: File, bytes: u64) -> Result<Self, DecodeFault> {
        let mut wav = Wav::open(file, bytes).map_err(|fault| match fault {
            WavFault::Io(fault) => DecodeFault::Io(fault),
            WavFault::Malformed(found) => DecodeFault::Malformed(found),
            WavFault::Unsupported(found) => DecodeFault::Unsupported(found),
            WavFault::Channels(channels) => DecodeFault::Channels(channels.into()),
        })?;
        let WavFormat { rate_hz, channels, .. } = wav.format;
        let codec = Codec::make(wav_parameters(&wav.format), true)?;
        let format = StreamFormat { rate_hz, channels: channels.into(), frames: Some(wav.frames) };
        let oddities = std::mem::take(&mut wav.oddities);
        let source = Source::Wav(wav);
        Ok(Self { source, codec, format, damaged_in_a_row: 0, oddities, bytes: Vec::new(), ended: false })
    }

    fn open_packets(mut file: Box<dyn MediaSource>, container: Container) -> Result<Self, DecodeFault> {
        let offset = match container {
            Container::Mp3 { offset, .. } | Container::Flac { offset } => offset,
            Container::Ogg | Container::Wav => 0,
        };
        file.seek(SeekFrom::Start(0)).map_err(DecodeFault::Io)?;
        let mut stream = MediaSourceStream::new(file, MediaSourceStreamOptions::default());
        stream.seek(SeekFrom::Start(offset)).map_err(DecodeFault::Io)?;
        let options = FormatOptions::default();
        let reader: Result<Box<dyn FormatReader>, Error> = match container {
            Container::Flac { .. } => FlacReader::try_new(stream, options).map(|r| Box::new(r) as _),
            Container::Mp3 { .. } => MpaReader::try_new(stream, options).map(|r| Box::new(r) as _),
            Container::Ogg | Container::Wav => OggReader::try_new(stream, options).map(|r| Box::new(r) as _),
        };
        let reader = reader.map_err(fault_of)?;
        let (track, codec, format) = open_track(reader.as_ref(), container)?;
        let packets = Packets { reader, track, container, origin: None, padding_left: MP3_PADDING_MAX };
        let (source, oddities) = (Source::Packets(packets), Vec::new());
        Ok(Self { source, codec, format, damaged_in_a_row: 0, oddities, bytes: Vec::new(), ended: false })
    }

    fn next_of_wav(&mut self, samples: &mut Vec<f32>) -> Result<Step, DecodeFault> {
        let Source::Wav(wav) = &mut self.source else { unreachable!("the caller looked") };
        let Some(packet) = wav.next_packet(&mut self.bytes).map_err(DecodeFault::Io)? else {
            return Ok(Step::End);
        };
        let at = Timestamp::new(packet.start.min(i64::MAX as u64) as i64);
        let coded = PacketRef::new(0, at, Duration::new(packet.coded), &self.bytes);
        if let Err(cause) = self.codec.decode(&coded, self.format, samples) {
            return Ok(Step::Damaged(cause));
        }
        samples.truncate((packet.frames * u64::from(self.format.channels)) as usize);
        Ok(Step::Audio { start: packet.start })
    }

    fn next_of_packets(&mut self, samples: &mut Vec<f32>) -> Result<Step, DecodeFault> {
        let Source::Packets(packets) = &mut self.source else { unreachable!("the caller looked") };
        let packet = match packets.reader.next_packet() {
            Ok(Some(packet)) if packet.track_id == packets.track => packet,
            // Another stream of the same file: a picture, subtitles.
            Ok(Some(_)) => return Ok(Step::Audio { start: 0 }),
            Ok(None) => return Ok(Step::End),
            Err(Error::ResetRequired) => return self.start_next_stream(),
            Err(Error::IoError(fault)) if fault.kind() == io::ErrorKind::UnexpectedEof => {
                return Ok(Step::CutShort);
            }
            Err(Error::IoError(fault)) => return Err(DecodeFault::Io(fault)),
            Err(fault) => return Ok(Step::Damaged(fault.to_string())),
        };
        let audio_start = packet.pts.get().saturating_add_unsigned(packet.trim_start.get());
        let origin = *packets.origin.get_or_insert(match packets.container {
            // A stream cut out of a longer one keeps its positions.
            Container::Ogg => audio_start,
            _ => 0,
        });
        if let Err(cause) = self.codec.decode(&packet.as_packet_ref(), self.format, samples) {
            return Ok(Step::Damaged(cause));
        }
        if matches!(packets.container, Container::Mp3 { .. }) {
            packets.trim_mp3(samples, packet.trim_start.get(), packet.trim_end.get(), self.format.channels);
        }
        Ok(Step::Audio { start: audio_start.saturating_sub(origin).max(0) as u64 })
    }

    fn start_next_stream(&mut self) -> Result<Step, DecodeFault> {
        let Source::Packets(packets) = &mut self.source else { unreachable!("only packets are chained") };
        let (track, codec, format) = open_track(packets.reader.as_ref(), packets.container)?;
        (packets.track, packets.origin) = (track, None);
        (self.codec, self.format) = (codec, format);
        Ok(Step::NextStream)
    }
}

impl Packets {
    /// Cuts what the encoder added. Not left to the library: where a header counts too few frames it would cut
    /// everything that follows, and joined or still growing files have such headers.
    fn trim_mp3(&mut self, samples: &mut Vec<f32>, start: u64, end: u64, channels: u32) {
        let frames = samples.len() as u64 / u64::from(channels);
        let start = start.min(frames);
        let end = end.min(frames - start);
        if end <= self.padding_left {
            self.padding_left -= end;
            samples.truncate(((frames - end) * u64::from(channels)) as usize);
        }
        samples.drain(..(start * u64::from(channels)) as usize);
    }
}

impl Codec {
    /// `trim`: whether it cuts what encoders add before and after the audio.
    fn make(parameters: AudioCodecParameters, trim: bool) -> Result<Self, DecodeFault> {
        let options = AudioDecoderOptions::default().gapless(trim).verify(true);
        let inner = get_codecs().make_audio_decoder(&parameters, &options).map_err(fault_of)?;
        Ok(Self { inner, parameters, options })
    }

    /// Decodes one packet into `samples`, or says why not.
    fn decode(
        &mut self,
        packet: &PacketRef<'_>,
        format: StreamFormat,
        samples: &mut Vec<f32>,
    ) -> Result<(), String> {
        let decoded = catch_unwind(AssertUnwindSafe(|| {
            let decoded = self.inner.decode_ref(packet)?;
            let spec = decoded.spec();
            let fits = (spec.rate(), spec.channels().count()) == (format.rate_hz, format.channels as usize);
            if fits {
                decoded.copy_to_vec_interleaved(samples);
            }
            Ok(fits)
        }));
        match decoded {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) => Err("its rate or channels differ from the stream's".to_owned()),
            Ok(Err::<_, Error>(fault)) => Err(fault.to_string()),
            Err(_) => {
                samples.clear();
                // What the panic left half done must not be used again.
                if let Ok(inner) = get_codecs().make_audio_decoder(&self.parameters, &self.options) {
                    self.inner = inner;
                }
                Err("the decoder broke off".to_owned())
            }
        }
    }
}

/// FLAC frames that come one by one, without a container.
pub(super) struct FlacFrames {
    codec: Codec,
    format: StreamFormat,
}

impl FlacFrames {
    /// For frames of at most `samples_max` samples per channel.
    pub(super) fn new(rate_hz: u32, channels: u16, samples_max: u16) -> Result<Self, DecodeFault> {
        // Without this many samples the decoder takes the stream for damaged.
        let samples_max = samples_max.max(16);
        let packed = (u64::from(rate_hz) << 44) | (u64::from(channels.max(1) - 1) << 41) | (15 << 36);
        let mut info = Vec::with_capacity(34);
        info.extend_from_slice(&16_u16.to_be_bytes());
        info.extend_from_slice(&samples_max.to_be_bytes());
        // Sizes of frames: unknown.
        info.extend_from_slice(&[0; 6]);
        // Rate (20 bits), channels less one (3), bits less one (5), length: unknown (36). Each frame says its bits.
        info.extend_from_slice(&packed.to_be_bytes());
        info.extend_from_slice(&[0; 16]);
        let mut parameters = AudioCodecParameters::new();
        parameters.for_codec(codec_id::CODEC_ID_FLAC).with_extra_data(info.into_boxed_slice());
        let codec = guarded(|| Codec::make(parameters, false))?;
        Ok(Self { codec, format: StreamFormat { rate_hz, channels: channels.into(), frames: None } })
    }

    /// Decodes one frame into `samples`, interleaved, or says why not.
    pub(super) fn decode(&mut self, frame: &[u8], samples: &mut Vec<f32>) -> Result<(), String> {
        samples.clear();
        let packet = PacketRef::new(0, Timestamp::new(0), Duration::new(0), frame);
        self.codec.decode(&packet, self.format, samples)
    }
}

/// Runs `work` and turns a panic into a fault.
fn guarded<T>(work: impl FnOnce() -> Result<T, DecodeFault>) -> Result<T, DecodeFault> {
    // What a panic may have left half done is not used again: the stream has ended.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(DecodeFault::Panicked))
}

type OpenTrack = (u32, Codec, StreamFormat);

/// The audio track of a container, its decoder and format.
fn open_track(reader: &dyn FormatReader, container: Container) -> Result<OpenTrack, DecodeFault> {
    let track = reader.default_track(TrackType::Audio);
    let Some((track, CodecParameters::Audio(parameters))) =
        track.and_then(|track| Some((track, track.codec_params.as_ref()?)))
    else {
        return Err(DecodeFault::Unsupported(
            "OGG without Vorbis or FLAC audio (Speex or video?)".to_owned(),
        ));
    };
    if parameters.codec == codec_id::CODEC_ID_OPUS {
        return Err(DecodeFault::Unsupported("Opus audio in OGG".to_owned()));
    }
    let mp3 = matches!(container, Container::Mp3 { .. });
    let codec = Codec::make(parameters.clone(), !mp3)?;
    let channels = parameters.channels.as_ref().map_or(0, Channels::count);
    let counted = !matches!(container, Container::Mp3 { counted: false, .. });
    let format = StreamFormat {
        rate_hz: parameters.sample_rate.unwrap_or(0),
        channels: channels as u32,
        frames: track.num_frames.filter(|&frames| counted && frames > 0),
    };
    Ok((track.id, codec, format))
}

fn fault_of(fault: Error) -> DecodeFault {
    match fault {
        // At opening: the file ends before its first packet.
        Error::IoError(fault) if fault.kind() == io::ErrorKind::UnexpectedEof => DecodeFault::NoSamples,
        Error::IoError(fault) => DecodeFault::Io(fault),
        Error::Unsupported(found) => DecodeFault::Unsupported(format!("something unknown ({found})")),
        fault => DecodeFault::Malformed(fault.to_string()),
    }
}

fn wav_parameters(format: &WavFormat) -> AudioCodecParameters {
    let codec = match format.codec {
        WavCodec::U8 => codec_id::CODEC_ID_PCM_U8,
        WavCodec::S16 => codec_id::CODEC_ID_PCM_S16LE,
        WavCodec::S24 => codec_id::CODEC_ID_PCM_S24LE,
        WavCodec::S32 => codec_id::CODEC_ID_PCM_S32LE,
        WavCodec::F32 => codec_id::CODEC_ID_PCM_F32LE,
        WavCodec::F64 => codec_id::CODEC_ID_PCM_F64LE,
        WavCodec::ALaw => codec_id::CODEC_ID_PCM_ALAW,
        WavCodec::MuLaw => codec_id::CODEC_ID_PCM_MULAW,
        WavCodec::AdpcmMs => codec_id::CODEC_ID_ADPCM_MS,
        WavCodec::AdpcmIma => codec_id::CODEC_ID_ADPCM_IMA_WAV,
    };
    let mut parameters = AudioCodecParameters::new();
    parameters
        .for_codec(codec)
        .with_sample_rate(format.rate_hz)
        .with_channels(Channels::Discrete(format.channels))
        .with_max_frames_per_packet(format.blocks_per_packet() * format.block_frames)
        .with_frames_per_block(format.block_frames);
    parameters
}

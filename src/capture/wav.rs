//! WAV files. In: RIFF, RF64 or BW64 bytes. Out: blocks of coded samples and what codes them.
//! Allocates: per chunk of the header; the caller owns the packet.
//!
//! The container is read here, and not by the decoding library, because recorders that lose power leave
//! headers that lie: lengths of 0 or 0xFFFFFFFF, data longer than the RIFF chunk around it, lengths that wrapped
//! at 4 GiB. The library refuses those files, panics on some channel counts and knows no RF64, which a day of
//! two channels needs. Sources: RFC 2361, Microsoft `mmreg.h`, EBU Tech 3306 (RF64).

use std::fmt;
use std::io::{self, Read, Seek, SeekFrom};

use super::Oddity;

/// Frames in a packet, near enough: 85 ms at 48 kHz.
const PACKET_FRAMES: u64 = 4096;

/// Chunks looked at before the audio; more is damage.
const CHUNKS_MAX: usize = 4096;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WavCodec {
    U8,
    S16,
    S24,
    S32,
    F32,
    F64,
    ALaw,
    MuLaw,
    AdpcmMs,
    AdpcmIma,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct WavFormat {
    pub codec: WavCodec,
    pub rate_hz: u32,
    pub channels: u16,
    /// Bytes of the smallest piece that decodes: one sample of every channel, or one ADPCM block.
    pub block_bytes: u64,
    /// Samples per channel in it.
    pub block_frames: u64,
}

impl WavFormat {
    pub(super) fn blocks_per_packet(&self) -> u64 {
        (PACKET_FRAMES / self.block_frames).max(1)
    }

    fn seconds(&self, bytes: u64) -> f64 {
        (bytes / self.block_bytes * self.block_frames) as f64 / f64::from(self.rate_hz.max(1))
    }
}

/// Why a WAV file cannot be read.
#[derive(Debug)]
pub(super) enum WavFault {
    Io(io::Error),
    Malformed(String),
    Unsupported(String),
    Channels(u16),
}

impl From<io::Error> for WavFault {
    fn from(fault: io::Error) -> Self {
        Self::Io(fault)
    }
}

/// One packet of coded samples, in samples per channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct WavPacket {
    pub start: u64,
    /// What the coded blocks hold.
    pub coded: u64,
    /// What of it belongs to the recording.
    pub frames: u64,
}

pub(super) struct Wav<F> {
    file: F,
    pub format: WavFormat,
    /// Samples per channel in the file.
    pub frames: u64,
    pub oddities: Vec<Oddity>,
    next: u64,
}

impl<F: Read + Seek> Wav<F> {
    /// Reads the header of a file that is `bytes` long.
    pub(super) fn open(mut file: F, bytes: u64) -> Result<Self, WavFault> {
        let header = Header::read(&mut file, bytes)?;
        let format = header.format;
        let mut oddities = Vec::from_iter(header.oddity.clone());
        let held = header.extent(&mut file, bytes, &mut oddities)?;
        if held % format.block_bytes > 0 {
            oddities.push(Oddity::StrayBytes { bytes: held % format.block_bytes });
        }
        let coded = held / format.block_bytes * format.block_frames;
        // The last ADPCM block is filled up: the fact chunk says how much of it counts.
        let counted = header.fact.map(u64::from).filter(|&n| n <= coded && n + format.block_frames > coded);
        file.seek(SeekFrom::Start(header.data_start))?;
        Ok(Self { file, format, frames: counted.unwrap_or(coded), oddities, next: 0 })
    }

    /// Reads the next packet into `bytes`; `None` at the end.
    pub(super) fn next_packet(&mut self, bytes: &mut Vec<u8>) -> io::Result<Option<WavPacket>> {
        let format = self.format;
        let blocks_left = (self.frames - self.next).div_ceil(format.block_frames);
        let blocks = blocks_left.min(format.blocks_per_packet());
        bytes.resize((blocks * format.block_bytes) as usize, 0);
        let read = read_up_to(&mut self.file, bytes)? as u64;
        // Fewer only where the file became shorter since it was opened.
        let blocks = read / format.block_bytes;
        bytes.truncate((blocks * format.block_bytes) as usize);
        let (start, coded) = (self.next, blocks * format.block_frames);
        self.next = (start + coded).min(self.frames);
        Ok((blocks > 0).then(|| WavPacket { start, coded, frames: self.next - start }))
    }
}

impl<F> fmt::Debug for Wav<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Wav({:?}, {} of {})", self.format, self.next, self.frames)
    }
}

struct Header {
    format: WavFormat,
    oddity: Option<Oddity>,
    fact: Option<u32>,
    data_start: u64,
    /// Length of the data chunk as it says; `None` where it says none.
    data_bytes: Option<u64>,
}

impl Header {
    fn read(file: &mut (impl Read + Seek), bytes: u64) -> Result<Self, WavFault> {
        let (mut format, mut fact, mut long) = (None, None, None);
        let mut at = 12;
        for _ in 0..CHUNKS_MAX {
            let Some((id, len)) = chunk_at(file, at, bytes)? else { break };
            let body = at + 8;
            match &id {
                b"fmt " => format = Some(parse_format(&read_body(file, body, len)?)?),
                // RF64: sizes of 64 bits, RIFF then data.
                b"ds64" => long = read_body(file, body, len)?.get(8..16).map(le_u64),
                b"fact" => fact = read_body(file, body, len)?.get(..4).map(le_u32).filter(|&n| n > 0),
                b"data" => {
                    let Some((format, oddity)) = format else {
                        return Err(WavFault::Malformed("no format chunk before the audio".to_owned()));
                    };
                    let fact = fact.filter(|_| format.block_frames > 1);
                    let data_bytes = match (len, long) {
                        (0xffff_ffff, long) => long,
                        (0, Some(long)) if long > 0 => Some(long),
                        // An empty chunk if another follows, else never filled in.
                        (0, _) if chunk_at(file, body, bytes)?.is_none() => None,
                        (len, _) => Some(u64::from(len)),
                    };
                    return Ok(Self { format, oddity, fact, data_start: body, data_bytes });
                }
                _ => {}
            }
            at = body + u64::from(len) + u64::from(len % 2);
        }
        Err(WavFault::Malformed(format!("no data chunk in its {bytes} bytes")))
    }

    /// Bytes of audio in the file, whatever the header says.
    fn extent(
        &self,
        file: &mut (impl Read + Seek),
        bytes: u64,
        oddities: &mut Vec<Oddity>,
    ) -> io::Result<u64> {
        let rest = bytes.saturating_sub(self.data_start);
        let seconds = |bytes| self.format.seconds(bytes);
        let Some(said) = self.data_bytes else {
            oddities.push(Oddity::LengthUnknown);
            return Ok(rest);
        };
        if said > rest {
            oddities.push(Oddity::Shorter { promised_s: seconds(said), held_s: seconds(rest) });
            return Ok(rest);
        }
        // A length that wrapped, or that was last updated before the recorder stopped: audio goes on where a
        // chunk should begin. A little padding there is common and means nothing.
        let end = self.data_start + said;
        let mut followed = rest - said < 8 || seconds(rest - said) < 1.0;
        for at in [end, end + said % 2] {
            followed = followed || chunk_at(file, at, bytes)?.is_some();
        }
        if !followed {
            oddities.push(Oddity::Longer { promised_s: seconds(said), held_s: seconds(rest) });
        }
        Ok(if followed { said } else { rest })
    }
}

/// Name and length of the chunk at `at`, if what is there can be one.
fn chunk_at(file: &mut (impl Read + Seek), at: u64, bytes: u64) -> io::Result<Option<([u8; 4], u32)>> {
    let mut head = [0; 8];
    if at.saturating_add(8) > bytes {
        return Ok(None);
    }
    file.seek(SeekFrom::Start(at))?;
    if read_up_to(file, &mut head)? < head.len() {
        return Ok(None);
    }
    let [a, b, c, d, ..] = head;
    let id = [a, b, c, d];
    let named = id.iter().all(|&byte| byte == b' ' || byte.is_ascii_graphic());
    Ok(named.then(|| (id, le_u32(&head[4..]))))
}

/// The part of a header chunk that matters; the rest of a long one is left.
fn read_body(file: &mut (impl Read + Seek), at: u64, len: u32) -> io::Result<Vec<u8>> {
    let mut body = vec![0; len.min(64) as usize];
    file.seek(SeekFrom::Start(at))?;
    let read = read_up_to(file, &mut body)?;
    body.truncate(read);
    Ok(body)
}

/// The format chunk, and what is odd about it.
fn parse_format(body: &[u8]) -> Result<(WavFormat, Option<Oddity>), WavFault> {
    if body.len() < 16 {
        return Err(WavFault::Malformed(format!(
            "a format chunk of {} bytes, at least 16 needed",
            body.len()
        )));
    }
    let (channels, rate_hz, byte_rate) = (le_u16(&body[2..]), le_u32(&body[4..]), le_u32(&body[8..]));
    let (block_align, bits) = (le_u16(&body[12..]), le_u16(&body[14..]));
    if channels == 0 || channels > super::CHANNELS_MAX {
        return Err(WavFault::Channels(channels));
    }
    let codec = codec_of(format_tag(body)?, bits)?;
    let adpcm_head = match codec {
        WavCodec::AdpcmMs => Some((7, 2)),
        WavCodec::AdpcmIma => Some((4, 1)),
        _ => None,
    };
    if let Some((head_bytes, head_frames)) = adpcm_head {
        let coded = block_align.checked_sub(head_bytes * channels).filter(|_| channels <= 2);
        let Some(coded) = coded else {
            let fault = format!("ADPCM of {channels} channels in blocks of {block_align} bytes");
            return Err(WavFault::Malformed(fault));
        };
        let block_frames = u64::from(coded) * 2 / u64::from(channels) + head_frames;
        let block_bytes = u64::from(block_align);
        return Ok((WavFormat { codec, rate_hz, channels, block_bytes, block_frames }, None));
    }
    let used = channels * bits.div_ceil(8);
    let format = WavFormat { codec, rate_hz, channels, block_bytes: u64::from(used), block_frames: 1 };
    if block_align == used {
        return Ok((format, None));
    }
    // The byte rate has the casting vote: where it sides with the block size, the sample size is in doubt.
    if block_align > 0 && u64::from(byte_rate) == u64::from(rate_hz) * u64::from(block_align) {
        return Err(WavFault::Malformed(format!(
            "{channels} channels of {bits} bits make {used} bytes, its block size and byte rate say {block_align}"
        )));
    }
    Ok((format, Some(Oddity::BlockAlign { said: block_align, used })))
}

/// The format tag; of WAVE_FORMAT_EXTENSIBLE the one in its GUID.
fn format_tag(body: &[u8]) -> Result<u16, WavFault> {
    const EXTENSIBLE: u16 = 0xfffe;
    const GUID_TAIL: [u8; 14] = *b"\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71";
    let tag = le_u16(body);
    if tag != EXTENSIBLE {
        return Ok(tag);
    }
    match body.get(24..40) {
        Some(guid) if guid[2..] == GUID_TAIL => Ok(le_u16(guid)),
        Some(_) => Err(WavFault::Unsupported("WAV of a vendor's own format".to_owned())),
        None => Err(WavFault::Malformed("an extensible format chunk without its format".to_owned())),
    }
}

fn codec_of(tag: u16, bits: u16) -> Result<WavCodec, WavFault> {
    Ok(match (tag, bits) {
        (1, 1..=8) => WavCodec::U8,
        (1, 9..=16) => WavCodec::S16,
        (1, 17..=24) => WavCodec::S24,
        (1, 25..=32) => WavCodec::S32,
        (3, 32) => WavCodec::F32,
        (3, 64) => WavCodec::F64,
        (6, 8) => WavCodec::ALaw,
        (7, 8) => WavCodec::MuLaw,
        (2, 4) => WavCodec::AdpcmMs,
        (0x11, 4) => WavCodec::AdpcmIma,
        (1 | 3 | 6 | 7 | 2 | 0x11, bits) => {
            return Err(WavFault::Malformed(format!("samples of {bits} bits in format {tag}")));
        }
        (tag, _) => {
            let name = match tag {
                0x31 => " (GSM 6.10)",
                0x45 | 0x40 | 0x64 | 0x65 => " (G.726 or G.721)",
                0x50 | 0x55 => " (MPEG audio)",
                0xff | 0x1600 | 0x1610 => " (AAC)",
                0x160..=0x163 => " (Windows Media)",
                _ => "",
            };
            return Err(WavFault::Unsupported(format!("WAV of format 0x{tag:04x}{name}")));
        }
    })
}

/// Fills `bytes` as far as the file goes.
pub(super) fn read_up_to(file: &mut impl Read, bytes: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < bytes.len() {
        match file.read(&mut bytes[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(fault) if fault.kind() == io::ErrorKind::Interrupted => {}
            Err(fault) => return Err(fault),
        }
    }
    Ok(filled)
}

fn le_u16(bytes: &[u8]) -> u16 {
    u16::from_le_bytes([bytes[0], bytes[1]])
}

fn le_u32(bytes: &[u8]) -> u32 {
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

fn le_u64(bytes: &[u8]) -> u64 {
    u64::from(le_u32(bytes)) | u64::from(le_u32(&bytes[4..])) << 32
}

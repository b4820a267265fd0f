//! Sniffing. In: the first bytes of a file. Out: which container it is, or what else it is.
//!
//! The name of a file is not asked: an MP3 called `.wav` is an MP3. MP3 has no magic number, so three frame
//! headers must chain before a file is taken for one: random bytes hold a lone header every few kilobytes.

use std::io::{self, Read, Seek, SeekFrom};

use super::wav::read_up_to;

/// Bytes after leading tags in which the first MP3 frames must appear.
const HEAD_BYTES: u64 = 64 * 1024;

/// MP3 frames that must follow one another.
const CHAIN: usize = 3;

/// Leading ID3v2 tags skipped at most.
const TAGS_MAX: usize = 8;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Container {
    Wav,
    /// The stream begins at byte `offset`.
    Flac {
        offset: u64,
    },
    Ogg,
    /// The first frame is at byte `offset`; `counted` where it says how many follow.
    Mp3 {
        offset: u64,
        counted: bool,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sniffed {
    Audio(Container),
    /// A known audio format that is not decoded here.
    Foreign(&'static str),
    /// No audio: what the bytes look like.
    Other(String),
}

/// Looks at `file` from its start. Leaves the position anywhere.
pub(super) fn sniff(file: &mut (impl Read + Seek)) -> io::Result<Sniffed> {
    let offset = skip_tags(file)?;
    let mut head = Vec::new();
    file.take(HEAD_BYTES).read_to_end(&mut head)?;
    let whole = (head.len() as u64) < HEAD_BYTES;
    Ok(match &head[..] {
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..] => Sniffed::Audio(Container::Wav),
        [b'R', b'F', b'6', b'4', ..] | [b'B', b'W', b'6', b'4', ..] => Sniffed::Audio(Container::Wav),
        [b'f', b'L', b'a', b'C', ..] => Sniffed::Audio(Container::Flac { offset }),
        [b'O', b'g', b'g', b'S', ..] => Sniffed::Audio(Container::Ogg),
        head => match foreign(head) {
            Some(name) => Sniffed::Foreign(name),
            None => match mp3_start(head, whole) {
                Some((at, counted)) => Sniffed::Audio(Container::Mp3 { offset: offset + at as u64, counted }),
                None => Sniffed::Other(describe(head)),
            },
        },
    })
}

/// Skips ID3v2 tags: ten bytes of header, the last four of them the length in groups of seven bits.
fn skip_tags(file: &mut (impl Read + Seek)) -> io::Result<u64> {
    let mut offset = file.seek(SeekFrom::Start(0))?;
    for _ in 0..TAGS_MAX {
        let mut header = [0; 10];
        let tagged = read_up_to(file, &mut header)? == header.len() && header.starts_with(b"ID3");
        if tagged {
            let body = header[6..].iter().fold(0, |len, &byte| len << 7 | u64::from(byte & 0x7f));
            offset += header.len() as u64 + body;
        }
        file.seek(SeekFrom::Start(offset))?;
        if !tagged {
            break;
        }
    }
    Ok(offset)
}

fn foreign(head: &[u8]) -> Option<&'static str> {
    let at = |offset: usize, magic: &[u8]| head.get(offset..).is_some_and(|rest| rest.starts_with(magic));
    let known: [(usize, &[u8], &str); 12] = [
        (4, b"ftyp", "MP4 or M4A audio"),
        (0, b"#!AMR", "AMR audio"),
        (0, b"#!SILK", "SILK audio"),
        (0, b"\x02#!SILK", "SILK audio"),
        (0, b"FORM", "AIFF audio"),
        (0, b"caff", "CAF audio"),
        (0, b".snd", "AU audio"),
        (0, b"RIFX", "big-endian WAV audio"),
        (0, b"riff\x2e\x91\xcf\x11", "Wave64 audio"),
        (0, b"\x1a\x45\xdf\xa3", "Matroska or WebM"),
        (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "Windows Media audio"),
        (0, b"wvpk", "WavPack audio"),
    ];
    let adts = head.len() > 6 && head[0] == 0xff && head[1] & 0xf6 == 0xf0;
    known.iter().find(|(offset, magic, _)| at(*offset, magic)).map(|k| k.2).or(adts.then_some("AAC audio"))
}

/// What a person would call the bytes.
fn describe(head: &[u8]) -> String {
    let known: [(&[u8], &str); 9] = [
        (b"\x89PNG", "a PNG image"),
        (b"\xff\xd8\xff", "a JPEG image"),
        (b"GIF8", "a GIF image"),
        (b"BM", "a BMP image"),
        (b"%PDF", "a PDF document"),
        (b"PK\x03\x04", "a ZIP archive or office document"),
        (b"\x1f\x8b", "a gzip archive"),
        (b"MThd", "MIDI notes"),
        (b"RIFF", "a RIFF file that is not WAVE"),
    ];
    if let Some((_, name)) = known.iter().find(|(magic, _)| head.starts_with(magic)) {
        return (*name).to_owned();
    }
    // A multi-byte character may be cut at the end of what was read.
    let utf8 = match std::str::from_utf8(head) {
        Ok(_) => true,
        Err(fault) => fault.error_len().is_none() && fault.valid_up_to() > 0,
    };
    let control = |byte: &u8| *byte < b' ' && !b"\t\n\x0c\r\x1b".contains(byte);
    if head.is_empty() {
        "nothing after its tags".to_owned()
    } else if utf8 && !head.iter().any(control) {
        "text".to_owned()
    } else if head.iter().all(|&byte| byte == 0) {
        "zero bytes only".to_owned()
    } else {
        let first: Vec<String> = head.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        format!("bytes of no known format, the first are {}", first.join(" "))
    }
}

/// Offset of the first of [`CHAIN`] MP3 frames that follow one another and fit together, and whether it counts
/// the frames of the file. `whole`: the file ends where `head` does; there two frames will do if they reach the
/// end, and one if it is all there is.
fn mp3_start(head: &[u8], whole: bool) -> Option<(usize, bool)> {
    (0..head.len().saturating_sub(4)).find_map(|start| {
        let first = Mp3Frame::parse(&head[start..])?;
        let mut next = start + first.bytes;
        for frames in 1..CHAIN {
            let enough = whole && (frames > 1 || start == 0);
            match head.get(next..).filter(|rest| rest.len() >= 4) {
                Some(rest) if rest.starts_with(b"TAG") && enough => break,
                Some(rest) => {
                    let frame = Mp3Frame::parse(rest).filter(|frame| frame.kind == first.kind)?;
                    next += frame.bytes;
                }
                None if enough && next <= head.len() => break,
                None => return None,
            }
        }
        let frame = &head[start..head.len().min(start + first.bytes)];
        let counted = frame.windows(4).take(64).any(|id| matches!(id, b"Xing" | b"Info" | b"VBRI"));
        Some((start, counted))
    })
}

struct Mp3Frame {
    bytes: usize,
    /// What all frames of a stream share: version, layer, rate, mono or not.
    kind: (u8, u8, bool),
}

impl Mp3Frame {
    /// ISO/IEC 11172-3, 2.4.1.3, and 13818-3 for the lower rates; layer III only, free format left out.
    fn parse(bytes: &[u8]) -> Option<Self> {
        let &[sync, b1, b2, b3, ..] = bytes else { return None };
        let (version, layer) = (b1 >> 3 & 3, b1 >> 1 & 3);
        let (bitrate, rate, padding) =
            (usize::from(b2 >> 4), usize::from(b2 >> 2 & 3), usize::from(b2 >> 1 & 1));
        if sync != 0xff || b1 >> 5 != 7 || version == 1 || layer != 1 {
            return None;
        }
        if !(1..15).contains(&bitrate) || rate == 3 {
            return None;
        }
        const KBITS: [[usize; 14]; 2] = [
            [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
            [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
        ];
        let full_rate = version == 3;
        let divisor = [4, 1, 2, 1][usize::from(version)];
        let rate_hz = [44_100, 48_000, 32_000][rate] / divisor;
        let kbits = KBITS[usize::from(!full_rate)][bitrate - 1];
        let samples_over_8 = if full_rate { 144 } else { 72 };
        let bytes = samples_over_8 * kbits * 1000 / rate_hz + padding;
        Some(Self { bytes, kind: (version, rate as u8, b3 >> 6 == 3) })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    /// `count` frames of MPEG-1 layer III, 128 kbit/s at 44.1 kHz: 417 bytes each.
    fn mp3(count: usize) -> Vec<u8> {
        let mut frame = vec![0; 417];
        frame[..4].copy_from_slice(&[0xff, 0xfb, 0x90, 0x64]);
        frame.repeat(count)
    }

    fn check(bytes: &[u8]) -> Sniffed {
        sniff(&mut Cursor::new(bytes)).expect("reading memory cannot fail")
    }

    #[test]
    fn mp3_needs_a_chain_of_frames_and_random_bytes_do_not_make_one() {
        let at = |offset| Sniffed::Audio(Container::Mp3 { offset, counted: false });
        assert_eq!(check(&mp3(3)), at(0));
        assert_eq!(check(&[vec![0; 100], mp3(4)].concat()), at(100));
        let mut broken = mp3(3);
        broken[417] = 0;
        assert!(matches!(check(&broken), Sniffed::Other(_)), "a lone header is no stream");
        let mut state = 1_u64;
        let noise: Vec<u8> = (0..60_000)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 56) as u8
            })
            .collect();
        assert!(matches!(check(&noise), Sniffed::Other(_)));
    }

    #[test]
    fn tags_before_the_stream_are_skipped_by_their_length() {
        let mut tag = b"ID3\x04\x00\x00\x00\x00\x01\x02".to_vec();
        tag.extend(vec![0xff; 130]);
        let tagged = [tag, mp3(3)].concat();
        assert_eq!(check(&tagged), Sniffed::Audio(Container::Mp3 { offset: 140, counted: false }));
    }

    #[test]
    fn what_is_not_audio_is_named() {
        for (bytes, name) in [
            (&b"\x89PNG\r\n\x1a\n"[..], "a PNG image"),
            ("您好，请讲".as_bytes(), "text"),
            (&[0; 40], "zero bytes only"),
            (b"RIFF\0\0\0\0AVI ", "a RIFF file that is not WAVE"),
            (b"\x01\x02\x03\x04\x05", "bytes of no known format, the first are 01 02 03 04"),
        ] {
            assert_eq!(check(bytes), Sniffed::Other(name.to_owned()));
        }
        assert_eq!(check(b"\0\0\0\x20ftypM4A "), Sniffed::Foreign("MP4 or M4A audio"));
    }
}

//! What goes over the wire. In: messages of strangers. Out: checked values. Allocates: for JSON only, at most
//! [`WORD_BYTES_MAX`].
//!
//! Words (hello, resume, acknowledgement, end) are JSON text messages; frames of audio are binary messages with
//! a header of [`FrameHeader::BYTES`] bytes, little-endian. Nothing that is parsed here can panic.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{
    BUFFER_S_MAX, FRAME_MS_MAX, PUSH_CHANNELS_MAX, SAMPLES_A_SECOND_MAX, StreamId, VERSION, WORD_BYTES_MAX,
};
use crate::capture::{RATE_HZ_MAX, RATE_HZ_MIN};

/// Highest frame number and position: what JSON readers that count in doubles still hold exactly.
const COUNT_MAX: u64 = 1 << 53;

/// The microphone's first message on every link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    pub version: u32,
    pub stream: StreamId,
    pub rate_hz: u32,
    pub channels: u16,
    /// Seconds of audio the microphone keeps while the link is broken.
    pub buffer_s: u32,
    /// Samples per channel captured so far: where the stream stands at this moment.
    pub captured: u64,
}

impl Hello {
    /// Samples per channel that the longest frame may hold.
    pub fn frame_samples_max(&self) -> u32 {
        (u64::from(self.rate_hz) * u64::from(FRAME_MS_MAX) / 1_000) as u32
    }

    /// # Errors
    /// When it asks for what no hub gives.
    pub(super) fn check(self) -> Result<Self, WireFault> {
        if self.version != VERSION {
            return Err(WireFault::Version(self.version));
        }
        let Self { rate_hz, channels, .. } = self;
        let fits = u64::from(rate_hz) * u64::from(channels) <= u64::from(SAMPLES_A_SECOND_MAX);
        if !(RATE_HZ_MIN..=RATE_HZ_MAX).contains(&rate_hz)
            || !(1..=PUSH_CHANNELS_MAX).contains(&channels)
            || !fits
        {
            return Err(WireFault::Format { rate_hz, channels });
        }
        if !(1..=BUFFER_S_MAX).contains(&self.buffer_s) {
            return Err(WireFault::Buffer(self.buffer_s));
        }
        if self.captured > COUNT_MAX {
            return Err(WireFault::Count(self.captured));
        }
        Ok(self)
    }
}

/// What a microphone says, beside frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum MicWord {
    Hello(Hello),
    /// Nothing comes after the frame before this one: the microphone was switched off.
    End {
        next_frame: u64,
    },
}

/// What the hub says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum HubWord {
    /// The stream is new to the hub, or was given up: send what was captured in the last `keep_ms`
    /// milliseconds, and go on from there.
    Start { keep_ms: u64 },
    /// The stream is known: go on with this frame, or with the oldest still kept.
    Resume { next_frame: u64 },
    /// Every frame before this one has been taken in, or will never be.
    Ack { next_frame: u64 },
}

impl MicWord {
    /// # Errors
    /// When `text` is no such message, or says what cannot be.
    pub fn parse(text: &str) -> Result<Self, WireFault> {
        match word(text)? {
            Self::Hello(hello) => hello.check().map(Self::Hello),
            Self::End { next_frame } => count(next_frame).map(|next_frame| Self::End { next_frame }),
        }
    }

    pub fn to_text(&self) -> String {
        text(self)
    }
}

impl HubWord {
    /// # Errors
    /// When `text` is no such message, or says what cannot be.
    pub fn parse(text: &str) -> Result<Self, WireFault> {
        match word(text)? {
            Self::Resume { next_frame } | Self::Ack { next_frame } if next_frame > COUNT_MAX => {
                Err(WireFault::Count(next_frame))
            }
            word => Ok(word),
        }
    }

    pub fn to_text(&self) -> String {
        text(self)
    }
}

fn word<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, WireFault> {
    if text.len() > WORD_BYTES_MAX {
        return Err(WireFault::LongWord(text.len()));
    }
    serde_json::from_str(text).map_err(|fault| WireFault::Word(fault.to_string()))
}

fn text<T: Serialize>(word: &T) -> String {
    // Numbers and plain strings only: there is nothing that could not be written.
    serde_json::to_string(word).unwrap_or_default()
}

fn count(number: u64) -> Result<u64, WireFault> {
    if number > COUNT_MAX { Err(WireFault::Count(number)) } else { Ok(number) }
}

/// How the samples of a frame are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payload {
    /// Interleaved, little-endian, signed, of the given bits: 16 or 24.
    Pcm { bits: u8 },
    /// One FLAC frame, which can be decoded by itself.
    Flac,
}

/// What stands before the samples of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameHeader {
    pub payload: Payload,
    /// Samples per channel.
    pub samples: u32,
    /// Counts the frames of the stream from 0. A number is used once, even if its frame is never sent.
    pub number: u64,
    /// Position of the first sample in the stream, in samples per channel.
    pub position: u64,
}

impl FrameHeader {
    /// Length of a header: kind, bits, two zeros, samples (u32), number (u64), position (u64).
    pub const BYTES: usize = 24;

    /// Takes a binary message apart.
    ///
    /// # Errors
    /// When it cannot be a frame of a stream that said `hello`.
    pub fn parse<'m>(message: &'m [u8], hello: &Hello) -> Result<(Self, &'m [u8]), WireFault> {
        let Some((head, body)) = message.split_first_chunk::<{ Self::BYTES }>() else {
            return Err(WireFault::ShortFrame(message.len()));
        };
        let payload = match (head[0], head[1], head[2], head[3]) {
            (b'P', bits @ (16 | 24), 0, 0) => Payload::Pcm { bits },
            (b'F', 0, 0, 0) => Payload::Flac,
            (kind, ..) => return Err(WireFault::Kind(kind)),
        };
        let long = |at: usize| u64::from_le_bytes(std::array::from_fn(|i| head[at + i]));
        let samples = u32::from_le_bytes(std::array::from_fn(|i| head[4 + i]));
        if samples == 0 || samples > hello.frame_samples_max() {
            return Err(WireFault::Samples { samples, most: hello.frame_samples_max() });
        }
        let (number, position) = (count(long(8))?, count(long(16))?);
        if let Payload::Pcm { bits } = payload {
            let needed = samples as usize * usize::from(hello.channels) * usize::from(bits / 8);
            if body.len() != needed {
                return Err(WireFault::Length { needed, found: body.len() });
            }
        }
        Ok((Self { payload, samples, number, position }, body))
    }

    /// The header as it goes before the samples.
    pub fn to_bytes(self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        (bytes[0], bytes[1]) = match self.payload {
            Payload::Pcm { bits } => (b'P', bits),
            Payload::Flac => (b'F', 0),
        };
        bytes[4..8].copy_from_slice(&self.samples.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.number.to_le_bytes());
        bytes[16..].copy_from_slice(&self.position.to_le_bytes());
        bytes
    }
}

/// Why a message is refused. Each says what was found and what would be right.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum WireFault {
    #[error(
        "the stream's name is not sixteen lower-case hexadecimal digits: choose them at random at each start"
    )]
    Stream,
    #[error(
        "version {0} of the protocol is not spoken here: install the release of sansheng that the hub runs"
    )]
    Version(u32),
    #[error(
        "{channels} channel(s) at {rate_hz} Hz are not taken: send 1 to {PUSH_CHANNELS_MAX} channels at \
         {RATE_HZ_MIN} to {RATE_HZ_MAX} Hz, together at most {SAMPLES_A_SECOND_MAX} samples a second"
    )]
    Format { rate_hz: u32, channels: u16 },
    #[error("a buffer of {0} s is not taken: keep 1 to {BUFFER_S_MAX} s")]
    Buffer(u32),
    #[error("{0} is no frame number or position that a stream can reach: start the microphone again")]
    Count(u64),
    #[error("a text message of {0} bytes is too long: at most {WORD_BYTES_MAX}")]
    LongWord(usize),
    #[error("a text message is not one of the protocol ({0}): see docs/network-microphone.md")]
    Word(String),
    #[error("a binary message of {0} bytes is too short for a frame: its header alone has 24")]
    ShortFrame(usize),
    #[error(
        "a frame begins with byte {0:#04x} or has odd bytes after it: it must be of kind P (16 or 24 bits) or F"
    )]
    Kind(u8),
    #[error("a frame of {samples} samples per channel is not taken: 1 to {most}")]
    Samples { samples: u32, most: u32 },
    #[error("a frame's samples make {needed} bytes, {found} were sent: the header or the frame is damaged")]
    Length { needed: usize, found: usize },
    #[error("a frame cannot be decoded ({0}): the encoder is at fault, send --codec pcm")]
    Undecodable(String),
    #[error("frame {number} begins at sample {position}, before the end of the frame before it, {end}")]
    Backwards { number: u64, position: u64, end: u64 },
    #[error("frame {asked} is spoken of, and only frames before {next} exist: the two ends are out of step")]
    Unmade { asked: u64, next: u64 },
    #[error("{0} came when {1} was due: see docs/network-microphone.md")]
    OutOfTurn(&'static str, &'static str),
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hello() -> Hello {
        let stream = StreamId::parse("0000000000000007").expect("a name");
        Hello { version: VERSION, stream, rate_hz: 16_000, channels: 2, buffer_s: 60, captured: 0 }
    }

    #[test]
    fn words_are_written_as_documented_and_read_back() {
        let hello = MicWord::Hello(hello());
        for (word, text) in [
            (
                hello,
                r#"{"type":"hello","version":1,"stream":"0000000000000007","rate_hz":16000,"channels":2,"buffer_s":60,"captured":0}"#,
            ),
            (MicWord::End { next_frame: 9 }, r#"{"type":"end","next_frame":9}"#),
        ] {
            assert_eq!(word.to_text(), text);
            assert_eq!(MicWord::parse(text), Ok(word));
        }
        for (word, text) in [
            (HubWord::Start { keep_ms: 1_500 }, r#"{"type":"start","keep_ms":1500}"#),
            (HubWord::Resume { next_frame: 3 }, r#"{"type":"resume","next_frame":3}"#),
            (HubWord::Ack { next_frame: 4 }, r#"{"type":"ack","next_frame":4}"#),
        ] {
            assert_eq!(word.to_text(), text);
            assert_eq!(HubWord::parse(text), Ok(word));
        }
    }

    #[test]
    fn a_hello_that_asks_for_too_much_is_refused() {
        let cases = [
            (Hello { version: 2, ..hello() }, WireFault::Version(2)),
            (Hello { rate_hz: 7_999, ..hello() }, WireFault::Format { rate_hz: 7_999, channels: 2 }),
            (Hello { channels: 0, ..hello() }, WireFault::Format { rate_hz: 16_000, channels: 0 }),
            (Hello { channels: 9, ..hello() }, WireFault::Format { rate_hz: 16_000, channels: 9 }),
            (
                Hello { rate_hz: 96_000, channels: 8, ..hello() },
                WireFault::Format { rate_hz: 96_000, channels: 8 },
            ),
            (Hello { buffer_s: 0, ..hello() }, WireFault::Buffer(0)),
            (Hello { buffer_s: 601, ..hello() }, WireFault::Buffer(601)),
            (Hello { captured: u64::MAX, ..hello() }, WireFault::Count(u64::MAX)),
        ];
        for (asked, fault) in cases {
            assert_eq!(MicWord::parse(&MicWord::Hello(asked).to_text()), Err(fault));
        }
    }

    #[test]
    fn a_damaged_frame_is_refused() {
        let header = FrameHeader { payload: Payload::Pcm { bits: 16 }, samples: 2, number: 5, position: 320 };
        let message = [&header.to_bytes()[..], &[0; 8]].concat();
        assert_eq!(FrameHeader::parse(&message, &hello()), Ok((header, &[0; 8][..])));
        type Harm = fn(&mut Vec<u8>);
        let harms: [(Harm, WireFault); 7] = [
            (|m| m.truncate(23), WireFault::ShortFrame(23)),
            (|m| m[0] = b'X', WireFault::Kind(b'X')),
            (|m| m[1] = 8, WireFault::Kind(b'P')),
            (|m| m[3] = 1, WireFault::Kind(b'P')),
            (|m| m[4] = 0, WireFault::Samples { samples: 0, most: 8_000 }),
            (|m| m.push(0), WireFault::Length { needed: 8, found: 9 }),
            (|m| m[23] = 0xff, WireFault::Count(0xff00_0000_0000_0140)),
        ];
        for (harm, fault) in harms {
            let mut harmed = message.clone();
            harm(&mut harmed);
            assert_eq!(FrameHeader::parse(&harmed, &hello()), Err(fault));
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_frame_within_its_limits_or_a_fault(
            mut bytes in proptest::collection::vec(any::<u8>(), 0..200),
            likely in any::<bool>(),
        ) {
            if likely && bytes.len() >= 24 {
                bytes[..4].copy_from_slice(b"F\0\0\0");
                bytes[5..8].fill(0);
                (bytes[15], bytes[23]) = (0, 0);
            }
            if let Ok((header, body)) = FrameHeader::parse(&bytes, &hello()) {
                prop_assert!((1..=8_000).contains(&header.samples));
                prop_assert!(header.position <= COUNT_MAX && header.number <= COUNT_MAX);
                prop_assert_eq!([&header.to_bytes()[..], body].concat(), bytes);
            }
        }

        #[test]
        fn any_text_is_a_word_or_a_fault(text in ".{0,80}", harmed in 0..90_usize, with in any::<char>()) {
            let _ = (MicWord::parse(&text), HubWord::parse(&text), StreamId::parse(&text));
            let mut word: Vec<char> = MicWord::Hello(hello()).to_text().chars().collect();
            let at = harmed % word.len();
            word[at] = with;
            if let Ok(MicWord::Hello(read)) = MicWord::parse(&word.into_iter().collect::<String>()) {
                prop_assert_eq!(read.check(), Ok(read));
            }
        }
    }
}

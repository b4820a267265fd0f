//! Network microphones: audio that a clerk's own PC pushes to the hub.
//! In: `AudioBlock`s from a ring on the PC. Out: the same samples in a ring on the hub, and [`SourceNews`].
//!
//! ```text
//! PC    ring → Framer → SendBuffer → link          keeps what the hub has not acknowledged
//! hub   web → wire → PacketDecoder → Reception     → ring, SourceNews
//! ```
//!
//! `wire`, `codec`, `send`, `intake` and `reception` are pure: they read no clock and open no socket. Only
//! `client` and `link` do, on the PC. The protocol is written down in docs/network-microphone.md.
//!
//! [`SourceNews`]: super::SourceNews

pub mod client;
mod codec;
mod intake;
mod link;
mod reception;
mod send;
mod stream;
mod target;
mod token;
mod wire;

#[cfg(test)]
mod reception_tests;
#[cfg(test)]
mod tests;

pub use codec::{Coding, FrameDecoder, FrameEncoder};
pub use intake::{Intake, Taken};
pub use link::{LinkFault, Links};
pub use reception::{Claim, PushPort, Reception, ReceptionFault, Taking};
pub use send::{Framer, Lost, SendBuffer};
pub use stream::StreamId;
pub use target::{Target, TargetFault};
pub use token::{TOKEN_CHARS_MAX, TOKEN_CHARS_MIN, Token, TokenFault};
pub use wire::{FrameHeader, Hello, HubWord, MicWord, Payload, WireFault};

/// Version of the protocol spoken here.
pub const VERSION: u32 = 1;

/// Most channels of a network microphone: as many as a FLAC frame holds.
pub const PUSH_CHANNELS_MAX: u16 = 8;

/// Most samples a second, all channels together: eight channels at 48 kHz.
pub const SAMPLES_A_SECOND_MAX: u32 = 384_000;

/// Longest frame, in milliseconds.
pub const FRAME_MS_MAX: u32 = 500;

/// Longest WebSocket message the hub takes, in bytes: the longest frame at 24 bits is 576 kB.
pub const MESSAGE_BYTES_MAX: usize = 1 << 20;

/// Longest JSON message either end takes, in bytes.
pub const WORD_BYTES_MAX: usize = 4_096;

/// Longest time a microphone may ask the hub to wait for its buffer, in seconds.
pub const BUFFER_S_MAX: u32 = 600;

/// HTTP header that names the stream, so that a hub can tell a returning microphone from another one.
pub const STREAM_HEADER: &str = "sansheng-stream";

//! Capture. In: microphones and recordings. Out: `AudioBlock`.

mod decode;
mod discover;
mod error;
mod recording;
mod ring;
mod sniff;
mod wav;

pub use discover::{RECORDING_EXTENSIONS, discover};
pub use error::{CaptureError, CaptureWarning, Oddity};
pub use recording::{AudioFormat, Recording};
pub use ring::{RingReader, RingWriter, ring};

/// Slowest source taken, in samples per second: the telephone's rate.
pub const RATE_HZ_MIN: u32 = 8_000;

/// Fastest source taken, in samples per second.
pub const RATE_HZ_MAX: u32 = 192_000;

/// Most channels a source may have: more than any recorder of a hall's counters, fewer than a damaged header
/// would ask memory for.
pub const CHANNELS_MAX: u16 = 64;

/// Interleaved audio at the source's own rate and channel count.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AudioBlock {
    /// Position of the first sample of the block in its source, in samples per channel. Where it is past the
    /// end of the block before, the time between was lost.
    pub start: u64,
    /// Samples per second per channel, [`RATE_HZ_MIN`] to [`RATE_HZ_MAX`].
    pub rate_hz: u32,
    /// Channels interleaved in `samples`, at least 1.
    pub channels: u16,
    /// Length is a multiple of `channels`; full scale is ±1; every value is finite.
    pub samples: Vec<f32>,
}

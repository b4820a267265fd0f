//! Capture. In: microphones and recordings. Out: `AudioBlock`.

pub mod callback;
mod decode;
pub mod device;
mod discover;
pub mod drift;
mod error;
mod flac;
pub mod probe;
pub mod push;
mod recording;
mod ring;
mod sniff;
pub mod supervise;
mod wav;

use std::time::Duration;

use crate::said::Bilingual;

pub use device::DeviceError;
pub use discover::{RECORDING_EXTENSIONS, discover};
pub use drift::DriftMeter;
pub use error::{CaptureError, CaptureWarning, Oddity};
pub use flac::{flac_file, flac_samples};
pub use recording::{AudioFormat, Recording};
pub use ring::{RingReader, RingWriter, ring};

/// Slowest source taken, in samples per second: the telephone's rate.
pub const RATE_HZ_MIN: u32 = 8_000;

/// Fastest source taken, in samples per second.
pub const RATE_HZ_MAX: u32 = 192_000;

/// Most channels a source may have: more than any recorder of a hall's counters, fewer than a damaged header
/// would ask memory for.
pub const CHANNELS_MAX: u16 = 64;

/// What a source tells its listen thread, in order.
pub enum SourceNews {
    /// Audio will come through this ring from now on, its positions counted from 0. `at` is the run time at which the ring was opened.
    Opened { rate_hz: u32, channels: u16, reader: RingReader, at: Duration },
    /// Nothing comes for now, but what is said is kept at the other end: time stands still until it arrives.
    Waiting { reason: Bilingual },
    /// The source is gone: time passes unheard until it is opened again. `retry_in` says when that is tried next.
    Down { reason: Bilingual, retry_in: Option<Duration> },
    /// The source is over for good (a recording that is not repeated).
    Ended,
}

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

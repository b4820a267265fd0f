//! VAD. In: `Frame`. Out: `SpeechSegment`, bursts of ringing. Thread: listen. Allocates: one vector a segment, nothing a
//! frame.
//!
//! [`SpeechDetector`] scores each channel, [`CrossTalk`] takes out what leaked from the other speaker,
//! [`Segmenter`] finds where speech begins and ends, [`RingDetector`] what is a telephone and no voice; [`Listener`] is
//! all of them for one window.

mod config;
mod crosstalk;
mod detector;
mod level;
mod listener;
mod ring;
mod segmenter;

pub use config::{ConfigFault, VadConfig, VadError};
pub use crosstalk::CrossTalk;
pub use detector::SpeechDetector;
pub use level::{LevelTracker, SignalLevel};
pub use listener::{ChannelActivity, Listener};
pub use ring::{RingBurst, RingDetector};
pub use segmenter::{PartialPoint, Segmenter};

use std::hash::{DefaultHasher, Hasher};

use crate::units::{ChannelIndex, Dbfs, Role, Span};

/// One stretch of speech on one channel, padded with the audio before its onset.
#[derive(Clone, Debug, PartialEq)]
pub struct SpeechSegment {
    pub channel: ChannelIndex,
    pub role: Role,
    /// What `samples` covers: the speech, the prefill before it and the hangover kept after it.
    pub span: Span,
    /// First to last frame judged to be speech.
    pub speech: Span,
    /// Mono samples of `span`, 16 kHz.
    pub samples: Vec<f32>,
    /// Level over `speech`.
    pub level: Dbfs,
    /// False where long speech was cut at a quiet point: the next segment of the channel begins at `span.end` and
    /// continues it. True wherever nothing does: silence, a gap in the audio, or the end of the session.
    pub ends_in_silence: bool,
}

impl SpeechSegment {
    /// Tells sounds apart: the same for the same samples, to the last bit. Of this program and this run alone.
    pub fn samples_hash(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.samples.iter().for_each(|sample| hasher.write_u32(sample.to_bits()));
        hasher.finish()
    }
}

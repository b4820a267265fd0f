//! Signal. In: `AudioBlock`. Out: `Frame`. Thread: listen. Allocates: never after start.

mod front_end;
mod resample;

pub use front_end::{FrontEnd, SignalError};

use crate::units::{Dbfs, SessionTime};

/// Samples in a frame: 16 ms at 16 kHz, the step of the VAD network.
pub const FRAME_SAMPLES: usize = 256;

/// Mono analysis frame at 16 kHz.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    pub start: SessionTime,
    pub samples: [f32; FRAME_SAMPLES],
    pub level: Dbfs,
}

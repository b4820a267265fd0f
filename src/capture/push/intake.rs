//! Order on the hub's side. In: headers of frames, as they come. Out: which to take, and what never came.
//! Pure; allocates never.

use super::{FrameHeader, WireFault};

/// Where one stream stands.
///
/// A link delivers in order, so a frame that is not the next one is either one that came before, sent again
/// after a link broke, or the first after some that the microphone had to drop.
#[derive(Clone, Copy, Debug)]
pub struct Intake {
    next_frame: u64,
    next_position: u64,
}

/// What to do with a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It was taken before.
    Again,
    /// It is new. Before it `frames` frames, and `samples` samples per channel, never arrived.
    New { frames: u64, samples: u64 },
}

impl Intake {
    /// A stream that begins with `first`: what came before it is not missed.
    pub fn starting_with(first: &FrameHeader) -> Self {
        Self { next_frame: first.number, next_position: first.position }
    }

    /// The number that the next frame has, if nothing is lost.
    pub fn next_frame(&self) -> u64 {
        self.next_frame
    }

    /// Looks at a frame without taking it.
    ///
    /// # Errors
    /// When it begins before the end of the one before it.
    pub fn look(&self, header: &FrameHeader) -> Result<Taken, WireFault> {
        let FrameHeader { number, position, .. } = *header;
        let Some(frames) = number.checked_sub(self.next_frame) else { return Ok(Taken::Again) };
        match position.checked_sub(self.next_position) {
            Some(samples) => Ok(Taken::New { frames, samples }),
            None => Err(WireFault::Backwards { number, position, end: self.next_position }),
        }
    }

    /// Takes a frame that [`look`](Self::look) calls new.
    pub fn take(&mut self, header: &FrameHeader) {
        self.next_frame = header.number + 1;
        self.next_position = header.position + u64::from(header.samples);
    }
}

//! The PC's side. In: `AudioBlock`s, what the hub says. Out: frames to send, an account of what was lost.
//! Thread: any; reads no clock. Allocates: per frame.

use std::collections::VecDeque;
use std::sync::Arc;

use super::{Coding, FrameEncoder, FrameHeader, WireFault};
use crate::capture::AudioBlock;

/// Length of a frame, in milliseconds: short enough for an alert within 1.5 s, long enough for FLAC.
const FRAME_MS: u32 = 100;

/// Cuts blocks of any length into frames of 100 ms.
pub struct Framer {
    encoder: FrameEncoder,
    channels: usize,
    frame_samples: usize,
    /// Interleaved; the first is at `start`.
    pending: Vec<f32>,
    start: u64,
}

impl Framer {
    pub fn new(rate_hz: u32, channels: u16, coding: Coding) -> Self {
        Self {
            encoder: FrameEncoder::new(rate_hz, channels, coding),
            channels: usize::from(channels),
            frame_samples: (rate_hz * FRAME_MS / 1_000) as usize,
            pending: Vec::new(),
            start: 0,
        }
    }

    /// Gives every frame that `block` completes to `into`. Where the block starts later than the one before it
    /// ended, a frame ends early and the next begins at the later position.
    pub fn push(&mut self, block: &AudioBlock, into: &mut SendBuffer) {
        if block.start > self.end() {
            self.flush(into);
            self.start = block.start;
        }
        self.pending.extend_from_slice(&block.samples);
        let whole = self.frame_samples * self.channels;
        while self.pending.len() >= whole {
            self.give(whole, into);
        }
        into.captured(self.end());
    }

    /// Gives what is left, a frame shorter than the others.
    pub fn flush(&mut self, into: &mut SendBuffer) {
        if !self.pending.is_empty() {
            self.give(self.pending.len(), into);
        }
    }

    fn end(&self) -> u64 {
        self.start + (self.pending.len() / self.channels) as u64
    }

    fn give(&mut self, count: usize, into: &mut SendBuffer) {
        let samples = (count / self.channels) as u32;
        let mut message = vec![0; FrameHeader::BYTES];
        let payload = self.encoder.encode(&self.pending[..count], &mut message);
        let header = FrameHeader { payload, samples, number: into.next_frame(), position: self.start };
        message[..FrameHeader::BYTES].copy_from_slice(&header.to_bytes());
        into.push(header, message.into());
        self.pending.drain(..count);
        self.start += u64::from(samples);
    }
}

/// What never reached the hub.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lost {
    pub frames: u64,
    /// Samples per channel.
    pub samples: u64,
}

impl Lost {
    fn add(&mut self, samples: u32) {
        self.frames += 1;
        self.samples += u64::from(samples);
    }
}

struct Held {
    header: FrameHeader,
    message: Arc<[u8]>,
}

/// Keeps every frame until the hub acknowledges it; when full, drops the oldest and remembers that it did.
pub struct SendBuffer {
    rate_hz: u32,
    capacity: u64,
    held: VecDeque<Held>,
    held_samples: u64,
    next_frame: u64,
    captured: u64,
    /// The next frame to go out on the present link; those before it may have reached the hub.
    next_to_send: u64,
    /// Dropped after they went out and before they were acknowledged, number and samples: never more than were
    /// held when the link broke.
    doubtful: VecDeque<(u64, u32)>,
    lost: Lost,
}

impl SendBuffer {
    /// Keeps up to `seconds` of audio.
    pub fn new(rate_hz: u32, seconds: u32) -> Self {
        Self {
            rate_hz,
            capacity: u64::from(rate_hz) * u64::from(seconds),
            held: VecDeque::new(),
            held_samples: 0,
            next_frame: 0,
            captured: 0,
            next_to_send: 0,
            doubtful: VecDeque::new(),
            lost: Lost::default(),
        }
    }

    /// The number of the frame that will be made next.
    pub fn next_frame(&self) -> u64 {
        self.next_frame
    }

    /// Samples per channel captured so far.
    pub fn captured_samples(&self) -> u64 {
        self.captured
    }

    /// Takes a frame, whose number is [`next_frame`](Self::next_frame).
    pub fn push(&mut self, header: FrameHeader, message: Arc<[u8]>) {
        assert_eq!(header.number, self.next_frame, "frames are numbered one by one");
        self.next_frame += 1;
        self.held_samples += u64::from(header.samples);
        self.held.push_back(Held { header, message });
        self.captured(header.position + u64::from(header.samples));
        while self.held_samples > self.capacity && self.held.len() > 1 {
            self.drop_oldest();
        }
    }

    /// The next frame to send, each once a link.
    pub fn next_to_send(&mut self) -> Option<Arc<[u8]>> {
        let first = self.held.front()?.header.number;
        let next = self.next_to_send.max(first);
        let held = self.held.get((next - first) as usize)?;
        self.next_to_send = next + 1;
        Some(Arc::clone(&held.message))
    }

    /// The hub has taken in every frame before `next_frame`.
    ///
    /// # Errors
    /// When it speaks of a frame that was never sent.
    pub fn acknowledge(&mut self, next_frame: u64) -> Result<(), WireFault> {
        if next_frame > self.next_to_send {
            return Err(WireFault::Unmade { asked: next_frame, next: self.next_to_send });
        }
        while self.held.front().is_some_and(|held| held.header.number < next_frame) {
            self.take_oldest();
        }
        // Of what was dropped, this much did arrive.
        while self.doubtful.front().is_some_and(|&(number, _)| number < next_frame) {
            self.doubtful.pop_front();
        }
        Ok(())
    }

    /// A new link, and the hub knows the stream up to `next_frame`: everything after it goes out again.
    ///
    /// # Errors
    /// When it speaks of a frame that was never sent.
    pub fn resume(&mut self, next_frame: u64) -> Result<(), WireFault> {
        self.acknowledge(next_frame)?;
        // What went out after it, and was dropped since, did not arrive.
        self.settle_as_lost();
        self.next_to_send = next_frame;
        Ok(())
    }

    /// A new link, and the hub begins with this stream or begins anew: what was captured before the last
    /// `keep_ms` milliseconds is given up.
    pub fn start(&mut self, keep_ms: u64) {
        self.settle_as_lost();
        let kept = (u128::from(keep_ms) * u128::from(self.rate_hz) / 1_000).min(u128::from(u64::MAX)) as u64;
        let from = self.captured.saturating_sub(kept);
        while self.held.front().is_some_and(|held| held.header.position < from) {
            if let Some(held) = self.take_oldest() {
                self.lost.add(held.header.samples);
            }
        }
        self.next_to_send = self.held.front().map_or(self.next_frame, |held| held.header.number);
    }

    /// Frames that are kept.
    pub fn held_frames(&self) -> usize {
        self.held.len()
    }

    /// Everything went out on the present link.
    pub fn is_all_sent(&self) -> bool {
        self.held.back().is_none_or(|held| self.next_to_send > held.header.number)
    }

    /// What is known to be lost since this was asked last.
    pub fn take_lost(&mut self) -> Lost {
        std::mem::take(&mut self.lost)
    }

    /// Gives up what is kept: there is no time left to send it.
    pub fn give_up(&mut self) {
        self.settle_as_lost();
        while let Some(held) = self.take_oldest() {
            self.lost.add(held.header.samples);
        }
    }

    pub(super) fn captured(&mut self, until: u64) {
        self.captured = self.captured.max(until);
    }

    fn take_oldest(&mut self) -> Option<Held> {
        let held = self.held.pop_front()?;
        self.held_samples -= u64::from(held.header.samples);
        Some(held)
    }

    fn drop_oldest(&mut self) {
        let Some(held) = self.take_oldest() else { return };
        let FrameHeader { number, samples, .. } = held.header;
        if number < self.next_to_send {
            self.doubtful.push_back((number, samples));
        } else {
            self.lost.add(samples);
        }
    }

    fn settle_as_lost(&mut self) {
        for (_, samples) in self.doubtful.drain(..) {
            self.lost.add(samples);
        }
    }
}

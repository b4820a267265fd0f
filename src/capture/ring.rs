//! The lock-free ring between a capture callback and its listen thread.
//!
//! Single producer, single consumer. A full ring drops the newest block whole; the reader sees the hole as a
//! jump of [`AudioBlock::start`], so lost time stays on the timeline.

use ringbuf::traits::{Consumer, Observer, Producer, Split};
use ringbuf::{HeapCons, HeapProd, HeapRb};

use super::AudioBlock;

/// Blocks the ring can hold, whatever their length: callbacks bring 5 to 20 ms each.
const BLOCKS_A_SECOND: usize = 400;

/// Where a block stands in the source, in samples per channel.
#[derive(Clone, Copy)]
struct Mark {
    start: u64,
    samples: usize,
}

/// The callback's end.
pub struct RingWriter {
    audio: HeapProd<f32>,
    marks: HeapProd<Mark>,
    channels: u16,
    position: u64,
    dropped: u64,
}

/// The listen thread's end.
pub struct RingReader {
    audio: HeapCons<f32>,
    marks: HeapCons<Mark>,
    rate_hz: u32,
    channels: u16,
}

/// A ring that holds `capacity_ms` of audio.
pub fn ring(rate_hz: u32, channels: u16, capacity_ms: u32) -> (RingWriter, RingReader) {
    let per_channel = (u64::from(rate_hz) * u64::from(capacity_ms) / 1_000).max(1) as usize;
    let marks = (BLOCKS_A_SECOND * capacity_ms as usize / 1_000).max(4);
    let (audio_in, audio_out) = HeapRb::new(per_channel * usize::from(channels)).split();
    let (marks_in, marks_out) = HeapRb::new(marks).split();
    let writer = RingWriter { audio: audio_in, marks: marks_in, channels, position: 0, dropped: 0 };
    (writer, RingReader { audio: audio_out, marks: marks_out, rate_hz, channels })
}

impl RingWriter {
    /// Takes interleaved samples; drops them all, and counts them, when there is no room for all.
    ///
    /// Real-time: no allocation, lock, log or syscall.
    pub fn push(&mut self, samples: &[f32]) {
        let per_channel = (samples.len() / usize::from(self.channels)) as u64;
        if self.has_room(samples.len()) {
            self.audio.push_slice(samples);
            // Room was just seen, and nobody else writes.
            let _ = self.marks.try_push(Mark { start: self.position, samples: samples.len() });
        } else {
            self.dropped += per_channel;
        }
        self.position += per_channel;
    }

    /// Whether a block of `samples` interleaved samples would be taken whole now.
    ///
    /// Real-time: no allocation, lock, log or syscall.
    pub fn has_room(&self, samples: usize) -> bool {
        self.audio.vacant_len() >= samples && !self.marks.is_full()
    }

    /// The reader is gone: nobody will hear what is pushed.
    pub fn is_closed(&self) -> bool {
        !self.marks.read_is_held()
    }

    /// Moves on to a later position in the source: what lies between was lost before it came here.
    pub fn skip_to(&mut self, position: u64) {
        self.position = self.position.max(position);
    }

    /// Samples per channel dropped so far.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }
}

impl RingReader {
    /// Moves the oldest block into `block`; false when the ring is empty.
    pub fn read(&mut self, block: &mut AudioBlock) -> bool {
        let Some(mark) = self.marks.try_pop() else { return false };
        block.start = mark.start;
        block.rate_hz = self.rate_hz;
        block.channels = self.channels;
        block.samples.resize(mark.samples, 0.0);
        self.audio.pop_slice(&mut block.samples);
        true
    }

    /// Nothing waits in the ring.
    pub fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }

    /// The writer is gone: nothing more will come once the ring is empty.
    pub fn is_closed(&self) -> bool {
        !self.marks.write_is_held()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_ring_drops_the_newest_block_and_the_reader_sees_the_gap() {
        let (mut writer, mut reader) = ring(1_000, 2, 100);
        let block_of = |value: f32| vec![value; 80];
        for value in 0..3 {
            writer.push(&block_of(value as f32));
        }
        assert_eq!(writer.dropped(), 40, "the third block of 40 ms finds 20 ms of room");
        let mut block = AudioBlock::default();
        assert!(reader.read(&mut block));
        assert_eq!((block.start, block.samples[0]), (0, 0.0));
        writer.push(&block_of(3.0));
        let mut starts = Vec::new();
        while reader.read(&mut block) {
            starts.push((block.start, block.samples[0]));
        }
        assert_eq!(starts, [(40, 1.0), (120, 3.0)]);
    }

    #[test]
    fn the_writer_sees_whether_there_is_room_and_whether_anybody_reads() {
        let (mut writer, mut reader) = ring(1_000, 2, 100);
        assert!(writer.has_room(200) && !writer.has_room(201));
        writer.push(&[0.0; 120]);
        assert!(writer.has_room(80) && !writer.has_room(81));
        assert!(reader.read(&mut AudioBlock::default()));
        assert!(writer.has_room(200) && !writer.is_closed());
        drop(reader);
        assert!(writer.is_closed());
    }

    #[test]
    fn the_reader_learns_when_the_writer_is_gone_and_still_reads_what_it_left() {
        let (mut writer, mut reader) = ring(8_000, 1, 500);
        writer.push(&[0.5; 10]);
        assert!(!reader.is_closed());
        drop(writer);
        assert!(reader.is_closed());
        assert!(reader.read(&mut AudioBlock::default()));
    }
}

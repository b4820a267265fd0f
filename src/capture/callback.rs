//! The body of a capture callback. In: a device's samples in its own format. Out: the ring, and signs of life.
//! Thread: the sound system's. Allocates: never.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ringbuf::traits::{Consumer, Producer, Split};
use ringbuf::{HeapCons, HeapProd, HeapRb};

use super::probe::Probe;
use super::{DeviceError, RingReader, RingWriter, ring};
use crate::clock::Stopwatch;

/// Samples converted at once, all channels together; longer blocks are split.
const SCRATCH: usize = 4_096;

/// Faults kept until somebody asks for them; later ones are the echo of the first.
const FAULTS_KEPT: usize = 4;

/// One sample as a device delivers it.
pub trait Sample: Copy {
    /// Full scale is ±1; what is not a number is silence.
    fn level(self) -> f32;
}

/// Shared, lock-free: what a capture callback shows of itself to whoever watches over it.
#[derive(Debug, Default)]
pub struct Signs {
    samples: AtomicU64,
    overruns: AtomicU64,
    faults: AtomicU64,
}

impl Signs {
    /// Samples per channel the device has delivered, those included that a full ring dropped.
    pub fn samples(&self) -> u64 {
        self.samples.load(Ordering::Acquire)
    }

    /// Times the device lost samples because nobody fetched them in time. How many is not known.
    pub fn overruns(&self) -> u64 {
        self.overruns.load(Ordering::Relaxed)
    }

    /// Faults the sound system has reported, after each of which the device must be opened again.
    pub fn faults(&self) -> u64 {
        self.faults.load(Ordering::Acquire)
    }
}

/// The three ends of a device's line: its callback's, its error callback's, and the listener's.
pub struct Line {
    pub callback: CallbackBody,
    pub trouble: TroubleBody,
    pub reader: RingReader,
    pub signs: Arc<Signs>,
    pub faults: Faults,
}

/// A line for a device of `channels` at `rate_hz`, whose ring holds `ring_ms` of audio.
pub fn line(rate_hz: u32, channels: u16, ring_ms: u32, probe: Option<Arc<Probe>>) -> Line {
    let (writer, reader) = ring(rate_hz, channels, ring_ms);
    let (faults_in, faults_out) = HeapRb::new(FAULTS_KEPT).split();
    let signs = Arc::new(Signs::default());
    let whole_frames = SCRATCH / usize::from(channels) * usize::from(channels);
    Line {
        callback: CallbackBody {
            writer,
            channels: u64::from(channels),
            scratch: vec![0.0; whole_frames].into(),
            signs: Arc::clone(&signs),
            probe,
        },
        trouble: TroubleBody {
            faults: faults_in,
            signs: Arc::clone(&signs),
            failing_since: None,
            failures: 0,
        },
        reader,
        signs,
        faults: Faults(faults_out),
    }
}

/// What a device's callback does with every block.
pub struct CallbackBody {
    writer: RingWriter,
    channels: u64,
    scratch: Box<[f32]>,
    signs: Arc<Signs>,
    probe: Option<Arc<Probe>>,
}

impl CallbackBody {
    /// Takes interleaved samples of all channels.
    ///
    /// Real-time: no allocation, lock, log or syscall; with a probe, two readings of the clock.
    pub fn deliver<T: Sample>(&mut self, data: &[T]) {
        let watch = self.probe.is_some().then(Stopwatch::start);
        for part in data.chunks(self.scratch.len()) {
            let scratch = &mut self.scratch[..part.len()];
            for (out, sample) in scratch.iter_mut().zip(part) {
                *out = sample.level();
            }
            self.writer.push(scratch);
        }
        self.signs.samples.fetch_add(data.len() as u64 / self.channels, Ordering::Release);
        if let (Some(probe), Some(watch)) = (&self.probe, watch) {
            probe.record(watch.elapsed(), data.len() as u64 / self.channels, self.writer.dropped());
        }
    }
}

/// Failures in a row, with no sample between them, that make a fault: a signal that interrupts the device's
/// thread makes one at a time, a dead sound server makes thousands.
const FAILURES_IN_A_ROW: u32 = 8;

/// What a device's error callback does. It may run on the same thread as the other, so it waits for nobody.
pub struct TroubleBody {
    faults: HeapProd<DeviceError>,
    signs: Arc<Signs>,
    /// Samples delivered when the failures in a row began.
    failing_since: Option<u64>,
    failures: u32,
}

impl TroubleBody {
    /// Samples were lost on their way from the device; it goes on.
    pub fn overrun(&mut self) {
        self.signs.overruns.fetch_add(1, Ordering::Relaxed);
    }

    /// The device must be opened again.
    pub fn fault(&mut self, fault: DeviceError) {
        // The first faults tell what happened; there is no room for more.
        let _ = self.faults.try_push(fault);
        self.signs.faults.fetch_add(1, Ordering::Release);
    }

    /// Something failed that may pass by itself: a fault once it has happened often and no sample came between.
    pub fn failure(&mut self, failure: DeviceError) {
        let delivered = self.signs.samples();
        if self.failing_since != Some(delivered) {
            self.failing_since = Some(delivered);
            self.failures = 0;
        }
        self.failures += 1;
        if self.failures == FAILURES_IN_A_ROW {
            self.fault(failure);
        }
    }
}

/// The words to the faults that [`Signs::faults`] counts.
pub struct Faults(HeapCons<DeviceError>);

impl Faults {
    /// The oldest fault not taken yet.
    pub fn take(&mut self) -> Option<DeviceError> {
        self.0.try_pop()
    }
}

macro_rules! signed {
    ($($type:ty),*) => {$(
        impl Sample for $type {
            fn level(self) -> f32 {
                self as f32 / -(<$type>::MIN as f32)
            }
        }
    )*};
}

macro_rules! unsigned {
    ($($type:ty as $signed:ty),*) => {$(
        impl Sample for $type {
            fn level(self) -> f32 {
                ((self ^ (1 << (<$type>::BITS - 1))) as $signed).level()
            }
        }
    )*};
}

signed!(i8, i16, i32, i64);
unsigned!(u8 as i8, u16 as i16, u32 as i32, u64 as i64);

impl Sample for f32 {
    fn level(self) -> f32 {
        if self.is_finite() { self } else { 0.0 }
    }
}

impl Sample for f64 {
    fn level(self) -> f32 {
        (self as f32).level()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::AudioBlock;

    /// What `samples` become on their way through.
    fn through<T: Sample>(samples: &[T]) -> Vec<f32> {
        let mut line = line(48_000, 1, 1_000, None);
        line.callback.deliver(samples);
        let (mut out, mut block) = (Vec::new(), AudioBlock::default());
        while line.reader.read(&mut block) {
            assert_eq!(block.start, out.len() as u64);
            out.extend_from_slice(&block.samples);
        }
        assert_eq!(line.signs.samples(), samples.len() as u64);
        out
    }

    #[test]
    fn every_format_reaches_full_scale_and_rests_at_zero() {
        assert_eq!(through(&[i8::MIN, 0, 64]), [-1.0, 0.0, 0.5]);
        assert_eq!(through(&[i16::MIN, 0, 1 << 14]), [-1.0, 0.0, 0.5]);
        assert_eq!(through(&[i32::MIN, 0, 1 << 30]), [-1.0, 0.0, 0.5]);
        assert_eq!(through(&[i64::MIN, 0, 1 << 62]), [-1.0, 0.0, 0.5]);
        assert_eq!(through(&[0_u8, 128, 192]), [-1.0, 0.0, 0.5]);
        assert_eq!(through(&[0_u16, 1 << 15, 3 << 14]), [-1.0, 0.0, 0.5]);
        assert_eq!(through(&[0_u32, 1 << 31, 3 << 30]), [-1.0, 0.0, 0.5]);
        assert_eq!(through(&[0_u64, 1 << 63, 3 << 62]), [-1.0, 0.0, 0.5]);
        assert_eq!(through(&[-1.0_f32, 0.0, 0.5]), [-1.0, 0.0, 0.5]);
        assert_eq!(through(&[-1.0_f64, 0.0, 0.5]), [-1.0, 0.0, 0.5]);
    }

    #[test]
    fn what_is_not_a_number_becomes_silence() {
        assert_eq!(through(&[f32::NAN, f32::INFINITY, 0.25]), [0.0, 0.0, 0.25]);
        assert_eq!(through(&[f64::NAN, f64::MAX, 0.25]), [0.0, 0.0, 0.25]);
    }

    #[test]
    fn a_block_longer_than_the_scratch_buffer_arrives_whole() {
        let ramp: Vec<i16> = (0..(SCRATCH * 2 + 100) as i16).collect();
        let wanted: Vec<f32> = ramp.iter().map(|&s| f32::from(s) / 32_768.0).collect();
        assert_eq!(through(&ramp), wanted);
    }

    #[test]
    fn a_split_block_never_parts_the_channels_of_a_sample() {
        let mut line = line(48_000, 7, 1_000, None);
        let samples: Vec<f32> = (0..7 * 1_000).map(|n| (n % 7) as f32).collect();
        line.callback.deliver(&samples);
        let (mut block, mut blocks) = (AudioBlock::default(), 0);
        while line.reader.read(&mut block) {
            assert_eq!((block.samples.len() % 7, block.samples[0]), (0, 0.0));
            blocks += 1;
        }
        assert_eq!((blocks, line.signs.samples()), (2, 1_000));
    }

    #[test]
    fn a_full_ring_still_shows_life() {
        let mut line = line(1_000, 1, 100, None);
        for _ in 0..10 {
            line.callback.deliver(&[0.0_f32; 50]);
        }
        assert_eq!(line.signs.samples(), 500);
    }

    #[test]
    fn failures_are_a_fault_only_when_no_sample_comes_between() {
        let mut line = line(1_000, 1, 100, None);
        let failure = || DeviceError::Failed { name: "mic".into(), cause: "interrupted".into() };
        for _ in 0..100 {
            line.trouble.failure(failure());
            line.callback.deliver(&[0.0_f32; 1]);
        }
        assert_eq!((line.signs.faults(), line.faults.take()), (0, None));
        for _ in 0..100 {
            line.trouble.failure(failure());
        }
        assert_eq!((line.signs.faults(), line.faults.take()), (1, Some(failure())));
    }

    #[test]
    fn more_faults_than_are_kept_are_still_counted() {
        let mut line = line(1_000, 1, 100, None);
        for n in 0..10 {
            line.trouble.fault(DeviceError::Failed { name: "mic".into(), cause: n.to_string() });
        }
        assert_eq!(line.signs.faults(), 10);
        let kept: Vec<String> = std::iter::from_fn(|| line.faults.take())
            .map(|fault| match fault {
                DeviceError::Failed { cause, .. } => cause,
                other => panic!("{other}"),
            })
            .collect();
        assert_eq!(kept, ["0", "1", "2", "3"]);
    }
}

//! The listener, and the ring detector in it, allocate for the segments emitted and for nothing else.

mod counting;

use sansheng::signal::{FRAME_SAMPLES, Frame};
use sansheng::units::{ChannelIndex, Dbfs, Role, SessionTime};
use sansheng::vad::{Listener, RingDetector, Segmenter, VadConfig};

use counting::allocations;

fn frame(index: usize, amplitude: f32) -> Frame {
    let samples: [f32; FRAME_SAMPLES] = std::array::from_fn(|sample| {
        let random = ((index * FRAME_SAMPLES + sample) as u32).wrapping_mul(2_654_435_761) >> 8;
        amplitude * (random as f32 / (1 << 23) as f32 - 1.0)
    });
    Frame { start: SessionTime((index * FRAME_SAMPLES) as u64), samples, level: Dbfs::rms(&samples) }
}

#[test]
fn a_frame_allocates_nothing_and_a_segment_its_samples_only() {
    let mut segmenter =
        Segmenter::new(&VadConfig::default(), ChannelIndex(0), Role::Clerk).expect("settings in range");
    let mut out = Vec::with_capacity(64);
    for index in 0..4_000 {
        // 30 s of speech, cut twice, then pauses of 1 s between words of 1 s.
        let speaking = index < 1_875 || index % 125 < 62;
        let (before, emitted) = (allocations(), out.len());
        segmenter.push(&frame(index, 0.1), if speaking { 0.9 } else { 0.1 }, &mut out);
        assert_eq!(allocations() - before, (out.len() - emitted) as u64, "at frame {index}");
    }
    assert!(out.iter().any(|segment| !segment.ends_in_silence), "no speech was cut");
    assert!(out.len() > 10, "{} segments", out.len());
}

#[test]
fn two_channels_are_heard_without_allocation() {
    let roles = [(ChannelIndex(0), Role::Clerk), (ChannelIndex(1), Role::Visitor)];
    let mut listener = Listener::new(&VadConfig::default(), &roles).expect("settings in range");
    let mut out = Vec::with_capacity(16);
    for index in 0..1_000 {
        let frames = [frame(index, 0.01), frame(index, 0.002)];
        let (before, emitted) = (allocations(), out.len());
        listener.push(&frames, &mut out);
        assert_eq!(allocations() - before, (out.len() - emitted) as u64, "at frame {index}");
    }
}

#[test]
fn rings_are_found_without_allocation() {
    let mut detector = RingDetector::default();
    let mut bursts = 0;
    for index in 0..1_000 {
        // A second of 450 Hz every four, over a little noise.
        let mut frame = frame(index, 0.001);
        for (n, sample) in frame.samples.iter_mut().enumerate() {
            let at = index * FRAME_SAMPLES + n;
            let rings = at % 64_000 >= 48_000;
            *sample +=
                if rings { 0.1 * (std::f32::consts::TAU * 450.0 * at as f32 / 16_000.0).sin() } else { 0.0 };
        }
        frame.level = Dbfs::rms(&frame.samples);
        let before = allocations();
        bursts += u32::from(detector.push(&frame, Dbfs(-60.0)).is_some());
        assert_eq!(allocations(), before, "at frame {index}");
    }
    assert_eq!(bursts, 3);
}

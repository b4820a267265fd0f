//! The front end keeps time to the sample, keeps what speech needs and removes what would alias.

use std::f64::consts::TAU;

use proptest::prelude::*;
use sansheng::capture::AudioBlock;
use sansheng::signal::{FRAME_SAMPLES, Frame, FrontEnd, SignalError};
use sansheng::units::{ChannelIndex, Dbfs, SessionTime};

use crate::support::{amplitude_at, decibels};

const RATES_HZ: [u32; 9] = [8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 96_000, 192_000];

fn block(start: u64, rate_hz: u32, channels: u16, samples: &[f32]) -> AudioBlock {
    AudioBlock { start, rate_hz, channels, samples: samples.to_vec() }
}

fn front_end(rate_hz: u32, channels: u16, pick: u16) -> FrontEnd {
    FrontEnd::new(rate_hz, channels, ChannelIndex(pick)).expect("a format that is taken")
}

/// All frames of one channel in one push.
fn frames_of(rate_hz: u32, samples: &[f32]) -> (Vec<Frame>, u64) {
    let (mut front_end, mut frames) = (front_end(rate_hz, 1, 0), Vec::new());
    front_end.push(&block(0, rate_hz, 1, samples), &mut frames);
    front_end.finish(&mut frames);
    (frames, front_end.samples_out())
}

fn flat(frames: &[Frame]) -> Vec<f32> {
    frames.iter().flat_map(|frame| frame.samples).collect()
}

fn tone(rate_hz: u32, hz: f64, seconds: f64) -> Vec<f32> {
    let count = (f64::from(rate_hz) * seconds) as usize;
    (0..count).map(|n| (TAU * hz * n as f64 / f64::from(rate_hz)).sin() as f32).collect()
}

/// Strength at `hz` of what is left of a full-scale tone of `hz_in` at `rate_hz`, away from its ends.
fn gain(rate_hz: u32, hz_in: f64, hz: f64) -> f64 {
    let out = flat(&frames_of(rate_hz, &tone(rate_hz, hz_in, 0.6)).0);
    decibels(amplitude_at(&out[2_000..7_600], hz, 16_000.0).max(1e-12))
}

#[test]
fn an_impulse_stays_where_it_was_at_every_rate() {
    for rate_hz in RATES_HZ {
        let second = rate_hz as usize;
        for at in [0, 1, 37, 1_000, second / 3, second / 2 + 1, second - 1] {
            let mut samples = vec![0.0; second];
            samples[at] = 1.0;
            let out = flat(&frames_of(rate_hz, &samples).0);
            let peak = (0..out.len()).max_by(|&a, &b| out[a].abs().total_cmp(&out[b].abs())).expect("frames");
            let wanted = (at as f64 * 16_000.0 / f64::from(rate_hz)).round() as usize;
            assert!(peak.abs_diff(wanted) <= 1, "{rate_hz} Hz: {at} came out at {peak}, not {wanted}");
        }
    }
}

#[test]
fn the_number_of_samples_is_the_number_of_the_source_at_16_khz() {
    for rate_hz in RATES_HZ.into_iter().chain([12_345, 44_101]) {
        for taken in [0_usize, 1, 2, 255, 256, 257, 4_000, 30_001] {
            let (frames, samples_out) = frames_of(rate_hz, &vec![0.5; taken]);
            let wanted = (taken as f64 * 16_000.0 / f64::from(rate_hz)).round() as u64;
            assert_eq!(samples_out, wanted, "{taken} samples at {rate_hz} Hz");
            assert_eq!(frames.len() as u64, wanted.div_ceil(FRAME_SAMPLES as u64));
            for (n, frame) in frames.iter().enumerate() {
                assert_eq!(frame.start, SessionTime((n * FRAME_SAMPLES) as u64));
            }
            let padding = &flat(&frames)[samples_out as usize..];
            assert!(padding.iter().all(|&sample| sample == 0.0), "padding is digital silence");
        }
    }
}

#[test]
fn at_16_khz_samples_pass_bit_for_bit() {
    let samples: Vec<f32> =
        (0..5_000_u32).map(|n| f32::from_bits(0x3e00_0000 ^ n.wrapping_mul(7_919))).collect();
    let out = flat(&frames_of(16_000, &samples).0);
    let bits = |samples: &[f32]| samples.iter().map(|sample| sample.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&out[..5_000]), bits(&samples));
}

#[test]
fn speech_passes_level_and_what_would_alias_is_gone() {
    for rate_hz in [22_050, 32_000, 44_100, 48_000, 96_000, 192_000] {
        for hz in [100.0, 440.0, 1_000.0, 3_000.0, 5_000.0, 6_000.0, 7_000.0] {
            let gain_db = gain(rate_hz, hz, hz);
            assert!(gain_db.abs() < 0.5, "{rate_hz} Hz: {hz} Hz came out at {gain_db} dB");
        }
        for hz in [8_200.0, 9_000.0, 10_000.0, 10_900.0] {
            let gain_db = gain(rate_hz, hz, 16_000.0 - hz);
            assert!(gain_db < -60.0, "{rate_hz} Hz: {hz} Hz aliased at {gain_db} dB");
        }
    }
    for hz in [15_000.0, 17_000.0, 20_000.0] {
        let alias: f64 = if hz < 16_000.0 { 16_000.0 - hz } else { hz - 16_000.0 };
        assert!(gain(48_000, hz, alias) < -60.0, "{hz} Hz");
    }
    for (rate_hz, top) in [(8_000, 3_500.0), (11_025, 5_000.0)] {
        for hz in [100.0, 1_000.0, top] {
            let (gain_db, image_db) = (gain(rate_hz, hz, hz), gain(rate_hz, hz, f64::from(rate_hz) - hz));
            assert!(gain_db.abs() < 0.5, "{rate_hz} Hz: {hz} Hz came out at {gain_db} dB");
            assert!(
                f64::from(rate_hz) - hz > 8_000.0 || image_db < -60.0,
                "{rate_hz} Hz: {hz} at {image_db}"
            );
        }
    }
}

#[test]
fn each_front_end_hears_its_own_channel() {
    let samples: Vec<f32> = (0..1_024).flat_map(|n| [0.1, 0.2, n as f32 / 2_048.0]).collect();
    for (pick, first, second) in [(0, 0.1, 0.1), (1, 0.2, 0.2), (2, 0.0, 1.0 / 2_048.0)] {
        let mut frames = Vec::new();
        front_end(16_000, 3, pick).push(&block(0, 16_000, 3, &samples), &mut frames);
        assert_eq!((frames.len(), frames[0].samples[0], frames[0].samples[1]), (4, first, second));
    }
}

#[test]
fn time_that_was_lost_is_silence_and_is_counted() {
    for rate_hz in [16_000, 48_000] {
        let (mut front_end, mut frames) = (front_end(rate_hz, 1, 0), Vec::new());
        let second = vec![0.5; rate_hz as usize];
        front_end.push(&block(0, rate_hz, 1, &second), &mut frames);
        front_end.push(&block(u64::from(rate_hz) * 3 / 2, rate_hz, 1, &second), &mut frames);
        front_end.finish(&mut frames);
        assert_eq!((front_end.samples_out(), front_end.gap_samples()), (40_000, 8_000), "{rate_hz} Hz");
        let out = flat(&frames);
        assert_eq!((out[8_000], out[32_000]), (out[8_000].max(0.49), out[32_000].max(0.49)));
        assert_eq!(frames[20_000 / FRAME_SAMPLES].level, Dbfs::SILENCE, "{rate_hz} Hz");
    }
}

#[test]
fn the_level_of_a_frame_is_that_of_its_samples() {
    let (frames, _) = frames_of(16_000, &tone(16_000, 1_000.0, 0.020));
    assert_eq!(frames.len(), 2);
    assert!(frames.iter().all(|frame| (frame.level.0 + 3.01).abs() < 0.01), "padding counts in no level");
}

#[test]
fn formats_that_are_not_taken_are_refused() {
    let refused = |rate_hz, channels, pick| FrontEnd::new(rate_hz, channels, ChannelIndex(pick)).err();
    assert_eq!(refused(7_999, 1, 0), Some(SignalError::Rate { rate_hz: 7_999 }));
    assert_eq!(refused(192_001, 1, 0), Some(SignalError::Rate { rate_hz: 192_001 }));
    let pick = ChannelIndex(2);
    assert_eq!(refused(16_000, 2, 2), Some(SignalError::Channel { pick, channels: 2 }));
    assert_eq!(refused(16_000, 0, 0), Some(SignalError::Channel { pick: ChannelIndex(0), channels: 0 }));
}

#[test]
#[should_panic(expected = "block at 50 after sample 100")]
fn a_block_that_goes_back_in_time_is_a_bug() {
    let (mut front_end, mut frames) = (front_end(16_000, 1, 0), Vec::new());
    front_end.push(&block(0, 16_000, 1, &[0.0; 100]), &mut frames);
    front_end.push(&block(50, 16_000, 1, &[0.0; 100]), &mut frames);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_split_into_blocks_gives_the_same_frames(
        rate_hz in prop::sample::select(RATES_HZ.to_vec()),
        channels in 1_u16..4,
        cuts in prop::collection::vec(0_usize..6_000, 0..12),
        seed in any::<u32>(),
    ) {
        let noise = |n: u32| (n.wrapping_add(seed).wrapping_mul(2_654_435_761) >> 8) as f32 / 8_388_608.0 - 1.0;
        let samples: Vec<f32> = (0..6_000 * u32::from(channels)).map(noise).collect();
        let (mut whole, mut parts) = (Vec::new(), Vec::new());
        let mut front = front_end(rate_hz, channels, channels - 1);
        front.push(&block(0, rate_hz, channels, &samples), &mut whole);
        front.finish(&mut whole);

        let mut front = front_end(rate_hz, channels, channels - 1);
        let mut cuts = [cuts, vec![0, 6_000]].concat();
        cuts.sort_unstable();
        for pair in cuts.windows(2) {
            let width = usize::from(channels);
            let part = &samples[pair[0] * width..pair[1] * width];
            front.push(&block(pair[0] as u64, rate_hz, channels, part), &mut parts);
        }
        front.finish(&mut parts);
        prop_assert!(whole == parts);
    }
}

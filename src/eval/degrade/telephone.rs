//! Telephone: the band of a line, 300 to 3400 Hz, sampled at 8 kHz and coded by μ-law (ITU-T G.711).

use std::f64::consts::PI;

use crate::units::SAMPLE_RATE_HZ;

const LOW_HZ: f64 = 300.0;
const HIGH_HZ: f64 = 3_400.0;
/// Taps on either side of the middle one: at 16 kHz the band's edges are 200 Hz wide.
const HALF: usize = 200;
const MU: f32 = 255.0;
/// Samples filtered at once.
const STRETCH: usize = 2_048;

/// Passes `samples` over the line, without delay.
pub(super) fn pass(samples: &mut [f32]) {
    let taps = band();
    let sent = filtered(samples, &taps);
    // Every second sample is coded; twice its value stands for both when it is made 16 kHz again.
    let coded: Vec<f32> =
        sent.iter().enumerate().map(|(at, s)| if at % 2 == 0 { 2.0 * coded(*s) } else { 0.0 }).collect();
    samples.copy_from_slice(&filtered(&coded, &taps));
}

/// One sample through an 8-bit μ-law coder and back.
fn coded(sample: f32) -> f32 {
    let size = (1.0 + MU * sample.abs().min(1.0)).ln() / (1.0 + MU).ln();
    let step = (size * 127.0).round() / 127.0;
    (((1.0 + MU).powf(step)) - 1.0) / MU * sample.signum()
}

/// A band-pass of linear phase: the difference of two low-passes under a Hann window.
fn band() -> Vec<f32> {
    let rate = f64::from(SAMPLE_RATE_HZ);
    let low_pass = |edge_hz: f64, n: f64| {
        let share = 2.0 * edge_hz / rate;
        if n == 0.0 { share } else { (PI * share * n).sin() / (PI * n) }
    };
    let half = HALF as f64;
    let tap = |at: usize| {
        let n = at as f64 - half;
        let window = 0.5 + 0.5 * (PI * n / (half + 1.0)).cos();
        (window * (low_pass(HIGH_HZ, n) - low_pass(LOW_HZ, n))) as f32
    };
    (0..=2 * HALF).map(tap).collect()
}

/// `samples` through `taps`, which are symmetric, the middle tap on each sample itself.
fn filtered(samples: &[f32], taps: &[f32]) -> Vec<f32> {
    let mut padded = vec![0.0; HALF];
    padded.extend_from_slice(samples);
    padded.resize(samples.len() + 2 * HALF, 0.0);
    let mut out = vec![0.0; samples.len()];
    // Tap by tap over a stretch that fits the cache: several times faster than sample by sample.
    for (index, stretch) in out.chunks_mut(STRETCH).enumerate() {
        for (delay, tap) in taps.iter().enumerate() {
            let from = &padded[index * STRETCH + delay..];
            stretch.iter_mut().zip(from).for_each(|(sum, sample)| *sum += tap * sample);
        }
    }
    out
}

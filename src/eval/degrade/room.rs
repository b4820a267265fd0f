//! Room: a synthetic response whose tail falls by 60 dB in 0.4 s, half a metre from the talker in a small hall.

use super::chance::Chance;
use super::power;
use crate::units::SAMPLE_RATE_HZ;

const RT60_S: f64 = 0.4;
/// The direct sound over all that follows, dB.
const DIRECT_OVER_TAIL_DB: f64 = 3.0;
/// Reflections a second. Velvet noise sounds as dense as white noise from about 1500 on (Karjalainen and Järveläinen
/// 2007), and is a hundred times quicker to convolve.
const REFLECTIONS_PER_S: usize = 2_000;
/// The first reflection, from a desk or a pane, s.
const FIRST_S: f64 = 0.003;

/// Samples reverberated at once.
const STRETCH: usize = 2_048;

/// Puts `samples` into the room; the level stays.
pub(super) fn reverberate(samples: &mut [f32], seed: u64) {
    let response = tail(seed);
    let before = power(samples);
    let dry = samples.to_vec();
    // Reflection by reflection over a stretch that fits the cache.
    for (index, stretch) in samples.chunks_mut(STRETCH).enumerate() {
        let start = index * STRETCH;
        for (delay, gain) in &response {
            let late = delay.saturating_sub(start).min(stretch.len());
            let said = &dry[(start + late).saturating_sub(*delay)..];
            stretch[late..].iter_mut().zip(said).for_each(|(sample, said)| *sample += gain * said);
        }
    }
    let after = power(samples);
    if after > 0.0 {
        let gain = (before / after).sqrt() as f32;
        samples.iter_mut().for_each(|sample| *sample *= gain);
    }
}

/// Reflections as a delay in samples and a gain, the direct sound (0, 1) not among them.
fn tail(seed: u64) -> Vec<(usize, f32)> {
    let rate = SAMPLE_RATE_HZ as usize;
    let mut chance = Chance::new(seed);
    let spacing = rate / REFLECTIONS_PER_S;
    let first = (FIRST_S * rate as f64) as usize;
    let last = (RT60_S * rate as f64) as usize;
    // One reflection in every `spacing` samples, at a chance place, of a chance sign.
    let mut tail: Vec<(usize, f32)> = (first..last)
        .step_by(spacing)
        .map(|from| {
            let delay = from + chance.below(spacing);
            let sign = if chance.next() >> 63 == 0 { 1.0 } else { -1.0 };
            let fall = 10.0_f64.powf(-3.0 * delay as f64 / (RT60_S * rate as f64));
            (delay, sign * fall as f32)
        })
        .collect();
    let energy: f32 = tail.iter().map(|(_, gain)| gain * gain).sum();
    let scale = (10.0_f64.powf(-DIRECT_OVER_TAIL_DB / 10.0) as f32 / energy).sqrt();
    tail.iter_mut().for_each(|(_, gain)| *gain *= scale);
    tail
}

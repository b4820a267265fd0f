//! A voice for the VAD: a buzz through formants, syllable after syllable. It says nothing; what it is taken to say
//! stands in the script.

use std::f64::consts::TAU;

use sansheng::units::SAMPLE_RATE_HZ;

const RATE: f64 = SAMPLE_RATE_HZ as f64;
/// Formants of a, i, u and e, in Hz.
const VOWELS: [[f64; 3]; 4] = [
    [730.0, 1_240.0, 2_500.0],
    [290.0, 2_280.0, 3_000.0],
    [320.0, 800.0, 2_300.0],
    [480.0, 1_300.0, 2_450.0],
];
/// Syllables begin so often, in seconds.
const SYLLABLE_S: f64 = 0.22;
/// The last of so many is silent: without a pause now and then a voice would be taken for the room's own noise.
const SYLLABLES_A_BREATH: usize = 8;

/// Adds speech from `start_s` to `end_s` to one channel.
pub fn speak(channel: &mut [f32], start_s: f64, end_s: f64) {
    let (start, end) = ((start_s * RATE) as usize, (end_s * RATE) as usize);
    let mut phase = 0.0;
    for (n, sample) in channel[start..end].iter_mut().enumerate() {
        let t = n as f64 / RATE;
        let into = t % SYLLABLE_S / SYLLABLE_S;
        // The pitch falls in each syllable.
        let pitch = 160.0 - 40.0 * into;
        phase += pitch / RATE;
        let vowel = VOWELS[(t / SYLLABLE_S) as usize % VOWELS.len()];
        let harmonics = (1..(4_000.0 / pitch) as u32).map(|k| {
            let gain: f64 = vowel
                .iter()
                .zip([1.0, 0.5, 0.25])
                .map(|(f, g)| g * resonance(f64::from(k) * pitch, *f))
                .sum();
            gain * (TAU * f64::from(k) * phase).sin()
        });
        let breathes = (t / SYLLABLE_S) as usize % SYLLABLES_A_BREATH == SYLLABLES_A_BREATH - 1;
        let loud = if breathes { 0.0 } else { (TAU / 2.0 * into).sin().max(0.25) };
        *sample += (0.08 * loud * harmonics.sum::<f64>()) as f32;
    }
}

/// Response at `hz` of a formant of 90 Hz bandwidth.
fn resonance(hz: f64, formant: f64) -> f64 {
    let off = (hz - formant) / 90.0;
    1.0 / (1.0 + off * off).sqrt()
}

/// Quiet noise, so that silence is not digital: xorshift, at about -66 dBFS.
pub fn room(channel: &mut [f32], seed: u32) {
    let mut state = seed;
    for sample in channel {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        *sample += (f64::from(state) / f64::from(u32::MAX) - 0.5) as f32 * 0.0017;
    }
}

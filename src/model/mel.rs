//! The mel filter bank that Whisper listens through. Pure.

/// Samples in the Fourier transform of one Whisper frame (25 ms at 16 kHz).
const FFT_SAMPLES: usize = 400;
const RATE_HZ: f64 = 16_000.0;

/// Frequency bins of one filter: `FFT_SAMPLES / 2 + 1`.
pub const MEL_BINS: usize = FFT_SAMPLES / 2 + 1;

/// `mels` triangular filters of 201 weights, row by row, 0 Hz to 8 kHz.
///
/// Slaney's scale and area normalisation (M. Slaney, *Auditory Toolbox*, 1998), as `librosa.filters.mel`
/// computes it; the roundings to single precision are in the same places, so the bits are the same.
pub fn mel_filter_bank(mels: usize) -> Vec<f32> {
    let top = mel_of_hz(RATE_HZ / 2.0);
    let step = top / (mels + 1) as f64;
    // The last edge is the top itself: a rounding less would leave a weight at the last bin.
    let edge = |i: usize| hz_of_mel(if i <= mels { i as f64 * step } else { top });
    let edges: Vec<f64> = (0..mels + 2).map(edge).collect();
    let mut bank = Vec::with_capacity(mels * MEL_BINS);
    for edge in edges.windows(3) {
        let (low, centre, high) = (edge[0], edge[1], edge[2]);
        let area = 2.0 / (high - low);
        for bin in 0..MEL_BINS {
            let hz = bin as f64 * (RATE_HZ / FFT_SAMPLES as f64);
            let rising = (hz - low) / (centre - low);
            let falling = (high - hz) / (high - centre);
            let slope = rising.min(falling);
            let weight = if slope > 0.0 { slope as f32 } else { 0.0 };
            bank.push((f64::from(weight) * area) as f32);
        }
    }
    // The only zero that librosa leaves negative; kept because the file's SHA-256 is pinned.
    bank.first_mut().into_iter().for_each(|first| *first = -0.0);
    bank
}

/// Linear below 1 kHz, logarithmic above.
const HZ_PER_MEL: f64 = 200.0 / 3.0;
const BREAK_HZ: f64 = 1_000.0;
const BREAK_MEL: f64 = BREAK_HZ / HZ_PER_MEL;

/// Natural logarithm of the frequency ratio of one mel above the break.
fn log_step() -> f64 {
    6.4_f64.ln() / 27.0
}

fn mel_of_hz(hz: f64) -> f64 {
    if hz >= BREAK_HZ { BREAK_MEL + (hz / BREAK_HZ).ln() / log_step() } else { hz / HZ_PER_MEL }
}

fn hz_of_mel(mel: f64) -> f64 {
    if mel >= BREAK_MEL { BREAK_HZ * (log_step() * (mel - BREAK_MEL)).exp() } else { HZ_PER_MEL * mel }
}

#[cfg(test)]
mod tests {
    use super::*;

    // From mel_filters.npz of openai/whisper: (mel, bin, weight).
    const EXPECTED: [(usize, usize, f32); 6] = [
        (0, 1, 0.024_862_595),
        (0, 2, 0.0),
        (10, 10, 0.019_908_218),
        (10, 11, 0.004_954_375),
        (79, 190, 0.002_232_055),
        (79, 199, 0.000_448_759),
    ];
    const NON_ZERO: usize = 391;
    const SHA256_80: &str = "4f2701b1d287d74a0dc9871026e9519d98cb76426615f2539b0d151a0ae4ec2e";
    const SHA256_128: &str = "2a5f9822897750e047c85dea37cc268d3be0ecfd23c28a5f10da129d99d05afe";

    #[test]
    fn filters_have_the_published_values() {
        let bank = mel_filter_bank(80);
        assert_eq!(bank.len(), 80 * MEL_BINS);
        for (mel, bin, weight) in EXPECTED {
            let found = bank[mel * MEL_BINS + bin];
            assert!((found - weight).abs() < 1e-9, "filter {mel}, bin {bin}: {found}, not {weight}");
        }
        assert_eq!(bank.iter().filter(|w| **w > 0.0).count(), NON_ZERO);
    }

    #[test]
    fn filters_of_either_size_are_those_published_bit_for_bit() {
        for (mels, sha256) in [(80, SHA256_80), (128, SHA256_128)] {
            let bytes: Vec<u8> = mel_filter_bank(mels).iter().flat_map(|w| w.to_le_bytes()).collect();
            assert_eq!(crate::model::Digest::of(&bytes).to_string(), sha256, "{mels} mels");
        }
    }
}

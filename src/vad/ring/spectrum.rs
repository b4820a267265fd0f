//! Spectrum of the last 128 ms of one channel. In: samples of each `Frame`. Out: powers, and the two strongest lines.
//!
//! Long, because a tone of a ring stays within a few hertz for all of that time and a voice does not. Allocates:
//! only when made.

use std::f32::consts::TAU;
use std::ops::RangeInclusive;
use std::sync::LazyLock;

use crate::signal::FRAME_SAMPLES;
use crate::units::SAMPLE_RATE_HZ;

/// Samples looked at together.
pub(super) const WINDOW: usize = 2_048;
/// Bins below half the sample rate.
const BINS: usize = WINDOW / 2;
pub(super) const BIN_HZ: f32 = SAMPLE_RATE_HZ as f32 / WINDOW as f32;
/// Spectra before the newest that are remembered, and the bins of them.
pub(super) const PAST: usize = 4;
const REMEMBERED: usize = BINS / 2;
/// Where tones of rings are, in bins: 250 to 3 600 Hz.
const TONES: RangeInclusive<usize> = 32..=461;
/// What they are compared with: 200 to 4 000 Hz.
const BAND: RangeInclusive<usize> = 26..=512;
/// A line holds its bin and so many on either side: the main lobe, and the sidebands of a tone that is switched
/// 25 times a second.
const REACH: usize = 4;
/// The same for its overtones, of which as many are looked for.
const OVERTONE_REACH: usize = 2;
const OVERTONES: RangeInclusive<usize> = 2..=8;

/// A peak of the spectrum; `bin` is interpolated.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Peak {
    pub bin: f32,
    pub power: f32,
}

/// Up to two lines of a spectrum, in bins.
pub(super) type Lines = [Option<f32>; 2];

/// The newest spectrum and those before it. Powers are mean squares of the samples.
pub(super) struct Spectrum {
    samples: Box<[f32; WINDOW]>,
    real: Box<[f32; BINS]>,
    imaginary: Box<[f32; BINS]>,
    power: Box<[f32; BINS]>,
    past: Box<[[f32; REMEMBERED]; PAST]>,
}

struct Tables {
    /// Hann.
    window: [f32; WINDOW],
    /// Cosine and sine of `TAU * n / WINDOW`.
    turns: [(f32, f32); BINS],
    reversed: [u16; BINS],
    /// Makes a squared magnitude the power of its bin, both halves of the spectrum counted.
    scale: f32,
}

static TABLES: LazyLock<Box<Tables>> = LazyLock::new(|| {
    let turn = |n: usize| TAU * n as f32 / WINDOW as f32;
    let window = std::array::from_fn(|n| 0.5 - 0.5 * turn(n).cos());
    let bits = BINS.trailing_zeros();
    Box::new(Tables {
        window,
        turns: std::array::from_fn(|n| (turn(n).cos(), turn(n).sin())),
        reversed: std::array::from_fn(|n| ((n as u32).reverse_bits() >> (32 - bits)) as u16),
        scale: 2.0 / (WINDOW as f32 * window.iter().map(|w| w * w).sum::<f32>()),
    })
});

impl Default for Spectrum {
    fn default() -> Self {
        LazyLock::force(&TABLES);
        Self {
            samples: Box::new([0.0; WINDOW]),
            real: Box::new([0.0; BINS]),
            imaginary: Box::new([0.0; BINS]),
            power: Box::new([0.0; BINS]),
            past: Box::new([[0.0; REMEMBERED]; PAST]),
        }
    }
}

impl Spectrum {
    /// Takes the samples of the next frame; what is not finite counts as silence.
    pub fn take(&mut self, samples: &[f32; FRAME_SAMPLES]) {
        self.samples.copy_within(FRAME_SAMPLES.., 0);
        for (kept, sample) in self.samples[WINDOW - FRAME_SAMPLES..].iter_mut().zip(samples) {
            *kept = if sample.is_finite() { *sample } else { 0.0 };
        }
    }

    /// The samples of the newest frame.
    pub fn newest(&self) -> &[f32] {
        &self.samples[WINDOW - FRAME_SAMPLES..]
    }

    /// Looks at the samples taken so far.
    pub fn analyse(&mut self) {
        self.remember();
        self.transform();
        let tables = &**TABLES;
        for bin in 0..BINS {
            // The even and the odd samples were transformed as one complex signal.
            let mirrored = (BINS - bin) % BINS;
            let (a, b) = (self.real[bin], self.imaginary[bin]);
            let (c, d) = (self.real[mirrored], -self.imaginary[mirrored]);
            let (even, odd) = (((a + c) / 2.0, (b + d) / 2.0), ((b - d) / 2.0, (c - a) / 2.0));
            let (cos, sin) = tables.turns[bin];
            let real = even.0 + odd.0 * cos + odd.1 * sin;
            let imaginary = even.1 + odd.1 * cos - odd.0 * sin;
            self.power[bin] = (real * real + imaginary * imaginary) * tables.scale;
        }
    }

    /// Stands in for [`analyse`](Self::analyse) where there is nothing to be heard.
    pub fn skip(&mut self) {
        self.remember();
        self.power.fill(0.0);
    }

    /// Power of everything, and of the band in which tones are.
    pub fn total(&self) -> f32 {
        self.power.iter().sum()
    }

    pub fn band(&self) -> f32 {
        self.power[BAND].iter().sum()
    }

    /// The two strongest peaks of different lines, the stronger first.
    pub fn peaks(&self) -> [Peak; 2] {
        let Some(first) = self.peak_outside(None) else { return [Peak::default(); 2] };
        let second = self.peak_outside(Some(first));
        [self.peak(first, None), second.map_or(Peak::default(), |bin| self.peak(bin, Some(first)))]
    }

    /// Power of `lines`.
    pub fn power_of(&self, lines: &Lines) -> f32 {
        on_lines(&self.power[..], lines)
    }

    /// The same in the spectra before, the newest of them first.
    pub fn past_power_of(&self, lines: &Lines) -> [f32; PAST] {
        self.past.each_ref().map(|power| on_lines(power, lines))
    }

    /// Power of the overtones of `lines`.
    pub fn overtones_of(&self, lines: &Lines) -> f32 {
        let overtones = lines.iter().flatten().flat_map(|line| OVERTONES.map(move |n| line * n as f32));
        let inside = overtones.filter(|bin| bin.round() < (BINS - OVERTONE_REACH) as f32);
        inside
            .map(|bin| {
                let centre = bin.round() as usize;
                let range = centre.saturating_sub(OVERTONE_REACH)..=centre + OVERTONE_REACH;
                range.filter(|bin| !is_on(lines, *bin)).map(|bin| self.power[bin]).sum::<f32>()
            })
            .sum()
    }

    fn remember(&mut self) {
        self.past.rotate_right(1);
        self.past[0].copy_from_slice(&self.power[..REMEMBERED]);
    }

    fn peak_outside(&self, known: Option<usize>) -> Option<usize> {
        let is_peak = |bin: &usize| {
            let [left, here, right] = [*bin - 1, *bin, *bin + 1].map(|bin| self.power[bin]);
            here > left && here >= right && known.is_none_or(|known| bin.abs_diff(known) > REACH)
        };
        TONES.filter(is_peak).max_by(|a, b| self.power[*a].total_cmp(&self.power[*b]))
    }

    fn peak(&self, bin: usize, beside: Option<usize>) -> Peak {
        let [left, here, right] = [bin - 1, bin, bin + 1].map(|bin| self.power[bin].sqrt());
        // Of a sine in a Hann window: Grandke, "Interpolation algorithms for discrete Fourier transforms", 1983.
        let offset = |side: f32| (2.0 * side - here) / (side + here);
        let shift = if right > left { offset(right) } else { -offset(left) };
        let power: f32 = (bin.saturating_sub(REACH)..=bin + REACH)
            .filter(|at| beside.is_none_or(|beside| at.abs_diff(beside) > REACH))
            .map(|at| self.power[at])
            .sum();
        Peak { bin: bin as f32 + shift.clamp(-0.5, 0.5), power }
    }

    /// Fast Fourier transform of the windowed samples, even ones real and odd ones imaginary.
    fn transform(&mut self) {
        let Tables { window, turns, reversed, .. } = &**TABLES;
        for (n, &at) in reversed.iter().enumerate() {
            let even = 2 * usize::from(at);
            self.real[n] = self.samples[even] * window[even];
            self.imaginary[n] = self.samples[even + 1] * window[even + 1];
        }
        let mut half = 1;
        while half < BINS {
            let stride = WINDOW / (2 * half);
            let blocks = self.real.chunks_exact_mut(2 * half).zip(self.imaginary.chunks_exact_mut(2 * half));
            for (real, imaginary) in blocks {
                let (real_a, real_b) = real.split_at_mut(half);
                let (imaginary_a, imaginary_b) = imaginary.split_at_mut(half);
                for n in 0..half {
                    let (cos, sin) = turns[n * stride];
                    let r = real_b[n] * cos + imaginary_b[n] * sin;
                    let i = imaginary_b[n] * cos - real_b[n] * sin;
                    (real_b[n], imaginary_b[n]) = (real_a[n] - r, imaginary_a[n] - i);
                    (real_a[n], imaginary_a[n]) = (real_a[n] + r, imaginary_a[n] + i);
                }
            }
            half *= 2;
        }
    }
}

fn is_on(lines: &Lines, bin: usize) -> bool {
    lines.iter().flatten().any(|line| bin.abs_diff(line.round() as usize) <= REACH)
}

fn on_lines(power: &[f32], lines: &Lines) -> f32 {
    let first = lines.iter().flatten().map(|line| line.round() as usize).min();
    let last = lines.iter().flatten().map(|line| line.round() as usize).max();
    let (Some(first), Some(last)) = (first, last) else { return 0.0 };
    let range = first.saturating_sub(REACH)..=(last + REACH).min(power.len() - 1);
    range.filter(|bin| is_on(lines, *bin)).map(|bin| power[bin]).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spectrum(sample: impl Fn(f32) -> f32) -> Spectrum {
        let mut spectrum = Spectrum::default();
        for frame in 0..WINDOW / FRAME_SAMPLES {
            let at = |n| (frame * FRAME_SAMPLES + n) as f32 / SAMPLE_RATE_HZ as f32;
            spectrum.take(&std::array::from_fn(|n| sample(at(n))));
        }
        spectrum.analyse();
        spectrum
    }

    fn sine(hz: f32, t: f32) -> f32 {
        (TAU * hz * t).sin()
    }

    #[test]
    fn a_sine_is_one_line_of_its_own_frequency_and_power() {
        for hz in [300.0, 425.0, 450.0, 998.3, 2_345.6, 3_500.0] {
            let spectrum = spectrum(|t| 0.1 * sine(hz, t));
            let [peak, second] = spectrum.peaks();
            assert!((peak.bin * BIN_HZ - hz).abs() < 0.3, "{hz} Hz read as {}", peak.bin * BIN_HZ);
            assert!((peak.power / 0.005 - 1.0).abs() < 0.01, "{hz} Hz: {}", peak.power);
            assert!((spectrum.total() / 0.005 - 1.0).abs() < 0.01);
            assert!(second.power < peak.power * 1e-3, "{hz} Hz: a second line {second:?}");
        }
    }

    #[test]
    fn tones_40_hz_apart_are_two_lines() {
        let spectrum = spectrum(|t| 0.1 * (sine(440.0, t) + sine(480.0, t)));
        let mut found = spectrum.peaks().map(|peak| peak.bin * BIN_HZ);
        found.sort_by(f32::total_cmp);
        assert!((found[0] - 440.0).abs() < 2.0 && (found[1] - 480.0).abs() < 2.0, "{found:?}");
        let lines = found.map(|hz| Some(hz / BIN_HZ));
        assert!((spectrum.power_of(&lines) / spectrum.total() - 1.0).abs() < 0.02);
    }

    #[test]
    fn overtones_are_counted_apart_from_their_line() {
        let spectrum = spectrum(|t| 0.1 * sine(500.0, t) + 0.05 * sine(1_500.0, t));
        let lines = [Some(500.0 / BIN_HZ), None];
        assert!((spectrum.overtones_of(&lines) / 0.001_25 - 1.0).abs() < 0.02);
        assert!((spectrum.power_of(&lines) / 0.005 - 1.0).abs() < 0.02);
    }
}

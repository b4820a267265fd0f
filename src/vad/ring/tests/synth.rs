//! Sounds for the tests of the ring detector, made of formulas. All are deterministic.

use std::f32::consts::TAU;

use crate::units::SAMPLE_RATE_HZ;

const RATE: f32 = SAMPLE_RATE_HZ as f32;

/// Samples at 16 kHz.
pub type Sound = Vec<f32>;

/// Deterministic noise from -1 to 1: xorshift.
pub struct Noise(pub u32);

impl Noise {
    pub fn next(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 as f32 / u32::MAX as f32 * 2.0 - 1.0
    }
}

pub fn seconds(length_s: f32, mut sample: impl FnMut(f32) -> f32) -> Sound {
    (0..(length_s * RATE) as u32).map(|n| sample(n as f32 / RATE)).collect()
}

pub fn silence(length_s: f32) -> Sound {
    seconds(length_s, |_| 0.0)
}

pub fn sine(hz: f32, t: f32) -> f32 {
    // In double precision: a rounded phase would be noise after half a minute.
    (std::f64::consts::TAU * f64::from(hz) * f64::from(t)).sin() as f32
}

/// `sound` at the root-mean-square level that it has while it is on.
pub fn level(mut sound: Sound, db: f32) -> Sound {
    let (mut power, mut on) = (0.0_f64, 0_u32);
    for sample in sound.iter().filter(|sample| **sample != 0.0) {
        power += f64::from(*sample * *sample);
        on += 1;
    }
    let gain = 10_f32.powf(db / 20.0) / (power / f64::from(on.max(1))).sqrt().max(1e-9) as f32;
    sound.iter_mut().for_each(|sample| *sample *= gain);
    sound
}

pub fn mix(a: &[f32], b: &[f32]) -> Sound {
    a.iter().zip(b).map(|(a, b)| a + b).collect()
}

/// Switches a tone on and off, with edges of 5 ms; `on_off` are the lengths of one period, on first.
pub fn cadence(length_s: f32, on_off: &[f32], tone: impl Fn(f32) -> f32) -> Sound {
    let period: f32 = on_off.iter().sum();
    seconds(length_s, |t| {
        let mut into = (t - 1.0).rem_euclid(period);
        for (index, part) in on_off.iter().enumerate() {
            if into < *part {
                let edge = (into.min(part - into) / 0.005).min(1.0);
                return if t >= 1.0 && index % 2 == 0 { edge * tone(t) } else { 0.0 };
            }
            into -= part;
        }
        0.0
    })
}

/// A tone that is `first` and `second` in turn, each for `dwell_s`.
pub fn warble(first: f32, second: f32, dwell_s: f32) -> impl Fn(f32) -> f32 {
    move |t| sine(if ((t / dwell_s) as u32).is_multiple_of(2) { first } else { second }, t)
}

pub fn white(length_s: f32, seed: u32) -> Sound {
    let mut noise = Noise(seed);
    seconds(length_s, |_| noise.next())
}

/// Voices of a hall: a dozen buzzes, each with the pitches, vowels and pauses of its own.
pub fn babble(length_s: f32, seed: u32) -> Sound {
    let mut sum = vec![0.0; (length_s * RATE) as usize];
    for talker in 0..12 {
        let voice = voice(length_s, 90.0 + 14.0 * talker as f32, seed + 7 * talker);
        sum.iter_mut().zip(voice).for_each(|(sum, sample)| *sum += sample);
    }
    sum
}

/// One talker: syllables of random length through random formants, the pitch moving in each.
pub fn voice(length_s: f32, pitch_hz: f32, seed: u32) -> Sound {
    let mut noise = Noise(seed * 2_654_435 + 1);
    let (mut phase, mut until, mut since, mut length) = (0.0_f32, 0.0_f32, 0.0_f32, 1.0_f32);
    let (mut from, mut to, mut loud) = (pitch_hz, pitch_hz, 0.0_f32);
    let mut formants = [[0.0_f32; 3]; 3];
    seconds(length_s, |t| {
        if t >= until {
            (since, length) = (t, 0.15 + 0.06 * (1.0 + noise.next()));
            until = t + length;
            (from, to) = (pitch_hz * (1.1 + 0.15 * noise.next()), pitch_hz * (0.95 + 0.2 * noise.next()));
            loud = if noise.next() < -0.6 { 0.0 } else { 0.6 + 0.4 * noise.next() };
            let hertz = [550.0 + 250.0 * noise.next(), 1_500.0 + 700.0 * noise.next(), 2_600.0];
            formants.iter_mut().zip(hertz).for_each(|(formant, hz)| formant[0] = hz);
        }
        let into = (t - since) / length;
        phase += (from + (to - from) * into) / RATE;
        let pulse = if phase >= 1.0 { 1.0 } else { 0.0 };
        phase = phase.fract();
        let swell = (TAU / 2.0 * into).sin();
        loud * swell * formants.iter_mut().map(|formant| resonate(formant, pulse)).sum::<f32>()
    })
}

fn resonate([hertz, before, older]: &mut [f32; 3], input: f32) -> f32 {
    let radius = 0.98_f32;
    let now = input + 2.0 * radius * (TAU * *hertz / RATE).cos() * *before - radius * radius * *older;
    (*older, *before) = (*before, now);
    now
}

/// Notes one after the other: frequency (0 a rest) and length, on overtones of the given strengths. `decay` is per
/// second, `vibrato` a share of the frequency, 5.5 times a second.
pub fn tune(notes: &[(f32, f32)], overtones: &[f32], decay: f32, vibrato: f32) -> Sound {
    let mut sound = Vec::new();
    for &(hz, length_s) in notes {
        let mut phase = 0.0_f64;
        sound.extend(seconds(length_s, |t| {
            phase += f64::from(hz * (1.0 + vibrato * sine(5.5, t))) / f64::from(RATE);
            let tone: f64 = (1..)
                .zip(overtones)
                .map(|(k, gain)| f64::from(*gain) * (std::f64::consts::TAU * f64::from(k) * phase).sin())
                .sum();
            let edge = (t.min(length_s - t) / 0.01).min(1.0);
            if hz > 0.0 { edge * (-decay * t).exp() * tone as f32 } else { 0.0 }
        }));
    }
    sound
}

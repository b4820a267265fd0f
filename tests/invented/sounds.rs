//! Sounds of a hall and a desk that are no speech, made of formulas; the tunes are walks of a random number.

use std::f64::consts::TAU;

pub const RATE: f64 = 16_000.0;

/// Deterministic noise from -1 to 1: xorshift.
pub struct Noise(pub u32);

impl Noise {
    pub fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        f64::from(self.0) / f64::from(u32::MAX) * 2.0 - 1.0
    }
}

pub fn seconds(length_s: f64, sample: impl FnMut(f64) -> f64) -> Vec<f64> {
    (0..(length_s * RATE) as u32).map(|n| f64::from(n) / RATE).map(sample).collect()
}

/// Noise of the same power at every frequency, its level in dBFS.
pub fn white(length_s: f64, level_db: f64) -> Vec<f64> {
    let mut noise = Noise(1);
    // A uniform distribution from -1 to 1 has the power 1/3.
    let gain = 10_f64.powf(level_db / 20.0) * 3_f64.sqrt();
    seconds(length_s, |_| gain * noise.next())
}

/// Noise of the same power in every octave (Paul Kellet's economy filter), its level about `level_db`.
pub fn pink(length_s: f64, level_db: f64) -> Vec<f64> {
    let (mut noise, mut held) = (Noise(2), [0.0; 3]);
    let gain = 10_f64.powf(level_db / 20.0);
    seconds(length_s, |_| {
        let white = noise.next();
        for (state, (keep, take)) in
            held.iter_mut().zip([(0.997_65, 0.099_046), (0.963, 0.296_516_4), (0.57, 1.052_691_3)])
        {
            *state = keep * *state + take * white;
        }
        gain * (held.iter().sum::<f64>() + 0.1848 * white)
    })
}

/// The ringing tone of Chinese exchanges: 450 Hz, 1 s on, 4 s off.
pub fn ringing(length_s: f64) -> Vec<f64> {
    seconds(length_s, |t| if t % 5.0 < 1.0 { 0.2 * (TAU * 450.0 * t).sin() } else { 0.0 })
}

/// A tune on three harmonics, as a telephone plays while one waits.
pub fn hold_music(length_s: f64) -> Vec<f64> {
    const NOTES_HZ: [f64; 8] = [392.0, 440.0, 523.3, 659.3, 587.3, 523.3, 440.0, 392.0];
    const NOTE_S: f64 = 0.4;
    seconds(length_s, |t| {
        let (note, into) = (NOTES_HZ[(t / NOTE_S) as usize % NOTES_HZ.len()], t % NOTE_S);
        let harmonics = [1.0, 0.4, 0.2];
        let tone: f64 = (1..).zip(harmonics).map(|(k, g)| g * (TAU * note * f64::from(k) * t).sin()).sum();
        0.15 * (-4.0 * into).exp() * tone
    })
}

/// Keys of a keyboard: bursts of 8 ms, about seven a second and not quite regular.
pub fn typing(length_s: f64) -> Vec<f64> {
    let mut noise = Noise(3);
    let (mut next_s, mut since_s) = (0.1, f64::INFINITY);
    seconds(length_s, |t| {
        if t >= next_s {
            (next_s, since_s) = (t + 0.14 + 0.05 * noise.next(), 0.0);
        }
        since_s += 1.0 / RATE;
        0.4 * (-since_s / 0.002).exp() * noise.next()
    })
}

/// Mains at 50 Hz and its odd harmonics.
pub fn hum(length_s: f64) -> Vec<f64> {
    seconds(length_s, |t| {
        [1.0, 3.0, 5.0, 7.0].map(|k: f64| 0.05 / k * (TAU * 50.0 * k * t).sin()).iter().sum()
    })
}

/// Noise of a hall: bands of noise that swell and fade about as often as syllables do.
pub fn modulated(length_s: f64, level_db: f64, seed: u32) -> Vec<f64> {
    let mut sum = vec![0.0; (length_s * RATE) as usize];
    for (index, hertz) in [300.0, 600.0, 1_200.0, 2_400.0].into_iter().enumerate() {
        let mut noise = Noise(seed + 100 * index as u32);
        let mut band = Resonance::new(hertz, 0.97);
        let rate = 2.5 + 0.7 * index as f64;
        let gain = 10_f64.powf(level_db / 20.0) / 10.0;
        for (n, sample) in sum.iter_mut().enumerate() {
            let t = n as f64 / RATE;
            let swell = 0.6 + 0.4 * (TAU * (rate * t + (0.3 * t).sin())).sin();
            *sample += gain * swell * band.filter(noise.next());
        }
    }
    sum
}

/// A tune to wait by: notes of a pentatonic scale, each a step or two from the one before, some held, some left out.
/// `decay` is per second, `vibrato` a share of the frequency.
pub fn melody(length_s: f64, overtones: &[f64], decay: f64, vibrato: f64, seed: u32) -> Vec<f64> {
    const SCALE: [f64; 10] = [262.0, 294.0, 330.0, 392.0, 440.0, 523.0, 587.0, 659.0, 784.0, 880.0];
    let mut noise = Noise(seed);
    let (mut place, mut until, mut since, mut phase, mut loud) = (4.0_f64, 0.0, 0.0, 0.0, 1.0);
    let total: f64 = overtones.iter().sum();
    seconds(length_s, |t| {
        if t >= until {
            let length = [0.25, 0.5, 0.5, 1.0][((noise.next() + 1.0) * 1.99) as usize];
            (since, until) = (t, t + length);
            place = (place + 2.5 * noise.next()).clamp(0.0, 9.0);
            loud = if noise.next() < -0.8 { 0.0 } else { 0.7 + 0.3 * noise.next() };
        }
        let into = t - since;
        phase += SCALE[place as usize] * (1.0 + vibrato * (TAU * 5.5 * t).sin()) / RATE;
        let tone: f64 = (1..).zip(overtones).map(|(k, gain)| gain * (TAU * f64::from(k) * phase).sin()).sum();
        let edge = (into.min(until - t) / 0.02).clamp(0.0, 1.0);
        0.15 * loud * edge * (-decay * into).exp() * tone / total
    })
}

/// Rings of other telephones: two tones, together where they are near and by turns where they are not.
pub fn rings(length_s: f64, tones: [f64; 2], on_off: [f64; 2]) -> Vec<f64> {
    let by_turns = tones[1] > 1.3 * tones[0];
    let (period, double) = (on_off[0] + on_off[1], on_off[1] < 0.5);
    seconds(length_s, |t| {
        let into = if double { t % 3.0 } else { t % period };
        let on = into % period < on_off[0] && into < 2.0 * period;
        let [a, b] = tones.map(|hz| (TAU * hz * t).sin());
        let tone = match by_turns {
            true if ((t / 0.05) as u32).is_multiple_of(2) => a,
            true => b,
            false => (a + b) / 2.0,
        };
        if on { 0.1 * tone } else { 0.0 }
    })
}

/// Somebody coughs every few seconds, once or three times: a burst of noise through the throat.
pub fn coughs(length_s: f64, seed: u32) -> Vec<f64> {
    let mut noise = Noise(seed);
    let mut throat =
        [Resonance::new(500.0, 0.95), Resonance::new(1_400.0, 0.95), Resonance::new(2_600.0, 0.93)];
    let (mut next, mut since, mut left) = (1.0, f64::NEG_INFINITY, 0);
    seconds(length_s, |t| {
        if t >= next {
            since = t;
            left = if left > 0 {
                left - 1
            } else if noise.next() > 0.0 {
                2
            } else {
                0
            };
            next = t + if left > 0 { 0.45 } else { 6.0 + 2.0 * noise.next() };
        }
        let into = t - since;
        let rise = (into / 0.01).min(1.0) * (-into / 0.09).exp();
        let breath = noise.next();
        0.06 * rise * throat.iter_mut().map(|formant| formant.filter(breath)).sum::<f64>()
    })
}

/// A chair is moved, paper is turned, a stamp comes down.
pub fn papers(length_s: f64, seed: u32) -> Vec<f64> {
    let mut noise = Noise(seed);
    let (mut next, mut since, mut kind, mut before) = (0.5, f64::NEG_INFINITY, 0, 0.0);
    let mut wood = Resonance::new(180.0, 0.98);
    seconds(length_s, |t| {
        if t >= next {
            (since, kind) = (t, ((noise.next() + 1.0) * 1.49) as u32);
            next = t + 3.0 + 1.5 * noise.next();
        }
        let (into, white) = (t - since, noise.next());
        let bright = white - before;
        before = white;
        match kind {
            // Paper: high, crackling.
            0 if into < 0.7 => {
                0.05 * bright * (TAU * 13.0 * into).sin().abs() * (TAU * 31.0 * into).sin().max(0.0)
            }
            // A chair's legs: low, rattling.
            1 if into < 0.5 => 0.02 * wood.filter(white * (TAU * 40.0 * into).sin().max(0.0)),
            // A stamp.
            2 if into < 0.3 => 0.3 * (-into / 0.02).exp() * (white + 3.0 * (TAU * 90.0 * into).sin()) / 4.0,
            _ => 0.0,
        }
    })
}

/// Ding-dong, as before an announcement, every few seconds, and a beep now and then.
pub fn chimes(length_s: f64, seed: u32) -> Vec<f64> {
    let mut noise = Noise(seed);
    let (mut next, mut since, mut beep) = (0.5, f64::NEG_INFINITY, false);
    seconds(length_s, |t| {
        if t >= next {
            (since, beep) = (t, noise.next() > 0.4);
            next = t + 5.0 + 1.5 * noise.next();
        }
        let into = t - since;
        let bell = |hz: f64, since: f64| {
            if since < 0.0 {
                return 0.0;
            }
            (-2.5 * since).exp() * ((TAU * hz * since).sin() + 0.3 * (TAU * 2.76 * hz * since).sin())
        };
        match beep {
            true if into < 0.25 => 0.1 * (TAU * 1_000.0 * into).sin(),
            true => 0.0,
            false => 0.1 * (bell(659.3, into) + bell(523.3, into - 0.6)),
        }
    })
}

/// A filter with one resonance.
struct Resonance {
    turn: f64,
    radius: f64,
    before: [f64; 2],
}

impl Resonance {
    fn new(hz: f64, radius: f64) -> Self {
        Self { turn: 2.0 * (TAU * hz / RATE).cos(), radius, before: [0.0; 2] }
    }

    fn filter(&mut self, input: f64) -> f64 {
        let [last, older] = self.before;
        let now = input + self.radius * self.turn * last - self.radius * self.radius * older;
        self.before = [now, last];
        now
    }
}

//! Without speech nothing is heard: recognisers write words into noise, bells and music, and no one may be
//! accused of what nobody said.

mod replay;

use std::f64::consts::TAU;
use std::path::Path;

use hound::{SampleFormat, WavSpec, WavWriter};
use tempfile::TempDir;

const RATE: f64 = 16_000.0;

/// Deterministic noise from -1 to 1: xorshift.
struct Noise(u32);

impl Noise {
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        f64::from(self.0) / f64::from(u32::MAX) * 2.0 - 1.0
    }
}

fn seconds(length_s: f64, sample: impl FnMut(f64) -> f64) -> Vec<f64> {
    (0..(length_s * RATE) as u32).map(|n| f64::from(n) / RATE).map(sample).collect()
}

/// Noise of the same power at every frequency, its level in dBFS.
fn white(length_s: f64, level_db: f64) -> Vec<f64> {
    let mut noise = Noise(1);
    // A uniform distribution from -1 to 1 has the power 1/3.
    let gain = 10_f64.powf(level_db / 20.0) * 3_f64.sqrt();
    seconds(length_s, |_| gain * noise.next())
}

/// Noise of the same power in every octave (Paul Kellet's economy filter), its level about `level_db`.
fn pink(length_s: f64, level_db: f64) -> Vec<f64> {
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
fn ringing(length_s: f64) -> Vec<f64> {
    seconds(length_s, |t| if t % 5.0 < 1.0 { 0.2 * (TAU * 450.0 * t).sin() } else { 0.0 })
}

/// A tune on three harmonics, as a telephone plays while one waits.
fn hold_music(length_s: f64) -> Vec<f64> {
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
fn typing(length_s: f64) -> Vec<f64> {
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
fn hum(length_s: f64) -> Vec<f64> {
    seconds(length_s, |t| {
        [1.0, 3.0, 5.0, 7.0].map(|k: f64| 0.05 / k * (TAU * 50.0 * k * t).sin()).iter().sum()
    })
}

/// One sound after the other, each with a second of digital silence behind it. Gives the length in seconds.
fn write(path: &Path, sounds: &[Vec<f64>]) -> f64 {
    let spec = WavSpec {
        channels: 1,
        sample_rate: RATE as u32,
        bits_per_sample: 16,
        sample_format: SampleFormat::Int,
    };
    let mut writer = WavWriter::create(path, spec).expect("room for a file");
    let pause = vec![0.0; RATE as usize];
    for sample in sounds.iter().flat_map(|sound| sound.iter().chain(&pause)) {
        writer.write_sample((sample.clamp(-1.0, 1.0) * 32_767.0) as i16).expect("room for a file");
    }
    let length_s = f64::from(writer.duration()) / RATE;
    writer.finalize().expect("room for a file");
    length_s
}

#[test]
fn sounds_without_speech_give_no_words_and_no_findings() {
    let recordings = [
        ("noise", vec![white(5.0, -50.0), white(5.0, -20.0), pink(5.0, -45.0), pink(6.0, -18.0)]),
        ("devices", vec![ringing(7.0), hold_music(6.0), typing(6.0), hum(4.0)]),
    ];
    let directory = TempDir::new().expect("a temporary directory");
    let paths = recordings.each_ref().map(|(name, _)| directory.path().join(format!("{name}.wav")));
    let lengths: Vec<f64> =
        paths.iter().zip(&recordings).map(|(path, (_, sounds))| write(path, sounds)).collect();
    assert!(lengths.iter().sum::<f64>() >= 50.0, "{lengths:?}");
    for ((name, _), (replayed, length_s)) in recordings.iter().zip(replay::replay(&paths).iter().zip(lengths))
    {
        assert!((replayed.account.audio_s - length_s).abs() < 0.1, "{name}: not read to its end");
        assert_eq!(replayed.account.unheard_s, 0.0, "{name}");
        assert_eq!(replayed.words.concat(), "", "{name}: words in {:?}", replayed.account);
        assert!(replayed.findings.is_empty(), "{name}: {:?}", replayed.findings);
    }
}

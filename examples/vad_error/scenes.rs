//! The conditions that are measured: the recordings as they are, with other gains, with more leakage, and two
//! people talking at once.

use std::path::Path;

use sansheng::units::SAMPLE_RATE_HZ;

use crate::truth::{Fallible, Interval, Recording, Truth, Utterance, decode};

/// A named change of the recordings.
pub struct Scene {
    pub name: &'static str,
    /// Gains of the two channels, in decibels, after the leakage.
    pub gain_db: [f32; 2],
    /// Of the other channel, mixed into each.
    pub leakage_db: Option<f32>,
    /// Gain of the hall noise of the longest silence, mixed in besides the noise that is there.
    pub noise_db: Option<f32>,
}

const fn scene(name: &'static str, gain_db: [f32; 2], leakage_db: Option<f32>) -> Scene {
    Scene { name, gain_db, leakage_db, noise_db: None }
}

const fn noise(name: &'static str, noise_db: f32) -> Scene {
    Scene { name, gain_db: [0.0, 0.0], leakage_db: None, noise_db: Some(noise_db) }
}

pub const SCENES: [Scene; 15] = [
    scene("as recorded", [0.0, 0.0], None),
    scene("clerk -12 dB", [-12.0, 0.0], None),
    scene("clerk +12 dB", [12.0, 0.0], None),
    scene("visitor -12 dB", [0.0, -12.0], None),
    scene("visitor +12 dB", [0.0, 12.0], None),
    scene("clerk +12, visitor -12 dB", [12.0, -12.0], None),
    scene("clerk -12, visitor +12 dB", [-12.0, 12.0], None),
    scene("both -18 dB", [-18.0, -18.0], None),
    scene("both +18 dB", [18.0, 18.0], None),
    scene("more leakage, -12 dB", [0.0, 0.0], Some(-12.0)),
    scene("more leakage, -8 dB", [0.0, 0.0], Some(-8.0)),
    scene("more leakage, -8, clerk -12 dB", [-12.0, 0.0], Some(-8.0)),
    scene("more leakage, -8, clerk +12 dB", [12.0, 0.0], Some(-8.0)),
    noise("more noise, +3 dB", 3.0),
    noise("more noise, +6 dB", 6.0),
];

impl Scene {
    /// `recording` in this scene, with noise from the longest silence of `idle`.
    pub fn apply(&self, recording: &Recording, idle: &Recording) -> Recording {
        let leak = self.leakage_db.map_or(0.0, amplitude);
        let noise_gain = self.noise_db.map_or(0.0, amplitude);
        let [noise_a, noise_b] = silence(idle);
        let mix = |own: &[f32], other: &[f32], noise: &[f32], gain: f32| -> Vec<f32> {
            let noise = noise.iter().cycle();
            let mixed =
                own.iter().zip(other).zip(noise).map(|((own, other), n)| own + leak * other + noise_gain * n);
            mixed.map(|sample| (sample * gain).clamp(-1.0, 1.0)).collect()
        };
        let [a, b] = &recording.channels;
        let [gain_a, gain_b] = self.gain_db.map(amplitude);
        Recording { channels: [mix(a, b, noise_a, gain_a), mix(b, a, noise_b, gain_b)], ..recording.clone() }
    }
}

/// Levels of speech in [`talk_over`], of the clerk and of the visitor.
const CLERK_DB: f32 = -30.0;
const VISITOR_DB: f32 = -36.0;
/// The visitor begins this long after the clerk, in turn.
const LATER_S: [f64; 4] = [0.2, 0.5, 0.8, 1.1];

/// The single phrases, by clerk and visitor alternately, on the noise of `idle`, with each voice `leakage_db` down in
/// the other microphone. In turn, or the second of every four while the first is said.
pub fn phrases(
    truth: &Truth,
    folder: &Path,
    idle: &Recording,
    leakage_db: f32,
    at_once: bool,
) -> Fallible<Recording> {
    let leak = amplitude(leakage_db);
    let mut made =
        Recording { channels: [Vec::new(), Vec::new()], utterances: Vec::new(), rings: Vec::new() };
    let mut now_s = 2.0;
    for (pair, phrases) in truth.phrases.chunks_exact(4).enumerate() {
        let later = LATER_S[pair % LATER_S.len()];
        let mut ends = now_s;
        for (phrase, (channel, after)) in
            phrases.iter().zip([(0, Some(0.0)), (1, at_once.then_some(later)), (0, None), (1, None)])
        {
            let clip = decode(&folder.join(&phrase.file))?.swap_remove(0);
            let start_s = after.map_or(ends + 0.7, |after| now_s + after);
            let spoken = phrase.spoken.later(start_s);
            ends = ends.max(spoken.end_s);
            made.utterances.push(Utterance { channel, spoken });
            let level = if channel == 0 { CLERK_DB } else { VISITOR_DB };
            let gain = amplitude(level)
                / rms(&clip[at(phrase.spoken.start_s)..at(phrase.spoken.end_s).min(clip.len())]);
            add(&mut made.channels[channel], &clip, at(start_s), gain);
            add(&mut made.channels[1 - channel], &clip, at(start_s) + 32, gain * leak);
        }
        now_s = ends + 1.5;
    }
    let length = at(now_s);
    for (channel, noise) in made.channels.iter_mut().zip(silence(idle)) {
        channel.resize(length, 0.0);
        channel.iter_mut().zip(noise.iter().cycle()).for_each(|(sample, noise)| *sample += noise);
    }
    Ok(made)
}

/// The longest stretch without speech or rings, of both channels.
fn silence(recording: &Recording) -> [&[f32]; 2] {
    let mut sounds: Vec<Interval> =
        recording.utterances.iter().map(|u| u.spoken).chain(recording.rings.clone()).collect();
    sounds.sort_by(|a, b| a.start_s.total_cmp(&b.start_s));
    let gap =
        |pair: &[Interval]| Interval { start_s: pair[0].end_s, end_s: pair[1].start_s }.widened(-1.0, -0.5);
    let nothing = Interval { start_s: 0.0, end_s: 0.0 };
    let longest =
        sounds.windows(2).map(gap).max_by(|a, b| a.seconds().total_cmp(&b.seconds())).unwrap_or(nothing);
    recording.channels.each_ref().map(|channel| &channel[at(longest.start_s)..at(longest.end_s)])
}

fn add(to: &mut Vec<f32>, clip: &[f32], from: usize, gain: f32) {
    to.resize(to.len().max(from + clip.len()), 0.0);
    to[from..].iter_mut().zip(clip).for_each(|(sample, clip)| *sample += gain * clip);
}

fn rms(samples: &[f32]) -> f32 {
    (samples.iter().map(|s| s * s).sum::<f32>() / samples.len().max(1) as f32).sqrt()
}

fn amplitude(db: f32) -> f32 {
    10_f32.powf(db / 20.0)
}

fn at(seconds: f64) -> usize {
    (seconds * f64::from(SAMPLE_RATE_HZ)) as usize
}

//! Babble: voices of the corpus itself, played backwards so that nobody in it says anything.

use super::chance::Chance;
use super::{active_power, power};

/// Voices that speak at once: enough that none stands out, few enough that it rises and falls.
const VOICES: usize = 6;

/// What babble is made of.
pub struct Babble {
    /// Speech of one voice each, backwards, at one level.
    voices: Vec<Vec<f32>>,
}

impl Babble {
    /// Recordings of one channel; those without speech are left out.
    pub fn new(recordings: impl IntoIterator<Item = Vec<f32>>) -> Self {
        let voice = |mut samples: Vec<f32>| {
            let gain = 1.0 / active_power(&samples)?.sqrt() as f32;
            samples.iter_mut().for_each(|sample| *sample *= gain);
            samples.reverse();
            Some(samples)
        };
        Self { voices: recordings.into_iter().filter_map(voice).collect() }
    }

    /// Adds babble `snr_db` under the active speech level of `samples`. Silence stays as it is.
    pub(super) fn add(&self, samples: &mut [f32], snr_db: f32, seed: u64) {
        let Some(speech) = active_power(samples) else { return };
        let mut babble = self.mix(samples.len(), seed);
        let loudness = power(&babble);
        if loudness <= 0.0 {
            return;
        }
        let gain = (speech / loudness).sqrt() as f32 * 10.0_f32.powf(-snr_db / 20.0);
        babble.iter_mut().for_each(|sample| *sample *= gain);
        samples.iter_mut().zip(babble).for_each(|(sample, noise)| *sample += noise);
    }

    fn mix(&self, length: usize, seed: u64) -> Vec<f32> {
        let mut mix = vec![0.0_f32; length];
        if self.voices.is_empty() {
            return mix;
        }
        let mut chance = Chance::new(seed);
        for _ in 0..VOICES {
            let mut at = 0;
            // One voice after the other, each from anywhere, until the end.
            let mut from = chance.below(usize::MAX);
            while at < length {
                let voice = &self.voices[chance.below(self.voices.len())];
                let start = from % voice.len();
                let part = &voice[start..];
                mix[at..].iter_mut().zip(part).for_each(|(sample, said)| *sample += said);
                at += part.len();
                from = 0;
            }
        }
        mix
    }
}

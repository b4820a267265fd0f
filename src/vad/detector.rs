//! Speech detector. In: `Frame` of one channel. Out: speech score and levels. Allocates: only when made.

use crate::signal::{FRAME_SAMPLES, Frame};
use crate::vad::level::{LevelTracker, SignalLevel};

/// Where the noise floor is brought before the network. Its scores drift with level: hall noise at -40 dBFS passes
/// for speech in 7 % of frames, and of speech at -60 dBFS three quarters are lost (`benches/record/vad.md`).
const NOISE_TARGET_DB: f32 = -52.0;
const GAIN_LIMIT_DB: f32 = 30.0;
/// A frame must exceed the noise floor by this to hold speech of someone at the microphone: distant voices of the
/// hall are speech to the network too.
const NEAR_SPEECH_DB: f32 = 4.0;

/// Scores the frames of one channel with the `earshot` network, at a gain that holds the noise floor still.
pub struct SpeechDetector {
    network: Box<earshot::Detector>,
    levels: LevelTracker,
    scaled: [f32; FRAME_SAMPLES],
}

impl Default for SpeechDetector {
    fn default() -> Self {
        Self {
            network: earshot::Detector::default_boxed(),
            levels: LevelTracker::default(),
            scaled: [0.0; FRAME_SAMPLES],
        }
    }
}

impl SpeechDetector {
    /// Score of near speech, from 0 to 1, in the sound up to the end of `frame`, and the levels there.
    /// Samples that are not finite count as silence. Real-time: no allocation, lock, log or syscall.
    pub fn push(&mut self, frame: &Frame) -> (f32, SignalLevel) {
        let levels = self.levels.push(frame.level);
        let gain_db = (NOISE_TARGET_DB - levels.noise_floor.0).clamp(-GAIN_LIMIT_DB, GAIN_LIMIT_DB);
        let gain = 10_f32.powf(gain_db / 20.0);
        for (scaled, &sample) in self.scaled.iter_mut().zip(&frame.samples) {
            *scaled = if sample.is_finite() { (sample * gain).clamp(-1.0, 1.0) } else { 0.0 };
        }
        let score = self.network.predict_f32(&self.scaled).clamp(0.0, 1.0);
        let near = levels.level.0 >= levels.noise_floor.0 + NEAR_SPEECH_DB;
        (if near { score } else { 0.0 }, levels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{Dbfs, SessionTime};

    /// A vowel: pulses at a falling pitch through three formants, in syllables, over a little noise.
    fn vowels(seconds: f32, gain: f32) -> Vec<f32> {
        let (mut phase, mut random) = (0.0_f32, 9_u32);
        let mut formants = [(730.0_f32, 0.0_f32, 0.0_f32), (1_090.0, 0.0, 0.0), (2_440.0, 0.0, 0.0)];
        (0..(seconds * 16_000.0) as usize)
            .map(|index| {
                let time = index as f32 / 16_000.0;
                let syllable = (time * 4.0).fract();
                phase += (180.0 - 60.0 * syllable) / 16_000.0;
                let pulse = if phase >= 1.0 { 1.0 } else { 0.0 };
                phase = phase.fract();
                let voice: f32 = formants.iter_mut().map(|formant| resonate(formant, pulse)).sum();
                random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let noise = (random >> 8) as f32 / (1 << 23) as f32 - 1.0;
                let envelope = if time > 1.0 && syllable < 0.7 { 0.05 } else { 0.0 };
                gain * (envelope * voice + 0.002 * noise)
            })
            .collect()
    }

    fn resonate((hertz, before, older): &mut (f32, f32, f32), input: f32) -> f32 {
        let radius = 0.98_f32;
        let angle = std::f32::consts::TAU * *hertz / 16_000.0;
        let now = input + 2.0 * radius * angle.cos() * *before - radius * radius * *older;
        (*older, *before) = (*before, now);
        now
    }

    fn scores(samples: &[f32]) -> Vec<f32> {
        let mut detector = SpeechDetector::default();
        let frames = samples.as_chunks::<FRAME_SAMPLES>().0;
        frames.iter().enumerate().map(|(index, samples)| detector.push(&frame(index, samples)).0).collect()
    }

    fn frame(index: usize, samples: &[f32; FRAME_SAMPLES]) -> Frame {
        let start = SessionTime((index * FRAME_SAMPLES) as u64);
        Frame { start, samples: *samples, level: Dbfs::rms(samples) }
    }

    #[test]
    fn vowels_score_as_speech_and_the_noise_before_them_does_not() {
        let scores = scores(&vowels(3.0, 1.0));
        assert!(scores[10..60].iter().all(|score| *score < 0.5), "{:?}", &scores[10..60]);
        let voiced = scores[70..].iter().filter(|score| **score >= 0.5).count();
        assert!(voiced * 2 > scores[70..].len(), "{voiced} of {}", scores[70..].len());
    }

    #[test]
    fn scores_do_not_depend_on_the_gain_of_the_microphone() {
        let reference = scores(&vowels(3.0, 1.0));
        for gain in [0.25, 2.0] {
            let scores = scores(&vowels(3.0, gain));
            let apart = scores.iter().zip(&reference).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(apart < 0.02, "gain {gain} moves a score by {apart}");
        }
    }

    #[test]
    fn broken_samples_do_not_outlast_their_frame() {
        let mut samples = vowels(3.0, 1.0);
        samples[1_000..1_100].fill(f32::NAN);
        samples[2_000] = f32::INFINITY;
        let scores = scores(&samples);
        assert!(scores.iter().all(|score| (0.0..=1.0).contains(score)));
        assert!(scores[70..].iter().any(|score| *score >= 0.5));
    }

    #[test]
    fn digital_silence_is_not_speech() {
        assert!(scores(&[0.0; 16_000]).iter().all(|score| *score == 0.0));
    }
}

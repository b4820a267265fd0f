//! Clip: what of a stretch of the clerk's channel may be kept. In: the stretch, and who spoke when. Out: the same with the
//! visitor silenced. Thread: `evidence`. Allocates: per clip.

use crate::signal::FRAME_SAMPLES;
use crate::units::{SessionTime, Span};

use super::memory::{Activity, Stretch};

/// The visitor is silenced from this many frames before he was found to speak, and as long after: 256 ms, which the voice
/// detector keeps before a voice because the first consonant scores low.
const VISITOR_FRAMES: usize = 16;
/// And the clerk is kept as many frames around his voice, where the visitor is silent: 96 ms.
const CLERK_FRAMES: usize = 6;
/// Sound that is kept is faded over this before and after what is silenced: 5 ms, so that nothing clicks.
const FADE_SAMPLES: usize = 80;
/// What a frame becomes depends on so many before and after it, and on no others.
pub const CONTEXT_FRAMES: usize = VISITOR_FRAMES + 1;
/// Around the words, on a microphone that hears whoever speaks: 0.3 s.
const WORDS_SAMPLES: u64 = 4_800;

/// Steps in which the loudness of a clip is told.
const PEAKS: usize = 120;

/// Whom the clerk's microphone hears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The clerk; the visitor has a microphone of his own, or is too far away to be heard.
    Clerk,
    /// Whoever speaks: nothing is kept but the words themselves.
    Anybody { words: Span },
}

/// Sound that may be kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Clip {
    pub span: Span,
    /// 16 kHz mono.
    pub samples: Vec<i16>,
    /// Stretches that were silenced, in order.
    pub silenced: Vec<Span>,
    /// Stretches that nobody delivered, silent as well.
    pub gaps: Vec<Span>,
}

impl Clip {
    /// What it has of `wanted`.
    pub fn part(&self, wanted: Span) -> &[i16] {
        let at = |time: SessionTime| {
            let time = time.clamp(self.span.start, self.span.end);
            ((time.0 - self.span.start.0) as usize).min(self.samples.len())
        };
        &self.samples[at(wanted.start)..at(wanted.end).max(at(wanted.start))]
    }

    /// Its loudness in at most 120 steps, hundredths of the loudest: a waveform can be drawn before anybody listens.
    pub fn peaks(&self) -> Vec<u8> {
        let step = self.samples.len().div_ceil(PEAKS).max(1);
        let peak = |samples: &[i16]| samples.iter().map(|sample| sample.unsigned_abs()).max().unwrap_or(0);
        let peaks: Vec<u16> = self.samples.chunks(step).map(peak).collect();
        let loudest = u32::from(peaks.iter().copied().max().unwrap_or(0).max(1));
        peaks.into_iter().map(|peak| (u32::from(peak) * 100 / loudest) as u8).collect()
    }
}

/// What may be kept of `stretch`.
pub fn clip(stretch: Stretch, heard: Heard) -> Clip {
    let Stretch { span, mut samples, activity, gaps } = stretch;
    let silent = match heard {
        Heard::Clerk => visitor_frames(&activity),
        Heard::Anybody { words } => {
            let from = words.start.minus(WORDS_SAMPLES);
            let until = words.end.plus(WORDS_SAMPLES);
            let start = |frame: usize| span.start.plus((frame * FRAME_SAMPLES) as u64);
            let outside = |frame| start(frame + 1) <= from || start(frame) >= until;
            (0..activity.len()).map(outside).collect()
        }
    };
    let silenced = runs(&silent);
    for &(first, last) in &silenced {
        silence(&mut samples, first * FRAME_SAMPLES, last * FRAME_SAMPLES);
    }
    let time = |frame: usize| SessionTime(span.start.0 + (frame * FRAME_SAMPLES) as u64);
    let silenced = silenced.into_iter().map(|(first, last)| Span { start: time(first), end: time(last) });
    Clip { span, samples, silenced: silenced.collect(), gaps }
}

/// Frames in which the visitor speaks and the clerk does not.
fn visitor_frames(activity: &[Activity]) -> Vec<bool> {
    let near = |frame: usize, reach: usize, of: fn(&Activity) -> bool| {
        let until = (frame + reach + 1).min(activity.len());
        activity[frame.saturating_sub(reach)..until].iter().any(of)
    };
    let silent = |frame: usize| {
        let clerk = activity[frame].clerk
            || !activity[frame].visitor && near(frame, CLERK_FRAMES, |activity| activity.clerk);
        !clerk && near(frame, VISITOR_FRAMES, |activity| activity.visitor)
    };
    (0..activity.len()).map(silent).collect()
}

/// First and one after the last of each run of `true`.
fn runs(flags: &[bool]) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for (at, _) in flags.iter().enumerate().filter(|(_, flag)| **flag) {
        match runs.last_mut() {
            Some((_, end)) if *end == at => *end += 1,
            _ => runs.push((at, at + 1)),
        }
    }
    runs
}

/// Silences `from..until` and fades what is kept on either side.
fn silence(samples: &mut [i16], from: usize, until: usize) {
    samples[from..until].fill(0);
    let fade = |sample: &mut i16, step: usize| {
        *sample = (i32::from(*sample) * step as i32 / FADE_SAMPLES as i32) as i16;
    };
    let before = from.saturating_sub(FADE_SAMPLES);
    samples[before..from].iter_mut().rev().enumerate().for_each(|(step, sample)| fade(sample, step));
    let after = (until + FADE_SAMPLES).min(samples.len());
    samples[until..after].iter_mut().enumerate().for_each(|(step, sample)| fade(sample, step));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loudest_step_of_a_waveform_is_a_hundred_and_silence_is_nothing() {
        let clip = |samples: Vec<i16>| Clip {
            span: Span { start: SessionTime(0), end: SessionTime(samples.len() as u64) },
            samples,
            silenced: Vec::new(),
            gaps: Vec::new(),
        };
        let steps = |step: usize| match step {
            30 => -2_000,
            60 => i16::MIN,
            _ => 0,
        };
        let peaks = clip((0..PEAKS * 100).map(|at| steps(at / 100)).collect()).peaks();
        assert_eq!((peaks.len(), peaks[30], peaks[60], peaks[90]), (PEAKS, 6, 100, 0));
        assert!(clip(vec![0; 1_000]).peaks().iter().all(|&peak| peak == 0));
        assert!(clip(Vec::new()).peaks().is_empty());
    }

    /// `c` the clerk speaks, `v` the visitor, `b` both, `.` nobody: a letter stands for ten frames.
    fn stretch(who: &str) -> Stretch {
        let activity: Vec<Activity> = who
            .chars()
            .flat_map(|ch| {
                let activity = Activity { clerk: "cb".contains(ch), visitor: "vb".contains(ch) };
                std::iter::repeat_n(activity, 10)
            })
            .collect();
        let samples = vec![1_000; activity.len() * FRAME_SAMPLES];
        let end = SessionTime(16_000 + samples.len() as u64);
        Stretch { span: Span { start: SessionTime(16_000), end }, samples, activity, gaps: Vec::new() }
    }

    /// Frames that are silenced.
    fn silenced(clip: &Clip) -> Vec<(u64, u64)> {
        let frame = |time: SessionTime| (time.0 - 16_000) / FRAME_SAMPLES as u64;
        clip.silenced.iter().map(|span| (frame(span.start), frame(span.end))).collect()
    }

    #[test]
    fn the_visitor_alone_is_silenced_with_the_edges_of_his_voice_and_the_clerk_never() {
        for (who, expected) in [
            ("..cc..", vec![]),
            ("..vv..", vec![(4, 56)]),
            // The clerk begins at once: the voice before is the visitor's, but for 96 ms of silence there is none.
            ("..vvcc..", vec![(4, 40)]),
            ("ccvv....", vec![(20, 56)]),
            ("cc.vv...", vec![(26, 66)]),
            ("ccbbcc", vec![]),
            ("vvbbcc", vec![(0, 20)]),
            ("......", vec![]),
        ] {
            let clip = clip(stretch(who), Heard::Clerk);
            assert_eq!(silenced(&clip), expected, "{who}");
            for (number, activity) in stretch(who).activity.iter().enumerate() {
                let middle = clip.samples[number * FRAME_SAMPLES + FRAME_SAMPLES / 2];
                assert!(!activity.clerk || middle == 1_000, "{who}: frame {number} of the clerk");
                assert!(activity.clerk || !activity.visitor || middle == 0, "{who}: frame {number}");
            }
        }
    }

    #[test]
    fn parts_that_are_cut_one_by_one_with_their_context_are_the_whole() {
        let who = "..vv.cc..vvbbv...c.v..cvvvv....";
        let all = stretch(who);
        let mut random = 7_u64;
        let noisy = all.samples.iter().map(|_| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 48) as i16
        });
        let all = Stretch { samples: noisy.collect(), ..all };
        let whole = clip(all.clone(), Heard::Clerk);
        let frames = all.activity.len();
        for each in [1, 3, 17, 40, 111] {
            let mut put_together = Vec::new();
            for first in (0..frames).step_by(each) {
                let last = (first + each).min(frames);
                let (from, until) =
                    (first.saturating_sub(CONTEXT_FRAMES), (last + CONTEXT_FRAMES).min(frames));
                let time = |frame: usize| all.span.start.plus((frame * FRAME_SAMPLES) as u64);
                let around = Stretch {
                    span: Span { start: time(from), end: time(until) },
                    samples: all.samples[from * FRAME_SAMPLES..until * FRAME_SAMPLES].to_vec(),
                    activity: all.activity[from..until].to_vec(),
                    gaps: Vec::new(),
                };
                let part = clip(around, Heard::Clerk);
                put_together.extend_from_slice(part.part(Span { start: time(first), end: time(last) }));
            }
            assert!(put_together == whole.samples, "{each} frames a part");
        }
    }

    #[test]
    fn what_is_silenced_is_silent_to_the_last_sample_and_what_is_kept_fades_into_it() {
        let clip = clip(stretch("..vv.."), Heard::Clerk);
        let (from, until) = (4 * FRAME_SAMPLES, 56 * FRAME_SAMPLES);
        assert!(clip.samples[from..until].iter().all(|sample| *sample == 0));
        assert_eq!(clip.samples[from - FADE_SAMPLES - 1], 1_000);
        assert_eq!(clip.samples[from - 1], 0);
        let steps = clip.samples[from - FADE_SAMPLES..=from].windows(2);
        assert!(steps.into_iter().all(|pair| pair[0] >= pair[1] && pair[0] - pair[1] <= 13));
        assert_eq!((clip.samples[until], clip.samples[until + FADE_SAMPLES]), (0, 1_000));
    }

    #[test]
    fn where_anybody_is_heard_nothing_is_kept_but_the_words() {
        let words = Span { start: SessionTime(16_000 + 10_240), end: SessionTime(16_000 + 12_800) };
        let clip = clip(stretch("cccccccc"), Heard::Anybody { words });
        // From 0.3 s before to 0.3 s after, in whole frames.
        assert_eq!(silenced(&clip), [(0, 21), (69, 80)]);
        assert_eq!(clip.samples[40 * FRAME_SAMPLES], 1_000);
    }
}

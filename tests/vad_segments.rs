//! Whatever the scores and wherever audio is missing, segments are in order, disjoint, bounded and sample-exact.

use proptest::prelude::*;

use sansheng::signal::{FRAME_SAMPLES, Frame};
use sansheng::units::{ChannelIndex, Dbfs, Role, SAMPLE_RATE_HZ, SessionTime};
use sansheng::vad::{Segmenter, SpeechSegment, VadConfig};

/// A run of frames with one score, after `missing` frames of lost audio.
#[derive(Clone, Debug)]
struct Run {
    missing: usize,
    frames: usize,
    score: f32,
    amplitude: f32,
}

fn runs() -> impl Strategy<Value = Vec<Run>> {
    let missing = prop_oneof![9 => Just(0_usize), 1 => 1..40_usize];
    let frames = prop_oneof![6 => 1..40_usize, 1 => 100..900_usize];
    let run = (missing, frames, 0.0..1.0_f32, 0.001..1.0_f32);
    let run = run.prop_map(|(missing, frames, score, amplitude)| Run { missing, frames, score, amplitude });
    prop::collection::vec(run, 0..40)
}

fn configs() -> impl Strategy<Value = VadConfig> {
    let cuts = (2.0..14.0_f32, 0.0..1.0_f32);
    (1..6_u16, 96..700_u32, 0..500_u32, 0.0..1.0_f32, 0..300_u32, cuts).prop_map(
        |(onset_frames, hangover_ms, prefill_ms, kept, min_speech_ms, (max_segment_s, search))| VadConfig {
            onset_frames,
            hangover_ms,
            prefill_ms,
            postfill_ms: (kept * hangover_ms as f32) as u32,
            min_speech_ms,
            max_segment_s,
            cut_search_s: 0.2 + search * (max_segment_s / 2.0 - 0.2),
            ..VadConfig::default()
        },
    )
}

/// The sample at a session time: any two that are near each other differ.
fn sample_at(time: u64, amplitude: f32) -> f32 {
    amplitude * (time % 65_521) as f32 / 65_521.0
}

/// The segments of `runs` in a session that begins at `start`, each frame's amplitude by its index, and its end.
fn segments(config: &VadConfig, start: u64, runs: &[Run]) -> (Vec<SpeechSegment>, Vec<Option<f32>>, u64) {
    let mut segmenter = Segmenter::new(config, ChannelIndex(0), Role::Clerk).expect("settings in range");
    let (mut out, mut heard, mut now) = (Vec::new(), Vec::new(), start);
    for run in runs {
        heard.resize(heard.len() + run.missing, None);
        now += (run.missing * FRAME_SAMPLES) as u64;
        for _ in 0..run.frames {
            let samples: [f32; FRAME_SAMPLES] =
                std::array::from_fn(|index| sample_at(now + index as u64, run.amplitude));
            let frame = Frame { start: SessionTime(now), samples, level: Dbfs::rms(&samples) };
            segmenter.push(&frame, run.score, &mut out);
            heard.push(Some(run.amplitude));
            now += FRAME_SAMPLES as u64;
        }
    }
    segmenter.finish(&mut out);
    (out, heard, now)
}

fn check(
    segment: &SpeechSegment,
    config: &VadConfig,
    start: u64,
    heard: &[Option<f32>],
) -> Result<(), TestCaseError> {
    let (span, speech) = (segment.span, segment.speech);
    prop_assert!(span.start <= speech.start && speech.start <= speech.end && speech.end <= span.end);
    prop_assert!(span.seconds() <= f64::from(config.max_segment_s));
    prop_assert!(span.samples() > 0);
    prop_assert_eq!(segment.samples.len() as u64, span.samples());
    for (offset, sample) in segment.samples.iter().enumerate() {
        let time = span.start.0 + offset as u64;
        let amplitude = heard[(time - start) as usize / FRAME_SAMPLES];
        prop_assert_eq!(
            Some(*sample),
            amplitude.map(|amplitude| sample_at(time, amplitude)),
            "at sample {}",
            time
        );
    }
    Ok(())
}

proptest! {

    #[test]
    fn segments_are_ordered_disjoint_bounded_and_sample_exact(
        config in configs(),
        runs in runs(),
        start in 0..10 * u64::from(SAMPLE_RATE_HZ),
    ) {
        let (segments, heard, end) = segments(&config, start, &runs);
        for segment in &segments {
            prop_assert!(segment.span.start.0 >= start && segment.span.end.0 <= end);
            check(segment, &config, start, &heard)?;
        }
        for pair in segments.windows(2) {
            prop_assert!(pair[0].span.end <= pair[1].span.start, "{:?} then {:?}", pair[0].span, pair[1].span);
            if !pair[0].ends_in_silence {
                prop_assert_eq!(pair[0].span.end, pair[1].span.start, "a cut lost or doubled samples");
            }
        }
        prop_assert!(segments.last().is_none_or(|last| last.ends_in_silence), "nothing continues the last");
    }

    #[test]
    fn every_voiced_run_of_the_least_length_is_inside_segments(config in configs(), runs in runs()) {
        let (segments, _, _) = segments(&config, 0, &runs);
        let least = usize::from(config.onset_frames)
            .max((config.min_speech_ms as usize * SAMPLE_RATE_HZ as usize).div_ceil(FRAME_SAMPLES * 1_000));
        let mut now = 0;
        for run in &runs {
            now += run.missing * FRAME_SAMPLES;
            let voiced = now as u64..(now + run.frames * FRAME_SAMPLES) as u64;
            now += run.frames * FRAME_SAMPLES;
            if run.score >= config.threshold_on && run.frames >= least {
                let kept: u64 = segments
                    .iter()
                    .map(|s| s.speech.end.0.min(voiced.end).saturating_sub(s.speech.start.0.max(voiced.start)))
                    .sum();
                // The longest segment may close in the hangover: the speech after it then begins with an onset.
                prop_assert_eq!(kept, voiced.end - voiced.start, "run of {} frames at {}", run.frames, voiced.start);
            }
        }
    }
}

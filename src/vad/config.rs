//! Settings of the VAD stage and the check every one of them passes before a frame is heard.

use std::fmt;

use crate::signal::FRAME_SAMPLES;
use crate::units::SAMPLE_RATE_HZ;

/// When speech begins, ends and is cut. The values of [`VadConfig::default`] were measured, see
/// `benches/record/vad.md`.
#[derive(Clone, Debug, PartialEq)]
pub struct VadConfig {
    /// Score from which a frame is voiced, 0 to 1.
    pub threshold_on: f32,
    /// Score below which a frame of open speech is unvoiced; at most `threshold_on`.
    pub threshold_off: f32,
    /// Voiced frames in a row that open a segment, 1 to 20. Fewer are a click.
    pub onset_frames: u16,
    /// Unvoiced time that ends speech, 96 to 2 000 ms. Shorter splits a sentence at its comma; longer delays
    /// every alert and glues neighbouring turns.
    pub hangover_ms: u32,
    /// Audio kept before the onset, at most 500 ms: unvoiced initials score low.
    pub prefill_ms: u32,
    /// Audio kept after the last voiced frame, at most `hangover_ms`.
    pub postfill_ms: u32,
    /// Speech shorter than this is dropped, at most 1 000 ms. A piece that continues cut speech never is.
    pub min_speech_ms: u32,
    /// Longest segment, 2 to 30 s, the longest a Whisper context holds. Longer speech is cut.
    pub max_segment_s: f32,
    /// How far before `max_segment_s` the quietest point is looked for, 0.2 s to half of `max_segment_s`.
    pub cut_search_s: f32,
}

impl Default for VadConfig {
    fn default() -> Self {
        Self {
            threshold_on: 0.5,
            threshold_off: 0.4,
            onset_frames: 3,
            hangover_ms: 480,
            prefill_ms: 256,
            postfill_ms: 160,
            min_speech_ms: 96,
            max_segment_s: 12.0,
            cut_search_s: 3.0,
        }
    }
}

impl VadConfig {
    /// # Errors
    /// [`VadError::Config`] with every value that is out of its range.
    pub fn check(&self) -> Result<(), VadError> {
        let faults: Vec<ConfigFault> = [
            within("threshold_on", self.threshold_on, 0.01, 1.0),
            within("threshold_off", self.threshold_off, 0.0, self.threshold_on),
            within("onset_frames", f32::from(self.onset_frames), 1.0, 20.0),
            within("hangover_ms", self.hangover_ms as f32, 96.0, 2_000.0),
            within("prefill_ms", self.prefill_ms as f32, 0.0, 500.0),
            within("postfill_ms", self.postfill_ms as f32, 0.0, self.hangover_ms as f32),
            within("min_speech_ms", self.min_speech_ms as f32, 0.0, 1_000.0),
            within("max_segment_s", self.max_segment_s, 2.0, 30.0),
            within("cut_search_s", self.cut_search_s, 0.2, self.max_segment_s / 2.0),
        ]
        .into_iter()
        .flatten()
        .collect();
        if faults.is_empty() { Ok(()) } else { Err(VadError::Config { faults }) }
    }
}

/// Whole frames that cover `ms`.
pub(super) fn frames_in_ms(ms: u32) -> usize {
    (ms as usize * SAMPLE_RATE_HZ as usize).div_ceil(FRAME_SAMPLES * 1_000)
}

/// Whole frames that fit in `seconds`.
pub(super) fn frames_in_seconds(seconds: f32) -> usize {
    (seconds * SAMPLE_RATE_HZ as f32 / FRAME_SAMPLES as f32) as usize
}

/// A setting outside its range.
#[derive(Clone, Debug, PartialEq)]
pub struct ConfigFault {
    pub setting: &'static str,
    pub found: f32,
    pub least: f32,
    pub most: f32,
}

impl fmt::Display for ConfigFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is {}, set it from {} to {}", self.setting, self.found, self.least, self.most)
    }
}

/// Why a listener cannot start.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum VadError {
    #[error("VAD settings out of range: {}", list(.faults))]
    Config { faults: Vec<ConfigFault> },
    #[error("a window has one or two channels, {found} were given: choose the clerk's and the visitor's")]
    Channels { found: usize },
}

fn within(setting: &'static str, found: f32, least: f32, most: f32) -> Option<ConfigFault> {
    let inside = (least..=most).contains(&found);
    (!inside).then_some(ConfigFault { setting, found, least, most })
}

fn list(faults: &[ConfigFault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_settings_are_in_range() {
        assert_eq!(VadConfig::default().check(), Ok(()));
    }

    #[test]
    fn every_setting_out_of_range_is_reported_at_once_and_by_name() {
        let bad = VadConfig {
            threshold_on: f32::NAN,
            threshold_off: -0.1,
            onset_frames: 0,
            hangover_ms: 10,
            prefill_ms: 5_000,
            postfill_ms: 11,
            min_speech_ms: 1_001,
            max_segment_s: 31.0,
            cut_search_s: 16.0,
        };
        let Err(VadError::Config { faults }) = bad.check() else { panic!("accepted {bad:?}") };
        let named: Vec<&str> = faults.iter().map(|fault| fault.setting).collect();
        assert_eq!(
            named,
            [
                "threshold_on",
                "threshold_off",
                "onset_frames",
                "hangover_ms",
                "prefill_ms",
                "postfill_ms",
                "min_speech_ms",
                "max_segment_s",
                "cut_search_s"
            ]
        );
    }

    #[test]
    fn times_become_whole_frames_that_cover_them() {
        assert_eq!([frames_in_ms(0), frames_in_ms(1), frames_in_ms(16), frames_in_ms(480)], [0, 1, 1, 30]);
        assert_eq!(frames_in_seconds(12.0), 750);
    }
}

//! Units shared by every stage. Stream time is a sample count; nothing here reads a clock.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Rate of every stage behind `signal`, in samples per second of one mono channel.
pub const SAMPLE_RATE_HZ: u32 = 16_000;

/// A point in a session: samples at [`SAMPLE_RATE_HZ`] since its first sample.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionTime(pub u64);

impl SessionTime {
    /// Nearest sample to `seconds`; negative and non-finite values give the start of the session.
    pub fn from_seconds(seconds: f64) -> Self {
        let samples = (seconds * f64::from(SAMPLE_RATE_HZ)).round();
        Self(if samples > 0.0 && samples.is_finite() { samples as u64 } else { 0 })
    }

    pub fn seconds(self) -> f64 {
        self.0 as f64 / f64::from(SAMPLE_RATE_HZ)
    }

    /// `self + samples`, saturating.
    pub fn plus(self, samples: u64) -> Self {
        Self(self.0.saturating_add(samples))
    }

    /// `self - samples`, not before the start of the session.
    pub fn minus(self, samples: u64) -> Self {
        Self(self.0.saturating_sub(samples))
    }
}

impl fmt::Display for SessionTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = self.0 * 10 / u64::from(SAMPLE_RATE_HZ);
        write!(f, "{:02}:{:02}.{}", tenths / 600, tenths / 10 % 60, tenths % 10)
    }
}

/// Half-open stretch of session time, `start..end`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    pub start: SessionTime,
    pub end: SessionTime,
}

impl Span {
    pub fn new(start: SessionTime, end: SessionTime) -> Self {
        debug_assert!(start <= end, "a span ends before it starts");
        Self { start, end }
    }

    pub fn samples(self) -> u64 {
        self.end.0.saturating_sub(self.start.0)
    }

    pub fn seconds(self) -> f64 {
        self.samples() as f64 / f64::from(SAMPLE_RATE_HZ)
    }

    pub fn overlaps(self, other: Span) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Samples that both spans cover.
    pub fn shared(self, other: Span) -> u64 {
        self.end.0.min(other.end.0).saturating_sub(self.start.0.max(other.start.0))
    }
}

/// Channel of a source, counted from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct ChannelIndex(pub u16);

/// Who speaks on a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Clerk,
    Visitor,
}

/// A service window (窗口): never a window of samples.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct WindowId(Arc<str>);

impl WindowId {
    pub fn new(id: &str) -> Self {
        Self(id.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for WindowId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Level relative to full scale (a sine of amplitude 1 reads -3.01 dBFS).
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct Dbfs(pub f32);

impl Dbfs {
    /// What digital silence reads.
    pub const SILENCE: Dbfs = Dbfs(-120.0);

    /// Root-mean-square level of `samples`, at least [`Dbfs::SILENCE`].
    pub fn rms(samples: &[f32]) -> Self {
        if samples.is_empty() {
            return Self::SILENCE;
        }
        let power = samples.iter().map(|s| s * s).sum::<f32>() / samples.len() as f32;
        Self((10.0 * power.log10()).max(Self::SILENCE.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn session_time_rounds_to_the_nearest_sample_and_never_goes_below_the_start() {
        assert_eq!(SessionTime::from_seconds(1.0), SessionTime(16_000));
        assert_eq!(SessionTime::from_seconds(-3.0), SessionTime(0));
        assert_eq!(SessionTime::from_seconds(f64::NAN), SessionTime(0));
        assert_eq!(SessionTime(1_000).minus(2_000), SessionTime(0));
        assert_eq!(SessionTime(16_000 * 75 + 8_000).to_string(), "01:15.5");
    }

    #[test]
    fn spans_that_only_touch_do_not_overlap() {
        let span = |a, b| Span::new(SessionTime(a), SessionTime(b));
        assert!(!span(0, 10).overlaps(span(10, 20)));
        assert!(span(0, 11).overlaps(span(10, 20)));
        assert_eq!(span(0, 15).shared(span(10, 20)), 5);
    }

    #[test]
    fn level_of_a_full_scale_square_is_zero_and_of_silence_is_the_floor() {
        assert_eq!(Dbfs::rms(&[1.0, -1.0]), Dbfs(0.0));
        assert_eq!(Dbfs::rms(&[0.0; 8]), Dbfs::SILENCE);
        assert_eq!(Dbfs::rms(&[]), Dbfs::SILENCE);
    }
}

//! Where the time between the end of some words and their alert went.

use std::time::Duration;

use serde::Serialize;

use crate::units::{SAMPLE_RATE_HZ, SessionTime};

/// Names of the stages, in order.
pub const STAGES: [&str; 6] = ["capture", "endpoint", "queue", "decode", "verify", "publish"];

/// Session time and run time of one instant, as the microphone had it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SessionClock {
    pub session: SessionTime,
    pub run: Duration,
}

impl SessionClock {
    /// Run time at which `time` was; the start of the run when it was before that.
    pub fn run_time(&self, time: SessionTime) -> Duration {
        let samples = |from: SessionTime, to: SessionTime| {
            Duration::from_secs_f64(to.0.saturating_sub(from.0) as f64 / f64::from(SAMPLE_RATE_HZ))
        };
        (self.run + samples(self.session, time)).saturating_sub(samples(time, self.session))
    }
}

/// When the work behind a publication was done. Run times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moments {
    pub clock: SessionClock,
    /// How long after it was spoken the source delivered the audio that ended at `cut`.
    pub source_lag: Duration,
    /// The segment, or the snapshot of an utterance in progress, was cut out and handed over.
    pub cut: Duration,
    /// A recogniser took it.
    pub taken: Duration,
    pub decoded: Duration,
    pub verified: Duration,
    /// The alert is published: now.
    pub published: Duration,
}

impl Moments {
    /// Of a judgement that waited for no recogniser: time passed, and something is missing.
    pub fn without_hearing(clock: SessionClock, source_lag: Duration, now: Duration) -> Self {
        Self { clock, source_lag, cut: now, taken: now, decoded: now, verified: now, published: now }
    }
}

/// Seconds in each stage. None is negative, and together they are `total_s`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct LatencyAccount {
    /// The source delivered late.
    pub capture_s: f64,
    /// End of the words, or the deadline, to the cut.
    pub endpoint_s: f64,
    /// Waiting for a recogniser.
    pub queue_s: f64,
    pub decode_s: f64,
    pub verify_s: f64,
    /// Waiting for earlier work of the window, judging and publishing.
    pub publish_s: f64,
    pub total_s: f64,
    /// Some moment was not between its neighbours and was moved: a recogniser timed words past the end of their
    /// audio, or a device's clock runs off.
    pub clamped: bool,
}

impl LatencyAccount {
    /// Account of what was over at `since` (run time).
    pub fn new(since: Duration, moments: &Moments) -> Self {
        let published = moments.published;
        let delivered = since + moments.source_lag.min(moments.cut.saturating_sub(since));
        let mut clamped = since > published;
        let mut before = since.min(published);
        let total = published - before;
        let mut stage = |until: Duration| {
            let moved = until.clamp(before, published);
            clamped |= moved != until;
            let took = moved - before;
            before = moved;
            took.as_secs_f64()
        };
        let capture_s = stage(delivered);
        let endpoint_s = stage(moments.cut);
        let queue_s = stage(moments.taken);
        let decode_s = stage(moments.decoded);
        let verify_s = stage(moments.verified);
        let publish_s = stage(published);
        let total_s = total.as_secs_f64();
        Self { capture_s, endpoint_s, queue_s, decode_s, verify_s, publish_s, total_s, clamped }
    }

    /// Seconds of each of [`STAGES`].
    pub fn stages(&self) -> [f64; STAGES.len()] {
        [self.capture_s, self.endpoint_s, self.queue_s, self.decode_s, self.verify_s, self.publish_s]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    /// Moments in milliseconds: lag, then cut, taken, decoded, verified and published.
    fn moments(lag: u64, [cut, taken, decoded, verified, published]: [u64; 5]) -> Moments {
        Moments {
            source_lag: ms(lag),
            cut: ms(cut),
            taken: ms(taken),
            decoded: ms(decoded),
            verified: ms(verified),
            published: ms(published),
            ..Moments::default()
        }
    }

    #[test]
    fn the_time_to_an_alert_is_told_stage_by_stage() {
        // Milliseconds: end of the words, lag of the source, moments; then the stages, and whether a moment was moved.
        for (what, since, lag, at, stages, clamped) in [
            (
                "all in order",
                1_000,
                20,
                [1_300, 1_350, 1_750, 1_800, 1_810],
                [20, 280, 50, 400, 50, 10],
                false,
            ),
            ("nothing to hear", 1_000, 0, [1_200; 5], [0, 200, 0, 0, 0, 0], false),
            ("delivered after a broken link", 1_000, 9_000, [10_200; 5], [9_000, 200, 0, 0, 0, 0], false),
            ("lag longer than the wait", 1_000, 9_000, [1_500; 5], [500, 0, 0, 0, 0, 0], false),
            (
                "words timed past the cut",
                1_400,
                0,
                [1_300, 1_350, 1_750, 1_750, 1_760],
                [0, 0, 0, 350, 0, 10],
                true,
            ),
            ("words timed past the alert", 2_000, 0, [1_300, 1_350, 1_750, 1_750, 1_760], [0; 6], true),
            ("moments out of order", 0, 0, [500, 300, 900, 800, 1_000], [0, 500, 0, 400, 0, 100], true),
            (
                "decoded after it was published",
                0,
                0,
                [100, 200, 900, 900, 400],
                [0, 100, 100, 200, 0, 0],
                true,
            ),
        ] {
            let account = LatencyAccount::new(ms(since), &moments(lag, at));
            let expected = stages.map(|stage: u64| stage as f64 / 1e3);
            for (stage, (told, expected)) in STAGES.iter().zip(account.stages().into_iter().zip(expected)) {
                assert!((told - expected).abs() < 1e-9, "{what}: {stage} took {told} s");
            }
            assert_eq!(account.clamped, clamped, "{what}");
        }
    }

    #[test]
    fn session_time_becomes_run_time_by_the_window_s_own_clock() {
        let clock = SessionClock { session: SessionTime(16_000), run: ms(5_000) };
        for (samples, run_ms) in [(16_000, 5_000), (24_000, 5_500), (8_000, 4_500), (0, 4_000)] {
            assert_eq!(clock.run_time(SessionTime(samples)), ms(run_ms));
        }
        let late = SessionClock { session: SessionTime(160_000), run: ms(100) };
        assert_eq!(late.run_time(SessionTime(0)), ms(0), "before the run began");
    }

    proptest! {
        #[test]
        fn stages_are_never_negative_and_add_up_whatever_the_moments(
            since in 0..20_000_u64, lag in 0..20_000_u64, at in proptest::array::uniform5(0..20_000_u64),
        ) {
            let account = LatencyAccount::new(ms(since), &moments(lag, at));
            prop_assert!(account.stages().iter().all(|stage| *stage >= 0.0));
            prop_assert!((account.stages().iter().sum::<f64>() - account.total_s).abs() < 1e-9);
            let total = ms(at[4]).saturating_sub(ms(since)).as_secs_f64();
            prop_assert!((account.total_s - total).abs() < 1e-9);
        }
    }
}

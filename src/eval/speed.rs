//! Speed: how much machine time the corpus took.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use serde::Serialize;

use super::{Pair, Run};

/// Sums over files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Times {
    /// Length of the recordings, not multiplied by their channels.
    pub audio_s: f64,
    /// Time in the recogniser, added up over its threads.
    pub decode_s: f64,
    /// Time in phrase matching.
    pub match_s: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Speed {
    /// The run as a whole; `None` where it was not timed.
    pub run: Option<RunSpeed>,
    pub total: SpeedRow,
    pub by_group: Vec<SpeedRow>,
}

/// How fast a run went: over all its recordings, side by side.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct RunSpeed {
    #[serde(flatten)]
    pub run: Run,
    /// Seconds of audio heard in a second of wall time.
    pub times_real_time: Option<f64>,
    /// The same, divided by the recogniser threads.
    pub times_real_time_per_thread: Option<f64>,
    /// Seconds of audio heard in a processor second: what one core does.
    pub times_real_time_per_core: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SpeedRow {
    pub label: String,
    #[serde(flatten)]
    pub times: Times,
    /// Real-time factor of the recogniser: its seconds for a second of audio.
    pub decode_rtf: Option<f64>,
    /// Time in phrase matching over time in the recogniser.
    pub match_share: Option<f64>,
}

impl Speed {
    /// The same, with what `run` took.
    pub(super) fn of_run(self, run: Run) -> Self {
        let audio_s = self.total.times.audio_s;
        let times_real_time = ratio(audio_s, run.wall_s);
        let speed = RunSpeed {
            run,
            times_real_time,
            times_real_time_per_thread: times_real_time.and_then(|times| ratio(times, run.threads as f64)),
            times_real_time_per_core: run.cpu_s.and_then(|cpu_s| ratio(audio_s, cpu_s)),
        };
        Self { run: Some(speed), ..self }
    }
}

impl SpeedRow {
    fn new(label: &str, times: Times) -> Self {
        Self {
            label: label.to_owned(),
            times,
            decode_rtf: ratio(times.decode_s, times.audio_s),
            match_share: ratio(times.match_s, times.decode_s),
        }
    }
}

impl AddAssign for Times {
    fn add_assign(&mut self, other: Self) {
        self.audio_s += other.audio_s;
        self.decode_s += other.decode_s;
        self.match_s += other.match_s;
    }
}

pub(super) fn score(pairs: &[Pair]) -> Speed {
    let mut total = Times::default();
    let mut groups: BTreeMap<&str, Times> = BTreeMap::new();
    for Pair { truth, heard } in pairs {
        let times = Times { audio_s: heard.audio_s, decode_s: heard.decode_s, match_s: heard.match_s };
        total += times;
        *groups.entry(&truth.group).or_default() += times;
    }
    Speed {
        run: None,
        total: SpeedRow::new("all", total),
        by_group: groups.into_iter().map(|(label, times)| SpeedRow::new(label, times)).collect(),
    }
}

fn ratio(a: f64, b: f64) -> Option<f64> {
    (b > 0.0).then(|| a / b)
}

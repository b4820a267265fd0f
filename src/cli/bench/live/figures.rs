//! The figures of a run, all that a report tells.

use std::time::Duration;

use serde::{Serialize, Serializer};

use super::score::Score;
use super::session::{Sample, Session, Work};
use crate::alert::Budgets;

#[derive(Clone, Debug, Serialize)]
pub(super) struct Figures {
    pub setting: Setting,
    #[serde(flatten)]
    pub score: Score,
    pub work: Work,
    pub cost: Cost,
    /// One a second.
    pub samples: Vec<Sample>,
}

/// What was run.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Setting {
    pub fingerprint: String,
    pub windows: usize,
    pub seconds: u32,
    pub seed: u64,
    pub duty_asked: f64,
    /// Of each window.
    pub duty: Vec<f64>,
    /// By the truth's utterances alone, without the silence at the ends of clips: mean of the windows.
    pub words: f64,
    pub recognisers: usize,
    pub cores: usize,
    #[serde(rename = "partial_step_s", serialize_with = "seconds")]
    pub partial_step: Duration,
    #[serde(rename = "lag_max_s", serialize_with = "seconds")]
    pub lag_max: Duration,
    #[serde(rename = "forbidden_budget_s", serialize_with = "forbidden")]
    pub budgets: Budgets,
}

/// What it took.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Cost {
    /// Processor seconds, all threads, until the run was stopped.
    pub cpu_s: f64,
    pub cpu_per_second: f64,
    pub cpu_per_second_and_window: f64,
    /// Share of the recognisers' time in use: mean and highest of the samples.
    pub load_mean: f64,
    pub load_max: f64,
    pub waiting_max: usize,
    pub lag_max_s: f64,
    pub resident_end_bytes: u64,
    pub resident_peak_bytes: u64,
}

impl Setting {
    pub fn mean_duty_percent(&self) -> f64 {
        100.0 * self.duty.iter().sum::<f64>() / self.duty.len().max(1) as f64
    }
}

impl Figures {
    pub fn new(setting: Setting, score: Score, session: Session) -> Self {
        let cost = Cost::of(&session.samples, setting.windows);
        Self { setting, score, work: session.work, cost, samples: session.samples }
    }

    /// Alerts kept their budget, and all speech was heard.
    pub fn is_kept(&self) -> bool {
        let budget_s = self.setting.budgets.forbidden.as_secs_f64();
        self.score.latency.p95_s <= budget_s && self.work.all_unheard_s() == 0.0
    }
}

impl Cost {
    fn of(samples: &[Sample], windows: usize) -> Self {
        let last = samples.last().copied().unwrap_or_default();
        let cpu_per_second = if last.at_s > 0.0 { last.cpu_s / last.at_s } else { 0.0 };
        let most = |of: fn(&Sample) -> f64| samples.iter().map(of).fold(0.0, f64::max);
        Self {
            cpu_s: last.cpu_s,
            cpu_per_second,
            cpu_per_second_and_window: cpu_per_second / windows.max(1) as f64,
            load_mean: samples.iter().map(|s| s.load).sum::<f64>() / samples.len().max(1) as f64,
            load_max: most(|sample| sample.load),
            waiting_max: samples.iter().map(|sample| sample.waiting).max().unwrap_or(0),
            lag_max_s: most(|sample| sample.lag_s),
            resident_end_bytes: last.resident_bytes,
            resident_peak_bytes: samples.iter().map(|sample| sample.resident_bytes).max().unwrap_or(0),
        }
    }
}

fn seconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}

fn forbidden<S: Serializer>(budgets: &Budgets, serializer: S) -> Result<S::Ok, S::Error> {
    seconds(&budgets.forbidden, serializer)
}

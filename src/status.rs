//! What is going on in the hall at this moment: the one picture that `top`, the dashboard and the metrics show.
//!
//! Plain data. The runtime fills it in; readers get a copy. A field that a picture does not have reads as its
//! default, so that a newer `top` can look at an older service.

use serde::{Deserialize, Serialize};

use crate::conduct::Standing;
use crate::units::Role;

/// The whole hall.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct HallStatus {
    pub hall: String,
    pub version: String,
    /// Wall time of this picture, seconds since the Unix epoch; 0 where it is not known.
    pub at_unix_s: f64,
    /// Seconds since the run began.
    pub running_s: f64,
    /// Share of recogniser time in use over the last seconds, 0 to 1.
    pub load: f64,
    /// Recognisers, one a worker thread.
    pub workers: usize,
    /// Jobs that wait for a worker.
    pub waiting: usize,
    /// Memory of the process, bytes; 0 where it cannot be read.
    pub resident_bytes: u64,
    /// Highest step of the overload ladder that was taken in the last minute.
    pub overload: Overload,
    /// In the order of the configuration.
    pub windows: Vec<WindowStatus>,
    /// The newest first, at most 50.
    pub alerts: Vec<AlertStatus>,
    pub budgets: Vec<BudgetStatus>,
    /// Where the time to the alerts went, over all windows.
    pub stages: Vec<StageStatus>,
    /// `None` where there is no journal.
    pub journal: Option<JournalStatus>,
    /// `None` where there are no clips.
    pub evidence: Option<EvidenceStatus>,
}

/// How the clips fare, as they were looked at last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct EvidenceStatus {
    pub clips: u64,
    pub bytes: u64,
    /// Clips that would have to go, and are kept for a review or an appeal.
    pub held: u64,
    /// Deleted by age, and for want of room, since the service began.
    pub deleted_old: u64,
    pub deleted_room: u64,
    /// Recordings, where all is recorded, and seconds that were not since the service began, for want of room or time.
    pub recordings: u64,
    pub recording_bytes: u64,
    pub unrecorded_s: u64,
    /// What is wrong with them.
    pub trouble: Option<String>,
}

/// How the journal fares.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct JournalStatus {
    pub state: JournalState,
    /// Why it is not `writable`.
    pub reason: Option<String>,
    /// Events written in this run, in so many commits.
    pub events: u64,
    pub commits: u64,
    /// Seconds that commits took, all together and the longest.
    pub commit_s: f64,
    pub commit_max_s: f64,
    /// Seconds that the present commit has taken so far.
    pub committing_s: f64,
    /// Events that wait in memory.
    pub waiting: u64,
    /// Events of what was said that were left out for want of room.
    pub shed: u64,
    /// Events of the record that never came in.
    pub lost: u64,
    /// `None`: it was never verified.
    pub verified: Option<VerifiedStatus>,
    /// As it was looked at last, once a minute; `None` where the system does not say.
    pub disk: Option<DiskStatus>,
    /// Wall time of this, seconds since the Unix epoch.
    pub at_unix_s: f64,
}

/// What `journal verify` found last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct VerifiedStatus {
    /// Seconds since the Unix epoch.
    pub at_unix_s: f64,
    /// All was as it was written.
    pub sound: bool,
}

/// The disk of the journal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiskStatus {
    pub free_bytes: u64,
    pub total_bytes: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JournalState {
    #[default]
    Writable,
    /// The disk is full: alerts and findings alone are written.
    Tight,
    /// Nothing can be written: alerts wait.
    Blocked,
}

/// A commit that takes longer than this, in seconds, is trouble.
const COMMIT_LONG_S: f64 = 10.0;

impl JournalStatus {
    /// What is wrong with it, in a sentence.
    pub fn trouble(&self) -> Option<String> {
        let reason = self.reason.as_deref().unwrap_or("no reason is known");
        match self.state {
            JournalState::Blocked => Some(format!("the journal cannot be written, alerts wait: {reason}")),
            JournalState::Tight => Some(format!("what is said is not journalled: {reason}")),
            JournalState::Writable if self.committing_s > COMMIT_LONG_S => Some(format!(
                "the journal's disk has not answered for {:.0} s, alerts wait",
                self.committing_s
            )),
            JournalState::Writable => None,
        }
    }
}

impl JournalStatus {
    /// The same in Chinese; what the system said of it stays as it said it.
    pub fn trouble_zh(&self) -> Option<String> {
        let reason = self.reason.as_deref().unwrap_or("原因不明");
        match self.state {
            JournalState::Blocked => Some(format!("日志无法写入，提示在等待：{reason}")),
            JournalState::Tight => Some(format!("所说的话没有写入日志：{reason}")),
            JournalState::Writable if self.committing_s > COMMIT_LONG_S => {
                Some(format!("日志所在磁盘已 {:.0} 秒没有响应，提示在等待", self.committing_s))
            }
            JournalState::Writable => None,
        }
    }
}

/// How much the scheduler had to give up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Overload {
    #[default]
    None,
    /// Utterances were heard at their end only.
    Partials,
    /// Utterances were heard with less care.
    Context,
    /// Speech went unheard.
    Unmonitored,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct WindowStatus {
    pub id: String,
    pub name: String,
    pub state: WindowState,
    /// Why it is down or waiting; what else is odd.
    pub reason: Option<String>,
    /// The same in Chinese.
    pub reason_zh: Option<String>,
    pub microphones: Vec<MicrophoneStatus>,
    /// Seconds since the encounter began, while one is open.
    pub encounter_s: Option<f64>,
    /// It is a telephone call.
    pub on_telephone: bool,
    /// What is owed in it, and what became of that.
    pub standing: Standing,
    /// Age of the oldest speech that is not judged yet, seconds.
    pub lag_s: f64,
    /// The clerk's last words that are settled.
    pub words: String,
    /// What the clerk may be saying after them.
    pub tentative: String,
    pub alerts: u64,
    /// Alerts published later than their budget allows.
    pub late: u64,
    pub shed: ShedCounts,
    /// Seconds of audio taken in.
    pub audio_s: f64,
    /// Seconds that were not heard: lost by the source, shed, or not understood by a failing recogniser.
    pub unheard_s: f64,
    /// The device's clock against the system's, parts per million; `None` until it is known.
    pub drift_ppm: Option<f64>,
    /// From the end of a forbidden phrase to its alert.
    pub latency: Percentiles,
}

/// What a window's source does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WindowState {
    /// Its source has not delivered yet.
    #[default]
    Starting,
    Live,
    /// Its link is broken; what is said meanwhile is expected later.
    Waiting,
    /// Its source is gone and tried again; what is said meanwhile is lost.
    Down,
    /// Its recording is over.
    Ended,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MicrophoneStatus {
    pub role: Role,
    /// Smoothed level, dBFS.
    pub level_dbfs: f32,
    pub speaking: bool,
    /// What its source does; `ended` is told of the window alone.
    #[serde(default)]
    pub state: WindowState,
    /// Why it is down or waiting.
    #[serde(default)]
    pub reason: Option<String>,
    /// The same in Chinese.
    #[serde(default)]
    pub reason_zh: Option<String>,
}

/// Work given up for one window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ShedCounts {
    /// Partial decodes.
    pub partials: u64,
    /// Utterances heard with a shorter context.
    pub shortened: u64,
    /// Utterances not heard at all.
    pub unmonitored: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AlertStatus {
    pub id: u64,
    pub window: String,
    /// Wall time of publication, seconds since the Unix epoch.
    pub published_unix_s: f64,
    pub provision: String,
    pub rule: String,
    pub kind: String,
    pub severity: String,
    /// `provisional`, `confirmed` or `retracted`.
    pub state: String,
    pub phrase: String,
    pub heard: String,
    /// From the end of the words, or the deadline, to the first publication, seconds.
    pub latency_s: f64,
    pub late: bool,
}

/// One latency budget and how it was kept, over all windows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct BudgetStatus {
    /// `forbidden`, `greeting` or `farewell`.
    pub name: String,
    pub budget_s: f64,
    pub measured: Percentiles,
    pub late: u64,
}

/// Time in one stage of the way to an alert.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StageStatus {
    /// `capture`, `endpoint`, `queue`, `decode`, `verify` or `publish`.
    pub name: String,
    pub measured: Percentiles,
}

/// Of a latency, in seconds; zeros while `count` is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Percentiles {
    pub count: u64,
    pub p50_s: f64,
    pub p95_s: f64,
    pub p99_s: f64,
    pub max_s: f64,
}

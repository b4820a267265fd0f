//! Scheduler. In: jobs with a due time, workers that ask. Out: who does what next, and everything that is given up.
//!
//! Pure: time is passed in, no thread is started, and what a job works on stays with the caller. One worker is one
//! recogniser on one thread; a job that was started is never interrupted. Thread: whichever holds the lock around it.
//! Allocates: while its queue grows; never for a queue that was as long before, but for what it adds to `out`.
//!
//! Jobs are taken earliest deadline first over all windows (Liu and Layland 1973), with costs predicted from the decodes
//! measured so far. When the prediction says that a final decode or a verification would be late, this much is given
//! up, and no more:
//!
//! ```text
//! 1  partial decodes      not started where they would make something late
//! 2  context              final decodes with less care, once no partial waits
//! 3  hearing              final decodes that cannot be done within `lag_max`, of the window that has had the most
//! ```
//!
//! Every job that is submitted ends exactly once: it is assigned to a worker, or it comes back as a [`Shed`] that is
//! [`Why::Superseded`], [`Why::Withdrawn`] or a loss. Losses are counted for each window.

mod cost;
mod forecast;
mod ladder;
mod meter;
mod queue;
mod scheduler;
#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::asr::Care;

pub use scheduler::Scheduler;

/// A job, unique in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub(crate) u64);

/// One stretch of speech on one channel of one window. Utterances of a channel are numbered upwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UtteranceId {
    pub window: usize,
    pub channel: u16,
    pub number: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobKind {
    /// Decoding an utterance that is over.
    Final,
    /// Scoring `phrases`, decoys among them, against the audio that `of` decoded: cheap on the worker that decoded nothing since.
    Verify { of: JobId, phrases: u32 },
    /// Decoding what there is of an utterance that may go on; `pause` where it seems to be over.
    Partial { pause: bool },
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Job {
    pub utterance: UtteranceId,
    pub kind: JobKind,
    /// Audio to decode, seconds; of a verification, the audio that its decode had.
    pub audio_s: f64,
    /// Run time at which the last of its speech was said. Lag counts from here.
    pub said: Duration,
    /// Run time by which it should be done. A partial is given up when it was not begun by then.
    pub due: Duration,
}

impl Job {
    pub fn is_partial(&self) -> bool {
        matches!(self.kind, JobKind::Partial { .. })
    }
}

/// What a worker is to do now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Assignment {
    pub id: JobId,
    pub job: Job,
    pub care: Care,
    /// A verification whose audio is no longer with this worker: decode it again first.
    pub again: bool,
}

/// A job that ended without being done, or that is done with less care. Each is told once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shed {
    pub id: JobId,
    pub job: Job,
    pub why: Why,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Why {
    /// Newer work of the same channel makes it needless. Not a loss.
    Superseded,
    /// The caller took it back. Not a loss.
    Withdrawn,
    /// A partial was not begun by the time it was due.
    Stale,
    /// A partial had to make room for final decodes.
    MadeRoom,
    /// A final is done with [`Care::Short`]: it was assigned all the same.
    Shortened,
    /// A verification could not be done within `lag_max`: the utterance was heard without a second look.
    Unverified,
    /// A final could not be done within `lag_max`: its speech is unmonitored.
    Unheard,
}

/// What became of a job that was to be promoted to the final decode of its utterance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promotion {
    /// It waits, now as a final.
    Waiting,
    /// It runs: what it gives is the final. [`Scheduler::done`] returns it as one.
    Running,
    /// It is done, or was given up before: take its result, or submit a final.
    Gone,
}

/// A job that a worker has done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Done {
    pub id: JobId,
    /// As it is now: a partial that was promoted while it ran is a final.
    pub job: Job,
    pub care: Care,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SchedulerConfig {
    /// Recognisers, at least 1.
    pub workers: usize,
    pub windows: usize,
    /// Longest time from the end of speech to the end of its decode, by prediction.
    pub lag_max: Duration,
}

//! How much of the sound is kept for a while, and how much of it becomes a clip.

use std::time::Duration;

use super::Keep;
use crate::units::SessionTime;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EvidenceConfig {
    /// Alerts get clips.
    pub clips: bool,
    /// Of a clip, before the words and after them.
    pub before: Duration,
    pub after: Duration,
    /// Sound of each window that is kept in memory.
    pub memory: Duration,
    /// Clips are deleted when they are older.
    pub keep: Keep,
    /// Bytes of the disk that are to be free: the oldest clips are deleted for it.
    pub free: u64,
    /// All that a clerk says is recorded, and recordings are deleted when they are older.
    pub recording: bool,
    pub keep_recordings: Duration,
}

impl EvidenceConfig {
    /// One of these times in samples.
    pub fn samples(time: Duration) -> u64 {
        SessionTime::from_seconds(time.as_secs_f64()).0
    }
}

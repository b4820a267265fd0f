//! The pure stages composed: audio in, findings out. Starts no thread and reads no clock, so that live runs
//! and replays run the very same code.
//!
//! ```text
//! AudioBlock → Ear → SpeechSegment → recognise() → verify() → HeardSegment → Mind → Finding
//!              listen thread         hear-N thread                          judge thread
//! ```

mod ear;
mod hear;
mod mind;

use crate::conduct::EncounterConfig;
use crate::vad::VadConfig;

pub use ear::{Ear, EarError, Partial, Quiet, Sound};
pub use hear::{Candidate, Effort, HeardSegment, Recognised, hear, recognise, verify, wordings};
pub use mind::Mind;

/// Settings of the stages.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    pub vad: VadConfig,
    pub encounter: EncounterConfig,
    /// Transcribe the visitor too. Only for transcripts: findings never come from the visitor's words.
    pub hear_visitor: bool,
    /// The visitor is judged as the clerk is: to measure what telling them apart gives.
    pub without_roles: bool,
}

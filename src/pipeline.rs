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
mod rehearsal;

use std::sync::Arc;

use crate::conduct::EncounterConfig;
use crate::conduct::scene::Roles;
use crate::reports::Reports;
use crate::vad::VadConfig;

pub use ear::{Ear, EarError, Partial, Quiet, Sound, Taped};
pub use hear::{Candidate, Effort, HeardSegment, Recognised, hear, recognise, verify, wordings};
pub use mind::Mind;
pub use rehearsal::{Rehearsal, Rehearsed, SaidAt, outcome, rehearse};

/// Settings of the stages.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    pub vad: VadConfig,
    pub encounter: EncounterConfig,
    /// How it is known who speaks.
    pub roles: Roles,
    /// Transcribe the visitor too. Only for transcripts: findings never come from the visitor's words.
    pub hear_visitor: bool,
    /// Let rules about the visitor's words look at what was transcribed of them. The clerk is never charged with them.
    pub visitor_words: bool,
    /// What the hall reported, of any window, where that is known from the start.
    pub reports: Arc<Reports>,
    /// The visitor is judged as the clerk is: to measure what telling them apart gives.
    pub without_roles: bool,
}

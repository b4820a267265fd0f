//! Evidence: what a clerk can be confronted with. In: the clerk's channel frame by frame, and what each microphone does
//! meanwhile. Out: a few seconds of it around an alert, the visitor silenced, as a file. Thread: `listen-N` lays frames
//! into a [`Memory`], `evidence` cuts clips out of it. Allocates: the memory once; per clip.
//!
//! `docs/evidence.md` says what is silenced, and what a clip is worth.

mod clip;
mod config;
mod memory;
mod retention;
mod store;

pub use clip::{Clip, Heard, clip};
pub use config::EvidenceConfig;
pub use memory::{Activity, Memory};
pub use retention::{Due, Keep, Stored, due};
pub use store::{ClipFault, Clips, Kept};

//! Evidence: what a clerk can be confronted with. In: the clerk's channel frame by frame, and what each microphone does
//! meanwhile. Out: a few seconds of it around an alert, the visitor silenced, as a file. Thread: `listen-N` lays frames
//! into a [`Memory`], `evidence` cuts clips out of it. Allocates: the memory once; per clip.
//!
//! `docs/evidence.md` says what is silenced, and what a clip is worth.

mod chunk;
mod clip;
mod config;
mod memory;
mod recordings;
mod retention;
mod store;
mod together;

pub use chunk::{Chunk, Ending};
pub use clip::{CONTEXT_FRAMES, Clip, Heard, clip};
pub use config::EvidenceConfig;
pub use memory::{Activity, Memory};
pub use recordings::{CHUNK_SAMPLES, Recorded, RecordingFault, Recordings, Reel, StoredRecording};
pub use retention::{Due, Keep, Stored, due};
pub use store::{ClipFault, Clips, Kept};
pub use together::{Together, together};

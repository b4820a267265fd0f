//! The live service under threads, with a recogniser that reads from a script: what is heard, what is given up, and
//! when. Windows hear through network ports whose other end is here, so that audio comes as fast as a test likes.
//!
//! Nothing here looks at how long things took.

mod alerts;
mod events;
mod evidence;
mod failures;
mod hall;
mod journalled;
mod lost;
mod originals;
mod overload;
mod parity;
mod program;
mod recordings;
mod sources;
mod stopping;
mod telling;
mod told;
#[path = "../pipeline/voice.rs"]
mod voice;

//! Ledger. In: what the judge took in, what it found, what people were shown. Out: a journal that nobody can change
//! without it being found. Thread: `ledger` writes; whoever likes reads. Allocates: per event.
//!
//! An event is in the journal, on the disk, before anybody is shown what it tells.

pub mod event;
pub mod inputs;
pub mod journal;

pub use event::{Body, Draft, Event, Kind};
pub use inputs::{Coalescer, JudgeInput};
pub use journal::{Journal, JournalFault, Query, Reader, Store};

//! Ledger. In: what the judge took in, what it found, what people were shown, who sat where. Out: a journal that nobody can
//! change without it being found; text without personal numbers, shifts, scores. Thread: `ledger` writes the journal, whoever
//! likes reads it; the rest are pure functions. Allocates: per event, per text, per roster, per score.
//!
//! An event is in the journal, on the disk, before anybody is shown what it tells.

pub mod account;
pub mod backup;
pub mod duty;
pub mod event;
pub mod evidence;
pub mod inputs;
pub mod journal;
pub mod mask;
pub mod report;
pub mod review;
pub mod score;
pub mod seal;
pub mod unmask;

pub use event::{Body, Draft, Event, Kind};
pub use inputs::{Coalescer, JudgeInput};
pub use journal::{Aside, Journal, JournalFault, Query, Reader, Store};
pub use seal::{Key, KeyFault};

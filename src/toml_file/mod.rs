//! TOML files that people write: the rulebook and the configuration. In: text. Out: fields, or faults that name
//! file, line, what was found and the remedy. Reading never stops at the first fault.
//! Thread: start-up. Allocates: once.

mod fault;
mod fields;
mod source;

pub use fault::{Fault, FaultLevel};
pub(crate) use fault::{Faults, did_you_mean, listed};
pub(crate) use fields::{Document, Fields, Text, text_of};
pub use source::{FILE_BYTES_MAX, Source};
pub(crate) use source::{Trouble, read_file, unreadable, whole_file};

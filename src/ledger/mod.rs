//! Ledger. In: what the judge heard and found, who sat where. Out: text without personal numbers, shifts, scores.
//! Thread: none of its own; pure functions. Allocates: per text, per roster, per score.

pub mod duty;
pub mod mask;
pub mod score;

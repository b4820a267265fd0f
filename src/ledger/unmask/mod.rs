//! Unmasking: what was masked in stored text, and the two people whom it takes to see it again. In: a text before and after it
//! was masked; what was asked and granted so far. Out: the pieces that are sealed beside the event; whether somebody may see
//! them, or a typed refusal. Thread: any; pure. Allocates: per text.
//!
//! Whoever wants to see it asks and says why, somebody else grants it, and for a time whoever asked is shown it. Each step
//! is in the journal before anything comes of it (`docs/masking.md`).

mod original;
mod request;
mod rules;
#[cfg(test)]
mod tests;

pub use original::{Original, Shown, ShownField};
pub use request::{Answer, Request, Standing, requests};
pub use rules::{Refusal, Step, Subject, UnmaskFault, allow, until};

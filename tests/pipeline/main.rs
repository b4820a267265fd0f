//! The whole way from sound to finding, with a recogniser that reads from a script: what is said is certain, so
//! what is found must be.

mod accusing;
mod ear;
mod owing;
mod ringing;
mod running;
mod situations;
mod support;
mod voice;

//! Network microphones from end to end: a hub, a microphone, and a network that is not kind to them.

mod broken_links;
mod program;
mod refusals;
mod support;
mod tls;

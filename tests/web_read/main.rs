//! The dashboard's API over a hall's journal, as its clients use it: a real server, real connections.

mod clips;
mod findings;
mod hall;
mod million;
mod reports;
mod roles;
mod sessions;
mod stream;
#[path = "../web/support.rs"]
#[allow(dead_code, reason = "shared with the tests of accounts")]
mod support;
mod wall;

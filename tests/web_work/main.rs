//! The dashboard's working parts over HTTP: scores, rules, jobs, health, webhooks, on a real server with a real journal.

mod health;
mod keeping;
mod recordings;
mod rules;
mod scores;
#[path = "../shift/mod.rs"]
#[allow(dead_code, reason = "other tests use the rest of it")]
mod shift;
mod support;
mod webhooks;

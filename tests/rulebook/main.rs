//! Rulebooks from outside: the built-in one against its sentences and provisions, and those that halls write.

#[path = "../program/mod.rs"]
mod program;

mod builtin;
mod commands;
mod composed;
mod files;
mod provisions;
mod sentences;

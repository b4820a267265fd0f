//! Rulebooks from outside: the built-in one against its sentences and provisions, and those that halls write.

mod builtin;
mod commands;
mod composed;
mod files;
mod provisions;
mod sentences;

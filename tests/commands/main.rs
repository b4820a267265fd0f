//! The program from outside: its commands, what they say of what is wrong, and its configuration.

#[path = "../program/mod.rs"]
mod program;

mod cli;
mod configuration;
mod doctor;
mod service;
mod service_unit;

//! Sansheng 三声: a real-time speech monitor for government service counters.
//!
//! Modules are in the order the data flows; a stage imports only from those above it.

pub mod units;

pub mod clock;

pub mod status;

pub mod toml_file;

pub mod said;

pub mod mandarin;

pub mod model;

pub mod https;

pub mod capture;

pub mod signal;

pub mod vad;

pub mod asr;

pub mod phrase;

pub mod conduct;

pub mod reports;

pub mod ledger;

pub mod alert;

pub mod config;

pub mod schedule;

pub mod statistics;

pub mod pipeline;

pub mod runtime;

pub mod access;

pub mod web;

pub mod eval;

pub mod cli;

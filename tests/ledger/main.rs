//! The ledger from outside: what the journal keeps, who may see it, what shifts score, and the commands for all that.

#[path = "../program/mod.rs"]
mod program;
#[path = "../shift/mod.rs"]
mod shift;

mod backup;
mod encryption;
mod evidence;
mod journal;
mod privacy;
mod rejudge;
mod reports;
mod review;
mod shift_score;
mod shifts;
mod unmask;

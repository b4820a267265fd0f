//! Recordings as they come: every format, every kind of damage, and the way from a file to frames.

mod damage;
mod discovery;
mod formats;
mod front_end;
mod mutation;
mod support;

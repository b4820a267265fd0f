//! The scheduler in simulated time: windows speak by a seeded script, a scripted recogniser takes a known time.

mod exactly_once;
mod hall;
mod normal;
mod overload;
mod single;
mod speech;

//! The dashboard's server as browsers and programs meet it: a real one on the loopback interface, a client by hand.

mod accounts;
mod cli;
mod first_admin;
mod guarding;
mod roles;
mod signing_in;
mod support;
mod tls;
mod unmasking;

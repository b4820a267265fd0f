//! The command line. Results go to standard output, everything else to standard error.
//!
//! Exit codes: 0 done; 1 could not be done; 2 wrong usage; 3 done, but some recordings could not be read.

mod args;
mod demo;
mod error;
mod eval;
mod json;
mod model;
mod progress;
mod replay;
mod rules;
mod setup;
mod show;

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use tracing_subscriber::EnvFilter;

use args::{Arguments, Command, RulesCommand};
pub use error::CliError;

/// Everything was done.
pub const DONE: u8 = 0;
/// It could not be done; one line on standard error says why.
pub const FAILED: u8 = 1;
/// Some of it was done: recordings that could not be read are named on standard error.
pub const PARTLY: u8 = 3;

/// Runs the program.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    log_to_stderr(arguments.verbose);
    match run(arguments) {
        Ok(code) => ExitCode::from(code),
        // Whoever reads our output has gone: nothing is wrong.
        Err(fault) if fault.is_reader_gone() => ExitCode::from(DONE),
        Err(fault) => {
            eprintln!("sansheng: {fault}");
            ExitCode::from(FAILED)
        }
    }
}

fn run(arguments: Arguments) -> Result<u8, CliError> {
    match arguments.command {
        Command::Replay(args) => replay::run(&args),
        Command::Demo(args) => demo::run(&args),
        Command::Eval(args) => eval::run(&args),
        Command::Rules(RulesCommand::Check(args)) => rules::check(&args),
        Command::Rules(RulesCommand::Test(args)) => rules::test(&args),
        Command::Model(command) => model::run(command),
        Command::Completions { shell } => {
            // Written whole first: the generator panics where it cannot write.
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "sansheng", &mut script);
            io::stdout().write_all(&script)?;
            Ok(DONE)
        }
    }
}

fn log_to_stderr(verbose: u8) {
    let level = match verbose {
        // Not those of the decoders: what they warn of is told in our own words.
        0 => "sansheng=warn",
        1 => "sansheng=info",
        _ => "sansheng=debug",
    };
    let filter = EnvFilter::try_from_env("SANSHENG_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .init();
}

//! The command line. Results go to standard output, everything else to standard error.
//!
//! Exit codes: 0 done; 1 could not be done; 2 wrong usage; 3 done, but some recordings could not be read
//! or only in part, some audio never reached the hub, or some lines could not be written.

mod args;
mod backup;
mod bench;
mod config;
mod demo;
mod demo_hall;
mod devices;
mod doctor;
mod encounters;
mod error;
mod eval;
mod evidence;
mod forget;
mod hall_files;
mod hall_lines;
mod journal;
mod json;
mod key;
mod ledger;
mod mic;
mod model;
mod notices;
mod people;
mod progress;
mod recordings;
mod rejudge;
mod replay;
mod report;
mod review;
mod rules;
mod run;
mod score;
mod setup;
mod shifts;
mod show;
mod situation;
mod teller;
mod top;
mod unmask;

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{CommandFactory, Parser};
use tracing_subscriber::EnvFilter;

use crate::asr::Recogniser;
use crate::conduct::CompiledBook;
use crate::config::Config;
use args::{Arguments, Command, ConfigCommand};
pub use error::CliError;

/// Everything was done.
pub const DONE: u8 = 0;
/// It could not be done; one line on standard error says why.
pub const FAILED: u8 = 1;
/// Some of it was done: what was not is named on standard error.
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
        Command::Run(args) => run::run(&args),
        Command::Replay(args) => replay::run(&args),
        Command::Demo(args) => demo::run(&args),
        Command::Eval(args) => eval::run(&args),
        Command::Mic(args) => mic::run(&args),
        Command::Rules(command) => rules::run(&command),
        Command::Bench(command) => bench::run(&command),
        Command::Top(args) => top::run(&args),
        Command::Config(ConfigCommand::Check { file }) => config::check(&file),
        Command::People(command) => people::run(&command),
        Command::Shifts(command) => shifts::run(&command),
        Command::Score(args) => score::run(&args),
        Command::Report(args) => report::run(&args),
        Command::Review(command) => review::run(&command),
        Command::Model(command) => model::run(command),
        Command::Journal(command) => journal::run(&command),
        Command::Key(command) => key::run(&command),
        Command::Evidence(command) => evidence::run(&command),
        Command::Rejudge(args) => rejudge::run(&args),
        Command::Backup(args) => backup::save(&args),
        Command::Restore(args) => backup::restore(&args),
        Command::Doctor(args) => doctor::run(&args),
        Command::Devices(args) => devices::run(&args),
        Command::Completions { shell } => {
            // Written whole first: the generator panics where it cannot write.
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "sansheng", &mut script);
            io::stdout().write_all(&script)?;
            Ok(DONE)
        }
    }
}

/// The live service of `config`, as `sansheng run --json` is, with recognisers of the caller's: for tests that kill it.
///
/// # Errors
/// What `sansheng run` ends with.
#[doc(hidden)]
pub fn serve_with(
    config: Config,
    book: Arc<CompiledBook>,
    recognisers: Vec<Box<dyn Recogniser>>,
) -> Result<u8, CliError> {
    let style = teller::Style::Json { words: false, near_misses: false };
    run::serve(config, None, style, setup::Engine { book, recognisers, fingerprint: "of a test".to_owned() })
}

/// `sansheng replay ARGUMENTS...` with recognisers of the caller's: for tests that kill it.
///
/// # Errors
/// What `sansheng replay` ends with.
#[doc(hidden)]
pub fn replay_with(
    arguments: &[&str],
    book: Arc<CompiledBook>,
    recognisers: Vec<Box<dyn Recogniser>>,
) -> Result<u8, CliError> {
    let arguments = ["sansheng", "replay"].iter().chain(arguments);
    let Command::Replay(args) = Arguments::parse_from(arguments).command else { return Ok(FAILED) };
    let fingerprint = "of a test".to_owned();
    replay::run_with(&args, || Ok(setup::Engine { book, recognisers, fingerprint }))
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

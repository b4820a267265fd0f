//! `sansheng bench`: what this machine can do, measured on it.

mod capture;
mod live;

use super::args::BenchCommand;
use super::error::CliError;

pub(super) fn run(command: &BenchCommand) -> Result<u8, CliError> {
    match command {
        BenchCommand::Capture(args) => capture::run(args),
        BenchCommand::Live(args) => live::run(args),
    }
}

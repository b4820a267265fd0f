//! `sansheng rules`: check a rulebook, explain a rule, try a sentence, list what becomes of every provision.

mod explain;
mod provisions;
mod test;
mod words;

use std::io::{self, Write};

use super::args::{RulesCheckArgs, RulesCommand};
use super::error::CliError;
use super::{DONE, FAILED};
use crate::clock;
use crate::conduct::rulebook::{Rulebook, Setting};

pub(super) fn run(command: &RulesCommand) -> Result<u8, CliError> {
    match command {
        RulesCommand::Check(args) => check(args),
        RulesCommand::Explain(args) => explain::run(args),
        RulesCommand::Test(args) => test::run(args),
        RulesCommand::Provisions => provisions::run(),
    }
}

fn check(args: &RulesCheckArgs) -> Result<u8, CliError> {
    let (report, usable) = Rulebook::check_report(&args.paths, &Setting::on(clock::today()));
    writeln!(io::stdout(), "{report}")?;
    Ok(if usable { DONE } else { FAILED })
}

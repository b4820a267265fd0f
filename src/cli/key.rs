//! `sansheng key`: the key that words and clips are encrypted with.

use std::path::PathBuf;

use clap::Subcommand;

use super::DONE;
use super::error::CliError;
use crate::ledger::Key;
use crate::ledger::seal::short;

#[derive(Debug, Subcommand)]
pub(super) enum KeyCommand {
    /// Make a key in a file that is its owner's alone; nothing is overwritten
    New {
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Check a key's file, and print the name by which the journal knows the key
    Check {
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

pub(super) fn run(command: &KeyCommand) -> Result<u8, CliError> {
    match command {
        KeyCommand::New { file } => {
            let key = Key::make(file)?;
            println!(
                "key {} in {}: name it as `key` under [ledger], and keep a copy apart from all backups: without it nobody can \
                 read what it encrypts",
                short(key.name()),
                file.display()
            );
        }
        KeyCommand::Check { file } => println!("key {}", short(Key::load(file)?.name())),
    }
    Ok(DONE)
}

//! `sansheng backup` and `sansheng restore`: a hall's data folder into one file, and out of it again.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::DONE;
use super::error::CliError;
use super::journal::{JournalArgs, utc};
use crate::clock;
use crate::ledger::Key;
use crate::ledger::backup::{self, Manifest, Restored};

#[derive(Debug, Args)]
pub(super) struct BackupArgs {
    #[command(flatten)]
    pub journal: JournalArgs,
    /// File to write, or a folder to write one into, named by the time
    #[arg(long, value_name = "FILE|DIR")]
    pub to: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct RestoreArgs {
    /// The backup
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Folder to make; it must not be there, or be empty
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// Key of what is encrypted in it; without it the encrypted bodies are restored, and not looked at
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,
    /// Restore it although its journal was not as it was written when it was saved
    #[arg(long)]
    pub unsound: bool,
    /// One JSON object
    #[arg(long)]
    pub json: bool,
}

/// What was saved or restored.
#[derive(Serialize)]
struct Line<'a> {
    file: String,
    made_us: i64,
    files: usize,
    bytes: u64,
    last_seq: u64,
    last_hash: &'a str,
}

impl<'a> Line<'a> {
    fn of(file: String, manifest: &'a Manifest) -> Self {
        Self {
            file,
            made_us: manifest.made_us,
            files: manifest.files.len(),
            bytes: manifest.files.iter().map(|entry| entry.bytes).sum(),
            last_seq: manifest.head.seq,
            last_hash: &manifest.head.hash,
        }
    }
}

pub(super) fn save(args: &BackupArgs) -> Result<u8, CliError> {
    let data = args.journal.place()?.folder;
    let made_us = clock::unix_micros();
    let to = match args.to.is_dir() {
        true => args.to.join(name_of(made_us)),
        false => args.to.clone(),
    };
    let manifest = backup::save(&data, &to, made_us)?;
    let line = Line::of(to.display().to_string(), &manifest);
    let mut out = io::stdout().lock();
    if args.journal.json {
        writeln!(out, "{}", serde_json::to_string(&line)?)?;
    } else {
        let Line { file, files, bytes, last_seq, last_hash, .. } = line;
        writeln!(
            out,
            "{file}: {files} files, {bytes} bytes, the journal up to event {last_seq} ({last_hash})"
        )?;
    }
    Ok(DONE)
}

/// `sansheng-20261122T010203Z.zip`
fn name_of(made_us: i64) -> String {
    let time: String = utc(made_us).chars().filter(|ch| !matches!(ch, '-' | ':')).collect();
    let time = time.split('.').next().unwrap_or_default().replace(' ', "T");
    format!("sansheng-{time}Z.zip")
}

pub(super) fn restore(args: &RestoreArgs) -> Result<u8, CliError> {
    let key = args.key.as_deref().map(Key::load).transpose()?;
    let restored = backup::restore(&args.file, &args.data, args.unsound, key.as_ref())?;
    let Restored { manifest, verdict } = restored;
    let line = Line::of(args.data.display().to_string(), &manifest);
    let mut out = io::stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&line)?)?;
    } else {
        let Line { file, made_us, files, bytes, last_seq, .. } = line;
        writeln!(
            out,
            "{file}: {files} files, {bytes} bytes, as they were on {} UTC; the journal's {last_seq} events are {}{}",
            utc(made_us),
            if verdict.is_sound() { "as they were written" } else { "NOT as they were written" },
            match verdict.locked {
                0 => String::new(),
                count => format!("; {count} encrypted bodies were NOT LOOKED AT for want of the key (--key)"),
            }
        )?;
    }
    Ok(DONE)
}

//! Encrypted bodies: those of people, where the service has a key. Salt and body are sealed together, so that nobody can guess a
//! short body from its salt and hash; the hash stays that of the plain text, so that the chain is the same with a key and without.
//!
//! A journal has one key, whose name stands in it: nothing is written to it without that key, nor with another.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension};

use super::JournalFault;
use super::error::While;
use super::hash::SALT_BYTES;
use crate::ledger::Key;
use crate::ledger::seal::short;

/// Why a body does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Locked {
    NoKey,
    /// It is not what was encrypted there.
    Changed,
}

impl Locked {
    pub fn at(self, path: PathBuf, seq: u64) -> JournalFault {
        match self {
            Self::NoKey => JournalFault::Locked { path },
            Self::Changed => JournalFault::Damaged {
                path,
                found: format!("the encrypted body of event {seq} is not as it was written"),
            },
        }
    }
}

/// What a sealed body is bound to.
pub fn place(seq: u64, run: u64, kind: &str, window: Option<&str>) -> Vec<u8> {
    // Lengths first, so that no two places are written alike.
    let window = window.map_or_else(|| "-".to_owned(), |window| format!("{} {window}", window.len()));
    format!("sansheng journal event {seq} of run {run}, {} {kind}, {window}", kind.len()).into_bytes()
}

/// Salt and body as they are stored under `key`.
pub fn seal(key: &Key, place: &[u8], salt: &[u8; SALT_BYTES], body: &str) -> Result<Vec<u8>, JournalFault> {
    Ok(key.seal(place, &[salt, body.as_bytes()].concat())?)
}

/// Salt and body again.
pub fn open(key: &Key, place: &[u8], sealed: &[u8]) -> Result<(Vec<u8>, String), Locked> {
    let plain = key.open(place, sealed).ok_or(Locked::Changed)?;
    let (salt, body) = plain.split_at_checked(SALT_BYTES).ok_or(Locked::Changed)?;
    Ok((salt.to_vec(), String::from_utf8(body.to_vec()).map_err(|_| Locked::Changed)?))
}

/// Whether `key` is the journal's; none opens what is not encrypted.
pub fn fits(db: &Connection, path: &Path, key: Option<&Key>) -> Result<(), JournalFault> {
    let name = name_of(db).map_err(|fault| JournalFault::of(path.to_owned(), While::Reading, &fault))?;
    match (key, name) {
        (Some(key), Some(name)) if key.name() != name => Err(JournalFault::OtherKey {
            path: path.to_owned(),
            wanted: short(&name).to_owned(),
            given: short(key.name()).to_owned(),
        }),
        _ => Ok(()),
    }
}

/// The same for whoever writes: nothing is written without the key where there is one, and the first key is the journal's.
pub fn take(db: &Connection, path: &Path, key: Option<&Key>) -> Result<(), JournalFault> {
    fits(db, path, key)?;
    let fault = |fault: rusqlite::Error| JournalFault::of(path.to_owned(), While::Writing, &fault);
    match key {
        Some(key) => {
            let sql = "INSERT INTO seal (id, key) VALUES (1, ?1) ON CONFLICT (id) DO NOTHING";
            let known = name_of(db).map_err(fault)?;
            if known.is_none() {
                db.execute(sql, [key.name()]).map_err(fault)?;
            }
            Ok(())
        }
        None => match name_of(db).map_err(fault)? {
            Some(_) => Err(JournalFault::Locked { path: path.to_owned() }),
            None => Ok(()),
        },
    }
}

fn name_of(db: &Connection) -> rusqlite::Result<Option<String>> {
    db.query_row("SELECT key FROM seal WHERE id = 1", [], |row| row.get(0)).optional()
}

//! What can be wrong with a journal, each with its place and what to do.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::ledger::KeyFault;
use crate::ledger::event::BodyFault;

#[derive(Debug, Error)]
pub enum JournalFault {
    #[error("{}: the folder of the journal cannot be used ({fault}): make it, owned by whoever runs the service, or name another as `data` under [ledger]", .path.display())]
    Folder { path: PathBuf, fault: io::Error },
    #[error("{}: another service writes this journal: stop it, or give this hall a folder of its own as `data` under [ledger]", .path.display())]
    Taken { path: PathBuf },
    #[error("{}: there is no journal here: name the folder of a journal with --data, or the configuration that has it with --config", .path.display())]
    Absent { path: PathBuf },
    #[error("{}: no journal of Sansheng ({found}): nothing was changed; move it away, or name another folder as `data` under [ledger]", .path.display())]
    Foreign { path: PathBuf, found: String },
    #[error("{}: written by a later version of Sansheng (form {found}, this one knows {known}): nothing was changed; install that version", .path.display())]
    Newer { path: PathBuf, found: i64, known: i64 },
    #[error("{}: written by an earlier version of Sansheng (form {found}, this one has {known}): start this version's service once, which brings it up to date, or read it with the version that wrote it", .path.display())]
    Older { path: PathBuf, found: i64, known: i64 },
    #[error("{}: the journal is damaged ({found}): nothing was changed; `sansheng journal verify` says where; restore it from a backup, or move it away to begin another", .path.display())]
    Damaged { path: PathBuf, found: String },
    #[error("{}: no room for the journal ({detail}): free some space", .path.display())]
    Full { path: PathBuf, detail: String },
    #[error("{}: the journal cannot be written ({detail}): make its folder writable, and see whether the disk is sound", .path.display())]
    Unwritable { path: PathBuf, detail: String },
    #[error("{}: the journal cannot be read ({detail}): see who may read it and whether the disk is sound", .path.display())]
    Unreadable { path: PathBuf, detail: String },
    #[error("{}: its words are encrypted: name the key's file with --key, or as `key` under [ledger]", .path.display())]
    Locked { path: PathBuf },
    #[error("{}: its words are encrypted with the key {wanted}, and {given} was given: name the file of that one with --key, or as `key` under [ledger]", .path.display())]
    OtherKey { path: PathBuf, wanted: String, given: String },
    #[error(transparent)]
    Key(#[from] KeyFault),
    #[error(transparent)]
    Body(#[from] BodyFault),
    #[error("an event cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("the system gives no random numbers ({0}): the journal cannot salt its events")]
    Random(getrandom::Error),
}

/// Where a fault of SQLite happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum While {
    Reading,
    Writing,
}

impl JournalFault {
    /// What SQLite says, in our words.
    pub(super) fn of(path: PathBuf, during: While, fault: &rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{DatabaseCorrupt, DiskFull, NotADatabase};
        let detail = fault.to_string();
        match (fault.sqlite_error_code(), during) {
            (Some(DiskFull), _) => Self::Full { path, detail },
            (Some(DatabaseCorrupt), _) => Self::Damaged { path, found: detail },
            (Some(NotADatabase), _) => Self::Foreign { path, found: detail },
            (_, While::Writing) if is_full(fault) => Self::Full { path, detail },
            (None, _) if is_unexpected(fault) => Self::Damaged { path, found: detail },
            (_, While::Reading) => Self::Unreadable { path, detail },
            (_, While::Writing) => Self::Unwritable { path, detail },
        }
    }

    /// More room would help.
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Full { .. })
    }
}

/// The disk says so in words of its own: the shared memory beside a database is made by a call that tells it so.
fn is_full(fault: &rusqlite::Error) -> bool {
    let rusqlite::Error::SqliteFailure(code, _) = fault else { return false };
    code.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE
}

/// A column holds what was never written there.
fn is_unexpected(fault: &rusqlite::Error) -> bool {
    use rusqlite::Error::{FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType};
    matches!(
        fault,
        FromSqlConversionFailure(..)
            | IntegralValueOutOfRange(..)
            | InvalidColumnType(..)
            | rusqlite::Error::QueryReturnedNoRows
    )
}

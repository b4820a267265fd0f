//! Backup. In: the data folder of a hall, whose service may be running. Out: one archive, and a data folder out of it again.
//! Thread: the caller's. Allocates: a copy buffer, and a line a file.
//!
//! An archive is a ZIP file: the journal as it was at one moment with the head that belongs to it, every other file of the
//! folder, and last `manifest.json` with the size and SHA-256 of each. What does not agree with the manifest is not restored.

mod restore;
mod save;

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tempfile::TempDir;
use thiserror::Error;
use zip::result::ZipError;

use super::event::HeadBody;
use super::journal::JournalFault;
use crate::model::Digest;

pub use restore::{Restored, restore};
pub use save::save;

/// Name of the manifest in an archive.
const MANIFEST: &str = "manifest.json";

/// The form of archives that this version writes, and the last that it reads.
const FORM: u32 = 1;

/// Largest manifest that is read: a million files.
const MANIFEST_BYTES_MAX: u64 = 256 << 20;

/// Bytes moved at a time.
const COPY_BYTES: usize = 1 << 18;

/// A folder for a while that is its owner's alone.
fn private_folder(prefix: &str, beside: &Path) -> io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    builder.tempdir_in(beside)
}

/// What an archive holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub form: u32,
    /// Version of the program that wrote it.
    pub program: String,
    /// Microseconds since the Unix epoch.
    pub made_us: i64,
    /// The last event of the journal in it.
    pub head: HeadBody,
    /// In the order of the archive.
    pub files: Vec<Entry>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Below the data folder, parts divided by `/`.
    pub path: String,
    pub bytes: u64,
    pub sha256: Digest,
}

#[derive(Debug, Error)]
pub enum BackupFault {
    #[error(transparent)]
    Journal(#[from] JournalFault),
    #[error("{}: it cannot be read ({fault}): see who may read it and whether the disk is sound", .path.display())]
    Unread { path: PathBuf, fault: io::Error },
    #[error("{}: it cannot be written ({fault}): free some space, or name another place", .path.display())]
    Unwritten { path: PathBuf, fault: io::Error },
    #[error("{}: it cannot be packed ({fault}): free some space, or name another place", .path.display())]
    Unpacked { path: PathBuf, fault: ZipError },
    #[error("{}: it is there already, and nothing is overwritten: name another file, or a folder to put the backup in", .path.display())]
    Exists { path: PathBuf },
    #[error("{}: there is something in it, and nothing is overwritten: name a folder that is empty or not there, or move this one away", .path.display())]
    Occupied { path: PathBuf },
    #[error("{}: no name of it can be kept: rename it in UTF-8 without \\ or control characters", .path.display())]
    Name { path: PathBuf },
    #[error("{}: no backup, or a damaged one ({found}): nothing was restored; take another backup", .path.display())]
    Damaged { path: PathBuf, found: String },
    #[error("{}: a backup of a later version of Sansheng (form {found}, this one knows {FORM}): restore it with that version", .path.display())]
    Newer { path: PathBuf, found: u32 },
    #[error("{}: the journal in it was not sound when it was saved ({found}): it was restored into nothing; `--unsound` restores it all the same", .path.display())]
    Unsound { path: PathBuf, found: String },
}

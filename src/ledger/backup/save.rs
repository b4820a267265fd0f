//! Saving: a data folder into an archive.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::{BackupFault, COPY_BYTES, Entry, FORM, MANIFEST, Manifest, private_folder};
use crate::ledger::journal::Reader;
use crate::model::Digest;

/// Files that are the running service's own, are put in from the copy of the journal, or let people in: secrets stay here.
const LEFT_OUT: [&str; 11] = [
    "journal.db",
    "journal.db-wal",
    "journal.db-shm",
    "journal.head",
    "journal.lock",
    "journal.ballast",
    "people.db",
    "people.db-wal",
    "people.db-shm",
    "local.token",
    "webhooks.json",
];

/// Recordings that were handed in: kept for a day at most, and no part of the record.
const HANDED_IN: &str = "uploads/";

/// What the journal's copy consists of.
const OF_JOURNAL: [&str; 2] = ["journal.db", "journal.head"];

/// Saves the data folder `data` as the file `to`, which must not be there; it is there whole or not at all.
///
/// # Errors
/// [`BackupFault`].
pub fn save(data: &Path, to: &Path, made_us: i64) -> Result<Manifest, BackupFault> {
    if to.exists() {
        return Err(BackupFault::Exists { path: to.to_owned() });
    }
    let reader = Reader::open(data)?;
    let beside = to.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let unwritten = |fault| BackupFault::Unwritten { path: to.to_owned(), fault };
    let copy = private_folder(".backup-", beside).map_err(unwritten)?;
    let part = tempfile::Builder::new().prefix(".backup-").tempfile_in(beside).map_err(unwritten)?;
    let mut packer = Packer { zip: ZipWriter::new(part), entries: Vec::new(), to };
    // The journal first: whatever file it names is there by then, unless it has expired.
    let head = reader.copy_into(copy.path())?;
    for name in OF_JOURNAL {
        packer.add(&copy.path().join(name), name.to_owned(), CompressionMethod::Deflated)?;
    }
    let mut files = Vec::new();
    list(data, &mut files)?;
    files.sort();
    for path in files {
        let name = name_of(&path, data)?;
        if !LEFT_OUT.contains(&name.as_str()) && !name.starts_with(HANDED_IN) {
            packer.add(&path, name, CompressionMethod::Stored)?;
        }
    }
    let manifest = Manifest {
        form: FORM,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        made_us,
        head,
        files: std::mem::take(&mut packer.entries),
    };
    let part = packer.finish(&manifest)?;
    part.as_file().sync_all().map_err(unwritten)?;
    part.persist_noclobber(to).map_err(|fault| match fault.error.kind() {
        io::ErrorKind::AlreadyExists => BackupFault::Exists { path: to.to_owned() },
        _ => unwritten(fault.error),
    })?;
    #[cfg(unix)]
    File::open(beside).and_then(|folder| folder.sync_all()).map_err(unwritten)?;
    Ok(manifest)
}

struct Packer<'a> {
    zip: ZipWriter<tempfile::NamedTempFile>,
    entries: Vec<Entry>,
    to: &'a Path,
}

impl Packer<'_> {
    fn start(&mut self, name: &str, method: CompressionMethod) -> Result<(), BackupFault> {
        let options =
            SimpleFileOptions::default().compression_method(method).large_file(true).unix_permissions(0o600);
        self.zip
            .start_file(name, options)
            .map_err(|fault| BackupFault::Unpacked { path: self.to.to_owned(), fault })
    }

    /// Adds a file. One that goes away before it is opened expired meanwhile, and is left out.
    fn add(&mut self, path: &Path, name: String, method: CompressionMethod) -> Result<(), BackupFault> {
        let unread = |fault| BackupFault::Unread { path: path.to_owned(), fault };
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(fault) => return Err(unread(fault)),
        };
        self.start(&name, method)?;
        let (mut hasher, mut bytes) = (Sha256::new(), 0);
        let mut buffer = vec![0; COPY_BYTES];
        loop {
            let count = file.read(&mut buffer).map_err(unread)?;
            if count == 0 {
                break;
            }
            hasher.update(&buffer[..count]);
            bytes += count as u64;
            self.zip
                .write_all(&buffer[..count])
                .map_err(|fault| BackupFault::Unwritten { path: self.to.to_owned(), fault })?;
        }
        let sha256 = Digest::from(<[u8; 32]>::from(hasher.finalize()));
        self.entries.push(Entry { path: name, bytes, sha256 });
        Ok(())
    }

    fn finish(mut self, manifest: &Manifest) -> Result<tempfile::NamedTempFile, BackupFault> {
        self.start(MANIFEST, CompressionMethod::Deflated)?;
        let unwritten = |fault: io::Error| BackupFault::Unwritten { path: self.to.to_owned(), fault };
        let text = serde_json::to_vec_pretty(manifest).map_err(|fault| unwritten(fault.into()))?;
        self.zip.write_all(&text).map_err(unwritten)?;
        self.zip.finish().map_err(|fault| BackupFault::Unpacked { path: self.to.to_owned(), fault })
    }
}

/// Every file below `folder`; links are not followed, since they lead out of it.
fn list(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), BackupFault> {
    let unread = |fault| BackupFault::Unread { path: folder.to_owned(), fault };
    for entry in fs::read_dir(folder).map_err(unread)? {
        let entry = entry.map_err(unread)?;
        let kind = entry.file_type().map_err(unread)?;
        if kind.is_dir() {
            list(&entry.path(), files)?;
        } else if kind.is_file() {
            files.push(entry.path());
        }
    }
    Ok(())
}

/// As it stands in the archive.
fn name_of(path: &Path, below: &Path) -> Result<String, BackupFault> {
    let fault = || BackupFault::Name { path: path.to_owned() };
    let parts = path.strip_prefix(below).map_err(|_| fault())?.components();
    let parts: Option<Vec<&str>> = parts.map(|part| part.as_os_str().to_str()).collect();
    let name = parts.ok_or_else(fault)?.join("/");
    let odd = |ch: char| ch == '\\' || ch.is_control();
    if name.contains(odd) || name == MANIFEST { Err(fault()) } else { Ok(name) }
}

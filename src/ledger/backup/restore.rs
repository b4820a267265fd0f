//! Restoring: an archive into a data folder that was not there.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Read, Write};
use std::path::{Component, Path};

use sha2::{Digest as _, Sha256};
use zip::ZipArchive;

use super::{BackupFault, COPY_BYTES, Entry, FORM, MANIFEST, MANIFEST_BYTES_MAX, Manifest, private_folder};
use crate::ledger::Key;
use crate::ledger::journal::{Reader, Verdict};
use crate::model::Digest;

type Archive = ZipArchive<BufReader<File>>;

/// What was restored, and what its journal was found to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    pub manifest: Manifest,
    pub verdict: Verdict,
}

/// Restores the archive `from` as the folder `data`, which must be empty or not be there; it is there whole or not at all.
/// `unsound`: also where the journal was not as it was written when it was saved. Without the `key` of its encrypted bodies, these
/// are not looked at, and the verdict says so.
///
/// # Errors
/// [`BackupFault`]; then nothing was restored.
pub fn restore(from: &Path, data: &Path, unsound: bool, key: Option<&Key>) -> Result<Restored, BackupFault> {
    let unwritten = |fault| BackupFault::Unwritten { path: data.to_owned(), fault };
    if data.exists() {
        let occupied = !data.is_dir() || fs::read_dir(data).map_err(unwritten)?.next().is_some();
        if occupied {
            return Err(BackupFault::Occupied { path: data.to_owned() });
        }
    }
    let damaged = |found: String| BackupFault::Damaged { path: from.to_owned(), found };
    let unread = |fault| BackupFault::Unread { path: from.to_owned(), fault };
    let file = File::open(from).map_err(unread)?;
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|fault| damaged(fault.to_string()))?;
    let manifest = manifest_of(&mut archive, from)?;
    let beside = data.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(beside).map_err(unwritten)?;
    let folder = private_folder(".restore-", beside).map_err(unwritten)?;
    for entry in &manifest.files {
        unpack(&mut archive, entry, folder.path(), from)?;
    }
    let reader = Reader::open_with(folder.path(), key)?;
    let verdict = reader.verify()?;
    drop(reader);
    if verdict.head.as_ref().map_or(0, |head| head.seq) != manifest.head.seq {
        return Err(damaged("its journal does not end where the manifest says".to_owned()));
    }
    if let Some(first) = verdict.found.first().filter(|_| !unsound) {
        return Err(BackupFault::Unsound { path: from.to_owned(), found: first.what.clone() });
    }
    if data.exists() {
        fs::remove_dir(data).map_err(unwritten)?;
    }
    settle(folder.path()).map_err(unwritten)?;
    fs::rename(folder.path(), data).map_err(unwritten)?;
    // It is in its place: there is nothing to clear away.
    let _ = folder.keep();
    settle(beside).map_err(unwritten)?;
    Ok(Restored { manifest, verdict })
}

fn manifest_of(archive: &mut Archive, from: &Path) -> Result<Manifest, BackupFault> {
    let damaged = |found: String| BackupFault::Damaged { path: from.to_owned(), found };
    let mut text = Vec::new();
    let member = archive.by_name(MANIFEST).map_err(|fault| damaged(format!("{MANIFEST}: {fault}")))?;
    let read = member.take(MANIFEST_BYTES_MAX).read_to_end(&mut text);
    read.map_err(|fault| damaged(format!("{MANIFEST}: {fault}")))?;
    #[derive(serde::Deserialize)]
    struct Form {
        form: u32,
    }
    let form: Form =
        serde_json::from_slice(&text).map_err(|fault| damaged(format!("{MANIFEST}: {fault}")))?;
    if form.form > FORM {
        return Err(BackupFault::Newer { path: from.to_owned(), found: form.form });
    }
    let manifest: Manifest =
        serde_json::from_slice(&text).map_err(|fault| damaged(format!("{MANIFEST}: {fault}")))?;
    if !manifest.files.iter().any(|entry| entry.path == "journal.db") {
        return Err(damaged("it holds no journal".to_owned()));
    }
    if archive.len() != manifest.files.len() + 1 {
        let (there, told) = (archive.len() - 1, manifest.files.len());
        return Err(damaged(format!("it holds {there} files and its manifest names {told}")));
    }
    Ok(manifest)
}

/// Writes one file, and makes sure that it is the one that was saved.
fn unpack(archive: &mut Archive, entry: &Entry, folder: &Path, from: &Path) -> Result<(), BackupFault> {
    let damaged = |found: String| BackupFault::Damaged { path: from.to_owned(), found };
    let name = Path::new(&entry.path);
    let plain = !entry.path.is_empty()
        && !entry.path.contains('\\')
        && name.components().all(|part| matches!(part, Component::Normal(_)));
    if !plain {
        return Err(damaged(format!("{:?} is no name of a file in a data folder", entry.path)));
    }
    let path = folder.join(name);
    let unwritten = |fault| BackupFault::Unwritten { path: path.clone(), fault };
    if let Some(parent) = path.parent() {
        make_folders(parent).map_err(unwritten)?;
    }
    let member = archive.by_name(&entry.path).map_err(|fault| damaged(format!("{}: {fault}", entry.path)))?;
    let mut member = member.take(entry.bytes.saturating_add(1));
    let mut file = create(&path).map_err(unwritten)?;
    let (mut hasher, mut bytes) = (Sha256::new(), 0);
    let mut buffer = vec![0; COPY_BYTES];
    loop {
        let count = member.read(&mut buffer).map_err(|fault| damaged(format!("{}: {fault}", entry.path)))?;
        if count == 0 {
            break;
        }
        hasher.update(&buffer[..count]);
        bytes += count as u64;
        file.write_all(&buffer[..count]).map_err(unwritten)?;
    }
    file.sync_all().map_err(unwritten)?;
    let sha256 = Digest::from(<[u8; 32]>::from(hasher.finalize()));
    if (bytes, sha256) != (entry.bytes, entry.sha256) {
        return Err(damaged(format!("{} is not what was saved", entry.path)));
    }
    Ok(())
}

/// A file that is its owner's alone: it holds what people said.
fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn make_folders(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

#[cfg(unix)]
fn settle(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn settle(_: &Path) -> io::Result<()> {
    Ok(())
}

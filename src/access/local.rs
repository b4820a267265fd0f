//! The secret of this machine: whoever may read its file may see the hall without signing in, as `sansheng top` does.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::{AccessFault, Secret};

/// Name of the file in the folder of the journal.
const FILE: &str = "local.token";

/// Makes a new secret, which holds for this run of the service; its file is its owner's alone.
///
/// # Errors
/// [`AccessFault`] where it cannot be written.
pub fn new_local_secret(folder: &Path) -> Result<Secret, AccessFault> {
    let (path, secret) = (path(folder), Secret::random()?);
    let write = || {
        // Temporary files are their owner's alone, and this one takes the place of the old one at once.
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        writeln!(file, "{}", secret.text())?;
        file.persist(&path).map_err(|fault| fault.error)
    };
    write().map_err(|fault| AccessFault::Unusable { path: path.clone(), detail: fault.to_string() })?;
    Ok(secret)
}

/// The secret of the service that runs on a journal's folder; `None` where there is none, or it may not be read.
pub fn local_secret(folder: &Path) -> Option<Secret> {
    Secret::parse(fs::read_to_string(path(folder)).ok()?.trim())
}

fn path(folder: &Path) -> PathBuf {
    folder.join(FILE)
}

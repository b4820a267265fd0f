//! When a journal was verified last, and what came of it: a small file beside it, which `verify` leaves and the service shows. It is
//! no part of the chain: whoever can write to the folder can write it.

use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Verdict;

const FILE: &str = "journal.verified";

/// The last verification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verified {
    /// Microseconds since the Unix epoch.
    pub at_us: i64,
    /// Events that there were then, and the hash of the last.
    pub events: u64,
    pub head: Option<String>,
    /// What was not as it was written; 0: the journal was sound.
    pub faults: u64,
    /// Bodies that were not looked at for want of the key.
    pub locked: u64,
}

impl Verified {
    pub fn of(verdict: &Verdict, at_us: i64) -> Self {
        Self {
            at_us,
            events: verdict.events,
            head: verdict.head.as_ref().map(|head| head.hash.clone()),
            faults: verdict.faults,
            locked: verdict.locked,
        }
    }

    /// The last one of the journal in `folder`; `None` where there was none, or its file is damaged.
    pub fn last(folder: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(folder.join(FILE)).ok()?).ok()
    }

    /// Keeps it, whole or not at all.
    ///
    /// # Errors
    /// When there is no room, or no right to write.
    pub fn keep(&self, folder: &Path) -> io::Result<()> {
        let mut file = tempfile::Builder::new().prefix(".verified-").tempfile_in(folder)?;
        file.write_all(&serde_json::to_vec(self)?)?;
        // Somebody else than the service may have verified it. Nothing in it is secret.
        file.as_file().set_permissions(Permissions::from_mode(0o644))?;
        file.as_file().sync_all()?;
        file.persist(folder.join(FILE)).map_err(|fault| fault.error)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_verification_is_kept_and_a_damaged_file_is_none() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Verified::last(folder.path()), None);
        let first = Verified::of(&Verdict { events: 3, faults: 1, ..Verdict::default() }, 5);
        first.keep(folder.path()).unwrap();
        let second = Verified { at_us: 6, faults: 0, ..first };
        second.keep(folder.path()).unwrap();
        assert_eq!(Verified::last(folder.path()), Some(second));
        fs::write(folder.path().join(FILE), "{\"at_us\":").unwrap();
        assert_eq!(Verified::last(folder.path()), None);
    }
}

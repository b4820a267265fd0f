//! A copy of a journal as it is at one moment, taken while a service may go on writing it.

use std::fs;
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::backup::Backup;

use super::error::While;
use super::folder::{self, head_line};
use super::hash::hex;
use super::{JournalFault, Reader, last_event};
use crate::ledger::event::HeadBody;

/// How long a writer that is in the way is waited for at a time.
const PAUSE: Duration = Duration::from_millis(5);

impl Reader {
    /// Copies the journal into the folder `to`, with the head that belongs to the copy; gives that head.
    ///
    /// # Errors
    /// [`JournalFault`] where this journal cannot be read or the copy not be written.
    pub fn copy_into(&self, to: &Path) -> Result<HeadBody, JournalFault> {
        let path = folder::database(to);
        let folder_fault = |fault| JournalFault::Folder { path: to.to_owned(), fault };
        folder::make_file(&path).map_err(folder_fault)?;
        let fault = |fault: rusqlite::Error| JournalFault::of(path.clone(), While::Writing, &fault);
        let mut copy = Connection::open(&path).map_err(fault)?;
        // All pages in one step: a service that writes meanwhile is not waited for, and does not wait.
        Backup::new(&self.db, &mut copy)
            .and_then(|backup| backup.run_to_completion(i32::MAX, PAUSE, None))
            .map_err(fault)?;
        // One file, which is all of it.
        copy.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(())).map_err(fault)?;
        let head = last_event(&copy).map_err(fault)?;
        fs::write(folder::head_file(to), head_line(&head)).map_err(folder_fault)?;
        Ok(HeadBody { seq: head.seq, hash: hex(&head.hash) })
    }
}

//! Writing beside the service: what people do, from commands that run while the service writes, or while none does.
//!
//! SQLite lets one writer in at a time. Whoever writes reads the chain's head, looks whether what is to be done may be done,
//! and appends, all in one immediate transaction; so two who review at once do not both succeed, and the service, which
//! reads the head again in each of its own transactions, goes on from there. The folder's lock stays with the service: it keeps
//! a second *service* out. Nothing waits for a person inside of a transaction.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};

use super::error::While;
use super::folder::{self, Folder};
use super::rows::Rows;
use super::{JournalFault, last_event, schema, write};
use crate::ledger::event::Body;
use crate::units::{Span, WindowId};

/// How long the service may take for a commit of its own.
const PATIENCE: Duration = Duration::from_secs(30);

/// What somebody did.
#[derive(Clone, Debug)]
pub struct Act {
    pub window: Option<WindowId>,
    pub session: Option<Span>,
    /// Row of the rulebook it is bound to; `None`: that of the last event.
    pub rulebook: Option<i64>,
    pub body: Body,
}

/// A journal, open to write beside its service.
#[derive(Debug)]
pub struct Aside {
    db: Connection,
    folder: PathBuf,
}

impl Aside {
    /// # Errors
    /// [`JournalFault`] where there is no journal, or none that this version can go on with.
    pub fn open(folder: &Path) -> Result<Self, JournalFault> {
        let path = folder::database(folder);
        let db = match schema::open_beside(&path)? {
            Some(db) => db,
            None => {
                // Only while no service has it, which would be an older one.
                let _taken = Folder::take(folder)?;
                schema::open_to_write(&path)?
            }
        };
        let aside = Self { db, folder: folder.to_owned() };
        aside.db.busy_timeout(PATIENCE).map_err(|fault| aside.fault(&fault))?;
        Ok(aside)
    }

    /// Appends what `decide` gives for what the journal holds now, all of it or nothing; gives the numbers of the events.
    ///
    /// # Errors
    /// What `decide` refuses, or [`JournalFault`]; then nothing was written.
    pub fn act<E: From<JournalFault>>(
        &mut self,
        wall_us: i64,
        decide: impl FnOnce(&Rows<'_>) -> Result<Vec<Act>, E>,
    ) -> Result<Vec<u64>, E> {
        let path = folder::database(&self.folder);
        let fault = |fault: rusqlite::Error| JournalFault::of(path.clone(), While::Writing, &fault);
        let tx = Transaction::new_unchecked(&self.db, TransactionBehavior::Immediate).map_err(fault)?;
        let acts = decide(&Rows { db: &tx, folder: &self.folder })?;
        let head = last_event(&tx).map_err(fault)?;
        let of_last = "SELECT run, engine, rulebook FROM event WHERE seq = ?1";
        let last = tx
            .query_row(of_last, [head.seq], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()
            .map_err(fault)?;
        // A journal in which nothing ever happened has nothing that anybody could do something about.
        let Some((run, engine, rulebook)) = last else {
            return Err(JournalFault::Absent { path: path.clone() }.into());
        };
        let last = write::LastEvent { run, engine, rulebook };
        let after = write::append_acts(&tx, head, &last, &acts, wall_us).map_err(|stop| stop.at(&path))?;
        tx.commit().map_err(fault)?;
        folder::note_later_head(&self.folder, &after);
        Ok((head.seq + 1..=after.seq).collect())
    }

    fn fault(&self, fault: &rusqlite::Error) -> JournalFault {
        JournalFault::of(folder::database(&self.folder), While::Writing, fault)
    }
}

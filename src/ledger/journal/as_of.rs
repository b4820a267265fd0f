//! The projections as they were after an event, made anew from the events alone.

use std::path::PathBuf;

use rusqlite::Connection;

use super::reader::each_row_until;
use super::rows::Rows;
use super::schema::{PROJECTIONS, project_row};
use super::{JournalFault, Reader};

/// Projections of the past.
#[derive(Debug)]
pub struct AsOf {
    db: Connection,
    folder: PathBuf,
}

impl AsOf {
    pub fn rows(&self) -> Rows<'_> {
        Rows { db: &self.db, folder: &self.folder }
    }
}

impl Reader {
    /// What the events up to `seq` came to; what was forgotten since is not among it. Takes time with the journal's length.
    ///
    /// # Errors
    /// [`JournalFault`] where the journal cannot be read.
    pub fn as_of(&self, seq: u64) -> Result<AsOf, JournalFault> {
        let make = || {
            // In memory as long as it is small, then in a file of the system's own.
            let db = Connection::open("")?;
            PROJECTIONS.iter().try_for_each(|tables| db.execute_batch(tables))?;
            let tx = db.unchecked_transaction()?;
            each_row_until(&self.db, self.key.as_ref(), seq, |row| project_row(row, &tx))?;
            tx.commit()?;
            Ok(db)
        };
        let db = make().map_err(|fault| self.fault(&fault))?;
        Ok(AsOf { db, folder: self.folder.clone() })
    }
}

//! Journal. In: drafts of events. Out: events in one SQLite file, each bound to the one before it, on the disk before
//! [`Journal::append`] returns. Thread: `ledger` writes, one a journal; readers as many as like. Allocates: per event.
//!
//! A folder holds `journal.db`; beside it `journal.lock`, `journal.head` (the last event, so that a tail that was cut off
//! is missed) and `journal.ballast` (room for what must be written when the disk is full).

mod as_of;
mod aside;
mod bound;
mod browse;
mod error;
mod folder;
mod hash;
mod hold;
mod lock;
mod original;
mod project;
mod reader;
mod rows;
mod schema;
mod snapshot;
#[cfg(test)]
mod tests;
mod together;
mod verified;
mod verify;
mod verify_originals;
mod wall_clock;
mod write;

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, params};

use super::event::{Draft, HeadBody, RunStarted};
use super::seal::Key;
use error::While;
use folder::{Folder, Head, Written};
use hash::{GENESIS, hex};
use write::Names;

pub use as_of::AsOf;
pub use aside::{Act, Aside};
pub use browse::{Counted, FindingFilter, FindingOrder, FindingPlace};
pub use error::JournalFault;
pub use hold::Standing;
pub use original::Unmasking;
pub use reader::{Events, Query, Reader};
pub use rows::{EncounterRow, FindingRow, Period, Rows, TimeRow};
pub use verified::Verified;
pub use verify::{FOUND_MAX, Found, Verdict};
pub use wall_clock::WallClock;

/// What keeps events. The journal; in tests something that fails when it is told to.
pub trait Store: Send {
    /// Keeps all of `drafts` or none; when it returns they are durable.
    ///
    /// # Errors
    /// Where they were not kept. Unless it [is full](JournalFault::is_full) the very same have to be given again: it may
    /// be that they were kept after all, and that is found out then.
    fn append(&mut self, drafts: &[Draft]) -> Result<(), JournalFault>;

    /// Makes room on a full disk; false where there is none to make.
    fn drop_ballast(&mut self) -> bool;

    /// Lays in room for a full disk; false where there is not room enough to spare.
    fn load_ballast(&mut self) -> bool;

    /// What stands around it.
    fn surroundings(&self) -> Surroundings {
        Surroundings::default()
    }
}

/// What is not in a journal, and says how it fares.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// `None`: it was never verified.
    pub verified: Option<Verified>,
    /// Bytes free and bytes in all of its disk, as far as the system says.
    pub disk: Option<(u64, u64)>,
}

impl Surroundings {
    pub fn of(folder: &Path) -> Self {
        let disk = rustix::fs::statvfs(folder).ok();
        Self {
            verified: Verified::last(folder),
            disk: disk.map(|disk| {
                (disk.f_bavail.saturating_mul(disk.f_frsize), disk.f_blocks.saturating_mul(disk.f_frsize))
            }),
        }
    }
}

/// A hall's journal, open for writing.
#[derive(Debug)]
pub struct Journal {
    db: Connection,
    folder: Folder,
    head: Head,
    run: u64,
    /// Highest id of an alert of all runs.
    last_alert: u64,
    engine: String,
    key: Option<Key>,
    names: Names,
    broken_off: Option<u64>,
    cut: Option<HeadBody>,
    /// An append failed: what came of it is looked up before the next.
    doubtful: bool,
    /// The head that a batch would have made, from just before its commit until it is known to stand.
    attempt: Option<Head>,
}

impl Journal {
    /// Opens the journal in `folder`, or begins one, for the next run, whose findings depend on `engine`.
    ///
    /// # Errors
    /// [`JournalFault`]: the folder cannot be used, another service has it, or what is in it is no journal that this
    /// version can go on with. Then nothing was changed.
    pub fn open(path: &Path, engine: &str) -> Result<Self, JournalFault> {
        Self::open_with(path, engine, None)
    }

    /// The same with a key: from now on bodies of people are encrypted with it.
    ///
    /// # Errors
    /// As [`open`](Self::open); and where it is encrypted with another key, or with one and none is given.
    pub fn open_with(path: &Path, engine: &str, key: Option<&Key>) -> Result<Self, JournalFault> {
        let mut folder = Folder::take(path)?;
        let file = folder.database();
        let fault = |fault: rusqlite::Error| JournalFault::of(file.clone(), While::Reading, &fault);
        let db = schema::open_to_write(&file)?;
        lock::fits(&db, &file, key)?;
        let head = last_event(&db).map_err(fault)?;
        check_last(&db, &head, key)
            .map_err(fault)?
            .map_or(Ok(()), |found| Err(JournalFault::Damaged { path: file.clone(), found }))?;
        let cut = cut_off(&db, path, &head)?;
        let ask = |sql: &str| {
            let found = db.query_row(sql, [], |row| row.get::<_, Option<u64>>(0)).optional();
            found.map(Option::flatten).map_err(fault)
        };
        let last_run = ask("SELECT run FROM event WHERE seq = (SELECT max(seq) FROM event)")?;
        let ended = "SELECT 1 FROM event WHERE kind = 'run-ended' AND run = ?1";
        let in_order = match last_run {
            Some(run) => db.query_row(ended, [run], |_| Ok(())).optional().map_err(fault)?.is_some(),
            None => true,
        };
        let last_alert = ask("SELECT max(id) FROM alert")?.unwrap_or(0);
        if cut.is_none() {
            // The kill may have come between the commit and this.
            folder.note_head(&head).map_err(|fault| JournalFault::Folder { path: path.to_owned(), fault })?;
        }
        lock::take(&db, &file, key)?;
        folder.settle().map_err(|fault| JournalFault::Folder { path: path.to_owned(), fault })?;
        Ok(Self {
            run: last_run.unwrap_or(0) + 1,
            broken_off: last_run.filter(|_| !in_order),
            last_alert,
            engine: engine.to_owned(),
            key: key.cloned(),
            names: Names::default(),
            doubtful: false,
            attempt: None,
            db,
            folder,
            head,
            cut,
        })
    }

    /// Number of this run, from 1 on.
    pub fn run(&self) -> u64 {
        self.run
    }

    /// Number of the last event.
    pub fn last_seq(&self) -> u64 {
        self.head.seq
    }

    /// Highest id that an alert of an earlier run had; 0 where there was none.
    pub fn last_alert(&self) -> u64 {
        self.last_alert
    }

    /// The run before this one, where it did not come to its end.
    pub fn broken_off(&self) -> Option<u64> {
        self.broken_off
    }

    /// The event that should be there, where the journal is found shorter than it was.
    pub fn cut(&self) -> Option<&HeadBody> {
        self.cut.as_ref()
    }

    /// `started` with what the journal knows of the runs before.
    pub fn started(&self, started: RunStarted) -> RunStarted {
        RunStarted { broken_off: self.broken_off, cut: self.cut.clone(), ..started }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn fault(&self, during: While, fault: &rusqlite::Error) -> JournalFault {
        JournalFault::of(self.folder.database(), during, fault)
    }

    /// After a failure: whether the commit came through all the same. People write beside the service, so that it is not
    /// the number of the last event that tells, but the hash that only this batch can have.
    fn came_through(&mut self) -> Result<bool, JournalFault> {
        if !self.doubtful {
            return Ok(false);
        }
        let look = || -> rusqlite::Result<(Head, bool)> {
            let through = match self.attempt {
                Some(attempt) => write::hash_at(&self.db, attempt.seq)? == Some(attempt.hash),
                None => false,
            };
            Ok((last_event(&self.db)?, through))
        };
        let (head, through) = look().map_err(|fault| self.fault(While::Reading, &fault))?;
        (self.names, self.head, self.doubtful, self.attempt) = (Names::default(), head, false, None);
        Ok(through)
    }
}

impl Store for Journal {
    fn append(&mut self, drafts: &[Draft]) -> Result<(), JournalFault> {
        if self.came_through()? {
            // These are there already: only the answer of the commit did not come.
            return Ok(());
        }
        let written = write::append(self, drafts);
        if written.is_err() && self.came_through().unwrap_or(false) {
            return Ok(());
        }
        written
    }

    fn drop_ballast(&mut self) -> bool {
        self.folder.drop_ballast()
    }

    fn load_ballast(&mut self) -> bool {
        self.folder.load_ballast().is_ok()
    }

    fn surroundings(&self) -> Surroundings {
        Surroundings::of(self.folder.path())
    }
}

fn last_event(db: &Connection) -> rusqlite::Result<Head> {
    let sql = "SELECT seq, hash FROM event ORDER BY seq DESC LIMIT 1";
    let last = db.query_row(sql, [], |row| Ok(Head { seq: row.get(0)?, hash: row.get(1)? })).optional()?;
    Ok(last.unwrap_or(Head { seq: 0, hash: GENESIS }))
}

/// What is wrong with the last event, to which the next is bound; the others are looked at by `verify`.
fn check_last(db: &Connection, head: &Head, key: Option<&Key>) -> rusqlite::Result<Option<String>> {
    if head.seq == 0 {
        return Ok(None);
    }
    let sql = "SELECT hash FROM event WHERE seq = ?1";
    let previous = db.query_row(sql, [head.seq - 1], |row| row.get(0)).optional()?;
    let previous = match (previous, head.seq) {
        (Some(hash), _) => hash,
        (None, 1) => GENESIS,
        (None, _) => return Ok(Some(format!("event {} is missing", head.seq - 1))),
    };
    let last = bound::row_at(db, head.seq, key)?;
    let sound = last.as_ref().is_some_and(|row| row.is_sound(&previous));
    Ok((!sound).then(|| format!("the last event, {}, is not as it was written", head.seq)))
}

/// The event that should be the last or before the last, where it is not there.
fn cut_off(db: &Connection, folder: &Path, head: &Head) -> Result<Option<HeadBody>, JournalFault> {
    let path = folder::database(folder);
    let written = folder::written_head(folder)
        .map_err(|fault| JournalFault::Unreadable { path: path.clone(), detail: fault.to_string() })?;
    let Written::Head { seq, hash } = written else {
        let lost = matches!(written, Written::Unread(_)) || head.seq > 0;
        return Ok(lost.then(|| HeadBody { seq: 0, hash: String::new() }));
    };
    if seq == 0 {
        return Ok(None);
    }
    let there = db
        .query_row("SELECT hash FROM event WHERE seq = ?1", params![seq], |row| row.get::<_, hash::Hash>(0))
        .optional()
        .map_err(|fault| JournalFault::of(path, While::Reading, &fault))?;
    Ok(there.is_none_or(|there| hex(&there) != hash).then_some(HeadBody { seq, hash }))
}

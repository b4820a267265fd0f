//! Writing beside the service: what people do, from commands that run while the service writes, or while none does.
//!
//! SQLite lets one writer in at a time. Whoever writes reads the chain's head, looks whether what is to be done may be done,
//! and appends, all in one immediate transaction; so two who review at once do not both succeed, and the service, which
//! reads the head again in each of its own transactions, goes on from there. The folder's lock stays with the service: it keeps
//! a second *service* out. Nothing waits for a person inside of a transaction.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::error::While;
use super::folder::{self, Folder};
use super::rows::Rows;
use super::{JournalFault, last_event, lock, schema, write};
use crate::ledger::Key;
use crate::ledger::event::{Body, ForgottenBody};
use crate::units::{Span, WindowId};

/// How long the service may take for a commit of its own.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long the others are held up at a time while what was forgotten is overwritten, and how often that is tried.
const SETTLING: Duration = Duration::from_millis(100);
const SETTLINGS: usize = 20;
/// Words that are kept around a finding under review or appeal: a minute, in microseconds.
const AROUND_US: u64 = 60_000_000;

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
    pub(super) db: Connection,
    pub(super) folder: PathBuf,
    pub(super) key: Option<Key>,
}

impl Aside {
    /// # Errors
    /// [`JournalFault`] where there is no journal, or none that this version can go on with.
    pub fn open(folder: &Path) -> Result<Self, JournalFault> {
        Self::open_with(folder, None)
    }

    /// With the key of its encrypted bodies.
    ///
    /// # Errors
    /// The same; and where it is encrypted with another key, or with one and none is given.
    pub fn open_with(folder: &Path, key: Option<&Key>) -> Result<Self, JournalFault> {
        let path = folder::database(folder);
        let db = match schema::open_beside(&path)? {
            Some(db) => db,
            None => {
                // Only while no service has it, which would be an older one.
                let _taken = Folder::take(folder)?;
                schema::open_to_write(&path)?
            }
        };
        let aside = Self { db, folder: folder.to_owned(), key: key.cloned() };
        aside.db.busy_timeout(PATIENCE).map_err(|fault| aside.fault(&fault))?;
        lock::take(&aside.db, &path, key)?;
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
        self.in_one(wall_us, |tx| decide(&Rows { db: tx, folder: &self.folder }))
    }

    /// Takes the bodies of these stretches of events out of the journal for good, those [of people](crate::ledger::Kind::is_of_people),
    /// and says so in it, after `acts`; gives how many there were. The chain still verifies.
    ///
    /// # Errors
    /// [`JournalFault`]; then nothing was forgotten.
    pub fn forget(
        &mut self,
        seqs: &[(u64, u64)],
        why: &str,
        mut acts: Vec<Act>,
        wall_us: i64,
    ) -> Result<u64, JournalFault> {
        let body = Body::Forgotten(ForgottenBody { seqs: seqs.to_vec(), why: why.to_owned() });
        acts.push(Act { window: None, session: None, rulebook: None, body });
        let mut count = 0;
        self.in_one(wall_us, |tx| {
            count = write::take_out(tx, seqs).map_err(|fault| self.fault(&fault))?;
            Ok::<_, JournalFault>(acts)
        })?;
        Ok(count)
    }

    /// Overwrites what was forgotten in the file that changes are written to first, too; false where somebody reads the journal for
    /// so long that it has to wait until the next time.
    ///
    /// # Errors
    /// [`JournalFault`].
    pub fn settle(&self) -> Result<bool, JournalFault> {
        let try_once = || {
            let busy = self.db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0));
            busy.map(|busy| busy == 0)
        };
        // Nobody can write while it waits for readers: it waits often, and briefly.
        let wait = |time| self.db.busy_timeout(time).map_err(|fault| self.fault(&fault));
        wait(SETTLING)?;
        let mut settled = try_once();
        for _ in 1..SETTLINGS {
            if settled != Ok(false) {
                break;
            }
            thread::sleep(SETTLING);
            settled = try_once();
        }
        wait(PATIENCE)?;
        settled.map_err(|fault| self.fault(&fault))
    }

    /// Forgets what was heard and became known before a time, but for a minute around findings that are under review or appeal;
    /// gives how many events there were.
    ///
    /// # Errors
    /// [`JournalFault`]; some may have been forgotten.
    pub fn forget_heard(&mut self, before_us: i64, why: &str, now_us: i64) -> Result<u64, JournalFault> {
        let open = Rows { db: &self.db, folder: &self.folder }.open_cases(now_us)?;
        let held = |window: &str, wall_us: i64| {
            open.iter().any(|(of, at)| of.as_str() == window && at.abs_diff(wall_us) <= AROUND_US)
        };
        let (mut from, mut count) = (0, 0);
        loop {
            let batch = self.heard(from, before_us).map_err(|fault| self.fault(&fault))?;
            let Some((last, ..)) = batch.last() else { return Ok(count) };
            from = *last;
            let gone = batch.iter().filter(|(_, window, wall_us)| !held(window, *wall_us));
            let gone: Vec<(u64, u64)> = gone.map(|(seq, ..)| (*seq, *seq)).collect();
            if !gone.is_empty() {
                count += self.forget(&gone, why, Vec::new(), now_us)?;
            }
        }
    }

    /// Some of what was heard, after an event and before a time: number, window, when it became known.
    fn heard(&self, after: u64, before_us: i64) -> rusqlite::Result<Vec<(u64, String, i64)>> {
        // By kind and number, which is the order that they are asked for in.
        let sql = "SELECT seq, coalesce(window, ''), wall_us FROM event WHERE kind = 'heard' AND seq > ?1
                   AND +wall_us < ?2 AND (body IS NOT NULL OR sealed IS NOT NULL) ORDER BY seq LIMIT 1000";
        let mut statement = self.db.prepare_cached(sql)?;
        let rows = statement
            .query_map(params![after, before_us], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        rows.collect()
    }

    pub(super) fn in_one<E: From<JournalFault>>(
        &self,
        wall_us: i64,
        decide: impl FnOnce(&Transaction<'_>) -> Result<Vec<Act>, E>,
    ) -> Result<Vec<u64>, E> {
        let path = folder::database(&self.folder);
        let fault = |fault: rusqlite::Error| JournalFault::of(path.clone(), While::Writing, &fault);
        let tx = Transaction::new_unchecked(&self.db, TransactionBehavior::Immediate).map_err(fault)?;
        let acts = decide(&tx)?;
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
        let last = write::LastEvent { run, engine, rulebook, key: self.key.as_ref() };
        let after = write::append_acts(&tx, head, &last, &acts, wall_us).map_err(|stop| stop.at(&path))?;
        tx.commit().map_err(fault)?;
        folder::note_later_head(&self.folder, &after);
        Ok((head.seq + 1..=after.seq).collect())
    }

    pub(super) fn fault(&self, fault: &rusqlite::Error) -> JournalFault {
        JournalFault::of(folder::database(&self.folder), While::Writing, fault)
    }
}

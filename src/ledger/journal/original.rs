//! Originals: what was masked in an event's text, sealed, in a table of its own beside the events. The event's body names it by
//! its hash, so that the chain is bound to it; nothing but [`Aside::unmask`] opens it.

use rusqlite::{Connection, OptionalExtension, Transaction, params};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::aside::{Act, Aside};
use super::hash::{Hash, hex};
use super::lock::Locked;
use super::reader::{Row, row_of};
use super::rows::Rows;
use super::{JournalFault, folder};
use crate::ledger::Key;
use crate::ledger::event::{Body, RetentionBody, UnmaskBody};
use crate::ledger::unmask::{Original, Request, Shown, Step, Subject, UnmaskFault, allow, requests};
use crate::units::WindowId;

/// Originals that are looked at in one transaction.
const BATCH: usize = 1_000;

/// A step that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmasking {
    /// Number of its event.
    pub seq: u64,
    pub body: UnmaskBody,
    /// Where it is a showing.
    pub shown: Option<Shown>,
}

impl Aside {
    /// The projections.
    pub fn rows(&self) -> Rows<'_> {
        Rows { db: &self.db, folder: &self.folder }
    }

    /// Takes a step towards seeing what was masked, where the rules allow it; what is shown is given once it is in the journal
    /// that it is.
    ///
    /// # Errors
    /// [`UnmaskFault`]; then nothing was written, and nothing is shown.
    pub fn unmask(&mut self, step: &Step, who: &str, now_us: i64) -> Result<Unmasking, UnmaskFault> {
        let mut done = None;
        let numbers = self.in_one(now_us, |tx| {
            let rows = Rows { db: tx, folder: &self.folder };
            let requests = rows.unmask_requests()?;
            let event = step.event(&requests)?;
            let body = allow(&requests, rows.unmask_subject(event)?, step, (who, now_us))?;
            let row = rows.told(row_of(tx, event))?;
            let (window, session, rulebook) = match &row {
                Some(row) => (row.window.as_deref().map(WindowId::new), row.span(), Some(row.rulebook)),
                None => (None, None, None),
            };
            let shown = match (&body, row) {
                (UnmaskBody::Show { .. }, Some(row)) => Some(self.opened(tx, row)?),
                _ => None,
            };
            done = Some((body.clone(), shown));
            Ok::<_, UnmaskFault>(vec![Act { window, session, rulebook, body: Body::Unmask(body) }])
        })?;
        let absent = || JournalFault::Absent { path: folder::database(&self.folder) };
        let (body, shown) = done.ok_or_else(absent)?;
        Ok(Unmasking { seq: numbers.first().copied().ok_or_else(absent)?, body, shown })
    }

    /// Deletes the originals of events that became known before a time, and says so; gives how many there were.
    ///
    /// # Errors
    /// [`JournalFault`]; some may have been deleted.
    pub fn forget_originals(&mut self, before_us: i64, now_us: i64) -> Result<u64, JournalFault> {
        let (mut after, mut count) = (0, 0);
        loop {
            let batch = batch(&self.db, after, before_us).map_err(|fault| self.fault(&fault))?;
            let Some(last) = batch.last() else { return Ok(count) };
            after = last.seq;
            let (seqs, bytes) = due(&batch);
            if seqs.is_empty() {
                continue;
            }
            self.in_one(now_us, |tx| {
                let gone = take_out(tx, &seqs).map_err(|fault| self.fault(&fault))?;
                count += gone;
                let (what, why) = (RetentionBody::ORIGINALS.to_owned(), RetentionBody::AGE.to_owned());
                let body = RetentionBody { what, why, files: Vec::new(), bytes, seqs };
                let body = Body::Retention(body);
                Ok::<_, JournalFault>(vec![Act { window: None, session: None, rulebook: None, body }])
            })?;
        }
    }

    fn opened(&self, tx: &Transaction<'_>, mut row: Row) -> Result<Shown, JournalFault> {
        let path = || folder::database(&self.folder);
        let changed = || JournalFault::Damaged {
            path: path(),
            found: format!("what was masked in event {} is not as it was written", row.seq),
        };
        let sql = "SELECT sealed FROM original WHERE seq = ?1";
        let sealed: Option<Vec<u8>> =
            tx.query_row(sql, [row.seq], |row| row.get(0)).optional().map_err(|fault| self.fault(&fault))?;
        let key = self.key.as_ref().ok_or_else(|| Locked::NoKey.at(path(), row.seq))?;
        let (seq, run) = (row.seq, row.run);
        let original = sealed.and_then(|sealed| open(key, (seq, run), &sealed)).ok_or_else(changed)?;
        row.unlock(Some(key)).map_err(|locked| locked.at(path(), seq))?;
        let body: Value = serde_json::from_str(row.body.as_deref().unwrap_or("null"))?;
        let damaged = || JournalFault::Damaged {
            path: path(),
            found: format!("what was masked in event {seq} does not fit its text"),
        };
        let fields = original.fill(&body).ok_or_else(damaged)?;
        Ok(Shown { event: seq, kind: row.kind, window: row.window, wall_us: row.wall_us, fields })
    }
}

impl Rows<'_> {
    /// All requests to see what was masked, the oldest first.
    ///
    /// # Errors
    /// [`JournalFault`], here and below.
    pub fn unmask_requests(&self) -> Result<Vec<Request>, JournalFault> {
        let sql = "SELECT seq, window, wall_us, body FROM event WHERE kind = 'unmask' ORDER BY seq";
        let read = || {
            let mut statement = self.db.prepare_cached(sql)?;
            let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
            statement.query_map([], row)?.collect::<rusqlite::Result<Vec<StepRow>>>()
        };
        let mut steps = Vec::new();
        for (seq, window, wall_us, body) in self.told(read())? {
            steps.push((seq, window.as_deref().map(WindowId::new), wall_us, serde_json::from_str(&body)?));
        }
        Ok(requests(steps))
    }

    /// Whether what was masked in an event is kept.
    pub fn unmask_subject(&self, event: u64) -> Result<Subject, JournalFault> {
        let sql = "SELECT EXISTS (SELECT 1 FROM event WHERE seq = ?1), EXISTS (SELECT 1 FROM original WHERE seq = ?1)";
        let read = self.db.query_row(sql, [event], |row| Ok((row.get(0)?, row.get(1)?)));
        Ok(match self.told(read)? {
            (false, _) => Subject::Absent,
            (true, false) => Subject::Without,
            (true, true) => Subject::Kept,
        })
    }

    /// How many events have something kept of what was masked in them.
    pub fn originals(&self) -> Result<u64, JournalFault> {
        self.told(self.db.query_row("SELECT count(*) FROM original", [], |row| row.get(0)))
    }
}

/// A step: number, window and time of its event, and its body.
type StepRow = (u64, Option<String>, i64, String);

/// An event that has an original.
struct Kept {
    seq: u64,
    bytes: u64,
    due: bool,
}

/// Some of them, after an event.
fn batch(db: &Connection, after: u64, before_us: i64) -> rusqlite::Result<Vec<Kept>> {
    let sql = "SELECT original.seq, length(original.sealed), coalesce(event.wall_us < ?2, 1)
               FROM original LEFT JOIN event ON event.seq = original.seq
               WHERE original.seq > ?1 ORDER BY original.seq LIMIT ?3";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map(params![after, before_us, BATCH as u64], |row| {
        Ok(Kept { seq: row.get(0)?, bytes: row.get(1)?, due: row.get(2)? })
    })?;
    rows.collect()
}

/// Stretches of those that are due, with no other between, and their bytes.
fn due(batch: &[Kept]) -> (Vec<(u64, u64)>, u64) {
    let stretches = batch.chunk_by(|a, b| a.due == b.due).filter(|stretch| stretch[0].due);
    let seqs = stretches.filter_map(|stretch| Some((stretch.first()?.seq, stretch.last()?.seq))).collect();
    (seqs, batch.iter().filter(|kept| kept.due).map(|kept| kept.bytes).sum())
}

/// Takes the originals of these stretches of events out; gives how many there were.
pub(super) fn take_out(tx: &Transaction<'_>, seqs: &[(u64, u64)]) -> rusqlite::Result<u64> {
    let mut take = tx.prepare("DELETE FROM original WHERE seq BETWEEN ?1 AND ?2")?;
    seqs.iter().try_fold(0, |count, (first, last)| Ok(count + take.execute(params![first, last])? as u64))
}

/// `body` with the name of what is sealed beside it, and that.
pub(super) fn seal(
    key: &Key,
    (seq, run): (u64, u64),
    original: &Original,
    body: &str,
) -> Result<(String, Vec<u8>), JournalFault> {
    let sealed = key.seal(&place(seq, run), serde_json::to_string(original)?.as_bytes())?;
    // Every body is an object, and of those that text is masked in none is empty.
    let open = body.strip_suffix('}').unwrap_or(body);
    Ok((format!(r#"{open},"original":"{}"}}"#, name(&sealed)), sealed))
}

pub(super) fn insert(tx: &Transaction<'_>, seq: u64, sealed: &[u8]) -> rusqlite::Result<()> {
    tx.prepare_cached("INSERT INTO original (seq, sealed) VALUES (?1, ?2)")?.execute(params![seq, sealed])?;
    Ok(())
}

/// What a body calls its original: the SHA-256 of what is sealed, in hexadecimal.
pub(super) fn name(sealed: &[u8]) -> String {
    let hash: Hash = Sha256::digest(sealed).into();
    hex(&hash)
}

/// The name that a body has for its original, where it has one.
pub(super) fn named_in(body: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Named {
        original: Option<String>,
    }
    // Most have none, and are not read twice.
    let likely = body.contains(r#""original":"#);
    likely.then(|| serde_json::from_str::<Named>(body).ok()).flatten().and_then(|named| named.original)
}

fn open(key: &Key, (seq, run): (u64, u64), sealed: &[u8]) -> Option<Original> {
    serde_json::from_slice(&key.open(&place(seq, run), sealed)?).ok()
}

/// What an original is bound to.
fn place(seq: u64, run: u64) -> Vec<u8> {
    format!("sansheng original of event {seq} of run {run}").into_bytes()
}

impl Rows<'_> {
    /// Every original: of which event, and its name.
    pub(super) fn original_names(&self) -> rusqlite::Result<Vec<(u64, String)>> {
        let mut statement = self.db.prepare("SELECT seq, sealed FROM original ORDER BY seq")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, name(&row.get::<_, Vec<u8>>(1)?))))?;
        rows.collect()
    }
}

//! Reading: the events of a journal by number, kind, window and time, while a service may go on writing it.

use std::path::{Path, PathBuf};

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params_from_iter};

use super::JournalFault;
use super::error::While;
use super::folder;
use super::hash::{Hash, Header, body_hash, event_hash, hex};
use super::last_event;
use super::lock::{self, Locked};
use super::rows::{RULEBOOK, Rows};
use super::schema;
use crate::ledger::Key;
use crate::ledger::event::{Event, HeadBody, Kind, RulebookText};
use crate::units::{SessionTime, Span, WindowId};

/// Events read at once.
const PAGE: usize = 1_000;

/// Which events. Empty lists and `None` leave nothing out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    pub kinds: Vec<Kind>,
    pub windows: Vec<WindowId>,
    pub run: Option<u64>,
    /// The first number, and the one after the last.
    pub seq_from: Option<u64>,
    pub seq_until: Option<u64>,
    /// When it became known, microseconds since the Unix epoch: from the first on, before the second.
    pub wall_from_us: Option<i64>,
    pub wall_until_us: Option<i64>,
}

/// A journal, to be read.
#[derive(Debug)]
pub struct Reader {
    pub(super) db: Connection,
    pub(super) folder: PathBuf,
    pub(super) key: Option<Key>,
}

impl Reader {
    /// Without a key: bodies that are encrypted cannot be read.
    ///
    /// # Errors
    /// [`JournalFault`] where there is none, or none that this version can read.
    pub fn open(folder: &Path) -> Result<Self, JournalFault> {
        Self::open_with(folder, None)
    }

    /// With the key of its encrypted bodies.
    ///
    /// # Errors
    /// The same; and where it is encrypted with another key.
    pub fn open_with(folder: &Path, key: Option<&Key>) -> Result<Self, JournalFault> {
        let path = folder::database(folder);
        let db = schema::open_to_read(&path)?;
        lock::fits(&db, &path, key)?;
        Ok(Self { db, folder: folder.to_owned(), key: key.cloned() })
    }

    /// The events that `query` asks for, in order. What is appended meanwhile may be among them.
    pub fn events(&self, query: &Query) -> Events<'_> {
        let next = query.seq_from.unwrap_or(1);
        Events { reader: self, query: query.clone(), next, page: Vec::new().into_iter(), over: false }
    }

    /// The projections.
    pub fn rows(&self) -> Rows<'_> {
        Rows { db: &self.db, folder: &self.folder }
    }

    /// Reads several things as they are at one moment, however much is appended meanwhile.
    ///
    /// # Errors
    /// What `look` gives, or [`JournalFault`].
    pub fn at_once<T, E: From<JournalFault>>(
        &self,
        look: impl FnOnce(&Rows<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let _held = self.db.unchecked_transaction().map_err(|fault| self.fault(&fault))?;
        look(&self.rows())
    }

    /// The last event: every one before follows from its hash.
    ///
    /// # Errors
    /// [`JournalFault`].
    pub fn head(&self) -> Result<HeadBody, JournalFault> {
        let head = last_event(&self.db).map_err(|fault| self.fault(&fault))?;
        Ok(HeadBody { seq: head.seq, hash: hex(&head.hash) })
    }

    /// The file.
    pub fn path(&self) -> PathBuf {
        folder::database(&self.folder)
    }

    /// The event of this number, if there is one.
    ///
    /// # Errors
    /// [`JournalFault`].
    pub fn event(&self, seq: u64) -> Result<Option<Event>, JournalFault> {
        let row = row_of(&self.db, seq).map_err(|fault| self.fault(&fault))?;
        row.map(|row| self.opened(row)).transpose()
    }

    /// What findings of the events of this `engine` depend on.
    ///
    /// # Errors
    /// [`JournalFault`].
    pub fn engine(&self, engine: i64) -> Result<String, JournalFault> {
        let sql = "SELECT text FROM engine WHERE id = ?1";
        self.db.query_row(sql, [engine], |row| row.get(0)).map_err(|fault| self.fault(&fault))
    }

    /// Version and texts of a rulebook.
    ///
    /// # Errors
    /// [`JournalFault`].
    pub fn rulebook(&self, rulebook: i64) -> Result<(String, RulebookText), JournalFault> {
        let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get::<_, String>(1)?));
        let (version, text) =
            self.db.query_row(RULEBOOK, [rulebook], read).map_err(|fault| self.fault(&fault))?;
        Ok((version, serde_json::from_str(&text)?))
    }

    /// The runs that have events in this time.
    pub(in crate::ledger) fn runs(&self, from_us: i64, until_us: i64) -> Result<Vec<u64>, JournalFault> {
        let sql = "SELECT DISTINCT run FROM event WHERE wall_us >= ?1 AND wall_us < ?2 ORDER BY run";
        let read = || {
            let mut statement = self.db.prepare(sql)?;
            statement.query_map([from_us, until_us], |row| row.get(0))?.collect::<rusqlite::Result<_>>()
        };
        read().map_err(|fault| self.fault(&fault))
    }

    /// The first and the last event of a run; `None` where the journal has none of it.
    ///
    /// # Errors
    /// [`JournalFault`].
    pub fn seqs_of(&self, run: u64) -> Result<Option<(u64, u64)>, JournalFault> {
        let find = || {
            let sql = "SELECT seq FROM event ORDER BY seq DESC LIMIT 1";
            let last = self.db.query_row(sql, [], |row| row.get::<_, u64>(0)).optional()?.unwrap_or(0);
            // Runs follow each other: the first event of a run or a later one is found by halving.
            let mut run_at = self.db.prepare("SELECT run FROM event WHERE seq >= ?1 ORDER BY seq LIMIT 1")?;
            let mut first_of = |run: u64| {
                let (mut low, mut high) = (1, last + 1);
                while low < high {
                    let middle = low + (high - low) / 2;
                    let before = run_at.query_row([middle], |row| row.get::<_, u64>(0))? < run;
                    (low, high) = if before { (middle + 1, high) } else { (low, middle) };
                }
                Ok::<u64, rusqlite::Error>(low)
            };
            let (first, next) = (first_of(run)?, first_of(run + 1)?);
            Ok((first < next).then(|| (first, next - 1)))
        };
        find().map_err(|fault: rusqlite::Error| self.fault(&fault))
    }

    pub(super) fn fault(&self, fault: &rusqlite::Error) -> JournalFault {
        JournalFault::of(folder::database(&self.folder), While::Reading, fault)
    }

    fn page(&self, query: &Query, from: u64) -> Result<Vec<Event>, JournalFault> {
        let (sql, values) = query.sql(from);
        let read = || {
            let mut statement = self.db.prepare(&sql)?;
            statement.query_map(params_from_iter(values), Row::read)?.collect::<rusqlite::Result<Vec<Row>>>()
        };
        let rows = read().map_err(|fault| self.fault(&fault))?;
        rows.into_iter().map(|row| self.opened(row)).collect()
    }

    /// The event, its body decrypted where it is encrypted.
    fn opened(&self, mut row: Row) -> Result<Event, JournalFault> {
        row.unlock(self.key.as_ref()).map_err(|locked| locked.at(folder::database(&self.folder), row.seq))?;
        Ok(row.event())
    }
}

impl Query {
    fn sql(&self, from: u64) -> (String, Vec<Value>) {
        let whole = |number: u64| Value::from(i64::try_from(number).unwrap_or(i64::MAX));
        let mut values = vec![whole(from)];
        let mut conditions = vec!["event.seq >= ?".to_owned()];
        let mut among = |column: &str, names: Vec<&str>| {
            if !names.is_empty() {
                // Of several, an index would give them one after the other, to be sorted again for every page.
                let plain = if names.len() > 1 { "+" } else { "" };
                conditions.push(format!("{plain}{column} IN ({})", vec!["?"; names.len()].join(", ")));
                values.extend(names.into_iter().map(|name| Value::from(name.to_owned())));
            }
        };
        among("kind", self.kinds.iter().map(|kind| kind.name()).collect());
        among("window", self.windows.iter().map(WindowId::as_str).collect());
        let bounds = [
            ("run = ?", self.run.map(whole)),
            ("event.seq < ?", self.seq_until.map(whole)),
            ("wall_us >= ?", self.wall_from_us.map(Value::from)),
            ("wall_us < ?", self.wall_until_us.map(Value::from)),
        ];
        for (condition, value) in bounds {
            if let Some(value) = value {
                conditions.push(condition.to_owned());
                values.push(value);
            }
        }
        let sql = format!("{COLUMNS} WHERE {} ORDER BY event.seq LIMIT {PAGE}", conditions.join(" AND "));
        (sql, values)
    }
}

/// Iterates over events, a page at a time.
#[derive(Debug)]
pub struct Events<'a> {
    reader: &'a Reader,
    query: Query,
    next: u64,
    page: std::vec::IntoIter<Event>,
    over: bool,
}

impl Iterator for Events<'_> {
    type Item = Result<Event, JournalFault>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(event) = self.page.next() {
            self.next = event.seq + 1;
            return Some(Ok(event));
        }
        if self.over {
            return None;
        }
        match self.reader.page(&self.query, self.next) {
            Ok(page) => {
                self.over = page.len() < PAGE;
                self.page = page.into_iter();
                let event = self.page.next()?;
                self.next = event.seq + 1;
                Some(Ok(event))
            }
            Err(fault) => {
                self.over = true;
                Some(Err(fault))
            }
        }
    }
}

/// Without the texts of engines and rulebooks, which are large.
const COLUMNS: &str =
    "SELECT seq, run, kind, window, session_start, session_end, wall_us, engine, rulebook, body, salt,
   body_hash, hash, sealed FROM event";

/// An event as it lies in its table.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub seq: u64,
    pub run: u64,
    pub kind: String,
    pub window: Option<String>,
    pub start: Option<u64>,
    pub end: Option<u64>,
    pub wall_us: i64,
    pub engine: i64,
    pub rulebook: i64,
    pub body: Option<String>,
    pub salt: Option<Vec<u8>>,
    pub body_hash: Hash,
    pub hash: Hash,
    /// Salt and body, encrypted; then both are null.
    pub sealed: Option<Vec<u8>>,
}

impl Row {
    pub fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            seq: row.get(0)?,
            run: row.get(1)?,
            kind: row.get(2)?,
            window: row.get(3)?,
            start: row.get(4)?,
            end: row.get(5)?,
            wall_us: row.get(6)?,
            engine: row.get(7)?,
            rulebook: row.get(8)?,
            body: row.get(9)?,
            salt: row.get(10)?,
            body_hash: row.get(11)?,
            hash: row.get(12)?,
            sealed: row.get(13)?,
        })
    }

    /// Decrypts salt and body, where they are encrypted.
    pub fn unlock(&mut self, key: Option<&Key>) -> Result<(), Locked> {
        let Some(sealed) = &self.sealed else { return Ok(()) };
        let place = lock::place(self.seq, self.run, &self.kind, self.window.as_deref());
        let (salt, body) = lock::open(key.ok_or(Locked::NoKey)?, &place, sealed)?;
        (self.salt, self.body, self.sealed) = (Some(salt), Some(body), None);
        Ok(())
    }

    pub fn span(&self) -> Option<Span> {
        let (start, end) = (SessionTime(self.start?), SessionTime(self.end?));
        (start <= end).then_some(Span { start, end })
    }

    pub fn event(self) -> Event {
        Event {
            session: self.span(),
            seq: self.seq,
            run: self.run,
            window: self.window.as_deref().map(WindowId::new),
            kind: self.kind,
            wall_us: self.wall_us,
            engine: self.engine,
            rulebook: self.rulebook,
            body: self.body,
        }
    }

    /// Whether its body is what was written; one that was forgotten, or is still locked, cannot be otherwise.
    pub fn has_its_body(&self) -> bool {
        match (&self.body, &self.salt, &self.sealed) {
            (Some(body), Some(salt), None) => body_hash(salt, body) == self.body_hash,
            (None, None, _) => true,
            _ => false,
        }
    }

    /// Whether its hash follows from `previous`, given the hashes of the engine's and the rulebook's texts.
    pub fn follows(&self, previous: &Hash, engine: &str, rulebook: &str) -> bool {
        let Self { seq, run, kind, window, start, end, wall_us, .. } = self;
        let header = Header(*seq, *run, kind, window.as_deref(), *start, *end, *wall_us, engine, rulebook);
        event_hash(previous, &header, &self.body_hash).is_ok_and(|hash| hash == self.hash)
    }
}

/// As it lies there: locked, where it is encrypted.
pub(super) fn row_of(db: &Connection, seq: u64) -> rusqlite::Result<Option<Row>> {
    db.query_row(&format!("{COLUMNS} WHERE seq = ?1"), [seq], Row::read).optional()
}

/// Every event in order, for whoever looks at all of them.
pub(super) fn each_row(
    db: &Connection,
    key: Option<&Key>,
    look: impl FnMut(Row) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    each_row_until(db, key, i64::MAX as u64, look)
}

/// The same up to an event. What `key` does not open stays locked.
pub(super) fn each_row_until(
    db: &Connection,
    key: Option<&Key>,
    last: u64,
    mut look: impl FnMut(Row) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    let mut statement = db.prepare(&format!("{COLUMNS} WHERE seq <= ?1 ORDER BY seq"))?;
    let mut rows = statement.query([last])?;
    while let Some(row) = rows.next()? {
        let mut row = Row::read(row)?;
        // Left as it is where it does not open: `verify` tells it.
        let _ = row.unlock(key);
        look(row)?;
    }
    Ok(())
}

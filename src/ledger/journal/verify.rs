//! Verifying: whether a journal is as it was written. In: a journal, which a service may go on writing. Out: everything
//! that is not as it should be, each with its place.
//!
//! What is found: an event that was changed, left out, put in or moved; a tail that was cut off, as far as the head
//! beside the journal, or the journal itself, remembers it; bodies taken out that nothing says were forgotten; projections
//! that the events do not give; what was masked swapped or gone; a damaged file. What cannot be: a whole journal made anew together with its head.

use std::collections::{BTreeMap, HashMap};

use rusqlite::Connection;
use rusqlite::types::Value;

use super::folder::{Head, Written, written_head};
use super::hash::{GENESIS, hex, text_hash};
use super::project::Projected;
use super::reader::{Row, each_row};
use super::rows::Rows;
use super::schema::{PROJECTED, PROJECTIONS};
use super::verify_originals::Originals;
use super::{JournalFault, Reader};
use crate::ledger::event::{Body, HeadBody, Kind, RetentionBody};

/// Faults that are listed, at most; the others are counted.
pub const FOUND_MAX: usize = 100;

/// What a journal was found to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    pub events: u64,
    pub runs: u64,
    /// Bodies that were forgotten, as the journal says.
    pub forgotten: u64,
    /// Bodies that are encrypted and were not looked at: there was no key.
    pub locked: u64,
    pub head: Option<HeadBody>,
    /// The first of what is not as it should be, and how much there is of it.
    pub found: Vec<Found>,
    pub faults: u64,
}

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The event it is about, where it is about one.
    pub seq: Option<u64>,
    pub what: String,
}

impl Verdict {
    pub fn is_sound(&self) -> bool {
        self.faults == 0
    }

    fn find(&mut self, seq: Option<u64>, what: impl Into<String>) {
        self.faults += 1;
        if self.found.len() < FOUND_MAX {
            self.found.push(Found { seq, what: what.into() });
        }
    }
}

impl Reader {
    /// Looks at everything, in time that grows with the journal.
    ///
    /// # Errors
    /// [`JournalFault`] where it cannot be looked at; what is wrong with it is in the verdict.
    pub fn verify(&self) -> Result<Verdict, JournalFault> {
        // Noted before the journal is looked at: what is appended meanwhile is after it.
        let head = written_head(&self.folder).map_err(|fault| JournalFault::Unreadable {
            path: self.folder.clone(),
            detail: fault.to_string(),
        })?;
        let sql = |fault: rusqlite::Error| self.fault(&fault);
        let tx = self.db.unchecked_transaction().map_err(sql)?;
        // In memory as long as it is small, then in a file of the system's own.
        let anew = Connection::open("").map_err(sql)?;
        PROJECTIONS.iter().try_for_each(|tables| anew.execute_batch(tables)).map_err(sql)?;
        let mut look = Look::new(&anew, self.key.is_some());
        let damage = |look: &mut Look<'_>, fault: rusqlite::Error| {
            let at = look.last.seq;
            look.verdict.find(None, format!("after event {at} the file cannot be read: {fault}"));
        };
        let names = Rows { db: &tx, folder: &self.folder }.original_names();
        look.originals = names.map(Originals::of).unwrap_or_else(|fault| {
            damage(&mut look, fault);
            Originals::default()
        });
        match check_file(&tx, &mut look).and_then(|()| look.texts(&tx)) {
            Ok(()) => {
                if let Err(fault) = each_row(&tx, self.key.as_ref(), |row| look.take(&row)) {
                    damage(&mut look, fault);
                } else if let Err(fault) = look.compare(&tx) {
                    damage(&mut look, fault);
                }
            }
            Err(fault) => damage(&mut look, fault),
        }
        look.look_at_bodies();
        look.look_at_originals();
        look.look_at_head(&head);
        Ok(look.verdict())
    }
}

/// Looks at events one by one.
struct Look<'a> {
    anew: &'a Connection,
    has_key: bool,
    verdict: Verdict,
    last: Head,
    run: u64,
    /// Hashes of the texts of engines and rulebooks.
    engines: HashMap<i64, String>,
    rulebooks: HashMap<i64, String>,
    /// Events without a body, and stretches that were forgotten with the event that says so.
    bodiless: Vec<u64>,
    /// Events whose bodies could not be decrypted.
    locked: Vec<u64>,
    forgotten: Vec<(u64, u64, u64)>,
    originals: Originals,
    /// Hashes that the written head may speak of.
    hashes: BTreeMap<u64, String>,
}

impl<'a> Look<'a> {
    fn new(anew: &'a Connection, has_key: bool) -> Self {
        Self {
            anew,
            has_key,
            verdict: Verdict::default(),
            last: Head { seq: 0, hash: GENESIS },
            run: 0,
            engines: HashMap::new(),
            rulebooks: HashMap::new(),
            bodiless: Vec::new(),
            locked: Vec::new(),
            forgotten: Vec::new(),
            originals: Originals::default(),
            hashes: BTreeMap::new(),
        }
    }

    fn texts(&mut self, db: &Connection) -> rusqlite::Result<()> {
        for (table, texts) in [("engine", &mut self.engines), ("rulebook", &mut self.rulebooks)] {
            let mut statement = db.prepare(&format!("SELECT id, text FROM {table}"))?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))?;
            for row in rows {
                let (id, text) = row?;
                texts.insert(id, text_hash(&text));
            }
        }
        Ok(())
    }

    fn take(&mut self, row: &Row) -> rusqlite::Result<()> {
        let seq = row.seq;
        match seq.checked_sub(self.last.seq + 1) {
            Some(0) => {}
            Some(_) => {
                let (from, to) = (self.last.seq + 1, seq - 1);
                self.verdict.find(Some(seq), format!("events {from} to {to} are missing before it"));
            }
            None => self.verdict.find(Some(seq), "its number is out of order"),
        }
        if !row.has_its_body() {
            self.verdict.find(Some(seq), "its body is not what was written");
        }
        match (self.engines.get(&row.engine), self.rulebooks.get(&row.rulebook)) {
            (Some(engine), Some(rulebook)) if row.follows(&self.last.hash, engine, rulebook) => {}
            (Some(_), Some(_)) => self.verdict.find(
                Some(seq),
                "its hash does not follow from the event before it: one of the two, or the text of its engine or \
                 rulebook, is not what was written",
            ),
            _ => self.verdict.find(Some(seq), "its engine or rulebook is missing"),
        }
        self.verdict.events += 1;
        self.verdict.runs += u64::from(row.run != self.run);
        self.run = row.run;
        self.last = Head { seq, hash: row.hash };
        self.hashes.insert(seq, hex(&row.hash));
        // The head is noted after each batch, and a batch may have been appended since.
        if self.hashes.len() > HASHES_KEPT {
            self.hashes.pop_first();
        }
        self.read(row)
    }

    fn read(&mut self, row: &Row) -> rusqlite::Result<()> {
        if let Some(wrong) = self.originals.take(row) {
            self.verdict.find(Some(row.seq), wrong);
        }
        let event = row.clone().event();
        if row.sealed.is_some() {
            self.locked.push(event.seq);
            match self.has_key {
                true => self.verdict.find(Some(event.seq), "its encrypted body is not what was written"),
                false => self.verdict.locked += 1,
            }
        } else if event.body.is_none() {
            self.bodiless.push(event.seq);
        }
        let body = event.read().unwrap_or_else(|fault| {
            self.verdict.find(Some(event.seq), format!("its body cannot be read: {}", fault.found));
            None
        });
        match &body {
            Some(Body::Forgotten(forgotten)) => {
                self.forgotten.extend(forgotten.seqs.iter().map(|(from, to)| (*from, *to, event.seq)));
            }
            Some(Body::Retention(RetentionBody { what, seqs, .. })) if what == RetentionBody::ORIGINALS => {
                self.originals.deleted(seqs, event.seq);
            }
            Some(Body::RunStarted(started)) => {
                if let Some(HeadBody { seq, .. }) = &started.cut {
                    let what = format!("the journal was found cut before it: it had gone on to event {seq}");
                    self.verdict.find(Some(event.seq), what);
                }
            }
            _ => {}
        }
        let projected = Projected {
            seq: event.seq,
            run: event.run,
            window: row.window.as_deref(),
            session: event.session,
            wall_us: event.wall_us,
            rulebook: event.rulebook,
            kind: Kind::parse(&event.kind),
            body: body.as_ref(),
        };
        projected.apply(self.anew)
    }

    /// Whether the projections are what the events give; rows that rest on what was forgotten or is locked are left alone.
    fn compare(&mut self, db: &Connection) -> rusqlite::Result<()> {
        for (table, sources) in PROJECTED {
            let sql = format!("SELECT {}* FROM {table} ORDER BY 1, 2", named(sources));
            let leading = sources.split(", ").filter(|name| !name.is_empty()).count();
            let (mut kept, mut anew) = (db.prepare(&sql)?, self.anew.prepare(&sql)?);
            let count = kept.column_count();
            let (mut kept, mut anew) = (kept.query([])?, anew.query([])?);
            let next = |rows: &mut rusqlite::Rows<'_>| -> rusqlite::Result<Option<Vec<Value>>> {
                while let Some(row) = rows.next()? {
                    let cells = (0..count).map(|n| row.get(n)).collect::<rusqlite::Result<Vec<Value>>>()?;
                    if !cells[..leading].iter().any(|seq| self.is_bodiless(seq)) {
                        return Ok(Some(cells));
                    }
                }
                Ok(None)
            };
            let differ = loop {
                match (next(&mut kept)?, next(&mut anew)?) {
                    (None, None) => break None,
                    (kept, anew) if kept == anew => {}
                    (kept, anew) => break kept.or(anew),
                }
            };
            if let Some(row) = differ {
                let row = spelled(&row[leading..]);
                let what = format!("the table `{table}` is not what the events give, first at the row {row}");
                self.verdict.find(None, what);
            }
        }
        Ok(())
    }

    fn is_bodiless(&self, seq: &Value) -> bool {
        let Value::Integer(seq) = seq else { return false };
        let seq = u64::try_from(*seq).unwrap_or(0);
        self.bodiless.binary_search(&seq).is_ok() || self.locked.binary_search(&seq).is_ok()
    }

    fn look_at_bodies(&mut self) {
        // Many are forgotten one by one: these are looked up, and the stretches gone through.
        let (single, stretches): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.forgotten).into_iter().partition(|(from, to, _)| from == to);
        let single: HashMap<u64, u64> = single.into_iter().map(|(seq, _, by)| (seq, by)).collect();
        for seq in std::mem::take(&mut self.bodiless) {
            let said = |(from, to, by): &(u64, u64, u64)| (*from..=*to).contains(&seq) && seq < *by;
            match single.get(&seq).is_some_and(|by| seq < *by) || stretches.iter().any(said) {
                true => self.verdict.forgotten += 1,
                false => {
                    self.verdict.find(Some(seq), "its body is gone, and no event says that it was forgotten")
                }
            }
        }
    }

    fn look_at_originals(&mut self) {
        for (seq, wrong) in std::mem::take(&mut self.originals).rest() {
            self.verdict.find(Some(seq), wrong);
        }
    }

    fn look_at_head(&mut self, written: &Written) {
        let last = self.last.seq;
        match written {
            Written::Head { seq: 0, .. } => {}
            Written::Head { seq, .. } if *seq > last => {
                let what =
                    format!("the journal ends here, and had gone on to event {seq}: its tail was cut off");
                self.verdict.find(Some(last), what);
            }
            Written::Head { seq, hash } => {
                if self.hashes.get(seq).is_some_and(|known| known != hash) {
                    self.verdict.find(Some(*seq), "it is another than journal.head says");
                }
            }
            Written::Absent if last == 0 => {}
            Written::Absent => {
                self.verdict.find(None, "journal.head is missing: nobody knows whether the tail was cut off");
            }
            Written::Unread(found) => {
                self.verdict.find(None, format!("journal.head holds no head ({found:?})"));
            }
        }
    }

    fn verdict(self) -> Verdict {
        let Head { seq, hash } = self.last;
        let head = (seq > 0).then(|| HeadBody { seq, hash: hex(&hash) });
        Verdict { head, ..self.verdict }
    }
}

/// Hashes that are remembered for the head.
const HASHES_KEPT: usize = 100_000;

/// `id, seq, ` in front of all columns.
fn named(sources: &str) -> String {
    if sources.is_empty() { String::new() } else { format!("{sources}, ") }
}

fn spelled(row: &[Value]) -> String {
    let cell = |value: &Value| match value {
        Value::Null => "-".to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        Value::Blob(_) => "…".to_owned(),
    };
    row.iter().map(cell).collect::<Vec<_>>().join(" | ")
}

/// SQLite's own check: pages, indexes, types.
fn check_file(db: &Connection, look: &mut Look<'_>) -> rusqlite::Result<()> {
    let mut statement = db.prepare("PRAGMA integrity_check(20)")?;
    let lines = statement.query_map([], |row| row.get::<_, String>(0))?;
    for line in lines {
        let line = line?;
        if line != "ok" {
            look.verdict.find(None, format!("the file is damaged: {line}"));
        }
    }
    Ok(())
}

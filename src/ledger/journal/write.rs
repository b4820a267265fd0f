//! Writing: a batch of drafts becomes events, with their projections, in one transaction.

use std::collections::HashMap;
use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Statement, Transaction, TransactionBehavior, params};

use super::aside::Act;
use super::error::While;
use super::folder::Head;
use super::hash::{Hash, Header, SALT_BYTES, body_hash, event_hash, text_hash};
use super::project::Projected;
use super::{Journal, JournalFault, last_event, lock, original};
use crate::conduct::CompiledBook;
use crate::ledger::Key;
use crate::ledger::event::{Body, Draft, Kind, RulebookText};
use crate::ledger::unmask::Original;
use crate::units::{Span, WindowId};

/// Rows of engines and rulebooks, and the hashes of their texts.
#[derive(Debug, Default)]
pub struct Names {
    engine: Option<(i64, String)>,
    rulebooks: HashMap<String, (i64, String)>,
}

/// Why a batch did not go in, before it is known where.
pub(super) enum Stop {
    Sql(rusqlite::Error),
    Other(JournalFault),
}

impl Stop {
    pub fn at(self, path: &Path) -> JournalFault {
        match self {
            Self::Sql(fault) => JournalFault::of(path.to_owned(), While::Writing, &fault),
            Self::Other(fault) => fault,
        }
    }
}

impl From<rusqlite::Error> for Stop {
    fn from(fault: rusqlite::Error) -> Self {
        Self::Sql(fault)
    }
}

impl From<JournalFault> for Stop {
    fn from(fault: JournalFault) -> Self {
        Self::Other(fault)
    }
}

impl From<serde_json::Error> for Stop {
    fn from(fault: serde_json::Error) -> Self {
        Self::Other(fault.into())
    }
}

/// Appends all of `drafts` or none; they are on the disk when it returns.
pub fn append(journal: &mut Journal, drafts: &[Draft]) -> Result<(), JournalFault> {
    in_one(journal, |tx, names, head, of| append_all(tx, names, head, of, drafts))
}

/// What all events of a run have in common.
struct OfRun<'a> {
    engine: &'a str,
    run: u64,
    key: Option<&'a Key>,
}

/// Runs `work` in a transaction, and notes the head once it is committed.
fn in_one(
    journal: &mut Journal,
    work: impl FnOnce(&Transaction<'_>, &mut Names, Head, &OfRun<'_>) -> Result<Head, Stop>,
) -> Result<(), JournalFault> {
    let path = journal.folder.database();
    let Journal { db, names, head, engine, run, attempt, key, .. } = journal;
    let of = OfRun { engine, run: *run, key: key.as_ref() };
    let done: Result<Head, Stop> = (|| {
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let head = work(&tx, names, present(&tx, *head)?, &of)?;
        *attempt = Some(head);
        tx.commit()?;
        Ok(head)
    })();
    match done {
        Ok(head) => {
            (journal.head, journal.attempt) = (head, None);
            // The commit stands; an older head misses less, and the next one mends it.
            let _ = journal.folder.note_head(&head);
            Ok(())
        }
        Err(stop) => {
            // What was rolled back has no rows.
            journal.names = Names::default();
            journal.doubtful = true;
            Err(stop.at(&path))
        }
    }
}

/// The head that the next event is bound to: people may have done something beside the service. Where the event that was
/// written last is not there any more, it is bound to that all the same, so that `verify` finds the hole.
fn present(tx: &Transaction<'_>, known: Head) -> rusqlite::Result<Head> {
    let last = last_event(tx)?;
    let there = known.seq == 0 || hash_at(tx, known.seq)? == Some(known.hash);
    Ok(if there { last } else { known })
}

pub(super) fn hash_at(db: &Connection, seq: u64) -> rusqlite::Result<Option<Hash>> {
    db.query_row("SELECT hash FROM event WHERE seq = ?1", [seq], |row| row.get(0)).optional()
}

fn append_all(
    tx: &Transaction<'_>,
    names: &mut Names,
    mut head: Head,
    of: &OfRun<'_>,
    drafts: &[Draft],
) -> Result<Head, Stop> {
    let mut insert = Insert::new(tx, drafts.len(), of.key)?;
    let engine = names.engine(tx, of.engine)?;
    for draft in drafts {
        let rulebook = names.rulebook(tx, &draft.book)?;
        let line = Line {
            run: of.run,
            window: draft.window.as_ref().map(WindowId::as_str),
            session: draft.session,
            wall_us: draft.wall_us,
            engine: (engine.0, &engine.1),
            rulebook: (rulebook.0, &rulebook.1),
            body: &draft.body,
            original: draft.original.as_ref(),
        };
        head = insert.one(head, &line)?;
    }
    Ok(head)
}

/// What an event that is written beside the service takes from the one before it.
pub(super) struct LastEvent<'a> {
    pub run: u64,
    pub engine: i64,
    pub rulebook: i64,
    pub key: Option<&'a Key>,
}

/// Takes the bodies of people, and what was masked in them, out of these stretches of events; gives how many bodies there were.
pub(super) fn take_out(tx: &Transaction<'_>, seqs: &[(u64, u64)]) -> rusqlite::Result<u64> {
    original::take_out(tx, seqs)?;
    let needed = Kind::ALL.into_iter().filter(|kind| !kind.is_of_people());
    let needed: Vec<String> = needed.map(|kind| format!("'{kind}'")).collect();
    let mut take = tx.prepare(&format!(
        "UPDATE event SET body = NULL, salt = NULL, sealed = NULL WHERE seq BETWEEN ?1 AND ?2
         AND (body IS NOT NULL OR sealed IS NOT NULL) AND kind NOT IN ({})",
        needed.join(", ")
    ))?;
    seqs.iter().try_fold(0, |count, (first, last)| Ok(count + take.execute(params![first, last])? as u64))
}

/// Appends what people did, after `head`.
pub(super) fn append_acts(
    tx: &Transaction<'_>,
    mut head: Head,
    last: &LastEvent<'_>,
    acts: &[Act],
    wall_us: i64,
) -> Result<Head, Stop> {
    let mut insert = Insert::new(tx, acts.len(), last.key)?;
    let hash_of = |table: &str, id: i64| -> rusqlite::Result<String> {
        let sql = format!("SELECT text FROM {table} WHERE id = ?1");
        tx.query_row(&sql, [id], |row| row.get::<_, String>(0)).map(|text| text_hash(&text))
    };
    let engine = hash_of("engine", last.engine)?;
    for act in acts {
        let book = act.rulebook.unwrap_or(last.rulebook);
        let rulebook = hash_of("rulebook", book)?;
        let line = Line {
            run: last.run,
            window: act.window.as_ref().map(WindowId::as_str),
            session: act.session,
            wall_us,
            engine: (last.engine, &engine),
            rulebook: (book, &rulebook),
            body: &act.body,
            original: None,
        };
        head = insert.one(head, &line)?;
    }
    Ok(head)
}

/// An event that is to be written; engine and rulebook by row and hash of their text.
struct Line<'a> {
    run: u64,
    window: Option<&'a str>,
    session: Option<Span>,
    wall_us: i64,
    engine: (i64, &'a str),
    rulebook: (i64, &'a str),
    body: &'a Body,
    original: Option<&'a Original>,
}

/// Writes events in a transaction.
struct Insert<'t> {
    tx: &'t Transaction<'t>,
    statement: Statement<'t>,
    salts: std::vec::IntoIter<[u8; SALT_BYTES]>,
    key: Option<&'t Key>,
}

impl<'t> Insert<'t> {
    /// For so many events.
    fn new(tx: &'t Transaction<'t>, count: usize, key: Option<&'t Key>) -> Result<Self, Stop> {
        let mut salts = vec![[0; SALT_BYTES]; count];
        getrandom::fill(salts.as_flattened_mut())
            .map_err(|fault| Stop::Other(JournalFault::Random(fault)))?;
        let statement = tx.prepare(
            "INSERT INTO event (seq, run, kind, window, session_start, session_end, wall_us, engine, rulebook, body,
               salt, body_hash, hash, sealed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        )?;
        Ok(Self { tx, statement, salts: salts.into_iter(), key })
    }

    /// With its projections; gives the new head.
    fn one(&mut self, head: Head, line: &Line<'_>) -> Result<Head, Stop> {
        let Line { run, window, session, wall_us, engine, rulebook, body, original } = *line;
        let salt = self.salts.next().unwrap_or_default();
        let (seq, kind, json) = (head.seq + 1, body.kind(), body.to_json()?);
        // Without a key it is not kept.
        let (json, hidden) = match self.key.zip(original) {
            Some((key, original)) => {
                let (json, sealed) = original::seal(key, (seq, run), original, &json)?;
                (json, Some(sealed))
            }
            None => (json, None),
        };
        let (start, end) = (session.map(|span| span.start.0), session.map(|span| span.end.0));
        let of_body = body_hash(&salt, &json);
        let header = Header(seq, run, kind.name(), window, start, end, wall_us, engine.1, rulebook.1);
        let hash = event_hash(&head.hash, &header, &of_body)?;
        let sealed = match self.key.filter(|_| kind.is_of_people()) {
            Some(key) => Some(lock::seal(key, &lock::place(seq, run, kind.name(), window), &salt, &json)?),
            None => None,
        };
        let (json, salt) = if sealed.is_some() { (None, None) } else { (Some(json), Some(salt)) };
        self.statement.execute(params![
            seq,
            run,
            kind.name(),
            window,
            start,
            end,
            wall_us,
            engine.0,
            rulebook.0,
            json,
            salt,
            of_body,
            hash,
            sealed
        ])?;
        hidden.map(|sealed| original::insert(self.tx, seq, &sealed)).transpose()?;
        let (rulebook, kind, body) = (rulebook.0, Some(kind), Some(body));
        Projected { seq, run, window, session, wall_us, rulebook, kind, body }.apply(self.tx)?;
        Ok(Head { seq, hash })
    }
}

impl Names {
    fn engine(&mut self, tx: &Transaction<'_>, text: &str) -> Result<(i64, String), Stop> {
        if let Some(known) = &self.engine {
            return Ok(known.clone());
        }
        let find = "SELECT id FROM engine WHERE text = ?1";
        let id = match tx.query_row(find, [text], |row| row.get(0)).optional()? {
            Some(id) => id,
            None => {
                tx.execute("INSERT INTO engine (text) VALUES (?1)", [text])?;
                tx.last_insert_rowid()
            }
        };
        Ok(self.engine.insert((id, text_hash(text))).clone())
    }

    fn rulebook(&mut self, tx: &Transaction<'_>, book: &CompiledBook) -> Result<(i64, String), Stop> {
        let version = book.rulebook().version();
        if let Some(known) = self.rulebooks.get(version) {
            return Ok(known.clone());
        }
        let find = "SELECT id, text FROM rulebook WHERE version = ?1";
        let known =
            tx.query_row(find, [version], |row| Ok((row.get(0)?, row.get::<_, String>(1)?))).optional()?;
        let (id, text) = match known {
            Some(known) => known,
            None => {
                let text = serde_json::to_string(&RulebookText::of(book.rulebook()))?;
                tx.execute("INSERT INTO rulebook (version, text) VALUES (?1, ?2)", [version, &text])?;
                (tx.last_insert_rowid(), text)
            }
        };
        let named = (id, text_hash(&text));
        self.rulebooks.insert(version.to_owned(), named.clone());
        Ok(named)
    }
}

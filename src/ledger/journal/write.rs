//! Writing: a batch of drafts becomes events, with their projections, in one transaction.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::{OptionalExtension, Transaction, TransactionBehavior, params};

use super::error::While;
use super::folder::Head;
use super::hash::{Header, SALT_BYTES, body_hash, event_hash, text_hash};
use super::project::Projected;
use super::{Journal, JournalFault};
use crate::conduct::CompiledBook;
use crate::ledger::event::{Body, Draft, ForgottenBody, Kind, RulebookText};

/// Rows of engines and rulebooks, and the hashes of their texts.
#[derive(Debug, Default)]
pub struct Names {
    engine: Option<(i64, String)>,
    rulebooks: HashMap<String, (i64, String)>,
}

/// Why a batch did not go in, before it is known where.
enum Stop {
    Sql(rusqlite::Error),
    Other(JournalFault),
}

impl From<rusqlite::Error> for Stop {
    fn from(fault: rusqlite::Error) -> Self {
        Self::Sql(fault)
    }
}

impl From<serde_json::Error> for Stop {
    fn from(fault: serde_json::Error) -> Self {
        Self::Other(fault.into())
    }
}

/// Appends all of `drafts` or none; they are on the disk when it returns.
pub fn append(journal: &mut Journal, drafts: &[Draft]) -> Result<(), JournalFault> {
    in_one(journal, |tx, names, head, engine, run| append_all(tx, names, head, engine, run, drafts))
}

/// Takes bodies out, and says so; gives how many there were.
pub fn forget(
    journal: &mut Journal,
    seqs: &[(u64, u64)],
    why: &str,
    book: &Arc<CompiledBook>,
    wall_us: i64,
) -> Result<u64, JournalFault> {
    let body = ForgottenBody { seqs: seqs.to_vec(), why: why.to_owned() };
    let said =
        Draft { window: None, session: None, wall_us, book: Arc::clone(book), body: Body::Forgotten(body) };
    let mut count = 0;
    in_one(journal, |tx, names, head, engine, run| {
        let needed = Kind::ALL.into_iter().filter(|kind| !kind.is_of_people());
        let needed: Vec<String> = needed.map(|kind| format!("'{kind}'")).collect();
        let mut take = tx.prepare(&format!(
            "UPDATE event SET body = NULL, salt = NULL WHERE seq BETWEEN ?1 AND ?2 AND body IS NOT NULL
             AND kind NOT IN ({})",
            needed.join(", ")
        ))?;
        for (first, last) in seqs {
            count += take.execute(params![first, last])? as u64;
        }
        drop(take);
        append_all(tx, names, head, engine, run, &[said])
    })?;
    Ok(count)
}

/// Runs `work` in a transaction, and notes the head once it is committed.
fn in_one(
    journal: &mut Journal,
    work: impl FnOnce(&Transaction<'_>, &mut Names, Head, &str, u64) -> Result<Head, Stop>,
) -> Result<(), JournalFault> {
    let path = journal.folder.database();
    let Journal { db, names, head, engine, run, .. } = journal;
    let done = (|| {
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let head = work(&tx, names, *head, engine, *run)?;
        tx.commit()?;
        Ok(head)
    })();
    match done {
        Ok(head) => {
            journal.head = head;
            // The commit stands; an older head misses less, and the next one mends it.
            let _ = journal.folder.note_head(&head);
            Ok(())
        }
        Err(stop) => {
            // What was rolled back has no rows.
            journal.names = Names::default();
            journal.doubtful = true;
            Err(match stop {
                Stop::Sql(fault) => JournalFault::of(path, While::Writing, &fault),
                Stop::Other(fault) => fault,
            })
        }
    }
}

fn append_all(
    tx: &Transaction<'_>,
    names: &mut Names,
    mut head: Head,
    engine: &str,
    run: u64,
    drafts: &[Draft],
) -> Result<Head, Stop> {
    let mut salts = vec![0; drafts.len() * SALT_BYTES];
    getrandom::fill(&mut salts).map_err(|fault| Stop::Other(JournalFault::Random(fault)))?;
    let (engine, engine_hash) = names.engine(tx, engine)?;
    let mut insert = tx.prepare(
        "INSERT INTO event (seq, run, kind, window, session_start, session_end, wall_us, engine, rulebook, body, salt,
           body_hash, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    )?;
    for (draft, salt) in drafts.iter().zip(salts.chunks(SALT_BYTES)) {
        let Draft { window, session, wall_us, book, body } = draft;
        let (rulebook, rulebook_hash) = names.rulebook(tx, book)?;
        let (seq, kind, json) = (head.seq + 1, body.kind(), body.to_json()?);
        let window = window.as_ref().map(|id| id.as_str());
        let (start, end) = (session.map(|span| span.start.0), session.map(|span| span.end.0));
        let of_body = body_hash(salt, &json);
        let header =
            Header(seq, run, kind.name(), window, start, end, *wall_us, &engine_hash, &rulebook_hash);
        let hash = event_hash(&head.hash, &header, &of_body)?;
        insert.execute(params![
            seq,
            run,
            kind.name(),
            window,
            start,
            end,
            wall_us,
            engine,
            rulebook,
            json,
            salt,
            of_body,
            hash
        ])?;
        let (kind, body) = (Some(kind), Some(body));
        Projected { seq, run, window, session: *session, wall_us: *wall_us, rulebook, kind, body }
            .apply(tx)?;
        head = Head { seq, hash };
    }
    Ok(head)
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

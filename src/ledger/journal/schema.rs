//! Schema: the tables of a journal, form by form, and how to tell a journal from another file.

use std::path::Path;

use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, OptionalExtension, TransactionBehavior, params_from_iter};

use super::JournalFault;
use super::error::While;
use super::folder;
use super::project::Projected;
use super::reader::{Row, each_row};
use crate::ledger::event::Kind;

/// `SSjl` as SQLite keeps it: what the file says it is.
pub const APPLICATION_ID: i64 = 0x5353_6a6c;

/// Steps from an empty file to the present form; the number of those done stands in `user_version`.
const MIGRATIONS: [&[&str]; 4] = [&[EVENTS, FIRST_PROJECTIONS], &[PEOPLE_AND_TIMES], &[SEALS], &[ORIGINALS]];

/// The form that this version writes.
pub const FORM: i64 = MIGRATIONS.len() as i64;

/// How often whoever waits for the present form is told how far it is, in events: some seconds each.
const TOLD: u64 = 1_000_000;

const EVENTS: &str = "
CREATE TABLE engine (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE rulebook (id INTEGER PRIMARY KEY, version TEXT NOT NULL UNIQUE, text TEXT NOT NULL) STRICT;
CREATE TABLE event (
  seq INTEGER PRIMARY KEY,
  run INTEGER NOT NULL,
  kind TEXT NOT NULL,
  window TEXT,
  session_start INTEGER,
  session_end INTEGER,
  wall_us INTEGER NOT NULL,
  engine INTEGER NOT NULL REFERENCES engine (id),
  rulebook INTEGER NOT NULL REFERENCES rulebook (id),
  body TEXT,
  salt BLOB,
  body_hash BLOB NOT NULL,
  hash BLOB NOT NULL
) STRICT;
CREATE INDEX event_kind ON event (kind, seq);
CREATE INDEX event_window ON event (window, seq);
CREATE INDEX event_wall ON event (wall_us);
";

/// The projections, which the events give: of a journal, and made anew to compare.
pub const PROJECTIONS: [&str; 2] = [FIRST_PROJECTIONS, PEOPLE_AND_TIMES];

const FIRST_PROJECTIONS: &str = "
CREATE TABLE session_clock (
  run INTEGER NOT NULL, window TEXT NOT NULL, session INTEGER NOT NULL, wall_us INTEGER NOT NULL,
  covered INTEGER NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (run, window)
) STRICT, WITHOUT ROWID;
CREATE TABLE finding (
  id INTEGER PRIMARY KEY, seq INTEGER NOT NULL, run INTEGER NOT NULL, window TEXT NOT NULL, kind TEXT NOT NULL,
  provision TEXT NOT NULL, rule TEXT NOT NULL, severity TEXT NOT NULL, state TEXT NOT NULL, channel INTEGER NOT NULL,
  session_start INTEGER NOT NULL, session_end INTEGER NOT NULL, due INTEGER NOT NULL, wall_us INTEGER NOT NULL,
  rulebook INTEGER NOT NULL, sureness REAL NOT NULL, needs_review INTEGER NOT NULL
) STRICT;
CREATE INDEX finding_place ON finding (run, window, rule, session_start);
CREATE INDEX finding_wall ON finding (wall_us);
CREATE TABLE encounter (
  id INTEGER PRIMARY KEY, run INTEGER NOT NULL, window TEXT NOT NULL, kind TEXT NOT NULL,
  session_start INTEGER NOT NULL, session_end INTEGER NOT NULL, wall_us INTEGER NOT NULL, rings INTEGER NOT NULL,
  answered INTEGER, served INTEGER NOT NULL, interrupted INTEGER NOT NULL
) STRICT;
CREATE INDEX encounter_wall ON encounter (wall_us);
CREATE TABLE alert (
  id INTEGER PRIMARY KEY, run INTEGER NOT NULL, window TEXT NOT NULL, revision INTEGER NOT NULL, state TEXT NOT NULL,
  rule TEXT NOT NULL, first INTEGER NOT NULL, seq INTEGER NOT NULL, wall_us INTEGER NOT NULL
) STRICT;
CREATE TABLE coverage (
  window TEXT NOT NULL, hour INTEGER NOT NULL, audio INTEGER NOT NULL, unheard INTEGER NOT NULL,
  PRIMARY KEY (window, hour)
) STRICT, WITHOUT ROWID;
";

/// What people did, and from when to when a window was listened to and was not heard.
const PEOPLE_AND_TIMES: &str = "
CREATE TABLE review_step (
  seq INTEGER PRIMARY KEY, finding INTEGER NOT NULL, step TEXT NOT NULL, ruling TEXT, who TEXT NOT NULL,
  wall_us INTEGER NOT NULL, until_us INTEGER
) STRICT;
CREATE INDEX review_step_finding ON review_step (finding, seq);
CREATE TABLE duty (
  seq INTEGER PRIMARY KEY, window TEXT NOT NULL, clerk TEXT NOT NULL, kind TEXT NOT NULL, wall_us INTEGER NOT NULL
) STRICT;
CREATE INDEX duty_wall ON duty (wall_us);
CREATE TABLE stretch (
  first INTEGER PRIMARY KEY, run INTEGER NOT NULL, window TEXT NOT NULL, start_us INTEGER NOT NULL, end_us INTEGER NOT NULL
) STRICT;
CREATE INDEX stretch_place ON stretch (run, window, first);
CREATE INDEX stretch_end ON stretch (end_us, start_us);
CREATE TABLE unheard (
  seq INTEGER PRIMARY KEY, window TEXT NOT NULL, start_us INTEGER NOT NULL, end_us INTEGER NOT NULL
) STRICT;
CREATE INDEX unheard_end ON unheard (end_us, start_us);
";

/// Bodies that are encrypted, and the name of the key that they are encrypted with.
const SEALS: &str = "
ALTER TABLE event ADD COLUMN sealed BLOB;
CREATE TABLE seal (id INTEGER PRIMARY KEY CHECK (id = 1), key TEXT NOT NULL) STRICT;
";

/// What was masked in events, encrypted; their bodies name it by its hash.
const ORIGINALS: &str = "
CREATE TABLE original (seq INTEGER PRIMARY KEY, sealed BLOB NOT NULL) STRICT;
";

/// Names of the projections, and the columns that say which events a row rests on.
pub const PROJECTED: [(&str, &str); 9] = [
    ("session_clock", "seq"),
    ("finding", "id, seq"),
    ("encounter", "id"),
    ("alert", "first, seq"),
    ("coverage", ""),
    ("review_step", "seq"),
    ("duty", "seq"),
    ("stretch", ""),
    ("unheard", ""),
];

/// Opens a journal to write to it, or makes one, and brings it to the present form.
pub fn open_to_write(path: &Path) -> Result<Connection, JournalFault> {
    if path.metadata().map_or(0, |file| file.len()) == 0 {
        let fault = |fault| JournalFault::Folder { path: path.to_owned(), fault };
        folder::make_file(path).map_err(fault)?;
    } else {
        // Looked at without a way to write first: what is none of ours stays as it is.
        let looked = connect(path)?;
        if !is_empty(&looked, path)? {
            identify(&looked, path)?;
        }
    }
    let fault = |fault: rusqlite::Error| JournalFault::of(path.to_owned(), While::Writing, &fault);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags).map_err(fault)?;
    set_up(&db).map_err(fault)?;
    migrate(&db).map_err(fault)?;
    Ok(db)
}

/// Durable, and forgotten where it is to be.
fn set_up(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA foreign_keys = ON;
         PRAGMA cell_size_check = ON; PRAGMA journal_size_limit = 16777216; PRAGMA trusted_schema = OFF;",
    )
}

fn migrate(db: &Connection) -> rusqlite::Result<()> {
    let done: i64 = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if done >= FORM {
        return Ok(());
    }
    if done > 0 {
        // A column that is added makes SQLite read the whole table, and tell nothing meanwhile.
        let bytes: i64 = db.query_row(
            "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
            [],
            |row| row.get(0),
        )?;
        let size = bytes / 1_000_000;
        tracing::warn!(
            "the journal is brought from form {done} to {FORM}: it reads {size} MB and may take a minute for each 1000 MB; \
             stopping it leaves the journal as it was"
        );
    }
    let tx = rusqlite::Transaction::new_unchecked(db, TransactionBehavior::Immediate)?;
    for step in MIGRATIONS.iter().skip(usize::try_from(done).unwrap_or(0)).copied().flatten() {
        tx.execute_batch(step)?;
    }
    if done == 1 {
        fill_times(&tx)?;
    }
    tx.execute_batch(&format!("PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {FORM};"))?;
    tx.commit()
}

/// The second form's tables of what the events of the first one give; the others had no events yet.
fn fill_times(db: &Connection) -> rusqlite::Result<()> {
    let anew = Connection::open("")?;
    PROJECTIONS.iter().try_for_each(|tables| anew.execute_batch(tables))?;
    // One transaction: millions of them would take minutes.
    let anew = anew.unchecked_transaction()?;
    let last =
        db.query_row("SELECT max(seq) FROM event", [], |row| row.get::<_, Option<u64>>(0))?.unwrap_or(0);
    each_row(db, None, |row| {
        if row.seq % TOLD == 0 {
            tracing::warn!("the journal is brought to the present form: {} of {last} events", row.seq);
        }
        match Kind::parse(&row.kind) {
            Some(Kind::Clock | Kind::Quiet | Kind::Ended | Kind::Gap) => project_row(row, &anew),
            _ => Ok(()),
        }
    })?;
    for (table, columns) in [("stretch", 5), ("unheard", 4)] {
        let mut read = anew.prepare(&format!("SELECT * FROM {table}"))?;
        let mut write =
            db.prepare(&format!("INSERT INTO {table} VALUES ({})", vec!["?"; columns].join(", ")))?;
        let mut rows = read.query([])?;
        while let Some(row) = rows.next()? {
            let cells = (0..columns).map(|n| row.get(n)).collect::<rusqlite::Result<Vec<Value>>>()?;
            write.execute(params_from_iter(cells))?;
        }
    }
    Ok(())
}

/// Writes into `anew` what an event comes to. A body that cannot be read is for `verify` to tell.
pub fn project_row(row: Row, anew: &Connection) -> rusqlite::Result<()> {
    let (window, event) = (row.window.clone(), row.event());
    let kind = Kind::parse(&event.kind);
    let body = match kind {
        // Most of a journal is these, and their headers say it all.
        Some(Kind::Quiet | Kind::Ended | Kind::Gap) => None,
        _ => event.read().unwrap_or_default(),
    };
    Projected {
        seq: event.seq,
        run: event.run,
        window: window.as_deref(),
        session: event.session,
        wall_us: event.wall_us,
        rulebook: event.rulebook,
        kind,
        body: body.as_ref(),
    }
    .apply(anew)
}

/// Opens a journal to write to it beside the service that has its folder; `None` where it has to be brought to the present
/// form first, which whoever has the folder does.
pub fn open_beside(path: &Path) -> Result<Option<Connection>, JournalFault> {
    let fault = |fault: rusqlite::Error| JournalFault::of(path.to_owned(), While::Writing, &fault);
    let looked = open_to_look(path)?;
    if looked.query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0)).map_err(fault)? < FORM {
        return Ok(None);
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags).map_err(fault)?;
    set_up(&db).map_err(fault)?;
    Ok(Some(db))
}

/// Opens a journal of the present form to read it, while a service may write it.
pub fn open_to_read(path: &Path) -> Result<Connection, JournalFault> {
    let db = open_to_look(path)?;
    let fault = |fault: rusqlite::Error| JournalFault::of(path.to_owned(), While::Reading, &fault);
    let form: i64 = db.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(fault)?;
    if form < FORM {
        return Err(JournalFault::Older { path: path.to_owned(), found: form, known: FORM });
    }
    Ok(db)
}

fn open_to_look(path: &Path) -> Result<Connection, JournalFault> {
    if !path.is_file() {
        return Err(JournalFault::Absent { path: path.to_owned() });
    }
    let db = connect(path)?;
    identify(&db, path)?;
    Ok(db)
}

fn connect(path: &Path) -> Result<Connection, JournalFault> {
    let fault = |fault: rusqlite::Error| JournalFault::of(path.to_owned(), While::Reading, &fault);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags).map_err(fault)?;
    db.execute_batch("PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF;").map_err(fault)?;
    Ok(db)
}

/// Made, and not filled before its maker was killed.
fn is_empty(db: &Connection, path: &Path) -> Result<bool, JournalFault> {
    let fault = |fault: rusqlite::Error| JournalFault::of(path.to_owned(), While::Reading, &fault);
    let ask = |query: &str| db.query_row(query, [], |row| row.get::<_, i64>(0)).map_err(fault);
    Ok(ask("PRAGMA application_id")? == 0
        && ask("PRAGMA user_version")? == 0
        && ask("SELECT count(*) FROM sqlite_schema")? == 0)
}

fn identify(db: &Connection, path: &Path) -> Result<(), JournalFault> {
    let fault = |fault: rusqlite::Error| JournalFault::of(path.to_owned(), While::Reading, &fault);
    let ask = |pragma: &str| db.query_row(pragma, [], |row| row.get::<_, i64>(0)).map_err(fault);
    let (application, form) = (ask("PRAGMA application_id")?, ask("PRAGMA user_version")?);
    let path = path.to_owned();
    if application != APPLICATION_ID {
        let found = match application {
            0 => "an SQLite database of something else".to_owned(),
            other => format!("an SQLite database of application {other:#x}"),
        };
        return Err(JournalFault::Foreign { path, found });
    }
    if form > FORM {
        return Err(JournalFault::Newer { path, found: form, known: FORM });
    }
    let table = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1";
    // Those of the first form every later one has as well.
    let projected = PROJECTED.map(|(name, _)| name).into_iter().take(if form < 2 { 5 } else { usize::MAX });
    let later =
        [(3, "seal"), (4, "original")].into_iter().filter(|(since, _)| form >= *since).map(|(_, name)| name);
    for name in ["event", "engine", "rulebook"].into_iter().chain(projected).chain(later) {
        let there = db.query_row(table, [name], |_| Ok(())).optional().map_err(fault)?;
        if there.is_none() {
            return Err(JournalFault::Damaged { path, found: format!("it has no table `{name}`") });
        }
    }
    Ok(())
}

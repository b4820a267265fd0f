//! Schema: the tables of a journal, form by form, and how to tell a journal from another file.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, OptionalExtension};

use super::JournalFault;
use super::error::While;
use super::folder;

/// `SSjl` as SQLite keeps it: what the file says it is.
pub const APPLICATION_ID: i64 = 0x5353_6a6c;

/// Steps from an empty file to the present form; the number of those done stands in `user_version`.
const MIGRATIONS: [&str; 1] = [EVENTS_AND_PROJECTIONS];

/// The form that this version writes.
pub const FORM: i64 = MIGRATIONS.len() as i64;

const EVENTS_AND_PROJECTIONS: &str = "
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
pub const PROJECTIONS: &str = "
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

/// Names of the projections, and the columns that say which events a row rests on.
pub const PROJECTED: [(&str, &str); 5] = [
    ("session_clock", "seq"),
    ("finding", "id, seq"),
    ("encounter", "id"),
    ("alert", "first, seq"),
    ("coverage", ""),
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
    let mut steps = String::from("BEGIN IMMEDIATE;");
    for step in MIGRATIONS.iter().skip(usize::try_from(done).unwrap_or(0)) {
        steps.push_str(step);
    }
    if done == 0 {
        steps.push_str(PROJECTIONS);
    }
    steps.push_str(&format!(
        "PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {FORM}; COMMIT;"
    ));
    db.execute_batch(&steps)
}

/// Opens a journal to read it, while a service may write it.
pub fn open_to_read(path: &Path) -> Result<Connection, JournalFault> {
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
    for name in ["event", "engine", "rulebook"].into_iter().chain(PROJECTED.map(|(name, _)| name)) {
        let there = db.query_row(table, [name], |_| Ok(())).optional().map_err(fault)?;
        if there.is_none() {
            return Err(JournalFault::Damaged { path, found: format!("it has no table `{name}`") });
        }
    }
    Ok(())
}

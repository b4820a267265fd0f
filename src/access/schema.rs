//! The file of people: its tables, and how to tell it from another file.

use std::fs::OpenOptions;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use super::AccessFault;

/// `SSpl` as SQLite keeps it.
const APPLICATION_ID: i64 = 0x5353_706c;
/// Steps from an empty file to the present form.
const MIGRATIONS: [&str; 1] = [FIRST];
const FORM: i64 = MIGRATIONS.len() as i64;

/// How long another writer, `sansheng people`, may take.
const PATIENCE: Duration = Duration::from_secs(10);

const FIRST: &str = "
CREATE TABLE person (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, role TEXT NOT NULL, staff TEXT, windows TEXT,
  password TEXT NOT NULL, must_change INTEGER NOT NULL, active INTEGER NOT NULL, lang TEXT NOT NULL,
  sound INTEGER NOT NULL, created_us INTEGER NOT NULL, seen_us INTEGER
) STRICT;
CREATE TABLE session (
  hash BLOB PRIMARY KEY, person INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE, created_us INTEGER NOT NULL,
  seen_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE token (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, hash BLOB NOT NULL UNIQUE, windows TEXT,
  created_us INTEGER NOT NULL, seen_us INTEGER
) STRICT;
CREATE TABLE seen_finding (
  person INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE, finding INTEGER NOT NULL,
  PRIMARY KEY (person, finding)
) STRICT, WITHOUT ROWID;
";

/// Opens the file, or makes it, readable by its owner alone.
pub(super) fn open(path: &Path) -> Result<Connection, AccessFault> {
    let mut options = OpenOptions::new();
    options.create(true).read(true).write(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(path)
        .map_err(|fault| AccessFault::Unusable { path: path.to_owned(), detail: fault.to_string() })?;
    let fault = |fault: rusqlite::Error| unusable(path, &fault);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags).map_err(fault)?;
    db.busy_timeout(PATIENCE).map_err(fault)?;
    identify(&db, path)?;
    db.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA foreign_keys = ON;
         PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF;",
    )
    .map_err(fault)?;
    migrate(&db).map_err(fault)?;
    Ok(db)
}

pub(super) fn unusable(path: &Path, fault: &rusqlite::Error) -> AccessFault {
    AccessFault::Unusable { path: path.to_owned(), detail: fault.to_string() }
}

fn identify(db: &Connection, path: &Path) -> Result<(), AccessFault> {
    let ask = |sql: &str| {
        db.query_row(sql, [], |row| row.get::<_, i64>(0))
            .map_err(|fault| AccessFault::Foreign { path: path.to_owned(), found: fault.to_string() })
    };
    let (application, form) = (ask("PRAGMA application_id")?, ask("PRAGMA user_version")?);
    let is_empty = application == 0 && form == 0 && ask("SELECT count(*) FROM sqlite_schema")? == 0;
    if application != APPLICATION_ID && !is_empty {
        let found = format!("an SQLite database of application {application:#x}");
        return Err(AccessFault::Foreign { path: path.to_owned(), found });
    }
    if form > FORM {
        return Err(AccessFault::Newer { path: path.to_owned(), found: form, known: FORM });
    }
    Ok(())
}

fn migrate(db: &Connection) -> rusqlite::Result<()> {
    let form = || db.query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0));
    if form()? >= FORM {
        return Ok(());
    }
    let tx = Transaction::new_unchecked(db, TransactionBehavior::Immediate)?;
    // Somebody else may have been first.
    let done = usize::try_from(form()?).unwrap_or(0);
    for step in MIGRATIONS.iter().skip(done) {
        tx.execute_batch(step)?;
    }
    tx.execute_batch(&format!("PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {FORM};"))?;
    tx.commit()
}

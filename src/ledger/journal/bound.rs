//! An event with what it is bound to: for whoever goes on from it.

use rusqlite::{Connection, OptionalExtension};

use super::hash::{Hash, text_hash};
use super::lock::Locked;
use super::reader::{Row, row_of};
use crate::ledger::Key;

/// An event with the hashes of its engine's and its rulebook's texts.
pub(super) struct Bound {
    row: Row,
    engine: String,
    rulebook: String,
}

impl Bound {
    pub fn is_sound(&self, previous: &Hash) -> bool {
        self.row.has_its_body() && self.row.follows(previous, &self.engine, &self.rulebook)
    }
}

/// Still locked without a key; `None` also where what is encrypted was changed.
pub(super) fn row_at(db: &Connection, seq: u64, key: Option<&Key>) -> rusqlite::Result<Option<Bound>> {
    let Some(mut row) = row_of(db, seq)? else { return Ok(None) };
    if row.unlock(key) == Err(Locked::Changed) {
        return Ok(None);
    }
    let text = |table: &str, id: i64| {
        let sql = format!("SELECT text FROM {table} WHERE id = ?1");
        db.query_row(&sql, [id], |row| row.get::<_, String>(0)).optional()
    };
    let texts = text("engine", row.engine)?.zip(text("rulebook", row.rulebook)?);
    Ok(texts.map(|(engine, rulebook)| Bound {
        row,
        engine: text_hash(&engine),
        rulebook: text_hash(&rulebook),
    }))
}

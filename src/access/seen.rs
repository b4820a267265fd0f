//! Which findings somebody has looked at: the unread of an inbox.

use std::collections::BTreeSet;

use super::{AccessFault, People};

impl People {
    /// Marks a finding as read or unread by somebody.
    ///
    /// # Errors
    /// [`AccessFault`], here and below.
    pub fn mark_read(&self, person: i64, finding: u64, read: bool) -> Result<(), AccessFault> {
        let sql = match read {
            true => "INSERT OR IGNORE INTO seen_finding (person, finding) VALUES (?1, ?2)",
            false => "DELETE FROM seen_finding WHERE person = ?1 AND finding = ?2",
        };
        self.run(|db| db.execute(sql, rusqlite::params![person, finding]).map(drop))
    }

    /// Of the findings from `first` to `last`, those that somebody has read.
    pub fn read_findings(&self, person: i64, first: u64, last: u64) -> Result<BTreeSet<u64>, AccessFault> {
        let sql = "SELECT finding FROM seen_finding WHERE person = ?1 AND finding BETWEEN ?2 AND ?3";
        self.run(|db| {
            let mut statement = db.prepare(sql)?;
            statement.query_map(rusqlite::params![person, first, last], |row| row.get(0))?.collect()
        })
    }
}

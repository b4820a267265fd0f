//! Read marks: which findings somebody has looked at.

use std::collections::BTreeSet;

use rusqlite::params;

use super::{AccessFault, People};

impl People {
    /// Notes that somebody has looked at findings, or wants them as new again.
    ///
    /// # Errors
    /// [`AccessFault`], here and below.
    pub fn mark_read(&self, person: i64, findings: &[u64], read: bool) -> Result<(), AccessFault> {
        let sql = match read {
            true => "INSERT OR IGNORE INTO seen_finding (person, finding) VALUES (?1, ?2)",
            false => "DELETE FROM seen_finding WHERE person = ?1 AND finding = ?2",
        };
        self.run(|db| {
            let tx = db.unchecked_transaction()?;
            for finding in findings {
                tx.prepare_cached(sql)?.execute(params![person, finding])?;
            }
            tx.commit()
        })
    }

    /// Which findings from `first` on somebody has looked at.
    pub fn has_read(&self, person: i64, first: u64) -> Result<BTreeSet<u64>, AccessFault> {
        let sql = "SELECT finding FROM seen_finding WHERE person = ?1 AND finding >= ?2";
        self.run(|db| db.prepare_cached(sql)?.query_map(params![person, first], |row| row.get(0))?.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{NewPerson, People, Role};

    #[test]
    fn a_mark_is_of_one_person_and_can_be_taken_back() {
        let folder = tempfile::tempdir().unwrap();
        let people = People::open(folder.path()).unwrap();
        let new = |name: &str| NewPerson {
            name: name.to_owned(),
            role: Role::Reviewer,
            staff: None,
            windows: None,
        };
        let [one, other] = ["王五", "赵六"].map(|name| people.add(&new(name), 1).unwrap().0.id);
        people.mark_read(one, &[7, 8, 7], true).unwrap();
        people.mark_read(one, &[8], false).unwrap();
        people.mark_read(one, &[9], true).unwrap();
        assert_eq!(Vec::from_iter(people.has_read(one, 0).unwrap()), [7, 9]);
        assert_eq!(Vec::from_iter(people.has_read(one, 8).unwrap()), [9]);
        assert!(people.has_read(other, 0).unwrap().is_empty());
    }
}

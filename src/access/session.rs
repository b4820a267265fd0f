//! Sessions: who signed in, until when it holds.

use rusqlite::{OptionalExtension, params};

use super::people::{COLUMNS, person_of};
use super::{AccessFault, People, Person, Secret};

/// A session ends this long after it was used last.
pub const IDLE_LIFE_S: i64 = 12 * 3_600;
/// And this long after the sign-in, however much it is used.
pub const ABSOLUTE_LIFE_S: i64 = 7 * 86_400;

/// A use is noted when the one noted last is so old, microseconds: not every request is a write.
const NOTED_AFTER_US: i64 = 60_000_000;

const SECOND_US: i64 = 1_000_000;

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub struct Session {
    pub person: Person,
    pub secret: Secret,
    /// When it ends at the latest, microseconds since the Unix epoch.
    pub until_us: i64,
}

impl People {
    /// Begins a session of somebody whose password was right.
    ///
    /// # Errors
    /// [`AccessFault`], here and below.
    pub fn sign_in(&self, person: i64, now_us: i64) -> Result<Secret, AccessFault> {
        let secret = Secret::random()?;
        let db = self.db();
        let run = || -> rusqlite::Result<()> {
            db.execute(
                "DELETE FROM session WHERE seen_us < ?1 OR created_us < ?2",
                [now_us - IDLE_LIFE_S * SECOND_US, now_us - ABSOLUTE_LIFE_S * SECOND_US],
            )?;
            db.execute(
                "INSERT INTO session (hash, person, created_us, seen_us) VALUES (?1, ?2, ?3, ?3)",
                params![secret.hash(), person, now_us],
            )?;
            db.execute("UPDATE person SET seen_us = ?2 WHERE id = ?1", [person, now_us])?;
            Ok(())
        };
        run().map_err(|fault| self.fault(&fault))?;
        Ok(secret)
    }

    /// The session of this secret, while it holds and its person is active; its use is noted.
    pub fn session(&self, secret: &Secret, now_us: i64) -> Result<Option<Session>, AccessFault> {
        let db = self.db();
        let sql = format!(
            "SELECT {COLUMNS}, session.created_us AS began_us, session.seen_us AS used_us FROM session JOIN person ON person.id = session.person
             WHERE hash = ?1 AND active AND session.seen_us >= ?2 AND session.created_us >= ?3"
        );
        let bounds = [now_us - IDLE_LIFE_S * SECOND_US, now_us - ABSOLUTE_LIFE_S * SECOND_US];
        let run = || {
            let found = db
                .query_row(&sql, params![secret.hash(), bounds[0], bounds[1]], |row| {
                    Ok((person_of(row)?, row.get::<_, i64>("began_us")?, row.get::<_, i64>("used_us")?))
                })
                .optional()?;
            let Some((person, created_us, seen_us)) = found else { return Ok(None) };
            if now_us - seen_us > NOTED_AFTER_US {
                db.execute(
                    "UPDATE session SET seen_us = ?2 WHERE hash = ?1",
                    params![secret.hash(), now_us],
                )?;
                db.execute("UPDATE person SET seen_us = ?2 WHERE id = ?1", [person.id, now_us])?;
            }
            let until_us = created_us + ABSOLUTE_LIFE_S * SECOND_US;
            Ok(Some(Session { person, secret: secret.clone(), until_us }))
        };
        run().map_err(|fault| self.fault(&fault))
    }

    /// Ends one session.
    pub fn sign_out(&self, secret: &Secret) -> Result<(), AccessFault> {
        self.run(|db| db.execute("DELETE FROM session WHERE hash = ?1", [secret.hash()]).map(drop))
    }

    /// Ends the sessions of somebody, all but `kept`.
    pub fn sign_out_everywhere(&self, person: i64, kept: Option<&Secret>) -> Result<(), AccessFault> {
        let kept = kept.map(Secret::hash);
        self.run(|db| {
            db.execute("DELETE FROM session WHERE person = ?1 AND hash IS NOT ?2", params![person, kept])
                .map(drop)
        })
    }
}

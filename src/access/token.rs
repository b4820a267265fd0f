//! Tokens of other programs: the queue, the telephones, a display.

use rusqlite::{OptionalExtension, Row, params};

use super::people::listed;
use super::{AccessFault, People, Scope, Secret, Whose};

/// Characters of a name, at most.
const NAME_CHARS_MAX: usize = 64;

/// What a program shows instead of signing in; the secret itself is not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    pub id: i64,
    /// Of the program.
    pub name: String,
    /// `None`: all windows.
    pub windows: Option<Vec<String>>,
    pub created_us: i64,
    /// When it was shown last, to a minute.
    pub seen_us: Option<i64>,
}

impl Token {
    pub fn scope(&self) -> Scope {
        Scope::new(self.windows.clone(), Whose::Everybody)
    }
}

const COLUMNS: &str = "id, name, windows, created_us, seen_us";
/// A use is noted when the one noted last is so old, microseconds.
const NOTED_AFTER_US: i64 = 60_000_000;

impl People {
    /// Makes a token; the secret is given this once.
    ///
    /// # Errors
    /// [`AccessFault`], here and below.
    pub fn add_token(
        &self,
        name: &str,
        windows: Option<Vec<String>>,
        now_us: i64,
    ) -> Result<(Token, Secret), AccessFault> {
        let name = name.trim().to_owned();
        if !(1..=NAME_CHARS_MAX).contains(&name.chars().count()) || name.chars().any(char::is_control) {
            let (found, remedy) = (format!("is {name:?}"), "take one line of 1 to 64 characters");
            return Err(AccessFault::Unfit { what: "the name", found, remedy });
        }
        let secret = Secret::random()?;
        let sql = "INSERT INTO token (name, hash, windows, created_us) VALUES (?1, ?2, ?3, ?4)";
        let id = self.run(|db| {
            db.execute(sql, params![name, secret.hash(), listed(&windows), now_us])?;
            Ok(db.last_insert_rowid())
        })?;
        Ok((Token { id, name, windows, created_us: now_us, seen_us: None }, secret))
    }

    pub fn tokens(&self) -> Result<Vec<Token>, AccessFault> {
        self.run(|db| {
            let mut statement = db.prepare(&format!("SELECT {COLUMNS} FROM token ORDER BY id"))?;
            statement.query_map([], token_of)?.collect()
        })
    }

    /// The token of this secret; its use is noted.
    pub fn token(&self, secret: &Secret, now_us: i64) -> Result<Option<Token>, AccessFault> {
        let sql = format!("SELECT {COLUMNS} FROM token WHERE hash = ?1");
        self.run(|db| {
            let token = db.query_row(&sql, [secret.hash()], token_of).optional()?;
            if let Some(token) = &token
                && token.seen_us.is_none_or(|seen_us| now_us - seen_us > NOTED_AFTER_US)
            {
                db.execute("UPDATE token SET seen_us = ?2 WHERE id = ?1", [token.id, now_us])?;
            }
            Ok(token)
        })
    }

    /// Nobody is let in by it any more; gives what it was.
    pub fn remove_token(&self, id: i64) -> Result<Token, AccessFault> {
        let sql = format!("DELETE FROM token WHERE id = ?1 RETURNING {COLUMNS}");
        let token = self.run(|db| db.query_row(&sql, [id], token_of).optional())?;
        token.ok_or(AccessFault::NoToken(id))
    }
}

fn token_of(row: &Row<'_>) -> rusqlite::Result<Token> {
    let windows: Option<String> = row.get("windows")?;
    Ok(Token {
        id: row.get("id")?,
        name: row.get("name")?,
        windows: windows.map(|json| serde_json::from_str(&json).unwrap_or_default()),
        created_us: row.get("created_us")?,
        seen_us: row.get("seen_us")?,
    })
}

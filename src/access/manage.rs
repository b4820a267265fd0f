//! Changes of people: roles, windows, passwords, settings, who may no longer sign in.

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::people::{COLUMNS, NewPerson, checked, listed, person_of};
use super::secret::random_password;
use super::{AccessFault, Lang, People, Person, Role, Secret};

/// What of somebody is to be another way; `None`: stays.
#[derive(Clone, Debug, Default)]
pub struct PersonChange {
    pub name: Option<String>,
    pub role: Option<Role>,
    /// `Some(None)`: no staff number.
    pub staff: Option<Option<String>>,
    /// `Some(None)`: all windows.
    pub windows: Option<Option<Vec<String>>>,
    pub active: Option<bool>,
}

impl People {
    /// Changes somebody. Whoever may do less afterwards is signed out everywhere.
    ///
    /// # Errors
    /// [`AccessFault`], here and below: of the last admin, of a name that somebody has; then nothing was changed.
    pub fn change(&self, id: i64, change: &PersonChange) -> Result<Person, AccessFault> {
        let change = change.clone();
        self.in_one(|db| {
            let was = find(db, id)?;
            let new = checked(&NewPerson {
                name: change.name.unwrap_or_else(|| was.name.clone()),
                role: change.role.unwrap_or(was.role),
                staff: change.staff.unwrap_or_else(|| was.staff.clone()),
                windows: change.windows.unwrap_or_else(|| was.windows.clone()),
            })?;
            let active = change.active.unwrap_or(was.active);
            let sql =
                "UPDATE person SET name = ?2, role = ?3, staff = ?4, windows = ?5, active = ?6 WHERE id = ?1";
            let values = params![id, new.name, new.role.name(), new.staff, listed(&new.windows), active];
            db.execute(sql, values).map_err(|fault| of_name(fault, &new.name))?;
            let same = (new.role, &new.staff, &new.windows, active);
            if same != (was.role, &was.staff, &was.windows, was.active) {
                db.execute("DELETE FROM session WHERE person = ?1", [id])?;
            }
            keep_an_admin(db)?;
            find(db, id)
        })
    }

    /// Takes somebody off the list; gives who it was. The journal keeps what they did.
    pub fn remove(&self, id: i64) -> Result<Person, AccessFault> {
        self.in_one(|db| {
            let was = find(db, id)?;
            db.execute("DELETE FROM person WHERE id = ?1", [id])?;
            keep_an_admin(db)?;
            Ok(was)
        })
    }

    /// Gives somebody a new password, which they have to change, and signs them out everywhere. Hashes.
    pub fn reset_password(&self, id: i64) -> Result<String, AccessFault> {
        let person = self.person(id)?.ok_or(AccessFault::Nobody(id))?;
        let password = random_password()?;
        let hash = self.passwords().hash(&password, &person.name)?;
        self.set_hash(id, &hash, true)?;
        self.sign_out_everywhere(id, None)?;
        Ok(password)
    }

    /// Somebody changes their own password; sessions other than `kept` are over. False where `old` is not the present one.
    /// Hashes.
    pub fn change_password(
        &self,
        person: &Person,
        change: (&str, &str),
        kept: &Secret,
    ) -> Result<bool, AccessFault> {
        let (old, new) = change;
        let sql = "SELECT password FROM person WHERE id = ?1 AND active";
        let hash: Option<String> =
            self.run(|db| db.query_row(sql, [person.id], |row| row.get(0)).optional())?;
        if !self.passwords().fits(old, hash.as_deref()) {
            return Ok(false);
        }
        if old == new {
            let found = "is the old one".to_owned();
            return Err(AccessFault::Unfit { what: "the password", found, remedy: "take another one" });
        }
        self.set_hash(person.id, &self.passwords().hash(new, &person.name)?, false)?;
        self.sign_out_everywhere(person.id, Some(kept))?;
        Ok(true)
    }

    /// Language and sound of somebody; `None`: stays.
    pub fn set(&self, id: i64, lang: Option<Lang>, sound: Option<bool>) -> Result<(), AccessFault> {
        let sql = "UPDATE person SET lang = coalesce(?2, lang), sound = coalesce(?3, sound) WHERE id = ?1";
        self.run(|db| db.execute(sql, params![id, lang.map(Lang::name), sound]).map(drop))
    }

    fn set_hash(&self, id: i64, hash: &str, must_change: bool) -> Result<(), AccessFault> {
        let sql = "UPDATE person SET password = ?2, must_change = ?3 WHERE id = ?1";
        self.run(|db| db.execute(sql, params![id, hash, must_change]).map(drop))
    }

    /// All of it or nothing.
    fn in_one<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Refused>) -> Result<T, AccessFault> {
        let db = self.db();
        let run = || {
            let tx = Transaction::new_unchecked(&db, TransactionBehavior::Immediate)?;
            let done = work(&tx)?;
            tx.commit()?;
            Ok(done)
        };
        run().map_err(|refused| match refused {
            Refused::Access(fault) => fault,
            Refused::File(fault) => self.fault(&fault),
        })
    }
}

/// Why a transaction was given up.
enum Refused {
    Access(AccessFault),
    File(rusqlite::Error),
}

impl From<rusqlite::Error> for Refused {
    fn from(fault: rusqlite::Error) -> Self {
        Self::File(fault)
    }
}

impl From<AccessFault> for Refused {
    fn from(fault: AccessFault) -> Self {
        Self::Access(fault)
    }
}

fn find(db: &Connection, id: i64) -> Result<Person, Refused> {
    let sql = format!("SELECT {COLUMNS} FROM person WHERE id = ?1");
    let found = db.query_row(&sql, [id], person_of).optional()?;
    Ok(found.ok_or(AccessFault::Nobody(id))?)
}

fn of_name(fault: rusqlite::Error, name: &str) -> Refused {
    match fault.sqlite_error_code() {
        Some(rusqlite::ErrorCode::ConstraintViolation) => AccessFault::NameTaken(name.to_owned()).into(),
        _ => fault.into(),
    }
}

/// Nobody can lock everybody out.
fn keep_an_admin(db: &Connection) -> Result<(), Refused> {
    let sql = "SELECT EXISTS (SELECT 1 FROM person WHERE role = 'admin' AND active)";
    match db.query_row(sql, [], |row| row.get::<_, bool>(0))? {
        true => Ok(()),
        false => Err(AccessFault::LastAdmin.into()),
    }
}

//! People. In: the folder of the journal. Out: who there is, in a file that the service and `sansheng people` share.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::secret::random_password;
use super::{AccessFault, Passwords, Role, Scope, Whose, schema};

/// Characters of a name, at most.
const NAME_CHARS_MAX: usize = 64;

/// Name of the file in the folder of the journal.
const FILE: &str = "people.db";

/// Somebody who may sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub id: i64,
    pub name: String,
    pub role: Role,
    /// Staff number, by which calendar and journal know them.
    pub staff: Option<String>,
    /// `None`: all windows.
    pub windows: Option<Vec<String>>,
    /// May sign in.
    pub active: bool,
    /// The password was set by somebody else: nothing but changing it may be done.
    pub must_change: bool,
    pub lang: Lang,
    pub sound: bool,
    /// Microseconds since the Unix epoch.
    pub seen_us: Option<i64>,
}

/// In which language somebody reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    #[default]
    Zh,
    En,
}

impl Lang {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Zh => "zh",
            Self::En => "en",
        }
    }
}

/// Somebody to be added.
#[derive(Clone, Debug)]
pub struct NewPerson {
    pub name: String,
    pub role: Role,
    pub staff: Option<String>,
    pub windows: Option<Vec<String>>,
}

impl Person {
    pub fn scope(&self) -> Scope {
        let whose = match (self.role, &self.staff) {
            (Role::Clerk, Some(staff)) => Whose::Only(staff.clone()),
            (Role::Clerk, None) => Whose::Nobody,
            _ => Whose::Everybody,
        };
        Scope::new(self.windows.clone(), whose)
    }

    /// By what the journal knows them: the staff number, or else the name.
    pub fn who(&self) -> &str {
        self.staff.as_deref().unwrap_or(&self.name)
    }
}

/// The list of people, open. Calls wait for each other.
#[derive(Debug)]
pub struct People {
    path: PathBuf,
    db: Mutex<Connection>,
    passwords: Passwords,
}

pub(super) const COLUMNS: &str =
    "person.id, person.name, person.role, person.staff, person.windows, person.active,
   person.must_change, person.lang, person.sound, person.seen_us";

impl People {
    /// Opens the list in the folder of a journal; makes it where there is none.
    ///
    /// # Errors
    /// [`AccessFault`], here and below: the file is of something else, or cannot be read or written.
    pub fn open(folder: &Path) -> Result<Self, AccessFault> {
        let path = folder.join(FILE);
        Ok(Self { db: Mutex::new(schema::open(&path)?), path, passwords: Passwords::new()? })
    }

    /// To hash and compare passwords without keeping the list from others.
    pub fn passwords(&self) -> &Passwords {
        &self.passwords
    }

    /// Adds the first admin where nobody was ever added; gives the name and the password, which has to be changed.
    pub fn first_admin(&self, now_us: i64) -> Result<Option<(String, String)>, AccessFault> {
        let anybody = "SELECT EXISTS (SELECT 1 FROM person) OR EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'person')";
        if self.run(|db| db.query_row(anybody, [], |row| row.get::<_, bool>(0)))? {
            return Ok(None);
        }
        let admin = NewPerson { name: "admin".to_owned(), role: Role::Admin, staff: None, windows: None };
        let (_, password) = self.add(&admin, now_us)?;
        Ok(Some((admin.name, password)))
    }

    /// Adds somebody; gives them with a password that they have to change. Hashes.
    pub fn add(&self, new: &NewPerson, now_us: i64) -> Result<(Person, String), AccessFault> {
        let (new, password) = (checked(new)?, random_password()?);
        let hash = self.passwords.hash(&password, &new.name)?;
        let id = {
            let db = self.db();
            let sql = "INSERT INTO person (name, role, staff, windows, password, must_change, active, lang, sound, created_us)
               VALUES (?1, ?2, ?3, ?4, ?5, 1, 1, 'zh', 1, ?6)";
            let values = params![new.name, new.role.name(), new.staff, listed(&new.windows), hash, now_us];
            db.execute(sql, values).map_err(|fault| self.or_taken(&fault, &new.name))?;
            db.last_insert_rowid()
        };
        Ok((self.person(id)?.ok_or(AccessFault::Nobody(id))?, password))
    }

    /// Everybody, in the order in which they were added.
    pub fn all(&self) -> Result<Vec<Person>, AccessFault> {
        self.run(|db| {
            let mut statement = db.prepare(&format!("SELECT {COLUMNS} FROM person ORDER BY id"))?;
            statement.query_map([], person_of)?.collect()
        })
    }

    pub fn person(&self, id: i64) -> Result<Option<Person>, AccessFault> {
        self.run(|db| {
            db.query_row(&format!("SELECT {COLUMNS} FROM person WHERE id = ?1"), [id], person_of).optional()
        })
    }

    /// Who may sign in by a name, and the hash of their password.
    pub fn named(&self, name: &str) -> Result<Option<(Person, String)>, AccessFault> {
        let sql = format!("SELECT {COLUMNS}, password FROM person WHERE name = ?1 AND active");
        self.run(|db| {
            db.query_row(&sql, [name.trim()], |row| Ok((person_of(row)?, row.get("password")?))).optional()
        })
    }

    pub(super) fn db(&self) -> MutexGuard<'_, Connection> {
        self.db.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn run<T>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, AccessFault> {
        work(&self.db()).map_err(|fault| self.fault(&fault))
    }

    pub(super) fn fault(&self, fault: &rusqlite::Error) -> AccessFault {
        schema::unusable(&self.path, fault)
    }

    fn or_taken(&self, fault: &rusqlite::Error, name: &str) -> AccessFault {
        match fault.sqlite_error_code() {
            Some(rusqlite::ErrorCode::ConstraintViolation) => AccessFault::NameTaken(name.to_owned()),
            _ => self.fault(fault),
        }
    }
}

pub(super) fn person_of(row: &Row<'_>) -> rusqlite::Result<Person> {
    let named = |column: &str| row.get::<_, String>(column);
    let windows: Option<String> = row.get("windows")?;
    Ok(Person {
        id: row.get("id")?,
        name: row.get("name")?,
        // What a later version may have written there may do nothing here.
        role: Role::parse(&named("role")?).unwrap_or(Role::Guest),
        staff: row.get("staff")?,
        // What cannot be read is no window, not all.
        windows: windows.map(|json| serde_json::from_str(&json).unwrap_or_default()),
        active: row.get("active")?,
        must_change: row.get("must_change")?,
        lang: if named("lang")? == Lang::En.name() { Lang::En } else { Lang::Zh },
        sound: row.get("sound")?,
        seen_us: row.get("seen_us")?,
    })
}

pub(super) fn listed(windows: &Option<Vec<String>>) -> Option<String> {
    windows.as_ref().map(|windows| serde_json::json!(windows).to_string())
}

/// Names and numbers without blanks at their ends.
pub(super) fn checked(new: &NewPerson) -> Result<NewPerson, AccessFault> {
    let short = |text: &str| {
        let length = text.chars().count();
        (1..=NAME_CHARS_MAX).contains(&length) && !text.chars().any(char::is_control)
    };
    let name = new.name.trim().to_owned();
    let staff = new.staff.as_deref().map(str::trim).filter(|staff| !staff.is_empty()).map(str::to_owned);
    let unfit = |what, found, remedy| Err(AccessFault::Unfit { what, found, remedy });
    if !short(&name) {
        return unfit("the name", format!("is {name:?}"), "take one line of 1 to 64 characters");
    }
    if staff.as_deref().is_some_and(|staff| !short(staff)) {
        return unfit("the staff number", format!("is {staff:?}"), "take one line of 1 to 64 characters");
    }
    if !Role::OF_PEOPLE.contains(&new.role) {
        let found = format!("is {}", new.role.name());
        return unfit("the role", found, "take admin, supervisor, reviewer or clerk");
    }
    if new.role == Role::Clerk && staff.is_none() {
        return unfit("a clerk", "has no staff number".to_owned(), "give the one that the calendar has");
    }
    Ok(NewPerson { name, role: new.role, staff, windows: new.windows.clone() })
}

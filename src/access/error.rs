//! What can be wrong with people and their accounts.

use std::path::PathBuf;

use thiserror::Error;

#[derive(Debug, Error)]
pub enum AccessFault {
    #[error("{}: there is no list of people here: start the service once, or add somebody with `sansheng people add`", .0.display())]
    Absent(PathBuf),
    #[error("{}: no list of people of Sansheng ({found}): nothing was changed; move it away", .path.display())]
    Foreign { path: PathBuf, found: String },
    #[error("{}: written by a later version of Sansheng (form {found}, this one knows {known}): install that version", .path.display())]
    Newer { path: PathBuf, found: i64, known: i64 },
    #[error("{}: the list of people cannot be used ({detail}): see who may write it and whether the disk is full", .path.display())]
    Unusable { path: PathBuf, detail: String },
    #[error("the system gives no random numbers ({0})")]
    Random(getrandom::Error),
    #[error("the password cannot be hashed ({0})")]
    Hash(String),
    #[error("{what} {found}: {remedy}")]
    Unfit { what: &'static str, found: String, remedy: &'static str },
    #[error("somebody is called {0:?} already: take another name")]
    NameTaken(String),
    #[error("nobody has the number {0}")]
    Nobody(i64),
    #[error("this is the last admin: make somebody else an admin first")]
    LastAdmin,
    #[error("no token has the number {0}")]
    NoToken(i64),
}

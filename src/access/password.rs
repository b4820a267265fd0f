//! Passwords. In: what somebody typed. Out: an Argon2id hash in the PHC form, or whether it fits one. A tenth of a second of
//! one core and 19 MiB each: never on a thread that others wait for.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use std::ops::RangeInclusive;

use super::AccessFault;

/// Characters of a password: long rather than full of signs; not so long that hashing it is work.
pub const PASSWORD_CHARS: RangeInclusive<usize> = 10..=200;

/// Hashes with Argon2id, version 19, 19 MiB, two passes: what OWASP asks for at least.
#[derive(Clone, Debug)]
pub struct Passwords {
    /// What is compared where there is nobody of a name, so that it takes as long.
    nobody: String,
}

impl Passwords {
    /// # Errors
    /// [`AccessFault`] where the system gives no random numbers.
    pub fn new() -> Result<Self, AccessFault> {
        Ok(Self { nobody: hash("nobody has this password")? })
    }

    /// # Errors
    /// [`AccessFault::Unfit`] of one that is too short, too long, or the name of its person.
    pub fn hash(&self, password: &str, name: &str) -> Result<String, AccessFault> {
        let length = password.chars().count();
        if !PASSWORD_CHARS.contains(&length) {
            return Err(AccessFault::Unfit {
                what: "the password",
                found: format!("has {length} characters"),
                remedy: "take 10 to 200, several words for instance",
            });
        }
        if password.to_lowercase() == name.to_lowercase() {
            return Err(AccessFault::Unfit {
                what: "the password",
                found: "is the name".to_owned(),
                remedy: "take another one",
            });
        }
        hash(password)
    }

    /// Whether `password` is the one of `kept`; where there is none, it takes as long to say no.
    pub fn fits(&self, password: &str, kept: Option<&str>) -> bool {
        let verify = |kept: &str| {
            let Ok(kept) = PasswordHash::new(kept) else { return false };
            password.chars().count() <= *PASSWORD_CHARS.end()
                && Argon2::default().verify_password(password.as_bytes(), &kept).is_ok()
        };
        let fits = verify(kept.unwrap_or(&self.nobody));
        fits && kept.is_some()
    }
}

fn hash(password: &str) -> Result<String, AccessFault> {
    let hashed = Argon2::default().hash_password(password.as_bytes());
    hashed.map(|hash| hash.to_string()).map_err(|fault| AccessFault::Hash(fault.to_string()))
}

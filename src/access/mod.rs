//! Access. In: names, passwords, secrets. Out: who somebody is, what they may do and see. Thread: any; a call reads or
//! writes a small file, and one that hashes a password takes a tenth of a second. Allocates: per call.
//!
//! People, their sessions and the tokens of other programs are kept in `people.db` in the folder of the journal. Passwords are
//! there as Argon2id hashes, secrets of sessions and tokens as SHA-256 of 256 random bits.

mod error;
mod local;
mod manage;
mod password;
mod people;
mod role;
mod schema;
mod scope;
mod secret;
mod seen;
mod session;
mod throttle;
mod token;

pub use error::AccessFault;
pub use local::{local_secret, new_local_secret};
pub use manage::PersonChange;
pub use password::{PASSWORD_CHARS, Passwords};
pub use people::{Lang, NewPerson, People, Person};
pub use role::{Action, Role};
pub use scope::{Scope, Whose};
pub use secret::Secret;
pub use session::{ABSOLUTE_LIFE_S, IDLE_LIFE_S, Session};
pub use throttle::Throttle;
pub use token::Token;

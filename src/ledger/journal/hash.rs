//! The chain. Each event's hash is of the hash before it, of its header and of the hash of its body, so that none can be
//! changed, left out, put in or moved without every later hash being another.
//!
//! The body is hashed by itself, with a salt: taken out for good, it leaves a chain that still verifies, and nobody can
//! find out by guessing what it was. `docs/journal.md` says it so that a stranger can do it.

use serde::Serialize;
use sha2::{Digest, Sha256};

pub const SALT_BYTES: usize = 16;

/// A SHA-256.
pub type Hash = [u8; 32];

/// What stands in the place of the hash before the first event.
pub const GENESIS: Hash = [0; 32];

/// The header of an event as it is hashed: a JSON array in this order, without spaces.
#[derive(Debug, Serialize)]
pub struct Header<'a>(
    /// seq
    pub u64,
    /// run
    pub u64,
    /// kind
    pub &'a str,
    /// window
    pub Option<&'a str>,
    /// session_start, session_end
    pub Option<u64>,
    pub Option<u64>,
    /// wall_us
    pub i64,
    /// SHA-256 of the engine's and of the rulebook's text, hexadecimal
    pub &'a str,
    pub &'a str,
);

/// Of the body in its salt.
pub fn body_hash(salt: &[u8], body: &str) -> Hash {
    let mut hash = Sha256::new();
    hash.update(salt);
    hash.update(body.as_bytes());
    hash.finalize().into()
}

/// Of an event whose forerunner's hash is `previous`.
///
/// # Errors
/// None that is known: a header is of numbers and text.
pub fn event_hash(previous: &Hash, header: &Header<'_>, body: &Hash) -> Result<Hash, serde_json::Error> {
    let mut hash = Sha256::new();
    hash.update(previous);
    hash.update(serde_json::to_vec(header)?);
    hash.update(body);
    Ok(hash.finalize().into())
}

/// Of an engine's or a rulebook's text, hexadecimal.
pub fn text_hash(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vector of docs/journal.md, made by its Python.
    #[test]
    fn the_hash_of_the_documentation_is_ours() {
        let salt: Vec<u8> = (0..16).collect();
        let body = body_hash(&salt, "{\"clerk\":32000}");
        let (engine, rules) = (text_hash("engine"), text_hash("规则"));
        let quiet =
            Header(1, 1, "quiet", Some("1"), Some(0), Some(48_000), 1_795_000_000_000_000, &engine, &rules);
        let first = event_hash(&GENESIS, &quiet, &body).unwrap();
        let odd = Header(2, 1, "odd\n\"\u{1}kind\u{7f}", Some("窗口"), None, None, -1, &engine, &rules);
        let second = event_hash(&first, &odd, &body).unwrap();
        let documented = include_str!("../../../docs/journal.md");
        for hash in [&body, &first, &second] {
            assert!(documented.contains(&hex(hash)), "{} is not in docs/journal.md", hex(hash));
        }
    }
}

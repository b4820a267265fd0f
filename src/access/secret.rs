//! Secrets: 256 random bits, shown once, kept as a hash.

use std::fmt;
use std::fmt::Write as _;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::AccessFault;

/// Bytes of a secret, and of its hash.
const BYTES: usize = 32;

/// Characters that people can tell apart and write down.
const LEGIBLE: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789_";

/// A session's or a token's secret, in 64 hexadecimal digits.
#[derive(Clone)]
pub struct Secret(String);

/// What is kept of one.
pub(super) type SecretHash = [u8; BYTES];

impl Secret {
    /// A new one.
    ///
    /// # Errors
    /// [`AccessFault::Random`].
    pub fn random() -> Result<Self, AccessFault> {
        Ok(Self(hex(&random_bytes::<BYTES>()?)))
    }

    /// One that somebody shows; `None` where it cannot be one, so that nobody looks for it.
    pub fn parse(text: &str) -> Option<Self> {
        let well_formed = text.len() == 2 * BYTES && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        well_formed.then(|| Self(text.to_ascii_lowercase()))
    }

    /// To be shown to whoever it is for, once.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// Whether it is this one; takes as long however much of it is right.
    pub fn is(&self, other: &Self) -> bool {
        self.hash().ct_eq(&other.hash()).into()
    }

    /// Of a secret with so many bits a plain hash is enough: nobody can try them all.
    pub(super) fn hash(&self) -> SecretHash {
        Sha256::digest(&self.0).into()
    }

    /// Another secret that follows from this one and cannot be turned back into it.
    pub fn derived(&self, purpose: &str) -> String {
        hex(&Sha256::digest(format!("{purpose}\n{}", self.0)))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(not shown)")
    }
}

/// A password for somebody who will change it: 16 characters of 32, 80 bits.
pub(super) fn random_password() -> Result<String, AccessFault> {
    let bytes = random_bytes::<16>()?;
    Ok(bytes.iter().map(|byte| char::from(LEGIBLE[usize::from(byte % 32)])).collect())
}

fn random_bytes<const N: usize>() -> Result<[u8; N], AccessFault> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(AccessFault::Random)?;
    Ok(bytes)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

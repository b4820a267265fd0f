//! The secret of a window's microphone. Kept as a digest only, compared in constant time, never shown.

use std::fmt;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use thiserror::Error;

/// Shortest token taken: what `openssl rand -hex 8` prints.
pub const TOKEN_CHARS_MIN: usize = 16;

/// Longest token taken: it has to fit into a header line.
pub const TOKEN_CHARS_MAX: usize = 256;

const DIGEST_PREFIX: &str = "sha256:";

/// What a microphone must present, as the hub knows it.
#[derive(Clone, PartialEq, Eq)]
pub struct Token([u8; 32]);

impl Token {
    /// Takes the token itself, or `sha256:` and the 64 hexadecimal digits of its SHA-256 digest.
    ///
    /// # Errors
    /// When the token is too short to be secret, cannot stand in an HTTP header, or the digest is none.
    pub fn parse(text: &str) -> Result<Self, TokenFault> {
        match text.strip_prefix(DIGEST_PREFIX) {
            Some(hex) => digest(hex).map(Self).ok_or(TokenFault::Digest),
            None => check_secret(text).map(|secret| Self(Sha256::digest(secret).into())),
        }
    }

    /// Whether `presented` is the token. Takes the same time however much of it is right.
    pub fn admits(&self, presented: &str) -> bool {
        let presented: [u8; 32] = Sha256::digest(presented).into();
        presented.ct_eq(&self.0).into()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(not shown)")
    }
}

/// Checks a token as it is presented.
///
/// # Errors
/// When it is too short or too long, or holds what cannot stand in an HTTP header.
pub(super) fn check_secret(text: &str) -> Result<&str, TokenFault> {
    match text.len() {
        _ if !text.bytes().all(|byte| byte.is_ascii_graphic()) => Err(TokenFault::Characters),
        TOKEN_CHARS_MIN..=TOKEN_CHARS_MAX => Ok(text),
        length => Err(TokenFault::Length(length)),
    }
}

fn digest(hex: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if hex.len() != 64 || !hex.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(hex.get(2 * index..2 * index + 2)?, 16).ok()?;
    }
    Some(bytes)
}

/// What is wrong with a token. Never says what the token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TokenFault {
    #[error(
        "the token has {0} characters: take {TOKEN_CHARS_MIN} to {TOKEN_CHARS_MAX}, e.g. what `openssl rand -hex 16` prints"
    )]
    Length(usize),
    #[error("the token holds a space or a character beyond ASCII: take what `openssl rand -hex 16` prints")]
    Characters,
    #[error("after `sha256:` come 64 hexadecimal digits: what `printf %s TOKEN | sha256sum` prints")]
    Digest,
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn a_token_and_its_digest_admit_the_token_and_nothing_else() {
        let digest = "sha256:3eb1dd98840bcba49b64862f4bc6a58862e9871e24bb1e6d2ae47413f8d7e1a3";
        let hex: String = Sha256::digest(SECRET).iter().map(|byte| format!("{byte:02x}")).collect();
        for text in [SECRET, &format!("sha256:{hex}"), &format!("sha256:{}", hex.to_uppercase())] {
            let token = Token::parse(text).expect("a token");
            assert!(token.admits(SECRET), "{text}");
            for other in ["", "0123456789abcdef0123456789abcdee", text] {
                assert_eq!(token.admits(other), other == SECRET, "{text} admits {other}");
            }
            assert_eq!(format!("{token:?}"), "Token(not shown)");
        }
        assert!(!Token::parse(digest).expect("a digest").admits(SECRET));
    }

    #[test]
    fn weak_and_broken_tokens_are_refused_without_being_shown() {
        for (text, fault) in [
            ("", TokenFault::Length(0)),
            ("hunter2", TokenFault::Length(7)),
            ("with a space in it", TokenFault::Characters),
            ("line\nbreak-in-the-token", TokenFault::Characters),
            ("sha256:12", TokenFault::Digest),
            (&format!("sha256:{}", "g".repeat(64)), TokenFault::Digest),
            (&format!("sha256:{}", "é".repeat(32)), TokenFault::Digest),
        ] {
            assert_eq!(Token::parse(text).err(), Some(fault), "{text}");
        }
    }
}

//! The name of a stream.

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::{BuildHasher, Hasher};

use serde::{Deserialize, Serialize};

use super::WireFault;

/// One start of a microphone: frame numbers and positions count from it. Sixteen hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StreamId(u64);

impl StreamId {
    /// One that nobody else has. Not a secret: the token is.
    pub fn random() -> Self {
        // The standard library seeds each of these from the operating system.
        Self(RandomState::new().build_hasher().finish())
    }

    /// # Errors
    /// When `text` is not sixteen lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Result<Self, WireFault> {
        let plain = text.len() == 16 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        match u64::from_str_radix(text, 16) {
            Ok(id) if plain => Ok(Self(id)),
            _ => Err(WireFault::Stream),
        }
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StreamId({self})")
    }
}

impl TryFrom<String> for StreamId {
    type Error = WireFault;

    fn try_from(text: String) -> Result<Self, WireFault> {
        Self::parse(&text)
    }
}

impl From<StreamId> for String {
    fn from(id: StreamId) -> Self {
        id.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_sixteen_lower_case_digits_and_nothing_else() {
        let id = StreamId::random();
        assert_eq!(StreamId::parse(&id.to_string()), Ok(id));
        assert_ne!(StreamId::random(), id);
        for stream in ["", "0", "00000000000000g7", "+000000000000007", "00000000000000A7"] {
            assert_eq!(StreamId::parse(stream), Err(WireFault::Stream), "{stream:?}");
        }
    }
}

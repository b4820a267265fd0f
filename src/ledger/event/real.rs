//! A number of the recogniser, to the last bit.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Written as the shortest decimal that reads back the same; what is no number, or without bound, as a word, since JSON
/// has none for it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Real(pub f32);

/// What is no number equals itself here: two journals say the same.
impl PartialEq for Real {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0 || (self.0.is_nan() && other.0.is_nan())
    }
}

impl Serialize for Real {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            finite if finite.is_finite() => to.serialize_f32(finite),
            nan if nan.is_nan() => to.serialize_str("nan"),
            bound if bound > 0.0 => to.serialize_str("inf"),
            _ => to.serialize_str("-inf"),
        }
    }
}

impl<'de> Deserialize<'de> for Real {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Number(f32),
            Word(String),
        }
        match Written::deserialize(from)? {
            Written::Number(number) => Ok(Self(number)),
            Written::Word(word) => match word.as_str() {
                "nan" => Ok(Self(f32::NAN)),
                "inf" => Ok(Self(f32::INFINITY)),
                "-inf" => Ok(Self(f32::NEG_INFINITY)),
                other => Err(D::Error::custom(format!("{other:?} is no number"))),
            },
        }
    }
}

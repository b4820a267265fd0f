//! What was masked in the fields of an event.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The pieces of an event's text that were masked. Never printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Original {
    pieces: Vec<Piece>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Piece {
    /// JSON pointer (RFC 6901) of the text in the event's body: `/text`, `/evidence/context`.
    field: String,
    /// Characters of the text before it.
    at: usize,
    was: String,
}

/// An event with what was masked in it.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Shown {
    pub event: u64,
    pub kind: String,
    pub window: Option<String>,
    /// When it became known, microseconds since the Unix epoch.
    pub wall_us: i64,
    pub fields: Vec<ShownField>,
}

/// One text of it.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct ShownField {
    /// JSON pointer in the event's body.
    pub field: String,
    pub masked: String,
    pub text: String,
}

impl Original {
    /// Of texts as they were and as they are stored, character for character; `None` where nothing was masked.
    pub fn between<'a>(texts: impl IntoIterator<Item = (&'a str, &'a str, &'a str)>) -> Option<Self> {
        let pieces: Vec<Piece> =
            texts.into_iter().flat_map(|(field, was, is)| pieces(field, was, is)).collect();
        (!pieces.is_empty()).then_some(Self { pieces })
    }

    /// The texts of `body` in which something was masked; `None` where it is not the body that this belongs to.
    pub fn fill(&self, body: &Value) -> Option<Vec<ShownField>> {
        let mut fields: Vec<ShownField> = Vec::new();
        for Piece { field, at, was } in &self.pieces {
            let place = match fields.iter().position(|known| known.field == *field) {
                Some(place) => place,
                None => {
                    let masked = body.pointer(field)?.as_str()?.to_owned();
                    fields.push(ShownField { field: field.clone(), text: masked.clone(), masked });
                    fields.len() - 1
                }
            };
            let mut chars: Vec<char> = fields[place].text.chars().collect();
            let hole = chars.get_mut(*at..at.checked_add(was.chars().count())?)?;
            hole.iter_mut().zip(was.chars()).for_each(|(hole, ch)| *hole = ch);
            fields[place].text = chars.into_iter().collect();
        }
        Some(fields)
    }
}

/// Where `was` and `is` differ.
fn pieces(field: &str, was: &str, is: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut goes_on = false;
    for (at, (was, is)) in was.chars().zip(is.chars()).enumerate() {
        match pieces.last_mut().filter(|_| goes_on) {
            _ if was == is => {}
            Some(piece) => piece.was.push(was),
            None => pieces.push(Piece { field: field.to_owned(), at, was: was.to_string() }),
        }
        goes_on = was != is;
    }
    pieces
}

impl fmt::Debug for Original {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Original({} pieces, not shown)", self.pieces.len())
    }
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Shown({} {}, not shown)", self.kind, self.event)
    }
}

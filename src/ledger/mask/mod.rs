//! Privacy mask. In: text as it was recognised. Out: the same text with every personal number and every name that is
//! given as one replaced by 「＊」, character for character, and what was replaced. Thread: any. Allocates: per text.
//!
//! A number is masked by its shape (`docs/masking.md` has the table and what is missed): digits of either writing, spoken
//! ones, with spaces, punctuation and fillers between groups. Ordinary speech keeps its numbers: prices, dates, windows,
//! tickets, hotlines. A text is masked again until nothing is found, so that masking twice changes nothing.

mod digits;
mod masker;
mod name;
mod name_words;
mod number;
mod plate;
mod shape;
mod veil;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::mandarin::simplify_char;

pub use masker::{Earlier, Masker, Piece};
pub use veil::Veil;

/// What stands for a masked character: one for one.
pub const MASK: char = '＊';

/// What was masked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MaskKind {
    /// A resident's identity number, of 18 or 15 places.
    IdCard,
    Mobile,
    Landline,
    BankCard,
    /// A number plate.
    Plate,
    Name,
    /// Seven digits and more that are nothing else, and shorter ones that are said to be part of a secret.
    Number,
}

/// A text without what must not be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Masked {
    /// As many characters as the text that came in.
    pub text: String,
    /// Stretches of characters that were replaced, in order; they do not overlap.
    pub spans: Vec<Span>,
}

/// Characters from the first to the last of one number or name, with what stood between its groups.
pub type Span = (Range<usize>, MaskKind);

/// `text` without personal numbers and names.
pub fn mask(text: &str) -> Masked {
    let chars: Vec<char> = text.chars().collect();
    let spans = find(&chars);
    Masked { text: covered(&chars, &spans), spans }
}

/// What [`mask`] would replace, for text that stands as characters, such as a hypothesis.
pub fn find(chars: &[char]) -> Vec<Span> {
    let mut work: Vec<char> = chars.iter().map(|ch| fold(*ch)).collect();
    let mut all = Vec::new();
    loop {
        let before = all.len();
        for search in [plate::find, name::find, number::find] {
            let found = search(&work);
            found.iter().for_each(|(span, _)| work[span.clone()].fill(MASK));
            all.extend(found);
        }
        if all.len() == before {
            break;
        }
    }
    all.sort_by_key(|(span, _)| span.start);
    all
}

/// `chars` with these stretches replaced.
fn covered(chars: &[char], spans: &[Span]) -> String {
    let mut chars = chars.to_vec();
    spans.iter().for_each(|(span, _)| chars[span.clone()].fill(MASK));
    chars.into_iter().collect()
}

/// One writing for both: simplified, half-width, capital letters. Character for character.
fn fold(ch: char) -> char {
    match ch {
        MASK => MASK,
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(ch as u32 - 0xFEE0).unwrap_or(ch).to_ascii_uppercase(),
        _ => simplify_char(ch).to_ascii_uppercase(),
    }
}

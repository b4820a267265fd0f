//! Mandarin text and sound: the vocabulary that `asr`, `phrase` and `eval` share. Pure functions, no state.
//!
//! A *syllable* is toneless: the recogniser's character errors are mostly homophones, so everything
//! downstream compares sounds, and tone is not reliably recoverable from its text.

mod confusion;
mod number;
mod syllable;
mod text;

pub use confusion::{COST_BETWEEN_CLASSES, confusion_class, substitution_cost};
pub use number::spell_out_numbers;
pub use syllable::{Syllable, readings, syllable_of};
pub use text::{
    is_hanzi, is_punctuation, is_quotation_mark, normalise, simplify, simplify_char, traditional,
};

/// Builds the tables now; otherwise the first syllable looked up does, and waits some tens of milliseconds.
pub fn prepare() {
    if let Some(syllable) = syllable_of('一') {
        let _ = substitution_cost(syllable, syllable);
    }
}

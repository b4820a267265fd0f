//! Phrase. In: `Hypothesis`. Out: `PhraseHit`. Threads: hear-N and judge. Allocates: per hypothesis.
//!
//! Candidates are found loosely (characters, then syllables, then syllables with errors), then held back by
//! the guards of their phrase where the sentence around them is innocent.

mod align;
mod decoy;
mod explain;
mod guard;
mod lexicon;
mod likeness;
mod network;
mod pattern;
mod quotation;
mod speech;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::units::Span;

pub use decoy::{decoys, sounds_the_same};
pub use explain::told_zh;
pub use lexicon::{Lexicon, LexiconFault};
pub use likeness::{Likeness, alike};
pub use pattern::{Element, Pattern, PatternFault};
pub use speech::Speech;

/// One phrase of a rulebook, ready to be compiled into a lexicon.
#[derive(Clone, Debug, PartialEq)]
pub struct PhraseSpec {
    pub pattern: Pattern,
    /// Highest cost a syllable at which the phrase still counts as heard, 0 to 0.5; `None`: by length.
    pub cost_max: Option<f32>,
    pub place: Place,
    pub guards: Guards,
    /// Innocent words of similar sound, which the audio is asked about as well.
    pub decoys: Vec<Pattern>,
}

/// How much of the sound a lexicon goes by: what each step gives can be measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Matching {
    /// Syllables, and how easily one is heard as another.
    #[default]
    Confusions,
    /// Syllables: the same or another.
    Syllables,
    /// Characters: the same or another.
    Characters,
}

/// How a lexicon is compiled other than it is for use: to measure by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LexiconOptions {
    pub matching: Matching,
    /// Nothing around a phrase makes it innocent.
    pub unguarded: bool,
    /// Finds what is much farther from the phrases than counts: candidates that are wrong, to calibrate with.
    pub far_fetched: bool,
}

/// Where in the speech around it a phrase counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// Inside any sentence.
    #[default]
    Anywhere,
    /// Only as a clause of its own: nothing beside it but fillers (我, 这个, 啊, ...).
    Clause,
}

/// Words that make an innocent sentence of one that holds the phrase. Matched by sound, as phrases are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Guards {
    /// Held back when one stands directly before the phrase, in its clause.
    pub before: Vec<Pattern>,
    /// Held back when one stands directly after the phrase, in its clause.
    pub after: Vec<Pattern>,
    /// Held back when one stands anywhere in the same turn, outside the phrase.
    pub turn: Vec<Pattern>,
    /// Held back where the words around it say that it is somebody else's: 您刚才说, 墙上写着, 是什么意思.
    pub quoted: bool,
}

/// A phrase found in speech.
#[derive(Clone, Debug, PartialEq)]
pub struct PhraseHit {
    /// Index of the phrase in the list the lexicon was compiled from.
    pub phrase: usize,
    pub span: Span,
    /// Units of the [`Speech`] it covers.
    pub units: Range<usize>,
    /// What the recogniser wrote there.
    pub heard: String,
    /// The wording that matched, its slots filled with what was heard.
    pub wording: String,
    /// Syllable by syllable.
    pub steps: Vec<Step>,
    /// Sum over `steps`.
    pub cost: f32,
    /// Highest `cost` accepted for this phrase.
    pub cost_max: f32,
    /// Syllables of the phrase, slots not counted.
    pub syllables: usize,
    /// Mean probability of the characters heard.
    pub probability: f32,
    /// Natural-log likelihood of the phrase less that of what was transcribed; `None` where it was not scored.
    pub ratio: Option<f32>,
    /// What the audio says of words that sound like it; empty where it was not asked.
    pub decoys: Vec<DecoyScore>,
    pub source: Source,
    pub verdict: Verdict,
}

/// What the audio says of words that sound like a phrase.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecoyScore {
    pub wording: String,
    /// Natural-log likelihood of the phrase less that of the decoy: above 0 the phrase beats it.
    pub ratio: f32,
}

/// Where the evidence for a hit came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// The recogniser wrote the phrase itself.
    Characters,
    /// It wrote other characters of the same sound.
    Syllables,
    /// It wrote something that sounds alike.
    Approximate,
    /// It wrote something only distantly alike, as a clause of its own: the audio has to say.
    Distant,
}

/// One unit of the alignment between a phrase and what was heard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Character of the phrase; `None`: the speaker put a word in.
    pub said: Option<char>,
    /// Character heard; `None`: one of the phrase was not heard.
    pub heard: Option<char>,
    pub cost: f32,
    /// The heard character fills a free slot.
    pub slot: bool,
}

/// Whether a hit counts, and why.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    Passed,
    Held(HeldBack),
}

/// Why a hit does not count.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HeldBack {
    /// The phrase counts only as a clause of its own, and these words stand beside it.
    PartOfClause(String),
    /// A guard word stands before it.
    Before(String),
    /// A guard word stands after it.
    After(String),
    /// A guard word stands elsewhere in the turn.
    Turn(String),
    /// These words beside it say that it is quoted.
    Quoted(String),
    /// It is only distantly alike, and the audio has not been asked.
    Distant,
    /// Another hit covers the same speech better.
    Covered,
    /// The audio fits what was transcribed better: natural-log likelihood ratio, and the least accepted.
    Unlikely { ratio: f32, ratio_min: f32 },
    /// The audio fits these words of similar sound better, by this natural-log likelihood ratio.
    Decoy { wording: String, ratio: f32 },
    /// It is not exact, and was not scored: no single stretch of audio holds it, or nearer phrases were scored instead.
    Unscored,
}

/// Whether two stretches of a [`Speech`] share a character.
pub fn overlap(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end
}

impl HeldBack {
    /// The words around the phrase make it innocent.
    pub fn is_guard(&self) -> bool {
        matches!(
            self,
            Self::PartOfClause(_) | Self::Before(_) | Self::After(_) | Self::Turn(_) | Self::Quoted(_)
        )
    }

    /// It may have been said, and it is not sure enough that it was.
    pub fn is_doubt(&self) -> bool {
        matches!(self, Self::Distant | Self::Unlikely { .. } | Self::Decoy { .. } | Self::Unscored)
    }
}

impl PhraseHit {
    pub fn passed(&self) -> bool {
        self.verdict == Verdict::Passed
    }

    /// Why it does not count.
    pub fn held_back(&self) -> Option<&HeldBack> {
        match &self.verdict {
            Verdict::Passed => None,
            Verdict::Held(why) => Some(why),
        }
    }

    /// The recogniser wrote it itself, by character or by sound.
    pub fn literal(&self) -> bool {
        matches!(self.source, Source::Characters | Source::Syllables)
    }

    /// The decoy that the audio fits best, if it was asked about any.
    pub fn nearest_decoy(&self) -> Option<&DecoyScore> {
        self.decoys.iter().min_by(|a, b| a.ratio.total_cmp(&b.ratio))
    }
}

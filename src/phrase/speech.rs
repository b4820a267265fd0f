//! The characters of a turn, as phrases are matched against them.

use crate::asr::{HeardChar, Hypothesis};
use crate::mandarin::{Syllable, is_punctuation, is_quotation_mark, readings};
use crate::units::{SessionTime, Span};

/// A character that takes longer than this, in seconds, began with a pause.
const PAUSE_S: f64 = 0.6;
/// Silence between two hypotheses that ends a clause.
const GAP_S: f64 = 0.35;

/// One clerk's stretch of speech without punctuation: what hypotheses of one turn hold, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Speech {
    units: Vec<Unit>,
    /// The last hypothesis was cut out of speech that goes on: no clause opens there.
    goes_on: bool,
}

/// A spoken character.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Unit {
    pub ch: char,
    pub readings: &'static [Syllable],
    pub span: Span,
    pub probability: f32,
    /// A pause or a punctuation mark stands before it.
    pub opens_clause: bool,
}

impl Speech {
    /// A sentence as text: unit times are its indices, punctuation parts clauses.
    pub fn from_text(text: &str) -> Self {
        let mut speech = Self::default();
        let mut opens_clause = true;
        for (i, ch) in crate::mandarin::simplify(text).chars().enumerate() {
            if is_quotation_mark(ch) {
                continue;
            }
            if is_punctuation(ch) || ch.is_whitespace() {
                opens_clause = true;
                continue;
            }
            let start = SessionTime::from_seconds(i as f64 * 0.2);
            let span = Span::new(start, start.plus(3_200));
            speech.units.push(Unit { ch, readings: readings(ch), span, probability: 1.0, opens_clause });
            opens_clause = false;
        }
        speech
    }

    /// Adds what was heard after the speech so far.
    pub fn push(&mut self, heard: &Hypothesis) {
        let silence_before = match (self.units.last(), heard.chars.first()) {
            (Some(last), Some(first)) => Span { start: last.span.end, end: first.span.start }.seconds(),
            _ => f64::INFINITY,
        };
        let mut opens_clause = silence_before >= GAP_S && !self.goes_on;
        self.goes_on = heard.goes_on;
        for HeardChar { ch, span, probability, .. } in &heard.chars {
            if is_quotation_mark(*ch) {
                continue;
            }
            if is_punctuation(*ch) {
                opens_clause = true;
                continue;
            }
            let opens_clause_here = opens_clause || span.seconds() >= PAUSE_S;
            self.units.push(Unit {
                ch: *ch,
                readings: readings(*ch),
                span: *span,
                probability: *probability,
                opens_clause: opens_clause_here,
            });
            opens_clause = false;
        }
    }

    pub fn is_empty(&self) -> bool {
        self.units.is_empty()
    }

    /// Number of spoken characters.
    pub fn len(&self) -> usize {
        self.units.len()
    }

    /// Mean probability of the characters, 0 when there are none.
    pub fn probability(&self) -> f32 {
        self.probability_of(0..self.units.len())
    }

    /// The same of some of them.
    pub fn probability_of(&self, range: std::ops::Range<usize>) -> f32 {
        let units = &self.units[range];
        units.iter().map(|u| u.probability).sum::<f32>() / units.len().max(1) as f32
    }

    pub(super) fn units(&self) -> &[Unit] {
        &self.units
    }

    /// The characters of `range`, without punctuation.
    pub fn text(&self, range: std::ops::Range<usize>) -> String {
        self.units[range].iter().map(|u| u.ch).collect()
    }

    /// From the first to the last of some characters; `range` is not empty.
    pub fn span(&self, range: std::ops::Range<usize>) -> Span {
        let covered = &self.units[range];
        Span { start: covered[0].span.start, end: covered[covered.len() - 1].span.end }
    }

    /// The characters that were begun before `time`.
    pub fn begun_before(&self, time: SessionTime) -> std::ops::Range<usize> {
        0..self.units.partition_point(|unit| unit.span.start < time)
    }

    /// The clauses, in order; together they are all of the speech.
    pub fn clause_ranges(&self) -> Vec<std::ops::Range<usize>> {
        let opens = (1..self.units.len()).filter(|i| self.units[*i].opens_clause);
        let mut starts: Vec<usize> = std::iter::once(0).chain(opens).collect();
        starts.push(self.units.len());
        starts.windows(2).map(|pair| pair[0]..pair[1]).filter(|clause| !clause.is_empty()).collect()
    }

    /// The characters of `range`, with a space where a clause opens inside it.
    pub fn clauses(&self, range: std::ops::Range<usize>) -> String {
        let mut text = String::new();
        for unit in &self.units[range] {
            if unit.opens_clause && !text.is_empty() {
                text.push(' ');
            }
            text.push(unit.ch);
        }
        text
    }

    /// Whether a clause ends before the character at `at`.
    pub fn closes_at(&self, at: usize) -> bool {
        self.units.get(at).is_none_or(|unit| unit.opens_clause)
    }

    /// The clause around `range`: from the last clause opening at or before its start to the next one at or
    /// after its end.
    pub(super) fn clause(&self, range: &std::ops::Range<usize>) -> std::ops::Range<usize> {
        let start = (0..=range.start).rev().find(|i| self.units[*i].opens_clause).unwrap_or(0);
        let end = (range.end..self.units.len()).find(|i| self.units[*i].opens_clause);
        start..end.unwrap_or(self.units.len())
    }
}

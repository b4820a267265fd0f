//! Heard: what the recogniser made of an utterance, as the judge took it.
//!
//! The text stands in one piece and what is known of its characters beside it, in their order: text that is masked
//! character by character keeps its times.

use serde::{Deserialize, Serialize};

use super::real::Real;
use crate::asr::{HeardChar, Hypothesis};
use crate::conduct::{CompiledBook, PhraseName, PhraseScore};
use crate::mandarin::Syllable;
use crate::phrase::DecoyScore;
use crate::units::{ChannelIndex, Dbfs, Role, SessionTime, Span};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeardBody {
    pub channel: ChannelIndex,
    pub role: Role,
    pub text: String,
    /// Of each character of the text: start and end in samples, probability, and toneless reading.
    pub times: Vec<(u64, u64)>,
    pub probabilities: Vec<Real>,
    pub syllables: Vec<Option<String>>,
    /// Mean natural-log probability a token.
    pub log_prob: Real,
    /// The sentence may go on in the next utterance.
    pub goes_on: bool,
    pub level_dbfs: Real,
    pub scores: Vec<ScoreBody>,
}

/// What the audio said of a phrase.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScoreBody {
    /// Its place in the lexicon of the rulebook in force.
    pub phrase: usize,
    /// By which it is found in another.
    pub rule: String,
    pub role: String,
    pub pattern: String,
    /// First spoken character that it covers, and the one after the last.
    pub units: (usize, usize),
    /// Natural-log likelihood of the phrase less that of the transcript.
    pub ratio: Option<Real>,
    pub decoys: Vec<(String, Real)>,
}

impl HeardBody {
    /// What was heard, its phrases named as `book` has them.
    pub fn of(heard: &Hypothesis, scores: &[PhraseScore], level: Dbfs, book: &CompiledBook) -> Self {
        let chars = || heard.chars.iter();
        let score = |score: &PhraseScore| {
            let PhraseName { rule, role, pattern } = book.phrase_name(score.phrase)?;
            Some(ScoreBody {
                phrase: score.phrase,
                rule,
                role,
                pattern,
                units: (score.units.start, score.units.end),
                ratio: score.ratio.map(Real),
                decoys: score.decoys.iter().map(|decoy| (decoy.wording.clone(), Real(decoy.ratio))).collect(),
            })
        };
        Self {
            channel: heard.channel,
            role: heard.role,
            text: heard.text(),
            times: chars().map(|heard| (heard.span.start.0, heard.span.end.0)).collect(),
            probabilities: chars().map(|heard| Real(heard.probability)).collect(),
            syllables: chars().map(|heard| heard.syllable.map(|s| s.as_str().to_owned())).collect(),
            log_prob: Real(heard.mean_log_prob),
            goes_on: heard.goes_on,
            level_dbfs: Real(level.0),
            scores: scores.iter().filter_map(score).collect(),
        }
    }

    /// What the judge took in, of the speech in `span`; scores of phrases that `book` has not are left out.
    ///
    /// # Errors
    /// Says what does not fit together.
    pub fn take(
        &self,
        span: Span,
        book: &CompiledBook,
    ) -> Result<(Hypothesis, Vec<PhraseScore>, Dbfs), String> {
        let count = self.text.chars().count();
        for (what, of) in [
            ("times", self.times.len()),
            ("probabilities", self.probabilities.len()),
            ("syllables", self.syllables.len()),
        ] {
            if of != count {
                return Err(format!("{count} characters and {of} {what}"));
            }
        }
        let beside = self.times.iter().zip(&self.probabilities).zip(&self.syllables);
        let chars = self.text.chars().zip(beside).map(|(ch, ((&(start, end), probability), syllable))| {
            let syllable = match syllable {
                Some(spelling) => {
                    Some(Syllable::parse(spelling).ok_or_else(|| format!("{spelling:?} is no syllable"))?)
                }
                None => None,
            };
            if start > end {
                return Err(format!("a character from {start} to {end}"));
            }
            let span = Span { start: SessionTime(start), end: SessionTime(end) };
            Ok(HeardChar { ch, syllable, span, probability: probability.0 })
        });
        let hypothesis = Hypothesis {
            channel: self.channel,
            role: self.role,
            span,
            chars: chars.collect::<Result<_, String>>()?,
            mean_log_prob: self.log_prob.0,
            goes_on: self.goes_on,
        };
        let scores = self.scores.iter().filter_map(|score| score.take(book)).collect();
        Ok((hypothesis, scores, Dbfs(self.level_dbfs.0)))
    }
}

impl ScoreBody {
    fn take(&self, book: &CompiledBook) -> Option<PhraseScore> {
        let name =
            PhraseName { rule: self.rule.clone(), role: self.role.clone(), pattern: self.pattern.clone() };
        let decoy =
            |(wording, ratio): &(String, Real)| DecoyScore { wording: wording.clone(), ratio: ratio.0 };
        Some(PhraseScore {
            phrase: book.phrase_named(&name, self.phrase)?,
            units: self.units.0..self.units.1,
            ratio: self.ratio.map(|ratio| ratio.0),
            decoys: self.decoys.iter().map(decoy).collect(),
        })
    }
}

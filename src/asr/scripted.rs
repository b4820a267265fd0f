//! A recogniser that reads from a script: for tests of everything behind it.

use std::collections::HashMap;

use super::{AsrError, Care, HeardChar, Hypothesis, Recogniser};
use crate::mandarin::{is_punctuation, simplify_char, syllable_of};
use crate::units::{SessionTime, Span};
use crate::vad::SpeechSegment;

/// Hears in each segment the lines of a script that were spoken during it.
#[derive(Clone, Debug, Default)]
pub struct ScriptedRecogniser {
    lines: Vec<(u16, Span, String)>,
    likelihoods: HashMap<String, f32>,
}

impl ScriptedRecogniser {
    /// Lines of `(channel, start in seconds, end in seconds, text)`, in any order.
    pub fn new(lines: &[(u16, f64, f64, &str)]) -> Self {
        let mut lines: Vec<_> = lines
            .iter()
            .map(|(channel, start, end, text)| {
                let span = Span::new(SessionTime::from_seconds(*start), SessionTime::from_seconds(*end));
                (*channel, span, (*text).to_owned())
            })
            .collect();
        lines.sort_by_key(|(_, span, _)| *span);
        Self { lines, likelihoods: HashMap::new() }
    }

    /// Sets what [`Recogniser::score`] answers for a continuation; others score 0.
    pub fn with_likelihood(mut self, continuation: &str, log_likelihood: f32) -> Self {
        self.likelihoods.insert(continuation.to_owned(), log_likelihood);
        self
    }
}

impl Recogniser for ScriptedRecogniser {
    fn decode(&mut self, segment: &SpeechSegment, _: Care) -> Result<Hypothesis, AsrError> {
        let mut heard = Hypothesis::silent(segment);
        for (channel, span, text) in &self.lines {
            // A line belongs to the segment that holds its middle: every line is heard exactly once.
            let middle = SessionTime(span.start.0.midpoint(span.end.0));
            if *channel == segment.channel.0 && segment.span.start <= middle && middle < segment.span.end {
                heard.chars.extend(spoken_evenly(text, *span));
            }
        }
        Ok(heard)
    }

    fn score(
        &mut self,
        _: &SpeechSegment,
        _: Care,
        _: &str,
        continuations: &[String],
    ) -> Result<Vec<f32>, AsrError> {
        Ok(continuations.iter().map(|text| self.likelihoods.get(text).copied().unwrap_or(0.0)).collect())
    }

    fn fingerprint(&self) -> String {
        format!("scripted {} lines", self.lines.len())
    }
}

/// The characters of `text` spread evenly over `span`, each with probability 1.
fn spoken_evenly(text: &str, span: Span) -> Vec<HeardChar> {
    let voiced = text.chars().filter(|c| !is_punctuation(*c)).count().max(1) as u64;
    let mut said = 0;
    let mut at = span.start;
    text.chars()
        .map(|ch| {
            said += u64::from(!is_punctuation(ch));
            let start = at;
            at = span.start.plus(span.samples() * said / voiced);
            let ch = simplify_char(ch);
            HeardChar { ch, syllable: syllable_of(ch), span: Span::new(start, at), probability: 1.0 }
        })
        .collect()
}

//! A recogniser that reads from a script: for tests of everything behind it.

use std::collections::HashMap;

use super::{AsrError, CLOSED, Care, HeardChar, Hypothesis, Recogniser};
use crate::mandarin::{is_punctuation, simplify_char, syllable_of};
use crate::units::{SessionTime, Span};
use crate::vad::SpeechSegment;

/// Log-likelihood of what is not in the script.
const UNSAID: f32 = -20.0;

/// Channel, time and words.
type Line = (u16, Span, String);

/// Hears in each segment the lines of a script that were spoken during it.
#[derive(Clone, Debug, Default)]
pub struct ScriptedRecogniser {
    lines: Vec<Line>,
    /// Lines that hold in segments that end by a time, in place of those at the same time.
    impressions: Vec<(Line, SessionTime)>,
    likelihoods: HashMap<String, f32>,
}

impl ScriptedRecogniser {
    /// Lines of `(channel, start in seconds, end in seconds, text)`, in any order.
    pub fn new(lines: &[(u16, f64, f64, &str)]) -> Self {
        let mut lines: Vec<Line> = lines.iter().map(line).collect();
        lines.sort_by_key(|(_, span, _)| *span);
        Self { lines, impressions: Vec::new(), likelihoods: HashMap::new() }
    }

    /// Lets segments that end by `until_s` sound like `impression` in place of the lines at the same time: what a
    /// recogniser makes of an utterance before it has heard the rest.
    pub fn with_first_impression(mut self, impression: (u16, f64, f64, &str), until_s: f64) -> Self {
        self.impressions.push((line(&impression), SessionTime::from_seconds(until_s)));
        self
    }

    /// Sets what [`Recogniser::score`] answers for a continuation; others score 0 where the script holds them, else -20.
    pub fn with_likelihood(mut self, continuation: &str, log_likelihood: f32) -> Self {
        self.likelihoods.insert(continuation.to_owned(), log_likelihood);
        self
    }
}

impl Recogniser for ScriptedRecogniser {
    fn decode(&mut self, segment: &SpeechSegment, _: Care) -> Result<Hypothesis, AsrError> {
        let mut heard = Hypothesis::silent(segment);
        let holds = |(_, until): &&(Line, SessionTime)| segment.span.end <= *until;
        let mut lines: Vec<&Line> = self.impressions.iter().filter(holds).map(|(line, _)| line).collect();
        let overheard = lines.len();
        for line in &self.lines {
            let replaced = lines[..overheard].iter().any(|by| by.0 == line.0 && by.1.overlaps(line.1));
            lines.extend((!replaced).then_some(line));
        }
        lines.sort_by_key(|(_, span, _)| *span);
        for (channel, span, text) in lines {
            // A line belongs to the segment that holds its middle: every line is heard exactly once.
            let middle = SessionTime(span.start.0.midpoint(span.end.0));
            if *channel == segment.channel.0 && segment.span.start <= middle && middle < segment.span.end {
                // Of speech that goes on only what was said so far.
                let said = |heard: &HeardChar| heard.span.start < segment.span.end;
                heard.chars.extend(spoken_evenly(text, *span).into_iter().filter(said));
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
        let spoken = |line: &str| line.chars().filter(|ch| !is_punctuation(*ch)).collect::<String>();
        let script = self.lines.iter().chain(self.impressions.iter().map(|(line, _)| line));
        let script: Vec<String> = script.map(|(_, _, text)| spoken(text)).collect();
        let likelihood = |text: &String| {
            let text = text.trim_end_matches(CLOSED);
            let said = script.iter().any(|line| line.contains(text));
            self.likelihoods.get(text).copied().unwrap_or(if said { 0.0 } else { UNSAID })
        };
        Ok(continuations.iter().map(likelihood).collect())
    }

    fn fingerprint(&self) -> String {
        format!("scripted {} lines", self.lines.len())
    }
}

fn line((channel, start, end, text): &(u16, f64, f64, &str)) -> Line {
    let span = Span::new(SessionTime::from_seconds(*start), SessionTime::from_seconds(*end));
    (*channel, span, (*text).to_owned())
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

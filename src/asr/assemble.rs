//! Recogniser tokens to timed characters.
//!
//! A byte-level token may hold a piece of a character or several characters: bytes are gathered until they
//! spell whole characters, and the time of the tokens they came from is shared out among them.

use super::HeardChar;
use crate::mandarin::{is_punctuation, simplify_char, syllable_of};
use crate::units::{SessionTime, Span};

/// One text token as the recogniser gave it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct TextToken {
    pub bytes: Vec<u8>,
    /// Log-probability, natural.
    pub log_prob: f32,
    /// Where it was spoken, in session time.
    pub span: Span,
}

/// Characters of `tokens` in simplified writing, spaces left out. Bytes that never become valid UTF-8 are dropped.
pub(super) fn assemble(tokens: &[TextToken]) -> Vec<HeardChar> {
    let mut chars = Vec::new();
    let mut pending = Pending::default();
    for token in tokens {
        pending.take(token);
        pending.emit(&mut chars);
    }
    chars
}

#[derive(Default)]
struct Pending {
    bytes: Vec<u8>,
    span: Option<Span>,
    log_prob: f32,
}

impl Pending {
    fn take(&mut self, token: &TextToken) {
        let span = self.span.get_or_insert(token.span);
        span.end = span.end.max(token.span.end);
        self.log_prob = self.log_prob.min(token.log_prob);
        self.bytes.extend_from_slice(&token.bytes);
    }

    /// Moves whole characters out, keeps the beginning of an unfinished one.
    fn emit(&mut self, out: &mut Vec<HeardChar>) {
        let (text, rest) = split_valid(&self.bytes);
        let Some(span) = self.span else { return };
        let spoken: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).map(simplify_char).collect();
        let voiced = spoken.iter().filter(|c| !is_punctuation(**c)).count().max(1) as u64;
        let step = span.samples() / voiced;
        let mut at = span.start;
        for ch in &spoken {
            let end = if is_punctuation(*ch) { at } else { at.plus(step) };
            out.push(HeardChar {
                ch: *ch,
                syllable: syllable_of(*ch),
                span: Span::new(at, end),
                probability: self.log_prob.exp().clamp(0.0, 1.0),
            });
            at = end;
        }
        if rest.is_empty() {
            *self = Self::default();
        } else if !text.is_empty() {
            *self = Self { bytes: rest, span: Some(Span::new(span.end, span.end)), log_prob: self.log_prob };
        }
    }
}

/// The longest valid beginning of `bytes` (invalid bytes skipped) and the unfinished character behind it.
fn split_valid(bytes: &[u8]) -> (String, Vec<u8>) {
    let mut text = String::new();
    let mut rest = bytes;
    loop {
        match std::str::from_utf8(rest) {
            Ok(valid) => {
                text.push_str(valid);
                return (text, Vec::new());
            }
            Err(fault) => {
                let (valid, after) = rest.split_at(fault.valid_up_to());
                text.push_str(&String::from_utf8_lossy(valid));
                match fault.error_len() {
                    None => return (text, after.to_vec()),
                    Some(bad) => rest = &after[bad..],
                }
            }
        }
    }
}

/// Time of `centiseconds` after the start of a segment's audio.
pub(super) fn token_time(segment_start: SessionTime, centiseconds: i64) -> SessionTime {
    segment_start.plus(u64::try_from(centiseconds).unwrap_or(0) * 160)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(bytes: &[u8], start: u64, end: u64) -> TextToken {
        let span = Span::new(SessionTime(start), SessionTime(end));
        TextToken { bytes: bytes.to_vec(), log_prob: -0.5, span }
    }

    fn summary(tokens: &[TextToken]) -> Vec<(char, u64, u64)> {
        assemble(tokens).iter().map(|c| (c.ch, c.span.start.0, c.span.end.0)).collect()
    }

    #[test]
    fn characters_split_over_tokens_and_tokens_of_several_characters_keep_their_times() {
        let lai = "来".as_bytes();
        for (tokens, expected) in [
            (
                vec![token("不知道".as_bytes(), 0, 300)],
                vec![('不', 0, 100), ('知', 100, 200), ('道', 200, 300)],
            ),
            (vec![token(&lai[..2], 10, 20), token(&lai[2..], 20, 50)], vec![('来', 10, 50)]),
            (vec![token("請,".as_bytes(), 0, 90)], vec![('请', 0, 90), (',', 90, 90)]),
            (vec![token(b"\xff\xfe", 0, 10), token("好".as_bytes(), 10, 20)], vec![('好', 10, 20)]),
        ] {
            assert_eq!(summary(&tokens), expected);
        }
    }
}

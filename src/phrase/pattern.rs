//! The small language phrases are written in.
//!
//! | written | means |
//! |---|---|
//! | `我不管` | these characters, matched by sound |
//! | `××` or `XX` | a free slot: 1 to 8 characters of anything |
//! | `[你\|您]` | one of these; an empty one (`[吗\|]`) makes it optional |
//! | `，` and other punctuation | a place where the speaker may pause; matches nothing itself |

use std::fmt;

use thiserror::Error;

use crate::mandarin::{is_hanzi, is_punctuation, readings, simplify};

/// Characters a free slot `××` may stand for.
pub const SLOT_CHARS_MAX: usize = 8;

/// A parsed phrase.
#[derive(Clone, PartialEq, Eq)]
pub struct Pattern {
    source: String,
    elements: Vec<Element>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Element {
    /// A character, in simplified writing.
    Char(char),
    /// 1 to 8 characters of anything.
    Slot,
    /// One of these sequences of characters; an empty one makes the element optional.
    OneOf(Vec<Vec<char>>),
    /// A possible pause.
    Pause,
}

/// What is wrong with a pattern; `at` counts characters from 0.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PatternFault {
    #[error("the phrase is empty: write at least one Chinese character")]
    Empty,
    #[error(
        "character {at} ({found:?}) is not a Chinese character: write numbers and names in Chinese, or ×× for a free slot"
    )]
    NotChinese { at: usize, found: char },
    #[error("the `[` at character {at} has no `]`: close the list of alternatives")]
    Unclosed { at: usize },
    #[error("the `{found}` at character {at} belongs only between `[` and `]`")]
    Stray { at: usize, found: char },
    #[error("character {at} ({found}) has no known reading: use another character of the same sound")]
    NoReading { at: usize, found: char },
}

impl Pattern {
    /// Parses a phrase in either writing.
    pub fn parse(source: &str) -> Result<Self, PatternFault> {
        let chars: Vec<char> = simplify(source.trim()).chars().collect();
        let mut elements = Vec::new();
        let mut at = 0;
        while at < chars.len() {
            let (element, used) = element_at(&chars, at)?;
            if !(element == Element::Pause && matches!(elements.last(), None | Some(Element::Pause))) {
                elements.push(element);
            }
            at += used;
        }
        while elements.last() == Some(&Element::Pause) {
            elements.pop();
        }
        if !elements.iter().any(|e| matches!(e, Element::Char(_) | Element::OneOf(_))) {
            return Err(PatternFault::Empty);
        }
        Ok(Self { source: source.trim().to_owned(), elements })
    }

    /// As the rulebook writes it.
    pub fn source(&self) -> &str {
        &self.source
    }

    pub fn elements(&self) -> &[Element] {
        &self.elements
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pattern({})", self.source)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.source)
    }
}

/// The element that starts at `at` and the number of characters it takes.
fn element_at(chars: &[char], at: usize) -> Result<(Element, usize), PatternFault> {
    match chars[at] {
        '×' | 'X' | 'x' | 'х' | 'Х' => {
            let used = chars[at..].iter().take_while(|c| matches!(c, '×' | 'X' | 'x' | 'х' | 'Х')).count();
            Ok((Element::Slot, used))
        }
        '[' => alternatives(chars, at),
        found @ (']' | '|') => Err(PatternFault::Stray { at, found }),
        ch if is_punctuation(ch) || ch.is_whitespace() => Ok((Element::Pause, 1)),
        ch => readable(ch, at).map(|ch| (Element::Char(ch), 1)),
    }
}

fn alternatives(chars: &[char], open: usize) -> Result<(Element, usize), PatternFault> {
    let mut all = vec![Vec::new()];
    for (offset, ch) in chars[open + 1..].iter().enumerate() {
        let at = open + 1 + offset;
        match ch {
            ']' => return Ok((Element::OneOf(all), at + 1 - open)),
            '|' => all.push(Vec::new()),
            '[' => return Err(PatternFault::Stray { at, found: '[' }),
            ch => {
                let ch = readable(*ch, at)?;
                all.last_mut().unwrap_or(&mut Vec::new()).push(ch);
            }
        }
    }
    Err(PatternFault::Unclosed { at: open })
}

fn readable(ch: char, at: usize) -> Result<char, PatternFault> {
    if !is_hanzi(ch) {
        return Err(PatternFault::NotChinese { at, found: ch });
    }
    if readings(ch).is_empty() {
        return Err(PatternFault::NoReading { at, found: ch });
    }
    Ok(ch)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Element::{Char, OneOf, Pause, Slot};

    #[test]
    fn phrases_parse_into_elements() {
        for (source, elements) in [
            ("没时间", vec![Char('没'), Char('时'), Char('间')]),
            ("××不在，没法找", vec![Slot, Char('不'), Char('在'), Pause, Char('没'), Char('法'), Char('找')]),
            ("[你|您]懂", vec![OneOf(vec![vec!['你'], vec!['您']]), Char('懂')]),
            ("走[吧|]！", vec![Char('走'), OneOf(vec![vec!['吧'], vec![]])]),
            ("少囉嗦", vec![Char('少'), Char('啰'), Char('嗦')]),
        ] {
            assert_eq!(Pattern::parse(source).map(|p| p.elements), Ok(elements), "{source}");
        }
    }

    #[test]
    fn faults_say_where_and_what() {
        for (source, fault) in [
            ("", PatternFault::Empty),
            ("，。", PatternFault::Empty),
            ("去3号", PatternFault::NotChinese { at: 1, found: '3' }),
            ("[你|您", PatternFault::Unclosed { at: 0 }),
            ("你]", PatternFault::Stray { at: 1, found: ']' }),
        ] {
            assert_eq!(Pattern::parse(source), Err(fault), "{source}");
        }
    }
}

//! A number that is said in pieces, over several utterances of one turn.

use std::ops::Range;

use super::{MASK, MaskKind, Masked, covered, find, fold, number};

/// Characters remembered: three times the longest number with fillers between its groups.
const REMEMBERED: usize = 64;

/// Masks the utterances of one voice one after the other, and joins the digits that one ends with to those that the next
/// begins with.
///
/// An utterance is masked when it comes, by what is known then. The first piece of a number (一三八) is no number yet:
/// it is told as [`Piece::open`], and when the rest comes as [`Piece::earlier`]. Whoever stores text either waits with an
/// utterance that is open until the next one or the end of the turn, or stores [`Piece::covered`] at once.
#[derive(Clone, Debug, Default)]
pub struct Masker {
    /// What was said last.
    tail: Vec<Said>,
    utterance: u64,
}

/// A character that was said, or the pause between two utterances.
#[derive(Clone, Copy, Debug)]
struct Said {
    /// Folded.
    ch: char,
    utterance: u64,
    /// `None` of a pause.
    at: Option<usize>,
    masked: bool,
}

/// One utterance, masked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    pub masked: Masked,
    /// Digits at its end that may be the beginning, or the middle, of a number that goes on.
    pub open: Option<Range<usize>>,
    /// What this utterance showed to be part of a number in those before it.
    pub earlier: Vec<Earlier>,
}

/// A stretch of an utterance that came before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earlier {
    /// 1 is the utterance before this one.
    pub back: u64,
    pub span: Range<usize>,
    pub kind: MaskKind,
}

impl Piece {
    /// The text with what is open masked as well: for whoever cannot wait, at the price of a room number or the like
    /// that is said last.
    pub fn covered(self) -> Masked {
        let Masked { text, mut spans } = self.masked;
        let chars: Vec<char> = text.chars().collect();
        spans.extend(self.open.map(|open| (open, MaskKind::Number)));
        spans.sort_by_key(|(span, _)| span.start);
        Masked { text: covered(&chars, &spans), spans }
    }
}

impl Masker {
    pub fn new() -> Self {
        Self::default()
    }

    /// Masks the next utterance.
    pub fn push(&mut self, chars: &[char]) -> Piece {
        self.utterance += 1;
        let utterance = self.utterance;
        let mut joined = std::mem::take(&mut self.tail);
        joined.push(Said { ch: '，', utterance, at: None, masked: false });
        let said = |(at, ch): (usize, &char)| Said { ch: fold(*ch), utterance, at: Some(at), masked: false };
        joined.extend(chars.iter().enumerate().map(said));
        let whole: Vec<char> = joined.iter().map(|said| said.ch).collect();
        let (mut found, mut earlier) = (Vec::new(), Vec::new());
        for (span, kind) in find(&whole) {
            for (of, part) in parts(&joined[span.clone()]) {
                match utterance - of {
                    0 => found.push((part, kind)),
                    back => earlier.push(Earlier { back, span: part, kind }),
                }
            }
            joined[span].iter_mut().for_each(|said| said.masked = true);
        }
        let shown = |said: &Said| if said.masked { MASK } else { said.ch };
        let rest: Vec<char> = joined.iter().map(shown).collect();
        let open = number::open_end(&rest).and_then(|open| {
            parts(&joined[open]).into_iter().find(|(of, _)| *of == utterance).map(|(_, part)| part)
        });
        self.tail = joined.split_off(joined.len().saturating_sub(REMEMBERED));
        Piece { masked: Masked { text: covered(chars, &found), spans: found }, open, earlier }
    }

    /// The turn is over: what comes next begins anew.
    pub fn turn_ended(&mut self) {
        self.tail.clear();
    }
}

/// What is not masked yet of a stretch of joined text, as stretches of utterances.
fn parts(stretch: &[Said]) -> Vec<(u64, Range<usize>)> {
    let mut parts: Vec<(u64, Range<usize>)> = Vec::new();
    for said in stretch.iter().filter(|said| !said.masked) {
        let Some(at) = said.at else { continue };
        match parts.last_mut() {
            Some((last, part)) if *last == said.utterance && part.end == at => part.end += 1,
            _ => parts.push((said.utterance, at..at + 1)),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is stored of each utterance once all are known, and what each left open.
    fn said(utterances: &[&str]) -> (Vec<String>, Vec<Option<String>>) {
        let mut masker = Masker::new();
        let (mut stored, mut open): (Vec<Vec<char>>, Vec<Option<String>>) = (Vec::new(), Vec::new());
        for utterance in utterances {
            let chars: Vec<char> = utterance.chars().collect();
            let piece = masker.push(&chars);
            open.push(piece.open.map(|open| chars[open].iter().collect()));
            for earlier in piece.earlier {
                let at = stored.len() - earlier.back as usize;
                stored[at][earlier.span].fill(MASK);
            }
            stored.push(piece.masked.text.chars().collect());
        }
        (stored.into_iter().map(String::from_iter).collect(), open)
    }

    #[test]
    fn a_number_in_pieces_is_masked_in_every_utterance_once_it_is_known() {
        let (stored, open) = said(&["您的电话是一三八", "嗯", "零零一三", "八零零零，对吧"]);
        assert_eq!(stored, ["您的电话是＊＊＊", "＊", "＊＊＊＊", "＊＊＊＊，对吧"]);
        let open: Vec<Option<&str>> = open.iter().map(Option::as_deref).collect();
        // With its third piece it has seven digits, and is masked.
        assert_eq!(open, [Some("一三八"), None, None, None]);
    }

    #[test]
    fn a_name_after_what_announces_it_is_masked_in_the_next_utterance() {
        assert_eq!(said(&["您的姓名是", "张伟，对吧"]).0, ["您的姓名是", "＊＊，对吧"]);
        assert_eq!(said(&["车牌是鲁B", "一二三四五"]).0, ["车牌是＊＊", "＊＊＊＊＊"]);
    }

    #[test]
    fn ordinary_numbers_in_two_utterances_stay() {
        for utterances in [
            ["请到三号窗口", "一共二十元"],
            ["请拨打12345", "或者12366"],
            ["请排队，零一二号", "请到三号窗口"],
        ] {
            let (stored, open) = said(&utterances);
            assert_eq!(stored, utterances);
            assert_eq!(open, [None, None], "{utterances:?}");
        }
    }

    #[test]
    fn whoever_cannot_wait_stores_no_piece_of_a_number() {
        let mut masker = Masker::new();
        let chars: Vec<char> = "电话一三八".chars().collect();
        assert_eq!(masker.push(&chars).covered().text, "电话＊＊＊");
    }

    #[test]
    fn after_the_turn_nothing_is_joined() {
        let mut masker = Masker::new();
        let digits = |text: &str| text.chars().collect::<Vec<char>>();
        masker.push(&digits("零一二三"));
        masker.turn_ended();
        assert!(masker.push(&digits("四五六七")).masked.spans.is_empty());
    }
}

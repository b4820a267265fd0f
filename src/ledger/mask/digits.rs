//! Digits as they are written or spoken, in groups, and groups in runs.

use std::ops::Range;

use super::MASK;
use crate::mandarin::is_punctuation;

/// Stands for the X at the end of an identity number.
pub(super) const X: u8 = 10;

/// A digit, or one of the several that 三个八 stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Digit {
    pub value: u8,
    /// Characters it is written with.
    pub at: usize,
    pub end: usize,
}

/// Digits with nothing between them; never empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Group(pub Vec<Digit>);

/// Groups with nothing between them but spaces, punctuation and fillers; never empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Run(pub Vec<Group>);

impl Group {
    pub fn span(&self) -> Range<usize> {
        self.0
            .first()
            .map_or(0..0, |first| first.at..self.0.iter().map(|digit| digit.end).max().unwrap_or(first.end))
    }

    pub fn values(&self) -> impl Iterator<Item = u8> {
        self.0.iter().map(|digit| digit.value)
    }
}

/// The runs of a folded text, in order.
pub(super) fn runs(chars: &[char]) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        match run_at(chars, at) {
            Some((run, end)) => {
                runs.push(run);
                at = end;
            }
            None => at += 1,
        }
    }
    runs
}

/// The digit that a character is in any context.
pub(super) fn digit(ch: char) -> Option<u8> {
    Some(match ch {
        '0'..='9' => ch as u8 - b'0',
        '零' | '〇' | '○' => 0,
        '一' | '幺' | '壹' => 1,
        '二' | '两' | '贰' => 2,
        '三' | '叁' => 3,
        '四' | '肆' => 4,
        '五' | '伍' => 5,
        '六' | '陆' => 6,
        '七' | '柒' => 7,
        '八' | '捌' => 8,
        '九' | '玖' => 9,
        _ => return None,
    })
}

/// The digit that a character may be before other digits: the words of radio operators, and what recognisers write
/// for 幺.
fn weak_digit(ch: char) -> Option<u8> {
    Some(match ch {
        '洞' => 0,
        '要' | '妖' | '腰' => 1,
        '拐' => 7,
        '勾' => 9,
        _ => return None,
    })
}

/// Words that people put between the groups of a number; longer ones first.
const FILLERS: [&str; 30] = [
    "接下来",
    "后面是",
    "嗯嗯",
    "那个",
    "这个",
    "然后",
    "接着",
    "后面",
    "后边",
    "好的",
    "对的",
    "对吧",
    "是吧",
    "横杠",
    "分机",
    "嗯",
    "呃",
    "额",
    "啊",
    "哦",
    "噢",
    "唉",
    "诶",
    "哎",
    "呀",
    "好",
    "对",
    "再",
    "杠",
    "转",
];

/// Longest stretch between two groups, in characters.
const GAP_MAX: usize = 10;

/// Whether a mark may stand between groups. Colons are of times, slashes of dates, asterisks of what is masked.
fn divides(chars: &[char], at: usize) -> bool {
    match chars[at] {
        MASK | ':' | '/' | '*' | '%' | '@' | '#' | '$' | '+' | '=' | '&' | '∶' => false,
        // 3.5 is a price, 138.0013.8000 a number.
        '.' => digits_before(chars, at) != 0 && digits_before(chars, at) >= 3 && digits_after(chars, at) >= 3,
        ch => is_punctuation(ch) || ch.is_whitespace() || ch == '—' || ch == '–',
    }
}

fn digits_before(chars: &[char], at: usize) -> usize {
    chars[..at].iter().rev().take_while(|ch| digit(**ch).is_some()).count()
}

fn digits_after(chars: &[char], at: usize) -> usize {
    chars[at + 1..].iter().take_while(|ch| digit(**ch).is_some()).count()
}

/// Where what may stand between two groups ends, from `at` on.
pub(super) fn gap_end(chars: &[char], at: usize) -> usize {
    let mut end = at;
    while end < chars.len() && end - at <= GAP_MAX {
        let rest = &chars[end..];
        if divides(chars, end) {
            end += 1;
        } else if let Some(length) = FILLERS.iter().find_map(|word| begins(rest, word)) {
            end += length;
        } else {
            break;
        }
    }
    end
}

/// Characters of `word` where `chars` begins with it.
pub(super) fn begins(chars: &[char], word: &str) -> Option<usize> {
    let mut length = 0;
    for ch in word.chars() {
        if chars.get(length) != Some(&ch) {
            return None;
        }
        length += 1;
    }
    Some(length)
}

/// Whether `chars` ends with `word`.
pub(super) fn ends(chars: &[char], word: &str) -> bool {
    let length = word.chars().count();
    chars.len() >= length && begins(&chars[chars.len() - length..], word).is_some()
}

/// The run that starts at a character, and where to look for the next one.
fn run_at(chars: &[char], start: usize) -> Option<(Run, usize)> {
    let mut run = Run::default();
    let (mut at, mut count) = (start, 0);
    loop {
        let group = group_at(chars, at, count);
        let Some(last) = group.0.last() else { break };
        at = last.end;
        count += group.0.len();
        run.0.push(group);
        let next = gap_end(chars, at);
        if next == at || next >= chars.len() {
            break;
        }
        at = next;
    }
    let end = run.0.last().map_or(at, |group| group.span().end);
    (!run.0.is_empty()).then_some((run, end))
}

/// The digits from a character on, after `before` digits of the same run.
fn group_at(chars: &[char], start: usize, before: usize) -> Group {
    let mut group = Group::default();
    let mut at = start;
    while at < chars.len() {
        let count = before + group.0.len();
        if let Some((value, times)) = repeated(&chars[at..]).filter(|_| count >= 3) {
            group.0.extend((0..times).map(|_| Digit { value, at, end: at + 3 }));
            at += 3;
        } else if let Some((value, length)) = one(chars, at, count) {
            group.0.push(Digit { value, at, end: at + length });
            at += length;
        } else {
            break;
        }
    }
    group
}

/// One digit and its characters.
fn one(chars: &[char], at: usize, count: usize) -> Option<(u8, usize)> {
    if let Some(value) = digit(chars[at]) {
        return Some((value, 1));
    }
    if count >= 17 {
        let spoken = ["艾克斯", "埃克斯", "X", "×", "叉"].iter().find_map(|word| begins(&chars[at..], word));
        if let Some(length) = spoken {
            return Some((X, length));
        }
    }
    // Not at the end of a run: 八零零要不要 is no digit more.
    const TOGETHER_MAX: usize = 3;
    let next = chars[at..].iter().take(1 + TOGETHER_MAX).find(|ch| weak_digit(**ch).is_none());
    let before_digits = next.is_some_and(|ch| digit(*ch).is_some());
    weak_digit(chars[at]).filter(|_| before_digits).map(|value| (value, 1))
}

/// 三个八: the digit and how often.
fn repeated(chars: &[char]) -> Option<(u8, usize)> {
    let [times, '个', value, ..] = chars else { return None };
    let times = digit(*times).filter(|times| (2..=6).contains(times))?;
    Some((digit(*value)?, usize::from(times)))
}

//! Names where somebody gives one: 姓名张三, 我叫李四, 您贵姓…免贵姓王. A name that nothing announces is not known to be one.

use std::ops::Range;

use super::digits::{begins, ends, gap_end};
use super::name_words::{COMPOUND, GIVEN, HARDLY, NEVER, SURNAMES, TITLES, WORDS};
use super::{MASK, MaskKind, Span};
use crate::mandarin::{is_hanzi, is_punctuation};

/// A name follows, or what is asked of one.
const GIVES_NAME: [&str; 11] =
    ["姓名", "名字", "我叫", "您叫", "你叫", "他叫", "她叫", "本人叫", "孩子叫", "爱人叫", "叫做"];

/// A name may follow, and most often does not.
const MAY_GIVE_NAME: [&str; 4] = ["我是", "您是", "你是", "本人"];

/// A surname follows.
const GIVES_SURNAME: [&str; 7] = ["贵姓", "我姓", "您姓", "你姓", "他姓", "她姓", "本人姓"];

/// Words between such words and the name; longer ones first.
const BETWEEN: [&str; 9] = ["写的是", "免贵姓", "应该是", "就是", "叫做", "免贵", "是", "叫", "姓"];

pub(super) fn find(chars: &[char]) -> Vec<Span> {
    let mut found: Vec<Span> = Vec::new();
    for at in 1..=chars.len() {
        let name = name_after(chars, at);
        // Two words may announce one name: 名字叫做.
        let known = |start| found.last().is_some_and(|(last, _)| start < last.end);
        if let Some(name) = name.filter(|name| !known(name.start)) {
            found.push((name, MaskKind::Name));
        }
    }
    found
}

/// The name that the words before `at` announce.
fn name_after(chars: &[char], at: usize) -> Option<Range<usize>> {
    let announces = |words: &[&str]| words.iter().any(|word| ends(&chars[..at], word));
    if announces(&GIVES_NAME) {
        let start = name_start(chars, at);
        dotted_name(chars, start).or_else(|| announced_name(chars, start))
    } else if announces(&GIVES_SURNAME) {
        surname_given(chars, name_start(chars, at))
    } else if announces(&MAY_GIVE_NAME) {
        whole_name(chars, gap_end(chars, at))
    } else {
        None
    }
}

/// Over punctuation, fillers and words like 是.
fn name_start(chars: &[char], at: usize) -> usize {
    let mut at = at;
    for _ in 0..4 {
        let over = gap_end(chars, at);
        let colon = usize::from(chars.get(over) == Some(&':'));
        let rest = &chars[(over + colon).min(chars.len())..];
        let word = BETWEEN.iter().find_map(|word| begins(rest, word)).unwrap_or(0);
        let next = over + colon + word;
        if next == at {
            break;
        }
        at = next;
    }
    at
}

/// Characters of the surname that a text begins with.
fn surname(rest: &[char]) -> Option<usize> {
    if let Some(length) = COMPOUND.iter().find_map(|name| begins(rest, name)) {
        return Some(length);
    }
    let known = rest.first().is_some_and(|first| SURNAMES.contains(*first));
    (known && !WORDS.iter().any(|word| begins(rest, word).is_some())).then_some(1)
}

/// A surname and one or two characters, where a name was announced.
fn announced_name(chars: &[char], start: usize) -> Option<Range<usize>> {
    let rest = chars.get(start..)?;
    let family = surname(rest)?;
    let given = &rest[family..];
    if TITLES.iter().any(|title| begins(given, title).is_some()) {
        return None;
    }
    let fits = |at: usize, excluded: &str| {
        given.get(at).is_some_and(|ch| is_hanzi(*ch) && !excluded.contains(*ch) && !NEVER.contains(*ch))
    };
    match (fits(0, ""), fits(1, HARDLY)) {
        (false, _) => None,
        (true, false) => Some(start..start + family + 1),
        (true, true) => Some(start..start + family + 2),
    }
}

/// 买买提·艾力: names of other peoples have a dot between their parts.
fn dotted_name(chars: &[char], start: usize) -> Option<Range<usize>> {
    const PART_MAX: usize = 10;
    let hanzi = |from: usize| {
        let rest = chars.get(from..).unwrap_or_default();
        rest.iter().take(PART_MAX).take_while(|ch| is_hanzi(**ch) && !NEVER.contains(**ch)).count()
    };
    let mut end = start + hanzi(start);
    let mut parts = 1;
    while end > start && matches!(chars.get(end), Some('·' | '•' | '・')) && hanzi(end + 1) > 0 {
        end += 1 + hanzi(end + 1);
        parts += 1;
    }
    (parts > 1).then_some(start..end)
}

/// The surname after 贵姓: a word of its own, or before a title.
fn surname_given(chars: &[char], start: usize) -> Option<Range<usize>> {
    let rest = chars.get(start..)?;
    let family = surname(rest)?;
    let after = &rest[family..];
    let parted = after.first().is_none_or(|ch| !is_hanzi(*ch) || "的吗吧呢啊呀是对好".contains(*ch));
    let titled = TITLES.iter().any(|title| begins(after, title).is_some());
    (parted || titled).then_some(start..start + family).or_else(|| announced_name(chars, start))
}

/// A name and nothing else, of characters that names are made of: 我是 stands before trades and places as well.
fn whole_name(chars: &[char], start: usize) -> Option<Range<usize>> {
    let rest = chars.get(start..)?;
    let family = surname(rest)?;
    let rest = &rest[family..];
    let titled = |at: usize| TITLES.iter().any(|title| begins(&rest[at..], title).is_some());
    let of_name = |at: usize| is_hanzi(rest[at]) && !"吗吧啊呀呢对".contains(rest[at]) && !titled(at);
    let length = (0..rest.len()).find(|at| !of_name(*at)).unwrap_or(rest.len());
    let (given, next) = (&rest[..length], rest.get(length));
    let parted =
        next.is_none_or(|ch| *ch != MASK && (is_hanzi(*ch) || is_punctuation(*ch) || ch.is_whitespace()));
    let is_name = (1..=2).contains(&length) && given.iter().all(|ch| GIVEN.contains(*ch));
    (is_name && parted).then_some(start..start + family + length)
}

//! The privacy mask over sentences that were made for it, over everything the rulebook listens for, and over any text.

use std::ops::Range;

use proptest::prelude::*;
use sansheng::conduct::rulebook::Rulebook;
use sansheng::ledger::mask::{MASK, MaskKind, Masker, find, mask};
use sansheng::phrase::{Element, Pattern};

const PRIVATE: &str = include_str!("masking/private.txt");
const MISSED: &str = include_str!("masking/missed.txt");
const ORDINARY: &str = include_str!("masking/ordinary.txt");

fn lines(file: &str) -> impl Iterator<Item = &str> {
    file.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// A sentence and what must be masked in it.
struct Labelled {
    text: String,
    items: Vec<(Range<usize>, MaskKind)>,
}

fn labelled(line: &str) -> Labelled {
    let (kinds, marked) = line.split_once('\t').unwrap_or_else(|| panic!("no tab: {line}"));
    let mut kinds = kinds.split(',').map(|kind| serde_json::from_value(kind.into()).unwrap());
    let (mut text, mut items, mut count, mut start) = (String::new(), Vec::new(), 0, 0);
    for ch in marked.chars() {
        match ch {
            '【' => start = count,
            '】' => items.push((start..count, kinds.next().unwrap_or_else(|| panic!("kinds: {line}")))),
            _ => {
                text.push(ch);
                count += 1;
            }
        }
    }
    assert!(kinds.next().is_none() && !items.is_empty(), "kinds and marks differ: {line}");
    Labelled { text, items }
}

/// Characters that give something away: not what stands between groups.
fn telling(text: &str, span: &Range<usize>) -> Vec<usize> {
    let chars: Vec<char> = text.chars().collect();
    let between = |ch: char| ch.is_whitespace() || "，。、,.-—()·嗯呃那个好杠".contains(ch);
    span.clone().filter(|at| !between(chars[*at])).collect()
}

/// Items wholly masked, items, characters masked in vain, characters masked, with what went wrong.
fn measure(file: &str) -> (usize, usize, usize, usize, Vec<String>) {
    let (mut whole, mut items, mut vain, mut all, mut wrong) = (0, 0, 0, 0, Vec::new());
    for line in lines(file) {
        let Labelled { text, items: wanted } = labelled(line);
        let masked = mask(&text);
        let covered = |at: usize| masked.spans.iter().any(|(span, _)| span.contains(&at));
        let inside = |at: usize| wanted.iter().any(|(span, _)| span.contains(&at));
        let found = wanted.iter().filter(|(span, _)| telling(&text, span).into_iter().all(covered)).count();
        let idle = masked.spans.iter().flat_map(|(span, _)| span.clone()).filter(|at| !inside(*at)).count();
        if found < wanted.len() || idle > 0 {
            wrong.push(format!("{line} → {}", masked.text));
        }
        (whole, items, vain) = (whole + found, items + wanted.len(), vain + idle);
        all += masked.spans.iter().map(|(span, _)| span.len()).sum::<usize>();
    }
    (whole, items, vain, all, wrong)
}

#[test]
fn what_is_personal_is_masked_and_nothing_beside_it() {
    let (whole, items, vain, _, wrong) = measure(PRIVATE);
    assert_eq!((whole, vain), (items, 0), "{wrong:#?}");
}

#[test]
fn what_is_known_to_be_missed_is_still_missed_and_costs_nothing_else() {
    let (whole, _, vain, _, wrong) = measure(MISSED);
    assert_eq!(
        whole,
        0,
        "no longer missed: move it to private.txt: {:#?}",
        lines(MISSED).collect::<Vec<_>>()
    );
    assert_eq!(vain, 0, "{wrong:#?}");
}

/// What docs/masking.md says of the corpus, with the numbers as they are.
#[test]
fn the_documented_numbers_are_those_of_the_corpus() {
    let (masked, items, vain, characters, _) = measure(PRIVATE);
    let (_, missed, ..) = measure(MISSED);
    let said = format!(
        "{masked} of {} items are masked whole, {vain} of {characters} masked characters are masked in vain, and none \
         of {} ordinary sentences is touched",
        items + missed,
        lines(ORDINARY).count()
    );
    let page = include_str!("../../docs/masking.md").split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(page.contains(&said), "write into docs/masking.md: {said}");
}

#[test]
fn ordinary_speech_keeps_its_numbers() {
    let wrong: Vec<String> = lines(ORDINARY)
        .filter(|line| !mask(line).spans.is_empty())
        .map(|line| format!("{line} → {}", mask(line).text))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn sentences_that_clerks_are_judged_by_are_never_touched() {
    let files = [
        include_str!("../sentences/rude.txt"),
        include_str!("../sentences/rude-otherwise.txt"),
        include_str!("../sentences/innocent.txt"),
        include_str!("../sentences/innocent-otherwise.txt"),
    ];
    let said = files.into_iter().flat_map(lines).map(|line| line.rsplit('\t').next().unwrap_or(line));
    let wrong: Vec<String> = said.filter(|text| !mask(text).spans.is_empty()).map(|t| mask(t).text).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Wordings of a pattern: each alternative of each list once, the first of the others beside it.
fn wordings(pattern: &Pattern) -> Vec<String> {
    let longest = pattern.elements().iter().map(|element| match element {
        Element::OneOf(choices) => choices.len(),
        _ => 1,
    });
    let write = |turn: usize| {
        let part = |element: &Element| match element {
            Element::Char(ch) => ch.to_string(),
            Element::Slot => "三号".to_owned(),
            Element::OneOf(choices) => choices[turn % choices.len()].iter().collect(),
            Element::Pause => "，".to_owned(),
        };
        pattern.elements().iter().map(part).collect()
    };
    (0..longest.max().unwrap_or(1)).map(write).collect()
}

#[test]
fn no_phrase_of_the_rulebook_is_ever_masked() {
    let book = Rulebook::builtin().unwrap();
    let mut count = 0;
    for (_, phrase) in book.rules().iter().flat_map(|rule| rule.phrases()) {
        for wording in wordings(&phrase.pattern) {
            count += 1;
            // Also where it follows a number, or a name is said before it.
            for text in [wording.clone(), format!("您好，{wording}，三号窗口"), format!("一二{wording}")]
            {
                assert!(mask(&text).spans.is_empty(), "{text} → {}", mask(&text).text);
            }
        }
    }
    assert!(count > 1_000, "only {count} wordings");
    for advice in book.rules().iter().map(|rule| &rule.advice) {
        assert!(mask(advice).spans.is_empty(), "{advice}");
    }
}

/// What the mask looks for, and what holds it back.
#[rustfmt::skip]
const PIECES: &[&str] = &[
    "一", "三", "八", "零", "幺", "两", "要", "洞", "1", "3", "８", "0", "X", "叉", " ", "，", "。", "嗯", "那个", "个", "号", "元",
    "点", ".", "-", ":", "/", "＊", "*", "鲁", "京", "B", "D", "姓名", "我叫", "我是", "贵姓", "张", "王", "伟", "三个八", "一三八",
    "零零一三", "12345", "2024", "第", "车牌", "身份证", "后四位", "·", "先生", "您", "吗", "😀", "é",
];

/// Texts that are dense in it.
fn dense() -> impl Strategy<Value = String> {
    proptest::collection::vec(proptest::sample::select(PIECES), 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn masking_keeps_the_length_covers_its_spans_and_is_done_once(text in prop_oneof![dense(), any::<String>()]) {
        let (before, masked) = (text.chars().collect::<Vec<_>>(), mask(&text));
        let after: Vec<char> = masked.text.chars().collect();
        prop_assert_eq!(before.len(), after.len());
        prop_assert!(masked.spans.windows(2).all(|pair| pair[0].0.end <= pair[1].0.start), "{:?}", masked.spans);
        for (at, (old, new)) in before.iter().zip(&after).enumerate() {
            let covered = masked.spans.iter().any(|(span, _)| span.contains(&at));
            prop_assert_eq!(*new, if covered { MASK } else { *old });
        }
        prop_assert_eq!(mask(&masked.text).spans, vec![]);
        prop_assert_eq!(find(&before), masked.spans);
    }

    #[test]
    fn a_mobile_number_is_found_however_it_is_grouped_and_split(
        rest in proptest::collection::vec(0_usize..10, 9),
        second in 3_usize..10,
        gaps in proptest::collection::vec(proptest::sample::select(&["", " ", "，", "嗯", " 那个 "][..]), 10),
        split in 0_usize..=11,
    ) {
        let digits: Vec<char> = "零一二三四五六七八九".chars().collect();
        let said: Vec<String> = std::iter::once("电话是一".to_owned())
            .chain([second].iter().chain(&rest).zip(&gaps).map(|(digit, gap)| format!("{gap}{}", digits[*digit])))
            .collect();
        let hidden = |text: &str| text.chars().all(|ch| !digits.contains(&ch));
        prop_assert!(hidden(&mask(&said.concat()).text), "{:?}", said);
        // The same in two utterances, once both are known.
        let (one, other) = said.split_at(split);
        let mut masker = Masker::new();
        let first = masker.push(&one.concat().chars().collect::<Vec<_>>());
        let second = masker.push(&other.concat().chars().collect::<Vec<_>>());
        let mut one: Vec<char> = first.masked.text.chars().collect();
        for part in &second.earlier {
            prop_assert_eq!(part.back, 1);
            one[part.span.clone()].fill(MASK);
        }
        prop_assert!(hidden(&one.iter().collect::<String>()), "{:?} {:?}", first, second);
        prop_assert!(hidden(&second.masked.text), "{:?} {:?}", first, second);
    }

    #[test]
    fn any_cutting_of_a_text_into_utterances_keeps_its_characters(
        text in dense(),
        cuts in proptest::collection::vec(0_usize..12, 0..12),
    ) {
        let chars: Vec<char> = text.chars().collect();
        let (mut masker, mut rest) = (Masker::new(), &chars[..]);
        for cut in cuts {
            let (now, later) = rest.split_at(cut.min(rest.len()));
            let piece = masker.push(now);
            prop_assert_eq!(piece.masked.text.chars().count(), now.len());
            prop_assert!(piece.earlier.iter().all(|earlier| earlier.back >= 1));
            prop_assert!(piece.open.as_ref().is_none_or(|open| open.end <= now.len()));
            prop_assert_eq!(piece.covered().text.chars().count(), now.len());
            rest = later;
        }
    }
}

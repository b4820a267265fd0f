//! Telephone, identity and card numbers: runs of digits, parted and judged by their shapes.

use super::digits::{Group, Run, ends, gap_end, runs};
use super::shape::{Shape, is_counting, loose, strict};
use super::{MaskKind, Span};

/// From this many digits on a run is somebody's number unless it is known to be something else.
const LONG: usize = 7;

/// From this many on after words that announce a number.
const ANNOUNCED: usize = 5;

/// From this many on after words that announce part of a secret.
const PART: usize = 3;

/// Groups this long and shorter may count, order or name things.
const SHORT: usize = 6;

/// No shape has more: 0086 and a mobile number, a card of 19.
const DIGITS_MAX: usize = 19;

/// What is to be masked in a folded text.
pub(super) fn find(chars: &[char]) -> Vec<Span> {
    let mut found = Vec::new();
    for run in runs(chars) {
        let groups = without_quantities(chars, run);
        if let Some(first) = groups.first() {
            let least = least_digits(&chars[..first.span().start]);
            judge(&groups, least, &mut found);
        }
    }
    found
}

/// A run that reaches the end of the text and is not masked: it may go on in the next one. Fewer digits than
/// three, and hotlines, are told of nobody.
pub(super) fn open_end(chars: &[char]) -> Option<std::ops::Range<usize>> {
    let run = runs(chars).pop()?;
    let end = run.0.last()?.span().end;
    let groups = without_quantities(chars, run);
    if groups.is_empty() || gap_end(chars, end) < chars.len() || matches!(shape(&groups), Some(Shape::Public))
    {
        return None;
    }
    let count: usize = groups.iter().map(|group| group.0.len()).sum();
    (count >= PART).then(|| groups[0].span().start..end)
}

/// The groups of a run, less those that count or order things: 第三, A012, 三号窗口, 五千元.
fn without_quantities(chars: &[char], run: Run) -> Vec<Group> {
    let mut groups = run.0;
    if matches!(shape(&groups), Some(Shape::Private(_))) {
        return groups;
    }
    let last = groups.len() - 1;
    if groups.last().is_some_and(|group| is_counted(chars, group, last == 0)) {
        groups.pop();
    }
    if groups.first().is_some_and(|group| is_ordered(chars, group)) {
        groups.remove(0);
    }
    groups
}

/// What is counted or named by the number before it.
const UNITS: &str =
    "元块万亿千百十人次件平米公吨克度分毛角年月日天岁级名家户套份页楼室层栋排点个条项号期倍成寸斤亩路";

/// Units of amounts that may have many digits.
const AMOUNTS: &str = "元块万亿人次件平米公吨克亩";

fn is_counted(chars: &[char], group: &Group, alone: bool) -> bool {
    let Some(unit) = chars.get(group.span().end) else { return false };
    // 两个 opens a repetition and 点 a fraction elsewhere; a short group before any unit is no part of a number.
    let short = group.0.len() <= SHORT && UNITS.contains(*unit);
    let amount = alone && group.0.len() < 11 && AMOUNTS.contains(*unit);
    short || amount
}

fn is_ordered(chars: &[char], group: &Group) -> bool {
    let start = group.span().start;
    let Some(before) = start.checked_sub(1).map(|at| chars[at]) else { return false };
    match before {
        '第' | '点' | '.' | '#' | '百' | '千' | '万' | '十' => group.0.len() <= SHORT,
        '¥' | '￥' | '$' => group.0.len() < 11,
        letter => letter.is_ascii_alphabetic() && group.0.len() <= SHORT,
    }
}

/// Words before a number that say whose it is, and how many digits it then needs.
const ANNOUNCING: [&str; 14] = [
    "手机",
    "电话",
    "手机号",
    "电话号",
    "号码",
    "联系方式",
    "身份证",
    "身份证号",
    "证号",
    "卡号",
    "账号",
    "帐号",
    "银行卡",
    "车架号",
];
const PARTLY: [&str; 14] = [
    "尾号",
    "后四位",
    "后六位",
    "后三位",
    "末四位",
    "末六位",
    "最后四位",
    "最后六位",
    "前六位",
    "前三位",
    "前四位",
    "验证码",
    "密码",
    "取件码",
];

fn least_digits(before: &[char]) -> usize {
    let mut rest = before;
    // Back over 是, 为, 就是, colons and fillers.
    for _ in 0..6 {
        let Some((last, shorter)) = rest.split_last() else { break };
        if !"是为就的，,：: 嗯呃额啊".contains(*last) {
            break;
        }
        rest = shorter;
    }
    if PARTLY.iter().any(|word| ends(rest, word)) {
        PART
    } else if ANNOUNCING.iter().any(|word| ends(rest, word)) {
        ANNOUNCED
    } else {
        LONG
    }
}

/// Masks whatever is somebody's: shapes that fill whole groups first, then what is left over.
fn judge(groups: &[Group], least: usize, found: &mut Vec<Span>) {
    let mut left: Vec<&[Group]> = Vec::new();
    let (mut at, mut from, mut masked) = (0, 0, None);
    while at < groups.len() {
        let furthest = groups.len().min(at + DIGITS_MAX);
        let shaped = (at + 1..=furthest).rev().find_map(|end| Some((end, shape(&groups[at..end])?)));
        let Some((end, shape)) = shaped else {
            at += 1;
            continue;
        };
        left.push(&groups[from..at]);
        if let Shape::Private(kind) = shape {
            masked = Some(kind);
            found.push((span_of(&groups[at..end]), kind));
        }
        (at, from) = (end, end);
    }
    left.push(&groups[from..]);
    for rest in left.into_iter().filter(|rest| !rest.is_empty()) {
        judge_rest(rest, least, masked, found);
    }
}

/// Groups that make no shape: long ones are masked, and so are the beginnings of a number beside the whole of it.
fn judge_rest(groups: &[Group], least: usize, beside: Option<MaskKind>, found: &mut Vec<Span>) {
    let digits = values(groups);
    if let Some(kind) = beside.filter(|_| digits.len() < least) {
        let parts = groups.iter().filter(|group| group.0.len() >= PART);
        found.extend(parts.map(|group| (group.span(), kind)));
    } else if digits.len() >= least && (least < LONG || !is_counting(&digits)) {
        found.push((span_of(groups), loose(&digits)));
    }
}

fn shape(groups: &[Group]) -> Option<Shape> {
    let lengths: Vec<usize> = groups.iter().map(|group| group.0.len()).collect();
    strict(&values(groups), &lengths)
}

fn values(groups: &[Group]) -> Vec<u8> {
    groups.iter().flat_map(Group::values).collect()
}

fn span_of(groups: &[Group]) -> std::ops::Range<usize> {
    let start = groups.first().map_or(0, |group| group.span().start);
    let end = groups.last().map_or(0, |group| group.span().end);
    start..end
}

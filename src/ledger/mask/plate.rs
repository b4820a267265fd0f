//! Number plates: 京A12345, new-energy plates of six places, and as a recogniser writes them (鲁B一二三四五).

use super::digits::{begins, digit, ends, gap_end};
use super::{MaskKind, Span};

/// What a plate begins with: provinces, and the old plates of embassies and consulates.
const PROVINCES: &str = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领";

/// Places after the letter of the town: five, and six of a new-energy plate.
const PLACES: usize = 5;

/// One place less may have been lost by the recogniser.
const PLACES_MIN: usize = PLACES - 1;

/// Places that follow at once belong to it, up to so many.
const PLACES_MAX: usize = 8;

/// Plates have digits: 新 before a Latin word opens none.
const DIGITS_MIN: usize = 2;

/// Words before a plate without its province.
const ANNOUNCING: [&str; 5] = ["车牌", "车牌号", "车号", "牌号", "牌照"];

pub(super) fn find(chars: &[char]) -> Vec<Span> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let end = match () {
            () if PROVINCES.contains(chars[at]) => serial_end(chars, gap_end(chars, at + 1)),
            () if is_announced(&chars[..at]) => serial_end(chars, at),
            () => None,
        };
        if let Some(end) = end {
            found.push((at..end, MaskKind::Plate));
        }
        at = end.unwrap_or(at + 1);
    }
    found
}

fn is_announced(before: &[char]) -> bool {
    let mut rest = before;
    for _ in 0..4 {
        let Some((last, shorter)) = rest.split_last() else { return false };
        if ANNOUNCING.iter().any(|word| ends(rest, word)) {
            return true;
        }
        if !"号码是为:，, 嗯".contains(*last) {
            return false;
        }
        rest = shorter;
    }
    ANNOUNCING.iter().any(|word| ends(rest, word))
}

/// Where a plate ends whose letter stands at `at`.
fn serial_end(chars: &[char], at: usize) -> Option<usize> {
    chars.get(at).filter(|ch| ch.is_ascii_alphabetic())?;
    let (mut places, mut digits, mut end) = (0, 0, at + 1);
    while places < PLACES_MAX {
        let next = match places {
            0..PLACES => gap_end(chars, end),
            _ => end,
        };
        let Some((is_digit, length)) = place(&chars[next.min(chars.len())..]) else { break };
        places += 1;
        digits += usize::from(is_digit);
        end = next + length;
    }
    (places >= PLACES_MIN && digits >= DIGITS_MIN).then_some(end)
}

/// One place of a serial: whether it is a digit, and its characters.
fn place(rest: &[char]) -> Option<(bool, usize)> {
    let first = *rest.first()?;
    if begins(rest, "洞").or(begins(rest, "拐")).is_some() || digit(first).is_some() {
        return Some((true, 1));
    }
    first.is_ascii_alphabetic().then_some((false, 1))
}

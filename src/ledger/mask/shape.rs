//! Shapes of numbers: whose they are by their digits alone.

use super::MaskKind;
use super::digits::X;

/// What a number is taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// To be masked.
    Private(MaskKind),
    /// A hotline or a date: never masked.
    Public,
}

/// What digits are beyond doubt; `lengths` are those of their groups.
pub(super) fn strict(digits: &[u8], lengths: &[usize]) -> Option<Shape> {
    if is_public(digits, lengths) {
        return Some(Shape::Public);
    }
    let kind = if is_mobile(digits) {
        MaskKind::Mobile
    } else if is_id(digits) {
        MaskKind::IdCard
    } else if is_landline_with_area(digits) {
        MaskKind::Landline
    } else if is_bank_card(digits) {
        MaskKind::BankCard
    } else {
        return None;
    };
    Some(Shape::Private(kind))
}

/// What seven digits and more are most likely, when they are nothing beyond doubt. A digit may have been lost or added.
pub(super) fn loose(digits: &[u8]) -> MaskKind {
    let holds_mobile = digits.windows(11).any(is_mobile);
    match digits {
        _ if holds_mobile && digits.len() <= 13 => MaskKind::Mobile,
        [2..=8, ..] if matches!(digits.len(), 7 | 8) => MaskKind::Landline,
        [0, ..] if matches!(digits.len(), 10..=12) => MaskKind::Landline,
        [1, 3..=9, ..] if matches!(digits.len(), 10 | 12) => MaskKind::Mobile,
        [1..=8, ..] if matches!(digits.len(), 15 | 17 | 18) => MaskKind::IdCard,
        _ if matches!(digits.len(), 16 | 19) => MaskKind::BankCard,
        _ => MaskKind::Number,
    }
}

/// One, two, three and so on: somebody counts, or names windows one after the other.
pub(super) fn is_counting(digits: &[u8]) -> bool {
    digits.windows(2).all(|pair| pair[1] == pair[0] + 1)
}

fn is_mobile(digits: &[u8]) -> bool {
    let number = match digits {
        [0, 0, 8, 6, rest @ ..] | [8, 6, rest @ ..] if rest.len() == 11 => rest,
        [0, rest @ ..] if rest.len() == 11 => rest,
        _ => digits,
    };
    number.len() == 11 && matches!(number, [1, 3..=9, ..])
}

/// GB 11643-1999: six digits of a district, the day of birth, three of a sequence, one to check. The last is not
/// calculated: a recogniser that errs in one digit must not give the number away.
fn is_id(digits: &[u8]) -> bool {
    match digits {
        [1..=9, ..] if digits.len() == 18 => digits[17] == X || is_day(&digits[6..14]),
        [1..=9, ..] if digits.len() == 15 => is_month_and_day(&digits[8..12]),
        _ => false,
    }
}

fn is_day(digits: &[u8]) -> bool {
    matches!(digits[..2], [1, 8] | [1, 9] | [2, 0]) && is_month_and_day(&digits[4..8])
}

fn is_month_and_day(digits: &[u8]) -> bool {
    let two = |at: usize| digits[at] * 10 + digits[at + 1];
    (1..=12).contains(&two(0)) && (1..=31).contains(&two(2))
}

/// Area codes: 010, 02x, and four digits from 03xx to 09xx; numbers of seven or eight digits from 2 to 8.
fn is_landline_with_area(digits: &[u8]) -> bool {
    let (area, number) = match digits {
        [0, 1, 0, rest @ ..] | [0, 2, _, rest @ ..] => (3, rest),
        [0, 3..=9, _, _, rest @ ..] => (4, rest),
        _ => return false,
    };
    let lengths = if area == 3 { 8..=8 } else { 7..=8 };
    lengths.contains(&number.len()) && matches!(number, [2..=8, ..])
}

/// 16 or 19 digits, of UnionPay (62) or with the check digit of ISO/IEC 7812-1.
fn is_bank_card(digits: &[u8]) -> bool {
    let plain = digits.iter().all(|digit| *digit < X);
    matches!(digits.len(), 16 | 19) && plain && (digits.starts_with(&[6, 2]) || passes_luhn(digits))
}

fn passes_luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| match place % 2 {
            0 => u32::from(*digit),
            _ => u32::from(digit * 2 / 10 + digit * 2 % 10),
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Numbers that everybody may know, and days.
fn is_public(digits: &[u8], lengths: &[usize]) -> bool {
    match (digits, lengths) {
        // 110, 119, 120, 122, 114.
        ([1, 1, 0 | 4 | 9] | [1, 2, 0 | 2], [_]) => true,
        // 12345 and the other government hotlines, carriers, banks and companies.
        ([1, 2, 3, _, _] | [1, 0, 0, _, _] | [9, 5 | 6, _, _, _], [_]) => true,
        // 400 and 800 numbers are published by those who have them.
        ([4 | 8, 0, 0, ..], _) if digits.len() == 10 => true,
        (_, [8]) => is_day(digits),
        ([1, 9, ..] | [2, 0, ..], [4, 1..=2, 1..=2]) => {
            let part =
                |range: std::ops::Range<usize>| digits[range].iter().fold(0, |sum, digit| sum * 10 + *digit);
            let (month, day) = (part(4..4 + lengths[1]), part(4 + lengths[1]..digits.len()));
            (1..=12).contains(&month) && (1..=31).contains(&day)
        }
        _ => false,
    }
}

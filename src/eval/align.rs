//! Alignment: how far a transcript is from its reference. Pure; time and memory are documented at [`align`].

use std::ops::AddAssign;

use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::mandarin::{Syllable, normalise, readings};

/// Errors of a transcript against its reference, in characters or syllables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ErrorCounts {
    /// Length of the reference.
    pub reference: u64,
    pub substitutions: u64,
    pub deletions: u64,
    pub insertions: u64,
}

impl ErrorCounts {
    pub fn errors(self) -> u64 {
        self.substitutions + self.deletions + self.insertions
    }

    /// Errors over the length of the reference: 0 and up, above 1 when much was inserted. `None` when the
    /// reference is empty.
    pub fn rate(self) -> Option<f64> {
        (self.reference > 0).then(|| self.errors() as f64 / self.reference as f64)
    }
}

impl AddAssign for ErrorCounts {
    fn add_assign(&mut self, other: Self) {
        self.reference += other.reference;
        self.substitutions += other.substitutions;
        self.deletions += other.deletions;
        self.insertions += other.insertions;
    }
}

/// The counts, and their rate beside them.
impl Serialize for ErrorCounts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("ErrorCounts", 5)?;
        out.serialize_field("reference", &self.reference)?;
        out.serialize_field("substitutions", &self.substitutions)?;
        out.serialize_field("deletions", &self.deletions)?;
        out.serialize_field("insertions", &self.insertions)?;
        out.serialize_field("rate", &self.rate())?;
        out.end()
    }
}

/// Levenshtein alignment of `hypothesis` to `reference`, all three errors at the same cost.
///
/// Of the alignments with fewest errors the one with most substitutions is counted (one wrong character is
/// a substitution, not a deletion beside an insertion), which makes the three counts unique.
/// Time grows with the product of the lengths, memory with the length of `hypothesis`.
pub fn align<R, H>(reference: &[R], hypothesis: &[H], same: impl Fn(&R, &H) -> bool) -> ErrorCounts {
    let mut above: Vec<Cell> =
        (0..=hypothesis.len() as u64).map(|i| Cell { insertions: i, ..Cell::ZERO }).collect();
    let mut row = above.clone();
    for r in reference {
        row[0] = above[0].deleted();
        for (at, h) in hypothesis.iter().enumerate() {
            let across = if same(r, h) { above[at] } else { above[at].substituted() };
            row[at + 1] = across.better(above[at + 1].deleted()).better(row[at].inserted());
        }
        std::mem::swap(&mut above, &mut row);
    }
    let last = above[hypothesis.len()];
    ErrorCounts {
        reference: reference.len() as u64,
        substitutions: last.substitutions,
        deletions: last.deletions,
        insertions: last.insertions,
    }
}

/// Character errors and toneless-syllable errors of `hypothesis`, both over [`normalise`]d characters.
///
/// In the second count two characters agree when any of their [`readings`] does; what is not a Chinese
/// character agrees with itself only. So both counts have one reference length, and the second never more errors.
pub fn compare_texts(reference: &str, hypothesis: &str) -> (ErrorCounts, ErrorCounts) {
    let (reference, hypothesis) = (sounded(reference), sounded(hypothesis));
    let characters = align(&reference, &hypothesis, |r, h| r.0 == h.0);
    let syllables =
        align(&reference, &hypothesis, |r, h| r.0 == h.0 || r.1.iter().any(|sound| h.1.contains(sound)));
    (characters, syllables)
}

fn sounded(text: &str) -> Vec<(char, &'static [Syllable])> {
    normalise(text).chars().map(|ch| (ch, readings(ch))).collect()
}

/// Best way to a point of the alignment.
#[derive(Clone, Copy)]
struct Cell {
    substitutions: u64,
    deletions: u64,
    insertions: u64,
}

impl Cell {
    const ZERO: Cell = Cell { substitutions: 0, deletions: 0, insertions: 0 };

    fn substituted(self) -> Self {
        Self { substitutions: self.substitutions + 1, ..self }
    }

    fn deleted(self) -> Self {
        Self { deletions: self.deletions + 1, ..self }
    }

    fn inserted(self) -> Self {
        Self { insertions: self.insertions + 1, ..self }
    }

    /// Fewest errors, then most substitutions: both add up along a path, so the minimum is found step by step.
    fn better(self, other: Self) -> Self {
        let key = |c: Self| {
            let gaps = c.deletions + c.insertions;
            (c.substitutions + gaps, gaps)
        };
        if key(other) < key(self) { other } else { self }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn counts(reference: u64, substitutions: u64, deletions: u64, insertions: u64) -> ErrorCounts {
        ErrorCounts { reference, substitutions, deletions, insertions }
    }

    #[test]
    fn errors_are_counted_as_by_hand() {
        for (reference, hypothesis, characters, syllables) in [
            ("", "", counts(0, 0, 0, 0), counts(0, 0, 0, 0)),
            ("您好", "", counts(2, 0, 2, 0), counts(2, 0, 2, 0)),
            ("", "谢谢观看", counts(0, 0, 0, 4), counts(0, 0, 0, 4)),
            ("您好，请坐。", "您好请坐", counts(4, 0, 0, 0), counts(4, 0, 0, 0)),
            // Homophones: wrong characters, right sounds.
            ("别啰嗦快点讲", "别罗锁快点降", counts(6, 3, 0, 0), counts(6, 0, 0, 0)),
            // One deleted, one inserted, one homophone.
            ("请您自己看", "请自己再砍", counts(5, 1, 1, 1), counts(5, 0, 1, 1)),
            // 行 is xing and hang: it agrees with both.
            ("不行", "不航", counts(2, 1, 0, 0), counts(2, 0, 0, 0)),
            ("不行", "不型", counts(2, 1, 0, 0), counts(2, 0, 0, 0)),
            // Written otherwise, said alike.
            ("一共三百八十元", "一共380元", counts(7, 0, 0, 0), counts(7, 0, 0, 0)),
            ("wifi密码", "WiFi密碼", counts(6, 0, 0, 0), counts(6, 0, 0, 0)),
            ("a窗口", "b窗口", counts(3, 1, 0, 0), counts(3, 1, 0, 0)),
        ] {
            assert_eq!(
                compare_texts(reference, hypothesis),
                (characters, syllables),
                "{reference} / {hypothesis}"
            );
        }
    }

    #[test]
    fn a_wrong_character_is_one_substitution_rather_than_two_gaps() {
        let same = |a: &char, b: &char| a == b;
        // Two errors either way; ab -> ba as two substitutions, not as a deletion and an insertion.
        assert_eq!(align(&['a', 'b'], &['b', 'a'], same), counts(2, 2, 0, 0));
    }

    #[test]
    fn rate_is_over_the_reference_and_absent_without_one() {
        assert_eq!(counts(4, 1, 1, 3).rate(), Some(1.25));
        assert_eq!(counts(0, 0, 0, 3).rate(), None);
    }

    /// The definition, without the table.
    fn distance(a: &[u8], b: &[u8]) -> u64 {
        match (a, b) {
            ([], rest) | (rest, []) => rest.len() as u64,
            ([x, a_rest @ ..], [y, b_rest @ ..]) => {
                let across = distance(a_rest, b_rest) + u64::from(x != y);
                across.min(distance(a_rest, b) + 1).min(distance(a, b_rest) + 1)
            }
        }
    }

    proptest! {
        #[test]
        fn the_table_finds_the_distance_of_the_naive_recursion(
            a in proptest::collection::vec(0u8..3, 0..7),
            b in proptest::collection::vec(0u8..3, 0..7),
        ) {
            let found = align(&a, &b, |x, y| x == y);
            prop_assert_eq!(found.errors(), distance(&a, &b));
            prop_assert_eq!(a.len() as u64 + found.insertions, b.len() as u64 + found.deletions);
        }
    }
}

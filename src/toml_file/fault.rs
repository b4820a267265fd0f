//! Faults: what is wrong with a file, where, and what to do about it. All of them, not the first.

use std::cell::RefCell;
use std::fmt;

/// One thing wrong, or suspicious, in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub level: FaultLevel,
    /// File as it was named to the program; a file of the built-in rulebook is `rules/NAME.toml`.
    pub file: String,
    /// Line and column, in characters, both from 1; 0 where the whole file is meant.
    pub line: usize,
    pub column: usize,
    pub found: String,
    pub remedy: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FaultLevel {
    /// The file is not used.
    Error,
    /// The file is used; someone should look.
    Warning,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}:{}", self.line, self.column)?;
        }
        let level = match self.level {
            FaultLevel::Error => "error",
            FaultLevel::Warning => "warning",
        };
        write!(f, ": {level}: {}; {}", self.found, self.remedy)
    }
}

/// One fault a line.
pub(crate) fn listed(faults: &[Fault]) -> String {
    faults.iter().map(Fault::to_string).collect::<Vec<_>>().join("\n")
}

/// Where faults are gathered while reading.
#[derive(Debug, Default)]
pub(crate) struct Faults(RefCell<Vec<Fault>>);

impl Faults {
    pub fn push(&self, fault: Fault) {
        self.0.borrow_mut().push(fault);
    }

    /// The faults in the order of `files` and lines.
    pub fn into_sorted(self, files: &[&str]) -> Vec<Fault> {
        let mut faults = self.0.into_inner();
        let rank = |name: &str| files.iter().position(|file| *file == name).unwrap_or(files.len());
        faults.sort_by_key(|fault| (rank(&fault.file), fault.line, fault.column));
        faults
    }
}

/// Longest misspelt word worth comparing.
const WORD_BYTES_MAX: usize = 64;

/// `, did you mean …?` for the candidate nearest to `word`, or nothing where none is near.
pub(crate) fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    if word.len() > WORD_BYTES_MAX {
        return String::new();
    }
    let limit = 1 + word.chars().count() / 4;
    candidates
        .into_iter()
        .map(|candidate| (edits(&word.to_lowercase(), &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map_or_else(String::new, |(_, candidate)| format!(", did you mean `{candidate}`?"))
}

/// Edit distance in characters; two neighbours exchanged count as one edit (optimal string alignment).
fn edits(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let substituted = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = substituted.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_word_is_offered_and_a_far_one_is_not() {
        for (word, offer) in [
            ("wieght", ", did you mean `weight`?"),
            ("Severity", ", did you mean `severity`?"),
            ("say", ""),
            ("colour", ""),
        ] {
            assert_eq!(did_you_mean(word, ["weight", "severity", "title"]), offer, "{word}");
        }
    }

    #[test]
    fn edit_distance_counts_characters_not_bytes() {
        assert_eq!(edits("别啰嗦", "少啰嗦"), 1);
        assert_eq!(edits("", "abc"), 3);
        assert_eq!(edits("mnior", "minor"), 1);
        assert_eq!(edits("kitten", "sitting"), 3);
    }
}

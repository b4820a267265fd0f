//! How easily one syllable is heard as another.
//!
//! The confusions are those of southern-accented Mandarin (zh/z, ch/c, sh/s, n/l, r/l, f/h, -n/-ng) and those
//! between sounds of one place of articulation (b/p, d/t, ...), the errors recognisers make with noise.

use std::sync::OnceLock;

use super::syllable::Syllable;

/// Cost of hearing `heard` where `said` was meant, 0 (the same) to 1 (unrelated). Symmetric.
pub fn substitution_cost(said: Syllable, heard: Syllable) -> f32 {
    let table = table();
    table.costs[said.index() * table.count + heard.index()]
}

/// Least cost between syllables of different classes.
pub const COST_BETWEEN_CLASSES: f32 = 0.29;

/// Number of the class of syllables that the regional confusions merge with this one: `zhang` and `zan` share it.
/// Hearing a syllable of another class costs at least [`COST_BETWEEN_CLASSES`].
pub fn confusion_class(syllable: Syllable) -> u16 {
    table().classes[syllable.index()]
}

struct Table {
    count: usize,
    costs: Vec<f32>,
    classes: Vec<u16>,
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        let all: Vec<(&str, &str)> = Syllable::all().map(|s| split(s.as_str())).collect();
        let count = all.len();
        let mut costs = vec![0.0; count * count];
        for (i, a) in all.iter().enumerate() {
            for (j, b) in all.iter().enumerate() {
                costs[i * count + j] = if i == j { 0.0 } else { pair_cost(*a, *b) };
            }
        }
        let merged: Vec<(&str, &str)> = all.iter().map(|(i, f)| (merge_initial(i), merge_final(f))).collect();
        let classes = merged
            .iter()
            .map(|m| merged.iter().position(|other| other == m).map_or(0, |first| first as u16))
            .collect();
        Table { count, costs, classes }
    })
}

/// Initial and final of a spelling; `y` and `w` count as initials, a syllable without one has an empty initial.
fn split(spelling: &str) -> (&str, &str) {
    let initial = match spelling.as_bytes() {
        [b'z' | b'c' | b's', b'h', ..] => 2,
        [b'a' | b'e' | b'o', ..] => 0,
        _ => 1,
    };
    spelling.split_at(initial)
}

const CONFUSED: f32 = 0.2;
const SIMILAR: f32 = 0.45;

fn pair_cost(a: (&str, &str), b: (&str, &str)) -> f32 {
    let initial = part_cost(a.0, b.0, &CONFUSED_INITIALS, SIMILAR_INITIALS);
    let rhyme = part_cost(a.1, b.1, &CONFUSED_FINALS, SIMILAR_FINALS);
    // A syllable whose initial and final both differ is another syllable, however near each part is,
    // unless both differences are regional ones (zheng for zen).
    let cost = match (initial, rhyme) {
        (i, f) if i <= CONFUSED && f <= CONFUSED => i + f,
        (0.0, f) => 0.75 * f,
        (i, 0.0) => 0.65 * i,
        (i, f) => 0.3 + 0.5 * (i + f),
    };
    cost.min(1.0)
}

fn part_cost(a: &str, b: &str, confused: &[(&str, &str)], similar: &[&[&str]]) -> f32 {
    let listed = |pairs: &[(&str, &str)]| pairs.iter().any(|p| *p == (a, b) || *p == (b, a));
    if a == b {
        0.0
    } else if listed(confused) {
        CONFUSED
    } else if similar.iter().any(|group| group.contains(&a) && group.contains(&b)) {
        SIMILAR
    } else {
        1.0
    }
}

const CONFUSED_INITIALS: [(&str, &str); 6] =
    [("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"), ("f", "h"), ("r", "l")];
const CONFUSED_FINALS: [(&str, &str); 5] =
    [("an", "ang"), ("en", "eng"), ("in", "ing"), ("ian", "iang"), ("uan", "uang")];

const SIMILAR_INITIALS: &[&[&str]] = &[
    &["b", "p"],
    &["d", "t"],
    &["g", "k", "h"],
    &["j", "q", "x"],
    &["zh", "ch", "j", "q"],
    &["z", "c", "zh"],
    &["sh", "x", "s"],
    &["m", "n"],
    &["", "w", "h"],
    &["", "y"],
    &["y", "r"],
    &["l", "y"],
];

const SIMILAR_FINALS: &[&[&str]] = &[
    &["a", "ia", "ua"],
    &["o", "uo", "e", "ou"],
    &["ie", "ei", "e"],
    &["i", "in"],
    &["i", "v", "u"],
    &["i", "e"],
    &["ai", "ei", "uai"],
    &["ao", "ou", "iao"],
    &["iu", "ou", "iao"],
    &["ui", "ei", "uei", "uai"],
    &["an", "ian", "uan", "en"],
    &["ang", "iang", "uang", "ong", "eng"],
    &["en", "in", "un"],
    &["ong", "iong", "eng", "un"],
    &["ing", "eng"],
    &["ue", "ie", "ve"],
];

/// The member of its regional pair that stands for both.
fn merge_initial(initial: &str) -> &str {
    match initial {
        "zh" => "z",
        "ch" => "c",
        "sh" => "s",
        "n" | "r" => "l",
        "f" => "h",
        other => other,
    }
}

fn merge_final(rhyme: &str) -> &str {
    match rhyme {
        "ang" => "an",
        "eng" => "en",
        "ing" => "in",
        "iang" => "ian",
        "uang" => "uan",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(a: &str, b: &str) -> f32 {
        substitution_cost(Syllable::parse(a).unwrap(), Syllable::parse(b).unwrap())
    }

    #[test]
    fn regional_confusions_cost_less_than_similar_sounds_and_those_less_than_others() {
        for (said, regional, similar, other) in [
            ("zhang", "zang", "chang", "ke"),
            ("nin", "lin", "ni", "dou"),
            ("guan", "guang", "kuan", "shi"),
            ("xing", "xin", "jing", "bao"),
        ] {
            let costs = [cost(said, regional), cost(said, similar), cost(said, other)];
            assert!(costs[0] < costs[1] && costs[1] < costs[2], "{said}: {costs:?}");
        }
    }

    #[test]
    fn cost_is_a_symmetric_distance_between_zero_and_one() {
        for a in Syllable::all() {
            for b in Syllable::all() {
                let c = substitution_cost(a, b);
                assert!((0.0..=1.0).contains(&c) && (c == 0.0) == (a == b), "{a} {b} {c}");
                assert_eq!(c, substitution_cost(b, a), "{a} {b}");
            }
        }
    }

    #[test]
    fn syllables_of_different_classes_are_at_least_the_stated_cost_apart() {
        for a in Syllable::all() {
            for b in Syllable::all().filter(|b| confusion_class(a) != confusion_class(*b)) {
                assert!(substitution_cost(a, b) >= COST_BETWEEN_CLASSES, "{a} {b}");
            }
        }
    }

    #[test]
    fn confusable_syllables_share_a_class() {
        let class = |s| confusion_class(Syllable::parse(s).unwrap());
        assert_eq!(class("zhang"), class("zan"));
        assert_eq!(class("nan"), class("lang"));
        assert_ne!(class("ban"), class("pan"));
    }
}

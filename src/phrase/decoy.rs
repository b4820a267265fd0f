//! Decoys: what else a phrase may have been. In: a wording. Out: wordings that sound like it. Thread: hear-N.
//! Allocates: per phrase that is put to the audio.
//!
//! A decoy differs from the phrase in one syllable, by a sound that is easily taken for it, and is written with a common
//! character, one that makes a word with its neighbour where there is such a one. It differs in sound for everybody:
//! homophones (急什么, 寄什么), and syllables that regional speech does not keep apart (早 for 找), are no decoys, because no
//! sound could tell the one from the other.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use crate::mandarin::{Syllable, confusion_class, is_hanzi, substitution_cost, syllable_of};

/// Cost of the farthest sounds that are taken for each other: a similar initial or a similar final.
const ALIKE: f32 = 0.36;

/// Up to `count` wordings that sound like `wording` and are not to be mistaken for it.
pub fn decoys(wording: &str, count: usize) -> Vec<String> {
    let said: Vec<char> = wording.chars().collect();
    let mut found: Vec<Decoy> = (0..said.len()).flat_map(|at| replaced(&said, at)).collect();
    found.sort_by(|a, b| {
        b.word.cmp(&a.word).then(a.cost.total_cmp(&b.cost)).then((a.rank, a.at).cmp(&(b.rank, b.at)))
    });
    // Each syllable once before any a second time: which one was misheard is not known.
    let mut taken: Vec<Decoy> = Vec::new();
    for round in 1..=count {
        for decoy in &found {
            let here = taken.iter().filter(|other| other.at == decoy.at).count();
            if taken.len() < count && here < round && !taken.contains(decoy) {
                taken.push(decoy.clone());
            }
        }
    }
    taken.into_iter().map(|decoy| decoy.text).collect()
}

/// Whether two wordings are the same to the ear, tone left out.
pub fn sounds_the_same(a: &str, b: &str) -> bool {
    let sounds = |text: &str| -> Vec<Option<Syllable>> {
        text.chars().filter(|ch| is_hanzi(*ch)).map(syllable_of).collect()
    };
    sounds(a) == sounds(b)
}

#[derive(Clone, Debug, PartialEq)]
struct Decoy {
    text: String,
    /// Place of the exchanged character.
    at: usize,
    /// It makes a word with its neighbour.
    word: bool,
    cost: f32,
    /// Place in the list of common characters.
    rank: usize,
}

/// The wordings that differ from `said` at one place.
fn replaced(said: &[char], at: usize) -> Vec<Decoy> {
    let Some(sound) = syllable_of(said[at]) else { return Vec::new() };
    let common = common();
    let mut found = Vec::new();
    for (other, chars) in &common.by_sound {
        let cost = substitution_cost(sound, *other);
        if cost > ALIKE || confusion_class(sound) == confusion_class(*other) {
            continue;
        }
        found.extend(chars.iter().map(|(rank, ch)| {
            let mut text = said.to_vec();
            text[at] = *ch;
            let word = common.is_word(&text, at);
            Decoy { text: text.into_iter().collect(), at, word, cost, rank: *rank }
        }));
    }
    found
}

struct Common {
    /// Common characters of each syllable with their rank, the most frequent first.
    by_sound: HashMap<Syllable, Vec<(usize, char)>>,
    words: HashSet<[char; 2]>,
}

impl Common {
    /// Whether the character at `at` makes a word with the one before or after it.
    fn is_word(&self, text: &[char], at: usize) -> bool {
        let pair = |from: usize| Some([*text.get(from)?, *text.get(from + 1)?]);
        let pairs = [at.checked_sub(1).and_then(pair), pair(at)];
        pairs.into_iter().flatten().any(|pair| self.words.contains(&pair))
    }
}

fn common() -> &'static Common {
    static COMMON: OnceLock<Common> = OnceLock::new();
    COMMON.get_or_init(|| {
        let lists = include_str!("common.txt");
        let lists = lists.split_once("[characters]").map_or("", |(_, lists)| lists);
        let (characters, words) = lists.split_once("[words]").unwrap_or((lists, ""));
        let mut by_sound: HashMap<Syllable, Vec<(usize, char)>> = HashMap::new();
        for (rank, ch) in characters.chars().filter(|ch| is_hanzi(*ch)).enumerate() {
            let Some(sound) = syllable_of(ch) else { continue };
            let chars = by_sound.entry(sound).or_default();
            if chars.iter().all(|(_, known)| *known != ch) {
                chars.push((rank, ch));
            }
        }
        let words = words.split_whitespace().filter_map(|word| {
            let chars: Vec<char> = word.chars().collect();
            chars.try_into().ok()
        });
        Common { by_sound, words: words.collect() }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoys_differ_in_one_syllable_by_a_sound_that_everybody_keeps_apart() {
        for wording in ["急什么", "没时间", "你找谁", "不知道", "不行", "自己看", "我不管问别人去", "没空"]
        {
            let all = decoys(wording, 4);
            assert_eq!(all.len(), 4, "{wording}: {all:?}");
            for decoy in &all {
                let pairs = || wording.chars().zip(decoy.chars());
                let differ: Vec<_> = pairs().filter(|(a, b)| a != b).collect();
                let [(said, other)] = differ[..] else { panic!("{wording}, {decoy}: one character differs") };
                let (said, other) = (syllable_of(said).unwrap(), syllable_of(other).unwrap());
                assert_ne!(confusion_class(said), confusion_class(other), "{wording}, {decoy}");
                assert!(substitution_cost(said, other) <= ALIKE, "{wording}, {decoy}");
            }
        }
    }

    #[test]
    fn words_come_before_what_nobody_says() {
        for (wording, word) in [("我不管", "不敢"), ("自己看", "自己"), ("你找谁", "谁")] {
            let all = decoys(wording, 4);
            assert!(all.iter().any(|decoy| decoy.contains(word)), "{wording}: {all:?}");
        }
    }

    #[test]
    fn the_first_decoys_are_of_different_syllables() {
        let all = decoys("不知道", 3);
        let places: HashSet<usize> = all
            .iter()
            .flat_map(|decoy| "不知道".chars().zip(decoy.chars()).position(|(a, b)| a != b))
            .collect();
        assert_eq!(places.len(), 3, "{all:?}");
    }

    #[test]
    fn homophones_sound_the_same_and_decoys_do_not() {
        for (a, b, same) in [
            ("急什么", "寄什么", true),
            ("急什么", "记什么", true),
            ("没时间", "没事件", true),
            ("我不管", "我不敢", false),
        ] {
            assert_eq!(sounds_the_same(a, b), same, "{a} {b}");
        }
    }
}

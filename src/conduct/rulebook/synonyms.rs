//! Synonyms: words of which each may stand for the others.

use std::cell::Cell;

use toml::de::DeValue;

use crate::mandarin::{is_hanzi, simplify};
use crate::toml_file::{Document, Text, text_of};

/// Ways of saying one alternative after which no more are made: a pattern of so many is refused anyway.
const WAYS_ENOUGH: usize = 512;

/// The `[synonyms]` of all files.
#[derive(Default)]
pub(super) struct Synonyms<'d, 'i> {
    groups: Vec<Group<'d, 'i>>,
}

struct Group<'d, 'i> {
    doc: &'d Document<'i>,
    at: usize,
    /// In simplified characters, the longest first.
    words: Vec<String>,
    used: Cell<bool>,
}

impl<'d, 'i> Synonyms<'d, 'i> {
    /// Adds those of one file.
    pub fn add(&mut self, doc: &'d Document<'i>) {
        let mut root = doc.root();
        let Some(table) = root.table("synonyms") else { return };
        for (head, value) in table.entries() {
            let DeValue::Array(list) = value.get_ref() else {
                let found = format!("the synonyms of `{}` are no list", head.text);
                doc.error(value.span().start, &found, &format!("write `\"{}\" = [\"…\", \"…\"]`", head.text));
                continue;
            };
            if list.is_empty() {
                let found = format!("`{}` has no synonym", head.text);
                doc.error(head.at, &found, "write at least one, or take the line out");
            }
            let mut words = vec![];
            self.push(&mut words, doc, head);
            for entry in list {
                match text_of(entry) {
                    Some(text) => self.push(&mut words, doc, text),
                    None => {
                        let found = format!("the synonyms of `{}` hold something that is no text", head.text);
                        doc.error(entry.span().start, &found, "write only texts in quotes");
                    }
                }
            }
            words.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
            self.groups.push(Group { doc, at: head.at, words, used: Cell::new(false) });
        }
    }

    fn push(&self, words: &mut Vec<String>, doc: &Document<'_>, text: Text<'_>) {
        let word = simplify(text.text.trim());
        if word.is_empty() || !word.chars().all(is_hanzi) {
            let found = format!("the synonym {:?} is not a word in Chinese characters", text.text);
            doc.error(text.at, &found, "write the characters alone, without `[`, `]` and ××");
        } else if words.contains(&word) || self.groups.iter().any(|group| group.words.contains(&word)) {
            let found = format!("{word} stands twice among the synonyms");
            doc.error(text.at, &found, "put all words that mean the same into one list");
        } else {
            words.push(word);
        }
    }

    /// A pattern in which every word that has synonyms may be any of them.
    pub fn widen(&self, pattern: &str) -> String {
        let chars: Vec<char> = simplify(pattern).chars().collect();
        let mut wide = String::new();
        let mut at = 0;
        while at < chars.len() {
            if chars[at] == '['
                && let Some(length) = chars[at..].iter().position(|ch| *ch == ']')
            {
                wide.push_str(&self.widen_list(&chars[at + 1..at + length]));
                at += length + 1;
                continue;
            }
            match self.group_at(&chars[at..]) {
                Some((group, length)) => {
                    wide.push_str(&format!("[{}]", group.words.join("|")));
                    at += length;
                }
                None => {
                    wide.push(chars[at]);
                    at += 1;
                }
            }
        }
        wide
    }

    /// The inside of `[…|…]`: the alternatives, and what each may be said as.
    fn widen_list(&self, inside: &[char]) -> String {
        let mut all: Vec<String> = Vec::new();
        for one in inside.split(|ch| *ch == '|') {
            let mut ways = vec![String::new()];
            let mut at = 0;
            while at < one.len() {
                match self.group_at(&one[at..]).filter(|_| ways.len() + all.len() < WAYS_ENOUGH) {
                    Some((group, length)) => {
                        let longer = |way: &String| {
                            group.words.iter().map(move |word| format!("{way}{word}")).collect()
                        };
                        ways = ways.iter().flat_map::<Vec<String>, _>(longer).collect();
                        at += length;
                    }
                    None => {
                        ways.iter_mut().for_each(|way| way.push(one[at]));
                        at += 1;
                    }
                }
            }
            all.extend(ways);
        }
        format!("[{}]", all.join("|"))
    }

    /// The group of the longest word that `chars` begins with, and the length of that word.
    fn group_at(&self, chars: &[char]) -> Option<(&Group<'d, 'i>, usize)> {
        let begins =
            |word: &str| word.chars().zip(chars).filter(|(a, b)| a == *b).count() == word.chars().count();
        let longest =
            |group: &Group<'_, '_>| group.words.iter().find(|w| begins(w)).map(|w| w.chars().count());
        let (group, length) =
            self.groups.iter().filter_map(|g| Some((g, longest(g)?))).max_by_key(|(_, length)| *length)?;
        group.used.set(true);
        Some((group, length))
    }

    /// Warns of groups that no phrase made use of.
    pub fn warn_unused(&self) {
        for group in self.groups.iter().filter(|group| !group.used.get()) {
            let words = group.words.join(", ");
            let remedy = "say `synonyms = true` where phrases have one of these words, or delete them";
            group.doc.warning(group.at, &format!("nothing uses the synonyms {words}"), remedy);
        }
    }
}

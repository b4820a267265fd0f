//! Sets: named lists of words, shared by the guards, expectations and conditions of every file.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use toml::de::DeValue;

use super::synonyms::Synonyms;
use crate::phrase::{Element, Pattern};
use crate::toml_file::{Document, Text, did_you_mean, text_of};

/// Ways of saying one pattern: more is a slip, and hides phrases that two rules share.
const WAYS_MAX: usize = 256;

/// Elements of one pattern. The longest phrase of the standards has 24.
const ELEMENTS_MAX: usize = 40;

/// The sets of all files.
#[derive(Default)]
pub(super) struct Sets<'d, 'i> {
    sets: BTreeMap<&'d str, Set<'d, 'i>>,
    /// Every file could be parsed; else a set that seems missing may be in one that could not.
    complete: bool,
    used: RefCell<BTreeSet<&'d str>>,
    synonyms: Synonyms<'d, 'i>,
}

struct Set<'d, 'i> {
    doc: &'d Document<'i>,
    at: usize,
    items: Vec<Item<'d>>,
}

enum Item<'d> {
    Pattern(Pattern),
    Set(Text<'d>),
}

impl<'d, 'i> Sets<'d, 'i> {
    pub fn new(complete: bool) -> Self {
        Self { complete, ..Self::default() }
    }

    pub fn synonyms(&self) -> &Synonyms<'d, 'i> {
        &self.synonyms
    }

    /// Adds the `[sets]` and `[synonyms]` of one file.
    pub fn add(&mut self, doc: &'d Document<'i>) {
        self.synonyms.add(doc);
        let mut root = doc.root();
        let Some(table) = root.table("sets") else { return };
        for (name, value) in table.entries() {
            let DeValue::Array(list) = value.get_ref() else {
                let found = format!("the set `{}` is not a list", name.text);
                doc.error(value.span().start, &found, &format!("write `{} = [\"…\", \"…\"]`", name.text));
                continue;
            };
            let mut items = Vec::new();
            for entry in list {
                let Some(text) = text_of(entry) else {
                    let found = format!("the set `{}` holds something that is no text", name.text);
                    doc.error(entry.span().start, &found, "write only texts in quotes");
                    continue;
                };
                match text.text.strip_prefix('@') {
                    Some(other) => items.push(Item::Set(Text { at: text.at, text: other })),
                    None => items.extend(parse_pattern(doc, text).map(Item::Pattern)),
                }
            }
            self.insert(doc, name, items);
        }
    }

    fn insert(&mut self, doc: &'d Document<'i>, name: Text<'d>, items: Vec<Item<'d>>) {
        if let Some(first) = self.sets.get(name.text) {
            let found = format!("the set `{}` is already defined in {}", name.text, first.doc.source.name);
            doc.error(name.at, &found, "give it another name; it may hold the first one as \"@name\"");
        } else if items.is_empty() {
            doc.error(name.at, &format!("the set `{}` is empty", name.text), "write at least one word");
        } else {
            self.sets.insert(name.text, Set { doc, at: name.at, items });
        }
    }

    /// The words of a list in which `@name` stands for a set.
    pub fn words(&self, doc: &Document<'_>, texts: &[Text<'d>]) -> Vec<Pattern> {
        let mut words = Vec::new();
        for text in texts {
            match text.text.strip_prefix('@') {
                Some(name) => words.extend(self.set(doc, Text { at: text.at, text: name })),
                None => words.extend(parse_pattern(doc, *text)),
            }
        }
        words
    }

    /// The words of one set, with the sets inside it; empty after a fault.
    pub fn set(&self, doc: &Document<'_>, name: Text<'d>) -> Vec<Pattern> {
        let mut words = Vec::new();
        self.gather(doc, name, &mut Vec::new(), &mut words);
        words
    }

    fn gather(&self, doc: &Document<'_>, name: Text<'d>, open: &mut Vec<&'d str>, words: &mut Vec<Pattern>) {
        let Some(set) = self.sets.get(name.text) else {
            if !self.complete {
                return;
            }
            let meant = did_you_mean(name.text, self.sets.keys().copied());
            let found = format!("there is no set `{}`{meant}", name.text);
            doc.error(name.at, &found, "define it under [sets], or write the words themselves");
            return;
        };
        if open.contains(&name.text) {
            let found = format!("the set `{}` holds itself", name.text);
            doc.error(name.at, &found, "take one of the references out");
            return;
        }
        self.used.borrow_mut().insert(name.text);
        open.push(name.text);
        for item in &set.items {
            match item {
                Item::Pattern(pattern) => words.push(pattern.clone()),
                Item::Set(inner) => self.gather(set.doc, *inner, open, words),
            }
        }
        open.pop();
    }

    /// Warns of sets and synonyms that nothing uses.
    pub fn warn_unused(&self) {
        self.synonyms.warn_unused();
        for (name, set) in &self.sets {
            if !self.used.borrow().contains(name) {
                set.doc.warning(
                    set.at,
                    &format!("nothing uses the set `{name}`"),
                    "use it as \"@name\" or delete it",
                );
            }
        }
    }
}

/// A pattern of the file; `None` after a fault.
pub(super) fn parse_pattern(doc: &Document<'_>, text: Text<'_>) -> Option<Pattern> {
    let pattern = match Pattern::parse(text.text) {
        Ok(pattern) => pattern,
        Err(fault) => {
            let message = fault.to_string();
            let (found, remedy) = message.split_once(": ").unwrap_or((&message, "correct the phrase"));
            doc.error(text.at, &format!("in {:?} {found}", text.text), remedy);
            return None;
        }
    };
    if pattern.elements().len() > ELEMENTS_MAX {
        let found = format!("the phrase {:?} is longer than {ELEMENTS_MAX} characters", text.text);
        doc.error(text.at, &found, "write the few words that decide");
        return None;
    }
    let ways = ways(&pattern);
    if ways > WAYS_MAX {
        let found = format!("the phrase {:?} can be said in {ways} ways, more than {WAYS_MAX}", text.text);
        doc.error(text.at, &found, "split it into several phrases");
        return None;
    }
    Some(pattern)
}

/// Number of ways to say `pattern`, saturating.
fn ways(pattern: &Pattern) -> usize {
    pattern.elements().iter().fold(1, |ways: usize, element| match element {
        Element::OneOf(all) => ways.saturating_mul(all.len()),
        Element::Char(_) | Element::Slot | Element::Pause => ways,
    })
}

/// Every way to say `pattern`, in simplified characters; `×` stands for a slot. At most [`WAYS_MAX`].
pub(super) fn spelled_out(pattern: &Pattern) -> Vec<String> {
    let mut ways = vec![String::new()];
    for element in pattern.elements() {
        match element {
            Element::Char(ch) => ways.iter_mut().for_each(|way| way.push(*ch)),
            Element::Slot => ways.iter_mut().for_each(|way| way.push('×')),
            Element::Pause => {}
            Element::OneOf(all) => {
                let said = |way: &String, one: &Vec<char>| way.chars().chain(one.iter().copied()).collect();
                ways = ways.iter().flat_map(|way| all.iter().map(move |one| said(way, one))).collect();
            }
        }
    }
    ways
}

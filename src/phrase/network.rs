//! A pattern as a network of sounds: every way of saying it is a path from the start to an end.

use super::Matching;
use super::pattern::{Element, Pattern};
use crate::mandarin::{Syllable, readings, substitution_cost};

/// Ways of saying a pattern that are spelled out for literal search, at most; patterns with more are searched
/// for approximately only.
const SPELLINGS_MAX: usize = 64;

/// All wordings of one pattern. Nodes are in topological order.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Network {
    nodes: Vec<Node>,
    /// Where a path may end.
    ends: Vec<usize>,
    /// Syllables on the shortest and on the longest path.
    syllables: (usize, usize),
    matching: Matching,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub sound: Sound,
    /// Nodes before it; `None` is the start.
    pub before: Vec<Option<usize>>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Sound {
    Char { ch: char, readings: &'static [Syllable] },
    Slot,
}

impl Network {
    pub fn new(pattern: &Pattern) -> Self {
        let mut nodes: Vec<Node> = Vec::new();
        let mut fringe: Vec<Option<usize>> = vec![None];
        let mut syllables = (0, 0);
        for element in pattern.elements() {
            let choices: Vec<Vec<Sound>> = match element {
                Element::Pause => continue,
                Element::Char(ch) => vec![vec![sound(*ch)]],
                Element::Slot => vec![vec![Sound::Slot]],
                Element::OneOf(choices) => {
                    choices.iter().map(|c| c.iter().map(|ch| sound(*ch)).collect()).collect()
                }
            };
            let voiced = |choice: &Vec<Sound>| choice.iter().filter(|s| **s != Sound::Slot).count();
            syllables.0 += choices.iter().map(voiced).min().unwrap_or(0);
            syllables.1 += choices.iter().map(voiced).max().unwrap_or(0);
            let mut next: Vec<Option<usize>> = Vec::new();
            for choice in choices {
                let mut before = fringe.clone();
                for sound in choice {
                    nodes.push(Node { sound, before });
                    before = vec![Some(nodes.len() - 1)];
                }
                next.extend(before.into_iter().filter(|node| !next.contains(node)).collect::<Vec<_>>());
            }
            fringe = next;
        }
        let ends = fringe.into_iter().flatten().collect();
        Self { nodes, ends, syllables, matching: Matching::default() }
    }

    pub fn matching(mut self, matching: Matching) -> Self {
        self.matching = matching;
        self
    }

    /// Cost of hearing syllable `heard` for `said`.
    pub fn cost(&self, said: Syllable, heard: Syllable) -> f32 {
        match self.matching {
            Matching::Confusions => substitution_cost(said, heard),
            Matching::Syllables if said == heard => 0.0,
            Matching::Syllables | Matching::Characters => 1.0,
        }
    }

    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    pub fn ends(&self) -> &[usize] {
        &self.ends
    }

    /// Syllables on the longest path, slots not counted.
    pub fn syllables_max(&self) -> usize {
        self.syllables.1
    }

    /// Syllables on the shortest path, slots not counted.
    pub fn syllables_min(&self) -> usize {
        self.syllables.0
    }

    /// A path ends in a free slot.
    pub fn open_ended(&self) -> bool {
        self.ends.iter().any(|end| self.nodes[*end].sound == Sound::Slot)
    }

    /// Every path as characters; empty when there are too many, or a slot stands on one.
    pub fn spellings(&self) -> Vec<Vec<char>> {
        let mut paths: Vec<(usize, Vec<char>)> = self.ends.iter().map(|end| (*end, Vec::new())).collect();
        let mut whole = Vec::new();
        while let Some((at, mut path)) = paths.pop() {
            let Sound::Char { ch, .. } = self.nodes[at].sound else { return Vec::new() };
            path.push(ch);
            for before in &self.nodes[at].before {
                match before {
                    Some(before) => paths.push((*before, path.clone())),
                    None => whole.push(path.iter().rev().copied().collect()),
                }
            }
            if whole.len() + paths.len() > SPELLINGS_MAX {
                return Vec::new();
            }
        }
        whole
    }
}

fn sound(ch: char) -> Sound {
    Sound::Char { ch, readings: readings(ch) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(pattern: &str) -> Network {
        Network::new(&Pattern::parse(pattern).unwrap())
    }

    #[test]
    fn every_choice_is_a_path() {
        let mut spelled: Vec<String> =
            network("[我|]不[管|知道][吧|]").spellings().into_iter().map(String::from_iter).collect();
        spelled.sort();
        let mut expected =
            ["我不管吧", "我不管", "我不知道吧", "我不知道", "不管吧", "不管", "不知道吧", "不知道"]
                .map(str::to_owned);
        expected.sort();
        assert_eq!(spelled, expected);
    }

    #[test]
    fn networks_stay_small_where_spellings_would_explode() {
        let many = network(&"[我|你|他]".repeat(12));
        assert_eq!(many.nodes().len(), 36);
        assert!(many.spellings().is_empty());
        assert_eq!((many.syllables_min(), many.syllables_max()), (12, 12));
        assert!(network("去问××").spellings().is_empty());
    }
}

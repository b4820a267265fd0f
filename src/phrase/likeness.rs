//! Likeness: how much clauses sound like a sentence, or like each other.
//!
//! 1 less the cost a syllable of turning one into the other: 1 is the same sound, 0 nothing alike.

use std::ops::Range;

use super::Pattern;
use super::align::{added_cost, align_whole, sound_cost};
use super::network::Network;
use super::speech::{Speech, Unit};
use crate::mandarin::substitution_cost;

/// Syllables that a stretch may have more than the sentence it is compared with: with more it is at most half alike.
const MORE_SYLLABLES: usize = 8;

/// A sentence to compare speech with.
#[derive(Clone, Debug, PartialEq)]
pub struct Likeness {
    network: Network,
    source: String,
}

impl Likeness {
    pub fn new(pattern: &Pattern) -> Self {
        Self { network: Network::new(pattern), source: pattern.source().to_owned() }
    }

    /// As the rulebook writes it.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The clauses in a row that are most like it, where they are at least `least` alike, with how much they are.
    pub fn best(&self, speech: &Speech, least: f32) -> Option<(Range<usize>, f32)> {
        let clauses = speech.clause_ranges();
        let mut best: Option<(Range<usize>, f32)> = None;
        for (first, clause) in clauses.iter().enumerate() {
            for last in &clauses[first..] {
                let units = clause.start..last.end;
                if units.len() > self.network.syllables_max() + MORE_SYLLABLES {
                    break;
                }
                let alike = self.to_units(&speech.units()[units.clone()], least);
                if alike >= least && best.as_ref().is_none_or(|(_, most)| alike > *most) {
                    best = Some((units, alike));
                }
            }
        }
        best
    }

    /// How much these characters of `speech`, all of them, are like it; 0 where that is less than `least`.
    pub fn to(&self, speech: &Speech, units: Range<usize>, least: f32) -> f32 {
        self.to_units(&speech.units()[units], least)
    }

    fn to_units(&self, units: &[Unit], least: f32) -> f32 {
        let fit = align_whole(&self.network, units);
        let alike = fit.map_or(0.0, |(cost, syllables)| 1.0 - cost / syllables.max(1) as f32);
        if alike >= least { alike } else { 0.0 }
    }
}

/// How much two stretches of speech sound alike: 1 less the cost a syllable of the longer one.
pub fn alike(a: (&Speech, Range<usize>), b: (&Speech, Range<usize>)) -> f32 {
    let (a, b) = (&a.0.units()[a.1], &b.0.units()[b.1]);
    let longer = a.len().max(b.len()).max(1) as f32;
    let mut row: Vec<f32> = Vec::with_capacity(b.len() + 1);
    row.push(0.0);
    b.iter().for_each(|unit| row.push(row[row.len() - 1] + added_cost(unit.ch)));
    for said in a {
        let mut diagonal = row[0];
        row[0] += added_cost(said.ch);
        for (column, heard) in b.iter().enumerate() {
            let matched = diagonal + sound_cost(said.ch, said.readings, heard, substitution_cost);
            diagonal = row[column + 1];
            row[column + 1] =
                matched.min(diagonal + added_cost(said.ch)).min(row[column] + added_cost(heard.ch));
        }
    }
    (1.0 - row[b.len()] / longer).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn best(sentence: &str, speech: &str) -> Option<(String, f32)> {
        let speech = Speech::from_text(speech);
        let likeness = Likeness::new(&Pattern::parse(sentence).unwrap());
        let (units, alike) = likeness.best(&speech, 0.5)?;
        Some((speech.text(units), (alike * 100.0).round() / 100.0))
    }

    #[test]
    fn whole_clauses_are_compared_and_what_stands_beside_the_sentence_costs() {
        for (sentence, speech, expected) in [
            ("请您到三号窗口办理", "好的，请您到三号窗口办理，谢谢", Some(("请您到三号窗口办理", 1.0))),
            ("请您到三号窗口办理", "请您到三号，窗口办理", Some(("请您到三号窗口办理", 1.0))),
            ("请您到三号窗口办理", "请你到山号窗口办理", Some(("请你到山号窗口办理", 0.94))),
            ("请您到三号窗口办理", "请您带着材料到三号窗口办理", Some(("请您带着材料到三号窗口办理", 0.69))),
            ("请您到三号窗口办理", "今天天气很好", None),
        ] {
            let found = best(sentence, speech);
            let expected = expected.map(|(text, alike): (&str, f32)| (text.to_owned(), alike));
            assert_eq!(found, expected, "{speech}");
        }
    }

    #[test]
    fn two_stretches_are_alike_both_ways_round() {
        for (a, b, at_least, at_most) in [
            ("请您稍等一下", "请您稍等一下", 1.0, 1.0),
            ("请您稍等一下", "请你稍等一下", 0.8, 0.99),
            ("请您稍等一下", "材料没有带齐", 0.0, 0.4),
        ] {
            let (a, b) = (Speech::from_text(a), Speech::from_text(b));
            let (forth, back) =
                (alike((&a, 0..a.len()), (&b, 0..b.len())), alike((&b, 0..b.len()), (&a, 0..a.len())));
            assert!((forth - back).abs() < 0.05, "{forth} {back}");
            assert!((at_least..=at_most).contains(&forth), "{forth}");
        }
    }
}

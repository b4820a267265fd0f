//! `similar`, `repeats`: sentences by likeness of sound.

use std::ops::Range;

use super::ask::{Ask, place};
use super::stretch::turn_over_at;
use super::value::{Place, Rest, Sighting};
use super::words::repeated;
use crate::conduct::rulebook::{Repeats, Similar};
use crate::conduct::scene::SceneTurn;
use crate::phrase::alike;
use crate::said::Bilingual;
use crate::units::SessionTime;

/// Clauses of fewer characters are said again and again by everybody (您好, 好的).
const SENTENCE_CHARS_MIN: usize = 4;
/// How much alike two clauses are that are the same sentence.
const SAME_MIN: f32 = 0.85;

pub(super) fn similar(ask: &Ask<'_>, asked: &Similar) -> Sighting {
    let mut places = Vec::new();
    let mut rest = ask.rest();
    for (index, turn) in ask.turns() {
        let Some(known) = turn_over_at(ask.scene, index) else {
            rest = rest.and(Rest::Open);
            continue;
        };
        let Some((units, likeness, sentence)) = nearest(turn, asked) else { continue };
        let span = turn.speech.span(units.clone());
        if ask.stretch.admits(span) {
            let heard = turn.speech.text(units);
            let note = Bilingual::each(
                f64::from(likeness) * 100.0,
                |share| format!("“{heard}” is {share:.0}% like {sentence}"),
                |share| format!("“{heard}”与“{sentence}”相似 {share:.0}%"),
            );
            let sureness = likeness * turn.speech.probability();
            places.push(Place { turn: Some(index), sureness, ..place(span, known, note) });
        }
    }
    Sighting { places, rest }
}

/// The clauses of a turn that are most like one of the sentences, unless a decoy is nearer to them.
fn nearest<'a>(turn: &SceneTurn, asked: &'a Similar) -> Option<(Range<usize>, f32, &'a str)> {
    let found = asked.to.iter().filter_map(|sentence| {
        let (units, likeness) = sentence.best(&turn.speech, asked.at_least)?;
        Some((units, likeness, sentence.source()))
    });
    let (units, likeness, sentence) = found.max_by(|a, b| a.1.total_cmp(&b.1))?;
    let nearer = asked.decoys.iter().any(|decoy| decoy.to(&turn.speech, units.clone(), likeness) > likeness);
    (!nearer).then_some((units, likeness, sentence))
}

pub(super) fn repeats(ask: &Ask<'_>, repeats: Repeats) -> Sighting {
    let mut rest = ask.rest();
    let mut clauses: Vec<(&SceneTurn, Range<usize>, Place)> = Vec::new();
    for (index, turn) in ask.turns() {
        let Some(known) = turn_over_at(ask.scene, index) else {
            rest = rest.and(Rest::Open);
            continue;
        };
        for units in turn.speech.clause_ranges() {
            let span = turn.speech.span(units.clone());
            if units.len() >= SENTENCE_CHARS_MIN && ask.stretch.admits(span) {
                let sureness = turn.speech.probability();
                let note = Bilingual::same(turn.speech.text(units.clone()));
                clauses.push((
                    turn,
                    units,
                    Place { turn: Some(index), sureness, ..place(span, known, note) },
                ));
            }
        }
    }
    let within = SessionTime::from_seconds(f64::from(repeats.within_s)).0;
    let mut taken = vec![false; clauses.len()];
    let mut places = Vec::new();
    for first in 0..clauses.len() {
        if taken[first] {
            continue;
        }
        let (turn, units, begin) = &clauses[first];
        let near = |other: &Place| other.span.start.0.saturating_sub(begin.span.start.0) <= within;
        let same: Vec<usize> = (first..clauses.len())
            .take_while(|i| near(&clauses[*i].2))
            .filter(|i| !taken[*i])
            .filter(|i| is_same((turn, units), (clauses[*i].0, &clauses[*i].1)))
            .collect();
        let of: Vec<Place> = same.iter().map(|i| clauses[*i].2.clone()).collect();
        let found = repeated(&of, repeats).into_iter().next();
        if let Some(found) = found {
            same.iter().take(usize::from(repeats.times)).for_each(|i| taken[*i] = true);
            places.push(Place {
                note: Bilingual::new(
                    format!("“{}” {}", begin.note.en, found.note.en),
                    format!("“{}” {}", begin.note.zh, found.note.zh),
                ),
                ..found
            });
        }
    }
    Sighting { places, rest }
}

fn is_same((a, a_units): (&SceneTurn, &Range<usize>), (b, b_units): (&SceneTurn, &Range<usize>)) -> bool {
    let (short, long) = (a_units.len().min(b_units.len()), a_units.len().max(b_units.len()));
    // So many characters more or fewer are too many.
    short as f32 >= SAME_MIN * 0.9 * long as f32
        && alike((&a.speech, a_units.clone()), (&b.speech, b_units.clone())) >= SAME_MIN
}

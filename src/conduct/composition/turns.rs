//! `turns`: how many turns there are.

use super::ask::{Ask, place};
use super::value::{Place, Rest, Sighting};
use crate::said::Bilingual;
use crate::units::Span;

pub(super) fn count(ask: &Ask<'_>, at_least: Option<u16>, at_most: Option<u16>) -> Sighting {
    let turns: Vec<(usize, Span)> = ask
        .turns()
        .filter(|(_, turn)| ask.stretch.admits(turn.span))
        .map(|(i, turn)| (i, turn.span))
        .collect();
    let least = at_least.map_or(0, usize::from);
    let begun = |(index, span): &(usize, Span)| {
        // That there is a turn is known with its first words.
        ask.scene.turns[*index].utterances.first().map_or(span.end, |first| first.span.end)
    };
    if let Some(excess) = at_most.and_then(|most| turns.get(usize::from(most))) {
        return Sighting::nowhere(Rest::Nothing(begun(excess)));
    }
    let note = told(turns.len());
    if at_most.is_none() {
        let Some(last) = least.checked_sub(1).and_then(|last| turns.get(last)) else {
            return Sighting::nowhere(ask.rest());
        };
        let span = Span { start: turns[0].1.start, end: begun(last).max(turns[0].1.start) };
        let note = told(least);
        let found = Place { turn: Some(turns[0].0), ..place(span, begun(last), note) };
        return Sighting { places: vec![found], rest: ask.rest() };
    }
    match ask.rest() {
        Rest::Nothing(known) if turns.len() >= least => {
            let span = ask.stretch.clip(Span { start: ask.stretch.span.start, end: known });
            Sighting { places: vec![place(span, known, note)], rest: Rest::Nothing(known) }
        }
        rest => Sighting::nowhere(rest),
    }
}

fn told(count: usize) -> Bilingual {
    Bilingual::each(count, |n| format!("{n} turn{}", if n == 1 { "" } else { "s" }), |n| format!("{n} 轮"))
}

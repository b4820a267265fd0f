//! `lasts`: how long the encounter, or a turn, is.

use super::ask::{Ask, place};
use super::stretch::{over_at, turn_over_at};
use super::value::{Place, Rest, Sighting};
use crate::conduct::rulebook::Whole;
use crate::said::Bilingual;
use crate::units::{SessionTime, Span};

pub(super) fn lasts(ask: &Ask<'_>, of: Whole, at_least_s: Option<f32>, at_most_s: Option<f32>) -> Sighting {
    let least = at_least_s.map_or(0, samples);
    let most = at_most_s.map(samples);
    match of {
        Whole::Encounter => {
            let scene = ask.scene;
            let spoken = scene.turns.iter().map(|turn| turn.span.end).max().unwrap_or(scene.start);
            let span = Span { start: scene.start, end: scene.end.unwrap_or(spoken).max(scene.start) };
            one(span, over_at(scene), least, most).unwrap_or_else(|| Sighting::nowhere(Rest::Open))
        }
        Whole::Turn => {
            let mut all = Sighting::nowhere(ask.rest());
            for (index, turn) in ask.turns().filter(|(_, turn)| ask.stretch.admits(turn.span)) {
                match one(turn.span, turn_over_at(ask.scene, index), least, most) {
                    Some(found) => all
                        .places
                        .extend(found.places.into_iter().map(|place| Place { turn: Some(index), ..place })),
                    None => all.rest = all.rest.and(Rest::Open),
                }
            }
            all
        }
    }
}

fn samples(seconds: f32) -> u64 {
    SessionTime::from_seconds(f64::from(seconds)).0
}

/// Whether one thing is as long; `None` while that is open.
fn one(span: Span, over: Option<SessionTime>, least: u64, most: Option<u64>) -> Option<Sighting> {
    if most.is_some_and(|most| span.samples() > most) {
        let exceeded = span.start.plus(most.unwrap_or_default());
        return Some(Sighting::nowhere(Rest::Nothing(exceeded)));
    }
    let reached = span.samples() >= least;
    let found = |known: SessionTime, until: SessionTime, note: Bilingual| {
        let place = place(Span { start: span.start, end: until }, known, note);
        Some(Sighting { places: vec![place], rest: Rest::Nothing(known) })
    };
    match (reached, most, over) {
        (true, None, _) => {
            let until = span.start.plus(least);
            found(
                until,
                until,
                Bilingual::each(
                    Span { start: span.start, end: until }.seconds(),
                    |s| format!("{s:.1} s or more"),
                    |s| format!("{s:.1} 秒以上"),
                ),
            )
        }
        (true, Some(_), Some(over)) => found(
            over,
            span.end,
            Bilingual::each(span.seconds(), |s| format!("{s:.1} s"), |s| format!("{s:.1} 秒")),
        ),
        (false, _, Some(over)) => Some(Sighting::nowhere(Rest::Nothing(over))),
        (_, _, None) => None,
    }
}

//! `rings`, `reported`, `encounter`: what is known beside speech.

use super::ask::{Ask, place};
use super::stretch::over_at;
use super::value::{Doubt, Rest, Sighting};
use crate::conduct::rulebook::Rings;
use crate::conduct::scene::{EncounterKind, Scene};
use crate::said::{Bilingual, Why};
use crate::units::{SessionTime, Span};

pub(super) fn rings(ask: &Ask<'_>, rings: Rings) -> Sighting {
    let scene = ask.scene;
    let over = over_at(scene);
    let settled = scene.answered.or(over);
    if scene.kind != EncounterKind::Telephone {
        return Sighting::nowhere(over.map_or(Rest::Open, Rest::Nothing));
    }
    let Some(first) = scene.rings.first() else {
        let unheard = |at| {
            Rest::Doubt(
                Doubt::by_design(Why::new("no ring was heard or reported", "没有听到、也没有上报铃声")),
                at,
            )
        };
        return Sighting::nowhere(settled.map_or(Rest::Open, unheard));
    };
    let found = match rings {
        Rings::MoreThan(count) => {
            let before = |ring: &&Span| scene.answered.is_none_or(|answered| ring.start < answered);
            let excess = scene.rings.iter().filter(before).nth(usize::from(count));
            excess.map(|ring| {
                (
                    Span { start: first.start, end: ring.end },
                    Bilingual::each(
                        count,
                        |count| format!("more than {count} rings"),
                        |count| format!("响铃超过 {count} 声"),
                    ),
                )
            })
        }
        Rings::AnsweredAfter { seconds } => answered_after(scene, *first, seconds),
    };
    match found {
        Some((span, note)) => {
            Sighting { places: vec![place(span, span.end, note)], rest: Rest::Nothing(span.end) }
        }
        None => Sighting::nowhere(settled.map_or(Rest::Open, Rest::Nothing)),
    }
}

/// From the first ring to when the time was up, and nobody had answered.
fn answered_after(scene: &Scene, first: Span, seconds: f32) -> Option<(Span, Bilingual)> {
    let due = first.start.plus(SessionTime::from_seconds(f64::from(seconds)).0);
    let late = match scene.answered {
        Some(answered) => answered > due,
        None => scene.end.map_or(scene.clerk_until.min(scene.until), |end| end) > due,
    };
    late.then(|| {
        (
            Span { start: first.start, end: due },
            Bilingual::each(seconds, |s| format!("not answered within {s} s"), |s| format!("{s} 秒内未接听")),
        )
    })
}

pub(super) fn reported(ask: &Ask<'_>, names: &[String]) -> Sighting {
    let places = ask.scene.reported.iter().filter(|(_, name)| names.contains(name)).map(|(at, name)| {
        let span = Span { start: *at, end: *at };
        place(span, *at, Bilingual::same(name.clone()))
    });
    let places = places.filter(|found| ask.stretch.admits(found.span)).collect();
    Sighting { places, rest: ask.stretch.rest() }
}

pub(super) fn encounter(ask: &Ask<'_>, kind: EncounterKind) -> Sighting {
    let at = ask.scene.start;
    if ask.scene.kind != kind {
        return Sighting::nowhere(Rest::Nothing(at));
    }
    let span = Span { start: at, end: at };
    Sighting { places: vec![place(span, at, Bilingual::default())], rest: Rest::Nothing(at) }
}

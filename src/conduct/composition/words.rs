//! `say`, `regex`: words in turns.

use std::ops::Range;

use super::ask::{Ask, place};
use super::stretch::turn_over_at;
use super::value::{Doubt, Place, Rest, Sighting};
use crate::conduct::rulebook::{Matcher, Need, Repeats, Say};
use crate::conduct::sureness::sureness_of;
use crate::conduct::why::NEAR;
use crate::phrase::{HeldBack, PhraseHit, PhraseSpec, Place as Where, Verdict};
use crate::said::Bilingual;
use crate::units::{SessionTime, Span};

/// A phrase that was said, and which item of the list it is.
struct Said {
    item: usize,
    place: Place,
}

pub(super) fn say(ask: &Ask<'_>, say: &Say) -> Sighting {
    let (mut said, rest) = heard(ask, say);
    said.sort_by_key(|said| (said.place.span.start, said.place.span.end));
    match say.need {
        Need::None => none(ask, said, rest),
        Need::Any { at_least: 1 } => {
            let places = said.into_iter().map(|said| said.place).collect();
            match say.repeats {
                None => Sighting { places: apart(places), rest },
                Some(repeats) => Sighting { places: repeated(&apart(places), repeats), rest },
            }
        }
        Need::Any { at_least } => together(said, usize::from(at_least), rest),
        Need::All { in_order: false } => together(said, items(say), rest),
        Need::All { in_order: true } => in_order(&said, items(say), rest),
    }
}

pub(super) fn regex(ask: &Ask<'_>, matcher: &Matcher) -> Sighting {
    let mut places = Vec::new();
    let mut rest = ask.rest();
    for (index, turn) in ask.turns() {
        let Some(known) = turn_over_at(ask.scene, index) else {
            rest = rest.and(Rest::Open);
            continue;
        };
        let text = turn.speech.text(0..turn.speech.len());
        if text.is_empty() || matcher.unless.as_ref().is_some_and(|unless| unless.is_match(&text)) {
            continue;
        }
        for found in matcher.is.find_iter(&text).filter(|found| !found.is_empty()) {
            let units = chars(&text, found.range());
            let span = turn.speech.span(units);
            if ask.stretch.admits(span) {
                let sureness = turn.speech.probability();
                let note = Bilingual::same(format!("“{}”", found.as_str()));
                places.push(Place { turn: Some(index), sureness, ..place(span, known, note) });
            }
        }
    }
    Sighting { places, rest }
}

/// Places at which something was found `times` times within so long, none of which share a find.
pub(super) fn repeated(places: &[Place], repeats: Repeats) -> Vec<Place> {
    let times = usize::from(repeats.times);
    let within = SessionTime::from_seconds(f64::from(repeats.within_s)).0;
    let mut found = Vec::new();
    let mut first = 0;
    while let Some(group) = places.get(first..first + times) {
        let (begin, end) = (&group[0], &group[times - 1]);
        if end.span.start.0.saturating_sub(begin.span.start.0) <= within {
            found
                .push(joined(group, Bilingual::each(times, |n| format!("{n} times"), |n| format!("{n} 次"))));
            first += times;
        } else {
            first += 1;
        }
    }
    found
}

/// What was said of the list, and what of the rest.
fn heard(ask: &Ask<'_>, say: &Say) -> (Vec<Said>, Rest) {
    let mut said = Vec::new();
    let mut rest = ask.rest();
    for (turn_index, turn) in ask.turns() {
        for (hit_index, hit) in turn.hits.iter().enumerate() {
            if !ask.phrases.contains(&hit.phrase) || !ask.stretch.admits(hit.span) {
                continue;
            }
            let nth = hit.phrase - ask.phrases.start;
            match &hit.verdict {
                Verdict::Passed => {}
                // Half heard is neither said nor missing.
                Verdict::Held(HeldBack::Distant | HeldBack::Unscored) => {
                    let known = ask.stretch.closed.unwrap_or(hit.span.end).max(hit.span.end);
                    rest = rest.and(Rest::Doubt(Doubt::heard(NEAR), known));
                    continue;
                }
                Verdict::Held(_) => continue,
            }
            // Words that follow in the same turn may still make it innocent.
            let over = turn_over_at(ask.scene, turn_index);
            let known = match (say.phrases.get(nth), over) {
                (Some(spec), None) if awaits_more(spec) => {
                    rest = Rest::Open;
                    continue;
                }
                (Some(spec), Some(over)) if awaits_more(spec) => over.max(hit.span.end),
                _ => hit.span.end,
            };
            let item = say.items.get(nth).copied().unwrap_or_default();
            said.push(Said { item, place: of_hit(hit, (turn_index, hit_index), known) });
        }
    }
    (said, rest)
}

fn awaits_more(spec: &PhraseSpec) -> bool {
    spec.place == Where::Clause || !spec.guards.after.is_empty() || !spec.guards.turn.is_empty()
}

fn of_hit(hit: &PhraseHit, at: (usize, usize), known: SessionTime) -> Place {
    let sureness = sureness_of(hit);
    Place { span: hit.span, known, sureness, hit: Some(at), turn: Some(at.0), note: Bilingual::default() }
}

/// Not one of the list: holds over the whole stretch, once that is past.
fn none(ask: &Ask<'_>, said: Vec<Said>, rest: Rest) -> Sighting {
    if let Some(known) = said.iter().map(|said| said.place.known).min() {
        return Sighting::nowhere(Rest::Nothing(known));
    }
    match rest {
        Rest::Nothing(known) => {
            let span = ask.stretch.clip(Span { start: ask.stretch.span.start, end: known });
            let absent = Place {
                sureness: ask.absent(known),
                ..place(span, known, Bilingual::new("none was said", "一个也没有说"))
            };
            Sighting { places: vec![absent], rest: Rest::Nothing(known) }
        }
        undecided => Sighting::nowhere(undecided),
    }
}

/// So many different items, wherever they stand.
fn together(said: Vec<Said>, wanted: usize, rest: Rest) -> Sighting {
    let mut found: Vec<Said> = Vec::new();
    for said in said {
        if !found.iter().any(|known| known.item == said.item) {
            found.push(said);
        }
    }
    if wanted == 0 || found.len() < wanted {
        return Sighting::nowhere(rest);
    }
    let places: Vec<Place> = found.into_iter().take(wanted).map(|said| said.place).collect();
    Sighting {
        places: vec![joined(
            &places,
            Bilingual::each(wanted, |n| format!("{n} of them"), |n| format!("其中 {n} 项")),
        )],
        rest,
    }
}

/// Every item, each after the one before it.
fn in_order(said: &[Said], wanted: usize, rest: Rest) -> Sighting {
    let mut places: Vec<Place> = Vec::new();
    for item in 0..wanted {
        let after = places.last().map_or(SessionTime(0), |place| place.span.end);
        let next = said.iter().find(|said| said.item == item && said.place.span.start >= after);
        match next {
            Some(next) => places.push(next.place.clone()),
            None => return Sighting::nowhere(rest),
        }
    }
    if places.is_empty() {
        return Sighting::nowhere(rest);
    }
    Sighting {
        places: vec![joined(
            &places,
            Bilingual::each(wanted, |n| format!("{n} in order"), |n| format!("依次 {n} 项")),
        )],
        rest,
    }
}

/// One place for words that two phrases of the list fit: the nearer one is the finding's.
fn apart(places: Vec<Place>) -> Vec<Place> {
    let mut kept: Vec<Place> = Vec::new();
    for place in places {
        match kept.iter_mut().find(|known| known.span.overlaps(place.span)) {
            Some(known) if place.sureness > known.sureness => *known = place,
            Some(_) => {}
            None => kept.push(place),
        }
    }
    kept
}

/// One place from the first to the last of several; never of none.
fn joined(places: &[Place], note: Bilingual) -> Place {
    let first = &places[0];
    let end = places.iter().map(|place| place.span.end).max().unwrap_or(first.span.end);
    Place {
        span: Span { start: first.span.start, end },
        known: places.iter().map(|place| place.known).max().unwrap_or(first.known),
        sureness: places.iter().map(|place| place.sureness).fold(1.0, f32::min),
        note,
        ..first.clone()
    }
}

fn items(say: &Say) -> usize {
    say.items.iter().max().map_or(0, |last| last + 1)
}

/// A range of bytes as one of characters.
fn chars(text: &str, bytes: Range<usize>) -> Range<usize> {
    let count = |end: usize| text.char_indices().take_while(|(at, _)| *at < end).count();
    count(bytes.start)..count(bytes.end)
}

//! `rate`: characters a minute, pauses not counted.

use super::ask::{Ask, place};
use super::stretch::{over_at, turn_over_at};
use super::value::{Place, Rest, Sighting};
use crate::conduct::rulebook::{Rate, RateLimit, Whole};
use crate::conduct::scene::SceneTurn;
use crate::said::Bilingual;
use crate::units::Span;

/// The speaker's own rate is known after so many turns' worth of characters.
const OWN_TURNS: usize = 3;

pub(super) fn rate(ask: &Ask<'_>, asked: &Rate) -> Sighting {
    match asked.over {
        Whole::Turn => of_turns(ask, asked),
        Whole::Encounter => of_encounter(ask, asked),
    }
}

fn of_turns(ask: &Ask<'_>, asked: &Rate) -> Sighting {
    let mut rest = ask.rest();
    let mut places = Vec::new();
    let mut before = Spoken::default();
    for (index, turn) in super::stretch::turns_of(ask.scene, ask.who) {
        let spoken = Spoken::of(turn);
        let known = turn_over_at(ask.scene, index);
        let counts = spoken.chars >= usize::from(asked.min_chars);
        if !ask.stretch.admits(turn.span) {
        } else if known.is_none() {
            rest = rest.and(Rest::Open);
        } else if let (true, Some(known), Some(note)) = (counts, known, exceeds(&spoken, &before, asked)) {
            places.push(Place { turn: Some(index), ..place(turn.span, known, note) });
        }
        before.add(&spoken);
    }
    Sighting { places, rest }
}

fn of_encounter(ask: &Ask<'_>, asked: &Rate) -> Sighting {
    let (Some(end), Some(known)) = (ask.scene.end, over_at(ask.scene)) else {
        return Sighting::nowhere(Rest::Open);
    };
    let mut all = Spoken::default();
    ask.turns().for_each(|(_, turn)| all.add(&Spoken::of(turn)));
    let counts = all.chars >= usize::from(asked.min_chars);
    match exceeds(&all, &Spoken::default(), asked).filter(|_| counts) {
        Some(note) => {
            let span = Span { start: ask.scene.start, end: end.max(ask.scene.start) };
            Sighting { places: vec![place(span, known, note)], rest: Rest::Nothing(known) }
        }
        None => Sighting::nowhere(ask.rest()),
    }
}

/// Characters, and the time that they took.
#[derive(Clone, Copy, Default)]
struct Spoken {
    chars: usize,
    seconds: f64,
}

impl Spoken {
    fn of(turn: &SceneTurn) -> Self {
        let words = turn.utterances.iter().filter(|utterance| utterance.chars > 0);
        words.fold(Self::default(), |sum, utterance| Self {
            chars: sum.chars + utterance.chars,
            seconds: sum.seconds + utterance.span.seconds(),
        })
    }

    fn add(&mut self, other: &Self) {
        self.chars += other.chars;
        self.seconds += other.seconds;
    }

    fn a_minute(&self) -> Option<f64> {
        (self.seconds > 0.0).then(|| self.chars as f64 * 60.0 / self.seconds)
    }
}

/// What is remarkable of the rate, for people; `None` where nothing is.
fn exceeds(spoken: &Spoken, before: &Spoken, asked: &Rate) -> Option<Bilingual> {
    let rate = spoken.a_minute()?;
    match asked.limit {
        RateLimit::Above(limit) => (rate > f64::from(limit)).then(|| {
            Bilingual::each(
                rate,
                |rate| format!("{rate:.0} characters a minute, more than {limit}"),
                |rate| format!("每分钟 {rate:.0} 字，多于 {limit}"),
            )
        }),
        RateLimit::Below(limit) => (rate < f64::from(limit)).then(|| {
            Bilingual::each(
                rate,
                |rate| format!("{rate:.0} characters a minute, fewer than {limit}"),
                |rate| format!("每分钟 {rate:.0} 字，少于 {limit}"),
            )
        }),
        RateLimit::RisesBy(times) => {
            let known = before.chars >= OWN_TURNS * usize::from(asked.min_chars);
            let own = before.a_minute().filter(|_| known)?;
            (rate >= own * f64::from(times)).then(|| {
                Bilingual::each(rate, |rate| format!("{rate:.0} characters a minute after {own:.0} before, {times} times as many or more"), |rate| format!("每分钟 {rate:.0} 字，此前 {own:.0}，达到 {times} 倍以上"))
            })
        }
    }
}

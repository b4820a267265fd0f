//! `talks_over`: speech that begins while the other speaks, and goes on beside it.

use super::ask::{Ask, place};
use super::value::{Doubt, Place, Rest, Sighting};
use crate::conduct::why::NO_VISITOR;
use crate::said::Bilingual;
use crate::units::{SessionTime, Span};

pub(super) fn talk_over(ask: &Ask<'_>, at_least_s: f32, grace_s: f32) -> Sighting {
    let scene = ask.scene;
    if !scene.visitor_heard {
        let rest = ask.stretch.closed.map(|at| Rest::Doubt(Doubt::by_design(NO_VISITOR), at));
        return Sighting::nowhere(rest.unwrap_or(Rest::Open));
    }
    let samples = |seconds: f32| SessionTime::from_seconds(f64::from(seconds)).0;
    let (least, grace) = (samples(at_least_s), samples(grace_s));
    let mut places = Vec::new();
    for (index, turn) in ask.turns() {
        let others = scene.turns.iter().filter(|other| other.role != turn.role);
        let others: Vec<Span> = others.flat_map(|other| other.utterances.iter().map(|u| u.span)).collect();
        for own in turn.utterances.iter().map(|utterance| utterance.span) {
            let interrupts =
                |other: &&Span| own.start >= other.start.plus(grace) && own.shared(**other) >= least.max(1);
            let Some(other) = others.iter().find(interrupts) else { continue };
            let both = Span { start: own.start, end: own.end.min(other.end) };
            if ask.stretch.admits(both) {
                let note = Bilingual::each(
                    both.seconds(),
                    |s| format!("{s:.1} s beside the other, who spoke first"),
                    |s| format!("对方先开口，重叠 {s:.1} 秒"),
                );
                let known = own.end.max(other.end);
                places.push(Place { turn: Some(index), ..place(both, known, note) });
            }
        }
    }
    // The other may be told of later than the one who talks over.
    let settled = ask.stretch.closed.filter(|_| scene.end.is_some() || scene.until >= ask.stretch.span.end);
    let rest = if settled.is_some() { ask.rest() } else { Rest::Open };
    Sighting { places, rest }
}

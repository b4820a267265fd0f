//! `silence`: dead air between words of the encounter. Silence at its end is nobody's: the visitor may have gone.

use super::ask::{Ask, place};
use super::stretch::{told, turns_of};
use super::value::{Doubt, Rest, Sighting};
use crate::conduct::rulebook::Who;
use crate::conduct::scene::Scene;
use crate::conduct::why::{NO_VISITOR, VISITOR_DOWN};
use crate::said::{Bilingual, Why};
use crate::units::{SessionTime, Span};

pub(super) fn silence(ask: &Ask<'_>, at_least_s: f32, of: Who) -> Sighting {
    let scene = ask.scene;
    if of != Who::Clerk && !scene.visitor_heard {
        let rest = ask.stretch.closed.map(|at| Rest::Doubt(Doubt::by_design(NO_VISITOR), at));
        return Sighting::nowhere(rest.unwrap_or(Rest::Open));
    }
    let least = SessionTime::from_seconds(f64::from(at_least_s)).0;
    let mut rest = ask.stretch.rest();
    let mut places = Vec::new();
    for Gap { span: gap, known } in gaps(scene, of) {
        let clipped = ask.stretch.clip(gap);
        if !ask.stretch.admits(gap) || clipped.samples() < least {
            continue;
        }
        if told(scene, of) < gap.end {
            // Whoever spoke meanwhile may be told of later.
            rest = rest.and(Rest::Open);
        } else if of != Who::Clerk && scene.visitor_unheard_in(clipped) {
            rest = rest.and(Rest::Doubt(Doubt::heard(VISITOR_DOWN), known));
        } else if scene.unheard_in(clipped) {
            rest = rest.and(Rest::Doubt(
                Doubt::heard(Why::new("not all of the silence was heard", "这段静默没有全部听到")),
                known,
            ));
        } else {
            places.push(place(
                clipped,
                known,
                Bilingual::each(
                    clipped.seconds(),
                    |s| format!("{s:.1} s of silence"),
                    |s| format!("静默 {s:.1} 秒"),
                ),
            ));
        }
    }
    Sighting { places, rest }
}

/// A stretch of the encounter, between words, in which nobody speaks.
struct Gap {
    span: Span,
    /// Speech is told of when it is over: so is the silence before it.
    known: SessionTime,
}

/// Silences of `of`: each ends with words of theirs.
fn gaps(scene: &Scene, of: Who) -> Vec<Gap> {
    let mut spoken: Vec<Span> = turns_of(scene, of)
        .flat_map(|(_, turn)| match turn.utterances.is_empty() {
            true => vec![turn.span],
            false => turn.utterances.iter().map(|utterance| utterance.span).collect(),
        })
        .collect();
    spoken.sort();
    let mut gaps = Vec::new();
    let mut until = scene.start;
    for span in spoken {
        if span.start > until {
            gaps.push(Gap { span: Span { start: until, end: span.start }, known: span.end });
        }
        until = until.max(span.end);
    }
    gaps
}

//! `response`: whoever was spoken to takes too long to answer, although the encounter goes on.

use super::ask::{Ask, place};
use super::stretch::told;
use super::value::{Doubt, Rest, Sighting};
use crate::conduct::rulebook::Who;
use crate::conduct::why::{NO_VISITOR, VISITOR_DOWN};
use crate::said::{Bilingual, Why};
use crate::units::{Role, SessionTime, Span};

pub(super) fn late(ask: &Ask<'_>, from: Role, later_than_s: f32) -> Sighting {
    let scene = ask.scene;
    if !scene.visitor_heard {
        let rest = ask.stretch.closed.map(|at| Rest::Doubt(Doubt::by_design(NO_VISITOR), at));
        return Sighting::nowhere(rest.unwrap_or(Rest::Open));
    }
    let limit = SessionTime::from_seconds(f64::from(later_than_s)).0;
    let mut spoken: Vec<(Span, Role)> = scene
        .turns
        .iter()
        .flat_map(|turn| turn.utterances.iter().map(move |utterance| (utterance.span, turn.role)))
        .collect();
    spoken.sort_by_key(|(span, _)| (span.start, span.end));
    let mut rest = ask.stretch.rest();
    let mut places = Vec::new();
    // The end of the last words so far, and whose they were.
    let mut last: Option<(SessionTime, Role)> = None;
    for (span, role) in spoken {
        let waited = last.filter(|(end, speaker)| *speaker == from && span.start > *end);
        if let Some((end, _)) = waited.filter(|(end, _)| span.start.0 - end.0 > limit) {
            let wait = Span { start: end, end: span.start };
            if !ask.stretch.admits(wait) {
                // It belongs to another part of the encounter.
            } else if told(scene, Who::Either) < wait.end {
                rest = rest.and(Rest::Open);
            } else if scene.visitor_unheard_in(wait) {
                rest = rest.and(Rest::Doubt(Doubt::heard(VISITOR_DOWN), span.end));
            } else if scene.unheard_in(wait) {
                rest = rest.and(Rest::Doubt(
                    Doubt::heard(Why::new("not all of the wait was heard", "这段等待没有全部听到")),
                    span.end,
                ));
            } else {
                // The answer is told of when it is over.
                places.push(place(
                    wait,
                    span.end,
                    Bilingual::each(
                        wait.seconds(),
                        |s| format!("no answer for {s:.1} s"),
                        |s| format!("{s:.1} 秒没有回应"),
                    ),
                ));
            }
        }
        if last.is_none_or(|(end, _)| span.end >= end) {
            last = Some((span.end, role));
        }
    }
    Sighting { places, rest }
}

//! `loudness`: utterances louder than usual at this window, or than a level.

use super::ask::{Ask, place};
use super::value::{Doubt, Place, Rest, Sighting};
use crate::conduct::rulebook::Level;

pub(super) fn loud(ask: &Ask<'_>, above: Level, at_least_s: f32) -> Sighting {
    let mut places = Vec::new();
    let mut rest = ask.rest();
    for (index, turn) in ask.turns() {
        for utterance in &turn.utterances {
            let long = utterance.span.seconds() >= f64::from(at_least_s);
            if !long || !ask.stretch.admits(utterance.span) {
                continue;
            }
            let excess = match above {
                Level::Dbfs(limit) => (utterance.level.0 > limit)
                    .then(|| format!("{:.0} dBFS, above {limit:.0}", utterance.level.0)),
                Level::UsualBy { db } => match utterance.above_usual_db {
                    Some(more) => (more >= db).then(|| format!("{more:.0} dB above what is usual here")),
                    None => {
                        let known = ask.stretch.closed.unwrap_or(utterance.span.end);
                        let doubt = Doubt::by_design("it is not known yet how loud is usual here");
                        rest = rest.and(Rest::Doubt(doubt, known));
                        None
                    }
                },
            };
            let found = |note| Place { turn: Some(index), ..place(utterance.span, utterance.span.end, note) };
            places.extend(excess.map(found));
        }
    }
    Sighting { places, rest }
}

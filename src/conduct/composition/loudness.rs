//! `loudness`: utterances louder than usual at this window, or than a level.

use super::ask::{Ask, place};
use super::value::{Doubt, Place, Rest, Sighting};
use crate::conduct::rulebook::Level;
use crate::said::{Bilingual, Why};

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
                Level::Dbfs(limit) => (utterance.level.0 > limit).then(|| {
                    Bilingual::each(
                        utterance.level.0,
                        |level| format!("{level:.0} dBFS, above {limit:.0}"),
                        |level| format!("{level:.0} dBFS，高于 {limit:.0}"),
                    )
                }),
                Level::UsualBy { db } => match utterance.above_usual_db {
                    Some(more) => (more >= db).then(|| {
                        Bilingual::each(
                            more,
                            |more| format!("{more:.0} dB above what is usual here"),
                            |more| format!("比本窗口平时高 {more:.0} dB"),
                        )
                    }),
                    None => {
                        let known = ask.stretch.closed.unwrap_or(utterance.span.end);
                        let doubt = Doubt::by_design(Why::new(
                            "it is not known yet how loud is usual here",
                            "尚不知道本窗口平时的音量",
                        ));
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

//! One window for seven seconds: tape, live runtime, score and report, with a recogniser that reads from a script.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::super::figures::{Figures, Setting};
use super::super::tape::{Tapes, lengths};
use super::super::{Deck, Layout, hall, played, report};
use super::*;
use crate::asr::ScriptedRecogniser;
use crate::conduct::CompiledBook;
use crate::conduct::rulebook::Rulebook;

const SECONDS: u32 = 7;
const DUTY: f64 = 0.18;

/// The bundled recording in which a clerk says 我不管，问别人去, cut down to these words.
fn refusal() -> Truth {
    let mut truth = Truth::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/audio")).unwrap();
    truth.files.retain(|file| file.file == "counter-refusals.flac");
    let file = &mut truth.files[0];
    file.forbidden.truncate(1);
    let said = file.forbidden[0].span;
    file.utterances.as_mut().unwrap().retain(|utterance| utterance.span == said);
    file.encounters = None;
    truth
}

/// A seed with which the phrase is over early enough to be counted on a slow machine too.
fn early_seed(truth: &Truth, deck: &Deck) -> u64 {
    let early = |layout: &Layout| {
        let said = layout.said(&deck.pieces, truth, SessionTime::from_seconds(SECONDS.into()));
        said.len() == 1 && said[0].phrase.span.end < SessionTime::from_seconds(2.9)
    };
    let layout = |seed| Layout::new(&deck.pieces, samples(SECONDS.into()), DUTY, seed, 0);
    (0..1_000).find(|seed| early(&layout(*seed))).unwrap()
}

fn play() -> Figures {
    let truth = refusal();
    let deck = Deck::new(&truth, &lengths(&truth).unwrap());
    let seed = early_seed(&truth, &deck);
    let mut tapes = Tapes::new(&truth, &deck, SECONDS, DUTY, seed).unwrap();
    let (path, layout) = &tapes.take(1).unwrap()[0];
    let until = SessionTime::from_seconds(SECONDS.into());
    let phrase = layout.said(&deck.pieces, &truth, until)[0].phrase.span;
    let (start_s, end_s) = (phrase.start.seconds(), phrase.end.seconds());
    let script = ScriptedRecogniser::new(&[(0, start_s, end_s, "我不管，问别人去")]);
    let config = hall(std::iter::once(path));
    let setting = Setting {
        fingerprint: "scripted".to_owned(),
        windows: 1,
        seconds: SECONDS,
        seed,
        duty_asked: DUTY,
        duty: vec![layout.duty],
        words: layout.words,
        recognisers: 1,
        cores: 1,
        partial_step: config.hearing.partial_step,
        lag_max: config.hearing.lag_max,
        budgets: config.budgets,
    };
    let book = Arc::new(CompiledBook::compile(Rulebook::builtin().unwrap()).unwrap());
    played(setting, config, book, vec![Box::new(script)], &[layout], &deck, &truth).unwrap()
}

#[test]
fn a_phrase_on_a_tape_is_heard_live_and_scored() {
    let figures = play();
    let score = &figures.score;
    assert_eq!((score.recall.count, score.recall.of), (1, 1), "{figures:?}");
    assert_eq!((score.false_alarms.events, score.retracted, score.not_counted), (0, 0, 0));
    // The script hears the phrase where the truth has it, so both clocks tell the same.
    assert!(score.heard_end.max_s.abs() < 0.002, "{:?}", score.heard_end);
    assert!(score.latency.max_s > 0.0, "{:?}", score.latency);
    // What was decoded at the pause before the end is not decoded again.
    assert_eq!((figures.work.finals, figures.work.partials > 0), (0, true), "{:?}", figures.work);
    assert!(figures.work.clerk_speech_s > 0.8 && figures.work.all_unheard_s() == 0.0, "{:?}", figures.work);
    assert_eq!(figures.samples.len(), SECONDS as usize + 1);
    let length = Duration::from_secs_f64(figures.samples[SECONDS as usize].at_s);
    assert!(length >= Duration::from_secs(SECONDS.into()));
    assert!(figures.cost.resident_peak_bytes >= figures.cost.resident_end_bytes);
    assert!(figures.cost.resident_end_bytes > 0 && figures.cost.cpu_s > 0.0);

    let (text, markdown) = (report::text(&figures), report::markdown(&figures));
    for part in ["100.0 % (1/1)", "forbidden, from the true end", "resident memory, peak"] {
        assert!(text.contains(part) && markdown.contains(part), "no {part} in {text}");
    }
    assert!(markdown.starts_with("Engine: `scripted`"), "{markdown}");
    let json = serde_json::to_value(&figures).unwrap();
    assert_eq!(json["recall"]["count"], 1);
    assert_eq!(json["setting"]["forbidden_budget_s"], 1.5);
    assert_eq!(json["samples"].as_array().unwrap().len(), SECONDS as usize + 1);
}

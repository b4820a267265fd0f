//! Alerts before the utterance is over, and what becomes of them.

use sansheng::alert::AlertState::{self, Confirmed, Provisional, Retracted};
use sansheng::asr::ScriptedRecogniser;
use sansheng::runtime::live::HallEvent;

use crate::hall::{Line, Told, audio, run, several, spoken, windows};

/// Runs one window, waiting for every partial.
fn heard(script: &ScriptedRecogniser, lines: &[Line], utterances: usize) -> Told {
    let samples = audio(lines, 1);
    let spoken = spoken(&samples, 1, 0);
    assert_eq!(spoken.len(), utterances, "the scene is as it is meant: {spoken:?}");
    run(windows(1), several(script, 2), |floor| {
        let mut feed = floor.open("0", 1);
        floor.say_step_by_step(&mut feed, 0, &samples, 2_000);
    })
}

/// The states of the only alert about what was said.
fn states(told: &Told) -> Vec<AlertState> {
    let revisions = told.revisions(0);
    let ids: Vec<u64> = revisions.iter().map(|(id, _, _)| *id).collect();
    assert!(ids.windows(2).all(|pair| pair[0] == pair[1]), "one alert: {revisions:?}");
    let counted: Vec<u32> = revisions.iter().map(|(_, revision, _)| *revision).collect();
    assert_eq!(counted, (1..=counted.len() as u32).collect::<Vec<_>>(), "every revision, in order");
    revisions.into_iter().map(|(_, _, state)| state).collect()
}

/// Whether something was alerted before the first utterance was over.
fn alerted_early(told: &Told) -> bool {
    told.look(|events| {
        let over = |event: &HallEvent| matches!(event, HallEvent::Words { over: true, .. });
        let alert = |event: &HallEvent| matches!(event, HallEvent::Alerted { .. });
        events.iter().position(alert) < events.iter().position(over) && events.iter().any(alert)
    })
}

/// One utterance with a short pause in it.
const REFUSAL: &[Line] = &[(0, 0.44, 2.2, "我不管，问别人去"), (0, 2.56, 4.4, "您到三号窗口看看")];

#[test]
fn a_phrase_is_alerted_while_the_clerk_still_speaks_and_confirmed_at_the_end() {
    let told = heard(&ScriptedRecogniser::new(REFUSAL), REFUSAL, 1);
    assert!(alerted_early(&told));
    assert_eq!(states(&told), [Provisional, Confirmed]);
    assert_eq!(told.accusations(0), ["P30 我不管问别人去"]);
    let shown = told.alerts(0).pop().expect("an alert");
    assert_eq!(Some(&shown.finding), told.findings(0).iter().find(|f| f.provision == "P30"));
}

#[test]
fn a_phrase_that_the_whole_utterance_does_not_bear_out_is_taken_back() {
    let meant = &[(0, 0.44, 2.2, "我帮您问一下别人"), REFUSAL[1]];
    let script =
        ScriptedRecogniser::new(meant).with_first_impression((0, 0.44, 2.2, "我不管，问别人去"), 3.5);
    let told = heard(&script, REFUSAL, 1);
    assert!(alerted_early(&told));
    assert_eq!(states(&told), [Provisional, Retracted]);
    assert_eq!(told.accusations(0), Vec::<String>::new(), "the record never had it");
    let last = told.alerts(0).pop().expect("an alert");
    assert!(!last.note.is_empty(), "people are told why");
}

#[test]
fn a_phrase_that_comes_out_longer_later_revises_the_same_alert() {
    let script =
        ScriptedRecogniser::new(REFUSAL).with_first_impression((0, 0.44, 2.2, "我不管，问别了去"), 3.5);
    let told = heard(&script, REFUSAL, 1);
    assert!(alerted_early(&told));
    assert_eq!(states(&told), [Provisional, Provisional, Confirmed]);
    assert_eq!(told.accusations(0), ["P30 我不管问别人去"]);
}

#[test]
fn i_do_not_know_is_taken_back_when_help_follows_in_the_same_breath() {
    let lines = &[(0, 0.44, 1.32, "不知道"), (0, 1.76, 3.3, "我帮您查一下")];
    let told = heard(&ScriptedRecogniser::new(lines), lines, 1);
    assert!(alerted_early(&told));
    assert_eq!(states(&told), [Provisional, Retracted]);
    assert_eq!(told.accusations(0), Vec::<String>::new());
}

#[test]
fn i_do_not_know_is_taken_back_when_help_follows_in_the_next_utterance_of_the_turn() {
    let lines = &[(0, 0.44, 1.32, "不知道"), (0, 2.2, 3.8, "我帮您查一下")];
    let told = heard(&ScriptedRecogniser::new(lines), lines, 2);
    assert!(alerted_early(&told));
    assert_eq!(states(&told), [Provisional, Confirmed, Retracted]);
    assert_eq!(told.accusations(0), Vec::<String>::new());
}

#[test]
fn an_innocent_utterance_alerts_nobody_while_it_goes_on() {
    let lines = &[(0, 0.44, 2.2, "您问的这个我不管"), (0, 2.56, 4.4, "不了您的事我帮您问")];
    let told = heard(
        &ScriptedRecogniser::new(lines).with_first_impression((0, 0.44, 2.2, "您问的这个我看看"), 9.0),
        lines,
        1,
    );
    assert_eq!(told.revisions(0), []);
}

#[test]
fn each_of_two_phrases_has_an_alert_of_its_own() {
    let lines = &[(0, 0.44, 2.2, "我不管，问别人去"), (0, 2.56, 3.96, "别啰嗦")];
    let told = heard(&ScriptedRecogniser::new(lines), lines, 1);
    let mut last = std::collections::BTreeMap::new();
    for alert in
        told.alerts(0).into_iter().filter(|a| a.finding.kind == sansheng::conduct::FindingKind::Forbidden)
    {
        last.insert(alert.id, (alert.finding.provision.clone(), alert.state));
    }
    let last: Vec<_> = last.into_values().collect();
    assert_eq!(last, [("P30".to_owned(), Confirmed), ("P31".to_owned(), Confirmed)]);
}

//! A run that is stopped: what was said until then is judged, or on record as unheard.

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use sansheng::asr::{AsrError, Care, Hypothesis, Recogniser, ScriptedRecogniser};
use sansheng::conduct::CompiledBook;
use sansheng::conduct::rulebook::{Rulebook, Setting};
use sansheng::runtime::live::{HallEvent, Unheard};
use sansheng::vad::SpeechSegment;

use crate::hall::{Line, SESAME, Told, audio, run, several, spoken, windows};

const LINES: &[Line] = &[
    (0, 0.5, 1.5, "没视线"),
    (0, 2.2, 4.0, "我不管，问别人去"),
    (0, 5.0, 6.0, "没时间"),
    (0, 7.0, 8.0, "别啰嗦"),
    (1, 3.0, 4.0, "请稍等"),
];

/// Says when it begins to work on an utterance that is over, and waits until it may.
struct Gated {
    script: ScriptedRecogniser,
    began: Sender<()>,
    may: Receiver<()>,
}

impl Recogniser for Gated {
    fn decode(&mut self, segment: &SpeechSegment, care: Care) -> Result<Hypothesis, AsrError> {
        let _ = self.began.send(());
        // Once the other end is gone, at once.
        let _ = self.may.recv();
        self.script.decode(segment, care)
    }

    fn score(
        &mut self,
        segment: &SpeechSegment,
        care: Care,
        context: &str,
        texts: &[String],
    ) -> Result<Vec<f32>, AsrError> {
        self.script.score(segment, care, context, texts)
    }

    fn fingerprint(&self) -> String {
        "gated".into()
    }
}

/// What became of all that was said at a window, in order: its words, or why there are none.
fn fate(told: &Told, window: usize) -> Vec<String> {
    told.look(|events| {
        let fate = events.iter().filter(|event| event.window() == window).filter_map(|event| match event {
            HallEvent::Words { settled, over: true, .. } => Some(settled.clone()),
            HallEvent::Unheard { why, .. } => Some(why.to_string()),
            _ => None,
        });
        fate.collect()
    })
}

/// Stops a hall of two windows whose only recogniser is at the first utterance of the first.
fn stopped(finish: Duration) -> Told {
    let samples = audio(LINES, 2);
    assert_eq!([0, 1].map(|channel| spoken(&samples, 2, channel).len()), [4, 1]);
    let (began, begins) = unbounded();
    let (let_go, may) = bounded(0);
    let script =
        ScriptedRecogniser::new(LINES).with_likelihood("没时间", -3.0).with_likelihood("没视线", -6.0);
    let mut config = windows(2);
    config.finish = finish;
    run(config, vec![Box::new(Gated { script, began, may })], move |floor| {
        let mut feeds = ["0", "1"].map(|port| floor.open(port, 2));
        feeds[0].say(&samples);
        begins.recv().expect("the recogniser works");
        feeds[1].say(&samples);
        let all_listened_to = || floor.view.status().windows.iter().all(|window| window.audio_s >= 9.9);
        floor.wait_until("the last of the audio", all_listened_to);
        floor.stop.ask();
        if finish.is_zero() {
            floor.told.wait_for("the end of the window that nobody works for", |events| {
                events.iter().any(|event| matches!(event, HallEvent::Ended { window: 1, .. }))
            });
        }
        drop(let_go);
    })
}

#[test]
fn what_was_said_before_the_stop_is_judged_when_there_is_time_for_it() {
    let told = stopped(Duration::from_secs(600));
    let said: Vec<&str> = LINES.iter().filter(|line| line.0 == 0).map(|line| line.3).collect();
    assert_eq!(
        (fate(&told, 0), fate(&told, 1)),
        (said.iter().map(|s| (*s).to_owned()).collect(), vec!["请稍等".to_owned()])
    );
    assert_eq!(told.accusations(0), ["P53 没视线", "P30 我不管问别人去", "P53 没时间", "P31 别啰嗦"]);
    assert_eq!([0, 1].map(|window| told.account(window).unheard_s), [0.0, 0.0]);
}

#[test]
fn what_there_is_no_time_for_is_on_record_as_unheard_and_every_window_comes_to_its_end() {
    let told = stopped(Duration::ZERO);
    let stopped = Unheard::Stopped.to_string();
    // The words of what was at work are known; whether they are what they resemble was not asked any more.
    assert_eq!(fate(&told, 0), ["没视线", &stopped, &stopped, &stopped]);
    assert_eq!((told.shed(0), told.accusations(0)), (vec!["verification"], vec![]));
    assert_eq!(fate(&told, 1), [stopped]);
    for window in 0..2 {
        let account = told.account(window);
        let unheard_s: f64 = told.unheard(window).iter().map(|(span, _)| span.seconds()).sum();
        assert_eq!(account.unheard_s, unheard_s);
    }
}

#[test]
fn a_rulebook_that_is_changed_meanwhile_judges_the_next_words_and_loses_no_audio() {
    let lines: &[Line] = &[(0, 0.5, 1.5, "芝麻开门"), (0, 3.0, 4.0, "芝麻开门"), (0, 5.5, 6.5, "别啰嗦")];
    let samples = audio(lines, 1);
    let folder = tempfile::tempdir().expect("a temporary directory");
    let file = folder.path().join("sesame.toml");
    std::fs::write(&file, SESAME).expect("room for a file");
    let with_sesame = Rulebook::load(&[file], &Setting::default()).expect("a sound rulebook");
    let with_sesame = Arc::new(CompiledBook::compile(with_sesame).expect("it compiles"));
    let told = run(windows(1), several(&ScriptedRecogniser::new(lines), 2), |floor| {
        let mut feed = floor.open("0", 1);
        let middle = 40_000;
        feed.say(&samples[..middle]);
        floor.told.wait_for("the first words", |events| {
            events.iter().any(|event| matches!(event, HallEvent::Words { over: true, .. }))
        });
        floor.reloader.adopt(Arc::clone(&with_sesame));
        feed.say(&samples[middle..]);
    });
    assert_eq!(told.accusations(0), ["H01 芝麻开门", "P31 别啰嗦"], "the second time, and the old rules too");
    let at = told.findings(0)[0].span.start.seconds();
    assert!((2.9..4.1).contains(&at), "not what was said before: {at}");
    assert_eq!((told.words(0).len(), told.unheard(0)), (3, vec![]));
    assert_eq!(told.account(0).audio_s, samples.len() as f64 / 16_000.0);
    let books = told.look(|events| events.iter().filter(|e| matches!(e, HallEvent::Rules { .. })).count());
    assert_eq!(books, 1);
}

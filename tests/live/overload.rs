//! More speech than the recognisers can take.

use std::thread;
use std::time::Duration;

use sansheng::asr::{AsrError, Care, Hypothesis, Recogniser, ScriptedRecogniser};
use sansheng::runtime::live::Unheard;
use sansheng::units::Span;
use sansheng::vad::SpeechSegment;

use crate::hall::{Line, audio, run, spoken, windows};

const WINDOWS: u16 = 6;

/// Takes its time over everything.
pub struct Slow {
    pub script: ScriptedRecogniser,
    pub takes: Duration,
}

impl Recogniser for Slow {
    fn decode(&mut self, segment: &SpeechSegment, care: Care) -> Result<Hypothesis, AsrError> {
        thread::sleep(self.takes);
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
        "slow".into()
    }
}

#[test]
fn every_second_of_speech_is_heard_or_counted_as_unheard_and_never_both() {
    // Six windows speak at once, every two seconds, to one recogniser that takes half a second over each.
    let lines: Vec<Line> = (0..WINDOWS)
        .flat_map(|channel| {
            let utterance =
                move |n| (channel, 0.5 + 2.0 * f64::from(n), 1.5 + 2.0 * f64::from(n), "请您稍等");
            (0..3).map(utterance)
        })
        .collect();
    let samples = audio(&lines, WINDOWS);
    let script = ScriptedRecogniser::new(&lines);
    let mut config = windows(usize::from(WINDOWS));
    config.hearing.lag_max = Duration::from_secs(1);
    let (mut heard_s, mut unheard_s) = (0.0, 0.0);
    let mut shown = Vec::new();
    let recogniser = Box::new(Slow { script, takes: Duration::from_millis(500) });
    let told = run(config, vec![recogniser], |floor| {
        let mut feeds: Vec<_> = (0..WINDOWS).map(|n| floor.open(&n.to_string(), WINDOWS)).collect();
        let period = 160 * usize::from(WINDOWS);
        for (n, part) in samples.chunks(period).enumerate() {
            floor.watch.wait_until(n as f64 / 100.0);
            feeds.iter_mut().for_each(|feed| feed.say(part));
        }
        floor.told.wait_for("all that was said", |events| {
            let all = events.iter().filter(|e| {
                use sansheng::runtime::live::HallEvent::{Unheard, Words};
                matches!(e, Words { over: true, .. } | Unheard { .. })
            });
            all.count() >= lines.len()
        });
        shown = floor.view.status().windows;
    });
    for (window, shown) in shown.iter().enumerate() {
        let said = spoken(&samples, WINDOWS, window as u16);
        let heard: Vec<Span> = told.words(window).into_iter().map(|(span, _)| span).collect();
        let unheard: Vec<Span> = told
            .unheard(window)
            .into_iter()
            .map(|(span, why)| {
                assert_eq!(why, Unheard::Overload);
                span
            })
            .collect();
        assert!(heard.is_sorted() && unheard.is_sorted(), "in order: {heard:?} {unheard:?}");
        let mut all = [heard.clone(), unheard.clone()].concat();
        all.sort();
        assert_eq!(all, said, "window {window}");
        let account = told.account(window);
        let seconds = |spans: &[Span]| spans.iter().fold(0.0, |sum, span| sum + span.seconds());
        assert_eq!((account.clerk_speech_s, account.unheard_s), (seconds(&said), seconds(&unheard)));
        let shed = told.shed(window).into_iter().filter(|what| *what == "utterance").count();
        assert_eq!(shed, unheard.len(), "each loss is told once");
        assert_eq!(shown.shed.unmonitored, unheard.len() as u64, "and counted");
        assert!((shown.unheard_s - account.unheard_s).abs() < 1e-9);
        heard_s += seconds(&heard);
        unheard_s += account.unheard_s;
    }
    assert!(heard_s > 0.0 && unheard_s > 0.0, "{heard_s} s heard, {unheard_s} s not");
}

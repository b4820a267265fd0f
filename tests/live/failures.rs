//! Recognisers that fail, break down, or hear nothing: the window goes on, and it is on record what was not heard.

use sansheng::asr::{AsrError, Care, Hypothesis, Recogniser, ScriptedRecogniser};
use sansheng::capture::{SourceNews, ring};
use sansheng::runtime::live::{BrokenThread, Unheard};
use sansheng::units::SessionTime;
use sansheng::vad::SpeechSegment;
use tempfile::TempDir;

use crate::hall::{Line, audio, record, run, run_and_see, several, spoken, windows};
use crate::parity::{recorded, replayed};

const LINES: &[Line] = &[
    (0, 0.5, 1.5, "身份证"),
    (0, 2.2, 4.0, "我不管，问别人去"),
    (0, 5.0, 6.0, "没时间"),
    (0, 9.0, 10.0, "别啰嗦"),
];

#[derive(Clone, Copy, PartialEq)]
enum Fault {
    Error,
    Panic,
}

/// Fails on the speech that holds a given time, in progress or over.
#[derive(Clone)]
struct Failing {
    script: ScriptedRecogniser,
    at: SessionTime,
    fault: Fault,
}

impl Recogniser for Failing {
    fn decode(&mut self, segment: &SpeechSegment, care: Care) -> Result<Hypothesis, AsrError> {
        match (segment.span.start..segment.span.end).contains(&self.at) {
            true if self.fault == Fault::Panic => std::panic::resume_unwind(Box::new("out of breath")),
            true => Err(AsrError::Decode { at: self.at.seconds(), detail: "out of breath".into() }),
            false => self.script.decode(segment, care),
        }
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
        "failing".into()
    }
}

#[test]
fn speech_that_a_recogniser_fails_on_is_unheard_and_the_rest_is_judged_as_in_a_replay() {
    let samples = audio(LINES, 1);
    let folder = TempDir::new().expect("a temporary directory");
    let path = folder.path().join("0.wav");
    record(&path, &samples, 1);
    let script = ScriptedRecogniser::new(LINES);
    let failing = |fault| Failing { script: script.clone(), at: SessionTime::from_seconds(3.0), fault };
    let expected = replayed(vec![recorded(&path, 0, 0, None)], several(&failing(Fault::Error), 1));
    let lost = spoken(&samples, 1, 0)[1];
    for (fault, why) in [
        (Fault::Error, "the recogniser failed on speech at 3.00 s (out of breath)"),
        (Fault::Panic, "the recogniser broke down"),
    ] {
        for workers in [1, 2] {
            let told = run(windows(1), several(&failing(fault), workers), |floor| {
                floor.open("0", 1).say(&samples);
            });
            assert_eq!(told.unheard(0), [(lost, Unheard::Failed(why.into()))], "{workers} workers");
            assert_eq!(told.accusations(0), ["P53 没时间", "P31 别啰嗦"]);
            assert_eq!(format!("{:#?}", told.findings(0)), format!("{:#?}", expected[0].0));
            let account = told.account(0);
            assert_eq!((account.segments, account.unheard_s), (4, lost.seconds()));
        }
    }
}

#[test]
fn a_recogniser_that_hears_nothing_leaves_everything_open() {
    let samples = audio(LINES, 1);
    let told = run(windows(1), several(&ScriptedRecogniser::new(&[]), 1), |floor| {
        floor.open("0", 1).say(&samples);
    });
    assert_eq!((told.accusations(0), told.words(0), told.unheard(0)), (vec![], vec![], vec![]));
    assert!(told.missing(0).iter().all(|finding| finding.ends_with("unknown")), "{:?}", told.missing(0));
    assert_eq!(told.account(0).segments, 4);
}

#[test]
fn a_thread_that_breaks_down_ends_the_run_and_is_named() {
    // More windows than one thread listens to: the others would go on without it.
    let (_, ran) = run_and_see(windows(17), several(&ScriptedRecogniser::new(&[]), 1), |floor| {
        let other = floor.open("0", 17);
        // A source whose ring is not what it says, which is a bug of whoever opened it.
        let (mut writer, reader) = ring(16_000, 1, 1_000);
        floor.news(
            "3",
            SourceNews::Opened { rate_hz: 48_000, channels: 4, reader, at: floor.watch.elapsed() },
        );
        writer.push(&[0.0; 160]);
        floor.wait_until("the end of the run", || other.writer.is_closed());
    });
    let Err(BrokenThread { thread, cause }) = ran else { panic!("the run ended as if nothing had happened") };
    assert!(thread.starts_with("listen-") && cause.contains("the format changed"), "{thread}: {cause}");
}

//! The same audio live and replayed: the same findings, to the last byte.

use std::path::Path;

use sansheng::asr::{Recogniser, ScriptedRecogniser};
use sansheng::conduct::Finding;
use sansheng::pipeline::Settings;
use sansheng::runtime::{Account, Event, Recorded, replay};
use sansheng::units::{ChannelIndex, WindowId};
use tempfile::TempDir;

use crate::hall::{BOOK, Line, audio, port, record, run, several, spoken, unhurried, window};

/// Clerk and visitor of three windows, on two channels each.
const RUDE: &[Line] = &[
    (1, 0.5, 1.5, "请问这个在哪办"),
    (0, 2.0, 4.0, "我不管，问别人去"),
    (1, 4.6, 5.4, "那你帮我看看"),
    (0, 6.0, 7.0, "没视线"),
    (0, 8.0, 9.0, ""),
];
const POLITE: &[Line] = &[
    (2, 0.4, 1.4, "您好，请坐"),
    (3, 1.9, 2.9, "我办证"),
    (2, 3.4, 4.2, "不知道"),
    (2, 4.6, 5.8, "我帮您查一下"),
    (2, 7.0, 9.0, "对不起，您还缺少一份证明"),
    (3, 9.5, 10.0, "好"),
    (2, 10.5, 11.3, "再见"),
];
const CURT: &[Line] = &[
    (4, 0.3, 1.3, "身份证"),
    (5, 1.8, 2.8, "没时间"),
    (4, 3.3, 4.3, "别啰嗦"),
    // Longer than a segment may be.
    (4, 5.0, 6.0, "您还缺少一份证明"),
    (4, 6.0, 7.5, "我不管，问别人去"),
    (4, 7.5, 20.0, "这个这个这个这个这个这个这个这个这个这个这个"),
];
const SCENES: [&[Line]; 3] = [RUDE, POLITE, CURT];
const CHANNELS: u16 = 6;

/// Hears 没时间 in the place of 没视线 when it asks the audio; fails nowhere.
pub fn script_of(lines: &[Line]) -> ScriptedRecogniser {
    ScriptedRecogniser::new(lines).with_likelihood("没时间", -3.0).with_likelihood("没视线", -6.0)
}

fn script() -> ScriptedRecogniser {
    script_of(&SCENES.concat())
}

/// What a replay says of each recording: findings as they stand at the end, and its account.
pub fn replayed(
    recordings: Vec<Recorded>,
    recognisers: Vec<Box<dyn Recogniser>>,
) -> Vec<(Vec<Finding>, Account)> {
    let mut sheets: Vec<(Vec<Finding>, Account)> = recordings.iter().map(|_| Default::default()).collect();
    replay(recordings, 2, &Settings::default(), &BOOK, recognisers, &mut |event| match event {
        Event::Judged { source, finding } => finding.settle_into(&mut sheets[source].0),
        Event::Ended { source, account } => sheets[source].1 = account,
        _ => {}
    });
    sheets
}

pub fn recorded(path: &Path, id: usize, clerk: u16, visitor: Option<u16>) -> Recorded {
    Recorded {
        path: path.to_owned(),
        window: WindowId::new(&id.to_string()),
        clerk: ChannelIndex(clerk),
        visitor: visitor.map(ChannelIndex),
    }
}

#[test]
fn live_and_replay_find_the_same_byte_for_byte_whatever_the_number_of_workers() {
    let folder = TempDir::new().expect("a temporary directory");
    let tapes: Vec<Vec<f32>> = SCENES.iter().map(|scene| audio(scene, CHANNELS)).collect();
    let recordings = tapes.iter().enumerate().map(|(id, samples)| {
        let path = folder.path().join(format!("{id}.wav"));
        record(&path, samples, CHANNELS);
        recorded(&path, id, 2 * id as u16, Some(2 * id as u16 + 1))
    });
    let expected = replayed(recordings.collect(), several(&script(), 2));
    assert!(
        expected.iter().all(|(findings, _)| findings.len() >= 2),
        "there is something to compare: {expected:#?}"
    );
    for workers in 1..=3 {
        let hall = unhurried(
            (0..SCENES.len())
                .map(|id| {
                    let (source, clerk) = (port(&id.to_string()), 2 * id as u16);
                    window(id, (source.clone(), clerk), Some((source, clerk + 1)))
                })
                .collect(),
        );
        let told = run(hall, several(&script(), workers), |floor| {
            for (id, samples) in tapes.iter().enumerate() {
                floor.open(&id.to_string(), CHANNELS).say(samples);
            }
        });
        for (id, (findings, account)) in expected.iter().enumerate() {
            let live = told.findings(id);
            assert_eq!(format!("{live:#?}"), format!("{findings:#?}"), "window {id}, {workers} workers");
            let of_live = told.account(id);
            assert_eq!(
                (of_live.audio_s, of_live.clerk_speech_s, of_live.unheard_s, of_live.segments),
                (account.audio_s, account.clerk_speech_s, account.unheard_s, account.segments),
                "window {id}, {workers} workers"
            );
        }
    }
}

#[test]
fn long_speech_is_cut_between_syllables_and_every_syllable_is_heard_once() {
    const SYLLABLE_S: f64 = 0.22;
    const A_BREATH: usize = 8;
    let start_s = 2.0 * SYLLABLE_S * A_BREATH as f64;
    let texts: Vec<&'static str> = vec!["天", "地", "玄", "黄", "宇", "宙", "洪"];
    let syllables: Vec<Line> = (0..170)
        .filter(|n| n % A_BREATH != A_BREATH - 1)
        .map(|n| {
            let at_s = start_s + n as f64 * SYLLABLE_S;
            (0, at_s, at_s + SYLLABLE_S, texts[n % A_BREATH])
        })
        .collect();
    let end_s = syllables.last().expect("some syllables").2;
    // The voice breathes by itself: it is told where to begin and where to end.
    let samples = audio(&[(0, start_s, end_s, "")], 1);
    let segments = spoken(&samples, 1, 0);
    assert!(segments.len() >= 3, "speech of {end_s} s is cut at least twice: {segments:?}");
    let said: String = syllables.iter().map(|line| line.3).collect();
    let told = run(crate::hall::windows(1), several(&ScriptedRecogniser::new(&syllables), 2), |floor| {
        let mut feed = floor.open("0", 1);
        floor.say_step_by_step(&mut feed, 0, &samples, 2_000);
    });
    let words = told.words(0);
    assert_eq!(words.iter().map(|(_, text)| text.as_str()).collect::<String>(), said);
    assert_eq!(words.iter().map(|(span, _)| *span).collect::<Vec<_>>(), segments);
    for cut in words.windows(2).map(|pair| pair[0].0.end.min(pair[1].0.start).seconds()) {
        let into = ((cut - start_s) / SYLLABLE_S).rem_euclid(A_BREATH as f64);
        assert!((6.9..8.0).contains(&into) || into < 0.1, "cut at {cut} s, inside syllable {into}");
    }
    assert!(told.account(0).partials >= 10, "it was heard while it went on");
}

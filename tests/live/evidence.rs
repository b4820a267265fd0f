//! Clips of alerts: the clerk's words are in them, the visitor's are not, and the journal names them.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use sansheng::capture::{AudioBlock, Recording};
use sansheng::ledger::event::EvidenceBody;
use sansheng::ledger::evidence::{Clips, EvidenceConfig, Keep, Kept, Recordings};
use sansheng::ledger::{Body, Event, Journal, Query, Reader};
use sansheng::runtime::live::{Evidence, HallEvent};

use crate::hall::{Line, audio};
use crate::journalled::journalled_with;

const LINES: &[Line] = &[
    (1, 0.5, 1.5, "请问这个在哪办"),
    (0, 2.5, 3.5, "您好，请坐"),
    (1, 4.2, 5.2, "我要办证"),
    (0, 6.0, 8.0, "我不管，问别人去"),
    (1, 9.0, 10.0, "那你帮我看看"),
    (0, 11.5, 12.5, "我帮您查一下"),
];

/// Of the visitor's voice in the clerk's microphone: 20 dB down.
const LEAKAGE: f32 = 0.1;

const HOUR: Duration = Duration::from_secs(3_600);

fn evidence(folder: &Path) -> Evidence {
    let clips = Clips::of(folder);
    clips.prepare().expect("a folder for clips");
    // So that there is a journal to look into.
    drop(Journal::open(folder, "scripted").expect("a journal"));
    let [before, after, memory] = [5, 3, 60].map(Duration::from_secs);
    Evidence {
        clips,
        recordings: None,
        config: EvidenceConfig {
            clips: true,
            before,
            after,
            memory,
            keep: Keep::all(90 * 24 * HOUR),
            free: 0,
            recording: false,
            keep_recordings: HOUR,
        },
        journal: Reader::open(folder).expect("a journal"),
        texts: None,
    }
}

fn samples_of(path: &Path) -> Vec<i16> {
    let mut recording = Recording::open(path).expect("a recording");
    let (mut samples, mut block) = (Vec::new(), AudioBlock::default());
    while recording.next_block(&mut block).expect("sound") {
        samples.extend(block.samples.iter().map(|sample| (sample * 32_768.0) as i16));
    }
    samples
}

fn events(folder: &Path) -> Vec<Event> {
    let reader = Reader::open(folder).expect("a journal");
    reader.events(&Query::default()).map(|event| event.expect("an event")).collect()
}

#[test]
fn an_alert_gets_a_clip_with_the_clerks_words_and_without_the_visitors() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let clips = folder.path().join("data");
    std::fs::create_dir(&clips).expect("room for a folder");
    let mut samples = audio(LINES, 2);
    for both in samples.chunks_exact_mut(2) {
        both[0] += LEAKAGE * both[1];
    }
    let told = journalled_with(&clips, (LINES, &samples), Some(evidence(&clips)), |_| {});
    let accused: Vec<_> = told
        .iter()
        .filter_map(|event| match event {
            HallEvent::Alerted { alert, .. } if alert.finding.heard.contains("我不管") => Some(alert),
            _ => None,
        })
        .collect();
    let (id, words) = (accused[0].id.0, accused[0].finding.span);
    let events = events(&clips);
    let place = |wanted: &dyn Fn(&Body) -> bool| {
        events.iter().position(|event| event.read().expect("a body").is_some_and(|body| wanted(&body)))
    };
    let alerted = place(&|body| matches!(body, Body::Alert(alert) if alert.id == id)).expect("the alert");
    let kept = place(&|body| matches!(body, Body::Evidence(kept) if kept.alert == id)).expect("its clip");
    assert!(alerted < kept, "an alert does not wait for its clip");
    let Some(Body::Evidence(body)) = events[kept].read().expect("a body") else { panic!() };
    let EvidenceBody { clip: Some(clip), why: None, .. } = *body else { panic!("{body:?}") };
    let span = events[kept].session.expect("a stretch");
    let second = 16_000;
    let (start, end) = (words.start.0 - 5 * second, words.end.0 + 3 * second);
    assert!(start - span.start.0 < 256 && span.end.0 - end < 256, "{span:?} for {words:?}, in whole frames");
    assert_eq!(Clips::of(&clips).read(&clip).expect("a file").0, Kept::Whole);
    let heard = samples_of(&clips.join("clips").join(&clip.file));
    assert_eq!(heard.len() as u64, span.samples());
    let part = |from_s: f64, until_s: f64| {
        let at = |seconds: f64| (seconds * 16_000.0) as usize - span.start.0 as usize;
        &heard[at(from_s)..at(until_s)]
    };
    for (channel, from_s, until_s, said) in LINES {
        let inside = (from_s * 16_000.0) as u64 >= span.start.0 && (until_s * 16_000.0) as u64 <= span.end.0;
        let loudest = |of: &[i16]| of.iter().map(|sample| sample.unsigned_abs()).max();
        if inside && *channel == 1 {
            assert_eq!(loudest(part(*from_s, *until_s)), Some(0), "the visitor is heard: {said}");
        } else if inside {
            // As it was spoken, sample for sample.
            let from = (from_s * 16_000.0) as usize;
            for (n, sample) in part(*from_s, *until_s).iter().enumerate() {
                let raw = samples[2 * (from + n)] * 32_768.0;
                assert!((raw - f32::from(*sample)).abs() <= 1.0, "{said}: sample {n}");
            }
        }
    }
    assert!(!clip.silenced.is_empty() && clip.gaps.is_empty(), "{clip:?}");
    assert!(Reader::open(&clips).expect("a journal").verify().expect("it can be read").is_sound());
}

/// The same, with all recorded.
fn recording(folder: &Path) -> (Evidence, Recordings) {
    let recordings = Recordings::of(folder);
    recordings.prepare().expect("a folder for recordings");
    let all = evidence(folder);
    let config = EvidenceConfig { clips: false, recording: true, ..all.config };
    (Evidence { recordings: Some(recordings.clone()), config, ..all }, recordings)
}

#[test]
fn what_is_recorded_all_along_is_the_clerk_from_beginning_to_end_and_never_the_visitor() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let mut samples = audio(LINES, 2);
    for both in samples.chunks_exact_mut(2) {
        both[0] += LEAKAGE * both[1];
    }
    let (evidence, recordings) = recording(folder.path());
    journalled_with(folder.path(), (LINES, &samples), Some(evidence), |_| {});
    let stored = recordings.stored().expect("a folder");
    let (mut heard, mut until) = (Vec::new(), 0);
    for one in &stored {
        let told = recordings.read(one).expect("a file");
        for (chunk, (_, sound)) in told.chunks.iter().zip(recordings.sound(one).expect("sound")) {
            assert_eq!(
                (chunk.start.0, chunk.samples as usize),
                (until, sound.len()),
                "one follows the other"
            );
            until += u64::from(chunk.samples);
            heard.extend(sound);
        }
    }
    // The run's last frame may be short.
    assert!(heard.len().abs_diff(samples.len() / 2) < 256, "{} of {}", heard.len(), samples.len() / 2);
    for (channel, from_s, until_s, said) in LINES {
        let part = (from_s * 16_000.0) as usize..(until_s * 16_000.0) as usize;
        let loudest = heard[part.clone()].iter().map(|sample| sample.unsigned_abs()).max();
        if *channel == 1 {
            assert_eq!(loudest, Some(0), "the visitor is heard: {said}");
            continue;
        }
        for at in part {
            let raw = samples[2 * at] * 32_768.0;
            assert!((raw - f32::from(heard[at])).abs() <= 1.0, "{said}: sample {at}");
        }
    }
}

#[test]
fn where_there_is_no_room_recordings_go_before_clips_nothing_more_is_recorded_and_the_journal_says_so() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let (mut evidence, recordings) = recording(folder.path());
    evidence.config.free = u64::MAX;
    std::fs::write(recordings.folder().join("0000000060000000-7.rec"), b"sound").expect("room for a file");
    // Of now, as far as its name says.
    std::fs::write(recordings.folder().join("9000000000000000-7.rec"), b"sound").expect("room for a file");
    let clips = evidence.clips.folder().to_owned();
    std::fs::write(clips.join("00000001-7.flac"), b"sound").expect("room for a file");
    journalled_with(folder.path(), (LINES, &audio(LINES, 2)), Some(evidence), |_| {});
    let told: Vec<String> = events(folder.path())
        .iter()
        .filter_map(|event| match event.read().expect("a body") {
            Some(Body::Retention(body)) => {
                Some(format!("{} {} {}", body.what, body.why, body.files.join(" ")))
            }
            _ => None,
        })
        .collect();
    let expected = [
        "recordings age 0000000060000000-7.rec",
        "recordings disk 9000000000000000-7.rec",
        "clips disk 00000001-7.flac",
    ];
    assert_eq!(told, expected);
    assert_eq!(recordings.stored().expect("a folder"), [], "nothing was recorded");
}

#[test]
fn every_alert_has_one_evidence_event_which_says_why_where_there_is_no_clip() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let evidence = evidence(folder.path());
    // Something that is no folder in its place: nothing can be written.
    std::fs::remove_dir(evidence.clips.folder()).expect("an empty folder");
    std::fs::write(evidence.clips.folder(), b"").expect("room for a file");
    let told = journalled_with(folder.path(), (LINES, &audio(LINES, 2)), Some(evidence), |_| {});
    let alerts: BTreeSet<u64> = told
        .iter()
        .filter_map(|event| match event {
            HallEvent::Alerted { alert, .. } => Some(alert.id.0),
            _ => None,
        })
        .collect();
    assert!(!alerts.is_empty());
    let mut without: Vec<u64> = Vec::new();
    for event in events(folder.path()) {
        if let Some(Body::Evidence(body)) = event.read().expect("a body") {
            assert!(body.clip.is_none() && body.why.expect("a reason").contains("cannot be written"));
            without.push(body.alert);
        }
    }
    without.sort();
    assert_eq!(without, alerts.into_iter().collect::<Vec<_>>());
}

#[test]
fn clips_that_are_too_old_are_deleted_and_where_there_is_no_room_the_others_and_the_journal_says_so() {
    let (old, new) = ("00000001-7.flac", "00000002-7.flac");
    for (free, gone) in [(0, vec![("age", old)]), (u64::MAX, vec![("age", old), ("disk", new)])] {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let mut evidence = evidence(folder.path());
        evidence.config.free = free;
        let clips = evidence.clips.folder().to_owned();
        std::fs::write(clips.join(new), b"sound").expect("room for a file");
        let file = std::fs::File::create(clips.join(old)).expect("room for a file");
        // 1970.
        file.set_modified(std::time::UNIX_EPOCH + HOUR).expect("a time");
        journalled_with(folder.path(), (LINES, &audio(LINES, 2)), Some(evidence), |_| {});
        let there = |name: &str| clips.join(name).exists();
        assert_eq!((there(old), there(new)), (false, free == 0));
        let told: Vec<(String, String)> = events(folder.path())
            .iter()
            .filter_map(|event| match event.read().expect("a body") {
                Some(Body::Retention(body)) => Some((body.why, body.files.join(" "))),
                _ => None,
            })
            .collect();
        let gone: Vec<(String, String)> =
            gone.into_iter().map(|(why, file)| (why.into(), file.into())).collect();
        assert_eq!(told, gone);
    }
}

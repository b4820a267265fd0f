//! `sansheng evidence` and `sansheng journal forget` as people run them.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::program::run;
use sansheng::capture::{AudioBlock, Recording};
use sansheng::conduct::rulebook::{Rulebook, Setting};
use sansheng::conduct::{CompiledBook, ReportKind};
use sansheng::ledger::event::{EvidenceBody, ReportBody, RunEnded};
use sansheng::ledger::evidence::{Chunk, Clip, Clips, Recordings, Reel};
use sansheng::ledger::{Body, Draft, Journal, Reader, Store};
use sansheng::units::{SessionTime, Span, WindowId};

fn book() -> Arc<CompiledBook> {
    let rules = Rulebook::of_sources(Vec::new(), &Setting::default()).expect("no rules");
    Arc::new(CompiledBook::compile(rules).expect("no rules"))
}

/// A journal under `data`: every second something is reported at window 1, then at window 2; alerts 1 (window 1) and
/// 2 (window 2) have clips, alert 3 has none.
fn hall() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let data = folder.path().join("data");
    let (book, mut journal) = (book(), Journal::open(&data, "an engine").expect("a journal"));
    let clips = Clips::of(&data);
    clips.prepare().expect("a folder for clips");
    let span = Span { start: SessionTime(16_000), end: SessionTime(32_000) };
    let draft = |window: Option<&str>, second: i64, body| Draft {
        window: window.map(WindowId::new),
        session: window.map(|_| span),
        // 2026-11-22 00:00:00 UTC.
        wall_us: (1_795_305_600 + second) * 1_000_000,
        book: Arc::clone(&book),
        body,
        original: None,
    };
    let report = |window, second| {
        let ticket = Some(format!("机密{window}-{second}"));
        draft(Some(window), second, Body::Report(ReportBody { kind: ReportKind::TicketCalled, ticket }))
    };
    let clip = |alert: u64, window, second| {
        let samples = (0..16_000).map(|n| (n * 31 % 4_001) as i16).collect();
        let clip = Clip { span, samples, silenced: vec![span], gaps: Vec::new() };
        let kept = clips.keep(alert, &WindowId::new(window), &clip).expect("room for a clip");
        let body = EvidenceBody { alert, clip: Some(kept), why: None };
        draft(Some(window), second, Body::Evidence(Box::new(body)))
    };
    let none = EvidenceBody { alert: 3, clip: None, why: Some("the disk was full".to_owned()) };
    let mut all: Vec<Draft> = (0..10).flat_map(|second| [report("1", second), report("2", second)]).collect();
    all.extend([clip(1, "1", 10), clip(2, "2", 11), draft(Some("1"), 12, Body::Evidence(Box::new(none)))]);
    all.push(draft(None, 13, Body::RunEnded(RunEnded { lost: 0 })));
    journal.append(&all).expect("room for a journal");
    folder
}

fn verified(folder: &Path) -> u64 {
    let verdict = Reader::open(&folder.join("data")).expect("a journal").verify().expect("it can be read");
    assert!(verdict.is_sound(), "{verdict:#?}");
    verdict.forgotten
}

#[test]
fn clips_are_listed_with_what_became_of_them() {
    let hall = hall();
    fs::remove_file(hall.path().join("data/clips/00000002-2.flac")).expect("it is there");
    let (code, out, err) = run(&["evidence", "list", "--data", "data", "--json"], hall.path());
    assert_eq!(code, Some(0), "{err}");
    let lines: Vec<serde_json::Value> =
        out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let states: Vec<&str> = lines.iter().map(|line| line["state"].as_str().expect("text")).collect();
    assert_eq!(states, ["whole", "gone", "none"]);
    let (_, out, _) = run(&["evidence", "list", "--data", "data", "--window", "1"], hall.path());
    assert!(out.contains("00000001-1.flac") && out.contains("none: the disk was full"), "{out}");
    assert!(!out.contains("00000002"), "{out}");
}

#[test]
fn who_copies_a_clip_out_is_in_the_journal_with_the_reason() {
    let hall = hall();
    let export = |alert: &str, out: &str, who: &str| {
        let more = ["--alert", alert, "--out", out, "--who", who, "--why", "复核"];
        run(&[&["evidence", "export", "--data", "data"], &more[..]].concat(), hall.path())
    };
    let (code, _, err) = export("1", "a.flac", "王主任");
    assert_eq!(code, Some(0), "{err}");
    let copied = fs::read(hall.path().join("a.flac")).expect("a copy");
    assert_eq!(copied, fs::read(hall.path().join("data/clips/00000001-1.flac")).expect("a clip"));
    let (_, out, _) = run(&["journal", "show", "--data", "data", "--kind", "access", "--json"], hall.path());
    let access: serde_json::Value = serde_json::from_str(&out).expect("one event");
    assert_eq!(access["window"], "1");
    let body = &access["body"];
    let (what, alert, who, why) = (&body["what"], &body["alert"], &body["who"], &body["why"]);
    assert_eq!((what, alert, who, why), (&"export".into(), &1.into(), &"王主任".into(), &"复核".into()));
    verified(hall.path());

    fs::write(hall.path().join("data/clips/00000002-2.flac"), b"other").expect("it is there");
    for (alert, out, who, code, said) in [
        ("1", "a.flac", "王主任", 1, "a.flac: cannot be written"),
        ("2", "b.flac", "王主任", 1, "alert 2 has a clip that is not as it was written"),
        ("3", "b.flac", "王主任", 1, "alert 3 has no clip: the disk was full"),
        ("4", "b.flac", "王主任", 1, "alert 4 has no clip, or is not in this journal"),
        ("1", "b.flac", " ", 2, "say it in words"),
    ] {
        let (ended, _, err) = export(alert, out, who);
        assert_eq!(ended, Some(code), "{alert}: {err}");
        assert!(err.contains(said), "{alert}: {err}");
        assert!(!hall.path().join("b.flac").exists(), "{alert}");
    }
    // Refusals are no access. The service may run meanwhile, and goes on after what was noted.
    let mut service = Journal::open(&hall.path().join("data"), "an engine").expect("a journal");
    let (code, _, err) = export("1", "b.flac", "王主任");
    assert_eq!((code, hall.path().join("b.flac").exists()), (Some(0), true), "{err}");
    let ended = Body::RunEnded(RunEnded { lost: 0 });
    let ended = Draft { window: None, session: None, wall_us: 1, book: book(), body: ended, original: None };
    service.append(&[ended]).expect("room for a journal");
    drop(service);
    let (_, out, _) = run(&["journal", "verify", "--data", "data", "--json"], hall.path());
    let verdict: serde_json::Value = serde_json::from_str(&out).expect("a verdict");
    assert_eq!((&verdict["events"], &verdict["runs"]), (&27.into(), &2.into()), "{out}");
}

#[test]
fn what_was_said_at_a_window_in_a_time_is_forgotten_with_its_clips_and_the_journal_verifies() {
    let hall = hall();
    let forget = |from: &str, to: &str| {
        let more = ["--from", from, "--to", to, "--who", "王主任", "--why", "群众要求"];
        run(&[&["journal", "forget", "--data", "data", "--window", "1"], &more[..]].concat(), hall.path())
    };
    // Beside the service.
    let service = Journal::open(&hall.path().join("data"), "an engine").expect("a journal");
    let (code, out, err) = forget("2026-11-22T00:00:05Z", "2026-11-22T00:00:12Z");
    assert_eq!((code, out.as_str()), (Some(0), "6 events forgotten, 1 clips deleted\n"), "{err}");
    assert_eq!(verified(hall.path()), 6);
    let clips: Vec<_> = fs::read_dir(hall.path().join("data/clips")).expect("a folder").flatten().collect();
    assert_eq!(clips.len(), 1, "{clips:?}");
    let read = |name: &str| fs::read(hall.path().join("data").join(name)).expect("a file");
    let file = [read("journal.db"), read("journal.db-wal")].concat();
    drop(service);
    let holds = |text: &str| file.windows(text.len()).any(|part| part == text.as_bytes());
    for second in 0..10 {
        assert_eq!(holds(&format!("机密1-{second}\"")), second < 5, "window 1, second {second}");
        assert!(holds(&format!("机密2-{second}\"")), "window 2, second {second}");
    }
    let (_, out, _) = run(&["journal", "show", "--data", "data", "--kind", "access"], hall.path());
    assert!(out.contains("forget by 王主任: 群众要求"), "{out}");
    let (_, out, _) = run(&["evidence", "list", "--data", "data"], hall.path());
    assert!(out.contains("(forgotten)") && out.contains("00000002-2.flac"), "{out}");
    let (code, out, _) = forget("2026-11-22T00:00:05Z", "2026-11-22T00:00:12Z");
    assert_eq!(code, Some(0));
    assert!(out.contains("nothing was said at window 1 then"), "{out}");
    // The service goes on with it.
    let journal = Journal::open(&hall.path().join("data"), "an engine").expect("a journal");
    assert_eq!((journal.run(), journal.broken_off()), (2, None));
}

/// The hall, with the first minute of window 1 recorded but for the fourth chunk, and some of window 2.
fn recorded_hall() -> (tempfile::TempDir, Recordings) {
    let hall = hall();
    let recordings = Recordings::of(&hall.path().join("data"));
    recordings.prepare().expect("a folder for recordings");
    let [mut first, mut second] = ["1", "2"].map(|id| Reel::new(WindowId::new(id)));
    for number in (0..20_u32).filter(|number| *number != 3) {
        let wall_us = (1_795_305_600 + 4 * i64::from(number)) * 1_000_000;
        let start = SessionTime(64_000 * u64::from(number));
        let chunk = Chunk { start, wall_us, samples: 64_000 };
        let sound = vec![100 * (number as i16 + 1); 64_000];
        recordings.append(&mut first, chunk, &sound).expect("room for a recording");
        if number < 2 {
            recordings.append(&mut second, chunk, &sound).expect("room for a recording");
        }
    }
    (hall, recordings)
}

#[test]
fn recordings_are_listed_and_a_time_of_them_is_copied_out_on_record() {
    let (hall, recordings) = recorded_hall();
    let (code, out, err) =
        run(&["evidence", "list", "--recordings", "--data", "data", "--json"], hall.path());
    assert_eq!(code, Some(0), "{err}");
    let lines: Vec<serde_json::Value> =
        out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let told: Vec<_> = lines.iter().map(|line| (&line["window"], &line["chunks"], &line["state"])).collect();
    let (one, two, whole) = ("1".into(), "2".into(), "whole".into());
    assert_eq!(told, [(&one, &14.into(), &whole), (&two, &2.into(), &whole), (&one, &5.into(), &whole)]);

    let export = |window: &str, from: &str, to: &str, out: &str| {
        let more = ["--from", from, "--to", to, "--out", out, "--who", "王主任", "--why", "复核"];
        run(&[&["evidence", "export", "--data", "data", "--window", window], &more[..]].concat(), hall.path())
    };
    let (code, out, err) = export("1", "2026-11-22T00:00:09Z", "2026-11-22T00:01:05Z", "a.flac");
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("56.0 s from 2026-11-22 00:00:09.000 UTC"), "{out}");
    assert!(out.contains("silent in it: 2026-11-22 00:00:12.000 – 2026-11-22 00:00:16.000"), "{out}");
    let mut recording = Recording::open(&hall.path().join("a.flac")).expect("a FLAC file");
    let (mut samples, mut block) = (Vec::new(), AudioBlock::default());
    while recording.next_block(&mut block).expect("sound") {
        samples.extend(block.samples.iter().map(|sample| (sample * 32_768.0) as i16));
    }
    assert_eq!(samples.len(), 56 * 16_000);
    // Second by second from 9 on: each four are a chunk, the fourth chunk is missing.
    for (second, at) in (9..65).zip((0..).step_by(16_000)) {
        let expected = if second / 4 == 3 { 0 } else { 100 * (second / 4 + 1) };
        assert!(samples[at..at + 16_000].iter().all(|sample| *sample == expected), "second {second}");
    }
    let (_, out, _) = run(&["journal", "show", "--data", "data", "--kind", "access", "--json"], hall.path());
    let access: serde_json::Value = serde_json::from_str(&out).expect("one event");
    assert_eq!((&access["window"], &access["body"]["who"]), (&"1".into(), &"王主任".into()));
    let file = "recording of 2026-11-22 00:00:09.000 to 2026-11-22 00:01:05.000 UTC";
    assert_eq!((&access["body"]["what"], &access["body"]["file"]), (&"export".into(), &file.into()));
    verified(hall.path());

    for (window, from, to, out, code, said) in [
        ("1", "2026-11-22T00:00:09Z", "2026-11-22T00:01:05Z", "a.flac", 1, "a.flac: cannot be written"),
        (
            "2",
            "2026-11-22T00:00:08Z",
            "2026-11-22T00:01:05Z",
            "b.flac",
            1,
            "window 2 has no recording of that time",
        ),
        ("1", "2026-11-22T00:00:09Z", "2026-11-22T00:00:09Z", "b.flac", 1, "an hour at most"),
        ("1", "2026-11-22T00:00:09Z", "2026-11-22T02:00:09Z", "b.flac", 1, "an hour at most"),
    ] {
        let (ended, _, err) = export(window, from, to, out);
        assert_eq!(ended, Some(code), "{window} {from}: {err}");
        assert!(err.contains(said), "{window} {from}: {err}");
        assert!(!hall.path().join("b.flac").exists(), "{window} {from}");
    }
    // Half a chunk at the end of the last file: what was written before it is heard.
    let last = recordings.stored().expect("a folder").pop().expect("a recording");
    let path = recordings.folder().join(&last.file);
    let bytes = fs::read(&path).expect("a file");
    fs::write(&path, &bytes[..bytes.len() - 1]).expect("room for a file");
    let (_, out, _) = run(&["evidence", "list", "--recordings", "--data", "data"], hall.path());
    assert!(out.contains("BROKEN: ") && out.contains("16.0"), "{out}");
    let (code, out, err) = export("1", "2026-11-22T00:01:00Z", "2026-11-22T00:02:00Z", "b.flac");
    assert!(code == Some(0) && out.contains("16.0 s from 2026-11-22 00:01:00.000"), "{out}{err}");
}

#[test]
fn what_is_forgotten_is_in_no_recording_either() {
    let (hall, recordings) = recorded_hall();
    let forget = |from: &str, to: &str| {
        let more = ["--from", from, "--to", to, "--who", "王主任", "--why", "群众要求"];
        let arguments = [&["journal", "forget", "--data", "data", "--window", "1"], &more[..]].concat();
        run(&arguments, hall.path())
    };
    // Nothing is in the journal of that time.
    let (code, out, err) = forget("2026-11-22T00:01:35Z", "2026-11-22T00:02:00Z");
    assert_eq!(
        (code, out.as_str()),
        (Some(0), "0 events forgotten, 0 clips deleted, 1 recordings deleted\n"),
        "{err}"
    );
    assert_eq!(verified(hall.path()), 0);
    let (code, out, err) = forget("2026-11-22T00:00:05Z", "2026-11-22T00:00:12Z");
    assert_eq!(
        (code, out.as_str()),
        (Some(0), "6 events forgotten, 1 clips deleted, 1 recordings deleted\n"),
        "{err}"
    );
    let left: Vec<_> = recordings.stored().expect("a folder").into_iter().map(|one| one.window).collect();
    assert_eq!(left, [WindowId::new("2")]);
    let (_, out, _) = run(&["journal", "show", "--data", "data", "--kind", "access"], hall.path());
    assert_eq!(out.matches("forget by 王主任").count(), 2, "{out}");
    verified(hall.path());
}

//! `sansheng evidence` and `sansheng journal forget` as people run them.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use sansheng::conduct::rulebook::{Rulebook, Setting};
use sansheng::conduct::{CompiledBook, ReportKind};
use sansheng::ledger::event::{EvidenceBody, ReportBody, RunEnded};
use sansheng::ledger::evidence::{Clip, Clips};
use sansheng::ledger::{Body, Draft, Journal, Reader, Store};
use sansheng::units::{SessionTime, Span, WindowId};

/// Exit code, standard output and standard error.
fn sansheng(arguments: &[&str], folder: &Path) -> (Option<i32>, String, String) {
    let mut program = Command::new(env!("CARGO_BIN_EXE_sansheng"));
    program.env_remove("SANSHENG_LOG").current_dir(folder).args(arguments);
    let output = program.output().expect("the program starts");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    let ran = (output.status.code(), text(output.stdout), text(output.stderr));
    assert!(!ran.2.contains("panicked"), "{}", ran.2);
    ran
}

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
    let (code, out, err) = sansheng(&["evidence", "list", "--data", "data", "--json"], hall.path());
    assert_eq!(code, Some(0), "{err}");
    let lines: Vec<serde_json::Value> =
        out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let states: Vec<&str> = lines.iter().map(|line| line["state"].as_str().expect("text")).collect();
    assert_eq!(states, ["whole", "gone", "none"]);
    let (_, out, _) = sansheng(&["evidence", "list", "--data", "data", "--window", "1"], hall.path());
    assert!(out.contains("00000001-1.flac") && out.contains("none: the disk was full"), "{out}");
    assert!(!out.contains("00000002"), "{out}");
}

#[test]
fn who_copies_a_clip_out_is_in_the_journal_with_the_reason() {
    let hall = hall();
    let export = |alert: &str, out: &str, who: &str| {
        let more = ["--alert", alert, "--out", out, "--who", who, "--why", "复核"];
        sansheng(&[&["evidence", "export", "--data", "data"], &more[..]].concat(), hall.path())
    };
    let (code, _, err) = export("1", "a.flac", "王主任");
    assert_eq!(code, Some(0), "{err}");
    let copied = fs::read(hall.path().join("a.flac")).expect("a copy");
    assert_eq!(copied, fs::read(hall.path().join("data/clips/00000001-1.flac")).expect("a clip"));
    let (_, out, _) =
        sansheng(&["journal", "show", "--data", "data", "--kind", "access", "--json"], hall.path());
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
    let ended = Draft { window: None, session: None, wall_us: 1, book: book(), body: ended };
    service.append(&[ended]).expect("room for a journal");
    drop(service);
    let (_, out, _) = sansheng(&["journal", "verify", "--data", "data", "--json"], hall.path());
    let verdict: serde_json::Value = serde_json::from_str(&out).expect("a verdict");
    assert_eq!((&verdict["events"], &verdict["runs"]), (&27.into(), &2.into()), "{out}");
}

#[test]
fn what_was_said_at_a_window_in_a_time_is_forgotten_with_its_clips_and_the_journal_verifies() {
    let hall = hall();
    let forget = |from: &str, to: &str| {
        let more = ["--from", from, "--to", to, "--who", "王主任", "--why", "群众要求"];
        sansheng(
            &[&["journal", "forget", "--data", "data", "--window", "1"], &more[..]].concat(),
            hall.path(),
        )
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
    let (_, out, _) = sansheng(&["journal", "show", "--data", "data", "--kind", "access"], hall.path());
    assert!(out.contains("forget by 王主任: 群众要求"), "{out}");
    let (_, out, _) = sansheng(&["evidence", "list", "--data", "data"], hall.path());
    assert!(out.contains("(forgotten)") && out.contains("00000002-2.flac"), "{out}");
    let (code, out, _) = forget("2026-11-22T00:00:05Z", "2026-11-22T00:00:12Z");
    assert_eq!(code, Some(0));
    assert!(out.contains("nothing was said at window 1 then"), "{out}");
    // The service goes on with it.
    let journal = Journal::open(&hall.path().join("data"), "an engine").expect("a journal");
    assert_eq!((journal.run(), journal.broken_off()), (2, None));
}

//! `sansheng journal` as people run it: what it prints, what it exits with, and what it says of a folder without a journal.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::program;
use sansheng::conduct::rulebook::{Rulebook, Setting};
use sansheng::conduct::{CompiledBook, ReportKind};
use sansheng::ledger::event::{GapBody, QuietBody, ReportBody, RunEnded};
use sansheng::ledger::journal::Verified;
use sansheng::ledger::{Body, Draft, Journal, Store};
use sansheng::units::{SessionTime, Span, WindowId};
use serde_json::Value;

/// Exit code, standard output and standard error.
fn journal(arguments: &[&str], folder: &Path) -> (Option<i32>, String, String) {
    program::run(&[&["journal"], arguments].concat(), folder)
}

/// A journal of two windows under `data`, and a configuration that names it.
fn hall() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let rules = Rulebook::of_sources(Vec::new(), &Setting::default()).expect("no rules");
    let book = Arc::new(CompiledBook::compile(rules).expect("no rules"));
    let mut journal = Journal::open(&folder.path().join("data"), "an engine").expect("a journal");
    let draft = |window: Option<&str>, second: i64, body| Draft {
        window: window.map(WindowId::new),
        session: window.map(|_| Span { start: SessionTime(16_000), end: SessionTime(32_000) }),
        // 2026-11-22 00:00:00 UTC.
        wall_us: (1_795_305_600 + second) * 1_000_000,
        book: Arc::clone(&book),
        body,
        original: None,
    };
    let report = ReportBody { kind: ReportKind::TicketCalled, ticket: Some("A012".to_owned()) };
    let all = [
        draft(Some("1"), 1, Body::Quiet(QuietBody { clerk: SessionTime(1) })),
        draft(Some("2"), 2, Body::Gap(GapBody { why: "lost".to_owned() })),
        draft(Some("2"), 3, Body::Report(report)),
        draft(None, 4, Body::RunEnded(RunEnded { lost: 0 })),
    ];
    journal.append(&all).expect("room for a journal");
    let config = "hall = \"厅\"\n[[window]]\nid = \"1\"\nclerk = \"device:x\"\n[ledger]\ndata = \"data\"\n";
    fs::write(folder.path().join("sansheng.toml"), config).expect("room for a file");
    folder
}

#[test]
fn events_are_shown_by_time_window_and_kind() {
    let hall = hall();
    let seqs = |more: &[&str]| -> Vec<u64> {
        let (code, out, err) = journal(&[&["show", "--json"], more].concat(), hall.path());
        assert_eq!(code, Some(0), "{err}");
        let lines = out.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        lines.map(|line| line["seq"].as_u64().expect("a number")).collect()
    };
    let cases: [(&[&str], &[u64]); 7] = [
        (&[], &[1, 2, 3, 4]),
        (&["--data", "data"], &[1, 2, 3, 4]),
        (&["--window", "2"], &[2, 3]),
        (&["--kind", "gap", "--kind", "quiet"], &[1, 2]),
        (&["--from", "2026-11-22T08:00:02+08:00"], &[2, 3, 4]),
        (&["--to", "2026-11-22T00:00:03Z", "--window", "2"], &[2]),
        (&["--window", "9"], &[]),
    ];
    for (arguments, expected) in cases {
        assert_eq!(seqs(arguments), expected, "{arguments:?}");
    }
    let (_, out, _) = journal(&["show", "--json", "--kind", "report"], hall.path());
    let line: Value = serde_json::from_str(&out).expect("JSON");
    let report: Value = serde_json::from_str(r#"{"kind":"ticket-called","ticket":"A012"}"#).expect("JSON");
    assert_eq!((&line["body"], &line["session_end"], &line["run"]), (&report, &32_000.into(), &1.into()));
    let (_, out, _) = journal(&["show"], hall.path());
    assert!(out.contains("2026-11-22 00:00:02.000") && out.contains("A012"), "{out}");
}

#[test]
fn a_journal_that_was_changed_fails_with_the_place() {
    let hall = hall();
    let (code, out, err) = journal(&["verify"], hall.path());
    assert_eq!(code, Some(0), "{out}{err}");
    assert!(out.starts_with("4 events of 1 runs, 0 bodies forgotten, the last "), "{out}");
    assert!(out.ends_with(": as they were written\n"), "{out}");
    let noted = || {
        let verified = Verified::last(&hall.path().join("data")).expect("it is noted beside the journal");
        (verified.events, verified.faults)
    };
    assert_eq!(noted(), (4, 0));
    let head = hall.path().join("data/journal.head");
    let ahead = fs::read_to_string(&head).expect("a head").replace("0000004 ", "0000009 ");
    fs::write(&head, ahead).expect("room for a file");
    let (code, out, _) = journal(&["verify", "--data", "data"], hall.path());
    assert_eq!(code, Some(1), "{out}");
    assert!(out.starts_with("event 4: the journal ends here, and had gone on to event 9"), "{out}");
    assert_eq!(noted(), (4, 1));
    let (code, out, _) = journal(&["verify", "--json"], hall.path());
    let verdict: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((code, &verdict["sound"], &verdict["found"][0]["seq"]), (Some(1), &false.into(), &4.into()));
}

#[test]
fn what_is_no_journal_is_named_in_one_sentence() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("room for a file");
    fs::create_dir(folder.path().join("text")).expect("room for a folder");
    write("text/journal.db", "尊敬的领导");
    write("without.toml", "hall = \"厅\"\n[[window]]\nid = \"1\"\nclerk = \"device:x\"\n");
    for (arguments, code, said) in [
        (&["verify", "--data", "none"][..], 1, "none/journal.db: there is no journal here: name the folder"),
        (&["show", "--data", "text"], 1, "text/journal.db: no journal of Sansheng"),
        (&["verify"], 1, "sansheng.toml"),
        (&["verify", "--config", "without.toml"], 1, "without.toml has no `data` under [ledger]"),
        (&["show", "--kind", "gossip"], 2, "the kinds are run-started, run-ended"),
        (&["show", "--from", "yesterday"], 2, "write 2026-11-22T09:00:00+08:00"),
    ] {
        let (ended, _, err) = journal(arguments, folder.path());
        assert_eq!(ended, Some(code), "{arguments:?}: {err}");
        assert!(err.contains(said), "{arguments:?}: {err}");
    }
}

//! `sansheng journal unmask` as people run it, while a service has the journal.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::program;
use sansheng::conduct::CompiledBook;
use sansheng::conduct::rulebook::{Rulebook, Setting};
use sansheng::ledger::unmask::Original;
use sansheng::ledger::{Body, Draft, Journal, Key, Kind, Store};
use sansheng::units::{SessionTime, Span, WindowId};
use serde_json::Value;

const NUMBER: &str = "13800138000";
const CONFIG: &str = "hall = \"厅\"\n[[window]]\nid = \"1\"\nclerk = \"device:x\"\n[shifts]\nfile = \"shifts.toml\"\n\
                      [ledger]\ndata = \"data\"\n";
const SHIFTS: &str = "[[shift]]\nid = \"早\"\nstart = \"08:00\"\nend = \"09:00\"\n\
                      [[person]]\nid = \"0231\"\nname = \"张三\"\n";

/// A journal whose only event has a number masked in it; the service goes on having it.
fn hall() -> (tempfile::TempDir, Journal) {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let at = |name: &str| folder.path().join(name);
    let key = Key::make(&at("key")).expect("a key");
    Key::make(&at("other")).expect("a key");
    fs::write(at("shifts.toml"), SHIFTS).expect("room for a file");
    let rules = Rulebook::of_sources(Vec::new(), &Setting::default()).expect("no rules");
    let book = Arc::new(CompiledBook::compile(rules).expect("no rules"));
    let masked = format!("电话{}", "＊".repeat(NUMBER.len()));
    let body = format!(
        r#"{{"channel":0,"role":"clerk","text":"{masked}","times":[],"probabilities":[],"syllables":[],"log_prob":-0.5,"goes_on":false,"level_dbfs":-25,"scores":[]}}"#
    );
    let draft = Draft {
        window: Some(WindowId::new("1")),
        session: Some(Span { start: SessionTime(0), end: SessionTime(1) }),
        wall_us: 1_795_305_600_000_000,
        book,
        body: Body::parse(Kind::Heard, &body).expect("a body"),
        original: Original::between([("/text", format!("电话{NUMBER}").as_str(), masked.as_str())]),
    };
    let mut journal = Journal::open_with(&at("data"), "an engine", Some(&key)).expect("a journal");
    journal.append(&[draft]).expect("room for an event");
    configure(folder.path(), "key = \"key\"\nkeep_unmasked_days = 30\n");
    (folder, journal)
}

fn configure(folder: &Path, ledger: &str) {
    fs::write(folder.join("sansheng.toml"), format!("{CONFIG}{ledger}")).expect("room for a file");
}

/// Exit code, and standard output and standard error.
fn run(folder: &Path, arguments: &str) -> (Option<i32>, String, String) {
    program::run(&arguments.split(' ').collect::<Vec<_>>(), folder)
}

#[test]
fn a_number_is_printed_to_whoever_asked_once_another_person_has_granted_it() {
    let (hall, journal) = hall();
    for (arguments, code, said) in [
        ("list", 0, "no request waits"),
        ("ask --seq 1 --who 张三", 2, "--why"),
        ("ask --who 张三 --why 投诉", 2, "--finding"),
        ("ask --finding 1 --who 张三 --why 投诉", 1, "there is no event 1"),
        ("ask --seq 9 --who 张三 --why 投诉", 1, "there is no event 9"),
        ("ask --seq 1 --who 张三 --why 投诉", 0, "request 2: to see what was masked in event 1"),
        ("ask --seq 1 --who 0231 --why 投诉", 1, "0231 asked for it already, as request 2"),
        ("ask --seq 2 --who 张三 --why 投诉", 1, "event 2 has nothing to show"),
        ("show 2 --who 张三", 1, "nobody has granted it yet"),
        // The calendar knows that they are one.
        ("grant 2 --who 张三", 1, "0231 asked for it: somebody else has to answer"),
        ("grant 2 --who 0231", 1, "0231 asked for it: somebody else has to answer"),
        ("grant 7 --who 李四", 1, "there is no request 7"),
        ("grant 2 --who 李四 --why 同意", 0, "request 2 granted (event 3); it may be shown until "),
        ("refuse 2 --who 王五", 1, "李四 answered it already"),
        ("show 2 --who 李四", 1, "only 0231, who asked for it, is shown it"),
        ("list", 0, "granted by 李四 until "),
        ("show 2 --who 0231", 0, "text: 电话13800138000\n"),
    ] {
        let (ended, out, err) = run(hall.path(), &format!("journal unmask {arguments}"));
        assert_eq!(ended, Some(code), "{arguments}: {out}{err}");
        assert!((out.clone() + &err).contains(said), "{arguments}: {out}{err}");
        assert!(arguments.starts_with("show") && code == 0 || !(out + &err).contains(NUMBER), "{arguments}");
    }
    let (_, out, _) = run(hall.path(), "journal unmask show 2 --who 张三 --json");
    let line: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((&line["step"], &line["seq"], &line["by"]), (&"show".into(), &5.into(), &"0231".into()));
    assert_eq!(line["shown"]["fields"][0]["text"], format!("电话{NUMBER}"));
    let (_, out, _) = run(hall.path(), "journal unmask list --json");
    let line: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((&line["standing"], &line["kept"]), (&"granted".into(), &true.into()));
    assert_eq!(line["shown_us"].as_array().map(Vec::len), Some(2));
    // All of it is in the journal, and the number is not.
    let (_, out, _) = run(hall.path(), "journal show --kind unmask");
    for said in ["ask of event 1 by 0231: 投诉", "grant of event 1 by 李四: 同意", "show of event 1 by 0231"]
    {
        assert!(out.contains(said), "{out}");
    }
    let (code, out, _) = run(hall.path(), "journal verify");
    assert!(code == Some(0) && out.contains("5 events"), "{out}");
    let (_, out, _) = run(hall.path(), "journal show --json");
    assert!(!out.contains(NUMBER) && out.contains("＊"), "{out}");
    drop(journal);
}

#[test]
fn what_is_forgotten_or_locked_with_another_key_is_not_shown_and_says_why() {
    let (hall, journal) = hall();
    for arguments in ["ask --seq 1 --who 张三 --why 投诉", "grant 2 --who 李四"] {
        assert_eq!(run(hall.path(), &format!("journal unmask {arguments}")).0, Some(0));
    }
    for (ledger, said) in [
        ("", "name the key's file with --key, or as `key` under [ledger]"),
        ("key = \"other\"\n", "its words are encrypted with the key "),
        ("key = \"none\"\n", "`sansheng key new FILE` makes one"),
        ("keep_unmasked_days = 3\n", "there is no key to encrypt it with"),
    ] {
        configure(hall.path(), ledger);
        let (code, out, err) = run(hall.path(), "journal unmask show 2 --who 张三");
        assert!(code == Some(1) && out.is_empty() && err.contains(said), "{ledger}: {err}");
    }
    configure(hall.path(), "key = \"key\"\n");
    let forget = "journal forget --window 1 --from 2026-11-22T00:00:00Z --to 2026-11-22T00:00:01Z --who 王主任 --why 要求";
    let (code, out, err) = run(hall.path(), forget);
    assert!(code == Some(0) && out.contains("1 events forgotten"), "{out}{err}");
    let (code, out, err) = run(hall.path(), "journal unmask show 2 --who 张三");
    assert!(code == Some(1) && out.is_empty() && err.contains("it was deleted since"), "{out}{err}");
    let (_, out, _) = run(hall.path(), "journal unmask list --all");
    assert!(out.contains("it is deleted"), "{out}");
    let (code, out, _) = run(hall.path(), "journal verify");
    assert_eq!(code, Some(0), "{out}");
    drop(journal);
}

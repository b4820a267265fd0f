//! Words and sound encrypted at rest: no word is found in any file of the hall without the key, and everything works with it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use crate::program;
use crate::shift::{MIDNIGHT_US, Shift};
use aho_corasick::AhoCorasick;
use sansheng::conduct::CompiledBook;
use sansheng::conduct::rulebook::Rulebook;
use sansheng::ledger::event::EvidenceBody;
use sansheng::ledger::evidence::{Clip, Clips};
use sansheng::ledger::{Body, Draft, Journal, Key, Store};
use sansheng::units::{SessionTime, Span, WindowId};

static BOOK: LazyLock<Arc<CompiledBook>> = LazyLock::new(|| {
    let rules = Rulebook::builtin().expect("the built-in rules are sound");
    Arc::new(CompiledBook::compile(rules).expect("the built-in rules compile"))
});

/// Of what clerks say in the made-up hall; in no rulebook.
const WORDS: [&str; 4] = ["打印回执", "扫这个二维码", "看一下镜头", "五个工作日"];

const CONFIG: &str =
    "hall = \"厅\"\n[[window]]\nid = \"0\"\nclerk = \"device:x\"\n[ledger]\ndata = \"data\"\n";

/// A hall whose service still has its journal, so that what was written last is not in the database yet.
fn hall(key: Option<&Key>) -> (tempfile::TempDir, Journal) {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let data = folder.path().join("data");
    let open = || Journal::open_with(&data, "scripted", key).expect("a journal");
    let shift = Shift { windows: 1, seconds: 900, seed: 1, rude_one_in: 8, pause_tenths: 600 };
    match key {
        Some(_) => shift.write_into(open(), &BOOK),
        None => shift.write(&data, &BOOK),
    };
    let clips = Clips::of(&data).with_key(key);
    clips.prepare().expect("a folder for clips");
    let span = Span { start: SessionTime(16_000), end: SessionTime(32_000) };
    let samples = (0..16_000).map(|n| (n * 31 % 4_001) as i16).collect();
    let clip = Clip { span, samples, silenced: Vec::new(), gaps: Vec::new() };
    let window = WindowId::new("0");
    let kept = clips.keep(1, &window, &clip).expect("room for a clip");
    let body = Body::Evidence(Box::new(EvidenceBody { alert: 1, clip: Some(kept), why: None }));
    let wall_us = MIDNIGHT_US + 700_000_000;
    let draft = Draft {
        window: Some(window),
        session: Some(span),
        wall_us,
        book: Arc::clone(&BOOK),
        body,
        original: None,
    };
    let mut journal = open();
    journal.append(&[draft]).expect("room for a journal");
    (folder, journal)
}

/// Every byte of every file below.
fn bytes_below(folder: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path: PathBuf = entry.expect("an entry").path();
        bytes.extend(if path.is_dir() { bytes_below(&path) } else { fs::read(&path).expect("a file") });
    }
    bytes
}

/// Files are large here, and the standard library's search is slow unoptimised.
fn holds(bytes: &[u8], part: &str) -> bool {
    AhoCorasick::new([part]).expect("a word").is_match(bytes)
}

/// Exit code, standard output and standard error.
fn sansheng(arguments: &str, folder: &Path) -> (Option<i32>, String, String) {
    program::run(&arguments.split(' ').collect::<Vec<_>>(), folder)
}

#[test]
fn no_word_and_no_sound_is_in_any_file_where_there_is_a_key_and_all_are_where_there_is_none() {
    for encrypted in [false, true] {
        let keys = tempfile::tempdir().expect("a temporary directory");
        let key = encrypted.then(|| Key::make(&keys.path().join("key")).expect("a key"));
        let (hall, journal) = hall(key.as_ref());
        assert!(hall.path().join("data/journal.db-wal").metadata().expect("a file").len() > 0);
        assert_eq!(sansheng("backup --data data --to saved.zip", hall.path()).0, Some(0));
        let (code, out, err) = sansheng("restore saved.zip --data again", hall.path());
        assert_eq!((code, out.contains("NOT LOOKED AT")), (Some(0), encrypted), "{out}{err}");
        for place in ["data", "again"] {
            let bytes = bytes_below(&hall.path().join(place));
            for word in WORDS {
                assert_ne!(holds(&bytes, word), encrypted, "{place}: {word}");
            }
            assert_ne!(holds(&bytes, "fLaC"), encrypted, "{place}");
        }
        drop(journal);
    }
}

#[test]
fn every_command_reads_and_writes_with_the_key_and_says_what_is_missing_without() {
    let keys = tempfile::tempdir().expect("a temporary directory");
    let at = |name: &str| keys.path().join(name).display().to_string();
    assert_eq!(sansheng(&format!("key new {}", at("key")), keys.path()).0, Some(0));
    assert_eq!(sansheng(&format!("key new {}", at("other")), keys.path()).0, Some(0));
    let key = Key::load(&keys.path().join("key")).expect("a key");
    let (hall, journal) = hall(Some(&key));
    let with = |file: &str| format!("--data data --key {}", at(file));
    for (command, said) in [
        ("journal show KEY", "五个工作日"),
        ("journal verify KEY", ": as they were written"),
        ("evidence list KEY", "00000001-0.flac.sealed"),
        ("rejudge KEY", ""),
        ("evidence export KEY --alert 1 --who 王主任 --why 复核 --out a.flac", "a.flac"),
    ] {
        let run = |key: &str| sansheng(&command.replace("KEY", key), hall.path());
        let (code, out, err) = run("--data data");
        match command.contains("verify") {
            true => {
                assert!(code == Some(0) && out.contains("NOT LOOKED AT for want of the key"), "{out}{err}")
            }
            false => assert!(
                code == Some(1) && err.contains("name the key's file with --key"),
                "{command}: {out}{err}"
            ),
        }
        let (code, _, err) = run(&with("other"));
        assert!(
            code == Some(1) && err.contains("is encrypted with the key ")
                || err.contains("are encrypted with the key "),
            "{err}"
        );
        let (code, out, err) = run(&with("key"));
        assert!(code == Some(0) && out.contains(said), "{command}: {out}{err}");
        assert!(!out.contains("NOT LOOKED AT"), "{out}");
    }
    assert!(holds(&fs::read(hall.path().join("a.flac")).expect("a copy"), "fLaC"));
    let forget = "journal forget KEY --window 0 --from 2026-11-22T00:00:00Z --to 2026-11-22T00:01:00Z --who 王主任 --why 群众要求";
    let (code, out, err) = sansheng(&forget.replace("KEY", &with("key")), hall.path());
    assert!(code == Some(0) && out.contains("events forgotten, 0 clips deleted"), "{out}{err}");
    let (_, out, _) = sansheng(&format!("journal verify {}", with("key")), hall.path());
    assert!(out.contains(": as they were written") && !out.contains(" 0 bodies forgotten"), "{out}");
    drop(journal);
    // The same from a configuration that names the key.
    fs::write(hall.path().join("sansheng.toml"), format!("{CONFIG}key = \"{}\"\n", at("key"))).expect("room");
    let (code, out, err) = sansheng("journal show --kind heard", hall.path());
    assert!(code == Some(0) && out.contains("五个工作日"), "{out}{err}");
    let (code, _, err) = sansheng("review list --all", hall.path());
    assert_eq!(code, Some(0), "{err}");
    // A backup is checked with the key, body by body.
    assert_eq!(sansheng("backup --to saved.zip", hall.path()).0, Some(0));
    let (code, out, err) =
        sansheng(&format!("restore saved.zip --data again --key {}", at("key")), hall.path());
    assert!(code == Some(0) && !out.contains("NOT LOOKED AT"), "{out}{err}");
}

#[test]
fn a_configuration_whose_key_cannot_be_used_says_why() {
    let hall = tempfile::tempdir().expect("a temporary directory");
    let at = |name: &str| hall.path().join(name);
    fs::create_dir(at("data")).expect("room for a folder");
    Key::make(&at("data/key")).expect("a key");
    Key::make(&at("good")).expect("a key");
    fs::write(at("short"), "0011").expect("room for a file");
    std::process::Command::new("chmod")
        .args(["600", "short"])
        .current_dir(hall.path())
        .status()
        .expect("it runs");
    let text = fs::read(at("good")).expect("a file");
    fs::write(at("open"), text).expect("room for a file");
    std::process::Command::new("chmod")
        .args(["644", "open"])
        .current_dir(hall.path())
        .status()
        .expect("it runs");
    for (key, said) in [
        ("absent", "`sansheng key new FILE` makes one"),
        ("short", "32 random bytes"),
        ("open", "chmod 600"),
        ("data/key", "backups save that folder"),
    ] {
        fs::write(at("sansheng.toml"), format!("{CONFIG}key = \"{key}\"\n")).expect("room for a file");
        let (code, _, err) = sansheng("journal verify", hall.path());
        assert!(code == Some(1) && err.contains(said) && err.contains("sansheng.toml:7:"), "{key}: {err}");
    }
    let lines = format!("{CONFIG}key = \"good\"\n[journal]\npath = \"lines\"\n");
    fs::write(at("sansheng.toml"), lines).expect("room for a file");
    let (_, out, err) = sansheng("config check sansheng.toml", hall.path());
    assert!(out.contains("the lines of [journal] are not encrypted"), "{out}{err}");
}

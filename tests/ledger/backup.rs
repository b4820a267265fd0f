//! Backups: taken while a service writes, restored and verified; damaged ones refused; nothing overwritten.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::thread;

use crate::program::run;
use crate::shift::{MIDNIGHT_US, Shift};
use sansheng::conduct::CompiledBook;
use sansheng::conduct::rulebook::Rulebook;
use sansheng::ledger::backup::{BackupFault, restore, save};
use sansheng::ledger::event::QuietBody;
use sansheng::ledger::{Body, Draft, Journal, Query, Reader, Store};
use sansheng::units::{SessionTime, Span, WindowId};
use serde_json::Value;
use zip::write::SimpleFileOptions;

static BOOK: LazyLock<Arc<CompiledBook>> = LazyLock::new(|| {
    let rules = Rulebook::builtin().expect("the built-in rules are sound");
    Arc::new(CompiledBook::compile(rules).expect("the built-in rules compile"))
});

/// A hall with a data folder that has a journal and clips in it.
fn hall() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let data = folder.path().join("data");
    Shift { windows: 1, seconds: 120, seed: 1, rude_one_in: 20, pause_tenths: 600 }.write(&data, &BOOK);
    fs::create_dir_all(data.join("clips/2026-11-22")).expect("room for a folder");
    for clip in 0..3_u8 {
        let sound: Vec<u8> =
            (0..40_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8 ^ clip).collect();
        fs::write(data.join(format!("clips/2026-11-22/{clip}.flac")), sound).expect("room for a file");
    }
    folder
}

fn events(data: &Path) -> Vec<(u64, Option<String>)> {
    let reader = Reader::open(data).expect("a journal");
    reader.events(&Query::default()).map(|event| event.map(|e| (e.seq, e.body)).expect("an event")).collect()
}

fn clips(data: &Path) -> Vec<Vec<u8>> {
    (0..3)
        .map(|clip| fs::read(data.join(format!("clips/2026-11-22/{clip}.flac"))).unwrap_or_default())
        .collect()
}

#[test]
fn what_was_saved_comes_back_the_same_and_the_journal_goes_on() {
    let hall = hall();
    let at = |name: &str| hall.path().join(name);
    let manifest = save(&at("data"), &at("backup.zip"), MIDNIGHT_US).expect("a backup");
    assert_eq!(manifest.files.len(), 5, "{manifest:?}");
    let restored = restore(&at("backup.zip"), &at("again/data"), false, None).expect("a sound backup");
    assert_eq!(restored.manifest, manifest);
    assert!(restored.verdict.is_sound() && restored.verdict.events == manifest.head.seq, "{restored:?}");
    assert_eq!(events(&at("again/data")), events(&at("data")));
    assert_eq!(clips(&at("again/data")), clips(&at("data")));
    #[cfg(unix)]
    for (name, mode) in
        [("", 0o700), ("journal.db", 0o600), ("clips", 0o700), ("clips/2026-11-22/0.flac", 0o600)]
    {
        let about = fs::metadata(at("again/data").join(name)).expect("it is there");
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&about.permissions()) & 0o777, mode, "{name}");
    }
    let mut journal = Journal::open(&at("again/data"), "scripted").expect("a journal to go on with");
    assert_eq!((journal.run(), journal.cut()), (2, None), "it is not taken for one that was cut");
    journal.append(&[quiet(1)]).expect("room for a journal");
}

fn quiet(second: u64) -> Draft {
    let at = SessionTime(second * 16_000);
    Draft {
        window: Some(WindowId::new("0")),
        session: Some(Span { start: at, end: at }),
        wall_us: MIDNIGHT_US + second as i64,
        book: Arc::clone(&BOOK),
        body: Body::Quiet(QuietBody { clerk: at }),
        original: None,
    }
}

#[test]
fn a_backup_while_the_service_writes_is_whole_and_holds_up_nobody() {
    let hall = hall();
    let at = |name: &str| hall.path().join(name);
    let mut journal = Journal::open(&at("data"), "scripted").expect("a journal");
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let writing = scope.spawn(|| {
            for second in 1.. {
                journal.append(&[quiet(second)]).expect("room for a journal");
                if over.load(Ordering::Relaxed) {
                    return second;
                }
            }
            0
        });
        let mut last = 0;
        for round in 0..4 {
            let file = at(&format!("{round}.zip"));
            let manifest = save(&at("data"), &file, MIDNIGHT_US).expect("a backup");
            let data = at(&format!("restored-{round}"));
            let restored = restore(&file, &data, false, None).expect("a sound backup");
            assert_eq!(restored.verdict.events, manifest.head.seq);
            assert!(manifest.head.seq > last, "the journal went on");
            last = manifest.head.seq;
        }
        over.store(true, Ordering::Relaxed);
        assert!(writing.join().expect("it writes") > 0);
    });
}

#[test]
fn a_damaged_backup_restores_nothing_or_what_was_saved() {
    let hall = hall();
    let at = |name: &str| hall.path().join(name);
    save(&at("data"), &at("backup.zip"), MIDNIGHT_US).expect("a backup");
    let whole = fs::read(at("backup.zip")).expect("a file");
    let (there, clipped) = (events(&at("data")), clips(&at("data")));
    let mut refused = 0;
    let tries = 60;
    for n in 0..tries {
        let mut bytes = whole.clone();
        let place = bytes.len() * n / tries;
        bytes[place] ^= 0x10;
        fs::write(at("damaged.zip"), bytes).expect("room for a file");
        match restore(&at("damaged.zip"), &at("out"), false, None) {
            Err(fault) => {
                refused += 1;
                assert!(!at("out").exists(), "byte {place}: refused, and half restored: {fault}");
            }
            // A byte that says nothing of what was saved, such as the time in the headers.
            Ok(_) => {
                assert_eq!(
                    (events(&at("out")), clips(&at("out"))),
                    (there.clone(), clipped.clone()),
                    "byte {place}"
                );
                fs::remove_dir_all(at("out")).expect("it goes");
            }
        }
    }
    assert!(refused * 10 >= tries * 9, "{refused} of {tries} are refused");
    for length in [0, 1, 100, whole.len() / 2, whole.len() - 1] {
        fs::write(at("damaged.zip"), &whole[..length]).expect("room for a file");
        let fault = restore(&at("damaged.zip"), &at("out"), false, None).expect_err("it is cut off");
        assert!(matches!(fault, BackupFault::Damaged { .. }), "{fault}");
        assert!(
            fault.to_string().contains("nothing was restored; take another backup") && !at("out").exists()
        );
    }
    let left: Vec<_> =
        fs::read_dir(hall.path()).expect("a folder").map(|e| e.expect("an entry").file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().starts_with('.')), "{left:?}");
}

#[test]
fn an_archive_that_leads_elsewhere_or_names_other_files_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let file = folder.path().join("odd.zip");
    let pack = |members: &[(&str, &str)]| {
        let mut zip = zip::ZipWriter::new(fs::File::create(&file).expect("room for a file"));
        for (name, text) in members {
            zip.start_file(*name, SimpleFileOptions::default()).expect("room for a file");
            zip.write_all(text.as_bytes()).expect("room for a file");
        }
        zip.finish().expect("room for a file");
    };
    let sha = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let manifest = |form: u32, path: &str| {
        let entry = |path: &str| format!(r#"{{"path":"{path}","bytes":0,"sha256":"{sha}"}}"#);
        let files = format!("[{},{}]", entry(path), entry("journal.db"));
        format!(r#"{{"form":{form},"program":"0","made_us":0,"head":{{"seq":0,"hash":""}},"files":{files}}}"#)
    };
    for (member, manifest, said) in [
        ("../evil", manifest(1, "../evil"), "is no name of a file"),
        ("/evil", manifest(1, "/evil"), "is no name of a file"),
        ("a", manifest(1, "b"), "b: "),
        ("a", manifest(2, "a"), "a backup of a later version"),
        ("a", "[]".to_owned(), "manifest.json: "),
        ("a", manifest(1, "a").replace("journal.db", "b"), "it holds no journal"),
        ("a", manifest(1, "a"), "no journal of Sansheng"),
    ] {
        pack(&[(member, ""), ("journal.db", ""), ("manifest.json", &manifest)]);
        let fault =
            restore(&file, &folder.path().join("out"), false, None).expect_err("it is odd").to_string();
        assert!(fault.contains(said), "{member}, {manifest}: {fault}");
        let left = fs::read_dir(folder.path()).expect("a folder").count();
        assert_eq!((left, folder.path().with_file_name("evil").exists()), (1, false), "{member}");
    }
}

#[test]
fn the_commands_save_restore_and_refuse_to_overwrite() {
    let hall = hall();
    let (code, out, err) = run(&["backup", "--data", "data", "--to", "b.zip"], hall.path());
    assert_eq!(code, Some(0), "{err}");
    assert!(out.starts_with("b.zip: 5 files, "), "{out}");
    let (code, _, err) = run(&["backup", "--data", "data", "--to", "b.zip"], hall.path());
    assert_eq!(code, Some(1));
    assert!(err.contains("b.zip: it is there already, and nothing is overwritten"), "{err}");
    fs::create_dir(hall.path().join("shelf")).expect("room for a folder");
    let (code, out, err) = run(&["backup", "--data", "data", "--to", "shelf", "--json"], hall.path());
    assert_eq!(code, Some(0), "{err}");
    let line: Value = serde_json::from_str(&out).expect("JSON");
    let file = line["file"].as_str().expect("a name");
    assert!(file.starts_with("shelf/sansheng-20") && file.ends_with("Z.zip"), "{file}");
    let (code, out, err) = run(&["restore", file, "--data", "new"], hall.path());
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("events are as they were written"), "{out}");
    let (code, _, err) = run(&["restore", file, "--data", "new"], hall.path());
    assert_eq!(code, Some(1));
    assert!(err.contains("new: there is something in it, and nothing is overwritten"), "{err}");
    assert_eq!(run(&["journal", "verify", "--data", "new"], hall.path()).0, Some(0));
    let (code, _, err) = run(&["backup", "--data", "none", "--to", "c.zip"], hall.path());
    assert_eq!((code, hall.path().join("c.zip").exists()), (Some(1), false));
    assert!(err.contains("there is no journal here"), "{err}");
}

//! Whatever somebody, or a disk, does to a journal: it is found, nothing panics, and nothing is overwritten.

use std::fs::{self, File};
use std::path::Path;

use rusqlite::Connection;

use super::support::{begun, filled, quiet, verdict};
use crate::ledger::journal::folder::database;
use crate::ledger::journal::{Journal, JournalFault, Query, Reader, Store, schema};

fn change(folder: &Path, sql: &str) {
    Connection::open(database(folder)).unwrap().execute_batch(sql).unwrap();
}

#[test]
fn every_edit_deletion_insertion_and_move_is_found_with_its_place() {
    let swap = |column: &str| {
        format!(
            "UPDATE event SET {column} = CASE seq WHEN 6 THEN (SELECT {column} FROM event WHERE seq = 10)
             ELSE (SELECT {column} FROM event WHERE seq = 6) END WHERE seq IN (6, 10)"
        )
    };
    let (body, salt, of_body, hash) = (swap("body"), swap("salt"), swap("body_hash"), swap("hash"));
    let cases: Vec<(&str, String, Option<u64>, &str)> = vec![
        ("a body", "UPDATE event SET body = replace(body, '没实践', '没时间') WHERE seq = 6".into(), Some(6), "body"),
        ("a salt", "UPDATE event SET salt = zeroblob(16) WHERE seq = 6".into(), Some(6), "body"),
        ("a kind", "UPDATE event SET kind = 'nothing' WHERE seq = 6".into(), Some(6), "hash"),
        ("a window", "UPDATE event SET window = '9' WHERE seq = 6".into(), Some(6), "hash"),
        ("a session time", "UPDATE event SET session_start = 1 WHERE seq = 6".into(), Some(6), "hash"),
        ("a wall time", "UPDATE event SET wall_us = wall_us + 1 WHERE seq = 6".into(), Some(6), "hash"),
        ("a run", "UPDATE event SET run = 2 WHERE seq = 6".into(), Some(6), "hash"),
        ("a hash", "UPDATE event SET hash = zeroblob(32) WHERE seq = 6".into(), Some(6), "hash"),
        ("an engine", "UPDATE engine SET text = 'another'".into(), Some(1), "engine"),
        ("a rulebook", "UPDATE rulebook SET text = text || ' '".into(), Some(1), "rulebook"),
        ("an event left out", "DELETE FROM event WHERE seq = 6".into(), Some(7), "missing"),
        (
            "an event left out and the rest counted anew",
            "DELETE FROM event WHERE seq = 6; UPDATE event SET seq = seq - 1 WHERE seq > 6".into(),
            Some(6),
            "hash",
        ),
        (
            "an event put in",
            "UPDATE event SET seq = -seq WHERE seq > 6; UPDATE event SET seq = 1 - seq WHERE seq < 0;
             INSERT INTO event SELECT 7, run, kind, window, session_start, session_end, wall_us, engine, rulebook,
             body, salt, body_hash, hash, sealed FROM event WHERE seq = 6"
                .into(),
            Some(7),
            "hash",
        ),
        ("two events exchanged", format!("{body}; {salt}; {of_body}; {hash}"), Some(6), "hash"),
        ("a body taken out", "UPDATE event SET body = NULL, salt = NULL WHERE seq = 6".into(), Some(6), "forgotten"),
        ("a finding's state", "UPDATE finding SET state = 'retracted' WHERE id = 6".into(), None, "finding"),
        ("a finding's row", "DELETE FROM finding WHERE id = 6".into(), None, "finding"),
        ("an alert's row", "INSERT INTO alert SELECT 99, run, window, revision, state, rule, first, seq, wall_us FROM alert LIMIT 1".into(), None, "alert"),
        ("coverage", "UPDATE coverage SET unheard = 5".into(), None, "coverage"),
    ];
    for (what, sql, at, said) in cases {
        let folder = filled(5);
        assert!(verdict(folder.path()).is_sound(), "{what}");
        change(folder.path(), &sql);
        let verdict = verdict(folder.path());
        let found =
            verdict.found.iter().any(|found| (at.is_none() || found.seq == at) && found.what.contains(said));
        assert!(found, "{what}: {:#?}", verdict.found);
    }
}

#[test]
fn a_tail_that_was_cut_off_is_found_and_stays_found_when_the_journal_goes_on() {
    let folder = filled(5);
    change(
        folder.path(),
        "DELETE FROM event WHERE seq > 20; DELETE FROM finding WHERE id > 20; DELETE FROM alert WHERE seq > 20",
    );
    let before = verdict(folder.path());
    assert!(before.found.iter().any(|found| found.what.contains("had gone on to event 23")), "{before:#?}");
    let mut journal = Journal::open(folder.path(), "an engine").unwrap();
    assert_eq!(journal.cut().map(|cut| cut.seq), Some(23));
    journal.append(&[begun(&journal)]).unwrap();
    drop(journal);
    let after = verdict(folder.path());
    assert!(
        after.found.iter().any(|found| found.seq == Some(21) && found.what.contains("cut before it")),
        "{after:#?}"
    );
}

#[test]
fn a_head_that_is_missing_or_another_is_found() {
    for (text, said) in [
        (None, "journal.head is missing"),
        (Some("what?\n".to_owned()), "holds no head"),
        (Some(format!("{:020} {}\n", 6, "0".repeat(64))), "another than journal.head says"),
    ] {
        let folder = filled(5);
        let head = folder.path().join("journal.head");
        match &text {
            None => fs::remove_file(&head).unwrap(),
            Some(text) => fs::write(&head, text).unwrap(),
        }
        let verdict = verdict(folder.path());
        assert!(verdict.found.iter().any(|found| found.what.contains(said)), "{text:?}: {verdict:#?}");
        assert!(Journal::open(folder.path(), "an engine").unwrap().cut().is_some(), "{text:?}");
    }
}

#[test]
fn what_is_no_journal_is_refused_by_name_and_stays_as_it_is() {
    let sqlite =
        |sql: &'static str| move |path: &Path| Connection::open(path).unwrap().execute_batch(sql).unwrap();
    let newer = format!("PRAGMA user_version = {}", schema::FORM + 1);
    type Make = Box<dyn Fn(&Path)>;
    let make_newer: Make = Box::new(move |path| {
        fs::copy(database(filled(1).path()), path).unwrap();
        Connection::open(path).unwrap().execute_batch(&newer).unwrap();
    });
    let half: Make = Box::new(|path| {
        fs::copy(database(filled(300).path()), path).unwrap();
        let length = path.metadata().unwrap().len();
        File::options().write(true).open(path).unwrap().set_len(length / 2).unwrap();
    });
    let stripped: Make = Box::new(|path| {
        fs::copy(database(filled(1).path()), path).unwrap();
        Connection::open(path).unwrap().execute_batch("DROP TABLE coverage").unwrap();
    });
    let edited: Make = Box::new(|path| {
        fs::copy(database(filled(1).path()), path).unwrap();
        let sql = "UPDATE event SET body = '{}' WHERE seq = (SELECT max(seq) FROM event)";
        Connection::open(path).unwrap().execute_batch(sql).unwrap();
    });
    let cases: Vec<(&str, Make, &str)> = vec![
        (
            "a text",
            Box::new(|path: &Path| fs::write(path, "not a journal at all").unwrap()),
            "no journal of Sansheng",
        ),
        ("another database", Box::new(sqlite("CREATE TABLE t (a)")), "an SQLite database of something else"),
        (
            "another application",
            Box::new(sqlite("PRAGMA application_id = 7; CREATE TABLE t (a)")),
            "of application 0x7",
        ),
        ("a later form", make_newer, "install that version"),
        ("a half file", half, "damaged"),
        ("a table that is gone", stripped, "it has no table `coverage`"),
        ("a last event that was edited", edited, "is not as it was written"),
    ];
    for (what, make, said) in cases {
        let folder = tempfile::tempdir().unwrap();
        let path = database(folder.path());
        make(&path);
        let before = fs::read(&path).unwrap();
        let fault = Journal::open(folder.path(), "an engine").map(|_| ()).unwrap_err().to_string();
        assert!(fault.contains(said) && fault.contains("journal.db"), "{what}: {fault}");
        assert!(fault.matches(": ").count() >= 1 && fault.contains("nothing was changed"), "{what}: {fault}");
        assert!(fs::read(&path).unwrap() == before, "{what}: the file was touched");
    }
}

#[test]
fn a_journal_that_was_made_and_never_filled_is_begun() {
    for make in [(|path: &Path| fs::write(path, "").unwrap()) as fn(&Path), |path| {
        Connection::open(path).unwrap().execute_batch("PRAGMA journal_mode = WAL").unwrap()
    }] {
        let folder = tempfile::tempdir().unwrap();
        make(&database(folder.path()));
        let mut journal = Journal::open(folder.path(), "an engine").unwrap();
        journal.append(&[begun(&journal)]).unwrap();
        drop(journal);
        assert!(verdict(folder.path()).is_sound());
    }
}

#[test]
fn two_services_never_write_one_journal_and_a_folder_that_cannot_be_written_is_named() {
    let folder = filled(1);
    let first = Journal::open(folder.path(), "an engine").unwrap();
    let fault = Journal::open(folder.path(), "an engine").map(|_| ()).unwrap_err();
    assert!(matches!(fault, JournalFault::Taken { .. }) && fault.to_string().contains("stop it"), "{fault}");
    drop(first);
    Journal::open(folder.path(), "an engine").unwrap();
    let nowhere = Journal::open(Path::new("/proc/no such folder"), "an engine").map(|_| ()).unwrap_err();
    assert!(
        matches!(nowhere, JournalFault::Folder { .. }) && nowhere.to_string().contains("make it"),
        "{nowhere}"
    );
    let absent = Reader::open(Path::new("/proc/no such folder")).map(|_| ()).unwrap_err();
    assert!(matches!(absent, JournalFault::Absent { .. }), "{absent}");
}

#[test]
fn bytes_that_a_disk_turned_are_found_or_did_not_matter_and_never_panic() {
    let sound = filled(60);
    let original = fs::read(database(sound.path())).unwrap();
    let head = fs::read(sound.path().join("journal.head")).unwrap();
    let events = |folder: &Path| -> Result<Vec<_>, JournalFault> {
        Reader::open(folder)?.events(&Query::default()).collect()
    };
    let expected = events(sound.path()).unwrap();
    let (mut random, mut found) = (7_u64, 0);
    let mut next = move |below: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize % below
    };
    const TURNS: usize = 150;
    for _ in 0..TURNS {
        let folder = tempfile::tempdir().unwrap();
        let mut bytes = original.clone();
        for _ in 0..=next(4) {
            let at = next(bytes.len());
            bytes[at] ^= 1 << next(8);
        }
        fs::write(database(folder.path()), &bytes).unwrap();
        fs::write(folder.path().join("journal.head"), &head).unwrap();
        match Reader::open(folder.path()).and_then(|reader| reader.verify()) {
            Ok(verdict) if verdict.is_sound() => {
                assert_eq!(events(folder.path()).unwrap(), expected, "sound is sound");
            }
            _ => found += 1,
        }
        // It goes on or is refused; either way nothing panics.
        if let Ok(mut journal) = Journal::open(folder.path(), "an engine") {
            let _ = journal.append(&[begun(&journal), quiet("1", 1)]);
        }
    }
    assert!(found > TURNS / 2, "{found} of {TURNS} were found");
}

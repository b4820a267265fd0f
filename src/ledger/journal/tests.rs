//! What a journal survives, what it refuses, and what `verify` finds.

mod beside;
mod damage;
mod support;
mod unmask;

use std::fs;
use std::path::Path;

use rusqlite::Connection;

use super::folder::{BALLAST_BYTES, database};
use super::*;
use crate::ledger::event::{Body, Kind, RunEnded};
use crate::units::WindowId;
use beside::sign_in;
use support::{BOOK, begun, clock, draft, filled, finding, quiet, state_of, verdict};

#[test]
fn what_was_appended_is_read_back_in_order_and_asked_for_by_kind_window_time_and_number() {
    let folder = filled(10);
    let reader = Reader::open(folder.path()).unwrap();
    let seqs = |query: &Query| -> Vec<u64> { reader.events(query).map(|event| event.unwrap().seq).collect() };
    let all = seqs(&Query::default());
    assert_eq!(all, (1..=all.len() as u64).collect::<Vec<_>>());
    let quiet = Query { kinds: vec![Kind::Quiet], windows: vec![WindowId::new("2")], ..Query::default() };
    let of_two = seqs(&quiet);
    assert!(!of_two.is_empty() && of_two.len() < all.len());
    let events: Vec<_> = reader.events(&Query::default()).map(Result::unwrap).collect();
    for event in &events {
        let wanted = event.kind == "quiet" && event.window == Some(WindowId::new("2"));
        assert_eq!(of_two.contains(&event.seq), wanted, "{event:?}");
    }
    let third = &events[2];
    let bounded = Query { wall_from_us: Some(third.wall_us), seq_until: Some(6), ..Query::default() };
    assert_eq!(seqs(&bounded), [3, 4, 5]);
    assert!(seqs(&Query { run: Some(2), ..Query::default() }).is_empty());
    assert_eq!(reader.engine(third.engine).unwrap(), "an engine");
    let (version, text) = reader.rulebook(third.rulebook).unwrap();
    let again = text.read().unwrap();
    assert_eq!(
        (version.as_str(), &again),
        (BOOK.rulebook().version(), BOOK.rulebook()),
        "it can be judged by again"
    );
    assert_eq!(reader.runs_between(None, None).unwrap(), [1]);
}

#[test]
fn a_page_ends_nowhere() {
    let folder = filled(2_500);
    let reader = Reader::open(folder.path()).unwrap();
    assert!(reader.events(&Query::default()).count() > 2_500);
    assert_eq!(verdict(folder.path()).faults, 0);
}

#[test]
fn runs_are_counted_and_one_that_broke_off_is_known() {
    let folder = tempfile::tempdir().unwrap();
    for run in 1..=3 {
        let mut journal = Journal::open(folder.path(), "an engine").unwrap();
        assert_eq!((journal.run(), journal.broken_off()), (run, (run > 2).then_some(run - 1)));
        journal.append(&[begun(&journal)]).unwrap();
        if run == 1 {
            journal.append(&[draft(None, None, Body::RunEnded(RunEnded::default()))]).unwrap();
        }
    }
    assert_eq!(verdict(folder.path()).runs, 3);
}

#[test]
fn ids_of_alerts_go_on_where_the_last_run_ended() {
    let folder = filled(3);
    let journal = Journal::open(folder.path(), "an engine").unwrap();
    assert_eq!(journal.last_alert(), 3);
}

#[test]
fn a_finding_that_is_taken_back_is_one_row() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(folder.path(), "an engine").unwrap();
    let drafts = [
        begun(&journal),
        clock("1", 0, 7_200_000_000),
        finding("1", 16_000, "confirmed"),
        finding("2", 16_000, "confirmed"),
        finding("1", 32_000, "unknown"),
        finding("1", 16_000, "retracted"),
        finding("1", 48_000, "retracted"),
    ];
    journal.append(&drafts).unwrap();
    drop(journal);
    let rows = state_of(
        folder.path(),
        "SELECT id || ' ' || seq || ' ' || window || ' ' || state || ' ' || wall_us FROM finding ORDER BY id",
    );
    // Said a second after two o'clock; the other window has no clock, and goes by when it became known.
    let known = drafts[3].wall_us;
    let expected = [
        "3 6 1 retracted 7201000000".to_owned(),
        format!("4 4 2 confirmed {known}"),
        "5 5 1 unknown 7202000000".to_owned(),
        "7 7 1 retracted 7203000000".to_owned(),
    ];
    assert_eq!(rows, expected);
}

#[test]
fn coverage_counts_every_sample_once_and_in_its_hour() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(folder.path(), "an engine").unwrap();
    let second = 16_000;
    // The session begins two seconds before one o'clock.
    journal.append(&[begun(&journal), clock("1", 0, 3_600_000_000 - 2_000_000)]).unwrap();
    journal.append(&[quiet("1", second), quiet("1", 5 * second), quiet("1", 4 * second)]).unwrap();
    journal.append(&[support::gap("1", second, 3 * second), support::ended("1", 6 * second)]).unwrap();
    // Nobody knows when this was.
    journal.append(&[quiet("2", second)]).unwrap();
    drop(journal);
    let rows = state_of(
        folder.path(),
        "SELECT window || ' ' || hour || ' ' || audio || ' ' || unheard FROM coverage ORDER BY window, hour",
    );
    assert_eq!(rows, ["1 0 32000 16000", "1 1 64000 16000"]);
    assert!(verdict(folder.path()).is_sound());
}

#[test]
fn what_is_forgotten_is_gone_from_the_file_and_the_journal_still_verifies() {
    let folder = filled(5);
    let mut journal = Journal::open(folder.path(), "an engine").unwrap();
    let secret = "没实践";
    let holds = |folder: &Path| {
        fs::read(database(folder)).unwrap().windows(secret.len()).any(|bytes| bytes == secret.as_bytes())
    };
    let last = journal.last_seq();
    journal.db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    assert!(holds(folder.path()));
    // Beside the service, which goes on.
    let mut aside = Aside::open(folder.path()).unwrap();
    let forgotten = aside.forget(&[(1, last)], "the time is over", Vec::new(), 1).unwrap();
    // Not the run's start, two clocks and ten silences.
    assert_eq!(forgotten, last - 13);
    assert!(aside.settle().unwrap());
    assert!(!holds(folder.path()), "no body is left anywhere in the file");
    assert_eq!(
        fs::metadata(folder.path().join("journal.db-wal")).unwrap().len(),
        0,
        "nor in what is written first"
    );
    journal.append(&[quiet("1", 64_000)]).unwrap();
    drop(journal);
    let verdict = verdict(folder.path());
    assert_eq!((verdict.faults, verdict.forgotten), (0, forgotten), "{verdict:?}");
}

#[test]
fn encrypted_bodies_are_read_with_the_key_and_the_chain_is_verified_without() {
    let folder = filled(2);
    let (key, other) = (Key::of(&[1; 32]), Key::of(&[2; 32]));
    // What was written before there was a key stays as it is.
    let before = Reader::open(folder.path()).unwrap().rows().last_seq().unwrap();
    let mut journal = Journal::open_with(folder.path(), "an engine", Some(&key)).unwrap();
    journal.append(&[begun(&journal), clock("1", 0, 1), finding("1", 16_000, "confirmed")]).unwrap();
    journal.append(&[quiet("1", 32_000), finding("1", 48_000, "confirmed")]).unwrap();
    drop(journal);
    let all = |key| {
        let reader = Reader::open_with(folder.path(), key)?;
        reader.events(&Query::default()).collect::<Result<Vec<_>, _>>()
    };
    let events = all(Some(&key)).unwrap();
    assert!(events.iter().all(|event| event.body.is_some()) && events.len() as u64 == before + 5);
    let sealed =
        "SELECT CAST(seq AS TEXT) FROM event WHERE sealed IS NOT NULL AND body IS NULL AND salt IS NULL";
    assert_eq!(state_of(folder.path(), sealed), [(before + 3).to_string(), (before + 5).to_string()]);
    assert!(matches!(all(None).unwrap_err(), JournalFault::Locked { .. }));
    assert!(matches!(all(Some(&other)).unwrap_err(), JournalFault::OtherKey { .. }));
    let written = |key| Journal::open_with(folder.path(), "an engine", key).map(|_| ()).unwrap_err();
    assert!(matches!(written(None), JournalFault::Locked { .. }), "nothing more is written in plain");
    assert!(matches!(written(Some(&other)), JournalFault::OtherKey { .. }));
    assert!(matches!(Aside::open(folder.path()).unwrap_err(), JournalFault::Locked { .. }));
    let verify = |key| Reader::open_with(folder.path(), key).unwrap().verify().unwrap();
    let (without, with) = (verify(None), verify(Some(&key)));
    assert_eq!((without.faults, without.locked, with.faults, with.locked), (0, 2, 0, 0), "{without:?}");
    assert_eq!(without.head, with.head);
    let held = |key| Reader::open_with(folder.path(), key).unwrap().as_of(before + 5).unwrap();
    let period = Period { from_us: i64::MIN, until_us: i64::MAX };
    assert_eq!(held(Some(&key)).rows().findings(period).unwrap().len(), 4);
    // Moved, changed and cut: found with the key; without it, as far as the chain goes.
    for (change, without_key) in [
        ("sealed = (SELECT sealed FROM event WHERE seq = ?1 - 2)", 0),
        ("sealed = substr(sealed, 1, 60)", 0),
        ("sealed = zeroblob(length(sealed))", 0),
        ("window = '2'", 1),
        ("sealed = NULL", 1),
    ] {
        let db = Connection::open(database(folder.path())).unwrap();
        db.execute_batch("CREATE TABLE aside AS SELECT * FROM event").unwrap();
        db.execute(&format!("UPDATE event SET {change} WHERE seq = ?1"), [before + 5]).unwrap();
        assert!(verify(Some(&key)).faults > 0, "{change}");
        assert_eq!(verify(None).faults > 0, without_key > 0, "{change}");
        let at = "DELETE FROM event; INSERT INTO event SELECT * FROM aside; DROP TABLE aside";
        db.execute_batch(at).unwrap();
    }
    assert!(verify(Some(&key)).is_sound());
    let mut aside = Aside::open_with(folder.path(), Some(&key)).unwrap();
    assert_eq!(aside.forget(&[(before + 3, before + 3)], "asked for", Vec::new(), 1).unwrap(), 1);
    let (without, with) = (verify(None), verify(Some(&key)));
    assert_eq!((without.faults, without.forgotten, without.locked), (0, 1, 1), "{without:?}");
    assert_eq!((with.faults, with.forgotten, with.locked), (0, 1, 0), "{with:?}");
}

#[test]
fn a_kind_of_a_later_version_is_kept_and_verified() {
    let folder = filled(2);
    let journal = Journal::open(folder.path(), "an engine").unwrap();
    let head = journal.head;
    // As a later version would write it.
    let (body, salt) = ("[1]", [7_u8; 16]);
    let of_body = hash::body_hash(&salt, body);
    let (engine, rules) = (
        hash::text_hash("an engine"),
        state_of(folder.path(), "SELECT text FROM rulebook")
            .pop()
            .map(|text| hash::text_hash(&text))
            .unwrap(),
    );
    let header = hash::Header(head.seq + 1, 2, "of-tomorrow", None, None, None, 5, &engine, &rules);
    let hash = hash::event_hash(&head.hash, &header, &of_body).unwrap();
    let sql =
        "INSERT INTO event VALUES (?1, 2, 'of-tomorrow', NULL, NULL, NULL, 5, 1, 1, ?2, ?3, ?4, ?5, NULL)";
    journal.db.execute(sql, params![head.seq + 1, body, salt, of_body, hash]).unwrap();
    drop(journal);
    let verdict = verdict(folder.path());
    assert!(verdict.is_sound(), "{verdict:?}");
    let mut journal = Journal::open(folder.path(), "an engine").unwrap();
    journal.append(&[quiet("1", 64_000)]).unwrap();
}

#[test]
fn a_full_disk_loses_nothing_and_the_ballast_makes_room() {
    let folder = filled(2);
    let mut journal = Journal::open(folder.path(), "an engine").unwrap();
    let pages: i64 = journal.db.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    let limit = |journal: &Journal, most: i64| {
        journal.db.query_row(&format!("PRAGMA max_page_count = {most}"), [], |_| Ok(())).unwrap();
    };
    limit(&journal, pages);
    let before = journal.head;
    let many: Vec<Draft> = (0..2_000).map(|n| finding("1", n * 16_000, "confirmed")).collect();
    let fault = journal.append(&many).unwrap_err();
    assert!(fault.is_full(), "{fault}");
    assert!(
        fault.to_string().contains("journal.db") && fault.to_string().contains("free some space"),
        "{fault}"
    );
    assert_eq!(journal.head, before, "all or none");
    assert!(journal.load_ballast() && journal.folder.has_ballast());
    assert_eq!(folder.path().join("journal.ballast").metadata().unwrap().len(), BALLAST_BYTES);
    assert!(journal.drop_ballast() && !journal.drop_ballast());
    limit(&journal, pages + 10_000);
    journal.append(&many).unwrap();
    assert_eq!(journal.last_seq(), before.seq + 2_000);
    drop(journal);
    assert!(verdict(folder.path()).is_sound());
}

#[test]
fn a_commit_that_came_through_although_it_was_said_to_fail_is_not_written_twice() {
    let folder = filled(2);
    let mut journal = Journal::open(folder.path(), "an engine").unwrap();
    let before = journal.head;
    journal.append(&[quiet("1", 64_000)]).unwrap();
    // As after an answer that was lost, and somebody signed in meanwhile.
    let (written, folder_path) = (journal.head, folder.path().to_owned());
    sign_in(&folder_path, "1", 0);
    (journal.head, journal.doubtful, journal.attempt) = (before, true, Some(written));
    journal.append(&[quiet("1", 64_000)]).unwrap();
    assert_eq!(journal.last_seq(), before.seq + 2);
    journal.append(&[quiet("1", 80_000)]).unwrap();
    drop(journal);
    assert!(verdict(folder.path()).is_sound());
}

#[test]
fn a_journal_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut journal = Journal::open(&data, "an engine").unwrap();
    journal.append(&[begun(&journal)]).unwrap();
    assert_eq!(data.metadata().unwrap().permissions().mode() & 0o777, 0o700);
    for file in fs::read_dir(&data).unwrap() {
        let file = file.unwrap();
        let mode = file.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", file.path().display());
    }
}

#[test]
fn readers_see_a_journal_that_is_being_written() {
    let folder = filled(2);
    let mut journal = Journal::open(folder.path(), "an engine").unwrap();
    journal.append(&[quiet("1", 64_000)]).unwrap();
    let verdict = verdict(folder.path());
    assert_eq!((verdict.faults, verdict.events), (0, journal.last_seq()));
    let other = Connection::open(database(folder.path())).unwrap();
    drop(other);
}

//! What was masked, beside the events: sealed, shown to two people's liking, deleted, and found where somebody swapped it.

use std::fs;
use std::path::Path;

use rusqlite::Connection;
use tempfile::TempDir;

use super::super::folder::database;
use super::super::{Aside, Journal, JournalFault, Reader, Store};
use super::support::{begun, clock, draft, quiet, state_of};
use crate::ledger::Key;
use crate::ledger::event::{AccessBody, Body, Draft, Kind, UnmaskBody};
use crate::ledger::unmask::{Original, Refusal, Standing, Step, UnmaskFault};
use crate::said::Bilingual;

const NUMBER: &str = "一三八零零一三八零零零";
const DAY_US: i64 = 86_400_000_000;

fn key() -> Key {
    Key::of(&[1; 32])
}

fn heard(number: &str, wall_us: i64) -> Draft {
    let masked = format!("电话{}", "＊".repeat(number.chars().count()));
    let body = format!(
        r#"{{"channel":0,"role":"clerk","text":"{masked}","times":[],"probabilities":[],"syllables":[],"log_prob":-0.5,"goes_on":false,"level_dbfs":-25,"scores":[]}}"#
    );
    let body = Body::parse(Kind::Heard, &body).unwrap();
    let original = Original::between([("/text", format!("电话{number}").as_str(), masked.as_str())]);
    assert!(original.is_some());
    Draft { wall_us, original, ..draft(Some("1"), Some((0, 1)), body) }
}

/// Events 3 and 4 of it, a day apart, have something masked in them.
fn kept(key: Option<&Key>) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = Journal::open_with(folder.path(), "an engine", key).unwrap();
    journal.append(&[begun(&journal), clock("1", 0, 1), heard(NUMBER, 0), heard("张伟", DAY_US)]).unwrap();
    journal.append(&[quiet("1", 32_000)]).unwrap();
    folder
}

fn aside(folder: &TempDir) -> Aside {
    Aside::open_with(folder.path(), Some(&key())).unwrap()
}

fn faults(folder: &Path, key: Option<&Key>) -> Vec<String> {
    let verdict = Reader::open_with(folder, key).unwrap().verify().unwrap();
    assert_eq!(verdict.faults as usize, verdict.found.len());
    verdict.found.into_iter().map(|found| format!("{:?} {}", found.seq, found.what)).collect()
}

fn holds(folder: &Path, words: &str) -> bool {
    let bytes = |file: &str| fs::read(folder.join(file)).unwrap_or_default();
    let all = [bytes("journal.db"), bytes("journal.db-wal")].concat();
    all.windows(words.len()).any(|part| part == words.as_bytes())
}

fn ask(event: u64) -> Step {
    Step::Ask { event, why: "投诉".into() }
}

fn grant(request: u64) -> Step {
    Step::Grant { request, why: String::new(), hours: 24 }
}

#[test]
fn it_is_sealed_beside_the_event_and_shown_after_two_people_and_the_journal_know_of_it() {
    let folder = kept(Some(&key()));
    assert!(!holds(folder.path(), NUMBER) && !holds(folder.path(), "张伟"));
    let mut aside = aside(&folder);
    let asked = aside.unmask(&ask(3), "张三", 10).unwrap();
    let request = asked.seq;
    assert_eq!((request, asked.shown), (6, None));
    let refused = |aside: &mut Aside, step: &Step, who: &str, now_us| match aside
        .unmask(step, who, now_us)
        .unwrap_err()
    {
        UnmaskFault::Refused(refusal) => refusal,
        UnmaskFault::Journal(fault) => panic!("{fault}"),
    };
    let show = Step::Show { request };
    assert_eq!(refused(&mut aside, &show, "张三", 11), Refusal::Waiting);
    assert_eq!(refused(&mut aside, &grant(request), "张三", 11), Refusal::OwnRequest { by: "张三".into() });
    assert_eq!(refused(&mut aside, &ask(5), "张三", 11), Refusal::Without(5));
    assert_eq!(refused(&mut aside, &ask(99), "张三", 11), Refusal::NoEvent(99));
    let granted = aside.unmask(&grant(request), "李四", 20).unwrap();
    assert!(matches!(granted.body, UnmaskBody::Grant { until_us, .. } if until_us == 20 + DAY_US));
    assert_eq!(refused(&mut aside, &show, "李四", 21), Refusal::NotTheirs { by: "张三".into() });
    let shown = aside.unmask(&show, "张三", 20 + DAY_US).unwrap();
    let fields = shown.shown.unwrap().fields;
    assert_eq!(fields.len(), 1);
    assert_eq!(fields[0].text, format!("电话{NUMBER}"));
    // What is refused is written nowhere: the last event is the showing.
    let over = refused(&mut aside, &show, "张三", 21 + DAY_US);
    assert_eq!(over, Refusal::Over { until_us: 20 + DAY_US });
    let reader = Reader::open_with(folder.path(), Some(&key())).unwrap();
    assert_eq!(reader.rows().last_seq().unwrap(), shown.seq);
    let last = reader.event(shown.seq).unwrap().unwrap();
    let Some(Body::Unmask(UnmaskBody::Show { event, by, .. })) = last.read().unwrap() else {
        panic!("{last:?}")
    };
    assert_eq!((event, by.as_str(), last.window.as_ref().map(|id| id.as_str())), (3, "张三", Some("1")));
    let requests = reader.rows().unmask_requests().unwrap();
    assert_eq!((requests.len(), requests[0].standing(30)), (1, Standing::Granted));
    assert_eq!(requests[0].shown_us, [20 + DAY_US]);
    assert!(!holds(folder.path(), NUMBER), "nor after it was shown");
    for key in [None, Some(&key())] {
        assert_eq!(faults(folder.path(), key), [""; 0]);
    }
}

#[test]
fn without_a_key_nothing_is_kept_and_with_another_nothing_is_shown() {
    let folder = kept(None);
    assert!(!holds(folder.path(), NUMBER));
    assert_eq!(state_of(folder.path(), "SELECT CAST(seq AS TEXT) FROM original"), [""; 0]);
    let mut plain = Aside::open(folder.path()).unwrap();
    let refused = plain.unmask(&ask(3), "张三", 10).unwrap_err();
    assert!(matches!(refused, UnmaskFault::Refused(Refusal::Without(3))), "{refused}");
    let folder = kept(Some(&key()));
    let other = Aside::open_with(folder.path(), Some(&Key::of(&[2; 32]))).unwrap_err();
    assert!(matches!(other, JournalFault::OtherKey { .. }), "{other}");
    let none = Aside::open(folder.path()).unwrap_err();
    assert!(matches!(none, JournalFault::Locked { .. }) && none.to_string().contains("--key"), "{none}");
}

#[test]
fn verify_finds_one_that_was_swapped_taken_out_or_put_in() {
    let cases: [(&str, &str, bool); 6] = [
        (
            "UPDATE original SET sealed = (SELECT sealed FROM original WHERE seq = 4) WHERE seq = 3",
            "not what was written",
            false,
        ),
        ("UPDATE original SET sealed = zeroblob(60) WHERE seq = 4", "not what was written", false),
        ("DELETE FROM original WHERE seq = 3", "no event says that it was deleted", false),
        ("INSERT INTO original SELECT 5, sealed FROM original WHERE seq = 3", "does not name", true),
        ("INSERT INTO original SELECT 99, sealed FROM original WHERE seq = 3", "no such event", true),
        ("UPDATE original SET seq = 77 WHERE seq = 3", "no such event", true),
    ];
    for (change, said, without_key) in cases {
        let folder = kept(Some(&key()));
        Connection::open(database(folder.path())).unwrap().execute_batch(change).unwrap();
        let found = faults(folder.path(), Some(&key()));
        assert!(found.iter().any(|found| found.contains(said)), "{change}: {found:?}");
        // Without the key it is not known what an event names.
        assert_eq!(!faults(folder.path(), None).is_empty(), without_key, "{change}");
    }
    // One that was swapped is not shown, whoever granted it, and that it was is not said.
    let folder = kept(Some(&key()));
    let mut aside = aside(&folder);
    let request = aside.unmask(&ask(3), "张三", 10).unwrap().seq;
    let granted = aside.unmask(&grant(request), "李四", 20).unwrap().seq;
    Connection::open(database(folder.path())).unwrap().execute_batch(cases[0].0).unwrap();
    let fault = aside.unmask(&Step::Show { request }, "张三", 30).unwrap_err();
    assert!(fault.to_string().contains("is not as it was written"), "{fault}");
    assert_eq!(Reader::open(folder.path()).unwrap().rows().last_seq().unwrap(), granted);
}

#[test]
fn what_is_forgotten_or_too_old_is_gone_and_cannot_be_shown() {
    let folder = kept(Some(&key()));
    let mut aside = aside(&folder);
    let request = |aside: &mut Aside, event| {
        let request = aside.unmask(&ask(event), "张三", 10).unwrap().seq;
        aside.unmask(&grant(request), "李四", 20).unwrap();
        request
    };
    let (first, second) = (request(&mut aside, 3), request(&mut aside, 4));
    let left = || state_of(folder.path(), "SELECT CAST(seq AS TEXT) FROM original");
    assert_eq!(aside.forget_originals(DAY_US, 2 * DAY_US).unwrap(), 1, "the younger one stays");
    assert_eq!(left(), ["4"]);
    let show = |aside: &mut Aside, request| aside.unmask(&Step::Show { request }, "张三", 30);
    assert!(matches!(show(&mut aside, first).unwrap_err(), UnmaskFault::Refused(Refusal::Without(3))));
    assert!(show(&mut aside, second).is_ok());
    assert_eq!(aside.forget_originals(DAY_US, 2 * DAY_US).unwrap(), 0);
    let said = AccessBody::plain(AccessBody::FORGET, "王主任", Bilingual::same("群众要求"));
    let act = super::super::Act { window: None, session: None, rulebook: None, body: Body::Access(said) };
    assert_eq!(aside.forget(&[(4, 4)], "群众要求", vec![act], 40).unwrap(), 1);
    assert!(left().is_empty());
    assert!(matches!(show(&mut aside, second).unwrap_err(), UnmaskFault::Refused(Refusal::Without(4))));
    for key in [None, Some(&key())] {
        assert_eq!(faults(folder.path(), key), [""; 0]);
    }
    // The text of the first is still there, masked.
    let reader = Reader::open_with(folder.path(), Some(&key())).unwrap();
    let event = reader.event(3).unwrap().unwrap();
    assert!(event.body.unwrap().contains("电话＊＊＊"));
}

#[test]
fn what_is_heard_no_longer_takes_what_was_masked_in_it_along() {
    let folder = kept(Some(&key()));
    let mut aside = aside(&folder);
    assert_eq!(aside.forget_heard(DAY_US, "too old", 2 * DAY_US).unwrap(), 1);
    assert_eq!(state_of(folder.path(), "SELECT CAST(seq AS TEXT) FROM original"), ["4"]);
    assert_eq!(faults(folder.path(), Some(&key())), [""; 0]);
}

#[test]
fn a_copy_has_it_too_and_a_journal_of_the_third_form_gets_a_place_for_it() {
    let folder = kept(Some(&key()));
    let copy = tempfile::tempdir().unwrap();
    Reader::open(folder.path()).unwrap().copy_into(copy.path()).unwrap();
    assert_eq!(faults(copy.path(), Some(&key())), [""; 0]);
    assert_eq!(state_of(copy.path(), "SELECT CAST(seq AS TEXT) FROM original"), ["3", "4"]);
    let folder = kept(None);
    let older = "DROP TABLE original; PRAGMA user_version = 3";
    Connection::open(database(folder.path())).unwrap().execute_batch(older).unwrap();
    let fault = Reader::open(folder.path()).unwrap_err().to_string();
    assert!(fault.contains("form 3"), "{fault}");
    let mut journal = Journal::open_with(folder.path(), "an engine", Some(&key())).unwrap();
    journal.append(&[heard(NUMBER, 2 * DAY_US)]).unwrap();
    let seq = journal.last_seq();
    assert_eq!(state_of(folder.path(), "SELECT CAST(seq AS TEXT) FROM original"), [seq.to_string()]);
    assert_eq!(faults(folder.path(), Some(&key())), [""; 0]);
}

//! People who do something beside the service, and journals of the first form.

use std::path::Path;

use rusqlite::Connection;

use super::super::folder::database;
use super::super::{Act, Aside, Journal, JournalFault, Period, Reader, Store};
use super::support::{begun, clock, draft, filled, finding, gap, quiet, state_of, verdict};
use crate::conduct::Severity;
use crate::ledger::duty::DutyKind;
use crate::ledger::event::{
    AppealBody, Body, DecisionBody, Draft, DutyBody, GapBody, Kind, ReviewBody, Ruling, RunEnded,
};
use crate::ledger::score::Review;
use crate::units::WindowId;

pub fn sign_in(folder: &Path, window: &str, wall_us: i64) -> Vec<u64> {
    let body = DutyBody { kind: DutyKind::SignIn, clerk: "0231".into(), by: "0231".into(), wall_us };
    act(folder, vec![of(window, Body::Duty(body))])
}

fn of(window: &str, body: Body) -> Act {
    Act { window: Some(WindowId::new(window)), session: None, rulebook: None, body }
}

fn act(folder: &Path, acts: Vec<Act>) -> Vec<u64> {
    Aside::open(folder).unwrap().act(1, |_| Ok::<_, JournalFault>(acts)).unwrap()
}

#[test]
fn a_service_goes_on_behind_what_people_did_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(folder.path(), "an engine").unwrap();
    journal.append(&[begun(&journal), clock("1", 0, 1_000_000), finding("1", 16_000, "confirmed")]).unwrap();
    assert_eq!(sign_in(folder.path(), "1", 5), [4]);
    assert_eq!(sign_in(folder.path(), "2", 6), [5]);
    journal.append(&[quiet("1", 32_000)]).unwrap();
    assert_eq!(journal.last_seq(), 6);
    let review = ReviewBody {
        finding: 3,
        ruling: Ruling::Upheld,
        by: "王".into(),
        reason: String::new(),
        appeal_until_us: 9,
    };
    let appeal = AppealBody { finding: 3, by: "0231".into(), text: "不是我".into(), decide_until_us: 9 };
    let decision =
        DecisionBody { finding: 3, ruling: Ruling::Dismissed, by: "赵".into(), reason: "听不清".into() };
    let cases = [
        (Body::Review(review), Review::Upheld),
        (Body::Appeal(appeal), Review::Appealed),
        (Body::Decision(decision), Review::Dismissed),
    ];
    for (body, expected) in cases {
        act(folder.path(), vec![of("1", body)]);
        let reader = Reader::open(folder.path()).unwrap();
        assert_eq!(reader.rows().case(3).unwrap().review(), expected);
        let all = reader.rows().cases(Period { from_us: i64::MIN, until_us: i64::MAX }).unwrap();
        assert_eq!(all[&3].review(), expected);
        assert!(verdict(folder.path()).is_sound(), "{:?}", verdict(folder.path()));
    }
    journal.append(&[quiet("1", 48_000), draft(None, None, Body::RunEnded(RunEnded::default()))]).unwrap();
    drop(journal);
    // Nobody writes now, and the run after it is still known to have ended in order.
    sign_in(folder.path(), "1", 7);
    let journal = Journal::open(folder.path(), "an engine").unwrap();
    assert_eq!((journal.run(), journal.broken_off(), journal.last_seq()), (2, None, 12));
    assert!(verdict(folder.path()).is_sound());
}

#[test]
fn what_is_refused_writes_nothing_and_an_empty_journal_takes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let absent = Aside::open(folder.path()).unwrap_err();
    assert!(matches!(absent, JournalFault::Absent { .. }), "{absent}");
    let mut journal = Journal::open(folder.path(), "an engine").unwrap();
    let act = of("1", Body::Gap(GapBody { why: "lost".into() }));
    let refused = Aside::open(folder.path()).unwrap().act(1, |_| Ok::<_, JournalFault>(vec![act.clone()]));
    assert!(matches!(refused, Err(JournalFault::Absent { .. })), "{refused:?}");
    journal.append(&[begun(&journal)]).unwrap();
    let refuse = JournalFault::Absent { path: "refused".into() };
    Aside::open(folder.path()).unwrap().act(1, |_| Err::<Vec<Act>, _>(refuse)).unwrap_err();
    assert_eq!(Reader::open(folder.path()).unwrap().rows().last_seq().unwrap(), 1);
}

#[test]
fn what_an_alert_rests_on_is_held_from_the_review_that_upheld_it_to_the_last_word() {
    let folder = filled(3);
    let all = Period { from_us: i64::MIN, until_us: i64::MAX };
    let finding = Reader::open(folder.path()).unwrap().rows().findings(all).unwrap()[1].id;
    let standings = |now_us| {
        let reader = Reader::open(folder.path()).unwrap();
        [1, 2, 3, 4].map(|alert| reader.rows().standing(alert, now_us).unwrap())
    };
    let held = |now_us| standings(now_us).map(|standing| standing.held);
    let severities = standings(0).map(|standing| standing.severity);
    let major = Some(Severity::Major);
    assert_eq!(severities, [major, major, major, None], "of the fourth nobody knows anything");
    assert_eq!(held(0), [false; 4], "nobody reviewed them");
    let step = |body| drop(act(folder.path(), vec![of("1", body)]));
    let by = || "0231".to_owned();
    let ruling = Ruling::Upheld;
    step(Body::Review(ReviewBody { finding, ruling, by: by(), reason: String::new(), appeal_until_us: 100 }));
    let second_held = [false, true, false, false];
    assert_eq!((held(100), held(101)), (second_held, [false; 4]), "as long as it may be appealed");
    step(Body::Appeal(AppealBody { finding, by: by(), text: String::new(), decide_until_us: 200 }));
    assert_eq!(held(i64::MAX), second_held, "whoever has to decide is late");
    let open = || Reader::open(folder.path()).unwrap().rows().open_cases(300).unwrap();
    assert_eq!(open().len(), 1);
    let heard = |window: &str, wall_us: i64| {
        let body = r#"{"channel":0,"role":"clerk","text":"您","times":[[0,1]],"probabilities":[1],"syllables":["nin"],
            "log_prob":-0.5,"goes_on":false,"level_dbfs":-25,"scores":[]}"#;
        let body = Body::parse(Kind::Heard, body).unwrap();
        Draft { wall_us, ..draft(Some(window), Some((0, 1)), body) }
    };
    let (minute, at) = (60_000_000, open()[0].1);
    let mut journal = Journal::open(folder.path(), "an engine").unwrap();
    let said =
        [("1", at - minute - 1), ("1", at - minute), ("2", at), ("1", at + minute), ("1", at + minute + 1)];
    journal.append(&said.map(|(window, wall_us)| heard(window, wall_us))).unwrap();
    let first = journal.last_seq() - 4;
    let forget = |before_us| {
        Aside::open(folder.path()).unwrap().forget_heard(before_us, "its time is over", 300).unwrap()
    };
    assert_eq!((forget(at - minute - 1), forget(at + minute + 1), forget(at + minute + 1)), (0, 2, 0));
    let left =
        format!("SELECT CAST(seq - {first} AS TEXT) FROM event WHERE kind = 'heard' AND body IS NOT NULL");
    assert_eq!(
        state_of(folder.path(), &left),
        ["1", "3", "4"],
        "around what is under appeal, and what is young"
    );
    step(Body::Decision(DecisionBody { finding, ruling, by: by(), reason: String::new() }));
    assert_eq!((held(0), open().len()), ([false; 4], 0), "it is decided");
    assert_eq!(forget(i64::MAX), 3);
    let verdict = verdict(folder.path());
    assert_eq!((verdict.faults, verdict.forgotten), (0, 5), "{verdict:?}");
}

#[test]
fn many_at_once_and_the_service_leave_one_sound_chain() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(folder.path(), "an engine").unwrap();
    journal.append(&[begun(&journal), clock("1", 0, 1_000_000)]).unwrap();
    std::thread::scope(|scope| {
        for person in 0..3 {
            let folder = folder.path();
            scope.spawn(move || (0..20).for_each(|n| drop(sign_in(folder, "1", person * 100 + n))));
        }
        for n in 1..=40 {
            journal.append(&[quiet("1", n * 16_000), finding("1", n * 16_000, "confirmed")]).unwrap();
        }
    });
    let verdict = verdict(folder.path());
    assert_eq!((verdict.faults, verdict.events), (0, 2 + 80 + 60), "{verdict:?}");
}

#[test]
fn times_are_told_as_wall_time_and_a_journal_of_the_first_form_gets_them() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(folder.path(), "an engine").unwrap();
    let (second, us) = (16_000, 1_000_000);
    journal.append(&[begun(&journal), clock("1", 0, 100 * us), quiet("1", 5 * second)]).unwrap();
    journal.append(&[gap("1", second, 2 * second), quiet("1", 8 * second)]).unwrap();
    // The clock is set an hour ahead at 8 s.
    journal.append(&[clock("1", 8 * second, 3_708 * us), quiet("1", 10 * second)]).unwrap();
    journal.append(&[gap("2", 0, second)]).unwrap();
    drop(journal);
    let told = || {
        let stretch = "SELECT window || ' ' || start_us || ' ' || end_us FROM stretch ORDER BY first";
        let unheard = "SELECT window || ' ' || start_us || ' ' || end_us FROM unheard ORDER BY seq";
        (state_of(folder.path(), stretch), state_of(folder.path(), unheard))
    };
    let expected = (
        vec!["1 100000000 108000000".to_owned(), "1 3708000000 3710000000".to_owned()],
        vec!["1 101000000 102000000".to_owned()],
    );
    assert_eq!(told(), expected);
    let rows = |from_us, until_us| {
        let reader = Reader::open(folder.path()).unwrap();
        reader.rows().stretches(Period { from_us, until_us }).unwrap().len()
    };
    assert_eq!((rows(0, 100 * us), rows(107 * us, 3_708 * us), rows(0, i64::MAX)), (0, 1, 2));
    first_form(folder.path());
    let older = Reader::open(folder.path()).unwrap_err().to_string();
    assert!(older.contains("earlier version") && older.contains("form 1"), "{older}");
    sign_in(folder.path(), "1", 0);
    assert_eq!(told(), expected, "brought up to date by whoever writes first");
    assert!(verdict(folder.path()).is_sound());
}

/// Takes from a journal what the second form brought.
fn first_form(folder: &Path) {
    let db = Connection::open(database(folder)).unwrap();
    let drop = "DROP TABLE review_step; DROP TABLE duty; DROP TABLE stretch; DROP TABLE unheard;
                DROP TABLE original; DROP TABLE seal; ALTER TABLE event DROP COLUMN sealed;
                PRAGMA user_version = 1;";
    db.execute_batch(drop).unwrap();
}

#[test]
fn every_question_of_a_report_is_answered_by_an_index() {
    use super::super::rows::{
        DUTY, ENCOUNTERS, FINDINGS, LAST_SEQ, NEXT_WINDOW, ONE_FINDING, RULEBOOK, STEPS_OF_ONE,
        STEPS_OF_PERIOD, STEPS_OF_RANGE, STRETCHES, UNHEARD,
    };
    let folder = super::support::filled(2);
    let db = Connection::open(database(folder.path())).unwrap();
    for (sql, indexes) in [
        (FINDINGS, &["finding_wall (wall_us>? AND wall_us<?)"][..]),
        (ENCOUNTERS, &["encounter_wall (wall_us>? AND wall_us<?)"]),
        (STRETCHES, &["stretch_end (end_us>?)"]),
        (UNHEARD, &["unheard_end (end_us>?)"]),
        (DUTY, &["duty_wall (wall_us>? AND wall_us<?)"]),
        (STEPS_OF_PERIOD, &["finding_wall (wall_us>? AND wall_us<?)", "review_step_finding (finding=?)"]),
        (STEPS_OF_RANGE, &["review_step_finding (finding>? AND finding<?)"]),
        (LAST_SEQ, &["SEARCH event"]),
        (RULEBOOK, &["INTEGER PRIMARY KEY (rowid=?)"]),
        (NEXT_WINDOW, &["PRIMARY KEY (window>?)"]),
        (ONE_FINDING, &["INTEGER PRIMARY KEY (rowid=?)"]),
        (STEPS_OF_ONE, &["review_step_finding (finding=?)"]),
    ] {
        let mut plan = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let count = plan.parameter_count();
        let rows = plan.query_map(rusqlite::params_from_iter(vec![0; count]), |row| row.get::<_, String>(3));
        let steps: Vec<String> = rows.unwrap().map(Result::unwrap).collect();
        let told = steps.join("\n");
        assert!(!told.contains("SCAN"), "{sql}\n{told}");
        for index in indexes {
            assert!(told.contains(index), "{sql}\n{told}");
        }
    }
}

//! What was masked, over HTTP: two people, whoever they say they are, and a day.

use std::sync::Arc;

use sansheng::access::{NewPerson, Role};
use sansheng::conduct::CompiledBook;
use sansheng::conduct::rulebook::{Rulebook, Setting};
use sansheng::ledger::unmask::Original;
use sansheng::ledger::{Body, Draft, Journal, Key, Kind, Reader, Store};
use sansheng::units::{SessionTime, Span, WindowId};
use serde_json::json;

use super::support::{Answer, Hall, Known, NOW_US};

const NUMBER: &str = "13800138000";

fn key() -> Key {
    Key::of(&[7; 32])
}

/// A hall whose journal has two events in which a number is masked, at the windows 1 and 2; gives their numbers.
fn hall() -> (Hall, [u64; 2]) {
    let hall = Hall::with(|dashboard| dashboard.config.key = Some(key()));
    let rules = Rulebook::of_sources(Vec::new(), &Setting::default()).expect("no rules");
    let book = Arc::new(CompiledBook::compile(rules).expect("no rules"));
    let masked = format!("电话{}", "＊".repeat(NUMBER.len()));
    let body = format!(
        r#"{{"channel":0,"role":"clerk","text":"{masked}","times":[],"probabilities":[],"syllables":[],"log_prob":-0.5,"goes_on":false,"level_dbfs":-25,"scores":[]}}"#
    );
    let heard = |window| Draft {
        window: Some(WindowId::new(window)),
        session: Some(Span { start: SessionTime(0), end: SessionTime(1) }),
        wall_us: NOW_US,
        book: Arc::clone(&book),
        body: Body::parse(Kind::Heard, &body).expect("a body"),
        original: Original::between([("/text", format!("电话{NUMBER}").as_str(), masked.as_str())]),
    };
    let data = hall.folder.path().join("data");
    let mut journal = Journal::open_with(&data, "of a test", Some(&key())).expect("a journal");
    journal.append(&[heard("1"), heard("2")]).expect("room for a journal");
    let last = journal.last_seq();
    (hall, [last - 1, last])
}

fn post(hall: &Hall, known: &Known, path: &str, body: serde_json::Value) -> Answer {
    let answer = hall.ask(known, "POST", &format!("/api/v1/unmaskings{path}"), Some(&body));
    assert!(path.ends_with("/show") || !answer.body.contains(NUMBER), "{answer:?}");
    answer
}

#[test]
fn a_supervisor_grants_what_a_reviewer_asks_for_and_nobody_grants_their_own() {
    let (hall, [event, _]) = hall();
    let known = |name: &str, role| hall.session(&hall.add(name, role).0);
    let asking = hall.add("王五", Role::Reviewer).0;
    let (reviewer, supervisor) = (hall.session(&asking), known("赵六", Role::Supervisor));
    let admin = known("管理", Role::Admin);
    let asked = post(&hall, &reviewer, "", json!({"event": event, "why": "投诉"}));
    assert_eq!(asked.status, 200, "{asked:?}");
    let id = asked.json()["id"].as_u64().expect("a number");
    let at = |step: &str| format!("/{id}/{step}");
    let refused = |known: &Known, path: &str, said: &str| {
        let answer = post(&hall, known, path, json!({}));
        assert!(answer.status == 409 && answer.body.contains(said), "{path}: {answer:?}");
    };
    refused(&reviewer, &at("show"), "尚未批准");
    assert_eq!(post(&hall, &reviewer, &at("grant"), json!({})).problem(), "not-allowed");
    let again = post(&hall, &reviewer, "", json!({"event": event, "why": "投诉"}));
    assert!(again.status == 409 && again.body.contains("您已申请过"), "{again:?}");
    // Who says so in the body is refused, not believed.
    let as_another = post(&hall, &admin, &at("grant"), json!({"who": "赵六"}));
    assert_eq!(as_another.status, 422, "{as_another:?}");
    let waiting = hall.ask(&supervisor, "GET", "/api/v1/unmaskings", None).json();
    let first = &waiting["items"][0];
    assert_eq!(
        (&first["by"], &first["may_answer"], &first["mine"]),
        (&"王五".into(), &true.into(), &false.into())
    );
    let granted = post(&hall, &supervisor, &at("grant"), json!({"why": "同意"}));
    assert_eq!((granted.status, &granted.json()["standing"]), (200, &"granted".into()));
    refused(&supervisor, &at("show"), "只有申请人 王五 可以查看");
    refused(&admin, &at("refuse"), "赵六 已批复");
    let shown = post(&hall, &reviewer, &at("show"), json!({}));
    assert_eq!(shown.json()["fields"][0]["text"], format!("电话{NUMBER}"), "{shown:?}");
    // Sessions are over sooner than that.
    hall.wait_s(24 * 3_600);
    assert_eq!(
        post(&hall, &hall.session(&asking), &at("show"), json!({})).status,
        200,
        "the day is not over"
    );
    hall.wait_s(1);
    refused(&hall.session(&asking), &at("show"), "查看期限已过");
    let supervisor = known("孙七", Role::Supervisor);
    // A supervisor asks and cannot grant it.
    let own = post(&hall, &supervisor, "", json!({"event": event, "why": "投诉"}));
    let id = own.json()["id"].as_u64().expect("a number");
    refused(&supervisor, &format!("/{id}/grant"), "须由他人批复");
    let audit = hall.ask(&supervisor, "GET", "/api/v1/audit", None).json();
    let told: Vec<String> = audit["items"]
        .as_array()
        .expect("items")
        .iter()
        .rev()
        .map(|item| {
            format!(
                "{} {} {}",
                item["what"].as_str().unwrap_or(""),
                item["who"].as_str().unwrap_or(""),
                item["why"].as_str().unwrap_or("")
            )
        })
        .collect();
    let expected =
        ["unmask-ask 王五", "unmask-grant 赵六", "unmask-show 王五", "unmask-show 王五", "unmask-ask 孙七"];
    let told: Vec<&String> = told.iter().filter(|line| line.starts_with("unmask-")).collect();
    assert_eq!(told.len(), expected.len(), "{told:?}");
    for (told, expected) in told.iter().zip(expected) {
        assert!(told.starts_with(expected) && told.contains(&format!("event {event}")), "{told}");
    }
    let reader = Reader::open_with(&hall.folder.path().join("data"), Some(&key())).expect("a journal");
    assert!(reader.verify().expect("it can be read").is_sound());
}

#[test]
fn one_person_with_two_accounts_is_one_person() {
    let (hall, [event, _]) = hall();
    let known = |name: &str, staff: Option<&str>| {
        let (name, staff) = (name.to_owned(), staff.map(str::to_owned));
        let new = NewPerson { name, role: Role::Supervisor, staff, windows: None };
        let (person, password) = hall.people.add(&new, hall.now_us()).expect("a person");
        let secret = hall.people.sign_in(person.id, hall.now_us()).expect("a session");
        let change = hall.people.change_password(&person, (&password, "又长又好记的一个密码"), &secret);
        assert!(change.expect("a password"));
        hall.session(&hall.people.person(person.id).expect("a list").expect("a person"))
    };
    // The calendar has 张三 as 0231.
    let (named, numbered) = (known("张三", None), known("某人", Some("0231")));
    let asked = post(&hall, &named, "", json!({"event": event, "why": "投诉"})).json();
    assert_eq!(asked["by"], "0231");
    let id = asked["id"].as_u64().expect("a number");
    let own = post(&hall, &numbered, &format!("/{id}/grant"), json!({}));
    assert!(own.status == 409 && own.body.contains("须由他人批复"), "{own:?}");
}

#[test]
fn what_one_may_not_see_is_not_there() {
    let (hall, [first, second]) = hall();
    let new = NewPerson {
        name: "一号".to_owned(),
        role: Role::Supervisor,
        staff: None,
        windows: Some(vec!["1".to_owned()]),
    };
    let (person, password) = hall.people.add(&new, hall.now_us()).expect("a person");
    let secret = hall.people.sign_in(person.id, hall.now_us()).expect("a session");
    let change = hall.people.change_password(&person, (&password, "又长又好记的一个密码"), &secret);
    assert!(change.expect("a password"));
    let bounded = hall.session(&hall.people.person(person.id).expect("a list").expect("a person"));
    let reviewer = hall.session(&hall.add("王五", Role::Reviewer).0);
    let other = hall.session(&hall.add("孙七", Role::Reviewer).0);
    let ask = |known: &Known, event: u64| post(&hall, known, "", json!({"event": event, "why": "投诉"}));
    assert_eq!(ask(&bounded, second).status, 404, "the other window");
    assert_eq!(ask(&bounded, 9_999).status, 404);
    let id = ask(&reviewer, second).json()["id"].as_u64().expect("a number");
    assert_eq!(ask(&reviewer, first).status, 200);
    assert_eq!(post(&hall, &bounded, &format!("/{id}/grant"), json!({})).status, 404);
    let listed = |known: &Known| {
        let page = hall.ask(known, "GET", "/api/v1/unmaskings?all=true", None).json();
        page["items"].as_array().expect("items").len()
    };
    assert_eq!((listed(&bounded), listed(&reviewer), listed(&other)), (1, 2, 0));
    assert_eq!(post(&hall, &other, &format!("/{id}/show"), json!({})).status, 404, "another's request");
    let clerk = hall.session(&hall.add("张三", Role::Clerk).0);
    for known in [clerk, hall.token()] {
        assert_eq!(ask(&known, first).problem(), "not-allowed");
    }
}

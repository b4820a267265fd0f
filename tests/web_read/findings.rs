//! Findings: lists, one, marks, reviews and appeals.

use sansheng::access::{NewPerson, Role};
use serde_json::{Value, json};

use crate::hall::Hall;
use crate::support::{Known, NOW_US};

fn ids(page: &Value) -> Vec<u64> {
    let items = page["items"].as_array().expect("items").iter();
    items.map(|item| item["id"].as_u64().expect("an id")).collect()
}

#[test]
fn pages_follow_each_other_in_every_order_without_a_gap_and_without_a_double() {
    let hall = Hall::start();
    let known = hall.known("复核", Role::Reviewer);
    let mut all: Vec<u64> =
        (0..7).map(|n| hall.rude(if n % 2 == 0 { "1" } else { "2" }, 10 + n * 30)).collect();
    for order in ["oldest", "newest", "severity"] {
        let (mut seen, mut after) = (Vec::new(), String::new());
        loop {
            let page = hall.get(&known, &format!("/api/v1/findings?order={order}&limit=3{after}"));
            seen.extend(ids(&page));
            match page["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => break,
            }
        }
        if order != "oldest" {
            seen.reverse();
        }
        assert_eq!(seen, all, "{order}");
    }
    all.retain(|id| ids(&hall.get(&known, "/api/v1/findings?window=1")).contains(id));
    assert_eq!(all.len(), 4);
}

#[test]
fn filters_leave_what_they_name() {
    let hall = Hall::start();
    let known = hall.known("主管", Role::Supervisor);
    let (first, second) = (hall.rude("1", 10), hall.rude("2", 60));
    let review = hall.web.ask(
        &known,
        "POST",
        &format!("/api/v1/findings/{second}/review"),
        Some(&json!({"ruling": "upheld"})),
    );
    assert_eq!(review.status, 200, "{review:?}");
    let at = NOW_US + 30_000_000;
    for (query, expected) in [
        (String::new(), vec![second, first]),
        (format!("from_us={at}"), vec![second]),
        (format!("to_us={at}"), vec![first]),
        ("window=2".to_owned(), vec![second]),
        ("window=1,2".to_owned(), vec![second, first]),
        ("clerk=0231".to_owned(), vec![first]),
        ("clerk=-".to_owned(), vec![second]),
        ("severity=major".to_owned(), vec![second, first]),
        ("severity=note,critical".to_owned(), vec![]),
        ("provision=P53".to_owned(), vec![second, first]),
        ("provision=P30".to_owned(), vec![]),
        ("kind=missing".to_owned(), vec![]),
        ("state=confirmed".to_owned(), vec![second, first]),
        ("state=held".to_owned(), vec![]),
        ("review=upheld".to_owned(), vec![second]),
        ("review=unreviewed".to_owned(), vec![first]),
        ("q=实践".to_owned(), vec![second, first]),
        ("q=NO%20TIME".to_owned(), vec![second, first]),
        ("q=等等".to_owned(), vec![]),
    ] {
        let page = hall.get(&known, &format!("/api/v1/findings?{query}"));
        assert_eq!(ids(&page), expected, "{query}");
    }
    for query in
        ["order=best", "limit=0", "limit=201", "after=x", "severity=bad", "review=maybe", "colour=red"]
    {
        let answer = hall.web.ask(&known, "GET", &format!("/api/v1/findings?{query}"), None);
        assert_eq!((answer.status, answer.problem().as_str()), (422, "unfit"), "{query}");
    }
}

#[test]
fn one_finding_comes_with_all_that_it_rests_on() {
    let hall = Hall::start();
    let known = hall.known("复核", Role::Reviewer);
    let encounter = hall.visit("1", 100, 160);
    let id = hall.rude("1", 120);
    let overlaps = hall.rude("1", 120);
    let found = hall.get(&known, &format!("/api/v1/findings/{id}"));
    let at = |second: i64| NOW_US + second * 1_000_000;
    for (pointer, expected) in [
        ("/id", json!(id)),
        ("/window", json!("1")),
        ("/wall_us", json!(at(120))),
        ("/title", json!("冷漠：没时间")),
        ("/title_en", json!("No time")),
        ("/severity", json!("major")),
        ("/phrase", json!("没时间")),
        ("/heard", json!("没实践")),
        ("/sureness", json!(0.97)),
        ("/clerk", json!({"id": "0231", "name": "张三"})),
        ("/review", json!("unreviewed")),
        ("/group", json!(id)),
        ("/weight", json!(5)),
        ("/advice", json!("请稍等。")),
        ("/reason", json!("said in these sounds")),
        // Of a finding that an earlier version noted in English alone.
        ("/reason_zh", json!("读音相同")),
        ("/evidence/source", json!("syllables")),
        ("/explanation/1", json!({"said": "时", "heard": "实", "cost": 0.0, "slot": false})),
        (
            "/cites",
            json!([{"standard": "S9", "title": "标准", "article": "一", "quote": "", "text": "不得说没时间。"}]),
        ),
        ("/transcript/0/ch", json!("没")),
        ("/transcript/0/start_us", json!(at(120))),
        ("/transcript/0/in_phrase", json!(true)),
        ("/clip", Value::Null),
        ("/steps", json!([])),
        ("/deadline", json!({"for": "appeal", "until_us": at(120) + 7 * 86_400_000_000})),
        ("/may/review", json!(true)),
        ("/may/appeal", json!(false)),
        ("/may/decide", json!(false)),
        ("/encounter", json!({"id": encounter, "start_us": at(100), "end_us": at(160)})),
    ] {
        assert_eq!(found.pointer(pointer), Some(&expected), "{pointer} of {found:#}");
    }
    assert!(found["alert"].is_u64() && found["no_clip"].is_string() && found["rulebook"].is_string());
    assert_eq!(hall.get(&known, &format!("/api/v1/findings/{overlaps}"))["group"], id);
}

#[test]
fn what_somebody_has_looked_at_is_marked_for_them_alone() {
    let hall = Hall::start();
    let (one, other) = (hall.known("甲", Role::Reviewer), hall.known("乙", Role::Reviewer));
    let (first, second) = (hall.rude("1", 10), hall.rude("1", 60));
    let mark = |read: bool| {
        let path = format!("/api/v1/findings/{first}/read");
        assert_eq!(hall.web.ask(&one, "PUT", &path, Some(&json!({"read": read}))).status, 204);
    };
    mark(true);
    let page = hall.get(&one, "/api/v1/findings?unread=1");
    assert_eq!((ids(&page), &page["unread"]), (vec![second], &json!(1)));
    assert_eq!(hall.get(&one, &format!("/api/v1/findings/{first}"))["read"], true);
    assert_eq!(hall.get(&other, "/api/v1/findings")["unread"], 2);
    mark(false);
    assert_eq!(hall.get(&one, "/api/v1/findings")["unread"], 2);
}

#[test]
fn a_case_goes_its_way_and_whoever_may_not_take_a_step_is_told_why() {
    let hall = Hall::start();
    let reviewer = hall.known("王五", Role::Reviewer);
    let (clerk, head) = (hall.known("张三", Role::Clerk), hall.known("赵六", Role::Supervisor));
    let id = hall.rude("1", 10);
    let act = |known: &Known, what: &str, body: Value| {
        hall.web.ask(known, "POST", &format!("/api/v1/findings/{id}/{what}"), Some(&body))
    };
    let refused = |answer: crate::support::Answer| (answer.status, answer.problem());
    let no = |status: u16, problem: &str| (status, problem.to_owned());
    assert_eq!(
        refused(act(&clerk, "review", json!({"ruling": "dismissed", "reason": "x"}))),
        no(403, "not-allowed")
    );
    assert_eq!(
        refused(act(&reviewer, "review", json!({"ruling": "dismissed", "reason": " "}))),
        no(409, "refused")
    );
    assert_eq!(refused(act(&reviewer, "review", json!({"ruling": "maybe"}))), no(422, "unfit"));
    let upheld = act(&reviewer, "review", json!({"ruling": "upheld", "reason": "听过"}));
    assert_eq!((upheld.status, &upheld.json()["review"]), (200, &json!("upheld")), "{upheld:?}");
    let own = hall.get(&clerk, &format!("/api/v1/findings/{id}"));
    assert_eq!(own["may"]["appeal"], true, "{own:#}");
    assert_eq!(
        refused(act(&head, "appeal", json!({"text": "不是"}))),
        no(409, "refused"),
        "it is not theirs"
    );
    let appealed = act(&clerk, "appeal", json!({"text": "不是我说的"})).json();
    assert_eq!((&appealed["review"], &appealed["deadline"]["for"]), (&json!("appealed"), &json!("decision")));
    assert_eq!(
        refused(act(&reviewer, "decision", json!({"ruling": "upheld", "reason": "x"}))),
        no(403, "not-allowed")
    );
    let decided = act(&head, "decision", json!({"ruling": "dismissed", "reason": "听不清"})).json();
    let steps = decided["steps"].as_array().expect("steps");
    let told: Vec<[&str; 3]> = steps
        .iter()
        .map(|step| ["what", "who", "text"].map(|key| step[key].as_str().expect("text")))
        .collect();
    let expected =
        [["review", "王五", "听过"], ["appeal", "0231", "不是我说的"], ["decision", "赵六", "听不清"]];
    assert_eq!(told, expected);
    assert_eq!(decided["review"], "dismissed");
}

#[test]
fn of_many_that_are_reviewed_at_once_each_is_done_or_refused_by_itself() {
    let hall = Hall::start();
    let known = hall.known("王五", Role::Reviewer);
    let (first, second) = (hall.rude("1", 10), hall.rude("1", 60));
    let bulk = |ids: &[u64]| {
        let body = json!({"ids": ids, "ruling": "upheld"});
        hall.web.ask(&known, "POST", "/api/v1/reviews", Some(&body))
    };
    assert_eq!(bulk(&[first]).json(), json!({"done": [first], "refused": []}));
    let both = bulk(&[first, second, 999_999]).json();
    assert_eq!(both["done"], json!([second]));
    let refused: Vec<u64> = both["refused"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| one["id"].as_u64().expect("an id"))
        .collect();
    assert_eq!(refused, [first, 999_999]);
    assert_eq!(bulk(&vec![1; 201]).status, 422);
}

#[test]
fn what_one_may_not_see_is_not_there() {
    let hall = Hall::start();
    let (own, others) = (hall.rude("1", 10), hall.rude("2", 60));
    let clerk = hall.known("张三", Role::Clerk);
    let new = NewPerson {
        name: "二号".to_owned(),
        role: Role::Reviewer,
        staff: None,
        windows: Some(vec!["2".to_owned()]),
    };
    let (person, password) = hall.web.people.add(&new, NOW_US).expect("a person");
    let secret = hall.web.people.sign_in(person.id, NOW_US).expect("a session");
    let changed = hall.web.people.change_password(&person, (&password, "又长又好记的一个密码"), &secret);
    assert!(changed.expect("a password"));
    let second = Known::Session { cookie: secret.text().into(), csrf: secret.derived("csrf") };
    assert_eq!(ids(&hall.get(&second, "/api/v1/findings")), [others]);
    let status = |known: &Known, method: &str, path: String, body: Option<Value>| {
        hall.web.ask(known, method, &path, body.as_ref()).status
    };
    for (known, seen, hidden) in [(&clerk, own, others), (&second, others, own)] {
        assert_eq!(status(known, "GET", format!("/api/v1/findings/{seen}"), None), 200);
        for (method, what, body) in [
            ("GET", "", None),
            ("GET", "/clip", None),
            ("PUT", "/read", Some(json!({"read": true}))),
            ("POST", "/appeal", Some(json!({"text": "x"}))),
        ] {
            assert_eq!(
                status(known, method, format!("/api/v1/findings/{hidden}{what}"), body),
                404,
                "{what}"
            );
        }
    }
    let review = Some(json!({"ruling": "upheld"}));
    assert_eq!(status(&second, "POST", format!("/api/v1/findings/{own}/review"), review), 404);
    assert_eq!(status(&second, "GET", "/api/v1/findings?window=1".to_owned(), None), 403);
}

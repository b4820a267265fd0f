//! What other programs tell: tickets and calls, sign-ins.

use sansheng::access::Role;
use serde_json::{Value, json};

use crate::hall::Hall;
use crate::support::{Answer, NOW_US, Request};

fn send(hall: &Hall, body: &str) -> Answer {
    let mut request = Request::new("POST", "/api/v1/events");
    hall.web.token().show(&mut request);
    request.body(body).send(hall.web.address())
}

#[test]
fn events_are_taken_all_or_none_and_a_faulty_line_is_named() {
    let hall = Hall::start();
    let good = "{\"event\":\"ticket-called\",\"window\":\"1\",\"ticket\":\"A012\",\"at\":\"2026-11-22T08:00:10+08:00\"}\n\n\
        {\"event\":\"ring\",\"window\":\"2\"}\n";
    let taken = send(&hall, good);
    assert_eq!((taken.status, taken.json()), (202, json!({"taken": 2})));
    let pretty = "{\n  \"event\": \"ring\",\n  \"window\": \"1\"\n}";
    assert_eq!(send(&hall, pretty).status, 202);
    for (body, named) in [
        (format!("{good}{{\"event\":\"rang\",\"window\":\"1\"}}"), "line 4"),
        ("{\"event\":\"ring\",\"window\":\"9\"}".to_owned(), "`9`"),
        ("ring".to_owned(), "line 1"),
        (String::new(), "0 events"),
    ] {
        let answer = send(&hall, &body);
        assert_eq!((answer.status, answer.problem().as_str()), (422, "unfit"), "{body}");
        assert!(answer.body.contains(named), "{answer:?}");
    }
    let reported = hall.reported.lock().expect("no test failed");
    let told: Vec<(&str, &str)> =
        reported.iter().map(|report| (report.window.as_str(), report.kind.name())).collect();
    assert_eq!(told, [("1", "ticket-called"), ("2", "ring"), ("1", "ring")]);
    let now_s = NOW_US as f64 / 1e6;
    assert!(matches!(reported[1].at, sansheng::reports::ReportedAt::Wall(at) if at == now_s));
}

#[test]
fn who_signs_in_sits_there_from_then_on() {
    let hall = Hall::start();
    let known = hall.known("主管", Role::Supervisor);
    let tell = |body: Value| hall.web.ask(&known, "POST", "/api/v1/duty", Some(&body));
    let told = tell(json!({"window": "2", "clerk": "李四", "kind": "sign-in"}));
    assert_eq!((told.status, &told.json()["clerk"]["id"]), (200, &json!("0007")), "{told:?}");
    let id = hall.rude("2", 60);
    assert_eq!(hall.get(&known, &format!("/api/v1/findings/{id}"))["clerk"]["name"], "李四");
    let out = tell(json!({"window": "2", "clerk": "0007", "kind": "sign-out"})).json();
    assert!(out["clerk"].is_null() && out["unassigned"].is_string(), "{out}");
    for body in [
        json!({"window": "9", "clerk": "0007", "kind": "sign-in"}),
        json!({"window": "2", "clerk": " ", "kind": "sign-in"}),
        json!({"window": "2", "clerk": "0007", "kind": "lunch"}),
        json!({"window": "2", "clerk": "0007", "kind": "sign-in", "at_us": NOW_US + 3_600_000_000_i64}),
    ] {
        assert_eq!(tell(body.clone()).problem(), "unfit", "{body}");
    }
}

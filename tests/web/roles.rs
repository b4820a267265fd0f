//! Who may what: every route of the API for every role.

use std::collections::BTreeSet;

use sansheng::access::Role;
use serde_json::{Value, json};

use super::support::{Hall, Known};

/// Who calls, in the order of the columns: admin, supervisor, reviewer, clerk, another program, a program of this machine. Who
/// shows nothing is `-`, who shows what is none `0`.
const COLUMNS: &str = "asrcim";

/// Method, path, a body, and who may. A number that nobody has answers 404 to those who may, and changes nothing.
fn table() -> Vec<(&'static str, &'static str, Option<Value>, &'static str)> {
    let person = json!({"name": "", "role": "reviewer"});
    vec![
        ("GET", "/api/v1/session", None, "asrc"),
        ("POST", "/api/v1/session", Some(json!({"name": "", "password": ""})), "asrcim-0"),
        ("PUT", "/api/v1/session/password", Some(json!({"old": "x", "new": "y"})), "asrc"),
        ("PUT", "/api/v1/session/settings", Some(json!({"lang": "zh"})), "asrc"),
        ("GET", "/api/v1/hall", None, "asrcim"),
        ("GET", "/api/v1/status", None, "asrim"),
        ("GET", "/api/v1/people", None, "a"),
        ("POST", "/api/v1/people", Some(person), "a"),
        ("PATCH", "/api/v1/people/{id}", Some(json!({})), "a"),
        ("DELETE", "/api/v1/people/{id}", None, "a"),
        ("POST", "/api/v1/people/{id}/password", None, "a"),
        ("GET", "/api/v1/tokens", None, "a"),
        ("POST", "/api/v1/tokens", Some(json!({"name": ""})), "a"),
        ("DELETE", "/api/v1/tokens/{id}", None, "a"),
        ("GET", "/api/v1/audit", None, "as"),
        ("GET", "/api/v1/findings", None, "asr"),
        ("GET", "/api/v1/findings/{id}", None, "asrc"),
        ("GET", "/api/v1/findings/{id}/clip", None, "asrc"),
        ("PUT", "/api/v1/findings/{id}/read", Some(json!({"read": true})), "asrc"),
        ("POST", "/api/v1/findings/{id}/review", Some(json!({"ruling": "upheld"})), "asr"),
        ("POST", "/api/v1/findings/{id}/appeal", Some(json!({"text": "x"})), "asrc"),
        ("POST", "/api/v1/findings/{id}/decision", Some(json!({"ruling": "upheld", "reason": "x"})), "as"),
        ("POST", "/api/v1/reviews", Some(json!({"ids": [], "ruling": "upheld"})), "asr"),
        ("GET", "/api/v1/unmaskings", None, "asr"),
        ("POST", "/api/v1/unmaskings", Some(json!({"event": 999, "why": "x"})), "asr"),
        ("POST", "/api/v1/unmaskings/{id}/grant", Some(json!({})), "as"),
        ("POST", "/api/v1/unmaskings/{id}/refuse", Some(json!({})), "as"),
        ("POST", "/api/v1/unmaskings/{id}/show", None, "asr"),
        ("GET", "/api/v1/encounters", None, "asr"),
        ("GET", "/api/v1/timeline", None, "asr"),
        ("POST", "/api/v1/duty", Some(json!({"window": "9", "clerk": "0231", "kind": "sign-in"})), "asi"),
        ("POST", "/api/v1/events", Some(json!({"event": "ring"})), "asi"),
        ("GET", "/api/v1/wall", None, "asrm"),
        ("GET", "/api/v1/stream", None, "asrcim"),
        ("GET", "/api/v1/scores", None, "as"),
        ("GET", "/api/v1/me/scores", None, "asrc"),
        ("GET", "/api/v1/me/findings", None, "asrc"),
        ("GET", "/api/v1/report.csv", None, "as"),
        ("GET", "/api/v1/report.xlsx", None, "as"),
        ("GET", "/api/v1/report.html", None, "as"),
        ("GET", "/api/v1/rules", None, "asr"),
        ("POST", "/api/v1/rules/try", Some(json!({"sentence": ""})), "asr"),
        ("GET", "/api/v1/rules/hall", None, "asr"),
        ("PUT", "/api/v1/rules/hall", Some(json!({"text": "", "hash": ""})), "as"),
        ("POST", "/api/v1/rules/check", Some(json!({"text": ""})), "asr"),
        ("POST", "/api/v1/rules/what-if", Some(json!({"text": "", "from": "", "to": ""})), "as"),
        ("GET", "/api/v1/rules/near-misses", None, "asr"),
        ("GET", "/api/v1/jobs", None, "as"),
        ("GET", "/api/v1/jobs/{id}", None, "as"),
        ("DELETE", "/api/v1/jobs/{id}", None, "as"),
        ("GET", "/api/v1/recordings", None, "as"),
        ("POST", "/api/v1/recordings", None, "as"),
        ("GET", "/api/v1/recordings/{id}/sound", None, "as"),
        ("GET", "/api/v1/health", None, "asm"),
        ("GET", "/api/v1/webhooks", None, "as"),
        ("POST", "/api/v1/webhooks", Some(json!({"name": "", "url": "", "template": "json"})), "as"),
        ("DELETE", "/api/v1/webhooks/{id}", None, "as"),
        ("GET", "/api/v1/webhooks/{id}/deliveries", None, "as"),
        // The last: it ends the session.
        ("DELETE", "/api/v1/session", None, "asrcim"),
    ]
}

/// Routes that are not in the description: where one is, for programs and people that look for it.
const UNDESCRIBED: [&str; 2] = ["/api/docs", "/api/v1/openapi.json"];

/// Problems of those who may not.
const KEPT_OUT: [&str; 5] = ["not-signed-in", "not-allowed", "must-change-password", "csrf", "out-of-scope"];

#[test]
fn every_route_is_for_those_of_the_table_and_for_nobody_else() {
    let hall = Hall::start();
    let mut callers = Vec::new();
    for (name, role) in
        [("管理", Role::Admin), ("主管", Role::Supervisor), ("复核", Role::Reviewer), ("张三", Role::Clerk)]
    {
        callers.push(hall.session(&hall.add(name, role).0));
    }
    callers.push(hall.token());
    callers.push(Known::Bearer(hall.local.text().to_owned()));
    let mut wrong = Vec::new();
    for (method, path, body, who) in table() {
        let path = path.replace("{id}", "999");
        let mut look = |known: &Known, name: char, may: bool| {
            let answer = hall.ask(known, method, &path, body.as_ref());
            let let_in = !KEPT_OUT.contains(&answer.problem().as_str());
            if let_in != may || answer.status >= 500 {
                wrong.push(format!("{method} {path} as {name}: {} {}", answer.status, answer.body));
            }
        };
        for (known, name) in callers.iter().zip(COLUMNS.chars()) {
            look(known, name, who.contains(name));
        }
        look(&Known::Not, '-', who.contains('-'));
        look(&Known::Bearer("0".repeat(64)), '0', who.contains('0'));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_table_has_every_route_that_is_described_and_each_is_described_whole() {
    let described = serde_json::to_value(sansheng::web::described()).expect("JSON");
    let mut routes = BTreeSet::new();
    for (path, methods) in described["paths"].as_object().expect("paths") {
        for (method, route) in methods.as_object().expect("methods") {
            assert!(route["summary"].as_str().is_some_and(|text| !text.is_empty()), "{method} {path}");
            assert!(route["responses"].as_object().is_some_and(|all| all.len() > 1), "{method} {path}");
            routes.insert((method.to_uppercase(), path.clone()));
        }
    }
    let table: BTreeSet<_> =
        table().iter().map(|(method, path, ..)| ((*method).to_owned(), (*path).to_owned())).collect();
    assert_eq!(routes, table, "routes of openapi.json, and of the table of roles");
    let hall = Hall::start();
    for path in UNDESCRIBED {
        assert_eq!(hall.ask(&Known::Not, "GET", path, None).status, 200, "{path}");
    }
}

#[test]
fn the_table_of_docs_is_the_table_of_the_code() {
    use sansheng::access::Action;
    let docs = include_str!("../../docs/access.md");
    for action in Action::ALL {
        let cells: Vec<&str> =
            Role::ALL.iter().map(|role| if role.may(action) { "yes" } else { "–" }).collect();
        let row = format!("| {} | {} |", action.name(), cells.join(" | "));
        assert!(docs.contains(&row), "docs/access.md has not the row\n{row}");
    }
}

#[test]
fn a_person_sees_the_windows_of_their_scope_and_a_clerk_themselves() {
    use sansheng::access::NewPerson;
    let hall = Hall::start();
    let new = |role, staff: Option<&str>, windows: Option<Vec<String>>| NewPerson {
        name: format!("{role:?}"),
        role,
        staff: staff.map(str::to_owned),
        windows,
    };
    for (new, windows, clerks) in [
        (new(Role::Supervisor, None, None), vec!["1", "2"], vec!["0007", "0231"]),
        (new(Role::Reviewer, None, Some(vec!["2".to_owned()])), vec!["2"], vec!["0007", "0231"]),
        (new(Role::Clerk, Some("0231"), None), vec!["1", "2"], vec!["0231"]),
    ] {
        let (person, password) = hall.people.add(&new, hall.now_us()).expect("a person");
        let secret = hall.people.sign_in(person.id, hall.now_us()).expect("a session");
        let known = Known::Session { cookie: secret.text().into(), csrf: secret.derived("csrf") };
        assert_eq!(hall.ask(&known, "GET", "/api/v1/hall", None).problem(), "must-change-password");
        let change = json!({"old": password, "new": "又长又好记的一个密码"});
        assert_eq!(hall.ask(&known, "PUT", "/api/v1/session/password", Some(&change)).status, 200);
        let seen = hall.ask(&known, "GET", "/api/v1/hall", None).json();
        let ids = |list: &Value| -> Vec<String> {
            let items = list.as_array().expect("a list").iter();
            items.map(|item| item["id"].as_str().expect("an id").to_owned()).collect()
        };
        assert_eq!((ids(&seen["windows"]), ids(&seen["clerks"])), (to_owned(&windows), to_owned(&clerks)));
        assert!(ids(&seen["provisions"]).contains(&"P30".to_owned()) && seen["zone"] == "Asia/Shanghai");
        let status = hall.ask(&known, "GET", "/api/v1/status", None);
        if person.role != Role::Clerk {
            assert_eq!(ids(&status.json()["windows"]), to_owned(&windows));
        }
    }
    let status = hall.ask(&hall.token(), "GET", "/api/v1/status", None);
    assert!(status.json()["windows"][0]["words"] == "" && !status.body.contains('话'), "{status:?}");
    let status = hall.ask(&Known::Bearer(hall.local.text().into()), "GET", "/api/v1/status", None);
    assert_eq!(status.json()["windows"][0]["words"], "已经说了的话");
}

fn to_owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

//! Looking after people and tokens.

use sansheng::access::Role;
use serde_json::json;

use super::support::{Hall, Known};

#[test]
fn an_admin_adds_changes_and_removes_people_and_the_audit_tells() {
    let hall = Hall::start();
    let admin = hall.session(&hall.add("管理", Role::Admin).0);
    let ask = |method: &str, path: &str, body: serde_json::Value| hall.ask(&admin, method, path, Some(&body));
    let new = json!({"name": "王五", "role": "reviewer", "windows": ["1"]});
    let added = ask("POST", "/api/v1/people", new.clone());
    assert_eq!(added.status, 201, "{added:?}");
    let (id, password) = (added.json()["person"]["id"].clone(), added.json()["password"].clone());
    let path = format!("/api/v1/people/{id}");
    for (body, problem) in [
        (new, "refused"),
        (json!({"name": "", "role": "reviewer"}), "unfit"),
        (json!({"name": "a\nb", "role": "reviewer"}), "unfit"),
        (json!({"name": "x", "role": "integration"}), "unfit"),
        (json!({"name": "x", "role": "clerk"}), "unfit"),
        (json!({"name": "x", "role": "king"}), "unfit"),
    ] {
        assert_eq!(ask("POST", "/api/v1/people", body.clone()).problem(), problem, "{body}");
    }
    let signed = json!({"name": "王五", "password": password});
    let sign_in = || hall.ask(&Known::Not, "POST", "/api/v1/session", Some(&signed)).status;
    assert_eq!(sign_in(), 200);
    let changed = ask("PATCH", &path, json!({"role": "clerk", "staff": "0007", "windows": null})).json();
    assert_eq!((&changed["staff"], &changed["windows"]), (&json!("0007"), &json!(null)));
    assert_eq!(ask("PATCH", &path, json!({"staff": null})).problem(), "unfit", "a clerk has a number");
    ask("PATCH", &path, json!({"active": false}));
    assert_eq!(sign_in(), 401, "who is not active does not sign in");
    ask("PATCH", &path, json!({"active": true}));
    let reset = ask("POST", &format!("{path}/password"), json!({})).json();
    assert!(reset["password"].as_str().is_some_and(|new| new.len() == 16) && reset["password"] != password);
    assert_eq!(sign_in(), 401, "the old password is none");
    let everybody = hall.ask(&admin, "GET", "/api/v1/people", None).json();
    assert_eq!(everybody["items"].as_array().map(Vec::len), Some(2));
    assert_eq!(hall.ask(&admin, "DELETE", &path, None).status, 204);
    assert_eq!(hall.ask(&admin, "DELETE", &path, None).status, 404);
    for body in [json!({"role": "supervisor"}), json!({"active": false})] {
        assert_eq!(ask("PATCH", "/api/v1/people/1", body).problem(), "refused", "the last admin stays one");
    }
    assert_eq!(hall.ask(&admin, "DELETE", "/api/v1/people/1", None).problem(), "refused");

    let whys: Vec<String> =
        hall.recorded().into_iter().filter(|[_, who, _]| who == "管理").map(|[_, _, why]| why).collect();
    assert_eq!(
        whys,
        [
            "added 王五 (reviewer, windows 1)",
            "changed to 王五 (clerk, staff 0007)",
            "changed to 王五 (clerk, staff 0007, may not sign in)",
            "changed to 王五 (clerk, staff 0007)",
            "set a new one of 王五",
            "removed 王五 (clerk, staff 0007)",
        ]
    );
    let mut audited = Vec::new();
    let mut after = String::new();
    loop {
        let page = hall.ask(&admin, "GET", &format!("/api/v1/audit?limit=2{after}"), None).json();
        audited.extend(page["items"].as_array().expect("a list").iter().map(|entry| entry["why"].clone()));
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    let mut all: Vec<_> = hall.recorded().into_iter().map(|[_, _, why]| json!(why)).collect();
    all.reverse();
    assert_eq!(audited, all, "the newest first, page by page");
    let last = &hall.ask(&admin, "GET", "/api/v1/audit?limit=1", None).json()["items"][0];
    assert_eq!(last["why_zh"], "删除了 王五（工作人员，工号 0007）", "{last}");
    let nothing = hall.ask(&admin, "GET", "/api/v1/audit?to=2026-11-21", None).json();
    assert_eq!(nothing["items"], json!([]));
}

#[test]
fn a_token_lets_a_program_in_until_it_is_taken_back() {
    let hall = Hall::start();
    let admin = hall.session(&hall.add("管理", Role::Admin).0);
    let made = hall.ask(&admin, "POST", "/api/v1/tokens", Some(&json!({"name": "叫号机", "windows": ["2"]})));
    let (id, token) = (made.json()["id"].clone(), made.json()["token"].as_str().expect("a token").to_owned());
    let program = Known::Bearer(token.clone());
    let seen = hall.ask(&program, "GET", "/api/v1/hall", None).json();
    assert_eq!((&seen["windows"][0]["id"], &seen["clerks"]), (&json!("2"), &json!([])));
    let listed = hall.ask(&admin, "GET", "/api/v1/tokens", None);
    assert!(
        !listed.body.contains(&token) && listed.json()["items"][0]["last_seen_us"].is_i64(),
        "{listed:?}"
    );
    let file = std::fs::read(hall.folder.path().join("data/people.db")).expect("the list of people");
    let secret = token.as_bytes();
    assert!(!file.windows(secret.len()).any(|bytes| bytes == secret), "the token itself is not kept");
    assert_eq!(hall.ask(&admin, "DELETE", &format!("/api/v1/tokens/{id}"), None).status, 204);
    assert_eq!(hall.ask(&program, "GET", "/api/v1/hall", None).status, 401);
}

#[test]
#[cfg(unix)]
fn files_of_people_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let hall = Hall::start();
    for name in ["people.db", "local.token"] {
        let file = std::fs::metadata(hall.folder.path().join("data").join(name)).expect("a file");
        assert_eq!(file.permissions().mode() & 0o777, 0o600, "{name}");
    }
}

//! Signing in and out, and who is kept from it.

use sansheng::access::{ABSOLUTE_LIFE_S, IDLE_LIFE_S, Role};
use serde_json::json;

use super::support::{Answer, Hall, Known, Request};

fn sign_in(hall: &Hall, name: &str, password: &str) -> Answer {
    let body = json!({"name": name, "password": password});
    hall.ask(&Known::Not, "POST", "/api/v1/session", Some(&body))
}

/// The session of an answer to a sign-in.
fn known(answer: &Answer) -> Known {
    let cookie = answer.header("set-cookie").and_then(|cookie| cookie.split([';', '=']).nth(1));
    let csrf = answer.json()["csrf"].as_str().expect("a token").to_owned();
    Known::Session { cookie: cookie.expect("a cookie").to_owned(), csrf }
}

#[test]
fn a_session_is_a_cookie_that_no_script_reads_and_ends_with_the_sign_out() {
    let hall = Hall::start();
    let (_, password) = hall.add("王主任", Role::Supervisor);
    let answer = sign_in(&hall, " 王主任 ", &password);
    let cookie = answer.header("set-cookie").expect("a cookie").to_owned();
    let flags: Vec<&str> = cookie.split("; ").skip(1).collect();
    assert_eq!(flags, ["Max-Age=604800", "Path=/", "HttpOnly", "SameSite=Strict"], "{cookie}");
    let told = answer.json();
    assert_eq!(told["person"]["name"], "王主任");
    assert_eq!((&told["lang"], &told["must_change_password"]), (&json!("zh"), &json!(false)));
    let known = known(&answer);
    let settings = json!({"lang": "en", "sound": false});
    assert_eq!(hall.ask(&known, "PUT", "/api/v1/session/settings", Some(&settings)).status, 204);
    let again = hall.ask(&known, "GET", "/api/v1/session", None).json();
    assert_eq!(
        (&again["lang"], &again["sound"], &again["csrf"]),
        (&json!("en"), &json!(false), &told["csrf"])
    );
    let out = hall.ask(&known, "DELETE", "/api/v1/session", None);
    assert_eq!(out.status, 204);
    assert!(
        out.header("set-cookie").is_some_and(|cookie| cookie.starts_with("sansheng_session=; Max-Age=0"))
    );
    assert_eq!(hall.ask(&known, "GET", "/api/v1/session", None).problem(), "not-signed-in");
}

#[test]
fn sessions_end_when_nobody_uses_them_and_after_a_week() {
    let hall = Hall::start();
    let (person, _) = hall.add("王主任", Role::Supervisor);
    let here = |known: &Known| hall.ask(known, "GET", "/api/v1/session", None).status == 200;
    let known = hall.session(&person);
    hall.wait_s(IDLE_LIFE_S - 1);
    assert!(here(&known), "used again in time");
    hall.wait_s(IDLE_LIFE_S - 1);
    assert!(here(&known), "the use counted");
    hall.wait_s(IDLE_LIFE_S + 1);
    assert!(!here(&known), "idle for too long");
    let known = hall.session(&person);
    for _ in 0..ABSOLUTE_LIFE_S / (IDLE_LIFE_S / 2) {
        assert!(here(&known));
        hall.wait_s(IDLE_LIFE_S / 2);
    }
    hall.wait_s(1);
    assert!(!here(&known), "a week is over, however much it was used");
}

#[test]
fn whoever_guesses_waits_longer_and_longer_and_is_journalled() {
    let hall = Hall::start();
    let (_, password) = hall.add("王主任", Role::Supervisor);
    for _ in 0..5 {
        assert_eq!(sign_in(&hall, "王主任", "a wrong password").problem(), "wrong-password");
    }
    for wait_s in [1, 2, 4] {
        let refused = sign_in(&hall, "王主任", &password);
        assert_eq!((refused.status, refused.problem().as_str()), (429, "too-many-tries"));
        assert_eq!(refused.header("retry-after"), Some(wait_s.to_string().as_str()));
        hall.wait_s(wait_s);
        assert_eq!(sign_in(&hall, "王主任", "wrong again").status, 401);
    }
    hall.wait_s(8);
    assert_eq!(sign_in(&hall, "王主任", &password).status, 200);
    assert_eq!(sign_in(&hall, "my password, in the wrong field", "x").status, 401);
    let recorded = hall.recorded();
    let count = |what: &str, who: &str| recorded.iter().filter(|[w, n, _]| w == what && n == who).count();
    assert_eq!(count("sign-in-refused", "王主任"), 8, "{recorded:?}");
    assert_eq!((count("sign-in", "王主任"), count("sign-in-refused", "?")), (1, 1), "{recorded:?}");
    assert!(recorded.iter().all(|[_, _, why]| why == "from 127.0.0.1"), "{recorded:?}");
}

#[test]
fn a_request_that_another_page_may_have_sent_is_refused() {
    let hall = Hall::start();
    let (person, password) = hall.add("王主任", Role::Supervisor);
    let Known::Session { cookie, csrf } = hall.session(&person) else { panic!("no session") };
    let send = |headers: &[(&str, &str)]| {
        let mut request = Request::new("PUT", "/api/v1/session/settings");
        request.header("Cookie", &format!("a=b; sansheng_session={cookie}")).json(&json!({"lang": "zh"}));
        for (name, value) in headers {
            request.header(name, value);
        }
        request.send(hall.address())
    };
    let token = ("X-CSRF-Token", csrf.as_str());
    for (headers, fine) in [
        (vec![token], true),
        (vec![token, ("Origin", "http://localhost"), ("Sec-Fetch-Site", "same-origin")], true),
        (vec![], false),
        (vec![("X-CSRF-Token", "0")], false),
        (vec![("X-CSRF-Token", cookie.as_str())], false),
        (vec![token, ("Origin", "http://localhost:81")], false),
        (vec![token, ("Origin", "null")], false),
        (vec![token, ("Sec-Fetch-Site", "cross-site")], false),
        (vec![token, ("Sec-Fetch-Site", "same-site")], false),
    ] {
        let answer = send(&headers);
        assert_eq!(answer.status == 204, fine, "{headers:?}: {answer:?}");
        assert_eq!(answer.problem() == "csrf", !fine, "{headers:?}: {answer:?}");
    }
    // No page of elsewhere signs somebody in as somebody else.
    let mut request = Request::new("POST", "/api/v1/session");
    request.header("Origin", "http://elsewhere").json(&json!({"name": "王主任", "password": password}));
    assert_eq!(request.send(hall.address()).problem(), "csrf");
}

#[test]
fn the_first_admin_is_made_once_and_has_to_change_the_password() {
    let hall = Hall::start();
    let (name, password) = hall.people.first_admin(hall.now_us()).expect("a list").expect("nobody was there");
    assert!(hall.people.first_admin(hall.now_us()).expect("a list").is_none(), "only once");
    let answer = sign_in(&hall, &name, &password);
    assert_eq!(answer.json()["must_change_password"], true);
    let known = known(&answer);
    assert_eq!(hall.ask(&known, "GET", "/api/v1/people", None).problem(), "must-change-password");
    let change = |old: &str, new: &str| {
        hall.ask(&known, "PUT", "/api/v1/session/password", Some(&json!({"old": old, "new": new})))
    };
    for (old, new, problem) in [
        ("wrong", "a long new password", "wrong-password"),
        (&password, "short", "unfit"),
        (&password, &password, "unfit"),
    ] {
        assert_eq!(change(old, new).problem(), problem, "{old} {new}");
    }
    let elsewhere = self::known(&sign_in(&hall, &name, &password));
    assert_eq!(change(&password, "a long new password").status, 200);
    assert_eq!(hall.ask(&known, "GET", "/api/v1/people", None).status, 200);
    assert_eq!(hall.ask(&elsewhere, "GET", "/api/v1/session", None).status, 401, "other sessions are over");
    assert_eq!(sign_in(&hall, &name, &password).status, 401, "the old password is none");
}

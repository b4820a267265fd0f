//! What is refused, and what every answer carries.

use std::io::Read;
use std::net::TcpStream;
use std::time::Duration;

use sansheng::access::Role;
use serde_json::json;

use super::support::{Hall, Known, Request};

#[test]
fn every_answer_carries_what_keeps_a_page_to_itself() {
    let hall = Hall::start();
    for path in ["/", "/review", "/api/docs", "/api/v1/hall", "/metrics", "/healthz", "/nothing"] {
        let answer = hall.ask(&Known::Not, "GET", path, None);
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("x-frame-options", "DENY"),
            (
                "content-security-policy",
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self' blob:; \
                 connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
            ),
        ] {
            assert_eq!(answer.header(name), Some(value), "{path} {name}");
        }
        assert_eq!(answer.header("strict-transport-security"), None, "{path} is plain HTTP");
        assert!(answer.header("cache-control").is_some(), "{path}");
        assert!(!answer.body.contains("<script>") && !answer.body.contains("style=\""), "{path}");
    }
}

#[test]
fn no_address_leads_out_of_the_table_of_files() {
    let hall = Hall::start();
    let page = hall.ask(&Known::Not, "GET", "/", None);
    let style = page.body.split('"').find(|text| text.ends_with(".css")).expect("a style").to_owned();
    let file = hall.ask(&Known::Not, "GET", &style, None);
    assert_eq!((file.status, file.header("content-type")), (200, Some("text/css; charset=utf-8")));
    assert_eq!(file.header("cache-control"), Some("public, max-age=31536000, immutable"));
    let mut known = Request::new("GET", &style);
    known.header("If-None-Match", file.header("etag").expect("a tag"));
    assert_eq!(known.send(hall.address()).status, 304);
    // Behind the version stands the name, with its folder.
    let name = style.splitn(4, '/').nth(3).expect("a name");
    let other = hall.ask(&Known::Not, "GET", &format!("/assets/of-another-version/{name}"), None);
    assert_eq!((other.status, other.header("cache-control")), (200, Some("no-cache")));
    for path in [
        "/assets/-/../list.rs",
        "/assets/-/..%2f..%2fCargo.toml",
        "/assets/-/%2e%2e/%2e%2e/Cargo.toml",
        "/assets/-//etc/passwd",
        "/assets/-/list.rs",
        "/assets/-/",
        "/assets/-/index.html%00.css",
        "/../../etc/passwd",
        "/review/../../etc/passwd",
    ] {
        let answer = hall.ask(&Known::Not, "GET", path, None);
        assert_eq!((answer.status, answer.problem().as_str()), (404, "not-found"), "{path}: {answer:?}");
    }
}

#[test]
fn bodies_that_are_too_large_or_no_json_are_refused_in_one_sentence() {
    let hall = Hall::start();
    let known = hall.session(&hall.add("管理", Role::Admin).0);
    let send = |kind: &str, body: &str| {
        let mut request = Request::new("POST", "/api/v1/tokens");
        known.show(&mut request);
        request.header("Content-Type", kind).body(body).send(hall.address())
    };
    let long = json!({"name": "x".repeat(70_000)}).to_string();
    let deep = format!("{{\"name\":{}", "[".repeat(10_000));
    for (kind, body, status) in [
        ("application/json", r#"{"name":"叫号机"}"#, 201),
        ("text/plain", r#"{"name":"叫号机"}"#, 415),
        ("application/x-www-form-urlencoded", "name=x", 415),
        ("application/json", "", 422),
        ("application/json", "{", 422),
        ("application/json", "[]", 422),
        ("application/json", r#"{"name":7}"#, 422),
        ("application/json", r#"{"name":"x","more":1}"#, 422),
        ("application/json", r#"{"name":"x","windows":["9"]}"#, 422),
        ("application/json", &deep, 422),
        ("application/json", &long, 413),
    ] {
        let answer = send(kind, body);
        let start: String = body.chars().take(40).collect();
        assert_eq!(answer.status, status, "{kind} {start}: {answer:?}");
        assert_eq!(answer.problem().is_empty(), status == 201, "{kind} {start}");
    }
    for path in ["/api/v1/audit?limit=x", "/api/v1/audit?from=22.11.2026", "/api/v1/audit?nothing=1"] {
        assert_eq!(hall.ask(&known, "GET", path, None).status, 422, "{path}");
    }
    assert_eq!(hall.ask(&known, "POST", "/api/v1/hall", None).status, 405);
    assert_eq!(hall.ask(&known, "DELETE", "/api/v1/people/one", None).status, 404);
}

#[test]
fn a_page_that_calls_this_machine_by_a_name_of_its_own_gets_nothing() {
    let hall = Hall::start();
    for path in ["/", "/metrics", "/api/v1/session", "/api/v1/hall", "/api/v1/openapi.json"] {
        let mut request = Request::new("GET", path);
        let answer = request.header("Host", "evil.example").send(hall.address());
        assert_eq!(answer.status, 421, "{path}");
    }
}

#[test]
fn where_there_is_no_journal_there_is_nobody_and_the_terminal_view_alone() {
    let hall = Hall::with(|dashboard| {
        dashboard.people = None;
        dashboard.local = None;
        dashboard.config.ledger = None;
    });
    let ask = |path: &str| hall.ask(&Known::Not, "GET", path, None);
    assert_eq!(ask("/api/v1/session").json()["person"]["role"], "guest");
    assert_eq!(ask("/api/v1/status").json()["windows"][0]["words"], "已经说了的话");
    assert_eq!(ask("/api/v1/hall").json()["journal"], false);
    assert_eq!(ask("/api/v1/people").problem(), "not-allowed");
    let body = json!({"name": "x", "password": "x"});
    let answer = hall.ask(&Known::Not, "POST", "/api/v1/session", Some(&body));
    assert_eq!((answer.status, answer.problem().as_str()), (503, "no-journal"));
}

#[test]
fn a_crowd_of_strangers_sends_no_member_away() {
    let hall = Hall::start();
    let known = hall.session(&hall.add("管理", Role::Admin).0);
    let Known::Session { cookie, .. } = &known else { panic!("no session") };
    let mut page = TcpStream::connect(hall.address()).expect("a connection");
    let ask = format!(
        "GET /api/v1/session HTTP/1.1\r\nHost: localhost\r\nCookie: sansheng_session={cookie}\r\n\r\n"
    );
    let answer = |page: &mut TcpStream| {
        std::io::Write::write_all(page, ask.as_bytes()).expect("a way");
        let mut part = [0; 4096];
        let count = page.read(&mut part).expect("an answer");
        String::from_utf8_lossy(&part[..count]).starts_with("HTTP/1.1 200")
    };
    assert!(answer(&mut page));
    let crowd: Vec<TcpStream> =
        (0..300).map(|_| TcpStream::connect(hall.address()).expect("a connection")).collect();
    // The first strangers have been sent away, so all have been let in.
    let mut first = &crowd[0];
    first.set_read_timeout(Some(Duration::from_secs(30))).expect("a limit");
    assert!(matches!(first.read(&mut [0; 16]), Ok(0) | Err(_)), "the oldest stranger goes");
    assert!(answer(&mut page), "who is known stays");
}

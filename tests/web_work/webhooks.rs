//! Webhooks, with a receiver that fails, redirects, and comes back.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rustls::{ServerConnection, StreamOwned};
use sansheng::access::Role;
use sansheng::config::TlsFiles;
use sansheng::ledger::event::{AlertBody, LatencyBody};
use sansheng::ledger::journal::{Act, Aside, JournalFault};
use sansheng::ledger::{Body, Kind, Query, Reader};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::{Hall, NOON_US, Session};

/// A request that came in: headers in lower case, and the body.
#[derive(Clone, Debug)]
struct Came {
    line: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Came {
    fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }
}

struct Receiver {
    address: String,
    came: Arc<Mutex<Vec<Came>>>,
}

impl Receiver {
    /// Answers as it is told, then takes everything.
    fn start(answers: &[&str]) -> Self {
        Self::over("127.0.0.1:0", answers, Some)
    }

    /// The same with TLS, for `localhost`.
    fn with_tls() -> Self {
        let files =
            TlsFiles { cert: PathBuf::from("tests/tls/cert.pem"), key: PathBuf::from("tests/tls/key.pem") };
        let config = files.load().expect("a certificate and its key");
        // Reached by a name that is not in its certificate as well.
        Self::over("0.0.0.0:0", &[], move |tcp| {
            let mut server = ServerConnection::new(Arc::clone(&config)).expect("a server");
            let mut tcp = tcp;
            // One that does not trust it goes away here.
            while server.is_handshaking() {
                server.complete_io(&mut tcp).ok()?;
            }
            Some(StreamOwned::new(server, tcp))
        })
    }

    fn over<S: Read + Write>(
        at: &str,
        answers: &[&str],
        welcome: impl Fn(TcpStream) -> Option<S> + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind(at).expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let came: Arc<Mutex<Vec<Came>>> = Arc::default();
        let mut answers: VecDeque<String> = answers.iter().map(|answer| (*answer).to_owned()).collect();
        let seen = Arc::clone(&came);
        thread::spawn(move || {
            for stream in listener.incoming().flatten().filter_map(welcome) {
                let mut reader = BufReader::new(stream);
                let mut lines = Vec::new();
                loop {
                    let mut line = String::new();
                    if reader.read_line(&mut line).unwrap_or(0) == 0 || line.trim().is_empty() {
                        break;
                    }
                    lines.push(line.trim().to_owned());
                }
                let headers: Vec<(String, String)> = lines
                    .iter()
                    .filter_map(|line| line.split_once(": "))
                    .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
                    .collect();
                let length = headers.iter().find(|(name, _)| name == "content-length");
                let mut body = vec![0; length.map_or(0, |(_, value)| value.parse().expect("a length"))];
                reader.read_exact(&mut body).expect("a body");
                let line = lines.first().cloned().unwrap_or_default();
                let body = String::from_utf8(body).expect("text");
                seen.lock().expect("a lock").push(Came { line, headers, body });
                let answer = answers.pop_front().unwrap_or_else(|| "200 OK".to_owned());
                let answer = format!(
                    "HTTP/1.1 {answer}\r\ncontent-length: 15\r\nconnection: close\r\n\r\n{{\"errcode\": 0 }}"
                );
                let _ = reader.get_mut().write_all(answer.as_bytes());
            }
        });
        Self { address, came }
    }

    fn url(&self) -> String {
        format!("http://{}/take?key=1", self.address)
    }

    /// Waits until so many requests came in.
    fn after(&self, count: usize) -> Vec<Came> {
        for _ in 0..1_200 {
            let came = self.came.lock().expect("a lock").clone();
            if came.len() >= count {
                return came;
            }
            thread::sleep(Duration::from_millis(50));
        }
        panic!("{} requests came, not {count}", self.came.lock().expect("a lock").len());
    }
}

/// Puts an alert of this state into the journal; gives the number of its event.
fn alert(hall: &Hall, id: u64, state: &str) -> u64 {
    let reader = Reader::open(&hall.data()).expect("a journal");
    let query = Query { kinds: vec![Kind::Finding], ..Query::default() };
    let (event, finding) = reader
        .events(&query)
        .find_map(|event| {
            let event = event.expect("an event");
            match event.read().expect("a body") {
                Some(Body::Finding(finding))
                    if finding.kind.name() == "forbidden" && finding.state.name() == "confirmed" =>
                {
                    Some((event, *finding))
                }
                _ => None,
            }
        })
        .expect("the morning has a finding");
    let body = AlertBody {
        id,
        revision: 1,
        state: state.to_owned(),
        note: String::new(),
        finding,
        latency: LatencyBody::default(),
        budget: "forbidden".to_owned(),
        allowed_us: 1_500_000,
        late: false,
    };
    let act = Act {
        window: event.window,
        session: event.session,
        rulebook: None,
        body: Body::Alert(Box::new(body)),
    };
    let mut aside = Aside::open(&hall.data()).expect("a journal");
    aside.act(NOON_US, |_| Ok::<_, JournalFault>(vec![act])).expect("room")[0]
}

fn hmac(key: &str, message: &str) -> String {
    let mut block = [0_u8; 64];
    block[..key.len()].copy_from_slice(key.as_bytes());
    let pad = |with: u8| block.map(|byte| byte ^ with);
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(message).finalize();
    let code = Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize();
    code.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn an_alert_comes_signed_and_again_until_it_is_taken_and_a_restart_loses_none() {
    let elsewhere = Receiver::start(&[]);
    let to_elsewhere = format!("302 Found\r\nlocation: {}", elsewhere.url());
    let receiver = Receiver::start(&["500 Oh", &to_elsewhere, "200 OK"]);
    let mut hall = Hall::new();
    alert(&hall, 1, "confirmed");
    let admin = hall.sign_in(Role::Admin);
    let made = admin.post(
        "/api/v1/webhooks",
        &json!({"name": "值班室", "url": receiver.url(), "template": "json", "secret": "geheim"}),
    );
    assert_eq!(made.status, 201, "{}", made.text());
    let id = made.json()["id"].as_u64().expect("an id");
    alert(&hall, 2, "provisional");
    let first = alert(&hall, 2, "confirmed");
    let deliveries = |count: usize| {
        let path = format!("/api/v1/webhooks/{id}/deliveries");
        for _ in 0..400 {
            let items = admin.get(&path).json()["items"].as_array().expect("deliveries").clone();
            if items.len() >= count {
                return items;
            }
            thread::sleep(Duration::from_millis(50));
        }
        panic!("fewer than {count} deliveries");
    };
    receiver.after(1);
    let failed = deliveries(1);
    assert_eq!((&failed[0]["outcome"], &failed[0]["status"]), (&json!("failed"), &json!(500)));
    let next_us = failed[0]["next_us"].as_i64().expect("another try");
    assert!((2_500_000..=5_000_000).contains(&(next_us - NOON_US)), "{next_us}");
    hall.now_us.store(next_us, Ordering::SeqCst);
    receiver.after(2);
    let redirected = deliveries(2);
    assert_eq!((&redirected[0]["outcome"], &redirected[0]["status"]), (&json!("failed"), &json!(302)));
    // The service starts again before the alert was taken, and another comes meanwhile.
    let second = alert(&hall, 3, "confirmed");
    hall.restart();
    let came = receiver.after(4);
    assert!(elsewhere.came.lock().expect("a lock").is_empty(), "nobody else is told");
    let seqs: Vec<u64> = came
        .iter()
        .map(|came| {
            serde_json::from_str::<Value>(&came.body).expect("JSON")["seq"].as_u64().expect("a number")
        })
        .collect();
    assert_eq!(
        seqs,
        [first, first, first, second],
        "those before it was made, and what is not settled, are not sent"
    );
    for came in &came {
        assert!(came.line.starts_with("POST /take?key=1 "), "{}", came.line);
        let (t, code) = came.header("sansheng-signature").split_once(",v1=").expect("a signature");
        let t = t.strip_prefix("t=").expect("a moment");
        assert_eq!(code, hmac("geheim", &format!("{t}.{}", came.body)));
        let body: Value = serde_json::from_str(&came.body).expect("JSON");
        assert!(body["alert"]["article"]["article"].is_string(), "{body}");
        assert_eq!(
            (body["alert"].get("heard"), body["alert"].get("context")),
            (None, None),
            "words stay here"
        );
    }
    assert!(came[0].header("idempotency-key").starts_with(&format!("sansheng-{id}-")), "{:?}", came[0]);
    assert_eq!(came[0].header("idempotency-key"), came[2].header("idempotency-key"));
    assert_ne!(came[2].header("idempotency-key"), came[3].header("idempotency-key"));
}

#[test]
fn robots_get_markdown_and_secrets_are_shown_once_to_those_who_may() {
    let receiver = Receiver::start(&[]);
    let hall = Hall::new();
    let admin = hall.sign_in(Role::Admin);
    for (template, secret) in [("wecom", Value::Null), ("dingtalk", json!("SECabc"))] {
        let body = json!({"name": template, "url": receiver.url(), "template": template, "secret": secret,
            "severity": "note", "kinds": ["forbidden"], "words": true});
        let made = admin.post("/api/v1/webhooks", &body);
        assert_eq!(made.status, 201, "{}", made.text());
    }
    alert(&hall, 1, "confirmed");
    let came = receiver.after(2);
    let body = |template: usize| serde_json::from_str::<Value>(&came[template].body).expect("JSON");
    let text = body(0)["markdown"]["content"].as_str().expect("markdown").to_owned();
    assert!(text.contains("窗口：") && text.contains("依据：") && text.contains("听到："), "{text}");
    assert!(
        body(1)["markdown"]["text"].as_str().is_some_and(|text| text.contains("\n\n时间：")),
        "{:?}",
        came[1]
    );
    assert!(
        came[1].line.contains("/take?key=1&timestamp=") && came[1].line.contains("&sign="),
        "{}",
        came[1].line
    );

    let list = admin.get("/api/v1/webhooks");
    assert!(!list.text().contains("SECabc") && !list.text().contains("key=1"), "{}", list.text());
    let kept = std::fs::metadata(hall.data().join("webhooks.json")).expect("a file");
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&kept.permissions()) & 0o777, 0o600);
    for role in [Role::Reviewer, Role::Clerk] {
        assert_eq!(hall.sign_in(role).get("/api/v1/webhooks").problem(), (403, "not-allowed".to_owned()));
    }
    let one = hall.sign_in_as(Role::Supervisor, None, Some(vec!["1".to_owned()]));
    assert_eq!(one.get("/api/v1/webhooks").problem(), (403, "out-of-scope".to_owned()));
    for bad in [
        json!({"name": "", "url": "https://a.example", "template": "json"}),
        json!({"name": "a", "url": "ftp://a.example", "template": "json"}),
        json!({"name": "a", "url": "https://me@a.example", "template": "json"}),
        json!({"name": "a", "url": "http://a.example", "template": "wecom"}),
        json!({"name": "a", "url": "https://a.example", "template": "json", "windows": ["9"]}),
        json!({"name": "a", "url": "https://a.example", "template": "json", "states": ["late"]}),
        json!({"name": "a", "url": "https://a.example", "template": "json", "colour": "red"}),
        json!({"name": "a", "url": "https://a.example", "template": "json", "ca": "/etc/ssl/ca.pem"}),
        json!({"name": "a", "url": "http://a.example", "template": "json", "ca": include_str!("../tls/cert.pem")}),
    ] {
        assert_eq!(admin.post("/api/v1/webhooks", &bad).problem(), (422, "unfit".to_owned()), "{bad}");
    }
    assert_eq!(admin.delete("/api/v1/webhooks/1").status, 204);
    assert_eq!(admin.delete("/api/v1/webhooks/1").status, 404);
    assert_eq!(admin.get("/api/v1/webhooks").json()["items"].as_array().map(Vec::len), Some(1));
}

/// Waits until a webhook has done so much; the newest first.
fn deliveries(admin: &Session, id: u64, count: usize) -> Vec<Value> {
    let path = format!("/api/v1/webhooks/{id}/deliveries");
    for _ in 0..1_200 {
        let items = admin.get(&path).json()["items"].as_array().expect("deliveries").clone();
        if items.len() >= count {
            return items;
        }
        thread::sleep(Duration::from_millis(50));
    }
    panic!("fewer than {count} deliveries");
}

fn add(admin: &Session, hook: &Value) -> u64 {
    let made = admin.post("/api/v1/webhooks", hook);
    assert_eq!(made.status, 201, "{}", made.text());
    made.json()["id"].as_u64().expect("an id")
}

#[test]
fn a_receiver_that_does_not_answer_holds_up_nobody_else() {
    // It takes connections, and says nothing on them.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = silent.local_addr().expect("an address");
    let receiver = Receiver::start(&[]);
    let hall = Hall::new();
    let admin = hall.sign_in(Role::Admin);
    let hook = |url: String| json!({"name": "a", "url": url, "template": "json"});
    let deaf = add(&admin, &hook(format!("http://{address}/")));
    add(&admin, &hook(receiver.url()));
    let seqs: Vec<u64> = (1..=4).map(|id| alert(&hall, id, "confirmed")).collect();
    // It is being asked before the other one has had anything.
    let _held = silent.accept().expect("a request");
    let came = receiver.after(4);
    let got: Vec<u64> = came
        .iter()
        .map(|came| {
            serde_json::from_str::<Value>(&came.body).expect("JSON")["seq"].as_u64().expect("a number")
        })
        .collect();
    assert_eq!(got, seqs, "in order");
    let still = admin.get(&format!("/api/v1/webhooks/{deaf}/deliveries")).json();
    assert_eq!(still["items"], json!([]), "its first try still waits for an answer");
}

#[test]
fn a_receiver_with_an_authority_of_its_own_is_trusted_by_its_certificate_and_by_nothing_else() {
    let receiver = Receiver::with_tls();
    let port = receiver.address.rsplit(':').next().expect("a port").to_owned();
    let hall = Hall::new();
    let admin = hall.sign_in(Role::Admin);
    let hook = |host: &str, ca: Value| json!({"name": "a", "url": format!("https://{host}:{port}/take"), "template": "json", "ca": ca});
    let ca = json!(include_str!("../tls/cert.pem"));
    let stranger = add(&admin, &hook("localhost", Value::Null));
    let elsewhere = add(&admin, &hook("127.0.0.2", ca.clone()));
    let known = add(&admin, &hook("localhost", ca));
    alert(&hall, 1, "confirmed");
    assert_eq!(deliveries(&admin, known, 1)[0]["outcome"], "delivered");
    assert_eq!(receiver.after(1).len(), 1);
    for (id, en, zh) in [(stranger, "authority", "签发机构"), (elsewhere, "another name", "主机名")] {
        let tried = &deliveries(&admin, id, 1)[0];
        assert_eq!(tried["outcome"], "failed", "{tried}");
        assert!(tried["problem"].as_str().is_some_and(|said| said.contains(en)), "{tried}");
        assert!(tried["problem_zh"].as_str().is_some_and(|said| said.contains(zh)), "{tried}");
    }
    let list = admin.get("/api/v1/webhooks").json();
    let has_ca: Vec<&Value> =
        list["items"].as_array().expect("webhooks").iter().map(|one| &one["private_ca"]).collect();
    assert_eq!(has_ca, [false, true, true]);
}

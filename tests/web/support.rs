//! A hall with a journal and people, its server, and a client that sends exactly what it is told.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use sansheng::access::{NewPerson, People, Person, Role, Secret, new_local_secret};
use sansheng::conduct::CompiledBook;
use sansheng::conduct::rulebook::Rulebook;
use sansheng::config::Config;
use sansheng::ledger::event::{AccessBody, RunStarted};
use sansheng::ledger::{Body, Draft, Journal, Kind, Query, Reader, Store};
use sansheng::runtime::watchdog::Hearts;
use sansheng::status::{AlertStatus, HallStatus, WindowStatus};
use sansheng::toml_file::Source;
use sansheng::units::SessionTime;
use sansheng::web::{Dashboard, Server, Site};
use serde_json::Value;

/// 2026-11-22 08:00 in Shanghai.
pub const NOW_US: i64 = 1_795_305_600_000_000;
pub const SECOND_US: i64 = 1_000_000;

/// Far longer than anything here takes: a test that waits this long has failed.
pub const PATIENCE: Duration = Duration::from_secs(60);

const CONFIG: &str = "hall = \"厅\"\n[[window]]\nid = \"1\"\nclerk = \"device:a\"\n\
    [[window]]\nid = \"2\"\nclerk = \"device:b\"\n[ledger]\ndata = \"data\"\n[shifts]\nfile = \"shifts.toml\"\n";

const SHIFTS: &str = "[[shift]]\nid = \"早\"\nstart = \"08:00\"\nend = \"12:00\"\n\
    [[person]]\nid = \"0231\"\nname = \"张三\"\n[[person]]\nid = \"0007\"\nname = \"李四\"\n";

static BOOK: LazyLock<Arc<CompiledBook>> = LazyLock::new(|| {
    let book = Rulebook::builtin().expect("the built-in rules");
    Arc::new(CompiledBook::compile(book).expect("phrases"))
});

/// A hall whose server runs. Everything of it is gone when it is dropped.
pub struct Hall {
    pub folder: tempfile::TempDir,
    pub people: Arc<People>,
    pub server: Server,
    pub local: Secret,
    now_us: Arc<AtomicI64>,
}

impl Hall {
    pub fn start() -> Self {
        Self::with(|_| {})
    }

    /// A hall of which something is another way.
    pub fn with(change: impl FnOnce(&mut Dashboard)) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("shifts.toml"), SHIFTS).expect("a calendar");
        std::fs::write(folder.path().join("sansheng.toml"), CONFIG).expect("a configuration");
        let config = Config::parse(&Source::new("sansheng.toml", CONFIG), folder.path())
            .unwrap_or_else(|faults| panic!("{faults}"));
        let data = config.ledger.clone().expect("a ledger");
        begin_journal(&data);
        let people = Arc::new(People::open(&data).expect("a list of people"));
        let local = new_local_secret(&data).expect("a secret");
        let now_us = Arc::new(AtomicI64::new(NOW_US));
        let mut dashboard = Dashboard::new(config, Arc::new(|| Arc::clone(&BOOK)));
        dashboard.people = Some(Arc::clone(&people));
        dashboard.local = Some(local.clone());
        dashboard.now_us = Arc::new({
            let now_us = Arc::clone(&now_us);
            move || now_us.load(Ordering::SeqCst)
        });
        change(&mut dashboard);
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let server = Server::with_dashboard(listener, site(), dashboard).expect("a server");
        Self { folder, people, server, local, now_us }
    }

    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    pub fn wait_s(&self, seconds: i64) {
        self.now_us.fetch_add(seconds * SECOND_US, Ordering::SeqCst);
    }

    pub fn now_us(&self) -> i64 {
        self.now_us.load(Ordering::SeqCst)
    }

    /// Adds somebody; gives them with a password that they do not have to change.
    pub fn add(&self, name: &str, role: Role) -> (Person, String) {
        let staff = (role == Role::Clerk).then(|| "0231".to_owned());
        let new = NewPerson { name: name.to_owned(), role, staff, windows: None };
        let (person, password) = self.people.add(&new, self.now_us()).expect("a person");
        let secret = self.people.sign_in(person.id, self.now_us()).expect("a session");
        let chosen = format!("{password} chosen");
        let changed = self.people.change_password(&person, (&password, &chosen), &secret);
        assert!(changed.expect("a password"));
        (self.people.person(person.id).expect("a list").expect("a person"), chosen)
    }

    /// What somebody of a role sends to be known by; the role gets a person where it has none.
    pub fn session(&self, person: &Person) -> Known {
        let secret = self.people.sign_in(person.id, self.now_us()).expect("a session");
        Known::Session { cookie: secret.text().to_owned(), csrf: secret.derived("csrf") }
    }

    pub fn token(&self) -> Known {
        let (_, secret) = self.people.add_token("叫号机", None, self.now_us()).expect("a token");
        Known::Bearer(secret.text().to_owned())
    }

    pub fn ask(&self, known: &Known, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let mut request = Request::new(method, path);
        known.show(&mut request);
        if let Some(body) = body {
            request.header("Content-Type", "application/json").body(&body.to_string());
        }
        request.send(self.address())
    }

    /// What was journalled of people, in order: what, who, why.
    pub fn recorded(&self) -> Vec<[String; 3]> {
        let data = self.folder.path().join("data");
        let reader = Reader::open(&data).expect("a journal");
        let query = Query { kinds: vec![Kind::Access], ..Query::default() };
        let bodies = reader.events(&query).map(|event| event.expect("an event").read().expect("a body"));
        let told = |body| match body {
            Some(Body::Access(AccessBody { what, who, why, .. })) => [what, who, why],
            other => panic!("{other:?}"),
        };
        bodies.map(told).collect()
    }
}

/// By what somebody is known.
#[derive(Clone, Debug)]
pub enum Known {
    Not,
    Session { cookie: String, csrf: String },
    Bearer(String),
}

impl Known {
    pub fn show(&self, request: &mut Request) {
        match self {
            Self::Not => {}
            Self::Session { cookie, csrf } => {
                request.header("Cookie", &format!("sansheng_session={cookie}")).header("X-CSRF-Token", csrf);
            }
            Self::Bearer(token) => {
                request.header("Authorization", &format!("Bearer {token}"));
            }
        }
    }
}

/// A request, as it will be written.
pub struct Request {
    line: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Request {
    pub fn new(method: &str, path: &str) -> Self {
        let headers = vec![("Host".to_owned(), "localhost".to_owned())];
        Self { line: format!("{method} {path} HTTP/1.1"), headers, body: String::new() }
    }

    /// Takes the place of a header of this name.
    pub fn header(&mut self, name: &str, value: &str) -> &mut Self {
        self.headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn json(&mut self, body: &Value) -> &mut Self {
        self.header("Content-Type", "application/json").body(&body.to_string())
    }

    pub fn body(&mut self, body: &str) -> &mut Self {
        self.body = body.to_owned();
        self
    }

    pub fn send(&self, to: SocketAddr) -> Answer {
        let stream = TcpStream::connect(to).expect("a connection");
        stream.set_read_timeout(Some(PATIENCE)).expect("a limit");
        self.send_over(stream)
    }

    pub fn send_over(&self, mut stream: impl Read + Write) -> Answer {
        let mut text = format!("{}\r\n", self.line);
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str(&format!(
            "Content-Length: {}\r\nConnection: close\r\n\r\n{}",
            self.body.len(),
            self.body
        ));
        // Who refuses a request may close before all of it is written.
        let _ = stream.write_all(text.as_bytes());
        let mut answer = Vec::new();
        let mut part = [0; 4096];
        while let Ok(count @ 1..) = stream.read(&mut part) {
            answer.extend_from_slice(&part[..count]);
            // Of a stream that goes on for ever its beginning.
            if answer.windows(17).any(|part| part == b"text/event-stream") {
                break;
            }
        }
        Answer::parse(&String::from_utf8_lossy(&answer))
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|code| code.parse().ok());
        let headers = lines.filter_map(|line| line.split_once(": "));
        let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
        Self { status: status.unwrap_or_else(|| panic!("no status: {head}")), headers, body: body.to_owned() }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|fault| panic!("{fault}: {self:?}"))
    }

    /// The id of a problem; empty where it is none.
    pub fn problem(&self) -> String {
        match self.header("content-type") {
            Some("application/problem+json") => {
                let problem = self.json();
                for sentence in ["message", "message_zh"] {
                    assert!(problem[sentence].as_str().is_some_and(|text| text.len() > 5), "{problem}");
                }
                problem["problem"].as_str().expect("an id").to_owned()
            }
            _ => String::new(),
        }
    }
}

fn begin_journal(data: &Path) {
    let mut journal = Journal::open(data, "of a test").expect("a journal");
    let started = journal.started(RunStarted {
        hall: "厅".to_owned(),
        version: "of a test".to_owned(),
        windows: Vec::new(),
        idle: SessionTime::from_seconds(30.0),
        farewell: SessionTime::from_seconds(5.0),
        wait: SessionTime::from_seconds(60.0),
        broken_off: None,
        cut: None,
    });
    let draft = Draft {
        window: None,
        session: None,
        wall_us: NOW_US,
        book: Arc::clone(&BOOK),
        body: Body::RunStarted(Box::new(started)),
        original: None,
    };
    journal.append(&[draft]).expect("room for a journal");
}

pub fn site() -> Site {
    let window = |id: &str| WindowStatus {
        id: id.to_owned(),
        words: "已经说了的话".to_owned(),
        tentative: "正在说的话".to_owned(),
        ..WindowStatus::default()
    };
    let alert =
        AlertStatus { window: "1".to_owned(), heard: "听到的话".to_owned(), ..AlertStatus::default() };
    let status = HallStatus {
        hall: "厅".to_owned(),
        windows: vec![window("1"), window("2")],
        alerts: vec![alert],
        ..HallStatus::default()
    };
    Site {
        metrics: Arc::new(|| "sansheng_windows 2\n".to_owned()),
        status: Arc::new(move || status.clone()),
        now: Arc::new(|| Duration::ZERO),
        still: Arc::new(Vec::new),
        trouble: Arc::new(|| None),
        heart: Arc::new(Hearts::default().register("web")),
        ports: Vec::new(),
    }
}

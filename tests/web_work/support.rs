//! A hall with a morning in its journal, people of every role, and a server.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use sansheng::access::{NewPerson, People, Role};
use sansheng::conduct::CompiledBook;
use sansheng::conduct::rulebook::{Rulebook, Setting};
use sansheng::config::Config;
use sansheng::runtime::watchdog::Hearts;
use sansheng::status::HallStatus;
use sansheng::web::{Dashboard, Server, Site};
use serde_json::Value;

use crate::shift::{MIDNIGHT_US, Shift};

/// Midnight of the journal is eight in Shanghai; this is noon of the same day there.
pub const NOON_US: i64 = MIDNIGHT_US + 4 * 3_600_000_000;
/// The day of the journal.
pub const DAY: &str = "2026-11-22";

const CONFIG: &str = r#"hall = "大厅"
rules = ["rules/hall.toml"]
[[window]]
id = "0"
name = "综合窗口"
clerk = "device:x"
[[window]]
id = "1"
clerk = "device:y"
[ledger]
data = "data"
[shifts]
file = "shifts.toml"
[score]
encounters_min = 1
coverage_min_percent = 5
"#;

const SHIFTS: &str = r#"
[[shift]]
id = "早"
start = "08:00"
end = "09:00"
[[person]]
id = "0231"
name = "张三"
[[person]]
id = "0305"
name = "李四"
[[assign]]
window = "0"
shift = "早"
clerk = "0231"
[[assign]]
window = "1"
shift = "早"
clerk = "0305"
"#;

/// A rule that the built-in ones do not have.
pub const HALL_RULES: &str = r#"[rulebook]
id = "hall"
version = "1"
title = "本厅"
[[standard]]
id = "S9"
title = "本厅规范"
year = 2026
[[standard.article]]
number = "一"
text = "不得说随你便。"
[[rule]]
id = "P90-as-you-like"
provision = "P90"
kind = "forbidden"
title = "随你便"
severity = "major"
weight = 5
advice = "请您选择。"
cites = [{ standard = "S9", article = "一" }]
[[rule.phrase]]
say = "随你便"
"#;

pub struct Hall {
    pub folder: tempfile::TempDir,
    pub now_us: Arc<AtomicI64>,
    pub reloads: Arc<AtomicUsize>,
    server: Option<Server>,
}

/// An answer.
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub bytes: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|_| panic!("JSON: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// What it is refused with.
    pub fn problem(&self) -> (u16, String) {
        (self.status, self.json()["problem"].as_str().unwrap_or("").to_owned())
    }
}

/// Somebody who is signed in.
pub struct Session {
    pub address: String,
    pub cookie: String,
    pub csrf: String,
}

fn book() -> Arc<CompiledBook> {
    static BOOK: OnceLock<Arc<CompiledBook>> = OnceLock::new();
    let make = || {
        let book = Rulebook::load(&[], &Setting::default()).expect("the built-in rules");
        Arc::new(CompiledBook::compile(book).expect("the built-in rules"))
    };
    Arc::clone(BOOK.get_or_init(make))
}

/// A journal that every hall gets a copy of: judging a morning takes a while.
fn journal() -> &'static Path {
    static JOURNAL: OnceLock<tempfile::TempDir> = OnceLock::new();
    let make = || {
        let folder = tempfile::tempdir().expect("a temporary directory");
        Shift { windows: 2, seconds: 600, seed: 7, rude_one_in: 2, pause_tenths: 100 }
            .write(&folder.path().join("data"), &book());
        folder
    };
    JOURNAL.get_or_init(make).path()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        match entry.file_type().expect("its kind").is_dir() {
            true => copy(&entry.path(), &to.join(entry.file_name())),
            false => drop(fs::copy(entry.path(), to.join(entry.file_name())).expect("room")),
        }
    }
}

impl Hall {
    pub fn new() -> Self {
        Self::serving(|_| (), |_| ())
    }

    /// Site and dashboard may be changed before they are served.
    pub fn serving(change_site: impl FnOnce(&mut Site), change: impl FnOnce(&mut Dashboard)) -> Self {
        let folder = tempfile::tempdir().expect("a temporary directory");
        fs::create_dir(folder.path().join("rules")).expect("a folder");
        for (name, text) in
            [("sansheng.toml", CONFIG), ("shifts.toml", SHIFTS), ("rules/hall.toml", HALL_RULES)]
        {
            fs::write(folder.path().join(name), text).expect("room for a file");
        }
        copy(&journal().join("data"), &folder.path().join("data"));
        let now_us = Arc::new(AtomicI64::new(NOON_US));
        let reloads = Arc::new(AtomicUsize::new(0));
        let server = serve(folder.path(), &now_us, &reloads, change_site, change);
        Self { folder, now_us, reloads, server: Some(server) }
    }

    /// The service stops and starts again.
    pub fn restart(&mut self) {
        self.stop();
        self.start();
    }

    pub fn start(&mut self) {
        self.server = Some(serve(self.folder.path(), &self.now_us, &self.reloads, |_| (), |_| ()));
    }

    pub fn stop(&mut self) {
        self.server.take().expect("a server").stop();
    }

    pub fn address(&self) -> String {
        format!("http://{}", self.server.as_ref().expect("a server").address())
    }

    pub fn data(&self) -> std::path::PathBuf {
        self.folder.path().join("data")
    }

    /// Somebody of this role signs in; a clerk has the number 0231.
    pub fn sign_in(&self, role: Role) -> Session {
        let staff = (role == Role::Clerk).then(|| "0231".to_owned());
        self.sign_in_as(role, staff, None)
    }

    pub fn sign_in_as(&self, role: Role, staff: Option<String>, windows: Option<Vec<String>>) -> Session {
        let people = People::open(&self.data()).expect("people");
        let name = format!("{}{}", role.name(), people.all().expect("people").len());
        let new = NewPerson { name, role, staff, windows };
        let (person, _) = people.add(&new, NOON_US).expect("a person");
        // Whoever changed the password at the first sign-in.
        let db = rusqlite::Connection::open(self.data().join("people.db")).expect("people");
        db.execute("UPDATE person SET must_change = 0 WHERE id = ?1", [person.id]).expect("people");
        let secret = people.sign_in(person.id, NOON_US).expect("a session");
        Session {
            address: self.address(),
            cookie: format!("sansheng_session={}", secret.text()),
            csrf: secret.derived("csrf"),
        }
    }

    pub fn stranger(&self) -> Session {
        Session { address: self.address(), cookie: String::new(), csrf: String::new() }
    }
}

fn serve(
    folder: &Path,
    now_us: &Arc<AtomicI64>,
    reloads: &Arc<AtomicUsize>,
    change_site: impl FnOnce(&mut Site),
    change: impl FnOnce(&mut Dashboard),
) -> Server {
    let file = folder.join("sansheng.toml");
    let config = Config::load(&file).expect("a configuration");
    let people = People::open(&folder.join("data")).expect("people");
    let (clock, reloaded) = (Arc::clone(now_us), Arc::clone(reloads));
    let mut dashboard = Dashboard {
        config_file: Some(file),
        engine: "scripted".to_owned(),
        people: Some(Arc::new(people)),
        reload: Arc::new(move || {
            reloaded.fetch_add(1, Ordering::SeqCst);
        }),
        now_us: Arc::new(move || clock.load(Ordering::SeqCst)),
        ..Dashboard::new(config, Arc::new(book))
    };
    change(&mut dashboard);
    let mut site = site();
    change_site(&mut site);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    Server::with_dashboard(listener, site, dashboard).expect("a server")
}

fn site() -> Site {
    let heart = Arc::new(Hearts::default().register("web"));
    Site {
        metrics: Arc::new(String::new),
        status: Arc::new(HallStatus::default),
        now: Arc::new(|| Duration::ZERO),
        still: Arc::new(Vec::new),
        trouble: Arc::new(|| None),
        heart,
        ports: Vec::new(),
    }
}

impl Session {
    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None)
    }

    pub fn post(&self, path: &str, json: &Value) -> Answer {
        self.send("POST", path, Some(json.to_string().into_bytes()))
    }

    pub fn put(&self, path: &str, json: &Value) -> Answer {
        self.send("PUT", path, Some(json.to_string().into_bytes()))
    }

    pub fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, None)
    }

    pub fn send(&self, method: &str, path: &str, body: Option<Vec<u8>>) -> Answer {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.address))
            .header("cookie", &self.cookie)
            .header("x-csrf-token", &self.csrf)
            .header("content-type", "application/json")
            .body(body.unwrap_or_default())
            .expect("a request");
        let response = agent.run(request).expect("an answer");
        let headers = response.headers().iter().map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        });
        let (status, headers) = (response.status().as_u16(), headers.collect());
        let bytes = response.into_body().with_config().limit(64 << 20).read_to_vec().expect("a body");
        Answer { status, headers, bytes }
    }
}

/// A job once it is over.
pub fn done(session: &Session, job: &Value) -> Value {
    let path = format!("/api/v1/jobs/{}", job["id"]);
    // It goes last: on a machine that does much else it takes its time.
    for _ in 0..12_000 {
        let job = session.get(&path).json();
        if !matches!(job["state"].as_str(), Some("waiting" | "running")) {
            return job;
        }
        thread::sleep(Duration::from_millis(50));
    }
    panic!("the job does not end: {}", session.get(&path).text());
}

//! `sansheng run` whose standard output nobody reads, whose disk is full, whose configuration changes: it hears on.

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::Duration;

use hound::{SampleFormat, WavSpec, WavWriter};
use sansheng::clock::Stopwatch;
use serde_json::Value;
use tempfile::TempDir;

use crate::program::{NAMES, UNHURRIED, is, parsed, program, window};

/// Far longer than anything here takes: a test that waits this long has failed.
const PATIENCE: Duration = Duration::from_secs(120);

fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let watch = Stopwatch::start();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(watch.elapsed() < PATIENCE, "{what} never came");
        thread::sleep(Duration::from_millis(20));
    }
}

/// A service that does not outlive a test that fails.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill().and_then(|()| self.0.wait());
    }
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status();
    assert!(sent.expect("there is a `kill`").success());
}

fn ended(child: &mut Child) -> ExitStatus {
    wait_for("the end", || child.try_wait().expect("a process"))
}

/// Lines of a journal that is being written, whole ones only.
fn lines_of(journal: &Path) -> Vec<Value> {
    let text = fs::read_to_string(journal).unwrap_or_default();
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole.lines().map(parsed).collect()
}

/// A second of near silence.
fn quiet(folder: &TempDir) -> String {
    let path = folder.path().join("quiet.wav");
    let spec =
        WavSpec { channels: 1, sample_rate: 16_000, bits_per_sample: 16, sample_format: SampleFormat::Int };
    let mut wav = WavWriter::create(&path, spec).expect("room for a file");
    (0..16_000).for_each(|n| wav.write_sample([1_i16, -1, 2][n % 3]).expect("room for a sample"));
    wav.finalize().expect("room for a file");
    path.display().to_string()
}

#[test]
fn a_reader_who_stops_reading_stops_neither_the_judge_nor_the_end() {
    let folder = TempDir::new().expect("a temporary directory");
    let (config, journal) = (folder.path().join("hall.toml"), folder.path().join("journal.jsonl"));
    let windows = window(NAMES[0], "repeat = true\n");
    let text = format!("hall = \"大厅\"\n{windows}{UNHURRIED}[journal]\npath = \"journal.jsonl\"\n");
    fs::write(&config, text).expect("room for a file");
    // A pipe that is full already.
    let (_reader, mut full) = UnixStream::pair().expect("a pair of sockets");
    full.set_nonblocking(true).expect("a socket");
    while full.write(&[b' '; 4_096]).is_ok() {}
    full.set_nonblocking(false).expect("a socket");
    let mut service = program();
    service.arg("run").arg("--config").arg(&config).arg("--json");
    service.stdout(OwnedFd::from(full)).stderr(Stdio::piped());
    let mut service = Running(service.spawn().expect("the program starts"));
    wait_for("an alert", || lines_of(&journal).into_iter().find(|line| is(line, "alert")));
    signal(&service.0, "TERM");
    let code = ended(&mut service.0).code();
    let mut said = String::new();
    service.0.stderr.take().expect("a pipe").read_to_string(&mut said).expect("UTF-8");
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("lines never came out at standard output"), "{said}");
    let journal = lines_of(&journal);
    assert!(is(&journal[0], "run"), "{}", journal[0]);
    assert!(journal[0]["at_unix_s"].as_f64() > Some(1e9), "{}", journal[0]);
    let fingerprint = journal[0]["fingerprint"].as_str().expect("a fingerprint");
    assert!(said.contains(fingerprint), "{fingerprint} is not in {said}");
    for line in journal.iter().filter(|line| is(line, "alert") || is(line, "window")) {
        assert!(line["at_unix_s"].as_f64() >= journal[0]["at_unix_s"].as_f64(), "{line}");
    }
    assert!(is(journal.last().expect("lines"), "ended"), "the journal is complete");
}

#[test]
fn a_full_disk_ends_no_run() {
    if !Path::new("/dev/full").exists() {
        eprintln!("left out: no /dev/full here");
        return;
    }
    let folder = TempDir::new().expect("a temporary directory");
    let config = folder.path().join("hall.toml");
    let source = quiet(&folder);
    let text = format!(
        "hall = \"大厅\"\n[[window]]\nid = \"1\"\nclerk = \"file:{source}\"\n{UNHURRIED}\
         [journal]\npath = \"/dev/full\"\n"
    );
    fs::write(&config, text).expect("room for a file");
    let ran = program().arg("run").arg("--config").arg(&config).arg("--json").output().expect("it starts");
    let said = String::from_utf8(ran.stderr).expect("UTF-8");
    assert_eq!(ran.status.code(), Some(3), "{said}");
    for wanted in ["the journal /dev/full CANNOT BE WRITTEN", "lines are missing in the journal"] {
        assert_eq!(said.matches(wanted).count(), 1, "{wanted}: {said}");
    }
    let told: Vec<Value> = String::from_utf8(ran.stdout).expect("UTF-8").lines().map(parsed).collect();
    assert!(is(&told[0], "run") && is(told.last().expect("lines"), "ended"), "{told:#?}");
}

/// The status with which a microphone without WebSocket is turned away from window 2.
fn status_for(address: &str, token: &str) -> Option<String> {
    let mut hub = TcpStream::connect(address).ok()?;
    let request = format!(
        "GET /api/v1/windows/2/audio HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
         Authorization: Bearer {token}\r\n\r\n"
    );
    hub.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    match hub.read_to_string(&mut answer) {
        Ok(_) => {}
        Err(fault) if fault.kind() == ErrorKind::ConnectionReset => {}
        Err(fault) => panic!("{fault}"),
    }
    answer.split(' ').nth(1).map(str::to_owned)
}

#[test]
fn a_new_token_is_taken_what_needs_a_restart_is_named_and_a_missing_device_is_no_failure() {
    let folder = TempDir::new().expect("a temporary directory");
    let (config, log) = (folder.path().join("hall.toml"), folder.path().join("log"));
    let text = |token: &str, forbidden_ms: u32| {
        let timing = UNHURRIED.replace("forbidden_ms = 60000", &format!("forbidden_ms = {forbidden_ms}"));
        format!(
            "hall = \"大厅\"\n[[window]]\nid = \"1\"\nclerk = \"device:no such device\"\n\
             [[window]]\nid = \"2\"\nclerk = \"push\"\ntoken = \"{token}\"\n{timing}"
        )
    };
    fs::write(&config, text("the-first-token-of-2", 1_500)).expect("room for a file");
    let mut service = program();
    service.arg("run").arg("--config").arg(&config).arg("--json");
    let out = fs::File::create(folder.path().join("out")).expect("room for a file");
    service.stdout(out).stderr(fs::File::create(&log).expect("room for a file"));
    let mut service = Running(service.spawn().expect("it starts"));
    let said = || fs::read_to_string(&log).expect("a log");
    let address = wait_for("the address", || {
        let said = said();
        let (_, rest) = said.split_once("http://")?;
        rest.split_once('/').map(|(address, _)| address.to_owned())
    });
    wait_for("the device to be missed", || {
        lines_of(&folder.path().join("out"))
            .into_iter()
            .find(|line| is(line, "window") && line["state"] == "down")
    });
    assert_eq!(status_for(&address, "the-first-token-of-2").as_deref(), Some("426"));
    fs::write(&config, text("another-token-of-2", 9_000)).expect("room for a file");
    signal(&service.0, "HUP");
    wait_for("the new token", || said().contains("window 2: the new token is in force").then_some(()));
    assert_eq!(status_for(&address, "another-token-of-2").as_deref(), Some("426"));
    assert_eq!(status_for(&address, "the-first-token-of-2").as_deref(), Some("401"));
    wait_for("what it cannot take", || {
        said().contains("NOT in force until the service is started again: [budgets]\n").then_some(())
    });
    assert!(!said().contains("another-token"), "tokens are never shown");
    signal(&service.0, "TERM");
    assert_eq!(ended(&mut service.0).code(), Some(0), "{}", said());
}

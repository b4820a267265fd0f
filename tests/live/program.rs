//! `sansheng run` as a service manager runs it, with the real model: signals, the journal, and what `sansheng replay`
//! says of the same recordings.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::hall::SESAME;

pub const NAMES: [&str; 3] = ["counter-refusals", "counter-polite-look-alikes", "counter-rude-visitor"];

/// Time for everything, whatever else the machine does.
pub const UNHURRIED: &str = "[hearing]\npartial_step_ms = 5000\nlag_max_ms = 600000\n\
                         [budgets]\nforbidden_ms = 60000\ngreeting_ms = 60000\nfarewell_ms = 60000\n\
                         [stop]\nfinish_ms = 60000\n[server]\nlisten = \"127.0.0.1:0\"\n";

pub fn program() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_sansheng"));
    program.env_remove("SANSHENG_LOG").env_remove("NOTIFY_SOCKET").stdin(Stdio::null());
    program
}

pub fn recording(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/audio/{name}.flac"))
}

pub fn window(name: &str, more: &str) -> String {
    let path = recording(name);
    let path = path.display();
    format!(
        "[[window]]\nid = \"{name}\"\nclerk = \"file:{path}\"\nvisitor = \"file:{path}\"\nvisitor_channel = 1\n{more}"
    )
}

pub fn parsed(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_else(|fault| panic!("{fault}: {line}"))
}

pub fn is(line: &Value, kind: &str) -> bool {
    line["type"] == kind
}

/// The findings that stand, as they were printed, for each window.
fn standing(lines: &[String]) -> BTreeMap<String, Vec<String>> {
    let mut standing: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in lines {
        let finding = parsed(line);
        if !is(&finding, "finding") || finding["state"] == "held" {
            continue;
        }
        let of_window = standing.entry(finding["window"].to_string()).or_default();
        if finding["state"] == "retracted" {
            let same = |other: &String| {
                let other = parsed(other);
                (&other["rule"], &other["start_s"]) == (&finding["rule"], &finding["start_s"])
            };
            of_window.retain(|other| !same(other));
        } else {
            of_window.push(line.clone());
        }
    }
    standing.values_mut().for_each(|lines| lines.sort());
    standing
}

#[test]
fn the_service_finds_in_the_bundled_recordings_what_a_replay_finds_to_the_last_byte() {
    let folder = TempDir::new().expect("a temporary directory");
    let config = folder.path().join("hall.toml");
    let windows: String = NAMES.iter().map(|name| window(name, "")).collect();
    let text = format!("hall = \"大厅\"\n{windows}{UNHURRIED}[journal]\npath = \"journal.jsonl\"\n");
    fs::write(&config, text).expect("room for a file");
    let lines = |output: std::process::Output| -> Vec<String> {
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8").lines().map(str::to_owned).collect()
    };
    // Both at once: a replay is no slower for it than the recordings are long.
    let mut replay = program();
    replay.args(["replay", "--json", "--threads", "1"]).args(NAMES.map(recording));
    let replay = replay.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
    let live = program().arg("run").arg("--config").arg(&config).arg("--json").output();
    let live = lines(live.expect("the program starts"));
    let replayed = lines(replay.wait_with_output().expect("it ends"));
    for line in live.iter().map(|line| parsed(line)) {
        let lost = is(&line, "unheard") || (is(&line, "shed") && line["what"] != "partial");
        assert!(!lost, "the machine was too slow for this test: {line}");
    }
    let found = standing(&live);
    assert_eq!(found.len(), NAMES.len(), "every recording has findings: {found:#?}");
    assert_eq!(found, standing(&replayed));
    let journal = fs::read_to_string(folder.path().join("journal.jsonl")).expect("a journal");
    let journal: Vec<String> = journal.lines().map(str::to_owned).collect();
    assert_eq!(standing(&journal), found, "the journal has them too");
    assert_eq!(journal.iter().filter(|line| is(&parsed(line), "ended")).count(), NAMES.len());
}

/// A running service and what it prints.
struct Service {
    child: Child,
    out: BufReader<ChildStdout>,
}

impl Service {
    fn start(config: &Path) -> Self {
        let mut run = program();
        run.arg("run").arg("--config").arg(config).args(["--json", "--words"]);
        let mut child =
            run.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
        let out = BufReader::new(child.stdout.take().expect("a pipe"));
        Self { child, out }
    }

    /// Reads on to the first line that is `wanted`; all lines up to it.
    fn until(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Vec<Value> {
        let mut read = Vec::new();
        for line in self.out.by_ref().lines() {
            let line = parsed(&line.expect("UTF-8"));
            let found = wanted(&line);
            read.push(line);
            if found {
                return read;
            }
        }
        panic!("{what} never came: {read:#?}");
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status();
        assert!(sent.expect("there is a `kill`").success());
    }
}

#[test]
fn a_service_takes_new_rules_refuses_broken_ones_and_ends_in_good_order() {
    let folder = TempDir::new().expect("a temporary directory");
    let (config, rules, journal) = (
        folder.path().join("hall.toml"),
        folder.path().join("own.toml"),
        folder.path().join("journal.jsonl"),
    );
    let own = |version: &str| SESAME.replace("version = \"1\"", &format!("version = \"{version}\""));
    fs::write(&rules, own("1")).expect("room for a file");
    let windows = window(NAMES[0], "repeat = true\n");
    let text = format!(
        "hall = \"大厅\"\nrules = \"own.toml\"\n{windows}{UNHURRIED}[journal]\npath = \"journal.jsonl\"\n"
    );
    fs::write(&config, text).expect("room for a file");
    let mut service = Service::start(&config);
    service.until("the microphone", |line| is(line, "window") && line["state"] == "live");
    // A rule for words that are said further on.
    fs::write(&rules, own("2").replace("芝麻开门", "拿来看看").replace("\"H01", "\"H02"))
        .expect("room for a file");
    service.signal("HUP");
    let rules_line = service.until("the new rules", |line| is(line, "rules")).pop().expect("a line");
    assert!(rules_line["version"].to_string().contains("sesame.2"), "{rules_line}");
    fs::write(&rules, "[rulebook]\nid = 1\n").expect("room for a file");
    service.signal("HUP");
    // Under them the broken ones were refused.
    service.until("a finding of the new rules", |line| {
        is(line, "finding") && line["rule"] == "H02-sesame" && line["state"] == "confirmed"
    });
    service.signal("TERM");
    let mut rest = String::new();
    service.out.read_to_string(&mut rest).expect("UTF-8");
    let mut complaints = String::new();
    service.child.stderr.take().expect("a pipe").read_to_string(&mut complaints).expect("UTF-8");
    assert_eq!(service.child.wait().expect("it ends").code(), Some(0), "{complaints}");
    assert!(complaints.contains("the rules and the configuration in force stay"), "{complaints}");
    let last = parsed(rest.lines().last().expect("the end is told"));
    assert!(is(&last, "ended"), "{last}");
    let journal = fs::read_to_string(journal).expect("a journal");
    let journal: Vec<Value> = journal.lines().map(parsed).collect();
    assert_eq!(journal.last(), Some(&last), "the journal is complete");
    assert_eq!(
        journal.iter().filter(|line| is(line, "rules")).count(),
        1,
        "the broken rules never came in force"
    );
    assert!(!journal.iter().any(|line| is(line, "unheard")), "no audio was dropped");
    assert_eq!(last["unheard_s"], 0.0, "{last}");
}

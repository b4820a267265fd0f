//! Halls that are killed, again and again, at any moment: whatever was shown is in the journal, nothing is shown twice, and
//! the journal goes on.
//!
//! The killed process is this very test program, which runs the service as `sansheng run --json` does, with a recogniser
//! that hears one forbidden phrase in everything.

#[path = "pipeline/voice.rs"]
mod voice;

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use sansheng::asr::{AsrError, Care, HeardChar, Hypothesis, Recogniser};
use sansheng::cli::serve_with;
use sansheng::conduct::CompiledBook;
use sansheng::conduct::rulebook::{Rulebook, Setting, Source};
use sansheng::config::Config;
use sansheng::ledger::{Body, Kind, Query, Reader};
use sansheng::mandarin::syllable_of;
use sansheng::units::Span;
use sansheng::vad::SpeechSegment;
use serde_json::Value;

/// Halls that are killed side by side, how often each, and its windows.
const HALLS: usize = 5;
const KILLS: u64 = 21;
const WINDOWS: usize = 6;

/// How long an alert is waited for that must come.
const PATIENCE: Duration = Duration::from_secs(300);

/// Where the killed process finds its hall.
const FOLDER: &str = "SANSHENG_TEST_HALL";

const RULES: &str = include_str!("data/rulebooks/one-rule.toml");

/// Hears 没时间 in everything, and is sure of it.
struct OneMind;

impl Recogniser for OneMind {
    fn decode(&mut self, segment: &SpeechSegment, _: Care) -> Result<Hypothesis, AsrError> {
        let Span { start, end } = segment.speech;
        let each = (end.0 - start.0) / 3;
        let heard = |(n, ch): (usize, char)| HeardChar {
            ch,
            syllable: syllable_of(ch),
            span: Span { start: start.plus(n as u64 * each), end: start.plus((n as u64 + 1) * each) },
            probability: 1.0,
        };
        let chars = "没时间".chars().enumerate().map(heard).collect();
        Ok(Hypothesis { chars, ..Hypothesis::silent(segment) })
    }

    fn score(&mut self, _: &SpeechSegment, _: Care, _: &str, all: &[String]) -> Result<Vec<f32>, AsrError> {
        Ok(all.iter().map(|text| if text.starts_with("没时间") { 0.0 } else { -20.0 }).collect())
    }

    fn fingerprint(&self) -> String {
        "of one mind".to_owned()
    }
}

/// Not a test: the service that is killed.
#[test]
#[ignore = "it is started by the other test"]
fn service() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let config = Config::load(&Path::new(&folder).join("hall.toml")).expect("a configuration");
    let rules = Rulebook::of_sources(vec![Source::new("small.toml", RULES)], &Setting::default());
    let book = Arc::new(CompiledBook::compile(rules.expect("rules")).expect("rules"));
    let served = serve_with(config, book, vec![Box::new(OneMind), Box::new(OneMind)]);
    panic!("it ended by itself: {served:?}");
}

/// A hall whose clerks say something every second or so, none in step with another.
fn furnish(folder: &Path) {
    let mut text =
        "hall = \"大厅\"\n[server]\nlisten = \"127.0.0.1:0\"\n[ledger]\ndata = \"data\"\n".to_owned();
    for window in 0..WINDOWS {
        let mut samples = vec![0.0_f32; 14_000 + 1_700 * window];
        voice::room(&mut samples, window as u32 + 1);
        voice::speak(&mut samples, 0.05 + 0.03 * window as f64, 0.45 + 0.03 * window as f64);
        let path = folder.join(format!("{window}.wav"));
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: 16_000,
            bits_per_sample: 32,
            sample_format: hound::SampleFormat::Float,
        };
        let mut wav = hound::WavWriter::create(&path, spec).expect("room for a file");
        samples.iter().for_each(|sample| wav.write_sample(*sample).expect("room for a file"));
        wav.finalize().expect("room for a file");
        text.push_str(&format!(
            "[[window]]\nid = \"{window}\"\nclerk = \"file:{window}.wav\"\nrepeat = true\n"
        ));
    }
    fs::write(folder.join("hall.toml"), text).expect("room for a file");
}

/// When a service is killed: so many alerts after its start, and this much later.
#[derive(Clone, Copy, Debug)]
struct Life {
    alerts: u64,
    then: Duration,
}

impl Life {
    /// One in five is killed while it starts, three the moment that they show an alert, the others between alerts.
    fn drawn(random: &mut u64) -> Self {
        let mut below = |most: u64| {
            *random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (*random >> 33) % most
        };
        match below(5) {
            0 => Self { alerts: 0, then: Duration::from_micros(below(700_000)) },
            1 => Self { alerts: 1 + below(8), then: Duration::from_micros(below(60_000)) },
            _ => Self { alerts: 1 + below(8), then: Duration::ZERO },
        }
    }
}

/// Runs the service for `life`, and kills it; alerts that it showed, by id and revision.
fn live_and_die(folder: &Path, life: Life) -> Vec<(u64, u64)> {
    let mut service = Command::new(std::env::current_exe().expect("a program"));
    service.args(["--exact", "service", "--ignored", "--nocapture", "--test-threads", "1"]);
    service.env(FOLDER, folder).env_remove("SANSHENG_LOG").env_remove("NOTIFY_SOCKET");
    let log = fs::File::create(folder.join("log")).expect("room for a file");
    let mut service = service.stdout(Stdio::piped()).stderr(log).spawn().expect("it starts");
    let out = BufReader::new(service.stdout.take().expect("a pipe"));
    let (to, lines) = crossbeam_channel::unbounded();
    let reading = thread::spawn(move || {
        for line in out.split(b'\n') {
            let _ = to.send(String::from_utf8(line.expect("a pipe")).expect("UTF-8"));
        }
    });
    let mut alerts = Vec::new();
    while (alerts.len() as u64) < life.alerts {
        let line = lines.recv_timeout(PATIENCE);
        let line = line.unwrap_or_else(|fault| {
            let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
            panic!("{life:?}, {} came, {fault}: {log}", alerts.len())
        });
        alerts.extend(alert_of(&line));
    }
    if !life.then.is_zero() {
        thread::sleep(life.then);
    }
    // SIGKILL: nothing in it can do anything any more.
    service.kill().expect("it lives");
    let code = service.wait().expect("a process").code();
    let log = fs::read_to_string(folder.join("log")).expect("a log");
    assert_eq!(code, None, "it was not killed but ended: {log}");
    reading.join().expect("it reads to the end");
    alerts.extend(lines.iter().filter_map(|line| alert_of(&line)));
    alerts
}

/// Id and revision of the alert that a line shows. The test program's own lines are none, and nor is one that the kill cut.
fn alert_of(line: &str) -> Option<(u64, u64)> {
    let line: Value = serde_json::from_str(line).ok()?;
    (line["type"] == "alert").then_some((line["id"].as_u64()?, line["revision"].as_u64()?))
}

/// Kills one hall again and again; gives how many revisions it showed.
fn kill_a_hall(hall: usize) -> usize {
    let folder = tempfile::tempdir().expect("a temporary directory");
    furnish(folder.path());
    let data = folder.path().join("data");
    let mut random = 0x5eed_0000 + hall as u64;
    let mut shown: BTreeSet<(u64, u64)> = BTreeSet::new();
    for kill in 1..=KILLS {
        for revision in live_and_die(folder.path(), Life::drawn(&mut random)) {
            assert!(shown.insert(revision), "hall {hall}, kill {kill}: alert {revision:?} was shown twice");
        }
        if !data.join("journal.db").exists() {
            assert!(shown.is_empty());
            continue;
        }
        let journalled = journalled(&data, hall, kill);
        let missing: Vec<_> = shown.difference(&journalled).collect();
        assert!(missing.is_empty(), "hall {hall}, kill {kill}: shown, and not in the journal: {missing:?}");
    }
    shown.len()
}

/// Revisions of alerts that are in the journal, which has to be as it was written.
fn journalled(data: &Path, hall: usize, kill: u64) -> BTreeSet<(u64, u64)> {
    let reader = match Reader::open(data) {
        Ok(reader) => reader,
        // Killed before there was anything in it: the next one begins it.
        Err(sansheng::ledger::JournalFault::Foreign { .. }) if kill < 3 => return BTreeSet::new(),
        Err(fault) => panic!("hall {hall}, kill {kill}: {fault}"),
    };
    let verdict = reader.verify().expect("it can be read");
    assert!(verdict.is_sound(), "hall {hall}, kill {kill}: {verdict:#?}");
    let alerts = reader.events(&Query { kinds: vec![Kind::Alert], ..Query::default() });
    let mut all = BTreeSet::new();
    for event in alerts {
        let Ok(Some(Body::Alert(alert))) = event.expect("an event").read() else { panic!("an alert") };
        let new = all.insert((alert.id, u64::from(alert.revision)));
        assert!(new, "hall {hall}, kill {kill}: alert {}.{} is journalled twice", alert.id, alert.revision);
    }
    all
}

#[test]
fn whatever_was_shown_before_a_kill_is_in_the_journal_and_nothing_is_shown_twice() {
    assert!(HALLS as u64 * KILLS >= 100);
    let halls: Vec<_> = (0..HALLS).map(|hall| thread::spawn(move || kill_a_hall(hall))).collect();
    let shown: Vec<usize> =
        halls.into_iter().map(|hall| hall.join().unwrap_or_else(|p| std::panic::resume_unwind(p))).collect();
    eprintln!("{} kills, revisions of alerts shown by each hall: {shown:?}", HALLS as u64 * KILLS);
    assert!(shown.iter().all(|shown| *shown > 20), "there was something to lose: {shown:?}");
}

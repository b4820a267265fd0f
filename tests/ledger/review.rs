//! `sansheng review`, `shifts sign-in` and `score` as people run them, while a service writes the journal.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::program;
use sansheng::conduct::rulebook::{Rulebook, Setting, Source};
use sansheng::conduct::scene::EncounterKind;
use sansheng::conduct::{CompiledBook, Encounter, Evidence, Finding, FindingKind, FindingState, Severity};
use sansheng::ledger::event::{ClockBody, QuietBody};
use sansheng::ledger::{Body, Draft, Journal, Reader, Store};
use sansheng::units::{ChannelIndex, SessionTime, Span, WindowId};
use serde_json::Value;

const RULES: &str = r#"
[rulebook]
id = "small"
version = "1"
title = "小"
[[standard]]
id = "S9"
title = "标准"
year = 2026
[[standard.article]]
number = "一"
text = "不得说没时间。"
[[rule]]
id = "P53-no-time"
provision = "P53"
kind = "forbidden"
title = "没时间"
severity = "major"
weight = 5
advice = "请稍等。"
cites = [{ standard = "S9", article = "一" }]
[[rule.phrase]]
say = "没时间"
"#;

const CONFIG: &str = r#"hall = "厅"
[[window]]
id = "1"
clerk = "device:x"
[[window]]
id = "2"
clerk = "device:y"
[ledger]
data = "data"
[shifts]
file = "shifts.toml"
[score]
encounters_min = 1
[review]
appeal_days = 365
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
id = "0900"
name = "王五"
[[assign]]
window = "1"
shift = "早"
clerk = "0231"
"#;

/// In samples.
const MINUTE: u64 = 60 * 16_000;

struct Hall {
    folder: tempfile::TempDir,
    journal: Journal,
    book: Arc<CompiledBook>,
    eight_us: i64,
}

impl Hall {
    /// A shift of yesterday, with an encounter and a finding in it; the service goes on having the journal.
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary directory");
        for (name, text) in [("sansheng.toml", CONFIG), ("shifts.toml", SHIFTS)] {
            fs::write(folder.path().join(name), text).expect("room for a file");
        }
        let rules = Rulebook::of_sources(vec![Source::new("s.toml", RULES)], &Setting::default());
        let book = Arc::new(CompiledBook::compile(rules.expect("rules")).expect("rules"));
        let journal = Journal::open(&folder.path().join("data"), "an engine").expect("a journal");
        let today = (sansheng::clock::unix_micros() + 8 * 3_600_000_000).div_euclid(86_400_000_000);
        let eight_us = (today - 1) * 86_400_000_000;
        let mut hall = Self { folder, journal, book, eight_us };
        hall.tell((0, 0), Body::Clock(ClockBody { wall_us: eight_us }));
        let encounter = Encounter {
            kind: EncounterKind::Counter,
            span: Span { start: SessionTime(10 * MINUTE), end: SessionTime(20 * MINUTE) },
            rings: 0,
            answered: None,
            ticket: None,
            served: true,
            interrupted: false,
        };
        hall.tell((10, 20), Body::Encounter(Box::new(encounter)));
        hall.tell((15, 15), Body::Finding(Box::new(finding())));
        hall.tell((70, 70), Body::Quiet(QuietBody { clerk: SessionTime(70 * MINUTE) }));
        hall
    }

    fn tell(&mut self, (from, to): (u64, u64), body: Body) {
        let session = Span { start: SessionTime(from * MINUTE), end: SessionTime(to * MINUTE) };
        let draft = Draft {
            window: Some(WindowId::new("1")),
            session: Some(session),
            wall_us: self.eight_us + to as i64 * 60_000_000,
            book: Arc::clone(&self.book),
            body,
            original: None,
        };
        self.journal.append(&[draft]).expect("room for an event");
    }
}

fn finding() -> Finding {
    let at = SessionTime(15 * MINUTE);
    Finding {
        window: WindowId::new("1"),
        kind: FindingKind::Forbidden,
        provision: "P53".into(),
        rule: "P53-no-time".into(),
        severity: Severity::Major,
        phrase: "没时间".into(),
        heard: "没实践".into(),
        channel: ChannelIndex(0),
        span: Span { start: at, end: at },
        due: at,
        sureness: 0.75,
        state: FindingState::Confirmed,
        cites: Vec::new(),
        reason: String::new(),
        reason_zh: String::new(),
        evidence: Evidence::default(),
        needs_review: false,
    }
}

/// Exit code, standard output and standard error.
fn sansheng(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    program::run(arguments, folder)
}

#[test]
fn a_finding_goes_through_review_appeal_and_decision_while_the_service_writes() {
    let mut hall = Hall::new();
    let folder = hall.folder.path().to_owned();
    let day = |more: i64| {
        let days = (hall.eight_us + more * 86_400_000_000).div_euclid(86_400_000_000);
        sansheng::units::Date::from_unix_days(days).to_string()
    };
    let (yesterday, today) = (day(0), day(1));
    let score = || {
        let (code, out, err) =
            sansheng(&folder, &["score", "--from", &yesterday, "--to", &today, "--clerk", "张三", "--json"]);
        assert_eq!(code, Some(0), "{err}");
        let line: Value = serde_json::from_str(out.lines().next().expect("a shift")).expect("JSON");
        (line["score"]["outcome"]["points"].clone(), line["score"]["outcome"]["at_worst"].clone())
    };
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let (over, service) = (&over, &mut hall);
        scope.spawn(move || {
            for minute in 71.. {
                if over.load(Ordering::Relaxed) {
                    break;
                }
                service
                    .tell((minute, minute), Body::Quiet(QuietBody { clerk: SessionTime(minute * MINUTE) }));
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
        });
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            assert_eq!(score(), (80_000.into(), 80_000.into()));
            let steps: [(&[&str], i32, &str); 11] = [
                (&["dismiss", "3", "--who", "王五"], 1, "no reason is given"),
                (&["uphold", "3", "--who", "0231"], 1, "0231 sat at the window: somebody else"),
                (&["uphold", "3", "--who", "张三"], 1, "0231 sat at the window: somebody else"),
                (&["uphold", "99", "--who", "王五"], 1, "there is no finding 99"),
                (&["decide", "3", "upheld", "--who", "赵六", "--reason", "x"], 1, "nobody appealed"),
                (&["uphold", "3", "--who", "王五"], 0, "finding 3 upheld; the clerk may appeal until "),
                (&["uphold", "3", "--who", "赵六"], 1, "it was reviewed by 0900 already"),
                (&["appeal", "3", "--who", "李四", "--text", "x"], 1, "only the clerk who sat there, 0231"),
                (&["appeal", "3", "--who", "张三", "--text", "不是我说的"], 0, "finding 3 under appeal"),
                (&["decide", "3", "upheld", "--who", "0900", "--reason", "x"], 1, "0900 reviewed it"),
                (
                    &["decide", "3", "dismissed", "--who", "赵六", "--reason", "听不清"],
                    0,
                    "finding 3 decided: dismissed",
                ),
            ];
            for (arguments, code, said) in steps {
                let (ended, out, err) = sansheng(&folder, &[&["review"], arguments].concat());
                assert_eq!(ended, Some(code), "{arguments:?}: {out}{err}");
                assert!((out + &err).contains(said), "{arguments:?}");
                if arguments[0] == "appeal" && code == 0 {
                    assert_eq!(score(), (100_000.into(), 80_000.into()), "under appeal it takes nothing");
                    let (_, out, _) = sansheng(&folder, &["review", "list"]);
                    assert!(out.contains("appealed by 0231") && out.contains("没实践"), "{out}");
                }
            }
            assert_eq!(score(), (100_000.into(), 100_000.into()));
            let (_, out, _) = sansheng(&folder, &["review", "list"]);
            assert_eq!(out, "nothing awaits a review or a decision\n");
            let (_, out, _) = sansheng(&folder, &["review", "list", "--all", "--json"]);
            let line: Value = serde_json::from_str(&out).expect("JSON");
            assert_eq!((&line["review"], &line["clerk"]), (&"dismissed".into(), &"0231".into()));
            assert_eq!(line["steps"].as_array().map(Vec::len), Some(3));
            let (code, out, err) =
                sansheng(&folder, &["score", "--from", &yesterday, "--to", &yesterday, "--store"]);
            assert_eq!(code, Some(0), "{out}{err}");
            assert!(err.contains("1 scores stored"), "{err}");
            let (code, out, _) = sansheng(&folder, &["score", "--check"]);
            assert_eq!((code, out.as_str()), (Some(0), "1 stored scores, 0 that do not agree\n"));
        }));
        over.store(true, Ordering::Relaxed);
        outcome.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    });
    // What the service wrote before, between and after, and what people did, is one chain.
    let last = hall.journal.last_seq();
    let verdict = Reader::open(&folder.join("data")).expect("a journal").verify().expect("it can be read");
    assert!(verdict.is_sound() && verdict.events == last, "{verdict:?}");
}

#[test]
fn sign_ins_go_into_the_journal_and_change_whose_the_finding_is() {
    let hall = Hall::new();
    let folder = hall.folder.path();
    let at = |minute: i64| {
        let (day, minute) = ((hall.eight_us + 8 * 3_600_000_000).div_euclid(86_400_000_000), minute);
        format!("{}T08:{minute:02}:00+08:00", sansheng::units::Date::from_unix_days(day))
    };
    let cases: [(&[&str], i32, &str); 5] = [
        (&["--window", "9", "--clerk", "0231"], 1, "there is no window `9`: the configuration has 1, 2"),
        (&["--window", "1", "--clerk", "0999"], 1, "\"0999\" is nobody of the calendar"),
        (&["--window", "1", "--clerk", "0231", "--at", "2999-01-01T00:00:00Z"], 1, "--at is in the future"),
        (&["--window", "1", "--clerk", "王五", "--at", &at(12), "--by", "李主任"], 0, "0900 sits there"),
        (&["--window", "2", "--clerk", "0231", "--at", &at(13)], 0, "0231 sits there"),
    ];
    for (arguments, code, said) in cases {
        let (ended, out, err) = sansheng(folder, &[&["shifts", "sign-in"], arguments].concat());
        assert_eq!(ended, Some(code), "{arguments:?}: {out}{err}");
        assert!((out + &err).contains(said), "{arguments:?}");
    }
    let (_, out, _) = sansheng(folder, &["review", "list", "--all", "--json"]);
    let line: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(line["clerk"], "0900");
    let (code, out, _) = sansheng(folder, &["journal", "verify"]);
    assert_eq!(code, Some(0), "{out}");
}

#[test]
fn a_report_is_printed_and_written_in_every_form() {
    let hall = Hall::new();
    let folder = hall.folder.path();
    let day = (hall.eight_us + 8 * 3_600_000_000).div_euclid(86_400_000_000);
    let day = sansheng::units::Date::from_unix_days(day).to_string();
    let report =
        |more: &[&str]| sansheng(folder, &[&["report", "--from", &day, "--to", &day], more].concat());
    let (code, out, err) = report(&["--hall"]);
    assert_eq!(code, Some(0), "{err}");
    for told in ["厅 窗口服务规范报告", "全厅", "张三", "0231", "80.0", "100.0 %", "未归属", "P53"]
    {
        assert!(out.contains(told), "{told}\n{out}");
    }
    for (name, begins) in [("r.csv", &b"\xef\xbb\xbf"[..]), ("r.xlsx", b"PK"), ("r.html", b"<!doctype html>")]
    {
        let (code, out, err) = report(&["--clerk", "张三", "--out", name]);
        assert_eq!((code, out.as_str()), (Some(0), ""), "{err}");
        let bytes = fs::read(folder.join(name)).expect("a file");
        assert!(bytes.starts_with(begins), "{name}");
    }
    let page = fs::read_to_string(folder.join("r.html")).expect("a page");
    assert!(page.contains("人员 张三 0231") && page.contains("80.0") && page.contains("P53"), "{page}");
    for (arguments, said) in [
        (&["--out", "r.pdf"][..], "name a file that ends in .csv, .xlsx or .html"),
        (&["--from", "2999-01-01", "--to", "2999-01-01"], "2999-01-01 has not begun"),
        (&["--out", "none/r.csv"], "none/r.csv: cannot be written"),
    ] {
        let all = if arguments[0] == "--from" {
            sansheng(folder, &[&["report"], arguments].concat())
        } else {
            report(arguments)
        };
        assert!(all.0 == Some(1) && all.2.contains(said), "{arguments:?}: {}", all.2);
    }
}

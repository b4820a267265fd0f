//! The bundled recordings, heard by the real model, must give the findings that stand beside them.
//!
//! `SANSHENG_GOLDEN=write cargo test --test golden` writes them anew; the difference shows what a change does.
//! Accusations and missing words must agree, in order, and begin within 0.3 s of what is written. Words heard are
//! there to be read: another processor may spell a syllable differently. For the same reason the credit of a
//! recording may differ by one finding.

mod replay;

use std::fmt;
use std::fs;
use std::path::PathBuf;

use sansheng::conduct::{Finding, FindingKind, FindingState};

const NAMES: [&str; 3] = ["counter-refusals", "counter-polite-look-alikes", "counter-rude-visitor"];

/// Processors differ in the last digits of what the recogniser computes, and so in the times of its words.
const START_TOLERANCE_S: f64 = 0.3;
const CREDIT_TOLERANCE: usize = 1;

/// One line of a `.findings` file.
#[derive(Clone, Debug, PartialEq)]
struct Line {
    /// Kind, state and provision.
    what: String,
    rule: String,
    start_s: f64,
    heard: String,
}

impl Line {
    fn of(finding: &Finding) -> Self {
        let what = format!("{:?} {:?} {}", finding.kind, finding.state, finding.provision).to_lowercase();
        Self {
            what: what.replace(" p", " P"),
            rule: finding.rule.clone(),
            start_s: finding.span.start.seconds(),
            heard: finding.heard.clone(),
        }
    }

    fn read(line: &str) -> Option<Self> {
        let mut fields = line.split_whitespace();
        let start_s = fields.next()?.parse().ok()?;
        let what: Vec<&str> = fields.by_ref().take(3).collect();
        Some(Self {
            what: what.join(" "),
            rule: fields.next()?.to_owned(),
            start_s,
            heard: fields.next().unwrap_or_default().to_owned(),
        })
    }

    fn gives_credit(&self) -> bool {
        self.what.starts_with("credit")
    }

    fn agrees_with(&self, other: &Self) -> bool {
        self.what == other.what && (self.start_s - other.start_s).abs() <= START_TOLERANCE_S
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, rule, start_s, heard } = self;
        write!(f, "{start_s:6.1}  {what:<23} {rule:<26} {heard}")
    }
}

fn text(lines: &[Line]) -> String {
    lines.iter().map(|line| line.to_string().trim_end().to_owned() + "\n").collect()
}

/// Where two lists of findings disagree, if they do.
fn disagreement(found: &[Line], golden: &[Line]) -> Option<String> {
    let split =
        |lines: &[Line]| -> (Vec<Line>, Vec<Line>) { lines.iter().cloned().partition(Line::gives_credit) };
    let ((found_credit, found), (golden_credit, golden)) = (split(found), split(golden));
    let same = found.len() == golden.len() && found.iter().zip(&golden).all(|(a, b)| a.agrees_with(b));
    let credited = found_credit.len().abs_diff(golden_credit.len()) <= CREDIT_TOLERANCE;
    (!same || !credited).then(|| {
        format!(
            "found:\n{}written:\n{}",
            text(&[found, found_credit].concat()),
            text(&[golden, golden_credit].concat())
        )
    })
}

#[test]
fn the_bundled_recordings_give_the_findings_written_beside_them() {
    let file = |name: &str, extension: &str| PathBuf::from(format!("tests/audio/{name}.{extension}"));
    let paths = NAMES.map(|name| file(name, "flac"));
    let mut faults = String::new();
    for (name, replayed) in NAMES.into_iter().zip(replay::replay(&paths)) {
        let counts = |finding: &&Finding| finding.state != FindingState::Held;
        let found: Vec<Line> = replayed.findings.iter().filter(counts).map(Line::of).collect();
        let path = file(name, "findings");
        if std::env::var_os("SANSHENG_GOLDEN").is_some_and(|value| value == "write") {
            fs::write(&path, text(&found)).expect("tests/audio can be written");
        }
        let written = fs::read_to_string(&path).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()));
        let golden: Option<Vec<Line>> = written.lines().map(Line::read).collect();
        let golden = golden.unwrap_or_else(|| panic!("{}: a line cannot be read", path.display()));
        let accused = replayed.findings.iter().any(|f| counts(&f) && f.kind == FindingKind::Forbidden);
        assert_eq!(accused, name == "counter-refusals", "{name}: only one of the clerks is rude");
        if let Some(difference) = disagreement(&found, &golden) {
            faults.push_str(&format!("{}\n{difference}", path.display()));
        }
    }
    assert!(
        faults.is_empty(),
        "{faults}\nif the change is meant, rewrite: SANSHENG_GOLDEN=write cargo test --test golden"
    );
}

#[test]
fn the_comparison_forgives_hundredths_of_seconds_and_nothing_of_substance() {
    let line = |text| Line::read(text).expect("a line");
    let golden = line("   4.9  forbidden confirmed P30 P30-not-my-business 我不管问别人去");
    assert_eq!(Line::read(&golden.to_string()), Some(golden.clone()));
    for (found, agrees) in [
        ("   4.7  forbidden confirmed P30 P30-not-my-business 我不管问别人区", true),
        ("   4.5  forbidden confirmed P30 P30-not-my-business 我不管问别人去", false),
        ("   4.9  forbidden confirmed P31 P31-stop-rambling 我不管问别人去", false),
        ("   4.9  missing confirmed P30 P30-not-my-business 我不管问别人去", false),
        ("   4.9  forbidden unknown P30 P30-not-my-business 我不管问别人去", false),
    ] {
        assert_eq!(disagreement(&[line(found)], std::slice::from_ref(&golden)).is_none(), agrees, "{found}");
    }
    assert!(disagreement(&[], std::slice::from_ref(&golden)).is_some(), "a finding is lost");
    let credit = line("   1.0  credit confirmed P06 P06-ten-characters 您好");
    let credited = |times: usize| [vec![golden.clone()], vec![credit.clone(); times]].concat();
    assert!(disagreement(&credited(1), &credited(2)).is_none());
    assert!(disagreement(&credited(0), &credited(2)).is_some());
}

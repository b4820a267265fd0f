//! Reports. In: a file of JSON lines that the hall's queue and telephone systems write. Out: [`HallReport`], and a
//! warning for every line that cannot be used. Threads: the caller's of a replay, `events` of the live service.
//! Allocates: per line.
//!
//! The format is described in `docs/events.md`.

mod line;
mod tail;
mod time;

use std::fs::File;
use std::io;
use std::path::Path;

use crate::conduct::{Report, ReportKind};
use crate::toml_file::{Fault, FaultLevel};
use crate::units::{SessionTime, WindowId};

use tail::Lines;

pub use tail::Tail;
pub use time::{TimeFault, wall_seconds};

/// Longer lines are no events, in bytes.
const LINE_MAX: usize = 4_096;

/// Something that the hall tells of a window.
#[derive(Clone, Debug, PartialEq)]
pub struct HallReport {
    pub window: WindowId,
    pub at: ReportedAt,
    pub kind: ReportKind,
    pub ticket: Option<String>,
}

/// What was reported, of which window, in session time.
pub type Reports = Vec<(WindowId, Report)>;

/// When, as the line says it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ReportedAt {
    /// Seconds since the start of the window's session.
    Session(f64),
    /// Seconds since the Unix epoch.
    Wall(f64),
}

/// What a file holds for sessions that began at `began`, in seconds since the Unix epoch, and a warning for every
/// line that cannot be used. Without `began` these are all lines with a wall time.
///
/// # Errors
/// When the file cannot be read.
pub fn read_reports(path: &Path, began: Option<f64>) -> io::Result<(Reports, Vec<Fault>)> {
    let (mut reports, mut faults) = (Vec::new(), Vec::new());
    let mut take = |number: usize, bytes: &[u8]| {
        let read = line::read(bytes);
        match read.and_then(|report| report.map(|report| in_session(report, began)).transpose()) {
            Ok(report) => reports.extend(report),
            Err((found, remedy)) => faults.push(fault(path, number, found, remedy)),
        }
    };
    let mut lines = Lines::new(File::open(path)?)?;
    lines.read(&mut take)?;
    lines.rest(&mut take);
    Ok((reports, faults))
}

/// What was found, and what to do.
pub type Refusal = (String, String);

/// Reads one line; one that has no time happens `now`, in seconds since the Unix epoch. `None` of a line without text.
///
/// # Errors
/// [`Refusal`].
pub fn read_line(bytes: &[u8], now: Option<f64>) -> Result<Option<HallReport>, Refusal> {
    line::read_at(bytes, now)
}

fn in_session(report: HallReport, began: Option<f64>) -> Result<(WindowId, Report), Refusal> {
    let HallReport { window, at, kind, ticket } = report;
    let seconds = match (at, began) {
        (ReportedAt::Session(seconds), _) => seconds,
        (ReportedAt::Wall(wall), Some(began)) if wall >= began => wall - began,
        (ReportedAt::Wall(_), Some(_)) => {
            let found = "`at` is before the recording began".to_owned();
            return Err((found, "check --began, or leave the line out".to_owned()));
        }
        (ReportedAt::Wall(_), None) => {
            let found = "`at` is a time of day, and nobody said when the recording began".to_owned();
            return Err((found, "give --began TIME, or write `at_s`, seconds from its start".to_owned()));
        }
    };
    Ok((window, Report { at: SessionTime::from_seconds(seconds), kind, ticket }))
}

fn fault(path: &Path, line: usize, found: String, remedy: String) -> Fault {
    Fault { level: FaultLevel::Warning, file: path.display().to_string(), line, column: 1, found, remedy }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn good_lines_are_read_and_every_faulty_one_is_named_with_its_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let good = r#"{"event":"ticket-called","window":"3","ticket":"A12","at_s":1.5}

{"event":"ring","window":"3","at":"2026-11-22T09:00:10+08:00","line":"8001"}
"#;
        let bad = [
            (r#"{"event":"ticket-caled","window":"3","at_s":1}"#, "ticket-called"),
            (r#"{"event":"ring","at_s":1}"#, "window"),
            (r#"{"window":"3","at_s":1}"#, "event"),
            (r#"{"event":"ring","window":"3"}"#, "at_s"),
            (r#"{"event":"ring","window":"3","at_s":-1}"#, "at_s"),
            (r#"{"event":"ring","window":"3","at_s":1,"at":"2026-11-22T09:00:10Z"}"#, "both"),
            (r#"{"event":"ring","window":"3","at":"2026-11-22T09:00:10"}"#, "+08:00"),
            (r#"{"event":"ring","window":"3","at":"yesterday"}"#, "RFC 3339"),
            (r#"{"event":"ring","window":3,"at_s":1}"#, "window"),
            (r#"{"event":"ring","window":"3","at":"2026-11-22T08:59:59+08:00"}"#, "--began"),
            ("ring at window 3", "JSON"),
            ("[1, 2]", "object"),
        ];
        let text = bad.iter().fold(good.to_owned(), |text, (line, _)| text + line + "\n");
        fs::write(&path, text.into_bytes()).unwrap();
        let began = wall_seconds("2026-11-22T01:00:00Z");
        let (reports, faults) = read_reports(&path, began.ok()).unwrap();
        let shown: Vec<_> =
            reports.iter().map(|(w, r)| (w.as_str(), r.at.seconds(), r.kind.name())).collect();
        assert_eq!(shown, [("3", 1.5, "ticket-called"), ("3", 10.0, "ring")]);
        assert_eq!(reports[0].1.ticket.as_deref(), Some("A12"));
        assert_eq!(faults.len(), bad.len(), "{faults:#?}");
        for (index, ((line, named), fault)) in bad.iter().zip(&faults).enumerate() {
            assert_eq!(fault.line, index + 4, "{line}");
            assert!(fault.to_string().contains(named), "{line}: {fault}");
        }
    }

    #[test]
    fn without_a_beginning_a_time_of_day_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        fs::write(&path, "{\"event\":\"ring\",\"window\":\"3\",\"at\":\"2026-11-22T09:00:10Z\"}\n").unwrap();
        let (reports, faults) = read_reports(&path, None).unwrap();
        assert!(reports.is_empty() && faults[0].remedy.contains("--began"), "{faults:?}");
    }

    #[test]
    fn bytes_that_are_no_text_and_lines_without_end_do_no_harm() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let mut bytes = vec![b'{'; 100_000];
        bytes.extend(b"\n\xff\xfe\x00\n\n");
        fs::write(&path, bytes).unwrap();
        let (reports, faults) = read_reports(&path, None).unwrap();
        assert_eq!((reports.len(), faults.len()), (0, 2), "{faults:?}");
    }
}

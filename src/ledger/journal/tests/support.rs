//! Journals to look at.

use std::path::Path;
use std::sync::{Arc, LazyLock};

use rusqlite::Connection;
use tempfile::TempDir;

use super::super::folder::database;
use super::super::{Journal, Reader, Store, Verdict};
use crate::conduct::rulebook::{Rulebook, Setting, Source};
use crate::conduct::{CompiledBook, Evidence, Finding, FindingKind, FindingState, Severity};
use crate::ledger::event::{
    AlertBody, Body, ClockBody, Draft, EndedBody, GapBody, LatencyBody, QuietBody, RunStarted,
};
use crate::units::{ChannelIndex, SessionTime, Span, WindowId};

const RULES: &str = include_str!("../../../../tests/data/rulebooks/one-rule.toml");

/// One rule.
pub static BOOK: LazyLock<Arc<CompiledBook>> = LazyLock::new(|| {
    let rules = Rulebook::of_sources(vec![Source::new("small.toml", RULES)], &Setting::default());
    Arc::new(CompiledBook::compile(rules.unwrap_or_else(|faults| panic!("{faults}"))).unwrap())
});

pub fn draft(window: Option<&str>, session: Option<(u64, u64)>, body: Body) -> Draft {
    let span = |(start, end)| Span { start: SessionTime(start), end: SessionTime(end) };
    static WALL_US: std::sync::atomic::AtomicI64 = std::sync::atomic::AtomicI64::new(1_795_000_000_000_000);
    let wall_us = WALL_US.fetch_add(1_000, std::sync::atomic::Ordering::Relaxed);
    Draft {
        window: window.map(WindowId::new),
        session: session.map(span),
        wall_us,
        book: Arc::clone(&BOOK),
        body,
        original: None,
    }
}

pub fn begun(journal: &Journal) -> Draft {
    let started = RunStarted {
        hall: "大厅".into(),
        version: "0".into(),
        windows: Vec::new(),
        idle: SessionTime(1),
        farewell: SessionTime(1),
        wait: SessionTime(1),
        broken_off: None,
        cut: None,
    };
    draft(None, None, Body::RunStarted(Box::new(journal.started(started))))
}

pub fn clock(window: &str, at: u64, wall_us: i64) -> Draft {
    draft(Some(window), Some((at, at)), Body::Clock(ClockBody { wall_us }))
}

pub fn quiet(window: &str, until: u64) -> Draft {
    draft(Some(window), Some((until, until)), Body::Quiet(QuietBody { clerk: SessionTime(until) }))
}

pub fn gap(window: &str, from: u64, to: u64) -> Draft {
    draft(Some(window), Some((from, to)), Body::Gap(GapBody { why: "lost".into() }))
}

pub fn ended(window: &str, at: u64) -> Draft {
    draft(Some(window), Some((at, at)), Body::Ended(EndedBody { lost: 0 }))
}

pub fn finding(window: &str, at: u64, state: &str) -> Draft {
    let state = match state {
        "confirmed" => FindingState::Confirmed,
        "unknown" => FindingState::Unknown,
        "retracted" => FindingState::Retracted,
        other => panic!("{other}"),
    };
    let span = Span { start: SessionTime(at), end: SessionTime(at + 8_000) };
    let finding = Finding {
        window: WindowId::new(window),
        kind: FindingKind::Forbidden,
        provision: "P53".into(),
        rule: "P53-no-time".into(),
        severity: Severity::Major,
        phrase: "没时间".into(),
        heard: "没实践".into(),
        channel: ChannelIndex(0),
        span,
        due: span.end,
        sureness: 0.75,
        state,
        cites: Vec::new(),
        reason: String::new(),
        reason_zh: String::new(),
        evidence: Evidence::default(),
        needs_review: false,
    };
    draft(Some(window), Some((span.start.0, span.end.0)), Body::Finding(Box::new(finding)))
}

pub fn alert(id: u64, of: &Draft) -> Draft {
    let Body::Finding(finding) = &of.body else { panic!("a finding is needed") };
    let body = AlertBody {
        id,
        revision: 1,
        state: "confirmed".into(),
        note: String::new(),
        finding: (**finding).clone(),
        latency: LatencyBody::default(),
        budget: "forbidden".into(),
        allowed_us: 1,
        late: true,
    };
    Draft { body: Body::Alert(Box::new(body)), ..of.clone() }
}

/// A journal of one run: for each of `count` a second of both windows, a finding and its alert.
pub fn filled(count: u64) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(folder.path(), "an engine").unwrap();
    let mut drafts =
        vec![begun(&journal), clock("1", 0, 1_795_000_000_000_000), clock("2", 0, 1_795_000_000_000_000)];
    for n in 1..=count {
        drafts.push(quiet("1", n * 16_000));
        drafts.push(quiet("2", n * 16_000));
        drafts.push(finding("1", n * 16_000, "confirmed"));
        let alert = alert(n, &drafts[drafts.len() - 1]);
        drafts.push(alert);
    }
    journal.append(&drafts).unwrap();
    folder
}

pub fn verdict(folder: &Path) -> Verdict {
    Reader::open(folder).unwrap().verify().unwrap()
}

/// The first column of a query.
pub fn state_of(folder: &Path, sql: &str) -> Vec<String> {
    let db = Connection::open(database(folder)).unwrap();
    let mut statement = db.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

//! Reports of a year of 40 windows: ten million events, as the service would have written them.
//!
//! The year is written once into `SANSHENG_BENCH_DIR/year` (some gigabytes, some minutes) and kept there; without that variable
//! into a temporary folder. Each report is a run of the program, from its start to its end, with the file it writes.

#[allow(dead_code, reason = "the recording is for other benches")]
mod common;
#[path = "../tests/shift/mod.rs"]
#[allow(dead_code, reason = "the other writer is for another bench")]
mod shift;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use criterion::SamplingMode;
use sansheng::conduct::CompiledBook;
use sansheng::conduct::rulebook::Rulebook;
use sansheng::ledger::event::RunEnded;
use sansheng::ledger::{Body, Draft, Journal, Store};
use sansheng::units::WindowId;
use shift::{MIDNIGHT_US, Shift, Written, moved};

const WINDOWS: usize = 40;
/// Working days of a year.
const DAYS: i64 = 250;
/// Different days of a window; every day of the year is one of them.
const TEMPLATES: usize = 3;
const DAY_US: i64 = 86_400_000_000;
/// Events a commit.
const BATCH: usize = 20_000;

/// Some 14 visits a window and day, so that a year has ten million events.
const DAY: Shift =
    Shift { windows: WINDOWS, seconds: 8 * 3_600, seed: 1, rude_one_in: 60, pause_tenths: 40_000 };

fn main() {
    let mut criterion = common::criterion();
    let (_kept, place) = place();
    let hall = place.join("year");
    if !hall.join("sansheng.toml").is_file() {
        write_year(&hall);
    }
    let mut group = criterion.benchmark_group("report");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    for (name, asked) in [
        (
            "year of the hall, workbook",
            &["--from", "2026-01-01", "--to", "2026-12-31", "--out", "year.xlsx"][..],
        ),
        ("year of the hall, page", &["--from", "2026-01-01", "--to", "2026-12-31", "--out", "year.html"]),
        (
            "year of a clerk, page",
            &["--clerk", "0007", "--from", "2026-01-01", "--to", "2026-12-31", "--out", "clerk.html"],
        ),
        (
            "month of a window, CSV",
            &["--window", "7", "--from", "2026-03-01", "--to", "2026-03-31", "--out", "window.csv"],
        ),
        ("day of the hall, table", &["--from", "2026-03-02", "--to", "2026-03-02"]),
    ] {
        group.bench_function(name, |bencher| bencher.iter(|| report(&hall, asked)));
    }
    group.finish();
    criterion.final_summary();
}

fn report(hall: &Path, asked: &[&str]) {
    let mut program = Command::new(env!("CARGO_BIN_EXE_sansheng"));
    let ran = program.arg("report").args(asked).current_dir(hall).stdout(Stdio::null()).status();
    assert!(ran.expect("the program runs").success(), "{asked:?}");
}

/// A folder, and what keeps it there.
fn place() -> (Option<tempfile::TempDir>, PathBuf) {
    match std::env::var_os("SANSHENG_BENCH_DIR") {
        Some(place) => (None, PathBuf::from(place)),
        None => {
            let folder = tempfile::tempdir().expect("a temporary directory");
            let path = folder.path().to_owned();
            (Some(folder), path)
        }
    }
}

fn write_year(hall: &Path) {
    fs::create_dir_all(hall).expect("a folder");
    fs::write(hall.join("shifts.toml"), calendar()).expect("room");
    let book = Arc::new(CompiledBook::compile(Rulebook::builtin().expect("rules")).expect("rules"));
    let templates: Vec<Vec<Draft>> = (0..TEMPLATES)
        .map(|n| Shift { seed: n as u64, ..DAY }.drafts(&book, &mut Written::default()))
        .collect();
    let mut events = 0;
    for (run, day) in working_days().enumerate() {
        // Each run has its own session.
        let mut journal = Journal::open(&hall.join("data"), "scripted").expect("a journal");
        let begin_us = day * DAY_US + 9 * 3_600_000_000 - 8 * 3_600_000_000;
        let hall_s = |wall_us, body| Draft {
            window: None,
            session: None,
            wall_us,
            book: Arc::clone(&book),
            body,
            original: None,
        };
        let started = journal.started(DAY.started());
        journal.append(&[hall_s(begin_us, Body::RunStarted(Box::new(started)))]).expect("room");
        let template = &templates[run % TEMPLATES];
        for drafts in template.chunks(BATCH) {
            let moved: Vec<Draft> = drafts.iter().map(|draft| moved(draft, begin_us - MIDNIGHT_US)).collect();
            journal.append(&moved).expect("room");
        }
        journal
            .append(&[hall_s(begin_us + 8 * 3_600_000_000, Body::RunEnded(RunEnded::default()))])
            .expect("room");
        events = journal.last_seq();
        if run % 25 == 0 {
            eprintln!("day {run} of {DAYS}: {events} events");
        }
    }
    eprintln!("a year of {WINDOWS} windows: {events} events");
    // Last: its presence says that the year is whole.
    fs::write(hall.join("sansheng.toml"), configuration()).expect("room");
}

/// The first working days of 2026, in days since the epoch; the hall is at UTC+8.
fn working_days() -> impl Iterator<Item = i64> {
    const NEW_YEAR: i64 = 20_454;
    // It was a Thursday.
    (0..365).filter(|day| (day + 3) % 7 < 5).map(|day| NEW_YEAR + day).take(DAYS as usize)
}

fn configuration() -> String {
    let mut text =
        String::from("hall = \"一楼大厅\"\n[ledger]\ndata = \"data\"\n[shifts]\nfile = \"shifts.toml\"\n");
    for window in 0..WINDOWS {
        let window = WindowId::new(&window.to_string());
        let _ = writeln!(
            text,
            "[[window]]\nid = \"{window}\"\nname = \"{window}号窗口\"\nclerk = \"device:null-{window}\""
        );
    }
    text
}

/// Two shifts a day, and a clerk for each at every window.
fn calendar() -> String {
    let mut text = String::new();
    for (id, start, end) in [("早", "09:00", "13:00"), ("中", "13:00", "17:00")] {
        let _ = writeln!(
            text,
            "[[shift]]\nid = \"{id}\"\nstart = \"{start}\"\nend = \"{end}\"\ndays = \"workdays\""
        );
    }
    for clerk in 0..2 * WINDOWS {
        let _ = writeln!(text, "[[person]]\nid = \"{clerk:04}\"\nname = \"人员{clerk}\"");
        let shift = if clerk % 2 == 0 { "早" } else { "中" };
        let _ = writeln!(
            text,
            "[[assign]]\nwindow = \"{}\"\nshift = \"{shift}\"\nclerk = \"{clerk:04}\"",
            clerk / 2
        );
    }
    text
}

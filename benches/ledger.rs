//! The journal: how fast it is judged again, and how fast it is written.
//!
//! `rejudge` is in seconds of session time, of all windows together: elements a second are times real time. `append` is in
//! events that are on the disk; its folder is the system's temporary one, or `SANSHENG_BENCH_DIR`.

#[allow(dead_code, reason = "the recording is for other benches")]
mod common;
#[path = "../tests/shift/mod.rs"]
mod shift;

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use criterion::{Criterion, SamplingMode, Throughput};
use sansheng::conduct::CompiledBook;
use sansheng::conduct::rulebook::{Rulebook, Source};
use sansheng::ledger::{Body, Draft, Event, Journal, Query, Reader, Store};
use sansheng::runtime::rejudge::{Rejudging, rejudge};
use shift::Shift;
use tempfile::TempDir;

/// Eight windows, one hour: as much as is judged in some seconds, however slow the judge.
const SHIFT: Shift = Shift { windows: 8, seconds: 3_600, seed: 1, rude_one_in: 150, pause_tenths: 600 };

fn main() {
    let mut criterion = common::criterion();
    let book = book("");
    let folder = folder();
    let written = SHIFT.write(folder.path(), &book);
    eprintln!("{SHIFT:?}: {written:?}");
    judging(&mut criterion, folder.path(), &book);
    appending(&mut criterion, folder.path(), &book);
    criterion.final_summary();
}

fn folder() -> TempDir {
    let place = std::env::var_os("SANSHENG_BENCH_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
    tempfile::tempdir_in(place).expect("a temporary directory")
}

fn book(added: &str) -> Arc<CompiledBook> {
    let sources = (!added.is_empty()).then(|| Source::new("new.toml", added));
    let rules = Rulebook::parse(sources.as_slice()).expect("sound rules");
    Arc::new(CompiledBook::compile(rules).expect("sound rules"))
}

/// One rule less, so that every phrase behind it has another place.
const OTHER: &str =
    "[rulebook]\nid = \"other\"\nversion = \"1\"\ntitle = \"别\"\ndisable = [\"P30-not-my-business\"]\n";

fn judging(criterion: &mut Criterion, folder: &Path, same: &Arc<CompiledBook>) {
    let mut group = criterion.benchmark_group("rejudge");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group.throughput(Throughput::Elements(SHIFT.seconds * SHIFT.windows as u64));
    let other = book(OTHER);
    for (name, book, threads) in [
        ("the same rules, one core", same, 1),
        ("other rules, one core", &other, 1),
        ("other rules, all cores", &other, 0),
    ] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let reader = Reader::open(folder).expect("a journal");
                let what = Rejudging { threads, ..Rejudging::default() };
                let judged = rejudge(&reader, black_box(book), &what).expect("a journal");
                assert!(judged.same > 100, "there was something to find");
                judged
            });
        });
    }
    group.finish();
}

/// The events of a shift, written again in batches of one commit each.
fn appending(criterion: &mut Criterion, of: &Path, book: &Arc<CompiledBook>) {
    let reader = Reader::open(of).expect("a journal");
    let events = reader.events(&Query { seq_from: Some(2), ..Query::default() }).take(4_000);
    let draft = |event: Event| -> Option<Draft> {
        let body: Body = event.read().expect("a body")?;
        let Event { window, session, wall_us, .. } = event;
        Some(Draft { window, session, wall_us, book: Arc::clone(book), body, original: None })
    };
    let drafts: Vec<Draft> = events.filter_map(|event| draft(event.expect("an event"))).collect();
    let mut group = criterion.benchmark_group("append");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    for batch in [1, 16, 256] {
        let folder = folder();
        let mut journal = Journal::open(folder.path(), "scripted").expect("a journal");
        let mut batches = drafts.chunks_exact(batch).cycle();
        group.throughput(Throughput::Elements(batch as u64));
        group.bench_function(format!("{batch} a commit"), |bencher| {
            bencher.iter(|| {
                let batch = batches.next().expect("there are enough");
                journal.append(black_box(batch)).expect("room for a journal");
            });
        });
    }
    group.finish();
}

//! `sansheng replay --into DIR`: a tree of recordings, with a file of results for each, which can be killed and gone on with.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, Metadata};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::SystemTime;

use comfy_table::Table;
use serde::Serialize;

use super::results::{Folder, Key, Outcome};
use super::sheet::{Sheet, source_of};
use super::{Order, hear_recordings};
use crate::cli::args::ReplayArgs;
use crate::cli::error::CliError;
use crate::cli::progress::ProgressBar;
use crate::cli::setup::Engine;
use crate::cli::{DONE, PARTLY, show};
use crate::clock::Stopwatch;
use crate::model::Digest;

/// Size and time of a file: whether it is still the one that was looked at.
type Stamp = (u64, Option<SystemTime>);

/// A recording, and where its result belongs.
struct Item {
    path: PathBuf,
    /// `None` where its bytes cannot be read.
    name: Option<String>,
    stamp: Option<Stamp>,
    fault: Option<String>,
}

pub(super) fn run(args: &ReplayArgs, order: Order, into: &Path, engine: Engine) -> Result<u8, CliError> {
    let folder = Folder::take(into)?;
    let Order { paths, recordings, settings, unread } = order;
    let Engine { book, recognisers, fingerprint } = engine;
    let digests = digests(&paths);
    let keys: Vec<Option<Key<'_>>> = recordings
        .iter()
        .zip(&digests)
        .map(|(recorded, digest)| {
            let (recording, _) = digest.as_ref().ok()?;
            let of_window = settings.reports.iter().filter(|(window, _)| *window == recorded.window);
            Some(Key {
                recording: *recording,
                engine: &fingerprint,
                window: recorded.window.as_str(),
                clerk: recorded.clerk.0,
                visitor: recorded.visitor.map(|channel| channel.0),
                roles: settings.roles,
                transcript: args.transcript,
                visitor_transcript: args.visitor_transcript,
                visitor_words: args.visitor_words,
                near_misses: args.near_misses,
                reports: of_window.map(|(_, r)| (r.at.0, r.kind.name(), r.ticket.as_deref())).collect(),
            })
        })
        .collect();
    let mut items = Vec::with_capacity(paths.len());
    for ((path, digest), key) in paths.iter().zip(&digests).zip(&keys) {
        let name = key.as_ref().map(Key::name).transpose()?;
        let stamp = digest.as_ref().ok().map(|(_, stamp)| *stamp);
        items.push(Item { path: path.clone(), name, stamp, fault: digest.as_ref().err().cloned() });
    }
    let pending = pending(&items, &folder);
    let named = items.iter().filter(|item| item.name.is_some()).count();
    eprintln!("sansheng: {} of {named} recordings are to be heard", pending.len());
    let watch = Stopwatch::start();
    let mut sheets: Vec<Sheet> = pending.iter().map(|_| Sheet::default()).collect();
    let bar = ProgressBar::new(&pending.iter().map(|index| items[*index].path.clone()).collect::<Vec<_>>());
    let chosen = pending.iter().map(|index| recordings[*index].clone()).collect();
    let lanes = recognisers.len();
    let mut heard_s = 0.0;
    hear_recordings(chosen, lanes, &settings, &book, recognisers, &mut |event| {
        bar.follow(&event);
        let source = source_of(&event);
        let (sheet, item) = (&mut sheets[source], &mut items[pending[source]]);
        sheet.note(event);
        if let (true, Some(key)) = (sheet.done, &keys[pending[source]]) {
            heard_s += sheet.account.map_or(0.0, |account| account.audio_s);
            item.fault = keep(&folder, item, key, sheet, args, &book).err();
            sheet.clear();
        }
    });
    bar.finish();
    let wall_s = watch.elapsed().as_secs_f64();
    eprintln!(
        "sansheng: {heard_s:.1} s heard in {wall_s:.1} s ({:.1} × real time)",
        heard_s / wall_s.max(1e-3)
    );
    summarise(args, &items, &folder, &unread)
}

/// The recordings without a result, one for each result that is missing.
fn pending(items: &[Item], folder: &Folder) -> Vec<usize> {
    let mut seen = BTreeSet::new();
    let is_open = |(_, item): &(usize, &Item)| {
        item.name.as_ref().is_some_and(|name| seen.insert(name.clone()) && folder.read(name).is_none())
    };
    items.iter().enumerate().filter(is_open).map(|(index, _)| index).collect()
}

/// Puts the result of a recording into the folder; or says why there is none.
fn keep(
    folder: &Folder,
    item: &Item,
    key: &Key<'_>,
    sheet: &mut Sheet,
    args: &ReplayArgs,
    book: &crate::conduct::CompiledBook,
) -> Result<(), String> {
    let (Some(name), Some(account)) = (&item.name, sheet.account) else {
        let said: Vec<&str> = sheet.problems.iter().map(|problem| problem.message.as_str()).collect();
        return Err(said.join("; "));
    };
    let path = item.path.display().to_string();
    if fs::metadata(&item.path).ok().map(|about| stamp_of(&about)) != item.stamp {
        return Err(format!("{path}: it was changed while it was heard: replay it again"));
    }
    sheet.sort();
    let mut lines = Vec::new();
    let written = sheet
        .write_lines((&path, key.window), args, book.rulebook(), &mut lines)
        .and_then(|()| folder.write(name, &path, key, &account, &lines));
    written.map_err(|fault| fault.to_string())
}

fn stamp_of(about: &Metadata) -> Stamp {
    (about.len(), about.modified().ok())
}

/// Of each file, on all cores.
fn digests(paths: &[PathBuf]) -> Vec<Result<(Digest, Stamp), String>> {
    let next = AtomicUsize::new(0);
    let all = Mutex::new(BTreeMap::new());
    let work = || {
        while let Some((index, path)) =
            Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|n| Some((n, paths.get(n)?)))
        {
            let digest = digest(path).map_err(|fault| {
                format!("{}: it cannot be read ({fault}): see who may read it", path.display())
            });
            all.lock().unwrap_or_else(std::sync::PoisonError::into_inner).insert(index, digest);
        }
    };
    thread::scope(|scope| {
        for _ in 1..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
        work();
    });
    all.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner).into_values().collect()
}

fn digest(path: &Path) -> io::Result<(Digest, Stamp)> {
    let stamp = stamp_of(&fs::metadata(path)?);
    Ok((Digest::of_file(path, &mut |_| {})?, stamp))
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Line<'a> {
    Recording {
        file: &'a str,
        result: Option<&'a str>,
        audio_s: f64,
        unheard_s: f64,
        findings: u64,
        failed: bool,
    },
    Rule {
        rule: &'a str,
        findings: u64,
    },
    Problem {
        message: &'a str,
    },
    Replayed {
        recordings: usize,
        results: usize,
        audio_s: f64,
        unheard_s: f64,
        findings: u64,
        problems: usize,
    },
}

/// Everything that is in the folder of what was asked for, the same whenever and in whatever order it was heard.
fn summarise(args: &ReplayArgs, items: &[Item], folder: &Folder, unread: &[String]) -> Result<u8, CliError> {
    let mut out = io::stdout().lock();
    let mut problems: Vec<String> = unread.to_vec();
    let (mut rules, mut results, mut failed) = (BTreeMap::<String, u64>::new(), 0, !unread.is_empty());
    let mut all = Outcome::default();
    for item in items {
        let outcome = item.name.as_ref().and_then(|name| folder.read(name));
        problems.extend(item.fault.clone());
        failed |= item.fault.is_some() || outcome.as_ref().is_none_or(|outcome| outcome.failed);
        results += usize::from(outcome.is_some());
        if args.json {
            let (file, of) = (item.path.display().to_string(), outcome.clone().unwrap_or_default());
            let findings = of.rules.values().sum();
            let result = item.name.as_deref().filter(|_| outcome.is_some());
            let failed = outcome.is_none() || of.failed;
            let (audio_s, unheard_s) = (of.audio_s, of.unheard_s);
            let line = Line::Recording { file: &file, result, audio_s, unheard_s, findings, failed };
            writeln!(out, "{}", serde_json::to_string(&line)?)?;
        }
        let Some(outcome) = outcome else { continue };
        all.audio_s += outcome.audio_s;
        all.unheard_s += outcome.unheard_s;
        outcome.rules.into_iter().for_each(|(rule, count)| *rules.entry(rule).or_default() += count);
        problems.extend(outcome.problems);
    }
    if results == 0 {
        problems.iter().for_each(|problem| eprintln!("sansheng: {problem}"));
        return Err(CliError::NothingRead);
    }
    let (recordings, findings) = (items.len(), rules.values().sum::<u64>());
    let Outcome { audio_s, unheard_s, .. } = all;
    if args.json {
        for (rule, findings) in &rules {
            writeln!(out, "{}", serde_json::to_string(&Line::Rule { rule, findings: *findings })?)?;
        }
        for message in &problems {
            writeln!(out, "{}", serde_json::to_string(&Line::Problem { message })?)?;
        }
        let problems = problems.len();
        let line = Line::Replayed { recordings, results, audio_s, unheard_s, findings, problems };
        writeln!(out, "{}", serde_json::to_string(&line)?)?;
    } else {
        if !rules.is_empty() {
            writeln!(out, "{}", table(&rules))?;
        }
        let hours = audio_s / 3_600.0;
        writeln!(
            out,
            "{results} of {recordings} recordings, {hours:.2} h, {unheard_s:.1} s not heard, {findings} findings"
        )?;
        problems.iter().for_each(|problem| eprintln!("sansheng: {problem}"));
    }
    Ok(if failed { PARTLY } else { DONE })
}

fn table(rules: &BTreeMap<String, u64>) -> Table {
    let mut table = show::new_table(["RULE", "FINDINGS"]);
    table.add_rows(rules.iter().map(|(rule, count)| [rule.clone(), count.to_string()]));
    table
}

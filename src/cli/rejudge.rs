//! `sansheng rejudge`: what another rulebook would have found in what the journal has.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::DONE;
use super::error::CliError;
use super::journal::{self, JournalArgs, utc, wall_us};
use super::setup::compile_rules;
use super::show;
use crate::clock::{self, Stopwatch};
use crate::conduct::Finding;
use crate::conduct::rulebook::Setting;
use crate::ledger::event::Body;
use crate::ledger::{Kind, Query, Reader};
use crate::runtime::rejudge::{Change, Difference, Rejudged, Rejudging, rejudge};
use crate::units::{Date, WindowId};

#[derive(Debug, Args)]
pub(super) struct RejudgeArgs {
    #[command(flatten)]
    pub journal: JournalArgs,
    /// A file, or a directory of files, of the rules to try, on top of the built-in ones; may be given several times [default:
    /// the built-in rules alone]
    #[arg(long, value_name = "PATH")]
    pub rules: Vec<PathBuf>,
    /// Judge by the rules in force on this day [default: today]
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub on: Option<Date>,
    /// Findings of what was said from then on, as 2026-11-22T09:00:00+08:00
    #[arg(long, value_name = "TIME", value_parser = wall_us)]
    pub from: Option<i64>,
    /// Findings of what was said before then
    #[arg(long, value_name = "TIME", value_parser = wall_us)]
    pub to: Option<i64>,
    /// Of this window; may be given several times
    #[arg(long, value_name = "ID")]
    pub window: Vec<String>,
}

pub(super) fn run(args: &RejudgeArgs) -> Result<u8, CliError> {
    let reader = journal::open(&args.journal)?;
    let setting = Setting { hall: hall_of(&reader)?, ..Setting::on(args.on.unwrap_or_else(clock::today)) };
    let book = compile_rules(&args.rules, &setting)?;
    let what = Rejudging {
        from_us: args.from,
        until_us: args.to,
        windows: args.window.iter().map(|id| WindowId::new(id)).collect(),
        threads: 0,
    };
    let watch = Stopwatch::start();
    let judged = rejudge(&reader, &book, &what)?;
    let wall_s = watch.elapsed().as_secs_f64();
    let version = book.rulebook().version();
    match args.journal.json {
        true => print_json(&judged, version)?,
        false => print_tables(&judged, version, wall_s)?,
    }
    Ok(DONE)
}

/// The hall of the last run: rules may be for one alone.
fn hall_of(reader: &Reader) -> Result<Option<String>, CliError> {
    let mut hall = None;
    for event in reader.events(&Query { kinds: vec![Kind::RunStarted], ..Query::default() }) {
        if let Some(Body::RunStarted(started)) = event?.read().map_err(crate::ledger::JournalFault::from)? {
            hall = Some(started.hall);
        }
    }
    Ok(hall)
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Line<'a> {
    Difference {
        change: &'a str,
        run: u64,
        window: &'a str,
        wall_us: i64,
        text_alone: bool,
        differs: &'a [&'static str],
        before: Option<&'a Finding>,
        now: Option<&'a Finding>,
    },
    Rule {
        rule: &'a str,
        before: u64,
        now: u64,
        appear: u64,
        vanish: u64,
        change: u64,
        unasked: u64,
    },
    Rejudged {
        rulebook: &'a str,
        runs: u64,
        sessions: u64,
        inputs: u64,
        audio_s: f64,
        same: u64,
        open: u64,
    },
}

fn print_json(judged: &Rejudged, rulebook: &str) -> Result<(), CliError> {
    let mut out = io::stdout().lock();
    let mut write = |line: &Line<'_>| -> Result<(), CliError> {
        serde_json::to_writer(&mut out, line)?;
        Ok(writeln!(out)?)
    };
    for difference in &judged.differences {
        let Difference { change, run, wall_us, before, now, differs, text_alone } = difference;
        write(&Line::Difference {
            change: change.name(),
            run: *run,
            window: difference.finding().map_or("", |finding| finding.window.as_str()),
            wall_us: *wall_us,
            text_alone: *text_alone,
            differs,
            before: before.as_ref(),
            now: now.as_ref(),
        })?;
    }
    for (rule, tally) in &judged.rules {
        let (before, now, appear, vanish) = (tally.before, tally.now, tally.appear, tally.vanish);
        write(&Line::Rule {
            rule,
            before,
            now,
            appear,
            vanish,
            change: tally.change,
            unasked: tally.unasked,
        })?;
    }
    let Rejudged { runs, sessions, inputs, same, open, .. } = *judged;
    write(&Line::Rejudged { rulebook, runs, sessions, inputs, audio_s: judged.seconds(), same, open })
}

/// Rows that are set in one table; many differences are printed table by table.
const ROWS: usize = 200;

fn print_tables(judged: &Rejudged, rulebook: &str, wall_s: f64) -> Result<(), CliError> {
    let mut out = io::stdout().lock();
    for rows in judged.differences.chunks(ROWS) {
        let mut table = show::new_table(["UTC", "WINDOW", "CHANGE", "WHAT", "HEARD", "ARTICLE", "WHY"]);
        table.add_rows(rows.iter().map(cells));
        writeln!(out, "{table}")?;
    }
    if !judged.rules.is_empty() {
        let mut table = show::new_table(["RULE", "BEFORE", "NOW", "APPEAR", "VANISH", "CHANGE", "UNASKED"]);
        for (rule, tally) in &judged.rules {
            let counts = [tally.before, tally.now, tally.appear, tally.vanish, tally.change, tally.unasked];
            table.add_row([rule.clone()].into_iter().chain(counts.map(|count| count.to_string())));
        }
        writeln!(out, "{table}")?;
    }
    if judged.differences.iter().any(|difference| difference.text_alone) {
        writeln!(out, "* by the text alone: the audio was not asked about these words")?;
    }
    if judged.differences.iter().any(|difference| difference.change == Change::Unasked) {
        writeln!(out, "unasked: not found, and the audio was not asked; replay recordings to know")?;
    }
    if judged.open > 0 {
        let open = judged.open;
        writeln!(
            out,
            "{open} findings not compared: something said around them was forgotten or not journalled"
        )?;
    }
    let Rejudged { runs, sessions, inputs, same, .. } = judged;
    let (audio_s, changed) = (judged.seconds(), judged.differences.len());
    writeln!(
        out,
        "{same} findings stay, {changed} differ, by {rulebook}: {runs} runs, {sessions} sessions of windows, {inputs} inputs, \
         {:.1} h in {wall_s:.1} s ({:.0} × real time)",
        audio_s / 3_600.0,
        audio_s / wall_s.max(1e-3)
    )?;
    Ok(())
}

fn cells(difference: &Difference) -> [String; 7] {
    let Some(finding) = difference.finding() else { return Default::default() };
    let mark = if difference.text_alone { "*" } else { "" };
    [
        utc(difference.wall_us),
        finding.window.to_string(),
        format!("{}{mark}", difference.change.name()),
        format!("{}\n{}", show::label(finding), finding.rule),
        finding.heard.clone(),
        show::articles(&finding.cites),
        why(difference),
    ]
}

/// What the two rulebooks say of it.
fn why(difference: &Difference) -> String {
    match (&difference.before, &difference.now) {
        (Some(before), Some(now)) if difference.change == Change::Changes => {
            let all = difference.differs.iter().map(|field| match *field {
                "rule" => format!("rule {} → {}", before.rule, now.rule),
                "provision" => format!("provision {} → {}", before.provision, now.provision),
                "severity" => format!("{} → {}", before.severity.name(), now.severity.name()),
                "state" => format!("{} → {}", before.state.name(), now.state.name()),
                "phrase" => format!("phrase {} → {}", before.phrase, now.phrase),
                "heard" => format!("heard {} → {}", before.heard, now.heard),
                "cites" => format!("{} → {}", show::articles(&before.cites), show::articles(&now.cites)),
                "sureness" => format!("{:.0} % → {:.0} %", before.sureness * 100.0, now.sureness * 100.0),
                "needs_review" => format!("needs review: {} → {}", before.needs_review, now.needs_review),
                other => other.to_owned(),
            });
            all.collect::<Vec<_>>().join("; ")
        }
        (_, Some(now)) => now.reason.clone(),
        (Some(_), None) => "no rule finds it".to_owned(),
        (None, None) => String::new(),
    }
}

//! `sansheng replay`: recordings in, findings out.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use super::args::ReplayArgs;
use super::encounters::{EncounterLine, spelled, told};
use super::error::CliError;
use super::json::{FindingLine, Line, TranscriptLine};
use super::progress::ProgressBar;
use super::setup::{Engine, recorded};
use super::{DONE, PARTLY, show};
use crate::asr::Hypothesis;
use crate::capture::discover;
use crate::clock::{self, Stopwatch};
use crate::conduct::rulebook::Setting;
use crate::conduct::scene::Roles;
use crate::conduct::{CompiledBook, Encounter, Finding, FindingState};
use crate::pipeline::Settings;
use crate::runtime::{Account, Event, replay as hear_recordings};
use crate::units::WindowId;

/// What is kept of a recording until it is its turn to be printed.
#[derive(Default)]
struct Sheet {
    findings: Vec<Finding>,
    transcript: Vec<Hypothesis>,
    encounters: Vec<Encounter>,
    problems: Vec<Problem>,
    account: Option<Account>,
    opened: bool,
    done: bool,
}

/// Something that was wrong with a recording.
struct Problem {
    message: String,
    /// It was not read, or no further.
    fatal: bool,
    /// It was read to the end of its file, which is not its own.
    partly: bool,
}

impl Sheet {
    /// It could not be read, or not to its end.
    fn failed(&self) -> bool {
        self.problems.iter().any(|problem| problem.fatal || problem.partly)
    }
}

pub(super) fn run(args: &ReplayArgs) -> Result<u8, CliError> {
    let mut paths: Vec<PathBuf> = Vec::new();
    let mut unread = 0;
    for found in discover(&args.paths) {
        match found {
            Ok(path) => paths.push(path),
            Err(fault) => {
                eprintln!("sansheng: {fault}");
                unread += 1;
            }
        }
    }
    if paths.is_empty() {
        return Err(CliError::NothingRead);
    }
    let mut recordings = recorded(&paths, args.channels, args.window.as_deref())?;
    let roles = args.situation.roles();
    if roles != Roles::ByChannel {
        recordings.iter_mut().for_each(|recorded| recorded.visitor = None);
    }
    let reports = Arc::new(args.situation.reports(&recordings)?);
    let windows = recordings.iter().map(|r| r.window.clone()).collect();
    let Engine { book, recognisers, .. } =
        Engine::in_setting(&args.engine, &Setting::on(args.on.unwrap_or_else(clock::today)))?;
    let settings = Settings {
        roles,
        hear_visitor: args.visitor_transcript,
        visitor_words: args.visitor_words,
        reports,
        ..Settings::default()
    };
    let bar = ProgressBar::new(&paths);
    let mut sheets: Vec<Sheet> = paths.iter().map(|_| Sheet::default()).collect();
    let mut printer = Printer { args, book: Arc::clone(&book), paths: &paths, windows, next: 0, fault: None };
    let watch = Stopwatch::start();
    let lanes = recognisers.len();
    hear_recordings(recordings, lanes, &settings, &book, recognisers, &mut |event| {
        bar.follow(&event);
        note(event, &mut sheets);
        printer.print_finished(&mut sheets, &bar);
    });
    bar.finish();
    if let Some(fault) = printer.fault {
        return Err(fault);
    }
    if sheets.iter().all(|sheet| sheet.account.is_none()) {
        return Err(CliError::NothingRead);
    }
    if !args.json {
        summarise(&sheets, watch.elapsed().as_secs_f64())?;
    }
    let failed = sheets.iter().any(Sheet::failed);
    Ok(if unread > 0 || failed { PARTLY } else { DONE })
}

fn note(event: Event, sheets: &mut [Sheet]) {
    match event {
        Event::Opened { source, .. } => sheets[source].opened = true,
        Event::Progress { .. } => {}
        Event::Heard { source, hypothesis } => sheets[source].transcript.push(hypothesis),
        Event::Judged { source, finding } => finding.settle_into(&mut sheets[source].findings),
        Event::Closed { source, encounter } => sheets[source].encounters.push(encounter),
        Event::Warned { source, warning, partly } => {
            sheets[source].problems.push(Problem { message: warning, fatal: false, partly });
        }
        Event::Failed { source, error } => {
            let sheet = &mut sheets[source];
            sheet.problems.push(Problem { message: error, fatal: true, partly: true });
            // Nothing more comes of a recording that was never opened; of others the end is still to come.
            sheet.done = !sheet.opened;
        }
        Event::Ended { source, account } => {
            sheets[source].account = Some(account);
            sheets[source].done = true;
        }
    }
}

/// Prints recordings in the order they were given, each as soon as those before it are done.
struct Printer<'a> {
    args: &'a ReplayArgs,
    book: Arc<CompiledBook>,
    paths: &'a [PathBuf],
    windows: Vec<WindowId>,
    next: usize,
    fault: Option<CliError>,
}

impl Printer<'_> {
    fn print_finished(&mut self, sheets: &mut [Sheet], bar: &ProgressBar) {
        while let Some(sheet) = sheets.get_mut(self.next).filter(|sheet| sheet.done) {
            if self.fault.is_none() {
                let printed = bar.suspend(|| self.print(self.next, sheet));
                self.fault = printed.err();
            }
            sheet.findings.clear();
            sheet.transcript.clear();
            sheet.encounters.clear();
            self.next += 1;
        }
    }

    fn print(&self, index: usize, sheet: &mut Sheet) -> Result<(), CliError> {
        sheet.findings.sort_by(|a, b| (a.span, &a.provision, &a.rule).cmp(&(b.span, &b.provision, &b.rule)));
        sheet.encounters.sort_by_key(|encounter| encounter.span);
        sheet.transcript.sort_by_key(|heard| (heard.span, heard.channel));
        sheet.transcript.retain(|heard| !heard.chars.is_empty());
        for problem in &sheet.problems {
            eprintln!("sansheng: {}", problem.message);
        }
        if self.args.json { self.print_json(index, sheet) } else { self.print_tables(index, sheet) }
    }

    fn shown<'s>(&self, sheet: &'s Sheet) -> impl Iterator<Item = &'s Finding> {
        let near_misses = self.args.near_misses;
        let stands = |state| !matches!(state, FindingState::Held | FindingState::Retracted);
        sheet.findings.iter().filter(move |f| near_misses || stands(f.state))
    }

    fn print_json(&self, index: usize, sheet: &Sheet) -> Result<(), CliError> {
        let path = self.paths[index].display().to_string();
        let mut out = io::stdout().lock();
        let mut write = |line: &Line<'_>| -> Result<(), CliError> {
            serde_json::to_writer(&mut out, line)?;
            Ok(writeln!(out)?)
        };
        for Problem { message, fatal, partly } in &sheet.problems {
            write(&Line::Problem { file: &path, message, fatal: *fatal, partly: *partly })?;
        }
        if self.args.transcript {
            for heard in &sheet.transcript {
                write(&Line::Transcript(TranscriptLine::new(&path, self.windows[index].as_str(), heard)))?;
            }
        }
        for encounter in &sheet.encounters {
            write(&Line::Encounter(EncounterLine::new(&path, self.windows[index].as_str(), encounter)))?;
        }
        for finding in self.shown(sheet) {
            write(&Line::Finding(FindingLine::new(&path, finding, self.book.rulebook())))?;
        }
        Ok(())
    }

    fn print_findings(&self, out: &mut impl Write, findings: &[Finding]) -> Result<(), CliError> {
        let rules = self.book.rulebook();
        if self.args.explain {
            for finding in findings {
                writeln!(out, "{}", show::explanation(finding, rules))?;
            }
        } else if !findings.is_empty() {
            writeln!(out, "{}", show::table(findings, rules))?;
        }
        Ok(())
    }

    fn print_tables(&self, index: usize, sheet: &Sheet) -> Result<(), CliError> {
        if sheet.account.is_none() {
            return Ok(());
        }
        let mut out = io::stdout().lock();
        writeln!(out, "{}", self.paths[index].display())?;
        if self.args.transcript {
            for heard in &sheet.transcript {
                writeln!(out, "  {}", show::transcript(heard))?;
            }
        }
        for encounter in sheet.encounters.iter().filter(|encounter| told(encounter)) {
            writeln!(out, "  {}", spelled(encounter))?;
        }
        let (near, findings): (Vec<Finding>, Vec<Finding>) =
            self.shown(sheet).cloned().partition(|f| f.state == FindingState::Held);
        self.print_findings(&mut out, &findings)?;
        if !near.is_empty() {
            writeln!(out, "  near misses, the nearest first:")?;
            self.print_findings(&mut out, &nearest_first(near))?;
        }
        if let Some(account) = sheet.account {
            writeln!(out, "  {}", account_line(&findings, account))?;
        }
        Ok(writeln!(out)?)
    }
}

/// The surest first: what the words around it held back was said, and comes before what the audio refused.
fn nearest_first(mut near: Vec<Finding>) -> Vec<Finding> {
    near.sort_by(|a, b| b.sureness.total_cmp(&a.sureness).then_with(|| a.span.cmp(&b.span)));
    near
}

fn account_line(findings: &[Finding], account: Account) -> String {
    let unheard = match account.unheard_s {
        s if s > 0.0 => format!(", {s:.1} s of it NOT heard"),
        _ => String::new(),
    };
    let (audio, speech) = (account.audio_s, account.clerk_speech_s);
    format!("{} findings in {audio:.1} s, clerk speaking {speech:.1} s{unheard}", findings.len())
}

fn summarise(sheets: &[Sheet], wall_s: f64) -> Result<(), CliError> {
    let audio_s: f64 = sheets.iter().filter_map(|s| s.account).map(|a| a.audio_s).sum();
    let read = sheets.iter().filter(|s| s.account.is_some()).count();
    let failed = sheets.iter().filter(|s| s.failed()).count();
    let speed = audio_s / wall_s.max(1e-3);
    let plural = if read == 1 { "" } else { "s" };
    let unread = if failed > 0 { format!(", {failed} could not be read to the end") } else { String::new() };
    writeln!(
        io::stdout(),
        "{read} recording{plural}, {audio_s:.1} s in {wall_s:.1} s ({speed:.1} × real time){unread}"
    )?;
    Ok(())
}

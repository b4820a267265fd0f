//! Recordings on standard output, each as soon as those before it are done.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use super::sheet::{Sheet, source_of};
use crate::cli::args::ReplayArgs;
use crate::cli::encounters::{spelled, told};
use crate::cli::error::CliError;
use crate::cli::json::{Line, round};
use crate::cli::progress::ProgressBar;
use crate::cli::show;
use crate::conduct::{CompiledBook, Finding, FindingState};
use crate::runtime::{Account, Event};
use crate::units::WindowId;

/// Prints recordings in the order they were given, each as soon as those before it are done.
pub(super) struct Printer<'a> {
    args: &'a ReplayArgs,
    book: Arc<CompiledBook>,
    paths: &'a [PathBuf],
    windows: Vec<WindowId>,
    next: usize,
    /// Of each recording, its length as far as known and how far it was told to be, in seconds.
    lengths: Vec<(Option<f64>, f64)>,
    pub fault: Option<CliError>,
}

/// Audio between two lines that tell how far a recording is, in seconds.
const PROGRESS_S: f64 = 5.0;

impl<'a> Printer<'a> {
    pub fn new(
        args: &'a ReplayArgs,
        book: &Arc<CompiledBook>,
        (paths, windows): (&'a [PathBuf], Vec<WindowId>),
    ) -> Self {
        let (book, lengths) = (Arc::clone(book), vec![(None, 0.0); paths.len()]);
        Self { args, book, paths, windows, next: 0, lengths, fault: None }
    }

    /// Tells at once how far a recording is, and stops the program where nobody reads it any more: whoever asked is gone.
    pub fn print_progress(&mut self, event: &Event) {
        let source = source_of(event);
        let (length, told) = &mut self.lengths[source];
        match event {
            Event::Opened { format, .. } => *length = format.duration,
            Event::Progress { until, .. } if until.seconds() >= *told + PROGRESS_S => *told = until.seconds(),
            _ => return,
        }
        let file = self.paths[source].display().to_string();
        let line = Line::Progress { file: &file, heard_s: round(*told), audio_s: length.map(round) };
        let Ok(text) = serde_json::to_string(&line) else { return };
        let mut out = io::stdout().lock();
        if writeln!(out, "{text}").and_then(|()| out.flush()).is_err() {
            std::process::exit(1);
        }
    }

    pub fn print_finished(&mut self, sheets: &mut [Sheet], bar: &ProgressBar) {
        while let Some(sheet) = sheets.get_mut(self.next).filter(|sheet| sheet.done) {
            if self.fault.is_none() {
                let printed = bar.suspend(|| self.print(self.next, sheet));
                self.fault = printed.err();
            }
            sheet.clear();
            self.next += 1;
        }
    }

    fn print(&self, index: usize, sheet: &mut Sheet) -> Result<(), CliError> {
        sheet.sort();
        for problem in &sheet.problems {
            eprintln!("sansheng: {}", problem.message);
        }
        if self.args.json { self.print_json(index, sheet) } else { self.print_tables(index, sheet) }
    }

    fn print_json(&self, index: usize, sheet: &Sheet) -> Result<(), CliError> {
        let path = self.paths[index].display().to_string();
        let names = (path.as_str(), self.windows[index].as_str());
        sheet.write_lines(names, self.args, self.book.rulebook(), &mut io::stdout().lock())
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
            sheet.shown(self.args).cloned().partition(|f| f.state == FindingState::Held);
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

pub(super) fn summarise(sheets: &[Sheet], wall_s: f64) -> Result<(), CliError> {
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

//! What a running hall tells: on standard output, for people or as JSON lines, and in the journal file.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::CliError;
use super::hall_lines::HallLine;
use super::show;
use crate::alert::{Alert, AlertState, LatencyAccount};
use crate::conduct::{CompiledBook, FindingState};
use crate::config::{AudioSource, Config};
use crate::runtime::live::{HallEvent, Stop};
use crate::status::WindowState;
use crate::units::Role;

/// How a run is told on standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// For people.
    Text,
    /// One object a line; with `words`, words in progress too.
    Json { words: bool, near_misses: bool },
}

pub(super) struct Teller {
    style: Style,
    windows: Vec<Named>,
    book: Arc<CompiledBook>,
    journal: Option<(PathBuf, File)>,
    /// Where nobody reads standard output any more, there is nothing left to run for.
    stop: Stop,
    fault: Option<CliError>,
    /// Windows whose source could not be read to its end.
    broken: usize,
}

struct Named {
    id: String,
    name: String,
    source: String,
    /// The visitor is heard through another source than the clerk.
    visitor_apart: bool,
    down: bool,
}

impl Teller {
    pub fn new(config: &Config, style: Style, book: Arc<CompiledBook>, stop: Stop) -> Result<Self, CliError> {
        let windows = config.windows.iter().map(|window| Named {
            id: window.id.to_string(),
            name: window.name.clone(),
            source: match &window.clerk.source {
                AudioSource::File { path, .. } => path.display().to_string(),
                other => other.to_string(),
            },
            visitor_apart: window.visitor.as_ref().is_some_and(|v| v.source != window.clerk.source),
            down: false,
        });
        let journal = config.journal.as_ref().map(|path| open_journal(path)).transpose()?;
        Ok(Self { style, windows: windows.collect(), book, journal, stop, fault: None, broken: 0 })
    }

    pub fn tell(&mut self, event: &HallEvent) {
        if let HallEvent::Rules { book, .. } = event {
            self.book = Arc::clone(book);
        }
        if let HallEvent::State { window, role: Role::Clerk, state, .. } = event {
            let named = &mut self.windows[*window];
            self.broken += usize::from(*state == WindowState::Ended && named.down);
            named.down = *state == WindowState::Down;
        }
        let told = self.keep(event).and_then(|()| match self.style {
            Style::Json { words, near_misses } => self.print_json(event, words, near_misses),
            Style::Text => self.print(event),
        });
        if let Err(fault) = told
            && self.fault.is_none()
        {
            self.fault = Some(fault);
            self.stop.ask();
        }
    }

    /// What ended the run early, if anything did; else how many windows were not heard to their end.
    pub fn finish(self) -> Result<usize, CliError> {
        self.fault.map_or(Ok(self.broken), Err)
    }

    fn line<'a>(&'a self, event: &'a HallEvent) -> Option<HallLine<'a>> {
        let named = &self.windows[event.window()];
        HallLine::new(event, &named.id, &named.source, self.book.rulebook())
    }

    /// Writes everything but words in progress to the journal.
    fn keep(&mut self, event: &HallEvent) -> Result<(), CliError> {
        if matches!(event, HallEvent::Words { over: false, .. }) {
            return Ok(());
        }
        let Some((path, file)) = &self.journal else { return Ok(()) };
        let Some(line) = self.line(event) else { return Ok(()) };
        let mut text = serde_json::to_string(&line)?;
        text.push('\n');
        let mut file = file;
        file.write_all(text.as_bytes()).map_err(|fault| CliError::Journal { path: path.clone(), fault })
    }

    fn print_json(&self, event: &HallEvent, words: bool, near_misses: bool) -> Result<(), CliError> {
        match event {
            HallEvent::Words { .. } if !words => return Ok(()),
            HallEvent::Found { finding, .. } if finding.state == FindingState::Held && !near_misses => {
                return Ok(());
            }
            _ => {}
        }
        let Some(line) = self.line(event) else { return Ok(()) };
        let mut out = io::stdout().lock();
        serde_json::to_writer(&mut out, &line)?;
        writeln!(out)?;
        Ok(out.flush()?)
    }

    fn print(&self, event: &HallEvent) -> Result<(), CliError> {
        let name = &self.windows[event.window()].name;
        let line = match event {
            HallEvent::State { window, role, state, reason } => {
                let reason = reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
                let whose = match role {
                    Role::Clerk => "",
                    Role::Visitor if self.windows[*window].visitor_apart => "visitor's microphone ",
                    // It shares the fate of the clerk's, which is told.
                    Role::Visitor => return Ok(()),
                };
                format!("{:>7}  {name}  {whose}{}{reason}", "", state_name(*state))
            }
            HallEvent::Words { span, settled, over: true, .. } => {
                format!("{}  {name}  clerk: {settled}", show::clock(span.start))
            }
            HallEvent::Alerted { alert, .. } => {
                let time = show::clock(alert.finding.span.start);
                format!("{time}  {name}  {}", self.spelled(alert))
            }
            // What was said is told as an alert; what is good, or could not be decided, is not.
            HallEvent::Found { finding, .. } if !alerts(finding) && finding.state != FindingState::Held => {
                let time = show::clock(finding.span.start);
                format!("{time}  {name}  {}", show::line(finding, self.book.rulebook()))
            }
            HallEvent::Unheard { span, why, .. } => {
                format!("{}  {name}  NOT HEARD for {:.1} s: {why}", show::clock(span.start), span.seconds())
            }
            HallEvent::Rules { .. } => {
                format!("{:>7}  {name}  rules {}", "", self.book.rulebook().version())
            }
            HallEvent::Ended { account, .. } => format!(
                "{:>7}  {name}  end: {:.1} s, clerk speaking {:.1} s, not heard {:.1} s",
                "", account.audio_s, account.clerk_speech_s, account.unheard_s
            ),
            _ => return Ok(()),
        };
        let mut out = io::stdout().lock();
        writeln!(out, "{line}")?;
        Ok(out.flush()?)
    }

    fn spelled(&self, alert: &Alert) -> String {
        let finding = show::line(&alert.finding, self.book.rulebook());
        let id = format!("#{}", alert.id);
        let note = if alert.note.is_empty() { String::new() } else { format!("  ({})", alert.note) };
        match (alert.state, alert.revision) {
            (AlertState::Confirmed, 1) => format!("{id} {finding}  {}", latency(alert)),
            (AlertState::Confirmed, _) => format!("{id} confirmed: {finding}{note}"),
            (AlertState::Provisional, 1) => format!("{id} {finding}  {}  (still speaking)", latency(alert)),
            (AlertState::Provisional, _) => format!("{id} now: {finding}{note}"),
            (AlertState::Retracted, _) => format!("{id} TAKEN BACK: {finding}{note}"),
        }
    }
}

/// Whether the alert of a finding tells of it already.
fn alerts(finding: &crate::conduct::Finding) -> bool {
    use crate::conduct::FindingKind::Credit;
    finding.kind != Credit && matches!(finding.state, FindingState::Confirmed | FindingState::Retracted)
}

/// `latency 0.93 s (endpoint 0.48, queue 0.00, decode 0.44, …)`
fn latency(alert: &Alert) -> String {
    let LatencyAccount { capture_s, endpoint_s, queue_s, decode_s, verify_s, publish_s, total_s, .. } =
        alert.account;
    let late = if alert.late { " LATE" } else { "" };
    format!(
        "latency {total_s:.2} s{late} (capture {capture_s:.2}, endpoint {endpoint_s:.2}, queue {queue_s:.2}, \
         decode {decode_s:.2}, verify {verify_s:.2}, publish {publish_s:.2})"
    )
}

fn state_name(state: WindowState) -> &'static str {
    match state {
        WindowState::Starting => "starting",
        WindowState::Live => "listening",
        WindowState::Waiting => "link broken, waiting",
        WindowState::Down => "DOWN",
        WindowState::Ended => "ended",
    }
}

fn open_journal(path: &Path) -> Result<(PathBuf, File), CliError> {
    let file = OpenOptions::new().create(true).append(true).open(path);
    match file {
        Ok(file) => Ok((path.to_owned(), file)),
        Err(fault) => Err(CliError::Journal { path: path.to_owned(), fault }),
    }
}

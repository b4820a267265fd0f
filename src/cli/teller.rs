//! What a running hall tells: on standard output, for people or as JSON lines, and in the journal file. In: events.
//! Out: lines, at two outlets. Thread: judge, which is never made to wait.

mod journal;
mod outlet;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::sync::Arc;

use super::error::CliError;
use super::hall_lines::HallLine;
use super::json::round;
use super::notices::Notices;
use super::show;
use crate::alert::{Alert, AlertState, LatencyAccount};
use crate::clock::unix_seconds;
use crate::conduct::rulebook::Rulebook;
use crate::conduct::{CompiledBook, Finding, FindingState};
use crate::config::{AudioSource, Config};
use crate::runtime::live::{HallEvent, Stop};
use crate::status::WindowState;
use crate::units::Role;
use outlet::{Closed, Dropped, Outlet, Place};

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
    out: Outlet,
    journal: Option<Outlet>,
    notices: Notices,
    stop: Stop,
    fault: Option<CliError>,
}

struct Named {
    id: String,
    name: String,
    source: String,
    /// A recording, which should have been heard to its end.
    recording: bool,
    /// The visitor is heard through another source than the clerk.
    visitor_apart: bool,
    down: bool,
    /// The source could not be read to its end.
    broken: bool,
    /// The rules that the window is judged by, and those before them, by which an alert may have been made.
    book: Arc<CompiledBook>,
    before: Option<Arc<CompiledBook>>,
}

/// What was not as it should be, of a run that went to its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Shortfall {
    /// Recordings that were not heard to their end.
    pub broken: usize,
    /// Lines that standard output or the journal did not take.
    pub lost: u64,
}

impl Teller {
    /// `fingerprint`: what the findings depend on.
    pub fn new(
        config: &Config,
        style: Style,
        book: &Arc<CompiledBook>,
        fingerprint: &str,
        (stop, notices): (Stop, Notices),
    ) -> Result<Self, CliError> {
        let windows = config.windows.iter().map(|window| Named {
            id: window.id.to_string(),
            name: window.name.clone(),
            source: match &window.clerk.source {
                AudioSource::File { path, .. } => path.display().to_string(),
                other => other.to_string(),
            },
            recording: matches!(window.clerk.source, AudioSource::File { .. }),
            visitor_apart: window.visitor.as_ref().is_some_and(|v| v.source != window.clerk.source),
            down: false,
            broken: false,
            book: Arc::clone(book),
            before: None,
        });
        let windows = windows.collect();
        let journal = match &config.journal {
            Some(path) => {
                let name = format!("the journal {}", path.display());
                let place = Place { name, spell: dropped_json, ends: None, notices: notices.clone() };
                Some(Outlet::open(place, journal::open(path)?)?)
            }
            None => None,
        };
        let spell = if style == Style::Text { dropped_text } else { dropped_json };
        // Where nobody reads standard output any more, there is nothing left to run for.
        let ends = Some(stop.clone());
        let place = Place { name: "standard output".to_owned(), spell, ends, notices: notices.clone() };
        // Not through the buffer of the standard library, in which half a line could stay.
        let out = Outlet::open(place, File::from(io::stdout().as_fd().try_clone_to_owned()?))?;
        let mut teller = Self { style, windows, out, journal, notices, stop, fault: None };
        let at_unix_s = round(unix_seconds());
        teller.put(
            &HallLine::Run {
                at_unix_s,
                hall: &config.hall,
                version: env!("CARGO_PKG_VERSION"),
                rules: book.rulebook().version(),
                fingerprint,
            },
            style != Style::Text,
            true,
        );
        Ok(teller)
    }

    /// Never waits.
    pub fn tell(&mut self, event: &HallEvent) {
        self.windows[event.window()].note(event);
        let kept = self.journal.is_some() && !matches!(event, HallEvent::Words { over: false, .. });
        let printed = self.is_printed(event);
        if kept || printed {
            let named = &self.windows[event.window()];
            let rules = named.rules_of(event);
            let now = round(unix_seconds());
            // What it borrows of the windows must not hold back the outlets.
            let text = HallLine::new(event, &named.id, &named.source, rules, now)
                .map(|line| serde_json::to_string(&line));
            self.put_text(text, printed, kept);
        }
        if self.style == Style::Text
            && let Some(line) = self.spelled_out(event)
        {
            self.out.put(line);
        }
    }

    /// What ended the run early, if anything did; else what of it was not as it should be.
    pub fn finish(self) -> Result<Shortfall, CliError> {
        let Self { windows, out, journal, notices, fault, .. } = self;
        let mut lost = 0;
        if let Some(journal) = journal {
            lost += journal.close().lost;
            if lost > 0 {
                notices.say(format!("{lost} lines are missing in the journal"));
            }
        }
        match (fault, out.close()) {
            (Some(fault), _) => Err(fault),
            (None, Closed { reader_gone: true, .. }) => {
                Err(io::Error::from(io::ErrorKind::BrokenPipe).into())
            }
            (None, Closed { lost: unread, .. }) => {
                if unread > 0 {
                    notices.say(format!("{unread} lines never came out at standard output"));
                }
                let broken = windows.iter().filter(|named| named.broken).count();
                Ok(Shortfall { broken, lost: lost + unread })
            }
        }
    }

    /// Whether standard output has a JSON line of it.
    fn is_printed(&self, event: &HallEvent) -> bool {
        let Style::Json { words, near_misses } = self.style else { return false };
        match event {
            HallEvent::Words { .. } => words,
            HallEvent::Found { finding, .. } => finding.state != FindingState::Held || near_misses,
            _ => true,
        }
    }

    fn put(&mut self, line: &HallLine<'_>, printed: bool, kept: bool) {
        self.put_text(Some(serde_json::to_string(line)), printed, kept);
    }

    fn put_text(&mut self, line: Option<serde_json::Result<String>>, printed: bool, kept: bool) {
        match line {
            None => {}
            Some(Ok(text)) => {
                if let Some(journal) = self.journal.as_mut().filter(|_| kept) {
                    journal.put(text.clone());
                }
                if printed {
                    self.out.put(text);
                }
            }
            Some(Err(fault)) => {
                self.fault.get_or_insert(fault.into());
                self.stop.ask();
            }
        }
    }

    /// The event in one line for people, if it is for them.
    fn spelled_out(&self, event: &HallEvent) -> Option<String> {
        let named = &self.windows[event.window()];
        let (name, rules) = (&named.name, named.rules_of(event));
        Some(match event {
            HallEvent::State { window, role, state, reason } => {
                let reason = reason.as_ref().map(|reason| format!(": {}", reason.en)).unwrap_or_default();
                let whose = match role {
                    Role::Clerk => "",
                    Role::Visitor if self.windows[*window].visitor_apart => "visitor's microphone ",
                    // It shares the fate of the clerk's, which is told.
                    Role::Visitor => return None,
                };
                format!("{:>7}  {name}  {whose}{}{reason}", "", state_name(*state))
            }
            HallEvent::Words { span, settled, over: true, .. } => {
                format!("{}  {name}  clerk: {settled}", show::clock(span.start))
            }
            HallEvent::Alerted { alert, .. } => {
                let time = show::clock(alert.finding.span.start);
                format!("{time}  {name}  {}", spelled(alert, rules))
            }
            // What was said is told as an alert; what is good, or could not be decided, is not.
            HallEvent::Found { finding, .. } if !alerts(finding) && finding.state != FindingState::Held => {
                let time = show::clock(finding.span.start);
                format!("{time}  {name}  {}", show::line(finding, rules))
            }
            HallEvent::Unheard { span, why, .. } => {
                format!("{}  {name}  NOT HEARD for {:.1} s: {why}", show::clock(span.start), span.seconds())
            }
            HallEvent::Rules { .. } => {
                format!("{:>7}  {name}  rules {}", "", rules.version())
            }
            HallEvent::Ended { account, .. } => format!(
                "{:>7}  {name}  end: {:.1} s, clerk speaking {:.1} s, not heard {:.1} s",
                "", account.audio_s, account.clerk_speech_s, account.unheard_s
            ),
            _ => return None,
        })
    }
}

impl Named {
    fn note(&mut self, event: &HallEvent) {
        match event {
            HallEvent::Rules { book, .. } => {
                self.before = Some(std::mem::replace(&mut self.book, Arc::clone(book)));
            }
            HallEvent::State { role: Role::Clerk, state, .. } => {
                self.broken |= *state == WindowState::Ended && self.down && self.recording;
                self.down = *state == WindowState::Down;
            }
            _ => {}
        }
    }

    /// The rules by which the event came about.
    fn rules_of(&self, event: &HallEvent) -> &Rulebook {
        let rule = match event {
            HallEvent::Found { finding, .. } => Some(&finding.rule),
            HallEvent::Alerted { alert, .. } => Some(&alert.finding.rule),
            _ => None,
        };
        let (book, before) = (self.book.rulebook(), self.before.as_ref().map(|book| book.rulebook()));
        let gone = rule.is_some_and(|rule| book.rule(rule).is_none());
        before.filter(|_| gone).unwrap_or(book)
    }
}

fn spelled(alert: &Alert, rules: &Rulebook) -> String {
    let finding = show::line(&alert.finding, rules);
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

fn dropped_text(Dropped { lines, .. }: Dropped) -> String {
    format!("{:>7}  {lines} lines are missing here: nobody took them", "")
}

fn dropped_json(Dropped { lines, since_unix_s }: Dropped) -> String {
    let line =
        HallLine::Dropped { lines, since_unix_s: round(since_unix_s), at_unix_s: round(unix_seconds()) };
    // Two numbers and a count can always be written.
    serde_json::to_string(&line).unwrap_or_default()
}

/// Whether the alert of a finding tells of it already.
fn alerts(finding: &Finding) -> bool {
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

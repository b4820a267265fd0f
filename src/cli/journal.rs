//! `sansheng journal`: whether a hall's journal is as it was written, and what is in it.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::value::RawValue;

use super::error::CliError;
use super::forget::{self, ForgetArgs};
use super::show;
use super::unmask::{self, UnmaskCommand};
use super::{DONE, FAILED};
use crate::clock::unix_micros;
use crate::config::Config;
use crate::ledger::event::Body;
use crate::ledger::evidence::{Clips, Recordings};
use crate::ledger::journal::{Verdict, Verified};
use crate::ledger::{Aside, Event, Key, Kind, Query, Reader};
use crate::reports::wall_seconds;
use crate::units::{Date, WindowId};

#[derive(Debug, Subcommand)]
pub(super) enum JournalCommand {
    /// Find every event that was changed, left out, put in, moved or cut off, and projections that do not agree
    Verify(JournalArgs),
    /// Print events, the oldest first
    Show(ShowArgs),
    /// Take what was said at a window in some time out of the journal for good, with its clips and recordings
    Forget(ForgetArgs),
    /// Show what was masked, where one person asks for it and another grants it (docs/masking.md)
    #[command(subcommand)]
    Unmask(UnmaskCommand),
}

/// Which journal.
#[derive(Debug, Args)]
pub(super) struct JournalArgs {
    /// Folder of the journal
    #[arg(long, value_name = "DIR", conflicts_with = "config")]
    pub data: Option<PathBuf>,
    /// The configuration that names it [default: sansheng.toml]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Key of what is encrypted in it [default: what the configuration names]
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,
    /// One JSON object a line (docs/journal.md)
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    #[command(flatten)]
    pub journal: JournalArgs,
    /// Of what became known from then on, as 2026-11-22T09:00:00+08:00
    #[arg(long, value_name = "TIME", value_parser = wall_us)]
    pub from: Option<i64>,
    /// Of what became known before then
    #[arg(long, value_name = "TIME", value_parser = wall_us)]
    pub to: Option<i64>,
    /// Of this window; may be given several times
    #[arg(long, value_name = "ID")]
    pub window: Vec<String>,
    /// Of this kind; may be given several times
    #[arg(long, value_name = "KIND", value_parser = kind)]
    pub kind: Vec<Kind>,
}

pub(super) fn run(command: &JournalCommand) -> Result<u8, CliError> {
    match command {
        JournalCommand::Verify(args) => verify(args),
        JournalCommand::Show(args) => print(args),
        JournalCommand::Forget(args) => forget::run(args),
        JournalCommand::Unmask(command) => unmask::run(command),
    }
}

pub(super) fn open(args: &JournalArgs) -> Result<Reader, CliError> {
    args.place()?.reader()
}

/// Where a ledger is, and what opens it.
pub(super) struct Place {
    pub folder: PathBuf,
    pub key: Option<Key>,
}

impl Place {
    pub fn reader(&self) -> Result<Reader, CliError> {
        Ok(Reader::open_with(&self.folder, self.key.as_ref())?)
    }

    pub fn aside(&self) -> Result<Aside, CliError> {
        Ok(Aside::open_with(&self.folder, self.key.as_ref())?)
    }

    pub fn clips(&self) -> Clips {
        Clips::of(&self.folder).with_key(self.key.as_ref())
    }

    pub fn recordings(&self) -> Recordings {
        Recordings::of(&self.folder).with_key(self.key.as_ref())
    }
}

impl JournalArgs {
    pub(super) fn place(&self) -> Result<Place, CliError> {
        let given = self.key.as_deref().map(Key::load).transpose()?;
        if let Some(folder) = &self.data {
            return Ok(Place { folder: folder.clone(), key: given });
        }
        let file = self.config.clone().unwrap_or_else(|| PathBuf::from("sansheng.toml"));
        let none = || CliError::NoJournal(format!("{} has no `data` under [ledger]", file.display()));
        let config = Config::load(&file)?;
        Ok(Place { folder: config.ledger.ok_or_else(none)?, key: given.or(config.key) })
    }
}

fn verify(args: &JournalArgs) -> Result<u8, CliError> {
    let verdict = open(args)?.verify()?;
    // For whoever looks at the dashboard. Who may only read the folder verifies it all the same.
    if let Err(fault) = Verified::of(&verdict, unix_micros()).keep(&args.place()?.folder) {
        eprintln!("sansheng: that it was verified is not noted beside the journal: {fault}");
    }
    let mut out = io::stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&VerdictLine::of(&verdict))?)?;
    } else {
        for found in &verdict.found {
            match found.seq {
                Some(seq) => writeln!(out, "event {seq}: {}", found.what)?,
                None => writeln!(out, "{}", found.what)?,
            }
        }
        let more = verdict.faults - verdict.found.len() as u64;
        if more > 0 {
            writeln!(out, "and {more} more")?;
        }
        let Verdict { events, runs, forgotten, locked, faults, .. } = &verdict;
        let head = verdict.head.as_ref().map_or_else(String::new, |head| format!(", the last {}", head.hash));
        let sound = match faults {
            0 => "as they were written".to_owned(),
            count => format!("{count} FAULTS"),
        };
        let unseen = match locked {
            0 => String::new(),
            count => format!(", {count} encrypted bodies NOT LOOKED AT for want of the key (--key)"),
        };
        writeln!(out, "{events} events of {runs} runs, {forgotten} bodies forgotten{unseen}{head}: {sound}")?;
    }
    Ok(if verdict.is_sound() { DONE } else { FAILED })
}

#[derive(Serialize)]
struct VerdictLine<'a> {
    sound: bool,
    events: u64,
    runs: u64,
    forgotten: u64,
    locked: u64,
    last_hash: Option<&'a str>,
    faults: u64,
    found: Vec<FoundLine<'a>>,
}

#[derive(Serialize)]
struct FoundLine<'a> {
    seq: Option<u64>,
    what: &'a str,
}

impl<'a> VerdictLine<'a> {
    fn of(verdict: &'a Verdict) -> Self {
        Self {
            sound: verdict.is_sound(),
            events: verdict.events,
            runs: verdict.runs,
            forgotten: verdict.forgotten,
            locked: verdict.locked,
            last_hash: verdict.head.as_ref().map(|head| head.hash.as_str()),
            faults: verdict.faults,
            found: verdict
                .found
                .iter()
                .map(|found| FoundLine { seq: found.seq, what: &found.what })
                .collect(),
        }
    }
}

/// Rows that are set in one table; a long journal is printed table by table.
const ROWS: usize = 200;

fn print(args: &ShowArgs) -> Result<u8, CliError> {
    let reader = open(&args.journal)?;
    let query = Query {
        kinds: args.kind.clone(),
        windows: args.window.iter().map(|id| WindowId::new(id)).collect(),
        wall_from_us: args.from,
        wall_until_us: args.to,
        ..Query::default()
    };
    let mut out = io::stdout().lock();
    let mut table = show::new_table(HEADER);
    for event in reader.events(&query) {
        let event = event?;
        if args.journal.json {
            writeln!(out, "{}", serde_json::to_string(&EventLine::of(&event)?)?)?;
            continue;
        }
        table.add_row(cells(&event));
        if table.row_count() == ROWS {
            writeln!(out, "{table}")?;
            table = show::new_table(HEADER);
        }
    }
    if table.row_count() > 0 {
        writeln!(out, "{table}")?;
    }
    Ok(DONE)
}

#[derive(Serialize)]
struct EventLine<'a> {
    seq: u64,
    run: u64,
    kind: &'a str,
    window: Option<&'a str>,
    session_start: Option<u64>,
    session_end: Option<u64>,
    wall_us: i64,
    engine: i64,
    rulebook: i64,
    /// As it stands in the journal; null once it was forgotten.
    body: Option<Box<RawValue>>,
}

impl<'a> EventLine<'a> {
    fn of(event: &'a Event) -> Result<Self, CliError> {
        Ok(Self {
            seq: event.seq,
            run: event.run,
            kind: &event.kind,
            window: event.window.as_ref().map(WindowId::as_str),
            session_start: event.session.map(|span| span.start.0),
            session_end: event.session.map(|span| span.end.0),
            wall_us: event.wall_us,
            engine: event.engine,
            rulebook: event.rulebook,
            body: event.body.clone().map(RawValue::from_string).transpose()?,
        })
    }
}

const HEADER: [&str; 6] = ["EVENT", "UTC", "WINDOW", "SESSION", "KIND", "WHAT"];

fn cells(event: &Event) -> [String; 6] {
    let session = event.session.map(|span| match span.start == span.end {
        true => show::clock(span.start),
        false => format!("{} – {}", show::clock(span.start), show::clock(span.end)),
    });
    [
        event.seq.to_string(),
        utc(event.wall_us),
        event.window.as_ref().map(ToString::to_string).unwrap_or_default(),
        session.unwrap_or_default(),
        event.kind.clone(),
        said(event),
    ]
}

/// What an event says, on one line for people.
fn said(event: &Event) -> String {
    let body = match event.read() {
        Ok(Some(body)) => body,
        Ok(None) if event.body.is_none() => return "(forgotten)".to_owned(),
        _ => return event.body.clone().unwrap_or_default(),
    };
    match body {
        Body::Heard(heard) => heard.text,
        Body::Finding(finding) => format!("{} {} “{}”", show::label(&finding), finding.rule, finding.heard),
        Body::Alert(alert) => {
            let finding = &alert.finding;
            let (id, revision, state) = (alert.id, alert.revision, &alert.state);
            format!("#{id}.{revision} {state}: {} {} “{}”", show::label(finding), finding.rule, finding.heard)
        }
        Body::Gap(gap) => gap.why,
        Body::Evidence(evidence) => {
            let file = evidence.clip.map(|clip| clip.file);
            format!("#{}: {}", evidence.alert, file.or(evidence.why).unwrap_or_default())
        }
        Body::Retention(gone) if gone.files.is_empty() => format!("{} deleted: {}", gone.what, gone.why),
        Body::Retention(gone) => format!("{} {} deleted: {}", gone.files.len(), gone.what, gone.why),
        Body::Access(access) => format!("{} by {}: {}", access.what, access.who, access.why),
        Body::Unmask(step) => {
            format!("{} of event {} by {}: {}", step.step(), step.event(), step.by(), step.why())
        }
        Body::Rules(rules) => rules.version,
        Body::Clock(clock) => utc(clock.wall_us),
        Body::RunStarted(started) => format!("{}, {} windows", started.hall, started.windows.len()),
        Body::Shed(shed) => format!("{} {}", shed.what, shed.events),
        Body::Quiet(_) | Body::Ring(_) => String::new(),
        _ => event.body.clone().unwrap_or_default(),
    }
}

/// `2026-11-22 01:00:10.500`
pub(super) fn utc(wall_us: i64) -> String {
    let (day, ms) = (wall_us.div_euclid(86_400_000_000), wall_us.rem_euclid(86_400_000_000) / 1_000);
    let (seconds, ms) = (ms / 1_000, ms % 1_000);
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    format!("{} {hours:02}:{minutes:02}:{seconds:02}.{ms:03}", Date::from_unix_days(day))
}

pub(super) fn wall_us(text: &str) -> Result<i64, String> {
    let seconds = wall_seconds(text).map_err(|fault| format!("{fault}: write 2026-11-22T09:00:00+08:00"))?;
    Ok((seconds * 1e6).round() as i64)
}

fn kind(text: &str) -> Result<Kind, String> {
    let all = || Kind::ALL.map(Kind::name).join(", ");
    Kind::parse(text).ok_or_else(|| format!("no kind of event; the kinds are {}", all()))
}

//! `sansheng evidence`: which alerts have clips, and one of them copied out, on record who did it and why; the same of recordings.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::Serialize;

use super::DONE;
use super::error::CliError;
use super::journal::{JournalArgs, Place, utc, wall_us};
use super::recordings;
use super::show;
use crate::clock::unix_micros;
use crate::ledger::event::{AccessBody, ClipBody, EvidenceBody};
use crate::ledger::evidence::{Clips, Kept};
use crate::ledger::journal::Act;
use crate::ledger::{Body, Event, JournalFault, Kind, Query, Reader};
use crate::units::{Span, WindowId};

#[derive(Debug, Subcommand)]
pub(super) enum EvidenceCommand {
    /// Print the clips of alerts, the oldest first, and alerts that have none with the reason; or what is recorded
    List(ListArgs),
    /// Copy the clip of an alert out, or what is recorded of a time; that is journalled first
    Export(ExportArgs),
}

#[derive(Debug, Args)]
pub(super) struct ListArgs {
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
    /// What is recorded all along, in place of clips
    #[arg(long)]
    pub recordings: bool,
}

#[derive(Debug, Args)]
pub(super) struct ExportArgs {
    #[command(flatten)]
    pub journal: JournalArgs,
    /// Number of the alert
    #[arg(long, value_name = "ID", required_unless_present = "window", conflicts_with = "window")]
    pub alert: Option<u64>,
    /// In place of an alert: what is recorded at this window
    #[arg(long, value_name = "ID", requires_all = ["from", "to"])]
    pub window: Option<String>,
    /// From then on, as 2026-11-22T09:00:00+08:00
    #[arg(long, value_name = "TIME", value_parser = wall_us, requires = "window")]
    pub from: Option<i64>,
    /// Before then, an hour later at most
    #[arg(long, value_name = "TIME", value_parser = wall_us, requires = "window")]
    pub to: Option<i64>,
    /// Who wants it
    #[arg(long, value_name = "NAME", value_parser = said)]
    pub who: String,
    /// What for
    #[arg(long, value_name = "REASON", value_parser = said)]
    pub why: String,
    /// Where to write it; nothing is overwritten
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}

pub(super) fn run(command: &EvidenceCommand) -> Result<u8, CliError> {
    match command {
        EvidenceCommand::List(args) => list(args),
        EvidenceCommand::Export(args) => export(args),
    }
}

/// Something that people have to say: there is more to it than spaces.
pub(super) fn said(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("say it in words".to_owned()),
        words => Ok(words.to_owned()),
    }
}

fn list(args: &ListArgs) -> Result<u8, CliError> {
    let place = args.journal.place()?;
    if args.recordings {
        let choice = recordings::Choice { windows: &args.window, from: args.from, to: args.to };
        return recordings::list(&place, &choice, args.journal.json);
    }
    let (reader, clips) = (place.reader()?, place.clips());
    let query = Query {
        kinds: vec![Kind::Evidence],
        windows: args.window.iter().map(|id| WindowId::new(id)).collect(),
        wall_from_us: args.from,
        wall_until_us: args.to,
        ..Query::default()
    };
    let mut out = io::stdout().lock();
    let mut table = show::new_table(["ALERT", "UTC", "WINDOW", "SESSION", "SECONDS", "SILENCED", "CLIP"]);
    for event in reader.events(&query) {
        let event = event?;
        let line = Line::of(&event, &clips)?;
        match args.journal.json {
            true => writeln!(out, "{}", serde_json::to_string(&line)?)?,
            false => drop(table.add_row(line.cells(&event))),
        }
    }
    if table.row_count() > 0 {
        writeln!(out, "{table}")?;
    }
    Ok(DONE)
}

/// Times are samples of session time.
#[derive(Serialize)]
struct Line {
    seq: u64,
    alert: Option<u64>,
    window: Option<String>,
    wall_us: i64,
    session_start: Option<u64>,
    session_end: Option<u64>,
    /// `whole`, `changed`, `gone`, `none` or `forgotten`.
    state: &'static str,
    file: Option<String>,
    bytes: Option<u64>,
    sha256: Option<String>,
    silenced: Vec<(u64, u64)>,
    gaps: Vec<(u64, u64)>,
    why: Option<String>,
}

impl Line {
    fn of(event: &Event, clips: &Clips) -> Result<Self, CliError> {
        let body = evidence_of(event)?;
        let state = match &body {
            None => "forgotten",
            Some(EvidenceBody { clip: None, .. }) => "none",
            Some(EvidenceBody { clip: Some(clip), .. }) => match clips.read(clip)?.0 {
                Kept::Whole => "whole",
                Kept::Changed => "changed",
                Kept::Gone => "gone",
            },
        };
        let alert = body.as_ref().map(|body| body.alert);
        let (clip, why) = body.map_or((None, None), |body| (body.clip, body.why));
        let clip = clip.as_ref();
        Ok(Self {
            seq: event.seq,
            alert,
            window: event.window.as_ref().map(ToString::to_string),
            wall_us: event.wall_us,
            session_start: event.session.map(|span| span.start.0),
            session_end: event.session.map(|span| span.end.0),
            state,
            file: clip.map(|clip| clip.file.clone()),
            bytes: clip.map(|clip| clip.bytes),
            sha256: clip.map(|clip| clip.sha256.clone()),
            silenced: clip.map(|clip| clip.silenced.clone()).unwrap_or_default(),
            gaps: clip.map(|clip| clip.gaps.clone()).unwrap_or_default(),
            why,
        })
    }

    fn cells(&self, event: &Event) -> [String; 7] {
        let silenced: u64 = self.silenced.iter().map(|(start, end)| end.saturating_sub(*start)).sum();
        let seconds = |samples: u64| format!("{:.1}", samples as f64 / 16_000.0);
        let clip = match (self.state, &self.file, &self.why) {
            ("whole", Some(file), _) => file.clone(),
            ("none", _, Some(why)) => format!("none: {why}"),
            (state, Some(file), _) => format!("{}: {file}", state.to_uppercase()),
            (state, ..) => format!("({state})"),
        };
        [
            self.alert.map_or_else(String::new, |alert| alert.to_string()),
            utc(self.wall_us),
            self.window.clone().unwrap_or_default(),
            event.session.map_or_else(String::new, |span| show::clock(span.start)),
            event.session.map_or_else(String::new, |span| seconds(span.samples())),
            seconds(silenced),
            clip,
        ]
    }
}

fn evidence_of(event: &Event) -> Result<Option<EvidenceBody>, CliError> {
    Ok(match event.read().map_err(JournalFault::from)? {
        Some(Body::Evidence(evidence)) => Some(*evidence),
        _ => None,
    })
}

fn export(args: &ExportArgs) -> Result<u8, CliError> {
    let place = args.journal.place()?;
    let ExportArgs { who, why, out, .. } = args;
    match (args.alert, &args.window, args.from, args.to) {
        (Some(alert), ..) => export_clip(&place, args, alert),
        (None, Some(window), Some(from), Some(to)) => {
            recordings::export(&place, &recordings::Copy { window, from, to, who, why, out })
        }
        _ => unreachable!("the arguments require one or the other"),
    }
}

fn export_clip(place: &Place, args: &ExportArgs, alert: u64) -> Result<u8, CliError> {
    let (window, session, clip) = find(&place.reader()?, alert)?;
    let no_clip = |why: &str| CliError::NoClip { alert, why: why.to_owned() };
    let bytes = match place.clips().read(&clip)? {
        (Kept::Whole, bytes) => bytes,
        (Kept::Changed, _) => {
            let why =
                format!("has a clip that is not as it was written, {}: restore it from a backup", clip.file);
            return Err(no_clip(&why));
        }
        (Kept::Gone, _) => return Err(no_clip("has a clip that is no longer there")),
    };
    let unwritten = |fault| CliError::Unwritten { path: args.out.clone(), fault };
    // Before it is on record: a place that cannot be written is no access.
    let mut out = OpenOptions::new().write(true).create_new(true).open(&args.out).map_err(unwritten)?;
    let noted = note(place, args, alert, (window, session), &clip);
    let written = noted.and_then(|()| out.write_all(&bytes).and_then(|()| out.sync_all()).map_err(unwritten));
    if written.is_err() {
        // It is empty, or half of it.
        let _ = std::fs::remove_file(&args.out);
    }
    written?;
    println!("{} bytes to {}", bytes.len(), args.out.display());
    Ok(DONE)
}

/// Journals who takes the clip out and why.
fn note(
    place: &Place,
    args: &ExportArgs,
    alert: u64,
    (window, session): (Option<WindowId>, Option<Span>),
    clip: &ClipBody,
) -> Result<(), CliError> {
    let body = Body::Access(AccessBody {
        what: AccessBody::EXPORT.to_owned(),
        alert: Some(alert),
        finding: None,
        file: Some(clip.file.clone()),
        who: args.who.clone(),
        why: args.why.clone(),
        why_zh: None,
    });
    let act = Act { window, session, rulebook: None, body };
    place.aside()?.act(unix_micros(), |_| Ok::<_, CliError>(vec![act]))?;
    Ok(())
}

/// The clip of an alert, and where it is from.
fn find(reader: &Reader, alert: u64) -> Result<(Option<WindowId>, Option<Span>, ClipBody), CliError> {
    let mut why = "has no clip, or is not in this journal: see `sansheng evidence list`".to_owned();
    for event in reader.events(&Query { kinds: vec![Kind::Evidence], ..Query::default() }) {
        let event = event?;
        match evidence_of(&event)? {
            Some(EvidenceBody { alert: of, clip: Some(clip), .. }) if of == alert => {
                return Ok((event.window, event.session, clip));
            }
            Some(EvidenceBody { alert: of, why: Some(none), .. }) if of == alert => {
                why = format!("has no clip: {none}");
            }
            _ => {}
        }
    }
    Err(CliError::NoClip { alert, why })
}

//! `sansheng journal unmask`: what was masked, shown to whoever asked for it once somebody else has granted it. Every step goes into
//! the journal, while the service runs or not.

use std::io::{self, Write};

use clap::{Args, Subcommand};
use serde::Serialize;

use super::DONE;
use super::error::CliError;
use super::evidence::said;
use super::hall_files::{HallArgs, HallFiles, day_and_minute};
use super::show::new_table;
use crate::clock;
use crate::ledger::JournalFault;
use crate::ledger::event::UnmaskBody;
use crate::ledger::journal::Unmasking;
use crate::ledger::unmask::{Refusal, Request, Shown, Standing, Step, Subject, UnmaskFault};

#[derive(Debug, Subcommand)]
pub(super) enum UnmaskCommand {
    /// Print the requests: those that wait, and those that may be shown now
    List(ListArgs),
    /// Ask to see what was masked in a finding or in what was heard; prints the number of the request
    Ask(AskArgs),
    /// Grant a request; by somebody else than who asked
    Grant(AnswerArgs),
    /// Refuse a request; by somebody else than who asked
    Refuse(AnswerArgs),
    /// Print what was masked; for whoever asked, once it is granted and as long as that lasts
    Show(ShowArgs),
}

#[derive(Debug, Args)]
pub(super) struct ListArgs {
    #[command(flatten)]
    hall: HallArgs,
    /// Also those that were refused, and those whose time is over
    #[arg(long)]
    all: bool,
    /// One JSON object a line (docs/masking.md)
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct StepArgs {
    #[command(flatten)]
    hall: HallArgs,
    /// Who does it: staff number, or name
    #[arg(long, value_name = "WHO")]
    who: String,
    /// One JSON object (docs/masking.md)
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct AskArgs {
    #[command(flatten)]
    of: StepArgs,
    /// Number of the finding, as `sansheng review list` prints it
    #[arg(long, value_name = "FINDING", required_unless_present = "seq", conflicts_with = "seq")]
    finding: Option<u64>,
    /// Number of the event, as `sansheng journal show` prints it
    #[arg(long, value_name = "EVENT")]
    seq: Option<u64>,
    /// What it is needed for
    #[arg(long, value_name = "REASON", value_parser = said)]
    why: String,
}

#[derive(Debug, Args)]
pub(super) struct AnswerArgs {
    #[command(flatten)]
    of: StepArgs,
    /// Number of the request
    #[arg(value_name = "REQUEST")]
    request: u64,
    /// Why
    #[arg(long, value_name = "REASON", default_value = "")]
    why: String,
}

#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    #[command(flatten)]
    of: StepArgs,
    /// Number of the request
    #[arg(value_name = "REQUEST")]
    request: u64,
}

pub(super) fn run(command: &UnmaskCommand) -> Result<u8, CliError> {
    match command {
        UnmaskCommand::List(args) => list(args),
        UnmaskCommand::Ask(args) => ask(args),
        UnmaskCommand::Grant(AnswerArgs { of, request, why }) => step(of, |hall| Step::Grant {
            request: *request,
            why: why.clone(),
            hours: hall.config.review.unmask_hours,
        }),
        UnmaskCommand::Refuse(AnswerArgs { of, request, why }) => {
            step(of, |_| Step::Refuse { request: *request, why: why.clone() })
        }
        UnmaskCommand::Show(ShowArgs { of, request }) => step(of, |_| Step::Show { request: *request }),
    }
}

fn ask(args: &AskArgs) -> Result<u8, CliError> {
    let why = args.why.clone();
    let Some(finding) = args.finding else {
        let event = args.seq.unwrap_or_default();
        return step(&args.of, |_| Step::Ask { event, why });
    };
    // A number of something else would be asked for in silence.
    let hall = HallFiles::load(&args.of.hall)?;
    if hall.reader()?.rows().finding(finding)?.is_none() {
        return Err(UnmaskFault::Refused(Refusal::NoEvent(finding)).into());
    }
    step(&args.of, |_| Step::Ask { event: finding, why })
}

/// A step that was taken, for programs.
#[derive(Serialize)]
struct StepLine<'a> {
    /// Number of its event.
    seq: u64,
    #[serde(flatten)]
    body: &'a UnmaskBody,
    #[serde(skip_serializing_if = "Option::is_none")]
    shown: Option<&'a Shown>,
}

/// Looks whether it may be done and does it, in one transaction of the journal.
fn step(args: &StepArgs, step: impl FnOnce(&HallFiles) -> Step) -> Result<u8, CliError> {
    let hall = HallFiles::load(&args.hall)?;
    let (step, who) = (step(&hall), hall.person(&args.who));
    let Unmasking { seq, body, shown } = hall.aside()?.unmask(&step, &who, clock::unix_micros())?;
    let mut out = io::stdout().lock();
    if args.json {
        let line = StepLine { seq, body: &body, shown: shown.as_ref() };
        writeln!(out, "{}", serde_json::to_string(&line)?)?;
        return Ok(DONE);
    }
    match &body {
        UnmaskBody::Ask { event, .. } => {
            writeln!(
                out,
                "request {seq}: to see what was masked in event {event}; somebody else has to grant it"
            )?;
        }
        UnmaskBody::Grant { request, by: _, until_us, .. } => {
            let until = day_and_minute(&hall.roster_or_none(), *until_us);
            writeln!(out, "request {request} granted (event {seq}); it may be shown until {until}")?;
        }
        UnmaskBody::Refuse { request, .. } => writeln!(out, "request {request} refused (event {seq})")?,
        UnmaskBody::Show { .. } => {
            for field in shown.iter().flat_map(|shown| &shown.fields) {
                writeln!(out, "{}: {}", field.field.trim_start_matches('/'), field.text)?;
            }
        }
    }
    Ok(DONE)
}

/// A request as it stands, for programs.
#[derive(Serialize)]
struct RequestLine<'a> {
    standing: Standing,
    /// What was masked is still there.
    kept: bool,
    #[serde(flatten)]
    request: &'a Request,
}

fn list(args: &ListArgs) -> Result<u8, CliError> {
    let hall = HallFiles::load(&args.hall)?;
    let (reader, now_us) = (hall.reader()?, clock::unix_micros());
    let lines = reader.at_once(|rows| {
        let requests = rows.unmask_requests()?.into_iter();
        let kept =
            requests.map(|request| Ok((rows.unmask_subject(request.event)? == Subject::Kept, request)));
        kept.collect::<Result<Vec<(bool, Request)>, JournalFault>>()
    })?;
    let (mut out, mut table, mut count) = (io::stdout().lock(), new_table(HEADER), 0);
    for (kept, request) in &lines {
        let standing = request.standing(now_us);
        let open = *kept && matches!(standing, Standing::Waiting | Standing::Granted);
        if !args.all && !open {
            continue;
        }
        count += 1;
        if args.json {
            let line = RequestLine { standing, kept: *kept, request };
            writeln!(out, "{}", serde_json::to_string(&line)?)?;
        } else {
            table.add_row(cells(&hall, request, (standing, *kept)));
        }
    }
    if !args.json {
        match count {
            0 => writeln!(out, "no request waits, and none may be shown now")?,
            _ => writeln!(out, "{table}")?,
        }
    }
    Ok(DONE)
}

const HEADER: [&str; 8] = ["REQUEST", "TIME", "WINDOW", "EVENT", "WHO", "WHY", "STANDS", "SHOWN"];

fn cells(hall: &HallFiles, request: &Request, (standing, kept): (Standing, bool)) -> [String; 8] {
    let time = |us: i64| day_and_minute(&hall.roster_or_none(), us);
    let by = request.answer.as_ref().map_or_else(String::new, |answer| format!(" by {}", answer.by));
    let until = request.answer.as_ref().and_then(|answer| answer.until_us);
    let stands = match (standing, until) {
        _ if !kept => format!("{}; it is deleted", standing.name()),
        (Standing::Granted, Some(until_us)) => format!("granted{by} until {}", time(until_us)),
        _ => format!("{}{by}", standing.name()),
    };
    [
        request.id.to_string(),
        time(request.wall_us),
        request.window.as_ref().map(ToString::to_string).unwrap_or_default(),
        request.event.to_string(),
        request.by.clone(),
        request.why.clone(),
        stands,
        request.shown_us.len().to_string(),
    ]
}

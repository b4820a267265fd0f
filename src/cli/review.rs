//! `sansheng review`: findings upheld, dismissed, appealed, decided. Everything goes into the journal, while the service runs
//! or not.

use std::io::{self, Write};

use clap::{Args, Subcommand};
use serde::Serialize;

use super::DONE;
use super::error::CliError;
use super::hall_files::{HallArgs, HallFiles, day_and_minute};
use super::show::new_table;
use crate::clock;
use crate::conduct::FindingState;
use crate::ledger::event::Ruling;
use crate::ledger::journal::FindingRow;
use crate::ledger::review::{Act, Case, Charged, Court, Deadline, Step, StepKind, Subject};
use crate::ledger::score::Review;
use crate::ledger::{Body, Reader};
use crate::units::Date;

#[derive(Debug, Subcommand)]
pub(super) enum ReviewCommand {
    /// Print what somebody has to look at: what awaits a review, and what is under appeal
    List(ListArgs),
    /// A finding is right
    Uphold(ReviewArgs),
    /// A finding is wrong: what it took is given back
    Dismiss(ReviewArgs),
    /// The clerk says that a finding is wrong
    Appeal(AppealArgs),
    /// Decide an appeal; by somebody else than the reviewer and the clerk
    Decide(DecideArgs),
}

#[derive(Debug, Args)]
pub(super) struct ListArgs {
    #[command(flatten)]
    hall: HallArgs,
    /// All that is confirmed, with what became of it
    #[arg(long)]
    all: bool,
    /// Of this window; may be given several times
    #[arg(long, value_name = "ID")]
    window: Vec<String>,
    /// The first day
    #[arg(long, value_name = "YYYY-MM-DD")]
    from: Option<Date>,
    /// The last day
    #[arg(long, value_name = "YYYY-MM-DD")]
    to: Option<Date>,
    /// One JSON object a line (docs/review.md)
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct OneArgs {
    #[command(flatten)]
    hall: HallArgs,
    /// Number of the finding, as `sansheng review list` prints it
    #[arg(value_name = "FINDING")]
    finding: u64,
    /// Who does it: staff number, or name
    #[arg(long, value_name = "WHO")]
    who: String,
}

#[derive(Debug, Args)]
pub(super) struct ReviewArgs {
    #[command(flatten)]
    one: OneArgs,
    /// Why; needed where it is dismissed
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
}

#[derive(Debug, Args)]
pub(super) struct AppealArgs {
    #[command(flatten)]
    one: OneArgs,
    /// What is wrong with it
    #[arg(long, value_name = "TEXT")]
    text: String,
}

#[derive(Debug, Args)]
pub(super) struct DecideArgs {
    #[command(flatten)]
    one: OneArgs,
    /// What it is
    #[arg(value_enum, value_name = "RULING")]
    ruling: RulingArg,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum RulingArg {
    Upheld,
    Dismissed,
}

pub(super) fn run(command: &ReviewCommand) -> Result<u8, CliError> {
    let review = |ruling, args: &ReviewArgs| Act::Review { ruling, reason: args.reason.trim().to_owned() };
    match command {
        ReviewCommand::List(args) => list(args),
        ReviewCommand::Uphold(args) => act(&args.one, &review(Ruling::Upheld, args)),
        ReviewCommand::Dismiss(args) => act(&args.one, &review(Ruling::Dismissed, args)),
        ReviewCommand::Appeal(args) => act(&args.one, &Act::Appeal { text: args.text.trim().to_owned() }),
        ReviewCommand::Decide(args) => {
            let ruling = match args.ruling {
                RulingArg::Upheld => Ruling::Upheld,
                RulingArg::Dismissed => Ruling::Dismissed,
            };
            act(&args.one, &Act::Decide { ruling, reason: args.reason.trim().to_owned() })
        }
    }
}

/// Looks whether it may be done and does it, in one transaction of the journal.
fn act(args: &OneArgs, act: &Act) -> Result<u8, CliError> {
    let hall = HallFiles::load(&args.hall)?;
    let (id, who) = (args.finding, hall.person(&args.who));
    let now_us = clock::unix_micros();
    let mut told = String::new();
    let numbers = hall.aside()?.act(now_us, |rows| {
        let (what, written) = court(&hall).step(rows, id, (act, &who, now_us))?;
        let until = |us: i64| day_and_minute(&hall.roster_or_none(), us);
        told = match what {
            StepKind::Review { ruling: Ruling::Upheld, appeal_until_us } => {
                format!("upheld; the clerk may appeal until {}", until(appeal_until_us))
            }
            StepKind::Review { .. } => "dismissed: it takes nothing".to_owned(),
            StepKind::Appeal { decide_until_us } => format!(
                "under appeal: it takes nothing until somebody else has decided; that is due by {}",
                until(decide_until_us)
            ),
            StepKind::Decision { ruling } => format!("decided: {}", ruling.name()),
        };
        Ok::<_, CliError>(vec![written])
    })?;
    let number = numbers.first().copied().unwrap_or_default();
    writeln!(io::stdout(), "finding {id} {told} (event {number})")?;
    Ok(DONE)
}

fn court(hall: &HallFiles) -> Court<'_> {
    Court { roster: hall.roster.as_ref(), terms: hall.config.review }
}

/// A finding with what was done about it.
#[derive(Debug, Serialize)]
struct Entry<'a> {
    finding: u64,
    wall_us: i64,
    window: &'a str,
    /// Staff number; null where nobody is charged, or nobody knows who sat there.
    clerk: Option<String>,
    /// Why nobody is charged.
    unassigned: Option<String>,
    provision: &'a str,
    rule: &'a str,
    severity: &'static str,
    /// Null once it was forgotten.
    heard: Option<String>,
    needs_review: bool,
    review: Review,
    steps: &'a [Step],
    deadline: Option<Deadline>,
    overdue: bool,
}

fn list(args: &ListArgs) -> Result<u8, CliError> {
    let hall = HallFiles::load(&args.hall)?;
    let reader = hall.reader()?;
    let rows = reader.rows();
    let period = hall.days(args.from, args.to);
    let (cases, none, now_us) = (rows.cases(period)?, Case::default(), clock::unix_micros());
    let (mut out, mut table, mut count) = (io::stdout().lock(), new_table(HEADER), 0);
    for finding in rows.findings(period)? {
        let case = cases.get(&finding.id).unwrap_or(&none);
        let open = match case.review() {
            Review::Unreviewed => finding.needs_review,
            review => review == Review::Appealed,
        };
        let wanted = args.window.is_empty() || args.window.iter().any(|id| id == finding.window.as_str());
        if finding.state != FindingState::Confirmed || !wanted || !(open || args.all) {
            continue;
        }
        let subject = court(&hall).subject(&rows, &finding)?;
        let entry = entry(&reader, &hall, (&finding, case, &subject), now_us)?;
        count += 1;
        if args.json {
            writeln!(out, "{}", serde_json::to_string(&entry)?)?;
        } else {
            table.add_row(cells(&hall, &entry));
        }
    }
    if !args.json && count > 0 {
        writeln!(out, "{table}")?;
    }
    if !args.json && count == 0 {
        writeln!(out, "nothing awaits a review or a decision")?;
    }
    Ok(DONE)
}

fn entry<'a>(
    reader: &Reader,
    hall: &HallFiles,
    (finding, case, subject): (&'a FindingRow, &'a Case, &Subject),
    now_us: i64,
) -> Result<Entry<'a>, CliError> {
    let event = reader.event(finding.id)?;
    let heard = match event.and_then(|event| event.read().ok().flatten()) {
        Some(Body::Finding(finding)) => Some(finding.heard),
        _ => None,
    };
    let (clerk, unassigned) = match &subject.charged {
        Charged::Clerk(clerk) => (Some(clerk.clone()), None),
        Charged::Nobody(why) => (None, Some(why.clone())),
        Charged::Unknown => (None, None),
    };
    let deadline = case.deadline(subject, &hall.config.review);
    Ok(Entry {
        finding: finding.id,
        wall_us: finding.wall_us,
        window: finding.window.as_str(),
        clerk,
        unassigned,
        provision: &finding.provision,
        rule: &finding.rule,
        severity: finding.severity.name(),
        heard,
        needs_review: finding.needs_review,
        review: case.review(),
        steps: &case.steps,
        deadline,
        overdue: matches!(deadline, Some(Deadline::Decision { until_us }) if until_us < now_us),
    })
}

const HEADER: [&str; 8] = ["FINDING", "TIME", "WINDOW", "CLERK", "RULE", "HEARD", "STANDS", "UNTIL"];

fn cells(hall: &HallFiles, entry: &Entry<'_>) -> [String; 8] {
    let roster = hall.roster_or_none();
    let clerk = match (&entry.clerk, &entry.unassigned) {
        (Some(clerk), _) => clerk.clone(),
        (None, Some(why)) => format!("unassigned: {why}"),
        (None, None) => "no calendar".to_owned(),
    };
    let by = entry.steps.last().map_or_else(String::new, |step| format!(" by {}", step.who));
    let stands = match entry.review {
        Review::Unreviewed if entry.needs_review => "awaits a review".to_owned(),
        Review::Unreviewed => "not reviewed".to_owned(),
        Review::Upheld => format!("upheld{by}"),
        Review::Dismissed => format!("dismissed{by}"),
        Review::Appealed => format!("appealed{by}"),
    };
    let until = match entry.deadline {
        Some(Deadline::Appeal { until_us }) => format!("appeal {}", day_and_minute(&roster, until_us)),
        Some(Deadline::Decision { until_us }) => {
            let late = if entry.overdue { " OVERDUE" } else { "" };
            format!("decide {}{late}", day_and_minute(&roster, until_us))
        }
        None => String::new(),
    };
    [
        entry.finding.to_string(),
        day_and_minute(&roster, entry.wall_us),
        entry.window.to_owned(),
        clerk,
        format!("{} {}", entry.rule, entry.severity),
        entry.heard.clone().unwrap_or_else(|| "(forgotten)".to_owned()),
        stands,
        until,
    ]
}

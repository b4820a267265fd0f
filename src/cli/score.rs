//! `sansheng score`: shifts scored from the journal, stored in it, and computed again from it.

use std::collections::BTreeSet;
use std::io::{self, Write};

use clap::Args;
use serde::Serialize;

use super::error::CliError;
use super::hall_files::{HallArgs, HallFiles};
use super::show::new_table;
use super::{DONE, FAILED};
use crate::clock;
use crate::ledger::account::{Account, Asked, Who, accounts, check, to_store};
use crate::ledger::journal::{JournalFault, Reader};
use crate::ledger::score::{Coverage, Outcome, ShiftScore};
use crate::units::Date;

#[derive(Debug, Args)]
pub(super) struct ScoreArgs {
    #[command(flatten)]
    scope: ScopeArgs,
    /// Show every line that made each score
    #[arg(long, conflicts_with = "json")]
    explain: bool,
    /// One JSON object a line (docs/scoring.md)
    #[arg(long)]
    json: bool,
    /// Write the scores of shifts that are over into the journal, those that are not there yet
    #[arg(long, conflicts_with = "window")]
    store: bool,
    /// Compute every stored score again from the events alone, and say whether it agrees
    #[arg(long, conflicts_with_all = ["store", "explain", "json"])]
    check: bool,
}

/// Which hall, and what of it.
#[derive(Debug, Args)]
pub(super) struct ScopeArgs {
    #[command(flatten)]
    pub hall: HallArgs,
    #[command(flatten)]
    pub of: OfArgs,
}

/// What is asked for.
#[derive(Debug, Args)]
pub(super) struct OfArgs {
    /// The first day [default: today]
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub from: Option<Date>,
    /// The last day [default: today]
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub to: Option<Date>,
    /// Of this shift of the calendar
    #[arg(long, value_name = "ID")]
    pub shift: Option<String>,
    /// Of this clerk: staff number, or name
    #[arg(long, value_name = "WHO")]
    pub clerk: Option<String>,
    /// Of this window alone
    #[arg(long, value_name = "ID")]
    pub window: Option<String>,
}

impl OfArgs {
    pub fn asked(&self, hall: &HallFiles) -> Asked {
        Asked {
            from: self.from,
            to: self.to,
            shift: self.shift.clone(),
            clerk: self.clerk.as_deref().map(|who| hall.person(who)),
            window: self.window.clone(),
            among: None,
        }
    }
}

pub(super) fn run(args: &ScoreArgs) -> Result<u8, CliError> {
    let hall = HallFiles::load(&args.scope.hall)?;
    let reader = hall.reader()?;
    if args.check {
        return check_stored(&reader);
    }
    if hall.roster.is_none() {
        eprintln!(
            "sansheng: the configuration names no calendar under [shifts]: nobody is charged with anything, and there is \
             no score"
        );
    }
    let (asked, roster) = (args.scope.of.asked(&hall), hall.roster_or_none());
    let period = asked.period(&roster, clock::unix_micros())?;
    let (all, upto) = reader.at_once(|rows| {
        let plan = asked.plan(rows, &roster, hall.windows(), period)?;
        let all = accounts(&reader, rows, &plan, &hall.config.score)?;
        Ok::<_, CliError>((all, rows.last_seq()?))
    })?;
    print(args, &all)?;
    if args.store {
        let now_us = clock::unix_micros();
        let acts = to_store(&reader, &all, upto, now_us)?;
        let count = acts.len();
        if count > 0 {
            hall.aside()?.act(now_us, |_| Ok::<_, JournalFault>(acts))?;
        }
        eprintln!("sansheng: {count} scores stored");
    }
    Ok(DONE)
}

fn check_stored(reader: &Reader) -> Result<u8, CliError> {
    let checked = check(reader)?;
    let mut out = io::stdout().lock();
    let mut wrong = 0;
    for one in checked.iter().filter(|one| !one.agrees) {
        let stored = &one.stored;
        wrong += 1;
        writeln!(
            out,
            "event {}: the score of {} in the shift {} of {} does not follow from the events before it, or something of \
             them was forgotten since",
            one.seq, stored.clerk.name, stored.shift, stored.day
        )?;
    }
    writeln!(out, "{} stored scores, {wrong} that do not agree", checked.len())?;
    Ok(if wrong == 0 { DONE } else { FAILED })
}

#[derive(Serialize)]
struct Entry<'a> {
    day: String,
    shift: Option<&'a str>,
    clerk: Option<&'a str>,
    name: Option<&'a str>,
    /// Why nobody is charged.
    unassigned: Option<String>,
    windows: Vec<&'a str>,
    heard_ms: u64,
    unheard_ms: u64,
    encounters: usize,
    findings: usize,
    score: Option<&'a ShiftScore>,
}

fn print(args: &ScoreArgs, all: &[Account]) -> Result<(), CliError> {
    let mut out = io::stdout().lock();
    let mut table = new_table(HEADER);
    for account in all.iter().filter(|account| account.is_of_interest()) {
        if args.json {
            writeln!(out, "{}", serde_json::to_string(&entry(account))?)?;
            continue;
        }
        if args.explain {
            table = new_table(HEADER);
        }
        table.add_row(cells(account));
        if args.explain {
            writeln!(out, "{table}")?;
            if let Some(score) = &account.score {
                writeln!(out, "{}", score.working())?;
            }
        }
    }
    if !args.json && !args.explain {
        match table.row_count() {
            0 => writeln!(out, "nothing is planned and nothing was heard in this time")?,
            _ => writeln!(out, "{table}")?,
        }
    }
    Ok(())
}

fn entry(account: &Account) -> Entry<'_> {
    let (clerk, name, unassigned) = match &account.key.who {
        Who::Clerk(person) => (Some(person.id.as_str()), Some(person.name.as_str()), None),
        Who::Nobody { why, .. } => (None, None, Some(why.to_string())),
    };
    Entry {
        day: account.key.day.to_string(),
        shift: account.key.shift.as_deref(),
        clerk,
        name,
        unassigned,
        windows: windows(account),
        heard_ms: account.facts.heard_ms,
        unheard_ms: account.facts.unheard_ms,
        encounters: account.facts.encounters.iter().filter(|encounter| encounter.served).count(),
        findings: account.facts.findings.len(),
        score: account.score.as_ref(),
    }
}

fn windows(account: &Account) -> Vec<&str> {
    let windows: BTreeSet<&str> = account.sat.iter().map(|sat| sat.window.as_str()).collect();
    windows.into_iter().collect()
}

const HEADER: [&str; 10] =
    ["DAY", "SHIFT", "CLERK", "WINDOW", "SCORE", "AT WORST", "HEARD", "SERVED", "FOUND", "OPEN"];

fn cells(account: &Account) -> [String; 10] {
    let entry = entry(account);
    let who = match (entry.name, &entry.unassigned) {
        (Some(name), _) => format!("{name} {}", entry.clerk.unwrap_or_default()),
        (None, why) => format!("UNASSIGNED: {}", why.as_deref().unwrap_or_default()),
    };
    let (score, worst, open) = match entry.score {
        Some(score) => match score.outcome {
            Outcome::Scored { points, at_worst } => (points.to_string(), at_worst.to_string(), score.open),
            Outcome::Unscored { why } => (format!("none: {why}"), String::new(), score.open),
        },
        None => ("-".to_owned(), String::new(), 0),
    };
    let coverage = Coverage::of(entry.heard_ms, entry.unheard_ms);
    [
        entry.day,
        entry.shift.unwrap_or("-").to_owned(),
        who,
        entry.windows.join(" "),
        score,
        worst,
        coverage.permille.map_or_else(|| "-".to_owned(), |p| format!("{}.{} %", p / 10, p % 10)),
        entry.encounters.to_string(),
        entry.findings.to_string(),
        open.to_string(),
    ]
}

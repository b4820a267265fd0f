//! `sansheng shifts`: the hall's calendar and rosters, checked and shown.

use std::io::{self, Write};
use std::path::Path;

use comfy_table::Table;

use super::args::{ShiftsCommand, SignArgs};
use super::error::CliError;
use super::hall_files::{HallFiles, day_and_minute};
use super::show::new_table;
use super::{DONE, FAILED};
use crate::clock;
use crate::ledger::Body;
use crate::ledger::duty::{DayKind, DutyKind, Roster, Slot, Weekday};
use crate::ledger::event::DutyBody;
use crate::ledger::journal::{Act, Rows};
use crate::ledger::review::{Charged, charged};
use crate::units::Date;

pub(super) fn run(command: &ShiftsCommand) -> Result<u8, CliError> {
    match command {
        ShiftsCommand::Check { file } => check(file),
        ShiftsCommand::Show { file, on } => show(file, *on),
        ShiftsCommand::SignIn(args) => sign(args, DutyKind::SignIn),
        ShiftsCommand::SignOut(args) => sign(args, DutyKind::SignOut),
    }
}

/// Writes a sign-in or sign-out into the journal, and says what the calendar makes of it.
fn sign(args: &SignArgs, kind: DutyKind) -> Result<u8, CliError> {
    let hall = HallFiles::load(&args.hall)?;
    let window = hall.window(&args.window)?;
    let no_calendar = || {
        CliError::Unfit(format!(
            "{} names no calendar: add `file = \"shifts.toml\"` under [shifts]",
            args.hall.config.display()
        ))
    };
    let roster = hall.roster.as_ref().ok_or_else(no_calendar)?;
    let unknown = || {
        CliError::Unfit(format!(
            "{:?} is nobody of the calendar: write a staff number of a [[person]], or add one",
            args.clerk
        ))
    };
    let clerk = roster.person_named(args.clerk.trim()).ok_or_else(unknown)?;
    let now_us = clock::unix_micros();
    let wall_us = args.at.unwrap_or(now_us);
    if wall_us > now_us {
        return Err(CliError::Unfit("--at is in the future: say it when it has happened".to_owned()));
    }
    let by = args.by.as_deref().map_or_else(|| clerk.id.clone(), |by| hall.person(by));
    let body = DutyBody { kind, clerk: clerk.id.clone(), by, wall_us };
    let act = Act { window: Some(window.clone()), session: None, rulebook: None, body: Body::Duty(body) };
    let sits = |rows: &Rows<'_>| charged(rows, Some(roster), &window, wall_us);
    hall.aside()?.act(now_us, |_| Ok::<_, CliError>(vec![act]))?;
    let sits = match sits(&hall.reader()?.rows())? {
        Charged::Clerk(clerk) => format!("{clerk} sits there"),
        Charged::Nobody(why) => format!("unassigned, {why}"),
        Charged::Unknown => String::new(),
    };
    writeln!(io::stdout(), "window {window} from {}: {sits}", day_and_minute(roster, wall_us))?;
    Ok(DONE)
}

fn check(file: &Path) -> Result<u8, CliError> {
    let mut out = io::stdout();
    let roster = match Roster::load(file) {
        Ok(roster) => roster,
        Err(faults) => {
            writeln!(out, "{faults}")?;
            return Ok(FAILED);
        }
    };
    for warning in roster.warnings() {
        writeln!(out, "{warning}")?;
    }
    let (named, patterns) = roster.assignment_counts();
    let days =
        roster.named_days().map_or_else(String::new, |(first, last)| format!(" from {first} to {last}"));
    writeln!(
        out,
        "shifts {}, people {}, windows {}, assignments {named} by day{days}, {patterns} by pattern",
        roster.shifts().len(),
        roster.people().count(),
        roster.windows().len(),
    )?;
    Ok(DONE)
}

fn show(file: &Path, on: Option<Date>) -> Result<u8, CliError> {
    let roster = Roster::load(file)?;
    let day = on.unwrap_or_else(|| roster.day((clock::unix_seconds() * 1e6) as i64));
    let slots = roster.slots(day);
    let mut out = io::stdout();
    writeln!(out, "{day} {} {}", Weekday::of(day), kind(roster.calendar().kind(day)))?;
    let idle: Vec<&str> = roster
        .windows()
        .into_iter()
        .filter(|window| slots.iter().all(|slot| slot.window != **window))
        .map(|window| window.as_str())
        .collect();
    if !slots.is_empty() {
        writeln!(out, "{}", table(&slots))?;
    }
    if !idle.is_empty() {
        writeln!(out, "nobody planned at {}", idle.join(", "))?;
    }
    Ok(DONE)
}

fn kind(kind: DayKind) -> String {
    match kind {
        DayKind::Workday => "workday".to_owned(),
        DayKind::Weekend => "weekend".to_owned(),
        DayKind::Holiday => "holiday".to_owned(),
        DayKind::MakeUp(None) => "make-up workday".to_owned(),
        DayKind::MakeUp(Some(like)) => format!("make-up workday, like {like}"),
    }
}

fn table(slots: &[Slot]) -> Table {
    let mut table = new_table(["WINDOW", "SHIFT", "FROM", "TO", "NUMBER", "CLERK"]);
    for slot in slots {
        let next_day = slot.end.unix_days() > slot.start.unix_days() && slot.end.minute_of_day() > 0;
        let end = match (next_day, slot.end.minute_of_day()) {
            (true, _) => format!("{} next day", slot.end),
            (false, 0) => "24:00".to_owned(),
            (false, _) => slot.end.to_string(),
        };
        let (id, name) = match &slot.clerk {
            Some(clerk) => (clerk.id.clone(), clerk.name.clone()),
            None => ("-".to_owned(), "unassigned".to_owned()),
        };
        table.add_row([
            slot.window.as_str().to_owned(),
            slot.shift.clone(),
            slot.start.to_string(),
            end,
            id,
            name,
        ]);
    }
    table
}

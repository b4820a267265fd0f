//! The hall that a command is about: its configuration, its journal's folder, its calendar.

use std::path::{Path, PathBuf};

use clap::Args;

use super::error::CliError;
use crate::config::Config;
use crate::ledger::duty::Roster;
use crate::ledger::journal::Period;
use crate::ledger::{Aside, Reader};
use crate::units::{Date, WindowId};

pub(super) use crate::ledger::report::paper::day_and_minute;

/// Which hall.
#[derive(Debug, Args)]
pub(super) struct HallArgs {
    /// The configuration, which names journal and calendar (docs/configuration.md)
    #[arg(long, default_value = "sansheng.toml", value_name = "FILE")]
    pub config: PathBuf,
}

/// What the files say.
pub(super) struct HallFiles {
    pub config: Config,
    folder: PathBuf,
    /// `None`: the configuration names no calendar.
    pub roster: Option<Roster>,
}

impl HallFiles {
    pub fn load(args: &HallArgs) -> Result<Self, CliError> {
        let config = Config::load(&args.config)?;
        let none = || CliError::NoJournal(format!("{} has no `data` under [ledger]", args.config.display()));
        let folder = config.ledger.clone().ok_or_else(none)?;
        let roster = config.shifts.as_deref().map(Roster::load).transpose()?;
        Ok(Self { config, folder, roster })
    }

    /// That holds the journal.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn reader(&self) -> Result<Reader, CliError> {
        Ok(Reader::open_with(&self.folder, self.config.key.as_ref())?)
    }

    pub fn aside(&self) -> Result<Aside, CliError> {
        Ok(Aside::open_with(&self.folder, self.config.key.as_ref())?)
    }

    /// The calendar, or one in which nobody is planned.
    pub fn roster_or_none(&self) -> Roster {
        self.roster.clone().unwrap_or_else(Roster::empty)
    }

    /// Those of the configuration.
    pub fn windows(&self) -> impl Iterator<Item = WindowId> {
        self.config.windows.iter().map(|window| window.id.clone())
    }

    /// Whole days of the hall, both included; without bounds all times.
    pub fn days(&self, from: Option<Date>, to: Option<Date>) -> Period {
        let roster = self.roster_or_none();
        let midnight =
            |day: Date, more: i64| roster.midnight_us(Date::from_unix_days(day.unix_days() + more));
        Period {
            from_us: from.map_or(i64::MIN, |day| midnight(day, 0)),
            until_us: to.map_or(i64::MAX, |day| midnight(day, 1)),
        }
    }

    /// Staff number of somebody whom the calendar knows; whoever it does not know goes by what was written.
    pub fn person(&self, who: &str) -> String {
        let who = who.trim();
        let known = self.roster.as_ref().and_then(|roster| roster.person_named(who));
        known.map_or_else(|| who.to_owned(), |person| person.id.clone())
    }

    pub fn window(&self, id: &str) -> Result<WindowId, CliError> {
        let known = self.config.windows.iter().find(|window| window.id.as_str() == id);
        let all =
            || self.config.windows.iter().map(|window| window.id.as_str()).collect::<Vec<_>>().join(", ");
        let unfit = || CliError::Unfit(format!("there is no window `{id}`: the configuration has {}", all()));
        known.map(|window| window.id.clone()).ok_or_else(unfit)
    }
}

//! `sansheng doctor`: whether this machine can do its work: everything it needs looked at, each fault with its remedy.

mod kept;
mod machine;
mod sound;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::error::CliError;
use super::{DONE, FAILED};
use crate::clock;
use crate::conduct::rulebook::{Rulebook, Setting};
use crate::config::Config;
use crate::ledger::duty::Roster;

#[derive(Debug, Args)]
pub(super) struct DoctorArgs {
    /// The configuration [default: sansheng.toml, where it is there]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Speech model to look at where there is no configuration
    #[arg(long, default_value = "base", value_name = "NAME|PATH")]
    pub model: String,
    /// Do not open microphones
    #[arg(long)]
    pub no_microphones: bool,
    /// One JSON object (docs/json.md)
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    Good,
    /// It works, and somebody should look at it.
    Warning,
    /// It does not work.
    Fault,
}

/// Something that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Check {
    pub check: &'static str,
    pub state: State,
    /// What was found; of what is not good, with the remedy.
    pub found: String,
}

impl Check {
    pub fn good(check: &'static str, found: impl Into<String>) -> Self {
        Self { check, state: State::Good, found: found.into() }
    }

    pub fn warning(check: &'static str, found: impl Into<String>) -> Self {
        Self { check, state: State::Warning, found: found.into() }
    }

    pub fn fault(check: &'static str, found: impl Into<String>) -> Self {
        Self { check, state: State::Fault, found: found.into() }
    }

    /// What a typed error says, which has its remedy in it.
    pub fn of<T>(
        check: &'static str,
        result: Result<T, impl ToString>,
        good: impl FnOnce(T) -> String,
    ) -> Self {
        match result {
            Ok(found) => Self::good(check, good(found)),
            Err(fault) => Self::fault(check, fault.to_string()),
        }
    }
}

pub(super) fn run(args: &DoctorArgs) -> Result<u8, CliError> {
    let mut told = Told { json: args.json, checks: Vec::new() };
    let config = configuration(args, &mut told)?;
    let config = config.as_ref();
    told.tell(rules(config))?;
    let model = config.map_or(args.model.as_str(), |config| &config.model);
    told.tell(machine::processor())?;
    let loaded = machine::model(model);
    told.tell(loaded.0)?;
    if let Some(file) = loaded.1 {
        told.tell(machine::speed(&file))?;
    }
    if !args.no_microphones {
        sound::microphones(config).into_iter().try_for_each(|check| told.tell(check))?;
    }
    told.tell(machine::clock())?;
    told.tell(calendar(config))?;
    kept::all(config).into_iter().try_for_each(|check| told.tell(check))?;
    told.finish()
}

fn configuration(args: &DoctorArgs, told: &mut Told) -> Result<Option<Config>, CliError> {
    let (what, usual) = ("configuration", Path::new("sansheng.toml"));
    let Some(file) = args.config.as_deref().or_else(|| usual.is_file().then_some(usual)) else {
        let found = "none is here, the machine alone is looked at: name one with --config, or copy sansheng.example.toml";
        told.tell(Check::good(what, found))?;
        return Ok(None);
    };
    let config = match Config::load(file) {
        Ok(config) => config,
        Err(faults) => {
            told.tell(Check::fault(what, faults.to_string()))?;
            return Ok(None);
        }
    };
    let (windows, sources) = (config.windows.len(), config.sources().len());
    let found = format!("{}: {}, {windows} windows from {sources} sources", file.display(), config.hall);
    told.tell(Check::good(what, found))?;
    for warning in config.warnings() {
        told.tell(Check::warning(what, warning.to_string()))?;
    }
    Ok(Some(config))
}

fn rules(config: Option<&Config>) -> Check {
    let hall = config.map(|config| config.hall.clone());
    let setting = Setting { hall, ..Setting::on(clock::today()) };
    let paths = config.map_or(&[][..], |config| &config.rules);
    Check::of("rulebook", Rulebook::load(paths, &setting), |book| format!("{} is in force", book.version()))
}

fn calendar(config: Option<&Config>) -> Check {
    let what = "calendar";
    let Some(file) = config.and_then(|config| config.shifts.as_deref()) else {
        return Check::good(
            what,
            "none is named: nobody is charged with anything ([shifts] in the configuration)",
        );
    };
    let roster = match Roster::load(file) {
        Ok(roster) => roster,
        Err(faults) => return Check::fault(what, faults.to_string()),
    };
    let planned = roster.slots(roster.day(clock::unix_micros())).len();
    let mut warnings: Vec<String> = roster.warnings().iter().map(ToString::to_string).collect();
    if planned == 0 {
        warnings.push(format!("{}: nobody is planned for today: see `sansheng shifts show`", file.display()));
    }
    match warnings.is_empty() {
        true => Check::good(what, format!("{}: {planned} are planned today", file.display())),
        false => Check::warning(what, warnings.join("\n")),
    }
}

/// Tells each check as soon as it is done: some take seconds.
struct Told {
    json: bool,
    checks: Vec<Check>,
}

#[derive(Serialize)]
struct Report<'a> {
    sound: bool,
    checks: &'a [Check],
}

impl Told {
    fn tell(&mut self, check: Check) -> Result<(), CliError> {
        if !self.json {
            let mark = match check.state {
                State::Good => "good   ",
                State::Warning => "WARNING",
                State::Fault => "FAULT  ",
            };
            let found = check.found.replace('\n', "\n                        ");
            writeln!(io::stdout(), "{mark} {:<15} {found}", check.check)?;
        }
        self.checks.push(check);
        Ok(())
    }

    fn finish(self) -> Result<u8, CliError> {
        let count = |state| self.checks.iter().filter(|check| check.state == state).count();
        let (faults, warnings) = (count(State::Fault), count(State::Warning));
        let mut out = io::stdout();
        match self.json {
            true => {
                let report = Report { sound: faults == 0, checks: &self.checks };
                writeln!(out, "{}", serde_json::to_string(&report)?)?;
            }
            false => writeln!(out, "{faults} faults, {warnings} warnings")?,
        }
        Ok(if faults == 0 { DONE } else { FAILED })
    }
}

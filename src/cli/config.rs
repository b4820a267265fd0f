//! `sansheng config`.

use std::io::{self, Write};
use std::path::Path;

use super::error::CliError;
use super::{DONE, FAILED};
use crate::clock;
use crate::conduct::rulebook::{Rulebook, Setting};
use crate::config::{AudioSource, Config, Microphone, Window};
use crate::ledger::duty::Roster;
use crate::model::{ModelError, ModelStore};

/// Prints every fault of the file and of its rules, or else what the file says.
pub(super) fn check(file: &Path) -> Result<u8, CliError> {
    let mut out = io::stdout();
    let config = match Config::load(file) {
        Ok(config) => config,
        Err(faults) => {
            writeln!(out, "{faults}")?;
            return Ok(FAILED);
        }
    };
    for warning in config.warnings() {
        writeln!(out, "{warning}")?;
    }
    let setting = Setting { hall: Some(config.hall.clone()), ..Setting::on(clock::today()) };
    // A model that is not here yet can be fetched, and this may be another machine than the one that runs it.
    let model = ModelStore::from_env().glance(&config.model);
    let (level, runs) = match &model {
        Ok(()) => ("", true),
        Err(ModelError::Missing { .. }) => ("warning", true),
        Err(_) => ("error", false),
    };
    if let Err(fault) = &model {
        writeln!(out, "{}: {level}: `model`: {fault}", file.display())?;
    }
    let (rules, sound) = Rulebook::check_report(&config.rules, &setting);
    let planned = match config.shifts.as_deref().map(Roster::load) {
        Some(Err(faults)) => {
            writeln!(out, "{faults}")?;
            false
        }
        Some(Ok(roster)) => {
            roster.warnings().iter().try_for_each(|warning| writeln!(out, "{warning}"))?;
            true
        }
        None => true,
    };
    let usable = sound && runs && planned;
    if usable {
        summary(&mut out, &config)?;
    }
    writeln!(out, "{rules}")?;
    Ok(if usable { DONE } else { FAILED })
}

fn summary(out: &mut impl Write, config: &Config) -> io::Result<()> {
    let (windows, sources) = (config.windows.len(), config.sources().len());
    let threads = config.hearing.threads.map_or_else(|| "one a core".to_owned(), |n| n.to_string());
    writeln!(out, "{}: {} from {}", config.hall, counted(windows, "window"), counted(sources, "source"))?;
    for window in &config.windows {
        writeln!(out, "  {}", described(window))?;
    }
    let scheme = if config.tls.is_some() { "https" } else { "http" };
    writeln!(out, "model {}, recogniser threads {threads}, {scheme}://{}", config.model, config.listen)
}

/// `3 3号窗口: clerk device:hw:USB channel 0; visitor device:hw:USB channel 1`.
fn described(window: &Window) -> String {
    let voice = |role: &str, microphone: &Microphone| {
        let repeat = matches!(microphone.source, AudioSource::File { repeat: true, .. });
        let repeat = if repeat { ", repeated" } else { "" };
        format!("{role} {} channel {}{repeat}", microphone.source, microphone.channel.0)
    };
    let name = if window.name == window.id.as_str() { String::new() } else { format!(" {}", window.name) };
    let clerk = voice("clerk", &window.clerk);
    let visitor = match &window.visitor {
        Some(microphone) => voice("; visitor", microphone),
        None => "; no visitor".to_owned(),
    };
    format!("{}{name}: {clerk}{visitor}", window.id)
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

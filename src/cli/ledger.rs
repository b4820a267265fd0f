//! The ledger of a run: its journal opened, and what is to be said of it.

use super::error::CliError;
use super::notices::Notices;
use crate::config::{Config, Window};
use crate::ledger::Journal;
use crate::ledger::event::{RunStarted, Seat};
use crate::pipeline::Settings;
use crate::runtime::live::Ledger;
use crate::units::SessionTime;

/// Opens the journal that the configuration names, if it names one.
pub(super) fn open(config: &Config, engine: &str, notices: &Notices) -> Result<Option<Ledger>, CliError> {
    let Some(folder) = &config.ledger else { return Ok(None) };
    let journal = Journal::open(folder, engine)?;
    if let Some(cut) = journal.cut() {
        notices.say(format!(
            "{}: THE JOURNAL WAS CUT: it had gone on to event {}, and ends at {}. It goes on from there, and says so; \
             restore the rest from a backup",
            folder.display(),
            cut.seq,
            journal.last_seq()
        ));
    }
    if let Some(run) = journal.broken_off() {
        notices.say(format!(
            "run {run} did not come to its end; the journal goes on with run {}",
            journal.run()
        ));
    }
    let (started, last_alert) = (journal.started(started(config)), journal.last_alert());
    let say = notices.clone();
    let say = Box::new(move |sentence: String| say.say(sentence));
    Ok(Some(Ledger { store: Box::new(journal), started, last_alert, say }))
}

/// What the windows are judged by.
fn started(config: &Config) -> RunStarted {
    let seat = |window: &Window| Seat {
        window: window.id.to_string(),
        roles: window.roles,
        visitor_heard: window.visitor.is_some(),
    };
    let encounter = Settings::default().encounter;
    RunStarted {
        hall: config.hall.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        windows: config.windows.iter().map(seat).collect(),
        idle: SessionTime::from_seconds(encounter.idle_s),
        farewell: SessionTime::from_seconds(encounter.farewell_s),
        wait: SessionTime::from_seconds(encounter.wait_s),
        broken_off: None,
        cut: None,
    }
}

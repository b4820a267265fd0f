//! The ledger of a run: its journal and its clips opened, and what is to be said of them.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use super::error::CliError;
use super::notices::Notices;
use crate::conduct::scene::Roles;
use crate::config::{Config, Window};
use crate::ledger::event::{RunStarted, Seat};
use crate::ledger::evidence::{Clips, Recordings};
use crate::ledger::{Aside, Body, Journal, JournalFault, Kind, Query, Reader};
use crate::pipeline::Settings;
use crate::runtime::live::{Evidence, Ledger, Texts};
use crate::units::SessionTime;

/// Opens the journal that the configuration names, if it names one.
pub(super) fn open(config: &Config, engine: &str, notices: &Notices) -> Result<Option<Ledger>, CliError> {
    let Some(folder) = &config.ledger else { return Ok(None) };
    let journal = Journal::open_with(folder, engine, config.key.as_ref())?;
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

/// Where the clips of alerts go, if there are to be any, and what forgets old words; what a kill left without an event is taken away.
pub(super) fn evidence(config: &Config, notices: &Notices) -> Result<Option<Evidence>, CliError> {
    let Some(folder) = &config.ledger else { return Ok(None) };
    let texts = texts(config, folder)?;
    if !config.evidence.clips && !config.evidence.recording && texts.is_none() {
        return Ok(None);
    }
    let clips = Clips::of(folder).with_key(config.key.as_ref());
    clips.prepare()?;
    let journal = Reader::open_with(folder, config.key.as_ref())?;
    for file in drop_unknown(&clips, &journal)? {
        notices.say(format!("the clip {file} is taken away: the journal does not know it"));
    }
    let recordings = Recordings::of(folder).with_key(config.key.as_ref());
    let recordings = config.evidence.recording.then_some(recordings);
    recordings.iter().try_for_each(Recordings::prepare)?;
    let unknown = config.windows.iter().filter(|window| window.roles != Roles::ByChannel);
    for window in unknown.filter(|_| recordings.is_some()) {
        notices.say(format!(
            "window {} is not recorded: one microphone hears clerk and visitor there",
            window.id
        ));
    }
    Ok(Some(Evidence { clips, recordings, config: config.evidence, journal, texts }))
}

/// What forgets old words, and what was masked in them; what was once kept of it goes where it is kept no longer.
fn texts(config: &Config, folder: &Path) -> Result<Option<Texts>, CliError> {
    let key = config.key.as_ref();
    let some = || Ok::<_, JournalFault>(Reader::open_with(folder, key)?.rows().originals()? > 0);
    let keep_originals = match config.keep_unmasked {
        Some(keep) => Some(keep),
        None => some()?.then_some(Duration::ZERO),
    };
    let keep = config.keep_text;
    if keep.is_none() && keep_originals.is_none() {
        return Ok(None);
    }
    Ok(Some(Texts { keep, keep_originals, journal: Aside::open_with(folder, key)? }))
}

/// Takes away the clips that no event names; gives their names.
fn drop_unknown(clips: &Clips, reader: &Reader) -> Result<Vec<String>, CliError> {
    let mut known = BTreeSet::new();
    for event in reader.events(&Query { kinds: vec![Kind::Evidence], ..Query::default() }) {
        if let Some(Body::Evidence(evidence)) = event?.read().map_err(JournalFault::from)? {
            known.extend(evidence.clip.map(|clip| clip.file));
        }
    }
    Ok(clips.drop_unknown(|name| known.contains(name))?)
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

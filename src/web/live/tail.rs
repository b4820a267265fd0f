//! The task that follows the journal and the board while anybody watches, and what those are given who come back.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use tokio::time::{sleep, timeout};

use super::frames::{TOLD, frames};
use super::wall::{self, Shown};
use super::{Lens, Live, Piece, today};
use crate::clock::Stopwatch;
use crate::ledger::{JournalFault, Query, Reader};
use crate::web::api::View;
use crate::web::hub::{Hub, Settings};
use crate::web::problem::Problem;

/// How often the wall is looked at while somebody watches.
const WALL: Duration = Duration::from_millis(100);
/// How often the journal is looked at though nobody rang: commands write to it too.
const LOOK: Duration = Duration::from_secs(1);
/// Events read at once.
const EVENTS: u64 = 2_000;
/// Who missed more than so many events of the journal begins anew.
const MISSED_MAX: u64 = 50_000;
/// How long the task waits for the settings to be looked at.
const SETTINGS: Duration = Duration::from_millis(50);

/// A reader of the task's own, and what was told last.
#[derive(Default)]
struct Tail {
    reader: Arc<Mutex<Option<Reader>>>,
    settings: Option<Arc<Settings>>,
    shown: Shown,
}

/// Begins to follow, once.
pub(super) fn begin(hub: &Arc<Hub>) {
    if !hub.live.begins() {
        return;
    }
    let bell = Arc::clone(&hub.live.bell);
    (hub.dashboard.on_commit)({
        let bell = Arc::clone(&bell);
        Arc::new(move || bell.notify_one())
    });
    let weak = Arc::downgrade(hub);
    tokio::spawn(async move {
        let (mut tail, mut walls, mut looks) = (Tail::default(), WALL, LOOK);
        while let Some(hub) = weak.upgrade() {
            let watched = hub.live.table().tidy();
            if watched {
                if let Err(problem) = tail.follow(&hub).await {
                    tracing::debug!("the journal was not followed: {}", problem.body().message);
                }
                if walls >= WALL {
                    walls = Duration::ZERO;
                    tail.draw(&hub);
                }
                if looks >= today::GOOD_FOR {
                    looks = Duration::ZERO;
                    let hub = Arc::clone(&hub);
                    tokio::spawn(async move { today::refresh(&hub).await.ok() });
                }
            }
            let since = Stopwatch::start();
            let pause = if watched { WALL } else { LOOK };
            drop(hub);
            tokio::select! {
                () = bell.notified() => {}
                () = sleep(pause) => {}
            }
            let passed = since.elapsed();
            (walls, looks) = (walls + passed, looks + passed);
        }
    });
}

/// Number of the last event of the journal; 0 of a hall that keeps none, or has none yet.
pub(super) async fn last_seq(hub: &Hub) -> Result<u64, Problem> {
    if hub.folder().is_err() {
        return Ok(0);
    }
    match hub.read(|reader| Ok(reader.rows().last_seq()?)).await {
        Err(problem) if problem.body().problem == "no-journal" => Ok(0),
        read => read,
    }
}

impl Tail {
    /// Tells what the journal has that was not told yet.
    async fn follow(&mut self, hub: &Arc<Hub>) -> Result<(), Problem> {
        let Ok(folder) = hub.folder().map(ToOwned::to_owned) else { return Ok(()) };
        if let Ok(Ok(settings)) = timeout(SETTINGS, hub.settings()).await {
            self.settings = Some(settings);
        }
        let Some(settings) = self.settings.clone() else { return Ok(()) };
        loop {
            let (lenses, told) = {
                let table = hub.live.table();
                (table.lenses.keys().cloned().collect::<Vec<_>>(), table.told)
            };
            let Some(told) = told else { return Ok(()) };
            let views: Vec<(Lens, View)> =
                lenses.into_iter().map(|lens| (lens.clone(), view(hub, &settings, &lens, &folder))).collect();
            let (kept, folder) = (Arc::clone(&self.reader), folder.clone());
            let (upto, told_now) = hub
                .tailing(move || {
                    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                    let reader = match kept.take() {
                        Some(reader) => reader,
                        None => Reader::open(&folder)?,
                    };
                    let read = read(&reader, &views, told)?;
                    *kept = Some(reader);
                    let lenses: Vec<Lens> = views.into_iter().map(|(lens, _)| lens).collect();
                    Ok((read.0, lenses.into_iter().zip(read.1).collect::<Vec<_>>()))
                })
                .await?;
            let mut table = hub.live.table();
            if table.told != Some(told) {
                return Ok(());
            }
            // Somebody joined meanwhile with a lens that nothing was made for: once more, for them too.
            if upto > told && !table.lenses.keys().all(|lens| told_now.iter().any(|(known, _)| known == lens))
            {
                continue;
            }
            for (lens, pieces) in told_now {
                if let Some(sender) = table.lenses.get(&lens) {
                    // Without receivers there is nobody to tell.
                    pieces.into_iter().for_each(|piece| drop(sender.send(piece)));
                }
            }
            table.told = Some(upto);
            if upto < told + EVENTS {
                return Ok(());
            }
        }
    }

    /// Tells which windows changed.
    fn draw(&mut self, hub: &Hub) {
        let is_watched = hub.live.table().lenses.keys().any(|lens| lens.wall);
        if !is_watched {
            return;
        }
        let (days, at_us) = (Live::days(hub).0, hub.now_us());
        let changed = self.shown.take(&(hub.site.status)(), &days, at_us);
        if changed.is_empty() {
            return;
        }
        for (lens, sender) in &hub.live.table().lenses {
            if let Some(text) = wall::piece(&changed, lens, at_us) {
                let _ = sender.send(Piece { seq: None, text: Bytes::from(text) });
            }
        }
    }
}

/// The next events after `told`: up to which, and for each view its pieces.
fn read(
    reader: &Reader,
    watched: &[(Lens, View)],
    told: u64,
) -> Result<(u64, Vec<Vec<Piece>>), JournalFault> {
    reader.at_once(|rows| {
        let last = rows.last_seq()?.min(told + EVENTS);
        let mut pieces: Vec<Vec<Piece>> = watched.iter().map(|_| Vec::new()).collect();
        if last > told {
            let (seq_from, seq_until) = (Some(told + 1), Some(last + 1));
            for event in
                reader.events(&Query { kinds: TOLD.to_vec(), seq_from, seq_until, ..Query::default() })
            {
                let event = event?;
                for (text, pieces) in frames(reader, &event, watched)?.into_iter().zip(&mut pieces) {
                    let piece = |text| Piece { seq: Some(event.seq), text: Bytes::from(text) };
                    pieces.extend(text.map(piece));
                }
            }
        }
        Ok((last.max(told), pieces))
    })
}

fn view(hub: &Hub, settings: &Arc<Settings>, lens: &Lens, folder: &std::path::Path) -> View {
    View {
        shelf: Arc::clone(&hub.shelf),
        settings: Arc::clone(settings),
        folder: folder.to_owned(),
        scope: lens.scope(),
        words: true,
        now_us: hub.now_us(),
        read: BTreeSet::new(),
    }
}

/// What somebody missed.
pub(in crate::web) enum Backlog {
    /// Up to a number, in order; perhaps not all yet.
    Missed { upto: u64, pieces: Vec<Piece> },
    /// It is too much, or of another journal.
    Reset,
}

/// What a lens shows of the events after `after`, up to `until`.
pub(in crate::web) async fn backlog(
    hub: &Arc<Hub>,
    lens: &Lens,
    (after, until): (u64, u64),
) -> Result<Backlog, Problem> {
    if after > until || until - after > MISSED_MAX {
        return Ok(Backlog::Reset);
    }
    if after == until {
        return Ok(Backlog::Missed { upto: until, pieces: Vec::new() });
    }
    let settings = hub.settings().await?;
    let view = view(hub, &settings, lens, hub.folder()?);
    let watched = [(lens.clone(), view)];
    let (upto, pieces) = hub.read(move |reader| Ok(read(reader, &watched, after)?)).await?;
    let mut pieces = pieces.into_iter().next().unwrap_or_default();
    pieces.retain(|piece| piece.seq.is_none_or(|seq| seq <= until));
    Ok(Backlog::Missed { upto: upto.min(until), pieces })
}

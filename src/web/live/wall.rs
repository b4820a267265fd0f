//! The wall. In: the board's picture, what today comes to. Out: windows as they are shown, and which of them changed.

use serde::Serialize;
use utoipa::ToSchema;

use super::alerts::AlertLive;
use super::today::{self, Days, ScoreToday};
use super::{Lens, Live};
use crate::conduct::Owing;
use crate::ledger::Body;
use crate::status::{HallStatus, Overload, WindowState, WindowStatus};
use crate::units::Role;
use crate::web::api::Clerk;
use crate::web::hub::Hub;
use crate::web::problem::Problem;

/// Alerts on the wall, at most.
const ALERTS_MAX: usize = 50;
/// Levels that differ by less are the same to the eye, dB.
const LEVEL_STEP_DB: f64 = 3.0;
/// A beginning that is reckoned anew differs by less than this from the one before, microseconds.
const JITTER_US: i64 = 2_000_000;

/// The hall as it is now.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(in crate::web) struct Wall {
    at_us: i64,
    /// Share of recogniser time in use, 0 to 1.
    load: f64,
    /// More than words in progress was given up in the last minute.
    overload: bool,
    /// What: `none`, `partials` (words come at the end of an utterance only), `context` (utterances are heard with less care),
    /// `unmonitored` (speech goes unheard).
    #[schema(value_type = String)]
    shed: Overload,
    windows: Vec<WindowLive>,
    /// Of today, the newest first, at most 50.
    alerts: Vec<AlertLive>,
    /// Number of the last event of the journal that is in this: a stream goes on `after` it. Null without a journal.
    seq: Option<u64>,
}

/// A window as it is now.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub(in crate::web) struct WindowLive {
    pub id: String,
    name: String,
    /// `starting`, `live`, `waiting` (audio is kept at the other end of a broken link), `down`, `ended`.
    state: &'static str,
    reason: Option<String>,
    reason_zh: Option<String>,
    microphones: Vec<MicrophoneLive>,
    encounter: Option<EncounterLive>,
    /// The clerk's last words that are settled, and those that may still change; null to whoever sees no words.
    words: Option<String>,
    tentative: Option<String>,
    /// When they changed.
    words_us: Option<i64>,
    /// Of the shift of the clerk who sits there, so far.
    score: Option<ScoreToday>,
    coverage: Option<f64>,
    clerk: Option<Clerk>,
    /// Age of the oldest speech that is not judged yet.
    lag_s: f64,
    unheard_s: f64,
    /// Of today; without a journal, of this run.
    alerts: u64,
    /// Those served that are over, and the one that is open.
    encounters_today: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
struct MicrophoneLive {
    /// `clerk`, `visitor`.
    #[schema(value_type = String)]
    role: Role,
    level_dbfs: f64,
    speaking: bool,
    state: &'static str,
    reason: Option<String>,
    reason_zh: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
struct EncounterLive {
    /// `counter`, `telephone`.
    kind: &'static str,
    since_us: i64,
    duration_s: f64,
    /// `heard`, `missing`, `unknown`, `pending`, or `none` where none is owed.
    greeted: &'static str,
    farewell: &'static str,
    wait: &'static str,
}

/// The windows as they were shown last.
#[derive(Debug, Default)]
pub(super) struct Shown {
    windows: Vec<WindowLive>,
}

impl Shown {
    /// Takes in how the hall is now; gives the windows that changed to the eye.
    pub fn take(&mut self, status: &HallStatus, days: &Days, at_us: i64) -> Vec<WindowLive> {
        let windows = windows(status, days, at_us, &self.windows);
        let is_new = |window: &&WindowLive| {
            let known = self.windows.iter().find(|known| known.id == window.id);
            known.is_none_or(|known| known.looked_at() != window.looked_at())
        };
        let changed: Vec<WindowLive> = windows.iter().filter(is_new).cloned().collect();
        // Those that did not change stay as they were shown: small steps add up.
        for window in &changed {
            match self.windows.iter_mut().find(|known| known.id == window.id) {
                Some(known) => *known = window.clone(),
                None => self.windows.push(window.clone()),
            }
        }
        changed
    }
}

impl WindowLive {
    /// As the eye takes it: no clocks, no trembling levels.
    fn looked_at(&self) -> Self {
        let mut seen = self.clone();
        if let Some(encounter) = &mut seen.encounter {
            encounter.duration_s = 0.0;
        }
        for microphone in &mut seen.microphones {
            microphone.level_dbfs = (microphone.level_dbfs / LEVEL_STEP_DB).round();
        }
        seen.lag_s = (seen.lag_s * 2.0).round();
        seen.unheard_s = seen.unheard_s.round();
        seen
    }

    pub fn seen_by(&self, lens: &Lens) -> Self {
        match lens.words {
            true => self.clone(),
            false => Self {
                words: None,
                tentative: None,
                words_us: None,
                clerk: None,
                score: None,
                ..self.clone()
            },
        }
    }
}

fn windows(status: &HallStatus, days: &Days, at_us: i64, before: &[WindowLive]) -> Vec<WindowLive> {
    let window = |now: &WindowStatus| {
        let known = before.iter().find(|known| known.id == now.id);
        let words = (Some(&now.words), Some(&now.tentative));
        let same = known.filter(|known| (known.words.as_ref(), known.tentative.as_ref()) == words);
        let is_silent = now.words.is_empty() && now.tentative.is_empty();
        let day = days.get(&now.id).cloned().unwrap_or_default();
        WindowLive {
            id: now.id.clone(),
            name: now.name.clone(),
            state: state_name(now.state),
            reason: now.reason.clone(),
            reason_zh: now.reason_zh.clone(),
            microphones: now
                .microphones
                .iter()
                .map(|microphone| MicrophoneLive {
                    role: microphone.role,
                    level_dbfs: f64::from(microphone.level_dbfs).round(),
                    speaking: microphone.speaking,
                    state: state_name(microphone.state),
                    reason: microphone.reason.clone(),
                    reason_zh: microphone.reason_zh.clone(),
                })
                .collect(),
            encounter: now.encounter_s.map(|seconds| encounter(now, seconds, at_us, known)),
            words: Some(now.words.clone()),
            tentative: Some(now.tentative.clone()),
            words_us: same.map_or((!is_silent).then_some(at_us), |known| known.words_us),
            score: day.score,
            coverage: day.coverage,
            clerk: day.clerk,
            lag_s: tenths(now.lag_s),
            unheard_s: tenths(now.unheard_s),
            // What was told a moment ago is counted a few seconds later.
            alerts: day.alerts.max(if days.is_empty() { now.alerts } else { 0 }),
            encounters_today: day.encounters + u64::from(now.encounter_s.is_some()),
        }
    };
    status.windows.iter().map(window).collect()
}

fn encounter(now: &WindowStatus, seconds: f64, at_us: i64, known: Option<&WindowLive>) -> EncounterLive {
    let reckoned = at_us - (seconds * 1e6) as i64;
    let before = known.and_then(|known| known.encounter.as_ref()).map(|encounter| encounter.since_us);
    let owing = |owing: Option<Owing>| match owing {
        None => "none",
        Some(Owing::Heard) => "heard",
        Some(Owing::Pending) => "pending",
        Some(Owing::Unknown) => "unknown",
        Some(Owing::Missing) => "missing",
    };
    EncounterLive {
        kind: if now.on_telephone { "telephone" } else { "counter" },
        since_us: before.filter(|since| since.abs_diff(reckoned) < JITTER_US as u64).unwrap_or(reckoned),
        duration_s: tenths(seconds),
        greeted: owing(now.standing.greeting),
        farewell: owing(now.standing.farewell),
        wait: owing(now.standing.wait),
    }
}

fn tenths(seconds: f64) -> f64 {
    (seconds * 10.0).round() / 10.0
}

fn state_name(state: WindowState) -> &'static str {
    match state {
        WindowState::Starting => "starting",
        WindowState::Live => "live",
        WindowState::Waiting => "waiting",
        WindowState::Down => "down",
        WindowState::Ended => "ended",
    }
}

/// The whole wall, as somebody sees it.
pub(in crate::web) async fn wall_of(hub: &Hub, lens: &Lens) -> Result<Wall, Problem> {
    today::refresh(hub).await?;
    let (status, at_us) = ((hub.site.status)(), hub.now_us());
    let (days, _) = hub.live.today.known();
    let scope = lens.scope();
    let (alerts, seq) = match hub.folder() {
        Ok(_) => of_journal(hub, at_us).await?,
        Err(_) => (of_board(hub, &status), None),
    };
    let seen = |alert: AlertLive| match scope.has_window_named(&alert.window) {
        true => Some(if lens.words { alert } else { alert.without_words() }),
        false => None,
    };
    let windows = windows(&status, &days, at_us, &[]);
    Ok(Wall {
        at_us,
        load: status.load,
        overload: status.overload > Overload::Partials,
        shed: status.overload,
        windows: windows
            .iter()
            .filter(|window| scope.has_window_named(&window.id))
            .map(|window| window.seen_by(lens))
            .collect(),
        alerts: alerts.into_iter().filter_map(seen).collect(),
        seq,
    })
}

fn of_board(hub: &Hub, status: &HallStatus) -> Vec<AlertLive> {
    let book = hub.book();
    status.alerts.iter().map(|alert| AlertLive::of_board(alert, book.rulebook())).collect()
}

async fn of_journal(hub: &Hub, at_us: i64) -> Result<(Vec<AlertLive>, Option<u64>), Problem> {
    let roster = hub.settings().await?.roster_or_none();
    let midnight_us = roster.midnight_us(roster.day(at_us));
    let shelf = std::sync::Arc::clone(&hub.shelf);
    let read = hub
        .read(move |reader| {
            reader.at_once(|rows| {
                let mut alerts = Vec::new();
                for seq in rows.latest_alerts(midnight_us, ALERTS_MAX)? {
                    let Some(event) = reader.event(seq)? else { continue };
                    if let Ok(Some(Body::Alert(body))) = event.read() {
                        alerts.push(AlertLive::of_event(reader, &shelf, &event, &body)?);
                    }
                }
                Ok::<_, Problem>((alerts, Some(rows.last_seq()?)))
            })
        })
        .await;
    match read {
        // A hall that has not begun has told nothing.
        Err(problem) if problem.body().problem == "no-journal" => Ok((Vec::new(), None)),
        read => read,
    }
}

/// Windows that changed, as an event for a lens; `None` where none of them is to be seen.
pub(super) fn piece(changed: &[WindowLive], lens: &Lens, at_us: i64) -> Option<String> {
    #[derive(Serialize)]
    struct Changed {
        at_us: i64,
        windows: Vec<WindowLive>,
    }
    let scope = lens.scope();
    let seen = changed.iter().filter(|window| scope.has_window_named(&window.id));
    let windows: Vec<WindowLive> = seen.map(|window| window.seen_by(lens)).collect();
    if !lens.wall || windows.is_empty() {
        return None;
    }
    let data = serde_json::to_string(&Changed { at_us, windows }).ok()?;
    Some(format!("event: wall\ndata: {data}\n\n"))
}

/// That nothing changed, so that whoever watches knows that the link is there.
pub(super) fn pulse(hub: &Hub, lens: &Lens) -> String {
    let status = (hub.site.status)();
    let mut data = serde_json::json!({ "at_us": hub.now_us(), "windows": [] });
    if lens.wall {
        data["load"] = status.load.into();
        data["overload"] = (status.overload > Overload::Partials).into();
        data["shed"] = serde_json::json!(status.overload);
    }
    format!(":\n\nevent: wall\ndata: {data}\n\n")
}

/// The hall as it is now, as the first event of a stream.
pub(super) fn whole(hub: &Hub, lens: &Lens) -> Option<String> {
    let (days, _) = Live::days(hub);
    let at_us = hub.now_us();
    piece(&windows(&(hub.site.status)(), &days, at_us, &[]), lens, at_us)
}

//! `/api/v1/encounters`: visits and calls that are over.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::findings::{Clerk, View, unfit, windows};
use crate::access::Action;
use crate::ledger::journal::{EncounterRow, FindingFilter, Period, Rows, WallClock};
use crate::ledger::{Body, JournalFault, Reader};
use crate::web::caller::Caller;
use crate::web::hub::Hub;
use crate::web::input::Asked;
use crate::web::problem::{Problem, ProblemBody};

const LIMIT: usize = 50;
const LIMIT_MAX: usize = 200;
/// What is found missing at the end of one was found so long after its last word, at most, microseconds.
const AFTER_US: i64 = 10_000_000;

pub(super) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new().routes(routes!(encounters))
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
struct EncountersAsked {
    /// From when on they began, microseconds since the Unix epoch.
    from_us: Option<i64>,
    /// Before when.
    to_us: Option<i64>,
    /// Parted by commas.
    window: Option<String>,
    /// Items of a page, 1 to 200.
    limit: Option<usize>,
    /// `next` of the page before.
    after: Option<String>,
}

/// A page of encounters, the newest first.
#[derive(Debug, Serialize, ToSchema)]
struct EncounterPage {
    items: Vec<EncounterItem>,
    next: Option<String>,
    /// Those that last still, on the first page, where the time asked for has not an end that is past.
    open: Vec<OpenEncounter>,
}

/// A visit or a call that is not over: what became of it is not known yet.
#[derive(Debug, Serialize, ToSchema)]
struct OpenEncounter {
    window: String,
    /// `counter`, `telephone`.
    kind: &'static str,
    start_us: i64,
}

/// A visit or a call.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(in crate::web) struct EncounterItem {
    pub id: u64,
    pub window: String,
    /// `counter`, `telephone`.
    pub kind: &'static str,
    pub start_us: i64,
    pub end_us: i64,
    /// Bursts of the ringing telephone; null once it was forgotten, as the ticket.
    pub rings: Option<usize>,
    pub answered_us: Option<i64>,
    pub ticket: Option<String>,
    pub served: bool,
    pub interrupted: Option<bool>,
    /// Findings, credit among them, that were made while it lasted or right after.
    pub findings: usize,
    pub clerk: Option<Clerk>,
}

/// Visits and calls that are over, and those that are open
#[utoipa::path(get, path = "/api/v1/encounters", tag = "sessions", params(EncountersAsked), responses(
    (status = OK, body = EncounterPage), (status = FORBIDDEN, body = ProblemBody)))]
async fn encounters(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Asked(asked): Asked<EncountersAsked>,
) -> Result<Json<EncounterPage>, Problem> {
    caller.may(Action::Sessions)?;
    let limit = asked.limit.unwrap_or(LIMIT);
    if !(1..=LIMIT_MAX).contains(&limit) {
        return Err(unfit("limit", &limit.to_string(), "1 – 200"));
    }
    let place = |text: &str| {
        let (wall_us, id) = text.split_once('.')?;
        Some((wall_us.parse::<i64>().ok()?, id.parse::<u64>().ok()?))
    };
    let after = asked.after.as_deref().map(|text| place(text).ok_or_else(|| unfit("after", text, "next")));
    let (after, windows) = (after.transpose()?, windows(&caller, asked.window.as_deref())?);
    let period =
        Period { from_us: asked.from_us.unwrap_or(i64::MIN), until_us: asked.to_us.unwrap_or(i64::MAX) };
    let is_first = after.is_none();
    let open = if is_first { open_now(&hub, &caller, windows.as_deref(), period) } else { Vec::new() };
    let view = View::of(&hub, &caller).await?;
    let page = move |reader: &Reader| {
        reader.at_once(|rows| {
            let found = rows.browse_encounters(period, windows.as_deref(), (after, limit))?;
            let next = found.last().filter(|_| found.len() == limit);
            let next = next.map(|last| format!("{}.{}", last.wall_us, last.id));
            Ok::<_, Problem>(EncounterPage { items: items(reader, rows, &view, &found)?, next, open })
        })
    };
    Ok(Json(hub.read(page).await?))
}

/// What the hall is at, as far as the caller may see it and asked for it.
fn open_now(hub: &Hub, caller: &Caller, windows: Option<&[String]>, period: Period) -> Vec<OpenEncounter> {
    let now_us = hub.now_us();
    if period.until_us <= now_us {
        return Vec::new();
    }
    let wanted = |id: &String| windows.is_none_or(|windows| windows.contains(id));
    let status = (hub.site.status)();
    let here =
        status.windows.into_iter().filter(|one| wanted(&one.id) && caller.scope.has_window_named(&one.id));
    here.filter_map(|one| {
        let start_us = now_us - (one.encounter_s? * 1e6) as i64;
        let kind = if one.on_telephone { "telephone" } else { "counter" };
        (start_us >= period.from_us).then_some(OpenEncounter { window: one.id, kind, start_us })
    })
    .collect()
}

/// As they are shown.
pub(super) fn items(
    reader: &Reader,
    rows: &Rows<'_>,
    view: &View,
    found: &[EncounterRow],
) -> Result<Vec<EncounterItem>, JournalFault> {
    let times = || found.iter().map(|row| row.wall_us);
    let Some((from_us, last_us)) = times().min().zip(times().max()) else { return Ok(Vec::new()) };
    let seats = view.seats(rows, Period { from_us, until_us: last_us.saturating_add(1) })?;
    let item = |row: &EncounterRow| {
        let body = match reader.body(row.id)? {
            Some(Body::Encounter(encounter)) => Some(encounter),
            _ => None,
        };
        let clock = WallClock::of(row.span.start.0, row.wall_us);
        let end_us = clock.wall_us(row.span.end.0);
        let filter = FindingFilter {
            from_us: Some(row.wall_us),
            until_us: Some(end_us.saturating_add(AFTER_US)),
            windows: Some(vec![row.window.to_string()]),
            ..FindingFilter::default()
        };
        let answered = body.as_ref().and_then(|encounter| encounter.answered);
        Ok(EncounterItem {
            id: row.id,
            window: row.window.to_string(),
            kind: row.kind.name(),
            start_us: row.wall_us,
            end_us,
            rings: body.as_ref().map(|encounter| encounter.rings),
            answered_us: answered.map(|at| clock.wall_us(at.0)),
            ticket: body.as_ref().and_then(|encounter| encounter.ticket.clone()),
            served: row.served,
            interrupted: body.as_ref().map(|encounter| encounter.interrupted),
            findings: rows.count_findings(&filter)?.len(),
            clerk: seats.at(&row.window, row.wall_us).clerk,
        })
    };
    found.iter().map(item).collect()
}

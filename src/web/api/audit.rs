//! `/api/v1/audit`: who signed in, who listened to what, who changed whom.

use std::collections::VecDeque;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::Action;
use crate::ledger::event::AccessBody;
use crate::ledger::journal::Query;
use crate::ledger::{Body, JournalFault, Kind};
use crate::units::Date;
use crate::web::caller::Caller;
use crate::web::hub::Hub;
use crate::web::input::Asked;
use crate::web::problem::{Problem, ProblemBody};

/// Events of a page: unless more are asked for, and at most.
const PAGE: usize = 50;
const PAGE_MAX: usize = 500;

pub(super) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new().routes(routes!(audit))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// The first day, `2026-11-22`; without it from the beginning of the journal.
    from: Option<String>,
    /// The last day.
    to: Option<String>,
    /// 1 to 500; 50 unless it is given.
    limit: Option<usize>,
    /// What the page before gave as `next`.
    after: Option<u64>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Page {
    /// The newest first.
    items: Vec<Entry>,
    /// For `after`; null on the last page.
    next: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Entry {
    /// Number of the event in the journal.
    seq: u64,
    wall_us: i64,
    window: Option<String>,
    /// `sign-in`, `sign-in-refused`, `people`, `password`, `tokens`, `listen`, `export`, `forget`, `unmask-ask`,
    /// `unmask-grant`, `unmask-refuse`, `unmask-show`.
    what: String,
    who: String,
    /// What the calendar calls them; null where it knows nobody of that number or name.
    who_name: Option<String>,
    why: String,
    /// The same in Chinese; null where somebody wrote it.
    why_zh: Option<String>,
    alert: Option<u64>,
    /// The finding that was listened to.
    finding: Option<u64>,
    file: Option<String>,
}

/// Who signed in, who listened to what, who changed whom
#[utoipa::path(get, path = "/api/v1/audit", tag = "access", params(Wanted), responses(
    (status = OK, body = Page), (status = FORBIDDEN, body = ProblemBody),
    (status = UNPROCESSABLE_ENTITY, body = ProblemBody)))]
async fn audit(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Page>, Problem> {
    caller.may(Action::Audit)?;
    let roster = hub.settings().await?.roster_or_none();
    let midnight_us = |day: Option<String>, more: i64| {
        let date = day.map(|day| day.parse::<Date>().map_err(|_| not_a_day(&day))).transpose()?;
        Ok::<_, Problem>(date.map(|day| roster.midnight_us(Date::from_unix_days(day.unix_days() + more))))
    };
    let query = Query {
        kinds: vec![Kind::Access, Kind::Unmask],
        wall_from_us: midnight_us(wanted.from, 0)?,
        wall_until_us: midnight_us(wanted.to, 1)?,
        seq_until: wanted.after,
        ..Query::default()
    };
    let limit = wanted.limit.unwrap_or(PAGE).clamp(1, PAGE_MAX);
    let scope = caller.scope;
    let page = hub.read(move |reader| {
        // The journal reads forwards; one more than is shown tells whether there is another page.
        let mut last: VecDeque<Entry> = VecDeque::with_capacity(limit + 2);
        for event in reader.events(&query) {
            let event = event?;
            let Some(body) = event.read().map_err(JournalFault::from)?.and_then(access) else { continue };
            if event.window.as_ref().is_some_and(|window| !scope.has_window(window)) {
                continue;
            }
            last.push_front(Entry {
                seq: event.seq,
                wall_us: event.wall_us,
                window: event.window.map(|window| window.to_string()),
                what: body.what,
                who_name: roster.person_named(&body.who).map(|person| person.name.clone()),
                who: body.who,
                why: body.why,
                why_zh: body.why_zh,
                alert: body.alert,
                finding: body.finding,
                file: body.file,
            });
            last.truncate(limit + 1);
        }
        Ok(last)
    });
    let mut items: Vec<Entry> = page.await?.into();
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(|entry| entry.seq.to_string());
    Ok(Json(Page { items, next }))
}

/// Steps of unmasking among who looked at what.
fn access(body: Body) -> Option<AccessBody> {
    match body {
        Body::Access(body) => Some(body),
        Body::Unmask(step) => {
            let why = |event: &str| format!("{event} {} {}", step.event(), step.why()).trim().to_owned();
            let (what, who) = (format!("unmask-{}", step.step()), step.by().to_owned());
            let (why, why_zh) = (why("event"), Some(why("事件")));
            Some(AccessBody { what, alert: None, finding: None, file: None, who, why, why_zh })
        }
        _ => None,
    }
}

fn not_a_day(text: &str) -> Problem {
    Problem::unfit(
        format!("{text:?} is no day: write it as 2026-11-22"),
        format!("“{text}”不是日期：请写成 2026-11-22"),
    )
}

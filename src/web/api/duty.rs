//! `/api/v1/duty`: somebody signed in or out at a window; as `sansheng shifts sign-in` tells it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::findings::{Clerk, View};
use crate::access::Action;
use crate::ledger::Body;
use crate::ledger::duty::DutyKind;
use crate::ledger::event::DutyBody;
use crate::ledger::journal::Act;
use crate::units::WindowId;
use crate::web::caller::Caller;
use crate::web::hub::Hub;
use crate::web::input::Input;
use crate::web::problem::{Problem, ProblemBody};

/// What will be is told when it is; clocks of two machines may differ by so much, microseconds.
const AHEAD_US: i64 = 60_000_000;
/// Characters of a staff number, at most.
const NUMBER_MAX: usize = 64;

pub(super) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new().routes(routes!(duty))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DutyInput {
    window: String,
    /// Staff number, or a name that one person of the calendar has.
    clerk: String,
    kind: DutyAsked,
    /// When it was, microseconds since the Unix epoch; now, unless it is given.
    at_us: Option<i64>,
}

#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum DutyAsked {
    SignIn,
    SignOut,
}

#[derive(Debug, Serialize, ToSchema)]
struct DutyDone {
    /// Number of the event.
    seq: u64,
    /// Who sits there now.
    clerk: Option<Clerk>,
    /// Why nobody is known to.
    unassigned: Option<String>,
}

/// Tell that somebody signed in or out at a window
#[utoipa::path(post, path = "/api/v1/duty", tag = "events", request_body = DutyInput, responses(
    (status = OK, body = DutyDone), (status = UNPROCESSABLE_ENTITY, body = ProblemBody)))]
async fn duty(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Input(asked): Input<DutyInput>,
) -> Result<Json<DutyDone>, Problem> {
    caller.may(Action::Duty)?;
    let known = hub.config().windows.iter().find(|window| window.id.as_str() == asked.window);
    let window: WindowId = known.map(|window| window.id.clone()).ok_or_else(|| no_window(&asked.window))?;
    caller.may_see(window.as_str())?;
    let (view, now_us) = (View::of(&hub, &caller).await?, hub.now_us());
    let at_us = asked.at_us.unwrap_or(now_us);
    if at_us > now_us.saturating_add(AHEAD_US) || at_us < 0 {
        return Err(Problem::unfit(
            "`at_us` is not a time that has come: give microseconds since the Unix epoch, not later than now",
            "at_us 不是已经过去的时间：请给出不晚于现在的微秒时间戳",
        ));
    }
    let clerk = asked.clerk.trim();
    let of_calendar = view.settings.roster.as_ref().and_then(|roster| roster.person_named(clerk));
    let clerk = of_calendar.map_or_else(|| clerk.to_owned(), |person| person.id.clone());
    if clerk.is_empty() || clerk.chars().count() > NUMBER_MAX {
        return Err(Problem::unfit(
            "`clerk` names nobody: give a staff number of at most 64 characters",
            "clerk 没有指明人员：请填写不超过 64 字的工号",
        ));
    }
    let kind = match asked.kind {
        DutyAsked::SignIn => DutyKind::SignIn,
        DutyAsked::SignOut => DutyKind::SignOut,
    };
    let body = Body::Duty(DutyBody { kind, clerk, by: caller.who().to_owned(), wall_us: at_us });
    let act = Act { window: Some(window.clone()), session: None, rulebook: None, body };
    let told = hub.write(move |aside| aside.act(now_us, |_| Ok::<_, Problem>(vec![act]))).await?;
    let seat = hub.read(move |reader| Ok(view.seats_at(&reader.rows(), now_us)?.at(&window, now_us))).await?;
    let seq = told.first().copied().unwrap_or_default();
    Ok(Json(DutyDone { seq, clerk: seat.clerk, unassigned: seat.unassigned }))
}

pub(super) fn no_window(id: &str) -> Problem {
    Problem::unfit(
        format!("there is no window `{id}`: give one of the configuration, as GET /api/v1/hall lists them"),
        format!("没有窗口“{id}”：请使用配置中的窗口编号"),
    )
}

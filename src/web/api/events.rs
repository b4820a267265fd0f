//! `/api/v1/events`: what the hall's queue and telephone systems know, as they would write it to the file of `[events]`.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::duty::no_window;
use crate::access::Action;
use crate::reports::{HallReport, read_line};
use crate::web::caller::Caller;
use crate::web::hub::Hub;
use crate::web::problem::{Problem, ProblemBody};

/// Events of one request, at most.
const EVENTS_MAX: usize = 500;

pub(super) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new().routes(routes!(events))
}

#[derive(Debug, Serialize, ToSchema)]
struct Taken {
    taken: usize,
}

/// Report tickets and calls: one JSON object a line (docs/events.md)
///
/// All of them are taken or, where one cannot be used, none. Without `at` and `at_s` an event happens now.
#[utoipa::path(post, path = "/api/v1/events", tag = "events", request_body(content = String, content_type = "application/x-ndjson"),
    responses((status = ACCEPTED, body = Taken), (status = UNPROCESSABLE_ENTITY, body = ProblemBody)))]
async fn events(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    body: Bytes,
) -> Result<(StatusCode, Json<Taken>), Problem> {
    caller.may(Action::Events)?;
    let reports = read(&hub, &caller, &body)?;
    let taken = reports.len();
    for report in reports {
        if !(hub.dashboard.report)(report) {
            return Err(Problem::busy());
        }
    }
    Ok((StatusCode::ACCEPTED, Json(Taken { taken })))
}

fn read(hub: &Hub, caller: &Caller, body: &[u8]) -> Result<Vec<HallReport>, Problem> {
    let now_s = hub.now_us() as f64 / 1e6;
    // One object may stand on several lines.
    let one = serde_json::from_slice::<Value>(body).ok().filter(Value::is_object).map(|one| one.to_string());
    let body = one.as_ref().map_or(body, |one| one.as_bytes());
    let mut reports = Vec::new();
    for (number, line) in body.split(|byte| *byte == b'\n').enumerate() {
        let read = read_line(line, Some(now_s)).map_err(|(found, remedy)| {
            let place = number + 1;
            Problem::unfit(
                format!("line {place}: {found}: {remedy}"),
                format!("第 {place} 行无法使用（{found}）：格式见 docs/events.md"),
            )
        })?;
        let Some(report) = read else { continue };
        if !hub.config().windows.iter().any(|window| window.id == report.window) {
            return Err(no_window(report.window.as_str()));
        }
        caller.may_see(report.window.as_str())?;
        reports.push(report);
    }
    if reports.is_empty() || reports.len() > EVENTS_MAX {
        return Err(Problem::unfit(
            format!(
                "there are {} events in the body: send 1 to {EVENTS_MAX}, one JSON object a line",
                reports.len()
            ),
            format!("请求中有 {} 个事件：请发送 1 至 {EVENTS_MAX} 个，每行一个 JSON", reports.len()),
        ));
    }
    Ok(reports)
}

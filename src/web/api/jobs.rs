//! `/api/v1/jobs`: what takes minutes, how far it is, and its result.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::Action;
use crate::web::caller::Caller;
use crate::web::hub::Hub;
use crate::web::input::Named;
use crate::web::jobs::JobBody;
use crate::web::problem::{Problem, ProblemBody};

pub(super) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(job, cancel))
}

#[derive(Debug, Serialize, ToSchema)]
struct JobList {
    /// The newest first, without results.
    items: Vec<JobBody>,
    /// Always null: this list is given whole.
    next: Option<String>,
}

/// One's jobs; to an admin, all
#[utoipa::path(get, path = "/api/v1/jobs", tag = "jobs", responses(
    (status = OK, body = JobList), (status = FORBIDDEN, body = ProblemBody)))]
async fn list(State(hub): State<Arc<Hub>>, caller: Caller) -> Result<Json<JobList>, Problem> {
    caller.may(Action::Recordings)?;
    Ok(Json(JobList { items: hub.jobs().list(&caller, hub.now_us()), next: None }))
}

/// A job with its result
///
/// Results are kept for a day, in memory: a service that starts again has none.
#[utoipa::path(get, path = "/api/v1/jobs/{id}", tag = "jobs", params(("id" = u64, Path)), responses(
    (status = OK, body = JobBody), (status = NOT_FOUND, body = ProblemBody)))]
async fn job(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Named(id): Named<u64>,
) -> Result<Json<JobBody>, Problem> {
    caller.may(Action::Recordings)?;
    Ok(Json(hub.jobs().get(id, &caller, hub.now_us())?))
}

/// Cancel a job
#[utoipa::path(delete, path = "/api/v1/jobs/{id}", tag = "jobs", params(("id" = u64, Path)), responses(
    (status = NO_CONTENT, description = "It stops"), (status = NOT_FOUND, body = ProblemBody)))]
async fn cancel(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Named(id): Named<u64>,
) -> Result<StatusCode, Problem> {
    caller.may(Action::Recordings)?;
    hub.jobs().cancel(id, &caller)?;
    Ok(StatusCode::NO_CONTENT)
}

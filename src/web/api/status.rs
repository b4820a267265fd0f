//! `/api/v1/status`: the hall as it is, for `sansheng top`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::Action;
use crate::status::HallStatus;
use crate::web::caller::Caller;
use crate::web::hub::Hub;
use crate::web::problem::{Problem, ProblemBody};

pub(super) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new().routes(routes!(status))
}

/// The picture of docs/json.md.
#[derive(Serialize, ToSchema)]
#[schema(value_type = Object)]
struct Picture(HallStatus);

/// The hall as it is now, for the terminal view; without words to whoever may not see the wall
#[utoipa::path(get, path = "/api/v1/status", tag = "hall", responses(
    (status = OK, body = Picture), (status = UNAUTHORIZED, body = ProblemBody)))]
async fn status(State(hub): State<Arc<Hub>>, caller: Caller) -> Result<Json<Picture>, Problem> {
    caller.may(Action::Status)?;
    let mut status = (hub.site.status)();
    status.windows.retain(|window| caller.scope.has_window_named(&window.id));
    status.alerts.retain(|alert| caller.scope.has_window_named(&alert.window));
    if caller.may(Action::Wall).is_err() {
        without_words(&mut status);
    }
    Ok(Json(Picture(status)))
}

fn without_words(status: &mut HallStatus) {
    for window in &mut status.windows {
        window.words.clear();
        window.tentative.clear();
    }
    for alert in &mut status.alerts {
        alert.heard.clear();
    }
}

//! `/api/v1/wall`: the hall as it is at this moment.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::Action;
use crate::web::caller::Caller;
use crate::web::hub::Hub;
use crate::web::live::{Lens, Wall, wall_of};
use crate::web::problem::{Problem, ProblemBody};

pub(super) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new().routes(routes!(wall))
}

/// Every window that you may see, and the alerts of today
#[utoipa::path(get, path = "/api/v1/wall", tag = "live", responses(
    (status = OK, body = Wall), (status = FORBIDDEN, body = ProblemBody)))]
async fn wall(State(hub): State<Arc<Hub>>, caller: Caller) -> Result<Json<Wall>, Problem> {
    caller.may(Action::Wall)?;
    Ok(Json(wall_of(&hub, &Lens::of(&caller)?).await?))
}

//! The API of the dashboard, `/api/v1`: a file a resource. A resource has a function `routes` whose handlers are described by
//! `utoipa::path`; each takes a [`Caller`](super::Caller) and asks it whether it [may](super::Caller::may).

mod audit;
mod clips;
mod docs;
mod duty;
mod encounters;
mod events;
mod findings;
mod hall;
mod health;
mod jobs;
mod people;
mod recordings;
mod rules;
mod scores;
mod session;
mod status;
mod stream;
mod timeline;
mod tokens;
mod unmaskings;
mod wall;
mod webhooks;

pub(in crate::web) use encounters::EncounterItem;
pub(in crate::web) use findings::{Clerk, FindingItem, Looked, View, finding_of};
pub(in crate::web) use timeline::{Gap, Sound, Timeline, Turn, joined, sentences, silences};

use std::sync::Arc;

use axum::Router;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;

use super::assets;
use super::caller::COOKIE;
use super::hub::Hub;
use super::problem::ProblemBody;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Sansheng 三声",
        description = "The dashboard's API. Times `…_us` are microseconds since the Unix epoch, `…_s` seconds. Refusals are \
            `application/problem+json`. Every request but GET and HEAD carries `X-CSRF-Token`, unless it has a bearer token."
    ),
    components(schemas(ProblemBody)),
    security(("session" = []), ("token" = [])),
    modifiers(&Doors)
)]
struct Description;

/// The two ways in.
struct Doors;

impl Modify for Doors {
    fn modify(&self, description: &mut utoipa::openapi::OpenApi) {
        let session =
            ApiKeyValue::with_description(COOKIE, "What signing in (`POST /api/v1/session`) gives.");
        let token = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("A token of `/api/v1/tokens`, for programs."))
            .build();
        let components = description.components.get_or_insert_default();
        components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(session)));
        components.add_security_scheme("token", SecurityScheme::Http(token));
    }
}

/// Everything under `/api/v1`, and the pages.
pub(super) fn routes(hub: Arc<Hub>) -> Router {
    let (router, description) = resources().split_for_parts();
    router.merge(docs::routes(description)).merge(assets::routes()).with_state(hub)
}

/// What the API is, as `/api/v1/openapi.json` gives it.
pub fn described() -> utoipa::openapi::OpenApi {
    resources().split_for_parts().1
}

/// One line a resource.
fn resources() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::with_openapi(Description::openapi())
        .merge(hall::routes())
        .merge(status::routes())
        .merge(session::routes())
        .merge(findings::routes())
        .merge(unmaskings::routes())
        .merge(clips::routes())
        .merge(encounters::routes())
        .merge(timeline::routes())
        .merge(duty::routes())
        .merge(events::routes())
        .merge(wall::routes())
        .merge(stream::routes())
        .merge(people::routes())
        .merge(tokens::routes())
        .merge(audit::routes())
        .merge(scores::routes())
        .merge(rules::routes())
        .merge(jobs::routes())
        .merge(recordings::routes())
        .merge(health::routes())
        .merge(webhooks::routes())
}

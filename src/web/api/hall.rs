//! `/api/v1/hall`: what the hall is.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::Action;
use crate::conduct::CompiledBook;
use crate::web::caller::Caller;
use crate::web::hub::Hub;
use crate::web::problem::{Problem, ProblemBody};

pub(super) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new().routes(routes!(hall))
}

#[derive(Debug, Serialize, ToSchema)]
struct Hall {
    hall: String,
    version: &'static str,
    /// Time zone of days, as `Asia/Shanghai`.
    zone: String,
    now_us: i64,
    /// Version of the rules in force.
    rulebook: String,
    /// Whether the hall keeps a journal; without one there is the wall alone.
    journal: bool,
    windows: Vec<Named>,
    /// Those whom the calendar knows; to a clerk, themselves.
    clerks: Vec<Named>,
    provisions: Vec<Provision>,
    budgets: Budgets,
}

#[derive(Debug, Serialize, ToSchema)]
struct Named {
    id: String,
    name: String,
}

#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
struct Provision {
    id: String,
    title: String,
    title_en: String,
}

/// How late an alert may be.
#[derive(Debug, Serialize, ToSchema)]
struct Budgets {
    forbidden_s: f64,
    greeting_s: f64,
    farewell_s: f64,
}

/// Name, windows, clerks, provisions and budgets of the hall, as far as one may see them
#[utoipa::path(get, path = "/api/v1/hall", tag = "hall", responses(
    (status = OK, body = Hall), (status = UNAUTHORIZED, body = ProblemBody)))]
async fn hall(State(hub): State<Arc<Hub>>, caller: Caller) -> Result<Json<Hall>, Problem> {
    caller.may(Action::Hall)?;
    let settings = hub.settings().await?;
    let (config, roster, book) = (hub.config(), settings.roster_or_none(), hub.book());
    let windows = config.windows.iter().filter(|window| caller.scope.has_window(&window.id));
    let clerks = roster.people().filter(|person| caller.scope.has_clerk(Some(&person.id)));
    // Other programs have no business with names of people.
    let clerks = clerks.filter(|_| caller.role.may(Action::Finding));
    Ok(Json(Hall {
        hall: config.hall.clone(),
        version: env!("CARGO_PKG_VERSION"),
        zone: roster.zone_name().to_owned(),
        now_us: hub.now_us(),
        rulebook: book.rulebook().version().to_owned(),
        journal: config.ledger.is_some(),
        windows: windows
            .map(|window| Named { id: window.id.to_string(), name: window.name.clone() })
            .collect(),
        clerks: clerks.map(|person| Named { id: person.id.clone(), name: person.name.clone() }).collect(),
        provisions: provisions(&book),
        budgets: Budgets {
            forbidden_s: config.budgets.forbidden.as_secs_f64(),
            greeting_s: config.budgets.greeting.as_secs_f64(),
            farewell_s: config.budgets.farewell.as_secs_f64(),
        },
    }))
}

/// Those of the standards, and those that the hall's own rules add, called as the first of their rules.
fn provisions(book: &CompiledBook) -> Vec<Provision> {
    let mut all: BTreeMap<&str, Provision> =
        KNOWN.iter().map(|provision| (provision.id.as_str(), provision.clone())).collect();
    for rule in book.rulebook().rules() {
        all.entry(&rule.provision).or_insert_with(|| Provision {
            id: rule.provision.clone(),
            title: rule.title.clone(),
            title_en: rule.title_en.clone(),
        });
    }
    all.into_values().collect()
}

static KNOWN: LazyLock<Vec<Provision>> = LazyLock::new(|| {
    #[derive(Deserialize)]
    struct File {
        provision: Vec<Provision>,
    }
    let file: Result<File, _> = toml::from_str(include_str!("../../../rules/provisions.toml"));
    file.map_or_else(|_| Vec::new(), |file| file.provision)
});

//! `/api/v1/scores`, `/api/v1/me/scores`: what a time came to. `/api/v1/report.csv`, `.xlsx`, `.html`: the same as a file.
//!
//! Every number of the answer counts findings that `/api/v1/findings` lists for the same days with the filters of its place:
//! `clerk`, `window`, `provision`; each line of a shift names its finding.

mod answer;
mod gather;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::Action;
use crate::ledger::report::paper::{Form, Heading, Paper, ReportLang};
use crate::ledger::report::report;
use crate::web::caller::Caller;
use crate::web::hub::Hub;
use crate::web::input::Asked;
use crate::web::problem::{Problem, ProblemBody};

use answer::ScoresBody;
use gather::{Gathered, ScoresQuery, gather, own};

pub(in crate::web) use gather::{day, unfit_days};

pub(super) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new()
        .routes(routes!(scores))
        .routes(routes!(my_scores))
        .routes(routes!(report_csv))
        .routes(routes!(report_workbook))
        .routes(routes!(report_page))
}

/// Scores and sums of some days
///
/// Without `from` and `to` of today. At most 366 days.
#[utoipa::path(get, path = "/api/v1/scores", tag = "scores", params(ScoresQuery), responses(
    (status = OK, body = ScoresBody), (status = UNAUTHORIZED, body = ProblemBody), (status = FORBIDDEN, body = ProblemBody),
    (status = UNPROCESSABLE_ENTITY, description = "The days cannot be used", body = ProblemBody),
    (status = SERVICE_UNAVAILABLE, body = ProblemBody)))]
async fn scores(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Asked(query): Asked<ScoresQuery>,
) -> Result<Json<ScoresBody>, Problem> {
    caller.may(Action::Scores)?;
    let gathered = gather(&hub, &caller, query).await?;
    Ok(Json(ScoresBody::of(&gathered, &hub)))
}

/// One's own scores
///
/// The answer of `/api/v1/scores` for the staff number of whoever asks.
#[utoipa::path(get, path = "/api/v1/me/scores", tag = "scores", params(ScoresQuery), responses(
    (status = OK, body = ScoresBody), (status = UNAUTHORIZED, body = ProblemBody), (status = FORBIDDEN, body = ProblemBody),
    (status = UNPROCESSABLE_ENTITY, description = "The days cannot be used, or one has no staff number", body = ProblemBody),
    (status = SERVICE_UNAVAILABLE, body = ProblemBody)))]
async fn my_scores(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Asked(query): Asked<ScoresQuery>,
) -> Result<Json<ScoresBody>, Problem> {
    caller.may(Action::Mine)?;
    let query = own(&caller, query)?;
    let gathered = gather(&hub, &caller, query).await?;
    Ok(Json(ScoresBody::of(&gathered, &hub)))
}

/// The shifts of some days as CSV
#[utoipa::path(get, path = "/api/v1/report.csv", tag = "scores", params(ScoresQuery), responses(
    (status = OK, content_type = "text/csv", body = String), (status = FORBIDDEN, body = ProblemBody)))]
async fn report_csv(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Asked(query): Asked<ScoresQuery>,
) -> Result<Response, Problem> {
    file(&hub, &caller, query, Form::Csv).await
}

/// A report as a workbook
#[utoipa::path(get, path = "/api/v1/report.xlsx", tag = "scores", params(ScoresQuery), responses(
    (status = OK, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
    (status = FORBIDDEN, body = ProblemBody)))]
async fn report_workbook(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Asked(query): Asked<ScoresQuery>,
) -> Result<Response, Problem> {
    file(&hub, &caller, query, Form::Workbook).await
}

/// A report as a page to print
#[utoipa::path(get, path = "/api/v1/report.html", tag = "scores", params(ScoresQuery), responses(
    (status = OK, content_type = "text/html", body = String), (status = FORBIDDEN, body = ProblemBody)))]
async fn report_page(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Asked(query): Asked<ScoresQuery>,
) -> Result<Response, Problem> {
    file(&hub, &caller, query, Form::Page).await
}

async fn file(hub: &Arc<Hub>, caller: &Caller, query: ScoresQuery, form: Form) -> Result<Response, Problem> {
    caller.may(Action::Scores)?;
    let lang = match query.lang.as_deref() {
        None | Some("zh") => ReportLang::Zh,
        Some("en") => ReportLang::En,
        Some(other) => {
            return Err(Problem::unfit(
                format!("the query says `lang={other}`: say zh or en"),
                format!("参数 lang={other} 无效：应为 zh 或 en"),
            ));
        }
    };
    let gathered = gather(hub, caller, query).await?;
    let name = gathered.file_name();
    let paper = paper(hub, gathered, lang);
    let made = move || paper.bytes(form).map_err(|fault| Problem::fault(&fault.to_string()));
    let mut response = hub.blocking(made).await?.into_response();
    let (kind, ending) = match form {
        Form::Csv => ("text/csv; charset=utf-8", "csv"),
        Form::Workbook => ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
        Form::Page => ("text/html; charset=utf-8", "html"),
    };
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    // The page as well: it carries its style, which nothing that is shown from here may.
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}.{ending}\"")) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(response)
}

fn paper(hub: &Hub, gathered: Gathered, lang: ReportLang) -> Paper {
    let config = hub.config();
    let Gathered { asked, roster, period, now_us, accounts, .. } = &gathered;
    let windows = config.windows.iter().map(|window| (window.id.to_string(), window.name.clone()));
    let mut provisions = std::collections::BTreeMap::new();
    for rule in hub.book().rulebook().rules() {
        provisions.entry(rule.provision.clone()).or_insert_with(|| rule.title.clone());
    }
    Paper {
        heading: Heading::new(&config.hall, asked, roster, *period, *now_us, lang),
        report: report(accounts, roster),
        windows: windows.collect(),
        provisions,
        lang,
    }
}

//! What nearly became a finding: it matched, and a guard or the audio held it back. For whoever tunes the rules.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::access::Action;
use crate::conduct::{Finding, FindingState};
use crate::ledger::account::Asked as Days;
use crate::ledger::journal::Query;
use crate::ledger::{Body, JournalFault, Kind};
use crate::web::api::scores::{day, unfit_days};
use crate::web::caller::Caller;
use crate::web::hub::Hub;
use crate::web::input::Asked;
use crate::web::problem::{Problem, ProblemBody};

/// Entries of a page: unless more are asked for, and at most.
const PAGE: usize = 50;
const PAGE_MAX: usize = 200;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// The first day, YYYY-MM-DD [default: today]
    from: Option<String>,
    /// The last day [default: today]
    to: Option<String>,
    rule: Option<String>,
    window: Option<String>,
    /// 1 to 200; 50 unless it is given.
    limit: Option<usize>,
    /// What the page before gave as `next`.
    after: Option<u64>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Page {
    /// The oldest first.
    items: Vec<NearMiss>,
    /// For `after`; null on the last page.
    next: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct NearMiss {
    /// Number of the event in the journal.
    seq: u64,
    window: String,
    wall_us: i64,
    rule: String,
    provision: String,
    phrase: String,
    heard: String,
    /// What held it back.
    reason: String,
    reason_zh: Option<String>,
    sureness: f32,
    /// As in docs/json.md.
    #[schema(value_type = Object)]
    evidence: serde_json::Value,
}

/// What nearly became a finding
#[utoipa::path(get, path = "/api/v1/rules/near-misses", tag = "rules", params(Wanted), responses(
    (status = OK, body = Page), (status = FORBIDDEN, body = ProblemBody), (status = UNPROCESSABLE_ENTITY, body = ProblemBody)))]
pub(super) async fn near_misses(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Page>, Problem> {
    caller.may(Action::Findings)?;
    if let Some(window) = &wanted.window {
        caller.may_see(window)?;
    }
    let days = Days { from: day("from", wanted.from)?, to: day("to", wanted.to)?, ..Days::default() };
    let period = days.period(&hub.settings().await?.roster_or_none(), hub.now_us()).map_err(unfit_days)?;
    let limit = wanted.limit.unwrap_or(PAGE).clamp(1, PAGE_MAX);
    let query = Query {
        kinds: vec![Kind::Finding],
        windows: wanted.window.iter().map(|id| crate::units::WindowId::new(id)).collect(),
        seq_from: wanted.after.map(|seq| seq.saturating_add(1)),
        wall_from_us: Some(period.from_us),
        wall_until_us: Some(period.until_us),
        ..Query::default()
    };
    let (rule, scope) = (wanted.rule, caller.scope.clone());
    hub.read(move |reader| {
        let (mut items, mut next) = (Vec::new(), None);
        for event in reader.events(&query) {
            let event = event?;
            let seen = event.window.as_ref().is_some_and(|window| scope.has_window(window));
            // Most findings are none, and their bodies are large.
            if !seen || !event.body.as_deref().is_some_and(|body| body.contains("\"held\"")) {
                continue;
            }
            let Some(Body::Finding(finding)) = event.read().map_err(JournalFault::from)? else { continue };
            if finding.state != FindingState::Held || rule.as_ref().is_some_and(|rule| *rule != finding.rule)
            {
                continue;
            }
            if items.len() == limit {
                next = items.last().map(|last: &NearMiss| last.seq.to_string());
                break;
            }
            items.push(near_miss(event.seq, event.wall_us, *finding));
        }
        Ok(Json(Page { items, next }))
    })
    .await
}

fn near_miss(seq: u64, wall_us: i64, finding: Finding) -> NearMiss {
    NearMiss {
        seq,
        window: finding.window.to_string(),
        wall_us,
        reason_zh: finding.reason_in_chinese(),
        evidence: serde_json::to_value(&finding.evidence).unwrap_or_default(),
        rule: finding.rule,
        provision: finding.provision,
        phrase: finding.phrase,
        heard: finding.heard,
        reason: finding.reason,
        sureness: finding.sureness,
    }
}

//! What other rules of the hall would have found: a job, since judging days again takes minutes.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::change::compiled;
use crate::access::{Action, Scope};
use crate::conduct::Finding;
use crate::ledger::Reader;
use crate::ledger::account::Asked as Days;
use crate::runtime::rejudge::{Change, Difference, Rejudged, Rejudging, rejudge_watched};
use crate::units::WindowId;
use crate::web::api::scores::{day, unfit_days};
use crate::web::caller::Caller;
use crate::web::hub::Hub;
use crate::web::input::Input;
use crate::web::jobs::{JobBody, JobFault, Progress};
use crate::web::problem::{Problem, ProblemBody};

/// Findings of each list that are told; the counts are of all.
const TOLD_MAX: usize = 500;
/// So many days at most: judging again takes a share of a core meanwhile.
const DAYS_MAX: i64 = 31;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WhatIf {
    /// In the place of the hall's own rules.
    text: String,
    /// The first day, YYYY-MM-DD.
    from: String,
    /// The last day.
    to: String,
    /// Of these windows; all unless it is given.
    windows: Option<Vec<String>>,
}

/// What other rules would have found in some days
///
/// Begins a job that judges the journal again, on one slow thread. Its result has lists `appear`, `vanish`, `change` and `unasked`
/// (docs/rejudging.md), at most 500 findings of each, `counts` of all, and `same`. The record stays as it is.
#[utoipa::path(post, path = "/api/v1/rules/what-if", tag = "rules", request_body = WhatIf, responses(
    (status = ACCEPTED, body = JobBody), (status = FORBIDDEN, body = ProblemBody),
    (status = UNPROCESSABLE_ENTITY, description = "The text has faults, or the days cannot be used", body = ProblemBody),
    (status = SERVICE_UNAVAILABLE, description = "Too many jobs wait", body = ProblemBody)))]
pub(super) async fn what_if(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Input(asked): Input<WhatIf>,
) -> Result<(StatusCode, Json<JobBody>), Problem> {
    caller.may(Action::ChangeRules)?;
    for window in asked.windows.iter().flatten() {
        caller.may_see(window)?;
    }
    let settings = hub.settings().await?;
    let days =
        Days { from: day("from", Some(asked.from))?, to: day("to", Some(asked.to))?, ..Days::default() };
    let period = days.period(&settings.roster_or_none(), hub.now_us()).map_err(unfit_days)?;
    if period.length_us() > DAYS_MAX * 86_400_000_000 {
        return Err(Problem::unfit(
            format!("more than {DAYS_MAX} days are asked for: ask for fewer"),
            format!("查询超过 {DAYS_MAX} 天：请缩短日期范围"),
        ));
    }
    let text = asked.text;
    let book = hub.blocking(move || compiled(&settings, &text)).await?;
    let windows = asked.windows.or_else(|| caller.scope.windows().map(<[String]>::to_vec));
    let what = Rejudging {
        from_us: Some(period.from_us),
        until_us: Some(period.until_us),
        windows: windows.iter().flatten().map(|id| WindowId::new(id)).collect(),
        threads: 1,
    };
    let (folder, key) = (hub.folder()?.to_owned(), hub.key());
    let (scope, version) = (caller.scope.clone(), book.rulebook().version().to_owned());
    let work = move |progress: &Progress| {
        let reader = Reader::open_with(&folder, key.as_ref()).map_err(|fault| JobFault::new(&fault))?;
        let judged = rejudge_watched(&reader, &book, &what, &mut |share| progress.at(share))
            .map_err(|fault| JobFault::new(&fault))?;
        Ok(result(&judged, &version, &scope))
    };
    let begun = hub.jobs().begin("what-if", &caller, hub.now_us(), (Box::new(work), None))?;
    Ok((StatusCode::ACCEPTED, Json(begun)))
}

#[derive(Serialize)]
struct Told<'a> {
    window: &'a str,
    wall_us: i64,
    rule: &'a str,
    provision: &'a str,
    kind: &'static str,
    severity: &'static str,
    phrase: &'a str,
    heard: &'a str,
    reason: &'a str,
    reason_zh: Option<String>,
    context: &'a str,
    differs: &'a [&'static str],
    /// By words that the audio was not asked about.
    text_alone: bool,
    /// What became of it before and what becomes of it now; null where there is nothing.
    before: Option<&'static str>,
    now: Option<&'static str>,
}

fn result(judged: &Rejudged, version: &str, scope: &Scope) -> Value {
    let of = |change: Change| {
        let all = judged.differences.iter().filter(move |difference| difference.change == change);
        all.filter(|difference| difference.finding().is_some_and(|finding| scope.has_window(&finding.window)))
    };
    let list = |change: Change| of(change).take(TOLD_MAX).filter_map(told).collect::<Vec<_>>();
    let rules: Vec<Value> = judged
        .rules
        .iter()
        .map(|(rule, tally)| {
            json!({"rule": rule, "before": tally.before, "now": tally.now, "appear": tally.appear,
                "vanish": tally.vanish, "change": tally.change, "unasked": tally.unasked})
        })
        .collect();
    json!({
        "rulebook": version,
        "appear": list(Change::Appears),
        "vanish": list(Change::Vanishes),
        "change": list(Change::Changes),
        "unasked": list(Change::Unasked),
        "counts": {
            "appear": of(Change::Appears).count(), "vanish": of(Change::Vanishes).count(),
            "change": of(Change::Changes).count(), "unasked": of(Change::Unasked).count(),
        },
        "same": judged.same,
        "open": judged.open,
        "heard_h": judged.seconds() / 3_600.0,
        "rules": rules,
    })
}

fn told(difference: &Difference) -> Option<Told<'_>> {
    let finding = difference.finding()?;
    let Finding { window, rule, provision, kind, severity, phrase, heard, reason, evidence, .. } = finding;
    Some(Told {
        window: window.as_str(),
        wall_us: difference.wall_us,
        rule,
        provision,
        kind: kind.name(),
        severity: severity.name(),
        phrase,
        heard,
        reason,
        reason_zh: finding.reason_in_chinese(),
        context: &evidence.context,
        differs: &difference.differs,
        text_alone: difference.text_alone,
        before: difference.before.as_ref().map(|finding| finding.state.name()),
        now: difference.now.as_ref().map(|finding| finding.state.name()),
    })
}

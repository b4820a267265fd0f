//! `/api/v1/unmaskings`: what was masked, asked for by one person, granted by another, and shown to the first. The rules are those of
//! `sansheng journal unmask`; who somebody is, the session says.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::findings::{known_to_journal, trimmed};
use crate::access::{Action, Scope};
use crate::ledger::JournalFault;
use crate::ledger::journal::Rows;
use crate::ledger::unmask::{Refusal, Request, ShownField, Standing, Step, Subject, UnmaskFault, allow};
use crate::web::caller::Caller;
use crate::web::hub::Hub;
use crate::web::input::{Asked, Input, Named};
use crate::web::problem::{Problem, ProblemBody};

pub(super) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new()
        .routes(routes!(unmaskings, ask))
        .routes(routes!(grant))
        .routes(routes!(refuse))
        .routes(routes!(show))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// About this event alone: the number of a finding, or of another event.
    event: Option<u64>,
    /// Also those that were refused, whose time is over, or of which nothing is kept any more.
    #[serde(default)]
    all: bool,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AskInput {
    /// Number of the finding, or of another event.
    event: u64,
    /// What it is needed for.
    why: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AnswerInput {
    #[serde(default)]
    why: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct Unmaskings {
    /// One's own, and for who may answer them those of others; the newest first.
    items: Vec<Item>,
}

/// A request to see what was masked in an event.
#[derive(Debug, Serialize, ToSchema)]
struct Item {
    /// Number of the event that asked.
    id: u64,
    event: u64,
    /// The event is a finding.
    is_finding: bool,
    window: Option<String>,
    by: String,
    why: String,
    wall_us: i64,
    /// `waiting`, `granted`, `refused`, `over`.
    standing: &'static str,
    /// What was masked is still there.
    kept: bool,
    /// Who answered it, and what; null while it waits.
    answered_by: Option<String>,
    answer: Option<String>,
    /// Until when it may be shown.
    until_us: Option<i64>,
    /// When it was shown.
    shown_us: Vec<i64>,
    /// Whoever asks here asked for it.
    mine: bool,
    /// They may grant or refuse it now.
    may_answer: bool,
    /// They may be shown it now.
    may_show: bool,
}

#[derive(Debug, Serialize, ToSchema)]
struct Shown {
    request: Item,
    fields: Vec<Field>,
}

/// A text of the event.
#[derive(Debug, Serialize, ToSchema)]
struct Field {
    /// JSON pointer in the event's body (docs/journal.md): `/heard`, `/evidence/context`, `/text`.
    field: String,
    masked: String,
    text: String,
}

impl From<ShownField> for Field {
    fn from(ShownField { field, masked, text }: ShownField) -> Self {
        Self { field, masked, text }
    }
}

/// Who asks here, as far as requests go.
#[derive(Clone)]
struct Asker {
    who: String,
    scope: Scope,
    answers: bool,
    now_us: i64,
}

impl Asker {
    async fn of(hub: &Hub, caller: &Caller) -> Result<Self, Problem> {
        let settings = hub.settings().await?;
        Ok(Self {
            who: known_to_journal(caller, settings.roster.as_ref()),
            scope: caller.scope.clone(),
            answers: caller.role.may(Action::GrantUnmask),
            now_us: hub.now_us(),
        })
    }

    fn sees(&self, request: &Request) -> bool {
        (self.answers || request.by == self.who)
            && request.window.as_ref().is_none_or(|window| self.scope.has_window(window))
    }

    fn item(&self, rows: &Rows<'_>, all: &[Request], request: &Request) -> Result<Item, JournalFault> {
        let Request { id, event, .. } = *request;
        let subject = rows.unmask_subject(event)?;
        let may = |step: &Step| allow(all, subject, step, (&self.who, self.now_us)).is_ok();
        let answer = request.answer.clone();
        Ok(Item {
            id,
            event,
            is_finding: rows.finding(event)?.is_some(),
            window: request.window.as_ref().map(ToString::to_string),
            by: request.by.clone(),
            why: request.why.clone(),
            wall_us: request.wall_us,
            standing: request.standing(self.now_us).name(),
            kept: subject == Subject::Kept,
            until_us: answer.as_ref().and_then(|answer| answer.until_us),
            answered_by: answer.as_ref().map(|answer| answer.by.clone()),
            answer: answer.map(|answer| answer.why),
            shown_us: request.shown_us.clone(),
            mine: request.by == self.who,
            may_answer: self.answers && may(&Step::Refuse { request: id, why: String::new() }),
            may_show: may(&Step::Show { request: id }),
        })
    }
}

/// Requests to see what was masked
#[utoipa::path(get, path = "/api/v1/unmaskings", tag = "unmaskings", params(Wanted), responses(
    (status = OK, body = Unmaskings), (status = FORBIDDEN, body = ProblemBody)))]
async fn unmaskings(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Unmaskings>, Problem> {
    caller.may(Action::Unmask)?;
    let asker = Asker::of(&hub, &caller).await?;
    let items = hub.read(move |reader| {
        reader.at_once(|rows| {
            let all = rows.unmask_requests()?;
            let of_event = |request: &&Request| wanted.event.is_none_or(|event| request.event == event);
            let mut items = Vec::new();
            for request in all.iter().rev().filter(of_event).filter(|request| asker.sees(request)) {
                let open = matches!(request.standing(asker.now_us), Standing::Waiting | Standing::Granted);
                let item = asker.item(rows, &all, request)?;
                if wanted.all || open && item.kept {
                    items.push(item);
                }
            }
            Ok(items)
        })
    });
    Ok(Json(Unmaskings { items: items.await? }))
}

/// Ask to see what was masked
#[utoipa::path(post, path = "/api/v1/unmaskings", tag = "unmaskings", request_body = AskInput, responses(
    (status = OK, body = Item), (status = NOT_FOUND, body = ProblemBody),
    (status = CONFLICT, description = "Nothing of it is kept, or one asked already", body = ProblemBody)))]
async fn ask(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Input(asked): Input<AskInput>,
) -> Result<Json<Item>, Problem> {
    caller.may(Action::Unmask)?;
    let (event, scope) = (asked.event, caller.scope.clone());
    let window = hub.read(move |reader| Ok(reader.event(event)?.map(|event| event.window))).await?;
    // Of what one may not see one does not learn that it is there.
    if !window.flatten().is_some_and(|window| scope.has_window(&window)) {
        return Err(Problem::not_found());
    }
    let step = Step::Ask { event, why: trimmed(&asked.why)? };
    Ok(Json(taken(&hub, &caller, step).await?.0))
}

/// Grant a request; by somebody else than who asked
#[utoipa::path(post, path = "/api/v1/unmaskings/{id}/grant", tag = "unmaskings", request_body = AnswerInput,
    params(("id" = u64, Path, description = "Number of the request")), responses(
    (status = OK, body = Item), (status = NOT_FOUND, body = ProblemBody),
    (status = CONFLICT, description = "It is one's own, or it was answered", body = ProblemBody)))]
async fn grant(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Named(request): Named<u64>,
    Input(asked): Input<AnswerInput>,
) -> Result<Json<Item>, Problem> {
    caller.may(Action::GrantUnmask)?;
    let hours = hub.settings().await?.config.review.unmask_hours;
    let step = Step::Grant { request, why: trimmed(&asked.why)?, hours };
    Ok(Json(taken(&hub, &caller, step).await?.0))
}

/// Refuse a request; by somebody else than who asked
#[utoipa::path(post, path = "/api/v1/unmaskings/{id}/refuse", tag = "unmaskings", request_body = AnswerInput,
    params(("id" = u64, Path, description = "Number of the request")), responses(
    (status = OK, body = Item), (status = NOT_FOUND, body = ProblemBody),
    (status = CONFLICT, description = "It is one's own, or it was answered", body = ProblemBody)))]
async fn refuse(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Named(request): Named<u64>,
    Input(asked): Input<AnswerInput>,
) -> Result<Json<Item>, Problem> {
    caller.may(Action::GrantUnmask)?;
    let step = Step::Refuse { request, why: trimmed(&asked.why)? };
    Ok(Json(taken(&hub, &caller, step).await?.0))
}

/// What was masked, for whoever asked for it
///
/// Each showing is in the journal before it is answered.
#[utoipa::path(post, path = "/api/v1/unmaskings/{id}/show", tag = "unmaskings",
    params(("id" = u64, Path, description = "Number of the request")), responses(
    (status = OK, body = Shown), (status = NOT_FOUND, body = ProblemBody),
    (status = CONFLICT, description = "It is not granted, its time is over, or nothing is kept any more", body = ProblemBody)))]
async fn show(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Named(request): Named<u64>,
) -> Result<Json<Shown>, Problem> {
    caller.may(Action::Unmask)?;
    let (request, fields) = taken(&hub, &caller, Step::Show { request }).await?;
    Ok(Json(Shown { request, fields: fields.into_iter().map(Field::from).collect() }))
}

/// Takes a step, where the rules allow it; how the request stands then, and what is shown.
async fn taken(hub: &Hub, caller: &Caller, step: Step) -> Result<(Item, Vec<ShownField>), Problem> {
    let asker = Asker::of(hub, caller).await?;
    let named = match step {
        Step::Ask { .. } => None,
        Step::Grant { request, .. } | Step::Refuse { request, .. } | Step::Show { request } => Some(request),
    };
    let of = asker.clone();
    hub.write(move |aside| {
        if let Some(id) = named {
            let all = aside.rows().unmask_requests()?;
            if !all.iter().any(|request| request.id == id && of.sees(request)) {
                return Err(Problem::not_found());
            }
        }
        let done = aside.unmask(&step, &of.who, of.now_us).map_err(problem)?;
        let (rows, id) = (aside.rows(), named.unwrap_or(done.seq));
        let all = rows.unmask_requests()?;
        let request = all.iter().find(|request| request.id == id).ok_or_else(Problem::not_found)?;
        let fields = done.shown.map(|shown| shown.fields).unwrap_or_default();
        Ok((of.item(&rows, &all, request)?, fields))
    })
    .await
}

fn problem(fault: UnmaskFault) -> Problem {
    let refusal = match fault {
        UnmaskFault::Refused(refusal) => refusal,
        UnmaskFault::Journal(fault) => return fault.into(),
    };
    let english = match &refusal {
        Refusal::Nameless => "nobody is named: sign in again".to_owned(),
        Refusal::WithoutReason => "no reason is given: say what it is needed for".to_owned(),
        Refusal::Without(_) => {
            "there is nothing to show: nothing was masked, or it is not kept, or not any more".to_owned()
        }
        Refusal::Waiting => "nobody has granted it yet: somebody else has to".to_owned(),
        other => other.to_string(),
    };
    let chinese = match &refusal {
        Refusal::NoEvent(_) | Refusal::NoRequest(_) => return Problem::not_found(),
        Refusal::Nameless => "未注明操作人：请重新登录".to_owned(),
        Refusal::WithoutReason => "未填写理由：请说明用途".to_owned(),
        Refusal::Without(_) => "没有可查看的原文：未打星、未保存，或已删除".to_owned(),
        Refusal::Asked { .. } => "您已申请过：请等待批复，或直接查看".to_owned(),
        Refusal::OwnRequest { .. } => "申请人就是您本人：须由他人批复".to_owned(),
        Refusal::Answered { by } => format!("{by} 已批复，结果不再更改"),
        Refusal::NotTheirs { by } => format!("只有申请人 {by} 可以查看"),
        Refusal::Waiting => "尚未批准：须由他人批准".to_owned(),
        Refusal::Refused { by } => format!("{by} 未批准"),
        Refusal::Over { .. } => "查看期限已过：请重新申请".to_owned(),
    };
    Problem::refused(english, chinese)
}

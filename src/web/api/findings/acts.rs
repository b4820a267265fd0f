//! What people do about findings: review, appeal, decide. The rules are those of `sansheng review`, looked at in the transaction
//! in which the step is written.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::detail::{FindingDetail, detail_of};
use super::view::{Seat, View, subject};
use crate::access::{Action, Role};
use crate::ledger::Aside;
use crate::ledger::duty::Roster;
use crate::ledger::event::Ruling;
use crate::ledger::journal::FindingRow;
use crate::ledger::review::{Act, Case, Refusal, StepFault, allow};
use crate::web::caller::Caller;
use crate::web::hub::Hub;
use crate::web::input::{Input, Named};
use crate::web::problem::{Problem, ProblemBody};

/// Findings that are reviewed at once, at most.
const BULK_MAX: usize = 200;
/// Characters of a reason or an appeal, at most.
const TEXT_MAX: usize = 4_000;

pub(super) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new()
        .routes(routes!(review))
        .routes(routes!(appeal))
        .routes(routes!(decide))
        .routes(routes!(reviews))
}

#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum RulingAsked {
    Upheld,
    Dismissed,
}

impl From<RulingAsked> for Ruling {
    fn from(asked: RulingAsked) -> Self {
        match asked {
            RulingAsked::Upheld => Self::Upheld,
            RulingAsked::Dismissed => Self::Dismissed,
        }
    }
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RulingInput {
    ruling: RulingAsked,
    /// Needed where it is dismissed, and to decide an appeal.
    #[serde(default)]
    reason: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AppealInput {
    /// What is wrong with the finding.
    text: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BulkInput {
    /// At most 200.
    ids: Vec<u64>,
    ruling: RulingAsked,
    #[serde(default)]
    reason: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct BulkDone {
    done: Vec<u64>,
    refused: Vec<BulkRefused>,
}

#[derive(Debug, Serialize, ToSchema)]
struct BulkRefused {
    id: u64,
    message: String,
    message_zh: String,
}

/// What whoever asks may do about a finding now.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct May {
    review: bool,
    appeal: bool,
    decide: bool,
    /// Where it is none of these, why not.
    reason: Option<String>,
    reason_zh: Option<String>,
}

/// Uphold or dismiss a finding
#[utoipa::path(post, path = "/api/v1/findings/{id}/review", tag = "findings", request_body = RulingInput,
    params(("id" = u64, Path, description = "Number of the finding")), responses(
    (status = OK, body = FindingDetail), (status = CONFLICT, description = "The rules of review do not allow it", body = ProblemBody)))]
async fn review(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Named(id): Named<u64>,
    Input(asked): Input<RulingInput>,
) -> Result<Json<FindingDetail>, Problem> {
    caller.may(Action::Review)?;
    let act = Act::Review { ruling: asked.ruling.into(), reason: trimmed(&asked.reason)? };
    Ok(Json(done(&hub, caller, id, act).await?))
}

/// Say that a finding is wrong; for the clerk who sat there
#[utoipa::path(post, path = "/api/v1/findings/{id}/appeal", tag = "findings", request_body = AppealInput,
    params(("id" = u64, Path, description = "Number of the finding")), responses(
    (status = OK, body = FindingDetail), (status = CONFLICT, description = "The rules of appeal do not allow it", body = ProblemBody)))]
async fn appeal(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Named(id): Named<u64>,
    Input(asked): Input<AppealInput>,
) -> Result<Json<FindingDetail>, Problem> {
    caller.may(Action::Appeal)?;
    let act = Act::Appeal { text: trimmed(&asked.text)? };
    Ok(Json(done(&hub, caller, id, act).await?))
}

/// Decide an appeal; by somebody else than the clerk and the reviewer
#[utoipa::path(post, path = "/api/v1/findings/{id}/decision", tag = "findings", request_body = RulingInput,
    params(("id" = u64, Path, description = "Number of the finding")), responses(
    (status = OK, body = FindingDetail), (status = CONFLICT, description = "The rules of appeal do not allow it", body = ProblemBody)))]
async fn decide(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Named(id): Named<u64>,
    Input(asked): Input<RulingInput>,
) -> Result<Json<FindingDetail>, Problem> {
    caller.may(Action::Decide)?;
    let act = Act::Decide { ruling: asked.ruling.into(), reason: trimmed(&asked.reason)? };
    Ok(Json(done(&hub, caller, id, act).await?))
}

/// Review several findings alike; each is done or refused by itself
#[utoipa::path(post, path = "/api/v1/reviews", tag = "findings", request_body = BulkInput, responses(
    (status = OK, body = BulkDone), (status = UNPROCESSABLE_ENTITY, body = ProblemBody)))]
async fn reviews(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Input(asked): Input<BulkInput>,
) -> Result<Json<BulkDone>, Problem> {
    caller.may(Action::Review)?;
    if asked.ids.len() > BULK_MAX {
        return Err(Problem::unfit(
            format!("{} findings are reviewed at once: give {BULK_MAX} at most", asked.ids.len()),
            format!("一次最多复核 {BULK_MAX} 条，收到 {} 条", asked.ids.len()),
        ));
    }
    let act = Act::Review { ruling: asked.ruling.into(), reason: trimmed(&asked.reason)? };
    let view = View::of(&hub, &caller).await?;
    let (mut done, mut refused) = (Vec::new(), Vec::new());
    let ids = asked.ids;
    let all = hub
        .write(move |aside| {
            let one = |id| (id, take(aside, (&view, &caller), id, &act));
            Ok(ids.into_iter().map(one).collect::<Vec<_>>())
        })
        .await?;
    for (id, taken) in all {
        match taken {
            Ok(()) => done.push(id),
            Err(problem) => {
                let body = problem.body();
                let (message, message_zh) = (body.message.clone(), body.message_zh.clone());
                refused.push(BulkRefused { id, message, message_zh });
            }
        }
    }
    Ok(Json(BulkDone { done, refused }))
}

async fn done(hub: &Hub, caller: Caller, id: u64, act: Act) -> Result<FindingDetail, Problem> {
    let (view, by) = (View::of(hub, &caller).await?, caller.clone());
    hub.write(move |aside| take(aside, (&view, &by), id, &act)).await?;
    detail_of(hub, caller, id).await
}

/// Looks whether a step may be taken by somebody who may see the finding, and takes it.
fn take(aside: &mut Aside, (view, caller): (&View, &Caller), id: u64, act: &Act) -> Result<(), Problem> {
    let who = known_as(caller, view, act);
    aside.act(view.now_us, |rows| {
        let finding = rows.finding(id)?.ok_or_else(Problem::not_found)?;
        let seat = view.seats_at(rows, finding.wall_us)?.at(&finding.window, finding.wall_us);
        if !view.may_see(&finding.window, &seat) {
            return Err(Problem::not_found());
        }
        let (_, written) = view.court().step(rows, id, (act, &who, view.now_us)).map_err(problem)?;
        Ok(vec![written])
    })?;
    Ok(())
}

/// By what the journal is to know somebody. Who has no staff number goes by that of the person of the calendar who has the
/// same name, so that nobody judges their own case under another name; but nobody appeals by a name.
fn known_as(caller: &Caller, view: &View, act: &Act) -> String {
    match act {
        Act::Appeal { .. } => caller.who().to_owned(),
        _ => known_to_journal(caller, view.settings.roster.as_ref()),
    }
}

/// Staff number, if only that of the person of the calendar who has the same name; or else the name.
pub(in crate::web::api) fn known_to_journal(caller: &Caller, roster: Option<&Roster>) -> String {
    let who = caller.who();
    let has_number = caller.person.as_ref().is_some_and(|person| person.staff.is_some());
    match roster.and_then(|roster| roster.person_named(who)) {
        Some(person) if !has_number => person.id.clone(),
        _ => who.to_owned(),
    }
}

/// What a caller may do about a finding now.
pub(super) fn may(caller: &Caller, view: &View, (row, seat, case): (&FindingRow, &Seat, &Case)) -> May {
    let (subject, terms) = (subject(row, seat), view.settings.config.review);
    let filled = || "-".to_owned();
    let acts = [
        (Action::Review, Act::Review { ruling: Ruling::Dismissed, reason: filled() }),
        (Action::Appeal, Act::Appeal { text: filled() }),
        (Action::Decide, Act::Decide { ruling: Ruling::Upheld, reason: filled() }),
    ];
    let asked = acts.map(|(action, act)| {
        let who = known_as(caller, view, &act);
        caller.role.may(action).then(|| allow(case, &subject, &terms, (&act, &who, view.now_us)).map(drop))
    });
    // To a clerk an appeal is what matters.
    let first = if caller.role == Role::Clerk { 1 } else { 0 };
    let refusal = match asked.iter().flatten().any(Result::is_ok) {
        true => None,
        false => asked[first].as_ref().and_then(|asked| asked.as_ref().err()),
    };
    let is_ok = |index: usize| matches!(asked[index], Some(Ok(())));
    let told = refusal.map(sentences);
    May {
        review: is_ok(0),
        appeal: is_ok(1),
        decide: is_ok(2),
        reason: told.as_ref().map(|(english, _)| english.clone()),
        reason_zh: told.map(|(_, chinese)| chinese),
    }
}

fn problem(fault: StepFault) -> Problem {
    match fault {
        StepFault::NoFinding(_) => Problem::not_found(),
        StepFault::Refused { refusal, .. } => {
            let (english, chinese) = sentences(&refusal);
            Problem::refused(english, chinese)
        }
        StepFault::Journal(fault) => fault.into(),
    }
}

/// A refusal for people, in both languages; what names an option of the command is said otherwise here.
fn sentences(refusal: &Refusal) -> (String, String) {
    let english = match refusal {
        Refusal::WithoutReason => "no reason is given: say why, for whoever has to answer for it".to_owned(),
        Refusal::WithoutText => "the appeal has no text: say what is wrong with the finding".to_owned(),
        Refusal::UnderAppeal => "it is under appeal: somebody else than the reviewer decides it".to_owned(),
        other => other.to_string(),
    };
    let chinese = match refusal {
        Refusal::Nameless => "未注明操作人：请重新登录".to_owned(),
        Refusal::WithoutReason => "未填写理由：请说明原因".to_owned(),
        Refusal::WithoutText => "申诉没有内容：请说明哪里有误".to_owned(),
        Refusal::Harmless(_) => "该记录未被确认，不影响任何人，无需复核".to_owned(),
        Refusal::OwnCase { .. } => "当时在岗的就是您本人：须由他人复核和裁定".to_owned(),
        Refusal::Reviewed { by } => format!("{by} 已复核：当事人可以申诉，由他人裁定"),
        Refusal::UnderAppeal => "正在申诉：由复核人以外的人裁定".to_owned(),
        Refusal::Decided { by } => format!("{by} 已裁定，结果不再更改"),
        Refusal::NotTheirs { clerk } => format!("只有当时在岗的 {clerk} 可以申诉"),
        Refusal::NobodyCharged { .. } => "该记录没有归到任何人，无可申诉".to_owned(),
        Refusal::Dismissed { by } => format!("{by} 已驳回该记录，无可申诉"),
        Refusal::Appealed { by } => format!("{by} 已申诉：只裁定一次"),
        Refusal::TooLate { .. } => "申诉期限已过".to_owned(),
        Refusal::NotAppealed => "无人申诉，无需裁定".to_owned(),
        Refusal::OwnReview { .. } => "复核的就是您本人：须由他人裁定".to_owned(),
        Refusal::OwnAppeal { .. } => "申诉的就是您本人：须由他人裁定".to_owned(),
    };
    (english, chinese)
}

pub(in crate::web::api) fn trimmed(text: &str) -> Result<String, Problem> {
    let text = text.trim();
    match text.chars().count() {
        0..=TEXT_MAX => Ok(text.to_owned()),
        length => Err(Problem::unfit(
            format!("the text has {length} characters: write {TEXT_MAX} at most"),
            format!("文字共 {length} 字：请不超过 {TEXT_MAX} 字"),
        )),
    }
}

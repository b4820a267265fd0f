//! `/api/v1/webhooks`: where alerts are sent.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::{Action, Secret};
use crate::https::Authorities;
use crate::ledger::event::AccessBody;
use crate::said::Bilingual;
use crate::web::caller::Caller;
use crate::web::hub::Hub;
use crate::web::input::{Input, Named};
use crate::web::problem::{Problem, ProblemBody};
use crate::web::webhooks::{Delivery, HookFault, Listed, NewHook, Template};

const NAME_CHARS_MAX: usize = 64;
const URL_CHARS_MAX: usize = 2_000;
const STATES: [&str; 3] = ["provisional", "confirmed", "retracted"];

pub(super) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new().routes(routes!(list, add)).routes(routes!(remove)).routes(routes!(deliveries))
}

#[derive(Debug, Serialize, ToSchema)]
struct HookBody {
    id: u64,
    name: String,
    /// Of robots without what stands after `?`, which lets anybody write to their group.
    url: String,
    template: Template,
    /// Once, when it is made.
    secret: Option<String>,
    signed: bool,
    severity: Option<&'static str>,
    kinds: Vec<&'static str>,
    windows: Vec<String>,
    states: Vec<String>,
    words: bool,
    /// Only certificates of an authority of its own are trusted.
    private_ca: bool,
    created_us: i64,
}

#[derive(Debug, Serialize, ToSchema)]
struct Hooks {
    items: Vec<HookBody>,
    /// Always null: this list is given whole.
    next: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Deliveries {
    /// The newest first, at most 100, since the service began.
    items: Vec<Delivery>,
    next: Option<String>,
}

impl HookBody {
    fn of(listed: Listed, secret: Option<String>) -> Self {
        let Listed { id, what, created_us } = listed;
        let bare = what.url.split('?').next().unwrap_or("").to_owned();
        Self {
            id,
            signed: what.secret.is_some(),
            name: what.name,
            url: if what.url.contains('?') { format!("{bare}?…") } else { bare },
            template: what.template,
            secret,
            severity: what.severity.map(|severity| severity.name()),
            kinds: what.kinds.iter().map(|kind| kind.name()).collect(),
            windows: what.windows,
            states: what.states,
            words: what.words,
            private_ca: what.ca.is_some(),
            created_us,
        }
    }
}

/// The webhooks, without their secrets
#[utoipa::path(get, path = "/api/v1/webhooks", tag = "webhooks", responses(
    (status = OK, body = Hooks), (status = FORBIDDEN, body = ProblemBody)))]
async fn list(State(hub): State<Arc<Hub>>, caller: Caller) -> Result<Json<Hooks>, Problem> {
    may(&caller)?;
    let items = hub.webhooks()?.list().into_iter().map(|listed| HookBody::of(listed, None)).collect();
    Ok(Json(Hooks { items, next: None }))
}

/// Send alerts somewhere from now on
#[utoipa::path(post, path = "/api/v1/webhooks", tag = "webhooks", request_body = NewHook, responses(
    (status = CREATED, body = HookBody), (status = FORBIDDEN, body = ProblemBody),
    (status = UNPROCESSABLE_ENTITY, description = "It is not fit", body = ProblemBody)))]
async fn add(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Input(mut asked): Input<NewHook>,
) -> Result<(StatusCode, Json<HookBody>), Problem> {
    may(&caller)?;
    fit(&asked, &hub)?;
    if asked.template == Template::Json && asked.secret.is_none() {
        asked.secret = Some(Secret::random()?.text().to_owned());
    }
    let (webhooks, secret, name) = (hub.webhooks()?.clone(), asked.secret.clone(), asked.name.clone());
    let added = hub.blocking(move || webhooks.add(asked).map_err(refused)).await?;
    let id = &added.id;
    let why = Bilingual::new(format!("{id} ({name}) was added"), format!("添加了 {id}（{name}）"));
    hub.record(AccessBody::WEBHOOKS, caller.who(), why).await;
    Ok((StatusCode::CREATED, Json(HookBody::of(added, secret))))
}

/// Send alerts there no more
#[utoipa::path(delete, path = "/api/v1/webhooks/{id}", tag = "webhooks", params(("id" = u64, Path)), responses(
    (status = NO_CONTENT, description = "It is gone"), (status = NOT_FOUND, body = ProblemBody)))]
async fn remove(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Named(id): Named<u64>,
) -> Result<StatusCode, Problem> {
    may(&caller)?;
    let webhooks = hub.webhooks()?.clone();
    let gone = move || webhooks.remove(id).map_err(|fault| refused(HookFault::File(fault)));
    if !hub.blocking(gone).await? {
        return Err(Problem::not_found());
    }
    let why = Bilingual::new(format!("{id} was removed"), format!("删除了 {id}"));
    hub.record(AccessBody::WEBHOOKS, caller.who(), why).await;
    Ok(StatusCode::NO_CONTENT)
}

/// What became of the last alerts
#[utoipa::path(get, path = "/api/v1/webhooks/{id}/deliveries", tag = "webhooks", params(("id" = u64, Path)), responses(
    (status = OK, body = Deliveries), (status = NOT_FOUND, body = ProblemBody)))]
async fn deliveries(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Named(id): Named<u64>,
) -> Result<Json<Deliveries>, Problem> {
    may(&caller)?;
    let items = hub.webhooks()?.deliveries(id).ok_or_else(Problem::not_found)?;
    Ok(Json(Deliveries { items, next: None }))
}

/// They are of the whole hall.
fn may(caller: &Caller) -> Result<(), Problem> {
    caller.may(Action::Webhooks)?;
    match caller.scope.windows() {
        None => Ok(()),
        Some(_) => Err(Problem::out_of_scope()),
    }
}

fn fit(asked: &NewHook, hub: &Hub) -> Result<(), Problem> {
    let unfit = |message: String, message_zh: &str| Err(Problem::unfit(message, message_zh));
    let one_line = |text: &str, most: usize| {
        (1..=most).contains(&text.chars().count()) && !text.chars().any(char::is_control)
    };
    if !one_line(&asked.name, NAME_CHARS_MAX) {
        return unfit("the name is empty or longer than 64 characters".to_owned(), "名称为空或超过 64 字");
    }
    let address = asked.url.strip_prefix("https://").or_else(|| asked.url.strip_prefix("http://"));
    let host = address.map_or("", |rest| rest.split(['/', '?', '#']).next().unwrap_or(""));
    if host.is_empty()
        || host.contains('@')
        || !one_line(&asked.url, URL_CHARS_MAX)
        || asked.url.contains(' ')
    {
        let message =
            "the address is not like https://host/path: enter the one that the receiver gives".to_owned();
        return unfit(message, "地址格式应为 https://主机/路径：请填写接收方提供的地址");
    }
    if asked.template != Template::Json && !asked.url.starts_with("https://") && !is_loopback(host) {
        return unfit("robots are asked over https".to_owned(), "机器人地址必须为 https");
    }
    if asked.secret.as_ref().is_some_and(|secret| !one_line(secret, 256)) {
        return unfit(
            "the secret is empty or longer than 256 characters".to_owned(),
            "密钥为空或超过 256 字",
        );
    }
    if let Some(ca) = &asked.ca {
        if !asked.url.starts_with("https://") {
            return unfit(
                "there is a certificate for an address without TLS: begin it with https://".to_owned(),
                "填写了证书但地址不是 https://：请改为 https:// 地址",
            );
        }
        if let Err(fault) = Authorities::of_pem(ca) {
            let message = format!("the certificate of the receiver's authority: {fault}");
            return unfit(
                message,
                "接收方签发机构的证书无法使用：请填写 -----BEGIN CERTIFICATE----- 开头的 PEM",
            );
        }
    }
    if let Some(state) = asked.states.iter().find(|state| !STATES.contains(&state.as_str())) {
        return unfit(
            format!("alerts have no state {state:?}: take provisional, confirmed, retracted"),
            "提示状态无效",
        );
    }
    let known = |id: &String| hub.config().windows.iter().any(|window| window.id.as_str() == id);
    match asked.windows.iter().find(|id| !known(id)) {
        Some(id) => {
            unfit(format!("there is no window {id:?}: take those of the configuration"), "窗口不存在")
        }
        None => Ok(()),
    }
}

fn is_loopback(host: &str) -> bool {
    crate::web::is_this_machine(host)
}

fn refused(fault: HookFault) -> Problem {
    match fault {
        HookFault::TooMany => Problem::refused(
            "there are sixteen webhooks already: remove one first",
            "已有 16 个推送：请先删除一个",
        ),
        HookFault::Journal(fault) => fault.into(),
        HookFault::File(fault) => Problem::fault(&format!("webhooks.json cannot be written: {fault}")),
    }
}

//! `/api/v1/people`: who may sign in, as what.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::{Action, NewPerson, Person, PersonChange, Role};
use crate::ledger::event::AccessBody;
use crate::said::Bilingual;
use crate::web::caller::Caller;
use crate::web::hub::Hub;
use crate::web::input::{Input, Named};
use crate::web::problem::{Problem, ProblemBody};

pub(super) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new().routes(routes!(list, add)).routes(routes!(change, remove)).routes(routes!(password))
}

#[derive(Debug, Serialize, ToSchema)]
struct Listed {
    id: i64,
    name: String,
    role: Role,
    /// Staff number; needed of a clerk.
    staff: Option<String>,
    /// Windows that they may see; null: all.
    windows: Option<Vec<String>>,
    /// May sign in.
    active: bool,
    last_seen_us: Option<i64>,
}

impl From<Person> for Listed {
    fn from(person: Person) -> Self {
        let Person { id, name, role, staff, windows, active, seen_us, .. } = person;
        Self { id, name, role, staff, windows, active, last_seen_us: seen_us }
    }
}

#[derive(Debug, Serialize, ToSchema)]
struct Everybody {
    items: Vec<Listed>,
    /// Always null: this list is given whole.
    next: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewOne {
    name: String,
    role: Role,
    staff: Option<String>,
    windows: Option<Vec<String>>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Added {
    person: Listed,
    /// Shown this once; it has to be changed at the first sign-in.
    password: String,
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct ChangeOfOne {
    name: Option<String>,
    role: Option<Role>,
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    staff: Option<Option<String>>,
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<Vec<String>>)]
    windows: Option<Option<Vec<String>>>,
    active: Option<bool>,
}

#[derive(Debug, Serialize, ToSchema)]
struct OncePassword {
    /// Shown this once; it has to be changed at the next sign-in.
    password: String,
}

/// Tells null from what is not there.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(from).map(Some)
}

/// Everybody who may sign in, or might
#[utoipa::path(get, path = "/api/v1/people", tag = "access", responses(
    (status = OK, body = Everybody), (status = FORBIDDEN, body = ProblemBody)))]
async fn list(State(hub): State<Arc<Hub>>, caller: Caller) -> Result<Json<Everybody>, Problem> {
    caller.may(Action::People)?;
    let people = hub.people(|people| Ok(people.all()?)).await?;
    Ok(Json(Everybody { items: people.into_iter().map(Listed::from).collect(), next: None }))
}

/// Add somebody
#[utoipa::path(post, path = "/api/v1/people", tag = "access", request_body = NewOne, responses(
    (status = CREATED, body = Added), (status = CONFLICT, description = "The name is taken", body = ProblemBody)))]
async fn add(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Input(new): Input<NewOne>,
) -> Result<(StatusCode, Json<Added>), Problem> {
    caller.may(Action::People)?;
    windows_exist(&hub, new.windows.as_deref())?;
    let NewOne { name, role, staff, windows } = new;
    let (new, now_us) = (NewPerson { name, role, staff, windows }, hub.now_us());
    let (person, password) = hub.hashing(move |people| Ok(people.add(&new, now_us)?)).await?;
    let why = done(&person, "added", "添加了");
    hub.record(AccessBody::PEOPLE, caller.who(), why).await;
    Ok((StatusCode::CREATED, Json(Added { person: person.into(), password })))
}

/// Change somebody; where they may do less afterwards their sessions are over
#[utoipa::path(patch, path = "/api/v1/people/{id}", tag = "access", request_body = ChangeOfOne,
    params(("id" = i64, Path, description = "Number of the person")), responses(
    (status = OK, body = Listed), (status = NOT_FOUND, body = ProblemBody),
    (status = CONFLICT, description = "The name is taken, or nobody would be an admin", body = ProblemBody)))]
async fn change(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Named(id): Named<i64>,
    Input(asked): Input<ChangeOfOne>,
) -> Result<Json<Listed>, Problem> {
    caller.may(Action::People)?;
    windows_exist(&hub, asked.windows.as_ref().and_then(|windows| windows.as_deref()))?;
    let ChangeOfOne { name, role, staff, windows, active } = asked;
    let change = PersonChange { name, role, staff, windows, active };
    let person = hub.people(move |people| Ok(people.change(id, &change)?)).await?;
    hub.record(AccessBody::PEOPLE, caller.who(), done(&person, "changed to", "改为")).await;
    Ok(Json(person.into()))
}

/// Take somebody off the list; the journal keeps what they did
#[utoipa::path(delete, path = "/api/v1/people/{id}", tag = "access",
    params(("id" = i64, Path, description = "Number of the person")), responses(
    (status = NO_CONTENT, description = "Gone"), (status = NOT_FOUND, body = ProblemBody),
    (status = CONFLICT, description = "Nobody would be an admin", body = ProblemBody)))]
async fn remove(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Named(id): Named<i64>,
) -> Result<StatusCode, Problem> {
    caller.may(Action::People)?;
    let person = hub.people(move |people| Ok(people.remove(id)?)).await?;
    hub.record(AccessBody::PEOPLE, caller.who(), done(&person, "removed", "删除了")).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Give somebody a new password, which they have to change; their sessions are over
#[utoipa::path(post, path = "/api/v1/people/{id}/password", tag = "access",
    params(("id" = i64, Path, description = "Number of the person")), responses(
    (status = OK, body = OncePassword), (status = NOT_FOUND, body = ProblemBody)))]
async fn password(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Named(id): Named<i64>,
) -> Result<Json<OncePassword>, Problem> {
    caller.may(Action::People)?;
    let (person, password) = hub
        .hashing(move |people| {
            let password = people.reset_password(id)?;
            Ok((people.person(id)?, password))
        })
        .await?;
    let whose = person.map_or_else(|| id.to_string(), |person| person.name);
    let why = Bilingual::new(format!("set a new one of {whose}"), format!("重设了 {whose} 的密码"));
    hub.record(AccessBody::PASSWORD, caller.who(), why).await;
    Ok(Json(OncePassword { password }))
}

/// A scope that names no window of the hall is a mistake.
pub(super) fn windows_exist(hub: &Hub, windows: Option<&[String]>) -> Result<(), Problem> {
    let known = |id: &String| hub.config().windows.iter().any(|window| window.id.as_str() == id);
    match windows.unwrap_or_default().iter().find(|id| !known(id)) {
        None => Ok(()),
        Some(id) => Err(Problem::unfit(
            format!("there is no window `{id}`: name windows of /api/v1/hall"),
            format!("没有窗口“{id}”：请填写本厅的窗口编号"),
        )),
    }
}

/// `王五 (reviewer, staff 0231, windows 1 2)`, for the journal.
fn called(person: &Person) -> Bilingual {
    let ([mut en, mut zh], role) = ([String::new(), String::new()], person.role);
    if let Some(staff) = &person.staff {
        en += &format!(", staff {staff}");
        zh += &format!("，工号 {staff}");
    }
    if let Some(windows) = person.windows.as_ref().map(|ids| ids.join(" ")) {
        en += &format!(", windows {windows}");
        zh += &format!("，窗口 {windows}");
    }
    if !person.active {
        en += ", may not sign in";
        zh += "，已停用";
    }
    let (name, role_zh) = (&person.name, role.chinese());
    Bilingual::new(format!("{name} ({}{en})", role.name()), format!("{name}（{role_zh}{zh}）"))
}

/// What was done with `person`.
fn done(person: &Person, en: &str, zh: &str) -> Bilingual {
    let called = called(person);
    Bilingual::new(format!("{en} {}", called.en), format!("{zh} {}", called.zh))
}

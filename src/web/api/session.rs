//! `/api/v1/session`: signing in and out.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::{ABSOLUTE_LIFE_S, Action, Lang, Person, Role};
use crate::ledger::event::AccessBody;
use crate::said::{Bilingual, Why};
use crate::web::caller::{COOKIE, Caller, csrf, same_page};
use crate::web::hub::Hub;
use crate::web::input::Input;
use crate::web::link::Link;
use crate::web::problem::{Problem, ProblemBody};

pub(super) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new()
        .routes(routes!(session, sign_in, sign_out))
        .routes(routes!(password))
        .routes(routes!(settings))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SignIn {
    name: String,
    password: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct Signed {
    person: SignedPerson,
    /// What `X-CSRF-Token` has to be of every request but GET and HEAD.
    csrf: String,
    lang: Lang,
    sound: bool,
    /// Nothing but changing the password may be done before that is done.
    must_change_password: bool,
}

#[derive(Debug, Serialize, ToSchema)]
struct SignedPerson {
    /// 0 of a guest.
    id: i64,
    name: String,
    role: Role,
    staff: Option<String>,
    /// Windows that they may see; null: all.
    windows: Option<Vec<String>>,
}

impl Signed {
    fn of(person: Person, csrf: String) -> Self {
        Self {
            csrf,
            lang: person.lang,
            sound: person.sound,
            must_change_password: person.must_change,
            person: SignedPerson {
                id: person.id,
                name: person.name,
                role: person.role,
                staff: person.staff,
                windows: person.windows,
            },
        }
    }

    /// Where there are no people.
    fn guest() -> Self {
        let person =
            SignedPerson { id: 0, name: String::new(), role: Role::Guest, staff: None, windows: None };
        Self { person, csrf: String::new(), lang: Lang::Zh, sound: true, must_change_password: false }
    }
}

/// Who is signed in
#[utoipa::path(get, path = "/api/v1/session", tag = "session", responses(
    (status = OK, body = Signed), (status = UNAUTHORIZED, body = ProblemBody)))]
async fn session(State(hub): State<Arc<Hub>>, caller: Caller) -> Result<Json<Signed>, Problem> {
    let csrf = caller.csrf();
    match caller.person {
        Some(person) => Ok(Json(Signed::of(person, csrf))),
        None if !hub.has_people() => Ok(Json(Signed::guest())),
        // A token is no session.
        None => Err(Problem::not_signed_in()),
    }
}

/// Sign in; the answer sets the cookie of the session
#[utoipa::path(post, path = "/api/v1/session", tag = "session", request_body = SignIn, responses(
    (status = OK, body = Signed), (status = UNAUTHORIZED, description = "Name or password is wrong", body = ProblemBody),
    (status = TOO_MANY_REQUESTS, description = "Wait as `Retry-After` says", body = ProblemBody)))]
async fn sign_in(
    State(hub): State<Arc<Hub>>,
    Extension(link): Extension<Link>,
    headers: HeaderMap,
    Input(asked): Input<SignIn>,
) -> Result<Response, Problem> {
    same_page(&headers)?;
    if !hub.has_people() {
        return Err(Problem::no_journal());
    }
    let (now_us, name) = (hub.now_us(), asked.name.clone());
    hub.throttle().try_once(&name, link.from, now_us).map_err(Problem::too_many_tries)?;
    let signed = hub
        .hashing(move |people| {
            let known = people.named(&asked.name)?;
            let kept = known.as_ref().map(|(_, hash)| hash.as_str());
            let fits = people.passwords().fits(&asked.password, kept);
            let known = known.map(|(person, _)| person);
            match known {
                Some(person) if fits => Ok((Some(people.sign_in(person.id, now_us)?), Some(person))),
                known => Ok((None, known)),
            }
        })
        .await?;
    let from = Bilingual::new(format!("from {}", link.from), format!("来自 {}", link.from));
    let (Some(secret), Some(person)) = signed else {
        // A name that nobody has may be a password in the wrong field.
        let who = signed.1.as_ref().map_or("?", |person| person.who()).to_owned();
        hub.record(AccessBody::SIGN_IN_REFUSED, &who, from).await;
        return Err(Problem::new(
            StatusCode::UNAUTHORIZED,
            "wrong-password",
            "name or password is wrong: try again, or have an admin set a new password",
            "姓名或密码错误：请重试，或请管理员重设密码",
        ));
    };
    hub.throttle().succeeded(&name, link.from);
    hub.record(AccessBody::SIGN_IN, person.who(), from).await;
    let csrf = csrf(&secret);
    let mut response = Json(Signed::of(person, csrf)).into_response();
    set_cookie(&mut response, secret.text(), ABSOLUTE_LIFE_S, hub.tls().is_some());
    Ok(response)
}

/// Sign out
#[utoipa::path(delete, path = "/api/v1/session", tag = "session", responses(
    (status = NO_CONTENT, description = "The session is over"), (status = UNAUTHORIZED, body = ProblemBody)))]
async fn sign_out(State(hub): State<Arc<Hub>>, caller: Caller) -> Result<Response, Problem> {
    if let Some(secret) = caller.session().cloned() {
        hub.people(move |people| Ok(people.sign_out(&secret)?)).await?;
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    set_cookie(&mut response, "", 0, hub.tls().is_some());
    Ok(response)
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPassword {
    old: String,
    new: String,
}

/// Change one's own password; other sessions of the same person are over
#[utoipa::path(put, path = "/api/v1/session/password", tag = "session", request_body = NewPassword, responses(
    (status = OK, body = Signed), (status = FORBIDDEN, description = "The old password is wrong", body = ProblemBody),
    (status = UNPROCESSABLE_ENTITY, description = "The new one is too short, for instance", body = ProblemBody),
    (status = TOO_MANY_REQUESTS, body = ProblemBody)))]
async fn password(
    State(hub): State<Arc<Hub>>,
    Extension(link): Extension<Link>,
    caller: Caller,
    Input(asked): Input<NewPassword>,
) -> Result<Json<Signed>, Problem> {
    caller.may(Action::Account)?;
    let (Some(person), Some(secret)) = (caller.person.clone(), caller.session().cloned()) else {
        return Err(Problem::not_signed_in());
    };
    // Whoever finds a page open is no better off than at the sign-in.
    hub.throttle().try_once(&person.name, link.from, hub.now_us()).map_err(Problem::too_many_tries)?;
    let (id, name) = (person.id, person.name.clone());
    let changed = hub
        .hashing(move |people| Ok(people.change_password(&person, (&asked.old, &asked.new), &secret)?))
        .await?;
    if !changed {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "wrong-password",
            "the old password is wrong: try again, or have an admin set a new one",
            "原密码错误：请重试，或请管理员重设密码",
        ));
    }
    hub.throttle().succeeded(&name, link.from);
    hub.record(AccessBody::PASSWORD, caller.who(), Why::new("changed their own", "修改了自己的密码")).await;
    let person =
        hub.people(move |people| Ok(people.person(id)?)).await?.ok_or_else(Problem::not_signed_in)?;
    Ok(Json(Signed::of(person, caller.csrf())))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SettingsOfOne {
    lang: Option<Lang>,
    sound: Option<bool>,
}

/// Set one's own language and whether alerts sound
#[utoipa::path(put, path = "/api/v1/session/settings", tag = "session", request_body = SettingsOfOne, responses(
    (status = NO_CONTENT, description = "Set"), (status = UNAUTHORIZED, body = ProblemBody)))]
async fn settings(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Input(asked): Input<SettingsOfOne>,
) -> Result<StatusCode, Problem> {
    caller.may(Action::Account)?;
    let person = caller.person.as_ref().ok_or_else(Problem::not_signed_in)?.id;
    hub.people(move |people| Ok(people.set(person, asked.lang, asked.sound)?)).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn set_cookie(response: &mut Response, value: &str, seconds: i64, is_tls: bool) {
    // One that may not go over plain HTTP would never come back where there is no TLS.
    let secure = if is_tls { "; Secure" } else { "" };
    let cookie = format!("{COOKIE}={value}; Max-Age={seconds}; Path=/; HttpOnly; SameSite=Strict{secure}");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
}

//! `/api/v1/session`: signing in and out.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::{ABSOLUTE_LIFE_S, Lang, Person, Role};
use crate::web::caller::{COOKIE, Caller, csrf, same_page};
use crate::web::hub::Hub;
use crate::web::input::Input;
use crate::web::problem::{Problem, ProblemBody};

pub(super) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new().routes(routes!(session, sign_in, sign_out))
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
async fn session(caller: Caller) -> Result<Json<Signed>, Problem> {
    let csrf = caller.csrf();
    match caller.person {
        Some(person) => Ok(Json(Signed::of(person, csrf))),
        None if caller.role == Role::Guest => Ok(Json(Signed::guest())),
        // A token is no session.
        None => Err(Problem::not_signed_in()),
    }
}

/// Sign in; the answer sets the cookie of the session
#[utoipa::path(post, path = "/api/v1/session", tag = "session", request_body = SignIn, responses(
    (status = OK, body = Signed), (status = UNAUTHORIZED, description = "Name or password is wrong", body = ProblemBody),
    (status = TOO_MANY_REQUESTS, body = ProblemBody)))]
async fn sign_in(
    State(hub): State<Arc<Hub>>,
    headers: HeaderMap,
    Input(asked): Input<SignIn>,
) -> Result<Response, Problem> {
    same_page(&headers)?;
    let now_us = hub.now_us();
    let signed = hub
        .hashing(move |people| {
            let known = people.named(&asked.name)?;
            let kept = known.as_ref().map(|(_, hash)| hash.as_str());
            match (people.passwords().fits(&asked.password, kept), &known) {
                (true, Some((person, _))) => Ok(Some((person.clone(), people.sign_in(person.id, now_us)?))),
                _ => Ok(None),
            }
        })
        .await?;
    let Some((person, secret)) = signed else {
        return Err(Problem::new(
            StatusCode::UNAUTHORIZED,
            "wrong-password",
            "name or password is wrong: try again, or have an admin set a new password",
            "姓名或密码错误：请重试，或请管理员重设密码",
        ));
    };
    let csrf = csrf(&secret);
    let mut response = Json(Signed::of(person, csrf)).into_response();
    set_cookie(&mut response, secret.text(), ABSOLUTE_LIFE_S);
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
    set_cookie(&mut response, "", 0);
    Ok(response)
}

fn set_cookie(response: &mut Response, value: &str, seconds: i64) {
    let cookie = format!("{COOKIE}={value}; Max-Age={seconds}; Path=/; HttpOnly; SameSite=Strict");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
}

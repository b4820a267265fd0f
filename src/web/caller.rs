//! Who calls. In: a request's cookie or token. Out: a person, or a program, with what they may do and see.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use subtle::ConstantTimeEq;

use super::hub::Hub;
use super::problem::Problem;
use crate::access::{Action, Person, Role, Scope, Secret};

/// Name of the cookie that holds the secret of a session.
pub(super) const COOKIE: &str = "sansheng_session";
/// The header that shows that the page itself sent a request, and not another page through its browser.
const CSRF_HEADER: &str = "x-csrf-token";

/// Whoever sent a request. As an argument of a handler it lets nobody else in; what they want to do is asked of
/// [`may`](Self::may), what they may see of [`scope`](Self::scope).
#[derive(Clone, Debug)]
pub struct Caller {
    /// `None`: another program, or a guest of a hall without people.
    pub person: Option<Person>,
    pub role: Role,
    pub scope: Scope,
    /// Name of the program.
    program: Option<String>,
    session: Option<Secret>,
}

impl Caller {
    /// # Errors
    /// 403 where the role may not, or the password has to be changed first.
    pub fn may(&self, action: Action) -> Result<(), Problem> {
        if self.person.as_ref().is_some_and(|person| person.must_change) && action != Action::Account {
            return Err(Problem::must_change_password());
        }
        match self.role.may(action) {
            true => Ok(()),
            false => Err(Problem::not_allowed()),
        }
    }

    /// Whether a window that was asked for by name may be seen.
    ///
    /// # Errors
    /// 403.
    pub fn may_see(&self, window: &str) -> Result<(), Problem> {
        match self.scope.has_window_named(window) {
            true => Ok(()),
            false => Err(Problem::out_of_scope()),
        }
    }

    /// By what the journal is to know them: staff number, or name.
    pub fn who(&self) -> &str {
        match (&self.person, &self.program) {
            (Some(person), _) => person.who(),
            (None, Some(program)) => program,
            (None, None) => self.role.name(),
        }
    }

    /// What `X-CSRF-Token` has to be.
    pub(super) fn csrf(&self) -> String {
        self.session.as_ref().map_or_else(String::new, csrf)
    }

    pub(super) fn session(&self) -> Option<&Secret> {
        self.session.as_ref()
    }

    fn guest() -> Self {
        Self { person: None, role: Role::Guest, scope: Scope::all(), program: None, session: None }
    }
}

impl FromRequestParts<Arc<Hub>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, hub: &Arc<Hub>) -> Result<Self, Problem> {
        if !hub.has_people() {
            return Ok(Self::guest());
        }
        let secret = cookie(&parts.headers).and_then(Secret::parse).ok_or_else(Problem::not_signed_in)?;
        let now_us = hub.now_us();
        let session = hub.people(move |people| Ok(people.session(&secret, now_us)?)).await?;
        let session = session.ok_or_else(Problem::not_signed_in)?;
        if !is_safe(&parts.method) {
            same_page(&parts.headers)?;
            let shown = parts.headers.get(CSRF_HEADER).map_or(&b""[..], |value| value.as_bytes());
            if !bool::from(shown.ct_eq(csrf(&session.secret).as_bytes())) {
                return Err(Problem::csrf("the header X-CSRF-Token is missing or is not this session's"));
            }
        }
        let scope = session.person.scope();
        Ok(Self {
            role: session.person.role,
            person: Some(session.person),
            scope,
            program: None,
            session: Some(session.secret),
        })
    }
}

/// A request that changes nothing.
fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

pub(super) fn csrf(session: &Secret) -> String {
    session.derived("csrf")
}

/// Refuses what a browser says comes from elsewhere. Programs say nothing of it.
pub(super) fn same_page(headers: &HeaderMap) -> Result<(), Problem> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if text("sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none") {
        return Err(Problem::csrf("the request comes from another site (Sec-Fetch-Site)"));
    }
    let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
    let authority = origin.to_str().ok().and_then(|origin| origin.split_once("://")).map(|(_, rest)| rest);
    match authority.is_some() && authority == text("host") {
        true => Ok(()),
        false => Err(Problem::csrf("the request comes from another site (Origin)")),
    }
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE).map(|(_, value)| value)
}

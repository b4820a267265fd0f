//! Who calls. In: a request's cookie or token. Out: a person, or a program, with what they may do and see.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use subtle::ConstantTimeEq;

use super::hub::Hub;
use super::link::Link;
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
    /// What let them in.
    credential: Option<Credential>,
}

#[derive(Clone, Debug)]
enum Credential {
    Session(Secret),
    Token {
        id: i64,
        /// Of the program.
        name: String,
        secret: Secret,
    },
    /// The secret of this machine.
    Local,
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

    /// Their own staff number.
    ///
    /// # Errors
    /// 422 of whoever has none.
    pub fn staff(&self) -> Result<String, Problem> {
        self.person.as_ref().and_then(|person| person.staff.clone()).ok_or_else(|| {
            Problem::unfit(
                "you have no staff number, so nothing is charged to you: ask whoever looks after the people of this hall",
                "您没有登记工号，因此没有个人记录：请联系本厅管理员",
            )
        })
    }

    /// By what the journal is to know them: staff number, or name.
    pub fn who(&self) -> &str {
        match (&self.person, &self.credential) {
            (Some(person), _) => person.who(),
            (None, Some(Credential::Token { name, .. })) => name,
            (None, _) => self.role.name(),
        }
    }

    /// The same caller as they may be now: whoever answers for long asks from time to time. Their role and scope may have
    /// changed.
    ///
    /// # Errors
    /// 401 where they are let in no more.
    pub async fn again(&self, hub: &Hub) -> Result<Self, Problem> {
        match &self.credential {
            Some(Credential::Session(secret)) => {
                let (secret, now_us) = (secret.clone(), hub.now_us());
                let session = hub.people(move |people| Ok(people.session(&secret, now_us)?)).await?;
                let person = session.ok_or_else(Problem::not_signed_in)?.person;
                let scope = person.scope();
                Ok(Self { role: person.role, scope, person: Some(person), ..self.clone() })
            }
            Some(Credential::Token { secret, .. }) => of_token(Some(secret.clone()), hub).await,
            Some(Credential::Local) | None => Ok(self.clone()),
        }
    }

    /// What `X-CSRF-Token` has to be.
    pub(super) fn csrf(&self) -> String {
        self.session().map_or_else(String::new, csrf)
    }

    pub(super) fn session(&self) -> Option<&Secret> {
        match &self.credential {
            Some(Credential::Session(secret)) => Some(secret),
            _ => None,
        }
    }

    /// Whose connections these are: people, programs and this machine have numbers that differ.
    fn holder(&self) -> Option<i64> {
        match (&self.person, &self.credential) {
            (Some(person), _) => Some(person.id),
            (None, Some(Credential::Token { id, .. })) => Some(-id),
            (None, Some(Credential::Local)) => Some(0),
            (None, _) => None,
        }
    }

    fn guest(credential: Option<Credential>) -> Self {
        Self { person: None, role: Role::Guest, scope: Scope::all(), credential }
    }
}

impl FromRequestParts<Arc<Hub>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, hub: &Arc<Hub>) -> Result<Self, Problem> {
        if !hub.has_people() {
            return Ok(Self::guest(None));
        }
        let caller = match bearer(&parts.headers) {
            // Nothing sends it by itself, as browsers do cookies.
            Some(shown) => of_token(Secret::parse(shown), hub).await?,
            None => of_session(parts, hub).await?,
        };
        if let (Some(link), Some(person)) = (parts.extensions.get::<Link>(), caller.holder()) {
            link.is_of(person);
        }
        Ok(caller)
    }
}

async fn of_token(shown: Option<Secret>, hub: &Hub) -> Result<Caller, Problem> {
    let secret = shown.ok_or_else(Problem::not_signed_in)?;
    if hub.local().is_some_and(|local| local.is(&secret)) {
        return Ok(Caller::guest(Some(Credential::Local)));
    }
    let now_us = hub.now_us();
    let kept = secret.clone();
    let token = hub.people(move |people| Ok(people.token(&kept, now_us)?)).await?;
    let token = token.ok_or_else(Problem::not_signed_in)?;
    Ok(Caller {
        person: None,
        role: Role::Integration,
        scope: token.scope(),
        credential: Some(Credential::Token { id: token.id, name: token.name, secret }),
    })
}

async fn of_session(parts: &Parts, hub: &Hub) -> Result<Caller, Problem> {
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
    Ok(Caller {
        role: session.person.role,
        scope: session.person.scope(),
        person: Some(session.person),
        credential: Some(Credential::Session(session.secret)),
    })
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

/// The token of `Authorization: Bearer TOKEN`.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE).map(|(_, value)| value)
}

//! `/api/v1/tokens`: what other programs show.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::people::windows_exist;
use crate::access::{Action, Token};
use crate::ledger::event::AccessBody;
use crate::said::Bilingual;
use crate::web::caller::Caller;
use crate::web::hub::Hub;
use crate::web::input::{Input, Named};
use crate::web::problem::{Problem, ProblemBody};

pub(super) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new().routes(routes!(list, add)).routes(routes!(remove))
}

#[derive(Debug, Serialize, ToSchema)]
struct ListedToken {
    id: i64,
    /// Of the program.
    name: String,
    /// Windows that it may see; null: all.
    windows: Option<Vec<String>>,
    created_us: i64,
    last_seen_us: Option<i64>,
}

impl From<Token> for ListedToken {
    fn from(token: Token) -> Self {
        let Token { id, name, windows, created_us, seen_us } = token;
        Self { id, name, windows, created_us, last_seen_us: seen_us }
    }
}

#[derive(Debug, Serialize, ToSchema)]
struct AllTokens {
    items: Vec<ListedToken>,
    /// Always null: this list is given whole.
    next: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewToken {
    name: String,
    windows: Option<Vec<String>>,
}

#[derive(Debug, Serialize, ToSchema)]
struct AddedToken {
    id: i64,
    name: String,
    /// Shown this once: `Authorization: Bearer TOKEN`.
    token: String,
}

/// The tokens of other programs
#[utoipa::path(get, path = "/api/v1/tokens", tag = "access", responses(
    (status = OK, body = AllTokens), (status = FORBIDDEN, body = ProblemBody)))]
async fn list(State(hub): State<Arc<Hub>>, caller: Caller) -> Result<Json<AllTokens>, Problem> {
    caller.may(Action::Tokens)?;
    let tokens = hub.people(|people| Ok(people.tokens()?)).await?;
    Ok(Json(AllTokens { items: tokens.into_iter().map(ListedToken::from).collect(), next: None }))
}

/// Make a token for another program
#[utoipa::path(post, path = "/api/v1/tokens", tag = "access", request_body = NewToken, responses(
    (status = CREATED, body = AddedToken), (status = FORBIDDEN, body = ProblemBody)))]
async fn add(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Input(new): Input<NewToken>,
) -> Result<(StatusCode, Json<AddedToken>), Problem> {
    caller.may(Action::Tokens)?;
    windows_exist(&hub, new.windows.as_deref())?;
    let now_us = hub.now_us();
    let (token, secret) =
        hub.people(move |people| Ok(people.add_token(&new.name, new.windows, now_us)?)).await?;
    let name = &token.name;
    let why = Bilingual::new(format!("made one for {name}"), format!("为 {name} 生成"));
    hub.record(AccessBody::TOKENS, caller.who(), why).await;
    let added = AddedToken { id: token.id, name: token.name, token: secret.text().to_owned() };
    Ok((StatusCode::CREATED, Json(added)))
}

/// Let nobody in by a token any more
#[utoipa::path(delete, path = "/api/v1/tokens/{id}", tag = "access",
    params(("id" = i64, Path, description = "Number of the token")), responses(
    (status = NO_CONTENT, description = "Gone"), (status = NOT_FOUND, body = ProblemBody)))]
async fn remove(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Named(id): Named<i64>,
) -> Result<StatusCode, Problem> {
    caller.may(Action::Tokens)?;
    let token = hub.people(move |people| Ok(people.remove_token(id)?)).await?;
    let name = &token.name;
    let why = Bilingual::new(format!("took back the one for {name}"), format!("收回 {name} 的令牌"));
    hub.record(AccessBody::TOKENS, caller.who(), why).await;
    Ok(StatusCode::NO_CONTENT)
}

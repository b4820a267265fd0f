//! What a request brings: JSON, a query, parts of its address; each refused in the form of all problems.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::hub::Hub;
use super::problem::Problem;
use super::security::BODY_BYTES_MAX;

/// The body, as JSON. Types that are read have `#[serde(deny_unknown_fields)]`.
#[derive(Clone, Copy, Debug)]
pub struct Input<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Arc<Hub>> for Input<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, hub: &Arc<Hub>) -> Result<Self, Problem> {
        match Json::<T>::from_request(request, hub).await {
            Ok(Json(value)) => Ok(Self(value)),
            Err(rejection) => Err(of_json(&rejection)),
        }
    }
}

fn of_json(rejection: &JsonRejection) -> Problem {
    match rejection {
        JsonRejection::MissingJsonContentType(_) => Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "not-json",
            "the body is not called JSON: send it with `Content-Type: application/json`",
            "请求体未标明为 JSON：请使用 Content-Type: application/json",
        ),
        rejection if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            Problem::too_large(BODY_BYTES_MAX as u64)
        }
        rejection => {
            let found = rejection.body_text();
            Problem::unfit(
                format!("the body cannot be used ({found}): see /api/docs for what it has to be"),
                format!("请求内容无法使用（{found}）：格式见 /api/docs"),
            )
        }
    }
}

/// The query of the address.
#[derive(Clone, Copy, Debug)]
pub struct Asked<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<Arc<Hub>> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, hub: &Arc<Hub>) -> Result<Self, Problem> {
        match Query::<T>::from_request_parts(parts, hub).await {
            Ok(Query(value)) => Ok(Self(value)),
            Err(rejection) => {
                let found = rejection.body_text();
                Err(Problem::unfit(
                    format!("the query of the address cannot be used ({found}): see /api/docs"),
                    format!("查询参数无法使用（{found}）：见 /api/docs"),
                ))
            }
        }
    }
}

/// Parts of the address. One that cannot be read names nothing that is there.
#[derive(Clone, Copy, Debug)]
pub struct Named<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<Arc<Hub>> for Named<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, hub: &Arc<Hub>) -> Result<Self, Problem> {
        match Path::<T>::from_request_parts(parts, hub).await {
            Ok(Path(value)) => Ok(Self(value)),
            Err(_) => Err(Problem::not_found()),
        }
    }
}

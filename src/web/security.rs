//! What every answer carries and every request has to fit. In: routes. Out: the same, guarded.

use std::net::IpAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn, map_response};
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;

use super::problem::Problem;
use super::routes::refuse;

/// Longest body of a request, in bytes; routes that take files have limits of their own.
pub(super) const BODY_BYTES_MAX: usize = 64 << 10;
/// Where recordings are handed in.
const RECORDINGS: &str = "/api/v1/recordings";
/// How long an answer may take to begin; a stream goes on for longer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);
/// The same for a recording that is handed in: 256 MiB at little more than a megabit a second. One that stands still for a
/// minute is cut with its connection.
const FILE_TIMEOUT: Duration = Duration::from_secs(1_800);

/// What pages may load and do: what the program carries, and nothing from elsewhere.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    media-src 'self' blob:; connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'";

/// Headers of every answer.
const HEADERS: [(HeaderName, &str); 7] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), microphone=(), geolocation=(), usb=(), payment=()",
    ),
];

pub(super) fn around(router: Router, is_local: bool, is_tls: bool) -> Router {
    router
        .fallback(|| async { Problem::not_found() })
        .method_not_allowed_fallback(|| async {
            Problem::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "method",
                "this address is not asked in this way: see /api/docs",
                "该地址不支持此请求方法：见 /api/docs",
            )
        })
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(from_fn(in_time))
        .layer(from_fn(move |request: Request, next: Next| async move {
            match is_local.then(|| refuse_misnamed(&request)).flatten() {
                Some(refusal) => refusal,
                None => next.run(request).await,
            }
        }))
        .layer(map_response(move |response| with_headers(response, is_tls)))
}

async fn with_headers(mut response: Response, is_tls: bool) -> Response {
    let headers = response.headers_mut();
    if is_tls {
        // Half a year: a hall that goes back to plain HTTP can wait that out, or take another name.
        let always = HeaderValue::from_static("max-age=15768000");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, always);
    }
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

async fn in_time(request: Request, next: Next) -> Response {
    let brings_file = request.method() == Method::POST && request.uri().path() == RECORDINGS;
    let limit = if brings_file { FILE_TIMEOUT } else { ANSWER_TIMEOUT };
    match timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::busy().into_response(),
    }
}

/// Refuses a page that has its own name resolved to this machine, so as to read in somebody's browser what was said
/// here: a hub that only this machine can reach is called by no other name than the machine's own.
fn refuse_misnamed(request: &Request) -> Option<Response> {
    let free = ["/healthz", "/api/v1/windows/"];
    if free.iter().any(|path| request.uri().path().starts_with(path)) {
        return None;
    }
    // No browser leaves the name out.
    let name = request.headers().get(header::HOST)?;
    match name.to_str().is_ok_and(is_this_machine) {
        true => None,
        false => Some(refuse(
            StatusCode::MISDIRECTED_REQUEST,
            "this hub is for its own machine: call it localhost or 127.0.0.1; a proxy must send `Host: localhost`",
        )),
    }
}

/// Whether a `Host` header, with or without a port, can only mean this machine.
pub fn is_this_machine(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(rest),
        None => host.split(':').next().unwrap_or(host),
    };
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost"
        || name.ends_with(".localhost")
        || name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_pass_for_it() {
        let ours = [
            "localhost",
            "LOCALHOST:8740",
            "localhost.",
            "hub.localhost:1",
            "127.0.0.1",
            "127.8.0.1:8740",
            "[::1]:8740",
            "[::1]",
        ];
        let others = [
            "",
            "hub",
            "evil.example",
            "localhost.evil.example:8740",
            "127.0.0.1.evil.example",
            "192.168.8.1:8740",
            "[fe80::1]",
            ":8740",
            "notlocalhost",
        ];
        for (hosts, wanted) in [(&ours[..], true), (&others, false)] {
            for host in hosts {
                assert_eq!(is_this_machine(host), wanted, "{host}");
            }
        }
    }
}

//! Routes. In: requests. Out: the hall's state, or a microphone's link.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{WebSocketUpgrade, rejection::WebSocketUpgradeRejection};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use tokio::sync::{mpsc, watch};
use tokio::time::sleep;

use super::caller::bearer;
use super::{Doors, Site, microphone};
use crate::capture::push::{MESSAGE_BYTES_MAX, STREAM_HEADER, StreamId};
use crate::said::Bilingual;
use crate::statistics::{CONTENT_TYPE, PLAIN_CONTENT_TYPE, plain};

/// How long the answer to a wrong token is held back: guessing takes for ever.
const WRONG_TOKEN_DELAY: Duration = Duration::from_millis(500);

/// Everything the routes share.
pub(super) struct Hall {
    pub site: Site,
    pub doors: Doors,
    pub stopped: watch::Receiver<bool>,
    /// Held by every link, so that stopping can wait for them.
    pub here: mpsc::Sender<()>,
}

impl Hall {
    pub fn now(&self) -> Duration {
        (self.site.now)()
    }

    /// Says that the server's thread goes on.
    pub fn beat(&self) {
        self.site.heart.beat();
    }

    pub fn tick(&self) {
        self.doors.tick();
    }
}

pub(super) fn routes(hall: Arc<Hall>) -> Router {
    Router::new()
        .route("/healthz", get(health))
        .route("/metrics", get(metrics))
        .route("/api/v1/windows/{id}/audio", get(audio))
        .with_state(hall)
}

/// The picture of the hall where there is no dashboard, and so nobody to ask who they are.
pub(super) fn open_status(hall: Arc<Hall>) -> Router {
    Router::new().route("/api/v1/status", get(status)).with_state(hall)
}

/// A service that runs and does not hear, or cannot keep what it hears, is not well: it says why.
async fn health(State(hall): State<Arc<Hall>>) -> Response {
    let still = (hall.site.still)();
    let still = (!still.is_empty()).then(|| format!("standing still: {}", still.join(", ")));
    match still.or_else(|| (hall.site.trouble)()) {
        None => "ok\n".into_response(),
        Some(trouble) => refuse(StatusCode::SERVICE_UNAVAILABLE, &trouble),
    }
}

/// OpenMetrics for whoever asks for it, as Prometheus does; else the older format.
async fn metrics(State(hall): State<Arc<Hall>>, headers: HeaderMap) -> Response {
    let accepted = headers.get(header::ACCEPT).and_then(|accepts| accepts.to_str().ok()).unwrap_or("");
    let text = (hall.site.metrics)();
    match accepted.contains("application/openmetrics-text") {
        true => ([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response(),
        false => ([(header::CONTENT_TYPE, PLAIN_CONTENT_TYPE)], plain(&text)).into_response(),
    }
}

async fn status(State(hall): State<Arc<Hall>>) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], Json((hall.site.status)())).into_response()
}

/// A microphone asks to come in.
async fn audio(
    State(hall): State<Arc<Hall>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let Some(door) = hall.doors.get(&id).map(Arc::clone) else {
        return refuse(
            StatusCode::NOT_FOUND,
            "no window of that name takes a network microphone here: check --window against the hub's configuration",
        );
    };
    let admitted = bearer(&headers).is_some_and(|token| door.reception().port().token.admits(token));
    if !admitted {
        sleep(WRONG_TOKEN_DELAY).await;
        return refuse(
            StatusCode::UNAUTHORIZED,
            "the token is not this window's: send `Authorization: Bearer TOKEN` as the hub's configuration has it",
        );
    }
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade.max_message_size(MESSAGE_BYTES_MAX).max_frame_size(MESSAGE_BYTES_MAX),
        Err(_) => {
            return refuse(StatusCode::UPGRADE_REQUIRED, "audio comes over a WebSocket: run `sansheng mic`");
        }
    };
    let named = headers.get(STREAM_HEADER).and_then(|name| StreamId::parse(name.to_str().ok()?).ok());
    let Some(stream) = named else {
        return refuse(
            StatusCode::BAD_REQUEST,
            "the header Sansheng-Stream is missing or is not sixteen lower-case hexadecimal digits",
        );
    };
    let claim = match door.reception().claim(stream) {
        Ok(claim) => claim,
        Err(fault) => return refuse(StatusCode::CONFLICT, &fault.to_string()),
    };
    door.claimed.notify_waiters();
    let failed = {
        let (hall, door) = (Arc::clone(&hall), Arc::clone(&door));
        move |fault| {
            let (en, zh) = (format!("the link was never made: {fault}"), format!("连接没有建立：{fault}"));
            door.reception().broken(claim, Bilingual::new(en, zh), hall.now());
        }
    };
    upgrade.on_failed_upgrade(failed).on_upgrade(move |socket| microphone::serve(socket, claim, door, hall))
}

pub(super) fn refuse(status: StatusCode, sentence: &str) -> Response {
    (status, format!("{sentence}\n")).into_response()
}

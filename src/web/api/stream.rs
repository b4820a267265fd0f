//! `/api/v1/stream`: what happens, as it happens; server-sent events.
//!
//! A connection is a task that hands pieces on, and a body with room for few. Where nobody takes them for ten seconds, or more
//! wait than may, the connection is closed: an `EventSource` comes back by itself with the last number it had.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use hyper::body::Frame;
use serde::Deserialize;
use tokio::sync::{broadcast, mpsc};
use tokio::time::{interval, timeout};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::web::caller::Caller;
use crate::web::hub::Hub;
use crate::web::input::Asked;
use crate::web::live::{Backlog, Lens, Live, Piece, backlog};
use crate::web::problem::{Problem, ProblemBody};

/// Pieces that wait for the connection itself.
const PIECES_MAX: usize = 16;
/// How long a client may take none.
const PATIENCE: Duration = Duration::from_secs(10);
/// A sign of life so often: a link that is broken is found out at both ends.
const PULSE: Duration = Duration::from_secs(10);
/// Pulses after which it is asked whether the caller may still watch.
const ASKED_AFTER: u32 = 6;
/// Whoever was cut comes back after so many milliseconds.
const RETRY: &str = "retry: 500\n\n";

pub(super) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new().routes(routes!(stream))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct StreamAsked {
    /// Number of the last event that you have; the header `Last-Event-ID` goes before it.
    after: Option<u64>,
}

/// What happens, as server-sent events
///
/// `wall`: windows that changed, whole, and every ten seconds at least, then with none; no number. With `id`, the event's number in the journal: `alert`, `finding` (as in lists),
/// `encounter`, `gap`, `window-state`, `review`, `appeal`, `decision`, `duty`, `shed`, `retention`, `score` (`seq`, `kind`, `window`,
/// `wall_us`, `start_us`, `end_us`, `body`). After `Last-Event-ID` what was missed comes first. `reset`: it was too much, ask for everything anew.
#[utoipa::path(get, path = "/api/v1/stream", tag = "live", params(StreamAsked), responses(
    (status = OK, description = "Events", content_type = "text/event-stream"), (status = FORBIDDEN, body = ProblemBody)))]
async fn stream(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    headers: HeaderMap,
    Asked(asked): Asked<StreamAsked>,
) -> Result<Response, Problem> {
    let lens = Lens::of(&caller)?;
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.trim().parse().ok());
    let after = last.or(asked.after);
    let joined = Live::join(&hub, lens.clone()).await?;
    let (sender, receiver) = mpsc::channel(PIECES_MAX);
    tokio::spawn(async move {
        let feed = Feed { hub, caller, lens, sender };
        // Gone, or too slow: either way there is nobody to tell.
        let _ = feed.run(after, joined).await;
    });
    let mut response = Body::new(Pieces(receiver)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

/// The client is gone or does not read, or may not watch any more.
struct Over;

struct Feed {
    hub: Arc<Hub>,
    caller: Caller,
    lens: Lens,
    sender: mpsc::Sender<Bytes>,
}

impl Feed {
    async fn run(
        mut self,
        after: Option<u64>,
        (mut pieces, told): (broadcast::Receiver<Piece>, u64),
    ) -> Result<(), Over> {
        self.send(Bytes::from_static(RETRY.as_bytes())).await?;
        if let Some(after) = after {
            self.catch_up(after, told).await?;
        }
        if let Some(first) = Live::first(&self.hub, &self.lens) {
            self.send(first).await?;
        }
        let (mut pulses, mut count) = (interval(PULSE), 0_u32);
        pulses.tick().await;
        loop {
            tokio::select! {
                piece = pieces.recv() => match piece {
                    // What was told before it joined is not told again.
                    Ok(Piece { seq: Some(seq), .. }) if seq <= told => {}
                    Ok(piece) => self.send(piece.text).await?,
                    // It missed some: it comes back and is given them.
                    Err(_) => return Err(Over),
                },
                () = self.sender.closed() => return Err(Over),
                _ = pulses.tick() => {
                    count += 1;
                    if count.is_multiple_of(ASKED_AFTER) {
                        self.ask_again().await?;
                    }
                    self.send(Live::pulse(&self.hub, &self.lens)).await?;
                }
            }
        }
    }

    /// What was missed, from the journal.
    async fn catch_up(&self, mut after: u64, told: u64) -> Result<(), Over> {
        while after != told {
            match backlog(&self.hub, &self.lens, (after, told)).await.map_err(|_| Over)? {
                Backlog::Reset => {
                    let text = format!("event: reset\nid: {told}\ndata: {{}}\n\n");
                    return self.send(Bytes::from(text)).await;
                }
                Backlog::Missed { upto, pieces } => {
                    for piece in pieces {
                        self.send(piece.text).await?;
                    }
                    after = upto;
                }
            }
        }
        Ok(())
    }

    /// Whoever may not watch any more, or sees something else now, is cut: they come back as who they are.
    async fn ask_again(&mut self) -> Result<(), Over> {
        let again = self.caller.again(&self.hub).await.map_err(|_| Over)?;
        match Lens::of(&again) {
            Ok(lens) if lens == self.lens => Ok(()),
            _ => Err(Over),
        }
    }

    async fn send(&self, text: Bytes) -> Result<(), Over> {
        match timeout(PATIENCE, self.sender.send(text)).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(Over),
        }
    }
}

/// Pieces as the body of an answer.
pub(super) struct Pieces(pub mpsc::Receiver<Bytes>);

impl hyper::body::Body for Pieces {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.0.poll_recv(context).map(|piece| piece.map(|bytes| Ok(Frame::data(bytes))))
    }
}

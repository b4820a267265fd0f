//! `/api/v1/recordings`: a recording is handed in, heard as a job, and forgotten within a day. The journal knows nothing of it.

use std::fs::File;
use std::future::poll_fn;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Json, http};
use hyper::body::Body as _;
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;
use tokio::sync::mpsc;
use tokio::time::timeout;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::clips::part;
use super::stream::Pieces;
use crate::access::Action;
use crate::web::caller::Caller;
use crate::web::hub::Hub;
use crate::web::input::{Asked, Named};
use crate::web::jobs::{JobBody, Progress};
use crate::web::link::Link;
use crate::web::problem::{Problem, ProblemBody};
use crate::web::recordings::{Hearing, hear};

/// Bytes that are gathered before they are written, or sent.
const PIECE: usize = 1 << 20;
/// Pieces of a sound that wait for the connection.
const PIECES_MAX: usize = 2;
/// How long whoever listens may take none.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new().routes(routes!(recordings, hand_in)).routes(routes!(sound))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct HandedIn {
    /// What it is called; shown, and nothing else.
    name: String,
    /// Channel of the clerk's microphone, counted from 0.
    #[serde(default)]
    clerk_channel: u16,
    /// Channel of the visitor's microphone; a recording of one channel is the clerk's.
    #[serde(default = "one")]
    visitor_channel: u16,
}

fn one() -> u16 {
    1
}

#[derive(Debug, Serialize, ToSchema)]
struct RecordingItem {
    /// Of its job.
    id: u64,
    name: String,
    /// When it was handed in.
    at_us: i64,
    /// As far as its header tells it.
    duration_s: Option<f64>,
}

#[derive(Debug, Serialize, ToSchema)]
struct RecordingList {
    /// The newest first.
    items: Vec<RecordingItem>,
    /// Always null: this list is given whole.
    next: Option<String>,
}

/// Recordings that one handed in within the last day; to an admin, everybody's
#[utoipa::path(get, path = "/api/v1/recordings", tag = "jobs", responses(
    (status = OK, body = RecordingList), (status = FORBIDDEN, body = ProblemBody)))]
async fn recordings(State(hub): State<Arc<Hub>>, caller: Caller) -> Result<Json<RecordingList>, Problem> {
    caller.may(Action::Recordings)?;
    let items = hub.jobs().recordings(&caller, hub.now_us()).into_iter().map(|(id, handed)| RecordingItem {
        id,
        name: handed.name.clone(),
        at_us: handed.at_us,
        duration_s: handed.duration_s,
    });
    Ok(Json(RecordingList { items: items.collect(), next: None }))
}

/// Hand a recording in
///
/// The body is the recording: WAV, FLAC, MP3 or OGG Vorbis, 256 MiB at most. Begins a job that hears it after everything that is
/// live; its result is a timeline (`/api/v1/timeline`) whose clock shows 00:00:00 where the recording begins. It is kept for a day
/// at most, and never becomes part of the record.
#[utoipa::path(post, path = "/api/v1/recordings", tag = "jobs", params(HandedIn),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses(
    (status = ACCEPTED, body = JobBody), (status = FORBIDDEN, body = ProblemBody),
    (status = PAYLOAD_TOO_LARGE, body = ProblemBody),
    (status = UNPROCESSABLE_ENTITY, description = "It is no recording that can be heard", body = ProblemBody),
    (status = SERVICE_UNAVAILABLE, description = "No room, or too much waits", body = ProblemBody)))]
async fn hand_in(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    link: Option<Extension<Link>>,
    asked: Result<Asked<HandedIn>, Problem>,
    request: http::Request<Body>,
) -> Result<(StatusCode, Json<JobBody>), Problem> {
    caller.may(Action::Recordings)?;
    let Asked(asked) = asked?;
    hub.folder()?;
    let most = hub.recordings.bytes_max();
    let length = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    if length.and_then(|length| length.parse::<u64>().ok()).is_some_and(|length| length > most) {
        return Err(Problem::too_large(most));
    }
    let _turn = hub.recordings.turn()?;
    let _on_its_way = link.map(|Extension(link)| link.with_file());
    let file = receive(&hub, request.into_body(), most).await?;
    let (handed, at_us, store) = (asked.name, hub.now_us(), hub.recordings.clone());
    let channel = asked.clerk_channel;
    let handed = Arc::new(hub.blocking(move || store.take(file, &handed, (channel, at_us))).await?);
    let settings = hub.settings().await?;
    let roster = settings.roster_or_none();
    let hearing = Hearing {
        model: hub.config().model.clone(),
        rules: settings.config.rules.clone(),
        clerk_channel: asked.clerk_channel,
        visitor_channel: asked.visitor_channel,
        book: hub.book(),
        from_us: roster.midnight_us(roster.day(at_us)),
        // Where what was said is encrypted, a plain file of it goes as soon as it was heard.
        stays: hub.key().is_none(),
    };
    let (store, recording) = (hub.recordings.clone(), Arc::clone(&handed));
    let work = move |progress: &Progress| hear(&store, &recording, &hearing, progress);
    let begun = hub.jobs().begin("recording", &caller, at_us, (Box::new(work), Some(handed)))?;
    Ok((StatusCode::ACCEPTED, Json(begun)))
}

/// Writes a body to a file as it comes.
async fn receive(hub: &Arc<Hub>, mut body: Body, most: u64) -> Result<NamedTempFile, Problem> {
    let store = hub.recordings.clone();
    let mut file = hub.blocking(move || store.begin()).await?;
    let (mut gathered, mut length) = (Vec::new(), 0_u64);
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let frame = frame.map_err(|fault| {
            Problem::unfit(
                format!("the recording did not come whole ({fault}): send it again"),
                "录音没有完整传到：请重新上传",
            )
        })?;
        let Ok(bytes) = frame.into_data() else { continue };
        length += bytes.len() as u64;
        if length > most {
            return Err(Problem::too_large(most));
        }
        gathered.extend_from_slice(&bytes);
        if gathered.len() >= PIECE {
            file = write(hub, file, std::mem::take(&mut gathered)).await?;
        }
    }
    write(hub, file, gathered).await
}

async fn write(hub: &Hub, mut file: NamedTempFile, bytes: Vec<u8>) -> Result<NamedTempFile, Problem> {
    hub.blocking(move || match file.write_all(&bytes) {
        Ok(()) => Ok(file),
        Err(fault) => Err(Problem::fault(&format!("a recording cannot be kept: {fault}"))),
    })
    .await
}

/// The sound of a recording that was handed in
///
/// As it came; `Range` of one stretch of bytes is answered. 404 once it is gone, and from the moment it was heard where the hall
/// encrypts what was said.
#[utoipa::path(get, path = "/api/v1/recordings/{id}/sound", tag = "jobs",
    params(("id" = u64, Path, description = "Number of its job")), responses(
    (status = OK, description = "The sound", content_type = "audio/wav"),
    (status = PARTIAL_CONTENT, description = "A stretch of it", content_type = "audio/wav"),
    (status = RANGE_NOT_SATISFIABLE, description = "It is not so long"),
    (status = NOT_FOUND, body = ProblemBody)))]
async fn sound(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Named(id): Named<u64>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    caller.may(Action::Recordings)?;
    let all = hub.jobs().recordings(&caller, hub.now_us());
    let handed = all.into_iter().find(|(job, _)| *job == id).map(|(_, handed)| handed);
    let handed = handed.ok_or_else(Problem::not_found)?;
    let path = handed.path().ok_or_else(Problem::not_found)?;
    let file = hub.blocking(move || open(path)).await?;
    let (file, length) = file;
    let tag = format!("{id}-{}", handed.at_us);
    let whole = (0, length.saturating_sub(1));
    let (status, (from, to)) = match part(&headers, length, &tag) {
        Ok(None) => (StatusCode::OK, whole),
        Ok(Some(part)) => (StatusCode::PARTIAL_CONTENT, part),
        Err(()) => (StatusCode::RANGE_NOT_SATISFIABLE, (0, 0)),
    };
    let mut response = match status {
        StatusCode::RANGE_NOT_SATISFIABLE => status.into_response(),
        _ => (status, Body::new(Pieces(pieces(hub, file, (from, to - from + 1))))).into_response(),
    };
    let range = match status {
        StatusCode::OK => None,
        StatusCode::PARTIAL_CONTENT => Some(format!("bytes {from}-{to}/{length}")),
        _ => Some(format!("bytes */{length}")),
    };
    let headers = response.headers_mut();
    if status != StatusCode::RANGE_NOT_SATISFIABLE {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(to - from + 1));
    }
    let kind = match handed.container {
        "WAV" => "audio/wav",
        "FLAC" => "audio/flac",
        "OGG" => "audio/ogg",
        _ => "audio/mpeg",
    };
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    let text = |text: String| HeaderValue::from_str(&text).ok();
    headers.extend(range.and_then(text).map(|range| (header::CONTENT_RANGE, range)));
    headers.extend(text(format!("\"{tag}\"")).map(|tag| (header::ETAG, tag)));
    Ok(response)
}

fn open(path: PathBuf) -> Result<(File, usize), Problem> {
    let file = File::open(path).map_err(|_| Problem::not_found())?;
    let length = file.metadata().map_err(|fault| Problem::fault(&fault.to_string()))?.len();
    Ok((file, usize::try_from(length).unwrap_or(usize::MAX)))
}

/// Reads a stretch of a file as it is taken.
fn pieces(hub: Arc<Hub>, mut file: File, (from, length): (usize, usize)) -> mpsc::Receiver<Bytes> {
    let (sender, receiver) = mpsc::channel(PIECES_MAX);
    tokio::spawn(async move {
        let (mut at, end) = (from, from + length);
        while at < end {
            let wanted = PIECE.min(end - at);
            let read = move || {
                let mut bytes = vec![0; wanted];
                let read = file.seek(SeekFrom::Start(at as u64)).and_then(|_| file.read_exact(&mut bytes));
                read.map(|()| (file, bytes)).map_err(|fault| Problem::fault(&fault.to_string()))
            };
            // Less than was promised breaks the connection off, which tells the other end.
            let Ok((again, bytes)) = hub.blocking(read).await else { return };
            file = again;
            at += wanted;
            if !matches!(timeout(PATIENCE, sender.send(bytes.into())).await, Ok(Ok(()))) {
                return;
            }
        }
    });
    receiver
}

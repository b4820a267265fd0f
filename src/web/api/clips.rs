//! `/api/v1/findings/{id}/clip`: the sound of a finding. Whoever listens stands in the journal before they hear the first byte.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::findings::{View, looked_at};
use crate::access::Action;
use crate::ledger::Body;
use crate::ledger::event::{AccessBody, ClipBody};
use crate::ledger::evidence::{Clips, Kept};
use crate::ledger::journal::{Act, FindingRow};
use crate::web::caller::Caller;
use crate::web::hub::Hub;
use crate::web::input::Named;
use crate::web::problem::{Problem, ProblemBody};

/// Who listens again within this time is not noted again.
const NOTED_US: i64 = 3_600_000_000;

pub(super) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new().routes(routes!(clip))
}

/// The clip of a finding, FLAC
///
/// `Range` of one stretch of bytes is answered. That somebody listens is journalled as an `access` event, once an hour for each
/// person and finding; `HEAD` is not.
#[utoipa::path(get, path = "/api/v1/findings/{id}/clip", tag = "findings",
    params(("id" = u64, Path, description = "Number of the finding")), responses(
    (status = OK, description = "The sound", content_type = "audio/flac"),
    (status = PARTIAL_CONTENT, description = "A stretch of it", content_type = "audio/flac"),
    (status = RANGE_NOT_SATISFIABLE, description = "It is not so long"),
    (status = CONFLICT, description = "The file is not the one that was written", body = ProblemBody),
    (status = NOT_FOUND, body = ProblemBody)))]
async fn clip(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Named(id): Named<u64>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    caller.may(Action::Listen)?;
    let looked = looked_at(&hub, &caller, id).await?;
    let (view, row) = (View::of(&hub, &caller).await?, looked.row.clone());
    let (alert, clip) = hub
        .read(move |reader| {
            let alert = reader.alert_of(&row)?;
            let clip = view.clip_of(reader, alert)?.and_then(|(_, state)| state.body.clip);
            Ok(alert.zip(clip))
        })
        .await?
        .ok_or_else(Problem::not_found)?;
    let (clips, wanted) = (Clips::of(hub.folder()?).with_key(hub.key().as_ref()), clip.clone());
    let bytes = hub.blocking(move || whole(&clips, &wanted)).await?;
    let part = part(&headers, bytes.len(), &clip.sha256);
    if method != Method::HEAD && part.is_ok() {
        note(&hub, &caller, (looked.row, alert, clip.file.clone())).await?;
    }
    Ok(answer(bytes, part, &clip.sha256))
}

fn whole(clips: &Clips, clip: &ClipBody) -> Result<Vec<u8>, Problem> {
    match clips.read(clip) {
        Ok((Kept::Whole, bytes)) => Ok(bytes),
        Ok((Kept::Gone, _)) => Err(Problem::not_found()),
        Ok((Kept::Changed, _)) => Err(Problem::refused(
            "the clip is not the one that was written: its hash is not the journal's; it proves nothing",
            "录音片段与日志中的哈希不符，已被改动，不能作为证据",
        )),
        Err(fault) => Err(Problem::fault(&fault.to_string())),
    }
}

/// Writes down who listens, before they do.
async fn note(
    hub: &Hub,
    caller: &Caller,
    (row, alert, file): (FindingRow, u64, String),
) -> Result<(), Problem> {
    let (who, now_us) = (caller.who().to_owned(), hub.now_us());
    let (asked, since_us) = (who.clone(), now_us.saturating_sub(NOTED_US));
    if hub.read(move |reader| Ok(reader.was_listened(alert, &asked, since_us)?)).await? {
        return Ok(());
    }
    let body = AccessBody {
        what: AccessBody::LISTEN.to_owned(),
        alert: Some(alert),
        finding: Some(row.id),
        file: Some(file),
        who,
        why: format!("finding {}", row.id),
        why_zh: Some(format!("发现 {}", row.id)),
    };
    let (window, session) = (Some(row.window), Some(row.span));
    let act = Act { window, session, rulebook: Some(row.rulebook), body: Body::Access(body) };
    hub.write(move |aside| aside.act(now_us, |_| Ok::<_, Problem>(vec![act])).map(drop)).await
}

/// First and last byte that are wanted; `None` for all. An error: there are none such.
pub(super) fn part(headers: &HeaderMap, length: usize, tag: &str) -> Result<Option<(usize, usize)>, ()> {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let of_another = text(header::IF_RANGE).is_some_and(|of| of.trim_matches('"') != tag);
    let Some(asked) =
        text(header::RANGE).and_then(|range| range.strip_prefix("bytes=")).filter(|_| !of_another)
    else {
        return Ok(None);
    };
    let Some((from, to)) = asked.split_once('-') else { return Ok(None) };
    let number = |text: &str| text.trim().parse::<usize>();
    let part = match (number(from), number(to)) {
        (Ok(from), Ok(to)) if from <= to => (from, to.min(length.saturating_sub(1))),
        (Ok(from), Err(_)) if to.trim().is_empty() => (from, length.saturating_sub(1)),
        (Err(_), Ok(last)) if from.trim().is_empty() => {
            (length - last.min(length), if last == 0 { 0 } else { length.saturating_sub(1) })
        }
        // Of what cannot be read, and of several stretches, everything is sent.
        _ => return Ok(None),
    };
    if part.0 >= length { Err(()) } else { Ok(Some(part)) }
}

fn answer(bytes: Vec<u8>, part: Result<Option<(usize, usize)>, ()>, tag: &str) -> Response {
    let length = bytes.len();
    let ranged = |text: String| HeaderValue::from_str(&text).ok().map(|value| (header::CONTENT_RANGE, value));
    let (status, body, range) = match part {
        Ok(None) => (StatusCode::OK, bytes, None),
        Ok(Some((from, to))) => {
            let range = ranged(format!("bytes {from}-{to}/{length}"));
            (StatusCode::PARTIAL_CONTENT, bytes[from..=to].to_vec(), range)
        }
        Err(()) => (StatusCode::RANGE_NOT_SATISFIABLE, Vec::new(), ranged(format!("bytes */{length}"))),
    };
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("audio/flac"));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.extend(range);
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{tag}\"")) {
        headers.insert(header::ETAG, tag);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_of_bytes_that_are_there() {
        for (asked, wanted) in [
            (None, Ok(None)),
            (Some("bytes=0-3"), Ok(Some((0, 3)))),
            (Some("bytes=2-"), Ok(Some((2, 9)))),
            (Some("bytes=2-99"), Ok(Some((2, 9)))),
            (Some("bytes=-4"), Ok(Some((6, 9)))),
            (Some("bytes=-99"), Ok(Some((0, 9)))),
            (Some("bytes=10-"), Err(())),
            (Some("bytes=-0"), Err(())),
            (Some("bytes=5-2"), Ok(None)),
            (Some("bytes=0-1,4-5"), Ok(None)),
            (Some("lines=0-1"), Ok(None)),
        ] {
            let mut headers = HeaderMap::new();
            headers.extend(asked.map(|asked| (header::RANGE, HeaderValue::from_static(asked))));
            assert_eq!(part(&headers, 10, "x"), wanted, "{asked:?}");
        }
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, HeaderValue::from_static("bytes=1-2"));
        headers.insert(header::IF_RANGE, HeaderValue::from_static("\"y\""));
        assert_eq!(part(&headers, 10, "x"), Ok(None), "of another file");
    }
}

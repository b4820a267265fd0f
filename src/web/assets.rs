//! The pages: files that the program carries. A request names one of a table, so that there is no path to walk.

mod list;

use std::sync::OnceLock;

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sha2::{Digest, Sha256};

use super::problem::Problem;
use list::FILES;

/// Addresses that show the page of the dashboard, which looks at the address itself.
const PAGES: [&str; 9] =
    ["/", "/review", "/session", "/scores", "/rules", "/health", "/me", "/people", "/sign-in"];

/// Where the page says that its files are; what is served says the version instead.
const UNVERSIONED: &str = "/assets/-/";

/// How long what never changes under its address may be kept, seconds: a year.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// To be asked for again each time, which costs one short answer.
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");

pub(super) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let pages = PAGES.iter().fold(Router::new(), |router, page| router.route(page, get(page_of_all)));
    pages.route("/assets/{version}/{*path}", get(file))
}

/// A file that is served.
struct Asset {
    content: std::borrow::Cow<'static, [u8]>,
    kind: &'static str,
    /// As a header has it.
    tag: String,
}

/// All files, and the version of them as a whole.
struct Assets {
    files: Vec<(&'static str, Asset)>,
    version: String,
}

async fn page_of_all(headers: HeaderMap) -> Response {
    match find("index.html") {
        Some(asset) => answer(asset, &headers, ASK_AGAIN),
        None => Problem::not_found().into_response(),
    }
}

/// `version` is that of all files together, so that scripts find each other by relative names and all of it can be kept.
async fn file(Path((version, path)): Path<(String, String)>, headers: HeaderMap) -> Response {
    match find(&path) {
        Some(asset) if version == assets().version => answer(asset, &headers, FOR_EVER),
        Some(asset) => answer(asset, &headers, ASK_AGAIN),
        None => Problem::not_found().into_response(),
    }
}

fn answer(asset: &'static Asset, asked: &HeaderMap, keep: HeaderValue) -> Response {
    let known = asked.get(header::IF_NONE_MATCH).and_then(|tags| tags.to_str().ok());
    let mut response = match known.is_some_and(|tags| tags.split(',').any(|tag| tag.trim() == asset.tag)) {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => asset.content.as_ref().into_response(),
    };
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: HeaderValue| headers.insert(name, value);
    set(header::CONTENT_TYPE, HeaderValue::from_static(asset.kind));
    set(header::CACHE_CONTROL, keep);
    if let Ok(tag) = HeaderValue::from_str(&asset.tag) {
        set(header::ETAG, tag);
    }
    response
}

fn find(path: &str) -> Option<&'static Asset> {
    assets().files.iter().find(|(name, _)| *name == path).map(|(_, asset)| asset)
}

fn assets() -> &'static Assets {
    static ASSETS: OnceLock<Assets> = OnceLock::new();
    ASSETS.get_or_init(|| {
        let all = FILES.iter().fold(Sha256::new(), |hash, (name, content)| {
            hash.chain_update(name).chain_update(content.len().to_le_bytes()).chain_update(content)
        });
        let version = short(&all.finalize());
        let asset = |(name, content): &(&'static str, &'static [u8])| {
            let content = match *name {
                "index.html" => {
                    let page = String::from_utf8_lossy(content);
                    page.replace(UNVERSIONED, &format!("/assets/{version}/")).into_bytes().into()
                }
                _ => std::borrow::Cow::Borrowed(*content),
            };
            let tag = format!("\"{}\"", short(&Sha256::digest(&content)));
            (*name, Asset { content, kind: kind(name), tag })
        };
        Assets { files: FILES.iter().map(asset).collect(), version }
    })
}

fn short(hash: &[u8]) -> String {
    hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// What a browser is to take a file for; it guesses nothing itself.
fn kind(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" | "map" | "webmanifest" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "wav" => "audio/wav",
        "mp3" => "audio/mpeg",
        "flac" => "audio/flac",
        _ => "text/plain; charset=utf-8",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_names_files_that_are_there_under_their_version() {
        let page =
            find("index.html").map(|asset| String::from_utf8_lossy(&asset.content).into_owned()).unwrap();
        let place = format!("/assets/{}/", assets().version);
        assert!(!page.contains(UNVERSIONED), "{page}");
        for named in page.split(&place).skip(1) {
            let name = named.split('"').next().unwrap();
            assert!(find(name).is_some(), "the page names {name}");
        }
    }

    #[test]
    fn no_name_of_the_table_walks_anywhere_and_none_is_there_twice() {
        for (at, (name, content)) in FILES.iter().enumerate() {
            assert!(!name.starts_with('/') && !name.contains("..") && !content.is_empty(), "{name}");
            assert!(FILES[..at].iter().all(|(other, _)| other != name), "{name} is there twice");
        }
    }
}

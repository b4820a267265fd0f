//! The description of the API: as OpenAPI for programs, as a page for people.

use std::fmt::Write as _;

use axum::Router;
use axum::http::header;
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use serde_json::Value;
use utoipa::openapi::OpenApi;

pub(super) fn routes<S: Clone + Send + Sync + 'static>(description: OpenApi) -> Router<S> {
    let json = description.to_json().unwrap_or_default();
    let page = page(&serde_json::from_str(&json).unwrap_or_default());
    let json = move || async move { ([(header::CONTENT_TYPE, "application/json")], json).into_response() };
    Router::new()
        .route("/api/v1/openapi.json", get(json))
        .route("/api/docs", get(move || async move { Html(page) }))
}

/// Every route with what it is for; the shapes are in the JSON.
fn page(description: &Value) -> String {
    let mut html = String::from(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Sansheng API</title>\
         <link rel=\"stylesheet\" href=\"/assets/-/docs.css\"><h1>Sansheng API</h1>\
         <p><a href=\"/api/v1/openapi.json\">OpenAPI: /api/v1/openapi.json</a></p>",
    );
    let _ = write!(html, "<p>{}</p>", escaped(description["info"]["description"].as_str().unwrap_or("")));
    for (path, methods) in description["paths"].as_object().into_iter().flatten() {
        let _ = write!(html, "<h2><code>{}</code></h2>", escaped(path));
        for (method, route) in methods.as_object().into_iter().flatten() {
            let text = |key: &str| escaped(route[key].as_str().unwrap_or(""));
            let _ = write!(html, "<h3><code>{}</code> {}</h3>", method.to_uppercase(), text("summary"));
            let _ = write!(html, "<p>{}</p>", text("description"));
            for (status, answer) in route["responses"].as_object().into_iter().flatten() {
                let what = escaped(answer["description"].as_str().unwrap_or(""));
                let _ = write!(html, "<p><code>{}</code> {what}</p>", escaped(status));
            }
        }
    }
    html.push_str("</html>");
    html
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

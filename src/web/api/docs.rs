//! The description of the API: as OpenAPI for programs, as a page for people. The page is made of the description alone, once,
//! and needs no script.

use std::fmt::Write as _;

use axum::Router;
use axum::http::header;
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use serde_json::{Map, Value};
use utoipa::openapi::OpenApi;

/// Where a schema is described, before its name.
const SCHEMAS: &str = "#/components/schemas/";

pub(super) fn routes<S: Clone + Send + Sync + 'static>(description: OpenApi) -> Router<S> {
    let json = description.to_json().unwrap_or_default();
    let page = page(&serde_json::from_str(&json).unwrap_or_default());
    let json = move || async move { ([(header::CONTENT_TYPE, "application/json")], json).into_response() };
    Router::new()
        .route("/api/v1/openapi.json", get(json))
        .route("/api/docs", get(move || async move { Html(page) }))
}

/// Every route with what it takes and what it answers, then every shape.
fn page(description: &Value) -> String {
    let mut html = String::from(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Sansheng API</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <link rel=\"icon\" href=\"/assets/-/icon.svg\"><link rel=\"stylesheet\" href=\"/assets/-/docs.css\"></head><body>\
         <h1>Sansheng API</h1><p>For programs: <a href=\"/api/v1/openapi.json\">/api/v1/openapi.json</a></p>",
    );
    let _ = write!(html, "<p>{}</p>", prose(&description["info"]));
    let routes = by_tag(description);
    html.push_str("<nav aria-label=\"Routes\">");
    for (tag, routes) in &routes {
        let _ = write!(html, "<h2>{}</h2><ul>", escaped(tag));
        for route in routes {
            let (id, name) = (route.id(), escaped(route.text("summary")));
            let _ = write!(html, "<li><a href=\"#{id}\">{} <span>{name}</span></a>", route.title());
        }
        html.push_str("</ul>");
    }
    html.push_str("</nav>");
    for route in routes.iter().flat_map(|(_, routes)| routes) {
        route.write(&mut html);
    }
    html.push_str("<h1 id=\"schemas\">Shapes</h1>");
    for (name, schema) in members(&description["components"]["schemas"]) {
        let id = escaped(name);
        let _ =
            write!(html, "<section><h2 id=\"schema-{id}\"><code>{id}</code></h2><p>{}</p>", prose(schema));
        html.push_str(&shape(schema));
        html.push_str("</section>");
    }
    html.push_str("</body></html>");
    html
}

/// One way of asking one address.
struct Route<'a> {
    path: &'a str,
    method: &'a str,
    what: &'a Value,
}

/// The routes by what they are about, in the order of the description.
fn by_tag(description: &Value) -> Vec<(&str, Vec<Route<'_>>)> {
    let mut tags: Vec<(&str, Vec<Route<'_>>)> = Vec::new();
    for (path, methods) in members(&description["paths"]) {
        for (method, what) in members(methods) {
            let tag = what["tags"][0].as_str().unwrap_or("other");
            let route = Route { path, method, what };
            match tags.iter_mut().find(|(name, _)| *name == tag) {
                Some((_, routes)) => routes.push(route),
                None => tags.push((tag, vec![route])),
            }
        }
    }
    tags
}

impl Route<'_> {
    fn text(&self, key: &str) -> &str {
        self.what[key].as_str().unwrap_or("")
    }

    /// Names the route in the address of the page.
    fn id(&self) -> String {
        let plain = |ch: char| if ch.is_ascii_alphanumeric() { ch } else { '-' };
        self.method.chars().chain(self.path.chars().map(plain)).collect()
    }

    fn title(&self) -> String {
        format!("<code>{} {}</code>", self.method.to_uppercase(), escaped(self.path))
    }

    fn write(&self, html: &mut String) {
        let _ = write!(html, "<section><h2 id=\"{}\">{}</h2>", self.id(), self.title());
        let _ = write!(html, "<p><strong>{}</strong></p>", escaped(self.text("summary")));
        let _ = write!(html, "<p>{}</p>", prose(self.what));
        let parameters = self.what["parameters"].as_array().map_or(&[][..], Vec::as_slice);
        if !parameters.is_empty() {
            html.push_str("<h3>Parameters</h3>");
            html.push_str(&table(parameters.iter().map(|one| {
                let required = one["required"] == true;
                let name = one["name"].as_str().unwrap_or("");
                let place = one["in"].as_str().unwrap_or("");
                (name, required, format!("{}, {place}", kind(&one["schema"])), prose(one))
            })));
        }
        if let Some(body) = self.what.get("requestBody") {
            let _ = write!(html, "<h3>Body</h3><p>{}</p>", contents(body));
        }
        html.push_str("<h3>Answers</h3><dl>");
        for (status, answer) in members(&self.what["responses"]) {
            let _ = write!(html, "<dt><code>{}</code>", escaped(status));
            let _ = write!(html, "<dd>{} {}", contents(answer), prose(answer));
        }
        html.push_str("</dl></section>");
    }
}

/// What a body or an answer may be of: media type and shape.
fn contents(of: &Value) -> String {
    let of = members(&of["content"]).map(|(media, content)| {
        let media = escaped(media);
        format!("<code>{media}</code> {}", kind(&content["schema"]))
    });
    of.collect::<Vec<_>>().join(", ")
}

/// The members of an object, or what an enumeration may be.
fn shape(schema: &Value) -> String {
    let mut html = String::new();
    if let Some(values) = schema["enum"].as_array() {
        let values = values.iter().map(|value| format!("<code>{}</code>", escaped(&value.to_string())));
        let _ = write!(html, "<p>One of {}.</p>", values.collect::<Vec<_>>().join(", "));
    }
    for part in ["allOf", "oneOf", "anyOf"].iter().filter_map(|key| schema[*key].as_array()).flatten() {
        match part.get("$ref") {
            Some(_) => {
                let _ = write!(html, "<p>All of {}, and:</p>", kind(part));
            }
            None => html.push_str(&shape(part)),
        }
    }
    let required =
        |name: &str| schema["required"].as_array().is_some_and(|all| all.iter().any(|one| one == name));
    let rows = members(&schema["properties"])
        .map(|(name, of)| (name.as_str(), required(name), kind(of), prose(of)))
        .collect::<Vec<_>>();
    if !rows.is_empty() {
        html.push_str(&table(rows.into_iter()));
    }
    html
}

/// Name, whether it has to be there, what it is of, and what it means.
fn table<'a>(rows: impl Iterator<Item = (&'a str, bool, String, String)>) -> String {
    let mut html = String::from("<table><thead><tr><th>Name<th>Of<th>Meaning</thead><tbody>");
    for (name, required, of, meaning) in rows {
        let mark = if required { "" } else { " <small>optional</small>" };
        let _ = write!(html, "<tr><td><code>{}</code>{mark}<td>{of}<td>{meaning}", escaped(name));
    }
    html + "</tbody></table>"
}

/// The type of a value, with a link to its shape where it has a name.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.strip_prefix(SCHEMAS)) {
        let name = escaped(name);
        return format!("<a href=\"#schema-{name}\">{name}</a>");
    }
    if let Some(parts) = ["oneOf", "anyOf", "allOf"].iter().find_map(|key| schema[*key].as_array()) {
        return parts.iter().map(kind).collect::<Vec<_>>().join(" or ");
    }
    if let Some(values) = schema["enum"].as_array() {
        return values.iter().map(|value| escaped(&value.to_string())).collect::<Vec<_>>().join(" or ");
    }
    let named = |name: &str| match name {
        "array" => format!("list of {}", kind(&schema["items"])),
        "object" if schema["additionalProperties"].is_object() => {
            format!("map to {}", kind(&schema["additionalProperties"]))
        }
        name => escaped(name),
    };
    match &schema["type"] {
        Value::String(name) => named(name),
        Value::Array(names) => {
            names.iter().filter_map(Value::as_str).map(named).collect::<Vec<_>>().join(" or ")
        }
        _ => String::from("anything"),
    }
}

/// A description, its `code` marked as such.
fn prose(of: &Value) -> String {
    let text = escaped(of["description"].as_str().unwrap_or(""));
    let mut html = String::with_capacity(text.len());
    for (index, part) in text.split('`').enumerate() {
        let _ = if index % 2 == 1 { write!(html, "<code>{part}</code>") } else { write!(html, "{part}") };
    }
    html
}

fn members(object: &Value) -> impl Iterator<Item = (&String, &Value)> {
    object.as_object().into_iter().flat_map(Map::iter)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_shows_what_every_route_takes_and_answers_and_every_link_leads_somewhere() {
        let description = serde_json::to_value(super::super::described()).expect("JSON");
        let page = page(&description);
        for (tag, routes) in by_tag(&description) {
            assert_ne!(tag, "other", "a route without a tag");
            for route in routes {
                assert_eq!(
                    page.matches(&format!("<h2 id=\"{}\">", route.id())).count(),
                    1,
                    "{}",
                    route.title()
                );
            }
        }
        for name in ["<code>from_us</code> <small>optional</small>", "<code>audio/flac</code>", "list of <a"]
        {
            assert!(page.contains(name), "{name}");
        }
        for link in page.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(page.contains(&format!("id=\"{link}\"")), "{link} leads nowhere");
        }
    }

    #[test]
    fn what_a_description_says_is_text_and_no_markup() {
        let schema = serde_json::json!({ "description": "`a<b>` & \"c\"" });
        assert_eq!(prose(&schema), "<code>a&lt;b&gt;</code> &amp; &quot;c&quot;");
    }
}

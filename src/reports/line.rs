//! One line of a file of events.

use serde_json::{Map, Value};

use super::time::wall_seconds;
use super::{HallReport, LINE_MAX, Refusal, ReportedAt};
use crate::conduct::ReportKind;
use crate::toml_file::did_you_mean;
use crate::units::WindowId;

const EXAMPLE: &str = r#"write {"event":"ticket-called","window":"3","at_s":12.5}"#;

/// Reads a line; one without text tells nothing.
pub(super) fn read(bytes: &[u8]) -> Result<Option<HallReport>, Refusal> {
    read_at(bytes, None)
}

/// The same, of something that happens `now`, in seconds since the Unix epoch, where the line has no time.
pub(super) fn read_at(bytes: &[u8], now: Option<f64>) -> Result<Option<HallReport>, Refusal> {
    if bytes.trim_ascii().is_empty() {
        return Ok(None);
    }
    if bytes.len() > LINE_MAX {
        return refuse(format!("the line has more than {LINE_MAX} bytes"), EXAMPLE);
    }
    let value: Value = match serde_json::from_slice(bytes) {
        Ok(value) => value,
        Err(fault) => return refuse(format!("the line is not JSON ({fault})"), EXAMPLE),
    };
    let Value::Object(object) = value else {
        return refuse("the line is not one JSON object".into(), EXAMPLE);
    };
    let kind = kind(&object)?;
    let Some(window) = object.get("window").and_then(Value::as_str).filter(|id| !id.is_empty()) else {
        return refuse("`window` is missing or no text".into(), "write the id of the window, as \"3\"");
    };
    let at = match now {
        Some(now) if !object.contains_key("at") && !object.contains_key("at_s") => ReportedAt::Wall(now),
        _ => at(&object)?,
    };
    let ticket = object.get("ticket").and_then(Value::as_str).map(str::to_owned);
    Ok(Some(HallReport { window: WindowId::new(window), at, kind, ticket }))
}

fn refuse<T>(found: String, remedy: &str) -> Result<T, Refusal> {
    Err((found, remedy.to_owned()))
}

fn kind(object: &Map<String, Value>) -> Result<ReportKind, Refusal> {
    let names = ReportKind::ALL.map(ReportKind::name);
    let remedy = format!("write one of {}", names.join(", "));
    let Some(name) = object.get("event").and_then(Value::as_str) else {
        return refuse("`event` is missing or no text".into(), &remedy);
    };
    match ReportKind::ALL.into_iter().find(|kind| kind.name() == name) {
        Some(kind) => Ok(kind),
        None => refuse(format!("`event` is {name:?}{}", did_you_mean(name, names)), &remedy),
    }
}

fn at(object: &Map<String, Value>) -> Result<ReportedAt, Refusal> {
    let remedy =
        "write `at_s`, seconds from the start of the session, or `at`, as \"2026-11-22T09:00:10+08:00\"";
    match (object.get("at_s"), object.get("at")) {
        (Some(_), Some(_)) => refuse("`at_s` and `at` are both given".into(), "leave one of them out"),
        (Some(seconds), None) => match seconds.as_f64().filter(|s| s.is_finite() && *s >= 0.0) {
            Some(seconds) => Ok(ReportedAt::Session(seconds)),
            None => refuse(
                format!("`at_s` is {seconds}"),
                "write seconds from the start of the session, 0 or more",
            ),
        },
        (None, Some(Value::String(text))) => match wall_seconds(text) {
            Ok(seconds) => Ok(ReportedAt::Wall(seconds)),
            Err(fault) => refuse(format!("`at` is {text:?}: {fault}"), remedy),
        },
        (None, Some(other)) => refuse(format!("`at` is {other}"), remedy),
        (None, None) => refuse("neither `at_s` nor `at` is given".into(), remedy),
    }
}

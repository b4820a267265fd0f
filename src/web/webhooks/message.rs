//! What is sent of an alert. In: an alert of the journal. Out: a body for whom it goes to. Pure.

use serde_json::{Value, json};

use super::file::{NewHook, Template};
use crate::conduct::{CompiledBook, Finding};
use crate::ledger::event::AlertBody;

/// Where an alert was, and when.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub seq: u64,
    pub hall: String,
    pub window: String,
    pub window_name: String,
    pub wall_us: i64,
    /// The same by the hall's clocks.
    pub at: String,
    pub alert: AlertBody,
}

pub(super) fn body(hook: &NewHook, told: &Told, book: &CompiledBook) -> String {
    let finding = &told.alert.finding;
    let title = book.rulebook().rule(&finding.rule).map_or(finding.rule.as_str(), |rule| rule.title.as_str());
    let value = match hook.template {
        Template::Json => plain(hook, told, title, book),
        Template::Wecom => {
            json!({"msgtype": "markdown", "markdown": {"content": markdown(hook, told, title, "\n")}})
        }
        Template::Dingtalk => json!({"msgtype": "markdown", "markdown": {
            "title": format!("{} {title}", told.window_name),
            // A line is one of its own only after an empty one.
            "text": markdown(hook, told, title, "\n\n"),
        }}),
    };
    value.to_string()
}

fn plain(hook: &NewHook, told: &Told, title: &str, book: &CompiledBook) -> Value {
    let AlertBody { id, revision, state, finding, latency, late, .. } = &told.alert;
    let Finding { provision, rule, severity, kind, phrase, sureness, needs_review, cites, .. } = finding;
    let article = cites.first().map(|cite| {
        let standard =
            book.rulebook().standard(&cite.standard).map_or("", |standard| standard.title.as_str());
        json!({"standard": cite.standard, "title": standard, "article": cite.article, "quote": cite.quote})
    });
    let mut alert = json!({
        "id": id, "revision": revision, "state": state, "window": told.window, "window_name": told.window_name,
        "at_us": told.wall_us, "provision": provision, "rule": rule, "title": title, "severity": severity.name(),
        "kind": kind.name(), "phrase": phrase, "sureness": sureness, "needs_review": needs_review,
        "latency_s": latency.total_us as f64 / 1e6, "late": late, "article": article,
    });
    if hook.words {
        alert["heard"] = json!(finding.heard);
        alert["context"] = json!(finding.evidence.context);
    }
    json!({"event": "alert", "seq": told.seq, "hall": told.hall, "alert": alert})
}

fn markdown(hook: &NewHook, told: &Told, title: &str, end: &str) -> String {
    let AlertBody { state, finding, .. } = &told.alert;
    let state = match state.as_str() {
        "confirmed" => "",
        "provisional" => "（待确认）",
        _ => "（已撤回）",
    };
    let severity = match finding.severity.name() {
        "critical" => "重大",
        "major" => "严重",
        "minor" => "轻微",
        _ => "提示",
    };
    let mut lines = vec![
        format!("**{}{state}** {severity}", escaped(title)),
        format!("窗口：{}", escaped(&told.window_name)),
        format!("时间：{}", told.at),
        format!("条款：{}", escaped(&finding.provision)),
    ];
    if let Some(cite) = finding.cites.first() {
        lines.push(format!("依据：{} {} {}", cite.standard, escaped(&cite.article), escaped(&cite.quote)));
    }
    if hook.words && !finding.heard.is_empty() {
        lines.push(format!("听到：{}", escaped(&finding.heard)));
    }
    if finding.needs_review {
        lines.push("需人工复核后计入".to_owned());
    }
    lines.join(end)
}

/// Nothing that was said or named becomes a link or a heading.
fn escaped(text: &str) -> String {
    let special =
        |ch: char| matches!(ch, '*' | '_' | '`' | '[' | ']' | '(' | ')' | '#' | '<' | '>' | '\\' | '!');
    text.chars()
        .filter(|ch| !ch.is_control())
        .flat_map(|ch| special(ch).then_some('\\').into_iter().chain([ch]))
        .collect()
}

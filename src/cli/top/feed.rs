//! The line to the service: its status, a few times a second, on a thread of its own.

use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, bounded};
use ureq::Agent;

use crate::https::{self, Authorities, trusting};
use crate::status::HallStatus;

/// Between an answer and the next question.
const PACE: Duration = Duration::from_millis(250);

/// An answer that takes longer counts as none.
const PATIENCE: Duration = Duration::from_secs(3);

/// The status, or one sentence that says why there is none.
pub(super) type News = Result<HallStatus, String>;

/// Asks until nobody listens any more. The newest news waits to be taken.
pub(super) fn start(
    url: String,
    token: Option<String>,
    ca: Option<&Authorities>,
) -> std::io::Result<Receiver<News>> {
    let (to_screen, news) = bounded(1);
    let agent = agent(ca);
    let asking = move || {
        while to_screen.send(ask_with(&agent, &url, token.as_deref())).is_ok() {
            thread::sleep(PACE);
        }
    };
    thread::Builder::new().name("ask".into()).spawn(asking)?;
    Ok(news)
}

/// Asks once.
pub(super) fn ask(url: &str, token: Option<&str>, ca: Option<&Authorities>) -> News {
    ask_with(&agent(ca), url, token)
}

fn agent(ca: Option<&Authorities>) -> Agent {
    // No proxy: the service is in the hall.
    trusting(Agent::config_builder().timeout_global(Some(PATIENCE)).proxy(None), ca).build().into()
}

fn ask_with(agent: &Agent, url: &str, token: Option<&str>) -> News {
    let address = format!("{}/api/v1/status", url.trim_end_matches('/'));
    let mut question = agent.get(&address);
    if let Some(token) = token {
        question = question.header("Authorization", format!("Bearer {token}"));
    }
    let mut answer = question.call().map_err(|fault| match fault {
        ureq::Error::StatusCode(401) => format!(
            "{address} is for those it knows: name the hall's configuration with --config, as who runs the service, or a token \
             with --token-file"
        ),
        ureq::Error::StatusCode(code) => format!("{address} answered {code}"),
        found => format!("{address}: {}", https::fault(&found).en),
    })?;
    let text = answer.body_mut().read_to_string().map_err(|fault| format!("{address}: {fault}"))?;
    serde_json::from_str(&text).map_err(|fault| format!("{address} answers, but not with a status: {fault}"))
}

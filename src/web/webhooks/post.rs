//! One request. In: what goes out. Out: whether it was taken. The only file here that speaks to the network.

use std::sync::LazyLock;
use std::time::Duration;

use serde_json::Value;
use ureq::Agent;

use super::courier::{Answer, Outgoing};
use super::file::Template;

/// From the first byte to the last.
const PATIENCE: Duration = Duration::from_secs(10);
/// Of an answer, this much is looked at.
const ANSWER_BYTES_MAX: u64 = 16 << 10;

static AGENT: LazyLock<Agent> = LazyLock::new(|| {
    // Where it is to go is what was entered: no redirect and no proxy of somebody's environment takes it elsewhere.
    Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        .proxy(None)
        .max_redirects(0)
        .http_status_as_error(false)
        .user_agent(concat!("sansheng/", env!("CARGO_PKG_VERSION")))
        .build()
        .into()
});

pub(super) fn post(outgoing: &Outgoing) -> Answer {
    let mut request = AGENT.post(&outgoing.url);
    for (name, value) in &outgoing.headers {
        request = request.header(*name, value);
    }
    let mut response = match request.send(&outgoing.body) {
        Ok(response) => response,
        // Addresses of robots are secrets: the fault is told without them.
        Err(fault) => return Answer::Refused(None, without(&fault.to_string(), &outgoing.url)),
    };
    let status = response.status().as_u16();
    if !(200..300).contains(&status) {
        return Answer::Refused(Some(status), format!("it answered {status}"));
    }
    if outgoing.template == Template::Json {
        return Answer::Taken(status);
    }
    // Robots say 200 to everything, and in the answer what became of it.
    let text = response.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_string().unwrap_or_default();
    let answer: Value = serde_json::from_str(&text).unwrap_or_default();
    match answer["errcode"].as_i64() {
        Some(0) => Answer::Taken(status),
        Some(code) => {
            let why: String = answer["errmsg"].as_str().unwrap_or("").chars().take(200).collect();
            Answer::Refused(Some(status), format!("the robot refused it: {code} {why}"))
        }
        None => Answer::Refused(Some(status), "the answer is no robot's: check the address".to_owned()),
    }
}

fn without(text: &str, url: &str) -> String {
    text.replace(url, "the address")
}

//! One request. In: what goes out. Out: whether it was taken. The only file here that speaks to the network.

use std::time::Duration;

use serde_json::Value;
use ureq::Agent;

use super::courier::{Answer, Outgoing};
use super::file::Template;
use crate::https::{Authorities, fault, trusting};
use crate::said::Bilingual;

/// From the first byte to the last.
const PATIENCE: Duration = Duration::from_secs(10);
/// Of an answer, this much is looked at.
const ANSWER_BYTES_MAX: u64 = 16 << 10;

/// Whoever asks one receiver: `ca` as it was entered, and looked at then.
pub(super) fn agent(ca: Option<&str>) -> Result<Agent, Bilingual> {
    let ca = ca.map(Authorities::of_pem).transpose().map_err(|found| {
        Bilingual::new(
            format!("the certificate of its authority: {found}: make this webhook anew"),
            "签发机构的证书无法使用：请重新添加这个推送",
        )
    })?;
    // Where it is to go is what was entered: no redirect and no proxy of somebody's environment takes it elsewhere.
    let config = Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        .proxy(None)
        .max_redirects(0)
        .http_status_as_error(false)
        .user_agent(concat!("sansheng/", env!("CARGO_PKG_VERSION")));
    Ok(trusting(config, ca.as_ref()).build().into())
}

pub(super) fn post(agent: &Agent, outgoing: &Outgoing) -> Answer {
    let mut request = agent.post(&outgoing.url);
    for (name, value) in &outgoing.headers {
        request = request.header(*name, value);
    }
    let mut response = match request.send(&outgoing.body) {
        Ok(response) => response,
        // Addresses of robots are secrets: the fault is told without them.
        Err(found) => return Answer::Refused(None, fault(&found)),
    };
    let status = response.status().as_u16();
    if !(200..300).contains(&status) {
        let said = Bilingual::new(
            format!("it answered {status}: see its log"),
            format!("对方应答 {status}：请查看对方日志"),
        );
        return Answer::Refused(Some(status), said);
    }
    if outgoing.template == Template::Json {
        return Answer::Taken(status);
    }
    // Robots say 200 to everything, and in the answer what became of it.
    let text = response.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_string().unwrap_or_default();
    let answer: Value = serde_json::from_str(&text).unwrap_or_default();
    let said = match answer["errcode"].as_i64() {
        Some(0) => return Answer::Taken(status),
        Some(code) => {
            let why: String = answer["errmsg"].as_str().unwrap_or("").chars().take(200).collect();
            Bilingual::new(format!("the robot refused it: {code} {why}"), format!("机器人拒收：{code} {why}"))
        }
        None => {
            Bilingual::new("the answer is no robot's: check the address", "应答不是机器人的格式：请检查地址")
        }
    };
    Answer::Refused(Some(status), said)
}

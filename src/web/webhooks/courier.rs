//! Delivery. In: the alerts of the journal, in order, of each webhook. Out: each delivered at least once, or given up after a
//! day of tries. Time is passed in, and who posts as well.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;
use utoipa::ToSchema;

use super::file::{Hook, Template};
use super::sign::{dingtalk_query, signature};
use crate::said::Bilingual;

/// Deliveries that are remembered of each webhook.
const LOG_MAX: usize = 100;
/// The first wait, and the longest.
const WAIT_US: i64 = 5_000_000;
const WAIT_MAX_US: i64 = 3_600_000_000;
/// After so many tries, most of a day, an alert is given up.
const TRIES_MAX: u32 = 30;
/// Between two messages to a robot: its platform takes about twenty a minute.
const ROBOT_PACE_US: i64 = 3_000_000;

/// An alert on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parcel {
    /// Number of its event.
    pub seq: u64,
    pub body: String,
}

/// As it goes out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outgoing {
    pub url: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
    pub template: Template,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Taken(u16),
    /// With its status, where there was one, and what was found.
    Refused(Option<u16>, Bilingual),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(in crate::web) struct Delivery {
    /// Number of the alert's event in the journal.
    seq: u64,
    at_us: i64,
    /// `delivered`, `failed` (it is tried again), or `given-up`.
    outcome: &'static str,
    tries: u32,
    /// Of the answer.
    status: Option<u16>,
    problem: Option<String>,
    problem_zh: Option<String>,
    /// When it is tried again.
    next_us: Option<i64>,
}

/// How far one webhook is.
#[derive(Debug, Default)]
struct Line {
    waiting: VecDeque<Parcel>,
    tries: u32,
    due_us: i64,
    log: VecDeque<Delivery>,
}

#[derive(Debug, Default)]
pub(super) struct Courier {
    lines: BTreeMap<u64, Line>,
}

impl Courier {
    /// Forgets webhooks that are no more.
    pub fn keep(&mut self, hooks: &[Hook]) {
        self.lines.retain(|id, _| hooks.iter().any(|hook| hook.id == *id));
    }

    /// Whether parcels of this webhook wait already.
    pub fn is_busy(&self, hook: u64) -> bool {
        self.lines.get(&hook).is_some_and(|line| !line.waiting.is_empty())
    }

    pub fn take(&mut self, hook: u64, parcels: Vec<Parcel>) {
        self.lines.entry(hook).or_default().waiting.extend(parcels);
    }

    /// The newest first.
    pub fn log(&self, hook: u64) -> Vec<Delivery> {
        self.lines.get(&hook).map_or_else(Vec::new, |line| line.log.iter().rev().cloned().collect())
    }

    /// What is due of this webhook.
    pub fn due(&self, hook: &Hook, now_us: i64) -> Option<Outgoing> {
        let line = self.lines.get(&hook.id).filter(|line| line.due_us <= now_us)?;
        line.waiting.front().map(|parcel| outgoing(hook, parcel, now_us))
    }

    /// Notes what came of the first that waits; gives its number once it is done with. `chance`: from 0 to 1.
    pub fn note(&mut self, hook: &Hook, answer: Answer, now_us: i64, chance: f64) -> Option<u64> {
        let line = self.lines.get_mut(&hook.id)?;
        let seq = line.waiting.front()?.seq;
        line.tries += 1;
        let (status, problem) = match answer {
            Answer::Taken(status) => (Some(status), None),
            Answer::Refused(status, problem) => (status, Some(problem)),
        };
        let over = problem.is_none() || line.tries >= TRIES_MAX || status == Some(410);
        let wait_us = backoff_us(line.tries, chance);
        let outcome = match (&problem, over) {
            (None, _) => "delivered",
            (Some(_), false) => "failed",
            (Some(_), true) => "given-up",
        };
        let next_us = (!over).then_some(now_us + wait_us);
        line.log.push_back(Delivery {
            seq,
            at_us: now_us,
            outcome,
            tries: line.tries,
            status,
            problem: problem.as_ref().map(|said| said.en.clone()),
            problem_zh: problem.map(|said| said.zh),
            next_us,
        });
        if line.log.len() > LOG_MAX {
            line.log.pop_front();
        }
        let pace_us = if hook.what.template == Template::Json { 0 } else { ROBOT_PACE_US };
        line.due_us = next_us.unwrap_or(now_us + pace_us);
        if over {
            line.waiting.pop_front();
            line.tries = 0;
        }
        over.then_some(seq)
    }
}

/// Twice as long after each try, up to an hour, less up to half of it: many services that lost one receiver do not come back at once.
fn backoff_us(tries: u32, chance: f64) -> i64 {
    let doubled = WAIT_US.saturating_mul(1_i64 << tries.saturating_sub(1).min(20)).min(WAIT_MAX_US);
    doubled - (doubled as f64 / 2.0 * chance.clamp(0.0, 1.0)) as i64
}

fn outgoing(hook: &Hook, parcel: &Parcel, now_us: i64) -> Outgoing {
    let mut url = hook.what.url.clone();
    // The same for each try, so that a receiver knows what it has already; another one for each hall that sends to it.
    let mut headers = vec![
        ("content-type", "application/json; charset=utf-8".to_owned()),
        ("idempotency-key", format!("sansheng-{}-{:x}-{}", hook.id, hook.created_us, parcel.seq)),
    ];
    match (hook.what.template, &hook.what.secret) {
        (Template::Json, Some(secret)) => {
            headers
                .push(("sansheng-signature", signature(secret, now_us.div_euclid(1_000_000), &parcel.body)));
        }
        (Template::Dingtalk, Some(secret)) => {
            url.push(if url.contains('?') { '&' } else { '?' });
            url.push_str(&dingtalk_query(secret, now_us.div_euclid(1_000)));
        }
        _ => {}
    }
    Outgoing { url, headers, body: parcel.body.clone(), template: hook.what.template }
}

#[cfg(test)]
mod tests {
    use super::super::file::NewHook;
    use super::*;

    const SECOND_US: i64 = 1_000_000;

    fn hook(template: Template, secret: Option<&str>) -> Hook {
        let what = NewHook {
            name: "值班室".to_owned(),
            url: "https://hook.example/robot?access_token=1".to_owned(),
            template,
            secret: secret.map(str::to_owned),
            severity: None,
            kinds: Vec::new(),
            windows: Vec::new(),
            states: Vec::new(),
            words: false,
            ca: None,
        };
        Hook { id: 3, what, created_us: 0xab, after: 0 }
    }

    fn parcel(seq: u64) -> Parcel {
        Parcel { seq, body: format!("{{\"seq\":{seq}}}") }
    }

    fn refused() -> Answer {
        Answer::Refused(Some(500), Bilingual::new("it answered 500", "对方应答 500"))
    }

    #[test]
    fn a_receiver_that_fails_is_asked_again_ever_later_and_gets_the_alerts_in_order_once_it_is_back() {
        let (mut courier, hook) = (Courier::default(), hook(Template::Json, Some("s")));
        courier.take(3, vec![parcel(10), parcel(11)]);
        let (mut now_us, mut waits) = (0, Vec::new());
        for _ in 0..5 {
            let first = courier.due(&hook, now_us).expect("due");
            assert!(first.headers.contains(&("idempotency-key", "sansheng-3-ab-10".to_owned())), "{first:?}");
            assert_eq!(courier.note(&hook, refused(), now_us, 0.0), None);
            let next_us = courier.log(3)[0].next_us.expect("another try");
            assert_eq!(courier.due(&hook, next_us - 1), None);
            waits.push((next_us - now_us) / SECOND_US);
            now_us = next_us;
        }
        assert_eq!(waits, [5, 10, 20, 40, 80]);
        assert_eq!(courier.note(&hook, Answer::Taken(200), now_us, 0.0), Some(10));
        assert!(courier.due(&hook, now_us).expect("the next at once").body.contains("11"));
        assert_eq!(courier.note(&hook, Answer::Taken(204), now_us, 0.0), Some(11));
        assert_eq!(courier.due(&hook, i64::MAX), None);
        let outcomes: Vec<&str> = courier.log(3).iter().map(|one| one.outcome).collect();
        assert_eq!(outcomes, ["delivered", "delivered", "failed", "failed", "failed", "failed", "failed"]);
    }

    #[test]
    fn an_alert_is_given_up_after_most_of_a_day_or_where_the_receiver_is_gone_for_good() {
        let (mut courier, hook) = (Courier::default(), hook(Template::Wecom, None));
        courier.take(3, vec![parcel(10), parcel(11)]);
        let mut now_us = 0;
        let mut done = None;
        while done.is_none() {
            assert!(courier.due(&hook, now_us).is_some());
            done = courier.note(&hook, refused(), now_us, 0.5);
            now_us = courier.log(3)[0].next_us.unwrap_or(now_us);
        }
        assert_eq!(
            (done, courier.log(3)[0].outcome, courier.log(3)[0].tries),
            (Some(10), "given-up", TRIES_MAX)
        );
        let hours = now_us / (3_600 * SECOND_US);
        assert!((12..24).contains(&hours), "{hours} h");
        assert_eq!(
            courier.note(&hook, Answer::Refused(Some(410), Bilingual::new("", "")), now_us, 0.0),
            Some(11)
        );
    }

    #[test]
    fn a_robot_gets_no_more_than_its_platform_takes() {
        let (mut courier, hook) = (Courier::default(), hook(Template::Dingtalk, Some("s")));
        courier.take(3, vec![parcel(10), parcel(11)]);
        assert_eq!(courier.note(&hook, Answer::Taken(200), 0, 0.0), Some(10));
        assert_eq!(courier.due(&hook, ROBOT_PACE_US - 1), None);
        assert!(courier.due(&hook, ROBOT_PACE_US).is_some());
    }

    #[test]
    fn waits_are_shortened_by_chance_and_never_by_more_than_half() {
        for (tries, chance, seconds) in
            [(1, 0.0, 5.0), (1, 1.0, 2.5), (3, 0.5, 15.0), (12, 0.0, 3_600.0), (40, 1.0, 1_800.0)]
        {
            assert_eq!(backoff_us(tries, chance), (seconds * 1e6) as i64, "{tries} {chance}");
        }
    }

    #[test]
    fn what_goes_out_is_signed_as_its_receiver_wants_it() {
        let now_us = 1_700_000_000_123_456;
        let plain = outgoing(&hook(Template::Json, Some("s")), &parcel(1), now_us);
        let header =
            plain.headers.iter().find(|(name, _)| *name == "sansheng-signature").expect("a signature");
        assert_eq!(header.1, signature("s", 1_700_000_000, "{\"seq\":1}"));
        assert!(
            header.1.starts_with("t=1700000000,v1=") && plain.url.ends_with("access_token=1"),
            "{plain:?}"
        );
        let robot = outgoing(&hook(Template::Dingtalk, Some("SEC1")), &parcel(1), now_us);
        assert!(robot.url.contains("access_token=1&timestamp=1700000000123&sign="), "{}", robot.url);
        let sign = robot.url.rsplit("sign=").next().unwrap();
        assert!(!sign.contains(['+', '/', '=']), "{sign}");
        let group = outgoing(&hook(Template::Wecom, None), &parcel(1), now_us);
        assert_eq!(
            (group.url.as_str(), group.headers.len()),
            ("https://hook.example/robot?access_token=1", 2)
        );
    }
}

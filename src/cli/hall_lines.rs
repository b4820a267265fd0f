//! JSON lines of a running hall, described field by field in `docs/json.md`. Fields are added, never renamed or removed.

use serde::Serialize;

use super::encounters::EncounterLine;
use super::json::{FindingLine, round, seconds};
use crate::alert::{Alert, LatencyAccount};
use crate::conduct::rulebook::Rulebook;
use crate::runtime::live::HallEvent;
use crate::status::WindowState;
use crate::units::Role;

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(super) enum HallLine<'a> {
    /// The first of a run.
    Run {
        at_unix_s: f64,
        hall: &'a str,
        version: &'a str,
        rules: &'a str,
        fingerprint: &'a str,
    },
    /// Stands for lines that are missing.
    Dropped {
        lines: u64,
        since_unix_s: f64,
        at_unix_s: f64,
    },
    Finding(Box<FindingLine<'a>>),
    Alert(Box<AlertLine<'a>>),
    Encounter(EncounterLine<'a>),
    Words {
        window: &'a str,
        start_s: f64,
        end_s: f64,
        settled: &'a str,
        tentative: &'a str,
        over: bool,
    },
    Window {
        window: &'a str,
        at_unix_s: f64,
        state: WindowState,
        reason: Option<&'a str>,
    },
    Microphone {
        window: &'a str,
        at_unix_s: f64,
        role: Role,
        state: WindowState,
        reason: Option<&'a str>,
    },
    Unheard {
        window: &'a str,
        start_s: f64,
        end_s: f64,
        reason: String,
    },
    Shed {
        window: &'a str,
        what: &'a str,
    },
    Rules {
        window: &'a str,
        version: &'a str,
    },
    Ended {
        window: &'a str,
        audio_s: f64,
        clerk_speech_s: f64,
        unheard_s: f64,
        segments: u64,
        partials: u64,
    },
}

#[derive(Serialize)]
pub(super) struct AlertLine<'a> {
    id: u64,
    revision: u32,
    at_unix_s: f64,
    #[serde(flatten)]
    finding: FindingLine<'a>,
    note: &'a str,
    latency_s: LatencyLine,
    budget: &'a str,
    allowed_s: f64,
    late: bool,
}

#[derive(Serialize)]
struct LatencyLine {
    capture: f64,
    endpoint: f64,
    queue: f64,
    decode: f64,
    verify: f64,
    publish: f64,
    total: f64,
}

impl<'a> HallLine<'a> {
    /// `window` is its id, `source` what its clerk is heard through, `at_unix_s` now, to milliseconds. `None` for
    /// what is no news to anybody.
    pub fn new(
        event: &'a HallEvent,
        window: &'a str,
        source: &'a str,
        rules: &'a Rulebook,
        at_unix_s: f64,
    ) -> Option<Self> {
        Some(match event {
            HallEvent::Found { finding, .. } => {
                Self::Finding(Box::new(FindingLine::new(source, finding, rules)))
            }
            HallEvent::Closed { encounter, .. } => {
                Self::Encounter(EncounterLine::new(source, window, encounter))
            }
            HallEvent::Alerted { alert, .. } => {
                Self::Alert(Box::new(AlertLine::new(alert, source, rules, at_unix_s)))
            }
            HallEvent::Words { span, settled, tentative, over, .. } => {
                let (start_s, end_s) = seconds(*span);
                Self::Words { window, start_s, end_s, settled, tentative, over: *over }
            }
            HallEvent::State { role: Role::Clerk, state, reason, .. } => Self::Window {
                window,
                at_unix_s,
                state: *state,
                reason: reason.as_ref().map(|reason| reason.en.as_str()),
            },
            HallEvent::State { role, state, reason, .. } => Self::Microphone {
                window,
                at_unix_s,
                role: *role,
                state: *state,
                reason: reason.as_ref().map(|reason| reason.en.as_str()),
            },
            HallEvent::Unheard { span, why, .. } => {
                let (start_s, end_s) = seconds(*span);
                Self::Unheard { window, start_s, end_s, reason: why.to_string() }
            }
            HallEvent::Shed { what, .. } => Self::Shed { window, what },
            HallEvent::Rules { .. } => Self::Rules { window, version: rules.version() },
            HallEvent::Ended { account, .. } => Self::Ended {
                window,
                audio_s: round(account.audio_s),
                clerk_speech_s: round(account.clerk_speech_s),
                unheard_s: round(account.unheard_s),
                segments: account.segments,
                partials: account.partials,
            },
            HallEvent::Taken { .. }
            | HallEvent::Clock { .. }
            | HallEvent::Encounter { .. }
            | HallEvent::Decoded { .. }
            | HallEvent::Evidence { .. }
            | HallEvent::Retention { .. }
            | HallEvent::Progress { .. } => {
                return None;
            }
        })
    }
}

impl<'a> AlertLine<'a> {
    fn new(alert: &'a Alert, source: &'a str, rules: &'a Rulebook, at_unix_s: f64) -> Self {
        let LatencyAccount { capture_s, endpoint_s, queue_s, decode_s, verify_s, publish_s, total_s, .. } =
            alert.account;
        Self {
            id: alert.id.0,
            revision: alert.revision,
            at_unix_s,
            finding: FindingLine::new(source, &alert.finding, rules).in_state(alert.state.name()),
            note: &alert.note,
            latency_s: LatencyLine {
                capture: round(capture_s),
                endpoint: round(endpoint_s),
                queue: round(queue_s),
                decode: round(decode_s),
                verify: round(verify_s),
                publish: round(publish_s),
                total: round(total_s),
            },
            budget: alert.budget.name(),
            allowed_s: round(alert.allowed.as_secs_f64()),
            late: alert.late,
        }
    }
}

//! The counting rules, one case a line, over the example truth in `tests/data/eval`.

mod decision_rules;
mod encounter_rules;
mod forbidden_rules;
mod reports;
mod required_rules;
mod sweeps;
mod truth_files;
mod visitor_rules;

use std::path::{Path, PathBuf};

use super::*;
use crate::conduct::{FindingKind, FindingState, Severity};
use crate::units::WindowId;

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/eval").join(name)
}

fn example() -> Truth {
    Truth::load(&data("truth.json")).unwrap()
}

fn span(start_s: f64, end_s: f64) -> Span {
    Span::new(SessionTime::from_seconds(start_s), SessionTime::from_seconds(end_s))
}

fn finding(kind: FindingKind, provision: &str, channel: u16, start_s: f64, end_s: f64) -> Finding {
    Finding {
        window: WindowId::new("1"),
        kind,
        provision: provision.to_owned(),
        rule: format!("rule-{provision}"),
        severity: Severity::Minor,
        phrase: format!("phrase of {provision}"),
        heard: "听到的".to_owned(),
        channel: ChannelIndex(channel),
        span: span(start_s, end_s),
        due: SessionTime::from_seconds(end_s),
        sureness: 0.75,
        state: FindingState::Confirmed,
        cites: Vec::new(),
        reason: format!("reason of {provision} at {start_s}"),
        reason_zh: String::new(),
        evidence: Default::default(),
        needs_review: false,
    }
}

fn alert(provision: &str, channel: u16, start_s: f64, end_s: f64) -> Finding {
    finding(FindingKind::Forbidden, provision, channel, start_s, end_s)
}

fn absence(provision: &str, start_s: f64, end_s: f64) -> Finding {
    finding(FindingKind::Missing, provision, 0, start_s, end_s)
}

fn in_state(state: FindingState, finding: Finding) -> Finding {
    Finding { state, ..finding }
}

/// `file` heard in full, an hour of it, with nothing but these findings.
fn heard(file: &str, findings: Vec<Finding>) -> Heard {
    let transcribed = [Role::Clerk, Role::Visitor];
    Heard { findings, audio_s: 3600.0, decode_s: 360.0, match_s: 36.0, ..Heard::nothing(file, &transcribed) }
}

fn utterance(channel: u16, start_s: f64, end_s: f64, text: &str) -> HeardUtterance {
    let role = if channel == 0 { Role::Clerk } else { Role::Visitor };
    HeardUtterance { channel, role, start_s, end_s, text: text.to_owned() }
}

//! JSON lines, described field by field in `docs/json.md`. Fields are added, never renamed or removed.

use serde::Serialize;

use super::encounters::EncounterLine;
use crate::asr::Hypothesis;
use crate::conduct::rulebook::Rulebook;
use crate::conduct::{Finding, FindingKind, Severity, ShownEvidence};
use crate::runtime::Account;
use crate::units::{Role, Span};

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(super) enum Line<'a> {
    Finding(FindingLine<'a>),
    Transcript(TranscriptLine<'a>),
    Encounter(EncounterLine<'a>),
    /// The visitor spoke.
    Visitor(StretchLine<'a>),
    /// Nobody knows what was said then.
    Unheard {
        #[serde(flatten)]
        of: StretchLine<'a>,
        reason: &'a str,
    },
    /// How far a recording is.
    Progress {
        file: &'a str,
        heard_s: f64,
        audio_s: Option<f64>,
    },
    /// What became of a recording's time.
    Account(AccountLine<'a>),
    /// A recording, or a stretch of it, was not heard, or was odd.
    Problem {
        file: &'a str,
        message: &'a str,
        fatal: bool,
        partly: bool,
    },
}

#[derive(Serialize)]
pub(super) struct FindingLine<'a> {
    file: &'a str,
    window: &'a str,
    kind: FindingKind,
    provision: &'a str,
    rule: &'a str,
    title: &'a str,
    severity: Severity,
    weight: u8,
    phrase: &'a str,
    heard: &'a str,
    channel: u16,
    start_s: f64,
    end_s: f64,
    sureness: f64,
    state: &'a str,
    reason: &'a str,
    advice: &'a str,
    cites: Vec<CiteLine<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<ShownEvidence<'a>>,
    needs_review: bool,
}

#[derive(Serialize)]
struct CiteLine<'a> {
    standard: &'a str,
    title: &'a str,
    article: &'a str,
    quote: &'a str,
}

#[derive(Serialize)]
pub(super) struct TranscriptLine<'a> {
    file: &'a str,
    window: &'a str,
    channel: u16,
    role: Role,
    start_s: f64,
    end_s: f64,
    text: String,
    pinyin: String,
    log_prob: f64,
    chars: Vec<CharLine>,
}

#[derive(Serialize)]
pub(super) struct StretchLine<'a> {
    file: &'a str,
    window: &'a str,
    start_s: f64,
    end_s: f64,
}

#[derive(Serialize)]
pub(super) struct AccountLine<'a> {
    file: &'a str,
    window: &'a str,
    audio_s: f64,
    clerk_speech_s: f64,
    unheard_s: f64,
    segments: u64,
}

#[derive(Serialize)]
struct CharLine {
    ch: char,
    start_s: f64,
    end_s: f64,
    probability: f64,
}

impl<'a> FindingLine<'a> {
    pub fn new(file: &'a str, finding: &'a Finding, rules: &'a Rulebook) -> Self {
        let rule = rules.rule(&finding.rule);
        let (start_s, end_s) = seconds(finding.span);
        Self {
            file,
            window: finding.window.as_str(),
            kind: finding.kind,
            provision: &finding.provision,
            rule: &finding.rule,
            title: rule.map_or("", |r| &r.title),
            severity: finding.severity,
            weight: rule.map_or(0, |r| r.weight),
            phrase: &finding.phrase,
            heard: &finding.heard,
            channel: finding.channel.0,
            start_s,
            end_s,
            sureness: round(f64::from(finding.sureness)),
            state: finding.state.name(),
            reason: &finding.reason,
            advice: rule.map_or("", |r| &r.advice),
            cites: finding
                .cites
                .iter()
                .map(|cite| CiteLine {
                    standard: &cite.standard,
                    title: rules.standard(&cite.standard).map_or("", |s| &s.title),
                    article: &cite.article,
                    quote: &cite.quote,
                })
                .collect(),
            evidence: ShownEvidence::of(&finding.evidence),
            needs_review: finding.needs_review,
        }
    }
}

impl<'a> FindingLine<'a> {
    /// The same with the state of the alert that shows it.
    pub fn in_state(self, state: &'a str) -> Self {
        Self { state, ..self }
    }
}

impl<'a> StretchLine<'a> {
    pub fn new(file: &'a str, window: &'a str, span: Span) -> Self {
        let (start_s, end_s) = seconds(span);
        Self { file, window, start_s, end_s }
    }
}

impl<'a> AccountLine<'a> {
    pub fn new(file: &'a str, window: &'a str, account: &Account) -> Self {
        let Account { audio_s, clerk_speech_s, unheard_s, segments, .. } = *account;
        let (audio_s, clerk_speech_s, unheard_s) = (round(audio_s), round(clerk_speech_s), round(unheard_s));
        Self { file, window, audio_s, clerk_speech_s, unheard_s, segments }
    }
}

impl<'a> TranscriptLine<'a> {
    pub fn new(file: &'a str, window: &'a str, heard: &Hypothesis) -> Self {
        let (start_s, end_s) = seconds(heard.span);
        let sounds: Vec<&str> = heard.chars.iter().filter_map(|c| c.syllable).map(|s| s.as_str()).collect();
        Self {
            file,
            window,
            channel: heard.channel.0,
            role: heard.role,
            start_s,
            end_s,
            text: heard.text(),
            pinyin: sounds.join(" "),
            log_prob: round(f64::from(heard.mean_log_prob)),
            chars: heard
                .chars
                .iter()
                .map(|c| {
                    let (start_s, end_s) = seconds(c.span);
                    CharLine { ch: c.ch, start_s, end_s, probability: round(f64::from(c.probability)) }
                })
                .collect(),
        }
    }
}

pub(super) fn seconds(span: Span) -> (f64, f64) {
    (round(span.start.seconds()), round(span.end.seconds()))
}

/// To thousandths: milliseconds, and no noise of the last bits.
pub(super) fn round(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}

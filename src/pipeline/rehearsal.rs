//! A courteous encounter with one sentence put into it, run through the stages after the recogniser: what rules make of it.

use std::sync::Arc;

use super::{HeardSegment, Mind, Quiet, Settings};
use crate::asr::{HeardChar, Hypothesis};
use crate::conduct::rulebook::{Rule, RuleKind, Situation};
use crate::conduct::scene::EncounterKind;
use crate::conduct::{CompiledBook, Finding, FindingKind, FindingState};
use crate::mandarin::{is_punctuation, simplify, syllable_of};
use crate::units::{ChannelIndex, Role, SAMPLE_RATE_HZ, SessionTime, Span, WindowId};

/// A character takes a fifth of a second: 300 a minute.
const CHAR_SAMPLES: u64 = SAMPLE_RATE_HZ as u64 / 5;
/// Between two turns.
const PAUSE_S: f64 = 0.8;
const RING_S: f64 = 1.0;
/// Longer than any silence that an encounter outlasts.
const AFTER_S: f64 = 600.0;

/// A sentence, and where it stands in the encounter.
#[derive(Clone, Copy, Debug)]
pub struct Rehearsal<'a> {
    pub sentence: &'a str,
    pub by: Role,
    pub at: SaidAt,
    pub on: EncounterKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaidAt {
    /// In place of the clerk's opening.
    First,
    Middle,
    /// In place of the clerk's farewell.
    Last,
}

/// What was found, and when the sentence was said.
#[derive(Clone, Debug)]
pub struct Rehearsed {
    pub findings: Vec<Finding>,
    pub said: Span,
    at: SaidAt,
}

type Line<'a> = (Role, &'a str);

impl Rehearsed {
    /// Findings about the sentence: what was said in it, or what was not said instead.
    pub fn concerning(&self) -> impl Iterator<Item = &Finding> {
        let said = self.said;
        self.findings.iter().filter(move |f| f.kind == FindingKind::Missing || f.span.overlaps(said))
    }

    /// Rules that require something at that place, and got it.
    pub fn fulfilled<'b>(&'b self, book: &'b CompiledBook) -> impl Iterator<Item = &'b Rule> {
        let missed =
            |rule: &Rule| self.findings.iter().any(|f| f.rule == rule.id && f.kind == FindingKind::Missing);
        book.rulebook().rules().iter().filter(move |rule| is_due(rule, self.at) && !missed(rule))
    }
}

/// What became of a finding, in a word.
pub fn outcome(finding: &Finding) -> &'static str {
    match (finding.state, finding.kind) {
        (FindingState::Confirmed, FindingKind::Missing) => "missing",
        (FindingState::Confirmed, FindingKind::Credit) => "credit",
        (FindingState::Confirmed, _) => "found",
        (state, _) => state.name(),
    }
}

/// A rule that requires something at that place.
fn is_due(rule: &Rule, at: SaidAt) -> bool {
    matches!(
        (&rule.kind, at),
        (RuleKind::Required { situation: Situation::EncounterStart { .. }, .. }, SaidAt::First)
            | (RuleKind::Required { situation: Situation::EncounterEnd { .. }, .. }, SaidAt::Last)
    )
}

/// Puts the sentence into its place and judges the encounter.
pub fn rehearse(what: Rehearsal<'_>, book: &Arc<CompiledBook>) -> Rehearsed {
    let (lines, place) = script((what.by, what.sentence), what.at, what.on);
    let mut mind = Mind::new(Arc::clone(book), WindowId::new("1"), &Settings::default());
    let mut findings = Vec::new();
    let mut at = SessionTime::from_seconds(1.0);
    if what.on == EncounterKind::Telephone {
        let ring = Span::new(at, at.plus(SessionTime::from_seconds(RING_S).0));
        mind.ring(ring, &mut findings);
        at = ring.end.plus(SessionTime::from_seconds(PAUSE_S).0);
    }
    let mut said = Span::new(at, at);
    for (index, (role, text)) in lines.iter().enumerate() {
        let heard = spoken(*role, text, at);
        let span = heard.span;
        if index == place {
            said = span;
        }
        match role {
            Role::Clerk => mind.clerk(&HeardSegment::silent(heard), &mut findings),
            Role::Visitor => {
                let heard = HeardSegment::silent(heard);
                mind.visitor(span, heard.level, Some(&heard), &mut findings);
            }
        }
        at = span.end.plus(SessionTime::from_seconds(PAUSE_S).0);
        mind.quiet(Quiet { until: at, clerk: at }, &mut findings);
    }
    let end = at.plus(SessionTime::from_seconds(AFTER_S).0);
    mind.quiet(Quiet { until: end, clerk: end }, &mut findings);
    mind.finish(end, &mut findings);
    let mut settled = Vec::new();
    findings.into_iter().for_each(|finding| finding.settle_into(&mut settled));
    Rehearsed { findings: settled, said, at: what.at }
}

/// The lines of the encounter, and which of them is the sentence.
fn script<'a>(sentence: Line<'a>, at: SaidAt, on: EncounterKind) -> (Vec<Line<'a>>, usize) {
    let opening = match on {
        EncounterKind::Counter => (Role::Clerk, "您好，请坐，请问您需要办理什么业务"),
        EncounterKind::Telephone => (Role::Clerk, "您好，这里是服务窗口，请讲"),
    };
    let mut lines = vec![
        opening,
        (Role::Visitor, "我想问一下这个怎么办"),
        (Role::Clerk, "好的，请把您的姓名告诉我"),
        (Role::Visitor, "在这里"),
        (Role::Clerk, "都登记好了，请您放心"),
        (Role::Visitor, "好"),
        (Role::Clerk, "感谢您的配合，再见"),
    ];
    let last = lines.len() - 1;
    let place = match (at, sentence.0) {
        (SaidAt::First, Role::Clerk) => 0,
        (SaidAt::First, Role::Visitor) => 1,
        (SaidAt::Middle, _) => 4,
        (SaidAt::Last, Role::Clerk) => last,
        (SaidAt::Last, Role::Visitor) => last - 1,
    };
    if at == SaidAt::Middle {
        // Somebody speaks next: the turn ends with the sentence.
        lines.splice(place..place, [sentence, (Role::Visitor, "嗯")]);
    } else {
        lines[place] = sentence;
    }
    (lines, place)
}

fn spoken(role: Role, text: &str, start: SessionTime) -> Hypothesis {
    let mut at = start;
    let text = simplify(text);
    let chars = text.chars().filter(|ch| !ch.is_whitespace()).map(|ch| {
        let from = at;
        at = at.plus(if is_punctuation(ch) { 0 } else { CHAR_SAMPLES });
        HeardChar { ch, syllable: syllable_of(ch), span: Span::new(from, at), probability: 1.0 }
    });
    let chars: Vec<HeardChar> = chars.collect();
    let channel = ChannelIndex(if role == Role::Clerk { 0 } else { 1 });
    Hypothesis { channel, role, span: Span::new(start, at), chars, mean_log_prob: 0.0, goes_on: false }
}

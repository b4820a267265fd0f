//! A courteous encounter with one sentence put into it, run through the stages after the recogniser.

use std::sync::Arc;

use super::super::args::{RulesTestArgs, SaidAt, SaidBy, SaidOn};
use crate::asr::{HeardChar, Hypothesis};
use crate::conduct::{CompiledBook, Finding};
use crate::mandarin::{is_punctuation, simplify, syllable_of};
use crate::pipeline::{HeardSegment, Mind, Quiet, Settings};
use crate::units::{ChannelIndex, Role, SAMPLE_RATE_HZ, SessionTime, Span, WindowId};

/// A character takes a fifth of a second: 300 a minute.
const CHAR_SAMPLES: u64 = SAMPLE_RATE_HZ as u64 / 5;
/// Between two turns.
const PAUSE_S: f64 = 0.8;
const RING_S: f64 = 1.0;
/// Longer than any silence that an encounter outlasts.
const AFTER_S: f64 = 600.0;

/// What was found, and when the sentence was said.
pub(super) struct Tried {
    pub findings: Vec<Finding>,
    pub said: Span,
}

type Line<'a> = (Role, &'a str);

/// Puts the sentence into its place and judges the encounter.
pub(super) fn run(args: &RulesTestArgs, book: &Arc<CompiledBook>) -> Tried {
    let role = match args.role {
        SaidBy::Clerk => Role::Clerk,
        SaidBy::Visitor => Role::Visitor,
    };
    let (lines, place) = script((role, &args.sentence), args.at, args.encounter);
    let mut mind = Mind::new(Arc::clone(book), WindowId::new("1"), &Settings::default());
    let mut findings = Vec::new();
    let mut at = SessionTime::from_seconds(1.0);
    if args.encounter == SaidOn::Telephone {
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
    Tried { findings: settled, said }
}

/// The lines of the encounter, and which of them is the sentence.
fn script<'a>(sentence: Line<'a>, at: SaidAt, on: SaidOn) -> (Vec<Line<'a>>, usize) {
    let opening = match on {
        SaidOn::Counter => (Role::Clerk, "您好，请坐，请问您需要办理什么业务"),
        SaidOn::Telephone => (Role::Clerk, "您好，这里是服务窗口，请讲"),
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

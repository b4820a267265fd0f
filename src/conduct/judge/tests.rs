//! What is said in one turn, and taken back.

use super::*;
use crate::asr::HeardChar;
use crate::conduct::rulebook::Rulebook;
use crate::mandarin::{is_punctuation, syllable_of};

/// `text` spoken at five characters a second from `start_s` on.
pub(super) fn heard(start_s: f64, text: &str) -> Hypothesis {
    let mut at = SessionTime::from_seconds(start_s);
    let chars = text.chars().map(|ch| {
        let start = at;
        at = at.plus(if is_punctuation(ch) { 0 } else { 3_200 });
        HeardChar { ch, syllable: syllable_of(ch), span: Span::new(start, at), probability: 0.9 }
    });
    let chars: Vec<HeardChar> = chars.collect();
    Hypothesis {
        channel: ChannelIndex(0),
        role: Role::Clerk,
        span: Span::new(SessionTime::from_seconds(start_s), at),
        chars,
        mean_log_prob: -0.1,
        goes_on: false,
    }
}

fn judged(script: &[(f64, &str)]) -> Vec<(FindingState, String)> {
    let book = CompiledBook::compile(Rulebook::builtin().unwrap()).unwrap();
    let mut judge = Judge::new(Arc::new(book), WindowId::new("1"), EncounterConfig::default());
    let mut out = Vec::new();
    for (start_s, text) in script {
        judge.clerk_spoke(&heard(*start_s, text), &[], Dbfs::SILENCE, &mut out);
    }
    let mut settled = Vec::new();
    let forbidden = out.into_iter().filter(|f| f.kind == FindingKind::Forbidden);
    forbidden.for_each(|finding| finding.settle_into(&mut settled));
    settled.retain(|f| f.state != FindingState::Held);
    settled.into_iter().map(|f| (f.state, f.heard)).collect()
}

#[test]
fn an_accusation_is_taken_back_when_the_turn_goes_on_innocently() {
    use FindingState::{Confirmed, Retracted};
    for (script, state) in [
        (vec![(0.0, "不知道")], Confirmed),
        (vec![(0.0, "不知道"), (1.4, "我帮您查一下")], Retracted),
        (vec![(0.0, "不知道"), (4.0, "我帮您查一下")], Confirmed),
    ] {
        assert_eq!(judged(&script), [(state, "不知道".to_owned())], "{script:?}");
    }
}

#[test]
fn a_phrase_that_goes_on_after_a_pause_is_one_accusation() {
    let findings = judged(&[(0.0, "我不管"), (1.2, "问别人去")]);
    assert_eq!(findings.len(), 1, "{findings:?}");
}

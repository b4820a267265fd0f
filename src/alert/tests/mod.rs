//! The desk, scene by scene.

mod revisions;

use super::AlertState::{Confirmed, Provisional, Retracted};
use super::*;
use crate::conduct::{FindingKind, FindingState, Severity};
use crate::units::{ChannelIndex, SessionTime, Span, WindowId};

/// A confirmed accusation of `rule`, heard from `from_s` to `to_s`.
pub(super) fn finding(rule: &str, from_s: f64, to_s: f64) -> Finding {
    Finding {
        window: WindowId::new("3"),
        kind: FindingKind::Forbidden,
        provision: "P33".to_owned(),
        rule: rule.to_owned(),
        severity: Severity::Major,
        phrase: "不知道".to_owned(),
        heard: "不知道".to_owned(),
        channel: ChannelIndex(0),
        span: Span::new(SessionTime::from_seconds(from_s), SessionTime::from_seconds(to_s)),
        due: SessionTime::from_seconds(to_s),
        sureness: 0.9,
        state: FindingState::Confirmed,
        cites: Vec::new(),
        reason: "said in these words".to_owned(),
        reason_zh: String::new(),
        evidence: Default::default(),
        needs_review: false,
    }
}

fn sure(finding: Finding) -> Preview {
    Preview { finding, committed: true, verified: false }
}

fn unsure(finding: Finding) -> Preview {
    Preview { finding, committed: false, verified: false }
}

fn held(finding: Finding, reason: &str) -> Finding {
    Finding { state: FindingState::Held, reason: reason.to_owned(), ..finding }
}

fn desk() -> AlertDesk {
    AlertDesk::new(AlertIds::default(), Arc::new(BudgetTable::default()))
}

fn at(published_s: f64) -> Moments {
    let now = Duration::from_secs_f64(published_s);
    Moments::without_hearing(SessionClock::default(), Duration::ZERO, now)
}

/// Id, revision, state.
type Told = (u64, u32, AlertState);

/// What a step published.
fn told(out: &mut Vec<Alert>) -> Vec<Told> {
    out.drain(..).map(|alert| (alert.id.0, alert.revision, alert.state)).collect()
}

#[test]
fn an_accusation_is_published_before_the_utterance_ends_and_confirmed_by_its_final() {
    let (mut desk, mut out) = (desk(), Vec::new());
    desk.preview(1, &[unsure(finding("a", 1.0, 1.6))], &at(2.0), &mut out);
    assert_eq!(told(&mut out), [], "tentative and not verified");
    desk.preview(1, &[sure(finding("a", 1.0, 1.6))], &at(2.5), &mut out);
    let first = out[0].clone();
    assert_eq!(told(&mut out), [(1, 1, Provisional)]);
    desk.preview(1, &[sure(finding("a", 1.1, 1.7))], &at(3.5), &mut out);
    assert_eq!(told(&mut out), [], "only its time wandered");
    desk.preview(1, &[unsure(finding("b", 1.1, 1.7))], &at(3.6), &mut out);
    assert_eq!(told(&mut out), [], "tentative text changes nothing that is shown");
    let longer = Finding { phrase: "我不知道，问别人去".to_owned(), ..finding("b", 1.0, 2.8) };
    desk.settle(1, std::slice::from_ref(&longer), &at(5.0), &mut out);
    assert_eq!((out[0].finding.clone(), out[0].account), (longer, first.account));
    assert_eq!(out[0].first_published, first.first_published);
    assert_eq!(told(&mut out), [(1, 2, Confirmed)]);
    desk.preview(1, &[], &at(5.1), &mut out);
    assert_eq!(told(&mut out), [], "a partial decode that is overtaken by the final");
}

#[test]
fn one_flicker_is_nothing_two_misses_retract_and_the_words_come_back_under_their_id() {
    let (mut desk, mut out) = (desk(), Vec::new());
    let heard = || [sure(finding("a", 1.0, 1.6))];
    let not_heard = [sure(held(finding("a", 1.0, 1.6), "held back by 帮您"))];
    type Step<'a> = (&'a [Preview], &'a [Told]);
    let steps: [Step<'_>; 7] = [
        (&heard(), &[(1, 1, Provisional)]),
        (&[], &[]),
        (&heard(), &[]),
        (&[], &[]),
        (&not_heard, &[(1, 2, Retracted)]),
        (&[], &[]),
        (&heard(), &[(1, 3, Provisional)]),
    ];
    for (index, (previews, expected)) in steps.into_iter().enumerate() {
        desk.preview(1, previews, &at(2.0), &mut out);
        if let Some(alert) = out.first().filter(|alert| alert.state == Retracted) {
            assert_eq!(alert.note, "held back by 帮您");
            assert_eq!(alert.finding.state, FindingState::Retracted);
        }
        assert_eq!(told(&mut out), expected, "step {index}");
    }
}

#[test]
fn what_the_final_does_not_bear_out_is_retracted_with_its_reason() {
    for (finals, note) in [
        (vec![], "not heard when the whole utterance was"),
        (vec![held(finding("a", 1.0, 1.6), "the clerk went on: 我帮您查")], "the clerk went on: 我帮您查"),
    ] {
        let (mut desk, mut out) = (desk(), Vec::new());
        desk.preview(1, &[sure(finding("a", 1.0, 1.6))], &at(2.0), &mut out);
        desk.settle(1, &finals, &at(3.0), &mut out);
        assert_eq!(out[1].note, note);
        assert_eq!(told(&mut out), [(1, 1, Provisional), (1, 2, Retracted)]);
    }
}

#[test]
fn an_utterance_never_heard_to_its_end_leaves_its_alert_provisional_and_says_so() {
    let (mut desk, mut out) = (desk(), Vec::new());
    desk.preview(1, &[sure(finding("a", 1.0, 1.6))], &at(2.0), &mut out);
    desk.unheard(1, "overload", &mut out);
    assert!(out[1].note.contains("overload"), "{}", out[1].note);
    desk.unheard(1, "overload", &mut out);
    assert_eq!(told(&mut out), [(1, 1, Provisional), (1, 2, Provisional)]);
}

#[test]
fn words_that_a_cut_moves_into_the_next_utterance_keep_their_alert() {
    let (mut desk, mut out) = (desk(), Vec::new());
    desk.preview(1, &[sure(finding("a", 9.5, 10.1))], &at(10.5), &mut out);
    desk.settle(1, &[], &at(11.0), &mut out);
    desk.settle(2, &[finding("a", 9.6, 10.2)], &at(12.0), &mut out);
    assert_eq!(told(&mut out), [(1, 1, Provisional), (1, 2, Retracted), (1, 3, Confirmed)]);
    desk.settle(3, &[finding("a", 10.4, 11.0)], &at(13.0), &mut out);
    assert_eq!(told(&mut out), [(2, 1, Confirmed)], "what the record has twice was said twice");
}

#[test]
fn words_of_the_next_utterance_are_not_those_just_before_it() {
    let (mut desk, mut out) = (desk(), Vec::new());
    desk.preview(1, &[sure(finding("a", 9.4, 10.0))], &at(10.1), &mut out);
    desk.settle(1, &[held(finding("a", 9.4, 10.0), "asks politely")], &at(10.2), &mut out);
    desk.preview(2, &[sure(finding("a", 10.3, 10.9))], &at(12.0), &mut out);
    assert_eq!(told(&mut out), [(1, 1, Provisional), (1, 2, Retracted), (2, 1, Provisional)]);
}

#[test]
fn memory_is_bounded_and_a_withdrawal_still_finds_any_of_the_last_findings() {
    let (mut desk, mut out) = (desk(), Vec::new());
    let said = |utterance: u64| finding("a", utterance as f64, utterance as f64 + 0.6);
    for utterance in 1..=300 {
        desk.settle(utterance, &[said(utterance)], &at(1.0), &mut out);
    }
    assert_eq!(out.len(), 300);
    out.clear();
    let withdrawn = |utterance| Finding { state: FindingState::Retracted, ..said(utterance) };
    desk.settle(301, &[withdrawn(45), withdrawn(44)], &at(2.0), &mut out);
    assert_eq!(told(&mut out), [(45, 2, Retracted)]);
}

#[test]
fn the_record_withdraws_its_own_accusation_under_its_alert_and_for_good() {
    let (mut desk, mut out) = (desk(), Vec::new());
    desk.settle(1, &[finding("a", 1.0, 1.6)], &at(2.0), &mut out);
    let withdrawn = Finding {
        state: FindingState::Retracted,
        reason: "taken back: 我帮您查".to_owned(),
        ..finding("a", 1.0, 1.6)
    };
    let all = [withdrawn.clone(), finding("b", 4.0, 4.6)];
    desk.settle(2, &all, &at(5.0), &mut out);
    assert_eq!((&out[2].finding, out[2].note.as_str()), (&withdrawn, "taken back: 我帮您查"));
    assert_eq!(told(&mut out), [(1, 1, Confirmed), (2, 1, Confirmed), (1, 2, Retracted)]);
    desk.settle(3, &[finding("a", 1.0, 1.6), withdrawn], &at(6.0), &mut out);
    assert_eq!(
        told(&mut out),
        [(3, 1, Confirmed), (3, 2, Retracted)],
        "a finding of its own, not the old one"
    );
}

#[test]
fn only_what_accuses_becomes_an_alert() {
    for (kind, state, alerts) in [
        (FindingKind::Missing, FindingState::Confirmed, 1),
        (FindingKind::Voice, FindingState::Confirmed, 1),
        (FindingKind::Missing, FindingState::Unknown, 0),
        (FindingKind::Forbidden, FindingState::Held, 0),
        (FindingKind::Credit, FindingState::Confirmed, 0),
    ] {
        let (mut desk, mut out) = (desk(), Vec::new());
        let found = Finding { kind, state, ..finding("a", 1.0, 1.0) };
        desk.announce(std::slice::from_ref(&found), &at(2.0), &mut out);
        desk.preview(1, &[sure(Finding { kind, ..found })], &at(2.0), &mut out);
        assert_eq!(out.len(), alerts, "{kind:?} {state:?}");
    }
}

#[test]
fn an_alert_is_late_by_the_budget_of_what_it_is_about() {
    // Words, or the deadline, ended at 1 s.
    for (kind, published_s, late) in [
        (FindingKind::Forbidden, 2.5, false),
        (FindingKind::Forbidden, 2.501, true),
        (FindingKind::Missing, 2.0, false),
        (FindingKind::Missing, 2.001, true),
    ] {
        let (mut desk, mut out) = (desk(), Vec::new());
        let moments = at(published_s);
        desk.settle(1, &[Finding { kind, ..finding("a", 0.0, 1.0) }], &moments, &mut out);
        assert_eq!(out[0].late, late, "{kind:?} published at {published_s} s: {:?}", out[0].account);
    }
}

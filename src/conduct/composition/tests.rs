//! Composed rules over scenes made by hand.

mod operators;
mod steady;

use super::stage::Event::{self, *};
use super::stage::{Setting, book, found, play};
use crate::conduct::scene::Roles;
use crate::conduct::{Finding, FindingKind, FindingState};

/// A rule that finds each place of one condition.
fn each(condition: &str) -> String {
    format!("holds = \"x\"\n[rule.condition.x]\n{condition}")
}

/// What `rest` finds in each script, looked at often and only at the end.
fn check(finding: &str, rest: &str, setting: Setting, cases: &[(&[Event], &[&str])]) {
    let book = book(finding, rest);
    for (events, expected) in cases {
        for often in [true, false] {
            let setting = Setting { often, ..setting };
            assert_eq!(found(&book, setting, events), *expected, "{rest}\n{events:?} often: {often}");
        }
        same_however_often(
            &play(&book, setting, events),
            &play(&book, Setting { often: false, ..setting }, events),
        );
    }
}

/// What is found must not depend on how often it is looked.
fn same_however_often(often: &[Finding], once: &[Finding]) {
    let sorted = |findings: &[Finding]| {
        let mut all = findings.to_vec();
        // The words around are as many as there were.
        all.iter_mut().for_each(|finding| finding.evidence.context.clear());
        all.sort_by(|a, b| (a.span, &a.rule).cmp(&(b.span, &b.rule)));
        all
    };
    assert_eq!(sorted(often), sorted(once));
}

fn check_each(condition: &str, cases: &[(&[Event], &[&str])]) {
    check("voice", &each(condition), Setting::default(), cases);
}

#[test]
fn say_any_finds_each_place_and_nothing_that_a_guard_holds_back() {
    check_each(
        "say = { any = [\"快点快点\", \"没有办法\"], unless = { turn = [\"抱歉\"] } }",
        &[
            (&[Clerk(1.0, "您好"), End(2.0, 20.0)], &[]),
            (&[Clerk(1.0, "快点快点"), End(2.0, 20.0)], &["1.0-1.8"]),
            (&[Clerk(1.0, "快点快点，没有办法"), End(3.0, 20.0)], &["1.0-1.8", "1.8-2.6"]),
            (&[Clerk(1.0, "没有办法"), Clerk(2.5, "很抱歉"), End(3.5, 20.0)], &[]),
            (&[Clerk(1.0, "没有办法"), Clerk(9.0, "很抱歉"), End(10.0, 20.0)], &["1.0-1.8"]),
            (&[VisitorSaid(1.0, "快点快点"), Clerk(3.0, "好的"), End(4.0, 20.0)], &[]),
        ],
    );
}

#[test]
fn say_at_least_all_and_order_join_words_across_turns() {
    let scripts: [&[Event]; 3] = [
        &[Clerk(1.0, "您好，请讲"), Clerk(9.0, "再见再见"), End(10.0, 20.0)],
        &[Clerk(1.0, "请讲请讲"), Clerk(9.0, "您好"), End(10.0, 20.0)],
        &[Clerk(1.0, "您好您好"), End(10.0, 20.0)],
    ];
    for (say, expected) in [
        ("{ any = [\"您好\", \"请讲\", \"再见\"], at_least = 3 }", [vec!["1.0-9.4"], vec![], vec![]]),
        ("{ all = [\"您好\", \"请讲\"] }", [vec!["1.0-1.8"], vec!["1.0-9.4"], vec![]]),
        ("{ all = [\"您好\", \"请讲\"], in_order = true }", [vec!["1.0-1.8"], vec![], vec![]]),
    ] {
        let cases: Vec<(&[Event], &[&str])> =
            scripts.iter().zip(&expected).map(|(s, e)| (*s, e.as_slice())).collect();
        check_each(&format!("say = {say}"), &cases);
    }
}

#[test]
fn say_none_holds_once_the_stretch_is_past() {
    check_each(
        "say = { none = [\"您好\"] }\nposition = { first_s = 5 }",
        &[
            (&[Clerk(1.0, "您好"), End(2.0, 20.0)], &[]),
            (&[Clerk(1.0, "什么事"), Until(4.0)], &[]),
            (&[Clerk(1.0, "什么事"), Until(6.0)], &["0.0-5.0"]),
            (&[Clerk(1.0, "什么事"), Lost(3.0, 4.0), Until(6.0)], &[]),
            // Words that were begun in time are heard out.
            (&[Clerk(4.8, "您好"), Until(8.0)], &[]),
        ],
    );
}

#[test]
fn positions_are_of_the_encounter_in_seconds_turns_and_shares() {
    let script: &[Event] =
        &[Clerk(1.0, "再见"), Visitor(3.0, 4.0), Clerk(9.0, "再见"), Clerk(19.0, "再见"), End(20.0, 40.0)];
    for (position, expected) in [
        ("first_s = 5", vec!["1.0-1.4"]),
        ("last_s = 5", vec!["19.0-19.4"]),
        ("first_turns = 2", vec!["1.0-1.4", "9.0-9.4"]),
        ("last_turns = 1", vec!["19.0-19.4"]),
        ("from_s = 5, to_s = 15", vec!["9.0-9.4"]),
        ("from_s = 5", vec!["9.0-9.4", "19.0-19.4"]),
        ("to_share = 0.5", vec!["1.0-1.4", "9.0-9.4"]),
        ("from_share = 0.5", vec!["19.0-19.4"]),
    ] {
        check_each(
            &format!("say = {{ any = [\"再见\"] }}\nposition = {{ {position} }}"),
            &[(script, &expected)],
        );
    }
}

#[test]
fn anchors_look_around_each_place_by_itself() {
    let rule = |anchor: &str| {
        format!(
            "holds = \"refused and not sorry\"\n[rule.condition.refused]\nsay = {{ any = [\"办不了\"] }}\n[rule.condition.sorry]\n\
             say = {{ any = [\"对不起\", \"抱歉\"] }}\nanchor = {{ {anchor} }}"
        )
    };
    let script: &[Event] = &[
        Clerk(1.0, "对不起，办不了"),
        Visitor(4.0, 5.0),
        Clerk(6.0, "办不了"),
        Visitor(8.0, 9.0),
        Clerk(10.0, "抱歉"),
        Visitor(12.0, 13.0),
        Clerk(15.0, "办不了"),
        End(16.0, 30.0),
    ];
    for (anchor, expected) in [
        ("around = \"refused\", within_turns = 0", vec!["6.0-6.6", "15.0-15.6"]),
        ("after = \"refused\", within_turns = 1", vec!["1.6-2.2", "15.0-15.6"]),
        ("before = \"refused\", within_turns = 1", vec![]),
        ("before = \"refused\", within_turns = 0", vec!["6.0-6.6", "15.0-15.6"]),
        ("after = \"refused\", within_s = 4", vec!["1.6-2.2", "15.0-15.6"]),
        ("before = \"refused\", within_s = 4", vec!["6.0-6.6", "15.0-15.6"]),
        ("before = \"refused\"", vec![]),
        ("around = \"refused\", hits = 2", vec![]),
        ("before = \"refused\", hits = 2", vec!["1.6-2.2", "6.0-6.6"]),
    ] {
        check("missing", &rule(anchor), Setting::default(), &[(script, &expected)]);
    }
}

#[test]
fn absence_in_a_window_is_known_when_the_window_is_past() {
    let book = book(
        "missing",
        "holds = \"asked and not told\"\n[rule.condition.asked]\nsay = { any = [\"请稍等\"] }\n[rule.condition.told]\n\
         say = { any = [\"久等了\"] }\nanchor = { after = \"asked\", within_s = 10 }",
    );
    let events = [Clerk(1.0, "请稍等"), Until(11.5), Until(12.0)];
    let [finding] = &play(&book, Setting::default(), &events[..])[..] else { panic!() };
    assert_eq!(finding.due.seconds(), 11.6, "ten seconds after the words");
    assert_eq!(finding.kind, FindingKind::Missing);
    assert_eq!(finding.reason, "asked: yes 00:01.0 “请稍等”; told: no");
    assert_eq!(finding.reason_zh, "asked：成立 00:01.0 “请稍等”；told：不成立");
    assert_eq!((finding.phrase.as_str(), finding.heard.as_str()), ("久等了", "请稍等"));
    assert!(play(&book, Setting::default(), &events[..2]).is_empty(), "not before it is sure");
}

#[test]
fn what_was_not_heard_is_unknown_and_what_cannot_be_heard_is_not_told_of() {
    let rule = "holds = \"talked and not left\"\n[rule.condition.talked]\nturns = { at_least = 1 }\n[rule.condition.left]\n\
                say = { any = [\"再见再见\"] }\nposition = { last_turns = 1 }";
    check(
        "missing",
        rule,
        Setting::default(),
        &[
            (&[Clerk(1.0, "您好"), Clerk(5.0, "再见再见"), End(6.0, 20.0)], &[]),
            (&[Clerk(1.0, "您好"), Clerk(5.0, "走吧"), End(6.0, 20.0)], &["1.0-1.4"]),
            (&[Clerk(1.0, "您好"), ClerkUnclear(5.0, 6.0), End(6.0, 20.0)], &["unknown 1.0-1.4"]),
            (&[Clerk(1.0, "您好"), Clerk(5.0, "走吧"), Lost(5.5, 5.8), End(6.0, 20.0)], &["unknown 1.0-1.4"]),
            (&[Visitor(1.0, 2.0), End(6.0, 20.0)], &[]),
        ],
    );
    let rule = "holds = \"talked and not thanked\"\n[rule.condition.talked]\nturns = { at_least = 1 }\n[rule.condition.thanked]\n\
                say = { any = [\"谢谢你啊\"] }\nrole = \"visitor\"";
    let script: &[Event] = &[Clerk(1.0, "您好"), Visitor(2.0, 3.0), End(4.0, 20.0)];
    check("missing", rule, Setting::default(), &[(script, &[])]);
    let deaf = Setting { visitor_heard: false, ..Setting::default() };
    check("missing", rule, deaf, &[(&[Clerk(1.0, "您好"), End(4.0, 20.0)], &[])]);
    let heard: &[Event] = &[Clerk(1.0, "您好"), VisitorSaid(2.0, "好吧"), End(4.0, 20.0)];
    check("missing", rule, Setting::default(), &[(heard, &["1.0-1.4"])]);
    let nobody = Setting { roles: Roles::Unknown, ..Setting::default() };
    check("missing", rule, nobody, &[(script, &[])]);
}

#[test]
fn half_of_a_phrase_is_neither_said_nor_missing() {
    let rule =
        "holds = \"not left\"\n[rule.condition.left]\nsay = { any = [\"祝您生活愉快\"], cost_max = 0.02 }";
    check(
        "missing",
        rule,
        Setting::default(),
        &[
            (&[Clerk(1.0, "好的，祝您生活油快"), End(6.0, 20.0)], &["unknown 2.6-2.6"]),
            (&[Clerk(1.0, "好的"), End(6.0, 20.0)], &["1.4-1.4"]),
            (&[Clerk(1.0, "祝您生活愉快"), End(6.0, 20.0)], &[]),
        ],
    );
}

#[test]
fn nobody_knows_who_spoke_what_was_said_but_nobody_said_what_was_not() {
    let nobody = Setting { roles: Roles::Unknown, ..Setting::default() };
    let said: &[Event] = &[Clerk(1.0, "快点快点"), End(2.0, 20.0)];
    check("voice", &each("say = { any = [\"快点快点\"] }"), nobody, &[(said, &[])]);
    check(
        "voice",
        &each("say = { any = [\"快点快点\"] }\nrole = \"either\""),
        nobody,
        &[(said, &["1.0-1.8"])],
    );
    let missing = "holds = \"not greeted\"\n[rule.condition.greeted]\nsay = { any = [\"您好您好\"] }";
    check(
        "missing",
        missing,
        nobody,
        &[(said, &["1.8-1.8"]), (&[Clerk(1.0, "您好您好"), End(2.0, 20.0)], &["unknown 1.8-1.8"])],
    );
}

#[test]
fn either_branch_of_an_or_is_found_at_its_own_place() {
    let rule = "holds = \"(hurries or late) and not sorry\"\n[rule.condition.hurries]\nsay = { any = [\"快点快点\"] }\n\
                [rule.condition.late]\nsilence = { at_least_s = 10, of = \"clerk\" }\n[rule.condition.sorry]\nsay = { any = [\"对不起\"] }\n\
                position = { last_turns = 1 }";
    let script: &[Event] = &[Clerk(1.0, "快点快点"), Clerk(15.0, "下一位"), End(16.0, 30.0)];
    check("voice", rule, Setting::default(), &[(script, &["1.0-1.8", "1.8-15.0"])]);
}

#[test]
fn credit_is_given_as_often_as_the_rule_allows() {
    let script: &[Event] =
        &[Clerk(1.0, "谢谢您"), Clerk(5.0, "谢谢您"), Clerk(9.0, "谢谢您"), End(10.0, 30.0)];
    let condition = each("say = { any = [\"谢谢您\"] }");
    check("credit", &condition, Setting::default(), &[(script, &["1.0-1.6"])]);
    check(
        "credit",
        &format!("at_most = 2\n{condition}"),
        Setting::default(),
        &[(script, &["1.0-1.6", "5.0-5.6"])],
    );
}

#[test]
fn a_finding_carries_its_words_and_what_the_rule_says_of_it() {
    let book = book("forbidden", &format!("needs_review = true\n{}", each("say = { any = [\"快点快点\"] }")));
    let [finding] = &play(&book, Setting::default(), &[Clerk(1.0, "你快点快点")])[..] else { panic!() };
    assert_eq!((finding.phrase.as_str(), finding.heard.as_str()), ("快点快点", "快点快点"));
    assert_eq!((finding.kind, finding.state), (FindingKind::Forbidden, FindingState::Confirmed));
    assert_eq!((finding.due, finding.needs_review), (finding.span.end, true));
    assert_eq!(finding.evidence.context, "你【快点快点】");
    assert_eq!(finding.evidence.steps.len(), 4);
    assert!(finding.sureness > 0.8, "{}", finding.sureness);
}

#[test]
fn another_rulebook_waits_for_the_next_encounter() {
    use super::Composition;
    use crate::units::WindowId;
    use std::sync::Arc;
    let rule =
        book("missing", "holds = \"not greeted\"\n[rule.condition.greeted]\nsay = { any = [\"您好您好\"] }");
    let mut composition = Composition::new(Arc::clone(&rule), WindowId::new("1"));
    composition.encounter_began();
    composition.adopt(Arc::clone(&rule), &[]);
    let mut scene = crate::conduct::scene::Scene { end: Some(Default::default()), ..Default::default() };
    let mut out = Vec::new();
    composition.look(&scene, &mut out);
    assert_eq!(out, []);
    composition.encounter_began();
    scene.end = Some(crate::units::SessionTime(1));
    composition.look(&scene, &mut out);
    assert_eq!(out.iter().filter(|finding| finding.rule.starts_with("H02-test")).count(), 1);
}

//! Every operator over scenes made by hand.

use super::stage::Event::{self, *};
use super::stage::{Setting, book, found, play};
use crate::conduct::scene::{EncounterKind, Roles};
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
        same_however_often(&play(&book, setting, events), &play(&book, Setting { often: false, ..setting }, events));
    }
}

/// What is found must not depend on how often it is looked.
fn same_however_often(often: &[Finding], once: &[Finding]) {
    let sorted = |findings: &[Finding]| {
        let mut all = findings.to_vec();
        all.sort_by_key(|finding| (finding.span.start, finding.span.end));
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
        let cases: Vec<(&[Event], &[&str])> = scripts.iter().zip(&expected).map(|(s, e)| (*s, e.as_slice())).collect();
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
        check_each(&format!("say = {{ any = [\"再见\"] }}\nposition = {{ {position} }}"), &[(script, &expected)]);
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
        ("before = \"refused\", within_turns = 1", vec!["6.0-6.6"]),
        ("after = \"refused\", within_s = 4", vec!["1.6-2.2", "15.0-15.6"]),
        ("before = \"refused\", within_s = 5", vec!["6.0-6.6"]),
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
    let rule = "holds = \"not left\"\n[rule.condition.left]\nsay = { any = [\"祝您生活愉快\"], cost_max = 0.02 }";
    check(
        "missing",
        rule,
        Setting::default(),
        &[
            (&[Clerk(1.0, "好的，祝您生火愉快"), End(6.0, 20.0)], &["unknown 6.0-6.0"]),
            (&[Clerk(1.0, "好的"), End(6.0, 20.0)], &["6.0-6.0"]),
            (&[Clerk(1.0, "祝您生活愉快"), End(6.0, 20.0)], &[]),
        ],
    );
}

#[test]
fn turns_are_counted() {
    for (turns, expected) in
        [("at_least = 2", vec!["1.0-5.4"]), ("at_most = 2", vec!["0.0-6.0"]), ("at_most = 1", vec![]), ("at_least = 3", vec![])]
    {
        let script: &[Event] = &[Clerk(1.0, "您好"), Visitor(2.0, 3.0), Clerk(5.0, "再见"), End(6.0, 20.0)];
        check_each(&format!("turns = {{ {turns} }}"), &[(script, &expected)]);
    }
    check_each("turns = { at_least = 2 }", &[(&[Clerk(1.0, "您好"), Visitor(2.0, 3.0), Clerk(5.0, "再见")], &["1.0-5.4"])]);
}

#[test]
fn dead_air_counts_between_words_and_not_after_the_last() {
    check_each(
        "silence = { at_least_s = 10 }",
        &[
            (&[Clerk(1.0, "您好"), Visitor(12.0, 13.0), Until(13.0), End(13.0, 40.0)], &["1.4-12.0"]),
            (&[Clerk(1.0, "您好"), Visitor(10.0, 11.0), End(11.0, 40.0)], &[]),
            (&[Clerk(1.0, "您好"), Until(30.0), End(1.4, 40.0)], &[]),
            (&[Clerk(1.0, "您好"), Lost(3.0, 4.0), Visitor(12.0, 13.0), End(13.0, 40.0)], &[]),
        ],
    );
    let script: &[Event] = &[Clerk(1.0, "您好"), Visitor(5.0, 9.0), Clerk(12.0, "好的"), End(13.0, 40.0)];
    check_each("silence = { at_least_s = 10, of = \"clerk\" }", &[(script, &["1.4-12.0"])]);
    check_each("silence = { at_least_s = 10 }", &[(script, &[])]);
}

#[test]
fn a_late_answer_is_one_that_comes_after_the_other_waited() {
    check_each(
        "response = { from = \"visitor\", to = \"clerk\", later_than_s = 8 }",
        &[
            (&[Visitor(1.0, 2.0), Clerk(11.0, "您好"), End(12.0, 40.0)], &["2.0-11.0"]),
            (&[Visitor(1.0, 2.0), Clerk(9.0, "您好"), End(10.0, 40.0)], &[]),
            (&[Visitor(1.0, 2.0), Visitor(11.0, 12.0), End(12.0, 40.0)], &["2.0-11.0"]),
            (&[Clerk(1.0, "您好"), Visitor(20.0, 21.0), End(21.0, 40.0)], &[]),
            // Whoever has the last word waits for nothing.
            (&[Clerk(1.0, "您好"), Visitor(2.0, 3.0), Until(30.0), End(3.0, 40.0)], &[]),
        ],
    );
}

#[test]
fn rates_are_of_speech_without_its_pauses() {
    let fast = "您需要先去三号窗口交材料";
    check_each(
        "rate = { above = 320 }",
        &[
            (&[ClerkAt(1.0, 0.15, fast), End(4.0, 40.0)], &["1.0-2.8"]),
            (&[ClerkAt(1.0, 0.2, fast), End(4.0, 40.0)], &[]),
            (&[ClerkAt(1.0, 0.15, "您好您好"), End(4.0, 40.0)], &[]),
        ],
    );
    check_each(
        "rate = { below = 100, min_chars = 4, over = \"encounter\" }",
        &[(&[ClerkAt(1.0, 0.9, "您好您好"), End(6.0, 40.0)], &["0.0-6.0"]), (&[Clerk(1.0, "您好您好"), End(6.0, 40.0)], &[])],
    );
    check_each(
        "rate = { rises_by = 1.5, min_chars = 4 }",
        &[
            (&[Clerk(1.0, "您需要先去三号窗口交材料"), ClerkAt(9.0, 0.12, "快去快去"), End(10.0, 40.0)], &["9.0-9.5"]),
            (&[Clerk(1.0, "您好您好"), ClerkAt(9.0, 0.12, "快去快去"), End(10.0, 40.0)], &[]),
        ],
    );
}

#[test]
fn who_begins_while_the_other_speaks_talks_over_them() {
    check_each(
        "talks_over = { at_least_s = 1, grace_s = 0.5 }",
        &[
            (&[Clerk(2.0, "不是这样的您听我说"), Visitor(1.0, 6.0), Until(7.0), End(7.0, 40.0)], &["2.0-3.8"]),
            // Both began at once, or the visitor did.
            (&[Clerk(1.2, "不是这样的您听我说"), Visitor(1.0, 6.0), Until(7.0), End(7.0, 40.0)], &[]),
            (&[Clerk(1.0, "不是这样的您听我说"), Visitor(1.6, 6.0), Until(7.0), End(7.0, 40.0)], &[]),
            (&[Clerk(2.0, "嗯嗯"), Visitor(1.0, 6.0), Until(7.0), End(7.0, 40.0)], &[]),
        ],
    );
}

#[test]
fn loud_is_what_is_above_the_usual_for_long_enough() {
    check_each(
        "loudness = { above_usual_db = 9 }",
        &[
            (&[ClerkLoud(1.0, 12.0, "你到底要办什么业务"), End(4.0, 40.0)], &["1.0-2.8"]),
            (&[ClerkLoud(1.0, 6.0, "你到底要办什么业务"), End(4.0, 40.0)], &[]),
            (&[ClerkLoud(1.0, 12.0, "你好"), End(4.0, 40.0)], &[]),
        ],
    );
    check_each("loudness = { above_dbfs = -20 }", &[(&[ClerkLoud(1.0, 12.0, "你到底要办什么业务"), End(4.0, 40.0)], &["1.0-2.8"])]);
}

#[test]
fn encounters_and_turns_last() {
    let script: &[Event] = &[Clerk(1.0, "您好"), Visitor(9.0, 12.0), End(12.0, 40.0)];
    for (lasts, expected) in [
        ("at_least_s = 10", vec!["0.0-10.0"]),
        ("at_least_s = 13", vec![]),
        ("at_most_s = 15", vec!["0.0-12.0"]),
        ("at_most_s = 11", vec![]),
        ("at_least_s = 11, at_most_s = 13", vec!["0.0-12.0"]),
    ] {
        check_each(&format!("lasts = {{ {lasts} }}"), &[(script, &expected)]);
    }
    let turn = "lasts = { at_least_s = 2, of = \"turn\" }\nrole = \"visitor\"";
    check_each(turn, &[(script, &["9.0-11.0"])]);
}

#[test]
fn rings_are_counted_until_the_call_is_answered() {
    let call = Setting { kind: EncounterKind::Telephone, start: 1.0, ..Setting::default() };
    let rings = [Ring(1.0, 2.0), Ring(6.0, 7.0), Ring(11.0, 12.0), Ring(16.0, 17.0)];
    let script = |count: usize, answered: f64| -> Vec<Event> {
        let mut all = rings[..count].to_vec();
        all.extend([Answered(answered), Clerk(answered, "您好"), End(answered + 1.0, 40.0)]);
        all
    };
    for (condition, events, expected) in [
        ("rings = { more_than = 3 }", script(4, 18.0), vec!["1.0-17.0"]),
        ("rings = { more_than = 3 }", script(3, 13.0), vec![]),
        ("rings = { answered_after_s = 10 }", script(3, 13.0), vec!["1.0-11.0"]),
        ("rings = { answered_after_s = 10 }", script(2, 8.0), vec![]),
    ] {
        check("voice", &each(condition), call, &[(&events, &expected)]);
    }
    check("voice", &each("rings = { more_than = 0 }"), call, &[(&[Clerk(2.0, "您好"), End(3.0, 9.0)], &[])]);
}

#[test]
fn reports_and_the_kind_of_encounter_are_known_beside_speech() {
    check_each(
        "reported = { any = [\"ticket-called\"] }",
        &[
            (&[Reported(1.0, "ticket-called"), Clerk(3.0, "您好"), End(4.0, 9.0)], &["1.0-1.0"]),
            (&[Reported(1.0, "ring"), Clerk(3.0, "您好"), End(4.0, 9.0)], &[]),
        ],
    );
    let script: &[Event] = &[Clerk(1.0, "您好"), End(4.0, 9.0)];
    let call = Setting { kind: EncounterKind::Telephone, ..Setting::default() };
    check("voice", &each("encounter = \"telephone\""), call, &[(script, &["0.0-0.0"])]);
    check_each("encounter = \"telephone\"", &[(script, &[])]);
    let scoped = format!("scope = {{ encounters = \"telephone\" }}\n{}", each("turns = { at_least = 1 }"));
    check("voice", &scoped, Setting::default(), &[(script, &[])]);
    check("voice", &scoped, call, &[(script, &["1.0-1.4"])]);
}

#[test]
fn the_same_thing_said_again_and_again_is_found_once_for_so_many_times() {
    let script: &[Event] = &[
        Clerk(1.0, "材料先放这里"),
        Visitor(3.0, 4.0),
        Clerk(5.0, "材料先放这里"),
        Visitor(7.0, 8.0),
        Clerk(9.0, "您好，材料先放这里"),
        Visitor(12.0, 13.0),
        Clerk(90.0, "材料先放这里"),
        End(92.0, 120.0),
    ];
    for (condition, expected) in [
        ("repeats = { times = 3, within_s = 60 }", vec!["1.0-10.6"]),
        ("repeats = { times = 4, within_s = 60 }", vec![]),
        ("say = { any = [\"先放这里\"] }\nrepeats = { times = 2, within_s = 60 }", vec!["1.4-6.2"]),
    ] {
        check_each(condition, &[(script, &expected)]);
    }
}

#[test]
fn likeness_is_refused_by_a_nearer_decoy() {
    let script: &[Event] = &[Clerk(1.0, "好的，请您道三号窗口办理"), End(5.0, 20.0)];
    let decoy: &[Event] = &[Clerk(1.0, "请您到四号窗口办理"), End(5.0, 20.0)];
    check_each(
        "similar = { to = [\"请您到三号窗口办理\"], at_least = 0.75, decoys = [\"请您到四号窗口办理\"] }",
        &[(script, &["1.4-3.2"]), (decoy, &[])],
    );
    check_each("similar = { to = [\"请您到三号窗口办理\"], at_least = 0.75 }", &[(decoy, &["1.0-2.8"])]);
}

#[test]
fn regular_expressions_see_whole_turns() {
    check_each(
        "regex = { is = \"号码.{2,6}报\", unless = \"麻烦\" }",
        &[
            (&[Clerk(1.0, "身份证号码给我，报一下"), End(5.0, 20.0)], &["1.6-2.6"]),
            (&[Clerk(1.0, "身份证号码给我，报一下"), Clerk(4.0, "麻烦您"), End(5.0, 20.0)], &[]),
            (&[Clerk(1.0, "请您坐"), End(5.0, 20.0)], &[]),
        ],
    );
}

#[test]
fn nobody_knows_who_spoke_what_was_said_but_nobody_said_what_was_not() {
    let nobody = Setting { roles: Roles::Unknown, ..Setting::default() };
    let said: &[Event] = &[Clerk(1.0, "快点快点"), End(2.0, 20.0)];
    check("voice", &each("say = { any = [\"快点快点\"] }"), nobody, &[(said, &[])]);
    check("voice", &each("say = { any = [\"快点快点\"] }\nrole = \"either\""), nobody, &[(said, &["1.0-1.8"])]);
    let missing = "holds = \"not greeted\"\n[rule.condition.greeted]\nsay = { any = [\"您好您好\"] }";
    check("missing", missing, nobody, &[(said, &["2.0-2.0"]), (&[Clerk(1.0, "您好您好"), End(2.0, 20.0)], &["unknown 2.0-2.0"])]);
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
    let script: &[Event] = &[Clerk(1.0, "谢谢您"), Clerk(5.0, "谢谢您"), Clerk(9.0, "谢谢您"), End(10.0, 30.0)];
    let condition = each("say = { any = [\"谢谢您\"] }");
    check("credit", &condition, Setting::default(), &[(script, &["1.0-1.6"])]);
    check("credit", &format!("at_most = 2\n{condition}"), Setting::default(), &[(script, &["1.0-1.6", "5.0-5.6"])]);
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
    let rule = book("missing", "holds = \"not greeted\"\n[rule.condition.greeted]\nsay = { any = [\"您好您好\"] }");
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
    assert_eq!(out.len(), 1);
}

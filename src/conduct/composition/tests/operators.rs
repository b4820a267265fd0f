//! Each operator over scenes made by hand.

use super::super::stage::Event::{self, *};
use super::super::stage::Setting;
use super::{check, check_each, each};
use crate::conduct::scene::EncounterKind;

#[test]
fn turns_are_counted() {
    for (turns, expected) in [
        ("at_least = 2", vec!["1.0-5.4"]),
        ("at_most = 2", vec!["0.0-6.0"]),
        ("at_most = 1", vec![]),
        ("at_least = 3", vec![]),
    ] {
        let script: &[Event] = &[Clerk(1.0, "您好"), Visitor(2.0, 3.0), Clerk(5.0, "再见"), End(6.0, 20.0)];
        check_each(&format!("turns = {{ {turns} }}"), &[(script, &expected)]);
    }
    check_each(
        "turns = { at_least = 2 }",
        &[(&[Clerk(1.0, "您好"), Visitor(2.0, 3.0), Clerk(5.0, "再见")], &["1.0-5.4"])],
    );
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
        &[
            (&[ClerkAt(1.0, 0.9, "您好您好"), End(6.0, 40.0)], &["0.0-6.0"]),
            (&[Clerk(1.0, "您好您好"), End(6.0, 40.0)], &[]),
        ],
    );
    check_each(
        "rate = { rises_by = 1.5, min_chars = 4 }",
        &[
            (
                &[Clerk(1.0, "您需要先去三号窗口交材料"), ClerkAt(9.0, 0.12, "快去快去"), End(10.0, 40.0)],
                &["9.0-9.5"],
            ),
            (&[Clerk(1.0, "您好您好"), ClerkAt(9.0, 0.12, "快去快去"), End(10.0, 40.0)], &[]),
        ],
    );
}

#[test]
fn who_begins_while_the_other_speaks_talks_over_them() {
    check_each(
        "talks_over = { at_least_s = 1, grace_s = 0.5 }",
        &[
            (
                &[Clerk(2.0, "不是这样的您听我说"), Visitor(1.0, 6.0), Until(7.0), End(7.0, 40.0)],
                &["2.0-3.8"],
            ),
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
    check_each(
        "loudness = { above_dbfs = -20 }",
        &[(&[ClerkLoud(1.0, 12.0, "你到底要办什么业务"), End(4.0, 40.0)], &["1.0-2.8"])],
    );
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

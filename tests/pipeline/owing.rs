//! What a clerk owes, and the three answers to whether it was said.

use sansheng::conduct::Owing::{self, Heard, Missing, Pending, Unknown};

use crate::support::{CLERK, Line, VISITOR, accusations, judged, missing, standings};

/// Greeting and farewell are checked in their own cases.
fn owed_inside(lines: &[Line]) -> Vec<String> {
    let mut missed = missing(&judged(lines));
    missed.retain(|finding| !finding.starts_with("p01") && !finding.starts_with("p02"));
    missed
}

#[test]
fn greeting_and_farewell_are_heard_missing_or_unknown() {
    let cases: &[(&str, &[Line], &[&str])] = &[
        (
            "both said",
            &[
                (CLERK, 0.5, 1.5, "您好，请坐"),
                (VISITOR, 2.0, 3.0, "我办证"),
                (CLERK, 3.5, 4.5, "办好了，再见"),
            ],
            &[],
        ),
        (
            "neither said",
            &[(VISITOR, 0.5, 1.5, "我办证"), (CLERK, 2.0, 3.0, "身份证"), (CLERK, 6.0, 7.0, "办好了")],
            &["p01 confirmed", "p02 confirmed"],
        ),
        (
            "the visitor's greeting is not the clerk's",
            &[(VISITOR, 0.5, 1.5, "您好"), (CLERK, 2.0, 3.0, "身份证"), (CLERK, 6.0, 7.0, "慢走，再见")],
            &["p01 confirmed"],
        ),
        (
            "speech that gave no words may have been either",
            &[
                (VISITOR, 0.5, 1.5, "我办证"),
                (CLERK, 2.0, 3.0, ""),
                (CLERK, 6.0, 7.0, "身份证"),
                (CLERK, 10.0, 11.0, ""),
            ],
            &["p01 unknown", "p02 unknown"],
        ),
        (
            "something near a greeting leaves it open",
            &[(VISITOR, 0.5, 1.5, "我办证"), (CLERK, 2.0, 3.0, "什么事"), (CLERK, 6.0, 7.0, "再见")],
            &["p01 unknown"],
        ),
        (
            "two syllables are a greeting",
            &[(CLERK, 0.5, 1.1, "您好"), (VISITOR, 2.0, 3.0, "我办证"), (CLERK, 6.0, 7.0, "再见")],
            &[],
        ),
        (
            "a greeting counts when the visitor talks over its end",
            &[
                (CLERK, 0.5, 2.8, "您好，今天来得真早"),
                (VISITOR, 1.6, 2.2, "嗯"),
                (CLERK, 4.0, 5.0, "好的"),
                (CLERK, 8.0, 9.0, "再见"),
            ],
            &[],
        ),
        ("a clerk alone, once, serves nobody", &[(CLERK, 0.5, 1.5, "今天真热")], &[]),
        (
            "a visitor alone is not served",
            &[(VISITOR, 0.5, 1.5, "有人吗"), (VISITOR, 4.0, 5.0, "有人吗")],
            &[],
        ),
    ];
    for (case, lines, expected) in cases {
        let findings = judged(lines);
        assert_eq!(missing(&findings), *expected, "{case}: {findings:?}");
    }
}

#[test]
fn every_visit_is_owed_a_greeting_of_its_own() {
    let mut lines: Vec<Line> = vec![
        (CLERK, 0.5, 1.5, "您好，请坐"),
        (VISITOR, 2.0, 3.0, "我办证"),
        (CLERK, 3.5, 4.5, "办好了，再见"),
    ];
    // Silence after a farewell parts visits.
    lines.extend([
        (VISITOR, 14.0, 15.0, "我也办证"),
        (CLERK, 15.5, 16.5, "身份证"),
        (CLERK, 19.0, 20.0, "再见"),
    ]);
    let findings = judged(&lines);
    assert_eq!(missing(&findings), ["p01 confirmed"]);
    let at_s = findings.iter().find(|f| f.provision == "P01").map(|f| f.span.start.seconds());
    assert!(at_s.is_some_and(|s| (13.9..14.2).contains(&s)), "the second visit began at 14 s, not {at_s:?}");
}

#[test]
fn missing_material_is_told_with_an_apology() {
    let told = |words| -> [Line; 4] {
        [
            (CLERK, 0.5, 1.5, "您好，请坐"),
            (VISITOR, 2.0, 3.0, "我办证"),
            (CLERK, 3.5, 6.0, words),
            (CLERK, 10.0, 11.0, "再见"),
        ]
    };
    for (words, expected) in [
        ("您还缺少一份证明", &["p12 confirmed"] as &[&str]),
        ("对不起，您还缺少一份证明", &[]),
        ("您还缺少一份证明，不好意思", &[]),
        ("如果还缺少证明的话可以补", &[]),
    ] {
        let lines = told(words);
        assert_eq!(owed_inside(&lines), expected, "{words}");
        assert_eq!(accusations(&judged(&lines)), Vec::<String>::new(), "{words}");
    }
}

#[test]
fn an_apology_for_a_long_wait_counts_when_the_visitor_talks_over_its_end() {
    let after_wait = |words| -> [Line; 5] {
        [
            (CLERK, 0.5, 2.0, "您好，请稍等"),
            (VISITOR, 2.5, 3.0, "好"),
            (CLERK, 33.0, 35.5, words),
            (VISITOR, 34.2, 34.8, "嗯"),
            (CLERK, 38.0, 39.0, "再见"),
        ]
    };
    assert_eq!(owed_inside(&after_wait("让您久等了，这个给您")), Vec::<String>::new());
    assert_eq!(owed_inside(&after_wait("都办好了，这个给您")), ["p11 confirmed"]);
}

#[test]
fn a_visitors_apology_is_not_the_clerks() {
    let lines = [
        (CLERK, 0.5, 1.5, "您好，请坐"),
        (CLERK, 3.5, 5.0, "您还缺少一份证明"),
        (VISITOR, 5.6, 7.0, "对不起"),
        (CLERK, 10.0, 11.0, "再见"),
    ];
    assert_eq!(owed_inside(&lines), ["p12 confirmed"]);
}

/// What was seen of greeting and farewell while a visit went on.
fn seen(lines: &[Line]) -> Vec<[Option<Owing>; 2]> {
    let mut seen: Vec<_> = standings(lines).iter().map(|now| [now.greeting, now.farewell]).collect();
    seen.dedup();
    seen
}

#[test]
fn onlookers_see_what_is_owed_become_heard_missing_or_unknown_while_the_visit_goes_on() {
    let waiting = [Some(Pending), Some(Pending)];
    let late = [(CLERK, 12.0, 13.0, "身份证"), (CLERK, 18.0, 19.0, "好了，再见")];
    let visit = |first: &'static str| {
        let mut lines: Vec<Line> = vec![(VISITOR, 0.5, 1.5, "我办证"), (CLERK, 2.0, 3.0, first)];
        lines.extend(late);
        lines
    };
    for (first, became) in [("您好，请坐", Heard), ("户口本", Missing), ("什么事", Unknown)] {
        let lines = visit(first);
        let then = [Some(became), Some(Pending)];
        assert_eq!(seen(&lines), [waiting, then, [Some(became), Some(Heard)]], "{first}");
    }
}

//! `sansheng rules explain` and `rules test` as people run them.

use std::path::Path;

use sansheng::conduct::rulebook::Rulebook;

use crate::program;

/// Exit code, standard output and standard error.
fn rules(arguments: &[&str]) -> (Option<i32>, String, String) {
    program::run(&[&["rules"], arguments].concat(), Path::new("."))
}

#[test]
fn a_rule_is_explained_with_its_words_its_guards_its_articles_and_its_advice() {
    for (rule, wanted) in [
        (
            "P30-not-my-business",
            &[
                "provision P30, severity major, weight 5",
                "我不管那么多",
                "innocent with, in the same turn",
                "S1-A 第三条（六）  《××镇便民服务中心工作人员行为规范》",
                "【我不管，问别人去】",
                "我帮您问一下其他同志",
            ][..],
        ),
        (
            "P01-greeting",
            &[
                "at the counter only",
                "within 10 s of the start, or in the clerk's first turn",
                "leaves it open",
            ][..],
        ),
        (
            "P16-not-our-business",
            &["nothing of @referral was heard in the same turn or the clerk's next"][..],
        ),
        (
            "P07-within-three-rings",
            &[
                "on the telephone only",
                "a-fourth-ring or left-ringing",
                "more than 3 times",
                "later than 15 s",
            ][..],
        ),
        (
            "P60-shouting",
            &[
                "voice where shouted and not slower and not hears-badly",
                "12.5 dB above",
                "looks at it before it counts",
            ][..],
        ),
    ] {
        let (code, out, err) = rules(&["explain", rule]);
        assert_eq!(code, Some(0), "{err}");
        for words in wanted {
            assert!(out.contains(words), "{words} is not in:\n{out}");
        }
    }
}

#[test]
fn an_unknown_rule_is_refused_with_the_one_that_may_be_meant() {
    let (code, out, err) = rules(&["explain", "P30-not-my-busyness"]);
    assert_eq!((code, out.as_str()), (Some(1), ""), "{err}");
    assert!(err.contains("did you mean `P30-not-my-business`?"), "{err}");
}

#[test]
fn a_sentence_is_judged_as_its_speaker_says_it_at_its_place() {
    for (arguments, wanted, unwanted) in [
        (vec!["我不管，问别人去"], vec!["found: P30 P30-not-my-business on 我不管问别人去"], vec!["missing"]),
        (
            vec!["我不管，问别人去", "--role", "visitor"],
            vec!["never count against the clerk", "nothing is found"],
            vec!["found: P30"],
        ),
        (vec!["身份证", "--at", "first"], vec!["missing: P01 P01-greeting"], vec!["fulfilled"]),
        (vec!["您好，请讲", "--at", "first"], vec!["fulfilled: P01 P01-greeting"], vec!["missing"]),
        (
            vec!["什么事", "--at", "first"],
            vec!["unknown: P01 P01-greeting", "something near it"],
            vec!["fulfilled"],
        ),
        (vec!["好了", "--at", "last"], vec!["missing: P02 P02-farewell"], vec!["fulfilled"]),
        (vec!["请慢走", "--at", "last"], vec!["fulfilled: P02 P02-farewell"], vec!["missing"]),
        (vec!["您还缺少一份证明"], vec!["missing: P12 P12-missing-material"], vec!["P13"]),
        (
            vec!["不知道，我帮您查一下"],
            vec!["held: P40 P40-flat-no on 不知道", "said in the same turn"],
            vec!["found:"],
        ),
    ] {
        let arguments: Vec<&str> = std::iter::once("test").chain(arguments).collect();
        let (code, out, err) = rules(&arguments);
        assert_eq!(code, Some(0), "{err}");
        let Some((_, judged)) = out.split_once("courteous otherwise:\n") else { panic!("{out}") };
        for words in wanted {
            assert!(judged.contains(words), "{arguments:?}: {words} is not in:\n{out}");
        }
        for words in unwanted {
            assert!(!judged.contains(words), "{arguments:?}: {words} is in:\n{out}");
        }
    }
}

#[test]
fn every_rule_can_be_explained() {
    let book = Rulebook::builtin().unwrap();
    // Each kind once, and every composed rule.
    let mut kinds = std::collections::BTreeSet::new();
    for rule in book.rules() {
        let kind = std::mem::discriminant(&rule.kind);
        let composed = matches!(rule.kind, sansheng::conduct::rulebook::RuleKind::Composed(_));
        if kinds.insert(format!("{kind:?}")) || composed {
            let (code, out, err) = rules(&["explain", &rule.id]);
            assert_eq!(code, Some(0), "{err}");
            assert!(out.starts_with(&rule.id) && out.contains("Where it stands"), "{out}");
        }
    }
}

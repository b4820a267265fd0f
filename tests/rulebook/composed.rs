//! Composed rules as strangers write them: every fault named with its line and column, and none of them a panic.

use proptest::prelude::*;
use sansheng::conduct::rulebook::{
    Anchor, At, Expression, Level, Need, Operator, Position, Rate, RateLimit, RuleKind, Rulebook, Scope,
    Setting, Side, Source, Who, Whole,
};
use sansheng::conduct::scene::EncounterKind;
use sansheng::units::WindowId;

const HEAD: &str = r#"[rulebook]
id = "hall"
version = "1"
title = "本厅"
[[rule]]
id = "H02-closing"
provision = "H02"
kind = "composed"
finding = "missing"
title = "结束语"
severity = "minor"
weight = 2
advice = "再见。"
cites = [{ standard = "S4", article = "一 6" }]
"#;

/// Two conditions that have no fault; their lines are 16 to 20 where one line of `holds` stands before.
const CONDITIONS: &str = r#"[rule.condition.talked]
turns = { at_least = 1 }
[rule.condition.left]
say = { any = ["再见", "谢谢[您|你]"] }
position = { last_turns = 1 }
"#;

fn faults(text: &str) -> Vec<String> {
    match Rulebook::parse(&[Source::new("hall.toml", text)]) {
        Ok(book) => book.warnings().iter().map(ToString::to_string).collect(),
        Err(faults) => faults.0.iter().map(ToString::to_string).collect(),
    }
}

fn rule(text: &str) -> sansheng::conduct::rulebook::Rule {
    let book = Rulebook::parse(&[Source::new("hall.toml", text)]);
    let book = book.unwrap_or_else(|faults| panic!("{text}\n{faults}"));
    book.rules().last().expect("a rule").clone()
}

fn composed(text: &str) -> sansheng::conduct::rulebook::Composed {
    let RuleKind::Composed(composed) = rule(text).kind else { panic!("{text}") };
    composed
}

/// A rule of one condition, on line 17, whose name is `x`.
fn one(condition: &str) -> String {
    format!("{HEAD}holds = \"x\"\n[rule.condition.x]\n{condition}\n")
}

fn operator(condition: &str) -> Operator {
    composed(&one(condition)).conditions[0].operator.clone()
}

#[test]
fn a_composed_rule_is_read_whole() {
    let read = rule(&format!(
        "{HEAD}scope = {{ halls = [\"main\"], windows = [\"3\"], encounters = \"telephone\" }}\neffective = {{ from = 2026-01-01, \
         until = \"2027-01-01\" }}\ncooldown_s = 60\nneeds_review = true\nholds = \"talked and not left\"\nat = \"talked\"\n{CONDITIONS}"
    ));
    assert_eq!(
        read.scope,
        Scope {
            halls: vec!["main".into()],
            windows: vec!["3".into()],
            encounters: Some(EncounterKind::Telephone)
        }
    );
    assert_eq!(read.effective.to_string(), "from 2026-01-01 until 2027-01-01");
    assert_eq!((read.cooldown_s, read.needs_review), (Some(60.0), true));
    assert!(read.applies(&WindowId::new("3"), EncounterKind::Telephone));
    assert!(!read.applies(&WindowId::new("4"), EncounterKind::Telephone));
    assert!(!read.applies(&WindowId::new("3"), EncounterKind::Counter));
    let RuleKind::Composed(composed) = read.kind else { panic!() };
    let not_left = Expression::Not(Box::new(Expression::Is(1)));
    assert_eq!(composed.holds, Expression::All(vec![Expression::Is(0), not_left]));
    assert_eq!(composed.occasions.len(), 1);
    assert_eq!(composed.occasions[0].at, At::Each(0));
    let [talked, left] = &composed.conditions[..] else { panic!() };
    assert_eq!((talked.name.as_str(), left.name.as_str()), ("talked", "left"));
    assert_eq!(left.position, Some(Position::LastTurns(1)));
    assert_eq!(left.phrases().len(), 2);
}

#[test]
fn every_operator_is_read() {
    use sansheng::units::Role;
    for (text, expected) in [
        ("turns = { at_most = 3 }", Operator::Turns { at_least: None, at_most: Some(3) }),
        ("silence = { at_least_s = 20 }", Operator::Silence { at_least_s: 20.0, of: Who::Either }),
        (
            "silence = { at_least_s = 20, of = \"clerk\" }",
            Operator::Silence { at_least_s: 20.0, of: Who::Clerk },
        ),
        (
            "response = { from = \"visitor\", to = \"clerk\", later_than_s = 8 }",
            Operator::Response { from: Role::Visitor, later_than_s: 8.0 },
        ),
        (
            "rate = { above = 320 }",
            Operator::Rate(Rate { limit: RateLimit::Above(320.0), over: Whole::Turn, min_chars: 12 }),
        ),
        (
            "rate = { below = 90, over = \"encounter\", min_chars = 40 }",
            Operator::Rate(Rate { limit: RateLimit::Below(90.0), over: Whole::Encounter, min_chars: 40 }),
        ),
        (
            "rate = { rises_by = 1.5 }",
            Operator::Rate(Rate { limit: RateLimit::RisesBy(1.5), over: Whole::Turn, min_chars: 12 }),
        ),
        ("talks_over = {}", Operator::TalksOver { at_least_s: 1.0, grace_s: 0.5 }),
        (
            "loudness = { above_usual_db = 9 }",
            Operator::Loudness { above: Level::UsualBy { db: 9.0 }, at_least_s: 1.0 },
        ),
        (
            "loudness = { above_dbfs = -6, at_least_s = 2 }",
            Operator::Loudness { above: Level::Dbfs(-6.0), at_least_s: 2.0 },
        ),
        (
            "lasts = { at_least_s = 600 }",
            Operator::Lasts { of: Whole::Encounter, at_least_s: Some(600.0), at_most_s: None },
        ),
        ("reported = { any = \"ticket-called\" }", Operator::Reported(vec!["ticket-called".into()])),
        ("encounter = \"telephone\"", Operator::Encounter(EncounterKind::Telephone)),
    ] {
        assert_eq!(operator(text), expected, "{text}");
    }
    for (text, key) in [
        ("say = { all = [\"您好\", \"请讲\"], in_order = true }", "say"),
        ("say = { any = [\"快点\"] }\nrepeats = { times = 3, within_s = 60 }", "say"),
        ("regex = { is = \"(证|表)号.{3}\", unless = \"不\" }", "regex"),
        (
            "similar = { to = [\"请您到三号窗口办理\"], at_least = 0.8, decoys = [\"请您到四号窗口办理\"] }",
            "similar",
        ),
        ("repeats = { times = 3, within_s = 60 }", "repeats"),
        ("rings = { more_than = 3 }", "rings"),
        ("rings = { answered_after_s = 10 }", "rings"),
    ] {
        assert_eq!(operator(text).key(), key, "{text}");
    }
}

#[test]
fn anchors_and_positions_are_read() {
    let read = composed(&format!(
        "{HEAD}holds = \"talked and not left\"\n{CONDITIONS}role = \"either\"\n\
         anchor = {{ after = \"talked\", within_s = 10, within_turns = 1, hits = 2 }}\n"
    ));
    let anchor = Anchor { side: Side::After, of: 0, within_s: Some(10.0), within_turns: Some(1), hits: 2 };
    assert_eq!((read.conditions[1].anchor, read.conditions[1].who), (Some(anchor), Who::Either));
    for (text, expected) in [
        ("first_s = 10", Position::FirstSeconds(10.0)),
        ("last_s = 0.5", Position::LastSeconds(0.5)),
        ("first_turns = 2", Position::FirstTurns(2)),
        ("from_s = 5", Position::Seconds { from: 5.0, to: f32::INFINITY }),
        ("from_s = 5, to_s = 9", Position::Seconds { from: 5.0, to: 9.0 }),
        ("to_share = 0.5", Position::Share { from: 0.0, to: 0.5 }),
    ] {
        let read = composed(&one(&format!("turns = {{ at_least = 1 }}\nposition = {{ {text} }}")));
        assert_eq!(read.conditions[0].position, Some(expected), "{text}");
    }
}

#[test]
fn words_of_sets_stand_for_themselves_or_together() {
    let sets = "[sets]\nsorry = [\"对不起\", \"抱歉\"]\n";
    let items = |list: &str| {
        let text = one(&format!("say = {list}")).replace("[[rule]]", &format!("{sets}[[rule]]"));
        let Operator::Say(say) = composed(&text).conditions[0].operator.clone() else { panic!() };
        (say.need, say.items)
    };
    let list = "[\"您好\", \"@sorry\", \"请讲\"]";
    assert_eq!(
        items(&format!("{{ any = {list}, at_least = 3 }}")),
        (Need::Any { at_least: 3 }, vec![0, 1, 2, 3])
    );
    assert_eq!(items(&format!("{{ all = {list} }}")), (Need::All { in_order: false }, vec![0, 1, 1, 2]));
}

#[test]
fn synonyms_widen_phrases_that_ask_for_them() {
    let synonyms = "[synonyms]\n\"办理\" = [\"办\", \"弄\"]\n";
    let patterns = |say: &str| {
        let text = one(&format!("say = {say}")).replace("[[rule]]", &format!("{synonyms}[[rule]]"));
        let composed = composed(&text);
        composed.conditions[0].phrases().iter().map(|p| p.pattern.source().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(patterns("{ any = [\"給您辦理\"], synonyms = true }"), ["给您[办理|办|弄]"]);
    assert_eq!(patterns("{ any = [\"给您[代办|查]\"], synonyms = true }"), ["给您[代办理|代办|代弄|查]"]);
    assert_eq!(patterns("{ any = [\"给您办理\"] }"), ["给您办理"]);
}

#[test]
fn each_fault_of_a_condition_names_its_place_what_was_found_and_the_remedy() {
    let mut bad: Vec<String> = Vec::new();
    for (condition, expected) in [
        (
            "turn = { at_least = 1 }",
            vec![
                "16:17: error: condition `x` of rule `H02-closing` has no operator; add one of say, regex, similar, turns, repeats, \
                 silence, response, rate, talks_over, loudness, lasts, rings, reported, encounter",
                "17:1: error: unknown key `turn` in condition `x` of rule `H02-closing`, did you mean `turns`?; the keys are say, \
                 regex, similar, turns, repeats, silence, response, rate, talks_over, loudness, lasts, rings, reported, encounter, \
                 role, position, anchor",
            ],
        ),
        (
            "turns = { at_least = 1 }\nsilence = { at_least_s = 5 }",
            vec![
                "18:1: error: condition `x` of rule `H02-closing` has two operators, `turns` and `silence`; give each a condition of \
                 its own, and join them in `holds`",
            ],
        ),
        (
            "turns = { at_lest = 1 }",
            vec![
                "17:9: error: a `turns` of condition `x` of rule `H02-closing` has no `at_least`; add `at_least` or `at_most`, or both",
                "17:11: error: unknown key `at_lest` in a `turns` of condition `x` of rule `H02-closing`, did you mean `at_least`?; \
                 the keys are at_least, at_most",
            ],
        ),
        (
            "turns = { at_least = 3, at_most = 2 }",
            vec![
                "17:9: error: a `turns` of condition `x` of rule `H02-closing` asks for at least 3 and at most 2; exchange the two",
            ],
        ),
        (
            "silence = { at_least_s = 20 }\nrole = \"clerk\"",
            vec![
                "18:1: error: `role` of condition `x` of rule `H02-closing` means nothing to `silence`; write `of` inside the table \
                 `silence`",
            ],
        ),
        (
            "lasts = { at_least_s = 20 }\nposition = { first_s = 3 }",
            vec![
                "18:1: error: `position` of condition `x` of rule `H02-closing` means nothing to `lasts`; leave it out: this operator \
                 asks of the whole encounter",
            ],
        ),
        (
            "turns = { at_least = 1 }\nposition = { first_s = 3, last_s = 3 }",
            vec![
                "18:27: error: a `position` of condition `x` of rule `H02-closing` has both `first_s` and `last_s`, which contradict \
                 one another; keep one; ask for both with two conditions",
            ],
        ),
        (
            "turns = { at_least = 1 }\nposition = { from_s = 9, to_s = 3 }",
            vec![
                "18:12: error: a `position` of condition `x` of rule `H02-closing` ends at 3, before it begins at 9; exchange the two",
            ],
        ),
        (
            "turns = { at_least = 1 }\nposition = {}",
            vec![
                "18:12: error: a `position` of condition `x` of rule `H02-closing` names no stretch; add one of first_s, last_s, \
                 first_turns, last_turns, from_s, to_s, from_share, to_share",
            ],
        ),
        (
            "turns = { at_least = 1 }\nanchor = { after = \"x\" }",
            vec![
                "18:20: error: a `anchor` of condition `x` of rule `H02-closing` names the condition itself; name another condition \
                 of the same rule",
            ],
        ),
        (
            "turns = { at_least = 1 }\nanchor = { after = \"xx\", hits = 0 }",
            vec![
                "18:20: error: a `anchor` of condition `x` of rule `H02-closing` names an unknown condition `xx`, did you mean `x`?; \
                 name a condition of the same rule",
                "18:33: error: `hits` of a `anchor` of condition `x` of rule `H02-closing` is 0; write a number from 1 to 100",
            ],
        ),
        (
            "turns = { at_least = 1 }\nrole = \"clark\"",
            vec![
                "18:8: error: `role` of condition `x` of rule `H02-closing` is \"clark\", did you mean `clerk`?; write one of clerk, \
                 visitor, either",
            ],
        ),
        (
            "say = { any = [\"再见\"], all = [\"您好\"] }",
            vec![
                "17:23: error: a `say` of condition `x` of rule `H02-closing` has both `any` and `all`; keep one; ask for both with two \
                 conditions",
            ],
        ),
        (
            "say = { any = [\"再见\", \"@polit\", \"走[了|]\"], at_least = 9, in_order = true }",
            vec![
                "17:22: error: there is no set `polit`; define it under [sets], or write the words themselves",
                "17:32: error: the phrase \"走[了|]\" can be a single syllable; write at least two: one syllable is heard everywhere",
                "17:42: error: a `say` of condition `x` of rule `H02-closing` wants at least 9 of 1; write a smaller number, or `all`",
                "17:56: error: `in_order` of a `say` of condition `x` of rule `H02-closing` stands beside `any`; it belongs beside `all`",
            ],
        ),
        (
            "say = { none = [\"再见\"] }\nrepeats = { times = 3, within_s = 60 }",
            vec![
                "17:9: error: `repeats` stands beside `none` of a `say` of condition `x` of rule `H02-closing`; write `any`, without \
                 `at_least`: it counts how often one of them is said",
            ],
        ),
        (
            "regex = { is = \"号码(.{3}\" }",
            vec![
                "17:19: error: the regular expression of a `regex` of condition `x` of rule `H02-closing` cannot be read: unclosed \
                 group; correct it here",
            ],
        ),
        (
            "regex = { is = \"(.{900}){900}\", unless = \"a*\" }",
            vec![
                "17:16: error: the regular expression of a `regex` of condition `x` of rule `H02-closing` becomes too large; repeat \
                 less often, or name fewer characters",
                "17:42: error: the regular expression of a `regex` of condition `x` of rule `H02-closing` matches nothing at all, and \
                 so everywhere; ask for at least one character",
            ],
        ),
        (
            "similar = { to = [\"请您到三号窗口办理\"] }",
            vec![
                "17:11: error: a `similar` of condition `x` of rule `H02-closing` has no `at_least`; add `at_least = 0.8`, the likeness \
                 from 0.5 to 1",
            ],
        ),
        (
            "response = { from = \"visitor\", to = \"visitor\", later_than_s = 8 }",
            vec![
                "17:32: error: `from` and `to` of a `response` of condition `x` of rule `H02-closing` are the same; name the other one: \
                 nobody answers oneself",
            ],
        ),
        (
            "rate = { above = 320, below = 100 }",
            vec![
                "17:23: error: a `rate` of condition `x` of rule `H02-closing` has both `above` and `below`; keep one; ask for both \
                 with two conditions",
            ],
        ),
        (
            "rings = {}",
            vec![
                "17:9: error: a `rings` of condition `x` of rule `H02-closing` has no `more_than`; add one of more_than, answered_after_s",
            ],
        ),
        (
            "reported = { any = [\"Ticket called\"] }",
            vec![
                "17:21: error: \"Ticket called\" is no name of a report; write small letters and -, as \"ticket-called\"",
            ],
        ),
        (
            "encounter = \"phone\"",
            vec![
                "17:13: error: `encounter` of condition `x` of rule `H02-closing` is \"phone\"; write one of counter, telephone",
            ],
        ),
        (
            "silence = 20",
            vec![
                "17:11: error: `silence` of condition `x` of rule `H02-closing` is a whole number; write a table",
            ],
        ),
        (
            "role = \"clerk\"",
            vec![
                "16:17: error: condition `x` of rule `H02-closing` has no operator; add one of say, regex, similar, turns, repeats, silence, \
             response, rate, talks_over, loudness, lasts, rings, reported, encounter",
            ],
        ),
    ] {
        let found = faults(&one(condition));
        let expected: Vec<String> = expected.iter().map(|line| format!("hall.toml:{line}")).collect();
        if found != expected {
            bad.push(format!("{condition}\n  {}\n", found.join("\n  ")));
        }
    }
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

#[test]
fn faults_of_the_whole_rule_point_into_its_texts() {
    let mut bad: Vec<String> = Vec::new();
    let with = |head: &str, conditions: &str| format!("{HEAD}{head}\n{conditions}");
    for (text, expected) in [
        (
            with("holds = \"talked and not lefft\"", CONDITIONS),
            vec![
                "15:25: error: in `holds` of rule `H02-closing` there is no condition `lefft`, did you mean `left`?; describe it in \
                 `[rule.condition.lefft]`",
            ],
        ),
        (
            with("holds = 'talked left'", CONDITIONS),
            vec![
                "15:17: error: in `holds` of rule `H02-closing` \"left\" stands where `and`, `or` or the end should; join two \
                 conditions by `and` or `or`",
            ],
        ),
        (
            with("holds = \"talked and\"", CONDITIONS),
            vec![
                "15:20: error: in `holds` of rule `H02-closing` the expression ends too early; name a condition here",
            ],
        ),
        (
            with("holds = \"talked and not talked or left and not left\"", CONDITIONS),
            vec![
                "15:1: error: `holds` of rule `H02-closing` can never hold, whatever its conditions say; look for a condition that \
                 stands in it twice",
            ],
        ),
        (
            with("holds = \"talked\"", CONDITIONS),
            vec![
                "18:17: warning: nothing asks for the condition `left` of rule `H02-closing`; name it in `holds`, or delete it",
            ],
        ),
        (
            with("holds = \"talked and not left\"\nat = \"talkd\"", CONDITIONS),
            vec![
                "16:6: error: `at` of rule `H02-closing` names an unknown condition `talkd`, did you mean `talked`?; name one of its \
                 conditions, or `encounter-start` or `encounter-end`",
            ],
        ),
        (
            with("holds = \"talked and not left\"\nat = \"left\"", CONDITIONS),
            vec![
                "16:6: error: `at` of rule `H02-closing` names `left`, which `holds` wants not to hold; name a condition that has a \
                 place, or `encounter-start` or `encounter-end`",
            ],
        ),
        (
            with(
                "holds = \"a and b\"",
                "[rule.condition.a]\nturns = { at_least = 1 }\nanchor = { after = \"b\" }\n[rule.condition.b]\n\
                 turns = { at_least = 1 }\nanchor = { after = \"a\" }\n",
            ),
            vec![
                "16:17: error: the anchors of rule `H02-closing` go in a circle: a → b → a; anchor one of them to nothing",
            ],
        ),
        (
            with("holds = \"talked\"\nholds2 = \"x\"\nsay = \"再见\"\nsituation = \"encounter-end\"", ""),
            vec![
                "5:1: error: rule `H02-closing` has no `condition`; add `[rule.condition.NAME]` with one operator, such as `say = { any \
                 = [\"…\"] }`",
                "15:10: error: in `holds` of rule `H02-closing` there is no condition `talked`; describe it in `[rule.condition.talked]`",
                "16:1: error: unknown key `holds2` in rule `H02-closing`, did you mean `holds`?; the keys are id, provision, kind, \
                 title, title_en, severity, weight, finding, advice, cites, scope, effective, cooldown_s, needs_review, at_most, \
                 condition, holds, at",
                "17:1: error: unknown key `say` in rule `H02-closing`; the keys are id, provision, kind, title, \
                 title_en, severity, weight, finding, advice, cites, scope, effective, cooldown_s, needs_review, at_most, condition, \
                 holds, at",
                "18:1: error: `situation` does not belong to rule `H02-closing`; it belongs to required rules",
            ],
        ),
        (
            with("holds = \"x\"", "[rule.condition]\nx = 3\nand = { turns = { at_least = 1 } }\n"),
            vec![
                "17:1: error: the condition `x` of rule `H02-closing` is no table; write `[rule.condition.x]` and its operator below",
                "18:1: error: `and` cannot be the name of a condition: it means something else; give it another name",
            ],
        ),
        (
            with("holds = \"x\"", "[rule.condition.x]\nsay = { any = [\"别管\"] }\nrole = \"visitor\"\n")
                .replace("finding = \"missing\"", "finding = \"forbidden\""),
            vec![
                "16:17: error: rule `H02-closing` is forbidden and placed at `x`, words that need not be the clerk's; a visitor's words \
                 charge nobody: name with `at` a condition of the clerk's, or write `finding = \"missing\"`",
            ],
        ),
        (
            with(
                "holds = \"talked and not left\"\nscope = { windws = [\"3\"], halls = [], encounters = \"call\" }\n\
                 effective = { from = \"2026-02-30\", until = 2026 }\ncooldown_s = 0\nneeds_review = \"yes\"",
                CONDITIONS,
            ),
            vec![
                "16:11: error: unknown key `windws` in a `scope` of rule `H02-closing`, did you mean `windows`?; the keys are halls, \
                 windows, encounters",
                "16:27: error: `halls` of a `scope` of rule `H02-closing` names none; name at least one, or leave it out",
                "16:52: error: `encounters` of a `scope` of rule `H02-closing` is \"call\"; write one of counter, telephone",
                "17:22: error: `from` of a `effective` of rule `H02-closing` is \"2026-02-30\"; write a day as YYYY-MM-DD, such as \
                 2026-01-31",
                "17:44: error: `until` of a `effective` of rule `H02-closing` is a whole number; write a day, as \"2026-01-31\"",
                "18:14: error: `cooldown_s` of rule `H02-closing` is 0; write a number from 1 to 86400",
                "19:16: error: `needs_review` of rule `H02-closing` is a text; write true or false, without quotes",
            ],
        ),
        (
            with(
                "holds = \"talked and not left\"\neffective = { from = 2026-05-01, until = 2026-05-01 }",
                CONDITIONS,
            ),
            vec![
                "16:13: error: a `effective` of rule `H02-closing` ends before it begins (from 2026-05-01 until 2026-05-01); `until` \
                 is the first day on which it is not in force any more",
            ],
        ),
    ] {
        let expected: Vec<String> = expected.iter().map(|line| format!("hall.toml:{line}")).collect();
        let found = faults(&text);
        if found != expected {
            bad.push(format!("{}\n  {}\n", &text[HEAD.len()..], found.join("\n  ")));
        }
    }
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

#[test]
fn synonyms_are_checked_and_the_unused_warned_of() {
    let head = "[rulebook]\nid = \"hall\"\nversion = \"1\"\ntitle = \"本厅\"\n[synonyms]\n";
    assert_eq!(
        faults(&format!(
            "{head}\"办理\" = [\"办\", \"办\", \"弄[了]\", 3]\n\"查\" = []\n\"问\" = \"打听\"\n"
        )),
        [
            "hall.toml:6:14: error: 办 stands twice among the synonyms; put all words that mean the same into one list",
            "hall.toml:6:19: error: the synonym \"弄[了]\" is not a word in Chinese characters; write the characters alone, without \
             `[`, `]` and ××",
            "hall.toml:6:27: error: the synonyms of `办理` hold something that is no text; write only texts in quotes",
            "hall.toml:7:1: error: `查` has no synonym; write at least one, or take the line out",
            "hall.toml:8:7: error: the synonyms of `问` are no list; write `\"问\" = [\"…\", \"…\"]`",
        ]
    );
    assert_eq!(
        faults(&format!("{head}\"麒麟\" = [\"怪兽\"]\n")),
        [
            "hall.toml:6:1: warning: nothing uses the synonyms 麒麟, 怪兽; say `synonyms = true` where phrases have one of these words, \
          or delete them"
        ]
    );
}

#[test]
fn rules_not_in_force_are_left_out_and_listed() {
    let text = format!(
        "{}effective = {{ until = 2027-01-01 }}\nscope = {{ halls = [\"一楼\"] }}\nholds = \"talked and not left\"\n{CONDITIONS}",
        HEAD.replace("[[rule]]", "effective = { from = 2026-07-01 }\n[[rule]]")
    );
    let source = Source::new("hall.toml", &text);
    let book = |on: &str, hall: Option<&str>| {
        let setting = Setting { on: Some(on.parse().unwrap()), hall: hall.map(str::to_owned) };
        Rulebook::parse_for(std::slice::from_ref(&source), &setting).unwrap()
    };
    for (on, hall, left_out) in [
        ("2026-07-01", None, None),
        ("2026-12-31", Some("一楼"), None),
        ("2026-06-30", None, Some("in force from 2026-07-01 until 2027-01-01, not on 2026-06-30")),
        ("2027-01-01", None, Some("in force from 2026-07-01 until 2027-01-01, not on 2027-01-01")),
        ("2026-12-31", Some("二楼"), Some("for 一楼, not for 二楼")),
    ] {
        let book = book(on, hall);
        assert_eq!(book.rule("H02-closing").is_none(), left_out.is_some(), "{on} {hall:?}");
        let told: Vec<&str> = book.left_out().iter().map(|(_, why)| why.as_str()).collect();
        assert_eq!(told, left_out.into_iter().collect::<Vec<_>>(), "{on} {hall:?}");
    }
    let (in_force, not) = (book("2026-07-01", None), book("2026-06-30", None));
    assert_ne!(in_force.version(), not.version(), "books that judge differently have different versions");
    assert_eq!(in_force.version(), book("2026-12-31", None).version());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hall.toml");
    std::fs::write(&path, &text).unwrap();
    let (report, usable) = Rulebook::check_report(&[path], &Setting::on("2026-06-30".parse().unwrap()));
    assert!(usable && report.contains("rule H02-closing is left out: in force from 2026-07-01"), "{report}");
}

#[test]
fn a_hall_adjusts_cooldown_and_review_of_any_rule() {
    let text = "[rulebook]\nid = \"hall\"\nversion = \"1\"\ntitle = \"本厅\"\n[[adjust]]\nrule = \"P49-what-hurry\"\n\
                cooldown_s = 30\nneeds_review = true\n";
    let book = Rulebook::parse(&[Source::new("hall.toml", text)]).unwrap();
    let adjusted = book.rule("P49-what-hurry").unwrap();
    assert_eq!((adjusted.cooldown_s, adjusted.needs_review), (Some(30.0), true));
}

/// Words that strangers might put anywhere.
fn fragment() -> impl Strategy<Value = String> {
    let words = [
        "[rule.condition.a]",
        "[[rule]]",
        "[synonyms]",
        "[sets]",
        "kind = \"composed\"",
        "holds = ",
        "at = \"a\"",
        "say = { any = [",
        "]",
        "}",
        "{",
        "\"您好\"",
        "\"@soft\"",
        "role = \"either\"",
        "position = { first_s = 3 }",
        "anchor = { after = \"a\" }",
        "turns = { at_least = ",
        "regex = { is = \"(.*)\" }",
        "rate = { above = 320 }",
        "similar = { to = \"您好吗\", at_least = ",
        "1",
        "-1",
        "9e999",
        "nan",
        "\"not not (a or b\"",
        "\"\"",
        "\n",
        "=",
        ",",
        "effective = { from = ",
        "2026-01-01",
        "\"2026-99-01\"",
        "\"办\" = [\"弄\"]",
        "repeats = { times = 3, within_s = 1 }",
    ];
    prop::sample::select(words.to_vec()).prop_map(str::to_owned)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn no_garbage_makes_the_reader_panic(pieces in prop::collection::vec(prop_oneof![fragment(), ".{0,6}"], 0..14)) {
        let text = format!("{HEAD}{}", pieces.concat());
        let _ = Rulebook::parse(&[Source::new("hall.toml", &text)]);
        let _ = Rulebook::parse(&[Source::new("hall.toml", &pieces.join("\n"))]);
    }

    #[test]
    fn no_expression_makes_the_reader_panic(holds in "[ab()! ]{0,40}|((not|and|or|a|b|\\(|\\)) ){0,30}") {
        let conditions = CONDITIONS.replace("talked", "a").replace("left", "b");
        let _ = Rulebook::parse(&[Source::new("hall.toml", &format!("{HEAD}holds = \"{holds}\"\n{conditions}"))]);
    }
}

//! Rulebook files as strangers write them: every fault named with its line, and none of them a panic.

use std::path::PathBuf;

use sansheng::conduct::Severity;
use sansheng::conduct::rulebook::{FaultLevel, PhraseRole, Rulebook, Setting, Source};
use sansheng::phrase::Pattern;

const HEADER: &str = "[rulebook]\nid = \"hall\"\nversion = \"1\"\ntitle = \"本厅\"\n";

/// A rule of a hall that has no fault.
const RULE: &str = r#"
[[rule]]
id = "H01-next"
provision = "H01"
kind = "forbidden"
title = "催人"
severity = "minor"
weight = 2
advice = "请您稍等。"
cites = [{ standard = "S4", article = "一 6" }]
[[rule.phrase]]
say = "下一个快点"
"#;

fn parse(text: &str) -> Result<Rulebook, Vec<String>> {
    Rulebook::parse(&[Source::new("hall.toml", text)])
        .map_err(|faults| faults.0.iter().map(ToString::to_string).collect())
}

/// [`RULE`] with one line exchanged (or, where `with` is empty, left out) under [`HEADER`].
fn with_line(line: &str, with: &str) -> String {
    assert!(RULE.lines().any(|l| l == line), "{line}");
    let lines: Vec<&str> =
        RULE.lines().map(|l| if l == line { with } else { l }).filter(|l| *l != "-").collect();
    format!("{HEADER}{}\n", lines.join("\n"))
}

#[test]
fn each_fault_names_its_line_what_was_found_and_the_remedy() {
    for (text, expected) in [
        (
            with_line("weight = 2", "wieght = 2"),
            vec![
                "hall.toml:6:1: error: rule `H01-next` has no `weight`; add `weight = 5`, points from 0 to 100",
                "hall.toml:12:1: error: unknown key `wieght` in rule `H01-next`, did you mean `weight`?; the keys are id, \
             provision, kind, title, title_en, severity, weight, advice, cites, scope, effective, cooldown_s, needs_review, phrase",
            ],
        ),
        (
            with_line("weight = 2", "weight = 101"),
            vec!["hall.toml:12:10: error: `weight` of rule `H01-next` is 101; write a number from 0 to 100"],
        ),
        (
            with_line("weight = 2", "weight = 2.5"),
            vec![
                "hall.toml:12:10: error: `weight` of rule `H01-next` is a number; write a whole number from 0 to 100",
            ],
        ),
        (
            with_line("weight = 2", "weight = \"2\""),
            vec![
                "hall.toml:12:10: error: `weight` of rule `H01-next` is a text; write a number from 0 to 100",
            ],
        ),
        (
            with_line("severity = \"minor\"", "severity = \"mnior\""),
            vec![
                "hall.toml:11:12: error: `severity` of rule `H01-next` is \"mnior\", did you mean `minor`?; write one of \
             note, minor, major, critical",
            ],
        ),
        (
            with_line("kind = \"forbidden\"", "kind = \"banned\""),
            vec![
                "hall.toml:9:8: error: `kind` of rule `H01-next` is \"banned\"; write one of forbidden, required, when, credit, composed",
            ],
        ),
        (
            with_line("id = \"H01-next\"", "id = \"下一个\""),
            vec![
                "hall.toml:7:6: error: the rule id \"下一个\" cannot be used; write 3 to 48 of the letters a-z, A-Z, digits and -",
            ],
        ),
        (
            with_line("provision = \"H01\"", "provision = \"H1\""),
            vec![
                "hall.toml:8:13: error: the provision \"H1\" of rule `H01-next` cannot be used; write a capital letter and \
             two digits, as P30 or H01",
            ],
        ),
        (
            with_line("advice = \"请您稍等。\"", "-"),
            vec![
                "hall.toml:6:1: error: rule `H01-next` has no `advice`; add `advice = \"…\"`, what to say instead",
            ],
        ),
        (
            with_line("title = \"催人\"", "title = \" \""),
            vec![
                "hall.toml:10:9: error: `title` of rule `H01-next` is empty; write `title = \"…\"`, a few words in Chinese",
            ],
        ),
        (
            with_line("say = \"下一个快点\"", "say = \"下1个\""),
            vec![
                "hall.toml:16:7: error: in \"下1个\" character 1 ('1') is not a Chinese character; write numbers and names in \
             Chinese, or ×× for a free slot",
            ],
        ),
        (
            with_line("say = \"下一个快点\"", "say = \"[走|去|]吧\""),
            vec![
                "hall.toml:16:7: error: the phrase \"[走|去|]吧\" can be a single syllable; write at least two: one \
             syllable is heard everywhere",
            ],
        ),
        (
            with_line(
                "say = \"下一个快点\"",
                "say = \"[走|去|来|跑][走|去|来|跑][走|去|来|跑][走|去|来|跑][走|去]\"",
            ),
            vec![
                "hall.toml:16:7: error: the phrase \"[走|去|来|跑][走|去|来|跑][走|去|来|跑][走|去|来|跑][走|去]\" can be said in \
             512 ways, more than 256; split it into several phrases",
            ],
        ),
        (
            with_line("say = \"下一个快点\"", "place = \"clauses\""),
            vec![
                "hall.toml:15:1: error: a `phrase` of rule `H01-next` has no `say`; add `say = \"…\"`, the words in Chinese",
                "hall.toml:16:9: error: `place` of a `phrase` of rule `H01-next` is \"clauses\", did you mean `clause`?; write \
             one of anywhere, clause",
            ],
        ),
        (
            with_line(
                "say = \"下一个快点\"",
                "say = \"下一个快点\"\ncost_max = 0.6\nunless = { befor = [], turn = [\"@polit\"] }",
            ),
            vec![
                "hall.toml:17:12: error: `cost_max` of a `phrase` of rule `H01-next` is 0.6; write a number from 0 to 0.5",
                "hall.toml:18:12: error: unknown key `befor` in a `unless` of a `phrase` of rule `H01-next`, did you mean \
             `before`?; the keys are before, after, turn",
                "hall.toml:18:32: error: there is no set `polit`; define it under [sets], or write the words themselves",
            ],
        ),
        (
            with_line(
                "cites = [{ standard = \"S4\", article = \"一 6\" }]",
                "cites = [{ standard = \"S1\", article = \"一 6\" }]",
            ),
            vec![
                "hall.toml:14:23: error: rule `H01-next` cites an unknown standard `S1`, did you mean `S0`?; describe it in a \
             [[standard]] table",
            ],
        ),
        (
            with_line(
                "cites = [{ standard = \"S4\", article = \"一 6\" }]",
                "cites = [{ standard = \"S4\", article = \"一 7\" }]",
            ),
            vec![
                "hall.toml:14:23: error: S4 has no article 一 7, did you mean `一 1`?; cite it as the [[standard]] table numbers \
             it, or add it there",
            ],
        ),
        (
            with_line(
                "cites = [{ standard = \"S4\", article = \"一 6\" }]",
                "cites = [{ standard = \"S4\", article = \"一 6\", quote = \"快点\" }]",
            ),
            vec!["hall.toml:14:23: error: S4 一 6 does not say \"快点\"; quote the article word for word"],
        ),
        (
            with_line("cites = [{ standard = \"S4\", article = \"一 6\" }]", "cites = []"),
            vec![
                "hall.toml:6:1: error: rule `H01-next` has no `cites`; add `cites = [{ standard = \"S1-A\", article = \
                 \"…\" }]`: no accusation without an article",
            ],
        ),
        (
            with_line("cites = [{ standard = \"S4\", article = \"一 6\" }]", "situation = \"encounter-end\""),
            vec![
                "hall.toml:6:1: error: rule `H01-next` has no `cites`; add `cites = [{ standard = \"S1-A\", article = \"…\" }]`: \
             no accusation without an article",
                "hall.toml:14:1: error: `situation` does not belong to rule `H01-next`; it belongs to required rules",
            ],
        ),
    ] {
        assert_eq!(parse(&text).unwrap_err(), expected, "{text}");
    }
}

#[test]
fn faults_of_whole_files_are_named_too() {
    let duplicate = format!("{HEADER}{}", RULE.replace("H01-next", "P49-what-hurry"));
    let sets = "[sets]\nsoft = [\"您好\"]\nround = [\"@square\"]\nsquare = [\"@round\"]\nnone = []\n";
    for (text, expected) in [
        (
            "",
            vec![
                "hall.toml:1:1: error: the file has no `rulebook`; add a table `[rulebook]` with `id`, `version` and `title`",
            ],
        ),
        (
            "[rulebook]\nid = \"hall\"\n",
            vec![
                "hall.toml:1:1: error: `rulebook` has no `version`; add `version = \"2026.1\"`, raised with every change",
                "hall.toml:1:1: error: `rulebook` has no `title`; add `title = \"…\"`",
            ],
        ),
        (
            "disable = [\"P49-what-hurry\"]\n[rulebook]\nid = \"h\"\nversion = \"1\"\ntitle = \"t\"\n[rules]\n",
            vec![
                "hall.toml:1:1: error: `disable` does not belong to the file; it belongs to the table [rulebook]",
                "hall.toml:6:2: error: unknown key `rules` in the file, did you mean `rule`?; the keys are sets, synonyms, \
             rulebook, standard, rule, adjust",
            ],
        ),
        (
            &format!("{HEADER}disable = [\"P49-what-hury\"]\n[[adjust]]\nrule = \"P99\"\nweight = -1\n"),
            vec![
                "hall.toml:5:12: error: there is no rule `P49-what-hury`, did you mean `P49-what-hurry`?; name a rule of the rulebook",
                "hall.toml:7:8: error: there is no rule `P99`; name a rule of the rulebook",
                "hall.toml:8:10: error: `weight` of the adjustment of `P99` is -1; write a number from 0 to 100",
            ],
        ),
        (
            &duplicate,
            vec![
                "hall.toml:6:1: error: the rule id `P49-what-hurry` is already used in rules/forbidden.toml; give it an id of its \
             own, or change the first one with [[adjust]]",
            ],
        ),
        (
            &format!(
                "{HEADER}{sets}[[adjust]]\nrule = \"P49-what-hurry\"\nunless = {{ turn = [\"@round\"] }}\n"
            ),
            vec![
                "hall.toml:6:1: error: the set `soft` is already defined in rules/sets.toml; give it another name; it may hold the \
             first one as \"@name\"",
                "hall.toml:8:11: error: the set `round` holds itself; take one of the references out",
                "hall.toml:9:1: error: the set `none` is empty; write at least one word",
            ],
        ),
        (
            &format!("{HEADER}rule = 3\nsets = \"polite\"\n"),
            vec![
                "hall.toml:5:1: error: unknown key `rule` in `rulebook`; the keys are id, version, title, disable, effective",
                "hall.toml:6:1: error: unknown key `sets` in `rulebook`; the keys are id, version, title, disable, effective",
            ],
        ),
    ] {
        assert_eq!(parse(text).unwrap_err(), expected, "{text}");
    }
}

#[test]
fn a_file_that_is_not_toml_does_not_hide_the_faults_of_the_others() {
    let good = Source::new("b.toml", &with_line("weight = 2", "weight = 200"));
    let faults = Rulebook::parse(&[Source::new("a.toml", "[rulebook\nid = = 3\n"), good]).unwrap_err();
    let places: Vec<_> = faults.0.iter().map(|f| (f.file.as_str(), f.line)).collect();
    assert!(places.contains(&("a.toml", 1)) && places.contains(&("a.toml", 2)), "{faults}");
    assert!(places.contains(&("b.toml", 12)), "{faults}");
    assert!(
        faults.0.iter().filter(|f| f.file == "a.toml").all(|f| f.found.starts_with("not TOML: ")),
        "{faults}"
    );
}

#[test]
fn a_phrase_of_two_rules_and_an_unused_set_are_warned_of() {
    let text = format!("{HEADER}[sets]\nidle = [\"闲话\"]\n{}", RULE.replace("下一个快点", "急什么急"));
    let book = parse(&text).unwrap();
    let warnings: Vec<String> = book.warnings().iter().map(ToString::to_string).collect();
    assert!(book.warnings().iter().all(|w| w.level == FaultLevel::Warning));
    assert_eq!(
        warnings,
        [
            "hall.toml:6:1: warning: nothing uses the set `idle`; use it as \"@name\" or delete it",
            "hall.toml:18:7: warning: 急什么急 is already a phrase of rule `P49-what-hurry`; keep one of the two",
        ]
    );
}

#[test]
fn a_hall_adds_a_rule_adjusts_another_and_switches_one_off() {
    let text = format!(
        "{HEADER}disable = [\"P47-read-it-yourself\"]\n[sets]\nours = [\"@soft\", \"不着急\"]\n{RULE}\
         unless = {{ turn = [\"@ours\"] }}\n[[adjust]]\nrule = \"P49-what-hurry\"\nseverity = \"major\"\nweight = 7\n\
         unless = {{ turn = [\"快递单\"] }}\n[[standard]]\nid = \"H\"\ntitle = \"本厅规范\"\nyear = 2026\n"
    );
    let (before, after) = (Rulebook::builtin().unwrap(), parse(&text).unwrap());
    assert_eq!(after.rules().len(), before.rules().len());
    assert!(after.rule("P47-read-it-yourself").is_none() && before.rule("P47-read-it-yourself").is_some());
    let added = after.rule("H01-next").unwrap();
    let [(PhraseRole::Said, phrase)] = added.phrases()[..] else { panic!("{added:?}") };
    assert_eq!(phrase.guards.turn.last().map(Pattern::source), Some("不着急"));
    let adjusted = after.rule("P49-what-hurry").unwrap();
    assert_eq!((adjusted.severity, adjusted.weight), (Severity::Major, 7));
    let guarded = |(_, spec): &(PhraseRole, &sansheng::phrase::PhraseSpec)| {
        spec.guards.turn.iter().any(|guard| guard.source() == "快递单")
    };
    assert!(adjusted.phrases().iter().all(guarded));
    assert_eq!(after.standard("H").and_then(|standard| standard.year), Some(2026));
    assert!(after.version().starts_with("2026.11.2+hall.1#"), "{}", after.version());
}

#[test]
fn the_version_follows_every_change_of_the_text() {
    let versions: Vec<String> =
        [with_line("weight = 2", "weight = 2"), with_line("weight = 2", "weight = 3")]
            .iter()
            .map(|text| parse(text).unwrap().version().to_owned())
            .collect();
    assert_ne!(versions[0], versions[1]);
    assert_eq!(versions[0], parse(&format!("{HEADER}{RULE}")).unwrap().version());
}

#[test]
fn the_report_on_files_says_whether_they_can_be_used() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hall.toml");
    std::fs::write(&path, format!("{HEADER}{RULE}")).unwrap();
    let (text, usable) = Rulebook::check_report(&[PathBuf::from(&path)], &Setting::default());
    assert!(usable && text.starts_with("rulebook 2026.11.2+hall.1#"), "{text}");
    std::fs::write(&path, [0x7f, b'E', b'L', b'F', 0, 0xff]).unwrap();
    let (text, usable) = Rulebook::check_report(std::slice::from_ref(&path), &Setting::default());
    let expected = format!("{}: error: the file is not UTF-8 text (byte 5 is 0xff)", path.display());
    assert!(!usable && text.contains(&expected), "{text}");
}

/// A small generator (xorshift64): the same mutations on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }
}

#[test]
fn no_mutilated_file_makes_the_reader_panic() {
    let texts = [
        include_str!("../../rules/credit.toml"),
        include_str!("../../rules/hard-words.toml"),
        include_str!("../../rules/standards/S4.toml"),
    ];
    let pieces = [
        "[", "]", "{", "}", "\"", "'''", "=", "@", "|", "\n", "#", ".", "-1", "9e999", "0x", "\u{0}", "[[",
        "××", "\\u",
    ];
    let mut random = Random(0x2545_F491_4F6C_DD1D);
    let mut refused = 0;
    for round in 0..60 {
        let mut chars: Vec<char> = texts[round % texts.len()].chars().collect();
        for _ in 0..=random.below(4) {
            let at = random.below(chars.len());
            let end = (at + random.below(40)).min(chars.len());
            match random.below(4) {
                0 => drop(chars.drain(at..end)),
                1 => chars.truncate(at.max(1)),
                2 => drop(chars.splice(at..at, pieces[random.below(pieces.len())].chars())),
                _ => chars.swap(at, end.saturating_sub(1)),
            }
        }
        let text: String = chars.into_iter().collect();
        let refuses = parse(&text).is_err();
        // Every text holds rules that the built-in rulebook has already, unless it was cut off before the first of them.
        assert!(refuses || !text.contains("[[rule]]"), "accepted:\n{text}");
        refused += usize::from(refuses);
    }
    assert!(refused > 50, "{refused} of 60 are refused: most texts still have their rules");
    assert!(parse(&"[".repeat(20_000)).is_err());
    assert!(parse(&format!("{HEADER}x = {}", "[".repeat(20_000))).is_err());
}

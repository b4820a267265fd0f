//! The rulebook the program carries, and the example in its documentation.

use sansheng::conduct::FindingKind;
use sansheng::conduct::rulebook::{RuleKind, Rulebook, Source};
use sansheng::phrase::{Lexicon, Pattern};

#[test]
fn the_built_in_rulebook_has_no_fault_and_no_warning() {
    let book = Rulebook::builtin().unwrap();
    assert_eq!(book.warnings(), []);
    assert!(book.version().starts_with("2026.11.2#"), "{}", book.version());
}

#[test]
fn every_forbidden_provision_has_a_rule_with_an_article_and_words_of_it() {
    let book = Rulebook::builtin().unwrap();
    for number in 30..=54 {
        let provision = format!("P{number}");
        let rules: Vec<_> = book.rules().iter().filter(|rule| rule.provision == provision).collect();
        assert!(!rules.is_empty(), "{provision} has no rule");
        for rule in rules {
            assert_eq!(rule.finding_kind(), FindingKind::Forbidden, "{}", rule.id);
            assert!(rule.cites.iter().all(|cite| !cite.quote.is_empty()), "{}", rule.id);
            assert!(!rule.advice.is_empty() && !rule.title_en.is_empty(), "{}", rule.id);
        }
    }
}

#[test]
fn what_the_standards_forbid_word_for_word_can_be_listened_for() {
    let book = Rulebook::builtin().unwrap();
    for rule in book.rules().iter().filter(|rule| matches!(rule.kind, RuleKind::Forbidden { .. })) {
        // P54 quotes what the standards say of hard words, not the words.
        for cite in rule.cites.iter().filter(|_| rule.provision != "P54") {
            assert!(Pattern::parse(&cite.quote).is_ok(), "{}: {}", rule.id, cite.quote);
        }
    }
}

#[test]
fn every_phrase_of_the_built_in_rulebook_compiles() {
    let book = Rulebook::builtin().unwrap();
    let phrases = book.rules().iter().flat_map(|rule| rule.phrases());
    let specs: Vec<_> = phrases.map(|(_, spec)| spec.clone()).collect();
    assert!(Lexicon::compile(&specs).is_ok());
}

#[test]
fn no_kind_of_rule_goes_without_phrases() {
    for rule in Rulebook::builtin().unwrap().rules() {
        let empty = match &rule.kind {
            RuleKind::Forbidden { phrases } | RuleKind::Credit { phrases, .. } => phrases.is_empty(),
            RuleKind::Required { phrases, .. } => phrases.is_empty(),
            RuleKind::When { triggers, expects, .. } => {
                triggers.is_empty() || expects.iter().any(|expected| expected.phrases.is_empty())
            }
            RuleKind::Composed(composed) => composed.conditions.is_empty(),
        };
        assert!(!empty, "{}", rule.id);
    }
}

#[test]
fn the_documented_examples_are_rulebooks_without_a_warning() {
    let page = include_str!("../../docs/rulebook.md");
    let examples = page.split("```toml\n").skip(1).filter_map(|after| after.split_once("```"));
    let examples: Vec<Source> =
        examples.map(|(example, _)| Source::new("docs/rulebook.md", example)).collect();
    assert_eq!(examples.len(), 2);
    let book = Rulebook::parse(&examples).unwrap();
    assert_eq!(book.warnings(), []);
    assert!(book.rule("H01-go-online").is_some() && book.rule("P47-read-it-yourself").is_none());
    assert!(book.rule("H02-told-at-once").is_some_and(|rule| matches!(rule.kind, RuleKind::Composed(_))));
}

//! Every provision of the standards has its rules, its tests and its row in docs/provisions.md.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use sansheng::conduct::rulebook::Rulebook;

fn list() -> toml::Table {
    fs::read_to_string("rules/provisions.toml").expect("the list").parse().expect("TOML")
}

fn provisions(list: &toml::Table) -> &[toml::Value] {
    list["provision"].as_array().expect("a list of provisions")
}

fn text<'a>(provision: &'a toml::Value, key: &str) -> &'a str {
    provision.get(key).and_then(toml::Value::as_str).unwrap_or_default()
}

fn tests_of(provision: &toml::Value) -> Vec<&str> {
    provision["tests"].as_array().expect("a list of tests").iter().filter_map(toml::Value::as_str).collect()
}

/// P01 to P23 is what has to be said, P30 to P54 what must not be, P60 to P66 how it is said and what goes with it.
fn expected() -> BTreeSet<String> {
    (1..=23).chain(30..=54).chain(60..=66).map(|n| format!("P{n:02}")).collect()
}

#[test]
fn no_provision_is_missing_from_the_list() {
    let list = list();
    let ids: BTreeSet<String> = provisions(&list).iter().map(|p| text(p, "id").to_owned()).collect();
    assert_eq!(ids, expected());
    assert_eq!(provisions(&list).len(), ids.len(), "none stands twice");
}

#[test]
fn a_provision_without_a_rule_says_why() {
    let book = Rulebook::builtin().unwrap();
    let list = list();
    for provision in provisions(&list) {
        let id = text(provision, "id");
        let ruled = book.rules().iter().any(|rule| rule.provision == id);
        // Who speaks Putonghua cannot be told honestly, and confidentiality is the program's own to keep.
        assert_eq!(ruled, !["P64", "P66"].contains(&id), "{id}");
        assert!(ruled || !text(provision, "remark").is_empty(), "{id} has neither rule nor reason");
        assert!(ruled != tests_of(provision).is_empty(), "{id}: a rule has tests");
    }
}

#[test]
fn every_test_that_the_list_names_is_there() {
    let list = list();
    for test in provisions(&list).iter().flat_map(tests_of) {
        let (file, name) = test.split_once(": ").unwrap_or_else(|| panic!("{test} is not FILE: NAME"));
        let source = fs::read_to_string(file).unwrap_or_else(|fault| panic!("{test}: {fault}"));
        assert!(source.contains(&format!("#[test]\nfn {name}(")), "{test}");
    }
}

#[test]
fn the_page_is_what_the_command_prints_and_names_every_provision_and_rule() {
    let output = Command::new(env!("CARGO_BIN_EXE_sansheng")).args(["rules", "provisions"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let printed = String::from_utf8(output.stdout).expect("UTF-8");
    let page = fs::read_to_string("docs/provisions.md").expect("the page");
    assert_eq!(page, printed, "run `sansheng rules provisions > docs/provisions.md`");
    for id in expected() {
        assert_eq!(page.matches(&format!("\n| {id} | ")).count(), 1, "{id} has one row");
    }
    for rule in Rulebook::builtin().unwrap().rules() {
        assert!(page.contains(&format!("`{}`", rule.id)), "{} is not named", rule.id);
    }
    assert!(!page.contains("(unknown)"), "a source that is no standard of the rulebook");
}

//! `sansheng rules provisions`: docs/provisions.md, made from the built-in rulebook and `rules/provisions.toml`.

use std::fmt::Write as _;
use std::io::{self, Write};

use serde::Deserialize;

use super::words;
use crate::cli::DONE;
use crate::cli::error::CliError;
use crate::conduct::rulebook::{Rule, Rulebook};

const LIST: &str = include_str!("../../../rules/provisions.toml");

const HEAD: &str = "\
# Provisions and rules

What the conduct standards ask of speech at a service window, provision by provision: which rules watch it, how they judge,
what tests hold them, and where it stands. Made by `sansheng rules provisions`; `sansheng rules explain RULE` tells a rule
in full, with the words of the articles. A rule marked *review* makes findings that somebody looks at before they count.

| | provision | rules | how it is judged | tests | sources |
|---|---|---|---|---|---|
";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    provision: Vec<Provision>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Provision {
    id: String,
    title: String,
    title_en: String,
    /// Test files and names: `tests/FILE.rs: name`.
    tests: Vec<String>,
    /// What is not judged, or why there is no rule.
    #[serde(default)]
    remark: String,
    /// Articles, where no rule cites them.
    #[serde(default)]
    cites: Vec<[String; 2]>,
}

pub(super) fn run() -> Result<u8, CliError> {
    let book = Rulebook::builtin()?;
    io::stdout().write_all(page(&book)?.as_bytes())?;
    Ok(DONE)
}

fn page(book: &Rulebook) -> Result<String, CliError> {
    let list: List = toml::from_str(LIST).map_err(|fault| CliError::Provisions(fault.to_string()))?;
    let known: Vec<&str> = list.provision.iter().map(|provision| provision.id.as_str()).collect();
    if let Some(rule) = book.rules().iter().find(|rule| !known.contains(&rule.provision.as_str())) {
        return Err(CliError::Provisions(format!("{} of rule {} is not listed", rule.provision, rule.id)));
    }
    let mut page = HEAD.to_owned();
    for provision in &list.provision {
        let rules: Vec<&Rule> = book.rules().iter().filter(|rule| rule.provision == provision.id).collect();
        let _ = writeln!(page, "{}", row(provision, &rules, book));
    }
    Ok(page)
}

fn row(provision: &Provision, rules: &[&Rule], book: &Rulebook) -> String {
    let ids: Vec<String> = rules.iter().map(|rule| format!("`{}`", rule.id)).collect();
    let mut judged: Vec<String> = rules.iter().map(|rule| how(rule, rules.len() > 1)).collect();
    if !provision.remark.is_empty() {
        judged.push(provision.remark.clone());
    }
    let mut sources: Vec<String> = Vec::new();
    let cited = rules.iter().flat_map(|rule| &rule.cites).map(|cite| (&cite.standard, &cite.article));
    for (standard, article) in
        cited.chain(provision.cites.iter().map(|[standard, article]| (standard, article)))
    {
        let source = match book.standard(standard) {
            Some(_) => format!("{standard} {article}"),
            None => format!("{standard} {article} (unknown)"),
        };
        if !sources.contains(&source) {
            sources.push(source);
        }
    }
    let cells = [
        provision.id.clone(),
        format!("{}<br>{}", provision.title, provision.title_en),
        if ids.is_empty() { "none".to_owned() } else { ids.join("<br>") },
        judged.join("<br>"),
        provision.tests.join("<br>"),
        sources.join("<br>"),
    ];
    format!("| {} |", cells.map(|cell| cell.replace('|', "\\|")).join(" | "))
}

fn how(rule: &Rule, named: bool) -> String {
    let mut text = String::new();
    if named {
        let name = rule.id.split_once('-').map_or(rule.id.as_str(), |(_, name)| name);
        text.push_str(&format!("*{name}*: "));
    }
    text.push_str(&words::judged(rule).join("; "));
    let bounds: Vec<String> =
        words::bounds(rule)
            .into_iter()
            .map(|words| {
                if rule.needs_review && words.starts_with("somebody") { "*review*".to_owned() } else { words }
            })
            .collect();
    if !bounds.is_empty() {
        text.push_str(&format!(" ({})", bounds.join(", ")));
    }
    text
}

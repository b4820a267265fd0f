//! `sansheng rules explain`: one rule in full, with the articles it rests on.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::words;
use crate::cli::DONE;
use crate::cli::args::RulesExplainArgs;
use crate::cli::error::CliError;
use crate::clock;
use crate::conduct::rulebook::{Rule, RuleKind, Rulebook, Setting};
use crate::phrase::{Pattern, PhraseSpec, Place};
use crate::toml_file::did_you_mean;

pub(super) fn run(args: &RulesExplainArgs) -> Result<u8, CliError> {
    let book = Rulebook::load(&args.rules, &Setting::on(clock::today()))?;
    let Some(rule) = book.rule(&args.rule) else {
        let meant = did_you_mean(&args.rule, book.rules().iter().map(|rule| rule.id.as_str()));
        return Err(CliError::NoRule { id: args.rule.clone(), meant });
    };
    io::stdout().write_all(explained(rule, &book).as_bytes())?;
    Ok(DONE)
}

fn explained(rule: &Rule, book: &Rulebook) -> String {
    let mut text = String::new();
    let mut line = |words: &str| {
        let _ = writeln!(text, "{words}");
    };
    line(&format!("{}  {}", rule.id, rule.title));
    if !rule.title_en.is_empty() {
        line(&format!("  {}", rule.title_en));
    }
    line(&format!(
        "  provision {}, severity {}, weight {}",
        rule.provision,
        words::severity(rule),
        rule.weight
    ));
    for words in words::bounds(rule) {
        line(&format!("  {words}"));
    }
    line("\nWhat it decides");
    for words in words::judged(rule) {
        line(&format!("  {words}"));
    }
    for (heading, phrases) in listened_for(rule) {
        line(&format!("\n{heading}"));
        phrases_in_full(&phrases).iter().for_each(|words| line(&format!("  {words}")));
    }
    line("\nWhere it stands");
    for cite in &rule.cites {
        let title = book.standard(&cite.standard).map_or("", |standard| standard.title.as_str());
        line(&format!("  {} {}  《{title}》", cite.standard, cite.article));
        let article = book
            .standard(&cite.standard)
            .and_then(|standard| standard.articles.iter().find(|article| article.number == cite.article));
        if let Some(article) = article {
            let shown = match cite.quote.is_empty() {
                true => article.text.clone(),
                false => article.text.replacen(&cite.quote, &format!("【{}】", cite.quote), 1),
            };
            line(&format!("    {shown}"));
        }
    }
    if !rule.advice.is_empty() {
        line(&format!("\nWhat to say or do instead\n  {}", rule.advice));
    }
    text
}

/// Lists of phrases under a heading each; those of conditions stand with their condition.
fn listened_for(rule: &Rule) -> Vec<(String, Vec<&PhraseSpec>)> {
    let lists: Vec<(String, Vec<&PhraseSpec>)> = match &rule.kind {
        RuleKind::Forbidden { phrases } | RuleKind::Credit { phrases, .. } => {
            vec![("What is listened for".to_owned(), all_of(phrases))]
        }
        RuleKind::Required { phrases, near, .. } => vec![
            ("What is listened for".to_owned(), all_of(phrases)),
            ("Near it: leaves the matter open".to_owned(), all_of(near)),
        ],
        RuleKind::When { triggers, expects, .. } => {
            let triggers = ("What sets it off".to_owned(), all_of(triggers));
            let expects = expects.iter().map(|expected| {
                (format!("What is expected then: @{}", expected.name), all_of(&expected.phrases))
            });
            std::iter::once(triggers).chain(expects).collect()
        }
        RuleKind::Composed(composed) => composed
            .conditions
            .iter()
            .map(|condition| (format!("Words of `{}`", condition.name), all_of(condition.phrases())))
            .collect(),
    };
    lists.into_iter().filter(|(_, phrases)| !phrases.is_empty()).collect()
}

fn all_of(phrases: &[PhraseSpec]) -> Vec<&PhraseSpec> {
    phrases.iter().collect()
}

/// Phrases that share place, bound and guards stand together.
fn phrases_in_full(phrases: &[&PhraseSpec]) -> Vec<String> {
    let alike = |a: &PhraseSpec, b: &PhraseSpec| {
        a.place == b.place && a.cost_max == b.cost_max && a.guards == b.guards
    };
    let mut lines = Vec::new();
    for group in phrases.chunk_by(|a, b| alike(a, b)) {
        let Some(first) = group.first() else { continue };
        let said: Vec<&str> = group.iter().map(|phrase| phrase.pattern.source()).collect();
        lines.push(said.join("  "));
        let mut manner = Vec::new();
        if first.place == Place::Clause {
            manner.push("as a clause of its own".to_owned());
        }
        if let Some(cost) = first.cost_max {
            manner.push(format!("at most {cost:.2} a syllable away"));
        }
        for (where_, guards) in [
            ("before it", &first.guards.before),
            ("after it", &first.guards.after),
            ("in the same turn", &first.guards.turn),
        ] {
            if !guards.is_empty() {
                let words: Vec<&str> = guards.iter().map(Pattern::source).collect();
                manner.push(format!("innocent with, {where_}: {}", words.join(" ")));
            }
        }
        lines.extend(manner.into_iter().map(|manner| format!("    {manner}")));
    }
    lines
}

//! The rules in force, each with its text and where it stands.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::change::hall_file;
use crate::access::Action;
use crate::conduct::rulebook::{Rule, RuleKind, Rulebook, Source};
use crate::web::caller::Caller;
use crate::web::hub::Hub;
use crate::web::problem::{Problem, ProblemBody};

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RulesBody {
    version: String,
    files: Vec<FileBody>,
    rules: Vec<RuleBody>,
    /// Rules that are not in force here and today, and why.
    left_out: Vec<LeftOut>,
}

#[derive(Debug, Serialize, ToSchema)]
struct FileBody {
    name: String,
    /// The first standard that it gives, if any.
    standard: Option<String>,
    /// It is the one that `/api/v1/rules/hall` reads and writes.
    editable: bool,
    builtin: bool,
}

#[derive(Debug, Serialize, ToSchema)]
struct LeftOut {
    rule: String,
    why: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct RuleBody {
    id: String,
    provision: String,
    /// What its findings are: `forbidden`, `missing`, `voice`, `credit`.
    kind: &'static str,
    /// How it decides: `forbidden`, `required`, `when`, `credit`, `composed`.
    form: &'static str,
    title: String,
    title_en: String,
    severity: &'static str,
    weight: u8,
    advice: String,
    cites: Vec<CiteBody>,
    patterns: Vec<PatternBody>,
    scope: ScopeBody,
    /// The first and the last day it is in force; empty: always.
    effective: String,
    needs_review: bool,
    cooldown_s: Option<f32>,
    file: Option<String>,
    line: Option<usize>,
    /// Its TOML.
    text: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct CiteBody {
    standard: String,
    title: String,
    article: String,
    /// The words that apply; empty where the whole article is meant.
    quote: String,
    /// The words of the article.
    text: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct PatternBody {
    /// What it is for in the rule: `said`, `trigger`, `expected-0`, `near`, `condition-0` …
    part: String,
    say: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct ScopeBody {
    windows: Vec<String>,
    halls: Vec<String>,
    /// `counter` or `telephone`; null: both.
    encounters: Option<&'static str>,
}

/// The rules in force, with file, line and text
#[utoipa::path(get, path = "/api/v1/rules", tag = "rules", responses(
    (status = OK, body = RulesBody), (status = FORBIDDEN, body = ProblemBody)))]
pub(super) async fn rules(State(hub): State<Arc<Hub>>, caller: Caller) -> Result<Json<RulesBody>, Problem> {
    caller.may(Action::Rules)?;
    let (settings, book) = (hub.settings().await?, hub.book());
    let may_change = caller.may(Action::ChangeRules).is_ok();
    let editable = hall_file(&settings).ok().filter(|_| may_change);
    hub.blocking(move || Ok(Json(body(book.rulebook(), editable.as_deref())))).await
}

fn body(book: &Rulebook, editable: Option<&Path>) -> RulesBody {
    let places = Places::of(book.sources());
    let files = book.sources().iter().map(|source| FileBody {
        name: source.name.clone(),
        standard: first_id(&source.text, "[[standard]]"),
        editable: editable.is_some_and(|path| path.display().to_string() == source.name),
        builtin: source.builtin,
    });
    RulesBody {
        version: book.version().to_owned(),
        files: files.collect(),
        rules: book.rules().iter().map(|rule| rule_body(rule, book, &places)).collect(),
        left_out: book
            .left_out()
            .iter()
            .map(|(rule, why)| LeftOut { rule: rule.clone(), why: why.clone() })
            .collect(),
    }
}

fn rule_body(rule: &Rule, book: &Rulebook, places: &Places<'_>) -> RuleBody {
    let cites = rule.cites.iter().map(|cite| {
        let standard = book.standard(&cite.standard);
        let article =
            standard.and_then(|standard| standard.articles.iter().find(|one| one.number == cite.article));
        CiteBody {
            standard: cite.standard.clone(),
            title: standard.map_or_else(String::new, |standard| standard.title.clone()),
            article: cite.article.clone(),
            quote: cite.quote.clone(),
            text: article.map_or_else(String::new, |article| article.text.clone()),
        }
    });
    let phrases = rule.phrases();
    let patterns = phrases.iter().map(|(part, phrase)| PatternBody {
        part: part.to_string(),
        say: phrase.pattern.source().to_owned(),
    });
    let place = places.of.get(rule.id.as_str());
    RuleBody {
        id: rule.id.clone(),
        provision: rule.provision.clone(),
        kind: rule.finding_kind().name(),
        form: match rule.kind {
            RuleKind::Forbidden { .. } => "forbidden",
            RuleKind::Required { .. } => "required",
            RuleKind::When { .. } => "when",
            RuleKind::Credit { .. } => "credit",
            RuleKind::Composed(_) => "composed",
        },
        title: rule.title.clone(),
        title_en: rule.title_en.clone(),
        severity: rule.severity.name(),
        weight: rule.weight,
        advice: rule.advice.clone(),
        cites: cites.collect(),
        patterns: patterns.collect(),
        scope: ScopeBody {
            windows: rule.scope.windows.clone(),
            halls: rule.scope.halls.clone(),
            encounters: rule.scope.encounters.map(|kind| match kind {
                crate::conduct::scene::EncounterKind::Counter => "counter",
                crate::conduct::scene::EncounterKind::Telephone => "telephone",
            }),
        },
        effective: match rule.effective == Default::default() {
            true => String::new(),
            false => rule.effective.to_string(),
        },
        needs_review: rule.needs_review,
        cooldown_s: rule.cooldown_s,
        file: place.map(|place| place.file.to_owned()),
        line: place.map(|place| place.line),
        text: place.map(|place| place.text.clone()),
    }
}

/// Where rules stand. The texts were read as TOML before, so their tables begin on lines of their own.
struct Places<'a> {
    of: HashMap<String, Place<'a>>,
}

struct Place<'a> {
    file: &'a str,
    /// From 1 on.
    line: usize,
    text: String,
}

impl<'a> Places<'a> {
    fn of(sources: &'a [Source]) -> Self {
        let mut of = HashMap::new();
        for source in sources {
            for (line, text) in tables(&source.text, "[[rule]]") {
                if let Some(id) = id_of(&text) {
                    of.insert(id, Place { file: &source.name, line, text });
                }
            }
        }
        Self { of }
    }
}

/// The tables of this heading, with those below them: line, and text.
fn tables(text: &str, heading: &str) -> Vec<(usize, String)> {
    let below = heading.trim_matches(|ch| ch == '[' || ch == ']');
    let belongs = |line: &str| {
        let name = line.trim_start_matches('[').trim_start();
        name.strip_prefix(below).is_some_and(|rest| rest.starts_with('.'))
    };
    let mut tables: Vec<(usize, String)> = Vec::new();
    let mut open = false;
    for (index, line) in text.lines().enumerate() {
        let bare = line.trim();
        if bare == heading
            || bare.strip_prefix(heading).is_some_and(|rest| rest.trim_start().starts_with('#'))
        {
            tables.push((index + 1, String::new()));
            open = true;
        } else if line.starts_with('[') && !belongs(bare) {
            open = false;
        }
        if let Some((_, table)) = tables.last_mut().filter(|_| open) {
            table.push_str(line);
            table.push('\n');
        }
    }
    // What comments stand before the next table are of that one.
    for (_, table) in &mut tables {
        let kept =
            table.lines().rev().skip_while(|line| line.trim().is_empty() || line.starts_with('#')).count();
        *table = table.lines().take(kept).map(|line| format!("{line}\n")).collect();
    }
    tables
}

fn id_of(table: &str) -> Option<String> {
    table.lines().skip(1).take_while(|line| !line.starts_with('[')).find_map(|line| {
        let value = line.trim().strip_prefix("id")?.trim_start().strip_prefix('=')?.trim_start();
        let quote = value.chars().next().filter(|ch| matches!(ch, '"' | '\''))?;
        value[1..].split(quote).next().map(str::to_owned)
    })
}

fn first_id(text: &str, heading: &str) -> Option<String> {
    tables(text, heading).iter().find_map(|(_, table)| id_of(table))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_of_the_program_is_found_in_its_file_and_its_text_is_one_table() {
        let book = Rulebook::builtin().unwrap();
        let places = Places::of(book.sources());
        for rule in book.rules() {
            let place = places.of.get(&rule.id).unwrap_or_else(|| panic!("{} is not found", rule.id));
            let source = book.sources().iter().find(|source| source.name == place.file).unwrap();
            assert_eq!(source.text.lines().nth(place.line - 1), place.text.lines().next(), "{}", rule.id);
            let table: toml::Table =
                place.text.parse().unwrap_or_else(|fault| panic!("{}: {fault}", rule.id));
            let rules = table["rule"].as_array().unwrap();
            assert_eq!((rules.len(), table.len()), (1, 1), "{}", rule.id);
            assert_eq!(rules[0]["id"].as_str(), Some(rule.id.as_str()));
        }
    }
}

//! `[rulebook]`, `[[standard]]` and `[[adjust]]`: the tables of a file that are not rules.

use super::model::{Article, Standard};
use super::read::{SEVERITIES, read_cooldown, read_guards};
use super::scope::{Effective, read_effective};
use super::sets::Sets;
use crate::conduct::Severity;
use crate::phrase::Guards;
use crate::toml_file::{Document, Fields, Text};

/// The `[rulebook]` table.
pub(super) struct Header<'d> {
    pub id: &'d str,
    pub version: &'d str,
    /// Rules that the file switches off.
    pub disabled: Vec<Text<'d>>,
    /// When its rules are in force.
    pub effective: Effective,
}

/// An `[[adjust]]` table: what a hall changes in a rule that is not its own.
pub(super) struct Adjustment<'d, 'i> {
    pub doc: &'d Document<'i>,
    pub rule: Text<'d>,
    pub severity: Option<Severity>,
    pub weight: Option<u8>,
    pub cooldown_s: Option<f32>,
    pub needs_review: Option<bool>,
    /// Added to the guards of every phrase that the rule listens for.
    pub unless: Guards,
}

/// A standard and where it stands in its file.
pub(super) struct ReadStandard<'d, 'i> {
    pub doc: &'d Document<'i>,
    pub at: usize,
    pub standard: Standard,
}

pub(super) fn read_header<'d, 'i>(root: &mut Fields<'d, 'i>) -> Option<Header<'d>> {
    if !root.has("rulebook") {
        root.value("rulebook");
        root.missing("rulebook", "a table `[rulebook]` with `id`, `version` and `title`");
        return None;
    }
    let mut fields = root.table("rulebook")?;
    let id = fields.needed_text("id", "`id = \"our-hall\"`");
    let version = fields.needed_text("version", "`version = \"2026.1\"`, raised with every change");
    fields.needed_text("title", "`title = \"…\"`");
    let disabled = fields.texts("disable");
    let effective = read_effective(&mut fields);
    fields.finish(&[]);
    Some(Header { id: id?.text, version: version?.text, disabled, effective })
}

pub(super) fn read_standards<'d, 'i>(root: &mut Fields<'d, 'i>) -> Vec<ReadStandard<'d, 'i>> {
    root.tables("standard").into_iter().filter_map(read_standard).collect()
}

fn read_standard<'d, 'i>(mut fields: Fields<'d, 'i>) -> Option<ReadStandard<'d, 'i>> {
    let id = fields.needed_text("id", "`id = \"S1-A\"`");
    if let Some(id) = id {
        fields.name(format!("standard `{}`", id.text));
    }
    let title = fields.needed_text("title", "`title = \"…\"`");
    let issuer = fields.text("issuer").map_or("", |issuer| issuer.text);
    let year = fields.number("year", 1949.0..=2100.0).map(|year| year as u16);
    let mut articles: Vec<Article> = Vec::new();
    for mut entry in fields.tables("article") {
        let number = entry.needed_text("number", "`number = \"第三条（六）\"`, as the standard numbers it");
        let text = entry.needed_text("text", "`text = \"…\"`, the words that apply");
        entry.finish(&[]);
        let (Some(number), Some(text)) = (number, text) else { continue };
        if articles.iter().any(|article| article.number == number.text) {
            let found = format!("article {} stands twice in {}", number.text, fields.of);
            fields.doc.error(number.at, &found, "put both texts into one article");
        }
        articles.push(Article { number: number.text.to_owned(), text: text.text.to_owned() });
    }
    let (doc, at) = (fields.doc, fields.at);
    fields.finish(&[]);
    let (id, title) = (id?.text.to_owned(), title?.text.to_owned());
    Some(ReadStandard {
        doc,
        at,
        standard: Standard { id, title, issuer: issuer.to_owned(), year, articles },
    })
}

pub(super) fn read_adjustments<'d, 'i>(
    root: &mut Fields<'d, 'i>,
    sets: &Sets<'d, 'i>,
) -> Vec<Adjustment<'d, 'i>> {
    let read = |mut fields: Fields<'d, 'i>| {
        let rule = fields.needed_text("rule", "`rule = \"P49-what-hurry\"`, the id of the rule to change");
        if let Some(rule) = rule {
            fields.name(format!("the adjustment of `{}`", rule.text));
        }
        let severity = if fields.has("severity") {
            fields.choice("severity", &SEVERITIES)
        } else {
            fields.value("severity");
            None
        };
        let weight = fields.whole("weight", 0..=100);
        let cooldown_s = read_cooldown(&mut fields);
        let needs_review = fields.yes_or_no("needs_review");
        let unless = fields.table("unless").map_or_else(Guards::default, |unless| read_guards(unless, sets));
        let doc = fields.doc;
        fields.finish(&[]);
        Some(Adjustment { doc, rule: rule?, severity, weight, cooldown_s, needs_review, unless })
    };
    root.tables("adjust").into_iter().filter_map(read).collect()
}

//! What only the whole rulebook shows: ids used twice, articles nobody printed, phrases of two rules.

use std::collections::HashMap;

use super::header::{Adjustment, ReadStandard};
use super::model::{PhraseRole, RuleKind, Standard};
use super::read::ReadRule;
use super::sets::spelled_out;
use crate::phrase::{Guards, PhraseSpec};
use crate::toml_file::{Document, Text, did_you_mean};

/// The tables of all files together.
#[derive(Default)]
pub(super) struct Tables<'d, 'i> {
    pub standards: Vec<ReadStandard<'d, 'i>>,
    pub rules: Vec<ReadRule<'d, 'i>>,
    pub adjustments: Vec<Adjustment<'d, 'i>>,
    pub disabled: Vec<(&'d Document<'i>, Text<'d>)>,
}

impl Tables<'_, '_> {
    /// Pushes every fault that two tables make together.
    pub fn check(&self) {
        self.check_unique();
        self.check_citations();
        self.check_phrases();
        self.check_changes();
    }

    /// Carries out the adjustments, then drops the rules that are switched off.
    pub fn apply_changes(&mut self) {
        for adjustment in &self.adjustments {
            let changed = self.rules.iter_mut().filter(|read| read.rule.id == adjustment.rule.text);
            for ReadRule { rule, .. } in changed {
                rule.severity = adjustment.severity.unwrap_or(rule.severity);
                rule.weight = adjustment.weight.unwrap_or(rule.weight);
                rule.cooldown_s = adjustment.cooldown_s.or(rule.cooldown_s);
                rule.needs_review = adjustment.needs_review.unwrap_or(rule.needs_review);
                listened_for(&mut rule.kind)
                    .into_iter()
                    .for_each(|phrase| extend(phrase, &adjustment.unless));
            }
        }
        self.rules.retain(|read| !self.disabled.iter().any(|(_, id)| id.text == read.rule.id));
    }

    fn check_unique(&self) {
        let mut ids: HashMap<&str, &str> = HashMap::new();
        for ReadRule { doc, at, rule, .. } in &self.rules {
            if let Some(first) = ids.insert(&rule.id, &doc.source.name) {
                let remedy = "give it an id of its own, or change the first one with [[adjust]]";
                doc.error(*at, &format!("the rule id `{}` is already used in {first}", rule.id), remedy);
            }
        }
        let mut ids: HashMap<&str, &str> = HashMap::new();
        for ReadStandard { doc, at, standard } in &self.standards {
            if let Some(first) = ids.insert(&standard.id, &doc.source.name) {
                let found = format!("the standard `{}` is already defined in {first}", standard.id);
                doc.error(*at, &found, "give it an id of its own");
            }
        }
    }

    fn check_citations(&self) {
        for read in &self.rules {
            for (cite, at) in read.rule.cites.iter().zip(&read.cites_at) {
                let standard = self.standards.iter().map(|s| &s.standard).find(|s| s.id == cite.standard);
                let Some(Standard { articles, .. }) = standard else {
                    let ids = self.standards.iter().map(|s| s.standard.id.as_str());
                    let meant = did_you_mean(&cite.standard, ids);
                    let found = format!(
                        "rule `{}` cites an unknown standard `{}`{meant}",
                        read.rule.id, cite.standard
                    );
                    read.doc.error(*at, &found, "describe it in a [[standard]] table");
                    continue;
                };
                let Some(article) = articles.iter().find(|article| article.number == cite.article) else {
                    let meant = did_you_mean(&cite.article, articles.iter().map(|a| a.number.as_str()));
                    let found = format!("{} has no article {}{meant}", cite.standard, cite.article);
                    read.doc.error(
                        *at,
                        &found,
                        "cite it as the [[standard]] table numbers it, or add it there",
                    );
                    continue;
                };
                if !article.text.contains(&cite.quote) {
                    let found = format!("{} {} does not say {:?}", cite.standard, cite.article, cite.quote);
                    read.doc.error(*at, &found, "quote the article word for word");
                }
            }
        }
    }

    /// One sentence is one finding: two forbidden phrases that read alike would make two of it.
    fn check_phrases(&self) {
        let mut seen: HashMap<String, &str> = HashMap::new();
        for ReadRule { doc, rule, said_at, .. } in &self.rules {
            if !matches!(rule.kind, RuleKind::Forbidden { .. }) {
                continue;
            }
            let said = rule.phrases().into_iter().filter(|(role, _)| *role == PhraseRole::Said);
            for ((_, phrase), at) in said.zip(said_at) {
                let ways = spelled_out(&phrase.pattern);
                let twice = ways.iter().find_map(|way| seen.get(way).map(|first| (way, *first)));
                if let Some((way, first)) = twice {
                    doc.warning(
                        *at,
                        &format!("{way} is already a phrase of rule `{first}`"),
                        "keep one of the two",
                    );
                }
                seen.extend(ways.into_iter().map(|way| (way, rule.id.as_str())));
            }
        }
    }

    fn check_changes(&self) {
        let ids: Vec<&str> = self.rules.iter().map(|read| read.rule.id.as_str()).collect();
        let adjusted = self.adjustments.iter().map(|adjustment| (adjustment.doc, adjustment.rule));
        for (doc, id) in adjusted.chain(self.disabled.iter().copied()) {
            if !ids.contains(&id.text) {
                let meant = did_you_mean(id.text, ids.iter().copied());
                doc.error(
                    id.at,
                    &format!("there is no rule `{}`{meant}", id.text),
                    "name a rule of the rulebook",
                );
            }
        }
    }
}

/// The phrases that guards are added to: not those that excuse.
fn listened_for(kind: &mut RuleKind) -> Vec<&mut PhraseSpec> {
    match kind {
        RuleKind::Forbidden { phrases }
        | RuleKind::Required { phrases, .. }
        | RuleKind::When { triggers: phrases, .. }
        | RuleKind::Credit { phrases, .. } => phrases.iter_mut().collect(),
        RuleKind::Composed(composed) => {
            let wanted: Vec<bool> = (0..composed.conditions.len()).map(|i| composed.accuses_by(i)).collect();
            let conditions = composed.conditions.iter_mut().zip(wanted).filter(|(_, wanted)| *wanted);
            conditions.flat_map(|(condition, _)| condition.phrases_mut()).collect()
        }
    }
}

fn extend(phrase: &mut PhraseSpec, more: &Guards) {
    phrase.guards.before.extend_from_slice(&more.before);
    phrase.guards.after.extend_from_slice(&more.after);
    phrase.guards.turn.extend_from_slice(&more.turn);
}

//! The rules as the judge sees them.

use serde::Serialize;

use super::composed::Composed;
use super::scope::{Effective, Scope};
use crate::conduct::{Citation, FindingKind, Severity};
use crate::phrase::PhraseSpec;

/// One rule: what is listened for, how much it weighs, and the article that demands it.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Unique over all files, e.g. `P30-not-my-business`.
    pub id: String,
    /// Provision the rule watches, e.g. `P30`. Several rules may watch one.
    pub provision: String,
    pub title: String,
    pub title_en: String,
    pub severity: Severity,
    /// Points that one finding takes (or, for credit, gives), 0 to 100.
    pub weight: u8,
    /// What the clerk should say or do instead; may be empty for credit.
    pub advice: String,
    /// Never empty.
    pub cites: Vec<Citation>,
    pub kind: RuleKind,
    pub scope: Scope,
    pub effective: Effective,
    /// After a finding none of the rule counts at the same window for so many seconds.
    pub cooldown_s: Option<f32>,
    /// Somebody has to look at its findings before they count.
    pub needs_review: bool,
}

/// What the rule decides, with the phrases it needs. No list of phrases is empty but `near`.
#[derive(Clone, Debug, PartialEq)]
pub enum RuleKind {
    /// Must not be said.
    Forbidden { phrases: Vec<PhraseSpec> },
    /// One of `phrases` has to be heard in a situation. Where none was, one of `near` makes it unknown, not missing.
    Required { situation: Situation, phrases: Vec<PhraseSpec>, near: Vec<PhraseSpec> },
    /// When the clerk says one of `triggers`, something of *every* expectation has to be heard from the
    /// clerk in the same turn or in the `within_turns` turns of the clerk that follow.
    When { triggers: Vec<PhraseSpec>, expects: Vec<Expectation>, within_turns: u8 },
    /// Earns its weight, at most `at_most` times an encounter.
    Credit { phrases: Vec<PhraseSpec>, at_most: u8 },
    /// Conditions over all that is known of an encounter.
    Composed(Composed),
}

/// When something is owed, all in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Situation {
    /// Within so long of the start of an encounter, or in the clerk's first turn if that comes later.
    EncounterStart { within_s: f32 },
    /// Within so long of the end of an encounter, or in the clerk's last turn if that came earlier.
    EncounterEnd { within_s: f32 },
    /// An encounter falls silent for at least `wait_s`; owed within `within_s` of the end of the silence.
    AfterWait { wait_s: f32, within_s: f32 },
}

/// Something that has to be heard: any phrase of a set.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// Name of the set, e.g. `apology`.
    pub name: String,
    pub phrases: Vec<PhraseSpec>,
}

/// What a phrase of a rule is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PhraseRole {
    /// Forbidden, required or credited.
    Said,
    /// Sets off a `when` rule.
    Trigger,
    /// Belongs to the expectation of this index.
    Expected(usize),
    /// Near enough to a required phrase to leave the matter open.
    Near,
    /// Belongs to the condition of this index.
    Condition(usize),
}

impl std::fmt::Display for PhraseRole {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Said => f.write_str("said"),
            Self::Trigger => f.write_str("trigger"),
            Self::Expected(index) => write!(f, "expected-{index}"),
            Self::Near => f.write_str("near"),
            Self::Condition(index) => write!(f, "condition-{index}"),
        }
    }
}

impl Rule {
    pub fn finding_kind(&self) -> FindingKind {
        match &self.kind {
            RuleKind::Forbidden { .. } => FindingKind::Forbidden,
            RuleKind::Required { .. } | RuleKind::When { .. } => FindingKind::Missing,
            RuleKind::Credit { .. } => FindingKind::Credit,
            RuleKind::Composed(composed) => composed.finding,
        }
    }

    /// Whether the phrase speaks against the clerk, so that it needs proof before it counts.
    pub fn accuses_by(&self, role: PhraseRole) -> bool {
        match (&self.kind, role) {
            (RuleKind::Forbidden { .. }, _) => true,
            (RuleKind::Composed(composed), PhraseRole::Condition(condition)) => {
                let accuses = matches!(composed.finding, FindingKind::Forbidden | FindingKind::Voice);
                accuses && composed.accuses_by(condition)
            }
            _ => false,
        }
    }

    /// Every phrase to listen for on behalf of this rule, in the order of the file.
    pub fn phrases(&self) -> Vec<(PhraseRole, &PhraseSpec)> {
        let lists: Vec<(PhraseRole, &[PhraseSpec])> = match &self.kind {
            RuleKind::Forbidden { phrases } | RuleKind::Credit { phrases, .. } => {
                vec![(PhraseRole::Said, phrases)]
            }
            RuleKind::Required { phrases, near, .. } => {
                vec![(PhraseRole::Said, phrases), (PhraseRole::Near, near)]
            }
            RuleKind::When { triggers, expects, .. } => {
                let expected = expects.iter().enumerate();
                std::iter::once((PhraseRole::Trigger, triggers.as_slice()))
                    .chain(expected.map(|(i, e)| (PhraseRole::Expected(i), e.phrases.as_slice())))
                    .collect()
            }
            RuleKind::Composed(composed) => {
                let conditions = composed.conditions.iter().enumerate();
                conditions.map(|(i, condition)| (PhraseRole::Condition(i), condition.phrases())).collect()
            }
        };
        lists.into_iter().flat_map(|(role, list)| list.iter().map(move |phrase| (role, phrase))).collect()
    }
}

/// A conduct standard and the articles of it that rules cite.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Standard {
    pub id: String,
    pub title: String,
    /// Who issued it, as far as its text says; else empty.
    pub issuer: String,
    /// Year it was issued; `None` where its text does not say.
    pub year: Option<u16>,
    pub articles: Vec<Article>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Article {
    /// As the standard numbers it, e.g. `第三条（六）`.
    pub number: String,
    /// The words of the article that the rules rest on.
    pub text: String,
}

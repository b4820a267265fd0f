//! How long an alert may take.

use std::collections::HashMap;
use std::time::Duration;

use crate::conduct::rulebook::{RuleKind, Rulebook, Situation};
use crate::conduct::{Finding, FindingKind};

/// Longest time allowed to publication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budgets {
    /// From the end of a forbidden phrase.
    pub forbidden: Duration,
    /// From the deadline of a greeting.
    pub greeting: Duration,
    /// From the end of an encounter without a farewell.
    pub farewell: Duration,
}

impl Default for Budgets {
    fn default() -> Self {
        Self {
            forbidden: Duration::from_millis(1_500),
            greeting: Duration::from_millis(1_000),
            farewell: Duration::from_millis(1_000),
        }
    }
}

impl Budgets {
    pub fn allowed(&self, kind: BudgetKind) -> Duration {
        match kind {
            BudgetKind::Forbidden => self.forbidden,
            BudgetKind::Greeting => self.greeting,
            BudgetKind::Farewell => self.farewell,
        }
    }
}

/// Which budget an alert is held to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BudgetKind {
    /// Whatever was said, or how it was said.
    Forbidden,
    /// What is owed within a time: a greeting, and the word after a long wait.
    Greeting,
    /// What is owed until something is over: a farewell until the encounter is, and what has to follow a trigger
    /// until the clerk's turn is.
    Farewell,
}

impl BudgetKind {
    pub const ALL: [Self; 3] = [Self::Forbidden, Self::Greeting, Self::Farewell];

    pub fn name(self) -> &'static str {
        match self {
            Self::Forbidden => "forbidden",
            Self::Greeting => "greeting",
            Self::Farewell => "farewell",
        }
    }
}

/// The budgets, and which rule is held to which.
#[derive(Clone, Debug, Default)]
pub struct BudgetTable {
    budgets: Budgets,
    /// Rules of what is missing, by id.
    missing: HashMap<String, BudgetKind>,
}

impl BudgetTable {
    pub fn new(budgets: Budgets, book: &Rulebook) -> Self {
        let kind = |kind: &RuleKind| match kind {
            RuleKind::Required { situation: Situation::EncounterEnd { .. }, .. } | RuleKind::When { .. } => {
                Some(BudgetKind::Farewell)
            }
            RuleKind::Required { .. } => Some(BudgetKind::Greeting),
            RuleKind::Forbidden { .. } | RuleKind::Credit { .. } | RuleKind::Composed(_) => None,
        };
        let rules = book.rules().iter();
        let missing = rules.filter_map(|rule| Some((rule.id.clone(), kind(&rule.kind)?))).collect();
        Self { budgets, missing }
    }

    /// The same budgets for the rules of another rulebook.
    pub fn for_rules(&self, book: &Rulebook) -> Self {
        Self::new(self.budgets, book)
    }

    /// The budget of `finding`, and how long it allows. What is missing by a composed rule, or by one of another
    /// rulebook, is held to the budget of a farewell.
    pub fn of(&self, finding: &Finding) -> (BudgetKind, Duration) {
        let kind = match finding.kind {
            FindingKind::Missing => self.missing.get(&finding.rule).copied().unwrap_or(BudgetKind::Farewell),
            FindingKind::Forbidden | FindingKind::Voice | FindingKind::Credit => BudgetKind::Forbidden,
        };
        (kind, self.budgets.allowed(kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::tests::finding;

    #[test]
    fn every_rule_is_held_to_the_budget_of_its_situation() {
        let book = Rulebook::builtin().unwrap();
        let table = BudgetTable::new(Budgets::default(), &book);
        for (rule, kind, budget, allowed_ms) in [
            ("P30-not-my-business", FindingKind::Forbidden, BudgetKind::Forbidden, 1_500),
            ("P01-greeting", FindingKind::Missing, BudgetKind::Greeting, 1_000),
            ("P11-after-a-wait", FindingKind::Missing, BudgetKind::Greeting, 1_000),
            ("P02-farewell", FindingKind::Missing, BudgetKind::Farewell, 1_000),
            ("P12-missing-material", FindingKind::Missing, BudgetKind::Farewell, 1_000),
            ("X99-of-another-book", FindingKind::Missing, BudgetKind::Farewell, 1_000),
        ] {
            let known = book.rules().iter().any(|r| r.id == rule);
            assert_eq!(known, !rule.starts_with('X'), "{rule} is in the rulebook");
            let found = Finding { kind, ..finding(rule, 0.0, 1.0) };
            assert_eq!(table.of(&found), (budget, Duration::from_millis(allowed_ms)), "{rule}");
        }
    }
}

//! Cooldown: what a rule says of its findings, whatever its kind: that somebody has to look at them, and that none
//! counts for some time after one.

use std::collections::HashMap;

use super::book::CompiledBook;
use super::{Finding, FindingState};
use crate::units::SessionTime;

/// Follows one window.
#[derive(Clone, Debug, Default)]
pub(super) struct Cooldown {
    /// For each rule that has a cooldown, the start of its last finding that counts.
    last: HashMap<String, SessionTime>,
    /// The last finding of each rule that was held back.
    held: HashMap<String, SessionTime>,
}

impl Cooldown {
    /// Marks what needs review, and holds back what is found too soon after another finding of the same rule. A
    /// finding may be shown to it twice.
    pub fn settle(&mut self, book: &CompiledBook, found: &mut [Finding]) {
        for finding in found {
            let Some(rule) = book.rulebook().rule(&finding.rule) else { continue };
            finding.needs_review |= rule.needs_review;
            if let Some(cooldown_s) = rule.cooldown_s {
                self.cool(finding, cooldown_s);
            }
        }
    }

    fn cool(&mut self, finding: &mut Finding, cooldown_s: f32) {
        let start = finding.span.start;
        let last = self.last.get(&finding.rule).copied();
        match finding.state {
            FindingState::Confirmed => {
                let cooldown = SessionTime::from_seconds(f64::from(cooldown_s)).0;
                if last == Some(start) {
                    return;
                }
                let ago = last.map(|last| start.0.abs_diff(last.0)).filter(|ago| *ago < cooldown);
                let Some(ago) = ago else {
                    self.last.insert(finding.rule.clone(), start);
                    return;
                };
                finding.state = FindingState::Held;
                let ago_s = SessionTime(ago).seconds();
                let why = format!(
                    "the same was found {ago_s:.1} s before, and the rule counts once in {cooldown_s} s"
                );
                finding.reason = format!("{}; held back: {why}", finding.reason);
                let why = format!("{ago_s:.1} 秒前刚发现过，该规则 {cooldown_s} 秒内只计一次");
                finding.reason_zh = format!("{}；不成立：{why}", finding.reason_zh);
                self.held.insert(finding.rule.clone(), start);
            }
            // What was held back cannot be taken back.
            FindingState::Retracted if self.held.get(&finding.rule) == Some(&start) => {
                finding.state = FindingState::Held;
            }
            FindingState::Retracted if last == Some(start) => {
                self.last.remove(&finding.rule);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::rulebook::{Rulebook, Source};
    use super::super::{FindingKind, Severity};
    use super::*;
    use crate::units::{ChannelIndex, Span, WindowId};
    use FindingState::{Confirmed, Held, Retracted, Unknown};

    fn finding(rule: &str, at_s: f64, state: FindingState) -> Finding {
        let at = SessionTime::from_seconds(at_s);
        Finding {
            window: WindowId::new("1"),
            kind: FindingKind::Forbidden,
            provision: "P49".into(),
            rule: rule.into(),
            severity: Severity::Minor,
            phrase: String::new(),
            heard: String::new(),
            channel: ChannelIndex(0),
            span: Span { start: at, end: at },
            due: at,
            sureness: 1.0,
            state,
            cites: Vec::new(),
            reason: "said".into(),
            reason_zh: String::new(),
            evidence: Default::default(),
            needs_review: false,
        }
    }

    #[test]
    fn a_rule_counts_once_in_its_cooldown_and_what_was_taken_back_does_not_count() {
        let text = "[rulebook]\nid = \"hall\"\nversion = \"1\"\ntitle = \"t\"\n[[adjust]]\nrule = \"P49-what-hurry\"\n\
                    cooldown_s = 30\nneeds_review = true\n";
        let book = Rulebook::parse(&[Source::new("hall.toml", text)]).unwrap();
        let book = CompiledBook::compile(book).unwrap();
        let mut cooldown = Cooldown::default();
        for (rule, at_s, state, expected) in [
            ("P49-what-hurry", 1.0, Confirmed, Confirmed),
            ("P49-what-hurry", 10.0, Confirmed, Held),
            ("P49-what-hurry", 10.0, Retracted, Held),
            ("P49-what-hurry", 12.0, Unknown, Unknown),
            ("P47-read-it-yourself", 12.0, Confirmed, Confirmed),
            ("P47-read-it-yourself", 13.0, Confirmed, Confirmed),
            ("P49-what-hurry", 31.0, Confirmed, Confirmed),
            ("P49-what-hurry", 31.0, Retracted, Retracted),
            ("P49-what-hurry", 33.0, Confirmed, Confirmed),
        ] {
            let mut found = [finding(rule, at_s, state)];
            cooldown.settle(&book, &mut found);
            cooldown.settle(&book, &mut found);
            assert_eq!(found[0].state, expected, "{rule} at {at_s}");
            assert_eq!(found[0].needs_review, rule.starts_with("P49"));
        }
    }
}

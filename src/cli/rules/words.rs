//! Rules in plain words, made from what the judge sees of them.

use crate::conduct::rulebook::{
    Anchor, Condition, Expression, Level, Need, Operator, Position, RateLimit, Rings, Rule, RuleKind, Side,
    Situation, Who, Whole,
};
use crate::conduct::scene::EncounterKind;
use crate::conduct::{FindingKind, Severity};
use crate::phrase::{PhraseSpec, Place};
use crate::units::Role;

pub(super) fn severity(rule: &Rule) -> &'static str {
    match rule.severity {
        Severity::Note => "note",
        Severity::Minor => "minor",
        Severity::Major => "major",
        Severity::Critical => "critical",
    }
}

/// Where and when the rule is asked, and what becomes of its findings.
pub(super) fn bounds(rule: &Rule) -> Vec<String> {
    let mut lines = Vec::new();
    match rule.scope.encounters {
        Some(EncounterKind::Counter) => lines.push("at the counter only".to_owned()),
        Some(EncounterKind::Telephone) => lines.push("on the telephone only".to_owned()),
        None => {}
    }
    for (what, names) in [("windows", &rule.scope.windows), ("halls", &rule.scope.halls)] {
        if !names.is_empty() {
            lines.push(format!("{what}: {}", names.join(", ")));
        }
    }
    if rule.effective != Default::default() {
        lines.push(format!("in force {}", rule.effective));
    }
    if let Some(seconds) = rule.cooldown_s {
        lines.push(format!("once in {seconds} s"));
    }
    if rule.needs_review {
        lines.push("somebody looks at it before it counts".to_owned());
    }
    lines
}

/// What the rule decides: the rule itself first, then a line for each condition.
pub(super) fn judged(rule: &Rule) -> Vec<String> {
    match &rule.kind {
        RuleKind::Forbidden { phrases } => vec![format!("forbidden: {}", counted(phrases))],
        RuleKind::Required { situation, phrases, near } => {
            let open = if near.is_empty() { "" } else { "; something near it leaves it open" };
            vec![format!(
                "missing where none of {} was heard {}{open}",
                counted(phrases),
                situated(*situation)
            )]
        }
        RuleKind::When { triggers, expects, within_turns } => {
            let sets: Vec<String> = expects.iter().map(|expected| format!("@{}", expected.name)).collect();
            let turns = match within_turns {
                0 => "in the same turn".to_owned(),
                1 => "in the same turn or the clerk's next".to_owned(),
                n => format!("in the same turn or the clerk's next {n}"),
            };
            let triggers = counted(triggers);
            vec![format!(
                "missing where after one of {triggers} nothing of {} was heard {turns}",
                sets.join(" or of ")
            )]
        }
        RuleKind::Credit { phrases, at_most } => {
            vec![format!("credit: {}, at most {at_most} times an encounter", counted(phrases))]
        }
        RuleKind::Composed(composed) => {
            let finding = match composed.finding {
                FindingKind::Forbidden => "forbidden",
                FindingKind::Missing => "missing",
                FindingKind::Voice => "voice",
                FindingKind::Credit => "credit",
            };
            let most = composed.at_most.map_or_else(String::new, |n| format!(", at most {n} an encounter"));
            let holds = joined(&composed.holds, &composed.conditions, false);
            std::iter::once(format!("{finding} where {holds}{most}"))
                .chain(
                    composed
                        .conditions
                        .iter()
                        .map(|one| format!("{}: {}", one.name, asked(one, &composed.conditions))),
                )
                .collect()
        }
    }
}

fn counted(phrases: &[PhraseSpec]) -> String {
    let clauses = phrases.iter().filter(|phrase| phrase.place == Place::Clause).count();
    let guarded = phrases.iter().filter(|phrase| phrase.guards != Default::default()).count();
    let phrase = if phrases.len() == 1 { "phrase" } else { "phrases" };
    let mut text = format!("{} {phrase}", phrases.len());
    if clauses > 0 {
        text.push_str(&format!(", {clauses} as clauses of their own"));
    }
    if guarded > 0 {
        text.push_str(&format!(", {guarded} with guards"));
    }
    text
}

fn situated(situation: Situation) -> String {
    match situation {
        Situation::EncounterStart { within_s } => {
            format!("within {within_s} s of the start, or in the clerk's first turn")
        }
        Situation::EncounterEnd { within_s } => {
            format!("in the last {within_s} s, or in the clerk's last turn")
        }
        Situation::AfterWait { wait_s, within_s } => {
            format!("within {within_s} s of the end of a wait of {wait_s} s or more")
        }
    }
}

fn joined(holds: &Expression, conditions: &[Condition], inside: bool) -> String {
    let join = |inner: &[Expression], word: &str| {
        let parts: Vec<String> = inner.iter().map(|one| joined(one, conditions, true)).collect();
        let text = parts.join(word);
        if inside && inner.len() > 1 { format!("({text})") } else { text }
    };
    match holds {
        Expression::Is(index) => conditions[*index].name.clone(),
        Expression::Not(inner) => format!("not {}", joined(inner, conditions, true)),
        Expression::All(inner) => join(inner, " and "),
        Expression::Any(inner) => join(inner, " or "),
    }
}

fn asked(condition: &Condition, conditions: &[Condition]) -> String {
    let mut text = operator(condition);
    if let Some(position) = condition.position {
        text.push_str(&format!(", {}", placed(position)));
    }
    if let Some(anchor) = condition.anchor {
        text.push_str(&format!(", {}", anchored(anchor, conditions)));
    }
    text
}

fn operator(condition: &Condition) -> String {
    let who = speaker(condition.who);
    match &condition.operator {
        Operator::Say(say) => {
            let need = match say.need {
                Need::Any { at_least: 1 } => format!("{who} says one of {}", counted(&say.phrases)),
                Need::Any { at_least } => format!("{who} says {at_least} of {}", counted(&say.phrases)),
                Need::All { in_order: true } => {
                    format!("{who} says all of {} in order", counted(&say.phrases))
                }
                Need::All { in_order: false } => format!("{who} says all of {}", counted(&say.phrases)),
                Need::None => format!("{who} says none of {}", counted(&say.phrases)),
            };
            say.repeats.map_or(need.clone(), |r| format!("{need}, {} times in {} s", r.times, r.within_s))
        }
        Operator::Regex(matcher) => format!("{who} says what matches `{}`", matcher.is.as_str()),
        Operator::Similar(similar) => {
            format!(
                "{who} says something at least {} like one of {} sentences",
                similar.at_least,
                similar.to.len()
            )
        }
        Operator::Turns { at_least, at_most } => format!("{who} has {} turns", range(*at_least, *at_most)),
        Operator::Repeats(r) => format!("{who} says the same {} times in {} s", r.times, r.within_s),
        Operator::Silence { at_least_s, of: Who::Either } => format!("nobody speaks for {at_least_s} s"),
        Operator::Silence { at_least_s, of } => format!("{} is silent for {at_least_s} s", speaker(*of)),
        Operator::Response { from, later_than_s } => {
            let (asking, answering) = match from {
                Role::Visitor => ("the visitor", "the clerk"),
                Role::Clerk => ("the clerk", "the visitor"),
            };
            format!("{answering} says nothing for {later_than_s} s after {asking} spoke")
        }
        Operator::Rate(rate) => {
            let over = if rate.over == Whole::Turn { "a turn" } else { "the encounter" };
            let limit = match rate.limit {
                RateLimit::Above(limit) => format!("above {limit} characters a minute"),
                RateLimit::Below(limit) => format!("below {limit} characters a minute"),
                RateLimit::RisesBy(times) => format!("above {times} times the own rate until then"),
            };
            format!("{who} speaks {limit} over {over} of {} characters or more", rate.min_chars)
        }
        Operator::TalksOver { at_least_s, grace_s } => {
            format!(
                "{who} begins {grace_s} s or more into the other's words and goes on beside them for {at_least_s} s"
            )
        }
        Operator::Loudness { above, at_least_s } => match above {
            Level::UsualBy { db } => {
                format!("{who} is {db} dB above the window's usual level for {at_least_s} s")
            }
            Level::Dbfs(dbfs) => format!("{who} is above {dbfs} dBFS for {at_least_s} s"),
        },
        Operator::Lasts { of, at_least_s, at_most_s } => {
            let what = if *of == Whole::Turn { "a turn" } else { "the encounter" };
            format!("{what} lasts {} s", range(*at_least_s, *at_most_s))
        }
        Operator::Rings(Rings::MoreThan(rings)) => format!("the telephone rings more than {rings} times"),
        Operator::Rings(Rings::AnsweredAfter { seconds }) => {
            format!("the telephone is answered later than {seconds} s after the first ring")
        }
        Operator::Reported(names) => format!("the hall reports {}", names.join(" or ")),
        Operator::Encounter(EncounterKind::Counter) => "the encounter is at the counter".to_owned(),
        Operator::Encounter(EncounterKind::Telephone) => "the encounter is a call".to_owned(),
    }
}

fn range<T: std::fmt::Display>(least: Option<T>, most: Option<T>) -> String {
    match (least, most) {
        (Some(least), Some(most)) => format!("{least} to {most}"),
        (Some(least), None) => format!("at least {least}"),
        (None, Some(most)) => format!("at most {most}"),
        (None, None) => "any number of".to_owned(),
    }
}

fn speaker(who: Who) -> &'static str {
    match who {
        Who::Clerk => "the clerk",
        Who::Visitor => "the visitor",
        Who::Either => "either",
    }
}

fn placed(position: Position) -> String {
    match position {
        Position::FirstSeconds(s) => format!("in the first {s} s"),
        Position::LastSeconds(s) => format!("in the last {s} s"),
        Position::FirstTurns(1) => "in the first turn".to_owned(),
        Position::FirstTurns(n) => format!("in the first {n} turns"),
        Position::LastTurns(1) => "in the last turn".to_owned(),
        Position::LastTurns(n) => format!("in the last {n} turns"),
        Position::Seconds { from, to } if to.is_infinite() => format!("from {from} s on"),
        Position::Seconds { from, to } => format!("from {from} to {to} s"),
        Position::Share { from, to } => {
            format!("from {:.0} % to {:.0} % of the encounter", from * 100.0, to * 100.0)
        }
    }
}

fn anchored(anchor: Anchor, conditions: &[Condition]) -> String {
    let side = match anchor.side {
        Side::Before => "before",
        Side::After => "after",
        Side::Around => "around",
    };
    let mut text = match (anchor.within_s, anchor.within_turns) {
        (None, None) => String::new(),
        (seconds, turns) => {
            let seconds = seconds.map(|s| format!("{s} s"));
            let turns = turns.map(|n| format!("{n} turns"));
            let near: Vec<String> = seconds.into_iter().chain(turns).collect();
            format!("within {} ", near.join(" and "))
        }
    };
    text.push_str(&format!("{side} {}", conditions[anchor.of].name));
    if anchor.hits > 1 {
        text.push_str(&format!(", {} times", anchor.hits));
    }
    text
}

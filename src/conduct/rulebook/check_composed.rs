//! What only a whole composed rule shows: conditions that wait for each other, are never asked, or charge the clerk
//! with a visitor's words.

use super::composed::{At, Composed, Condition, Operator, Who};
use super::expression::Expression;
use crate::conduct::FindingKind;
use crate::toml_file::{Fields, Text};

/// Conditions of an expression of which every combination is tried.
const TRIED_MAX: usize = 12;

/// Pushes every fault; true when there was none. `names` are those of the conditions.
pub(super) fn check(fields: &Fields<'_, '_>, names: &[Text<'_>], rule: &Composed) -> bool {
    warn_unused(fields, names, rule);
    let anchors = check_anchors(fields, names, &rule.conditions);
    let speaker = check_speaker(fields, names, rule);
    let sense = check_sense(fields, &rule.holds);
    anchors && speaker && sense
}

fn check_anchors(fields: &Fields<'_, '_>, names: &[Text<'_>], conditions: &[Condition]) -> bool {
    let anchor_of = |index: usize| conditions[index].anchor.map(|anchor| anchor.of);
    for start in 0..conditions.len() {
        let mut chain = vec![start];
        while let Some(next) = anchor_of(chain[chain.len() - 1]) {
            if next == start {
                // A circle is told of once, at its first condition.
                if chain.iter().all(|index| *index >= start) {
                    let round: Vec<&str> = chain.iter().chain([&start]).map(|i| names[*i].text).collect();
                    let found = format!("the anchors of {} go in a circle: {}", fields.of, round.join(" → "));
                    fields.doc.error(names[start].at, &found, "anchor one of them to nothing");
                }
                return false;
            }
            if chain.contains(&next) {
                break;
            }
            chain.push(next);
        }
    }
    true
}

/// A visitor's words never count against the clerk.
fn check_speaker(fields: &Fields<'_, '_>, names: &[Text<'_>], rule: &Composed) -> bool {
    if rule.finding != FindingKind::Forbidden {
        return true;
    }
    let words = |operator: &Operator| {
        matches!(operator, Operator::Say(_) | Operator::Regex(_) | Operator::Similar(_))
    };
    let mut sound = true;
    for occasion in &rule.occasions {
        let At::Each(index) = occasion.at else { continue };
        let condition = &rule.conditions[index];
        if condition.who != Who::Clerk && words(&condition.operator) {
            let found = format!(
                "{} is forbidden and placed at `{}`, words that need not be the clerk's",
                fields.of, condition.name
            );
            let remedy = "a visitor's words charge nobody: name with `at` a condition of the clerk's, or write `finding = \"missing\"`";
            fields.doc.error(names[index].at, &found, remedy);
            sound = false;
        }
    }
    sound
}

fn check_sense(fields: &Fields<'_, '_>, holds: &Expression) -> bool {
    let mut named: Vec<usize> = holds.conditions().into_iter().map(|(index, _)| index).collect();
    named.sort_unstable();
    named.dedup();
    if named.len() > TRIED_MAX {
        return true;
    }
    let truth = |bits: u32| {
        let of = |index: usize| {
            named.iter().position(|n| *n == index).is_some_and(|place| bits & (1 << place) != 0)
        };
        holds.value(&mut |index| of(index))
    };
    let first = truth(0);
    let constant = (1..1 << named.len()).all(|bits| truth(bits) == first);
    if constant {
        let what = if first { "always holds" } else { "can never hold" };
        let found = format!("`holds` of {} {what}, whatever its conditions say", fields.of);
        fields.doc.error(fields.key_at("holds"), &found, "look for a condition that stands in it twice");
    }
    !constant
}

fn warn_unused(fields: &Fields<'_, '_>, names: &[Text<'_>], rule: &Composed) {
    let mut used: Vec<usize> = rule.holds.conditions().into_iter().map(|(index, _)| index).collect();
    used.extend(rule.occasions.iter().filter_map(|occasion| match occasion.at {
        At::Each(index) => Some(index),
        At::EncounterStart | At::EncounterEnd => None,
    }));
    let mut next = 0;
    while next < used.len() {
        let anchor = rule.conditions[used[next]].anchor.map(|anchor| anchor.of);
        used.extend(anchor.filter(|of| !used.contains(of)));
        next += 1;
    }
    for (index, name) in names.iter().enumerate().filter(|(index, _)| !used.contains(index)) {
        let found =
            format!("nothing asks for the condition `{}` of {}", rule.conditions[index].name, fields.of);
        fields.doc.warning(name.at, &found, "name it in `holds`, or delete it");
    }
}

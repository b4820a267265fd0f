//! `kind = "composed"`: conditions, how they are joined, and where the findings are placed.

use super::check_composed::check;
use super::composed::{At, Composed, Condition, Occasion};
use super::expression::{self, Expression};
use super::occasions::{at_each, occasions};
use super::read_condition::read_condition;
use super::sets::Sets;
use crate::conduct::FindingKind;
use crate::toml_file::{Fields, Text, did_you_mean};

/// Conditions of one rule, at most.
const CONDITIONS_MAX: usize = 32;

const FINDINGS: [(&str, FindingKind); 4] = [
    ("forbidden", FindingKind::Forbidden),
    ("missing", FindingKind::Missing),
    ("voice", FindingKind::Voice),
    ("credit", FindingKind::Credit),
];

const START: &str = "encounter-start";
const END: &str = "encounter-end";
/// Names that mean something else.
const RESERVED: [&str; 5] = ["and", "or", "not", START, END];

/// What a composed rule finds; [`read_composed`] reads the rest.
pub(super) fn read_finding(fields: &mut Fields<'_, '_>) -> Option<FindingKind> {
    fields.choice("finding", &FINDINGS)
}

/// The conditions of the rule and what they come to; `None` after faults.
pub(super) fn read_composed<'d, 'i>(
    fields: &mut Fields<'d, 'i>,
    finding: Option<FindingKind>,
    sets: &Sets<'d, 'i>,
) -> Option<Composed> {
    let at_most = fields.whole("at_most", 1..=100_u8);
    let (names, conditions) = read_conditions(fields, sets);
    let known: Vec<&str> = names.iter().map(|name| name.text).collect();
    let holds = read_holds(fields, &known);
    let place = read_at(fields, &known, holds.as_ref());
    let conditions: Vec<Condition> = conditions.into_iter().collect::<Option<_>>()?;
    let (finding, holds, place) = (finding?, holds?, place?);
    if conditions.is_empty() {
        return None;
    }
    let occasions = match place {
        None => occasions(&holds),
        Some(At::Each(condition)) => vec![at_each(condition, &holds)],
        Some(at) => vec![Occasion { at, holds: holds.pushed_down() }],
    };
    // Courtesy is not counted by the word.
    let at_most = at_most.or((finding == FindingKind::Credit).then_some(1));
    let composed = Composed { finding, conditions, holds, occasions, at_most };
    check(fields, &names, &composed).then_some(composed)
}

type Conditions<'d> = (Vec<Text<'d>>, Vec<Option<Condition>>);

fn read_conditions<'d, 'i>(fields: &mut Fields<'d, 'i>, sets: &Sets<'d, 'i>) -> Conditions<'d> {
    let tables = fields.table("condition");
    let mut entries: Vec<_> = tables.iter().flat_map(|tables| tables.entries()).collect();
    entries.sort_by_key(|(name, _)| name.at);
    if entries.is_empty() && (tables.is_some() || !fields.has("condition")) {
        fields.missing(
            "condition",
            "`[rule.condition.NAME]` with one operator, such as `say = { any = [\"…\"] }`",
        );
    }
    if entries.len() > CONDITIONS_MAX {
        let found = format!("{} has {} conditions, more than {CONDITIONS_MAX}", fields.of, entries.len());
        fields.doc.error(fields.at, &found, "make several rules of it");
        entries.truncate(CONDITIONS_MAX);
    }
    let names: Vec<Text<'d>> = entries.iter().map(|(name, _)| *name).collect();
    names.iter().for_each(|name| check_name(fields, *name));
    let read = entries.iter().enumerate().map(|(index, (name, value))| {
        let of = format!("condition `{}` of {}", name.text, fields.of);
        let Some(table) = Fields::of_value(fields.doc, value, name.at, of) else {
            let found = format!("the condition `{}` of {} is no table", name.text, fields.of);
            let remedy = format!("write `[rule.condition.{}]` and its operator below", name.text);
            fields.doc.error(name.at, &found, &remedy);
            return None;
        };
        read_condition(table, &names, index, sets)
    });
    let read = read.collect();
    (names, read)
}

fn check_name(fields: &Fields<'_, '_>, name: Text<'_>) {
    let plain = |ch: char| ch.is_alphanumeric() || ch == '-' || ch == '_';
    if RESERVED.contains(&name.text) {
        let found = format!("`{}` cannot be the name of a condition: it means something else", name.text);
        fields.doc.error(name.at, &found, "give it another name");
    } else if name.text.is_empty() || name.text.starts_with('-') || !name.text.chars().all(plain) {
        let found = format!("the condition name {:?} cannot be used", name.text);
        fields.doc.error(name.at, &found, "write letters, digits, - and _, and a letter first");
    }
}

fn read_holds(fields: &mut Fields<'_, '_>, names: &[&str]) -> Option<Expression> {
    let text = fields.needed_text("holds", "`holds = \"one and not other\"`, names of conditions")?;
    match expression::parse(text.text, names) {
        Ok(holds) => Some(holds),
        Err(faults) => {
            for fault in faults {
                let found = format!("in `holds` of {} {}", fields.of, fault.found);
                fields.doc.error(fields.doc.inside(text, fault.at), &found, &fault.remedy);
            }
            None
        }
    }
}

/// `Some(None)` where nothing is asked for; `None` after a fault.
fn read_at(fields: &mut Fields<'_, '_>, names: &[&str], holds: Option<&Expression>) -> Option<Option<At>> {
    let Some(at) = fields.text("at") else { return (!fields.has("at")).then_some(None) };
    match at.text {
        START => return Some(Some(At::EncounterStart)),
        END => return Some(Some(At::EncounterEnd)),
        _ => {}
    }
    let Some(index) = names.iter().position(|name| *name == at.text) else {
        let meant = did_you_mean(at.text, names.iter().copied().chain([START, END]));
        let found = format!("`at` of {} names an unknown condition `{}`{meant}", fields.of, at.text);
        let remedy = format!("name one of its conditions, or `{START}` or `{END}`");
        fields.doc.error(at.at, &found, &remedy);
        return None;
    };
    let named = holds.map(|holds| holds.conditions()).unwrap_or_default();
    if named.contains(&(index, false)) && !named.contains(&(index, true)) {
        let found = format!("`at` of {} names `{}`, which `holds` wants not to hold", fields.of, at.text);
        fields.doc.error(
            at.at,
            &found,
            &format!("name a condition that has a place, or `{START}` or `{END}`"),
        );
        return None;
    }
    Some(Some(At::Each(index)))
}

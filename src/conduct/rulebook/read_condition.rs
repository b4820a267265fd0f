//! One condition of a composed rule: its operator, and where and of whom it is asked.

use super::composed::{Anchor, Condition, Operator, Position, Side, Who};
use super::read_operator::{self, OPERATORS};
use super::sets::Sets;
use crate::toml_file::{Fields, Text, did_you_mean};

const SECONDS_MAX: f64 = 3600.0;

pub(super) const SPEAKERS: [(&str, Who); 3] =
    [("clerk", Who::Clerk), ("visitor", Who::Visitor), ("either", Who::Either)];

/// What places a condition, and means the same place: two of one line belong together.
const POSITIONS: [&[&str]; 6] = [
    &["first_s"],
    &["last_s"],
    &["first_turns"],
    &["last_turns"],
    &["from_s", "to_s"],
    &["from_share", "to_share"],
];

/// Reads the condition `names[index]`; `None` after faults.
pub(super) fn read_condition<'d, 'i>(
    mut fields: Fields<'d, 'i>,
    names: &[Text<'d>],
    index: usize,
    sets: &Sets<'d, 'i>,
) -> Option<Condition> {
    let operator = the_operator(&mut fields).and_then(|key| read_operator::read(key, &mut fields, sets));
    let who = match fields.has("role") {
        true => fields.choice("role", &SPEAKERS),
        false => {
            fields.value("role");
            Some(Who::Clerk)
        }
    };
    let position = fields.table("position").map(read_position);
    let anchor = fields.table("anchor").map(|anchor| read_anchor(anchor, names, index));
    if let Some(operator) = &operator {
        check_modifiers(&fields, operator);
    }
    let whole = position.is_some() == fields.has("position") && anchor.is_some() == fields.has("anchor");
    fields
        .finish(&[("in_order", "the table `say`, beside `all`"), ("of", "the tables `silence` and `lasts`")]);
    let position = position.map_or(Some(None), |read| read.map(Some));
    let anchor = anchor.map_or(Some(None), |read| read.map(Some));
    whole.then_some(Condition {
        name: names[index].text.to_owned(),
        operator: operator?,
        who: who?,
        position: position?,
        anchor: anchor?,
    })
}

/// The one operator that the condition has. `repeats` beside `say` says how often.
fn the_operator(fields: &mut Fields<'_, '_>) -> Option<&'static str> {
    let present: Vec<&'static str> = OPERATORS.into_iter().filter(|key| fields.has(key)).collect();
    // All of them are known keys, whatever becomes of them.
    for key in OPERATORS {
        fields.value(key);
    }
    match present[..] {
        [one] => Some(one),
        ["say", "repeats"] => Some("say"),
        [] => {
            let remedy = format!("add one of {}", OPERATORS.join(", "));
            fields.doc.error(fields.at, &format!("{} has no operator", fields.of), &remedy);
            None
        }
        [first, second, ..] => {
            let found = format!("{} has two operators, `{first}` and `{second}`", fields.of);
            let remedy = "give each a condition of its own, and join them in `holds`";
            fields.doc.error(fields.key_at(second), &found, remedy);
            None
        }
    }
}

fn check_modifiers(fields: &Fields<'_, '_>, operator: &Operator) {
    let refuse = |key: &str, remedy: &str| {
        if fields.has(key) {
            let found = format!("`{key}` of {} means nothing to `{}`", fields.of, operator.key());
            fields.doc.error(fields.key_at(key), &found, remedy);
        }
    };
    if !operator.has_speaker() {
        let remedy = match operator {
            Operator::Silence { .. } => "write `of` inside the table `silence`",
            Operator::Response { .. } => "write `from` and `to` inside the table `response`",
            _ => "leave it out",
        };
        refuse("role", remedy);
    }
    if !operator.has_place() {
        refuse("position", "leave it out: this operator asks of the whole encounter");
        refuse("anchor", "leave it out: this operator asks of the whole encounter");
    }
}

fn read_position(mut fields: Fields<'_, '_>) -> Option<Position> {
    let kinds: Vec<&[&str]> =
        POSITIONS.into_iter().filter(|keys| keys.iter().any(|key| fields.has(key))).collect();
    if let [first, second, ..] = kinds[..] {
        let present =
            |keys: &[&'static str]| keys.iter().copied().find(|key| fields.has(key)).unwrap_or_default();
        let (first, second) = (present(first), present(second));
        let found = format!("{} has both `{first}` and `{second}`, which contradict one another", fields.of);
        fields.doc.error(fields.key_at(second), &found, "keep one; ask for both with two conditions");
    } else if kinds.is_empty() {
        let keys = POSITIONS.concat().join(", ");
        fields.doc.error(
            fields.at,
            &format!("{} names no stretch", fields.of),
            &format!("add one of {keys}"),
        );
    }
    let one = kinds.len() == 1;
    let mut seconds = |key| fields.number(key, 0.0..=SECONDS_MAX).map(|s| s as f32);
    let (first_s, last_s) = (seconds("first_s"), seconds("last_s"));
    let from_to = (seconds("from_s"), seconds("to_s"));
    let mut share = |key| fields.number(key, 0.0..=1.0).map(|share| share as f32);
    let shares = (share("from_share"), share("to_share"));
    let (first_turns, last_turns) =
        (fields.whole("first_turns", 1..=1000_u16), fields.whole("last_turns", 1..=1000_u16));
    let position = first_s
        .map(Position::FirstSeconds)
        .or(last_s.map(Position::LastSeconds))
        .or(first_turns.map(Position::FirstTurns))
        .or(last_turns.map(Position::LastTurns))
        .or(stretch(&fields, from_to, f32::INFINITY).map(|(from, to)| Position::Seconds { from, to }))
        .or(stretch(&fields, shares, 1.0).map(|(from, to)| Position::Share { from, to }));
    fields.finish(&[]);
    position.filter(|_| one)
}

/// From where to where; what is not said is the start or the end.
fn stretch(fields: &Fields<'_, '_>, (from, to): (Option<f32>, Option<f32>), end: f32) -> Option<(f32, f32)> {
    if from.is_none() && to.is_none() {
        return None;
    }
    let (from, to) = (from.unwrap_or(0.0), to.unwrap_or(end));
    if to <= from {
        let found = format!("{} ends at {to}, before it begins at {from}", fields.of);
        fields.doc.error(fields.at, &found, "exchange the two");
        return None;
    }
    Some((from, to))
}

fn read_anchor(mut fields: Fields<'_, '_>, names: &[Text<'_>], own: usize) -> Option<Anchor> {
    const SIDES: [(&str, Side); 3] =
        [("before", Side::Before), ("after", Side::After), ("around", Side::Around)];
    let within_s = fields.number("within_s", 0.0..=SECONDS_MAX).map(|s| s as f32);
    let within_turns = fields.whole("within_turns", 0..=100_u16);
    let hits = if fields.has("hits") { fields.whole("hits", 1..=100_u16) } else { Some(1) };
    let mut written: Vec<(Side, Option<Text<'_>>)> = Vec::new();
    for (key, side) in SIDES {
        let there = fields.has(key);
        let name = fields.text(key);
        written.extend(there.then_some((side, name)));
    }
    fields.value("hits");
    let anchor = match written[..] {
        [(side, name)] => name.and_then(|name| {
            let of = anchored_to(&fields, name, names, own)?;
            Some(Anchor { side, of, within_s, within_turns, hits: hits? })
        }),
        [] => {
            let example = "`after = \"NAME\"`, or `before` or `around`";
            fields.missing("after", example);
            None
        }
        _ => {
            let found = format!("{} has more than one of `before`, `after`, `around`", fields.of);
            fields.doc.error(fields.at, &found, "keep one; `around` is both sides");
            None
        }
    };
    fields.finish(&[]);
    anchor
}

fn anchored_to(fields: &Fields<'_, '_>, name: Text<'_>, names: &[Text<'_>], own: usize) -> Option<usize> {
    let Some(of) = names.iter().position(|known| known.text == name.text) else {
        let meant = did_you_mean(name.text, names.iter().map(|known| known.text));
        let found = format!("{} names an unknown condition `{}`{meant}", fields.of, name.text);
        fields.doc.error(name.at, &found, "name a condition of the same rule");
        return None;
    };
    if of == own {
        let found = format!("{} names the condition itself", fields.of);
        fields.doc.error(name.at, &found, "name another condition of the same rule");
        return None;
    }
    Some(of)
}

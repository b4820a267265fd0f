//! The operators of conditions, but for words: `turns = { at_least = 2 }` and its like.

use super::composed::{Level, Operator, Rate, RateLimit, Repeats, Rings, Who, Whole};
use super::read_condition::SPEAKERS;
use super::read_say::{read_regex, read_say, read_similar};
use super::scope::read_encounter;
use super::sets::Sets;
use crate::toml_file::Fields;
use crate::units::Role;

pub(super) const OPERATORS: [&str; 14] = [
    "say",
    "regex",
    "similar",
    "turns",
    "repeats",
    "silence",
    "response",
    "rate",
    "talks_over",
    "loudness",
    "lasts",
    "rings",
    "reported",
    "encounter",
];

const HOUR_S: f64 = 3600.0;
const DAY_S: f64 = 86_400.0;
const ROLES: [(&str, Role); 2] = [("clerk", Role::Clerk), ("visitor", Role::Visitor)];
const WHOLES: [(&str, Whole); 2] = [("turn", Whole::Turn), ("encounter", Whole::Encounter)];
/// Characters in a row that say something of a rate, where the rule does not.
const MIN_CHARS: u16 = 12;
/// Speech beside the other's that counts as talking over, and how long the other must have been speaking, where the
/// rule does not say: what is shorter is an answer given a little early.
const TALK_OVER_S: f32 = 1.0;
const GRACE_S: f32 = 0.5;
/// Loud speech that is more than a word, where the rule does not say.
const LOUD_S: f32 = 1.0;

/// Reads the operator `key` of a condition; `None` after faults.
pub(super) fn read<'d, 'i>(
    key: &str,
    condition: &mut Fields<'d, 'i>,
    sets: &Sets<'d, 'i>,
) -> Option<Operator> {
    if key == "encounter" {
        return read_encounter(condition, "encounter").map(Operator::Encounter);
    }
    let key = OPERATORS.into_iter().find(|known| *known == key)?;
    let repeats = condition.table("repeats").map(read_repeats);
    let mut fields =
        if key == "repeats" { return repeats?.map(Operator::Repeats) } else { condition.table(key)? };
    let operator = match key {
        "say" => {
            let repeats = match repeats {
                Some(read) => Some(read?),
                None => None,
            };
            return read_say(fields, repeats, sets).map(Operator::Say);
        }
        "regex" => return read_regex(fields).map(Operator::Regex),
        "similar" => return read_similar(fields, sets).map(Operator::Similar),
        "turns" => read_turns(&mut fields),
        "silence" => read_silence(&mut fields),
        "response" => read_response(&mut fields),
        "rate" => read_rate(&mut fields),
        "talks_over" => {
            let at_least_s = seconds_or(&mut fields, "at_least_s", TALK_OVER_S, HOUR_S);
            let grace_s = seconds_or(&mut fields, "grace_s", GRACE_S, HOUR_S);
            at_least_s.zip(grace_s).map(|(at_least_s, grace_s)| Operator::TalksOver { at_least_s, grace_s })
        }
        "loudness" => read_loudness(&mut fields),
        "lasts" => read_lasts(&mut fields),
        "rings" => read_rings(&mut fields),
        _ => read_reported(&mut fields),
    };
    fields.finish(&[("role", "the condition, beside the operator")]);
    operator
}

fn read_repeats(mut fields: Fields<'_, '_>) -> Option<Repeats> {
    needs(&fields, "times", "`times = 3`");
    needs(&fields, "within_s", "`within_s = 60`");
    let times = fields.whole("times", 2..=100_u16);
    let within_s = fields.number("within_s", 1.0..=HOUR_S);
    fields.finish(&[]);
    Some(Repeats { times: times?, within_s: within_s? as f32 })
}

fn read_turns(fields: &mut Fields<'_, '_>) -> Option<Operator> {
    needs_one_of(fields, &["at_least", "at_most"]);
    let at_least = fields.whole("at_least", 1..=1000_u16);
    let at_most = fields.whole("at_most", 0..=1000_u16);
    in_order(fields, at_least, at_most)?;
    (at_least.is_some() || at_most.is_some()).then_some(Operator::Turns { at_least, at_most })
}

fn read_silence(fields: &mut Fields<'_, '_>) -> Option<Operator> {
    const OF: [(&str, Who); 3] = [("both", Who::Either), SPEAKERS[0], SPEAKERS[1]];
    needs(fields, "at_least_s", "`at_least_s = 20`");
    let at_least_s = fields.number("at_least_s", 0.5..=HOUR_S);
    let of = choice_or(fields, "of", &OF, Who::Either);
    Some(Operator::Silence { at_least_s: at_least_s? as f32, of: of? })
}

fn read_response(fields: &mut Fields<'_, '_>) -> Option<Operator> {
    let from = fields.choice("from", &ROLES);
    let to = fields.choice("to", &ROLES);
    needs(fields, "later_than_s", "`later_than_s = 8`");
    let later_than_s = fields.number("later_than_s", 0.5..=HOUR_S);
    if from.is_some() && from == to {
        let found = format!("`from` and `to` of {} are the same", fields.of);
        fields.doc.error(fields.key_at("to"), &found, "name the other one: nobody answers oneself");
        return None;
    }
    to?;
    Some(Operator::Response { from: from?, later_than_s: later_than_s? as f32 })
}

fn read_rate(fields: &mut Fields<'_, '_>) -> Option<Operator> {
    let one = exactly_one(fields, &["above", "below", "rises_by"]);
    let mut rate = |key| fields.number(key, 10.0..=2000.0).map(|rate| rate as f32);
    let limit = rate("above").map(RateLimit::Above).or(rate("below").map(RateLimit::Below));
    let rise = fields.number("rises_by", 1.05..=10.0).map(|times| RateLimit::RisesBy(times as f32));
    let over = choice_or(fields, "over", &WHOLES, Whole::Turn);
    let min_chars =
        if fields.has("min_chars") { fields.whole("min_chars", 2..=1000_u16) } else { Some(MIN_CHARS) };
    fields.value("min_chars");
    if rise.is_some() && over == Some(Whole::Encounter) {
        let found = format!("{} asks whether the rate of the whole encounter rises", fields.of);
        fields.doc.error(fields.key_at("over"), &found, "`rises_by` compares turns: leave `over` out");
        return None;
    }
    one.then_some(Operator::Rate(Rate { limit: limit.or(rise)?, over: over?, min_chars: min_chars? }))
}

fn read_loudness(fields: &mut Fields<'_, '_>) -> Option<Operator> {
    let one = exactly_one(fields, &["above_usual_db", "above_dbfs"]);
    let usual = fields.number("above_usual_db", 0.0..=60.0).map(|db| Level::UsualBy { db: db as f32 });
    let dbfs = fields.number("above_dbfs", -120.0..=0.0).map(|dbfs| Level::Dbfs(dbfs as f32));
    let at_least_s = seconds_or(fields, "at_least_s", LOUD_S, HOUR_S);
    one.then_some(Operator::Loudness { above: usual.or(dbfs)?, at_least_s: at_least_s? })
}

fn read_lasts(fields: &mut Fields<'_, '_>) -> Option<Operator> {
    needs_one_of(fields, &["at_least_s", "at_most_s"]);
    let at_least_s = fields.number("at_least_s", 0.1..=DAY_S).map(|s| s as f32);
    let at_most_s = fields.number("at_most_s", 0.1..=DAY_S).map(|s| s as f32);
    let of = choice_or(fields, "of", &WHOLES, Whole::Encounter);
    in_order(fields, at_least_s, at_most_s)?;
    (at_least_s.is_some() || at_most_s.is_some()).then_some(())?;
    Some(Operator::Lasts { of: of?, at_least_s, at_most_s })
}

fn read_rings(fields: &mut Fields<'_, '_>) -> Option<Operator> {
    let one = exactly_one(fields, &["more_than", "answered_after_s"]);
    let more_than = fields.whole("more_than", 0..=100_u16).map(Rings::MoreThan);
    let after = fields.number("answered_after_s", 0.5..=HOUR_S);
    let after = after.map(|seconds| Rings::AnsweredAfter { seconds: seconds as f32 });
    one.then_some(Operator::Rings(more_than.or(after)?))
}

fn read_reported(fields: &mut Fields<'_, '_>) -> Option<Operator> {
    let any = fields.texts("any");
    if any.is_empty() && fields.is_without("any") {
        fields.missing("any", "`any = [\"ticket-called\"]`, names that the hall reports");
    }
    let sound = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    for text in any.iter().filter(|text| !sound(text.text)) {
        let found = format!("{:?} is no name of a report", text.text);
        fields.doc.error(text.at, &found, "write small letters and -, as \"ticket-called\"");
    }
    (!any.is_empty()).then(|| Operator::Reported(any.iter().map(|text| text.text.to_owned()).collect()))
}

fn needs(fields: &Fields<'_, '_>, key: &str, example: &str) {
    if !fields.has(key) {
        fields.missing(key, example);
    }
}

fn needs_one_of(fields: &Fields<'_, '_>, keys: &[&str]) {
    if !keys.iter().any(|key| fields.has(key)) {
        fields.missing(keys[0], &format!("`{}`, or both", keys.join("` or `")));
    }
}

fn exactly_one(fields: &Fields<'_, '_>, keys: &[&str]) -> bool {
    let present: Vec<&str> = keys.iter().copied().filter(|key| fields.has(key)).collect();
    match present[..] {
        [_] => return true,
        [] => fields.missing(keys[0], &format!("one of {}", keys.join(", "))),
        [first, second, ..] => {
            let found = format!("{} has both `{first}` and `{second}`", fields.of);
            fields.doc.error(fields.key_at(second), &found, "keep one; ask for both with two conditions");
        }
    }
    false
}

fn in_order<T: PartialOrd + std::fmt::Display>(
    fields: &Fields<'_, '_>,
    least: Option<T>,
    most: Option<T>,
) -> Option<()> {
    if let (Some(least), Some(most)) = (least, most)
        && most < least
    {
        let found = format!("{} asks for at least {least} and at most {most}", fields.of);
        fields.doc.error(fields.at, &found, "exchange the two");
        return None;
    }
    Some(())
}

/// Seconds, `default` where absent; `None` after a fault.
fn seconds_or(fields: &mut Fields<'_, '_>, key: &'static str, default: f32, most: f64) -> Option<f32> {
    let absent = !fields.has(key);
    let seconds = fields.number(key, 0.0..=most).map(|seconds| seconds as f32);
    seconds.or(absent.then_some(default))
}

/// A word, `default` where absent; `None` after a fault.
fn choice_or<T: Copy>(
    fields: &mut Fields<'_, '_>,
    key: &'static str,
    choices: &[(&str, T)],
    default: T,
) -> Option<T> {
    if fields.has(key) {
        return fields.choice(key, choices);
    }
    fields.value(key);
    Some(default)
}

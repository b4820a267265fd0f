//! The operators of words: `say`, `regex`, `similar`.

use regex::{Regex, RegexBuilder};

use super::composed::{Matcher, Need, Repeats, Say, Similar};
use super::read::{read_manner, shortest};
use super::sets::{Sets, parse_pattern};
use crate::mandarin::simplify;
use crate::phrase::{Likeness, Pattern};
use crate::toml_file::{Fields, Text};

/// Bytes of one compiled regular expression, and of the cache it may fill while it searches. Searching takes time
/// in proportion to both and to the text, whatever the two hold.
const REGEX_BYTES_MAX: usize = 256 << 10;
const REGEX_CACHE_BYTES_MAX: usize = 512 << 10;
const REGEX_CHARS_MAX: usize = 300;
const REGEX_DEPTH_MAX: u32 = 40;

const LISTS: [&str; 3] = ["any", "all", "none"];

/// Reads `say = { any = […] }`; `None` after faults.
pub(super) fn read_say<'d, 'i>(
    mut fields: Fields<'d, 'i>,
    repeats: Option<Repeats>,
    sets: &Sets<'d, 'i>,
) -> Option<Say> {
    let present: Vec<&'static str> = LISTS.into_iter().filter(|key| fields.has(key)).collect();
    for key in LISTS {
        fields.value(key);
    }
    let list = match present[..] {
        [one] => Some(one),
        [] => {
            fields.missing("any", "`any = [\"…\"]`, or `all` or `none`");
            None
        }
        [first, second, ..] => {
            let found = format!("{} has both `{first}` and `{second}`", fields.of);
            fields.doc.error(fields.key_at(second), &found, "keep one; ask for both with two conditions");
            None
        }
    };
    let synonyms = fields.yes_or_no("synonyms").unwrap_or(false);
    let at_least = fields.whole("at_least", 1..=100_u16);
    let in_order = fields.yes_or_no("in_order").unwrap_or(false);
    let texts = list.map(|key| fields.texts(key)).unwrap_or_default();
    if let Some(key) = list.filter(|key| fields.is_without(key)) {
        let found = format!("`{key}` of {} is empty", fields.of);
        fields.doc.error(fields.key_at(key), &found, "write at least one phrase, or \"@name\" of a set");
    }
    let manner = read_manner(&mut fields, sets);
    let (mut phrases, mut items) = (Vec::new(), Vec::new());
    let mut next = 0;
    for text in texts {
        let patterns = said(&fields, text, synonyms, sets);
        for (nth, pattern) in patterns.into_iter().enumerate() {
            // Each word of a set stands for itself, but where all are wanted: then one of the set will do.
            items.push(if list == Some("all") { next } else { next + nth });
            phrases.push(manner.spec(pattern));
        }
        next = items.last().map_or(next, |last| last + 1);
    }
    let need = need(&fields, list?, at_least, in_order, next, repeats.is_some())?;
    fields.finish(&[("role", "the condition, beside `say`"), ("repeats", "the condition, beside `say`")]);
    (!phrases.is_empty()).then_some(Say { need, phrases, items, repeats })
}

fn need(
    fields: &Fields<'_, '_>,
    list: &str,
    at_least: Option<u16>,
    in_order: bool,
    items: usize,
    repeats: bool,
) -> Option<Need> {
    let mut sound = true;
    let mut refuse = |key: &str, found: String, remedy: &str| {
        fields.doc.error(fields.key_at(key), &found, remedy);
        sound = false;
    };
    if fields.has("at_least") && list != "any" {
        refuse(
            "at_least",
            format!("`at_least` of {} stands beside `{list}`", fields.of),
            "it belongs beside `any`",
        );
    }
    if fields.has("in_order") && list != "all" {
        refuse(
            "in_order",
            format!("`in_order` of {} stands beside `{list}`", fields.of),
            "it belongs beside `all`",
        );
    }
    if let Some(at_least) = at_least.filter(|n| list == "any" && usize::from(*n) > items && items > 0) {
        let found = format!("{} wants at least {at_least} of {items}", fields.of);
        refuse("at_least", found, "write a smaller number, or `all`");
    }
    if repeats && (list != "any" || at_least.is_some_and(|n| n > 1)) {
        let found = format!("`repeats` stands beside `{list}` of {}", fields.of);
        refuse(list, found, "write `any`, without `at_least`: it counts how often one of them is said");
    }
    sound.then(|| match list {
        "any" => Need::Any { at_least: at_least.unwrap_or(1) },
        "all" => Need::All { in_order },
        _ => Need::None,
    })
}

/// The patterns that one entry of a list stands for; faults are pushed.
fn said<'d, 'i>(
    fields: &Fields<'d, 'i>,
    text: Text<'d>,
    synonyms: bool,
    sets: &Sets<'d, 'i>,
) -> Vec<Pattern> {
    let widened = |pattern: Pattern| {
        let wide = sets.synonyms().widen(pattern.source());
        if !synonyms || wide == pattern.source() {
            return Some(pattern);
        }
        parse_pattern(fields.doc, Text { at: text.at, text: &wide })
    };
    let long_enough = |pattern: &Pattern| {
        let enough = shortest(pattern) >= 2;
        if !enough {
            let found = format!("the phrase {:?} can be a single syllable", pattern.source());
            fields.doc.error(text.at, &found, "write at least two: one syllable is heard everywhere");
        }
        enough
    };
    let patterns = sets.words(fields.doc, &[text]);
    patterns.into_iter().filter(long_enough).filter_map(widened).collect()
}

/// Reads `regex = { is = "…", unless = "…" }`; `None` after faults.
pub(super) fn read_regex(mut fields: Fields<'_, '_>) -> Option<Matcher> {
    let is =
        fields.needed_text("is", "`is = \"…\"`, a regular expression").map(|text| compiled(&fields, text));
    let unless = fields.has("unless").then(|| {
        let text = fields.needed_text("unless", "`unless = \"…\"`, a regular expression")?;
        compiled(&fields, text)
    });
    fields.value("unless");
    fields.finish(&[("role", "the condition, beside `regex`")]);
    let unless = match unless {
        Some(read) => Some(read?),
        None => None,
    };
    Some(Matcher { is: is??, unless })
}

fn compiled(fields: &Fields<'_, '_>, text: Text<'_>) -> Option<Regex> {
    let refuse = |at: usize, found: &str, remedy: &str| {
        let found = format!("the regular expression of {} {found}", fields.of);
        fields.doc.error(at, &found, remedy);
        None
    };
    if text.text.chars().count() > REGEX_CHARS_MAX {
        return refuse(text.at, &format!("is longer than {REGEX_CHARS_MAX} characters"), "split it in two");
    }
    let built = RegexBuilder::new(&simplify(text.text))
        .size_limit(REGEX_BYTES_MAX)
        .dfa_size_limit(REGEX_CACHE_BYTES_MAX)
        .nest_limit(REGEX_DEPTH_MAX)
        .build();
    match built {
        Ok(regex) if regex.is_match("") => {
            refuse(text.at, "matches nothing at all, and so everywhere", "ask for at least one character")
        }
        Ok(regex) => Some(regex),
        Err(regex::Error::CompiledTooBig(_)) => {
            refuse(text.at, "becomes too large", "repeat less often, or name fewer characters")
        }
        Err(fault) => {
            let (offset, what) = explained(&fault.to_string(), text.text);
            refuse(fields.doc.inside(text, offset), &format!("cannot be read: {what}"), "correct it here")
        }
    }
}

/// The byte that a message of the regex crate points at with `^`, and what it says.
fn explained(message: &str, text: &str) -> (usize, String) {
    let what = message.lines().rev().find_map(|line| line.trim().strip_prefix("error: "));
    let caret = message.lines().find(|line| line.contains('^') && line.trim().chars().all(|ch| ch == '^'));
    // The expression stands four columns in.
    let column = caret.and_then(|line| line.find('^')).map_or(0, |column| column.saturating_sub(4));
    let offset = text.char_indices().nth(column).map_or(text.len(), |(at, _)| at);
    (offset, what.unwrap_or("it is malformed").to_owned())
}

/// Reads `similar = { to = […], at_least = 0.8 }`; `None` after faults.
pub(super) fn read_similar<'d, 'i>(mut fields: Fields<'d, 'i>, sets: &Sets<'d, 'i>) -> Option<Similar> {
    let to = fields.texts("to");
    if fields.is_without("to") {
        fields.missing("to", "`to = [\"…\"]`, sentences in Chinese");
    }
    if !fields.has("at_least") {
        fields.missing("at_least", "`at_least = 0.8`, the likeness from 0.5 to 1");
    }
    let at_least = fields.number("at_least", 0.5..=1.0);
    let decoys = fields.texts("decoys");
    let compiled = |patterns: Vec<Pattern>| patterns.iter().map(Likeness::new).collect::<Vec<_>>();
    let to = compiled(sets.words(fields.doc, &to));
    let decoys = compiled(sets.words(fields.doc, &decoys));
    fields.finish(&[("role", "the condition, beside `similar`")]);
    (!to.is_empty()).then_some(())?;
    Some(Similar { to, at_least: at_least? as f32, decoys })
}

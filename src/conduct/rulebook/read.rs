//! Tables of a rulebook file → rules. What needs other files (duplicates, citations) is left to `check`.

use super::model::{Expectation, Rule, RuleKind, Situation};
use super::read_composed::{read_composed, read_finding};
use super::scope::{read_effective, read_scope};
use super::sets::{Sets, parse_pattern};
use crate::conduct::{Citation, FindingKind, Severity};
use crate::phrase::{Element, Guards, Pattern, PhraseSpec, Place, sounds_the_same};
use crate::toml_file::{Document, Fields, Text};

pub(super) const SEVERITIES: [(&str, Severity); 4] = [
    ("note", Severity::Note),
    ("minor", Severity::Minor),
    ("major", Severity::Major),
    ("critical", Severity::Critical),
];

/// Longest window of a required phrase: an hour.
const SECONDS_MAX: f64 = 3600.0;

/// Longest time in which a rule finds nothing more: a day.
const COOLDOWN_S_MAX: f64 = 86_400.0;

/// A rule and where it stands in its file.
pub(super) struct ReadRule<'d, 'i> {
    pub doc: &'d Document<'i>,
    pub at: usize,
    pub rule: Rule,
    /// Where each citation stands.
    pub cites_at: Vec<usize>,
    /// Where each phrase of [`Rule::phrases`] with the role *said* stands.
    pub said_at: Vec<usize>,
}

#[derive(Clone, Copy)]
enum KindWord {
    Forbidden,
    Required,
    When,
    Credit,
    Composed,
}

const KINDS: [(&str, KindWord); 5] = [
    ("forbidden", KindWord::Forbidden),
    ("required", KindWord::Required),
    ("when", KindWord::When),
    ("credit", KindWord::Credit),
    ("composed", KindWord::Composed),
];

/// Keys that belong to one kind of rule.
const KIND_KEYS: [(&str, &str); 13] = [
    ("phrase", "forbidden, required and credit rules"),
    ("near", "required rules"),
    ("situation", "required rules"),
    ("within_s", "required rules"),
    ("wait_s", "required rules whose situation is after-wait"),
    ("trigger", "when rules"),
    ("expects", "when rules"),
    ("within_turns", "when rules"),
    ("at_most", "credit and composed rules"),
    ("finding", "composed rules"),
    ("holds", "composed rules"),
    ("at", "composed rules"),
    ("condition", "composed rules"),
];

/// Reads one `[[rule]]`; `None` after faults.
pub(super) fn read_rule<'d, 'i>(mut fields: Fields<'d, 'i>, sets: &Sets<'d, 'i>) -> Option<ReadRule<'d, 'i>> {
    let id = fields.needed_text("id", "`id = \"P30-short-name\"`").filter(|id| well_formed_id(&fields, *id));
    if let Some(id) = id {
        fields.name(format!("rule `{}`", id.text));
    }
    let provision = fields
        .needed_text("provision", "`provision = \"P30\"`, the provision the rule watches")
        .filter(|provision| well_formed_provision(&fields, *provision));
    let word = fields.choice("kind", &KINDS);
    let title = fields.needed_text("title", "`title = \"…\"`, a few words in Chinese");
    let title_en = fields.text("title_en");
    let severity = fields.choice("severity", &SEVERITIES);
    let weight = needed_weight(&mut fields);
    let finding = matches!(word, Some(KindWord::Composed)).then(|| read_finding(&mut fields)).flatten();
    let credits = matches!(word, Some(KindWord::Credit)) || finding == Some(FindingKind::Credit);
    let advice = advice(&mut fields, credits);
    let (cites, cites_at) = read_cites(&mut fields);
    let (scope, effective) = (read_scope(&mut fields), read_effective(&mut fields));
    let cooldown_s = read_cooldown(&mut fields);
    let needs_review = fields.yes_or_no("needs_review").unwrap_or(false);
    let (kind, said_at) = match word {
        Some(KindWord::Composed) => {
            (read_composed(&mut fields, finding, sets).map(RuleKind::Composed), Vec::new())
        }
        Some(word) => read_kind(&mut fields, word, sets),
        None => (None, Vec::new()),
    };
    let (doc, at) = (fields.doc, fields.at);
    if word.is_some() {
        fields.finish(&KIND_KEYS);
    }
    let rule = Rule {
        id: id?.text.to_owned(),
        provision: provision?.text.to_owned(),
        title: title?.text.to_owned(),
        title_en: title_en.map_or_else(String::new, |t| t.text.to_owned()),
        severity: severity?,
        weight: weight?,
        advice: advice?,
        cites,
        kind: kind?,
        scope,
        effective,
        cooldown_s,
        needs_review,
    };
    Some(ReadRule { doc, at, rule, cites_at, said_at })
}

fn needed_weight(fields: &mut Fields<'_, '_>) -> Option<u8> {
    if !fields.has("weight") {
        fields.missing("weight", "`weight = 5`, points from 0 to 100");
    }
    fields.whole("weight", 0..=100)
}

/// Whoever is told that something was wrong is told what would be right; credit needs no advice.
fn advice(fields: &mut Fields<'_, '_>, credits: bool) -> Option<String> {
    let text = match credits {
        true => fields.text("advice"),
        false => Some(fields.needed_text("advice", "`advice = \"…\"`, what to say instead")?),
    };
    Some(text.map_or_else(String::new, |t| t.text.to_owned()))
}

fn read_kind<'d, 'i>(
    fields: &mut Fields<'d, 'i>,
    word: KindWord,
    sets: &Sets<'d, 'i>,
) -> (Option<RuleKind>, Vec<usize>) {
    let listened_for = if matches!(word, KindWord::When) { "trigger" } else { "phrase" };
    let said = read_phrases(fields, listened_for, sets);
    if said.is_empty() && fields.is_without(listened_for) {
        fields.missing(listened_for, &format!("at least one `[[rule.{listened_for}]]` with `say = \"…\"`"));
    }
    let (mut phrases, said_at): (Vec<_>, Vec<_>) = said.into_iter().unzip();
    if matches!(word, KindWord::Forbidden | KindWord::When) {
        // To say a thing is meant, not to speak of it.
        phrases.iter_mut().for_each(|phrase| phrase.guards.quoted = true);
    }
    let kind = match word {
        KindWord::Forbidden => Some(RuleKind::Forbidden { phrases }),
        KindWord::Required => read_situation(fields).map(|situation| {
            let near = read_phrases(fields, "near", sets).into_iter().map(|(phrase, _)| phrase).collect();
            RuleKind::Required { situation, phrases, near }
        }),
        KindWord::When => {
            let within_turns =
                if fields.has("within_turns") { fields.whole("within_turns", 0..=10) } else { Some(0) };
            read_expects(fields, sets).zip(within_turns).map(|(expects, within_turns)| RuleKind::When {
                triggers: phrases,
                expects,
                within_turns,
            })
        }
        KindWord::Credit => {
            let at_most = if fields.has("at_most") { fields.whole("at_most", 1..=100) } else { Some(1) };
            at_most.map(|at_most| RuleKind::Credit { phrases, at_most })
        }
        KindWord::Composed => None,
    };
    (kind, said_at)
}

fn read_situation(fields: &mut Fields<'_, '_>) -> Option<Situation> {
    const SITUATIONS: [(&str, &str); 3] = [
        ("encounter-start", "encounter-start"),
        ("encounter-end", "encounter-end"),
        ("after-wait", "after-wait"),
    ];
    let situation = fields.choice("situation", &SITUATIONS);
    let within_s = needed_seconds(fields, "within_s", "`within_s = 10`, seconds");
    if situation == Some("after-wait") {
        let wait_s = needed_seconds(
            fields,
            "wait_s",
            "`wait_s = 20`, the shortest silence that is a wait, in seconds",
        )?;
        return Some(Situation::AfterWait { wait_s, within_s: within_s? });
    }
    match situation? {
        "encounter-start" => Some(Situation::EncounterStart { within_s: within_s? }),
        _ => Some(Situation::EncounterEnd { within_s: within_s? }),
    }
}

fn needed_seconds(fields: &mut Fields<'_, '_>, key: &'static str, example: &str) -> Option<f32> {
    if !fields.has(key) {
        fields.missing(key, example);
    }
    fields.number(key, 0.5..=SECONDS_MAX).map(|seconds| seconds as f32)
}

fn read_expects<'d, 'i>(fields: &mut Fields<'d, 'i>, sets: &Sets<'d, 'i>) -> Option<Vec<Expectation>> {
    let names = fields.texts("expects");
    if names.is_empty() {
        fields.missing("expects", "`expects = [\"@apology\"]`, sets of words of which each has to be heard");
        return None;
    }
    let mut expects = Vec::new();
    for name in names {
        let Some(set) = name.text.strip_prefix('@') else {
            let found = format!("`expects` of {} holds {:?}", fields.of, name.text);
            fields.doc.error(name.at, &found, "write the name of a set, as \"@apology\"");
            continue;
        };
        let words = sets.set(fields.doc, Text { at: name.at, text: set });
        let phrases = words.into_iter().map(plain_phrase).collect();
        expects.push(Expectation { name: set.to_owned(), phrases });
    }
    Some(expects)
}

fn plain_phrase(pattern: crate::phrase::Pattern) -> PhraseSpec {
    PhraseSpec {
        pattern,
        cost_max: None,
        place: Place::Anywhere,
        guards: Guards::default(),
        decoys: Vec::new(),
    }
}

/// The phrases of a list of tables, and where each stands.
fn read_phrases<'d, 'i>(
    fields: &mut Fields<'d, 'i>,
    key: &'static str,
    sets: &Sets<'d, 'i>,
) -> Vec<(PhraseSpec, usize)> {
    let mut phrases = Vec::new();
    for mut entry in fields.tables(key) {
        entry.name(format!("a `{key}` of {}", fields.of));
        let says = entry.texts("say");
        if says.is_empty() {
            entry.missing("say", "`say = \"…\"`, the words in Chinese");
        }
        let manner = read_manner(&mut entry, sets);
        for say in says {
            let Some(pattern) = parse_pattern(entry.doc, say) else { continue };
            if shortest(&pattern) < 2 {
                let found = format!("the phrase {:?} can be a single syllable", say.text);
                entry.doc.error(say.at, &found, "write at least two: one syllable is heard everywhere");
                continue;
            }
            warn_of_homophones(&entry, say, &manner.decoys);
            phrases.push((manner.spec(pattern), say.at));
        }
        entry.finish(&[]);
    }
    phrases
}

/// How phrases are listened for.
pub(super) struct Manner {
    place: Place,
    cost_max: Option<f32>,
    guards: Guards,
    decoys: Vec<Pattern>,
}

impl Manner {
    pub fn spec(&self, pattern: Pattern) -> PhraseSpec {
        PhraseSpec {
            pattern,
            cost_max: self.cost_max,
            place: self.place,
            guards: self.guards.clone(),
            decoys: self.decoys.clone(),
        }
    }
}

/// Reads `place`, `cost_max`, `unless` and `decoys`.
pub(super) fn read_manner<'d, 'i>(fields: &mut Fields<'d, 'i>, sets: &Sets<'d, 'i>) -> Manner {
    let place = if fields.has("place") {
        fields.choice("place", &[("anywhere", Place::Anywhere), ("clause", Place::Clause)])
    } else {
        fields.value("place");
        None
    };
    let cost_max = fields.number("cost_max", 0.0..=0.5).map(|cost| cost as f32);
    let guards = fields.table("unless").map_or_else(Guards::default, |unless| read_guards(unless, sets));
    let decoys = fields.texts("decoys");
    let decoys = sets.words(fields.doc, &decoys);
    Manner { place: place.unwrap_or_default(), cost_max, guards, decoys }
}

/// Seconds in which nothing more of a rule counts; `None` where absent or wrong.
pub(super) fn read_cooldown(fields: &mut Fields<'_, '_>) -> Option<f32> {
    fields.number("cooldown_s", 1.0..=COOLDOWN_S_MAX).map(|seconds| seconds as f32)
}

/// A decoy that sounds like the phrase decides nothing.
fn warn_of_homophones(entry: &Fields<'_, '_>, say: Text<'_>, decoys: &[Pattern]) {
    for decoy in decoys.iter().filter(|decoy| sounds_the_same(decoy.source(), say.text)) {
        let found = format!(
            "the decoy {:?} sounds like {:?}: no sound can tell them apart",
            decoy.source(),
            say.text
        );
        entry.doc.warning(say.at, &found, "take it out; put the words that make it innocent under `unless`");
    }
}

/// Reads `unless = { before = […], after = […], turn = […] }`.
pub(super) fn read_guards<'d, 'i>(mut unless: Fields<'d, 'i>, sets: &Sets<'d, 'i>) -> Guards {
    let mut words = |key| {
        let texts = unless.texts(key);
        sets.words(unless.doc, &texts)
    };
    let guards =
        Guards { before: words("before"), after: words("after"), turn: words("turn"), quoted: false };
    unless.finish(&[]);
    guards
}

/// Syllables of the shortest way to say `pattern`.
pub(super) fn shortest(pattern: &Pattern) -> usize {
    let least = |element: &Element| match element {
        Element::Char(_) => 1,
        Element::OneOf(all) => all.iter().map(Vec::len).min().unwrap_or(0),
        Element::Slot | Element::Pause => 0,
    };
    pattern.elements().iter().map(least).sum()
}

fn read_cites(fields: &mut Fields<'_, '_>) -> (Vec<Citation>, Vec<usize>) {
    let mut cites = Vec::new();
    let mut places = Vec::new();
    for mut entry in fields.tables("cites") {
        entry.name(format!("a citation of {}", fields.of));
        let standard = entry.needed_text("standard", "`standard = \"S1-A\"`");
        let article = entry.needed_text("article", "`article = \"第三条（六）\"`");
        let quote = entry.text("quote").map_or("", |quote| quote.text);
        let at = standard.map_or(entry.at, |standard| standard.at);
        entry.finish(&[]);
        if let (Some(standard), Some(article)) = (standard, article) {
            let (standard, article) = (standard.text.to_owned(), article.text.to_owned());
            cites.push(Citation { standard, article, quote: quote.to_owned() });
            places.push(at);
        }
    }
    if cites.is_empty() && fields.is_without("cites") {
        fields.missing(
            "cites",
            "`cites = [{ standard = \"S1-A\", article = \"…\" }]`: no accusation without an article",
        );
    }
    (cites, places)
}

fn well_formed_id(fields: &Fields<'_, '_>, id: Text<'_>) -> bool {
    let fine = (3..=48).contains(&id.text.len())
        && id.text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if !fine {
        let remedy = "write 3 to 48 of the letters a-z, A-Z, digits and -";
        fields.doc.error(id.at, &format!("the rule id {:?} cannot be used", id.text), remedy);
    }
    fine
}

fn well_formed_provision(fields: &Fields<'_, '_>, provision: Text<'_>) -> bool {
    let fine = matches!(provision.text.as_bytes(), [b'A'..=b'Z', b'0'..=b'9', b'0'..=b'9']);
    if !fine {
        let found = format!("the provision {:?} of {} cannot be used", provision.text, fields.of);
        fields.doc.error(provision.at, &found, "write a capital letter and two digits, as P30 or H01");
    }
    fine
}

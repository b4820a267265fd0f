//! Composition: follows the composed rules of one window over its scene.
//!
//! Pure over the scene: what is found, and from when on it could be known, does not depend on how often it is looked
//! at. Nothing is found before it is sure, so that nothing found is ever taken back.

mod ask;
#[cfg(test)]
mod builtin;
mod duration;
mod evaluate;
mod loudness;
mod rate;
mod response;
mod sentences;
mod signals;
mod silence;
#[cfg(test)]
mod stage;
mod stretch;
mod talk_over;
#[cfg(test)]
mod tests;
mod turns;
mod value;
mod words;

use std::ops::Range;
use std::sync::Arc;

use super::book::CompiledBook;
use super::rulebook::{Anchor, At, Composed, Occasion, Operator, Position, Rings, Rule, RuleKind};
use super::scene::{Scene, SceneTurn};
use super::{Evidence, Finding, FindingKind, FindingState};
use crate::said::Bilingual;
use crate::units::{Role, SessionTime, Span, WindowId};
use evaluate::{Bound, Evaluation};
use stretch::over_at;
use value::{Place, Truth, Value};

/// The composed rules of one window.
pub(super) struct Composition {
    book: Arc<CompiledBook>,
    window: WindowId,
    watches: Vec<Watch>,
    /// What the scene held at the last look.
    seen: Seen,
    /// The rules were changed meanwhile: what was said before was not searched for their phrases.
    resting: bool,
}

/// One rule in the open encounter.
struct Watch {
    rule: usize,
    phrases: Vec<Range<usize>>,
    /// Time alone may decide it.
    timed: bool,
    /// What it found already: one occurrence makes one finding.
    found: Vec<Span>,
    /// Findings that count.
    counted: u8,
    /// Occasions that come once an encounter, and came.
    over: Vec<bool>,
}

/// How much a scene holds. While this is the same, only time has passed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Seen {
    turns: usize,
    turns_over: usize,
    utterances: usize,
    rings: usize,
    reported: usize,
    unheard: u64,
    start: SessionTime,
    answered: Option<SessionTime>,
    end: Option<SessionTime>,
}

impl Composition {
    pub fn new(book: Arc<CompiledBook>, window: WindowId) -> Self {
        let watches = watches(&book);
        Self { book, window, watches, seen: Seen::default(), resting: false }
    }

    /// A new encounter is open.
    pub fn encounter_began(&mut self) {
        self.resting = false;
        self.seen = Seen::default();
        for watch in &mut self.watches {
            watch.found.clear();
            watch.counted = 0;
            watch.over.fill(false);
        }
    }

    /// Something of the scene was settled, or time passed. Adds what is found; a rule accuses once for one occurrence.
    pub fn look(&mut self, scene: &Scene, out: &mut Vec<Finding>) {
        let seen = Seen::of(scene);
        let only_time = seen == self.seen;
        self.seen = seen;
        if self.resting {
            return;
        }
        let book = Arc::clone(&self.book);
        for watch in self.watches.iter_mut().filter(|watch| watch.timed || !only_time) {
            let rule = &book.rulebook().rules()[watch.rule];
            if let RuleKind::Composed(composed) = &rule.kind
                && rule.applies(&self.window, scene.kind)
            {
                Look { rule, composed, scene, window: &self.window }.at_all(watch, out);
            }
        }
    }

    /// Goes on under another rulebook, from the next encounter on: in the open one, what was said before was not
    /// searched for the phrases of the new rules.
    pub fn adopt(&mut self, book: Arc<CompiledBook>, _rules: &[Option<usize>]) {
        self.watches = watches(&book);
        self.book = book;
        self.resting = true;
    }
}

fn watches(book: &CompiledBook) -> Vec<Watch> {
    let rules = book.rulebook().rules().iter().enumerate();
    let composed = rules.filter_map(|(index, rule)| match &rule.kind {
        RuleKind::Composed(composed) => Some((index, composed)),
        _ => None,
    });
    let watch = |(rule, composed): (usize, &Composed)| Watch {
        rule,
        phrases: book.condition_phrases(rule),
        timed: timed(composed),
        found: Vec::new(),
        counted: 0,
        over: vec![false; composed.occasions.len()],
    };
    composed.map(watch).collect()
}

/// Whether time alone, without anything being said, may decide a rule before the encounter is over.
fn timed(composed: &Composed) -> bool {
    composed.conditions.iter().any(|condition| {
        let positioned =
            matches!(condition.position, Some(Position::FirstSeconds(_) | Position::Seconds { .. }));
        let anchored = matches!(condition.anchor, Some(Anchor { .. }));
        let told_later = matches!(
            condition.operator,
            Operator::Silence { .. }
                | Operator::Response { .. }
                | Operator::TalksOver { .. }
                | Operator::Rings(Rings::AnsweredAfter { .. })
        );
        positioned || anchored || told_later
    })
}

impl Seen {
    fn of(scene: &Scene) -> Self {
        Self {
            turns: scene.turns.len(),
            turns_over: scene.turns.iter().filter(|turn| turn.over).count(),
            utterances: scene.turns.iter().map(|turn| turn.utterances.len()).sum(),
            rings: scene.rings.len(),
            reported: scene.reported.len(),
            unheard: scene.unheard.iter().map(|span| span.samples()).sum(),
            start: scene.start,
            answered: scene.answered,
            end: scene.end,
        }
    }
}

/// One rule looked at.
struct Look<'a> {
    rule: &'a Rule,
    composed: &'a Composed,
    scene: &'a Scene,
    window: &'a WindowId,
}

impl Look<'_> {
    fn at_all(&self, watch: &mut Watch, out: &mut Vec<Finding>) {
        let phrases = std::mem::take(&mut watch.phrases);
        let evaluation = Evaluation { rule: self.composed, phrases: &phrases, scene: self.scene };
        for (nth, occasion) in self.composed.occasions.iter().enumerate() {
            match occasion.at {
                At::Each(condition) => self.at_each(condition, occasion, &evaluation, watch, out),
                At::EncounterStart | At::EncounterEnd if !watch.over[nth] => {
                    watch.over[nth] = self.at_once(occasion, &evaluation, watch, out);
                }
                At::EncounterStart | At::EncounterEnd => {}
            }
        }
        watch.phrases = phrases;
    }

    fn at_each(
        &self,
        condition: usize,
        occasion: &Occasion,
        evaluation: &Evaluation<'_>,
        watch: &mut Watch,
        out: &mut Vec<Finding>,
    ) {
        let places = evaluation.sighting(condition, None).places;
        let open = places.iter().filter(|place| !watch.has(place.span));
        let mut judged: Vec<(&Place, Truth)> =
            open.map(|place| (place, evaluation.truth(&occasion.holds, Some((condition, place))))).collect();
        // Of places that overlap the one counts that was known first, as it would if it had been looked then.
        judged.sort_by_key(|(place, truth)| (truth.known, place.span));
        for (place, truth) in judged {
            if !watch.has(place.span) {
                self.find(place.span, Some((condition, place)), &truth, evaluation, watch, out);
            }
        }
    }

    /// Whether the occasion is past.
    fn at_once(
        &self,
        occasion: &Occasion,
        evaluation: &Evaluation<'_>,
        watch: &mut Watch,
        out: &mut Vec<Finding>,
    ) -> bool {
        let truth = evaluation.truth(&occasion.holds, None);
        let at = match occasion.at {
            At::EncounterStart => self.scene.start,
            _ => self.last_words(truth.known),
        };
        self.find(Span { start: at, end: at }, None, &truth, evaluation, watch, out);
        match truth.value {
            Value::Holds | Value::Fails => true,
            Value::Open => false,
            Value::Unknown => self.scene.end.is_some(),
        }
    }

    /// Where the clerk's last words ended that were begun before `known`.
    fn last_words(&self, known: SessionTime) -> SessionTime {
        let clerk = self.scene.turns_of(Some(Role::Clerk)).flat_map(|(_, turn)| &turn.utterances);
        let ended =
            clerk.map(|utterance| utterance.span).filter(|span| span.start < known).map(|span| span.end);
        ended.max().unwrap_or(self.scene.start)
    }

    /// Adds the finding that `truth` makes, if any.
    fn find(
        &self,
        span: Span,
        bound: Bound<'_>,
        truth: &Truth,
        evaluation: &Evaluation<'_>,
        watch: &mut Watch,
        out: &mut Vec<Finding>,
    ) {
        let unknown = || {
            let told_of = truth.doubt.as_ref().is_some_and(|doubt| !doubt.by_design);
            self.scene.end.is_some() && self.composed.finding == FindingKind::Missing && told_of
        };
        let state = match truth.value {
            Value::Holds => FindingState::Confirmed,
            Value::Unknown if unknown() => FindingState::Unknown,
            _ => return,
        };
        if self.composed.at_most.is_some_and(|most| watch.counted >= most) {
            return;
        }
        watch.found.push(span);
        watch.counted = watch.counted.saturating_add(u8::from(state == FindingState::Confirmed));
        let reason = evaluation.explained(truth, bound);
        let place = bound.map(|(_, place)| place);
        let known = if state == FindingState::Unknown { over_at(self.scene) } else { None };
        out.push(self.finding(span, place, truth, state, known.unwrap_or(truth.known), reason));
    }

    fn finding(
        &self,
        span: Span,
        place: Option<&Place>,
        truth: &Truth,
        state: FindingState,
        due: SessionTime,
        reason: Bilingual,
    ) -> Finding {
        let hit = place.and_then(|place| {
            let (turn, hit) = place.hit?;
            let turn = self.scene.turns.get(turn)?;
            Some((turn.hits.get(hit)?, turn))
        });
        let missing = self.composed.finding == FindingKind::Missing;
        let phrase = match hit.filter(|_| !missing) {
            Some((hit, _)) => hit.wording.clone(),
            None => {
                self.expected().unwrap_or_else(|| place.map_or(String::new(), |place| place.note.en.clone()))
            }
        };
        Finding {
            window: self.window.clone(),
            kind: self.composed.finding,
            provision: self.rule.provision.clone(),
            rule: self.rule.id.clone(),
            severity: self.rule.severity,
            phrase,
            heard: hit.map_or_else(|| self.words_at(place, due), |(hit, _)| hit.heard.clone()),
            channel: self.scene.channel,
            span,
            due,
            sureness: thousandths(truth.sureness.clamp(0.0, 1.0)),
            state,
            cites: self.rule.cites.clone(),
            reason: reason.en,
            reason_zh: reason.zh,
            evidence: hit.map_or_else(Evidence::default, |(hit, turn)| Evidence::of(hit, &turn.speech)),
            needs_review: self.rule.needs_review,
        }
    }

    /// Some of the words that would have made the rule find nothing.
    fn expected(&self) -> Option<String> {
        let unwanted = (0..self.composed.conditions.len()).filter(|index| !self.composed.accuses_by(*index));
        let phrases = unwanted.flat_map(|index| self.composed.conditions[index].phrases());
        let words: Vec<&str> = phrases.map(|spec| spec.pattern.source()).take(3).collect();
        (!words.is_empty()).then(|| words.join(" / "))
    }

    /// What the clerk had said there, or last, by `known`.
    fn words_at(&self, place: Option<&Place>, known: SessionTime) -> String {
        let there = place.and_then(|place| self.scene.turns.get(place.turn?));
        let begun = |turn: &&SceneTurn| turn.role == Role::Clerk && turn.span.start < known;
        let last = || self.scene.turns.iter().rev().find(begun);
        let clerk = there.filter(begun).or_else(last);
        clerk.map_or_else(String::new, |turn| turn.speech.text(turn.speech.begun_before(known)))
    }
}

impl Watch {
    /// Whether what is at `span` was found before.
    fn has(&self, span: Span) -> bool {
        self.found.iter().any(|found| found.overlaps(span) || found.start == span.start)
    }
}

/// Means over the same words differ in the last digits with the order they are added in.
fn thousandths(share: f32) -> f32 {
    (share * 1_000.0).round() / 1_000.0
}

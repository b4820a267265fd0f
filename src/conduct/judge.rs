//! Judge. In: what the clerk and the visitor said, rings, what the hall reports, in order of time. Out: `Finding`,
//! `Encounter`. Thread: judge. Allocates: per finding and per turn.
//!
//! One judge a window. It knows session time only, so that a replay judges as the live run did.

#[cfg(test)]
mod doubts;
mod flow;
#[cfg(test)]
mod situations;
mod speakers;
mod telephone;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use super::book::CompiledBook;
use super::call::Call;
use super::composition::Composition;
use super::cooldown::Cooldown;
use super::encounter::{Encounter, EncounterConfig, EncounterTracker};
use super::obligations::Obligations;
use super::report::Report;
use super::rulebook::{PhraseRole, Rule, RuleKind};
use super::scene::{EncounterKind, Roles};
use super::scribe::{Scribe, Utterance};
use super::sureness::{PhraseScore, sureness_of};
use super::turn::Turn;
use super::{Evidence, Finding, FindingKind, FindingState, Standing};
use crate::asr::Hypothesis;
use crate::phrase::{PhraseHit, Speech};
use crate::units::{ChannelIndex, Dbfs, Role, SessionTime, Span, WindowId};

use flow::Aside;
use speakers::Speakers;

/// Provision whose phrases announce a wait (请稍等): the silence after them does not end the encounter.
const ASKS_TO_WAIT: &str = "P10";

/// Judges one window.
pub struct Judge {
    book: Arc<CompiledBook>,
    window: WindowId,
    encounters: EncounterTracker,
    obligations: Obligations,
    turn: Turn,
    /// Findings in the open encounter for each rule, of those that give credit.
    credits: Vec<u8>,
    cooldown: Cooldown,
    scribe: Scribe,
    composition: Composition,
    speakers: Speakers,
    /// Rings while a visitor is served.
    ringing: Option<Call>,
    /// The visit that a call came into.
    aside: Option<Aside>,
    /// What the hall reported and session time has not reached yet, in order.
    reports: VecDeque<Report>,
    closed: Vec<Encounter>,
}

/// What would be found if the clerk fell silent now.
#[derive(Clone, Debug, PartialEq)]
pub struct Foreseen {
    pub finding: Finding,
    /// Spoken characters of the hypothesis that it rests on, punctuation not counted.
    pub units: Range<usize>,
    /// The recogniser wrote the phrase itself, or the audio was asked about it and bore it out.
    pub verified: bool,
}

impl Judge {
    pub fn new(book: Arc<CompiledBook>, window: WindowId, config: EncounterConfig) -> Self {
        let credits = vec![0; book.rulebook().rules().len()];
        Self {
            obligations: Obligations::new(Arc::clone(&book), window.clone()),
            composition: Composition::new(Arc::clone(&book), window.clone()),
            encounters: EncounterTracker::new(config),
            turn: Turn::default(),
            scribe: Scribe::default(),
            speakers: Speakers::default(),
            ringing: None,
            aside: None,
            reports: VecDeque::new(),
            closed: Vec::new(),
            book,
            window,
            credits,
            cooldown: Cooldown::default(),
        }
    }

    /// Says how it is known who speaks, and whether the visitor has a microphone. By channel and without one where
    /// nothing is said.
    pub fn seat(&mut self, roles: Roles, visitor_heard: bool) {
        self.speakers = Speakers::new(roles);
        (self.scribe.roles, self.scribe.visitor_heard) = (roles, visitor_heard);
    }

    /// The clerk spoke, or on a microphone for both whoever did. `scores` are the likelihood ratios of the phrases
    /// found in this hypothesis alone; `level` is that of the speech.
    pub fn clerk_spoke(
        &mut self,
        heard: &Hypothesis,
        scores: &[PhraseScore],
        level: Dbfs,
        out: &mut Vec<Finding>,
    ) {
        let from = out.len();
        let utterance = Utterance { span: heard.span, level, heard: Some(heard) };
        let speaker = self.speakers.speaker(level);
        if speaker == Some(Role::Visitor) {
            self.hear_visitor(utterance, out);
        } else {
            self.hear_clerk(heard, scores, utterance, speaker.is_some(), out);
        }
        self.look(out);
        self.settle(&mut out[from..]);
    }

    fn hear_clerk(
        &mut self,
        heard: &Hypothesis,
        scores: &[PhraseScore],
        utterance: Utterance<'_>,
        sure_of_speaker: bool,
        out: &mut Vec<Finding>,
    ) {
        self.pass(heard.span.start, out);
        let answer = self.answer_by(heard);
        if answer.is_some() || self.turn.is_over(heard.span.start) {
            self.end_turn(heard.span.start, out);
        }
        let (turn, settled) = self.turn.push(heard);
        let all = self.book.lexicon().find(&self.turn.speech);
        self.turn.take_back(&all, out);
        let mut hits: Vec<PhraseHit> = all.iter().filter(|hit| hit.units.end > settled).cloned().collect();
        Turn::refuse_doubtful(&self.book, &mut hits, settled, scores);
        self.open_encounter(&hits, heard, answer, out);
        self.speakers.heard(sure_of_speaker);
        let unheard = self.scribe.visitor_unheard();
        self.obligations.clerk_spoke(turn, heard, &self.turn.speech, unheard);
        let (book, window, kind) = (Arc::clone(&self.book), self.window.clone(), self.kind());
        hits.retain(|hit| book.rule_of(hit).0.applies(&window, kind));
        self.turn.settle_overlaps(&self.book, &mut hits);
        Turn::cover_distant(&mut hits);
        for hit in &hits {
            self.weigh(hit, heard.channel, out);
        }
        self.turn.remember(&all, hits);
        self.scribe.clerk(&self.turn, utterance);
    }

    /// What the clerk, still speaking, would be accused of if `heard` were all, and what of it would be held back;
    /// nothing is judged by it.
    pub fn foresee(&self, heard: &Hypothesis, scores: &[PhraseScore]) -> Vec<Foreseen> {
        if !self.speakers.by_channel() {
            // Nobody is accused in haste where it is not even sure who speaks.
            return Vec::new();
        }
        let mut turn = match self.turn.is_over(heard.span.start) {
            true => Turn::default(),
            false => self.turn.clone(),
        };
        let (_, settled) = turn.push(heard);
        let mut hits = self.book.lexicon().find(&turn.speech);
        let kind = self.kind();
        let in_force = |hit: &PhraseHit| self.book.rule_of(hit).0.applies(&self.window, kind);
        hits.retain(|hit| hit.units.end > settled && in_force(hit));
        Turn::refuse_doubtful(&self.book, &mut hits, settled, scores);
        turn.settle_overlaps(&self.book, &mut hits);
        let accuses = |hit: &&PhraseHit| self.book.charges(hit);
        let foreseen = hits.iter().filter(accuses).map(|hit| Foreseen {
            finding: self.finding(self.book.rule_of(hit).0, hit, &turn.speech, heard.channel),
            units: hit.units.start.saturating_sub(settled)..hit.units.end - settled,
            verified: hit.ratio.is_some() || hit.literal(),
        });
        let mut foreseen: Vec<Foreseen> = foreseen.collect();
        let mut cooldown = self.cooldown.clone();
        foreseen.iter_mut().for_each(|f| cooldown.settle(&self.book, std::slice::from_mut(&mut f.finding)));
        foreseen
    }

    /// Judges by another rulebook from here on. What is owed and what was said stays, under the rules of the same
    /// id; rules that are no more are forgotten.
    pub fn adopt(&mut self, book: Arc<CompiledBook>) {
        let rules = self.book.rules_in(&book);
        self.turn.adopt(&self.book.phrases_in(&book));
        self.obligations.adopt(Arc::clone(&book), &rules);
        self.composition.adopt(Arc::clone(&book), &rules);
        let mut credits = vec![0; book.rulebook().rules().len()];
        for (old, given) in self.credits.iter().enumerate() {
            if let Some(new) = rules[old] {
                credits[new] = *given;
            }
        }
        self.credits = credits;
        self.book = book;
    }

    /// The visitor spoke. What was said, where `heard` has it, is never judged by the rules for the clerk's words.
    pub fn visitor_spoke(
        &mut self,
        span: Span,
        level: Dbfs,
        heard: Option<&Hypothesis>,
        out: &mut Vec<Finding>,
    ) {
        let from = out.len();
        self.hear_visitor(Utterance { span, level, heard }, out);
        self.look(out);
        self.settle(&mut out[from..]);
    }

    /// The hall reported this; it counts from its own time on, or at once where that is past.
    pub fn reported(&mut self, report: Report) {
        let place = self.reports.partition_point(|other| other.at <= report.at);
        self.reports.insert(place, report);
    }

    /// Whatever was said in `span` was not heard.
    pub fn not_heard(&mut self, span: Span) {
        self.obligations.not_heard(span);
        self.scribe.lose(span);
    }

    /// Nobody said anything up to `until`, and the clerk nothing up to `clerk`, which is no earlier.
    pub fn quiet(&mut self, until: SessionTime, clerk: SessionTime, out: &mut Vec<Finding>) {
        let from = out.len();
        self.pass(until, out);
        self.clerk_silent(clerk, out);
        self.scribe.passed(until, clerk);
        self.look(out);
        self.settle(&mut out[from..]);
    }

    /// The encounters that ended since this was asked last, in the order of their ends.
    pub fn closed(&mut self) -> std::vec::Drain<'_, Encounter> {
        self.closed.drain(..)
    }

    /// Whether there are any.
    pub fn has_closed(&self) -> bool {
        !self.closed.is_empty()
    }

    /// What kind of encounter is open, and since when.
    pub fn encounter(&self) -> Option<(EncounterKind, SessionTime)> {
        self.encounters.open.as_ref().map(|open| (open.kind, open.span.start))
    }

    /// How the open encounter fares so far.
    pub fn standing(&self) -> Standing {
        self.obligations.standing()
    }

    /// What one call found is qualified before anybody sees it.
    fn settle(&mut self, found: &mut [Finding]) {
        self.cooldown.settle(&self.book, found);
        self.speakers.qualify(found);
    }

    /// Shows the composed rules what is known now.
    fn look(&mut self, out: &mut Vec<Finding>) {
        if self.scribe.is_full() {
            self.turn_the_page(out);
        }
        // Words that may have been no answer are not part of the call yet.
        let unsettled = self.encounters.open.as_ref().and_then(|open| open.call.as_ref());
        if unsettled.is_some_and(|call| call.answer.is_some() && !call.sure) {
            return;
        }
        if let Some(scene) = self.scribe.scene().filter(|scene| scene.is_taken()) {
            self.composition.look(scene, out);
        }
    }

    /// The clerk's turn is over, as is known from `at` on.
    fn end_turn(&mut self, at: SessionTime, out: &mut Vec<Finding>) {
        if self.turn.span.is_some() {
            self.obligations.turn_ended(&self.turn.speech, at, out);
            self.scribe.clerk_turn_over();
            self.speakers.turn_over(out);
        }
        self.turn = Turn::default();
    }

    fn weigh(&mut self, hit: &PhraseHit, channel: ChannelIndex, out: &mut Vec<Finding>) {
        let book = Arc::clone(&self.book);
        let (rule, index, role) = book.rule_of(hit);
        if matches!(role, PhraseRole::Condition(_)) {
            return;
        }
        let credits = rule.finding_kind() == FindingKind::Credit;
        if hit.passed() && credits && rule.provision == ASKS_TO_WAIT {
            self.encounters.waiting(hit.span.start);
        }
        if hit.passed() && self.obligations.is_farewell(hit) {
            self.encounters.parting(hit.span.start);
        }
        match rule.finding_kind() {
            FindingKind::Forbidden => {
                let finding = self.finding(rule, hit, &self.turn.speech, channel);
                if hit.passed() {
                    self.turn.charge(hit, &finding);
                }
                out.push(finding);
            }
            FindingKind::Credit => self.credit(rule, index, hit, channel, out),
            _ => self.obligations.phrase_heard(hit, channel),
        }
    }

    /// Credit is given a limited number of times an encounter: courtesy is not counted by the word.
    fn credit(
        &mut self,
        rule: &Rule,
        index: usize,
        hit: &PhraseHit,
        channel: ChannelIndex,
        out: &mut Vec<Finding>,
    ) {
        if let RuleKind::Credit { at_most, .. } = rule.kind
            && hit.passed()
            && self.credits[index] < at_most
        {
            self.credits[index] += 1;
            out.push(self.finding(rule, hit, &self.turn.speech, channel));
        }
    }

    fn finding(&self, rule: &Rule, hit: &PhraseHit, speech: &Speech, channel: ChannelIndex) -> Finding {
        Finding {
            window: self.window.clone(),
            kind: rule.finding_kind(),
            provision: rule.provision.clone(),
            rule: rule.id.clone(),
            severity: rule.severity,
            phrase: hit.wording.clone(),
            heard: hit.heard.clone(),
            channel,
            span: hit.span,
            due: hit.span.end,
            sureness: sureness_of(hit),
            state: if hit.passed() { FindingState::Confirmed } else { FindingState::Held },
            cites: rule.cites.clone(),
            reason: hit.explain(),
            reason_zh: hit.explain_zh(),
            evidence: Evidence::of(hit, speech),
            needs_review: false,
        }
    }
}

//! Judge. In: what the clerk and the visitor said, in order of time. Out: `Finding`. Thread: judge.
//!
//! One judge a window. It knows session time only, so that a replay judges as the live run did.

use std::ops::Range;
use std::sync::Arc;

use super::book::CompiledBook;
use super::cooldown::Cooldown;
use super::encounter::{EncounterConfig, EncounterTracker};
use super::obligations::Obligations;
use super::rulebook::{PhraseRole, Rule, RuleKind};
use super::scene::EncounterKind;
use super::sureness::{PhraseScore, sureness_of};
use super::turn::Turn;
use super::{Finding, FindingKind, FindingState};
use crate::asr::Hypothesis;
use crate::phrase::{PhraseHit, Source};
use crate::units::{ChannelIndex, Role, SessionTime, Span, WindowId};

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
            encounters: EncounterTracker::new(config),
            turn: Turn::default(),
            book,
            window,
            credits,
            cooldown: Cooldown::default(),
        }
    }

    /// The clerk spoke. `scores` are the likelihood ratios of the phrases found in this hypothesis alone.
    pub fn clerk_spoke(&mut self, heard: &Hypothesis, scores: &[PhraseScore], out: &mut Vec<Finding>) {
        let from = out.len();
        self.time_passed(heard.span.start, out);
        if self.turn.is_over(heard.span.start) {
            self.end_turn(heard.span.start, out);
        }
        let (turn, settled) = self.turn.push(heard);
        let mut hits = self.book.lexicon().find(&self.turn.speech);
        self.turn.take_back(&hits, out);
        hits.retain(|hit| hit.units.end > settled && self.asks(hit));
        Turn::refuse_doubtful(&self.book, &mut hits, settled, scores);
        self.open_encounter(&hits, heard, out);
        self.obligations.clerk_spoke(turn, heard, &self.turn.speech);
        self.turn.settle_overlaps(&self.book, &mut hits);
        for hit in &hits {
            self.weigh(hit, heard.channel, out);
        }
        self.cooldown.settle(&self.book, &mut out[from..]);
    }

    /// What the clerk, still speaking, would be accused of if `heard` were all, and what of it would be held back;
    /// nothing is judged by it.
    pub fn foresee(&self, heard: &Hypothesis, scores: &[PhraseScore]) -> Vec<Foreseen> {
        let mut turn = match self.turn.is_over(heard.span.start) {
            true => Turn::default(),
            false => self.turn.clone(),
        };
        let (_, settled) = turn.push(heard);
        let mut hits = self.book.lexicon().find(&turn.speech);
        hits.retain(|hit| hit.units.end > settled && self.asks(hit));
        Turn::refuse_doubtful(&self.book, &mut hits, settled, scores);
        turn.settle_overlaps(&self.book, &mut hits);
        let accuses = |hit: &&PhraseHit| self.book.charges(hit);
        let foreseen = hits.iter().filter(accuses).map(|hit| Foreseen {
            finding: self.finding(self.book.rule_of(hit).0, hit, heard.channel),
            units: hit.units.start.saturating_sub(settled)..hit.units.end - settled,
            verified: hit.ratio.is_some() || matches!(hit.source, Source::Characters | Source::Syllables),
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
        let mut credits = vec![0; book.rulebook().rules().len()];
        for (old, given) in self.credits.iter().enumerate() {
            if let Some(new) = rules[old] {
                credits[new] = *given;
            }
        }
        self.credits = credits;
        self.book = book;
    }

    /// The visitor spoke: the clerk's turn is over, unless they talk at the same time.
    pub fn visitor_spoke(&mut self, span: Span, out: &mut Vec<Finding>) {
        let from = out.len();
        self.time_passed(span.start, out);
        if self.turn.span.is_some_and(|turn| turn.end <= span.start) {
            self.end_turn(span.end, out);
        }
        if self.encounters.speech(Role::Visitor, span) {
            self.begin_encounter(span);
        }
        self.obligations.visitor_spoke(span);
        self.cooldown.settle(&self.book, &mut out[from..]);
    }

    /// A telephone rang for `burst`.
    pub fn ring(&mut self, burst: Span, _out: &mut Vec<Finding>) {
        let _ = burst;
    }

    /// Whatever was said in `span` was not heard.
    pub fn not_heard(&mut self, span: Span) {
        self.obligations.not_heard(span);
    }

    /// Nobody said anything up to `now`.
    pub fn time_passed(&mut self, now: SessionTime, out: &mut Vec<Finding>) {
        let from = out.len();
        if let Some(over) = self.turn.over_at().filter(|over| *over <= now) {
            self.end_turn(over, out);
        }
        if let Some((closed, at)) = self.encounters.advance(now) {
            self.end_encounter(closed, at, out);
        }
        self.clerk_silent(now, out);
        self.cooldown.settle(&self.book, &mut out[from..]);
    }

    /// The clerk said nothing more up to `now`, whoever else did.
    pub fn clerk_silent(&mut self, now: SessionTime, out: &mut Vec<Finding>) {
        let from = out.len();
        if let Some(over) = self.turn.over_at().filter(|over| *over <= now) {
            self.end_turn(over, out);
        }
        self.obligations.time_passed(now, out);
        self.cooldown.settle(&self.book, &mut out[from..]);
    }

    /// When the open encounter began.
    pub fn encounter_since(&self) -> Option<SessionTime> {
        self.encounters.open_since()
    }

    /// The session ends at `at`.
    pub fn finish(&mut self, at: SessionTime, out: &mut Vec<Finding>) {
        let from = out.len();
        if let Some(closed) = self.encounters.close() {
            self.end_encounter(closed, at, out);
        }
        self.cooldown.settle(&self.book, &mut out[from..]);
    }

    /// Whether the rule of a phrase is asked at this window, in the encounter that is open.
    fn asks(&self, hit: &PhraseHit) -> bool {
        self.book.rule_of(hit).0.applies(&self.window, EncounterKind::Counter)
    }

    fn open_encounter(&mut self, hits: &[PhraseHit], heard: &Hypothesis, out: &mut Vec<Finding>) {
        let greets = hits.iter().any(|hit| hit.passed() && self.obligations.is_greeting(hit));
        let alone = self.turn.span.is_some_and(|turn| turn.start == heard.span.start);
        if greets && alone && self.encounters.is_parting() {
            // Back-to-back visitors: a greeting after a farewell is for the next one.
            if let Some(closed) = self.encounters.close() {
                let turn = std::mem::take(&mut self.turn);
                self.end_encounter(closed, heard.span.end, out);
                self.turn = turn;
            }
        }
        if self.encounters.speech(Role::Clerk, heard.span) {
            self.begin_encounter(heard.span);
        }
    }

    fn begin_encounter(&mut self, first: Span) {
        self.credits.fill(0);
        self.obligations.encounter_began(first.start);
    }

    /// The encounter of `span` is over, as is known from `at` on.
    fn end_encounter(&mut self, span: Span, at: SessionTime, out: &mut Vec<Finding>) {
        self.end_turn(at, out);
        self.obligations.encounter_ended(span, at, out);
    }

    /// The turn is over, as is known from `at` on.
    fn end_turn(&mut self, at: SessionTime, out: &mut Vec<Finding>) {
        if self.turn.span.is_some() {
            self.obligations.turn_ended(&self.turn.speech, at, out);
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
                let finding = self.finding(rule, hit, channel);
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
            out.push(self.finding(rule, hit, channel));
        }
    }

    fn finding(&self, rule: &Rule, hit: &PhraseHit, channel: ChannelIndex) -> Finding {
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
            evidence: Default::default(),
            needs_review: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::rulebook::Rulebook;
    use super::*;
    use crate::asr::HeardChar;
    use crate::mandarin::{is_punctuation, syllable_of};

    /// `text` spoken at five characters a second from `start_s` on.
    fn heard(start_s: f64, text: &str) -> Hypothesis {
        let mut at = SessionTime::from_seconds(start_s);
        let chars = text.chars().map(|ch| {
            let start = at;
            at = at.plus(if is_punctuation(ch) { 0 } else { 3_200 });
            HeardChar { ch, syllable: syllable_of(ch), span: Span::new(start, at), probability: 0.9 }
        });
        let chars: Vec<HeardChar> = chars.collect();
        Hypothesis {
            channel: ChannelIndex(0),
            role: Role::Clerk,
            span: Span::new(SessionTime::from_seconds(start_s), at),
            chars,
            mean_log_prob: -0.1,
            goes_on: false,
        }
    }

    fn judged(script: &[(f64, &str)]) -> Vec<(FindingState, String)> {
        let book = CompiledBook::compile(Rulebook::builtin().unwrap()).unwrap();
        let mut judge = Judge::new(Arc::new(book), WindowId::new("1"), EncounterConfig::default());
        let mut out = Vec::new();
        for (start_s, text) in script {
            judge.clerk_spoke(&heard(*start_s, text), &[], &mut out);
        }
        let mut settled = Vec::new();
        let forbidden = out.into_iter().filter(|f| f.kind == FindingKind::Forbidden);
        forbidden.for_each(|finding| finding.settle_into(&mut settled));
        settled.retain(|f| f.state != FindingState::Held);
        settled.into_iter().map(|f| (f.state, f.heard)).collect()
    }

    #[test]
    fn an_accusation_is_taken_back_when_the_turn_goes_on_innocently() {
        use FindingState::{Confirmed, Retracted};
        for (script, state) in [
            (vec![(0.0, "不知道")], Confirmed),
            (vec![(0.0, "不知道"), (1.4, "我帮您查一下")], Retracted),
            (vec![(0.0, "不知道"), (4.0, "我帮您查一下")], Confirmed),
        ] {
            assert_eq!(judged(&script), [(state, "不知道".to_owned())], "{script:?}");
        }
    }

    #[test]
    fn a_phrase_that_goes_on_after_a_pause_is_one_accusation() {
        let findings = judged(&[(0.0, "我不管"), (1.2, "问别人去")]);
        assert_eq!(findings.len(), 1, "{findings:?}");
    }
}

//! Judge. In: what the clerk and the visitor said, in order of time. Out: `Finding`. Thread: judge.
//!
//! One judge a window. It knows session time only, so that a replay judges as the live run did.

use std::ops::Range;
use std::sync::Arc;

use super::book::CompiledBook;
use super::encounter::{EncounterConfig, EncounterTracker};
use super::obligations::Obligations;
use super::rulebook::{Rule, RuleKind};
use super::sureness::{PhraseScore, sureness_of, verify};
use super::{Finding, FindingKind, FindingState};
use crate::asr::Hypothesis;
use crate::phrase::{HeldBack, PhraseHit, Speech, Verdict, overlap};
use crate::units::{ChannelIndex, Role, SessionTime, Span, WindowId};

/// Silence of the clerk after which the next words are a new turn, although nobody else spoke.
const TURN_GAP_S: f64 = 2.0;

/// Characters after which a turn that never ends is taken to have ended: nothing said that long ago bears on
/// what is said now, and the whole turn is searched at every pause.
const TURN_CHARS_MAX: usize = 200;

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
}

/// The clerk's turn that is going on.
#[derive(Default)]
struct Turn {
    speech: Speech,
    span: Option<Span>,
    /// What of `speech` already made a finding: one spoken occurrence makes one.
    charged: Vec<Charge>,
}

/// An accusation that stands as long as the turn does not take it back.
struct Charge {
    /// Index of the phrase in the lexicon.
    phrase: usize,
    units: Range<usize>,
    /// What it covers with what the clerk went on to say of the same kind: 我不管, and then 问别人去.
    reach: Range<usize>,
    finding: Option<Finding>,
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
        }
    }

    /// The clerk spoke. `scores` are the likelihood ratios of the phrases found in this hypothesis alone.
    pub fn clerk_spoke(&mut self, heard: &Hypothesis, scores: &[PhraseScore], out: &mut Vec<Finding>) {
        self.time_passed(heard.span.start, out);
        let gap = self.turn.span.map(|turn| Span { start: turn.end, end: heard.span.start }.seconds());
        if gap.is_some_and(|gap| gap >= TURN_GAP_S) || self.turn.speech.len() > TURN_CHARS_MAX {
            self.end_turn(out);
        }
        let settled = self.turn.speech.len();
        self.turn.speech.push(heard);
        let turn = self.turn.span.get_or_insert(heard.span);
        turn.end = turn.end.max(heard.span.end);
        let turn = *turn;

        let mut hits = self.book.lexicon().find(&self.turn.speech);
        self.take_back(&hits, out);
        hits.retain(|hit| hit.units.end > settled);
        self.refuse_doubtful(&mut hits, settled, scores);
        self.open_encounter(&hits, heard, out);
        self.obligations.clerk_spoke(turn, heard, &self.turn.speech);
        self.settle_overlaps(&mut hits);
        for hit in &hits {
            self.weigh(hit, heard.channel, out);
        }
    }

    /// The visitor spoke: the clerk's turn is over, unless they talk at the same time.
    pub fn visitor_spoke(&mut self, span: Span, out: &mut Vec<Finding>) {
        self.time_passed(span.start, out);
        if self.turn.span.is_some_and(|turn| turn.end <= span.start) {
            self.end_turn(out);
        }
        if self.encounters.speech(Role::Visitor, span) {
            self.begin_encounter(span);
        }
        self.obligations.visitor_spoke(span);
    }

    /// Whatever was said in `span` was not heard.
    pub fn not_heard(&mut self, span: Span) {
        self.obligations.not_heard(span);
    }

    /// Nobody said anything up to `now`.
    pub fn time_passed(&mut self, now: SessionTime, out: &mut Vec<Finding>) {
        if let Some(closed) = self.encounters.advance(now) {
            self.end_encounter(closed, out);
        }
        self.obligations.time_passed(now, out);
    }

    /// The session ends.
    pub fn finish(&mut self, out: &mut Vec<Finding>) {
        if let Some(closed) = self.encounters.close() {
            self.end_encounter(closed, out);
        }
    }

    fn open_encounter(&mut self, hits: &[PhraseHit], heard: &Hypothesis, out: &mut Vec<Finding>) {
        let greets = hits.iter().any(|hit| hit.passed() && self.obligations.is_greeting(hit));
        let alone = self.turn.span.is_some_and(|turn| turn.start == heard.span.start);
        if greets && alone && self.encounters.is_parting() {
            // Back-to-back visitors: a greeting after a farewell is for the next one.
            if let Some(closed) = self.encounters.close() {
                let turn = std::mem::take(&mut self.turn);
                self.end_encounter(closed, out);
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

    fn end_encounter(&mut self, span: Span, out: &mut Vec<Finding>) {
        self.end_turn(out);
        self.obligations.encounter_ended(span, out);
    }

    fn end_turn(&mut self, out: &mut Vec<Finding>) {
        if self.turn.span.is_some() {
            self.obligations.turn_ended(&self.turn.speech, out);
        }
        self.turn = Turn::default();
    }

    /// Holds back what the audio does not bear out. Only accusations need proof: a greeting half heard is heard.
    fn refuse_doubtful(&self, hits: &mut [PhraseHit], settled: usize, scores: &[PhraseScore]) {
        let open = |hit: &PhraseHit| hit.passed() || hit.verdict == Verdict::Held(HeldBack::Distant);
        for hit in hits.iter_mut().filter(|hit| open(hit)) {
            let (rule, _, _) = self.book.rule_of(hit);
            if rule.finding_kind() == FindingKind::Forbidden {
                hit.verdict = verify(hit, settled, scores);
            }
        }
    }

    /// Withdraws accusations that the rest of the turn made innocent: 不知道, and then 我帮您查一下.
    fn take_back(&mut self, hits: &[PhraseHit], out: &mut Vec<Finding>) {
        for charge in &mut self.turn.charged {
            let same = |hit: &&PhraseHit| hit.phrase == charge.phrase && overlap(&hit.units, &charge.units);
            let now = hits.iter().find(same).map(|hit| &hit.verdict);
            let Some(Verdict::Held(innocent)) = now.filter(|_| charge.finding.is_some()) else { continue };
            if !innocent.is_guard() {
                continue;
            }
            if let Some(finding) = charge.finding.take() {
                out.push(Finding {
                    state: FindingState::Retracted,
                    reason: format!("{}; taken back: {innocent}", finding.reason),
                    ..finding
                });
            }
        }
    }

    /// Of the forbidden phrases found in the same words keeps the one that explains them best.
    fn settle_overlaps(&mut self, hits: &mut [PhraseHit]) {
        let forbidden = |hit: &PhraseHit| self.book.rule_of(hit).0.finding_kind() == FindingKind::Forbidden;
        let mut order: Vec<usize> =
            (0..hits.len()).filter(|i| hits[*i].passed() && forbidden(&hits[*i])).collect();
        let worth = |hit: &PhraseHit| hit.syllables as f32 - 2.0 * hit.cost;
        order.sort_by(|a, b| worth(&hits[*b]).total_cmp(&worth(&hits[*a])).then(a.cmp(b)));
        for index in order {
            let (phrase, units) = (hits[index].phrase, hits[index].units.clone());
            let Some(charge) = self.turn.charged.iter_mut().find(|c| overlap(&c.reach, &units)) else {
                self.turn.charged.push(Charge { phrase, reach: units.clone(), units, finding: None });
                continue;
            };
            let rule_of = |phrase: usize| self.book.rule_of_phrase(phrase).1;
            if rule_of(charge.phrase) == rule_of(phrase) {
                charge.reach = charge.reach.start.min(units.start)..charge.reach.end.max(units.end);
            }
            hits[index].verdict = Verdict::Held(HeldBack::Covered);
        }
        for hit in hits.iter_mut().filter(|hit| hit.verdict == Verdict::Held(HeldBack::Unscored)) {
            if self.turn.charged.iter().any(|charge| overlap(&charge.reach, &hit.units)) {
                hit.verdict = Verdict::Held(HeldBack::Covered);
            }
        }
    }

    fn weigh(&mut self, hit: &PhraseHit, channel: ChannelIndex, out: &mut Vec<Finding>) {
        let book = Arc::clone(&self.book);
        let (rule, index, _) = book.rule_of(hit);
        if hit.passed() && rule.provision == ASKS_TO_WAIT {
            self.encounters.waiting(hit.span.start);
        }
        if hit.passed() && self.obligations.is_farewell(hit) {
            self.encounters.parting(hit.span.start);
        }
        match rule.finding_kind() {
            FindingKind::Forbidden => {
                let finding = self.finding(rule, hit, channel);
                let charge =
                    self.turn.charged.iter_mut().find(|c| c.phrase == hit.phrase && c.units == hit.units);
                if let (Some(charge), true) = (charge, hit.passed()) {
                    charge.finding = Some(finding.clone());
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
            sureness: sureness_of(hit),
            state: if hit.passed() { FindingState::Confirmed } else { FindingState::Held },
            cites: rule.cites.clone(),
            reason: hit.explain(),
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

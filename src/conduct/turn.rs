//! The clerk's turn that is going on: its words, and what of them was already judged.

use std::ops::Range;

use super::book::CompiledBook;
use super::sureness::{PhraseScore, verify};
use super::{Finding, FindingState};
use crate::asr::Hypothesis;
use crate::phrase::{HeldBack, PhraseHit, Speech, Verdict, overlap};
use crate::units::{SessionTime, Span};

/// Silence of the clerk after which the next words are a new turn, although nobody else spoke.
const TURN_GAP_S: f64 = 2.0;

/// Characters after which a turn that never ends is taken to have ended: nothing said that long ago bears on
/// what is said now, and the whole turn is searched at every pause.
const TURN_CHARS_MAX: usize = 200;

/// Words of the clerk that nobody interrupted.
#[derive(Clone, Default)]
pub(super) struct Turn {
    pub speech: Speech,
    pub span: Option<Span>,
    /// What of `speech` already made a finding: one spoken occurrence makes one.
    pub charged: Vec<Charge>,
    /// Every phrase found in it, as it was judged.
    pub hits: Vec<PhraseHit>,
}

/// An accusation that stands as long as the turn does not take it back.
#[derive(Clone)]
pub(super) struct Charge {
    /// Index of the phrase in the lexicon.
    pub phrase: usize,
    pub units: Range<usize>,
    /// What it covers with what the clerk went on to say of the same kind: 我不管, and then 问别人去.
    pub reach: Range<usize>,
    pub finding: Option<Finding>,
}

impl Turn {
    /// When silence alone ends it; `None` before its first words.
    pub fn over_at(&self) -> Option<SessionTime> {
        self.span.map(|span| span.end.plus(SessionTime::from_seconds(TURN_GAP_S).0))
    }

    /// Whether words that begin at `start` belong to the next turn.
    pub fn is_over(&self, start: SessionTime) -> bool {
        self.over_at().is_some_and(|over| start >= over) || self.speech.len() > TURN_CHARS_MAX
    }

    /// Adds what was heard; gives the span of the turn and where the words begin in its speech.
    pub fn push(&mut self, heard: &Hypothesis) -> (Span, usize) {
        let settled = self.speech.len();
        self.speech.push(heard);
        let span = self.span.get_or_insert(heard.span);
        span.end = span.end.max(heard.span.end);
        (*span, settled)
    }

    /// Withdraws accusations that the rest of the turn made innocent: 不知道, and then 我帮您查一下.
    pub fn take_back(&mut self, hits: &[PhraseHit], out: &mut Vec<Finding>) {
        for charge in &mut self.charged {
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
                    reason_zh: format!("{}；已收回：{}", finding.reason_zh, innocent.zh()),
                    ..finding
                });
            }
        }
    }

    /// Holds back what the audio does not bear out. Only accusations need proof: a greeting half heard is heard.
    pub fn refuse_doubtful(
        book: &CompiledBook,
        hits: &mut [PhraseHit],
        settled: usize,
        scores: &[PhraseScore],
    ) {
        let open = |hit: &PhraseHit| hit.passed() || hit.verdict == Verdict::Held(HeldBack::Distant);
        for hit in hits.iter_mut().filter(|hit| open(hit) && !book.without().verification) {
            if book.needs_proof(hit) {
                hit.verdict = verify(hit, settled, scores);
            }
        }
    }

    /// Of the forbidden phrases found in the same words keeps the one that explains them best.
    pub fn settle_overlaps(&mut self, book: &CompiledBook, hits: &mut [PhraseHit]) {
        let mut order: Vec<usize> =
            (0..hits.len()).filter(|i| hits[*i].passed() && book.charges(&hits[*i])).collect();
        let worth = |hit: &PhraseHit| hit.syllables as f32 - 2.0 * hit.cost;
        order.sort_by(|a, b| worth(&hits[*b]).total_cmp(&worth(&hits[*a])).then(a.cmp(b)));
        for index in order {
            let (phrase, units) = (hits[index].phrase, hits[index].units.clone());
            let Some(charge) = self.charged.iter_mut().find(|c| overlap(&c.reach, &units)) else {
                self.charged.push(Charge { phrase, reach: units.clone(), units, finding: None });
                continue;
            };
            let rule_of = |phrase: usize| book.rule_of_phrase(phrase).1;
            if rule_of(charge.phrase) == rule_of(phrase) {
                charge.reach = charge.reach.start.min(units.start)..charge.reach.end.max(units.end);
            }
            hits[index].verdict = Verdict::Held(HeldBack::Covered);
        }
        for hit in hits.iter_mut().filter(|hit| hit.verdict == Verdict::Held(HeldBack::Unscored)) {
            if self.charged.iter().any(|charge| overlap(&charge.reach, &hit.units)) {
                hit.verdict = Verdict::Held(HeldBack::Covered);
            }
        }
    }

    /// Remembers what the accusation that `hit` makes says.
    pub fn charge(&mut self, hit: &PhraseHit, finding: &Finding) {
        let same = |c: &&mut Charge| c.phrase == hit.phrase && c.units == hit.units;
        if let Some(charge) = self.charged.iter_mut().find(same) {
            charge.finding = Some(finding.clone());
        }
    }

    /// Words that are plainly one phrase are not half of another: 您好 is no half-heard 走好.
    pub fn cover_distant(hits: &mut [PhraseHit]) {
        let plain: Vec<Range<usize>> =
            hits.iter().filter(|hit| hit.passed() && hit.literal()).map(|hit| hit.units.clone()).collect();
        for hit in hits.iter_mut().filter(|hit| hit.verdict == Verdict::Held(HeldBack::Distant)) {
            if plain.iter().any(|units| overlap(units, &hit.units)) {
                hit.verdict = Verdict::Held(HeldBack::Covered);
            }
        }
    }

    /// Keeps the phrases found in the newest words; `all` are those of the whole turn, before they were judged.
    pub fn remember(&mut self, all: &[PhraseHit], newest: Vec<PhraseHit>) {
        for known in &mut self.hits {
            let same = |hit: &&PhraseHit| hit.phrase == known.phrase && hit.units == known.units;
            if let Some(Verdict::Held(innocent)) = all.iter().find(same).map(|hit| &hit.verdict)
                && innocent.is_guard()
            {
                known.verdict = Verdict::Held(innocent.clone());
            }
        }
        self.hits.extend(newest);
    }

    /// Goes on under another rulebook: `phrases` gives the place of each phrase in it.
    pub fn adopt(&mut self, phrases: &[Option<usize>]) {
        for charge in &mut self.charged {
            // A phrase that is no more still covers its words, and can no longer be taken back.
            charge.phrase = phrases.get(charge.phrase).copied().flatten().unwrap_or(usize::MAX);
        }
        self.hits.retain_mut(|hit| match phrases.get(hit.phrase).copied().flatten() {
            Some(new) => {
                hit.phrase = new;
                true
            }
            None => false,
        });
    }
}

//! Obligations: what has to be said in a situation, and whether it was.
//!
//! Absence is three-valued. What was heard owes nothing; what was surely not said is *missing*; and where
//! speech was not understood, or something near it was said, the finding is *unknown* and costs nothing.

mod standing;
mod visit;

use std::sync::Arc;

use super::book::CompiledBook;
use super::rulebook::{PhraseRole, Rule, RuleKind, Situation};
use super::scene::EncounterKind;
use super::why::{INTERRUPTED, NEAR, NONE_HEARD, NOT_ALL, RANG};
use super::{Finding, FindingKind, FindingState, Owing};
use crate::asr::Hypothesis;
use crate::phrase::{HeldBack, PhraseHit, Speech, Verdict};
use crate::said::{Bilingual, Why};
use crate::units::{ChannelIndex, SessionTime, Span, WindowId};

pub(super) use visit::Suspended;
use visit::{Owed, Triggered, Visit};

/// Clerk's speech longer than this that gave no words leaves it open what was said in it.
const UNHEARD_MIN_S: f64 = 0.3;

/// A hit that sounds distantly like its phrase.
const DISTANT: Verdict = Verdict::Held(HeldBack::Distant);

/// What one window's clerk owes.
pub(super) struct Obligations {
    book: Arc<CompiledBook>,
    window: WindowId,
    /// Of the encounter that is open.
    kind: EncounterKind,
    visit: Visit,
    owed: Vec<Owed>,
    triggered: Vec<Triggered>,
    /// Expectations met in the turn that is going on: rule, index of the expectation.
    met: Vec<(usize, usize)>,
    /// Rules of which something near to an expectation was heard in it.
    near: Vec<usize>,
}

impl Obligations {
    pub fn new(book: Arc<CompiledBook>, window: WindowId) -> Self {
        Self {
            book,
            window,
            kind: EncounterKind::default(),
            visit: Visit::default(),
            owed: Vec::new(),
            triggered: Vec::new(),
            met: Vec::new(),
            near: Vec::new(),
        }
    }

    /// Goes on under another rulebook: `rules` gives the place of each rule in it.
    pub fn adopt(&mut self, book: Arc<CompiledBook>, rules: &[Option<usize>]) {
        let kept = |rule: &mut usize| match rules.get(*rule).copied().flatten() {
            Some(new) => {
                *rule = new;
                true
            }
            None => false,
        };
        self.owed.retain_mut(|owed| kept(&mut owed.rule));
        self.visit.said.retain_mut(|(rule, _)| kept(rule));
        self.visit.near.retain_mut(|(rule, _)| kept(rule));
        self.visit.settled.retain_mut(|(rule, _)| kept(rule));
        // What a rule expects may have been rewritten: what the clerk's words set off is asked of the new one afresh.
        self.triggered.clear();
        self.met.clear();
        self.near.clear();
        self.book = book;
    }

    /// A phrase owed at the start of an encounter.
    pub fn is_greeting(&self, hit: &PhraseHit) -> bool {
        matches!(self.situation(hit), Some(Situation::EncounterStart { .. }))
    }

    /// A phrase owed at the end of an encounter.
    pub fn is_farewell(&self, hit: &PhraseHit) -> bool {
        matches!(self.situation(hit), Some(Situation::EncounterEnd { .. }))
    }

    pub fn encounter_began(&mut self, kind: EncounterKind, start: SessionTime) {
        // A gap in the first words is told before the words are.
        let mut unheard = std::mem::take(&mut self.visit.unheard);
        unheard.retain(|span| span.end > start);
        self.visit = Visit { unheard, ..Visit::default() };
        (self.kind, self.owed) = (kind, Vec::new());
        let book = Arc::clone(&self.book);
        for (index, situation) in self.required(&book) {
            if let Situation::EncounterStart { within_s } = situation {
                self.owe(index, start, within_s, None);
            }
        }
    }

    /// `unheard` is when the visitor's microphone delivered nothing; `None` where the visitor has none.
    pub fn clerk_spoke(&mut self, turn: Span, heard: &Hypothesis, speech: &Speech, unheard: Option<&[Span]>) {
        self.began(heard.span.start);
        if !heard.chars.is_empty() {
            self.wait_ended(heard.span, unheard);
        }
        self.visit.channel = heard.channel;
        self.visit.clerk_turn = Some(turn);
        self.visit.last_words = heard.span;
        if heard.chars.is_empty() && heard.span.seconds() >= UNHEARD_MIN_S {
            self.visit.unheard.push(heard.span);
        }
        self.visit.words = speech.text(0..speech.len());
        self.visit.probability = speech.probability();
    }

    pub fn visitor_spoke(&mut self, span: Span) {
        self.began(span.start);
        if !self.visit.visitor_spoke {
            self.visit.known_at = self.visit.known_at.max(span.end);
        }
        self.visit.visitor_since += span.samples();
        self.visit.visitor_spoke = true;
    }

    /// Whatever was said in `span` was not heard.
    pub fn not_heard(&mut self, span: Span) {
        match self.visit.unheard.last_mut().filter(|last| last.end == span.start) {
            // A source that is gone is told of piece by piece.
            Some(last) => last.end = span.end,
            None => self.visit.unheard.push(span),
        }
    }

    /// A phrase of a rule that requires something was heard from the clerk.
    pub fn phrase_heard(&mut self, hit: &PhraseHit, channel: ChannelIndex) {
        let book = Arc::clone(&self.book);
        let (rule, index, role) = book.rule_of(hit);
        match (&rule.kind, role) {
            // Half heard is not missing.
            (RuleKind::Required { .. }, _) if hit.verdict == DISTANT => {
                self.visit.near.push((index, hit.span))
            }
            (RuleKind::When { .. }, PhraseRole::Expected(_)) if hit.verdict == DISTANT => {
                self.near.push(index)
            }
            _ if !hit.passed() => {}
            (RuleKind::Required { .. }, PhraseRole::Near) => self.visit.near.push((index, hit.span)),
            (RuleKind::Required { .. }, _) => self.visit.said.push((index, hit.span)),
            (RuleKind::When { .. }, PhraseRole::Expected(expectation)) => self.met.push((index, expectation)),
            (RuleKind::When { expects, within_turns, .. }, PhraseRole::Trigger)
                if !self.triggered.iter().any(|t| t.rule == index && t.turns_left == *within_turns) =>
            {
                let open = (0..expects.len()).collect();
                let hit = hit.clone();
                self.triggered.push(Triggered {
                    rule: index,
                    hit,
                    channel,
                    turns_left: *within_turns,
                    open,
                    near: false,
                });
            }
            _ => {}
        }
    }

    /// The clerk's turn ended, as is known from `at` on; `speech` is all of it.
    pub fn turn_ended(&mut self, speech: &Speech, at: SessionTime, out: &mut Vec<Finding>) {
        self.visit.clerk_said(speech);
        self.visit.known_at = self.visit.known_at.max(at);
        let (met, near) = (std::mem::take(&mut self.met), std::mem::take(&mut self.near));
        for mut triggered in std::mem::take(&mut self.triggered) {
            triggered.open.retain(|expectation| !met.contains(&(triggered.rule, *expectation)));
            if triggered.open.is_empty() {
                continue;
            }
            triggered.near |= near.contains(&triggered.rule);
            if triggered.turns_left == 0 {
                out.push(self.expectation_missed(&triggered, speech, at));
            } else {
                triggered.turns_left -= 1;
                self.triggered.push(triggered);
            }
        }
    }

    /// Settles what fell due before `now`.
    pub fn time_passed(&mut self, now: SessionTime, out: &mut Vec<Finding>) {
        for owed in std::mem::take(&mut self.owed) {
            let answered = self.visit.clerk_turns > owed.turns_before;
            if now <= owed.due.end || !answered || !self.visit.is_real() {
                self.owed.push(owed);
            } else {
                let became = self.settle(&owed, self.visit.known_after(owed.due.end), out);
                self.visit.settled.push((owed.rule, became));
            }
        }
    }

    /// The encounter is over, as is known from `at` on; the clerk's last turn has ended. Whether somebody was served.
    pub fn encounter_ended(&mut self, span: Span, at: SessionTime, out: &mut Vec<Finding>) -> bool {
        let book = Arc::clone(&self.book);
        for (index, situation) in self.required(&book) {
            if let Situation::EncounterEnd { within_s } = situation {
                let last_turn = self.visit.clerk_turn.map_or(span.end, |turn| turn.start);
                let from = span.end.minus(SessionTime::from_seconds(f64::from(within_s)).0).min(last_turn);
                // What was lost right after the last words may have been the farewell.
                let end = span.end.plus(SessionTime::from_seconds(f64::from(within_s)).0);
                let due = Span { start: from.max(span.start), end };
                self.owed.push(Owed { rule: index, at: span.end, due, turns_before: 0, doubt: None });
            }
        }
        for owed in std::mem::take(&mut self.owed) {
            if self.visit.is_real() && self.visit.clerk_turns > owed.turns_before {
                self.settle(&owed, at, out);
            }
        }
        // A phrase still awaited when the visitor has left was not said.
        for triggered in std::mem::take(&mut self.triggered) {
            out.push(self.expectation_missed(&triggered, &Speech::default(), at));
        }
        self.met.clear();
        self.near.clear();
        std::mem::take(&mut self.visit).is_real()
    }

    /// Somebody is served in the open encounter.
    pub fn serves(&self) -> bool {
        self.visit.is_real()
    }

    /// Puts the open encounter aside: another one comes in between.
    pub fn suspend(&mut self) -> Suspended {
        Suspended {
            kind: self.kind,
            visit: std::mem::take(&mut self.visit),
            owed: std::mem::take(&mut self.owed),
            triggered: std::mem::take(&mut self.triggered),
        }
    }

    /// Goes on with an encounter that was put aside. What it still owes cannot be said to be missing any more.
    pub fn resume(&mut self, suspended: Suspended) {
        let Suspended { kind, visit, owed, triggered } = suspended;
        (self.kind, self.owed, self.triggered) = (kind, owed, triggered);
        self.visit = visit;
        self.visit.doubt = Some(INTERRUPTED);
        self.met.clear();
        self.near.clear();
    }

    /// The clerk may have turned to a telephone that rang: nothing can be said to be missing any more.
    pub fn doubt_ring(&mut self) {
        self.visit.doubt.get_or_insert(RANG);
    }

    /// Rules that require something in an encounter like the open one, with their situation.
    fn required<'b>(&self, book: &'b CompiledBook) -> impl Iterator<Item = (usize, Situation)> + use<'b> {
        let (window, kind) = (self.window.clone(), self.kind);
        let in_force = move |rule: &Rule| rule.applies(&window, kind);
        book.rulebook().rules().iter().enumerate().filter_map(move |(index, rule)| match rule.kind {
            RuleKind::Required { situation, .. } if in_force(rule) => Some((index, situation)),
            _ => None,
        })
    }

    fn situation(&self, hit: &PhraseHit) -> Option<Situation> {
        match self.book.rule_of(hit) {
            (Rule { kind: RuleKind::Required { situation, .. }, .. }, _, PhraseRole::Said) => {
                Some(*situation)
            }
            _ => None,
        }
    }

    fn owe(&mut self, rule: usize, start: SessionTime, within_s: f32, doubt: Option<Why>) {
        if !self.book.rulebook().rules()[rule].applies(&self.window, EncounterKind::Counter) {
            return;
        }
        let due = Span { start, end: start.plus(SessionTime::from_seconds(f64::from(within_s)).0) };
        self.owed.push(Owed { rule, at: start, due, turns_before: self.visit.clerk_turns, doubt });
    }

    /// Whoever was talked over is told of later and began earlier: what is owed is owed from then.
    fn began(&mut self, start: SessionTime) {
        for owed in self.owed.iter_mut().filter(|owed| start < owed.at) {
            owed.at = start;
            owed.due.start = start;
        }
    }

    /// The clerk speaks again: after a long wait inside an encounter a word about it is owed. What a visitor mutters
    /// meanwhile does not shorten it; a visitor who talked all the while was not waiting.
    fn wait_ended(&mut self, clerk: Span, unheard: Option<&[Span]>) {
        if let Some((wait, doubt)) = self.visit.waited_until(clerk.start, unheard) {
            let book = Arc::clone(&self.book);
            for (index, situation) in self.required(&book) {
                match situation {
                    Situation::AfterWait { wait_s, within_s } if wait.seconds() >= f64::from(wait_s) => {
                        self.owe(index, clerk.start, within_s, doubt);
                    }
                    _ => {}
                }
            }
        }
        self.visit.clerk_until = Some(self.visit.clerk_until.map_or(clerk.end, |until| until.max(clerk.end)));
        self.visit.visitor_since = 0;
    }

    /// What became of `owed`, as is known from `due` on.
    fn settle(&self, owed: &Owed, due: SessionTime, out: &mut Vec<Finding>) -> Owing {
        let visit = &self.visit;
        // The clerk's first words count even when they came after the time was up.
        let late = visit.clerk_turns == owed.turns_before + 1;
        // Words may be timed a little before the speech that they were heard in.
        let in_time = |span: &Span| span.end >= owed.due.start && (late || span.start <= owed.due.end);
        let among =
            |list: &[(usize, Span)]| list.iter().any(|(rule, span)| *rule == owed.rule && in_time(span));
        if among(&visit.said) {
            return Owing::Heard;
        }
        let doubt = if among(&visit.near) {
            Some(NEAR)
        } else if owed.doubt.is_some() {
            owed.doubt
        } else if visit.doubt.is_some() {
            visit.doubt
        } else if visit.unheard.iter().any(|span| in_time(span) || span.overlaps(owed.due)) {
            Some(NOT_ALL)
        } else {
            None
        };
        let rule = &self.book.rulebook().rules()[owed.rule];
        let phrases: Vec<&str> =
            rule.phrases().iter().map(|(_, spec)| spec.pattern.source()).take(3).collect();
        let span = Span { start: owed.at, end: owed.at };
        out.push(Finding {
            phrase: phrases.join(" / "),
            heard: visit.words.clone(),
            sureness: if doubt.is_some() { 0.5 } else { visit.probability },
            state: if doubt.is_some() { FindingState::Unknown } else { FindingState::Confirmed },
            due,
            ..self.missing(rule, visit.channel, span, doubt.unwrap_or(NONE_HEARD).into())
        });
        if doubt.is_some() { Owing::Unknown } else { Owing::Missing }
    }

    fn expectation_missed(&self, triggered: &Triggered, speech: &Speech, at: SessionTime) -> Finding {
        let rule = &self.book.rulebook().rules()[triggered.rule];
        let names: Vec<&str> = match &rule.kind {
            RuleKind::When { expects, .. } => {
                triggered.open.iter().filter_map(|i| expects.get(*i)).map(|e| e.name.as_str()).collect()
            }
            _ => Vec::new(),
        };
        let heard =
            if speech.is_empty() { triggered.hit.heard.clone() } else { speech.text(0..speech.len()) };
        let near = triggered.near.then_some(NEAR);
        let doubt = near.or(self.visit.doubt).or_else(|| self.visit.lost_around(triggered.hit.span));
        let missed = Bilingual::new(
            format!("after {} nothing of: {}", triggered.hit.heard, names.join(", ")),
            format!("说了“{}”之后没有说：{}", triggered.hit.heard, names.join("、")),
        );
        Finding {
            phrase: names.join(" + "),
            heard,
            sureness: if doubt.is_some() { 0.5 } else { triggered.hit.probability },
            state: if doubt.is_some() { FindingState::Unknown } else { FindingState::Confirmed },
            due: at,
            ..self.missing(rule, triggered.channel, triggered.hit.span, doubt.map_or(missed, Bilingual::from))
        }
    }

    fn missing(&self, rule: &Rule, channel: ChannelIndex, span: Span, why: Bilingual) -> Finding {
        Finding {
            window: self.window.clone(),
            kind: FindingKind::Missing,
            provision: rule.provision.clone(),
            rule: rule.id.clone(),
            severity: rule.severity,
            phrase: String::new(),
            heard: String::new(),
            channel,
            span,
            due: span.end,
            sureness: 0.0,
            state: FindingState::Confirmed,
            cites: rule.cites.clone(),
            reason: why.en,
            reason_zh: why.zh,
            evidence: Default::default(),
            needs_review: false,
        }
    }
}

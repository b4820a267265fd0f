//! Flow: how encounters begin, end and give way to one another.

use super::Judge;
use crate::asr::Hypothesis;
use crate::conduct::Finding;
use crate::conduct::call::Call;
use crate::conduct::encounter::{Encounter, Open};
use crate::conduct::obligations::Suspended;
use crate::conduct::report::{Report, ReportKind};
use crate::conduct::scene::EncounterKind;
use crate::conduct::scribe::Utterance;
use crate::phrase::PhraseHit;
use crate::units::{Role, SessionTime, Span};

/// A pause after a caller's farewell, in seconds, after which the clerk speaks to the visitor again.
const TURNS_BACK_S: f64 = 1.5;
/// Length of a burst that the hall reports, in seconds: it says when it began.
const REPORTED_RING_S: f64 = 1.0;

/// A visit that a call came into.
pub(super) struct Aside {
    pub open: Open,
    owed: Suspended,
    /// Since when the visitor waits; pushed on to the end of the call.
    since: SessionTime,
}

impl Judge {
    /// Time passes up to `now`: whatever fell due until then is settled, in its order.
    pub(super) fn pass(&mut self, now: SessionTime, out: &mut Vec<Finding>) {
        while self.reports.front().is_some_and(|report| report.at <= now) {
            let Some(report) = self.reports.pop_front() else { break };
            self.settle_until(report.at, out);
            self.take(report, out);
        }
        self.settle_until(now, out);
    }

    fn settle_until(&mut self, now: SessionTime, out: &mut Vec<Finding>) {
        if let Some(over) = self.turn.over_at().filter(|over| *over <= now) {
            self.end_turn(over, out);
        }
        self.decide_ring(now, out);
        if let Some((closed, at)) = self.encounters.advance(now) {
            self.end_encounter(closed, at, out);
            if let Some(call) = self.ringing.take().filter(|call| call.answer.is_none()) {
                self.begin_call(call);
            }
        }
        if self.encounters.open.is_none() {
            let patience = self.encounters.patience();
            let grace = self.encounters.grace();
            let over =
                |aside: &Aside| aside.open.finished.map_or(aside.since.plus(patience), |at| at.plus(grace));
            if let Some(at) = self.aside.as_ref().map(over).filter(|over| *over <= now) {
                self.end_aside(at, out);
            }
        }
        self.clerk_silent(now, out);
    }

    /// The clerk said nothing more up to `now`, whoever else did.
    pub(super) fn clerk_silent(&mut self, now: SessionTime, out: &mut Vec<Finding>) {
        if let Some(over) = self.turn.over_at().filter(|over| *over <= now) {
            self.end_turn(over, out);
        }
        self.obligations.time_passed(now, out);
    }

    /// The session ends at `at`.
    pub fn finish(&mut self, at: SessionTime, out: &mut Vec<Finding>) {
        let from = out.len();
        self.pass(at, out);
        if let Some(mut closed) = self.encounters.close() {
            if let Some(span) = closed.call.as_ref().filter(|call| call.answer.is_none()).and_then(Call::span)
            {
                closed.span = span;
            }
            self.end_encounter(closed, at, out);
        }
        self.end_aside(at, out);
        self.settle(&mut out[from..]);
    }

    /// The kind of the open encounter; of a visit where none is.
    pub(super) fn kind(&self) -> EncounterKind {
        self.encounters.open.as_ref().map_or(EncounterKind::Counter, |open| open.kind)
    }

    pub(super) fn hear_visitor(&mut self, utterance: Utterance<'_>, out: &mut Vec<Finding>) {
        let span = utterance.span;
        self.pass(span.start, out);
        // The clerk's turn is over, unless they talk at the same time.
        if self.turn.span.is_some_and(|turn| turn.end <= span.start) {
            self.end_turn(span.end, out);
        }
        self.speech(Role::Visitor, span);
        self.obligations.visitor_spoke(span);
        let lexicon = self.book.lexicon();
        self.scribe.visitor(utterance, |speech| lexicon.find(speech));
    }

    /// The encounter that the clerk's newest words belong to.
    pub(super) fn open_encounter(
        &mut self,
        hits: &[PhraseHit],
        heard: &Hypothesis,
        answer: Option<SessionTime>,
        out: &mut Vec<Finding>,
    ) {
        let says = |is: &dyn Fn(&PhraseHit) -> bool| hits.iter().any(|hit| hit.passed() && is(hit));
        let greets = says(&|hit| self.obligations.is_greeting(hit));
        let takes_leave = says(&|hit| self.obligations.is_farewell(hit));
        let alone = self.turn.span.is_some_and(|turn| turn.start == heard.span.start);
        if let Some(at) = answer {
            self.answer(at, heard, takes_leave, out);
        } else if self.turns_back(heard.span, takes_leave) {
            self.close_before(heard.span, out);
        } else if greets && alone && self.encounters.may_be_next() {
            // Back-to-back visitors: a greeting after a farewell is for the next one.
            if let Some((closed, newcomer)) = self.encounters.close_for_next() {
                self.end_before(closed, heard.span.end, out);
                if let Some(words) = newcomer {
                    self.speech(Role::Visitor, words);
                    self.obligations.visitor_spoke(words);
                }
            }
        }
        // Of a voice that seems to begin before the ring only the answer belongs to the call.
        let start = answer.map_or(heard.span.start, |at| heard.span.start.max(at));
        self.speech(Role::Clerk, Span { start, ..heard.span });
        if let Some(open) = self.encounters.open.as_mut() {
            open.worded |= !heard.chars.is_empty();
        }
    }

    /// Somebody spoke: goes on with what is open or was put aside, or begins a visit.
    fn speech(&mut self, role: Role, span: Span) {
        if self.encounters.open.is_none() && self.aside.is_some() {
            self.resume(span.start);
        }
        if self.encounters.speech(role, span) {
            self.begin_encounter(EncounterKind::Counter, span.start);
        }
        if let Some(open) = &self.encounters.open {
            self.scribe.began(open.span.start);
        }
    }

    /// After a call, the clerk speaks to the visitor again.
    fn turns_back(&self, words: Span, takes_leave: bool) -> bool {
        let Some(open) = self.encounters.open.as_ref().filter(|open| open.call.is_some()) else {
            return false;
        };
        let pause = SessionTime::from_seconds(TURNS_BACK_S).0;
        let hung_up = open.finished.is_some_and(|end| words.start >= end);
        let parted = self.encounters.is_parting() && !takes_leave && words.start >= open.span.end.plus(pause);
        hung_up || (self.aside.is_some() && parted)
    }

    /// The open encounter ended before `words`, which are those of the turn.
    pub(super) fn close_before(&mut self, words: Span, out: &mut Vec<Finding>) {
        if let Some(closed) = self.encounters.close() {
            self.end_before(closed, words.start, out);
        }
    }

    /// Ends an encounter that the words of the turn are not part of.
    fn end_before(&mut self, closed: Open, at: SessionTime, out: &mut Vec<Finding>) {
        let turn = std::mem::take(&mut self.turn);
        self.end_encounter(closed, at, out);
        self.turn = turn;
    }

    pub(super) fn begin_encounter(&mut self, kind: EncounterKind, start: SessionTime) {
        self.credits.fill(0);
        self.speakers.encounter_began();
        self.obligations.encounter_began(kind, start);
        self.scribe.begin(kind, start);
        self.composition.encounter_began();
    }

    /// The encounter is over, as is known from `at` on.
    pub(super) fn end_encounter(&mut self, open: Open, at: SessionTime, out: &mut Vec<Finding>) {
        self.end_turn(at, out);
        let served = self.obligations.encounter_ended(open.span, at, out);
        if let (Some(answer), Some(scene)) =
            (open.call.as_ref().and_then(|call| call.answer), self.scribe.scene_mut())
        {
            scene.answered = Some(answer);
        }
        if let Some(scene) = self.scribe.end(open.span.end, at).filter(|scene| scene.is_taken()) {
            self.composition.look(&scene, out);
        }
        if let Some(aside) = self.aside.as_mut().filter(|_| open.call.is_some()) {
            aside.since = open.span.end;
        }
        self.speakers.qualify(out);
        self.tell_closed(open, served);
    }

    pub(super) fn tell_closed(&mut self, open: Open, served: bool) {
        let Open { kind, span, call, ticket, interrupted, .. } = open;
        let (rings, answered) = call.map_or((0, None), |call| (call.rings.len(), call.answer));
        let ticket = ticket.flatten();
        self.closed.push(Encounter { kind, span, rings, answered, ticket, served, interrupted });
    }

    /// Puts the visit aside for a call that begins with the words of the turn, or at `at`.
    pub(super) fn interrupt(&mut self, call: Call, at: SessionTime, out: &mut Vec<Finding>) {
        if let Some(mut open) = self.encounters.open.take() {
            open.interrupted = true;
            if let Some(scene) = self.scribe.break_off(open.span.end) {
                self.composition.look(&scene, out);
            }
            self.aside = Some(Aside { open, owed: self.obligations.suspend(), since: at });
        }
        self.begin_call(call);
    }

    /// Goes on with the visit that was put aside.
    pub(super) fn resume(&mut self, at: SessionTime) {
        if let Some(Aside { open, owed, .. }) = self.aside.take() {
            self.obligations.resume(owed);
            self.scribe.go_on(open.kind, at);
            self.composition.encounter_began();
            self.encounters.open = Some(open);
        }
    }

    /// The visitor who was put aside has gone.
    fn end_aside(&mut self, at: SessionTime, out: &mut Vec<Finding>) {
        if let Some(Aside { open, owed, .. }) = self.aside.take() {
            self.obligations.resume(owed);
            self.encounters.open = Some(open);
            if let Some(open) = self.encounters.close() {
                self.end_encounter(open, at, out);
            }
        }
    }

    /// A scene holds so many turns: the encounter goes on in a new one.
    pub(super) fn turn_the_page(&mut self, out: &mut Vec<Finding>) {
        let Some((kind, end)) = self.encounters.open.as_ref().map(|open| (open.kind, open.span.end)) else {
            return;
        };
        if let Some(scene) = self.scribe.break_off(end) {
            self.composition.look(&scene, out);
        }
        self.scribe.go_on(kind, end);
        self.composition.encounter_began();
    }

    /// What the hall reports counts for more than what is inferred from speech.
    fn take(&mut self, report: Report, out: &mut Vec<Finding>) {
        let Report { at, kind, ticket } = report;
        match kind {
            ReportKind::VisitorUnheard => return self.scribe.visitor_lost(at),
            ReportKind::VisitorHeard => return self.scribe.visitor_back(at),
            ReportKind::TicketCalled => self.ticket_called(at, ticket, out),
            ReportKind::TicketFinished => {
                (self.encounters.by_ticket, self.encounters.ends_told) = (true, true);
                let visit = self.encounters.open.as_mut().filter(|open| open.call.is_none());
                if let Some(open) = visit.or(self.aside.as_mut().map(|aside| &mut aside.open)) {
                    open.finished.get_or_insert(at.max(open.span.start));
                }
            }
            ReportKind::Ring => {
                let end = at.plus(SessionTime::from_seconds(REPORTED_RING_S).0);
                self.burst(Span::new(at, end), out);
            }
            ReportKind::CallAnswered => self.call_answered(at, out),
            ReportKind::CallEnded => self.call_ended(at, out),
        }
        if let Some(scene) = self.scribe.scene_mut() {
            scene.reported.push((at, kind.name().to_owned()));
        }
    }

    /// The next visitor: whoever was served before has gone.
    fn ticket_called(&mut self, at: SessionTime, ticket: Option<String>, out: &mut Vec<Finding>) {
        self.encounters.by_ticket = true;
        self.end_turn(at, out);
        if let Some(closed) = self.encounters.close() {
            self.end_encounter(closed, at, out);
        }
        self.end_aside(at, out);
        self.encounters.begin(EncounterKind::Counter, Span::new(at, at)).ticket = Some(ticket);
        self.begin_encounter(EncounterKind::Counter, at);
    }
}

//! Telephone: what a ring does to the encounter that is open, and what the clerk's words after it do.
//!
//! Who speaks after a ring, and before it could ring again, has answered, unless it rings on. While a visitor is
//! served that is not enough: the visit gives way only to words that open a call, or to the hall's own report. In
//! between, nothing can be said to be missing of the visit.

use super::Judge;
use crate::asr::Hypothesis;
use crate::conduct::Finding;
use crate::conduct::call::{Burst, Call};
use crate::conduct::encounter::Encounter;
use crate::conduct::scene::EncounterKind;
use crate::units::{Role, SessionTime, Span};

/// How a call is opened, by sound, each within so many syllables of the first word: 喂; 您好; 这里是.
const OPENINGS: [(&[&str], usize); 4] =
    [(&["wei"], 1), (&["nin", "hao"], 3), (&["ni", "hao"], 3), (&["zhe", "li", "shi"], 8)];

impl Judge {
    /// A telephone rang for `burst`.
    pub fn ring(&mut self, burst: Span, out: &mut Vec<Finding>) {
        let from = out.len();
        self.pass(burst.start, out);
        self.burst(burst, out);
        self.look(out);
        self.settle(&mut out[from..]);
    }

    pub(super) fn burst(&mut self, burst: Span, out: &mut Vec<Finding>) {
        let parting = self.encounters.is_parting();
        let Some(open) = &mut self.encounters.open else { return self.begin_call(Call::ringing(burst)) };
        match &mut open.call {
            Some(call) if !call.sure => {
                let meaning = call.burst(burst);
                open.span.end = open.span.end.max(burst.end);
                match meaning {
                    Burst::NotAnswered => self.rings_on(),
                    Burst::More => self.note_rings(),
                    Burst::Known => {}
                }
            }
            Some(_) if parting => {
                let closed = self.encounters.close();
                closed.into_iter().for_each(|closed| self.end_encounter(closed, burst.start, out));
                self.begin_call(Call::ringing(burst));
            }
            // Somebody else calls: the one who is spoken with comes first.
            Some(_) => {}
            None => match &mut self.ringing {
                Some(call) => {
                    call.burst(burst);
                }
                None => self.ringing = Some(Call::ringing(burst)),
            },
        }
    }

    /// When the clerk, in whose voice `heard` was heard, would have answered what rings.
    pub(super) fn answer_by(&self, heard: &Hypothesis) -> Option<SessionTime> {
        let open = self.encounters.open.as_ref().and_then(|open| open.call.as_ref());
        let call = open.or(self.ringing.as_ref())?;
        call.answered_by(heard.span).or_else(|| call.answered_by(words_of(heard)?))
    }

    /// The clerk's words may be an answer given at `at`.
    pub(super) fn answer(
        &mut self,
        at: SessionTime,
        heard: &Hypothesis,
        takes_leave: bool,
        out: &mut Vec<Finding>,
    ) {
        if let Some(call) = self.encounters.open.as_mut().and_then(|open| open.call.as_mut()) {
            call.answer = Some(at);
            return;
        }
        // Whoever was there has taken leave, or was not spoken with: a cough is no visit.
        let worded = self.encounters.open.as_ref().is_some_and(|open| open.worded);
        let leaves = (self.encounters.is_parting() && !takes_leave) || !worded;
        if !leaves && !opens_a_call(heard) {
            // The clerk may go on with the visitor, or speak into the telephone.
            self.obligations.doubt_ring();
            if let Some(call) = &mut self.ringing {
                call.answer = Some(at);
            }
            return;
        }
        let Some(mut call) = self.ringing.take() else { return };
        call.answer = Some(at);
        if leaves || !self.obligations.serves() {
            self.close_before(heard.span, out);
            self.begin_call(call);
        } else {
            self.interrupt(call, at, out);
        }
    }

    /// Settles calls that can ring no more at `now`.
    pub(super) fn decide_ring(&mut self, now: SessionTime, out: &mut Vec<Finding>) {
        let decided = |call: &Call| call.decided_at().filter(|at| !call.sure && *at <= now);
        let open = self.encounters.open.as_mut().and_then(|open| open.call.as_mut());
        if let Some((call, at)) = open.and_then(|call| decided(call).map(|at| (call, at))) {
            match call.answer {
                Some(answer) => {
                    call.sure = true;
                    self.note_answer(answer);
                }
                None => self.nobody_answered(at, out),
            }
        }
        if self.ringing.as_ref().is_some_and(|call| decided(call).is_some())
            && let Some(call) = self.ringing.take().filter(|call| call.answer.is_none())
        {
            // The clerk serves somebody: it is told, and nobody is blamed.
            self.closed.push(Encounter {
                kind: EncounterKind::Telephone,
                span: call.span().unwrap_or_default(),
                rings: call.rings.len(),
                answered: None,
                ticket: None,
                served: false,
                interrupted: false,
            });
        }
    }

    pub(super) fn begin_call(&mut self, call: Call) {
        let span = call.span().or(call.answer.map(|at| Span::new(at, at))).unwrap_or_default();
        let answer = call.answer.filter(|_| call.sure);
        self.encounters.begin(EncounterKind::Telephone, span).call = Some(call);
        self.begin_encounter(EncounterKind::Telephone, span.start);
        self.note_rings();
        answer.into_iter().for_each(|at| self.note_answer(at));
    }

    pub(super) fn call_answered(&mut self, at: SessionTime, out: &mut Vec<Finding>) {
        let open = self.encounters.open.as_mut();
        match open.map(|open| open.call.as_mut()) {
            Some(Some(call)) if !call.sure => {
                (call.answer, call.sure) = (Some(at), true);
                self.note_answer(at);
            }
            Some(Some(_)) => {}
            Some(None) => {
                self.end_turn(at, out);
                let call = self.ringing.take().unwrap_or_default();
                self.interrupt(Call { answer: Some(at), sure: true, ..call }, at, out);
            }
            None => self.begin_call(Call::answered(at)),
        }
    }

    pub(super) fn call_ended(&mut self, at: SessionTime, out: &mut Vec<Finding>) {
        match self.encounters.open.as_mut().and_then(|open| Some((open.call.as_mut()?, &mut open.finished))) {
            Some((call, _)) if call.answer.is_none() => self.nobody_answered(at, out),
            Some((call, finished)) => {
                call.sure = true;
                finished.get_or_insert(at);
                let answer = call.answer;
                answer.into_iter().for_each(|at| self.note_answer(at));
            }
            None => self.ringing = None,
        }
    }

    /// It rings on: what was said was said to somebody else.
    fn rings_on(&mut self) {
        let Some(call) = self.encounters.open.as_mut().and_then(|open| open.call.take()) else { return };
        self.encounters.open = None;
        if self.aside.is_some() {
            // What was said belongs to nobody's visit for sure.
            self.obligations.suspend();
            let at = call.span().map_or(SessionTime(0), |span| span.end);
            self.resume(at);
            self.ringing = Some(call);
        } else {
            self.begin_call(call);
        }
    }

    /// The call that rang is over, as is known from `at` on. Whoever spoke beside it came to the window.
    fn nobody_answered(&mut self, at: SessionTime, out: &mut Vec<Finding>) {
        let visitor = self.scribe.scene().and_then(|scene| {
            let mut turns = scene.turns_of(Some(Role::Visitor)).map(|(_, turn)| turn.span);
            let first = turns.next()?;
            Some(turns.fold(first, |all, span| Span { end: all.end.max(span.end), ..all }))
        });
        let Some(mut closed) = self.encounters.close() else { return };
        if let Some(span) = closed.call.as_ref().and_then(Call::span) {
            closed.span = span;
        }
        // Whoever did not answer owes the caller no word.
        self.obligations.suspend();
        self.end_encounter(closed, at, out);
        if let Some(span) = visitor.filter(|_| !self.encounters.by_ticket && self.aside.is_none()) {
            self.encounters.begin(EncounterKind::Counter, span);
            self.begin_encounter(EncounterKind::Counter, span.start);
            self.obligations.visitor_spoke(span);
        }
    }

    fn note_rings(&mut self) {
        let open = self.encounters.open.as_ref().and_then(|open| open.call.as_ref());
        if let (Some(call), Some(scene)) = (open, self.scribe.scene_mut()) {
            scene.rings.clone_from(&call.rings);
        }
    }

    fn note_answer(&mut self, at: SessionTime) {
        if let Some(scene) = self.scribe.scene_mut() {
            scene.answered = Some(at);
        }
    }
}

/// A syllable and a little, in seconds: how long before its end the first one may have begun.
const SYLLABLE_S: f64 = 0.3;

/// From the first word to the last: a voice that is heard in noise may seem to have begun long before its words, with
/// rings in between.
fn words_of(heard: &Hypothesis) -> Option<Span> {
    let (first, last) = (heard.chars.first()?, heard.chars.last()?);
    let start = first.span.end.minus(SessionTime::from_seconds(SYLLABLE_S).0).max(heard.span.start);
    Some(Span { start, end: last.span.end.max(start) })
}

/// Whether the first words are those of somebody who takes up a telephone.
fn opens_a_call(heard: &Hypothesis) -> bool {
    let syllables: Vec<&str> = heard.chars.iter().filter_map(|c| c.syllable).map(|s| s.as_str()).collect();
    OPENINGS.iter().any(|(words, within)| {
        let first = &syllables[..syllables.len().min(within + words.len() - 1)];
        first.windows(words.len()).any(|said| said == *words)
    })
}

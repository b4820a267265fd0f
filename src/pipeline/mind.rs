//! Mind. In: `HeardSegment`, silences, gaps, in order. Out: `Finding`. Thread: judge. Allocates: per finding.

use std::sync::Arc;

use super::{HeardSegment, Quiet, Settings};
use crate::conduct::scene::EncounterKind;
use crate::conduct::{CompiledBook, Encounter, Finding, Foreseen, Judge, Report, Standing};
use crate::ledger::JudgeInput;
use crate::units::{Dbfs, SessionTime, Span, WindowId};

/// The stages after the recogniser, for one window. Sounds come in the order the ear gave them.
pub struct Mind {
    judge: Judge,
}

impl Mind {
    pub fn new(book: Arc<CompiledBook>, window: WindowId, settings: &Settings) -> Self {
        let at = window.clone();
        let mut judge = Judge::new(book, window, settings.encounter);
        judge.seat(settings.roles, false);
        for (_, report) in settings.reports.iter().filter(|(of, _)| *of == at) {
            judge.reported(report.clone());
        }
        Self { judge }
    }

    /// The same where the visitor has a microphone, or has not: silence on it is silence of the visitor.
    pub fn hearing_visitor(mut self, heard: bool, settings: &Settings) -> Self {
        self.judge.seat(settings.roles, heard);
        self
    }

    /// The hall reported this; it counts from its own time on, or at once where that is past.
    pub fn reported(&mut self, report: Report) {
        self.judge.reported(report);
    }

    /// What was journalled, judged again.
    pub fn take(&mut self, input: &JudgeInput, out: &mut Vec<Finding>) {
        match input {
            JudgeInput::Clerk { heard, scores, level } => self.judge.clerk_spoke(heard, scores, *level, out),
            JudgeInput::Visitor { span, level } => self.visitor(*span, *level, None, out),
            JudgeInput::Ring(burst) => self.ring(*burst, out),
            JudgeInput::Reported(report) => self.reported(report.clone()),
            JudgeInput::Gap { span, .. } => self.gap(*span),
            JudgeInput::Quiet { until, clerk } => self.quiet(Quiet { until: *until, clerk: *clerk }, out),
            JudgeInput::Ended { at, .. } => self.finish(*at, out),
        }
    }

    /// The clerk spoke.
    pub fn clerk(&mut self, heard: &HeardSegment, out: &mut Vec<Finding>) {
        self.judge.clerk_spoke(&heard.hypothesis, &heard.scores, heard.level, out);
    }

    /// The visitor spoke; `heard` is what was said, where that is of any concern.
    pub fn visitor(&mut self, span: Span, level: Dbfs, heard: Option<&HeardSegment>, out: &mut Vec<Finding>) {
        self.judge.visitor_spoke(span, level, heard.map(|heard| &heard.hypothesis), out);
    }

    /// A telephone rang for `burst`.
    pub fn ring(&mut self, burst: Span, out: &mut Vec<Finding>) {
        self.judge.ring(burst, out);
    }

    /// Whatever was said in this stretch was not heard.
    pub fn gap(&mut self, span: Span) {
        self.judge.not_heard(span);
    }

    /// Nobody spoke beyond what was already told.
    pub fn quiet(&mut self, quiet: Quiet, out: &mut Vec<Finding>) {
        self.judge.quiet(quiet.until, quiet.clerk, out);
    }

    /// What the clerk, still speaking, would be accused of if these words were all; nothing is judged by it.
    pub fn foresee(&self, heard: &HeardSegment) -> Vec<Foreseen> {
        self.judge.foresee(&heard.hypothesis, &heard.scores)
    }

    /// Judges by another rulebook from here on.
    pub fn adopt(&mut self, book: Arc<CompiledBook>) {
        self.judge.adopt(book);
    }

    /// What kind of encounter is open, and since when.
    pub fn encounter(&self) -> Option<(EncounterKind, SessionTime)> {
        self.judge.encounter()
    }

    /// How the open encounter fares so far.
    pub fn standing(&self) -> Standing {
        self.judge.standing()
    }

    /// The encounters that ended since this was asked last, in the order of their ends.
    pub fn closed(&mut self) -> std::vec::Drain<'_, Encounter> {
        self.judge.closed()
    }

    /// Whether an encounter ended since [`closed`](Self::closed) was asked last.
    pub fn has_closed(&self) -> bool {
        self.judge.has_closed()
    }

    /// The session ended at `at`.
    pub fn finish(&mut self, at: SessionTime, out: &mut Vec<Finding>) {
        self.judge.finish(at, out);
    }
}

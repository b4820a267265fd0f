//! Mind. In: `HeardSegment`, silences, gaps, in order. Out: `Finding`. Thread: judge. Allocates: per finding.

use std::sync::Arc;

use super::{HeardSegment, Quiet, Settings};
use crate::conduct::{CompiledBook, Finding, Foreseen, Judge};
use crate::units::{SessionTime, Span, WindowId};

/// The stages after the recogniser, for one window. Sounds come in the order the ear gave them.
pub struct Mind {
    judge: Judge,
}

impl Mind {
    pub fn new(book: Arc<CompiledBook>, window: WindowId, settings: &Settings) -> Self {
        Self { judge: Judge::new(book, window, settings.encounter) }
    }

    /// The clerk spoke.
    pub fn clerk(&mut self, heard: &HeardSegment, out: &mut Vec<Finding>) {
        self.judge.clerk_spoke(&heard.hypothesis, &heard.scores, out);
    }

    /// The visitor spoke; what was said is of no concern.
    pub fn visitor(&mut self, span: Span, out: &mut Vec<Finding>) {
        self.judge.visitor_spoke(span, out);
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
        self.judge.time_passed(quiet.until, out);
        self.judge.clerk_silent(quiet.clerk, out);
    }

    /// What the clerk, still speaking, would be accused of if these words were all; nothing is judged by it.
    pub fn foresee(&self, heard: &HeardSegment) -> Vec<Foreseen> {
        self.judge.foresee(&heard.hypothesis, &heard.scores)
    }

    /// Judges by another rulebook from here on.
    pub fn adopt(&mut self, book: Arc<CompiledBook>) {
        self.judge.adopt(book);
    }

    /// When the open encounter began.
    pub fn encounter_since(&self) -> Option<SessionTime> {
        self.judge.encounter_since()
    }

    /// The session ended at `at`.
    pub fn finish(&mut self, at: SessionTime, out: &mut Vec<Finding>) {
        self.judge.finish(at, out);
    }
}

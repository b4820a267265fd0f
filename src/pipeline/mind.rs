//! Mind. In: `HeardSegment`, silences, gaps, in order. Out: `Finding`. Thread: judge. Allocates: per finding.

use std::sync::Arc;

use super::{HeardSegment, Settings};
use crate::conduct::{CompiledBook, Finding, Judge};
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

    /// Whatever was said in this stretch was not heard.
    pub fn gap(&mut self, span: Span) {
        self.judge.not_heard(span);
    }

    /// Nobody spoke up to `now` beyond what was already told.
    pub fn quiet(&mut self, now: SessionTime, out: &mut Vec<Finding>) {
        self.judge.time_passed(now, out);
    }

    /// The session ended.
    pub fn finish(&mut self, out: &mut Vec<Finding>) {
        self.judge.finish(out);
    }
}

//! Intake: what the judge of a window takes in, told for the journal. In: every input, before what comes of it is told.
//! Out: `HallEvent::Taken`, silences without consequence put together. Thread: judge. Allocates: per input that is told.

use super::event::HallEvent;
use crate::asr::Hypothesis;
use crate::ledger::unmask::Original;
use crate::ledger::{Coalescer, JudgeInput};
use crate::pipeline::{HeardSegment, Quiet};
use crate::units::Span;

pub(super) struct Intake {
    window: usize,
    coalescer: Coalescer,
    ready: Vec<JudgeInput>,
    /// Of what the clerk says next.
    original: Option<Original>,
}

impl Intake {
    pub fn new(window: usize) -> Self {
        Self { window, coalescer: Coalescer::default(), ready: Vec::new(), original: None }
    }

    pub fn take(&mut self, input: JudgeInput, tell: &mut dyn FnMut(HallEvent)) {
        self.coalescer.take(input, true, &mut self.ready);
        self.tell(tell);
    }

    /// What was heard, told as `shown`; `keep`: with what was masked in it.
    pub fn clerk(
        &mut self,
        heard: &HeardSegment,
        shown: Hypothesis,
        keep: bool,
        tell: &mut dyn FnMut(HallEvent),
    ) {
        if keep {
            let (was, is) = (heard.hypothesis.text(), shown.text());
            self.original = Original::between([("/text", was.as_str(), is.as_str())]);
        }
        let HeardSegment { scores, level, .. } = heard;
        let input = JudgeInput::Clerk { heard: shown, scores: scores.clone(), level: *level };
        self.take(input, tell);
    }

    /// The source did not deliver this.
    pub fn lost(&mut self, span: Span, tell: &mut dyn FnMut(HallEvent)) {
        self.take(JudgeInput::Gap { span, why: JudgeInput::LOST.to_owned() }, tell);
    }

    /// `acted`: something was found, or an encounter began or ended.
    pub fn quiet(&mut self, quiet: Quiet, acted: bool, tell: &mut dyn FnMut(HallEvent)) {
        let Quiet { until, clerk } = quiet;
        self.coalescer.take(JudgeInput::Quiet { until, clerk }, acted, &mut self.ready);
        self.tell(tell);
    }

    /// Tells what is still kept back.
    pub fn flush(&mut self, tell: &mut dyn FnMut(HallEvent)) {
        self.coalescer.flush(&mut self.ready);
        self.tell(tell);
    }

    fn tell(&mut self, tell: &mut dyn FnMut(HallEvent)) {
        for input in self.ready.drain(..) {
            let original = match input {
                JudgeInput::Clerk { .. } => self.original.take(),
                _ => None,
            };
            tell(HallEvent::Taken { window: self.window, input: Box::new(input), original });
        }
    }
}

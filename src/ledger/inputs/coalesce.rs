//! Silences, put together. In: every input of a window, and whether the judge made anything of it. Out: the inputs that
//! are journalled. Pure.
//!
//! The judge is told four times a second and window that nobody spoke, and of a source that is gone piece by piece what is
//! lost. Most of it changes nothing that the last of it does not change. So a run of silences, and of pieces that follow
//! each other, in which nothing was found and no encounter began or ended, is journalled as one; the silence with which
//! something was found stays by itself, so that the judge, judging again, finds it in the same order.

use super::JudgeInput;
use crate::units::{SAMPLE_RATE_HZ, SessionTime, Span};

/// A run of silences is journalled at least this often, in session time: what a kill takes away is covered audio in which
/// nothing happened, no more than this.
pub const QUIET_SAMPLES_MAX: u64 = 60 * SAMPLE_RATE_HZ as u64;

/// Of one window.
#[derive(Clone, Debug, Default)]
pub struct Coalescer {
    /// What nothing came of: the lost stretch, then the silence, both to be told in this order.
    gap: Option<Span>,
    quiet: Option<(SessionTime, SessionTime)>,
    /// Lost since that silence.
    fresh: Option<Span>,
    /// Where the silences began.
    since: Option<SessionTime>,
}

impl Coalescer {
    /// Takes what the judge took; `acted`: something was found, or an encounter began or ended.
    pub fn take(&mut self, input: JudgeInput, acted: bool, out: &mut Vec<JudgeInput>) {
        match input {
            JudgeInput::Quiet { until, clerk } if !acted => {
                if let Some(fresh) = self.fresh {
                    let follows = self.gap.is_some_and(|gap| gap.end == fresh.start);
                    let (gap, quiet) = (self.gap, self.quiet);
                    match (gap, quiet) {
                        (Some(gap), _) if follows => {
                            self.gap = Some(Span { start: gap.start, end: fresh.end })
                        }
                        (None, None) => self.gap = Some(fresh),
                        _ => {
                            self.flush_settled(out);
                            self.gap = Some(fresh);
                        }
                    }
                    self.fresh = None;
                }
                self.quiet = Some((until, clerk));
                let since = *self.since.get_or_insert(until);
                if until.0.saturating_sub(since.0) >= QUIET_SAMPLES_MAX {
                    self.flush(out);
                    self.since = Some(until);
                }
            }
            JudgeInput::Gap { span, why } if why == JudgeInput::LOST => match self.fresh {
                Some(fresh) if fresh.end == span.start => {
                    self.fresh = Some(Span { start: fresh.start, end: span.end });
                }
                Some(_) => {
                    self.flush(out);
                    self.fresh = Some(span);
                }
                None => self.fresh = Some(span),
            },
            input => {
                self.flush(out);
                self.since = None;
                out.push(input);
            }
        }
    }

    /// Gives what is still kept back.
    pub fn flush(&mut self, out: &mut Vec<JudgeInput>) {
        self.flush_settled(out);
        out.extend(self.fresh.take().map(lost));
    }

    fn flush_settled(&mut self, out: &mut Vec<JudgeInput>) {
        out.extend(self.gap.take().map(lost));
        out.extend(self.quiet.take().map(|(until, clerk)| JudgeInput::Quiet { until, clerk }));
    }
}

fn lost(span: Span) -> JudgeInput {
    JudgeInput::Gap { span, why: JudgeInput::LOST.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SessionTime {
        SessionTime(seconds * u64::from(SAMPLE_RATE_HZ))
    }

    fn quiet(until: u64) -> JudgeInput {
        JudgeInput::Quiet { until: at(until), clerk: at(until) }
    }

    fn gap(from: u64, to: u64) -> JudgeInput {
        lost(Span { start: at(from), end: at(to) })
    }

    fn ring(from: u64) -> JudgeInput {
        JudgeInput::Ring(Span { start: at(from), end: at(from + 1) })
    }

    #[test]
    fn silences_without_consequence_become_one_and_nothing_else_changes() {
        let acted = |input: JudgeInput| (input, true);
        let idle = |input: JudgeInput| (input, false);
        type Case = (&'static str, Vec<(JudgeInput, bool)>, Vec<JudgeInput>);
        let cases: [Case; 7] = [
            (
                "before another input the last silence is told",
                vec![idle(quiet(1)), idle(quiet(2)), idle(quiet(3)), idle(ring(3))],
                vec![quiet(3), ring(3)],
            ),
            (
                "the silence that did something stays, and so does the last before it",
                vec![idle(quiet(1)), idle(quiet(2)), acted(quiet(3)), idle(quiet(4)), idle(ring(5))],
                vec![quiet(2), quiet(3), quiet(4), ring(5)],
            ),
            (
                "of a source that is gone the pieces become one",
                vec![idle(gap(0, 1)), idle(quiet(1)), idle(gap(1, 2)), idle(quiet(2)), idle(ring(3))],
                vec![gap(0, 2), quiet(2), ring(3)],
            ),
            (
                "what was lost after a silence is not told before it",
                vec![idle(quiet(5)), idle(gap(5, 6)), idle(quiet(6)), idle(ring(7))],
                vec![quiet(5), gap(5, 6), quiet(6), ring(7)],
            ),
            (
                "what was lost apart stays apart",
                vec![idle(gap(0, 1)), idle(quiet(1)), idle(gap(3, 4)), idle(quiet(4)), idle(ring(5))],
                vec![gap(0, 1), quiet(1), gap(3, 4), quiet(4), ring(5)],
            ),
            (
                "what was lost just before a silence that did something is told before it",
                vec![idle(gap(0, 1)), idle(quiet(1)), idle(gap(1, 2)), acted(quiet(2))],
                vec![gap(0, 1), quiet(1), gap(1, 2), quiet(2)],
            ),
            (
                "long silences are told now and then",
                (1..=130).map(|s| idle(quiet(s))).chain([idle(ring(131))]).collect(),
                vec![quiet(61), quiet(121), quiet(130), ring(131)],
            ),
        ];
        for (what, inputs, expected) in cases {
            let (mut coalescer, mut out) = (Coalescer::default(), Vec::new());
            for (input, acted) in inputs {
                coalescer.take(input, acted, &mut out);
            }
            assert_eq!(out, expected, "{what}");
            coalescer.flush(&mut out);
            assert_eq!(out.len(), expected.len(), "{what}: nothing is told twice");
        }
    }
}

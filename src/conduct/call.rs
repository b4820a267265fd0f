//! Call: the bursts of a ringing telephone, put together to calls, and whether somebody answered.

use crate::units::{SessionTime, Span};

/// From the end of a burst to the start of the next one of the same call, in seconds, at most. Public networks ring
/// for 1 s and pause for 4 s (GB/T 3380), or 2 s and 4 s.
const PAUSE_MAX_S: f64 = 6.0;
/// A burst is told of when it is over: after a pause and so long, in seconds, no more can come.
const TOLD_WITHIN_S: f64 = 2.5;
/// A burst that is heard and reported as well is one: their starts are no further apart, in seconds.
const SAME_BURST_S: f64 = 1.5;
/// Bursts that are kept: nobody asks whether it were more.
const RINGS_MAX: usize = 100;

/// A telephone that rings, or rang.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Call {
    /// Bursts, in order.
    pub rings: Vec<Span>,
    /// The clerk's first word after the ring, or as the hall reports it.
    pub answer: Option<SessionTime>,
    /// The answer stands: the ring did not go on after it.
    pub sure: bool,
}

/// What another burst means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Burst {
    /// It rings on.
    More,
    /// It rings on although somebody spoke: that was no answer.
    NotAnswered,
    /// It was known of.
    Known,
}

impl Call {
    /// A call that begins to ring with `burst`.
    pub fn ringing(burst: Span) -> Self {
        Self { rings: vec![burst], ..Self::default() }
    }

    /// The call was answered, as the hall reports.
    pub fn answered(at: SessionTime) -> Self {
        Self { rings: Vec::new(), answer: Some(at), sure: true }
    }

    /// Another burst while the answer is not sure.
    pub fn burst(&mut self, burst: Span) -> Burst {
        let near = SessionTime::from_seconds(SAME_BURST_S).0;
        if let Some(known) = self
            .rings
            .iter_mut()
            .rfind(|ring| ring.overlaps(burst) || ring.start.0.abs_diff(burst.start.0) <= near)
        {
            known.end = known.end.max(burst.end);
            return Burst::Known;
        }
        if self.rings.len() < RINGS_MAX {
            self.rings.push(burst);
        } else if let Some(last) = self.rings.last_mut() {
            *last = burst;
        }
        match self.answer.take() {
            Some(_) => Burst::NotAnswered,
            None => Burst::More,
        }
    }

    /// When somebody who speaks during `words` would have answered; `None` where that is no answer: it is answered,
    /// nothing rang, or it rang too long before.
    pub fn answered_by(&self, words: Span) -> Option<SessionTime> {
        let last = self.rings.last().filter(|_| self.answer.is_none())?;
        let fits = words.start >= last.start
            && words.end > last.end
            && words.start <= last.end.plus(SessionTime::from_seconds(PAUSE_MAX_S).0);
        fits.then(|| words.start.max(last.end))
    }

    /// From when on no burst can follow; `None` where nothing rang.
    pub fn decided_at(&self) -> Option<SessionTime> {
        let limit = SessionTime::from_seconds(PAUSE_MAX_S + TOLD_WITHIN_S).0;
        self.rings.last().map(|last| last.end.plus(limit))
    }

    /// From the first burst to the last.
    pub fn span(&self) -> Option<Span> {
        Some(Span { start: self.rings.first()?.start, end: self.rings.last()?.end })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: f64, end: f64) -> Span {
        Span::new(SessionTime::from_seconds(start), SessionTime::from_seconds(end))
    }

    fn ringing(bursts: &[(f64, f64)]) -> Call {
        let mut call = Call::ringing(span(bursts[0].0, bursts[0].1));
        bursts[1..].iter().for_each(|burst| {
            call.burst(span(burst.0, burst.1));
        });
        call
    }

    #[test]
    fn who_speaks_after_a_burst_and_within_its_pause_has_answered() {
        let call = ringing(&[(1.0, 2.0), (6.0, 7.0)]);
        for (words, answer) in [
            ((8.0, 9.0), Some(8.0)),
            // Picked up while it rang.
            ((6.5, 9.0), Some(7.0)),
            ((5.0, 9.0), None),
            ((6.2, 6.8), None),
            ((13.5, 14.0), None),
        ] {
            let answer = answer.map(SessionTime::from_seconds);
            assert_eq!(call.answered_by(span(words.0, words.1)), answer, "{words:?}");
        }
    }

    #[test]
    fn a_burst_that_is_heard_and_reported_is_counted_once() {
        let mut call = ringing(&[(1.0, 2.0)]);
        assert_eq!(call.burst(span(0.2, 1.2)), Burst::Known);
        assert_eq!(call.burst(span(6.0, 7.0)), Burst::More);
        assert_eq!(call.burst(span(6.9, 7.1)), Burst::Known);
        assert_eq!(call.rings.len(), 2);
    }

    #[test]
    fn a_ring_that_goes_on_takes_the_answer_back() {
        let mut call = ringing(&[(1.0, 2.0)]);
        call.answer = call.answered_by(span(3.0, 4.0));
        assert_eq!(call.burst(span(6.0, 7.0)), Burst::NotAnswered);
        assert_eq!(call.answer, None);
    }

    #[test]
    fn a_telephone_that_never_stops_ringing_fills_no_memory() {
        let mut call = ringing(&[(0.0, 1.0)]);
        for n in 1..1_000 {
            call.burst(span(5.0 * f64::from(n), 5.0 * f64::from(n) + 1.0));
        }
        assert_eq!(call.rings.len(), RINGS_MAX);
        assert_eq!(call.span(), Some(span(0.0, 4_996.0)));
    }
}

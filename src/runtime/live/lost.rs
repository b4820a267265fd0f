//! Lost time, gathered for telling. In: stretches that a source did not deliver, as they become known, a few a second.
//! Out: the stretches to tell: whole where they are short, a minute at a time where they last. Pure.

use crate::units::{SAMPLE_RATE_HZ, SessionTime, Span};

/// What lasts is told this often, in session time.
const TOLD_SAMPLES: u64 = 60 * SAMPLE_RATE_HZ as u64;

/// What was lost and is not told yet.
#[derive(Debug, Default)]
pub(super) struct Lost(Option<Span>);

impl Lost {
    /// Takes the next stretch; what is to be told now.
    pub fn take(&mut self, span: Span) -> Option<Span> {
        match self.0 {
            Some(open) if open.end == span.start => {
                let open = Span::new(open.start, span.end);
                self.0 = (open.samples() < TOLD_SAMPLES).then_some(open);
                self.0.is_none().then_some(open)
            }
            _ => self.0.replace(span),
        }
    }

    /// The source was heard at `time`; what is to be told now.
    pub fn heard(&mut self, time: SessionTime) -> Option<Span> {
        self.0.take_if(|open| open.end <= time)
    }

    /// No more will come; what is to be told now.
    pub fn end(&mut self) -> Option<Span> {
        self.0.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(from: u64, to: u64) -> Span {
        let rate = u64::from(SAMPLE_RATE_HZ);
        Span::new(SessionTime(from * rate), SessionTime(to * rate))
    }

    #[test]
    fn stretches_that_follow_each_other_are_told_as_one_when_the_source_is_heard_again() {
        let mut lost = Lost::default();
        assert_eq!([(3, 4), (4, 5), (5, 7)].map(|(from, to)| lost.take(seconds(from, to))), [None; 3]);
        assert_eq!(lost.heard(seconds(0, 6).end), None, "it goes on");
        assert_eq!(lost.heard(seconds(0, 7).end), Some(seconds(3, 7)));
        assert_eq!((lost.heard(seconds(0, 8).end), lost.end()), (None, None), "once");
    }

    #[test]
    fn what_lasts_is_told_every_minute_and_nothing_is_told_twice() {
        let mut lost = Lost::default();
        let mut told: Vec<Span> = (10..140).filter_map(|s| lost.take(seconds(s, s + 1))).collect();
        told.extend(lost.end());
        assert_eq!(told, [seconds(10, 70), seconds(70, 130), seconds(130, 140)]);
    }

    #[test]
    fn a_stretch_that_lies_apart_is_told_by_itself() {
        let mut lost = Lost::default();
        assert_eq!(lost.take(seconds(1, 2)), None);
        assert_eq!(lost.take(seconds(3, 4)), Some(seconds(1, 2)));
        assert_eq!(lost.end(), Some(seconds(3, 4)));
    }
}

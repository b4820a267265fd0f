//! Inputs: what the judge took in, to be journalled and to be judged again. In: inputs as they reach the judge. Out: the
//! same in the journal, without the silences that change nothing; and out of it again. Thread: judge; whoever reads.
//! Allocates: per input.

mod coalesce;
mod read;

use crate::asr::Hypothesis;
use crate::conduct::{CompiledBook, PhraseScore, Report};
use crate::units::{Dbfs, SessionTime, Span};

use super::event::{
    Body, EndedBody, Event, GapBody, HeardBody, QuietBody, Real, ReportBody, RingBody, VisitorSpoke,
};
use super::journal::JournalFault;

pub use coalesce::{Coalescer, QUIET_SAMPLES_MAX};
pub use read::{Inputs, Judged, Taken};

/// Something that the judge of a window took in.
#[derive(Clone, Debug, PartialEq)]
pub enum JudgeInput {
    /// The clerk spoke.
    Clerk { heard: Hypothesis, scores: Vec<PhraseScore>, level: Dbfs },
    /// The visitor spoke.
    Visitor { span: Span, level: Dbfs },
    /// A telephone rang for one burst.
    Ring(Span),
    /// The hall reported something.
    Reported(Report),
    /// Whatever was said in this stretch was not heard: `lost`, or the reason in a sentence.
    Gap { span: Span, why: String },
    /// Nobody said anything up to `until`, and the clerk nothing up to `clerk`.
    Quiet { until: SessionTime, clerk: SessionTime },
    /// The session ended, its audio at `at`.
    Ended { at: SessionTime, lost: u64 },
}

impl JudgeInput {
    /// The reason of a gap that the source did not deliver.
    pub const LOST: &'static str = "lost";

    /// Session time and body of its event, phrases named as `book` has them.
    pub fn to_body(&self, book: &CompiledBook) -> (Span, Body) {
        let point = |at: SessionTime| Span { start: at, end: at };
        match self {
            Self::Clerk { heard, scores, level } => {
                (heard.span, Body::Heard(Box::new(HeardBody::of(heard, scores, *level, book))))
            }
            Self::Visitor { span, level } => {
                (*span, Body::VisitorSpoke(VisitorSpoke { level_dbfs: Real(level.0) }))
            }
            Self::Ring(span) => (*span, Body::Ring(RingBody {})),
            Self::Reported(Report { at, kind, ticket }) => {
                (point(*at), Body::Report(ReportBody { kind: *kind, ticket: ticket.clone() }))
            }
            Self::Gap { span, why } => (*span, Body::Gap(GapBody { why: why.clone() })),
            Self::Quiet { until, clerk } => (point(*until), Body::Quiet(QuietBody { clerk: *clerk })),
            Self::Ended { at, lost } => (point(*at), Body::Ended(EndedBody { lost: *lost })),
        }
    }

    /// What the judge took in with this event; `None` where it is no input, or was forgotten. Scores of phrases that
    /// `book` has not are left out.
    ///
    /// # Errors
    /// Where the event is not as this version writes it.
    pub fn of_event(event: &Event, book: &CompiledBook) -> Result<Option<Self>, JournalFault> {
        let Some(body) = event.read()? else { return Ok(None) };
        let span = || event.session.ok_or_else(|| event.fault("it has no session time".to_owned()));
        Ok(Some(match body {
            Body::Heard(heard) => {
                let taken = heard.take(span()?, book).map_err(|found| event.fault(found))?;
                let (heard, scores, level) = taken;
                Self::Clerk { heard, scores, level }
            }
            Body::VisitorSpoke(spoke) => Self::Visitor { span: span()?, level: Dbfs(spoke.level_dbfs.0) },
            Body::Ring(_) => Self::Ring(span()?),
            Body::Report(ReportBody { kind, ticket }) => {
                Self::Reported(Report { at: span()?.start, kind, ticket })
            }
            Body::Gap(GapBody { why }) => Self::Gap { span: span()?, why },
            Body::Quiet(QuietBody { clerk }) => Self::Quiet { until: span()?.end, clerk },
            Body::Ended(EndedBody { lost }) => Self::Ended { at: span()?.end, lost },
            _ => return Ok(None),
        }))
    }
}

//! What waits for a recogniser, and the work on it.

use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::time::Duration;

use super::Times;
use crate::asr::{Care, Recogniser};
use crate::conduct::CompiledBook;
use crate::pipeline::{HeardSegment, Recognised, recognise, verify};
use crate::schedule::{JobId, UtteranceId};
use crate::units::SessionTime;
use crate::vad::SpeechSegment;

/// Speech that a listen thread hands over.
#[derive(Clone)]
pub(super) struct Spoken {
    pub window: usize,
    pub segment: Arc<SpeechSegment>,
    /// Run time at which its last words were said.
    pub said: Duration,
    /// Run time at which it was cut out.
    pub cut: Duration,
    /// How long after it was spoken the source delivered the audio up to the cut.
    pub source_lag: Duration,
    pub book: Arc<CompiledBook>,
}

/// What a job works on.
#[derive(Clone)]
pub(super) struct Work {
    pub spoken: Spoken,
    pub pause: bool,
    pub place: Place,
    /// Run times; those not reached yet are the last one reached.
    pub times: Times,
    /// After the first half: what was recognised, with which care.
    pub recognised: Option<(Recognised, Care)>,
}

/// Where the result belongs in the window's order.
#[derive(Clone, Copy)]
pub(super) enum Place {
    /// It is the word of this order.
    Word(u64),
    /// It may be told once all words before this one were.
    After(u64),
}

pub(super) struct Paused {
    pub start: SessionTime,
    pub end: SessionTime,
    pub state: PausedState,
}

pub(super) enum PausedState {
    /// Waiting or running as this job.
    Open(JobId),
    Done(Box<Work>, HeardSegment),
}

/// What a worker takes from the lock to work on.
pub(super) struct Task {
    pub job: JobId,
    pub care: Care,
    pub segment: Arc<SpeechSegment>,
    pub book: Arc<CompiledBook>,
    pub recognised: Option<Recognised>,
}

/// What it brings back.
pub(super) enum Outcome {
    Recognised(Recognised),
    Verified(HeardSegment),
    Failed(String),
}

pub(super) fn utterance_of(spoken: &Spoken) -> UtteranceId {
    let SpeechSegment { channel, span, .. } = *spoken.segment;
    UtteranceId { window: spoken.window, channel: channel.0, number: span.start.0 }
}

/// A panic is a failure on this speech, and no more: the words after it wait for it, and the next is decoded anew.
pub(super) fn work_on(task: &Task, recogniser: &mut dyn Recogniser) -> Outcome {
    let work = AssertUnwindSafe(|| try_to_work(task, recogniser));
    panic::catch_unwind(work).unwrap_or_else(|_| Outcome::Failed("the recogniser broke down".to_owned()))
}

fn try_to_work(task: &Task, recogniser: &mut dyn Recogniser) -> Outcome {
    let Task { segment, care, book, recognised, .. } = task;
    let done = match recognised {
        None => recognise(segment, *care, recogniser, book).map(Outcome::Recognised),
        Some(Recognised { heard, candidates }) => {
            let mut heard = heard.clone();
            verify(segment, *care, recogniser, candidates, &mut heard).map(|()| Outcome::Verified(heard))
        }
    };
    done.unwrap_or_else(|fault| Outcome::Failed(fault.to_string()))
}

//! What reaches the judge, from the listen and hear threads and from the hall's own systems.

use std::sync::Arc;
use std::time::Duration;

use super::event::Unheard;
use super::reporting::Reported;
use crate::alert::SessionClock;
use crate::asr::Hypothesis;
use crate::conduct::{CompiledBook, Report};
use crate::pipeline::{HeardSegment, Quiet};
use crate::said::Bilingual;
use crate::schedule::Why;
use crate::status::WindowState;
use crate::units::{Dbfs, Role, SessionTime, Span};

/// What reaches the judge.
pub(super) struct Message {
    pub window: usize,
    pub body: Body,
}

pub(super) enum Body {
    /// In the window's order, counted from 0.
    Word {
        order: u64,
        word: Word,
    },
    /// What there is of an utterance in progress; told once the words before `after` were.
    Partial {
        after: u64,
        span: Span,
        pause: bool,
        heard: HeardSegment,
        times: Times,
        book: Arc<CompiledBook>,
    },
    /// Session time and run time of one instant.
    Clock(SessionClock),
    State {
        role: Role,
        state: WindowState,
        reason: Option<Bilingual>,
    },
    Shed {
        why: Why,
    },
    /// The hall reported something.
    Reported(Reported),
}

/// What is judged, in order.
pub(super) enum Word {
    /// The clerk spoke; the segment began at `start`. `silent` stands in for what could not be heard.
    Clerk {
        silent: Hypothesis,
        start: SessionTime,
        heard: Box<Result<HeardSegment, Unheard>>,
        times: Times,
    },
    Visitor {
        span: Span,
        level: Dbfs,
    },
    /// Told at the run time `cut`, when the newest audio of the source was this old.
    Quiet {
        quiet: Quiet,
        cut: Duration,
        source_lag: Duration,
    },
    Gap(Span),
    /// What became of the visitor's microphone.
    Noted(Report),
    Ring(Span),
    /// Another rulebook is in force from here on.
    Rules(Arc<CompiledBook>),
    Ended {
        audio: SessionTime,
        /// Time that the clerk's source did not deliver.
        lost_samples: u64,
    },
}

/// Run times of one piece of work.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    pub cut: Duration,
    pub taken: Duration,
    pub decoded: Duration,
    pub verified: Duration,
    /// How long after it was spoken the source delivered it.
    pub source_lag: Duration,
}

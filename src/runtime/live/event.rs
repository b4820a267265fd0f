//! What a running hall tells.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use crate::alert::{Alert, SessionClock};
use crate::conduct::scene::EncounterKind;
use crate::conduct::{CompiledBook, Encounter, Finding, Standing};
use crate::ledger::JudgeInput;
use crate::ledger::event::{EvidenceBody, RetentionBody};
use crate::ledger::unmask::Original;
use crate::pipeline::Effort;
use crate::said::Bilingual;
use crate::status::WindowState;
use crate::units::{Role, SessionTime, Span};

/// What a run tells, in the order it becomes known. `window` is an index into the configuration's windows.
#[derive(Debug)]
pub enum HallEvent {
    /// The judge of the window took this in; silences without consequence are put together. Here and below, what was masked in it
    /// goes with it as far as the journal, where that keeps it, and nobody is told.
    Taken { window: usize, input: Box<JudgeInput>, original: Option<Original> },
    /// The window's session began: its times are these run times from now on.
    Clock { window: usize, clock: SessionClock },
    /// What the source of one of the window's microphones does. The clerk's stands for the window.
    State { window: usize, role: Role, state: WindowState, reason: Option<Bilingual> },
    /// Words of the clerk; `tentative` ones may change, and all may while the utterance is not `over`.
    Words { window: usize, span: Span, settled: String, tentative: String, over: bool },
    /// A finding for the record, from utterances heard to their end: what a replay finds.
    Found { window: usize, finding: Finding, original: Option<Original> },
    /// What people are shown; perhaps before the record has it.
    Alerted { window: usize, alert: Alert, original: Option<Original> },
    /// Nobody will know what the clerk said in `span`.
    Unheard { window: usize, span: Span, why: Unheard },
    /// The scheduler gave something up: `partial`, `context`, `verification` or `utterance`.
    Shed { window: usize, what: &'static str },
    /// Another rulebook is in force from here on.
    Rules { window: usize, book: Arc<CompiledBook> },
    /// The encounter that is open, when it began or how it fares changed; or none is open any more.
    Encounter { window: usize, open: Option<OpenEncounter> },
    /// A visit or a call is over.
    Closed { window: usize, encounter: Encounter },
    /// The recogniser was at work: on an utterance in progress (`partial`), or at its end.
    Decoded { window: usize, partial: bool, effort: Effort },
    /// Audio was judged up to this time.
    Progress { window: usize, until: SessionTime },
    /// The clip of an alert is written, or there is none; `span` is its stretch.
    Evidence { window: usize, span: Span, body: Box<EvidenceBody> },
    /// Clips were deleted: of the hall, for which the first window stands.
    Retention { body: RetentionBody },
    /// The window's sources are over.
    Ended { window: usize, account: WindowAccount },
}

impl HallEvent {
    pub fn window(&self) -> usize {
        match self {
            Self::Taken { window, .. }
            | Self::Clock { window, .. }
            | Self::State { window, .. }
            | Self::Words { window, .. }
            | Self::Found { window, .. }
            | Self::Alerted { window, .. }
            | Self::Unheard { window, .. }
            | Self::Shed { window, .. }
            | Self::Rules { window, .. }
            | Self::Encounter { window, .. }
            | Self::Closed { window, .. }
            | Self::Decoded { window, .. }
            | Self::Progress { window, .. }
            | Self::Evidence { window, .. }
            | Self::Ended { window, .. } => *window,
            Self::Retention { .. } => 0,
        }
    }

    /// Takes out what was masked in it: for the journal, before anybody is told the rest.
    pub(super) fn take_original(&mut self) -> Option<Original> {
        match self {
            Self::Taken { original, .. } | Self::Found { original, .. } | Self::Alerted { original, .. } => {
                original.take()
            }
            _ => None,
        }
    }
}

/// A visit or a call that goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenEncounter {
    pub kind: EncounterKind,
    pub since: SessionTime,
    pub standing: Standing,
}

/// Why speech was not heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unheard {
    /// The source did not deliver it.
    Lost,
    /// There was more speech than the recognisers could take within the greatest lag.
    Overload,
    /// The service was stopped before its turn.
    Stopped,
    /// The recogniser failed on it.
    Failed(String),
}

impl fmt::Display for Unheard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lost => f.write_str("the source did not deliver it"),
            Self::Overload => f.write_str("more speech than the recognisers can take"),
            Self::Stopped => f.write_str("stopped before its turn"),
            Self::Failed(fault) => f.write_str(fault),
        }
    }
}

/// What became of a window's time, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct WindowAccount {
    pub audio_s: f64,
    pub clerk_speech_s: f64,
    /// Lost by the source, given up, or failed on.
    pub unheard_s: f64,
    /// Utterances of the clerk.
    pub segments: u64,
    /// Decodes of utterances in progress.
    pub partials: u64,
    #[serde(skip)]
    pub effort: Effort,
}

//! Event: one line of the journal, and what it says. In: what happened in the hall. Out: JSON that stays readable.
//! Thread: any. Allocates: per event.
//!
//! Every kind and field is described in `docs/journal.md`. Fields are added, never renamed or removed; times are samples
//! of session time at 16 kHz or microseconds of wall time, always whole numbers.

mod bodies;
mod heard;
mod people;
mod real;
mod rules;
mod unmask;

use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

use crate::conduct::{CompiledBook, Encounter, Finding};
use crate::ledger::unmask::Original;
use crate::units::{Span, WindowId};

pub use bodies::{
    AccessBody, AlertBody, ClipBody, ClockBody, EndedBody, EvidenceBody, ForgottenBody, GapBody, HeadBody,
    LatencyBody, QuietBody, ReportBody, RetentionBody, RingBody, RulesBody, RunEnded, RunStarted, Seat,
    ShedBody, VisitorSpoke, WindowStateBody,
};
pub use heard::{HeardBody, ScoreBody};
pub use people::{AppealBody, DecisionBody, DutyBody, ReviewBody, Ruling, SatBody, ScoredBody};
pub use real::Real;
pub use rules::{RulebookText, RulebookUnread};
pub use unmask::UnmaskBody;

/// What an event is about. The journal keeps kinds that this version does not know, and verifies them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    RunStarted,
    RunEnded,
    Clock,
    Heard,
    VisitorSpoke,
    Ring,
    Report,
    Gap,
    Quiet,
    Ended,
    Encounter,
    Finding,
    Alert,
    Shed,
    WindowState,
    Rules,
    Forgotten,
    Evidence,
    Access,
    Retention,
    Duty,
    Review,
    Appeal,
    Decision,
    Score,
    Unmask,
}

impl Kind {
    pub const ALL: [Self; 26] = [
        Self::RunStarted,
        Self::RunEnded,
        Self::Clock,
        Self::Heard,
        Self::VisitorSpoke,
        Self::Ring,
        Self::Report,
        Self::Gap,
        Self::Quiet,
        Self::Ended,
        Self::Encounter,
        Self::Finding,
        Self::Alert,
        Self::Shed,
        Self::WindowState,
        Self::Rules,
        Self::Forgotten,
        Self::Evidence,
        Self::Access,
        Self::Retention,
        Self::Duty,
        Self::Review,
        Self::Appeal,
        Self::Decision,
        Self::Score,
        Self::Unmask,
    ];

    /// As it stands in the journal.
    pub fn name(self) -> &'static str {
        match self {
            Self::RunStarted => "run-started",
            Self::RunEnded => "run-ended",
            Self::Clock => "clock",
            Self::Heard => "heard",
            Self::VisitorSpoke => "visitor-spoke",
            Self::Ring => "ring",
            Self::Report => "report",
            Self::Gap => "gap",
            Self::Quiet => "quiet",
            Self::Ended => "ended",
            Self::Encounter => "encounter",
            Self::Finding => "finding",
            Self::Alert => "alert",
            Self::Shed => "shed",
            Self::WindowState => "window-state",
            Self::Rules => "rules",
            Self::Forgotten => "forgotten",
            Self::Evidence => "evidence",
            Self::Access => "access",
            Self::Retention => "retention",
            Self::Duty => "duty",
            Self::Review => "review",
            Self::Appeal => "appeal",
            Self::Decision => "decision",
            Self::Score => "score",
            Self::Unmask => "unmask",
        }
    }

    /// Whether it is of somebody, so that it may have to be forgotten; what the journal needs to stay whole is not.
    pub fn is_of_people(self) -> bool {
        match self {
            Self::Heard
            | Self::VisitorSpoke
            | Self::Report
            | Self::Encounter
            | Self::Finding
            | Self::Alert
            | Self::Evidence
            | Self::WindowState
            | Self::Duty
            | Self::Review
            | Self::Appeal
            | Self::Decision
            | Self::Score => true,
            Self::RunStarted
            | Self::RunEnded
            | Self::Clock
            | Self::Ring
            | Self::Gap
            | Self::Quiet
            | Self::Ended
            | Self::Shed
            | Self::Rules
            | Self::Forgotten
            | Self::Access
            | Self::Retention
            | Self::Unmask => false,
        }
    }

    /// `None` for a kind of another version.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What an event says besides its header.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Body {
    RunStarted(Box<RunStarted>),
    RunEnded(RunEnded),
    Clock(ClockBody),
    Heard(Box<HeardBody>),
    VisitorSpoke(VisitorSpoke),
    Ring(RingBody),
    Report(ReportBody),
    Gap(GapBody),
    Quiet(QuietBody),
    Ended(EndedBody),
    Encounter(Box<Encounter>),
    Finding(Box<Finding>),
    Alert(Box<AlertBody>),
    Shed(ShedBody),
    WindowState(WindowStateBody),
    Rules(RulesBody),
    Forgotten(ForgottenBody),
    Evidence(Box<EvidenceBody>),
    Access(AccessBody),
    Retention(RetentionBody),
    Duty(DutyBody),
    Review(ReviewBody),
    Appeal(AppealBody),
    Decision(DecisionBody),
    Score(Box<ScoredBody>),
    Unmask(UnmaskBody),
}

impl Body {
    pub fn kind(&self) -> Kind {
        match self {
            Self::RunStarted(_) => Kind::RunStarted,
            Self::RunEnded(_) => Kind::RunEnded,
            Self::Clock(_) => Kind::Clock,
            Self::Heard(_) => Kind::Heard,
            Self::VisitorSpoke(_) => Kind::VisitorSpoke,
            Self::Ring(_) => Kind::Ring,
            Self::Report(_) => Kind::Report,
            Self::Gap(_) => Kind::Gap,
            Self::Quiet(_) => Kind::Quiet,
            Self::Ended(_) => Kind::Ended,
            Self::Encounter(_) => Kind::Encounter,
            Self::Finding(_) => Kind::Finding,
            Self::Alert(_) => Kind::Alert,
            Self::Shed(_) => Kind::Shed,
            Self::WindowState(_) => Kind::WindowState,
            Self::Rules(_) => Kind::Rules,
            Self::Forgotten(_) => Kind::Forgotten,
            Self::Evidence(_) => Kind::Evidence,
            Self::Access(_) => Kind::Access,
            Self::Retention(_) => Kind::Retention,
            Self::Duty(_) => Kind::Duty,
            Self::Review(_) => Kind::Review,
            Self::Appeal(_) => Kind::Appeal,
            Self::Decision(_) => Kind::Decision,
            Self::Score(_) => Kind::Score,
            Self::Unmask(_) => Kind::Unmask,
        }
    }

    /// As it stands in the journal.
    ///
    /// # Errors
    /// None that is known: every body is of text and numbers.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    /// # Errors
    /// Where `json` is not what this version writes for `kind`.
    pub fn parse(kind: Kind, json: &str) -> Result<Self, serde_json::Error> {
        fn read<T: DeserializeOwned, B>(json: &str, body: fn(T) -> B) -> Result<B, serde_json::Error> {
            serde_json::from_str(json).map(body)
        }
        match kind {
            Kind::RunStarted => read(json, |body| Self::RunStarted(Box::new(body))),
            Kind::RunEnded => read(json, Self::RunEnded),
            Kind::Clock => read(json, Self::Clock),
            Kind::Heard => read(json, |body| Self::Heard(Box::new(body))),
            Kind::VisitorSpoke => read(json, Self::VisitorSpoke),
            Kind::Ring => read(json, Self::Ring),
            Kind::Report => read(json, Self::Report),
            Kind::Gap => read(json, Self::Gap),
            Kind::Quiet => read(json, Self::Quiet),
            Kind::Ended => read(json, Self::Ended),
            Kind::Encounter => read(json, |body| Self::Encounter(Box::new(body))),
            Kind::Finding => read(json, |body| Self::Finding(Box::new(body))),
            Kind::Alert => read(json, |body| Self::Alert(Box::new(body))),
            Kind::Shed => read(json, Self::Shed),
            Kind::WindowState => read(json, Self::WindowState),
            Kind::Rules => read(json, Self::Rules),
            Kind::Forgotten => read(json, Self::Forgotten),
            Kind::Evidence => read(json, |body| Self::Evidence(Box::new(body))),
            Kind::Access => read(json, Self::Access),
            Kind::Retention => read(json, Self::Retention),
            Kind::Duty => read(json, Self::Duty),
            Kind::Review => read(json, Self::Review),
            Kind::Appeal => read(json, Self::Appeal),
            Kind::Decision => read(json, Self::Decision),
            Kind::Score => read(json, |body| Self::Score(Box::new(body))),
            Kind::Unmask => read(json, Self::Unmask),
        }
    }
}

/// An event on its way into the journal.
#[derive(Clone, Debug)]
pub struct Draft {
    /// `None`: of the hall.
    pub window: Option<WindowId>,
    /// Session time that it is about.
    pub session: Option<Span>,
    /// When it became known, microseconds since the Unix epoch.
    pub wall_us: i64,
    /// The rules in force at its window.
    pub book: Arc<CompiledBook>,
    pub body: Body,
    /// What was masked in it. Kept where the journal has a key, sealed and beside it; else dropped.
    pub original: Option<Original>,
}

/// An event of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its place in the journal, from 1 on, without holes.
    pub seq: u64,
    /// Which run of the service it is of, from 1 on.
    pub run: u64,
    /// Of [`Kind`], or of a later version.
    pub kind: String,
    pub window: Option<WindowId>,
    pub session: Option<Span>,
    pub wall_us: i64,
    /// Its row in the journal's tables of engines and of rulebooks.
    pub engine: i64,
    pub rulebook: i64,
    /// JSON; `None` once it was forgotten.
    pub body: Option<String>,
}

impl Event {
    /// What it says; `None` of a kind that this version does not know, and once it was forgotten.
    ///
    /// # Errors
    /// [`BodyFault`] where the body is not what this version writes for its kind.
    pub fn read(&self) -> Result<Option<Body>, BodyFault> {
        let (Some(kind), Some(json)) = (Kind::parse(&self.kind), &self.body) else { return Ok(None) };
        let fault = |fault: serde_json::Error| self.fault(fault.to_string());
        Body::parse(kind, json).map(Some).map_err(fault)
    }

    pub(super) fn fault(&self, found: String) -> BodyFault {
        BodyFault { seq: self.seq, kind: self.kind.clone(), found }
    }
}

/// The body of an event cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "event {seq} ({kind}) cannot be read ({found}): read the journal with the version that wrote it, or a later one"
)]
pub struct BodyFault {
    pub seq: u64,
    pub kind: String,
    pub found: String,
}

#[cfg(test)]
mod tests;

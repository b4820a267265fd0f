//! Report: what is known of a window otherwise than by its sound, in session time: tickets called, calls answered, and
//! whether the visitor's microphone delivers.

use serde::{Deserialize, Serialize};

use crate::units::SessionTime;

/// Something that the hall's queue or telephone system told of a window, or the program of its own microphones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    pub at: SessionTime,
    pub kind: ReportKind,
    /// As the ticket is called, e.g. `A012`; only of tickets.
    pub ticket: Option<String>,
}

/// As it is written in a file of events, those of the hall's systems.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReportKind {
    /// A visitor is called to the window.
    TicketCalled,
    /// The visitor's business is done.
    TicketFinished,
    /// The telephone rings: one burst.
    Ring,
    CallAnswered,
    CallEnded,
    /// From here on the visitor's microphone delivers nothing: what the visitor says is not heard. Of the program alone.
    VisitorUnheard,
    /// It delivers again.
    VisitorHeard,
}

impl ReportKind {
    /// What the hall's systems may tell.
    pub const ALL: [Self; 5] =
        [Self::TicketCalled, Self::TicketFinished, Self::Ring, Self::CallAnswered, Self::CallEnded];

    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::TicketCalled => "ticket-called",
            Self::TicketFinished => "ticket-finished",
            Self::Ring => "ring",
            Self::CallAnswered => "call-answered",
            Self::CallEnded => "call-ended",
            Self::VisitorUnheard => "visitor-unheard",
            Self::VisitorHeard => "visitor-heard",
        }
    }
}

//! Visits and calls, as lines of JSON and for people.

use serde::Serialize;

use super::json::{round, seconds};
use super::show::clock;
use crate::conduct::Encounter;
use crate::conduct::scene::EncounterKind;

/// Described in `docs/json.md`.
#[derive(Serialize)]
pub(super) struct EncounterLine<'a> {
    file: &'a str,
    window: &'a str,
    kind: EncounterKind,
    start_s: f64,
    end_s: f64,
    rings: usize,
    answered_s: Option<f64>,
    ticket: Option<&'a str>,
    served: bool,
    interrupted: bool,
}

impl<'a> EncounterLine<'a> {
    pub fn new(file: &'a str, window: &'a str, encounter: &'a Encounter) -> Self {
        let Encounter { kind, span, rings, answered, ticket, served, interrupted } = encounter;
        let (start_s, end_s) = seconds(*span);
        Self {
            file,
            window,
            kind: *kind,
            start_s,
            end_s,
            rings: *rings,
            answered_s: answered.map(|at| round(at.seconds())),
            ticket: ticket.as_deref(),
            served: *served,
            interrupted: *interrupted,
        }
    }
}

/// Whether it is worth a line: a word in an empty hall is no visit.
pub(super) fn told(encounter: &Encounter) -> bool {
    encounter.served || encounter.kind == EncounterKind::Telephone || encounter.ticket.is_some()
}

/// `00:01.6 – 00:35.9  call, 2 rings, answered after 6.4 s`
pub(super) fn spelled(encounter: &Encounter) -> String {
    let Encounter { kind, span, rings, answered, ticket, interrupted, .. } = encounter;
    let mut what = match (kind, answered) {
        (EncounterKind::Counter, _) => "visit".to_owned(),
        (EncounterKind::Telephone, None) => format!("call, {rings} rings, NOT ANSWERED"),
        (EncounterKind::Telephone, Some(at)) => {
            let waited = at.seconds() - span.start.seconds();
            format!("call, {rings} rings, answered after {waited:.1} s")
        }
    };
    if let Some(ticket) = ticket {
        what.push_str(&format!(", ticket {ticket}"));
    }
    if *interrupted {
        what.push_str(", a call came in between");
    }
    format!("{} – {}  {what}", clock(span.start), clock(span.end))
}

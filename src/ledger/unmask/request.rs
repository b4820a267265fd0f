//! Requests, as the steps of the journal come to them.

use serde::Serialize;

use crate::ledger::event::UnmaskBody;
use crate::units::WindowId;

/// Somebody wants to see what was masked in an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Request {
    /// Number of the event that asked.
    pub id: u64,
    /// The event whose text it is about.
    pub event: u64,
    pub window: Option<WindowId>,
    pub by: String,
    pub why: String,
    /// Microseconds since the Unix epoch.
    pub wall_us: i64,
    /// Of somebody else; `None` while it waits.
    pub answer: Option<Answer>,
    /// When it was shown, so far.
    pub shown_us: Vec<i64>,
}

/// What somebody else said to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Answer {
    pub by: String,
    pub why: String,
    pub wall_us: i64,
    /// Until when it may be shown; `None`: it was refused.
    pub until_us: Option<i64>,
}

/// What may come of a request now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// For somebody else's answer.
    Waiting,
    /// It may be shown.
    Granted,
    Refused,
    /// The time in which it could be shown is over.
    Over,
}

impl Standing {
    /// As it is serialised.
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Granted => "granted",
            Self::Refused => "refused",
            Self::Over => "over",
        }
    }
}

impl Request {
    pub fn standing(&self, now_us: i64) -> Standing {
        match self.answer.as_ref().map(|answer| answer.until_us) {
            None => Standing::Waiting,
            Some(None) => Standing::Refused,
            Some(Some(until_us)) if now_us <= until_us => Standing::Granted,
            Some(Some(_)) => Standing::Over,
        }
    }
}

/// What steps come to, in their order: number, window and time of each event, and its body. A step of no request, and a second
/// answer, change nothing.
pub fn requests(steps: impl IntoIterator<Item = (u64, Option<WindowId>, i64, UnmaskBody)>) -> Vec<Request> {
    let mut all: Vec<Request> = Vec::new();
    let find = |all: &mut Vec<Request>, id: u64| all.iter().position(|request| request.id == id);
    for (seq, window, wall_us, body) in steps {
        match body {
            UnmaskBody::Ask { event, by, why } => {
                let (answer, shown_us) = (None, Vec::new());
                all.push(Request { id: seq, event, window, by, why, wall_us, answer, shown_us });
            }
            UnmaskBody::Grant { request, by, why, until_us, .. } => {
                let answer = Answer { by, why, wall_us, until_us: Some(until_us) };
                find(&mut all, request).map(|at| all[at].answer.get_or_insert(answer));
            }
            UnmaskBody::Refuse { request, by, why, .. } => {
                let answer = Answer { by, why, wall_us, until_us: None };
                find(&mut all, request).map(|at| all[at].answer.get_or_insert(answer));
            }
            UnmaskBody::Show { request, .. } => {
                find(&mut all, request).into_iter().for_each(|at| all[at].shown_us.push(wall_us));
            }
        }
    }
    all
}

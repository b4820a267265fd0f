//! Who may do what about a request, and when.

use thiserror::Error;

use super::{Request, Standing};
use crate::ledger::event::UnmaskBody;
use crate::ledger::journal::JournalFault;

const HOUR_US: i64 = 3_600_000_000;

/// What somebody wants to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    Ask {
        event: u64,
        why: String,
    },
    /// For so many hours.
    Grant {
        request: u64,
        why: String,
        hours: u16,
    },
    Refuse {
        request: u64,
        why: String,
    },
    Show {
        request: u64,
    },
}

/// What the journal has of the event that it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// There is no such event.
    Absent,
    /// Nothing was masked in it, or what was is not kept, or not any more.
    Without,
    Kept,
}

/// Why it may not be done; nothing was written, and nothing is shown.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    #[error("nobody is named: say who you are with --who")]
    Nameless,
    #[error("no reason is given: say with --why what it is needed for, for whoever has to answer for it")]
    WithoutReason,
    #[error("there is no event {0}: `sansheng journal show` and `sansheng review list` name them")]
    NoEvent(u64),
    #[error(
        "event {0} has nothing to show: nothing was masked in it, or it was not kept (`keep_unmasked_days` under [ledger]), or it \
         was deleted since"
    )]
    Without(u64),
    #[error("{by} asked for it already, as request {request}: it waits for an answer, or may be shown")]
    Asked { request: u64, by: String },
    #[error("there is no request {0}: `sansheng journal unmask list` names them")]
    NoRequest(u64),
    #[error("{by} asked for it: somebody else has to answer")]
    OwnRequest { by: String },
    #[error("{by} answered it already: that stands")]
    Answered { by: String },
    #[error("only {by}, who asked for it, is shown it")]
    NotTheirs { by: String },
    #[error("nobody has granted it yet: somebody else has to, with `sansheng journal unmask grant`")]
    Waiting,
    #[error("{by} refused it")]
    Refused { by: String },
    #[error("the time in which it could be shown is over: ask anew")]
    Over { until_us: i64 },
}

#[derive(Debug, Error)]
pub enum UnmaskFault {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Journal(#[from] JournalFault),
}

impl Step {
    /// The event that it is about.
    ///
    /// # Errors
    /// [`Refusal::NoRequest`].
    pub fn event(&self, requests: &[Request]) -> Result<u64, Refusal> {
        match self {
            Self::Ask { event, .. } => Ok(*event),
            Self::Grant { request, .. } | Self::Refuse { request, .. } | Self::Show { request } => {
                named(requests, *request).map(|request| request.event)
            }
        }
    }
}

/// Until when what is granted now may be shown.
pub fn until(now_us: i64, hours: u16) -> i64 {
    now_us.saturating_add(i64::from(hours) * HOUR_US)
}

/// Whether `who` may do it at `now_us`; what is to be written then, before anything comes of it.
///
/// # Errors
/// [`Refusal`].
pub fn allow(
    requests: &[Request],
    subject: Subject,
    step: &Step,
    (who, now_us): (&str, i64),
) -> Result<UnmaskBody, Refusal> {
    let by = who.trim().to_owned();
    if by.is_empty() {
        return Err(Refusal::Nameless);
    }
    match step {
        Step::Ask { event, why } => {
            let why = reason(why)?;
            is_kept(subject, *event)?;
            let open = |request: &&Request| {
                let standing = request.standing(now_us);
                request.event == *event
                    && request.by == by
                    && matches!(standing, Standing::Waiting | Standing::Granted)
            };
            match requests.iter().find(open) {
                Some(Request { id, .. }) => Err(Refusal::Asked { request: *id, by }),
                None => Ok(UnmaskBody::Ask { event: *event, by, why }),
            }
        }
        Step::Grant { request: id, why, hours } => {
            let event = answered_by(named(requests, *id)?, &by)?;
            is_kept(subject, event)?;
            let why = why.trim().to_owned();
            Ok(UnmaskBody::Grant { request: *id, event, by, why, until_us: until(now_us, *hours) })
        }
        Step::Refuse { request: id, why } => {
            let event = answered_by(named(requests, *id)?, &by)?;
            Ok(UnmaskBody::Refuse { request: *id, event, by, why: why.trim().to_owned() })
        }
        Step::Show { request: id } => {
            let request = named(requests, *id)?;
            may_see(request, (&by, now_us))?;
            is_kept(subject, request.event)?;
            Ok(UnmaskBody::Show { request: *id, event: request.event, by })
        }
    }
}

fn named(requests: &[Request], id: u64) -> Result<&Request, Refusal> {
    requests.iter().find(|request| request.id == id).ok_or(Refusal::NoRequest(id))
}

fn reason(why: &str) -> Result<String, Refusal> {
    let why = why.trim();
    if why.is_empty() { Err(Refusal::WithoutReason) } else { Ok(why.to_owned()) }
}

fn is_kept(subject: Subject, event: u64) -> Result<(), Refusal> {
    match subject {
        Subject::Absent => Err(Refusal::NoEvent(event)),
        Subject::Without => Err(Refusal::Without(event)),
        Subject::Kept => Ok(()),
    }
}

/// The event of a request that `who` may answer.
fn answered_by(request: &Request, who: &str) -> Result<u64, Refusal> {
    match &request.answer {
        _ if request.by == who => Err(Refusal::OwnRequest { by: who.to_owned() }),
        Some(answer) => Err(Refusal::Answered { by: answer.by.clone() }),
        None => Ok(request.event),
    }
}

fn may_see(request: &Request, (who, now_us): (&str, i64)) -> Result<(), Refusal> {
    if request.by != who {
        return Err(Refusal::NotTheirs { by: request.by.clone() });
    }
    match &request.answer {
        None => Err(Refusal::Waiting),
        Some(answer) => match answer.until_us {
            None => Err(Refusal::Refused { by: answer.by.clone() }),
            Some(until_us) if now_us > until_us => Err(Refusal::Over { until_us }),
            Some(_) => Ok(()),
        },
    }
}

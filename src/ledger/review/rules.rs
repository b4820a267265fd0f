//! Who may do what about a finding, and when.

use serde::Serialize;
use thiserror::Error;

use super::{Case, Charged, StepKind, Subject};
use crate::conduct::FindingState;
use crate::ledger::event::Ruling;
use crate::toml_file::Fields;

const DAY_US: i64 = 86_400_000_000;

/// `[review]`: how long people have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Terms {
    /// After a review, or, as long as there is none, after what was said.
    pub appeal_days: u16,
    /// After the appeal.
    pub decide_days: u16,
    /// Hours in which what was masked may be shown, once somebody else granted it.
    pub unmask_hours: u16,
}

impl Default for Terms {
    fn default() -> Self {
        Self { appeal_days: 7, decide_days: 15, unmask_hours: 24 }
    }
}

impl Terms {
    /// Reads the table `[review]`; its faults are told there, and defaults stand in for what is wrong.
    pub(crate) fn read(table: Option<Fields<'_, '_>>) -> Self {
        let mut terms = Self::default();
        let Some(mut fields) = table else { return terms };
        for (key, place) in [("appeal_days", &mut terms.appeal_days), ("decide_days", &mut terms.decide_days)]
        {
            if let Some(days) = fields.whole(key, 1..=365) {
                *place = days;
            }
        }
        if let Some(hours) = fields.whole("unmask_hours", 1..=168) {
            terms.unmask_hours = hours;
        }
        fields.finish(&[]);
        terms
    }

    pub fn appeal_until(&self, since_us: i64) -> i64 {
        since_us.saturating_add(i64::from(self.appeal_days) * DAY_US)
    }

    pub fn decide_until(&self, since_us: i64) -> i64 {
        since_us.saturating_add(i64::from(self.decide_days) * DAY_US)
    }
}

/// What somebody wants to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    Review { ruling: Ruling, reason: String },
    Appeal { text: String },
    Decide { ruling: Ruling, reason: String },
}

/// Why it may not be done; nothing was written.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    #[error("nobody is named: say who you are with --who")]
    Nameless,
    #[error("no reason is given: say with --reason why, for whoever has to answer for it")]
    WithoutReason,
    #[error("the appeal has no text: say with --text what is wrong with the finding")]
    WithoutText,
    #[error("the finding is {}: it takes nothing from anybody, and there is nothing to review", .0.name())]
    Harmless(FindingState),
    #[error("{who} sat at the window: somebody else has to review and decide")]
    OwnCase { who: String },
    #[error("it was reviewed by {by} already: the clerk may appeal, and somebody else decides")]
    Reviewed { by: String },
    #[error("it is under appeal: somebody else than the reviewer decides it with `review decide`")]
    UnderAppeal,
    #[error("it was decided by {by}: that stands")]
    Decided { by: String },
    #[error("only the clerk who sat there, {clerk}, may appeal")]
    NotTheirs { clerk: String },
    #[error("nobody is charged with it ({why}): there is nothing to appeal")]
    NobodyCharged { why: String },
    #[error("it was dismissed by {by}: there is nothing to appeal")]
    Dismissed { by: String },
    #[error("{by} appealed already: one appeal is decided")]
    Appealed { by: String },
    #[error("the time to appeal is over")]
    TooLate { until_us: i64 },
    #[error("nobody appealed: there is nothing to decide")]
    NotAppealed,
    #[error("{who} reviewed it: somebody else has to decide")]
    OwnReview { who: String },
    #[error("{who} appealed: somebody else has to decide")]
    OwnAppeal { who: String },
}

/// Whether `who` may do it at `now_us`; the step that it is then.
///
/// # Errors
/// [`Refusal`].
pub fn allow(
    case: &Case,
    subject: &Subject,
    terms: &Terms,
    (act, who, now_us): (&Act, &str, i64),
) -> Result<StepKind, Refusal> {
    let who = who.trim();
    if who.is_empty() {
        return Err(Refusal::Nameless);
    }
    if subject.state != FindingState::Confirmed {
        return Err(Refusal::Harmless(subject.state));
    }
    match act {
        Act::Review { ruling, reason } => {
            may_review(case, subject, who)?;
            if *ruling == Ruling::Dismissed && reason.trim().is_empty() {
                return Err(Refusal::WithoutReason);
            }
            Ok(StepKind::Review { ruling: *ruling, appeal_until_us: terms.appeal_until(now_us) })
        }
        Act::Appeal { text } => {
            may_appeal(case, subject, terms, (who, now_us))?;
            if text.trim().is_empty() {
                return Err(Refusal::WithoutText);
            }
            Ok(StepKind::Appeal { decide_until_us: terms.decide_until(now_us) })
        }
        Act::Decide { ruling, reason } => {
            may_decide(case, subject, who)?;
            if reason.trim().is_empty() {
                return Err(Refusal::WithoutReason);
            }
            Ok(StepKind::Decision { ruling: *ruling })
        }
    }
}

fn may_review(case: &Case, subject: &Subject, who: &str) -> Result<(), Refusal> {
    not_ones_own(subject, who)?;
    match case.steps.last().map(|step| (step.what, step.who.clone())) {
        None => Ok(()),
        Some((StepKind::Review { .. }, by)) => Err(Refusal::Reviewed { by }),
        Some((StepKind::Appeal { .. }, _)) => Err(Refusal::UnderAppeal),
        Some((StepKind::Decision { .. }, by)) => Err(Refusal::Decided { by }),
    }
}

fn may_appeal(
    case: &Case,
    subject: &Subject,
    terms: &Terms,
    (who, now_us): (&str, i64),
) -> Result<(), Refusal> {
    match &subject.charged {
        Charged::Clerk(clerk) if clerk != who => return Err(Refusal::NotTheirs { clerk: clerk.clone() }),
        Charged::Nobody(why) => return Err(Refusal::NobodyCharged { why: why.clone() }),
        Charged::Clerk(_) | Charged::Unknown => {}
    }
    let until_us = match case.steps.last().map(|step| (step.what, step.who.clone())) {
        None => terms.appeal_until(subject.wall_us),
        Some((StepKind::Review { ruling: Ruling::Upheld, appeal_until_us }, by)) if by != who => {
            appeal_until_us
        }
        // Whoever reviewed it is not the clerk, whatever name is given now.
        Some((StepKind::Review { ruling: Ruling::Upheld, .. }, by)) => {
            return Err(Refusal::OwnReview { who: by });
        }
        Some((StepKind::Review { .. }, by)) => return Err(Refusal::Dismissed { by }),
        Some((StepKind::Appeal { .. }, by)) => return Err(Refusal::Appealed { by }),
        Some((StepKind::Decision { .. }, by)) => return Err(Refusal::Decided { by }),
    };
    if now_us > until_us { Err(Refusal::TooLate { until_us }) } else { Ok(()) }
}

fn may_decide(case: &Case, subject: &Subject, who: &str) -> Result<(), Refusal> {
    not_ones_own(subject, who)?;
    match case.steps.last().map(|step| (step.what, step.who.as_str())) {
        Some((StepKind::Appeal { .. }, by)) if by == who => {
            return Err(Refusal::OwnAppeal { who: who.to_owned() });
        }
        Some((StepKind::Appeal { .. }, _)) => {}
        Some((StepKind::Decision { .. }, by)) => return Err(Refusal::Decided { by: by.to_owned() }),
        None | Some((StepKind::Review { .. }, _)) => return Err(Refusal::NotAppealed),
    }
    match case.last_by(|step| matches!(step, StepKind::Review { .. })) {
        Some(reviewer) if reviewer == who => Err(Refusal::OwnReview { who: who.to_owned() }),
        _ => Ok(()),
    }
}

fn not_ones_own(subject: &Subject, who: &str) -> Result<(), Refusal> {
    match &subject.charged {
        Charged::Clerk(clerk) if clerk == who => Err(Refusal::OwnCase { who: who.to_owned() }),
        _ => Ok(()),
    }
}

//! A step on its way into the journal: looked at by the rules, and written down. Shared by the command and the dashboard.

use thiserror::Error;

use super::{Act, Case, Refusal, StepKind, Subject, Terms, allow, charged};
use crate::ledger::duty::Roster;
use crate::ledger::event::{AppealBody, Body, DecisionBody, ReviewBody};
use crate::ledger::journal::{Act as Written, FindingRow, JournalFault, Rows};

/// What is known of the hall where a case is judged.
#[derive(Clone, Copy, Debug)]
pub struct Court<'a> {
    /// `None`: the hall has no calendar.
    pub roster: Option<&'a Roster>,
    pub terms: Terms,
}

#[derive(Debug, Error)]
pub enum StepFault {
    #[error("there is no finding {0}: `sansheng review list` names them")]
    NoFinding(u64),
    #[error("finding {finding}: {refusal}")]
    Refused { finding: u64, refusal: Refusal },
    #[error(transparent)]
    Journal(#[from] JournalFault),
}

impl Court<'_> {
    /// As far as it matters who may do what about a finding.
    ///
    /// # Errors
    /// [`JournalFault`] where the sign-ins cannot be read.
    pub fn subject(&self, rows: &Rows<'_>, finding: &FindingRow) -> Result<Subject, JournalFault> {
        let charged = charged(rows, self.roster, &finding.window, finding.wall_us)?;
        Ok(Subject { state: finding.state, wall_us: finding.wall_us, charged })
    }

    /// The step that `who` takes at `now_us`, and what is to be written for it in the same transaction.
    ///
    /// # Errors
    /// [`StepFault`]; then nothing is to be written.
    pub fn step(
        &self,
        rows: &Rows<'_>,
        id: u64,
        (act, who, now_us): (&Act, &str, i64),
    ) -> Result<(StepKind, Written), StepFault> {
        let finding = rows.finding(id)?.ok_or(StepFault::NoFinding(id))?;
        let (case, subject): (Case, Subject) = (rows.case(id)?, self.subject(rows, &finding)?);
        let refused = |refusal| StepFault::Refused { finding: id, refusal };
        let what = allow(&case, &subject, &self.terms, (act, who, now_us)).map_err(refused)?;
        let written = Written {
            window: Some(finding.window),
            session: Some(finding.span),
            rulebook: Some(finding.rulebook),
            body: body(id, who, act, what),
        };
        Ok((what, written))
    }
}

fn body(finding: u64, who: &str, act: &Act, what: StepKind) -> Body {
    let said = match act {
        Act::Review { reason, .. } | Act::Decide { reason, .. } => reason.clone(),
        Act::Appeal { text } => text.clone(),
    };
    let by = who.to_owned();
    match what {
        StepKind::Review { ruling, appeal_until_us } => {
            Body::Review(ReviewBody { finding, ruling, by, reason: said, appeal_until_us })
        }
        StepKind::Appeal { decide_until_us } => {
            Body::Appeal(AppealBody { finding, by, text: said, decide_until_us })
        }
        StepKind::Decision { ruling } => Body::Decision(DecisionBody { finding, ruling, by, reason: said }),
    }
}

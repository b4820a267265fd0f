//! What people did, step by step: one row an event, so that nothing is lost when one of several is forgotten.

use rusqlite::{Connection, params};

use super::Projected;
use crate::ledger::event::{Body, DutyBody, Ruling};
use crate::ledger::journal::rows::{APPEAL, DECISION, REVIEW, duty_name};

/// Whether it was an event of people.
pub(super) fn apply(of: &Projected<'_>, body: &Body, db: &Connection) -> rusqlite::Result<bool> {
    let step = |finding: u64, step: &str, ruling: Option<Ruling>, who: &str, until_us: Option<i64>| {
        let sql = "INSERT INTO review_step (seq, finding, step, ruling, who, wall_us, until_us)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let ruling = ruling.map(Ruling::name);
        db.prepare(sql)?.execute(params![of.seq, finding, step, ruling, who, of.wall_us, until_us])
    };
    match body {
        Body::Review(review) => {
            let until = Some(review.appeal_until_us);
            step(review.finding, REVIEW, Some(review.ruling), &review.by, until)?;
        }
        Body::Appeal(appeal) => {
            step(appeal.finding, APPEAL, None, &appeal.by, Some(appeal.decide_until_us))?;
        }
        Body::Decision(decision) => {
            step(decision.finding, DECISION, Some(decision.ruling), &decision.by, None)?;
        }
        Body::Duty(duty) => self::duty(of, duty, db)?,
        _ => return Ok(false),
    }
    Ok(true)
}

fn duty(of: &Projected<'_>, duty: &DutyBody, db: &Connection) -> rusqlite::Result<()> {
    // Without a window it is of no use to anybody.
    let Some(window) = of.window else { return Ok(()) };
    let sql = "INSERT INTO duty (seq, window, clerk, kind, wall_us) VALUES (?1, ?2, ?3, ?4, ?5)";
    db.prepare(sql)?.execute(params![of.seq, window, duty.clerk, duty_name(duty.kind), duty.wall_us])?;
    Ok(())
}

//! What has to be known before something goes that a finding rests on: how grave it is, and whether somebody may still need it.

use rusqlite::params;

use super::JournalFault;
use super::rows::Rows;
use crate::conduct::Severity;
use crate::units::WindowId;

/// How an alert's finding stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// `None` where nothing was found in the end, or it was forgotten.
    pub severity: Option<Severity>,
    /// It is under review or appeal: what it rests on is kept.
    pub held: bool,
}

/// Findings of the rule that an alert is about, where it is about.
pub(super) const OF_ALERT: &str = "SELECT finding.id FROM alert JOIN event ON event.seq = alert.seq
   JOIN finding ON finding.run = alert.run AND finding.window = alert.window AND finding.rule = alert.rule
     AND finding.session_start <= event.session_end AND finding.session_end >= event.session_start
   WHERE alert.id = ?1";

pub(super) const REVIEWED: &str =
    "SELECT DISTINCT finding.id FROM review_step JOIN finding ON finding.id = review_step.finding
   WHERE finding.window = ?1 AND finding.wall_us >= ?2 AND finding.wall_us < ?3";

impl Rows<'_> {
    /// # Errors
    /// [`JournalFault`], here and below: the journal cannot be read.
    pub fn standing(&self, alert: u64, now_us: i64) -> Result<Standing, JournalFault> {
        let read = || -> rusqlite::Result<Vec<u64>> {
            let mut statement = self.db.prepare_cached(OF_ALERT)?;
            statement.query_map([alert], |row| row.get(0))?.collect()
        };
        let mut standing = Standing::default();
        for id in self.told(read())? {
            let severity = self.finding(id)?.map(|finding| finding.severity);
            standing.severity = standing.severity.max(severity);
            standing.held |= self.case(id)?.is_open(now_us);
        }
        Ok(standing)
    }

    /// Whether a finding that was said at the window in this time is under review or appeal.
    pub fn holds(
        &self,
        window: &WindowId,
        (from_us, until_us): (i64, i64),
        now_us: i64,
    ) -> Result<bool, JournalFault> {
        let read = || -> rusqlite::Result<Vec<u64>> {
            let mut statement = self.db.prepare_cached(REVIEWED)?;
            statement.query_map(params![window.as_str(), from_us, until_us], |row| row.get(0))?.collect()
        };
        for id in self.told(read())? {
            if self.case(id)?.is_open(now_us) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

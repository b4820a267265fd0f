//! What has to be known before something goes that a finding rests on: how grave it is, and whether somebody may still need it.

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
const OF_ALERT: &str = "SELECT finding.id FROM alert JOIN event ON event.seq = alert.seq
   JOIN finding ON finding.run = alert.run AND finding.window = alert.window AND finding.rule = alert.rule
     AND finding.session_start <= event.session_end AND finding.session_end >= event.session_start
   WHERE alert.id = ?1";

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

    /// Window and time of the findings that are under review or appeal.
    pub fn open_cases(&self, now_us: i64) -> Result<Vec<(WindowId, i64)>, JournalFault> {
        let sql = "SELECT DISTINCT finding FROM review_step ORDER BY finding";
        let read = || -> rusqlite::Result<Vec<u64>> {
            self.db.prepare_cached(sql)?.query_map([], |row| row.get(0))?.collect()
        };
        let mut open = Vec::new();
        for id in self.told(read())? {
            if self.case(id)?.is_open(now_us)
                && let Some(finding) = self.finding(id)?
            {
                open.push((finding.window, finding.wall_us));
            }
        }
        Ok(open)
    }
}

//! The projections, as those ask them who look through a journal: page by page, with what belongs to each row. In: filters, a
//! place in the order. Out: rows, found by index. Allocates: per row.

use rusqlite::types::Value;
use rusqlite::{OptionalExtension, Params, Row, params, params_from_iter};

use super::rows::{EncounterRow, FindingRow, Period, Rows, encounter, finding};
use super::wall_clock::WallClock;
use super::{JournalFault, Reader};
use crate::ledger::event::{Body, Event, EvidenceBody};
use crate::units::WindowId;

/// An alert, and its clip, are told within so many events of the finding, at most.
const NEAR_EVENTS: i64 = 8_192;
/// A clip is written some seconds later.
const CLIP_WITHIN: i64 = 32_768;

/// Which findings. Empty lists and `None` leave nothing out, but what was held back is given only where `states` has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FindingFilter {
    pub from_us: Option<i64>,
    pub until_us: Option<i64>,
    /// `None`: every window.
    pub windows: Option<Vec<String>>,
    pub kinds: Vec<String>,
    pub provisions: Vec<String>,
    pub severities: Vec<String>,
    pub states: Vec<String>,
    /// `unreviewed`, `upheld`, `dismissed`, `appealed`.
    pub reviews: Vec<String>,
}

/// In which order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FindingOrder {
    #[default]
    Newest,
    Oldest,
    /// The gravest first; of one severity the newest.
    Severity,
}

/// A row's place in an order; what comes after it is the next page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FindingPlace {
    /// Of the severity: 0 for a note, 3 for a critical one.
    pub rank: i64,
    pub wall_us: i64,
    pub id: u64,
}

/// A finding as it is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    pub id: u64,
    pub window: WindowId,
    pub wall_us: i64,
    /// It awaits a review or a decision.
    pub is_open: bool,
    /// Nobody has reviewed it, whether or not it has to be.
    pub is_unreviewed: bool,
}

const REVIEW: &str =
    "COALESCE((SELECT CASE step WHEN 'appeal' THEN 'appealed' ELSE ruling END FROM review_step
   WHERE finding = finding.id ORDER BY seq DESC LIMIT 1), 'unreviewed')";
/// By their rank.
const SEVERITIES: [&str; 4] = ["note", "minor", "major", "critical"];
const FINDING: &str =
    "id, run, window, kind, provision, rule, severity, state, session_start, session_end, wall_us,
   rulebook, needs_review";
const ENCOUNTER: &str = "id, run, window, kind, session_start, session_end, wall_us, served";

/// Conditions on their way into a statement.
#[derive(Default)]
struct Conditions {
    text: Vec<String>,
    values: Vec<Value>,
}

impl Conditions {
    fn add(&mut self, text: &str, values: impl IntoIterator<Item = Value>) {
        self.text.push(text.to_owned());
        self.values.extend(values);
    }

    fn among(&mut self, column: &str, names: &[String]) {
        let marks = vec!["?"; names.len()].join(", ");
        self.add(&format!("{column} IN ({marks})"), names.iter().cloned().map(Value::from));
    }

    fn sql(&self) -> String {
        self.text.join(" AND ")
    }
}

impl FindingFilter {
    fn conditions(&self) -> Conditions {
        let mut all = Conditions::default();
        all.add("wall_us >= ?", [Value::from(self.from_us.unwrap_or(i64::MIN))]);
        all.add("wall_us < ?", [Value::from(self.until_us.unwrap_or(i64::MAX))]);
        if let Some(windows) = &self.windows {
            all.among("window", windows);
        }
        for (column, names) in [
            ("kind", &self.kinds),
            ("provision", &self.provisions),
            ("severity", &self.severities),
            ("state", &self.states),
            (REVIEW, &self.reviews),
        ] {
            if !names.is_empty() {
                all.among(column, names);
            }
        }
        if self.states.is_empty() {
            all.add("state <> 'held'", []);
        }
        all
    }
}

impl Rows<'_> {
    /// The next findings in an order, `limit` at most.
    ///
    /// # Errors
    /// [`JournalFault`], here and below.
    pub fn browse_findings(
        &self,
        filter: &FindingFilter,
        order: FindingOrder,
        (after, limit): (Option<FindingPlace>, usize),
    ) -> Result<Vec<FindingRow>, JournalFault> {
        if order == FindingOrder::Severity {
            return self.gravest_findings(filter, (after, limit));
        }
        let mut all = filter.conditions();
        let (by, sign) = match order {
            FindingOrder::Oldest => ("wall_us, id", '>'),
            _ => ("wall_us DESC, id DESC", '<'),
        };
        if let Some(place) = after {
            let id = i64::try_from(place.id).unwrap_or(i64::MAX);
            all.add(&format!("(wall_us, id) {sign} (?, ?)"), [Value::from(place.wall_us), Value::from(id)]);
        }
        let sql = format!("SELECT {FINDING} FROM finding WHERE {} ORDER BY {by} LIMIT {limit}", all.sql());
        let read = || {
            let mut statement = self.db.prepare_cached(&sql)?;
            statement.query_map(params_from_iter(all.values), finding)?.collect()
        };
        self.told(read())
    }

    /// One severity after the other: sorting all of a year's would take longer.
    fn gravest_findings(
        &self,
        filter: &FindingFilter,
        (after, limit): (Option<FindingPlace>, usize),
    ) -> Result<Vec<FindingRow>, JournalFault> {
        let mut found = Vec::new();
        for (rank, severity) in SEVERITIES.into_iter().enumerate().rev() {
            let rank = rank as i64;
            let is_wanted =
                filter.severities.is_empty() || filter.severities.iter().any(|one| one == severity);
            if !is_wanted || after.is_some_and(|place| place.rank < rank) || found.len() == limit {
                continue;
            }
            let filter = FindingFilter { severities: vec![severity.to_owned()], ..filter.clone() };
            let place = after.filter(|place| place.rank == rank);
            found.extend(self.browse_findings(
                &filter,
                FindingOrder::Newest,
                (place, limit - found.len()),
            )?);
        }
        Ok(found)
    }

    /// Every finding that a filter leaves, as far as it is counted.
    pub fn count_findings(&self, filter: &FindingFilter) -> Result<Vec<Counted>, JournalFault> {
        let all = filter.conditions();
        let sql = format!(
            "SELECT id, window, wall_us, state = 'confirmed' AND CASE {REVIEW} WHEN 'appealed' THEN 1 WHEN 'unreviewed'
             THEN needs_review ELSE 0 END, {REVIEW} = 'unreviewed' FROM finding WHERE {}",
            all.sql()
        );
        let read = || {
            let mut statement = self.db.prepare_cached(&sql)?;
            let rows = statement.query_map(params_from_iter(all.values), |row| {
                let window = WindowId::new(&row.get::<_, String>(1)?);
                Ok(Counted {
                    id: row.get(0)?,
                    window,
                    wall_us: row.get(2)?,
                    is_open: row.get(3)?,
                    is_unreviewed: row.get(4)?,
                })
            })?;
            rows.collect()
        };
        self.told(read())
    }

    /// The finding that was made of something at a place of a window's session; what was held back is none.
    pub fn finding_at(
        &self,
        (run, window): (u64, &WindowId),
        rule: &str,
        session_start: u64,
    ) -> Result<Option<u64>, JournalFault> {
        let sql = "SELECT id FROM finding WHERE run = ?1 AND window = ?2 AND rule = ?3 AND session_start = ?4
                   AND state <> 'held' ORDER BY id DESC LIMIT 1";
        let key = params![run, window.as_str(), rule, session_start];
        let read = || self.db.prepare_cached(sql)?.query_row(key, |row| row.get(0)).optional();
        self.told(read())
    }

    /// Number of the last event about a finding.
    pub fn last_of_finding(&self, id: u64) -> Result<Option<u64>, JournalFault> {
        let sql = "SELECT seq FROM finding WHERE id = ?1";
        let read = || self.db.prepare_cached(sql)?.query_row([id], |row| row.get(0)).optional();
        self.told(read())
    }

    /// The last event of each of the latest alerts, the newest first, that were first told from `from_us` on.
    pub fn latest_alerts(&self, from_us: i64, limit: usize) -> Result<Vec<u64>, JournalFault> {
        let sql = "SELECT seq, wall_us FROM alert ORDER BY id DESC LIMIT ?1";
        let read = || {
            let mut statement = self.db.prepare_cached(sql)?;
            let rows = statement.query_map([limit], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?)))?;
            rows.collect::<rusqlite::Result<Vec<(u64, i64)>>>()
        };
        let alerts = self.told(read())?;
        Ok(alerts.into_iter().filter(|(_, wall_us)| *wall_us >= from_us).map(|(seq, _)| seq).collect())
    }

    /// Windows of the alerts that were first told from `from_us` on.
    pub fn alerts_since(&self, from_us: i64) -> Result<Vec<String>, JournalFault> {
        // Ids grow with time, which no index has.
        let sql = "SELECT window, wall_us FROM alert ORDER BY id DESC";
        let read = || {
            let (mut statement, mut windows) = (self.db.prepare_cached(sql)?, Vec::new());
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                if row.get::<_, i64>(1)? < from_us {
                    break;
                }
                windows.push(row.get(0)?);
            }
            Ok(windows)
        };
        self.told(read())
    }

    /// By which clock a window's session goes in a run, or went last.
    pub fn clock(&self, run: u64, window: &WindowId) -> Result<Option<WallClock>, JournalFault> {
        let sql = "SELECT session, wall_us FROM session_clock WHERE run = ?1 AND window = ?2";
        let clock = |row: &Row<'_>| Ok(WallClock::of(row.get(0)?, row.get(1)?));
        let read = || self.db.prepare_cached(sql)?.query_row(params![run, window.as_str()], clock).optional();
        self.told(read())
    }

    pub fn encounter(&self, id: u64) -> Result<Option<EncounterRow>, JournalFault> {
        let sql = format!("SELECT {ENCOUNTER} FROM encounter WHERE id = ?1");
        let read = || self.db.prepare_cached(&sql)?.query_row([id], encounter).optional();
        self.told(read())
    }

    /// The next encounters, the newest first, `limit` at most; `windows` is `None` for every window.
    pub fn browse_encounters(
        &self,
        period: Period,
        windows: Option<&[String]>,
        (after, limit): (Option<(i64, u64)>, usize),
    ) -> Result<Vec<EncounterRow>, JournalFault> {
        let mut all = Conditions::default();
        all.add("wall_us >= ?", [Value::from(period.from_us)]);
        all.add("wall_us < ?", [Value::from(period.until_us)]);
        if let Some(windows) = windows {
            all.among("window", windows);
        }
        if let Some((wall_us, id)) = after {
            let id = i64::try_from(id).unwrap_or(i64::MAX);
            all.add("(wall_us, id) < (?, ?)", [Value::from(wall_us), Value::from(id)]);
        }
        let sql = format!(
            "SELECT {ENCOUNTER} FROM encounter WHERE {} ORDER BY wall_us DESC, id DESC LIMIT {limit}",
            all.sql()
        );
        let read = || {
            let mut statement = self.db.prepare_cached(&sql)?;
            statement.query_map(params_from_iter(all.values), encounter)?.collect()
        };
        self.told(read())
    }
}

impl Reader {
    /// The alert by which people were shown a finding.
    ///
    /// # Errors
    /// [`JournalFault`], here and below.
    pub fn alert_of(&self, finding: &FindingRow) -> Result<Option<u64>, JournalFault> {
        // What is asked of bodies is asked of few: they may be encrypted.
        let sql = "SELECT seq FROM event INDEXED BY event_kind WHERE kind = 'alert' AND seq > ?1 - ?2 AND seq < ?1 + ?2
                   AND run = ?3 AND window = ?4 AND session_start = ?5 ORDER BY abs(seq - ?1)";
        let place = (finding.run, finding.window.as_str(), finding.span.start.0);
        let near = self.rows().seqs(sql, params![finding.id, NEAR_EVENTS, place.0, place.1, place.2])?;
        for seq in near {
            if let Some(Body::Alert(alert)) = self.body(seq)?
                && *alert.finding.rule == *finding.rule
            {
                return Ok(Some(alert.id));
            }
        }
        Ok(None)
    }

    /// The event that says what became of an alert's clip.
    pub fn evidence_of(&self, alert: u64) -> Result<Option<(Event, EvidenceBody)>, JournalFault> {
        let sql = "SELECT event.seq FROM alert JOIN event INDEXED BY event_kind ON event.kind = 'evidence' AND event.seq > alert.first
                   AND event.seq < alert.first + ?2 AND event.window = alert.window WHERE alert.id = ?1 ORDER BY event.seq";
        for seq in self.rows().seqs(sql, params![alert, CLIP_WITHIN])? {
            let Some(event) = self.event(seq)? else { continue };
            if let Ok(Some(Body::Evidence(body))) = event.read()
                && body.alert == alert
            {
                return Ok(Some((event, *body)));
            }
        }
        Ok(None)
    }

    /// Whether somebody listened to the clip of an alert from `from_us` on.
    pub fn was_listened(&self, alert: u64, who: &str, from_us: i64) -> Result<bool, JournalFault> {
        let sql = "SELECT seq FROM event INDEXED BY event_wall WHERE wall_us >= ?1 AND kind = 'access'";
        for seq in self.rows().seqs(sql, params![from_us])? {
            if let Some(Body::Access(body)) = self.body(seq)?
                && body.is_listening(alert, who)
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// About the first event that became known at `wall_us` or later: where the system's clock was set back, an earlier one.
    pub fn first_known(&self, wall_us: i64) -> Result<u64, JournalFault> {
        let find = || {
            let last = "SELECT seq FROM event ORDER BY seq DESC LIMIT 1";
            let last = self.db.query_row(last, [], |row| row.get::<_, u64>(0)).optional()?.unwrap_or(0);
            let mut known_at = self.db.prepare_cached("SELECT wall_us FROM event WHERE seq = ?1")?;
            let (mut low, mut high) = (1, last + 1);
            while low < high {
                let middle = low + (high - low) / 2;
                let before = known_at.query_row([middle], |row| row.get::<_, i64>(0))? < wall_us;
                (low, high) = if before { (middle + 1, high) } else { (low, middle) };
            }
            Ok(low)
        };
        self.rows().told(find())
    }

    /// The clock of an event's window in its run, as it was known then.
    pub fn clock_before(&self, event: &Event) -> Result<Option<WallClock>, JournalFault> {
        let sql = "SELECT seq FROM event INDEXED BY event_kind WHERE kind = 'clock' AND seq < ?1 AND run = ?2 AND window = ?3
                   ORDER BY seq DESC LIMIT 1";
        let Some(window) = &event.window else { return Ok(None) };
        let found = self.rows().seqs(sql, params![event.seq, event.run, window.as_str()])?;
        let Some(seq) = found.first() else { return Ok(None) };
        Ok(self.event(*seq)?.as_ref().and_then(WallClock::of_event))
    }

    /// What an event says; `None` of one that is not there, that was forgotten, or that cannot be read.
    pub fn body(&self, seq: u64) -> Result<Option<Body>, JournalFault> {
        Ok(self.event(seq)?.and_then(|event| event.read().ok().flatten()))
    }
}

impl Rows<'_> {
    fn seqs(&self, sql: &str, values: impl Params) -> Result<Vec<u64>, JournalFault> {
        let read = || self.db.prepare_cached(sql)?.query_map(values, |row| row.get(0))?.collect();
        self.told(read())
    }
}

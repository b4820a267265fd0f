//! Projections: what the events come to, in tables that can be asked. In: events, in order. Out: rows, in the same
//! transaction. The events alone give them, so that they can be made anew and compared.

mod people;

use rusqlite::{Connection, OptionalExtension, params};

use crate::conduct::{Encounter, Finding, FindingState};
use crate::ledger::event::{AlertBody, Body, ClockBody, Kind};
use crate::units::{SAMPLE_RATE_HZ, SessionTime, Span};

/// Microseconds of an hour of coverage.
const HOUR_US: i64 = 3_600_000_000;
const US_PER_S: i64 = 1_000_000;

/// An event as far as projections look at it.
#[derive(Debug)]
pub struct Projected<'a> {
    pub seq: u64,
    pub run: u64,
    pub window: Option<&'a str>,
    pub session: Option<Span>,
    pub wall_us: i64,
    pub rulebook: i64,
    /// `None` of kinds that are not known.
    pub kind: Option<Kind>,
    /// `None` of those, and of what was forgotten.
    pub body: Option<&'a Body>,
}

impl Projected<'_> {
    /// Writes into `db` what the event comes to.
    pub fn apply(&self, db: &Connection) -> rusqlite::Result<()> {
        if let Some(body) = self.body
            && people::apply(self, body, db)?
        {
            return Ok(());
        }
        let (Some(window), Some(span), Some(kind)) = (self.window, self.session, self.kind) else {
            return Ok(());
        };
        match (kind, self.body) {
            // Their headers say it all: coverage outlives what is forgotten.
            (Kind::Quiet | Kind::Ended, _) => self.covered(db, window, span.end),
            (Kind::Gap, _) => {
                let clock = Clock::of(db, self.run, window)?;
                self.unheard(db, window, clock.as_ref(), span)?;
                self.cover(db, window, clock.as_ref(), span, false)
            }
            (_, Some(Body::Clock(clock))) => self.clock(db, window, span.start, clock),
            (_, Some(Body::Finding(finding))) => self.finding(db, window, finding),
            (_, Some(Body::Encounter(encounter))) => self.encounter(db, window, encounter),
            (_, Some(Body::Alert(alert))) => self.alert(db, window, alert),
            _ => Ok(()),
        }
    }

    fn clock(&self, db: &Connection, window: &str, at: SessionTime, to: &ClockBody) -> rusqlite::Result<()> {
        let sql = "INSERT INTO session_clock (run, window, session, wall_us, covered, seq)
                   VALUES (?1, ?2, ?3, ?4, ?3, ?5)
                   ON CONFLICT (run, window) DO UPDATE SET session = ?3, wall_us = ?4, seq = ?5";
        db.prepare_cached(sql)?.execute(params![self.run, window, at.0, to.wall_us, self.seq])?;
        // Listening goes on by another clock from here.
        let Some(clock) = Clock::of(db, self.run, window)? else { return Ok(()) };
        let from = clock.wall_us(clock.covered);
        let sql = "INSERT INTO stretch (first, run, window, start_us, end_us) VALUES (?1, ?2, ?3, ?4, ?4)";
        db.prepare_cached(sql)?.execute(params![self.seq, self.run, window, from])?;
        Ok(())
    }

    /// Nobody heard `span`.
    fn unheard(
        &self,
        db: &Connection,
        window: &str,
        clock: Option<&Clock>,
        span: Span,
    ) -> rusqlite::Result<()> {
        let Some(clock) = clock else { return Ok(()) };
        let sql = "INSERT INTO unheard (seq, window, start_us, end_us) VALUES (?1, ?2, ?3, ?4)";
        let (start, end) = (clock.wall_us(span.start), clock.wall_us(span.end));
        db.prepare_cached(sql)?.execute(params![self.seq, window, start, end])?;
        Ok(())
    }

    /// Audio was judged up to `until`.
    fn covered(&self, db: &Connection, window: &str, until: SessionTime) -> rusqlite::Result<()> {
        let Some(clock) = Clock::of(db, self.run, window)? else { return Ok(()) };
        if until > clock.covered {
            self.cover(db, window, Some(&clock), Span { start: clock.covered, end: until }, true)?;
            let sql = "UPDATE session_clock SET covered = ?3, seq = ?4 WHERE run = ?1 AND window = ?2";
            db.prepare_cached(sql)?.execute(params![self.run, window, until.0, self.seq])?;
            let sql = "UPDATE stretch SET end_us = ?3 WHERE first =
                         (SELECT max(first) FROM stretch WHERE run = ?1 AND window = ?2)";
            db.prepare_cached(sql)?.execute(params![self.run, window, clock.wall_us(until)])?;
        }
        Ok(())
    }

    /// Counts `span` in the hours that it was in: as audio, or as not heard.
    fn cover(
        &self,
        db: &Connection,
        window: &str,
        clock: Option<&Clock>,
        span: Span,
        audio: bool,
    ) -> rusqlite::Result<()> {
        let Some(clock) = clock else { return Ok(()) };
        let sql = "INSERT INTO coverage (window, hour, audio, unheard) VALUES (?1, ?2, ?3, ?4)
                   ON CONFLICT (window, hour) DO UPDATE SET audio = audio + ?3, unheard = unheard + ?4";
        let mut add = db.prepare_cached(sql)?;
        for (hour, samples) in by_hour(clock, span) {
            let (audio, unheard) = if audio { (samples, 0) } else { (0, samples) };
            add.execute(params![window, hour, audio, unheard])?;
        }
        Ok(())
    }

    fn finding(&self, db: &Connection, window: &str, finding: &Finding) -> rusqlite::Result<()> {
        let Finding { span, state, .. } = finding;
        if *state == FindingState::Retracted {
            // As `Finding::revises` has it.
            let sql = "UPDATE finding SET state = ?1, seq = ?2 WHERE id = (
                         SELECT id FROM finding WHERE run = ?3 AND window = ?4 AND rule = ?5 AND session_start = ?6
                         AND channel = ?7 AND state IN ('confirmed', 'unknown') ORDER BY id DESC LIMIT 1)";
            let key = params![
                state.name(),
                self.seq,
                self.run,
                window,
                finding.rule,
                span.start.0,
                finding.channel.0
            ];
            if db.prepare_cached(sql)?.execute(key)? > 0 {
                return Ok(());
            }
        }
        let clock = Clock::of(db, self.run, window)?;
        let wall_us = clock.map_or(self.wall_us, |clock| clock.wall_us(span.start));
        let sql =
            "INSERT INTO finding (id, seq, run, window, kind, provision, rule, severity, state, channel,
                     session_start, session_end, due, wall_us, rulebook, sureness, needs_review)
                   VALUES (?1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)";
        db.prepare_cached(sql)?.execute(params![
            self.seq,
            self.run,
            window,
            finding.kind.name(),
            finding.provision,
            finding.rule,
            finding.severity.name(),
            state.name(),
            finding.channel.0,
            span.start.0,
            span.end.0,
            finding.due.0,
            wall_us,
            self.rulebook,
            f64::from(finding.sureness),
            finding.needs_review,
        ])?;
        Ok(())
    }

    fn encounter(&self, db: &Connection, window: &str, encounter: &Encounter) -> rusqlite::Result<()> {
        let Encounter { kind, span, rings, answered, served, interrupted, .. } = encounter;
        let clock = Clock::of(db, self.run, window)?;
        let wall_us = clock.map_or(self.wall_us, |clock| clock.wall_us(span.start));
        let sql = "INSERT INTO encounter (id, run, window, kind, session_start, session_end, wall_us, rings, answered,
                     served, interrupted) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
        db.prepare_cached(sql)?.execute(params![
            self.seq,
            self.run,
            window,
            kind.name(),
            span.start.0,
            span.end.0,
            wall_us,
            *rings as u64,
            answered.map(|at| at.0),
            served,
            interrupted,
        ])?;
        Ok(())
    }

    fn alert(&self, db: &Connection, window: &str, alert: &AlertBody) -> rusqlite::Result<()> {
        let sql = "INSERT INTO alert (id, run, window, revision, state, rule, first, seq, wall_us)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8)
                   ON CONFLICT (id) DO UPDATE SET revision = ?4, state = ?5, rule = ?6, seq = ?7";
        db.prepare_cached(sql)?.execute(params![
            alert.id,
            self.run,
            window,
            alert.revision,
            alert.state,
            alert.finding.rule,
            self.seq,
            self.wall_us,
        ])?;
        Ok(())
    }
}

/// When a window's session time was what wall time, and how far its audio was judged.
#[derive(Clone, Copy, Debug)]
struct Clock {
    session: SessionTime,
    wall_us: i64,
    covered: SessionTime,
}

impl Clock {
    fn of(db: &Connection, run: u64, window: &str) -> rusqlite::Result<Option<Self>> {
        let sql = "SELECT session, wall_us, covered FROM session_clock WHERE run = ?1 AND window = ?2";
        let read = |row: &rusqlite::Row<'_>| {
            Ok(Self {
                session: SessionTime(row.get(0)?),
                wall_us: row.get(1)?,
                covered: SessionTime(row.get(2)?),
            })
        };
        db.prepare_cached(sql)?.query_row(params![run, window], read).optional()
    }

    fn wall_us(&self, time: SessionTime) -> i64 {
        let samples = i128::from(time.0) - i128::from(self.session.0);
        let us = samples * i128::from(US_PER_S) / i128::from(SAMPLE_RATE_HZ);
        self.wall_us.saturating_add(i64::try_from(us).unwrap_or(i64::MAX))
    }

    /// The first sample at or after this wall time.
    fn session(&self, wall_us: i64) -> SessionTime {
        let us = i128::from(wall_us) - i128::from(self.wall_us);
        let samples = -(-us * i128::from(SAMPLE_RATE_HZ)).div_euclid(i128::from(US_PER_S));
        SessionTime(u64::try_from(i128::from(self.session.0) + samples).unwrap_or(0))
    }
}

/// The hours, since the Unix epoch, that `span` was in, and its samples in each; of a span of years, an hour more than a
/// year at most.
fn by_hour(clock: &Clock, span: Span) -> Vec<(i64, u64)> {
    const HOURS_MAX: usize = 8_784;
    let mut hours = Vec::new();
    let mut from = span.start;
    while from < span.end && hours.len() <= HOURS_MAX {
        let hour = clock.wall_us(from).div_euclid(HOUR_US);
        let next = clock.session(hour.saturating_add(1).saturating_mul(HOUR_US)).max(from.plus(1));
        let until = if hours.len() == HOURS_MAX { span.end } else { next.min(span.end) };
        hours.push((hour, until.0 - from.0));
        from = until;
    }
    hours
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_is_shared_among_the_hours_it_was_in_to_the_sample() {
        let second = u64::from(SAMPLE_RATE_HZ);
        // Session time 0 was half a second before one o'clock.
        let clock = Clock { session: SessionTime(0), wall_us: HOUR_US - 500_000, covered: SessionTime(0) };
        let of =
            |from: u64, to: u64| by_hour(&clock, Span { start: SessionTime(from), end: SessionTime(to) });
        assert_eq!(of(0, second), [(0, second / 2), (1, second / 2)]);
        assert_eq!(of(second, 2 * second), [(1, second)]);
        assert_eq!(of(5, 5), []);
        let long = of(0, 7_200 * second);
        assert_eq!(long, [(0, second / 2), (1, 3_600 * second), (2, 3_599 * second + second / 2)]);
        let years = of(0, 100 * 366 * 86_400 * second);
        assert_eq!(years.iter().map(|(_, samples)| samples).sum::<u64>(), 100 * 366 * 86_400 * second);
        assert!(years.len() < 9_000);
    }
}

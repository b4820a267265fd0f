//! Today: what a window's day comes to so far. In: the journal, the calendar. Out: score, coverage, counts; worked out every few
//! seconds at most, while somebody looks.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;

use crate::clock::Stopwatch;
use crate::ledger::Reader;
use crate::ledger::account::{Account, Who, accounts, plan};
use crate::ledger::journal::{Period, Rows};
use crate::ledger::score::{Outcome, Points};
use crate::units::WindowId;
use crate::web::api::Clerk;
use crate::web::hub::{Hub, Settings};
use crate::web::problem::Problem;

/// How long what was worked out is good for.
pub(super) const GOOD_FOR: Duration = Duration::from_secs(5);

/// Of the clerk who sits at a window now.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub(in crate::web) struct ScoreToday {
    value: f64,
    /// If everything that is open is decided against them.
    at_worst: f64,
}

/// A window's day.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Day {
    pub score: Option<ScoreToday>,
    /// Share of the shift that was heard so far.
    pub coverage: Option<f64>,
    pub clerk: Option<Clerk>,
    pub alerts: u64,
    pub encounters: u64,
}

/// By window.
pub(super) type Days = HashMap<String, Day>;

#[derive(Debug, Default)]
pub(in crate::web) struct Kept(Mutex<Option<(Stopwatch, Arc<Days>)>>);

impl Kept {
    /// What is known, and whether it is old.
    pub(super) fn known(&self) -> (Arc<Days>, bool) {
        match &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Some((at, days)) => (Arc::clone(days), at.elapsed() >= GOOD_FOR),
            None => (Arc::default(), true),
        }
    }

    fn keep(&self, days: Days) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((Stopwatch::start(), Arc::new(days)));
    }
}

/// Works it out where it is old.
pub(super) async fn refresh(hub: &Hub) -> Result<(), Problem> {
    if hub.folder().is_err() || !hub.live.today.known().1 {
        return Ok(());
    }
    let (settings, now_us) = (hub.settings().await?, hub.now_us());
    let days = hub.read(move |reader| reader.at_once(|rows| days(reader, rows, &settings, now_us))).await?;
    hub.live.today.keep(days);
    Ok(())
}

fn days(reader: &Reader, rows: &Rows<'_>, settings: &Settings, now_us: i64) -> Result<Days, Problem> {
    let roster = settings.roster_or_none();
    let today = Period { from_us: roster.midnight_us(roster.day(now_us)), until_us: now_us };
    let windows: Vec<WindowId> = settings.config.windows.iter().map(|window| window.id.clone()).collect();
    let mut days: Days = windows.iter().map(|id| (id.to_string(), Day::default())).collect();
    for window in rows.alerts_since(today.from_us)? {
        days.entry(window).or_default().alerts += 1;
    }
    for encounter in rows.encounters(today)?.into_iter().filter(|encounter| encounter.served) {
        days.entry(encounter.window.to_string()).or_default().encounters += 1;
    }
    if today.length_us() == 0 {
        return Ok(days);
    }
    let now = |period: Period| period.from_us <= now_us && now_us <= period.until_us;
    let on_duty = plan(rows, &roster, &windows, today)?
        .of(|key, sat| matches!(key.who, Who::Clerk(_)) && sat.iter().any(|sat| now(sat.period)));
    let accounts = accounts(reader, rows, &on_duty, &settings.config.score)
        .map_err(|fault| Problem::fault(&fault.to_string()))?;
    for account in &accounts {
        for sat in account.sat.iter().filter(|sat| now(sat.period)) {
            let day = days.entry(sat.window.to_string()).or_default();
            take(day, account);
        }
    }
    Ok(days)
}

fn take(day: &mut Day, account: &Account) {
    if let Who::Clerk(person) = &account.key.who {
        day.clerk = Some(Clerk::from(person.clone()));
    }
    let Some(score) = &account.score else { return };
    day.coverage = score.coverage.permille.map(|permille| f64::from(permille) / 1e3);
    day.score = match score.outcome {
        Outcome::Scored { points: Points(value), at_worst: Points(worst) } => {
            Some(ScoreToday { value: value as f64 / 1e3, at_worst: worst as f64 / 1e3 })
        }
        Outcome::Unscored { .. } => None,
    };
}

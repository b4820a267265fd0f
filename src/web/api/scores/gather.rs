//! What a time came to, of what one may see.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use utoipa::IntoParams;

use crate::access::Whose;
use crate::ledger::account::{Account, AccountFault, Asked, DaysFault, accounts, heard_by_hour};
use crate::ledger::duty::Roster;
use crate::ledger::journal::{JournalFault, Period};
use crate::units::{Date, WindowId};
use crate::web::caller::Caller;
use crate::web::hub::Hub;
use crate::web::problem::Problem;

/// So many days at most: a leap year.
const DAYS_MAX: i64 = 366;

#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ScoresQuery {
    /// The first day, YYYY-MM-DD [default: today, or `to`]
    pub from: Option<String>,
    /// The last day [default: today]
    pub to: Option<String>,
    /// Staff number, or name
    pub clerk: Option<String>,
    pub window: Option<String>,
    /// A shift of the calendar
    pub shift: Option<String>,
    /// Of files: `zh` or `en`
    pub lang: Option<String>,
}

pub(super) struct Gathered {
    pub asked: Asked,
    pub roster: Roster,
    pub period: Period,
    pub now_us: i64,
    pub accounts: Vec<Account>,
    /// What was heard by hour, microseconds.
    pub hours: BTreeMap<WindowId, [i64; 24]>,
}

impl Gathered {
    pub fn days(&self) -> (Date, Date) {
        (self.roster.day(self.period.from_us), self.roster.day(self.period.until_us - 1))
    }

    /// Of ASCII alone, since headers are.
    pub fn file_name(&self) -> String {
        let (first, last) = self.days();
        format!("sansheng-{first}-{last}")
    }
}

/// # Errors
/// 403 for a window or a clerk that one may not see, 422 for days that cannot be used, 503.
pub(super) async fn gather(hub: &Arc<Hub>, caller: &Caller, query: ScoresQuery) -> Result<Gathered, Problem> {
    let settings = hub.settings().await?;
    let (roster, now_us) = (settings.roster_or_none(), hub.now_us());
    let asked = asked(caller, query, &roster)?;
    let period = asked.period(&roster, now_us).map_err(unfit_days)?;
    if period.length_us() > DAYS_MAX * 86_400_000_000 {
        return Err(Problem::unfit(
            format!("more than {DAYS_MAX} days are asked for: ask for fewer"),
            format!("查询超过 {DAYS_MAX} 天：请缩短日期范围"),
        ));
    }
    let windows: Vec<WindowId> = hub.config().windows.iter().map(|window| window.id.clone()).collect();
    hub.read(move |reader| {
        let (all, hours) = reader.at_once(|rows| {
            let plan = asked.plan(rows, &roster, windows, period)?;
            let all = accounts(reader, rows, &plan, &settings.config.score)?;
            let mut hours = heard_by_hour(rows, &roster, period)?;
            let sat: Vec<&WindowId> =
                plan.entries.iter().flat_map(|(_, sat)| sat).map(|sat| &sat.window).collect();
            hours.retain(|window, _| sat.contains(&window));
            Ok::<_, Unread>((all, hours))
        })?;
        Ok(Gathered { asked, roster, period, now_us, accounts: all, hours })
    })
    .await
}

/// Of oneself alone.
pub(super) fn own(caller: &Caller, query: ScoresQuery) -> Result<ScoresQuery, Problem> {
    Ok(ScoresQuery { clerk: Some(caller.staff()?), ..query })
}

fn asked(caller: &Caller, query: ScoresQuery, roster: &Roster) -> Result<Asked, Problem> {
    let named = |who: String| {
        let who = who.trim().to_owned();
        roster.person_named(&who).map_or(who, |person| person.id.clone())
    };
    let given = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let clerk = match (caller.scope.whose(), given(query.clerk).map(named)) {
        (Whose::Everybody, clerk) => clerk,
        (Whose::Only(own), None) => Some(own.clone()),
        (Whose::Only(own), Some(clerk)) if clerk == *own => Some(clerk),
        _ => return Err(Problem::not_allowed()),
    };
    let window = given(query.window);
    if let Some(window) = &window {
        caller.may_see(window)?;
    }
    Ok(Asked {
        from: day("from", given(query.from))?,
        to: day("to", given(query.to))?,
        shift: given(query.shift),
        clerk,
        window,
        among: caller.scope.windows().map(<[String]>::to_vec),
    })
}

pub(in crate::web) fn day(name: &str, text: Option<String>) -> Result<Option<Date>, Problem> {
    let Some(text) = text else { return Ok(None) };
    match text.parse() {
        Ok(day) => Ok(Some(day)),
        Err(_) => Err(Problem::unfit(
            format!("the query says `{name}={text}`, which is no day: write it as 2026-11-30"),
            format!("参数 {name}={text} 不是日期：请按 2026-11-30 的格式填写"),
        )),
    }
}

pub(in crate::web) fn unfit_days(fault: DaysFault) -> Problem {
    match fault {
        DaysFault::Backwards { from, to } => Problem::unfit(
            format!("the days from {from} to {to} run backwards: give the earlier one as `from`"),
            format!("起始日期 {from} 晚于结束日期 {to}：请调换"),
        ),
        DaysFault::Unbegun(day) => Problem::unfit(
            format!("{day} has not begun: nothing is known of it"),
            format!("{day} 尚未到来：没有数据"),
        ),
    }
}

/// What is read at one moment cannot be read.
#[derive(Debug)]
enum Unread {
    Journal(JournalFault),
    Account(AccountFault),
}

impl From<JournalFault> for Unread {
    fn from(fault: JournalFault) -> Self {
        Self::Journal(fault)
    }
}

impl From<AccountFault> for Unread {
    fn from(fault: AccountFault) -> Self {
        Self::Account(fault)
    }
}

impl From<Unread> for Problem {
    fn from(fault: Unread) -> Self {
        match fault {
            Unread::Journal(fault) | Unread::Account(AccountFault::Journal(fault)) => fault.into(),
            Unread::Account(fault) => Self::fault(&fault.to_string()),
        }
    }
}

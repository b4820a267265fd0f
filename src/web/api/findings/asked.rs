//! What is asked of a list of findings. In: the query of an address. Out: filters and a place, or what is wrong with them.

use serde::Deserialize;
use utoipa::IntoParams;

use super::view::{Looked, Seat};
use crate::access::{Scope, Whose};
use crate::ledger::journal::{FindingFilter, FindingOrder, FindingPlace, FindingRow};
use crate::web::caller::Caller;
use crate::web::problem::Problem;
use crate::web::shelf::ShelvedBook;

const LIMIT: usize = 50;
const LIMIT_MAX: usize = 200;
/// Without a beginning, so much is counted.
const COUNTED_US: i64 = 30 * 86_400_000_000;

/// Lists are parted by commas.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(in crate::web) struct FindingsAsked {
    /// From when on it was said, microseconds since the Unix epoch.
    pub from_us: Option<i64>,
    /// Before when.
    pub to_us: Option<i64>,
    pub window: Option<String>,
    /// Staff numbers; `-` for what nobody is charged with.
    pub clerk: Option<String>,
    /// `note`, `minor`, `major`, `critical`.
    pub severity: Option<String>,
    pub provision: Option<String>,
    /// `forbidden`, `missing`, `voice`, `credit`.
    pub kind: Option<String>,
    /// `confirmed`, `unknown`, `retracted`, `held`.
    pub state: Option<String>,
    /// `unreviewed`, `upheld`, `dismissed`, `appealed`.
    pub review: Option<String>,
    /// `1`: only what you have not looked at.
    pub unread: Option<u8>,
    /// Text in what was said, the rule or its title.
    pub q: Option<String>,
    /// `newest`, `oldest` or `severity`.
    pub order: Option<String>,
    /// Items of a page, 1 to 200.
    pub limit: Option<usize>,
    /// `next` of the page before.
    pub after: Option<String>,
}

/// The same, checked.
pub(super) struct Wanted {
    pub filter: FindingFilter,
    pub order: FindingOrder,
    pub after: Option<FindingPlace>,
    pub limit: usize,
    clerks: Vec<String>,
    unread: bool,
    text: String,
}

impl FindingsAsked {
    pub(super) fn wanted(self, caller: &Caller) -> Result<Wanted, Problem> {
        let order = match self.order.as_deref() {
            None | Some("newest") => FindingOrder::Newest,
            Some("oldest") => FindingOrder::Oldest,
            Some("severity") => FindingOrder::Severity,
            Some(other) => return Err(unfit("order", other, "newest, oldest, severity")),
        };
        let limit = self.limit.unwrap_or(LIMIT);
        if !(1..=LIMIT_MAX).contains(&limit) {
            return Err(unfit("limit", &limit.to_string(), "1 – 200"));
        }
        let after =
            self.after.as_deref().map(|text| read_cursor(text).ok_or_else(|| unfit("after", text, "next")));
        Ok(Wanted {
            filter: FindingFilter {
                from_us: self.from_us,
                until_us: self.to_us,
                windows: windows(caller, self.window.as_deref())?,
                kinds: listed("kind", self.kind, &["forbidden", "missing", "voice", "credit"])?,
                provisions: list(self.provision),
                severities: listed("severity", self.severity, &["note", "minor", "major", "critical"])?,
                states: listed("state", self.state, &["confirmed", "unknown", "retracted", "held"])?,
                reviews: listed("review", self.review, &["unreviewed", "upheld", "dismissed", "appealed"])?,
            },
            order,
            after: after.transpose()?,
            limit,
            clerks: list(self.clerk),
            unread: self.unread.unwrap_or(0) != 0,
            text: self.q.unwrap_or_default().trim().to_lowercase(),
        })
    }
}

impl Wanted {
    pub fn has(&self, seat: &Seat, is_read: bool) -> bool {
        self.is_of(seat) && !(self.unread && is_read)
    }

    pub fn is_of(&self, seat: &Seat) -> bool {
        let clerk = seat.clerk.as_ref().map_or("-", |clerk| &clerk.id);
        self.clerks.is_empty() || self.clerks.iter().any(|wanted| wanted == clerk)
    }

    /// Whether it has to be known who sat where.
    pub fn asks_for_clerks(&self, scope: &Scope) -> bool {
        !self.clerks.is_empty() || *scope.whose() != Whose::Everybody
    }

    pub fn matches(&self, looked: &Looked, book: &ShelvedBook) -> bool {
        if self.text.is_empty() {
            return true;
        }
        let has = |text: &str| text.to_lowercase().contains(&self.text);
        let said = looked.finding.as_deref();
        let rule = book.rule(&looked.row.rule);
        said.is_some_and(|finding| {
            has(&finding.phrase) || has(&finding.heard) || has(&finding.evidence.context)
        }) || rule.is_some_and(|rule| has(&rule.title) || has(&rule.title_en))
            || has(&looked.row.rule)
    }

    /// What is counted beside a page: whatever its review or mark.
    pub fn counted(&self, now_us: i64) -> FindingFilter {
        let from_us = self.filter.from_us.or(Some(now_us.saturating_sub(COUNTED_US)));
        FindingFilter { from_us, reviews: Vec::new(), ..self.filter.clone() }
    }
}

/// The windows to look at: those that were asked for, or all that one may see.
pub(in crate::web) fn windows(caller: &Caller, asked: Option<&str>) -> Result<Option<Vec<String>>, Problem> {
    let asked = list(asked.map(str::to_owned));
    asked.iter().try_for_each(|window| caller.may_see(window))?;
    Ok(match asked.is_empty() {
        true => caller.scope.windows().map(<[String]>::to_vec),
        false => Some(asked),
    })
}

fn list(text: Option<String>) -> Vec<String> {
    let text = text.unwrap_or_default();
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

fn listed(name: &str, text: Option<String>, known: &[&str]) -> Result<Vec<String>, Problem> {
    let all = list(text);
    match all.iter().find(|one| !known.contains(&one.as_str())) {
        Some(unknown) => Err(unfit(name, unknown, &known.join(", "))),
        None => Ok(all),
    }
}

/// A query that has something else than it may.
pub(in crate::web) fn unfit(name: &str, found: &str, known: &str) -> Problem {
    Problem::unfit(
        format!("the query of the address has `{name}={found}`: give {known}"),
        format!("查询参数 {name}={found} 无法使用：应为 {known}"),
    )
}

pub(super) fn place(row: &FindingRow) -> FindingPlace {
    FindingPlace { rank: row.severity as i64, wall_us: row.wall_us, id: row.id }
}

pub(super) fn cursor(place: FindingPlace) -> String {
    format!("{}.{}.{}", place.rank, place.wall_us, place.id)
}

fn read_cursor(text: &str) -> Option<FindingPlace> {
    let mut parts = text.split('.');
    let place = FindingPlace {
        rank: parts.next()?.parse().ok()?,
        wall_us: parts.next()?.parse().ok()?,
        id: parts.next()?.parse().ok()?,
    };
    parts.next().is_none().then_some(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_comes_back_from_its_text_and_nothing_else_is_one() {
        let place = FindingPlace { rank: 3, wall_us: -5, id: 4_711 };
        assert_eq!(read_cursor(&cursor(place)), Some(place));
        for text in ["", "1", "1.2", "1.2.3.4", "a.2.3", "1.2.-3"] {
            assert_eq!(read_cursor(text), None, "{text}");
        }
    }
}

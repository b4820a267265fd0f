//! `/api/v1/findings`: what was found; looked through, looked at, judged.

mod acts;
mod asked;
mod detail;
mod view;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::Action;
use crate::ledger::Reader;
use crate::ledger::journal::{FindingRow, JournalFault, Period};
use crate::web::caller::Caller;
use crate::web::hub::Hub;
use crate::web::input::{Asked, Input, Named};
use crate::web::problem::{Problem, ProblemBody};

use asked::{FindingsAsked, Wanted};

pub(super) use acts::{known_to_journal, trimmed};
pub(super) use asked::{unfit, windows};

pub(in crate::web) use view::{Clerk, FindingItem, Looked, View, finding_of, in_chinese};

/// Rows of the journal that are looked at for one page, at most: what takes longer goes on with the next page.
const SCANNED_MAX: usize = 4_000;
/// Rows read at once.
const CHUNK: usize = 200;

pub(super) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new()
        .routes(routes!(findings))
        .routes(routes!(my_findings))
        .routes(routes!(mark_read))
        .merge(detail::routes())
        .merge(acts::routes())
}

/// A page of findings.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct FindingPage {
    items: Vec<FindingItem>,
    /// What `after` has to be for the next page; null where there is none.
    next: Option<String>,
    /// Of the time asked for, or, where no beginning was given, of the last 30 days: how many you have not looked at.
    unread: usize,
    /// The same: how many await a review or a decision.
    open: usize,
    /// The same: how many nobody has reviewed, whether or not somebody has to.
    unreviewed: usize,
}

/// Findings, page by page
///
/// What was held back by a guard is among them only where `state=held` asks for it. A page may hold fewer than `limit` items and
/// still have a next one.
#[utoipa::path(get, path = "/api/v1/findings", tag = "findings", params(FindingsAsked), responses(
    (status = OK, body = FindingPage), (status = FORBIDDEN, body = ProblemBody)))]
async fn findings(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Asked(asked): Asked<FindingsAsked>,
) -> Result<Json<FindingPage>, Problem> {
    caller.may(Action::Findings)?;
    Ok(Json(page_of(&hub, &caller, asked).await?))
}

/// One's own findings, page by page
///
/// The answer of `/api/v1/findings` for the staff number of whoever asks.
#[utoipa::path(get, path = "/api/v1/me/findings", tag = "findings", params(FindingsAsked), responses(
    (status = OK, body = FindingPage), (status = FORBIDDEN, body = ProblemBody),
    (status = UNPROCESSABLE_ENTITY, description = "One has no staff number", body = ProblemBody)))]
async fn my_findings(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Asked(asked): Asked<FindingsAsked>,
) -> Result<Json<FindingPage>, Problem> {
    caller.may(Action::Mine)?;
    let asked = FindingsAsked { clerk: Some(caller.staff()?), ..asked };
    Ok(Json(page_of(&hub, &caller, asked).await?))
}

/// The findings that a caller may see.
async fn page_of(hub: &Hub, caller: &Caller, asked: FindingsAsked) -> Result<FindingPage, Problem> {
    let wanted = asked.wanted(caller)?;
    let view = View::of(hub, caller).await?;
    hub.read(move |reader| page(reader, &view, &wanted)).await
}

fn page(reader: &Reader, view: &View, wanted: &Wanted) -> Result<FindingPage, Problem> {
    reader.at_once(|rows| {
        let (mut items, mut place, mut scanned) = (Vec::new(), wanted.after, 0);
        let next = 'pages: loop {
            let chunk = rows.browse_findings(&wanted.filter, wanted.order, (place, CHUNK))?;
            let Some(seats) = around(&chunk).map(|period| view.seats(rows, period)).transpose()? else {
                break None;
            };
            for row in &chunk {
                if items.len() == wanted.limit {
                    break 'pages place;
                }
                place = Some(asked::place(row));
                let seat = seats.at(&row.window, row.wall_us);
                if !view.may_see(&row.window, &seat) || !wanted.has(&seat, view.read.contains(&row.id)) {
                    continue;
                }
                let finding = finding_of(reader.event(row.id)?);
                let looked = Looked { row: row.clone(), finding, seat };
                if wanted.matches(&looked, &*view.shelf.book(reader, row.rulebook)?) {
                    items.push(view.item(reader, &looked)?);
                }
            }
            scanned += chunk.len();
            if chunk.len() < CHUNK {
                break None;
            }
            if scanned >= SCANNED_MAX {
                break place;
            }
        };
        let [unread, open, unreviewed] = counts(reader, view, wanted)?;
        Ok::<_, Problem>(FindingPage { items, next: next.map(asked::cursor), unread, open, unreviewed })
    })
}

fn counts(reader: &Reader, view: &View, wanted: &Wanted) -> Result<[usize; 3], JournalFault> {
    let (rows, filter) = (reader.rows(), wanted.counted(view.now_us));
    let counted = rows.count_findings(&filter)?;
    let times = || counted.iter().map(|one| one.wall_us);
    let Some((from_us, until_us)) = times().min().zip(times().max()) else { return Ok([0; 3]) };
    let seats = wanted
        .asks_for_clerks(&view.scope)
        .then(|| view.seats(&rows, Period { from_us, until_us: until_us.saturating_add(1) }))
        .transpose()?;
    let [mut unread, mut open, mut unreviewed] = [0; 3];
    for one in counted {
        if let Some(seat) = seats.as_ref().map(|seats| seats.at(&one.window, one.wall_us))
            && !(view.may_see(&one.window, &seat) && wanted.is_of(&seat))
        {
            continue;
        }
        unread += usize::from(!view.read.contains(&one.id));
        open += usize::from(one.is_open);
        unreviewed += usize::from(one.is_unreviewed);
    }
    Ok([unread, open, unreviewed])
}

fn around(chunk: &[FindingRow]) -> Option<Period> {
    let times = || chunk.iter().map(|row| row.wall_us);
    Some(Period { from_us: times().min()?, until_us: times().max()?.saturating_add(1) })
}

/// One finding that the caller may see.
fn look(reader: &Reader, view: &View, id: u64) -> Result<Looked, Problem> {
    let rows = reader.rows();
    let row = rows.finding(id)?.ok_or_else(Problem::not_found)?;
    let seat = view.seats_at(&rows, row.wall_us)?.at(&row.window, row.wall_us);
    if !view.may_see(&row.window, &seat) {
        return Err(Problem::not_found());
    }
    let finding = finding_of(reader.event(id)?);
    Ok(Looked { row, finding, seat })
}

/// The same, on a thread for files.
pub(super) async fn looked_at(hub: &Hub, caller: &Caller, id: u64) -> Result<Looked, Problem> {
    let view = View::of(hub, caller).await?;
    hub.read(move |reader| look(reader, &view, id)).await
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReadMark {
    read: bool,
}

/// Note that you have looked at a finding
#[utoipa::path(put, path = "/api/v1/findings/{id}/read", tag = "findings", request_body = ReadMark,
    params(("id" = u64, Path, description = "Number of the finding")), responses(
    (status = NO_CONTENT, description = "Noted"), (status = NOT_FOUND, body = ProblemBody)))]
async fn mark_read(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Named(id): Named<u64>,
    Input(mark): Input<ReadMark>,
) -> Result<axum::http::StatusCode, Problem> {
    caller.may(Action::Finding)?;
    let person = caller.person.as_ref().map(|person| person.id).ok_or_else(Problem::not_allowed)?;
    looked_at(&hub, &caller, id).await?;
    hub.people(move |people| Ok(people.mark_read(person, id, mark.read)?)).await?;
    Ok(axum::http::StatusCode::NO_CONTENT)
}

//! Frames: events of the journal as those see them who watch. In: an event, lenses. Out: its text for each that may see it.

use serde::Serialize;
use serde_json::{Value, json};

use super::Lens;
use super::alerts::AlertLive;
use crate::conduct::FindingState;
use crate::ledger::event::ScoredBody;
use crate::ledger::journal::WallClock;
use crate::ledger::{Body, Event, JournalFault, Kind, Reader};
use crate::units::WindowId;
use crate::web::api::{Looked, View, finding_of};

/// What is told; the rest is for the eye, or for those who look it up.
pub(super) const TOLD: [Kind; 12] = [
    Kind::Alert,
    Kind::Finding,
    Kind::Encounter,
    Kind::Gap,
    Kind::WindowState,
    Kind::Review,
    Kind::Appeal,
    Kind::Decision,
    Kind::Duty,
    Kind::Shed,
    Kind::Retention,
    Kind::Score,
];

/// An event that is neither an alert nor a finding.
#[derive(Serialize)]
struct Told<'a> {
    seq: u64,
    kind: &'a str,
    window: Option<&'a str>,
    wall_us: i64,
    /// Wall time of what it is about, where it is about a stretch.
    start_us: Option<i64>,
    end_us: Option<i64>,
    body: Value,
}

/// Whose it is.
enum Owner {
    /// Of the hall: for whoever sees everybody's.
    Hall,
    /// Of whoever sat at the window then.
    Moment(WindowId, i64),
    Clerk(WindowId, String),
}

/// The text of an event for each lens; `None` for those that may not see it.
pub(super) fn frames(
    reader: &Reader,
    event: &Event,
    watched: &[(Lens, View)],
) -> Result<Vec<Option<String>>, JournalFault> {
    let nothing = || Ok(watched.iter().map(|_| None).collect());
    let Ok(Some(body)) = event.read() else { return nothing() };
    let Some((_, first)) = watched.first() else { return nothing() };
    let (owner, with_words, without) = match &body {
        Body::Alert(alert) => {
            let live = AlertLive::of_event(reader, &first.shelf, event, alert)?;
            let owner = Owner::Moment(alert.finding.window.clone(), event.wall_us);
            (owner, text(event, "alert", &live), text(event, "alert", &live.clone().without_words()))
        }
        Body::Finding(finding) if finding.state == FindingState::Held => return nothing(),
        Body::Finding(finding) => {
            let place = (event.run, &finding.window);
            let id = reader.rows().finding_at(place, &finding.rule, finding.span.start.0)?;
            let Some(row) = reader.rows().finding(id.unwrap_or(event.seq))? else { return nothing() };
            let seat = first.seats_at(&reader.rows(), row.wall_us)?.at(&row.window, row.wall_us);
            let owner = Owner::Moment(row.window.clone(), row.wall_us);
            let finding = finding_of(reader.event(row.id)?);
            let mut item = first.item(reader, &Looked { row, finding, seat })?;
            let with_words = text(event, "finding", &item);
            (item.phrase, item.heard, item.clerk) = (None, None, None);
            (owner, with_words, text(event, "finding", &item))
        }
        body => {
            let Some(owner) = owner(reader, event, body)? else { return nothing() };
            let mut told = told(reader, event)?;
            let with_words = text(event, &event.kind, &told);
            told.body = without_words(body, &told.body);
            (owner, with_words, text(event, &event.kind, &told))
        }
    };
    let mut texts = Vec::with_capacity(watched.len());
    for (lens, view) in watched {
        let sees = sees(reader, view, &owner)?;
        texts.push(sees.then(|| if lens.words { with_words.clone() } else { without.clone() }));
    }
    Ok(texts)
}

fn text(event: &Event, name: &str, data: &impl Serialize) -> String {
    let data = serde_json::to_string(data).unwrap_or_default();
    format!("event: {name}\nid: {}\ndata: {data}\n\n", event.seq)
}

fn told_body(event: &Event) -> Value {
    event.body.as_deref().and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default()
}

fn told<'a>(reader: &Reader, event: &'a Event) -> Result<Told<'a>, JournalFault> {
    let clock = match (&event.window, event.session) {
        (Some(window), Some(_)) => reader.rows().clock(event.run, window)?,
        _ => None,
    };
    let wall = |at: fn(&crate::units::Span) -> u64| {
        event
            .session
            .as_ref()
            .zip(clock.as_ref())
            .map(|(span, clock): (_, &WallClock)| clock.wall_us(at(span)))
    };
    Ok(Told {
        seq: event.seq,
        kind: &event.kind,
        window: event.window.as_ref().map(WindowId::as_str),
        wall_us: event.wall_us,
        start_us: wall(|span| span.start.0),
        end_us: wall(|span| span.end.0),
        body: told_body(event),
    })
}

/// What people wrote, and who they are, stays among people.
fn without_words(body: &Body, told: &Value) -> Value {
    match body {
        Body::Review(review) => json!({ "finding": review.finding, "ruling": review.ruling.name() }),
        Body::Appeal(appeal) => json!({ "finding": appeal.finding }),
        Body::Decision(decision) => {
            json!({ "finding": decision.finding, "ruling": decision.ruling.name() })
        }
        Body::Duty(duty) => json!({ "kind": duty.kind, "clerk": duty.clerk, "wall_us": duty.wall_us }),
        Body::Score(_) => json!({}),
        _ => told.clone(),
    }
}

fn owner(reader: &Reader, event: &Event, body: &Body) -> Result<Option<Owner>, JournalFault> {
    let of_finding = |finding: u64| -> Result<Option<Owner>, JournalFault> {
        let row = reader.rows().finding(finding)?;
        Ok(row.map(|row| Owner::Moment(row.window, row.wall_us)))
    };
    let window = || event.window.clone();
    Ok(match body {
        Body::Review(body) => of_finding(body.finding)?,
        Body::Appeal(body) => of_finding(body.finding)?,
        Body::Decision(body) => of_finding(body.finding)?,
        Body::Duty(body) => window().map(|window| Owner::Clerk(window, body.clerk.clone())),
        Body::Score(body) => {
            let ScoredBody { clerk, sat, .. } = body.as_ref();
            sat.first().map(|sat| Owner::Clerk(WindowId::new(&sat.window), clerk.id.clone()))
        }
        Body::Encounter(_) | Body::Gap(_) | Body::WindowState(_) => {
            window().map(|window| Owner::Moment(window, event.wall_us))
        }
        _ => Some(window().map_or(Owner::Hall, |window| Owner::Moment(window, event.wall_us))),
    })
}

fn sees(reader: &Reader, view: &View, owner: &Owner) -> Result<bool, JournalFault> {
    Ok(match owner {
        Owner::Hall => view.scope.has_clerk(None),
        Owner::Clerk(window, clerk) => view.scope.has(window, Some(clerk)),
        // Who sat there matters to those alone who see one clerk's.
        Owner::Moment(window, _) if view.scope.has_clerk(None) => view.scope.has_window(window),
        Owner::Moment(window, wall_us) => {
            let seat = view.seats_at(&reader.rows(), *wall_us)?.at(window, *wall_us);
            view.may_see(window, &seat)
        }
    })
}

//! `/api/v1/timeline`: a window's time, as it can be looked at: who spoke when, what was said and found, what was not heard.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::encounters::{EncounterItem, items};
use super::findings::{FindingItem, Looked, View, finding_of, unfit};
use crate::access::Action;
use crate::ledger::journal::{FindingFilter, FindingOrder, Period, Rows, WallClock};
use crate::ledger::{Body, Event, JudgeInput, Kind, Query, Reader};
use crate::runtime::live::Unheard;
use crate::units::WindowId;
use crate::web::caller::Caller;
use crate::web::hub::Hub;
use crate::web::input::Asked;
use crate::web::problem::{Problem, ProblemBody};

const DAY_US: i64 = 86_400_000_000;
/// What was said becomes known so long afterwards, at most.
const KNOWN_WITHIN_US: i64 = 600_000_000;
/// Shorter ones are no silences.
const SILENCE_US: i64 = 2_000_000;
/// Findings and encounters of one answer, at most.
const ITEMS_MAX: usize = 1_000;

pub(in crate::web) type Stretch = (i64, i64);

pub(super) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new().routes(routes!(timeline))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct TimelineAsked {
    window: String,
    /// Microseconds since the Unix epoch; 24 hours at most.
    from_us: i64,
    to_us: i64,
}

/// A window's time; stretches are `[from, until]`, microseconds since the Unix epoch.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(in crate::web) struct Timeline {
    pub window: String,
    pub from_us: i64,
    pub to_us: i64,
    /// When the service listened.
    #[schema(value_type = Vec<Vec<i64>>)]
    pub listened: Vec<Stretch>,
    /// When the clerk spoke.
    #[schema(value_type = Vec<Vec<i64>>)]
    pub clerk: Vec<Stretch>,
    /// When the visitor spoke; what was said is not known.
    #[schema(value_type = Vec<Vec<i64>>)]
    pub visitor: Vec<Stretch>,
    /// Of what was listened to, where nobody spoke for two seconds or longer.
    #[schema(value_type = Vec<Vec<i64>>)]
    pub silences: Vec<Stretch>,
    pub turns: Vec<Turn>,
    /// At most 1000, the earliest first.
    pub findings: Vec<FindingItem>,
    pub gaps: Vec<Gap>,
    pub encounters: Vec<EncounterItem>,
    pub clips: Vec<Clip>,
    /// Sound of all of it; there is only of a recording that was handed in.
    pub recording: Vec<Sound>,
}

/// An utterance.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct Turn {
    /// `clerk`.
    pub role: &'static str,
    pub start_us: i64,
    pub end_us: i64,
    /// Null once it was forgotten.
    pub text: Option<String>,
    /// Number of its event.
    pub segment: u64,
}

#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct Gap {
    pub start_us: i64,
    pub end_us: i64,
    pub why: String,
    /// Null where the journal has it in English alone.
    pub why_zh: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct Clip {
    pub finding: u64,
    pub start_us: i64,
    pub end_us: i64,
}

#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct Sound {
    pub start_us: i64,
    pub end_us: i64,
    pub url: String,
}

/// A window's time, 24 hours at most
#[utoipa::path(get, path = "/api/v1/timeline", tag = "sessions", params(TimelineAsked), responses(
    (status = OK, body = Timeline), (status = UNPROCESSABLE_ENTITY, body = ProblemBody)))]
async fn timeline(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    asked: Result<Asked<TimelineAsked>, Problem>,
) -> Result<Json<Timeline>, Problem> {
    caller.may(Action::Sessions)?;
    let Asked(asked) = asked?;
    caller.may_see(&asked.window)?;
    let length = asked.to_us.checked_sub(asked.from_us);
    if !length.is_some_and(|length| (1..=DAY_US).contains(&length)) {
        let found = asked.to_us.to_string();
        return Err(unfit("to_us", &found, "from_us < to_us ≤ from_us + 86400000000"));
    }
    let view = View::of(&hub, &caller).await?;
    let drawn = move |reader: &Reader| reader.at_once(|rows| draw(reader, rows, &view, &asked));
    Ok(Json(hub.read(drawn).await?))
}

fn draw(reader: &Reader, rows: &Rows<'_>, view: &View, asked: &TimelineAsked) -> Result<Timeline, Problem> {
    let (window, period) =
        (WindowId::new(&asked.window), Period { from_us: asked.from_us, until_us: asked.to_us });
    let mut line = Timeline {
        window: asked.window.clone(),
        from_us: asked.from_us,
        to_us: asked.to_us,
        ..Timeline::default()
    };
    let of_window = rows.stretches(period)?.into_iter().filter(|row| row.window == window);
    line.listened = of_window.filter_map(|row| row.period.within(period)).map(stretch).collect();
    joined(&mut line.listened);
    heard(reader, (&window, period), &mut line)?;
    joined(&mut line.clerk);
    joined(&mut line.visitor);
    line.silences = silences(&line);
    let windows = Some(vec![asked.window.clone()]);
    let found = rows.browse_encounters(period, windows.as_deref(), (None, ITEMS_MAX))?;
    line.encounters = items(reader, rows, view, &found)?;
    let filter = FindingFilter {
        from_us: Some(period.from_us),
        until_us: Some(period.until_us),
        windows,
        ..FindingFilter::default()
    };
    let seats = view.seats(rows, period)?;
    for row in rows.browse_findings(&filter, FindingOrder::Oldest, (None, ITEMS_MAX))? {
        let seat = seats.at(&row.window, row.wall_us);
        let finding = finding_of(reader.event(row.id)?);
        let clock = WallClock::of(row.span.start.0, row.wall_us);
        let item = view.item(reader, &Looked { row, finding, seat })?;
        if item.has_clip
            && let Some((Some(span), _)) = view.clip_of(reader, item.alert)?
        {
            let (start_us, end_us) = (clock.wall_us(span.start.0), clock.wall_us(span.end.0));
            line.clips.push(Clip { finding: item.id, start_us, end_us });
        }
        line.findings.push(item);
    }
    Ok(line)
}

/// Draws in what the judge took in: who spoke when, and what nobody heard.
fn heard(reader: &Reader, (window, period): (&WindowId, Period), line: &mut Timeline) -> Result<(), Problem> {
    let query = Query {
        kinds: vec![Kind::Clock, Kind::Heard, Kind::VisitorSpoke, Kind::Gap],
        windows: vec![window.clone()],
        seq_from: Some(reader.first_known(period.from_us)?),
        seq_until: Some(reader.first_known(period.until_us.saturating_add(KNOWN_WITHIN_US))?),
        ..Query::default()
    };
    let mut clock: Option<(u64, WallClock)> = None;
    for event in reader.events(&query) {
        let event = event?;
        if event.kind == Kind::Clock.name() {
            clock = WallClock::of_event(&event).map(|now| (event.run, now));
            continue;
        }
        if clock.is_none_or(|(run, _)| run != event.run) {
            clock = reader.clock_before(&event)?.map(|now| (event.run, now));
        }
        let (Some((_, clock)), Some(span)) = (clock, event.session) else { continue };
        let (from_us, until_us) = (clock.wall_us(span.start.0), clock.wall_us(span.end.0));
        if let Some(seen) = (Period { from_us, until_us }).within(period) {
            draw_in(&event, (seen, (from_us, until_us)), line);
        }
    }
    line.turns.sort_by_key(|turn| turn.start_us);
    Ok(())
}

fn draw_in(event: &Event, (seen, (start_us, end_us)): (Period, Stretch), line: &mut Timeline) {
    match Kind::parse(&event.kind) {
        Some(Kind::Heard) => {
            line.clerk.push(stretch(seen));
            let text = match event.read() {
                Ok(Some(Body::Heard(heard))) => Some(heard.text),
                _ => None,
            };
            line.turns.push(Turn { role: "clerk", start_us, end_us, text, segment: event.seq });
        }
        Some(Kind::VisitorSpoke) => line.visitor.push(stretch(seen)),
        Some(Kind::Gap) => {
            let why = match event.read() {
                Ok(Some(Body::Gap(gap))) => gap.why,
                _ => String::new(),
            };
            let (why, why_zh) = sentences(why);
            line.gaps.push(Gap { start_us, end_us, why, why_zh });
        }
        _ => {}
    }
}

/// Why something was not heard, in both languages.
pub(in crate::web) fn sentences(why: String) -> (String, Option<String>) {
    let chinese = match why.as_str() {
        JudgeInput::LOST => return (Unheard::Lost.to_string(), Some("声源没有送达".to_owned())),
        other if other == Unheard::Lost.to_string() => "声源没有送达",
        other if other == Unheard::Overload.to_string() => "语音超出了识别能力",
        other if other == Unheard::Stopped.to_string() => "尚未处理时服务已停止",
        _ => return (why, None),
    };
    (why, Some(chinese.to_owned()))
}

fn stretch(period: Period) -> Stretch {
    (period.from_us, period.until_us)
}

/// In order, and one where they overlap or touch.
pub(in crate::web) fn joined(stretches: &mut Vec<Stretch>) {
    stretches.sort_unstable();
    stretches.dedup_by(|next, last| {
        let joins = next.0 <= last.1;
        if joins {
            last.1 = last.1.max(next.1);
        }
        joins
    });
}

pub(in crate::web) fn silences(line: &Timeline) -> Vec<Stretch> {
    let mut spoken: Vec<Stretch> = line.clerk.iter().chain(&line.visitor).copied().collect();
    spoken.extend(line.gaps.iter().map(|gap| (gap.start_us, gap.end_us)));
    joined(&mut spoken);
    let mut silences = Vec::new();
    for &(from_us, until_us) in &line.listened {
        let mut since = from_us;
        let first = spoken.partition_point(|one| one.1 <= from_us);
        for &(start, end) in spoken[first..].iter().take_while(|one| one.0 < until_us) {
            silences.push((since, start));
            since = since.max(end);
        }
        silences.push((since, until_us));
    }
    silences.retain(|(from_us, until_us)| until_us - from_us >= SILENCE_US);
    silences
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silence_is_what_was_listened_to_and_in_which_nobody_spoke() {
        let second = |(from, until): (i64, i64)| (from * 1_000_000, until * 1_000_000);
        let line = Timeline {
            listened: vec![second((0, 60)), second((100, 110))],
            clerk: vec![second((5, 10)), second((58, 70))],
            visitor: vec![second((9, 20)), second((21, 22))],
            gaps: vec![Gap { start_us: 30_000_000, end_us: 40_000_000, why: String::new(), why_zh: None }],
            ..Timeline::default()
        };
        let expected = [(0, 5), (22, 30), (40, 58), (100, 110)].map(second);
        assert_eq!(silences(&line), expected);
    }
}

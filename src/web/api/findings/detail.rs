//! `/api/v1/findings/{id}`: one finding with all that it rests on and all that was done about it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::acts::{May, may};
use super::view::{ClipState, FindingItem, Looked, View, finding_of, subject, thousandths};
use crate::access::Action;
use crate::conduct::{Finding, ShownEvidence, ShownStep};
use crate::ledger::account::encounter_of;
use crate::ledger::event::HeardBody;
use crate::ledger::journal::WallClock;
use crate::ledger::review::{Case, Deadline, Step, StepKind};
use crate::ledger::unmask::Subject;
use crate::ledger::{Body, JournalFault, Kind, Query, Reader};
use crate::units::{SAMPLE_RATE_HZ, Span};
use crate::web::caller::Caller;
use crate::web::hub::Hub;
use crate::web::input::Named;
use crate::web::problem::{Problem, ProblemBody};
use crate::web::shelf::ShelvedBook;

/// What the clerk said so long before and after is shown with it, in samples.
const AROUND: u64 = 10 * SAMPLE_RATE_HZ as u64;
/// A clip has the seconds after the words, and is written then.
const CLIP_AWAITED_US: i64 = 90_000_000;
/// It became known within so many events, at most.
const NEAR_EVENTS: u64 = 4_096;

pub(super) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new().routes(routes!(finding))
}

/// A finding with all that is known of it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FindingDetail {
    #[serde(flatten)]
    item: FindingItem,
    /// Points of the rule; null of a rulebook that cannot be read any more.
    weight: Option<u8>,
    /// What to say instead.
    advice: String,
    /// Why it is in this state, one sentence.
    reason: String,
    /// The same in Chinese; null where an earlier version found it for a reason that it noted in words alone.
    reason_zh: Option<String>,
    /// As in docs/json.md; null where it rests on no words.
    #[schema(value_type = Option<Object>)]
    evidence: Value,
    cites: Vec<Cite>,
    /// Syllable by syllable, the phrase against what was heard.
    #[schema(value_type = Vec<Object>)]
    explanation: Vec<ShownStep>,
    /// What the clerk said from ten seconds before to ten seconds after it, as it was heard and masked.
    transcript: Vec<HeardChar>,
    clip: Option<ClipItem>,
    /// Why there is none.
    no_clip: Option<String>,
    /// The same in Chinese; null where the journal has it in English alone.
    no_clip_zh: Option<String>,
    /// It may still come: ask again in a moment.
    clip_pending: bool,
    steps: Vec<StepItem>,
    deadline: Option<DeadlineItem>,
    may: May,
    /// What was masked in it is kept, and you may ask for it: /api/v1/unmaskings.
    unmaskable: bool,
    encounter: Option<EncounterSpan>,
    /// Version of the rules that it was found by.
    rulebook: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct Cite {
    pub standard: String,
    pub title: String,
    pub article: String,
    /// The words of the article that apply; empty where the whole article is meant.
    pub quote: String,
    /// The words of the article that the rules rest on, as the rulebook had them; empty where it cannot be read any more.
    pub text: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct HeardChar {
    ch: char,
    start_us: i64,
    end_us: i64,
    probability: f64,
    /// It is one of the words that were found.
    in_phrase: bool,
}

#[derive(Debug, Serialize, ToSchema)]
struct ClipItem {
    url: String,
    start_us: i64,
    end_us: i64,
    /// The visitor spoke there and was cut out.
    #[schema(value_type = Vec<Vec<i64>>)]
    silenced: Vec<(i64, i64)>,
    /// Nobody delivered the sound.
    #[schema(value_type = Vec<Vec<i64>>)]
    gaps: Vec<(i64, i64)>,
    /// Loudness from start to end, 0 to 100; empty for clips of earlier versions.
    peaks: Vec<u8>,
}

#[derive(Debug, Serialize, ToSchema)]
struct StepItem {
    seq: u64,
    /// `review`, `appeal`, `decision`.
    what: &'static str,
    /// `upheld`, `dismissed`.
    ruling: Option<&'static str>,
    who: String,
    wall_us: i64,
    /// Reason or text; null once it was forgotten.
    text: Option<String>,
    /// The deadline that it set.
    until_us: Option<i64>,
}

#[derive(Debug, Serialize, ToSchema)]
struct DeadlineItem {
    /// `appeal`, `decision`.
    r#for: &'static str,
    until_us: i64,
}

#[derive(Debug, Serialize, ToSchema)]
struct EncounterSpan {
    id: u64,
    start_us: i64,
    end_us: i64,
}

/// One finding
#[utoipa::path(get, path = "/api/v1/findings/{id}", tag = "findings",
    params(("id" = u64, Path, description = "Number of the finding")), responses(
    (status = OK, body = FindingDetail), (status = NOT_FOUND, body = ProblemBody)))]
async fn finding(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Named(id): Named<u64>,
) -> Result<Json<FindingDetail>, Problem> {
    caller.may(Action::Finding)?;
    Ok(Json(detail_of(&hub, caller, id).await?))
}

pub(super) async fn detail_of(hub: &Hub, caller: Caller, id: u64) -> Result<FindingDetail, Problem> {
    let view = View::of(hub, &caller).await?;
    hub.read(move |reader| {
        reader.at_once(|_| {
            let looked = super::look(reader, &view, id)?;
            Ok(detail(reader, (&view, &caller), &looked)?)
        })
    })
    .await
}

fn detail(
    reader: &Reader,
    (view, caller): (&View, &Caller),
    looked: &Looked,
) -> Result<FindingDetail, JournalFault> {
    let (rows, row) = (reader.rows(), &looked.row);
    let (book, case) = (view.shelf.book(reader, row.rulebook)?, rows.case(row.id)?);
    let rule = book.rule(&row.rule);
    let said = looked.finding.as_deref();
    // The last word on it says why it stands as it does.
    let last = match rows.last_of_finding(row.id)? {
        Some(seq) if seq != row.id => finding_of(reader.event(seq)?),
        _ => None,
    };
    let told = last.as_deref().or(said);
    let shown = said.and_then(|finding| ShownEvidence::of(&finding.evidence));
    let clock = WallClock::of(row.span.start.0, row.wall_us);
    let item = view.item(reader, looked)?;
    let clip = view.clip_of(reader, item.alert)?;
    let none = no_clip(item.alert, clip.as_ref().map(|(_, clip)| clip));
    let encounter = encounter_of(&rows, row)?.map(|id| rows.encounter(id)).transpose()?.flatten();
    let deadline = case.deadline(&subject(row, &looked.seat), &view.settings.config.review);
    Ok(FindingDetail {
        weight: rule.map(|rule| rule.weight),
        advice: rule.map_or_else(String::new, |rule| rule.advice.clone()),
        reason: told.map_or_else(String::new, |finding| finding.reason.clone()),
        reason_zh: told.and_then(Finding::reason_in_chinese),
        explanation: shown.as_ref().map(|shown| shown.alignment.clone()).unwrap_or_default(),
        evidence: serde_json::to_value(shown)?,
        cites: said.map(|finding| cites(finding, &book)).unwrap_or_default(),
        transcript: transcript(reader, looked, clock)?,
        no_clip: none.as_ref().map(|(english, _)| english.clone()),
        no_clip_zh: none.and_then(|(_, chinese)| chinese),
        clip_pending: clip.is_none() && item.alert.is_some() && view.now_us - row.wall_us < CLIP_AWAITED_US,
        clip: clip.and_then(|(span, clip)| clip_item(row.id, (span?, &clip), clock)),
        steps: steps(reader, &case)?,
        deadline: deadline.map(|deadline| match deadline {
            Deadline::Appeal { until_us } => DeadlineItem { r#for: "appeal", until_us },
            Deadline::Decision { until_us } => DeadlineItem { r#for: "decision", until_us },
        }),
        may: may(caller, view, (row, &looked.seat, &case)),
        unmaskable: caller.role.may(Action::Unmask) && rows.unmask_subject(row.id)? == Subject::Kept,
        encounter: encounter.map(|one| EncounterSpan {
            id: one.id,
            start_us: one.wall_us,
            end_us: WallClock::of(one.span.start.0, one.wall_us).wall_us(one.span.end.0),
        }),
        rulebook: book.version.clone(),
        item,
    })
}

pub(in crate::web) fn cites(finding: &Finding, book: &ShelvedBook) -> Vec<Cite> {
    let cite = |cite: &crate::conduct::Citation| Cite {
        standard: cite.standard.clone(),
        title: book.standard_title(&cite.standard).to_owned(),
        article: cite.article.clone(),
        quote: cite.quote.clone(),
        text: book.article_text(&cite.standard, &cite.article).to_owned(),
    };
    finding.cites.iter().map(cite).collect()
}

fn transcript(reader: &Reader, looked: &Looked, clock: WallClock) -> Result<Vec<HeardChar>, JournalFault> {
    let row = &looked.row;
    let wanted = Span { start: row.span.start.minus(AROUND), end: row.span.end.plus(AROUND) };
    let query = Query {
        kinds: vec![Kind::Heard],
        windows: vec![row.window.clone()],
        run: Some(row.run),
        seq_from: Some(row.id.saturating_sub(NEAR_EVENTS)),
        seq_until: Some(row.id + NEAR_EVENTS),
        ..Query::default()
    };
    let mut chars = Vec::new();
    for event in reader.events(&query) {
        let event = event?;
        if !event.session.is_some_and(|span| span.overlaps(wanted)) {
            continue;
        }
        if let Ok(Some(Body::Heard(heard))) = event.read() {
            chars.extend(heard_chars(&heard, row.span, clock));
        }
    }
    chars.sort_by_key(|one| one.start_us);
    Ok(chars)
}

fn heard_chars(heard: &HeardBody, phrase: Span, clock: WallClock) -> impl Iterator<Item = HeardChar> {
    let beside = heard.times.iter().zip(&heard.probabilities);
    heard.text.chars().zip(beside).map(move |(ch, (&(start, end), probability))| HeardChar {
        ch,
        start_us: clock.wall_us(start),
        end_us: clock.wall_us(end),
        probability: thousandths(probability.0),
        // Punctuation takes no time.
        in_phrase: start < end && start >= phrase.start.0 && end <= phrase.end.0,
    })
}

fn clip_item(finding: u64, (span, clip): (Span, &ClipState), clock: WallClock) -> Option<ClipItem> {
    let body = clip.there()?;
    let wall = |times: &[(u64, u64)]| {
        times.iter().map(|&(start, end)| (clock.wall_us(start), clock.wall_us(end))).collect()
    };
    Some(ClipItem {
        url: format!("/api/v1/findings/{finding}/clip"),
        start_us: clock.wall_us(span.start.0),
        end_us: clock.wall_us(span.end.0),
        silenced: wall(&body.silenced),
        gaps: wall(&body.gaps),
        peaks: body.peaks.clone(),
    })
}

/// Why there is none, in both languages; of what the journal says in one.
fn no_clip(alert: Option<u64>, clip: Option<&ClipState>) -> Option<(String, Option<String>)> {
    let both = |english: &str, chinese: &str| Some((english.to_owned(), Some(chinese.to_owned())));
    match (alert, clip) {
        (_, Some(clip)) if clip.is_there => None,
        (_, Some(ClipState { body, .. })) => match &body.why {
            Some(why) => Some((why.clone(), None)),
            None => both("the clip was deleted", "录音片段已删除"),
        },
        (Some(_), None) => {
            both("no clip is written yet, or the hall keeps none", "尚无录音片段，或本厅不保存录音")
        }
        (None, None) => both(
            "no alert was told of it, and only alerts get clips",
            "该记录没有发出警示，只有警示保存录音片段",
        ),
    }
}

fn steps(reader: &Reader, case: &Case) -> Result<Vec<StepItem>, JournalFault> {
    let step = |step: &Step| {
        let body = reader.event(step.seq)?.and_then(|event| event.read().ok().flatten());
        let text = match body {
            Some(Body::Review(body)) => Some(body.reason),
            Some(Body::Appeal(body)) => Some(body.text),
            Some(Body::Decision(body)) => Some(body.reason),
            _ => None,
        };
        let (what, ruling, until_us) = match step.what {
            StepKind::Review { ruling, appeal_until_us } => ("review", Some(ruling), Some(appeal_until_us)),
            StepKind::Appeal { decide_until_us } => ("appeal", None, Some(decide_until_us)),
            StepKind::Decision { ruling } => ("decision", Some(ruling), None),
        };
        let ruling = ruling.map(|ruling| ruling.name());
        let (seq, who, wall_us) = (step.seq, step.who.clone(), step.wall_us);
        Ok(StepItem { seq, what, ruling, who, wall_us, text, until_us })
    };
    case.steps.iter().map(step).collect()
}

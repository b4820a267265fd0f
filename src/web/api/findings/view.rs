//! View: what somebody sees of findings. In: rows of the journal. Out: findings as they are sent, within what one may see.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;
use utoipa::ToSchema;

use crate::access::Scope;
use crate::conduct::{Finding, FindingState};
use crate::ledger::duty::{Duty, Person, Roster, Vacancy};
use crate::ledger::event::{ClipBody, EvidenceBody};
use crate::ledger::evidence::Clips;
use crate::ledger::journal::{FindingRow, Period, Rows};
use crate::ledger::review::{Case, Charged, Court, Deadline, Subject};
use crate::ledger::score::Review;
use crate::ledger::{Body, Event, JournalFault, Reader};
use crate::units::{Span, WindowId};
use crate::web::caller::Caller;
use crate::web::hub::{Hub, Settings};
use crate::web::problem::Problem;
use crate::web::shelf::Shelf;

/// Sign-ins of so long before may matter.
const BEFORE_US: i64 = 3 * 86_400_000_000;
/// Findings that overlap begin within this of each other.
const GROUP_US: i64 = 120_000_000;

/// Whoever sat at a window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(in crate::web) struct Clerk {
    /// Staff number.
    pub id: String,
    pub name: String,
}

impl From<Person> for Clerk {
    fn from(person: Person) -> Self {
        Self { id: person.id, name: person.name }
    }
}

/// A finding as it stands.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(in crate::web) struct FindingItem {
    /// Number of the event that it began with.
    pub id: u64,
    /// The alert by which people were shown it.
    pub alert: Option<u64>,
    pub window: String,
    /// When it was said.
    pub wall_us: i64,
    pub provision: String,
    pub rule: String,
    /// As the rulebook had it that it was found by.
    pub title: String,
    pub title_en: String,
    /// `note`, `minor`, `major`, `critical`.
    pub severity: &'static str,
    /// `forbidden`, `missing`, `voice`, `credit`.
    pub kind: &'static str,
    /// `confirmed`, `unknown`, `retracted`, `held`.
    pub state: &'static str,
    /// Null once it was forgotten, and to whoever sees no words.
    pub phrase: Option<String>,
    pub heard: Option<String>,
    pub sureness: Option<f64>,
    pub clerk: Option<Clerk>,
    /// Why nobody is charged; null too where the hall has no calendar.
    pub unassigned: Option<String>,
    pub unassigned_zh: Option<String>,
    /// `unreviewed`, `upheld`, `dismissed`, `appealed`.
    pub review: &'static str,
    /// An appeal should have been decided by now.
    pub overdue: bool,
    pub needs_review: bool,
    pub has_clip: bool,
    /// Its loudness from start to end, 0 to 100; null where there is no clip, and to whoever sees no words.
    pub strip: Option<Vec<u8>>,
    /// Whoever asks has looked at it.
    pub read: bool,
    /// Id of the first of the findings of one window that overlap; alone, its own.
    pub group: u64,
}

/// What is needed to see, gathered before the journal is read.
pub(in crate::web) struct View {
    pub shelf: Arc<Shelf>,
    pub settings: Arc<Settings>,
    /// Of the journal.
    pub folder: PathBuf,
    pub scope: Scope,
    pub words: bool,
    pub now_us: i64,
    /// Findings that the person has looked at.
    pub read: BTreeSet<u64>,
}

impl View {
    pub async fn of(hub: &Hub, caller: &Caller) -> Result<Self, Problem> {
        let read = match caller.person.as_ref().map(|person| person.id) {
            Some(person) => {
                hub.people(move |people| Ok(people.read_findings(person, 0, i64::MAX as u64)?)).await?
            }
            None => BTreeSet::new(),
        };
        Self::without_marks(hub, caller.scope.clone(), read).await
    }

    pub async fn without_marks(hub: &Hub, scope: Scope, read: BTreeSet<u64>) -> Result<Self, Problem> {
        Ok(Self {
            shelf: Arc::clone(&hub.shelf),
            settings: hub.settings().await?,
            folder: hub.folder()?.to_owned(),
            scope,
            words: true,
            now_us: hub.now_us(),
            read,
        })
    }

    pub fn court(&self) -> Court<'_> {
        Court { roster: self.settings.roster.as_ref(), terms: self.settings.config.review }
    }

    /// Who sat where in a time.
    pub fn seats(&self, rows: &Rows<'_>, period: Period) -> Result<Seats, JournalFault> {
        let Some(roster) = &self.settings.roster else { return Ok(Seats(None)) };
        let from_us = period.from_us.saturating_sub(BEFORE_US);
        let known = rows.duty(Period { from_us, until_us: period.until_us })?;
        Ok(Seats(Some(roster.with_duty_events(&known))))
    }

    /// The same around one moment.
    pub fn seats_at(&self, rows: &Rows<'_>, wall_us: i64) -> Result<Seats, JournalFault> {
        self.seats(rows, Period { from_us: wall_us, until_us: wall_us.saturating_add(1) })
    }

    pub fn may_see(&self, window: &WindowId, seat: &Seat) -> bool {
        self.scope.has(window, seat.clerk.as_ref().map(|clerk| clerk.id.as_str()))
    }
}

/// The calendar with the sign-ins of a time.
pub(in crate::web) struct Seats(Option<Roster>);

/// Who is charged with something.
#[derive(Clone, Debug)]
pub(in crate::web) struct Seat {
    pub clerk: Option<Clerk>,
    pub unassigned: Option<String>,
    pub unassigned_zh: Option<String>,
    pub charged: Charged,
}

impl Seats {
    pub fn at(&self, window: &WindowId, wall_us: i64) -> Seat {
        match self.0.as_ref().map(|roster| roster.on_duty(window, wall_us)) {
            None => Seat { clerk: None, unassigned: None, unassigned_zh: None, charged: Charged::Unknown },
            Some(Duty::Clerk(on_duty)) => Seat {
                charged: Charged::Clerk(on_duty.clerk.id.clone()),
                clerk: Some(on_duty.clerk.into()),
                unassigned: None,
                unassigned_zh: None,
            },
            Some(Duty::Unassigned(vacancy)) => {
                let why = vacancy.to_string();
                let unassigned_zh = Some(in_chinese(&vacancy));
                Seat {
                    clerk: None,
                    unassigned: Some(why.clone()),
                    unassigned_zh,
                    charged: Charged::Nobody(why),
                }
            }
        }
    }
}

pub(in crate::web) fn in_chinese(vacancy: &Vacancy) -> String {
    match vacancy {
        Vacancy::NotPlanned => "该时段没有排班".to_owned(),
        Vacancy::Nobody { shift } => format!("{shift}班没有安排人员"),
        Vacancy::SignedOut { clerk } => format!("{}已签退", clerk.name),
        Vacancy::Elsewhere { clerk, window } => format!("{}当时在{window}号窗口", clerk.name),
        Vacancy::Disputed { signed_in, planned } => {
            format!("{}签到后未签退，而排班为{}", signed_in.name, planned.name)
        }
    }
}

/// A finding with all that a row shows of it.
pub(in crate::web) struct Looked {
    pub row: FindingRow,
    /// `None` once it was forgotten.
    pub finding: Option<Box<Finding>>,
    pub seat: Seat,
}

pub(in crate::web) fn finding_of(event: Option<Event>) -> Option<Box<Finding>> {
    match event.and_then(|event| event.read().ok().flatten()) {
        Some(Body::Finding(finding)) => Some(finding),
        _ => None,
    }
}

impl View {
    pub fn item(&self, reader: &Reader, looked: &Looked) -> Result<FindingItem, JournalFault> {
        let rows = reader.rows();
        let Looked { row, finding, seat } = looked;
        let (book, case) = (self.shelf.book(reader, row.rulebook)?, rows.case(row.id)?);
        let rule = book.rule(&row.rule);
        let said = finding.as_deref().filter(|_| self.words);
        let alert = reader.alert_of(row)?;
        let clip = self.clip_of(reader, alert)?.and_then(|(_, clip)| clip.there().cloned());
        Ok(FindingItem {
            id: row.id,
            has_clip: clip.is_some(),
            strip: clip.map(|clip| clip.peaks).filter(|peaks| self.words && !peaks.is_empty()),
            alert,
            window: row.window.to_string(),
            wall_us: row.wall_us,
            provision: row.provision.to_string(),
            rule: row.rule.to_string(),
            title: rule.map_or_else(String::new, |rule| rule.title.clone()),
            title_en: rule.map_or_else(String::new, |rule| rule.title_en.clone()),
            severity: row.severity.name(),
            kind: row.kind.name(),
            state: row.state.name(),
            phrase: said.map(|finding| finding.phrase.clone()),
            heard: said.map(|finding| finding.heard.clone()),
            sureness: finding.as_ref().map(|finding| thousandths(finding.sureness)),
            clerk: seat.clerk.clone(),
            unassigned: seat.unassigned.clone(),
            unassigned_zh: seat.unassigned_zh.clone(),
            review: review_name(case.review()),
            overdue: self.is_overdue(&case, row, seat),
            needs_review: row.needs_review,
            read: self.read.contains(&row.id),
            group: group(&rows, row)?,
        })
    }

    fn is_overdue(&self, case: &Case, row: &FindingRow, seat: &Seat) -> bool {
        let deadline = case.deadline(&subject(row, seat), &self.settings.config.review);
        matches!(deadline, Some(Deadline::Decision { until_us }) if until_us < self.now_us)
    }

    /// What became of the clip of an alert, and of which stretch of the session it is; `None` where that is not known yet.
    pub fn clip_of(
        &self,
        reader: &Reader,
        alert: Option<u64>,
    ) -> Result<Option<(Option<Span>, ClipState)>, JournalFault> {
        let Some((event, body)) = alert.map(|alert| reader.evidence_of(alert)).transpose()?.flatten() else {
            return Ok(None);
        };
        let file =
            body.clip.as_ref().map(|clip| Clips::of(&self.folder).folder().join(file_name(&clip.file)));
        let is_there = file.is_some_and(|file| file.is_file());
        Ok(Some((event.session, ClipState { body, is_there })))
    }
}

/// What the journal says of a clip, and whether it is there.
pub(in crate::web) struct ClipState {
    pub body: EvidenceBody,
    pub is_there: bool,
}

impl ClipState {
    /// The clip, if it is there.
    pub fn there(&self) -> Option<&ClipBody> {
        self.body.clip.as_ref().filter(|_| self.is_there)
    }
}

/// Of a name in the journal, nothing that leads elsewhere.
fn file_name(file: &str) -> &std::ffi::OsStr {
    std::path::Path::new(file).file_name().unwrap_or_default()
}

pub(super) fn subject(row: &FindingRow, seat: &Seat) -> Subject {
    Subject { state: row.state, wall_us: row.wall_us, charged: seat.charged.clone() }
}

pub(super) fn review_name(review: Review) -> &'static str {
    match review {
        Review::Unreviewed => "unreviewed",
        Review::Upheld => "upheld",
        Review::Dismissed => "dismissed",
        Review::Appealed => "appealed",
    }
}

pub(in crate::web) fn thousandths(value: f32) -> f64 {
    (f64::from(value) * 1_000.0).round() / 1_000.0
}

/// The first of the findings that overlap this one, or one that overlaps it.
fn group(rows: &Rows<'_>, row: &FindingRow) -> Result<u64, JournalFault> {
    let period = Period {
        from_us: row.wall_us.saturating_sub(GROUP_US),
        until_us: row.wall_us.saturating_add(GROUP_US),
    };
    let mut near = rows.findings(period)?;
    near.retain(|other| {
        let told = other.state != FindingState::Held || row.state == FindingState::Held;
        other.run == row.run && other.window == row.window && told
    });
    near.sort_by_key(|one| (one.span.start, one.id));
    let (mut first, mut reaches) = (row.id, None);
    for one in near {
        if reaches.is_none_or(|end| one.span.start >= end) {
            first = one.id;
        }
        reaches = reaches.max(Some(one.span.end));
        if one.id == row.id {
            return Ok(first);
        }
    }
    Ok(row.id)
}

//! Alerts as they are shown. In: an `alert` event of the journal, or the board's picture of one. Out: [`AlertLive`].

use serde::Serialize;
use utoipa::ToSchema;

use crate::conduct::rulebook::Rulebook;
use crate::conduct::{Finding, FindingState};
use crate::ledger::event::AlertBody;
use crate::ledger::{Event, JournalFault, Reader};
use crate::status::AlertStatus;
use crate::web::shelf::Shelf;

/// An alert as it stands.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub(in crate::web) struct AlertLive {
    pub id: u64,
    pub revision: u32,
    /// The finding of the record, where there is one.
    pub finding: Option<u64>,
    pub window: String,
    /// When this revision was told.
    pub at_us: i64,
    pub provision: String,
    pub rule: String,
    pub title: String,
    pub title_en: String,
    /// `note`, `minor`, `major`, `critical`.
    pub severity: String,
    /// `forbidden`, `missing`, `voice`, `credit`.
    pub kind: String,
    /// `tentative`: the utterance is not over. `confirmed`, `retracted`, `unknown`.
    pub state: String,
    /// Null to whoever sees no words, as `heard` and `context`.
    pub phrase: Option<String>,
    pub heard: Option<String>,
    pub context: Option<String>,
    pub sureness: Option<f64>,
    pub latency_s: f64,
    pub late: bool,
    pub needs_review: bool,
    /// What it rests on, first of all.
    pub article: Option<ArticleLive>,
}

#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub(in crate::web) struct ArticleLive {
    pub standard: String,
    pub title: String,
    pub article: String,
    /// The words that apply; of a whole article as much as the rulebook has.
    pub quote: String,
}

impl AlertLive {
    /// Of an event of the journal.
    pub fn of_event(
        reader: &Reader,
        shelf: &Shelf,
        event: &Event,
        body: &AlertBody,
    ) -> Result<Self, JournalFault> {
        let found = &body.finding;
        let book = shelf.book(reader, event.rulebook)?;
        let rule = book.rule(&found.rule);
        let place = (event.run, &found.window);
        let finding = reader.rows().finding_at(place, &found.rule, found.span.start.0)?;
        Ok(Self {
            id: body.id,
            revision: body.revision,
            finding,
            window: found.window.to_string(),
            at_us: event.wall_us,
            provision: found.provision.clone(),
            rule: found.rule.clone(),
            title: rule.map_or_else(String::new, |rule| rule.title.clone()),
            title_en: rule.map_or_else(String::new, |rule| rule.title_en.clone()),
            severity: found.severity.name().to_owned(),
            kind: found.kind.name().to_owned(),
            state: shown_state(&body.state, Some(found)),
            phrase: Some(found.phrase.clone()),
            heard: Some(found.heard.clone()),
            context: Some(found.evidence.context.clone()),
            sureness: Some((f64::from(found.sureness) * 1e3).round() / 1e3),
            latency_s: body.latency.total_us as f64 / 1e6,
            late: body.late,
            needs_review: found.needs_review,
            article: found.cites.first().map(|cite| {
                let whole = || book.article_text(&cite.standard, &cite.article).to_owned();
                ArticleLive {
                    standard: cite.standard.clone(),
                    title: book.standard_title(&cite.standard).to_owned(),
                    article: cite.article.clone(),
                    quote: if cite.quote.is_empty() { whole() } else { cite.quote.clone() },
                }
            }),
        })
    }

    /// Of a hall without a journal: as much as its board knows.
    pub fn of_board(alert: &AlertStatus, rules: &Rulebook) -> Self {
        let rule = rules.rule(&alert.rule);
        Self {
            id: alert.id,
            revision: 0,
            finding: None,
            window: alert.window.clone(),
            at_us: (alert.published_unix_s * 1e6) as i64,
            provision: alert.provision.clone(),
            rule: alert.rule.clone(),
            title: rule.map_or_else(String::new, |rule| rule.title.clone()),
            title_en: rule.map_or_else(String::new, |rule| rule.title_en.clone()),
            severity: alert.severity.clone(),
            kind: alert.kind.clone(),
            state: shown_state(&alert.state, None),
            phrase: Some(alert.phrase.clone()),
            heard: Some(alert.heard.clone()),
            context: None,
            sureness: None,
            latency_s: alert.latency_s,
            late: alert.late,
            needs_review: rule.is_some_and(|rule| rule.needs_review),
            article: rule.and_then(|rule| rule.cites.first()).map(|cite| ArticleLive {
                standard: cite.standard.clone(),
                title: rules.standard(&cite.standard).map_or_else(String::new, |known| known.title.clone()),
                article: cite.article.clone(),
                quote: cite.quote.clone(),
            }),
        }
    }

    /// For whoever has no business with what was said.
    pub fn without_words(self) -> Self {
        Self { phrase: None, heard: None, context: None, ..self }
    }
}

fn shown_state(alert: &str, finding: Option<&Finding>) -> String {
    let shown = match (alert, finding.map(|finding| finding.state)) {
        ("provisional", _) => "tentative",
        ("confirmed", Some(FindingState::Unknown)) => "unknown",
        (other, _) => other,
    };
    shown.to_owned()
}

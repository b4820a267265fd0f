//! `/api/v1/rules`: the rules in force; a sentence tried on them; the hall's own rules read, checked and written; what a change
//! would have found; what nearly became a finding.

mod change;
mod near;
mod show;
mod what_if;

use std::sync::Arc;

use axum::Json;
use axum::extract::{DefaultBodyLimit, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::Action;
use crate::conduct::rulebook::{FILE_BYTES_MAX, PhraseRole};
use crate::conduct::scene::EncounterKind;
use crate::conduct::{CompiledBook, Finding};
use crate::phrase::Speech;
use crate::pipeline::{Rehearsal, SaidAt, outcome, rehearse};
use crate::units::Role;
use crate::web::caller::Caller;
use crate::web::hub::Hub;
use crate::web::input::Input;
use crate::web::problem::{Problem, ProblemBody};

/// Longest sentence that is tried, in characters.
const SENTENCE_CHARS_MAX: usize = 400;
/// Longest body with a text of rules in it: JSON takes more room than the file, and a byte more tells that it is too long.
const BODY_BYTES_MAX: usize = 2 * FILE_BYTES_MAX as usize;

pub(super) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new()
        .routes(routes!(show::rules))
        .routes(routes!(try_sentence))
        .routes(routes!(change::hall_rules, change::write))
        .routes(routes!(change::check))
        .routes(routes!(what_if::what_if))
        .routes(routes!(near::near_misses))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Try {
    sentence: String,
    /// `clerk` unless it is given.
    #[schema(value_type = Option<String>)]
    role: Option<Role>,
    /// Where in the encounter: `first`, `last`, or null for the middle.
    at: Option<TryAt>,
    /// `counter` unless it is given.
    #[schema(value_type = Option<String>)]
    encounter: Option<EncounterKind>,
    /// Rules of the hall to try instead of those in force.
    text: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum TryAt {
    First,
    Middle,
    Last,
}

#[derive(Debug, Serialize, ToSchema)]
struct Tried {
    /// Syllables of the sentence.
    pinyin: String,
    /// Phrases of the rules that are near it.
    hits: Vec<Hit>,
    /// What the judge makes of it in an encounter that is courteous otherwise.
    findings: Vec<TriedFinding>,
    /// Rules that require something at that place, and got it.
    fulfilled: Vec<String>,
    /// Of the rules that were asked.
    rulebook: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct Hit {
    rule: String,
    provision: String,
    title: String,
    kind: &'static str,
    /// What the phrase is for in its rule: `said`, `trigger`, `expected-0`, `near`, `condition-0` …
    part: String,
    phrase: String,
    heard: String,
    cost: f32,
    cost_max: f32,
    /// What the judge makes of the rule: `found`, `missing`, `credit`, `held`, `unknown`, `retracted`, or `nothing`.
    outcome: &'static str,
    reason: String,
    reason_zh: Option<String>,
    /// Syllable by syllable: phrase, heard, cost.
    alignment: Vec<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct TriedFinding {
    rule: String,
    provision: String,
    title: String,
    outcome: &'static str,
    heard: String,
    reason: String,
    reason_zh: Option<String>,
    needs_review: bool,
}

/// Try a sentence on the rules
///
/// As `sansheng rules test`: nothing of it is kept.
#[utoipa::path(post, path = "/api/v1/rules/try", tag = "rules", request_body = Try, responses(
    (status = OK, body = Tried), (status = FORBIDDEN, body = ProblemBody), (status = UNPROCESSABLE_ENTITY, body = ProblemBody)))]
async fn try_sentence(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Input(asked): Input<Try>,
) -> Result<Json<Tried>, Problem> {
    caller.may(Action::Rules)?;
    let long = asked.sentence.chars().count() > SENTENCE_CHARS_MAX;
    if long || Speech::from_text(&asked.sentence).is_empty() {
        return Err(Problem::unfit(
            format!(
                "the sentence has no words, or more than {SENTENCE_CHARS_MAX} characters: write one sentence"
            ),
            format!("句子没有文字，或超过 {SENTENCE_CHARS_MAX} 字：请输入一句话"),
        ));
    }
    let (settings, book) = (hub.settings().await?, hub.book());
    hub.blocking(move || {
        let book = match &asked.text {
            Some(text) => change::compiled(&settings, text)?,
            None => book,
        };
        Ok(Json(tried(&asked, &book)))
    })
    .await
}

fn tried(asked: &Try, book: &Arc<CompiledBook>) -> Tried {
    let speech = Speech::from_text(&asked.sentence);
    let at = match asked.at {
        Some(TryAt::First) => SaidAt::First,
        Some(TryAt::Last) => SaidAt::Last,
        Some(TryAt::Middle) | None => SaidAt::Middle,
    };
    let what = Rehearsal {
        sentence: &asked.sentence,
        by: asked.role.unwrap_or(Role::Clerk),
        at,
        on: asked.encounter.unwrap_or(EncounterKind::Counter),
    };
    let judged = rehearse(what, book);
    let hits = book.lexicon().find(&speech);
    let hits = hits.iter().map(|hit| {
        let (rule, _, role) = book.rule_of(hit);
        let finding = judged.concerning().find(|finding| finding.rule == rule.id);
        Hit {
            rule: rule.id.clone(),
            provision: rule.provision.clone(),
            title: rule.title.clone(),
            kind: rule.finding_kind().name(),
            part: match role {
                PhraseRole::Said => "said".to_owned(),
                role => role.to_string(),
            },
            phrase: hit.wording.clone(),
            heard: hit.heard.clone(),
            cost: hit.cost,
            cost_max: hit.cost_max,
            outcome: finding.map_or("nothing", outcome),
            reason: finding.map_or_else(|| hit.explain(), |finding| finding.reason.clone()),
            reason_zh: finding.map_or_else(|| Some(hit.explain_zh()), Finding::reason_in_chinese),
            alignment: hit.alignment().lines().map(str::to_owned).collect(),
        }
    });
    let findings = judged.concerning().map(|finding| TriedFinding {
        rule: finding.rule.clone(),
        provision: finding.provision.clone(),
        title: book.rulebook().rule(&finding.rule).map_or_else(String::new, |rule| rule.title.clone()),
        outcome: outcome(finding),
        heard: finding.heard.clone(),
        reason: finding.reason.clone(),
        reason_zh: finding.reason_in_chinese(),
        needs_review: finding.needs_review,
    });
    Tried {
        pinyin: change::pinyin(&asked.sentence),
        hits: hits.collect(),
        findings: findings.collect(),
        fulfilled: judged.fulfilled(book).map(|rule| rule.id.clone()).collect(),
        rulebook: book.rulebook().version().to_owned(),
    }
}

//! Conduct. In: `PhraseHit`, turns, silences. Out: `Finding`. Thread: judge. Allocates: per finding.

mod book;
mod call;
mod composition;
mod cooldown;
mod encounter;
mod evidence;
mod judge;
mod loudness;
mod obligations;
mod report;
pub mod rulebook;
pub mod scene;
mod scribe;
mod shown;
mod standing;
mod sureness;
mod turn;
mod why;

use serde::{Deserialize, Serialize};

use crate::phrase::told_zh;
use crate::units::{ChannelIndex, SessionTime, Span, WindowId};

pub use book::{Ablation, CompiledBook, PhraseName};
pub use encounter::{Encounter, EncounterConfig};
pub use evidence::{DecoyScore, Evidence};
pub use judge::{Foreseen, Judge};
pub use report::{Report, ReportKind};
pub use shown::{ShownEvidence, ShownStep};
pub use standing::{Owing, Standing};
pub use sureness::PhraseScore;

/// What a finding says of the clerk's speech.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FindingKind {
    /// Something was said that the standard forbids.
    Forbidden,
    /// Something the standard demands was not said.
    Missing,
    /// How it was said: rate, loudness, talking over.
    Voice,
    /// Good practice that earns score.
    Credit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Note,
    Minor,
    Major,
    Critical,
}

impl FindingKind {
    /// As it is serialised.
    pub fn name(self) -> &'static str {
        match self {
            Self::Forbidden => "forbidden",
            Self::Missing => "missing",
            Self::Voice => "voice",
            Self::Credit => "credit",
        }
    }
}

impl Severity {
    /// As it is serialised.
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Minor => "minor",
            Self::Major => "major",
            Self::Critical => "critical",
        }
    }
}

/// Where a finding stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FindingState {
    /// Counts.
    Confirmed,
    /// Matched, and held back by a guard or by verification: kept for tuning, counts for nothing.
    Held,
    /// Could not be decided from what was heard: counts for nothing.
    Unknown,
    /// Was confirmed, until the clerk went on and made it innocent. Takes the place of the finding of the same
    /// rule and start; counts for nothing.
    Retracted,
}

impl FindingState {
    /// As it is serialised.
    pub fn name(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Held => "held",
            Self::Unknown => "unknown",
            Self::Retracted => "retracted",
        }
    }
}

/// A place in a conduct standard.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Citation {
    /// Id of the standard in `rules/standards/`.
    pub standard: String,
    /// Article as the standard numbers it, e.g. `第三条（六）`.
    pub article: String,
    /// The words of the article that apply; empty where the whole article is meant.
    pub quote: String,
}

impl Finding {
    /// Whether `self` is a later word on the finding `earlier`.
    pub fn revises(&self, earlier: &Finding) -> bool {
        self.state == FindingState::Retracted
            && matches!(earlier.state, FindingState::Confirmed | FindingState::Unknown)
            && (&self.window, &self.rule, self.channel, self.span.start)
                == (&earlier.window, &earlier.rule, earlier.channel, earlier.span.start)
    }

    /// Adds `finding` to `findings`, in the place of the one it revises.
    pub fn settle_into(self, findings: &mut Vec<Finding>) {
        match findings.iter_mut().find(|earlier| self.revises(earlier)) {
            Some(earlier) => *earlier = self,
            None => findings.push(self),
        }
    }
}

/// One judgement about one spoken or missing thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    pub window: WindowId,
    pub kind: FindingKind,
    /// Provision id, `P01` to `P66`.
    pub provision: String,
    /// Rule id in the rulebook.
    pub rule: String,
    pub severity: Severity,
    /// The phrase of the rulebook that matched; for a missing item what was expected.
    pub phrase: String,
    /// What was heard in its place; empty when nothing was.
    pub heard: String,
    pub channel: ChannelIndex,
    pub span: Span,
    /// From when on it could be told: the end of the words, or, for what is missing, the moment by which it should
    /// have been said and it was known that it would not be.
    pub due: SessionTime,
    /// Probability that the finding is right, 0 to 1.
    pub sureness: f32,
    pub state: FindingState,
    pub cites: Vec<Citation>,
    /// Why it passed or was held back, for people.
    pub reason: String,
    /// The same in Chinese; empty in findings of earlier versions.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason_zh: String,
    pub evidence: Evidence,
    /// Somebody has to look at it before it counts.
    pub needs_review: bool,
}

impl Finding {
    /// `reason` in Chinese; of earlier versions' findings as far as it follows from what they rest on.
    pub fn reason_in_chinese(&self) -> Option<String> {
        if !self.reason_zh.is_empty() {
            return Some(self.reason_zh.clone());
        }
        let Evidence { source, cost, cost_max, ratio, held_back, .. } = &self.evidence;
        let found = told_zh((*source)?, (*cost, *cost_max), *ratio);
        match (self.state, held_back) {
            (FindingState::Confirmed, None) => Some(found),
            (FindingState::Held, Some(why)) => Some(format!("{found}；不成立：{}", why.zh())),
            _ => None,
        }
    }
}

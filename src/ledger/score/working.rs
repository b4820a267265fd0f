//! The working of a score, for people: every line that made it, so that it can be recomputed with a pencil.

use std::fmt::Write as _;

use super::{Effect, Line, Outcome, Points, ShiftScore, Unscored};
use crate::conduct::{FindingKind, Severity};

impl ShiftScore {
    /// Several lines of plain text, as in `docs/scoring.md`.
    pub fn working(&self) -> String {
        let mut text = String::new();
        for encounter in &self.encounters {
            let slight = (encounter.slight - encounter.credit).not_below_zero();
            let _ = writeln!(
                text,
                "{}: 100.000 - grave {} - slight {slight} (= {} - credit {}) = {}",
                encounter.encounter, encounter.grave, encounter.slight, encounter.credit, encounter.points
            );
            self.lines_of(&mut text, |line| line.encounter.as_deref() == Some(&encounter.encounter));
        }
        let served = |id: &str| self.encounters.iter().any(|encounter| &*encounter.encounter == id);
        let outside = |line: &Line| !line.encounter.as_deref().is_some_and(served);
        if self.lines.iter().any(outside) {
            let _ = writeln!(text, "outside the encounters served: {}", self.outside);
            self.lines_of(&mut text, outside);
        }
        let _ = writeln!(
            text,
            "mean: ({} - {}) / {} = {}; courtesy {} an encounter",
            self.sum, self.outside, self.served, self.mean, self.courtesy
        );
        let _ = writeln!(text, "{}", self.coverage_told());
        let _ = writeln!(text, "{}", self.outcome_told());
        text
    }

    fn lines_of(&self, text: &mut String, belongs: impl Fn(&Line) -> bool) {
        for line in self.lines.iter().filter(|line| belongs(line)) {
            let points = if line.points > Points::ZERO {
                format!("+{}", line.points)
            } else {
                line.points.to_string()
            };
            let _ = writeln!(text, "  {points:>8}  {}  {}  {}", line.finding, line.rule, self.why(line));
        }
    }

    /// Why a line takes or earns what it does.
    pub fn why(&self, line: &Line) -> String {
        let full = self.parameters.deduction(line.severity, line.weight);
        let factor = self.parameters.deduction(line.severity, 1).0 / 1_000;
        let kind = match line.kind {
            FindingKind::Forbidden => "forbidden",
            FindingKind::Missing => "missing",
            FindingKind::Voice => "voice",
            FindingKind::Credit => "credit",
        };
        let severity = match line.severity {
            Severity::Note => "note",
            Severity::Minor => "minor",
            Severity::Major => "major",
            Severity::Critical => "critical",
        };
        let of = format!("{kind}, {severity}");
        let (weight, repeat) = (line.weight, self.parameters.repeat_percent);
        match line.effect {
            Effect::Deducts => format!("{of}: weight {weight} × {factor}"),
            Effect::DeductsAsRepeat => {
                format!("{of}: weight {weight} × {factor} × {repeat} %, again in this encounter")
            }
            Effect::RepeatedAgain => format!("{of}: a third time or more in this encounter"),
            Effect::Credits => format!("credit: weight {weight}, as far as the limit leaves it"),
            Effect::CreditOverLimit => {
                format!("credit: the encounter has its {} already", Points::whole(self.parameters.credit_max))
            }
            Effect::CreditWithoutVisitor => "credit: nobody was served".to_owned(),
            Effect::Unknown => format!("{of}: not known, takes nothing"),
            Effect::Held => format!("{of}: held back, takes nothing"),
            Effect::Retracted => format!("{of}: taken back, takes nothing"),
            Effect::AwaitsReview => format!("{of}: awaits a review; at most {full} if it is upheld"),
            Effect::UnderAppeal => format!("{of}: under appeal; at most {full} if it is upheld"),
            Effect::Dismissed => format!("{of}: dismissed, takes nothing"),
        }
    }

    fn coverage_told(&self) -> String {
        let minutes = |ms: u64| format!("{}.{} min", ms / 60_000, ms / 6_000 % 10);
        let share = match self.coverage.permille {
            Some(permille) => format!("{}.{} %", permille / 10, permille % 10),
            None => "none".to_owned(),
        };
        format!(
            "coverage: {share} ({} heard, {} not)",
            minutes(self.coverage.heard_ms),
            minutes(self.coverage.unheard_ms)
        )
    }

    fn outcome_told(&self) -> String {
        let cap = match self.critical {
            true => format!(
                ", at most {} because of a critical finding",
                Points::whole(self.parameters.critical_cap)
            ),
            false => String::new(),
        };
        match self.outcome {
            Outcome::Scored { points, at_worst } if self.open > 0 => {
                let are = if self.open == 1 {
                    "1 finding is".to_owned()
                } else {
                    format!("{} findings are", self.open)
                };
                format!("score: {points}{cap}; {are} open: at worst {at_worst}")
            }
            Outcome::Scored { points, .. } => format!("score: {points}{cap}"),
            Outcome::Unscored { why } => format!("no score: {why}"),
        }
    }
}

impl Unscored {
    /// What its `Display` says, in Chinese.
    pub fn in_chinese(&self) -> String {
        match self {
            Self::NothingHeard => "全班未监听到".to_owned(),
            Self::TooLittleHeard { permille, least_percent } => {
                format!("覆盖率 {}.{} %，不足 {least_percent} %", permille / 10, permille % 10)
            }
            Self::TooFewEncounters { served, least } => format!("接待 {served} 次，不足 {least} 次"),
        }
    }
}

impl std::fmt::Display for Unscored {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NothingHeard => f.write_str("nothing of the shift was heard"),
            Self::TooLittleHeard { permille, least_percent } => {
                write!(
                    f,
                    "{}.{} % of the shift was heard, less than {least_percent} %",
                    permille / 10,
                    permille % 10
                )
            }
            Self::TooFewEncounters { served, least } => write!(f, "{served} encounters, fewer than {least}"),
        }
    }
}

//! `[score]`: how much findings take, how much courtesy earns, and when there is no score.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::points::Points;
use crate::conduct::Severity;
use crate::toml_file::{Document, Fault, FaultLevel, Faults, Fields, Source, listed};

/// Every number of the formula. Described in `docs/scoring.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameters {
    /// A finding takes its rule's weight times the factor of its severity.
    pub note_factor: u16,
    pub minor_factor: u16,
    pub major_factor: u16,
    pub critical_factor: u16,
    /// What the second finding of one rule in one encounter takes of its points.
    pub repeat_percent: u16,
    /// Most that courtesy can earn in one encounter, in points.
    pub credit_max: u16,
    /// Most that a shift with a critical finding can score, in points.
    pub critical_cap: u16,
    /// Less than this share of the shift heard: no score.
    pub coverage_min_percent: u16,
    /// Fewer encounters served: no score.
    pub encounters_min: u16,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            note_factor: 1,
            minor_factor: 2,
            major_factor: 4,
            // The one critical rule weighs 10: it takes the whole of its encounter.
            critical_factor: 10,
            repeat_percent: 50,
            credit_max: 3,
            // Below 60 is a fail in assessments of a hundred points.
            critical_cap: 59,
            coverage_min_percent: 70,
            encounters_min: 5,
        }
    }
}

/// Every fault of a `[score]` table.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the score's parameters have {} fault{}:\n{}", .0.len(), if .0.len() == 1 { "" } else { "s" }, listed(.0))]
pub struct ParameterFaults(pub Vec<Fault>);

impl Parameters {
    /// Reads a text that holds a table `[score]` and nothing else; defaults for what is left out.
    ///
    /// # Errors
    /// [`ParameterFaults`], all of them.
    pub fn parse(source: &Source) -> Result<Self, ParameterFaults> {
        let faults = Faults::default();
        let parameters = Document::parse(source, &faults).map(|doc| {
            let mut root = doc.root();
            let parameters = Self::read(root.table("score"));
            root.finish(&[]);
            parameters
        });
        let faults = faults.into_sorted(&[&source.name]);
        match parameters {
            Some(parameters) if faults.iter().all(|fault| fault.level == FaultLevel::Warning) => {
                Ok(parameters)
            }
            _ => Err(ParameterFaults(faults)),
        }
    }

    /// Reads the table `[score]` of a larger file; its faults are told there, and defaults stand in for what is wrong.
    pub(crate) fn read(table: Option<Fields<'_, '_>>) -> Self {
        let mut read = Self::default();
        let Some(mut fields) = table else { return read };
        for (key, place, most) in [
            ("note_factor", &mut read.note_factor, 100),
            ("minor_factor", &mut read.minor_factor, 100),
            ("major_factor", &mut read.major_factor, 100),
            ("critical_factor", &mut read.critical_factor, 100),
            ("repeat_percent", &mut read.repeat_percent, 100),
            ("credit_max", &mut read.credit_max, 100),
            ("critical_cap", &mut read.critical_cap, 100),
            ("coverage_min_percent", &mut read.coverage_min_percent, 100),
            ("encounters_min", &mut read.encounters_min, 1_000),
        ] {
            let least = u16::from(key == "encounters_min");
            if let Some(value) = fields.whole(key, least..=most) {
                *place = value;
            }
        }
        let factors = [
            ("note_factor", read.note_factor),
            ("minor_factor", read.minor_factor),
            ("major_factor", read.major_factor),
            ("critical_factor", read.critical_factor),
        ];
        for pair in factors.windows(2).filter(|pair| pair[0].1 > pair[1].1) {
            let [(lighter, more), (graver, less)] = [pair[0], pair[1]];
            let at = fields.key_at(if fields.has(graver) { graver } else { lighter });
            let found = format!("`{graver}` is {less}, less than `{lighter}`, {more}");
            fields.doc.error(at, &found, "let what is graver take as much or more");
        }
        fields.finish(&[]);
        read
    }

    /// What a finding takes by itself.
    pub fn deduction(&self, severity: Severity, weight: u8) -> Points {
        let factor = match severity {
            Severity::Note => self.note_factor,
            Severity::Minor => self.minor_factor,
            Severity::Major => self.major_factor,
            Severity::Critical => self.critical_factor,
        };
        Points::whole(i64::from(weight) * i64::from(factor))
    }

    /// What the second of one rule in one encounter takes of that.
    pub(super) fn repeated(&self, points: Points) -> Points {
        Points(points.0 * i64::from(self.repeat_percent) / 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_has_its_default_and_what_is_wrong_is_told_with_line_and_remedy() {
        let parse = |text: &str| Parameters::parse(&Source::new("s.toml", text));
        assert_eq!(parse(""), Ok(Parameters::default()));
        assert_eq!(
            parse("[score]\ncredit_max = 0"),
            Ok(Parameters { credit_max: 0, ..Parameters::default() })
        );
        for (text, told) in [
            ("[score]\ncritical_cap = 101", "s.toml:2:16: error: `critical_cap` of `score` is 101; write"),
            (
                "[score]\ncredit_max = 1.5",
                "s.toml:2:14: error: `credit_max` of `score` is a number; write a whole",
            ),
            (
                "[score]\nminor_factor = 5",
                "s.toml:2:1: error: `major_factor` is 4, less than `minor_factor`, 5; let",
            ),
            (
                "[score]\nmajor_factor = 1",
                "s.toml:2:1: error: `major_factor` is 1, less than `minor_factor`, 2; let",
            ),
            (
                "[score]\nencounters_min = 0",
                "s.toml:2:18: error: `encounters_min` of `score` is 0; write a number from 1",
            ),
            ("[score]\ncovrage_min_percent = 5", "did you mean `coverage_min_percent`?"),
            ("[scores]", "unknown key `scores` in the file, did you mean `score`?"),
            ("score = 1", "write a table"),
        ] {
            let faults = parse(text).unwrap_err().to_string();
            assert!(faults.contains(told), "{text}\n{faults}");
        }
    }
}

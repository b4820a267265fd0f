//! Evaluation. In: `Truth`, `Heard`. Out: `Evaluation`. Thread: the caller's. Allocates: per file.
//!
//! How well a corpus was heard: recall and false alarms of forbidden phrases, required speech reported missing, where
//! encounters begin and end, error rates of the transcript, and speed. Everything but [`Truth::load`] is a pure function of its
//! input, and the order in which files and findings arrive does not change the outcome. The counting rules
//! are told in `docs/evaluation.md`.

mod ablation;
mod align;
mod candidates;
mod conditions;
mod decisions;
pub mod degrade;
mod dues;
mod encounters;
mod forbidden;
mod interval;
mod json_node;
mod matching;
mod report;
mod report_judging;
mod report_sheets;
mod required;
mod speed;
mod strata;
mod sweep;
mod sweep_drawing;
mod tables;
mod transcription;
mod truth;
mod truth_json;
mod truth_tsv;
mod visitor;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::ser::{SerializeStruct, Serializer};

pub use ablation::{AblationRow, ablation_table};
pub use align::{ErrorCounts, align, compare_texts};
pub use candidates::{CANDIDATE_COLUMNS, candidates};
pub use conditions::{ConditionRun, ConditionSummary, conditions_table};
pub use decisions::{DecisionScore, Decisions, ProvisionDecisions};
pub use encounters::{
    BOUNDARY_S, EncounterCounts, EncounterNote, EncounterOutcome, EncounterRow, EncounterScore,
    HeardEncounter, Spread,
};
pub use forbidden::{
    AlarmKind, ConditionRecall, Confusion, FalseAlarm, ForbiddenScore, GroupAlarms, HeldBack, KindAlarms,
    Miss, ProvisionRecall, Recall,
};
pub use interval::{HourlyRate, Share, garwood};
pub use matching::{Matches, TOLERANCE_S, match_alerts};
pub use required::{RequiredNote, RequiredRow, RequiredScore};
pub use speed::{RunSpeed, Speed, SpeedRow, Times};
pub use strata::{Dimension, Stratum};
pub use sweep::{Sweep, SweepPoint, sweep};
pub use transcription::{ChannelText, ConditionText, RoleText, TextCounts, Transcription};
pub use truth::{
    ANNOTATED_MISSING, Conditions, Encounter, EncounterKind, Forbidden, Form, Innocent, Missing, Truth,
    TruthError, TruthFault, TruthFile, Utterance,
};
pub use visitor::{VisitorCharge, VisitorScore};

use crate::conduct::Finding;
use crate::units::{ChannelIndex, Role, SessionTime, Span};

/// What the pipeline made of one file.
#[derive(Clone, Debug, PartialEq)]
pub struct Heard {
    /// Path as the truth writes it ([`TruthFile::file`]).
    pub file: String,
    /// Of every kind and state, in any order.
    pub findings: Vec<Finding>,
    pub utterances: Vec<HeardUtterance>,
    /// Visits and calls as they were taken, in any order.
    pub encounters: Vec<HeardEncounter>,
    /// Length of the recording that was heard.
    pub audio_s: f64,
    /// Time in the recogniser.
    pub decode_s: f64,
    /// Time in phrase matching.
    pub match_s: f64,
    /// Whose words were transcribed: only theirs are compared with what was said.
    pub transcribed: Vec<Role>,
    pub warnings: Vec<String>,
    /// Why hearing stopped early; what was heard until then is scored.
    pub error: Option<String>,
}

impl Heard {
    /// Of `file` so far.
    pub fn nothing(file: &str, transcribed: &[Role]) -> Self {
        Self {
            file: file.to_owned(),
            findings: Vec::new(),
            utterances: Vec::new(),
            encounters: Vec::new(),
            audio_s: 0.0,
            decode_s: 0.0,
            match_s: 0.0,
            transcribed: transcribed.to_vec(),
            warnings: Vec::new(),
            error: None,
        }
    }
}

/// One stretch of transcript.
#[derive(Clone, Debug, PartialEq)]
pub struct HeardUtterance {
    pub channel: u16,
    pub role: Role,
    pub start_s: f64,
    pub end_s: f64,
    pub text: String,
}

impl HeardUtterance {
    fn span(&self) -> Span {
        let start = SessionTime::from_seconds(self.start_s);
        Span::new(start, SessionTime::from_seconds(self.end_s).max(start))
    }
}

/// What hearing a whole corpus took, loading the model not counted.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Run {
    pub wall_s: f64,
    /// Processor time of all threads; `None` where the system does not tell it.
    pub cpu_s: Option<f64>,
    /// Recogniser threads.
    pub threads: usize,
}

/// How well a corpus was heard.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Evaluation {
    pub corpus: String,
    pub files: FileCounts,
    pub forbidden: ForbiddenScore,
    pub visitor: VisitorScore,
    pub decisions: DecisionScore,
    pub required: RequiredScore,
    pub encounters: EncounterScore,
    pub by_condition: Vec<ConditionSummary>,
    pub transcription: Transcription,
    pub speed: Speed,
    /// What a reader must know before trusting the numbers: files not heard, errors, warnings.
    pub notes: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct FileCounts {
    pub in_truth: u64,
    /// Heard, in whole or in part: only these are scored.
    pub heard: u64,
    /// Heard in part, because of an error.
    pub failed: u64,
}

/// Scores what was heard against what was said.
///
/// `heard` names each file once, in any order. A file that was not heard is left out of every number and named in [`Evaluation::notes`]; a file heard in
/// part is scored as heard, so what it lost counts as missed.
pub fn evaluate(truth: &Truth, heard: &[Heard]) -> Evaluation {
    let (pairs, notes) = pair_up(truth, heard);
    let forbidden = forbidden::score(&pairs);
    Evaluation {
        corpus: truth.corpus.clone(),
        files: FileCounts {
            in_truth: truth.files.len() as u64,
            heard: pairs.len() as u64,
            failed: pairs.iter().filter(|pair| pair.heard.error.is_some()).count() as u64,
        },
        by_condition: conditions::score(truth, &pairs, &forbidden),
        forbidden,
        visitor: visitor::score(truth, &pairs),
        decisions: decisions::score(truth, &pairs),
        required: required::score(truth, &pairs),
        encounters: encounters::score(&pairs),
        transcription: transcription::score(&pairs),
        speed: speed::score(&pairs),
        notes,
    }
}

impl Evaluation {
    /// The same evaluation, with what the run behind it took: files are heard side by side, so their own times do
    /// not tell it.
    #[must_use]
    pub fn timed(self, run: Run) -> Self {
        Self { speed: self.speed.of_run(run), ..self }
    }
}

/// A file and what was heard of it.
struct Pair<'a> {
    truth: &'a TruthFile,
    heard: &'a Heard,
}

/// The files heard, in the order of the truth, and what there is to say about the others.
fn pair_up<'a>(truth: &'a Truth, heard: &'a [Heard]) -> (Vec<Pair<'a>>, Vec<String>) {
    let mut by_file: BTreeMap<&str, &Heard> = BTreeMap::new();
    let mut strangers = BTreeSet::new();
    let known: BTreeSet<&str> = truth.files.iter().map(|file| file.file.as_str()).collect();
    for one in heard {
        if !known.contains(one.file.as_str()) {
            strangers.insert(format!("{}: heard, but not in the truth: not scored", one.file));
        } else if by_file.insert(&one.file, one).is_some() {
            strangers.insert(format!("{}: heard more than once: only the last is scored", one.file));
        }
    }
    let (mut pairs, mut notes) = (Vec::new(), Vec::new());
    for file in &truth.files {
        match by_file.get(file.file.as_str()) {
            Some(heard) => {
                pairs.push(Pair { truth: file, heard });
                notes.extend(notes_on(file, heard));
            }
            None => notes.push(format!("{}: not heard: not scored", file.file)),
        }
    }
    notes.extend(strangers);
    (pairs, notes)
}

fn notes_on(truth: &TruthFile, heard: &Heard) -> Vec<String> {
    let mut notes: Vec<String> = Vec::new();
    notes.extend(heard.error.iter().map(|error| format!("{}: heard in part: {error}", truth.file)));
    notes.extend(heard.warnings.iter().map(|warning| format!("{}: {warning}", truth.file)));
    let roles: BTreeSet<(u16, Role)> = heard.utterances.iter().map(|u| (u.channel, u.role)).collect();
    for (channel, role) in roles {
        match truth.role(ChannelIndex(channel)) {
            Some(known) if known == role => {}
            Some(_) => notes.push(format!(
                "{}: channel {channel} was heard as {role:?}, which the truth contradicts: check the channel map",
                truth.file
            )),
            None => notes.push(format!("{}: channel {channel} is not in the truth: its speech is not scored", truth.file)),
        }
    }
    notes
}

/// A span in JSON: seconds from the start of the file.
fn seconds<S: Serializer>(span: &Span, serializer: S) -> Result<S::Ok, S::Error> {
    let mut out = serializer.serialize_struct("Span", 2)?;
    out.serialize_field("start_s", &span.start.seconds())?;
    out.serialize_field("end_s", &span.end.seconds())?;
    out.end()
}

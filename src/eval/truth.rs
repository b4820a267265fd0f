//! Truth: what was really said in the recordings of a corpus.
//!
//! In: a `truth.json` or a `transcripts.tsv` (both described in `docs/evaluation.md`). Out: [`Truth`].
//! Reads files; nothing else in `eval` does.

use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{truth_json, truth_tsv};
use crate::units::{ChannelIndex, Role, SessionTime, Span};

pub use crate::conduct::scene::EncounterKind;

/// Provisions whose absence a truth file is taken to annotate completely unless it says otherwise.
pub const ANNOTATED_MISSING: [&str; 8] = ["P01", "P02", "P07", "P08", "P11", "P12", "P13", "P14"];

/// A corpus and what is known of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Truth {
    /// Name of the corpus, for reports.
    pub corpus: String,
    /// The folder that the paths of `files` are relative to.
    pub root: PathBuf,
    /// Provisions whose absence is annotated wherever it occurs: only these are scored as required speech.
    pub annotated_missing: BTreeSet<String>,
    /// In the order of the truth file, each path once.
    pub files: Vec<TruthFile>,
}

/// One recording or clip.
#[derive(Clone, Debug, PartialEq)]
pub struct TruthFile {
    /// Path relative to [`Truth::root`], as the truth file writes it.
    pub file: String,
    /// What its results are pooled with: the first folder of its path, or its own name outside one.
    pub group: String,
    pub form: Form,
    /// Who is on each channel.
    pub channels: Vec<Role>,
    pub conditions: Conditions,
    /// `None`: not transcribed, so no error rates.
    pub utterances: Option<Vec<Utterance>>,
    /// `None`: not annotated, so required speech is not scored.
    pub encounters: Option<Vec<Encounter>>,
    /// What the clerk said and must not say.
    pub forbidden: Vec<Forbidden>,
    /// Required speech left out, except greetings and farewells, which [`Encounter`] holds.
    pub missing: Vec<Missing>,
    /// Where a phrase resembles a forbidden one and must not alert.
    pub innocents: Vec<Innocent>,
}

/// What kind of material a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// A whole service dialogue, or several.
    Recording,
    /// One utterance, recorded clean.
    Clip,
    /// Speech with a plain transcript and nothing forbidden in it.
    Transcript,
}

/// How hard a recording is to hear. `None`: not stated.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Conditions {
    /// Speech over noise at the clerk's microphone, dB.
    pub snr_db: Option<f64>,
    /// Speech over noise at the visitor's microphone, dB.
    pub snr_db_visitor: Option<f64>,
    /// Reverberation time, s.
    pub rt60_s: Option<f64>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Utterance {
    pub channel: ChannelIndex,
    pub span: Span,
    pub text: String,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Encounter {
    pub kind: EncounterKind,
    /// On a call from the first ring.
    pub span: Span,
    /// When the clerk could first speak: the answer of a call, the start at the counter.
    pub opened: SessionTime,
    /// The clerk greeted; on a call, opened it properly (greeting, own unit).
    pub greeting: bool,
    /// The clerk took leave.
    pub farewell: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Forbidden {
    pub provision: String,
    pub channel: ChannelIndex,
    /// The phrase, or the utterance it is inside.
    pub span: Span,
    pub text: String,
    /// Index into [`TruthFile::encounters`].
    pub encounter: Option<usize>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Missing {
    pub provision: String,
    /// The clerk's turn that should have carried the words.
    pub span: Span,
    pub text: String,
    /// Index into [`TruthFile::encounters`].
    pub encounter: Option<usize>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Innocent {
    pub channel: ChannelIndex,
    pub span: Span,
    pub text: String,
    /// A greeting or farewell of its own rather than a look-alike.
    pub courtesy: bool,
}

impl Truth {
    /// The truth at `path`: a `truth.json`, a `.tsv` of transcripts, or a folder holding either.
    ///
    /// # Errors
    /// [`TruthError`] when nothing is there, or it is not well formed; every fault of the file at once.
    pub fn load(path: &Path) -> Result<Self, TruthError> {
        let file = find(path)?;
        let text = std::fs::read_to_string(&file)
            .map_err(|source| TruthError::Unreadable { path: file.clone(), source })?;
        let root = file.parent().unwrap_or(Path::new("")).to_owned();
        let tsv = file.extension().is_some_and(|ext| ext.eq_ignore_ascii_case("tsv"));
        let parsed = if tsv { truth_tsv::parse(&text, root) } else { truth_json::parse(&text, root) };
        parsed.map_err(|faults| TruthError::Faulty { path: file, faults })
    }

    /// Where the audio of `file` lies.
    pub fn audio_path(&self, file: &TruthFile) -> PathBuf {
        self.root.join(&file.file)
    }

    /// Files that the truth names and the folder does not hold, in order.
    pub fn missing_audio(&self) -> Vec<PathBuf> {
        self.files.iter().map(|file| self.audio_path(file)).filter(|path| !path.is_file()).collect()
    }
}

impl TruthFile {
    /// Who is on `channel`; `None` when the file has no such channel.
    pub fn role(&self, channel: ChannelIndex) -> Option<Role> {
        self.channels.get(usize::from(channel.0)).copied()
    }
}

/// The first folder of `file`, or its name without extension when it lies in none.
pub(super) fn group_of(file: &str) -> String {
    match file.trim_start_matches("./").split_once(['/', '\\']) {
        Some((folder, _)) if !folder.is_empty() => folder.to_owned(),
        _ => {
            Path::new(file).file_stem().map_or_else(|| file.to_owned(), |s| s.to_string_lossy().into_owned())
        }
    }
}

fn find(path: &Path) -> Result<PathBuf, TruthError> {
    if path.is_dir() {
        return ["truth.json", "transcripts.tsv"]
            .into_iter()
            .map(|name| path.join(name))
            .find(|file| file.is_file())
            .ok_or_else(|| TruthError::NothingThere { folder: path.to_owned() });
    }
    Ok(path.to_owned())
}

/// Why a truth could not be used.
#[derive(Debug, thiserror::Error)]
pub enum TruthError {
    #[error(
        "{}: holds neither truth.json nor transcripts.tsv; name the file itself, or write one as \
         docs/evaluation.md describes", folder.display()
    )]
    NothingThere { folder: PathBuf },
    #[error("{}: cannot be read: {source}; check the path, that it may be read, and that it is UTF-8", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{}: {} fault(s)\n{}", path.display(), faults.len(), listed(faults))]
    Faulty { path: PathBuf, faults: Vec<TruthFault> },
}

/// One thing wrong in a truth file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TruthFault {
    /// JSON path such as `recordings[3].violations[0].provision`, or `line 12`.
    pub place: String,
    pub found: String,
    pub remedy: String,
}

impl fmt::Display for TruthFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: found {}; {}", self.place, self.found, self.remedy)
    }
}

fn listed(faults: &[TruthFault]) -> String {
    faults.iter().map(|fault| format!("  {fault}")).collect::<Vec<_>>().join("\n")
}

/// Paths named by more than one file.
pub(super) fn repeated<'a>(
    files: impl Iterator<Item = (&'a str, String)>,
) -> impl Iterator<Item = TruthFault> {
    let mut seen = BTreeSet::new();
    files.filter(move |(file, _)| !seen.insert(*file)).map(|(file, place)| TruthFault {
        place,
        found: format!("{file} a second time"),
        remedy: "name each file once".to_owned(),
    })
}

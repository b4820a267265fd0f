//! A folder of results: one file a recording, named by what its content depends on, so that what is done is never done
//! again and never half done.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;

use crate::cli::error::CliError;
use crate::conduct::scene::Roles;
use crate::model::Digest;
use crate::runtime::Account;

/// The form of the files; results of another are not taken for results.
const FORM: u32 = 1;

/// Everything that the result of a recording depends on.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Key<'a> {
    /// Of the file's bytes.
    pub recording: Digest,
    /// Program, rulebook, model, parameters, kernels.
    pub engine: &'a str,
    pub window: &'a str,
    pub clerk: u16,
    pub visitor: Option<u16>,
    pub roles: Roles,
    pub transcript: bool,
    pub visitor_transcript: bool,
    pub visitor_words: bool,
    pub near_misses: bool,
    /// What the hall reported of the window: sample, kind, ticket.
    pub reports: Vec<(u64, &'static str, Option<&'a str>)>,
}

impl Key<'_> {
    /// Name of the file.
    pub fn name(&self) -> Result<String, CliError> {
        let key = Digest::of(&serde_json::to_vec(&(FORM, self))?).to_string();
        Ok(format!("{:.16}-{key:.16}.jsonl", self.recording.to_string()))
    }
}

/// First line of a result.
#[derive(Serialize)]
#[serde(tag = "type", rename = "result")]
struct Head<'a> {
    form: u32,
    file: &'a str,
    audio_s: f64,
    clerk_speech_s: f64,
    unheard_s: f64,
    segments: u64,
    #[serde(flatten)]
    key: &'a Key<'a>,
}

/// Last line of a result: whether it is as it was written.
#[derive(Serialize)]
#[serde(tag = "type", rename = "end")]
struct End {
    /// Of all bytes before this line.
    sha256: Digest,
}

/// What the summary needs of a result.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Outcome {
    pub audio_s: f64,
    pub unheard_s: f64,
    /// Findings that stand, by rule.
    pub rules: BTreeMap<String, u64>,
    /// What was wrong with the recording, and whether it was read to its end all the same.
    pub problems: Vec<String>,
    pub failed: bool,
}

/// A folder of results, one program's at a time.
pub(super) struct Folder {
    path: PathBuf,
    /// Held for as long as it is open.
    _lock: File,
}

const PART: &str = ".part-";

impl Folder {
    /// Takes the folder, makes it if need be, and clears away what a killed program left half written.
    pub fn take(path: &Path) -> Result<Self, CliError> {
        let fault = |fault| CliError::Unwritten { path: path.to_owned(), fault };
        fs::create_dir_all(path).map_err(fault)?;
        let lock = File::create(path.join("replay.lock")).map_err(fault)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(CliError::ResultsTaken(path.to_owned())),
            Err(TryLockError::Error(error)) => return Err(fault(error)),
        }
        for entry in fs::read_dir(path).map_err(fault)? {
            let entry = entry.map_err(fault)?;
            if entry.file_name().to_string_lossy().starts_with(PART) {
                fs::remove_file(entry.path()).map_err(fault)?;
            }
        }
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// Writes a result so that it is there whole or not at all, whatever happens; `lines` are those of the findings.
    pub fn write(
        &self,
        name: &str,
        file: &str,
        key: &Key<'_>,
        account: &Account,
        lines: &[u8],
    ) -> Result<(), CliError> {
        let Account { audio_s, clerk_speech_s, unheard_s, segments, .. } = *account;
        let head = Head { form: FORM, file, audio_s, clerk_speech_s, unheard_s, segments, key };
        let mut text = serde_json::to_vec(&head)?;
        text.push(b'\n');
        text.extend_from_slice(lines);
        let end = End { sha256: Digest::of(&text) };
        text.extend(serde_json::to_vec(&end)?);
        text.push(b'\n');
        self.put(name, &text).map_err(|fault| CliError::Unwritten { path: self.path.join(name), fault })
    }

    fn put(&self, name: &str, text: &[u8]) -> io::Result<()> {
        let mut part = tempfile::Builder::new().prefix(PART).tempfile_in(&self.path)?;
        part.write_all(text)?;
        part.as_file().sync_all()?;
        part.persist(self.path.join(name)).map_err(|fault| fault.error)?;
        #[cfg(unix)]
        File::open(&self.path)?.sync_all()?;
        Ok(())
    }

    /// What a result says; `None` where it is not there, or not as it was written.
    pub fn read(&self, name: &str) -> Option<Outcome> {
        outcome(&fs::read_to_string(self.path.join(name)).ok()?)
    }
}

fn outcome(text: &str) -> Option<Outcome> {
    let last = text.strip_suffix('\n')?.rfind('\n')? + 1;
    let (before, end) = text.split_at(last);
    let end: Value = serde_json::from_str(end).ok()?;
    if end["type"] != "end" || end["sha256"] != Digest::of(before.as_bytes()).to_string() {
        return None;
    }
    let mut outcome = Outcome::default();
    for line in before.lines() {
        let line: Value = serde_json::from_str(line).ok()?;
        match line["type"].as_str()? {
            "result" => {
                outcome.audio_s = line["audio_s"].as_f64()?;
                outcome.unheard_s = line["unheard_s"].as_f64()?;
            }
            "finding" if !matches!(line["state"].as_str()?, "held" | "retracted") => {
                *outcome.rules.entry(line["rule"].as_str()?.to_owned()).or_default() += 1;
            }
            "problem" => {
                outcome.problems.push(line["message"].as_str()?.to_owned());
                outcome.failed |= line["fatal"].as_bool()? || line["partly"].as_bool()?;
            }
            _ => {}
        }
    }
    Some(outcome)
}

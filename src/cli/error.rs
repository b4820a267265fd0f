//! What ends a command early, each in one sentence.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::asr::AsrError;
use crate::conduct::rulebook::RulebookFaults;
use crate::eval::TruthError;
use crate::model::ModelError;
use crate::phrase::LexiconFault;

#[derive(Debug, Error)]
pub enum CliError {
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error(transparent)]
    Asr(#[from] AsrError),
    #[error(transparent)]
    Rules(#[from] RulebookFaults),
    #[error(transparent)]
    Lexicon(#[from] LexiconFault),
    #[error(transparent)]
    Truth(#[from] TruthError),
    #[error("cannot write to standard output: {0}")]
    Output(#[from] io::Error),
    #[error("cannot write JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("--clerk-channel and --visitor-channel are both {0}: name two channels, or --no-visitor")]
    SameChannel(u16),
    #[error("the sentence holds no words: write what the clerk says, in Chinese")]
    NoSentence,
    #[error("no recording could be read")]
    NothingRead,
    #[error("no recording in the truth file has {0:?} in its path: leave --only out to score all")]
    NothingSelected(String),
    #[error("the bundled recordings are not in {}: run this from the project's directory, or name recordings", .0.display())]
    NoBundle(PathBuf),
}

impl CliError {
    /// Standard output is a pipe that nobody reads any more.
    pub(super) fn is_reader_gone(&self) -> bool {
        let kind = match self {
            Self::Output(fault) | Self::Model(ModelError::Io { source: fault, .. }) => Some(fault.kind()),
            Self::Json(fault) => fault.io_error_kind(),
            _ => None,
        };
        kind == Some(io::ErrorKind::BrokenPipe)
    }
}

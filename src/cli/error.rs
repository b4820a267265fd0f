//! What ends a command early, each in one sentence.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use thiserror::Error;

use crate::access::AccessFault;
use crate::asr::AsrError;
use crate::capture::CaptureError;
use crate::capture::DeviceError;
use crate::capture::push::{LinkFault, TargetFault};
use crate::conduct::rulebook::RulebookFaults;
use crate::config::{ConfigFaults, TlsFault};
use crate::eval::TruthError;
use crate::ledger::account::{AccountFault, DaysFault};
use crate::ledger::backup::BackupFault;
use crate::ledger::duty::RosterFaults;
use crate::ledger::event::RulebookUnread;
use crate::ledger::evidence::{ClipFault, RecordingFault};
use crate::ledger::report::paper::WorkbookFault;
use crate::ledger::review::StepFault;
use crate::ledger::unmask::UnmaskFault;
use crate::ledger::{JournalFault, KeyFault};
use crate::model::ModelError;
use crate::phrase::LexiconFault;
use crate::runtime::live::BrokenThread;
use crate::signal::SignalError;
use crate::units::WindowId;
use crate::web::WebError;

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
    #[error(transparent)]
    Capture(#[from] CaptureError),
    #[error(transparent)]
    Target(#[from] TargetFault),
    #[error(transparent)]
    Link(#[from] LinkFault),
    #[error("no token: give the window's token with --token-file, --token or the variable SANSHENG_TOKEN")]
    NoToken,
    #[error("{}: the token cannot be read: {source}: check the path and who may read it", path.display())]
    TokenFile { path: PathBuf, source: io::Error },
    #[error("{}: the certificates to trust: {found}", path.display())]
    CaFile { path: PathBuf, found: String },
    #[error("the system does not let signals be caught: {0}")]
    Signals(io::Error),
    #[error("the system refuses another thread: {0}")]
    Thread(io::Error),
    #[error(transparent)]
    Device(#[from] DeviceError),
    #[error("no microphone here: plug one in, or see what else there is with `sansheng devices --all`")]
    NoDevice,
    #[error("no microphone brought any sound")]
    NothingHeard,
    #[error("cannot write to standard output: {0}")]
    Output(#[from] io::Error),
    #[error("cannot write JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("the terminal cannot be used: {0}")]
    Terminal(#[source] io::Error),
    #[error(
        "no status of the service: {0}; start it with `sansheng run`, or name another address with --url"
    )]
    Service(String),
    #[error(transparent)]
    Config(#[from] ConfigFaults),
    #[error(transparent)]
    Ledger(#[from] JournalFault),
    #[error(transparent)]
    Unmask(#[from] UnmaskFault),
    #[error(transparent)]
    Clip(#[from] ClipFault),
    #[error(transparent)]
    Recording(#[from] RecordingFault),
    #[error(transparent)]
    Key(#[from] KeyFault),
    #[error(transparent)]
    Backup(#[from] BackupFault),
    #[error("no journal is named: {0}")]
    NoJournal(String),
    #[error(transparent)]
    Roster(#[from] RosterFaults),
    #[error(transparent)]
    Account(#[from] AccountFault),
    #[error(transparent)]
    Step(#[from] StepFault),
    #[error("{0}")]
    Unfit(String),
    #[error(transparent)]
    Workbook(#[from] WorkbookFault),
    #[error(transparent)]
    Days(#[from] DaysFault),
    #[error(transparent)]
    Access(#[from] AccessFault),
    #[error(transparent)]
    Tls(#[from] TlsFault),
    #[error(transparent)]
    Web(#[from] WebError),
    #[error(transparent)]
    Broken(#[from] BrokenThread),
    #[error("cannot listen at {listen} ({fault}): set another address under [server] in the configuration")]
    Listen { listen: SocketAddr, fault: io::Error },
    #[error("{}: the journal cannot be written ({fault}): make the folder writable, or name another path", .path.display())]
    Journal { path: PathBuf, fault: io::Error },
    #[error("{}: the events cannot be read ({fault}): name a file of JSON lines (docs/events.md)", .path.display())]
    Events { path: PathBuf, fault: io::Error },
    #[error("--clerk-channel and --visitor-channel are both {0}: name two channels, or --no-visitor")]
    SameChannel(u16),
    #[error("the sentence holds no words: write what the clerk says, in Chinese")]
    NoSentence,
    #[error("there is no rule `{id}`{meant}: `sansheng rules provisions` lists the built-in rules")]
    NoRule { id: String, meant: String },
    #[error("rules/provisions.toml: {0}")]
    Provisions(String),
    #[error(transparent)]
    Signal(#[from] SignalError),
    #[error("{}: the tape for a window cannot be written ({fault}): free some space, or set TMPDIR to another folder", .path.display())]
    Tape { path: PathBuf, fault: hound::Error },
    #[error("nothing in {} can be played to a clerk's microphone: {why}", .truth.display())]
    NoMaterial { truth: PathBuf, why: String },
    #[error(
        "a soak of {seconds} s does not tell warming up from growth: play for {least} s or longer with --seconds"
    )]
    ShortSoak { seconds: u32, least: u32 },
    #[error("the soak failed: {0}")]
    Soak(String),
    #[error("alert {alert} {why}")]
    NoClip { alert: u64, why: String },
    #[error("window {window} {why}")]
    NoRecording { window: WindowId, why: String },
    #[error("{0}")]
    OldRules(#[from] RulebookUnread),
    #[error("{}: cannot be written ({fault}): free some space, or name another place", .path.display())]
    Unwritten { path: PathBuf, fault: io::Error },
    #[error("{}: the recording cannot be written ({fault}): free some space, or name another folder (TMPDIR, --hall)", .path.display())]
    Degraded { path: PathBuf, fault: hound::Error },
    #[error("{}: another replay writes its results here: wait for it, or name another folder", .0.display())]
    ResultsTaken(PathBuf),
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

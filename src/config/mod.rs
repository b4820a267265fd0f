//! Configuration of the live service. In: one TOML file. Out: `Config`, or every fault with its line and remedy.
//! Thread: start-up and reload. Allocates: once.
//!
//! Every key is described in `docs/configuration.md`; defaults and ranges stand in `settings.rs`. Paths inside
//! the file are relative to the folder that holds it.

mod change;
mod microphone;
mod read;
mod settings;
mod tls;
mod token;
mod window;

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use thiserror::Error;

use crate::alert::Budgets;
use crate::capture::push::Token;
use crate::conduct::scene::Roles;
use crate::ledger::Key;
use crate::ledger::evidence::EvidenceConfig;
use crate::ledger::review::Terms;
use crate::ledger::score::Parameters;
use crate::toml_file::{Document, Fault, FaultLevel, Faults, Source, listed, read_file, whole_file};
use crate::units::{ChannelIndex, Role, WindowId};

pub use change::Changes;
pub use tls::{TlsFault, TlsFiles};

/// What the live service is told, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    pub hall: String,
    /// A name from `sansheng model list`, or the path of a ggml file.
    pub model: String,
    /// Files, or folders of files, of the hall's own rules.
    pub rules: Vec<PathBuf>,
    /// At least one, in the order of the file; no two share an id.
    pub windows: Vec<Window>,
    pub hearing: Hearing,
    pub budgets: Budgets,
    /// Where HTTP is served.
    pub listen: SocketAddr,
    /// What it is served under TLS with, if it is.
    pub tls: Option<TlsFiles>,
    /// How long the work at hand may take once the service is told to stop.
    pub finish: Duration,
    /// A file that the lines of the run are appended to, if any.
    pub journal: Option<PathBuf>,
    /// Folder of the ledger's journal, if there is one.
    pub ledger: Option<PathBuf>,
    /// What words and clips are encrypted with.
    pub key: Option<Key>,
    /// What was heard is forgotten when it is older.
    pub keep_text: Option<Duration>,
    /// What is masked is kept so long, encrypted, for two people to see; `None`: never.
    pub keep_unmasked: Option<Duration>,
    /// What becomes of the sound around alerts; nothing without a ledger.
    pub evidence: EvidenceConfig,
    /// Where the hall's queue and telephone systems write what they know, if anywhere.
    pub events: Option<PathBuf>,
    /// Calendar of who sits where, or a roster, if there is one.
    pub shifts: Option<PathBuf>,
    pub score: Parameters,
    pub review: Terms,
    warnings: Vec<Fault>,
}

/// A service window and its microphones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    pub id: WindowId,
    /// What people call it.
    pub name: String,
    pub clerk: Microphone,
    /// Never the same channel of the same source as `clerk`.
    pub visitor: Option<Microphone>,
    /// How it is known who speaks; by channel wherever the visitor has a microphone.
    pub roles: Roles,
}

/// One voice's way into the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Microphone {
    pub source: AudioSource,
    pub channel: ChannelIndex,
}

/// Where audio comes from. Two microphones with equal sources share one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AudioSource {
    /// A sound card's input, by a name that `sansheng devices` lists.
    Device(String),
    /// A recording that is played as if it were a microphone.
    File { path: PathBuf, repeat: bool },
    /// Sent over the network to this window by `sansheng mic`.
    Push { window: WindowId, token: Token },
}

/// A source and everyone who is heard through it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceUse {
    pub source: AudioSource,
    pub voices: Vec<Voice>,
}

/// One channel of a source: whose it is, at which window (an index into [`Config::windows`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Voice {
    pub window: usize,
    pub role: Role,
    pub channel: ChannelIndex,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hearing {
    /// Recognisers, one thread each; `None` is one a processor core.
    pub threads: Option<u16>,
    /// Audio between two partial decodes of an utterance in progress.
    pub partial_step: Duration,
    /// Audio that the ring of a source holds.
    pub ring_ms: u32,
    /// Age at which speech that nobody could recognise is recorded as unheard.
    pub lag_max: Duration,
}

/// Every fault of the file, in the order of its lines; at least one is an error.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the configuration has {} fault{}:\n{}", .0.len(), if .0.len() == 1 { "" } else { "s" }, listed(.0))]
pub struct ConfigFaults(pub Vec<Fault>);

impl Config {
    /// These windows, and defaults for all else; nothing is served beyond this machine, at a port that is free.
    pub fn of_windows(hall: &str, windows: Vec<Window>) -> Self {
        read::defaults(hall, windows)
    }

    /// Reads and checks a file.
    ///
    /// # Errors
    /// [`ConfigFaults`], all of them.
    pub fn load(path: &Path) -> Result<Self, ConfigFaults> {
        let source =
            read_file(path).map_err(|(found, remedy)| ConfigFaults(vec![whole_file(path, found, remedy)]))?;
        let mut config = Self::parse(&source, path.parent().unwrap_or(Path::new("")))?;
        config.warnings.extend(token::exposed_file(path, &source.text));
        Ok(config)
    }

    /// Reads and checks a text whose relative paths start at `folder`.
    ///
    /// # Errors
    /// [`ConfigFaults`], all of them.
    pub fn parse(source: &Source, folder: &Path) -> Result<Self, ConfigFaults> {
        let faults = Faults::default();
        let config = Document::parse(source, &faults).and_then(|doc| read::read(&doc, folder));
        let faults = faults.into_sorted(&[&source.name]);
        match config {
            Some(config) if faults.iter().all(|fault| fault.level == FaultLevel::Warning) => {
                Ok(Self { warnings: faults, ..config })
            }
            _ => Err(ConfigFaults(faults)),
        }
    }

    /// What someone should look at although the configuration can be used.
    pub fn warnings(&self) -> &[Fault] {
        &self.warnings
    }

    /// The sources, in the order of their first window, each with everyone who is heard through it.
    pub fn sources(&self) -> Vec<SourceUse> {
        let mut uses: Vec<SourceUse> = Vec::new();
        for (index, window) in self.windows.iter().enumerate() {
            for (role, microphone) in window.microphones() {
                let voice = Voice { window: index, role, channel: microphone.channel };
                match uses.iter_mut().find(|known| known.source == microphone.source) {
                    Some(known) => known.voices.push(voice),
                    None => uses.push(SourceUse { source: microphone.source.clone(), voices: vec![voice] }),
                }
            }
        }
        uses
    }
}

impl Window {
    /// The clerk's microphone, then the visitor's if there is one.
    pub fn microphones(&self) -> impl Iterator<Item = (Role, &Microphone)> {
        let visitor = self.visitor.iter().map(|microphone| (Role::Visitor, microphone));
        std::iter::once((Role::Clerk, &self.clerk)).chain(visitor)
    }
}

/// As it is written in the file; a push source has its window's name beside it.
impl fmt::Display for AudioSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Device(name) => write!(f, "device:{name}"),
            Self::File { path, .. } => write!(f, "file:{}", path.display()),
            Self::Push { window, .. } => write!(f, "push (window {window})"),
        }
    }
}

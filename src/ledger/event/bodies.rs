//! The bodies of the kinds that have no type of their own elsewhere.

use serde::{Deserialize, Serialize};

use crate::conduct::scene::Roles;
use crate::conduct::{EncounterConfig, Finding, ReportKind};
use crate::said::Bilingual;
use crate::status::WindowState;
use crate::units::{Role, SessionTime};

use super::real::Real;

/// The service began to listen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunStarted {
    pub hall: String,
    /// Of the program.
    pub version: String,
    pub windows: Vec<Seat>,
    /// Silences that close an encounter, in samples.
    pub idle: SessionTime,
    pub farewell: SessionTime,
    pub wait: SessionTime,
    /// The run before this one, where it did not come to its end.
    pub broken_off: Option<u64>,
    /// Where the journal was found shorter than it had been: the event that should have been there.
    pub cut: Option<HeadBody>,
}

/// How a window is judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Seat {
    pub window: String,
    pub roles: Roles,
    /// The visitor has a microphone.
    pub visitor_heard: bool,
}

impl RunStarted {
    pub fn encounter(&self) -> EncounterConfig {
        EncounterConfig {
            idle_s: self.idle.seconds(),
            farewell_s: self.farewell.seconds(),
            wait_s: self.wait.seconds(),
        }
    }
}

/// The last event of a journal, at some time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadBody {
    pub seq: u64,
    /// Hexadecimal.
    pub hash: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunEnded {
    /// Events that never came into the journal.
    pub lost: u64,
}

/// The window's session time of the header was this wall time, from here on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockBody {
    /// Microseconds since the Unix epoch.
    pub wall_us: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VisitorSpoke {
    pub level_dbfs: Real,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RingBody {}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportBody {
    pub kind: ReportKind,
    pub ticket: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GapBody {
    /// Why nobody heard it: `lost`, or a sentence.
    pub why: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuietBody {
    /// The clerk said nothing up to here; the header ends where nobody did.
    pub clerk: SessionTime,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndedBody {
    /// Samples that the clerk's source did not deliver.
    pub lost: u64,
}

/// A revision of an alert, as people were shown it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlertBody {
    /// Unique over all runs.
    pub id: u64,
    pub revision: u32,
    /// `provisional`, `confirmed` or `retracted`.
    pub state: String,
    pub note: String,
    pub finding: Finding,
    pub latency: LatencyBody,
    /// `forbidden`, `greeting` or `farewell`.
    pub budget: String,
    pub allowed_us: u64,
    pub late: bool,
}

/// Where the time to the alert went, in microseconds; writing the journal is not part of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LatencyBody {
    pub capture_us: u64,
    pub endpoint_us: u64,
    pub queue_us: u64,
    pub decode_us: u64,
    pub verify_us: u64,
    pub publish_us: u64,
    pub total_us: u64,
    /// Some moment was not between its neighbours and was moved.
    pub clamped: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShedBody {
    /// `partial`, `context`, `verification` or `utterance`: of the recogniser. `journal`: events for which the journal
    /// had no room, from here on or, where `events` are counted, since it was told so.
    pub what: String,
    pub events: u64,
}

impl ShedBody {
    /// What the journal itself gave up.
    pub const JOURNAL: &'static str = "journal";
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowStateBody {
    pub role: Role,
    pub state: WindowState,
    pub reason: Option<String>,
    /// The same in Chinese; `None` in events of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason_zh: Option<String>,
}

/// The rules of the header are in force from here on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RulesBody {
    pub version: String,
}

/// Bodies that were taken out of the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForgottenBody {
    /// First and last of each stretch of events.
    pub seqs: Vec<(u64, u64)>,
    pub why: String,
}

/// The clip of an alert, or why there is none; the header has the stretch of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceBody {
    pub alert: u64,
    /// In the folder of clips.
    pub clip: Option<ClipBody>,
    /// Why there is none.
    pub why: Option<String>,
}

/// A clip that was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClipBody {
    pub file: String,
    pub bytes: u64,
    /// Of the file, hexadecimal.
    pub sha256: String,
    /// Stretches in which the visitor was silenced, and those that nobody delivered: start and end in samples of session time.
    pub silenced: Vec<(u64, u64)>,
    pub gaps: Vec<(u64, u64)>,
    /// Loudness from its start to its end in as many steps, hundredths of the loudest; none in events of earlier versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub peaks: Vec<u8>,
}

/// Clips, recordings or originals of masked text that were deleted because of their age, or to make room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetentionBody {
    /// `clips`, `recordings` or `originals`.
    pub what: String,
    /// `age` or `disk`.
    pub why: String,
    pub files: Vec<String>,
    pub bytes: u64,
    /// Of originals: first and last of each stretch of events that have none any more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seqs: Vec<(u64, u64)>,
}

impl RetentionBody {
    pub const CLIPS: &'static str = "clips";
    pub const RECORDINGS: &'static str = "recordings";
    pub const ORIGINALS: &'static str = "originals";
    pub const AGE: &'static str = "age";
    pub const DISK: &'static str = "disk";
}

/// Somebody took something out of the ledger, or away from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessBody {
    /// `export`: a clip was copied out. `listen`: it was heard on the dashboard. `forget`: what was said at the window was taken out of the journal.
    pub what: String,
    pub alert: Option<u64>,
    /// The finding whose clip it was; `None` in events of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finding: Option<u64>,
    pub file: Option<String>,
    /// Who did it, as they said, and why.
    pub who: String,
    pub why: String,
    /// The same in Chinese, where the program said it and no person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why_zh: Option<String>,
}

impl AccessBody {
    pub const EXPORT: &'static str = "export";
    pub const FORGET: &'static str = "forget";
    /// A clip was heard on the dashboard.
    pub const LISTEN: &'static str = "listen";
    /// Somebody signed in to the dashboard, or tried to.
    pub const SIGN_IN: &'static str = "sign-in";
    pub const SIGN_IN_REFUSED: &'static str = "sign-in-refused";
    /// Who may sign in, and as what, was changed; a password; the tokens of other programs.
    pub const PEOPLE: &'static str = "people";
    pub const PASSWORD: &'static str = "password";
    pub const TOKENS: &'static str = "tokens";
    /// The hall's own rules were written; their text comes with the next `rules` event.
    pub const RULES: &'static str = "rules";
    /// Where alerts are sent was changed.
    pub const WEBHOOKS: &'static str = "webhooks";

    /// Of nobody's clip, for a reason of the program's.
    pub fn plain(what: &'static str, who: &str, why: Bilingual) -> Self {
        let Bilingual { en: why, zh: why_zh } = why;
        let (what, who) = (what.to_owned(), who.to_owned());
        Self { what, alert: None, finding: None, file: None, who, why, why_zh: Some(why_zh) }
    }

    /// Whether `who` listened to the clip of an alert.
    pub fn is_listening(&self, alert: u64, who: &str) -> bool {
        self.what == Self::LISTEN && self.alert == Some(alert) && self.who == who
    }
}

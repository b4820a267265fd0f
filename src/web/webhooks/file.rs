//! Where alerts are sent, and how far it came: `webhooks.json` in the folder of the journal, its owner's alone, written whole
//! or not at all.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::conduct::{FindingKind, Severity};
use crate::ledger::event::AlertBody;
use crate::units::WindowId;

const FILE: &str = "webhooks.json";

/// Everything that is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    /// Ids are given once.
    pub last: u64,
    pub hooks: Vec<Hook>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Hook {
    pub id: u64,
    #[serde(flatten)]
    pub what: NewHook,
    pub created_us: i64,
    /// Number of the last event that was delivered, given up, or not asked for.
    pub after: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct NewHook {
    pub name: String,
    /// `https://…`, or `http://…` within the hall's own network.
    pub url: String,
    pub template: Template,
    /// Signs what is sent. Of DingTalk's robot the one that it shows (`SEC…`); of `json` one is made where none is given.
    pub secret: Option<String>,
    /// This severity and graver ones; all unless it is given.
    #[schema(value_type = Option<String>)]
    pub severity: Option<Severity>,
    /// `forbidden`, `missing`, `voice`, `credit`; all unless they are given.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub kinds: Vec<FindingKind>,
    /// All unless they are given.
    #[serde(default)]
    pub windows: Vec<String>,
    /// States of alerts that are sent: `provisional`, `confirmed`, `retracted`; those confirmed unless they are given.
    #[serde(default)]
    pub states: Vec<String>,
    /// Sends what was heard as well. It leaves the machine.
    #[serde(default)]
    pub words: bool,
    /// Certificates (PEM) of the authority that the receiver's comes from, the only ones that are trusted then; without it, the
    /// public authorities.
    #[serde(default)]
    pub ca: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(in crate::web) enum Template {
    /// The alert as JSON, signed.
    Json,
    /// A group robot of 企业微信.
    Wecom,
    /// A robot of 钉钉.
    Dingtalk,
}

impl NewHook {
    pub fn wants(&self, window: Option<&WindowId>, alert: &AlertBody) -> bool {
        let finding = &alert.finding;
        let state = match self.states.is_empty() {
            true => alert.state == "confirmed",
            false => self.states.contains(&alert.state),
        };
        let here = window.is_some_and(|window| self.windows.iter().any(|id| id == window.as_str()));
        state
            && self.severity.is_none_or(|least| finding.severity >= least)
            && (self.kinds.is_empty() || self.kinds.contains(&finding.kind))
            && (self.windows.is_empty() || here)
    }
}

impl Kept {
    /// What is kept; nothing where there is no file.
    pub fn read(folder: &Path) -> io::Result<Self> {
        match fs::read(folder.join(FILE)) {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes)?),
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(fault) => Err(fault),
        }
    }

    pub fn write(&self, folder: &Path) -> io::Result<()> {
        // Made for its owner alone, as all such files are.
        let mut file = tempfile::Builder::new().prefix(".webhooks-").tempfile_in(folder)?;
        file.write_all(&serde_json::to_vec_pretty(self)?)?;
        file.as_file().sync_all()?;
        file.persist(folder.join(FILE)).map_err(|fault| fault.error)?;
        Ok(())
    }
}

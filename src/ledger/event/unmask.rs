//! The bodies of what people do to see what was masked: ask, grant or refuse, show.

use serde::{Deserialize, Serialize};

/// A step of a request; `request` is the number of the event that asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "lowercase")]
pub enum UnmaskBody {
    /// Somebody wants to see what was masked in an event.
    Ask {
        event: u64,
        by: String,
        why: String,
    },
    /// Somebody else lets them, until a time; microseconds since the Unix epoch.
    Grant {
        request: u64,
        event: u64,
        by: String,
        why: String,
        until_us: i64,
    },
    Refuse {
        request: u64,
        event: u64,
        by: String,
        why: String,
    },
    /// The text was shown, right after this was written.
    Show {
        request: u64,
        event: u64,
        by: String,
    },
}

impl UnmaskBody {
    /// As it is serialised.
    pub fn step(&self) -> &'static str {
        match self {
            Self::Ask { .. } => "ask",
            Self::Grant { .. } => "grant",
            Self::Refuse { .. } => "refuse",
            Self::Show { .. } => "show",
        }
    }

    /// The event whose text it is about.
    pub fn event(&self) -> u64 {
        let (Self::Ask { event, .. }
        | Self::Grant { event, .. }
        | Self::Refuse { event, .. }
        | Self::Show { event, .. }) = self;
        *event
    }

    pub fn by(&self) -> &str {
        let (Self::Ask { by, .. } | Self::Grant { by, .. } | Self::Refuse { by, .. } | Self::Show { by, .. }) =
            self;
        by
    }

    /// In their words; empty of a showing.
    pub fn why(&self) -> &str {
        match self {
            Self::Ask { why, .. } | Self::Grant { why, .. } | Self::Refuse { why, .. } => why,
            Self::Show { .. } => "",
        }
    }
}

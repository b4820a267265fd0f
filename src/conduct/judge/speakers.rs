//! Speakers: whose words they are, and what that does to findings.
//!
//! Where both speak into one microphone, a finding never counts against the clerk unless it is known who spoke, and
//! somebody has to look at it in any case.

use crate::conduct::loudness::Levels;
use crate::conduct::scene::Roles;
use crate::conduct::{Finding, FindingKind, FindingState};
use crate::said::Why;
use crate::units::{Dbfs, Role};

const NOT_KNOWN: Why =
    Why::new("one microphone hears both: it is not known who spoke", "双方共用一个麦克风：不知道是谁说的");
const BY_LEVEL: Why = Why::new(
    "one microphone hears both: the louder voice is taken for the clerk's",
    "双方共用一个麦克风：较响的声音当作工作人员",
);

/// Tells the speakers of one window.
#[derive(Clone, Debug, Default)]
pub(super) struct Speakers {
    roles: Roles,
    levels: Levels,
    /// Somebody unknown spoke in the open turn, and in the open encounter.
    unsure_turn: bool,
    unsure_encounter: bool,
}

impl Speakers {
    pub fn new(roles: Roles) -> Self {
        Self { roles, ..Self::default() }
    }

    pub fn by_channel(&self) -> bool {
        self.roles == Roles::ByChannel
    }

    /// Who spoke on the clerk's microphone at `level`.
    pub fn speaker(&mut self, level: Dbfs) -> Option<Role> {
        match self.roles {
            Roles::ByChannel => Some(Role::Clerk),
            Roles::Unknown => None,
            Roles::ByLevel => {
                let speaker = self.levels.speaker(level);
                self.levels.push(level);
                speaker
            }
        }
    }

    /// Words were heard from the clerk, or, if not `sure`, from nobody knows whom.
    pub fn heard(&mut self, sure: bool) {
        self.unsure_turn |= !sure;
        self.unsure_encounter |= !sure;
    }

    /// The turn is over; what it gave is in `found`.
    pub fn turn_over(&mut self, found: &mut [Finding]) {
        self.qualify(found);
        self.unsure_turn = false;
    }

    pub fn encounter_began(&mut self) {
        self.unsure_encounter = self.unsure_turn;
    }

    /// Says in findings how far it is known who spoke. Those that say so already stay as they are.
    pub fn qualify(&self, found: &mut [Finding]) {
        if self.by_channel() {
            return;
        }
        let marked = |finding: &&mut Finding| {
            !finding.reason.contains(NOT_KNOWN.en) && !finding.reason.contains(BY_LEVEL.en)
        };
        for finding in found.iter_mut().filter(marked) {
            let unsure = match finding.kind {
                FindingKind::Missing => self.unsure_encounter,
                FindingKind::Forbidden | FindingKind::Voice | FindingKind::Credit => self.unsure_turn,
            };
            let known = self.roles == Roles::ByLevel && !unsure;
            finding.needs_review = true;
            let why = if known { BY_LEVEL } else { NOT_KNOWN };
            finding.reason = format!("{}; {}", finding.reason, why.en);
            finding.reason_zh = format!("{}；{}", finding.reason_zh, why.zh);
            if !known && finding.state == FindingState::Confirmed {
                finding.state = FindingState::Unknown;
            }
        }
    }
}

//! Roles and what each may do: the one table.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What somebody is in the hall.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Everything, people and tokens among it.
    Admin,
    /// Everything but people and tokens.
    Supervisor,
    /// Looks at findings and judges them.
    Reviewer,
    /// Sees what is charged to them.
    Clerk,
    /// Another program: queue, telephones, a display.
    Integration,
    /// Whoever reaches a hall that keeps no journal and therefore knows no people; and programs of this machine that show
    /// its secret. Sees what the terminal view shows.
    Guest,
}

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// The wall and the stream, with words.
    Wall,
    /// The stream without words.
    Stream,
    /// The picture of `sansheng top`; without words for whom the wall is not.
    Status,
    /// Name, windows, provisions and budgets of the hall.
    Hall,
    /// How the service fares.
    Health,
    /// Lists of findings, near misses.
    Findings,
    /// One finding, within what one may see.
    Finding,
    /// To hear the clip of a finding.
    Listen,
    Review,
    Appeal,
    /// To decide an appeal.
    Decide,
    /// To ask for what was masked, and to be shown it once somebody else granted it.
    Unmask,
    /// To grant it to somebody else.
    GrantUnmask,
    /// Encounters, timelines, recordings that were handed in.
    Sessions,
    /// To hand in a recording and have it heard.
    Recordings,
    /// Scores and reports of others.
    Scores,
    /// To read the rules, and to try a sentence.
    Rules,
    /// To change the rules of the hall, and to ask what a change would do.
    ChangeRules,
    /// To tell what the hall's systems know: tickets, rings.
    Events,
    /// To tell who signed in or out at a window.
    Duty,
    Webhooks,
    /// One's own findings and scores.
    Mine,
    /// Who looked at what.
    Audit,
    People,
    Tokens,
    /// One's own password and settings.
    Account,
}

impl Role {
    pub const ALL: [Self; 6] =
        [Self::Admin, Self::Supervisor, Self::Reviewer, Self::Clerk, Self::Integration, Self::Guest];

    /// Those that people can have.
    pub const OF_PEOPLE: [Self; 4] = [Self::Admin, Self::Supervisor, Self::Reviewer, Self::Clerk];

    /// As it is serialised.
    pub fn name(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Supervisor => "supervisor",
            Self::Reviewer => "reviewer",
            Self::Clerk => "clerk",
            Self::Integration => "integration",
            Self::Guest => "guest",
        }
    }

    pub fn chinese(self) -> &'static str {
        match self {
            Self::Admin => "管理员",
            Self::Supervisor => "主管",
            Self::Reviewer => "复核员",
            Self::Clerk => "工作人员",
            Self::Integration => "外部系统",
            Self::Guest => "访客",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// The table. What a role may do is still bounded by what its person [may see](super::Scope).
    pub fn may(self, action: Action) -> bool {
        use Role::{Admin, Clerk, Guest, Integration, Reviewer, Supervisor};
        let who: &[Self] = match action {
            Action::Hall => &[Admin, Supervisor, Reviewer, Clerk, Integration, Guest],
            Action::Wall => &[Admin, Supervisor, Reviewer, Guest],
            Action::Stream => &[Admin, Supervisor, Reviewer, Clerk, Integration, Guest],
            Action::Status => &[Admin, Supervisor, Reviewer, Integration, Guest],
            Action::Health => &[Admin, Supervisor, Guest],
            Action::Findings | Action::Review | Action::Unmask | Action::Sessions | Action::Rules => {
                &[Admin, Supervisor, Reviewer]
            }
            Action::Finding | Action::Listen => &[Admin, Supervisor, Reviewer, Clerk],
            Action::Decide
            | Action::GrantUnmask
            | Action::Recordings
            | Action::Scores
            | Action::ChangeRules
            | Action::Webhooks
            | Action::Audit => &[Admin, Supervisor],
            Action::Events => &[Admin, Supervisor, Integration],
            Action::Duty => &[Admin, Supervisor, Integration],
            // Whoever sits at a window may be told of a finding, whatever else they are.
            Action::Appeal | Action::Mine => &[Admin, Supervisor, Reviewer, Clerk],
            Action::People | Action::Tokens => &[Admin],
            Action::Account => &[Admin, Supervisor, Reviewer, Clerk],
        };
        who.contains(&self)
    }
}

impl Action {
    pub const ALL: [Self; 26] = [
        Self::Wall,
        Self::Stream,
        Self::Status,
        Self::Hall,
        Self::Health,
        Self::Findings,
        Self::Finding,
        Self::Listen,
        Self::Review,
        Self::Appeal,
        Self::Decide,
        Self::Unmask,
        Self::GrantUnmask,
        Self::Sessions,
        Self::Recordings,
        Self::Scores,
        Self::Rules,
        Self::ChangeRules,
        Self::Events,
        Self::Duty,
        Self::Webhooks,
        Self::Mine,
        Self::Audit,
        Self::People,
        Self::Tokens,
        Self::Account,
    ];

    /// As documents have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wall => "wall",
            Self::Stream => "stream",
            Self::Status => "status",
            Self::Hall => "hall",
            Self::Health => "health",
            Self::Findings => "findings",
            Self::Finding => "finding",
            Self::Listen => "listen",
            Self::Review => "review",
            Self::Appeal => "appeal",
            Self::Decide => "decide",
            Self::Unmask => "unmask",
            Self::GrantUnmask => "grant-unmask",
            Self::Sessions => "sessions",
            Self::Recordings => "recordings",
            Self::Scores => "scores",
            Self::Rules => "rules",
            Self::ChangeRules => "change-rules",
            Self::Events => "events",
            Self::Duty => "duty",
            Self::Webhooks => "webhooks",
            Self::Mine => "mine",
            Self::Audit => "audit",
            Self::People => "people",
            Self::Tokens => "tokens",
            Self::Account => "account",
        }
    }
}

//! Scene: what is known of one encounter, as rules see it. Pure data, in session time.
//!
//! The judge keeps one scene for the encounter that is open and shows it to the composed rules whenever something of
//! it was settled. Nothing in a scene is ever taken away, so that what was true of a closed stretch of it stays true.

use serde::{Deserialize, Serialize};

use crate::phrase::{PhraseHit, Speech};
use crate::units::{ChannelIndex, Dbfs, Role, SessionTime, Span};

/// How an encounter takes place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EncounterKind {
    /// A visitor at the window.
    #[default]
    Counter,
    /// A call that was answered, or rings.
    Telephone,
}

impl EncounterKind {
    /// As it is serialised.
    pub fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Telephone => "telephone",
        }
    }
}

/// How it is known who speaks.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Roles {
    /// Each has a microphone.
    #[default]
    ByChannel,
    /// One microphone hears both, and the nearer voice is taken for the clerk's.
    ByLevel,
    /// One microphone hears whoever speaks: who it was is not known.
    Unknown,
}

/// What is known of an encounter so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scene {
    pub kind: EncounterKind,
    pub roles: Roles,
    /// The visitor has a microphone: what is not on it was not said aloud.
    pub visitor_heard: bool,
    /// The clerk's microphone.
    pub channel: ChannelIndex,
    /// First ring, first call of the ticket, or first word.
    pub start: SessionTime,
    /// Last word, once the encounter is known to be over.
    pub end: Option<SessionTime>,
    /// From when on it was known to be over; `None`: with its last word.
    pub over_at: Option<SessionTime>,
    /// Nothing more will be told of before these times: of anybody, and of the clerk.
    pub until: SessionTime,
    pub clerk_until: SessionTime,
    /// In the order of their starts; turns of both roles may overlap.
    pub turns: Vec<SceneTurn>,
    /// Bursts of a ringing telephone, in order, those of the encounter that is a call.
    pub rings: Vec<Span>,
    /// When the call was answered: the clerk's first word after a ring, or as the hall reports it.
    pub answered: Option<SessionTime>,
    /// What was not heard of the clerk: lost, not decoded, or without words.
    pub unheard: Vec<Span>,
    /// When the visitor's microphone delivered nothing. A stretch that still lasts has no end yet: [`SessionTime`]'s
    /// greatest.
    pub visitor_unheard: Vec<Span>,
    /// What the hall reported (`ticket-called`, `ticket-finished`, ...), in order.
    pub reported: Vec<(SessionTime, String)>,
}

/// One speaker's stretch.
#[derive(Clone, Debug, PartialEq)]
pub struct SceneTurn {
    pub role: Role,
    /// First to last sound.
    pub span: Span,
    /// Nothing more will be added to it.
    pub over: bool,
    /// What was said; empty where `understood` is false.
    pub speech: Speech,
    /// The words are known: false of a visitor who is not transcribed, and where no words were made out.
    pub understood: bool,
    /// Phrases of the rulebook in it, those that passed and those that were held back.
    pub hits: Vec<PhraseHit>,
    /// Its utterances in order, for rate and loudness.
    pub utterances: Vec<SceneUtterance>,
}

/// One stretch of speech between pauses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SceneUtterance {
    pub span: Span,
    /// Spoken characters, punctuation not counted; 0 where the words are not known.
    pub chars: usize,
    pub level: Dbfs,
    /// Above this window's own usual level of the same speaker, in dB; `None` before that is known.
    pub above_usual_db: Option<f32>,
}

impl Scene {
    /// A visit, or a call in which a word of the clerk was made out: a noise takes no call.
    pub fn is_taken(&self) -> bool {
        let words = |turn: &SceneTurn| turn.role == Role::Clerk && !turn.speech.is_empty();
        self.kind == EncounterKind::Counter || self.turns.iter().any(words)
    }

    /// The turns of `role`, in order; of both where `role` is `None`.
    pub fn turns_of(&self, role: Option<Role>) -> impl Iterator<Item = (usize, &SceneTurn)> {
        self.turns.iter().enumerate().filter(move |(_, turn)| role.is_none_or(|role| turn.role == role))
    }

    /// Whether part of `span` was not heard of the clerk.
    pub fn unheard_in(&self, span: Span) -> bool {
        self.unheard.iter().any(|gap| gap.overlaps(span))
    }

    /// Whether part of `span` was not heard of the visitor, who has a microphone.
    pub fn visitor_unheard_in(&self, span: Span) -> bool {
        self.visitor_unheard.iter().any(|gap| gap.overlaps(span))
    }
}

//! Scribe: writes down the scene of the encounter that is open.
//!
//! Memory is bounded: what is usual is a histogram, and a scene of [`TURNS_MAX`] turns is to be broken off and gone on
//! with in a new one ([`Scribe::is_full`]), both of which are open about what they do not hold.

use super::loudness::Levels;
use super::scene::{EncounterKind, Roles, Scene, SceneTurn, SceneUtterance};
use super::turn::Turn;
use crate::asr::Hypothesis;
use crate::mandarin::is_punctuation;
use crate::phrase::{PhraseHit, Speech};
use crate::units::{ChannelIndex, Dbfs, Role, SessionTime, Span};

/// Silence of a visitor after which the next words are a new turn, as of the clerk.
const TURN_GAP_S: f64 = 2.0;
/// Speech longer than this that gave no words leaves it open what was said in it, in seconds.
const UNHEARD_MIN_S: f64 = 0.3;
/// Turns of one scene: more than an hour of dialogue.
const TURNS_MAX: usize = 500;
/// What was lost is remembered so long before an encounter begins, in seconds: a gap in the first words is told
/// before the words are.
const LOST_BEFORE_S: f64 = 30.0;

/// Writes the scenes of one window.
#[derive(Clone, Debug, Default)]
pub(super) struct Scribe {
    scene: Option<Scene>,
    /// Another scene holds the beginning of the encounter.
    goes_on: bool,
    pub roles: Roles,
    pub visitor_heard: bool,
    /// The clerk's microphone.
    channel: ChannelIndex,
    clerk_levels: Levels,
    visitor_levels: Levels,
    /// What was not heard of late, whether an encounter was open or not.
    lost: Vec<Span>,
    /// The same of the visitor's microphone; the last stretch may last on.
    visitor_lost: Vec<Span>,
    until: SessionTime,
    clerk_until: SessionTime,
}

/// An utterance as it is heard.
#[derive(Clone, Copy, Debug)]
pub(super) struct Utterance<'a> {
    pub span: Span,
    pub level: Dbfs,
    /// `None` where nobody transcribed it.
    pub heard: Option<&'a Hypothesis>,
}

impl Scribe {
    pub fn scene(&self) -> Option<&Scene> {
        self.scene.as_ref()
    }

    pub fn is_full(&self) -> bool {
        self.scene.as_ref().is_some_and(|scene| scene.turns.len() >= TURNS_MAX)
    }

    /// An encounter began.
    pub fn begin(&mut self, kind: EncounterKind, start: SessionTime) {
        self.lost.retain(|lost| lost.end > start);
        self.visitor_lost.retain(|lost| lost.end > start);
        self.goes_on = false;
        self.scene = Some(Scene {
            kind,
            roles: self.roles,
            visitor_heard: self.visitor_heard,
            channel: self.channel,
            start,
            until: self.until,
            clerk_until: self.clerk_until,
            unheard: self.lost.clone(),
            visitor_unheard: self.visitor_lost.clone(),
            ..Scene::default()
        });
    }

    /// Goes on with an encounter whose beginning another scene holds.
    pub fn go_on(&mut self, kind: EncounterKind, start: SessionTime) {
        self.begin(kind, start);
        self.goes_on = true;
        self.lose(Span { start, end: start.plus(1) });
    }

    /// The encounter is over, as is known from `at` on; gives its scene for a last look.
    pub fn end(&mut self, end: SessionTime, at: SessionTime) -> Option<Scene> {
        let mut scene = self.scene.take()?;
        scene.turns.iter_mut().for_each(|turn| turn.over = true);
        scene.end = Some(end.max(scene.start));
        scene.over_at = Some(at.max(end));
        Some(scene)
    }

    /// The same of an encounter that goes on elsewhere: how it ended is not known.
    pub fn break_off(&mut self, end: SessionTime) -> Option<Scene> {
        let mut scene = self.end(end, end)?;
        let last = scene.turns.iter().rev().find(|turn| turn.role == Role::Clerk);
        let from = last.map_or(scene.start, |turn| turn.span.start);
        // Longer than anything that may still be owed.
        scene.unheard.push(Span { start: from, end: end.max(from).plus(SessionTime::from_seconds(600.0).0) });
        Some(scene)
    }

    /// The clerk spoke: `utterance` is the newest of `turn`.
    pub fn clerk(&mut self, turn: &Turn, utterance: Utterance<'_>) {
        let above_usual_db = self.clerk_levels.above_usual(utterance.level);
        self.clerk_levels.push(utterance.level);
        let wordless = utterance.is_wordless();
        let span = utterance.span;
        self.clerk_until = self.clerk_until.max(span.end);
        self.channel = utterance.heard.map_or(self.channel, |heard| heard.channel);
        let Some(scene) = &mut self.scene else { return };
        scene.channel = self.channel;
        scene.clerk_until = self.clerk_until;
        close_turns(scene, Role::Visitor, |turn| turn.span.end <= span.start);
        let whole = turn.span.unwrap_or(span);
        let begins = |other: &SceneTurn| !other.over && other.span.start == whole.start.max(scene.start);
        let known = scene.turns.iter().rposition(|other| other.role == Role::Clerk && begins(other));
        let index = known.unwrap_or_else(|| {
            close_turns(scene, Role::Clerk, |_| true);
            insert(scene, SceneTurn::new(Role::Clerk, Span { start: whole.start.max(scene.start), ..whole }))
        });
        let of = &mut scene.turns[index];
        of.span.end = of.span.end.max(span.end);
        of.speech = turn.speech.clone();
        of.understood = !turn.speech.is_empty() || (!wordless && of.understood);
        of.hits = turn.hits.clone();
        of.utterances.push(utterance.measured(above_usual_db));
        if wordless {
            scene.unheard.push(span);
        }
    }

    /// The visitor spoke.
    pub fn visitor(&mut self, utterance: Utterance<'_>, find: impl Fn(&Speech) -> Vec<PhraseHit>) {
        let above_usual_db = self.visitor_levels.above_usual(utterance.level);
        self.visitor_levels.push(utterance.level);
        let Some(scene) = &mut self.scene else { return };
        let span = utterance.span;
        close_turns(scene, Role::Clerk, |turn| turn.span.end <= span.start);
        close_turns(scene, Role::Visitor, |turn| turn.is_over_at(span.start));
        let known = scene.turns.iter().rposition(|turn| turn.role == Role::Visitor && !turn.over);
        let first = known.is_none();
        let index = known.unwrap_or_else(|| insert(scene, SceneTurn::new(Role::Visitor, span)));
        let turn = &mut scene.turns[index];
        turn.span.end = turn.span.end.max(span.end);
        turn.utterances.push(utterance.measured(above_usual_db));
        if let Some(heard) = utterance.heard {
            turn.speech.push(heard);
            turn.hits = find(&turn.speech);
        }
        // Half of what was said is not what was said.
        turn.understood =
            utterance.heard.is_some_and(|heard| !heard.chars.is_empty()) && (first || turn.understood);
    }

    /// The clerk's turn is over.
    pub fn clerk_turn_over(&mut self) {
        if let Some(scene) = &mut self.scene {
            close_turns(scene, Role::Clerk, |_| true);
        }
    }

    /// Nothing more will be told of before these times: of anybody, and of the clerk.
    pub fn passed(&mut self, until: SessionTime, clerk: SessionTime) {
        self.until = self.until.max(until);
        self.clerk_until = self.clerk_until.max(clerk).max(self.until);
        let kept_from = self.until.minus(SessionTime::from_seconds(LOST_BEFORE_S).0);
        self.lost.retain(|lost| lost.end >= kept_from);
        self.visitor_lost.retain(|lost| lost.end >= kept_from);
        if let Some(scene) = &mut self.scene {
            (scene.until, scene.clerk_until) = (self.until, self.clerk_until);
            close_turns(scene, Role::Visitor, |turn| turn.is_over_at(until));
        }
    }

    /// Nobody knows what was said in `span`.
    pub fn lose(&mut self, span: Span) {
        join(&mut self.lost, span);
        if let Some(scene) = &mut self.scene {
            join(&mut scene.unheard, span);
        }
    }

    /// From `at` on nobody knows what the visitor says.
    pub fn visitor_lost(&mut self, at: SessionTime) {
        let lasting = Span { start: at, end: SessionTime(u64::MAX) };
        let known = self.scene.as_mut().map(|scene| &mut scene.visitor_unheard);
        for lost in known.into_iter().chain([&mut self.visitor_lost]) {
            if lost.last().is_none_or(|last| last.end <= at) {
                lost.push(lasting);
            }
        }
    }

    /// The visitor is heard again.
    pub fn visitor_back(&mut self, at: SessionTime) {
        let known = self.scene.as_mut().map(|scene| &mut scene.visitor_unheard);
        for lost in known.into_iter().chain([&mut self.visitor_lost]) {
            if let Some(last) = lost.last_mut() {
                last.end = last.end.min(at).max(last.start);
            }
        }
    }

    /// When the visitor's voice reached no microphone of late; `None` where there is none for it.
    pub fn visitor_unheard(&self) -> Option<&[Span]> {
        let heard = self.visitor_heard || self.roles != Roles::ByChannel;
        heard.then_some(self.visitor_lost.as_slice())
    }

    /// Whoever was talked over is told of later and began earlier.
    pub fn began(&mut self, start: SessionTime) {
        if let Some(scene) = self.scene.as_mut().filter(|_| !self.goes_on) {
            scene.start = scene.start.min(start);
        }
    }

    /// The scene, to write down rings and what the hall reports.
    pub fn scene_mut(&mut self) -> Option<&mut Scene> {
        self.scene.as_mut()
    }
}

impl Utterance<'_> {
    /// Speech that must have been words, and gave none.
    fn is_wordless(&self) -> bool {
        self.heard.is_some_and(|heard| heard.chars.is_empty()) && self.span.seconds() >= UNHEARD_MIN_S
    }

    fn measured(&self, above_usual_db: Option<f32>) -> SceneUtterance {
        let spoken = |heard: &Hypothesis| heard.chars.iter().filter(|c| !is_punctuation(c.ch)).count();
        SceneUtterance {
            span: self.span,
            chars: self.heard.map_or(0, spoken),
            level: self.level,
            above_usual_db,
        }
    }
}

impl SceneTurn {
    fn new(role: Role, span: Span) -> Self {
        Self {
            role,
            span,
            over: false,
            speech: Speech::default(),
            understood: true,
            hits: Vec::new(),
            utterances: Vec::new(),
        }
    }

    fn is_over_at(&self, time: SessionTime) -> bool {
        time >= self.span.end.plus(SessionTime::from_seconds(TURN_GAP_S).0)
    }
}

/// Adds a turn in the order of the starts; gives its place.
fn insert(scene: &mut Scene, turn: SceneTurn) -> usize {
    let place =
        scene.turns.iter().rposition(|other| other.span.start <= turn.span.start).map_or(0, |i| i + 1);
    scene.turns.insert(place, turn);
    place
}

fn close_turns(scene: &mut Scene, role: Role, over: impl Fn(&SceneTurn) -> bool) {
    let open = scene.turns.iter_mut().rev().filter(|turn| turn.role == role && !turn.over);
    open.filter(|turn| over(turn)).for_each(|turn| turn.over = true);
}

/// A source that is gone is told of piece by piece.
fn join(spans: &mut Vec<Span>, span: Span) {
    match spans.last_mut().filter(|last| last.end == span.start) {
        Some(last) => last.end = span.end,
        None => spans.push(span),
    }
}

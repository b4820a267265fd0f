//! Ask: one condition asked of one stretch of a scene. Each operator answers in a module of its own.

use std::ops::Range;

use super::stretch::{Stretch, is_of, turns_of};
use super::value::{Doubt, Place, Rest, Sighting};
use super::{duration, loudness, rate, response, sentences, signals, silence, talk_over, turns, words};
use crate::conduct::rulebook::{Condition, Operator, Who};
use crate::conduct::scene::{Roles, Scene, SceneTurn};
use crate::conduct::why::{NO_VISITOR, VISITOR_DOWN};
use crate::said::{Bilingual, Why};
use crate::units::{Role, SessionTime, Span};

/// A condition, the scene, and the stretch that is asked about.
#[derive(Clone)]
pub(super) struct Ask<'a> {
    pub condition: &'a Condition,
    /// The phrases of the condition in the lexicon.
    pub phrases: Range<usize>,
    pub scene: &'a Scene,
    /// Whose speech is meant; both sides' where it is not known who speaks.
    pub who: Who,
    pub stretch: Stretch,
}

impl<'a> Ask<'a> {
    /// Where the condition holds in the stretch.
    pub fn answer(&self) -> Sighting {
        match &self.condition.operator {
            Operator::Say(say) => words::say(self, say),
            Operator::Regex(matcher) => words::regex(self, matcher),
            Operator::Similar(similar) => sentences::similar(self, similar),
            Operator::Repeats(repeats) => sentences::repeats(self, *repeats),
            Operator::Turns { at_least, at_most } => turns::count(self, *at_least, *at_most),
            Operator::Silence { at_least_s, of } => silence::silence(self, *at_least_s, *of),
            Operator::Response { from, later_than_s } => response::late(self, *from, *later_than_s),
            Operator::Rate(asked) => rate::rate(self, asked),
            Operator::TalksOver { at_least_s, grace_s } => talk_over::talk_over(self, *at_least_s, *grace_s),
            Operator::Loudness { above, at_least_s } => loudness::loud(self, *above, *at_least_s),
            Operator::Lasts { of, at_least_s, at_most_s } => {
                duration::lasts(self, *of, *at_least_s, *at_most_s)
            }
            Operator::Rings(rings) => signals::rings(self, *rings),
            Operator::Reported(names) => signals::reported(self, names),
            Operator::Encounter(kind) => signals::encounter(self, *kind),
        }
    }

    /// The turns that are meant and reach into the stretch, in order.
    pub fn turns(&self) -> impl Iterator<Item = (usize, &'a SceneTurn)> + use<'a> {
        let stretch = self.stretch;
        let inside = move |turn: &SceneTurn| {
            turn.span.start <= stretch.span.end && turn.span.end >= stretch.span.start
        };
        turns_of(self.scene, self.who).filter(move |(_, turn)| inside(turn))
    }

    /// What is known of the rest of the stretch, where nothing was found that is still to be decided.
    pub fn rest(&self) -> Rest {
        match (self.stretch.closed, self.doubt()) {
            (None, _) => Rest::Open,
            (Some(known), Some(doubt)) => Rest::Doubt(doubt, known),
            (Some(known), None) => Rest::Nothing(known),
        }
    }

    /// Why not everything of the stretch is known, although it is past.
    fn doubt(&self) -> Option<Doubt> {
        let visitors = self.who != Who::Clerk;
        if visitors && !self.scene.visitor_heard && self.condition.operator.has_speaker() {
            return Some(Doubt::by_design(NO_VISITOR));
        }
        if visitors && self.scene.visitor_unheard_in(self.stretch.span) {
            return Some(Doubt::heard(VISITOR_DOWN));
        }
        if self.condition.operator.needs_words() {
            let lost = |role: Role| self.turns().any(|(_, turn)| turn.role == role && !turn.understood);
            if visitors && lost(Role::Visitor) {
                return Some(Doubt::by_design(Why::new(
                    "the visitor is not transcribed",
                    "来访者的话不转写",
                )));
            }
            if lost(Role::Clerk) {
                return Some(Doubt::heard(Why::new("not all words were made out", "有的话没有听清")));
            }
        }
        self.scene
            .unheard_in(self.stretch.span)
            .then(|| Doubt::heard(Why::new("not all was heard", "没有全部听到")))
    }

    /// How sure it is that what was not found was not there: the mean probability of the words heard by `known`.
    pub fn absent(&self, known: SessionTime) -> f32 {
        if !self.condition.operator.needs_words() {
            return 1.0;
        }
        let heard = self.scene.turns.iter().filter(|turn| is_of(turn, self.who));
        let (sum, chars) = heard.fold((0.0, 0), |(sum, chars), turn| {
            let words = turn.speech.begun_before(known);
            (sum + turn.speech.probability_of(words.clone()) * words.len() as f32, chars + words.len())
        });
        if chars == 0 { 1.0 } else { sum / chars as f32 }
    }

    /// Nobody can say who speaks, and the condition asks for one of the two.
    pub fn speaker_unknown(condition: &Condition, scene: &Scene) -> bool {
        let asks = match condition.operator {
            Operator::Silence { of, .. } => of != Who::Either,
            Operator::Response { .. } => true,
            _ => condition.operator.has_speaker() && condition.who != Who::Either,
        };
        asks && scene.roles == Roles::Unknown
    }
}

/// A place that is no words.
pub(super) fn place(span: Span, known: SessionTime, note: Bilingual) -> Place {
    Place { span, known, sureness: 1.0, hit: None, turn: None, note }
}

//! Evaluate: what the conditions of one rule come to over a scene, once with one of them bound to one place.

use std::ops::Range;

use super::ask::Ask;
use super::stretch::{anchored, over_at, positioned, within};
use super::value::{Doubt, Place, Rest, Sighting, Truth, Value};
use crate::conduct::rulebook::{Composed, Condition, Expression, Operator, Who};
use crate::conduct::scene::Scene;
use crate::said::{Bilingual, Why};
use crate::units::SessionTime;

/// One rule over one scene.
pub(super) struct Evaluation<'a> {
    pub rule: &'a Composed,
    /// For each condition its phrases in the lexicon.
    pub phrases: &'a [Range<usize>],
    pub scene: &'a Scene,
}

/// A condition that is looked at in one place alone.
pub(super) type Bound<'a> = Option<(usize, &'a Place)>;

impl Evaluation<'_> {
    /// What `holds` comes to.
    pub fn truth(&self, holds: &Expression, bound: Bound<'_>) -> Truth {
        holds.value(&mut |index| {
            self.sighting(index, bound).truth(index, |known| self.absent(&self.rule.conditions[index], known))
        })
    }

    /// Where the condition holds.
    pub fn sighting(&self, index: usize, bound: Bound<'_>) -> Sighting {
        if let Some((_, place)) = bound.filter(|(of, _)| *of == index) {
            return Sighting { places: vec![place.clone()], rest: Rest::Nothing(place.known) };
        }
        let condition = &self.rule.conditions[index];
        if !Ask::speaker_unknown(condition, self.scene) {
            return self.asked(index, condition.who, bound);
        }
        let doubt = |known| {
            Rest::Doubt(Doubt::heard(Why::new("it is not known who speaks", "不知道是谁在说话")), known)
        };
        let over = over_at(self.scene);
        let decided_by_words = matches!(
            condition.operator,
            Operator::Say(_) | Operator::Regex(_) | Operator::Similar(_) | Operator::Repeats(_)
        );
        if !decided_by_words {
            return Sighting::nowhere(over.map_or(Rest::Open, doubt));
        }
        // What nobody said the clerk did not say.
        let anybody = self.asked(index, Who::Either, bound);
        match anybody.places.first() {
            Some(place) => Sighting::nowhere(doubt(place.known)),
            None => anybody,
        }
    }

    fn asked(&self, index: usize, who: Who, bound: Bound<'_>) -> Sighting {
        let condition = &self.rule.conditions[index];
        let Some(position) = positioned(self.scene, who, condition.position) else {
            return Sighting::nowhere(Rest::Open);
        };
        let phrases = self.phrases.get(index).cloned().unwrap_or_default();
        let ask = Ask { condition, phrases, scene: self.scene, who, stretch: position };
        let Some(anchor) = &condition.anchor else { return ask.answer() };
        let of = self.sighting(anchor.of, bound);
        let mut all = Sighting::nowhere(of.rest);
        for place in &of.places {
            let stretch = within(anchored(self.scene, who, anchor, place), position);
            let found = Ask { stretch, ..ask.clone() }.answer();
            all.rest = all.rest.and(found.rest);
            if found.places.len() >= usize::from(anchor.hits) {
                let new = |place: &Place| !all.places.iter().any(|known| known.span == place.span);
                let places: Vec<Place> = found.places.into_iter().filter(new).collect();
                all.places.extend(places);
            }
        }
        all
    }

    fn absent(&self, condition: &Condition, known: SessionTime) -> f32 {
        let who = condition.who;
        positioned(self.scene, who, None).map_or(1.0, |stretch| {
            Ask { condition, phrases: 0..0, scene: self.scene, who, stretch }.absent(known)
        })
    }

    /// `talked: yes 00:03.1; taken-leave: no`, of the conditions that decided it.
    pub fn explained(&self, truth: &Truth, bound: Bound<'_>) -> Bilingual {
        let mut indices = truth.rests_on.clone();
        indices.sort_unstable();
        let mut all = Bilingual::default();
        for index in indices {
            let sighting = self.sighting(index, bound);
            let of = sighting.truth(index, |_| 1.0);
            let said = match of.value {
                Value::Holds => sighting
                    .places
                    .first()
                    .map_or_else(|| Bilingual::new("yes", "成立"), |place| self.told(place)),
                Value::Fails => Bilingual::new("no", "不成立"),
                Value::Open => Bilingual::new("not decided", "未定"),
                Value::Unknown => {
                    let why = of.doubt.map(|doubt| doubt.why).unwrap_or_default();
                    Bilingual::new(format!("not known ({})", why.en), format!("无法判断（{}）", why.zh))
                }
            };
            let name = &self.rule.conditions[index].name;
            let said = Bilingual::new(format!("{name}: {}", said.en), format!("{name}：{}", said.zh));
            all = if all.en.is_empty() { said } else { all.and(&said) };
        }
        all
    }

    /// `yes 00:03.1 “再见”`.
    fn told(&self, place: &Place) -> Bilingual {
        let words = place.hit.and_then(|(turn, hit)| self.scene.turns.get(turn)?.hits.get(hit));
        let words = words.filter(|_| place.note.en.is_empty());
        let what =
            words.map_or_else(|| place.note.clone(), |hit| Bilingual::same(format!("“{}”", hit.heard)));
        let gap = if what.en.is_empty() { "" } else { " " };
        let at = place.span.start;
        Bilingual::new(format!("yes {at}{gap}{}", what.en), format!("成立 {at}{gap}{}", what.zh))
    }
}

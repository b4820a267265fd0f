//! Composed rules as the judge sees them: conditions over a scene, joined by and, or, not.

use regex::Regex;

use super::expression::Expression;
use crate::conduct::FindingKind;
use crate::conduct::scene::EncounterKind;
use crate::phrase::{Likeness, PhraseSpec};
use crate::units::Role;

/// What a composed rule decides.
#[derive(Clone, Debug, PartialEq)]
pub struct Composed {
    pub finding: FindingKind,
    /// In the order of the file; never empty.
    pub conditions: Vec<Condition>,
    pub holds: Expression,
    /// What is asked, and where each finding is placed; never empty.
    pub occasions: Vec<Occasion>,
    /// Findings an encounter, at most; `None`: one for every occurrence.
    pub at_most: Option<u8>,
}

/// Where findings are placed, and what has to hold there.
#[derive(Clone, Debug, PartialEq)]
pub struct Occasion {
    pub at: At,
    pub holds: Expression,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// Once an encounter, at its start or end.
    EncounterStart,
    EncounterEnd,
    /// At each place where this condition holds: conditions that are anchored to it look around that place alone.
    Each(usize),
}

/// One operator, and where and of whom it is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    pub name: String,
    pub operator: Operator,
    /// Whose speech is meant, for operators that ask of one side's.
    pub who: Who,
    pub position: Option<Position>,
    pub anchor: Option<Anchor>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Clerk,
    Visitor,
    Either,
}

/// A stretch of the encounter. What only reaches into it counts as well.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Position {
    FirstSeconds(f32),
    LastSeconds(f32),
    /// Turns of whoever the condition is about.
    FirstTurns(u16),
    LastTurns(u16),
    /// Seconds from its start.
    Seconds {
        from: f32,
        to: f32,
    },
    /// Shares of its length.
    Share {
        from: f32,
        to: f32,
    },
}

/// Near another condition.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Anchor {
    pub side: Side,
    /// The other condition.
    pub of: usize,
    pub within_s: Option<f32>,
    /// Turns of whoever the condition is about, beyond the one that the other condition holds in.
    pub within_turns: Option<u16>,
    /// How often the condition has to be found there.
    pub hits: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Before,
    After,
    Around,
}

/// Lengths are in seconds, rates in characters a minute.
#[derive(Clone, Debug, PartialEq)]
pub enum Operator {
    Say(Say),
    Regex(Matcher),
    Similar(Similar),
    /// So many turns.
    Turns {
        at_least: Option<u16>,
        at_most: Option<u16>,
    },
    /// The same sentence, by sound.
    Repeats(Repeats),
    /// Nobody of `of` speaks for so long, between words of the encounter.
    Silence {
        at_least_s: f32,
        of: Who,
    },
    /// Whom `from` spoke to says nothing for longer than this, although the encounter goes on.
    Response {
        from: Role,
        later_than_s: f32,
    },
    Rate(Rate),
    /// Speech that begins at least `grace_s` after the other began and goes on beside it for `at_least_s`.
    TalksOver {
        at_least_s: f32,
        grace_s: f32,
    },
    Loudness {
        above: Level,
        at_least_s: f32,
    },
    Lasts {
        of: Whole,
        at_least_s: Option<f32>,
        at_most_s: Option<f32>,
    },
    Rings(Rings),
    /// The hall reported one of these.
    Reported(Vec<String>),
    Encounter(EncounterKind),
}

/// Words, by sound.
#[derive(Clone, Debug, PartialEq)]
pub struct Say {
    pub need: Need,
    /// Never empty.
    pub phrases: Vec<PhraseSpec>,
    /// For each phrase the item of the list that it belongs to.
    pub items: Vec<usize>,
    pub repeats: Option<Repeats>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// So many different items.
    Any { at_least: u16 },
    /// Every item; one after the other where the order is asked for.
    All { in_order: bool },
    /// Not one.
    None,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Repeats {
    pub times: u16,
    pub within_s: f32,
}

/// Regular expressions over the characters of a turn, without punctuation.
#[derive(Clone, Debug)]
pub struct Matcher {
    pub is: Regex,
    /// A turn in which it matches is left out.
    pub unless: Option<Regex>,
}

impl PartialEq for Matcher {
    fn eq(&self, other: &Self) -> bool {
        let texts =
            |one: &Self| (one.is.as_str().to_owned(), one.unless.as_ref().map(|u| u.as_str().to_owned()));
        texts(self) == texts(other)
    }
}

/// Sentences by likeness of sound.
#[derive(Clone, Debug, PartialEq)]
pub struct Similar {
    /// Never empty.
    pub to: Vec<Likeness>,
    /// 0 to 1.
    pub at_least: f32,
    /// What is nearer to one of these is none of them.
    pub decoys: Vec<Likeness>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    pub limit: RateLimit,
    pub over: Whole,
    /// Fewer characters say nothing of a rate.
    pub min_chars: u16,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RateLimit {
    Above(f32),
    Below(f32),
    /// Times the speaker's own rate in the encounter until then.
    RisesBy(f32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whole {
    Encounter,
    Turn,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Level {
    UsualBy { db: f32 },
    Dbfs(f32),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rings {
    MoreThan(u16),
    AnsweredAfter { seconds: f32 },
}

impl Operator {
    /// As the rulebook writes it.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Say(_) => "say",
            Self::Regex(_) => "regex",
            Self::Similar(_) => "similar",
            Self::Turns { .. } => "turns",
            Self::Repeats(_) => "repeats",
            Self::Silence { .. } => "silence",
            Self::Response { .. } => "response",
            Self::Rate(_) => "rate",
            Self::TalksOver { .. } => "talks_over",
            Self::Loudness { .. } => "loudness",
            Self::Lasts { .. } => "lasts",
            Self::Rings(_) => "rings",
            Self::Reported(_) => "reported",
            Self::Encounter(_) => "encounter",
        }
    }

    /// It asks what was said, so that whoever it is about has to be understood.
    pub fn needs_words(&self) -> bool {
        matches!(self, Self::Say(_) | Self::Regex(_) | Self::Similar(_) | Self::Repeats(_) | Self::Rate(_))
    }

    /// It asks of one side's speech, so that `role` means something.
    pub fn has_speaker(&self) -> bool {
        self.needs_words()
            || matches!(
                self,
                Self::Turns { .. }
                    | Self::TalksOver { .. }
                    | Self::Loudness { .. }
                    | Self::Lasts { of: Whole::Turn, .. }
            )
    }

    /// It asks of a stretch, so that `position` and `anchor` mean something.
    pub fn has_place(&self) -> bool {
        let whole = matches!(
            self,
            Self::Rings(_)
                | Self::Encounter(_)
                | Self::Lasts { of: Whole::Encounter, .. }
                | Self::Rate(Rate { over: Whole::Encounter, .. })
        );
        !whole
    }
}

impl Condition {
    /// The phrases that it listens for.
    pub fn phrases(&self) -> &[PhraseSpec] {
        match &self.operator {
            Operator::Say(say) => &say.phrases,
            _ => &[],
        }
    }

    pub(super) fn phrases_mut(&mut self) -> &mut [PhraseSpec] {
        match &mut self.operator {
            Operator::Say(say) => &mut say.phrases,
            _ => &mut [],
        }
    }
}

impl Composed {
    /// Whether a condition speaks that speak against the clerk: those that hold where the rule finds something.
    pub fn accuses_by(&self, condition: usize) -> bool {
        let wanted = self.holds.conditions().contains(&(condition, true));
        let placed = self.occasions.iter().any(|occasion| occasion.at == At::Each(condition));
        wanted || placed
    }
}

/// Where the findings of a rule are placed that does not say `at`: at each place of the first condition that it wants
/// to hold, in each branch of an `or`; at the end of the encounter where a branch wants none.
pub(super) fn occasions(holds: &Expression) -> Vec<Occasion> {
    let mut all: Vec<Occasion> = Vec::new();
    for (at, holds) in branches(&holds.pushed_down()) {
        let at = at.map_or(At::EncounterEnd, At::Each);
        match all.iter_mut().find(|occasion| occasion.at == at) {
            Some(occasion) => {
                occasion.holds = Expression::Any(vec![occasion.holds.clone(), holds]);
            }
            None => all.push(Occasion { at, holds }),
        }
    }
    all
}

/// What has to hold at a place of `condition`: `holds` without the branches of an `or` that do without it.
pub(super) fn at_each(condition: usize, holds: &Expression) -> Occasion {
    let holds = holds.pushed_down();
    let holds = branch_of(condition, &holds)
        .unwrap_or_else(|| Expression::All(vec![Expression::Is(condition), holds.clone()]));
    Occasion { at: At::Each(condition), holds }
}

fn branches(holds: &Expression) -> Vec<(Option<usize>, Expression)> {
    match holds {
        Expression::Is(condition) => vec![(Some(*condition), holds.clone())],
        Expression::Not(_) => vec![(None, holds.clone())],
        Expression::Any(inner) => inner.iter().flat_map(branches).collect(),
        Expression::All(inner) => branches_of_all(inner),
    }
}

fn branches_of_all(inner: &[Expression]) -> Vec<(Option<usize>, Expression)> {
    let placed = inner.iter().map(branches).enumerate().find(|(_, b)| b.iter().any(|(at, _)| at.is_some()));
    let Some((place, found)) = placed else {
        return vec![(None, Expression::All(inner.to_vec()))];
    };
    let with = |branch: Expression| {
        let mut inner = inner.to_vec();
        inner[place] = branch;
        inner
    };
    let each = found.into_iter().flat_map(|(at, branch)| match at {
        Some(_) => vec![(at, Expression::All(with(branch)))],
        // This branch is placed by what stands beside it.
        None => branches_of_all(&with(branch)),
    });
    each.collect()
}

fn branch_of(condition: usize, holds: &Expression) -> Option<Expression> {
    match holds {
        Expression::Is(one) => (*one == condition).then(|| holds.clone()),
        Expression::Not(_) => None,
        Expression::Any(inner) => {
            let kept: Vec<Expression> = inner.iter().filter_map(|one| branch_of(condition, one)).collect();
            (!kept.is_empty()).then_some(Expression::Any(kept))
        }
        Expression::All(inner) => {
            let (place, branch) =
                inner.iter().enumerate().find_map(|(i, one)| Some((i, branch_of(condition, one)?)))?;
            let mut inner = inner.clone();
            inner[place] = branch;
            Some(Expression::All(inner))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::expression::parse;
    use super::*;

    const NAMES: [&str; 3] = ["a", "b", "c"];

    fn holds(text: &str) -> Expression {
        parse(text, &NAMES).unwrap()
    }

    #[test]
    fn findings_are_placed_at_the_first_condition_wanted_in_each_branch() {
        use At::{Each, EncounterEnd};
        for (text, expected) in [
            ("a", vec![Each(0)]),
            ("not a", vec![EncounterEnd]),
            ("not a and b and c", vec![Each(1)]),
            ("a or b", vec![Each(0), Each(1)]),
            ("(a or b) and c", vec![Each(0), Each(1)]),
            ("(a or not b) and c", vec![Each(0), Each(2)]),
            ("a and b or a and c", vec![Each(0)]),
            ("not (not a or b)", vec![Each(0)]),
            ("a or not b", vec![Each(0), EncounterEnd]),
        ] {
            let places: Vec<At> = occasions(&holds(text)).into_iter().map(|o| o.at).collect();
            assert_eq!(places, expected, "{text}");
        }
    }

    /// Where it is placed must not change whether the rule holds.
    #[test]
    fn the_occasions_together_hold_where_the_expression_does() {
        for text in
            ["a", "not a", "(a or not b) and c", "a and b or not c", "not (a and (b or c))", "a or b or c"]
        {
            let whole = holds(text);
            for bits in 0..8_u32 {
                let of = |i: usize| bits & (1 << i) != 0;
                let any = occasions(&whole).iter().any(|o| o.holds.value(&mut |i| of(i)));
                assert_eq!(any, whole.value(&mut |i| of(i)), "{text} {bits:03b}");
            }
        }
    }

    #[test]
    fn a_place_asked_for_drops_the_branches_without_it() {
        for (condition, text, expected) in [
            (0, "a or b", "a"),
            (1, "a and b", "a and b"),
            (2, "(a or b) and not a", "c and (a or b) and not a"),
            (1, "(a or b) and c", "b and c"),
        ] {
            let (found, expected) = (at_each(condition, &holds(text)), holds(expected));
            assert_eq!(found.at, At::Each(condition));
            for bits in 0..8_u32 {
                let of = |i: usize| bits & (1 << i) != 0;
                let (found, expected) = (found.holds.value(&mut |i| of(i)), expected.value(&mut |i| of(i)));
                assert_eq!(found, expected, "{text} {bits:03b}");
            }
        }
    }
}

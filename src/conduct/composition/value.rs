//! Value: what a condition, or several together, come to. Four-valued: what is not sure is never taken for sure.

use crate::conduct::rulebook::Logic;
use crate::said::{Bilingual, Why};
use crate::units::{SessionTime, Span};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// Surely so.
    Holds,
    /// Surely not so.
    Fails,
    /// Not decided: what follows may make it hold, or fail.
    Open,
    /// Never to be known.
    Unknown,
}

/// Why something will never be known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Doubt {
    pub why: Why,
    /// It cannot be known at this window at all, so that there is nothing to tell of.
    pub by_design: bool,
}

/// A value, and what it rests on.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Truth {
    pub value: Value,
    /// From when on it could be known.
    pub known: SessionTime,
    /// Probability that it is right.
    pub sureness: f32,
    pub doubt: Option<Doubt>,
    /// The conditions that decided it, in order.
    pub rests_on: Vec<usize>,
}

/// A stretch at which a condition holds.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Place {
    pub span: Span,
    pub known: SessionTime,
    pub sureness: f32,
    /// The words, by turn and hit of the turn, where it is a phrase.
    pub hit: Option<(usize, usize)>,
    /// The turn that it is about, where it is about one.
    pub turn: Option<usize>,
    /// What was found, for people; empty where the words say it.
    pub note: Bilingual,
}

/// Where a condition holds, and what of the rest.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sighting {
    /// In the order of time.
    pub places: Vec<Place>,
    pub rest: Rest,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Rest {
    /// It holds nowhere else, as is known from this time on.
    Nothing(SessionTime),
    /// It may come to hold elsewhere.
    Open,
    /// It may have held elsewhere, and nobody will know.
    Doubt(Doubt, SessionTime),
}

impl Doubt {
    /// Something was not heard.
    pub fn heard(why: Why) -> Self {
        Self { why, by_design: false }
    }

    /// The window is not made to hear it.
    pub fn by_design(why: Why) -> Self {
        Self { why, by_design: true }
    }
}

impl Rest {
    /// The rest of two stretches together.
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Open, _) | (_, Self::Open) => Self::Open,
            (Self::Doubt(a, at), Self::Doubt(b, other)) => {
                let doubt = if a.by_design { b } else { a };
                Self::Doubt(doubt, at.max(other))
            }
            (Self::Doubt(doubt, at), Self::Nothing(other))
            | (Self::Nothing(other), Self::Doubt(doubt, at)) => Self::Doubt(doubt, at.max(other)),
            (Self::Nothing(at), Self::Nothing(other)) => Self::Nothing(at.max(other)),
        }
    }
}

impl Sighting {
    pub fn nowhere(rest: Rest) -> Self {
        Self { places: Vec::new(), rest }
    }

    /// Whether the condition `index` holds anywhere. `absent` says how sure it is that what was not found was not there.
    pub fn truth(&self, index: usize, absent: impl FnOnce(SessionTime) -> f32) -> Truth {
        let (value, known, sureness, doubt) =
            match (self.places.iter().min_by_key(|place| place.known), &self.rest) {
                (Some(first), _) => (Value::Holds, first.known, first.sureness, None),
                (None, Rest::Nothing(known)) => (Value::Fails, *known, absent(*known), None),
                (None, Rest::Open) => (Value::Open, SessionTime::default(), 0.0, None),
                (None, Rest::Doubt(doubt, known)) => (Value::Unknown, *known, 0.5, Some(doubt.clone())),
            };
        Truth { value, known, sureness, doubt, rests_on: vec![index] }
    }
}

impl Value {
    /// How much it decides: in an `and` where `deciding` is `Fails`, in an `or` where it is `Holds`.
    fn rank(self, deciding: Value) -> u8 {
        match self {
            value if value == deciding => 3,
            Self::Open => 2,
            Self::Unknown => 1,
            Self::Holds | Self::Fails => 0,
        }
    }
}

impl Truth {
    fn joined(self, other: Self, deciding: Value) -> Self {
        match self.value.rank(deciding).cmp(&other.value.rank(deciding)) {
            std::cmp::Ordering::Greater => self,
            std::cmp::Ordering::Less => other,
            // The one of two that could be known first, where one is enough.
            std::cmp::Ordering::Equal if self.value == deciding => {
                if other.known < self.known {
                    other
                } else {
                    self
                }
            }
            std::cmp::Ordering::Equal => {
                let mut rests_on = self.rests_on;
                rests_on.extend(
                    other.rests_on.iter().filter(|index| !rests_on.contains(index)).collect::<Vec<_>>(),
                );
                let doubt = match (self.doubt, other.doubt) {
                    (Some(one), Some(other)) => Some(if one.by_design { other } else { one }),
                    (one, other) => one.or(other),
                };
                let known = self.known.max(other.known);
                Self {
                    value: self.value,
                    known,
                    sureness: self.sureness.min(other.sureness),
                    doubt,
                    rests_on,
                }
            }
        }
    }
}

impl Logic for Truth {
    fn not(self) -> Self {
        let value = match self.value {
            Value::Holds => Value::Fails,
            Value::Fails => Value::Holds,
            undecided => undecided,
        };
        Self { value, ..self }
    }

    fn and(self, other: Self) -> Self {
        self.joined(other, Value::Fails)
    }

    fn or(self, other: Self) -> Self {
        self.joined(other, Value::Holds)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::conduct::rulebook::Expression;

    const VALUES: [Value; 4] = [Value::Holds, Value::Fails, Value::Open, Value::Unknown];

    fn truth(value: Value) -> Truth {
        Truth { value, known: SessionTime(0), sureness: 1.0, doubt: None, rests_on: vec![] }
    }

    /// Kleene's strong three-valued logic over numbers: 0 fails, 1 is not known, 2 holds.
    fn kleene(expression: &Expression, of: &dyn Fn(usize) -> u8) -> u8 {
        match expression {
            Expression::Is(index) => of(*index),
            Expression::Not(inner) => 2 - kleene(inner, of),
            Expression::All(inner) => inner.iter().map(|one| kleene(one, of)).min().unwrap_or(2),
            Expression::Any(inner) => inner.iter().map(|one| kleene(one, of)).max().unwrap_or(0),
        }
    }

    fn number(value: Value) -> u8 {
        match value {
            Value::Fails => 0,
            Value::Open | Value::Unknown => 1,
            Value::Holds => 2,
        }
    }

    fn expressions() -> impl Strategy<Value = Expression> {
        (0..5_usize).prop_map(Expression::Is).prop_recursive(5, 40, 4, |inner| {
            prop_oneof![
                inner.clone().prop_map(|one| Expression::Not(Box::new(one))),
                prop::collection::vec(inner.clone(), 1..4).prop_map(Expression::All),
                prop::collection::vec(inner, 1..4).prop_map(Expression::Any),
            ]
        })
    }

    #[test]
    fn two_values_are_joined_as_the_table_has_it() {
        use Value::{Fails, Holds, Open, Unknown};
        for (one, other, and, or) in [
            (Holds, Holds, Holds, Holds),
            (Holds, Fails, Fails, Holds),
            (Holds, Open, Open, Holds),
            (Holds, Unknown, Unknown, Holds),
            (Fails, Fails, Fails, Fails),
            (Fails, Open, Fails, Open),
            (Fails, Unknown, Fails, Unknown),
            (Open, Open, Open, Open),
            (Open, Unknown, Open, Open),
            (Unknown, Unknown, Unknown, Unknown),
        ] {
            for (one, other) in [(one, other), (other, one)] {
                assert_eq!(truth(one).and(truth(other)).value, and, "{one:?} and {other:?}");
                assert_eq!(truth(one).or(truth(other)).value, or, "{one:?} or {other:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn any_expression_agrees_with_a_brute_force_kleene_evaluator(
            expression in expressions(),
            values in prop::collection::vec(prop::sample::select(VALUES.to_vec()), 5),
        ) {
            let found = expression.value(&mut |index| truth(values[index])).value;
            prop_assert_eq!(number(found), kleene(&expression, &|index| number(values[index])));
        }

        /// Whatever what is open turns out to be, a value that is not open stands.
        #[test]
        fn what_is_decided_is_never_taken_back(
            expression in expressions(),
            values in prop::collection::vec(prop::sample::select(VALUES.to_vec()), 5),
            later in prop::collection::vec(prop::sample::select(VALUES.to_vec()), 5),
        ) {
            let before = expression.value(&mut |index| truth(values[index])).value;
            let after = expression.value(&mut |index| {
                truth(if values[index] == Value::Open { later[index] } else { values[index] })
            });
            prop_assert!(before == Value::Open || before == after.value, "{:?} became {:?}", before, after.value);
        }

        #[test]
        fn pushing_not_down_changes_no_value(
            expression in expressions(),
            values in prop::collection::vec(prop::sample::select(VALUES.to_vec()), 5),
        ) {
            let value = |e: &Expression| e.value(&mut |index| truth(values[index])).value;
            prop_assert_eq!(value(&expression), value(&expression.pushed_down()));
        }
    }
}

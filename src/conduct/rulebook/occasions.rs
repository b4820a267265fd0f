//! Occasions: at what places a composed rule is judged, and what has to hold there.

use super::composed::{At, Occasion};
use super::expression::Expression;

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

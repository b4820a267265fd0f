//! The score of a shift: docs/scoring.md recomputed, and what must hold of any facts.

use proptest::prelude::*;
use sansheng::conduct::scene::EncounterKind;
use sansheng::conduct::{FindingKind, FindingState, Severity};
use sansheng::ledger::score::{
    Coverage, Effect, EncounterFact, Facts, FindingFact, Outcome, Parameters, Points, Review, ShiftScore,
    Unscored, score,
};

fn encounter(id: usize, served: bool) -> EncounterFact {
    let start_us = id as i64 * 60_000_000;
    let kind = EncounterKind::Counter;
    EncounterFact { id: format!("e{id}").into(), kind, start_us, end_us: start_us + 50_000_000, served }
}

fn finding(id: usize, encounter: Option<usize>, rule: usize) -> FindingFact {
    FindingFact {
        id: format!("f{id}").into(),
        encounter: encounter.map(|id| format!("e{id}").into()),
        start_us: id as i64 * 1_000_000,
        rule: format!("P30-{rule}").into(),
        provision: "P30".into(),
        kind: FindingKind::Forbidden,
        severity: Severity::Major,
        weight: 5,
        state: FindingState::Confirmed,
        needs_review: false,
        review: Review::Unreviewed,
    }
}

/// Ten encounters, wholly heard.
fn shift(findings: Vec<FindingFact>) -> Facts {
    let encounters = (0..10).map(|id| encounter(id, true)).collect();
    Facts { heard_ms: 3_600_000, unheard_ms: 0, encounters, findings }
}

fn scored(facts: &Facts) -> ShiftScore {
    score(facts, &Parameters::default())
}

fn points(score: &ShiftScore) -> Points {
    match score.outcome {
        Outcome::Scored { points, .. } => points,
        Outcome::Unscored { why } => panic!("{why}"),
    }
}

#[test]
fn each_finding_takes_what_its_severity_state_and_review_say() {
    use FindingKind::{Credit, Missing, Voice};
    use FindingState::{Held, Retracted, Unknown};
    use Review::{Appealed, Dismissed, Upheld};
    let base = || finding(0, Some(0), 0);
    // What it takes of its encounter, in points; and why.
    for (fact, taken, effect) in [
        (base(), 20, Effect::Deducts),
        (FindingFact { kind: Voice, ..base() }, 20, Effect::Deducts),
        (FindingFact { kind: Missing, severity: Severity::Minor, weight: 3, ..base() }, 6, Effect::Deducts),
        (FindingFact { severity: Severity::Note, weight: 2, ..base() }, 2, Effect::Deducts),
        (FindingFact { severity: Severity::Critical, weight: 10, ..base() }, 100, Effect::Deducts),
        (FindingFact { weight: 0, ..base() }, 0, Effect::Deducts),
        (FindingFact { review: Upheld, needs_review: true, ..base() }, 20, Effect::Deducts),
        (FindingFact { needs_review: true, ..base() }, 0, Effect::AwaitsReview),
        (FindingFact { review: Dismissed, ..base() }, 0, Effect::Dismissed),
        (FindingFact { review: Appealed, ..base() }, 0, Effect::UnderAppeal),
        (FindingFact { state: Unknown, review: Upheld, ..base() }, 0, Effect::Unknown),
        (FindingFact { state: Held, review: Upheld, ..base() }, 0, Effect::Held),
        (FindingFact { state: Retracted, ..base() }, 0, Effect::Retracted),
        (FindingFact { kind: Credit, severity: Severity::Note, weight: 2, ..base() }, 0, Effect::Credits),
    ] {
        let score = scored(&shift(vec![fact.clone()]));
        assert_eq!(score.lines[0].effect, effect, "{fact:?}");
        assert_eq!(score.encounters[0].points, Points::FULL - Points::whole(taken), "{fact:?}");
    }
}

#[test]
fn a_second_of_one_rule_takes_half_and_a_third_nothing_in_one_encounter_and_each_takes_all_in_its_own() {
    let together = scored(&shift((0..3).map(|id| finding(id, Some(0), 0)).collect()));
    let effects: Vec<Effect> = together.lines.iter().map(|line| line.effect).collect();
    assert_eq!(effects, [Effect::Deducts, Effect::DeductsAsRepeat, Effect::RepeatedAgain]);
    assert_eq!(together.encounters[0].points, Points::whole(70));
    let apart = scored(&shift((0..3).map(|id| finding(id, Some(id), 0)).collect()));
    assert_eq!(points(&apart), Points::whole(94));
}

#[test]
fn courtesy_sets_off_slight_findings_of_its_encounter_alone_and_up_to_its_limit() {
    let credit = |id, encounter, weight| FindingFact {
        kind: FindingKind::Credit,
        severity: Severity::Note,
        weight,
        ..finding(id, Some(encounter), id)
    };
    let greeting = FindingFact { severity: Severity::Minor, weight: 3, ..finding(0, Some(0), 0) };
    let same = scored(&shift(vec![greeting.clone(), credit(1, 0, 2), credit(2, 0, 2), credit(3, 0, 1)]));
    assert_eq!(same.encounters[0].points, Points::whole(97));
    let earned: Vec<Points> = same.lines[1..].iter().map(|line| line.points).collect();
    assert_eq!(earned, [Points::whole(2), Points::whole(1), Points::ZERO]);
    assert_eq!(same.lines[3].effect, Effect::CreditOverLimit);
    let other = scored(&shift(vec![greeting, credit(1, 1, 3)]));
    assert_eq!(other.encounters[0].points, Points::whole(94));
    // Politeness does not buy off rudeness.
    let rude = scored(&shift(vec![finding(0, Some(0), 0), credit(1, 0, 3)]));
    assert_eq!(rude.encounters[0].points, Points::whole(80));
}

#[test]
fn a_busy_clerk_is_not_punished_for_serving_many() {
    // One slip in ten encounters, once in a quiet shift and six times in a busy one.
    let shift_of = |encounters: usize| Facts {
        heard_ms: 1,
        unheard_ms: 0,
        encounters: (0..encounters).map(|id| encounter(id, true)).collect(),
        findings: (0..encounters / 10).map(|id| finding(id, Some(id * 10), 0)).collect(),
    };
    assert_eq!(points(&scored(&shift_of(10))), points(&scored(&shift_of(60))));
}

#[test]
fn a_critical_finding_caps_the_shift_until_it_is_dismissed() {
    let mut fact = FindingFact { severity: Severity::Critical, weight: 10, ..finding(0, Some(0), 0) };
    let upheld = scored(&shift(vec![fact.clone()]));
    assert_eq!((upheld.mean, points(&upheld)), (Points::whole(90), Points::whole(59)));
    fact.review = Review::Appealed;
    let appealed = scored(&shift(vec![fact.clone()]));
    let Outcome::Scored { points: now, at_worst } = appealed.outcome else { panic!() };
    assert_eq!((now, at_worst, appealed.open), (Points::FULL, Points::whole(59), 1));
    fact.review = Review::Dismissed;
    assert_eq!(points(&scored(&shift(vec![fact]))), Points::FULL);
}

#[test]
fn what_happens_outside_the_encounters_served_takes_from_the_whole_shift() {
    let mut facts = shift(vec![finding(0, None, 0), finding(1, Some(99), 0)]);
    facts.encounters.push(encounter(99, false));
    let score = scored(&facts);
    assert_eq!((score.served, score.outside, score.mean), (10, Points::whole(40), Points::whole(96)));
}

#[test]
fn there_is_no_score_where_too_little_is_known_and_the_reason_is_told() {
    let facts = |heard_ms, unheard_ms, encounters| Facts { heard_ms, unheard_ms, ..shift_of(encounters) };
    fn shift_of(encounters: usize) -> Facts {
        Facts { encounters: (0..encounters).map(|id| encounter(id, true)).collect(), ..Facts::default() }
    }
    for (facts, told) in [
        (facts(0, 0, 9), "no score: nothing of the shift was heard"),
        (facts(0, 10, 9), "no score: nothing of the shift was heard"),
        (facts(6_999, 3_001, 9), "no score: 69.9 % of the shift was heard, less than 70 %"),
        (facts(7_000, 3_000, 4), "no score: 4 encounters, fewer than 5"),
        (facts(7_000, 3_000, 5), "score: 100.000"),
    ] {
        let working = scored(&facts).working();
        assert_eq!(working.lines().last(), Some(told), "{working}");
    }
    let score = scored(&facts(6_999, 3_001, 9));
    assert_eq!(score.coverage, Coverage { heard_ms: 6_999, unheard_ms: 3_001, permille: Some(699) });
    let why = Unscored::TooLittleHeard { permille: 699, least_percent: 70 };
    assert_eq!(score.outcome, Outcome::Unscored { why });
}

/// The fenced blocks of a page that are marked with `language`.
fn blocks<'p>(page: &'p str, language: &str) -> Vec<&'p str> {
    let fence = format!("```{language}\n");
    page.split(&fence).skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

#[test]
fn the_documented_example_is_what_the_formula_gives() {
    let page = include_str!("../../docs/scoring.md");
    let facts: Facts = serde_json::from_str(blocks(page, "json")[0]).unwrap();
    let working = scored(&facts).working();
    assert_eq!(blocks(page, "text")[0], working, "write into docs/scoring.md:\n{working}");
    let written = sansheng::toml_file::Source::new("docs/scoring.md", blocks(page, "toml")[0]);
    assert_eq!(Parameters::parse(&written).unwrap(), Parameters::default());
}

fn any_finding() -> impl Strategy<Value = FindingFact> {
    use FindingKind::{Credit, Forbidden, Missing, Voice};
    use FindingState::{Confirmed, Held, Retracted, Unknown};
    use Review::{Appealed, Dismissed, Unreviewed, Upheld};
    use Severity::{Critical, Major, Minor, Note};
    let what = (
        prop::sample::select(vec![Forbidden, Missing, Voice, Credit]),
        prop::sample::select(vec![Note, Minor, Major, Critical]),
        prop::sample::select(vec![Confirmed, Confirmed, Confirmed, Held, Retracted, Unknown]),
        prop::sample::select(vec![Unreviewed, Unreviewed, Upheld, Dismissed, Appealed]),
    );
    let where_ = (0..40_usize, prop::option::of(0..8_usize), 0..3_usize);
    (what, where_, 0..12_u8, any::<bool>()).prop_map(|(what, (id, encounter, rule), weight, needs_review)| {
        let (kind, severity, state, review) = what;
        FindingFact { kind, severity, state, review, weight, needs_review, ..finding(id, encounter, rule) }
    })
}

fn any_facts() -> impl Strategy<Value = Facts> {
    let encounters = prop::collection::vec(any::<bool>(), 0..8);
    let findings = prop::collection::vec(any_finding(), 0..24);
    (encounters, findings, 0..100_u64, 0..40_u64).prop_map(
        |(encounters, mut findings, heard_ms, unheard_ms)| {
            findings.sort_by(|a, b| a.id.cmp(&b.id));
            findings.dedup_by(|a, b| a.id == b.id);
            let encounters =
                encounters.into_iter().enumerate().map(|(id, served)| encounter(id, served)).collect();
            Facts { heard_ms, unheard_ms, encounters, findings }
        },
    )
}

fn any_parameters() -> impl Strategy<Value = Parameters> {
    (prop::collection::vec(0..20_u16, 4), 0..=100_u16, 0..6_u16, 0..=100_u16).prop_map(
        |(mut factors, repeat_percent, credit_max, critical_cap)| {
            factors.sort_unstable();
            Parameters {
                note_factor: factors[0],
                minor_factor: factors[1],
                major_factor: factors[2],
                critical_factor: factors[3],
                repeat_percent,
                credit_max,
                critical_cap,
                ..Parameters::default()
            }
        },
    )
}

/// The mean and whether it is capped: what a score would be if enough was heard.
fn standing(score: &ShiftScore) -> Points {
    let cap = Points::whole(score.parameters.critical_cap);
    if score.critical { score.mean.min(cap) } else { score.mean }
}

proptest! {
    #[test]
    fn any_order_of_the_facts_gives_the_same_score(facts in any_facts(), parameters in any_parameters(), by in any::<u64>()) {
        let mut other = facts.clone();
        let key = |id: &str| id.bytes().fold(by, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)).rotate_left(7));
        other.findings.sort_by_key(|finding| key(&finding.id));
        other.encounters.sort_by_key(|encounter| key(&encounter.id));
        other.findings.extend(facts.findings.first().cloned());
        prop_assert_eq!(score(&facts, &parameters), score(&other, &parameters));
    }

    #[test]
    fn what_is_not_known_or_was_held_or_taken_back_changes_nothing(
        facts in any_facts(),
        parameters in any_parameters(),
        added in any_finding(),
        state in prop::sample::select(vec![FindingState::Unknown, FindingState::Held, FindingState::Retracted]),
    ) {
        let before = score(&facts, &parameters);
        let mut more = facts;
        more.findings.push(FindingFact { id: "new".into(), state, ..added });
        let after = score(&more, &parameters);
        prop_assert_eq!((&before.outcome, &before.encounters), (&after.outcome, &after.encounters));
        prop_assert_eq!((before.mean, before.open), (after.mean, after.open));
    }

    #[test]
    fn dismissing_never_lowers_and_upholding_never_raises(
        facts in any_facts(),
        parameters in any_parameters(),
        which in any::<prop::sample::Index>(),
    ) {
        prop_assume!(facts.findings.iter().any(|finding| finding.kind != FindingKind::Credit));
        let accusing: Vec<usize> =
            (0..facts.findings.len()).filter(|at| facts.findings[*at].kind != FindingKind::Credit).collect();
        let at = accusing[which.index(accusing.len())];
        let reviewed = |review| {
            let mut facts = facts.clone();
            facts.findings[at].review = review;
            standing(&score(&facts, &parameters))
        };
        let now = standing(&score(&facts, &parameters));
        prop_assert!(reviewed(Review::Dismissed) >= now);
        prop_assert!(reviewed(Review::Upheld) <= now);
        prop_assert_eq!(reviewed(Review::Dismissed), reviewed(Review::Appealed));
    }

    #[test]
    fn courtesy_never_lowers_and_a_score_lies_between_zero_and_a_hundred_and_never_under_its_worst(
        facts in any_facts(),
        parameters in any_parameters(),
        added in any_finding(),
    ) {
        let before = score(&facts, &parameters);
        prop_assert!((Points::ZERO..=Points::FULL).contains(&before.mean));
        if let Outcome::Scored { points, at_worst } = before.outcome {
            prop_assert!(Points::ZERO <= at_worst && at_worst <= points && points <= Points::FULL);
            prop_assert!(before.open > 0 || at_worst == points);
        }
        let mut more = facts;
        more.findings.push(FindingFact { id: "new".into(), kind: FindingKind::Credit, ..added });
        prop_assert!(score(&more, &parameters).mean >= before.mean);
    }

    #[test]
    fn the_lines_add_up_to_the_score(facts in any_facts(), parameters in any_parameters()) {
        let score = score(&facts, &parameters);
        prop_assert_eq!(score.lines.len(), facts.findings.len());
        let mut sum = 0;
        for encounter in &score.encounters {
            let of = |grave: bool| -> i64 {
                let lines = score.lines.iter().filter(|line| line.encounter.as_ref() == Some(&encounter.encounter));
                let of_class = lines.filter(|line| line.points.0 < 0 && (line.severity >= Severity::Major) == grave);
                of_class.map(|line| -line.points.0).sum()
            };
            let lines = score.lines.iter().filter(|line| line.encounter.as_ref() == Some(&encounter.encounter));
            let credit: i64 = lines.filter(|line| line.points.0 > 0).map(|line| line.points.0).sum();
            let points = (100_000 - of(true) - (of(false) - credit).max(0)).max(0);
            prop_assert_eq!(Points(points), encounter.points);
            sum += points;
        }
        prop_assert_eq!(Points(sum), score.sum);
        let written = serde_json::to_string(&score).unwrap();
        prop_assert_eq!(serde_json::from_str::<ShiftScore>(&written).unwrap(), score);
    }
}

//! What nobody can do, whatever is tried in whatever order.

use proptest::prelude::*;

use super::*;

const DAY_US: i64 = 86_400_000_000;

fn subject() -> Subject {
    Subject { state: FindingState::Confirmed, wall_us: 0, charged: Charged::Clerk("张".into()) }
}

fn review(ruling: Ruling, reason: &str) -> Act {
    Act::Review { ruling, reason: reason.into() }
}

fn decide(ruling: Ruling) -> Act {
    Act::Decide { ruling, reason: "听过录音".into() }
}

fn appeal() -> Act {
    Act::Appeal { text: "说的是同事".into() }
}

/// Does each, on the day given, and gives what the last came to.
fn last(subject: &Subject, acts: &[(Act, &str, i64)]) -> Result<Review, Refusal> {
    let mut case = Case::default();
    for (n, (act, who, day)) in acts.iter().enumerate() {
        let wall_us = day * DAY_US;
        let what = allow(&case, subject, &Terms::default(), (act, who, wall_us))?;
        case.steps.push(Step { seq: n as u64, what, who: (*who).to_owned(), wall_us });
    }
    Ok(case.review())
}

#[test]
fn who_may_do_what_and_when() {
    use Ruling::{Dismissed, Upheld};
    let (upheld, dismissed) = (review(Upheld, ""), review(Dismissed, "口误"));
    let who = |text: &str| text.to_owned();
    type Attempts<'a> = &'a [(Act, &'a str, i64)];
    let cases: [(Attempts<'_>, Result<Review, Refusal>); 18] = [
        (&[(upheld.clone(), "王", 0)], Ok(Review::Upheld)),
        (&[(dismissed.clone(), "王", 0)], Ok(Review::Dismissed)),
        (&[(review(Dismissed, " "), "王", 0)], Err(Refusal::WithoutReason)),
        (&[(upheld.clone(), " ", 0)], Err(Refusal::Nameless)),
        (&[(upheld.clone(), "张", 0)], Err(Refusal::OwnCase { who: who("张") })),
        (
            &[(upheld.clone(), "王", 0), (dismissed.clone(), "赵", 0)],
            Err(Refusal::Reviewed { by: who("王") }),
        ),
        (&[(appeal(), "张", 7)], Ok(Review::Appealed)),
        (&[(appeal(), "张", 8)], Err(Refusal::TooLate { until_us: 7 * DAY_US })),
        (&[(appeal(), "李", 0)], Err(Refusal::NotTheirs { clerk: who("张") })),
        (&[(Act::Appeal { text: String::new() }, "张", 0)], Err(Refusal::WithoutText)),
        (&[(upheld.clone(), "王", 20), (appeal(), "张", 27)], Ok(Review::Appealed)),
        (&[(dismissed, "王", 0), (appeal(), "张", 1)], Err(Refusal::Dismissed { by: who("王") })),
        (&[(appeal(), "张", 0), (appeal(), "张", 0)], Err(Refusal::Appealed { by: who("张") })),
        (&[(appeal(), "张", 0), (upheld.clone(), "王", 0)], Err(Refusal::UnderAppeal)),
        (&[(upheld.clone(), "王", 0), (decide(Upheld), "赵", 0)], Err(Refusal::NotAppealed)),
        (
            &[(upheld.clone(), "王", 0), (appeal(), "张", 0), (decide(Upheld), "王", 0)],
            Err(Refusal::OwnReview { who: who("王") }),
        ),
        // Late decisions count: otherwise whoever has to decide could let an appeal lapse.
        (
            &[(upheld.clone(), "王", 0), (appeal(), "张", 0), (decide(Dismissed), "赵", 99)],
            Ok(Review::Dismissed),
        ),
        (
            &[(appeal(), "张", 0), (decide(Upheld), "赵", 1), (upheld, "王", 2)],
            Err(Refusal::Decided { by: who("赵") }),
        ),
    ];
    for (acts, expected) in cases {
        assert_eq!(last(&subject(), acts), expected, "{acts:?}");
    }
}

#[test]
fn what_takes_nothing_is_not_reviewed_and_where_nobody_is_charged_nobody_appeals() {
    for state in [FindingState::Unknown, FindingState::Held, FindingState::Retracted] {
        let subject = Subject { state, ..subject() };
        let refused = last(&subject, &[(review(Ruling::Upheld, ""), "王", 0)]);
        assert_eq!(refused, Err(Refusal::Harmless(state)));
    }
    let nobody = Subject { charged: Charged::Nobody("signed out".into()), ..subject() };
    let refused = last(&nobody, &[(appeal(), "张", 0)]);
    assert_eq!(refused, Err(Refusal::NobodyCharged { why: "signed out".into() }));
    assert_eq!(last(&nobody, &[(review(Ruling::Upheld, ""), "王", 0)]), Ok(Review::Upheld));
    // Without a calendar nobody knows whose case it is; three people are needed all the same.
    let unknown = Subject { charged: Charged::Unknown, ..subject() };
    let upheld = (review(Ruling::Upheld, ""), "王", 0);
    assert_eq!(
        last(&unknown, &[upheld.clone(), (appeal(), "王", 0)]),
        Err(Refusal::OwnReview { who: "王".into() })
    );
    assert_eq!(
        last(&unknown, &[upheld, (appeal(), "张", 0), (decide(Ruling::Upheld), "张", 0)]),
        Err(Refusal::OwnAppeal { who: "张".into() })
    );
}

fn any_act() -> impl Strategy<Value = (Act, usize, i64)> {
    let ruling = prop_oneof![Just(Ruling::Upheld), Just(Ruling::Dismissed)];
    let text = prop_oneof![Just(String::new()), Just("因为".to_owned())];
    let act = (0..3, ruling, text).prop_map(|(kind, ruling, reason)| match kind {
        0 => Act::Review { ruling, reason },
        1 => Act::Appeal { text: reason },
        _ => Act::Decide { ruling, reason },
    });
    (act, 0..4_usize, 0..4_i64)
}

proptest! {
    /// Whatever is tried: at most one review, one appeal and one decision, in this order, by people who may.
    #[test]
    fn no_sequence_of_attempts_gets_round_the_rules(
        attempts in proptest::collection::vec(any_act(), 0..30),
        charged in prop_oneof![
            Just(Charged::Clerk("张".to_owned())), Just(Charged::Nobody("nobody".to_owned())), Just(Charged::Unknown)
        ],
    ) {
        let people = ["张", "王", "赵", ""];
        let subject = Subject { charged: charged.clone(), ..subject() };
        let (mut case, mut now_us) = (Case::default(), 0);
        for (act, person, days) in attempts {
            now_us += days * DAY_US;
            let who = people[person];
            let before = case.clone();
            match allow(&case, &subject, &Terms::default(), (&act, who, now_us)) {
                Ok(what) => {
                    let seq = case.steps.len() as u64;
                    case.steps.push(Step { seq, what, who: who.to_owned(), wall_us: now_us });
                }
                Err(_) => prop_assert_eq!(&before, &case),
            }
        }
        let by = |wanted: fn(&StepKind) -> bool| {
            case.steps.iter().filter(move |step| wanted(&step.what)).map(|step| step.who.as_str()).collect::<Vec<_>>()
        };
        let reviewers = by(|what| matches!(what, StepKind::Review { .. }));
        let appellants = by(|what| matches!(what, StepKind::Appeal { .. }));
        let deciders = by(|what| matches!(what, StepKind::Decision { .. }));
        prop_assert!(reviewers.len() <= 1 && appellants.len() <= 1 && deciders.len() <= appellants.len());
        prop_assert!(case.steps.iter().all(|step| !step.who.is_empty()));
        for decider in &deciders {
            prop_assert!(!reviewers.contains(decider) && !appellants.contains(decider), "{:?}", case);
        }
        prop_assert!(reviewers.iter().all(|reviewer| !appellants.contains(reviewer)), "{:?}", case);
        if let Charged::Clerk(clerk) = &charged {
            prop_assert!(appellants.iter().all(|who| who == clerk));
            prop_assert!(reviewers.iter().chain(&deciders).all(|who| who != clerk));
        }
        if matches!(charged, Charged::Nobody(_)) {
            prop_assert!(appellants.is_empty());
        }
        let expected = match case.steps.last().map(|step| step.what) {
            None => Review::Unreviewed,
            Some(StepKind::Appeal { .. }) => Review::Appealed,
            Some(StepKind::Review { ruling: Ruling::Upheld, .. } | StepKind::Decision { ruling: Ruling::Upheld }) => {
                Review::Upheld
            }
            Some(_) => Review::Dismissed,
        };
        prop_assert_eq!(case.review(), expected);
    }
}

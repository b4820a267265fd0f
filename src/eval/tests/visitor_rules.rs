use super::*;

const COUNTER: &str = "hall/counter.flac";

/// Charges, stretches of the visitor's speech charged, and look-alikes of the visitor charged. The visitor says 我不知道怎么填
/// from 5 s to 7 s, the clerk something forbidden from 10 s to 12 s.
fn charged(findings: Vec<Finding>) -> [u64; 3] {
    let score = evaluate(&example(), &[heard(COUNTER, findings)]).visitor;
    assert_eq!((score.utterances.of, score.look_alikes.of), (1, 1));
    assert_eq!(score.list.len() as u64, score.charges.events);
    [score.charges.events, score.utterances.count, score.look_alikes.count]
}

#[test]
fn charges_are_false_alarms_that_lie_on_the_visitors_words() {
    for (name, findings, expected) in [
        ("nothing", vec![], [0, 0, 0]),
        ("on the visitor's microphone", vec![alert("P40", 1, 5.5, 6.5)], [1, 1, 1]),
        ("on the visitor's microphone, in silence", vec![alert("P40", 1, 40.0, 41.0)], [1, 0, 0]),
        ("the visitor at the clerk's microphone", vec![alert("P40", 0, 5.5, 6.5)], [1, 1, 1]),
        ("mostly the visitor", vec![alert("P40", 0, 3.5, 6.5)], [1, 1, 1]),
        ("mostly the clerk", vec![alert("P40", 0, 2.0, 6.0)], [0, 0, 0]),
        ("the clerk's own words", vec![alert("P31", 0, 10.0, 12.0)], [0, 0, 0]),
        ("silence", vec![alert("P40", 0, 40.0, 41.0)], [0, 0, 0]),
        ("held back", vec![in_state(FindingState::Held, alert("P40", 1, 5.5, 6.5))], [0, 0, 0]),
        ("words missing after the visitor's", vec![absence("P14", 5.5, 6.5)], [1, 1, 1]),
        ("a greeting missing at a moment", vec![absence("P01", 5.5, 5.5)], [0, 0, 0]),
        ("what is not annotated", vec![absence("P19", 5.5, 6.5)], [0, 0, 0]),
        ("retracted", vec![in_state(FindingState::Retracted, alert("P40", 1, 5.5, 6.5))], [0, 0, 0]),
    ] {
        assert_eq!(charged(findings), expected, "{name}");
    }
}

#[test]
fn hours_without_a_visitor_do_not_dilute_the_charges() {
    let files = [heard(COUNTER, vec![alert("P40", 1, 5.5, 6.5)]), heard("phrases/banned.flac", vec![])];
    let score = evaluate(&example(), &files).visitor;
    assert_eq!((score.charges.hours, score.charges.per_hour), (1.0, Some(1.0)));
    assert_eq!(score.list[0].said, "我不知道怎么填");
}

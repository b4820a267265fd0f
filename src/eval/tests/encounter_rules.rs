use super::*;

use EncounterOutcome::{Invented, Matched, Merged, Missed, Off, Split};

/// The example's counter with encounters from 2 s to 50 s and from 60 s to 90 s.
fn two_visits() -> Truth {
    let mut truth = example();
    let first = truth.files[0].encounters.as_ref().unwrap()[0].clone();
    let second =
        Encounter { span: span(60.0, 90.0), opened: SessionTime::from_seconds(60.0), ..first.clone() };
    truth.files[0].encounters = Some(vec![first, second]);
    truth
}

fn visits(spans: &[(f64, f64)]) -> Vec<HeardEncounter> {
    let visit = |(start_s, end_s): &(f64, f64)| HeardEncounter {
        kind: EncounterKind::Counter,
        start_s: *start_s,
        end_s: *end_s,
    };
    spans.iter().map(visit).collect()
}

fn scored(encounters: Vec<HeardEncounter>) -> EncounterScore {
    let file = Heard { encounters, ..heard("hall/counter.flac", vec![]) };
    evaluate(&two_visits(), &[file]).encounters
}

#[test]
fn every_encounter_has_one_outcome() {
    for (name, heard, expected) in [
        ("as they were", vec![(2.0, 50.0), (60.0, 90.0)], [2, 0, 0, 0, 0, 0]),
        ("2 s off", vec![(4.0, 48.0), (58.0, 92.0)], [2, 0, 0, 0, 0, 0]),
        ("further off", vec![(4.1, 50.0), (60.0, 92.1)], [0, 0, 0, 0, 2, 0]),
        ("one missed", vec![(2.0, 50.0)], [1, 1, 0, 0, 0, 0]),
        ("one in two", vec![(2.0, 20.0), (25.0, 50.0), (60.0, 90.0)], [1, 0, 1, 0, 0, 0]),
        ("two in one", vec![(2.0, 90.0)], [0, 0, 0, 2, 0, 0]),
        ("one too many", vec![(2.0, 50.0), (60.0, 90.0), (52.0, 58.0)], [2, 0, 0, 0, 0, 1]),
        ("only touched", vec![(45.0, 58.0), (60.0, 90.0)], [1, 1, 0, 0, 0, 1]),
        ("none", vec![], [0, 2, 0, 0, 0, 0]),
    ] {
        let EncounterCounts { matched, missed, split, merged, off, invented, .. } =
            scored(visits(&heard)).pooled;
        assert_eq!(matched.of, 2, "{name}");
        assert_eq!([matched.count, missed, split, merged, off, invented], expected, "{name}");
    }
}

#[test]
fn boundaries_and_kinds_are_those_of_what_was_compared() {
    let mut heard = visits(&[(1.0, 50.5), (63.0, 90.0)]);
    heard[1].kind = EncounterKind::Telephone;
    let score = scored(heard);
    let EncounterCounts { start_within, end_within, kind_right, start_error, end_error, .. } = score.pooled;
    assert_eq!((start_within.count, end_within.count, kind_right.count), (1, 2, 1));
    // Errors of -1 and +3 s at the start, +0.5 and 0 s at the end.
    assert_eq!((start_error.median_s, start_error.p95_s), (Some(-1.0), Some(3.0)));
    assert_eq!((end_error.median_s, end_error.max_s), (Some(0.0), Some(0.5)));
    let faults: Vec<_> = score.faults.iter().map(|note| (note.outcome, note.heard.unwrap().kind)).collect();
    assert_eq!(faults, [(Off, EncounterKind::Telephone)]);
    assert_eq!(scored(vec![]).pooled.start_error, Spread { median_s: None, p95_s: None, max_s: None });
}

#[test]
fn faults_name_what_was_wrong_in_order_and_matches_are_no_faults() {
    let outcomes = |heard: &[(f64, f64)]| {
        scored(visits(heard)).faults.iter().map(|note| note.outcome).collect::<Vec<EncounterOutcome>>()
    };
    assert_eq!(outcomes(&[(2.0, 50.0), (60.0, 90.0)]), []);
    assert_eq!(outcomes(&[(2.0, 20.0), (25.0, 50.0), (100.0, 110.0)]), [Split, Missed, Invented]);
    assert_eq!(outcomes(&[(2.0, 90.0)]), [Merged, Merged]);
    let mut other = visits(&[(2.0, 50.0), (60.0, 90.0)]);
    other[0].kind = EncounterKind::Telephone;
    assert_eq!(scored(other).faults[0].outcome, Matched);
}

use super::*;

const COUNTER: &str = "hall/counter.flac";
const CALL: &str = "call.flac";

fn row(file: &str, provision: &str, findings: Vec<Finding>) -> RequiredRow {
    let score = evaluate(&example(), &[heard(file, findings)]).required;
    score.by_provision.into_iter().find(|row| row.provision == provision).unwrap()
}

/// Missing, found, missing but unknown, wrong, duplicates.
fn counted(row: &RequiredRow) -> [u64; 5] {
    [row.missing, row.found, row.missing_unknown, row.wrong, row.duplicates]
}

#[test]
fn findings_of_missing_words_belong_to_the_occasion_they_lie_at() {
    let unknown = |finding| in_state(FindingState::Unknown, finding);
    // The counter's encounter runs from 2 s to 50 s, greeted, without farewell, a failure unexcused at 30 to 32 s.
    // The call rings from 1 s and is answered at 16 s, too late and improperly.
    for (name, file, provision, findings, expected) in [
        ("farewell not reported", COUNTER, "P02", vec![], [1, 0, 0, 0, 0]),
        ("farewell reported", COUNTER, "P02", vec![absence("P02", 49.0, 51.0)], [1, 1, 0, 0, 0]),
        ("reported 8 s late", COUNTER, "P02", vec![absence("P02", 58.0, 58.0)], [1, 1, 0, 0, 0]),
        ("reported later still", COUNTER, "P02", vec![absence("P02", 58.1, 58.1)], [1, 0, 0, 1, 0]),
        ("left undecided", COUNTER, "P02", vec![unknown(absence("P02", 50.0, 50.0))], [1, 0, 1, 0, 0]),
        ("reported twice", COUNTER, "P02", vec![absence("P02", 50.0, 50.0); 2], [1, 1, 0, 0, 1]),
        ("a greeting that was said", COUNTER, "P01", vec![absence("P01", 2.0, 17.0)], [0, 0, 0, 1, 0]),
        (
            "undecided on what was said",
            COUNTER,
            "P01",
            vec![unknown(absence("P01", 2.0, 2.0))],
            [0, 0, 0, 0, 0],
        ),
        ("a greeting in mid-encounter", COUNTER, "P01", vec![absence("P01", 25.0, 26.0)], [0, 0, 0, 1, 0]),
        ("the failing turn, 1 s off", COUNTER, "P14", vec![absence("P14", 33.0, 34.0)], [1, 1, 0, 0, 0]),
        ("further off", COUNTER, "P14", vec![absence("P14", 33.1, 34.0)], [1, 0, 0, 1, 0]),
        ("another provision there", COUNTER, "P14", vec![absence("P13", 30.0, 32.0)], [1, 0, 0, 0, 0]),
        ("late answer", CALL, "P07", vec![absence("P07", 12.0, 16.0)], [1, 1, 0, 0, 0]),
        ("call opened improperly", CALL, "P08", vec![absence("P08", 16.5, 17.2)], [1, 1, 0, 0, 0]),
        ("farewell said on the call", CALL, "P02", vec![absence("P02", 38.0, 38.0)], [0, 0, 0, 1, 0]),
    ] {
        assert_eq!(counted(&row(file, provision, findings)), expected, "{name}");
    }
}

#[test]
fn words_said_and_left_in_peace_count_as_heard() {
    let said = |findings| {
        let row = row(COUNTER, "P01", findings);
        (row.said, row.heard, row.said_unknown)
    };
    assert_eq!(said(vec![]), (Some(1), Some(1), Some(0)));
    assert_eq!(said(vec![absence("P01", 2.0, 3.0)]), (Some(1), Some(0), Some(0)));
    let unknown = in_state(FindingState::Unknown, absence("P01", 2.0, 3.0));
    assert_eq!(said(vec![unknown]), (Some(1), Some(0), Some(1)));
    // Apologies that were made are not in the truth, only those that were not.
    assert_eq!(row(COUNTER, "P14", vec![]).said, None);
}

#[test]
fn an_improper_call_is_held_against_its_opening_alone() {
    let score = evaluate(&example(), &[heard(CALL, vec![absence("P01", 16.5, 17.2)])]).required;
    assert!(score.by_provision.iter().all(|row| row.provision != "P01"), "{score:?}");
    assert!(score.false_findings.is_empty());
}

#[test]
fn precision_recall_and_the_share_of_unknown_follow_from_the_counts() {
    let findings = vec![
        absence("P02", 50.0, 50.0),
        absence("P02", 20.0, 21.0),
        in_state(FindingState::Unknown, absence("P02", 5.0, 6.0)),
    ];
    let row = row(COUNTER, "P02", findings);
    assert_eq!((row.precision.count, row.precision.of), (1, 2));
    assert_eq!((row.recall.count, row.recall.of), (1, 1));
    assert_eq!((row.unknown.count, row.unknown.of), (1, 3));
}

#[test]
fn provisions_without_annotation_are_neither_right_nor_wrong() {
    let findings =
        vec![absence("P10", 25.0, 26.0), in_state(FindingState::Unknown, absence("P03", 5.0, 6.0))];
    let score = evaluate(&example(), &[heard(COUNTER, findings.clone())]).required;
    assert_eq!(score.not_annotated.into_iter().collect::<Vec<_>>(), [("P10".to_owned(), 1)]);
    assert!(score.false_findings.is_empty());

    let mut truth = example();
    truth.annotated_missing = ["P10".to_owned()].into();
    let score = evaluate(&truth, &[heard(COUNTER, findings)]).required;
    assert_eq!(score.by_provision.len(), 1, "{score:?}");
    assert_eq!(counted(&score.by_provision[0]), [0, 0, 0, 1, 0]);
}

#[test]
fn files_whose_encounters_are_unknown_are_left_out() {
    let score =
        evaluate(&example(), &[heard("phrases/banned.flac", vec![absence("P01", 0.0, 1.0)])]).required;
    assert_eq!(score, RequiredScore::default());
}

#[test]
fn what_was_missed_or_wrong_is_listed_with_its_reason() {
    let findings =
        vec![in_state(FindingState::Unknown, absence("P02", 50.0, 50.0)), absence("P01", 2.0, 3.0)];
    let score = evaluate(&example(), &[heard(COUNTER, findings)]).required;
    let missed: Vec<_> = score.missed.iter().map(|n| (n.provision.as_str(), n.reason.as_str())).collect();
    assert_eq!(missed, [("P02", "reason of P02 at 50"), ("P14", "")]);
    let wrong: Vec<_> = score.false_findings.iter().map(|n| (n.provision.as_str(), n.span)).collect();
    assert_eq!(wrong, [("P01", span(2.0, 3.0))]);
}

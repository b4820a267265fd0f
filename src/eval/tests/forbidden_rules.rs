use super::*;

const COUNTER: &str = "hall/counter.flac";

/// Hits, confused, duplicates, false alarms, misses of the counter recording: P31 is said from 10 s to 12 s.
fn counted(alerts: Vec<Finding>) -> [u64; 5] {
    let score = evaluate(&example(), &[heard(COUNTER, alerts)]).forbidden;
    let hits = score.recall.strict.count;
    assert_eq!(score.recall.strict.of, 1);
    [
        hits,
        score.recall.lenient.count - hits,
        score.duplicates,
        score.false_alarms.events,
        score.misses.len() as u64,
    ]
}

#[test]
fn every_alert_and_every_phrase_is_counted_exactly_once() {
    let p31 = |start_s, end_s| alert("P31", 0, start_s, end_s);
    for (name, alerts, [hits, confused, duplicates, false_alarms, misses]) in [
        ("nothing heard", vec![], [0, 0, 0, 0, 1]),
        ("a hit", vec![p31(10.1, 11.9)], [1, 0, 0, 0, 0]),
        ("early by the tolerance", vec![p31(9.0, 9.5)], [1, 0, 0, 0, 0]),
        ("early by more", vec![p31(9.0, 9.499)], [0, 0, 0, 1, 1]),
        ("late by the tolerance", vec![p31(12.5, 13.0)], [1, 0, 0, 0, 0]),
        ("late by more", vec![p31(12.501, 13.0)], [0, 0, 0, 1, 1]),
        ("another channel", vec![alert("P31", 1, 10.0, 12.0)], [0, 0, 0, 1, 1]),
        ("another provision", vec![alert("P30", 0, 10.0, 12.0)], [0, 1, 0, 0, 0]),
        ("another provision, near", vec![alert("P30", 0, 12.4, 13.0)], [0, 1, 0, 0, 0]),
        ("a second provision inside", vec![p31(10.0, 11.0), alert("P30", 0, 11.0, 12.0)], [1, 0, 1, 0, 0]),
        ("the same one twice", vec![p31(10.0, 11.0), p31(11.0, 12.0)], [1, 0, 1, 0, 0]),
        ("a second one outside, near", vec![p31(10.0, 12.0), p31(12.2, 13.0)], [1, 0, 0, 1, 0]),
        (
            "the right one wins over more overlap",
            vec![alert("P30", 0, 10.0, 12.0), p31(11.9, 12.1)],
            [1, 0, 1, 0, 0],
        ),
        ("two wrong ones", vec![alert("P30", 0, 10.0, 12.0), alert("P36", 0, 10.0, 11.0)], [0, 1, 1, 0, 0]),
        ("on a look-alike", vec![alert("P40", 0, 20.5, 21.5)], [0, 0, 0, 1, 1]),
    ] {
        assert_eq!(counted(alerts), [hits, confused, duplicates, false_alarms, misses], "{name}");
    }
}

#[test]
fn only_confirmed_forbidden_findings_are_alerts() {
    for quiet in [
        in_state(FindingState::Held, alert("P31", 0, 10.0, 12.0)),
        in_state(FindingState::Unknown, alert("P31", 0, 10.0, 12.0)),
        finding(FindingKind::Voice, "P31", 0, 10.0, 12.0),
        finding(FindingKind::Credit, "P31", 0, 10.0, 12.0),
        finding(FindingKind::Missing, "P31", 0, 10.0, 12.0),
    ] {
        assert_eq!(counted(vec![quiet]), [0, 0, 0, 0, 1]);
    }
}

#[test]
fn alerts_go_to_the_phrases_they_share_most_time_with() {
    let mut truth = example();
    let second = Forbidden { span: span(12.3, 14.0), ..truth.files[0].forbidden[0].clone() };
    truth.files[0].forbidden.push(second);
    let matches = |alerts: &[(f64, f64)]| {
        let alerts: Vec<Finding> = alerts.iter().map(|(start, end)| alert("P31", 0, *start, *end)).collect();
        matching::match_alerts(&truth.files[0].forbidden, &alerts.iter().collect::<Vec<_>>())
    };
    // Both alerts are near both phrases.
    assert_eq!(matches(&[(11.8, 12.2), (12.25, 14.0)]).hits, [(0, 0), (1, 1)]);
    // One alert over both phrases finds one of them.
    let one = matches(&[(10.0, 14.0)]);
    assert_eq!((one.hits, one.misses), (vec![(0, 0)], vec![1]));
}

#[test]
fn a_false_alarm_says_what_it_fell_on() {
    use AlarmKind::{Courtesy, Crosstalk, Innocent, Silence, Speech, Visitor};
    for (name, file, channel, start_s, end_s, kind) in [
        ("the visitor's channel", COUNTER, 1, 5.5, 6.5, Visitor),
        ("a look-alike", COUNTER, 0, 20.5, 21.5, Innocent),
        ("the visitor at the clerk's microphone", COUNTER, 0, 5.5, 6.5, Crosstalk),
        ("the clerk's other speech", COUNTER, 0, 3.0, 5.5, Speech),
        ("nobody", COUNTER, 0, 40.0, 41.0, Silence),
        ("an innocent clip", "phrases/innocent.flac", 0, 0.5, 1.5, Innocent),
        ("the silence of an innocent clip", "phrases/innocent.flac", 0, 2.0, 2.2, Innocent),
        ("a farewell clip", "phrases/goodbye.flac", 0, 0.5, 1.5, Courtesy),
        ("beside the phrase of a clip", "phrases/banned.flac", 0, 1.6, 1.9, Silence),
    ] {
        let score =
            evaluate(&example(), &[heard(file, vec![alert("P40", channel, start_s, end_s)])]).forbidden;
        let kinds: Vec<AlarmKind> = score.false_alarm_list.iter().map(|alarm| alarm.kind).collect();
        assert_eq!(kinds, [kind], "{name}");
        let on_look_alike = matches!(kind, Innocent | Courtesy) || name.starts_with("the visitor's");
        assert_eq!(score.innocents_alerted.count, u64::from(on_look_alike), "{name}");
    }
}

#[test]
fn a_miss_quotes_what_was_heard_there_and_the_nearest_held_finding() {
    let held = |provision, start_s| in_state(FindingState::Held, alert(provision, 0, start_s, start_s + 1.0));
    let mut file =
        heard(COUNTER, vec![held("P30", 10.5), held("P31", 13.0), held("P31", 12.5), held("P31", 15.0)]);
    file.utterances = vec![
        utterance(0, 11.0, 12.0, "快点降"),
        utterance(0, 9.5, 10.5, "别罗锁"),
        utterance(0, 13.2, 14.0, "太远"),
        utterance(1, 10.0, 11.0, "旁边"),
    ];
    let score = evaluate(&example(), &[file]).forbidden;
    assert_eq!(score.misses[0].heard, "别罗锁 / 快点降");
    // The same provision before the nearer one, then the nearest; what lies over two seconds off is no reason.
    assert_eq!(score.misses[0].held.as_ref().unwrap().reason, "reason of P31 at 12.5");
    let far = evaluate(&example(), &[heard(COUNTER, vec![held("P31", 14.1)])]).forbidden;
    assert_eq!(far.misses[0].held, None);
}

#[test]
fn recall_is_split_by_provision_and_by_every_condition() {
    let files = [
        heard(COUNTER, vec![alert("P31", 0, 10.0, 12.0)]),
        heard("call.flac", vec![alert("P40", 0, 16.5, 17.2)]),
        heard("phrases/banned.flac", vec![]),
    ];
    let score = evaluate(&example(), &files).forbidden;
    let recall = |recall: Recall| (recall.strict.count, recall.lenient.count, recall.strict.of);
    let conditions: Vec<_> =
        score.by_condition.iter().map(|row| (row.stratum.label.as_str(), recall(row.recall))).collect();
    assert_eq!(
        conditions,
        [
            ("call", (0, 1, 1)),
            ("hall", (1, 1, 1)),
            ("phrases", (0, 0, 1)),
            ("clean", (0, 0, 1)),
            ("15-19 dB", (1, 1, 1)),
            ("not stated", (0, 1, 1)),
            ("clean", (0, 0, 1)),
            ("rt60 0.3-0.39 s", (1, 1, 1)),
            ("not stated", (0, 1, 1)),
            ("counter", (1, 1, 1)),
            ("telephone", (0, 1, 1)),
            ("clip", (0, 0, 1)),
        ]
    );
    let provisions: Vec<_> =
        score.by_provision.iter().map(|row| (row.provision.as_str(), recall(row.recall))).collect();
    assert_eq!(provisions, [("P30", (0, 0, 1)), ("P31", (1, 1, 1)), ("P48", (0, 1, 1))]);
    assert_eq!((score.precision_strict.count, score.precision_strict.of), (1, 2));
    assert_eq!((score.precision_lenient.count, score.precision_lenient.of), (2, 2));
}

#[test]
fn false_alarms_are_spread_over_the_hours_that_were_heard() {
    let files = [
        heard(COUNTER, vec![alert("P40", 0, 20.0, 21.0), alert("P53", 1, 5.0, 6.0)]),
        heard("call.flac", vec![alert("P48", 0, 16.5, 17.2)]),
    ];
    let score = evaluate(&example(), &files).forbidden;
    assert_eq!((score.false_alarms.events, score.false_alarms.per_hour), (2, Some(1.0)));
    let groups: Vec<_> =
        score.false_alarms_by_group.iter().map(|g| (g.group.as_str(), g.rate.per_hour)).collect();
    assert_eq!(groups, [("call", Some(0.0)), ("hall", Some(2.0))]);
}

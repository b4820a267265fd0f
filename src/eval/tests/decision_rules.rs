use super::*;

const COUNTER: &str = "hall/counter.flac";

/// Correct, wrong, unknown of the provision at the counter, where P01 is said, P02 and a P14 are left out.
fn decided(provision: &str, findings: Vec<Finding>) -> [u64; 3] {
    let score = evaluate(&example(), &[heard(COUNTER, findings)]).decisions;
    let row = score.by_provision.into_iter().find(|row| row.provision == provision).unwrap();
    let Decisions { correct, wrong, unknown, .. } = row.decisions;
    assert_eq!(correct.of, correct.count + wrong.count + unknown.count);
    [correct.count, wrong.count, unknown.count]
}

#[test]
fn every_occasion_makes_one_decision_and_every_stray_finding_another() {
    let unknown = |finding| in_state(FindingState::Unknown, finding);
    let held = |finding| in_state(FindingState::Held, finding);
    for (name, provision, findings, expected) in [
        ("said, nothing found", "P01", vec![], [1, 0, 0]),
        ("said, undecided", "P01", vec![unknown(absence("P01", 3.0, 3.0))], [0, 0, 1]),
        ("said, accused", "P01", vec![absence("P01", 3.0, 3.0)], [0, 1, 0]),
        ("said, held back", "P01", vec![held(absence("P01", 3.0, 3.0))], [1, 0, 0]),
        ("left out, nothing found", "P02", vec![], [0, 1, 0]),
        ("left out, undecided", "P02", vec![unknown(absence("P02", 50.0, 50.0))], [0, 0, 1]),
        ("left out, found", "P02", vec![absence("P02", 50.0, 50.0)], [1, 0, 0]),
        ("left out, found twice", "P02", vec![absence("P02", 50.0, 50.0); 2], [1, 0, 0]),
        (
            "left out, found and undecided",
            "P02",
            vec![unknown(absence("P02", 49.0, 49.0)), absence("P02", 50.0, 50.0)],
            [1, 0, 0],
        ),
        ("accused where nothing is due", "P01", vec![absence("P01", 40.0, 40.0)], [1, 1, 0]),
        ("undecided where nothing is due", "P12", vec![unknown(absence("P12", 40.0, 41.0))], [0, 0, 1]),
    ] {
        assert_eq!(decided(provision, findings), expected, "{name}");
    }
}

/// The example's counter with other words of the clerk, or, on channel 1, of the visitor.
fn with_words(words: &[(u16, f64, f64, &str)]) -> Truth {
    let mut truth = example();
    let said = words.iter().map(|(channel, start_s, end_s, text)| Utterance {
        channel: ChannelIndex(*channel),
        span: span(*start_s, *end_s),
        text: (*text).to_owned(),
    });
    truth.files[0].utterances = Some(said.collect());
    truth
}

#[test]
fn an_apology_in_the_words_of_the_truth_is_an_occasion_that_was_met() {
    for (name, words, expected) in [
        ("in one sentence", vec![(0, 5.0, 8.0, "对不起，您还缺少发票")], vec!["P12"]),
        ("in one turn", vec![(0, 5.0, 6.0, "系统故障了。"), (0, 7.0, 8.0, "不好意思")], vec!["P14"]),
        ("too late for the turn", vec![(0, 5.0, 6.0, "系统故障了"), (0, 8.1, 9.0, "不好意思")], vec![]),
        (
            "after the visitor spoke",
            vec![(0, 5.0, 6.0, "系统故障了"), (1, 6.2, 6.8, "啊"), (0, 7.0, 8.0, "不好意思")],
            vec![],
        ),
        ("by the visitor", vec![(1, 5.0, 8.0, "对不起，我没带身份证")], vec![]),
        ("a refusal without a reason", vec![(0, 5.0, 8.0, "对不起，不能办理")], vec![]),
        ("a refusal with one", vec![(0, 5.0, 8.0, "抱歉，按照规定不能办理")], vec!["P13"]),
        ("about a long wait", vec![(0, 2.0, 4.0, "稍等"), (0, 24.0, 26.0, "让您久等了")], vec!["P11"]),
        ("about no wait", vec![(0, 2.0, 4.0, "稍等"), (0, 23.9, 26.0, "让您久等了")], vec![]),
        (
            "about a conversation",
            vec![(0, 2.0, 4.0, "请讲"), (1, 5.0, 20.0, "是这样的"), (0, 25.0, 26.0, "让您久等了")],
            vec![],
        ),
        ("where the truth marks the turn", vec![(0, 29.0, 31.0, "对不起，打印机坏了")], vec![]),
    ] {
        let score = evaluate(&with_words(&words), &[heard(COUNTER, vec![])]).decisions;
        let inferred: Vec<&str> = score
            .by_provision
            .iter()
            .filter(|row| row.decisions.said_inferred > 0)
            .map(|row| row.provision.as_str())
            .collect();
        assert_eq!(inferred, expected, "{name}");
    }
}

#[test]
fn a_finding_against_an_inferred_apology_is_one_wrong_decision() {
    let truth = with_words(&[(0, 5.0, 8.0, "对不起，您还缺少发票")]);
    let score = evaluate(&truth, &[heard(COUNTER, vec![absence("P12", 6.0, 7.0)])]).decisions;
    let row = score.by_provision.iter().find(|row| row.provision == "P12").unwrap().decisions;
    assert_eq!((row.said, row.said_inferred, row.not_due), (1, 1, 0));
    assert_eq!((row.correct.count, row.wrong.count, row.unknown.count), (0, 1, 0));
}

#[test]
fn pooled_decisions_are_one_line_of_the_summary() {
    let evaluation = evaluate(&example(), &[heard(COUNTER, vec![absence("P02", 50.0, 50.0)])]);
    let pooled = evaluation.decisions.pooled;
    // P01 and P02 rightly, P14 wrongly.
    assert_eq!((pooled.correct.count, pooled.correct.of, pooled.unknown.count), (2, 3, 0));
    let text = evaluation.text();
    let line = text.lines().find(|line| line.contains("required-speech decisions")).unwrap();
    assert!(line.contains("66.7 % (2/3)") && line.contains("/ 0.0 % (0/3)"), "{line}");
}

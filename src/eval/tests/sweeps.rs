use super::*;
use crate::conduct::Evidence;

const COUNTER: &str = "hall/counter.flac";

fn sure(sureness: f32, finding: Finding) -> Finding {
    Finding { sureness, ..finding }
}

/// Held back for `why`.
fn held(why: crate::phrase::HeldBack, finding: Finding) -> Finding {
    let evidence = Evidence { held_back: Some(why), ..Evidence::default() };
    Finding { state: FindingState::Held, evidence, ..finding }
}

fn swept(findings: Vec<Finding>) -> Sweep {
    sweep(&[(example(), vec![heard(COUNTER, findings)])])
}

/// Threshold, phrases found and false alarms.
fn counts(point: &SweepPoint) -> (Option<f32>, u64, u64) {
    (point.threshold, point.recall.strict.count, point.false_alarms.events)
}

#[test]
fn a_looser_threshold_accepts_what_only_doubt_held_back() {
    use crate::phrase::HeldBack::{Before, Covered, Decoy, Unlikely};
    let decoy = || Decoy { wording: "步行".to_owned(), ratio: -2.0 };
    let unlikely = Unlikely { ratio: -9.0, ratio_min: -8.0 };
    let findings = vec![
        // P31 is said from 10 s to 12 s.
        held(unlikely, sure(0.5, alert("P31", 0, 10.0, 12.0))),
        sure(0.75, alert("P40", 0, 20.0, 21.0)),
        held(decoy(), sure(0.25, alert("P53", 0, 30.0, 31.0))),
        // Innocent by its words, and explained by other words: at no threshold.
        held(Before("您".to_owned()), sure(0.9, alert("P40", 0, 40.0, 41.0))),
        held(Covered, sure(0.9, alert("P40", 0, 42.0, 43.0))),
        // In the same words as one that is surer.
        held(decoy(), sure(0.125, alert("P46", 0, 30.5, 31.5))),
    ];
    let sweep = swept(findings);
    let points: Vec<_> = sweep.points.iter().skip(1).map(counts).collect();
    assert_eq!(points, [(Some(0.75), 0, 1), (Some(0.5), 1, 1), (Some(0.25), 1, 2), (Some(0.125), 1, 2)]);
    assert_eq!(counts(&sweep.operating), (None, 0, 1));
}

#[test]
fn nothing_is_accepted_above_certainty() {
    let found: Vec<u64> = swept(vec![sure(1.0, alert("P31", 0, 10.0, 12.0))])
        .points
        .iter()
        .map(|point| counts(point).1)
        .collect();
    assert_eq!(found, [0, 1]);
}

#[test]
fn several_corpora_are_pooled() {
    let quiet = Truth::load(&data("transcripts.tsv")).unwrap();
    let heard_there = vec![heard("read/one.wav", vec![alert("P40", 0, 0.0, 1.0)])];
    let first = vec![heard(COUNTER, vec![alert("P31", 0, 10.0, 12.0)])];
    let sweep = sweep(&[(example(), first), (quiet, heard_there)]);
    assert_eq!(sweep.corpus, "example + eval");
    assert_eq!(
        sweep.line(),
        "example + eval: recall 100.0 % (1/1) [20.7-100.0] (any provision 100.0 % (1/1) [20.7-100.0]), \
         false alarms an hour 0.50 (1 in 2.000 h) [0.01-2.79]"
    );
}

#[test]
fn the_table_has_a_line_a_point_and_the_operating_point_last() {
    let csv = swept(vec![sure(0.5, alert("P31", 0, 10.0, 12.0))]).csv();
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines.len(), 4);
    let columns = lines[0].split(',').count();
    assert!(lines.iter().all(|line| line.split(',').count() == columns), "{csv}");
    assert!(lines[2].starts_with("0.5000,1,1,1,1.0000,0.2065,1.0000,0,1.0000,0.0000,"), "{csv}");
    assert!(lines[3].starts_with(",1,1,1,1.0000,"), "{csv}");
}

#[test]
fn the_drawing_stands_on_its_own_and_marks_the_operating_point() {
    let findings = vec![alert("P31", 0, 10.0, 12.0), alert("P40", 0, 20.0, 21.0)];
    let svg = swept(findings).svg().unwrap();
    assert_eq!(svg.matches("<circle").count(), 1);
    for expected in
        ["prefers-color-scheme: dark", "recall, provision right", "false alarms an hour", "<polyline"]
    {
        assert!(svg.contains(expected), "no `{expected}` in\n{svg}");
    }
    assert!(!svg.contains("NaN") && !svg.contains("href"), "{svg}");
    assert_eq!(sweep(&[(example(), vec![])]).svg(), None);
}

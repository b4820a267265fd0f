//! Scores of made-up sessions.

use std::time::Duration;

use super::super::score::{percentiles, score};
use super::super::session::Session;
use super::*;
use crate::alert::{Alert, AlertId, AlertState, BudgetKind, Budgets, LatencyAccount, SessionClock};
use crate::conduct::{Finding, FindingKind, FindingState, Severity};
use crate::units::WindowId;

/// An alert on a phrase heard at these seconds of the session, published at this run time.
fn alert(provision: &str, heard: (f64, f64), published_s: f64, total_s: f64, state: AlertState) -> Alert {
    Alert {
        id: AlertId(0),
        revision: 1,
        state,
        finding: Finding {
            window: WindowId::new("1"),
            kind: FindingKind::Forbidden,
            provision: provision.to_owned(),
            rule: format!("{provision}-rule"),
            severity: Severity::Major,
            phrase: String::new(),
            heard: String::new(),
            channel: ChannelIndex(0),
            span: span(heard.0, heard.1),
            due: SessionTime::from_seconds(heard.1),
            sureness: 1.0,
            state: FindingState::Confirmed,
            cites: Vec::new(),
            reason: String::new(),
            reason_zh: String::new(),
            evidence: Default::default(),
            needs_review: false,
        },
        note: String::new(),
        account: LatencyAccount { decode_s: total_s, total_s, ..LatencyAccount::default() },
        first_published: Duration::from_secs_f64(published_s),
        budget: BudgetKind::Forbidden,
        allowed: Duration::from_millis(1_500),
        late: total_s > 1.5,
    }
}

/// A session of 60 s in which each window's clock begins at this run time.
fn session(clocks_s: &[f64], alerts: Vec<(usize, Alert)>) -> Session {
    let clock = |start_s: &f64| {
        Some(SessionClock { session: SessionTime(0), run: Duration::from_secs_f64(*start_s) })
    };
    Session {
        clocks: clocks_s.iter().map(clock).collect(),
        alerts: (1..)
            .zip(alerts)
            .map(|(id, (window, a))| (id, (window, Alert { id: AlertId(id), ..a })))
            .collect(),
        stopped: Duration::from_secs(60),
        ..Session::default()
    }
}

fn near(measured: f64, expected: f64) -> bool {
    (measured - expected).abs() < 1e-6
}

#[test]
fn latency_counts_from_the_true_end_on_the_window_s_own_clock() {
    use AlertState::{Confirmed, Provisional};
    let said = [
        vec![said("P30", 10.0, 12.0, 12.0), said("P40", 20.0, 21.0, 25.0)],
        vec![said("P30", 10.0, 12.0, 12.0)],
    ];
    // The recogniser hears the first phrase end 0.3 s late, and the last under another provision.
    let session = session(
        &[0.5, 2.0],
        vec![
            (0, alert("P30", (10.0, 12.3), 13.5, 0.7, Confirmed)),
            (0, alert("P40", (20.0, 21.0), 22.0, 0.5, Provisional)),
            (1, alert("P31", (10.0, 12.0), 15.8, 1.8, Confirmed)),
        ],
    );
    let score = score(&said, &session, &Budgets::default());
    assert_eq!((score.recall.count, score.recall_any.count, score.recall.of), (2, 3, 3));
    assert!(near(score.latency.p50_s, 1.0) && near(score.latency.max_s, 1.8), "{:?}", score.latency);
    assert!(near(score.account.p50_s, 0.7) && near(score.account.max_s, 1.8), "{:?}", score.account);
    assert!(near(score.heard_end.max_s, 0.3), "{:?}", score.heard_end);
    assert!(near(score.stages[3].took.max_s, 1.8) && score.stages[3].name == "decode");
    // Published at 22 s, while its utterance went on until 25.5 s.
    assert_eq!((score.early, score.late, score.late_by_account), (1, 1, 1));
    assert_eq!((score.false_alarms.events, score.duplicates, score.not_counted), (0, 0, 0));
    assert!(near(score.false_alarms.hours, 2.0 * 60.0 / 3_600.0));
}

#[test]
fn misses_false_alarms_and_what_was_taken_back_are_told_apart() {
    use AlertState::{Confirmed, Retracted};
    let said = [vec![said("P30", 10.0, 12.0, 12.0), said("P40", 20.0, 21.0, 21.0)]];
    let session = session(
        &[0.0],
        vec![
            (0, alert("P30", (10.0, 11.0), 12.5, 0.5, Confirmed)),
            (0, alert("P30", (11.0, 12.0), 12.5, 0.5, Confirmed)),
            (0, alert("P40", (20.0, 21.0), 21.5, 0.5, Retracted)),
            (0, alert("P50", (30.0, 31.0), 31.5, 0.5, Confirmed)),
        ],
    );
    let score = score(&said, &session, &Budgets::default());
    assert_eq!((score.recall.count, score.recall.of, score.latency.count), (1, 2, 1));
    assert_eq!((score.false_alarms.events, score.duplicates, score.retracted), (1, 1, 1));
}

#[test]
fn what_the_start_cuts_or_the_end_cannot_wait_for_is_not_counted() {
    use AlertState::Confirmed;
    let cut = Said { whole: false, ..said("P30", 0.0, 1.0, 1.0) };
    // The clock begins at 1 s, so that 56 s of the session is 3 s before the end of the run.
    let said = [vec![cut, said("P40", 55.0, 56.0, 56.0), said("P50", 56.0, 57.0, 57.0)]];
    let all = |last| {
        let alerts = vec![
            (0, alert("P30", (0.2, 1.0), 2.5, 0.5, Confirmed)),
            (0, alert("P40", (55.0, 56.0), 57.5, 0.5, Confirmed)),
            (0, last),
        ];
        score(&said, &session(&[1.0], alerts), &Budgets::default())
    };
    let score = all(alert("P50", (56.0, 57.0), 58.5, 0.5, Confirmed));
    assert_eq!((score.recall.count, score.recall.of, score.not_counted), (1, 1, 2));
    assert_eq!((score.latency.count, score.false_alarms.events), (1, 0));
    assert!(near(score.latency.max_s, 0.5));
    let score = all(alert("P60", (58.0, 59.0), 60.5, 0.5, Confirmed));
    assert_eq!(score.false_alarms.events, 0, "too late to tell");
}

#[test]
fn missing_speech_is_held_to_its_own_budget() {
    let missing = |budget, total_s: f64| {
        let mut alert = alert("P01", (1.0, 1.0), 20.0, total_s, AlertState::Confirmed);
        alert.finding.kind = FindingKind::Missing;
        Alert { budget, late: total_s > 1.0, ..alert }
    };
    let alerts = vec![
        (0, missing(BudgetKind::Greeting, 0.2)),
        (0, missing(BudgetKind::Greeting, 1.2)),
        (0, missing(BudgetKind::Farewell, 0.4)),
    ];
    let score = score(&[vec![]], &session(&[0.0], alerts), &Budgets::default());
    let rows: Vec<_> = score.missing.iter().map(|m| (m.budget, m.latency.count, m.late)).collect();
    assert_eq!(rows, [("greeting", 2, 1), ("farewell", 1, 0)]);
    assert!(near(score.missing[0].latency.max_s, 1.2));
    assert_eq!((score.latency.count, score.false_alarms.events), (0, 0), "it is no false alarm of a phrase");
}

#[test]
fn percentiles_are_values_that_were_measured() {
    let hundred: Vec<f64> = (1..=100).rev().map(f64::from).collect();
    for (values, expected) in [
        (&hundred[..], [50.0, 95.0, 99.0, 100.0]),
        (&[3.0, -1.0, 2.0][..], [2.0, 3.0, 3.0, 3.0]),
        (&[4.0][..], [4.0; 4]),
        (&[][..], [0.0; 4]),
    ] {
        let p = percentiles(values);
        assert_eq!([p.p50_s, p.p95_s, p.p99_s, p.max_s], expected, "{values:?}");
        assert_eq!(p.count, values.len() as u64);
    }
}

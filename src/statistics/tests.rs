use std::collections::BTreeSet;
use std::time::Duration;

use super::checker::{Checked, check};
use super::*;
use crate::alert::{AlertDesk, AlertIds, BudgetTable, Moments, SessionClock};
use crate::conduct::{Finding, FindingState, Severity};
use crate::status::{
    DiskStatus, EvidenceStatus, HallStatus, JournalState, JournalStatus, MicrophoneStatus, Overload,
    ShedCounts, VerifiedStatus, WindowState, WindowStatus,
};
use crate::units::{ChannelIndex, Role, SessionTime, Span};

/// A forbidden phrase that ended at 1 s of the run.
fn finding(window: &str) -> Finding {
    Finding {
        window: WindowId::new(window),
        kind: FindingKind::Forbidden,
        provision: "P33".to_owned(),
        rule: "P33-not-known".to_owned(),
        severity: Severity::Major,
        phrase: "不知道".to_owned(),
        heard: "不知道".to_owned(),
        channel: ChannelIndex(0),
        span: Span::new(SessionTime(0), SessionTime(16_000)),
        due: SessionTime(16_000),
        sureness: 0.9,
        state: FindingState::Confirmed,
        cites: Vec::new(),
        reason: String::new(),
        reason_zh: String::new(),
        evidence: Default::default(),
        needs_review: false,
    }
}

/// Alerts of one window, of which the words ended so many milliseconds before: cut 200 ms after them, and then
/// decoded until publication.
fn published(statistics: &mut Statistics, window: &str, delays_ms: &[u64]) {
    let mut desk = AlertDesk::new(AlertIds::default(), BudgetTable::default().into());
    let mut out = Vec::new();
    for (utterance, delay_ms) in (1..).zip(delays_ms) {
        let ended = Duration::from_secs(1);
        let (cut, published) = (ended + Duration::from_millis(200), ended + Duration::from_millis(*delay_ms));
        let clock = SessionClock::default();
        let moments = Moments {
            clock,
            cut,
            taken: cut,
            decoded: published,
            verified: published,
            published,
            ..Moments::default()
        };
        desk.settle(utterance, &[finding(window)], &moments, &mut out);
    }
    out.iter().for_each(|alert| statistics.alert(alert));
}

fn two_windows() -> Statistics {
    let windows = ["1", "a \"b\"\\\n"].map(WindowId::new);
    Statistics::new(&windows, Budgets::default())
}

#[test]
fn percentiles_are_those_of_what_was_published() {
    let mut statistics = two_windows();
    let delays: Vec<u64> = (1..=100).map(|i| 200 + i * 20).collect();
    published(&mut statistics, "1", &delays);
    let window = WindowId::new("1");
    let latency = statistics.latency(&window, BudgetKind::Forbidden);
    let near = |found: f64, expected: f64| (found - expected).abs() <= 0.01 * expected;
    assert_eq!(latency.count, 100);
    assert!(near(latency.p50_s, 1.2) && near(latency.p95_s, 2.1) && near(latency.p99_s, 2.18), "{latency:?}");
    assert_eq!(latency.max_s, 2.2);
    let [_, endpoint, _, decode, ..] = statistics.stages(&window);
    assert!(near(endpoint.p99_s, 0.2) && near(decode.p50_s, 1.0), "{endpoint:?} {decode:?}");
    assert_eq!((statistics.alerts(&window), statistics.late(&window)), (100, 35));
    assert_eq!(statistics.latency(&window, BudgetKind::Greeting), Percentiles::default());
}

#[test]
fn budgets_are_measured_over_all_windows() {
    let mut statistics = two_windows();
    published(&mut statistics, "1", &[300, 300, 300]);
    published(&mut statistics, "a \"b\"\\\n", &[4_000]);
    let budgets = statistics.budgets();
    let names: Vec<(&str, f64)> = budgets.iter().map(|b| (b.name.as_str(), b.budget_s)).collect();
    assert_eq!(names, [("forbidden", 1.5), ("greeting", 1.0), ("farewell", 1.0)]);
    assert_eq!((budgets[0].measured.count, budgets[0].measured.max_s, budgets[0].late), (4, 4.0, 1));
    assert!((budgets[0].measured.p50_s - 0.3).abs() < 0.003, "{:?}", budgets[0]);
}

#[test]
fn later_revisions_are_counted_but_not_timed_again() {
    let mut statistics = two_windows();
    let mut desk = AlertDesk::new(AlertIds::default(), BudgetTable::default().into());
    let mut out = Vec::new();
    let clock = SessionClock::default();
    let at = |s| Moments::without_hearing(clock, Duration::ZERO, Duration::from_secs(s));
    desk.settle(1, &[finding("1")], &at(2), &mut out);
    let withdrawn = Finding { state: FindingState::Retracted, ..finding("1") };
    desk.settle(2, &[withdrawn], &at(100), &mut out);
    out.iter().for_each(|alert| statistics.alert(alert));
    let latency = statistics.latency(&WindowId::new("1"), BudgetKind::Forbidden);
    assert_eq!((out.len(), latency.count, latency.max_s), (2, 1, 1.0));
    let samples = scraped(&statistics, &HallStatus::default());
    for (state, count) in [("confirmed", 1.0), ("retracted", 1.0), ("provisional", 0.0)] {
        let labels = [("kind", "forbidden"), ("state", state), ("window", "1")];
        assert_eq!(samples.value("sansheng_alert_revisions_total", &labels), count, "{state}");
    }
}

#[test]
fn what_takes_longer_than_two_minutes_stays_in_bounds_and_in_the_sum() {
    let mut distribution = Distribution::default();
    let before = distribution.bytes();
    for seconds in [1_000.0, f64::NAN, -1.0, 0.0] {
        distribution.record(seconds);
    }
    let Percentiles { count, p99_s, max_s, .. } = distribution.percentiles();
    assert_eq!((count, max_s, distribution.sum_s()), (4, 1_000.0, 1_000.0));
    assert!((119.0..=121.0).contains(&p99_s), "{p99_s}");
    assert_eq!(distribution.bytes(), before, "no memory was added");
}

#[test]
fn sixty_windows_cost_a_few_megabytes_however_long_the_run() {
    let windows: Vec<WindowId> = (0..60).map(|i| WindowId::new(&i.to_string())).collect();
    let statistics = Statistics::new(&windows, Budgets::default());
    assert!((1_000_000..4_000_000).contains(&statistics.bytes()), "{} bytes", statistics.bytes());
}

/// A hall with one window in full detail.
fn hall() -> HallStatus {
    let microphone = |role, level_dbfs, speaking| MicrophoneStatus {
        role,
        level_dbfs,
        speaking,
        state: WindowState::Live,
        reason: None,
        reason_zh: None,
    };
    let window = WindowStatus {
        id: "a \"b\"\\\n".to_owned(),
        state: WindowState::Live,
        microphones: vec![microphone(Role::Clerk, -31.5, true), microphone(Role::Visitor, -60.0, false)],
        encounter_s: Some(12.0),
        lag_s: 0.25,
        shed: ShedCounts { partials: 7, shortened: 2, unmonitored: 1 },
        audio_s: 3_600.5,
        unheard_s: 1.5,
        drift_ppm: Some(-20.0),
        ..WindowStatus::default()
    };
    let down = WindowStatus { id: "1".to_owned(), state: WindowState::Down, ..WindowStatus::default() };
    HallStatus {
        hall: "政务大厅".to_owned(),
        version: "0.1.0".to_owned(),
        running_s: 7_200.0,
        load: f64::NAN,
        workers: 2,
        waiting: 3,
        resident_bytes: 1 << 30,
        overload: Overload::Context,
        windows: vec![window, down],
        journal: Some(JournalStatus {
            state: JournalState::Tight,
            shed: 12,
            verified: Some(VerifiedStatus { at_unix_s: 1.5, sound: false }),
            disk: Some(DiskStatus { free_bytes: 7, total_bytes: 9 }),
            ..JournalStatus::default()
        }),
        evidence: Some(EvidenceStatus { held: 3, deleted_room: 5, ..EvidenceStatus::default() }),
        ..HallStatus::default()
    }
}

#[test]
fn a_scrape_reads_back_as_what_was_counted() {
    let mut statistics = two_windows();
    published(&mut statistics, "1", &[300, 1_200, 1_500, 4_000]);
    statistics.decoded(&WindowId::new("1"), Decode::Partial, 0.5, 0.125);
    statistics.decoded(&WindowId::new("1"), Decode::Partial, 0.25, 0.0);
    let samples = scraped(&statistics, &hall());
    let odd = ("window", "a \"b\"\\\n");
    type Expected<'a> = (&'a str, &'a [(&'a str, &'a str)], f64);
    let expected: [Expected<'_>; 34] = [
        ("sansheng_journal_verified_timestamp_seconds", &[], 1.5),
        ("sansheng_journal_verified_sound", &[], 0.0),
        ("sansheng_disk_free_bytes", &[], 7.0),
        ("sansheng_disk_bytes", &[], 9.0),
        ("sansheng_clips_sound", &[], 1.0),
        ("sansheng_clips_held", &[], 3.0),
        ("sansheng_clips_deleted_room_total", &[], 5.0),
        ("sansheng_journal_writable", &[], 1.0),
        ("sansheng_journal_complete", &[], 0.0),
        ("sansheng_journal_shed_total", &[], 12.0),
        ("sansheng_alert_delay_seconds_count", &[("budget", "forbidden"), ("window", "1")], 4.0),
        ("sansheng_alert_delay_seconds_sum", &[("budget", "forbidden"), ("window", "1")], 7.0),
        (
            "sansheng_alert_delay_seconds_bucket",
            &[("budget", "forbidden"), ("le", "1.5"), ("window", "1")],
            3.0,
        ),
        ("sansheng_alert_latency_seconds_sum", &[("stage", "endpoint"), ("window", "1")], 0.8),
        ("sansheng_alert_latency_seconds_count", &[("stage", "decode"), odd], 0.0),
        (
            "sansheng_alert_delay_quantile_seconds",
            &[("budget", "forbidden"), ("quantile", "0.99"), ("window", "1")],
            4.0,
        ),
        ("sansheng_alerts_total", &[("kind", "forbidden"), ("window", "1")], 4.0),
        ("sansheng_alerts_late_total", &[("budget", "forbidden"), ("window", "1")], 1.0),
        ("sansheng_alerts_clamped_total", &[("window", "1")], 0.0),
        ("sansheng_decodes_total", &[("decode", "partial"), ("window", "1")], 2.0),
        ("sansheng_decode_seconds_total", &[("decode", "partial"), ("window", "1")], 0.75),
        ("sansheng_verify_seconds_total", &[("decode", "partial"), ("window", "1")], 0.125),
        ("sansheng_window_up", &[odd], 1.0),
        ("sansheng_window_up", &[("window", "1")], 0.0),
        ("sansheng_window_state", &[("state", "down"), ("window", "1")], 1.0),
        ("sansheng_window_lag_seconds", &[odd], 0.25),
        ("sansheng_unheard_seconds_total", &[odd], 1.5),
        ("sansheng_audio_seconds_total", &[odd], 3_600.5),
        ("sansheng_shed_total", &[odd, ("work", "partial")], 7.0),
        ("sansheng_clock_drift_ratio", &[odd], -20e-6),
        ("sansheng_microphone_level_dbfs", &[("microphone", "0"), ("role", "clerk"), odd], -31.5),
        ("sansheng_load_ratio", &[], 0.0),
        ("sansheng_overload_level", &[], 2.0),
        ("sansheng_build_info", &[("hall", "政务大厅"), ("version", "0.1.0")], 1.0),
    ];
    for (name, labels, value) in expected {
        let found = samples.value(name, labels);
        assert!((found - value).abs() <= 1e-9 * value.abs(), "{name}{labels:?} is {found}, not {value}");
    }
}

#[test]
fn the_list_of_metrics_in_the_documentation_is_complete() {
    let mut statistics = two_windows();
    published(&mut statistics, "1", &[300]);
    let families = scraped(&statistics, &hall()).types;
    let samples = families.iter().map(|(name, kind)| match kind.as_str() {
        "counter" => (format!("{name}_total"), kind.clone()),
        "info" => (format!("{name}_info"), kind.clone()),
        _ => (name.clone(), kind.clone()),
    });
    // Rows of the tables: | `name` | type | ...
    let rows =
        include_str!("../../docs/metrics.md").lines().filter_map(|line| line.strip_prefix("| `sansheng_"));
    let cells = rows.map(|row| row.split(" | ").map(str::trim).collect::<Vec<_>>());
    let listed =
        cells.map(|cells| (format!("sansheng_{}", cells[0].trim_end_matches('`')), cells[1].to_owned()));
    assert_eq!(listed.collect::<BTreeSet<_>>(), samples.collect::<BTreeSet<_>>());
}

fn scraped(statistics: &Statistics, hall: &HallStatus) -> Checked {
    check(&statistics.scrape(hall).text().unwrap())
}

#[test]
fn the_older_text_format_names_counters_as_their_samples_and_knows_no_infos() {
    let text = two_windows().scrape(&HallStatus::default()).text().expect("text");
    assert!(text.contains("# TYPE sansheng_alerts counter\n"), "OpenMetrics names the family");
    let plain = plain(&text);
    for line in [
        "# TYPE sansheng_alerts_total counter",
        "# HELP sansheng_alerts_total Alerts, whatever became of them.",
        "# TYPE sansheng_build_info gauge",
        "# TYPE sansheng_alert_latency_seconds histogram",
    ] {
        assert!(plain.lines().any(|found| found == line), "{line} is not in\n{plain}");
    }
    assert!(!plain.contains("# EOF") && !plain.contains(" info\n"), "{plain}");
    let samples = |text: &str| text.lines().filter(|line| !line.starts_with('#')).count();
    assert_eq!(samples(&plain), samples(&text));
}

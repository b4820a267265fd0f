//! Scores and reports: what they add up to, and who may see what of them.

use sansheng::access::Role;
use sansheng::conduct::FindingState;
use sansheng::ledger::Reader;
use sansheng::ledger::journal::Period;
use serde_json::Value;

use crate::shift::MIDNIGHT_US;
use crate::support::{DAY, Hall, NOON_US};

fn whole(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("a number: {value}"))
}

#[test]
fn every_number_of_the_scores_can_be_followed_to_the_findings_of_the_journal() {
    let hall = Hall::new();
    let answer = hall.sign_in(Role::Supervisor).get(&format!("/api/v1/scores?from={DAY}&to={DAY}"));
    assert_eq!(answer.status, 200, "{}", answer.text());
    let scores = answer.json();
    let reader = Reader::open(&hall.data()).expect("a journal");
    let period = Period { from_us: MIDNIGHT_US, until_us: NOON_US };
    let rows = reader.rows().findings(period).expect("findings");
    let accuse = |window: Option<&str>| {
        let accusing =
            rows.iter().filter(|row| row.state == FindingState::Confirmed && row.kind.name() != "credit");
        accusing.filter(|row| window.is_none_or(|window| row.window.as_str() == window)).count() as u64
    };
    assert!(accuse(None) > 10, "the morning has findings");
    assert_eq!(whole(&scores["totals"]["findings"]), accuse(None));
    for window in scores["windows"].as_array().expect("windows") {
        assert_eq!(whole(&window["findings"]), accuse(window["id"].as_str()), "{window}");
    }
    let sum = |list: &str| {
        scores[list].as_array().expect(list).iter().map(|one| whole(&one["findings"])).sum::<u64>()
    };
    for list in ["days", "heat", "provisions", "shifts"] {
        assert_eq!(sum(list), accuse(None), "{list}");
    }
    for shift in scores["shifts"].as_array().expect("shifts").iter().filter(|shift| !shift["clerk"].is_null())
    {
        assert!(shift["score"].as_f64().is_some_and(|score| (0.0..=100.0).contains(&score)), "{shift}");
        for line in shift["lines"].as_array().expect("lines") {
            let id = line["finding"].as_u64().expect("a finding");
            assert!(rows.iter().any(|row| row.id == id), "{line}");
        }
    }
    let heard: f64 =
        scores["heat"].as_array().expect("heat").iter().filter_map(|one| one["heard_h"].as_f64()).sum();
    assert!((heard - 2.0 * 600.0 / 3_600.0).abs() < 0.05, "two windows of ten minutes: {heard}");
    assert_eq!(scores["windows"][0]["name"], "综合窗口");
}

#[test]
fn a_clerk_gets_their_own_scores_and_nobody_elses() {
    let hall = Hall::new();
    let clerk = hall.sign_in(Role::Clerk);
    assert_eq!(clerk.get("/api/v1/scores").problem(), (403, "not-allowed".to_owned()));
    assert_eq!(clerk.get("/api/v1/report.csv").problem(), (403, "not-allowed".to_owned()));
    assert_eq!(clerk.get("/api/v1/me/scores?clerk=0305").status, 200, "whatever is asked for, it is oneself");
    let own = clerk.get(&format!("/api/v1/me/scores?from={DAY}&to={DAY}&clerk=0305")).json();
    let clerks: Vec<&str> =
        own["clerks"].as_array().expect("clerks").iter().filter_map(|clerk| clerk["id"].as_str()).collect();
    assert_eq!(clerks, ["0231"]);
    assert_eq!(own["unassigned"]["findings"], 0);
    let without = hall.sign_in(Role::Supervisor).get("/api/v1/me/scores");
    assert_eq!(without.problem(), (422, "unfit".to_owned()), "they have no staff number");
    assert_eq!(hall.stranger().get("/api/v1/scores").problem(), (401, "not-signed-in".to_owned()));
}

#[test]
fn whoever_may_see_one_window_gets_what_happened_there_alone() {
    let hall = Hall::new();
    let one = hall.sign_in_as(Role::Supervisor, None, Some(vec!["1".to_owned()]));
    let scores = one.get(&format!("/api/v1/scores?from={DAY}&to={DAY}")).json();
    for list in ["windows", "heat"] {
        for entry in scores[list].as_array().expect(list) {
            assert_eq!(
                entry.get("id").or_else(|| entry.get("window")).and_then(Value::as_str),
                Some("1"),
                "{entry}"
            );
        }
    }
    assert_eq!(one.get("/api/v1/scores?window=0").problem(), (403, "out-of-scope".to_owned()));
    let all =
        hall.sign_in(Role::Supervisor).get(&format!("/api/v1/scores?from={DAY}&to={DAY}&window=1")).json();
    assert_eq!(scores["totals"], all["totals"]);
}

#[test]
fn days_that_cannot_be_used_are_refused_with_the_reason() {
    let hall = Hall::new();
    let admin = hall.sign_in(Role::Admin);
    for (query, reason) in [
        ("from=2026-11-23&to=2026-11-23", "not begun"),
        ("from=yesterday", "is no day"),
        ("from=2026-11-22&to=2026-11-21", "backwards"),
        ("from=2024-01-01&to=2026-11-22", "366"),
        ("colour=red", "query"),
    ] {
        let answer = admin.get(&format!("/api/v1/scores?{query}"));
        assert_eq!(answer.problem(), (422, "unfit".to_owned()), "{query}");
        assert!(answer.text().contains(reason), "{query}: {}", answer.text());
    }
}

#[test]
fn a_report_is_a_file_of_its_kind_with_the_same_scores() {
    let hall = Hall::new();
    let admin = hall.sign_in(Role::Admin);
    for (ending, kind, begins) in [
        ("csv", "text/csv; charset=utf-8", "\u{feff}日期,".as_bytes()),
        ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK\x03\x04"),
        ("html", "text/html; charset=utf-8", b"<!doctype html>"),
    ] {
        let answer = admin.get(&format!("/api/v1/report.{ending}?from={DAY}&to={DAY}"));
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.header("content-type"), kind);
        assert!(answer.header("content-disposition").contains(&format!("sansheng-{DAY}-{DAY}.{ending}")));
        assert!(answer.bytes.starts_with(begins), "{ending}");
    }
    let english = admin.get(&format!("/api/v1/report.csv?from={DAY}&to={DAY}&lang=en")).text();
    assert!(english.starts_with("\u{feff}Day,Shift,") && english.contains("张三,0231"), "{english}");
    assert_eq!(admin.get("/api/v1/report.csv?lang=fr").problem(), (422, "unfit".to_owned()));
}

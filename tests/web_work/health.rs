//! How the service fares, and who is told.

use std::sync::Arc;

use sansheng::access::Role;
use sansheng::ledger::Reader;
use sansheng::ledger::journal::Verified;
use sansheng::status::{
    BudgetStatus, HallStatus, Overload, Percentiles, StageStatus, WindowState, WindowStatus,
};
use serde_json::{Value, json};

use crate::support::{Hall, NOON_US};

#[test]
fn health_tells_lateness_journal_disk_and_every_trouble_in_words() {
    let measured = Percentiles { count: 40, p50_s: 0.8, p95_s: 1.2, p99_s: 2.0, max_s: 2.5 };
    let window = |id: &str, state| WindowStatus {
        id: id.to_owned(),
        name: format!("{id}号"),
        state,
        reason: (state == WindowState::Down).then(|| "unplugged".to_owned()),
        ..WindowStatus::default()
    };
    let status = HallStatus {
        running_s: 12.0,
        windows: vec![window("0", WindowState::Live), window("1", WindowState::Down)],
        budgets: vec![BudgetStatus { name: "forbidden".to_owned(), budget_s: 1.5, measured, late: 9 }],
        stages: vec![StageStatus { name: "decode".to_owned(), measured }],
        ..HallStatus::default()
    };
    let hall = Hall::serving(
        move |site| {
            site.status = Arc::new(move || status.clone());
            site.trouble = Arc::new(|| Some("the journal cannot be written".to_owned()));
        },
        |_| (),
    );
    let verdict = Reader::open(&hall.data()).expect("a journal").verify().expect("a verdict");
    let answer = hall.sign_in(Role::Supervisor).get("/api/v1/health");
    assert_eq!(answer.json()["journal"]["verified_us"], Value::Null);
    Verified { faults: 2, ..Verified::of(&verdict, 17) }.keep(&hall.data()).expect("room");
    let answer = hall.sign_in(Role::Supervisor).get("/api/v1/health");
    let journal = &answer.json()["journal"];
    assert_eq!((&journal["verified_us"], &journal["verified_faults"]), (&json!(17), &json!(2)));
    assert_eq!(answer.status, 200, "{}", answer.text());
    let health = answer.json();
    let last = Reader::open(&hall.data()).expect("a journal").rows().last_seq().expect("a journal");
    assert_eq!(health["journal"]["events"].as_u64(), Some(last));
    assert_eq!(health["journal"]["head"].as_str().map(str::len), Some(64));
    assert!(health["journal"]["bytes"].as_u64().is_some_and(|bytes| bytes > 100_000));
    let (free, total) = (health["disk"]["free_bytes"].as_u64(), health["disk"]["total_bytes"].as_u64());
    assert!(free <= total && total > Some(0), "{}", health["disk"]);
    assert_eq!(health["budgets"][0]["p95"], 1.2);
    assert_eq!(health["windows"][0]["latency"], json!({ "count": 0, "p50": null, "p95": null, "p99": null }));
    assert_eq!(health["stages"][0]["name"], "decode");
    assert_eq!(health["engine"], "scripted");
    let troubles: Vec<&str> =
        health["trouble"].as_array().expect("a list").iter().filter_map(|one| one["what"].as_str()).collect();
    for what in ["service", "window", "late"] {
        assert_eq!(troubles.iter().filter(|trouble| **trouble == what).count(), 1, "{}", health["trouble"]);
    }
    assert!(health["trouble"].to_string().contains("unplugged"));

    let one = hall.sign_in_as(Role::Supervisor, None, Some(vec!["0".to_owned()]));
    let seen = one.get("/api/v1/health").json();
    assert_eq!(seen["windows"].as_array().map(Vec::len), Some(1));
    assert!(!seen["trouble"].to_string().contains("unplugged"));
    for role in [Role::Reviewer, Role::Clerk] {
        assert_eq!(hall.sign_in(role).get("/api/v1/health").problem(), (403, "not-allowed".to_owned()));
    }
}

#[test]
fn what_is_open_counts_and_what_is_given_up_is_told_on_the_wall() {
    let window =
        |id: &str, encounter_s| WindowStatus { id: id.to_owned(), encounter_s, ..WindowStatus::default() };
    let hall = |encounter_s, overload| {
        let windows = vec![window("0", encounter_s), window("1", None)];
        let status = HallStatus { windows, overload, ..HallStatus::default() };
        Hall::serving(move |site| site.status = Arc::new(move || status.clone()), |_| ())
    };
    let (before, now) = (hall(None, Overload::None), hall(Some(90.0), Overload::Context));
    let ask = |hall: &Hall, path: &str| hall.sign_in(Role::Supervisor).get(path).json();
    let (wall_before, wall) = (ask(&before, "/api/v1/wall"), ask(&now, "/api/v1/wall"));
    assert_eq!((&wall_before["shed"], &wall["shed"]), (&json!("none"), &json!("context")));
    let today =
        |wall: &Value, index: usize| wall["windows"][index]["encounters_today"].as_u64().expect("a count");
    assert!(today(&wall_before, 0) > 0, "{wall_before:#}");
    assert_eq!(today(&wall, 0), today(&wall_before, 0) + 1);
    assert_eq!(today(&wall, 1), today(&wall_before, 1));
    let open = json!([{"window": "0", "kind": "counter", "start_us": NOON_US - 90_000_000}]);
    for (query, expected) in [
        ("", open.clone()),
        ("?window=0", open),
        ("?window=1", json!([])),
        (&format!("?to_us={}", NOON_US - 1), json!([])),
        (&format!("?from_us={}", NOON_US - 60_000_000), json!([])),
    ] {
        assert_eq!(ask(&now, &format!("/api/v1/encounters{query}"))["open"], expected, "{query}");
    }
    let other = now.sign_in_as(Role::Supervisor, None, Some(vec!["1".to_owned()]));
    assert_eq!(other.get("/api/v1/encounters").json()["open"], json!([]), "it is not theirs to see");
}

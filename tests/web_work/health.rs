//! How the service fares, and who is told.

use std::sync::Arc;

use sansheng::access::Role;
use sansheng::ledger::Reader;
use sansheng::status::{BudgetStatus, HallStatus, Percentiles, StageStatus, WindowState, WindowStatus};

use crate::support::Hall;

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
    let answer = hall.sign_in(Role::Supervisor).get("/api/v1/health");
    assert_eq!(answer.status, 200, "{}", answer.text());
    let health = answer.json();
    let last = Reader::open(&hall.data()).expect("a journal").rows().last_seq().expect("a journal");
    assert_eq!(health["journal"]["events"].as_u64(), Some(last));
    assert_eq!(health["journal"]["head"].as_str().map(str::len), Some(64));
    assert!(health["journal"]["bytes"].as_u64().is_some_and(|bytes| bytes > 100_000));
    let (free, total) = (health["disk"]["free_bytes"].as_u64(), health["disk"]["total_bytes"].as_u64());
    assert!(free <= total && total > Some(0), "{}", health["disk"]);
    assert_eq!(health["budgets"][0]["p95"], 1.2);
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

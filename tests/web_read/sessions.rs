//! Encounters and timelines.

use sansheng::access::Role;
use serde_json::json;

use crate::hall::Hall;
use crate::support::NOW_US;

#[test]
fn a_visit_comes_with_who_served_and_what_was_found() {
    let hall = Hall::start();
    let known = hall.known("复核", Role::Reviewer);
    hall.rude("1", 120);
    let (first, second) = (hall.visit("1", 100, 160), hall.visit("1", 200, 230));
    let page = hall.get(&known, "/api/v1/encounters?window=1&limit=1");
    assert_eq!(page["items"][0]["id"], second);
    let next = page["next"].as_str().expect("a next page");
    let page = hall.get(&known, &format!("/api/v1/encounters?window=1&limit=1&after={next}"));
    let expected = json!({
        "id": first, "window": "1", "kind": "counter", "start_us": NOW_US + 100_000_000, "end_us": NOW_US + 160_000_000,
        "rings": 0, "answered_us": null, "ticket": "A012", "served": true, "interrupted": false, "findings": 1,
        "clerk": {"id": "0231", "name": "张三"}
    });
    assert_eq!(page["items"][0], expected);
}

#[test]
fn a_timeline_shows_who_spoke_when_and_no_word_of_the_visitor() {
    let hall = Hall::start();
    let known = hall.known("复核", Role::Reviewer);
    let id = hall.rude("1", 120);
    hall.visit("1", 100, 160);
    hall.gap("1", 130, 140);
    let at = |second: i64| NOW_US + second * 1_000_000;
    let path = format!("/api/v1/timeline?window=1&from_us={}&to_us={}", at(90), at(150));
    let line = hall.get(&known, &path);
    assert_eq!(line["listened"], json!([[at(90), at(150)]]));
    assert_eq!(line["clerk"], json!([[at(120), at(121)]]));
    assert_eq!(line["visitor"], json!([[at(102), at(104)]]));
    let silences = json!([[at(90), at(102)], [at(104), at(120)], [at(121), at(130)], [at(140), at(150)]]);
    assert_eq!(line["silences"], silences);
    let (turn, gap) = (&line["turns"][0], json!({"start_us": at(130), "end_us": at(140), "why": "lost"}));
    assert_eq!((&turn["role"], &turn["text"]), (&json!("clerk"), &json!("没时间。")));
    assert_eq!((&line["findings"][0]["id"], &line["gaps"][0]), (&json!(id), &gap));
    assert_eq!(line["encounters"].as_array().map(Vec::len), Some(1));
    for (from, to) in [(10, 10), (10, 5), (0, 86_400_000_001)] {
        let path = format!("/api/v1/timeline?window=1&from_us={from}&to_us={to}");
        assert_eq!(hall.web.ask(&known, "GET", &path, None).problem(), "unfit");
    }
}

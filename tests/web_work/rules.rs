//! The rules over HTTP: shown, tried, checked, written; what a change would have found.

use std::fs;
use std::sync::atomic::Ordering;

use sansheng::access::Role;
use sansheng::ledger::{Body, Kind, Query, Reader};
use serde_json::{Value, json};

use crate::support::{DAY, HALL_RULES, Hall, done};

#[test]
fn rules_are_shown_with_their_articles_and_tried_as_on_the_command_line() {
    let hall = Hall::new();
    let reviewer = hall.sign_in(Role::Reviewer);
    let rules = reviewer.get("/api/v1/rules").json();
    let all = rules["rules"].as_array().expect("rules");
    let rule = all.iter().find(|rule| rule["id"] == "P53-no-time").expect("P53");
    assert_eq!(rule["file"], "rules/forbidden.toml");
    assert!(
        rule["text"].as_str().is_some_and(|text| text.starts_with("[[rule]]\nid = \"P53-no-time\"\n")),
        "{rule}"
    );
    assert!(rule["cites"][0]["text"].as_str().is_some_and(|text| !text.is_empty()), "{rule}");
    assert!(all.iter().all(|rule| rule["line"].as_u64().is_some()));

    let tried = reviewer
        .post("/api/v1/rules/try", &json!({"sentence": "我没时间", "role": "clerk", "at": null}))
        .json();
    let hit =
        tried["hits"].as_array().expect("hits").iter().find(|hit| hit["rule"] == "P53-no-time").expect("P53");
    assert_eq!(hit["outcome"], "found", "{tried}");
    assert_eq!(tried["pinyin"], "wo mei shi jian");
    let visitor =
        reviewer.post("/api/v1/rules/try", &json!({"sentence": "我没时间", "role": "visitor"})).json();
    let findings = visitor["findings"].as_array().expect("findings");
    assert!(findings.iter().all(|finding| finding["outcome"] != "found"), "{visitor}");
    let first = reviewer.post("/api/v1/rules/try", &json!({"sentence": "您好", "at": "first"})).json();
    assert!(first["fulfilled"].as_array().expect("rules").contains(&json!("P01-greeting")), "{first}");
    assert_eq!(
        reviewer.post("/api/v1/rules/try", &json!({"sentence": "……"})).problem(),
        (422, "unfit".to_owned())
    );
    let clerk = hall.sign_in(Role::Clerk);
    assert_eq!(clerk.get("/api/v1/rules").problem(), (403, "not-allowed".to_owned()));
}

#[test]
fn the_halls_rules_are_written_whole_once_they_are_right_and_nobody_wrote_them_meanwhile() {
    let hall = Hall::new();
    let supervisor = hall.sign_in(Role::Supervisor);
    let read = supervisor.get("/api/v1/rules/hall").json();
    assert_eq!(read["text"], HALL_RULES);
    let file = hall.folder.path().join("rules/hall.toml");

    let bad = HALL_RULES.replace("weight = 5", "weight = 500");
    let checked = supervisor.post("/api/v1/rules/check", &json!({"text": bad})).json();
    assert_eq!(checked["usable"], false);
    let fault = &checked["faults"][0];
    let line = 1 + bad.lines().position(|line| line.starts_with("weight")).expect("a line");
    assert_eq!(
        (fault["line"].as_u64(), fault["level"].as_str()),
        (Some(line as u64), Some("error")),
        "{checked}"
    );
    assert!(fault["remedy"].as_str().is_some_and(|remedy| !remedy.is_empty()));
    let refused = supervisor.put("/api/v1/rules/hall", &json!({"text": bad, "hash": read["hash"]}));
    assert_eq!(refused.problem(), (422, "unfit".to_owned()));
    assert_eq!(fs::read_to_string(&file).expect("rules"), HALL_RULES, "nothing was written");

    let good = HALL_RULES.replace("say = \"随你便\"", "say = [\"随你便\", \"随便你\"]");
    assert_eq!(supervisor.post("/api/v1/rules/check", &json!({"text": good})).json()["usable"], true);
    let reviewer = hall.sign_in(Role::Reviewer);
    let body = json!({"text": good, "hash": read["hash"]});
    assert_eq!(reviewer.put("/api/v1/rules/hall", &body).problem(), (403, "not-allowed".to_owned()));
    let written = supervisor.put("/api/v1/rules/hall", &body);
    assert_eq!(written.status, 200, "{}", written.text());
    assert_eq!(fs::read_to_string(&file).expect("rules"), good);
    assert_eq!(hall.reloads.load(Ordering::SeqCst), 1);
    let again = supervisor.put("/api/v1/rules/hall", &body);
    assert_eq!(again.problem(), (409, "refused".to_owned()), "the file is another now");
    let left: Vec<_> = fs::read_dir(hall.folder.path().join("rules")).expect("a folder").collect();
    assert_eq!(left.len(), 1, "{left:?}");

    let reader = Reader::open(&hall.data()).expect("a journal");
    let query = Query { kinds: vec![Kind::Access], ..Query::default() };
    let whats = reader.events(&query).filter_map(|event| match event.expect("an event").read() {
        Ok(Some(Body::Access(body))) => Some(body.what),
        _ => None,
    });
    assert_eq!(whats.filter(|what| what == "rules").count(), 1, "who wrote the rules is in the journal");
}

#[test]
fn what_other_rules_would_have_found_is_a_job_whose_result_only_its_owner_sees() {
    let hall = Hall::new();
    let supervisor = hall.sign_in(Role::Supervisor);
    let text = HALL_RULES.replace("say = \"随你便\"", "say = \"请问您要办理什么业务\"");
    let begun = supervisor.post("/api/v1/rules/what-if", &json!({"text": text, "from": DAY, "to": DAY}));
    assert_eq!(begun.status, 202, "{}", begun.text());
    let job = done(&supervisor, &begun.json());
    assert_eq!(job["state"], "done", "{job}");
    assert_eq!(job["progress"], 1.0);
    let result = &job["result"];
    let appear = result["appear"].as_array().expect("findings");
    assert!(!appear.is_empty() && appear.iter().all(|one| one["rule"] == "P90-as-you-like"), "{result}");
    assert_eq!(result["counts"]["appear"].as_u64(), Some(appear.len() as u64));
    assert_eq!(result["vanish"], json!([]));
    assert!(result["same"].as_u64().is_some_and(|same| same > 10), "{}", result["same"]);

    let path = format!("/api/v1/jobs/{}", job["id"]);
    let other = hall.sign_in(Role::Supervisor);
    assert_eq!(other.get(&path).status, 404);
    assert_eq!(other.get("/api/v1/jobs").json()["items"], json!([]));
    assert_eq!(supervisor.get("/api/v1/jobs").json()["items"][0]["result"], Value::Null, "lists are short");
    assert_eq!(hall.sign_in(Role::Admin).get(&path).status, 200);
    assert_eq!(supervisor.delete(&path).status, 204);
    assert_eq!(supervisor.get(&path).json()["state"], "cancelled");
    let long =
        supervisor.post("/api/v1/rules/what-if", &json!({"text": text, "from": "2026-01-01", "to": DAY}));
    assert_eq!(long.problem(), (422, "unfit".to_owned()));
    let one = hall.sign_in_as(Role::Supervisor, None, Some(vec!["1".to_owned()]));
    let begun = one.post("/api/v1/rules/what-if", &json!({"text": text, "from": DAY, "to": DAY}));
    let job = done(&one, &begun.json());
    assert!(
        job["result"]["appear"].as_array().expect("findings").iter().all(|one| one["window"] == "1"),
        "{job}"
    );
}

#[test]
fn near_misses_come_in_pages_of_what_one_may_see() {
    let hall = Hall::new();
    let reviewer = hall.sign_in(Role::Reviewer);
    let path = format!("/api/v1/rules/near-misses?from={DAY}&to={DAY}");
    let all = reviewer.get(&format!("{path}&limit=200")).json();
    let all = all["items"].as_array().expect("near misses");
    let reader = Reader::open(&hall.data()).expect("a journal");
    let held = reader.events(&Query { kinds: vec![Kind::Finding], ..Query::default() }).filter(|event| {
        let body = event.as_ref().expect("an event").read().expect("a body");
        matches!(body, Some(Body::Finding(finding)) if finding.state.name() == "held")
    });
    assert_eq!(all.len(), held.count());
    assert!(all.len() > 1, "the morning has near misses");
    let first = reviewer.get(&format!("{path}&limit=1")).json();
    let next =
        reviewer.get(&format!("{path}&limit=1&after={}", first["next"].as_str().expect("more"))).json();
    assert_eq!((&first["items"][0], &next["items"][0]), (&all[0], &all[1]));
    assert!(all.iter().all(|one| one["reason"].as_str().is_some_and(|reason| !reason.is_empty())));
    let one = hall.sign_in_as(Role::Reviewer, None, Some(vec!["1".to_owned()]));
    let seen = one.get(&format!("{path}&limit=200")).json();
    assert!(seen["items"].as_array().expect("near misses").iter().all(|one| one["window"] == "1"));
}

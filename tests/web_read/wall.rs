//! The wall: the hall as it is now.

use sansheng::access::Role;
use serde_json::json;

use crate::hall::Hall;

#[test]
fn the_wall_has_the_windows_their_words_and_what_today_comes_to() {
    let hall = Hall::start();
    hall.web.wait_s(600);
    hall.visit("1", 100, 160);
    let id = hall.rude("1", 120);
    let known = hall.known("主管", Role::Supervisor);
    let wall = hall.get(&known, "/api/v1/wall");
    let window = &wall["windows"][0];
    assert_eq!((&window["id"], &window["words"]), (&json!("1"), &json!("已经说了的话")));
    assert_eq!(window["clerk"], json!({"id": "0231", "name": "张三"}));
    assert_eq!((&window["alerts"], &window["encounters_today"]), (&json!(1), &json!(1)));
    assert!(window["score"].is_null(), "of one visit there is no score");
    assert!(window["coverage"].as_f64().is_some_and(|share| (0.2..0.4).contains(&share)), "{window:#}");
    let alert = &wall["alerts"][0];
    assert_eq!((&alert["finding"], &alert["state"]), (&json!(id), &json!("confirmed")));
    assert_eq!(alert["article"]["quote"], "不得说没时间。");
    assert_eq!((&alert["latency_s"], &alert["context"]), (&json!(0.83), &json!("…【没实践】…")));
    assert!(wall["seq"].as_u64().is_some_and(|seq| seq > id));
}

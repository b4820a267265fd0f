//! Programs see no words, wherever they look.

use serde_json::json;

use crate::hall::Hall;
use crate::stream::Stream;

#[test]
fn a_program_is_told_what_happens_and_not_what_is_said() {
    let hall = Hall::start();
    let token = hall.web.token();
    let mut stream = Stream::open(&hall, &token, None);
    let id = hall.rude("1", 10);
    let reviewer = hall.known("王五", sansheng::access::Role::Reviewer);
    let body = json!({"ruling": "upheld", "reason": "听过录音"});
    hall.web.ask(&reviewer, "POST", &format!("/api/v1/findings/{id}/review"), Some(&body));
    let told = stream.until("review");
    let kinds: Vec<&str> =
        told.iter().map(|event| event.name.as_str()).filter(|name| *name != "wall").collect();
    assert_eq!(kinds, ["finding", "alert", "review"]);
    for event in &told {
        for words in ["没时", "没实践", "听过", "的话", "张三", "王五"] {
            assert!(
                !event.data.contains(words) || event.data.contains("冷漠：没时间") && words == "没时",
                "{event:?}"
            );
        }
    }
    for path in ["/api/v1/wall", "/api/v1/findings", "/api/v1/timeline?window=1&from_us=0&to_us=1"] {
        assert_eq!(hall.web.ask(&token, "GET", path, None).problem(), "not-allowed", "{path}");
    }
}

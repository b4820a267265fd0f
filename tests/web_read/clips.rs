//! Clips: heard whole and in part, and never without a trace.

use sansheng::access::Role;
use serde_json::json;

use crate::hall::{Hall, SOUND};
use crate::support::{Known, Request};

fn ask(hall: &Hall, known: &Known, method: &str, id: u64, range: Option<&str>) -> crate::support::Answer {
    let mut request = Request::new(method, &format!("/api/v1/findings/{id}/clip"));
    known.show(&mut request);
    if let Some(range) = range {
        request.header("Range", range);
    }
    request.send(hall.web.address())
}

fn listened(hall: &Hall) -> Vec<[String; 3]> {
    hall.web.recorded().into_iter().filter(|[what, ..]| what == "listen").collect()
}

#[test]
fn a_clip_is_heard_whole_and_in_part_and_whoever_listens_is_noted_once_an_hour() {
    let hall = Hall::start();
    let known = hall.known("王五", Role::Reviewer);
    let id = hall.rude("1", 20);
    assert_eq!(ask(&hall, &known, "GET", id, None).status, 404, "there is none yet");
    let alert = hall.get(&known, &format!("/api/v1/findings/{id}"))["alert"].as_u64().expect("an alert");
    hall.clip("1", 20, alert);
    let found = hall.get(&known, &format!("/api/v1/findings/{id}"));
    assert_eq!(found["clip"]["url"], format!("/api/v1/findings/{id}/clip"));
    assert_eq!(found["clip"]["silenced"][0][0].as_i64(), Some(crate::support::NOW_US + 17_000_000));
    assert!(found["has_clip"] == true && found["no_clip"].is_null());
    assert_eq!((&found["strip"], &found["clip"]["peaks"]), (&json!([0, 40, 100]), &json!([0, 40, 100])));
    let head = ask(&hall, &known, "HEAD", id, None);
    assert_eq!((head.status, head.header("content-length")), (200, Some("19")));
    assert_eq!(ask(&hall, &known, "GET", id, Some("bytes=99-")).status, 416);
    assert!(listened(&hall).is_empty(), "nobody heard anything yet");
    let whole = ask(&hall, &known, "GET", id, None);
    assert_eq!((whole.status, whole.body.as_bytes()), (200, SOUND));
    assert_eq!(whole.header("content-type"), Some("audio/flac"));
    let part = ask(&hall, &known, "GET", id, Some("bytes=0-3"));
    assert_eq!((part.status, part.body.as_str()), (206, "fLaC"));
    assert_eq!(part.header("content-range"), Some("bytes 0-3/19"));
    assert_eq!(listened(&hall), [["listen".to_owned(), "王五".to_owned(), format!("finding {id}")]]);
    let admin = hall.known("主任", Role::Admin);
    let audit = hall.get(&admin, "/api/v1/audit");
    let mut entries = audit["items"].as_array().expect("a list").iter();
    let noted = entries.find(|entry| entry["what"] == "listen").expect("it was noted");
    assert_eq!((&noted["finding"], &noted["why_zh"]), (&json!(id), &json!(format!("发现 {id}"))), "{noted}");
    hall.web.wait_s(3_700);
    ask(&hall, &known, "GET", id, None);
    assert_eq!(listened(&hall).len(), 2, "an hour later it is noted again");
}

#[test]
fn a_clip_that_was_changed_or_deleted_is_not_played() {
    let hall = Hall::start();
    let known = hall.known("王五", Role::Reviewer);
    let id = hall.rude("1", 20);
    let alert = hall.get(&known, &format!("/api/v1/findings/{id}"))["alert"].as_u64().expect("an alert");
    hall.clip("1", 20, alert);
    let file = hall.web.folder.path().join(format!("data/clips/{alert:08}-1.flac"));
    std::fs::write(&file, b"fLaC and other sound").expect("a clip");
    let changed = ask(&hall, &known, "GET", id, None);
    assert_eq!((changed.status, changed.problem().as_str()), (409, "refused"));
    std::fs::remove_file(file).expect("a clip");
    assert_eq!(ask(&hall, &known, "GET", id, None).status, 404);
    let found = hall.get(&known, &format!("/api/v1/findings/{id}"));
    assert!(
        found["has_clip"] == false && found["clip"].is_null() && found["no_clip"] == "the clip was deleted"
    );
    assert!(listened(&hall).is_empty());
}

//! A journal of a year is looked through as fast as one of a morning. Slow to make, so it is asked for:
//! `cargo test --release --test web_read -- --ignored --nocapture million`.

use std::time::Duration;

use sansheng::access::Role;
use sansheng::clock::Stopwatch;
use sansheng::ledger::Body;
use sansheng::ledger::event::QuietBody;
use sansheng::units::SessionTime;

use crate::hall::{Hall, SECOND, finding, shown};

const EVENTS: u64 = 1_000_000;
/// Of so many events one is a finding, and the next its alert.
const ONE_IN: u64 = 40;
const ALLOWED: Duration = Duration::from_millis(50);

#[test]
#[ignore = "makes a journal of a million events: minutes"]
fn lists_and_details_of_a_million_events_come_within_50_ms() {
    let hall = Hall::start();
    let mut batch = Vec::new();
    for number in 0..EVENTS {
        let at_s = number * 30;
        batch.push(match number % ONE_IN {
            0 => ((at_s, at_s + 1), Body::Finding(Box::new(finding("1", at_s)))),
            1 => ((at_s - 30, at_s - 29), Body::Alert(Box::new(shown(number, finding("1", at_s - 30))))),
            _ => {
                let quiet = QuietBody { clerk: SessionTime(at_s * SECOND) };
                ((at_s, at_s), Body::Quiet(quiet))
            }
        });
        if batch.len() == 20_000 {
            hall.tell_all("1", &std::mem::take(&mut batch));
        }
    }
    hall.web.wait_s(EVENTS as i64 * 30);
    let known = hall.known("复核", Role::Reviewer);
    let last = hall.get(&known, "/api/v1/findings?limit=1")["items"][0]["id"].as_u64().expect("an id");
    let mut slow = Vec::new();
    for path in [
        "/api/v1/findings".to_owned(),
        "/api/v1/findings?order=severity".to_owned(),
        "/api/v1/findings?order=oldest".to_owned(),
        "/api/v1/findings?clerk=0231".to_owned(),
        "/api/v1/findings?unread=1&review=unreviewed".to_owned(),
        format!("/api/v1/findings/{last}"),
        "/api/v1/encounters".to_owned(),
    ] {
        let mut times: Vec<Duration> = (0..9)
            .map(|_| {
                let since = Stopwatch::start();
                hall.get(&known, &path);
                since.elapsed()
            })
            .collect();
        times.sort();
        println!("{path}: median {:?}, worst {:?}", times[4], times[8]);
        if times[4] > ALLOWED {
            slow.push((path, times[4]));
        }
    }
    assert!(slow.is_empty(), "{slow:?}");
}

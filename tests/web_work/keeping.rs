//! Scores of shifts that are over are stored once, whoever stores them.

use sansheng::config::Config;
use sansheng::ledger::account::{Keeping, check, keep_scores};
use sansheng::ledger::duty::Roster;
use sansheng::ledger::{Body, Kind, Query, Reader};
use sansheng::units::WindowId;

use crate::shift::MIDNIGHT_US;
use crate::support::Hall;

const MINUTE_US: i64 = 60_000_000;

#[test]
fn scores_are_stored_when_a_shift_is_settled_and_not_again_by_a_service_that_starts_again() {
    let hall = Hall::new();
    let config = Config::load(&hall.folder.path().join("sansheng.toml")).expect("a configuration");
    let roster = Roster::load(&hall.folder.path().join("shifts.toml")).expect("a calendar");
    let windows: Vec<WindowId> = config.windows.iter().map(|window| window.id.clone()).collect();
    let of = Keeping { roster: &roster, windows: &windows, parameters: &config.score };
    let keep = |now_us| keep_scores(&hall.data(), &of, now_us).expect("a journal");
    // The shift ends at nine, an hour after the journal's midnight in UTC.
    let nine_us = MIDNIGHT_US + 60 * MINUTE_US;
    assert_eq!(keep(nine_us + 9 * MINUTE_US), 0, "something of it may still be on its way");
    assert_eq!(keep(nine_us + 10 * MINUTE_US), 2, "a shift at each of two windows");
    assert_eq!(keep(nine_us + 20 * MINUTE_US), 0);
    assert_eq!(
        keep(nine_us + 5 * 24 * 60 * MINUTE_US),
        0,
        "and of the days after, which nobody heard, nothing"
    );
    let reader = Reader::open(&hall.data()).expect("a journal");
    let stored = reader.events(&Query { kinds: vec![Kind::Score], ..Query::default() });
    let clerks: Vec<String> = stored
        .filter_map(|event| match event.expect("an event").read() {
            Ok(Some(Body::Score(score))) => Some(score.clerk.id),
            _ => None,
        })
        .collect();
    assert_eq!(clerks, ["0231", "0305"]);
    assert!(check(&reader).expect("a journal").iter().all(|checked| checked.agrees));
}

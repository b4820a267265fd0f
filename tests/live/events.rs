//! What the hall reports while it is heard: the same visits as in a replay that knows it all.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::thread;
use std::time::Duration;

use sansheng::asr::ScriptedRecogniser;
use sansheng::conduct::Encounter;
use sansheng::pipeline::Settings;
use sansheng::reports::read_reports;
use sansheng::runtime::live::HallEvent;
use sansheng::runtime::{Event, replay};
use tempfile::TempDir;

use crate::hall::{BOOK, Line, audio, port, record, run, several, unhurried, window};
use crate::parity::recorded;

const LINES: &[Line] = &[
    (0, 2.0, 3.0, "您好，请坐"),
    (1, 3.5, 4.5, "我办证"),
    (0, 5.0, 6.0, "再见"),
    (0, 11.0, 12.0, "今天真热"),
];
const EVENTS: &str = r#"{"event":"ticket-called","window":"0","ticket":"A7","at_s":1.0}
{"event":"ticket-called","window":"9","at_s":1.0}
{"event":"ticket-finished","window":"0","at_s":"soon"}
{"event":"ticket-finished","window":"0","ticket":"A7","at_s":7.0}
"#;

#[test]
fn tickets_part_visits_live_as_in_a_replay() {
    let folder = TempDir::new().expect("a temporary directory");
    let (tape, events) = (folder.path().join("0.wav"), folder.path().join("events.jsonl"));
    let samples = audio(LINES, 2);
    record(&tape, &samples, 2);
    fs::write(&events, EVENTS).expect("room for a file");
    let (reports, faults) = read_reports(&events, None).expect("a file");
    assert_eq!((reports.len(), faults.len()), (3, 1), "{faults:?}");
    let settings = Settings { reports: reports.into(), ..Settings::default() };
    let script = ScriptedRecogniser::new(LINES);
    let mut replayed: Vec<Encounter> = Vec::new();
    let recordings = vec![recorded(&tape, 0, 0, Some(1))];
    replay(recordings, 1, &settings, &BOOK, several(&script, 1), &mut |event| {
        if let Event::Closed { encounter, .. } = event {
            replayed.push(encounter);
        }
    });
    let [visit] = &replayed[..] else { panic!("one visit: {replayed:?}") };
    assert_eq!((visit.span.start.seconds(), visit.span.end.seconds()), (1.0, 7.0));
    assert_eq!((visit.ticket.as_deref(), visit.served), (Some("A7"), true));

    fs::remove_file(&events).expect("it was written");
    let mut hall = unhurried(vec![window(0, (port("0"), 0), Some((port("0"), 1)))]);
    hall.events = Some(events.clone());
    let told = run(hall, several(&script, 2), |floor| {
        let mut file = OpenOptions::new().create(true).append(true).open(&events).expect("room for a file");
        file.write_all(EVENTS.as_bytes()).expect("room for a file");
        // The file is looked at ten times a second.
        thread::sleep(Duration::from_secs(1));
        floor.open("0", 2).say(&samples);
    });
    let closed = |event: &HallEvent| match event {
        HallEvent::Closed { encounter, .. } => Some(encounter.clone()),
        _ => None,
    };
    let live: Vec<Encounter> = told.look(|events| events.iter().filter_map(closed).collect());
    assert_eq!(live, replayed);
}

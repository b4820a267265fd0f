//! The stream: nothing is missed, nothing comes twice, and nobody waits for those who do not read.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

use sansheng::access::Role;
use sansheng::clock::Stopwatch;
use sansheng::ledger::Body;
use sansheng::ledger::event::{GapBody, QuietBody};
use sansheng::units::SessionTime;
use serde_json::{Value, json};

use crate::hall::Hall;
use crate::support::{Known, PATIENCE};

/// Far more than an event takes to whoever reads, and far less than a client may take to read it.
const PROMPT: Duration = Duration::from_secs(2);

#[derive(Clone, Debug)]
pub struct Event {
    pub name: String,
    pub id: Option<u64>,
    pub data: String,
}

/// A client of the stream.
pub struct Stream {
    lines: BufReader<TcpStream>,
}

impl Stream {
    pub fn open(hall: &Hall, known: &Known, after: Option<u64>) -> Self {
        let mut stream = Self::ask(hall, known, after);
        let mut line = String::new();
        while line != "\r\n" {
            line.clear();
            assert!(stream.lines.read_line(&mut line).expect("an answer") > 0, "it was closed");
        }
        // The first thing that comes says that it has joined.
        line.clear();
        stream.lines.read_line(&mut line).expect("an answer");
        assert!(line.starts_with("retry:"), "{line}");
        stream
    }

    /// Without reading anything.
    fn ask(hall: &Hall, known: &Known, after: Option<u64>) -> Self {
        let mut stream = TcpStream::connect(hall.web.address()).expect("a connection");
        stream.set_read_timeout(Some(PATIENCE)).expect("a limit");
        let shown = match known {
            Known::Session { cookie, .. } => format!("Cookie: sansheng_session={cookie}\r\n"),
            Known::Bearer(token) => format!("Authorization: Bearer {token}\r\n"),
            Known::Not => String::new(),
        };
        let last = after.map_or_else(String::new, |after| format!("Last-Event-ID: {after}\r\n"));
        // HTTP/1.0, so that events are not cut into chunks.
        let request = format!("GET /api/v1/stream HTTP/1.0\r\nHost: localhost\r\n{shown}{last}\r\n");
        stream.write_all(request.as_bytes()).expect("a request");
        Self { lines: BufReader::new(stream) }
    }

    /// The next event; `None` once it was closed.
    pub fn next(&mut self) -> Option<Event> {
        let (mut event, mut line) =
            (Event { name: String::new(), id: None, data: String::new() }, String::new());
        loop {
            line.clear();
            if self.lines.read_line(&mut line).ok()? == 0 {
                return None;
            }
            match line.trim_end_matches('\n').split_once(": ") {
                Some(("event", name)) => event.name = name.to_owned(),
                Some(("id", id)) => event.id = id.parse().ok(),
                Some(("data", data)) => event.data = data.to_owned(),
                _ if line == "\n" && !event.name.is_empty() => return Some(event),
                _ => {}
            }
        }
    }

    /// The next that stands in the journal.
    fn told(&mut self) -> Event {
        loop {
            let event = self.next().expect("an event");
            if event.id.is_some() {
                return event;
            }
        }
    }

    /// Everything up to the first event of a name.
    pub fn until(&mut self, name: &str) -> Vec<Event> {
        let mut events = Vec::new();
        loop {
            let event = self.next().expect("an event");
            let is_last = event.name == name;
            events.push(event);
            if is_last {
                return events;
            }
        }
    }
}

fn is(event: &Event, name: &str, id: u64) -> bool {
    (event.name.as_str(), event.id) == (name, Some(id))
}

#[test]
fn whoever_comes_back_is_given_what_they_missed_and_nothing_twice() {
    let hall = Hall::start();
    let known = hall.known("复核", Role::Reviewer);
    let mut stream = Stream::open(&hall, &known, None);
    let mut numbers = Vec::new();
    let mut seen = Vec::new();
    for turn in 0..12_u64 {
        let id = hall.rude("1", 10 + turn * 20);
        numbers.extend([id, id + 1]);
        // Cut off now and then, with some read and some not, and away while more happens.
        if turn % 3 == 1 {
            while seen.last() != numbers.get(numbers.len() - 3) {
                seen.push(stream.told().id.expect("a number"));
            }
            drop(stream);
            let id = hall.rude("2", 10 + turn * 20);
            numbers.extend([id, id + 1]);
            stream = Stream::open(&hall, &known, seen.last().copied());
        }
    }
    while seen.len() < numbers.len() {
        seen.push(stream.told().id.expect("a number"));
    }
    assert_eq!(seen, numbers);
    let last = hall.gap("1", 400, 401);
    assert!(is(&stream.told(), "gap", last), "nothing came in between");
}

#[test]
fn a_number_that_the_journal_has_not_is_told_to_begin_anew() {
    let hall = Hall::start();
    let known = hall.known("复核", Role::Reviewer);
    let last = hall.rude("1", 10) + 1;
    let mut stream = Stream::open(&hall, &known, Some(last + 1_000));
    // Signing in is an event too.
    assert!(matches!(stream.told(), Event { name, id: Some(id), .. } if name == "reset" && id >= last));
    let id = hall.rude("1", 60);
    assert!(is(&stream.told(), "finding", id));
}

#[test]
fn what_people_do_comes_as_well_and_a_clerk_is_told_of_their_own_alone() {
    let hall = Hall::start();
    let (reviewer, clerk) = (hall.known("王五", Role::Reviewer), hall.known("张三", Role::Clerk));
    let mut stream = Stream::open(&hall, &clerk, None);
    let others = hall.rude("2", 10);
    let own = hall.rude("1", 60);
    for id in [others, own] {
        let body = json!({"ruling": "upheld", "reason": "听过"});
        let path = format!("/api/v1/findings/{id}/review");
        assert_eq!(hall.web.ask(&reviewer, "POST", &path, Some(&body)).status, 200);
    }
    hall.visit("2", 100, 130);
    let told = stream.until("review");
    let ids: Vec<(&str, Option<u64>)> = told.iter().map(|event| (event.name.as_str(), event.id)).collect();
    assert_eq!(ids[..2], [("finding", Some(own)), ("alert", Some(own + 1))]);
    assert_eq!(ids.len(), 3, "no wall, and nothing of the other's: {told:#?}");
    let body: Value = serde_json::from_str(&told[2].data).expect("JSON");
    assert_eq!((&body["body"]["finding"], &body["body"]["reason"]), (&json!(own), &json!("听过")));
    let served = hall.visit("1", 200, 230);
    assert!(is(&stream.told(), "encounter", served));
}

#[test]
fn two_hundred_who_idle_and_some_who_never_read_delay_nobody() {
    let hall = Hall::start();
    let known = hall.known("大屏", Role::Supervisor);
    let idle: Vec<Stream> = (0..200).map(|_| Stream::open(&hall, &known, None)).collect();
    let deaf: Vec<Stream> = (0..8).map(|_| Stream::ask(&hall, &known, Some(1))).collect();
    let mut reader = Stream::open(&hall, &known, None);
    let mut worst = Duration::ZERO;
    for turn in 0..40 {
        let since = Stopwatch::start();
        let id = hall.rude("1", 10 + turn * 3);
        loop {
            let event = reader.told();
            if is(&event, "alert", id + 1) {
                break;
            }
        }
        worst = worst.max(since.elapsed());
    }
    println!("worst of 40 events to one of 209: {worst:?}");
    assert!(worst < PROMPT, "{worst:?}");
    for mut stream in idle.into_iter().take(3) {
        let told = stream.until("alert");
        assert!(told.iter().any(|event| event.name == "finding"), "{told:#?}");
    }
    drop(deaf);
}

#[test]
fn what_a_window_does_comes_without_a_number_and_only_where_it_changes() {
    let hall = Hall::start();
    let known = hall.known("大屏", Role::Supervisor);
    let mut stream = Stream::open(&hall, &known, None);
    let first = stream.next().expect("an event");
    assert_eq!((first.name.as_str(), first.id), ("wall", None));
    let wall: Value = serde_json::from_str(&first.data).expect("JSON");
    assert_eq!(wall["windows"].as_array().map(Vec::len), Some(2));
    assert_eq!(wall["windows"][1]["tentative"], "正在说的话");
}

/// Longer than a client may take nothing.
const TOO_LONG: Duration = Duration::from_secs(12);

#[test]
fn who_does_not_read_is_cut_off_and_given_the_rest_when_they_come_back() {
    let hall = Hall::start();
    let known = hall.known("大屏", Role::Supervisor);
    let mut deaf = Stream::open(&hall, &known, None);
    let mut reader = Stream::open(&hall, &known, None);
    // More than the system takes on the way for somebody who reads nothing.
    let why = "x".repeat(40_000);
    let mut told = Vec::new();
    for second in 0..400 {
        let gap = Body::Gap(GapBody { why: why.clone() });
        told.push(hall.tell("1", (second * 2, second * 2 + 1), gap));
        // Whoever reads has it at once.
        while reader.told().id != told.last().copied() {}
    }
    std::thread::sleep(TOO_LONG);
    let mut got: Vec<u64> = std::iter::from_fn(|| deaf.next()).filter_map(|event| event.id).collect();
    assert!(!got.is_empty() && got.len() < told.len(), "{} of {} came", got.len(), told.len());
    let mut back = Stream::open(&hall, &known, got.last().copied());
    while got.len() < told.len() {
        got.push(back.told().id.expect("a number"));
    }
    assert_eq!(got, told);
}

#[test]
fn who_missed_more_than_is_told_again_begins_anew() {
    let hall = Hall::start();
    let known = hall.known("大屏", Role::Supervisor);
    let first = hall.rude("1", 10) + 1;
    let quiet = ((20, 21), Body::Quiet(QuietBody { clerk: SessionTime(1) }));
    let last = hall.tell_all("1", &vec![quiet; 50_001]);
    let mut stream = Stream::open(&hall, &known, Some(first));
    assert!(is(&stream.told(), "reset", last));
    // Somebody who missed less is given what came meanwhile, however much it was.
    let next = hall.rude("1", 60);
    let mut stream = Stream::open(&hall, &known, Some(next - 49_000));
    assert!(is(&stream.told(), "finding", next));
}

//! Recordings that are handed in: taken, refused, heard by another program, forgotten.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use sansheng::access::Role;
use sansheng::ledger::{Query, Reader, backup};
use sansheng::web::{Dashboard, Uploads};
use serde_json::json;

use crate::shift::MIDNIGHT_US;
use crate::support::{Answer, Hall, Session, done};

/// A recording of two channels.
const SOUND: &[u8] = include_bytes!("../formats/stereo-48k.flac");
/// Midnight in Shanghai of the day of the journal.
const BEGIN_US: i64 = MIDNIGHT_US - 8 * 3_600_000_000;

/// Writes an executable file to stand in for the program.
fn stand_in(folder: &Path, script: &str) -> PathBuf {
    let program = folder.join("stand-in");
    fs::write(&program, format!("#!/bin/sh\ncd '{}'\n{script}\n", folder.display())).expect("room");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).expect("a file");
    program
}

fn hall(program: PathBuf) -> Hall {
    let uploads = Uploads { program: Some(program), ..Uploads::default() };
    Hall::serving(|_| (), |dashboard: &mut Dashboard| dashboard.uploads = uploads)
}

fn hand_in(session: &Session, query: &str, body: &[u8]) -> Answer {
    session.send("POST", &format!("/api/v1/recordings?{query}"), Some(body.to_vec()))
}

/// What lies in the folder of recordings.
fn kept(hall: &Hall) -> Vec<PathBuf> {
    let entries = fs::read_dir(hall.data().join("uploads")).into_iter().flatten();
    entries.map(|entry| entry.expect("an entry").path()).collect()
}

fn events(hall: &Hall) -> usize {
    Reader::open(&hall.data()).expect("a journal").events(&Query::default()).count()
}

/// Lines of a replay, one of a type that nobody knows among them.
fn lines() -> String {
    let found = |start_s: f64, state: &str| {
        json!({"type": "finding", "file": "x", "window": "x", "kind": "forbidden", "provision": "P53", "rule": "P53-no-time",
            "title": "冷漠：没时间", "severity": "major", "weight": 5, "phrase": "没时间", "heard": "没实践", "channel": 0,
            "start_s": start_s, "end_s": start_s + 1.0, "sureness": 0.993, "state": state, "reason": "", "advice": "", "cites": [],
            "needs_review": false})
    };
    let said = |role: &str, start_s: f64, end_s: f64| {
        json!({"type": "transcript", "file": "x", "window": "x", "channel": 0, "role": role, "start_s": start_s, "end_s": end_s,
            "text": "没时间", "pinyin": "mei shi jian", "log_prob": -0.1, "chars": []})
    };
    let all = [
        json!({"type": "progress", "file": "x", "heard_s": 5.0, "audio_s": 20.0}),
        json!({"type": "new", "of": "tomorrow"}),
        said("clerk", 1.0, 3.0),
        said("visitor", 3.0, 4.0),
        said("clerk", 2.5, 4.0),
        json!({"type": "visitor", "file": "x", "window": "x", "start_s": 6.0, "end_s": 7.5}),
        json!({"type": "unheard", "file": "x", "window": "x", "start_s": 18.0, "end_s": 21.0, "reason": "the source did not deliver it"}),
        json!({"type": "encounter", "file": "x", "window": "x", "kind": "counter", "start_s": 1.0, "end_s": 7.5, "rings": 0,
            "answered_s": null, "ticket": null, "served": true, "interrupted": false}),
        json!({"type": "encounter", "file": "x", "window": "x", "kind": "counter", "start_s": 9.0, "end_s": 9.5, "rings": 0,
            "answered_s": null, "ticket": null, "served": false, "interrupted": false}),
        found(1.5, "confirmed"),
        found(2.0, "unknown"),
        found(12.0, "confirmed"),
        json!({"type": "account", "file": "x", "window": "x", "audio_s": 20.0, "clerk_speech_s": 3.0, "unheard_s": 3.0, "segments": 2}),
    ];
    all.iter().map(|line| format!("{line}\n")).collect()
}

#[test]
fn a_recording_is_heard_by_a_process_that_goes_last_and_becomes_a_timeline_outside_of_the_record() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    fs::write(folder.path().join("lines"), lines()).expect("room");
    let script = "for one in \"$@\"; do echo \"$one\" >> arguments; done; nice > niceness; cat lines";
    let hall = hall(stand_in(folder.path(), script));
    let supervisor = hall.sign_in(Role::Supervisor);
    let before = events(&hall);
    let begun = hand_in(&supervisor, "name=%E6%97%A9%E7%8F%AD.flac&clerk_channel=1&visitor_channel=0", SOUND);
    assert_eq!(begun.status, 202, "{}", begun.text());
    let job = done(&supervisor, &begun.json());
    assert_eq!((&job["state"], &job["what"]), (&json!("done"), &json!("recording")), "{job}");

    let arguments = fs::read_to_string(folder.path().join("arguments")).expect("it was called");
    let arguments: Vec<&str> = arguments.lines().collect();
    let rules = hall.folder.path().join("rules/hall.toml").display().to_string();
    for wanted in [
        &["replay", "--json", "--transcript", "--timeline", "--threads", "1"][..],
        &["--clerk-channel", "1", "--visitor-channel", "0"],
        &["--rules", &rules, "--"],
    ] {
        assert!(arguments.windows(wanted.len()).any(|some| some == wanted), "{wanted:?} in {arguments:?}");
    }
    let file = PathBuf::from(arguments.last().expect("a file"));
    assert_eq!(kept(&hall).first(), Some(&file));
    assert_eq!(fs::metadata(&file).expect("a file").permissions().mode() & 0o777, 0o600);
    #[cfg(target_os = "linux")]
    assert_eq!(fs::read_to_string(folder.path().join("niceness")).expect("a number").trim(), "19");

    let at = |seconds: f64| BEGIN_US + (seconds * 1e6) as i64;
    let line = &job["result"];
    assert_eq!((&line["window"], &line["from_us"]), (&json!("早班.flac"), &json!(BEGIN_US)));
    assert_eq!(line["to_us"], at(21.0), "what was lost at its end is shown");
    assert_eq!(line["listened"], json!([[at(0.0), at(20.0)]]));
    assert_eq!(line["clerk"], json!([[at(1.0), at(4.0)]]), "stretches that overlap are one");
    assert_eq!(line["visitor"], json!([[at(6.0), at(7.5)]]));
    assert_eq!(line["silences"], json!([[at(4.0), at(6.0)], [at(7.5), at(18.0)]]));
    let turns = line["turns"].as_array().expect("turns");
    assert_eq!(turns.len(), 2, "the visitor's words are nobody's business");
    assert_eq!((&turns[0]["text"], &turns[0]["end_us"]), (&json!("没时间"), &json!(at(3.0))));
    assert_eq!(line["gaps"][0]["why_zh"], "声源没有送达");
    assert_eq!(
        line["encounters"].as_array().expect("encounters").len(),
        1,
        "a word in an empty hall is no visit"
    );
    assert_eq!(line["encounters"][0]["findings"], 3);
    let findings = line["findings"].as_array().expect("findings");
    let of = |key: &str| findings.iter().map(|finding| finding[key].clone()).collect::<Vec<_>>();
    assert_eq!(of("state"), ["confirmed", "unknown", "confirmed"]);
    assert_eq!(of("group"), [1, 1, 3]);
    assert_eq!(of("wall_us"), [at(1.5), at(2.0), at(12.0)]);
    assert!(of("title_en").iter().all(|title| title.as_str().is_some_and(|title| !title.is_empty())));

    let url = line["recording"][0]["url"].as_str().expect("its sound");
    let whole = supervisor.get(url);
    assert_eq!((whole.status, whole.header("content-type")), (200, "audio/flac"));
    assert!(whole.bytes == SOUND, "it is sent as it came");
    assert_eq!(hall.sign_in(Role::Supervisor).get(url).status, 404, "it is somebody else's");
    assert_eq!(hall.sign_in(Role::Admin).get(url).status, 200);
    assert_eq!(events(&hall), before, "the journal knows nothing of it");
    let saved = backup::save(&hall.data(), &folder.path().join("saved.zip"), 0).expect("a backup");
    assert!(saved.files.iter().all(|file| !file.path.contains("uploads")), "{saved:?}");
}

#[test]
fn what_is_no_recording_is_refused_with_the_reason_and_leaves_nothing() {
    let hall = hall(PathBuf::from("/nowhere"));
    let supervisor = hall.sign_in(Role::Supervisor);
    for (query, body, reason) in [
        ("name=a.wav", &b""[..], "a.wav: holds 0 bytes"),
        ("name=a.wav", b"Dear Sir or Madam, this is a letter.", "a.wav: is not audio"),
        ("name=a.wav&clerk_channel=2", SOUND, "a.wav: has 2 channel(s)"),
        ("name=..%2F..%2Fetc%2Fpasswd", b"root:x:0:0", "passwd: is not audio"),
        ("name=a.flac", &SOUND[..60], "a.flac: "),
        ("", SOUND, "name"),
        ("name=a.wav&speed=2", SOUND, "speed"),
    ] {
        let answer = hand_in(&supervisor, query, body);
        assert_eq!(answer.problem(), (422, "unfit".to_owned()), "{query}: {}", answer.text());
        let message = answer.json()["message"].as_str().expect("a message").to_owned();
        assert!(message.contains(reason), "{query}: {message}");
        assert!(!message.contains("uploads"), "where it lies is nobody's business: {message}");
        assert_eq!(kept(&hall), Vec::<PathBuf>::new(), "{query}");
    }
    assert_eq!(supervisor.get("/api/v1/recordings").json()["items"], json!([]));
    for role in [Role::Reviewer, Role::Clerk] {
        let answer = hand_in(&hall.sign_in(role), "name=a.wav", SOUND);
        assert_eq!(answer.problem(), (403, "not-allowed".to_owned()));
    }
}

#[test]
fn one_that_is_too_large_is_refused_whether_it_says_so_or_not() {
    let uploads = Uploads { bytes_max: 10_000, ..Uploads::default() };
    let hall = Hall::serving(|_| (), |dashboard: &mut Dashboard| dashboard.uploads = uploads);
    let supervisor = hall.sign_in(Role::Supervisor);
    let chunk = format!("2711\r\n{}\r\n", "x".repeat(10_001));
    for (header, body) in [("Content-Length: 10001", ""), ("Transfer-Encoding: chunked", &chunk)] {
        let address = supervisor.address.trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).expect("a server");
        let Session { cookie, csrf, .. } = &supervisor;
        let head = format!(
            "POST /api/v1/recordings?name=a.wav HTTP/1.1\r\nHost: {address}\r\nCookie: {cookie}\r\nX-CSRF-Token: {csrf}\r\n\
             {header}\r\nConnection: close\r\n\r\n{body}"
        );
        stream.write_all(head.as_bytes()).expect("a connection");
        let mut answer = String::new();
        // It may be broken off after the answer: not everything was read.
        let _ = stream.read_to_string(&mut answer);
        assert!(answer.starts_with("HTTP/1.1 413 ") && answer.contains("10000 bytes"), "{header}: {answer}");
        assert_eq!(kept(&hall), Vec::<PathBuf>::new(), "{header}");
    }
}

#[test]
fn a_job_that_is_cancelled_ends_its_process_and_a_service_that_stops_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let progress = json!({"type": "progress", "file": "x", "heard_s": 5.0, "audio_s": 20.0});
    let script = format!("echo '{progress}'; echo $$ > pid.part; mv pid.part pid; exec sleep 600");
    let mut hall = hall(stand_in(folder.path(), &script));
    let supervisor = hall.sign_in(Role::Supervisor);
    let job = hand_in(&supervisor, "name=a.flac", SOUND).json();
    let path = format!("/api/v1/jobs/{}", job["id"]);
    until("it runs", || supervisor.get(&path).json()["progress"] == json!(0.25));
    until("its number is known", || folder.path().join("pid").exists());
    let process = fs::read_to_string(folder.path().join("pid")).expect("a number");
    let process = Path::new("/proc").join(process.trim());
    let item = &supervisor.get("/api/v1/recordings").json()["items"][0];
    assert_eq!((&item["id"], &item["name"]), (&job["id"], &json!("a.flac")));
    assert!(item["duration_s"].as_f64().is_some_and(|seconds| seconds > 0.0), "{item}");
    assert_eq!(supervisor.delete(&path).status, 204);
    until("it is ended", || !process.exists());
    until("its recording is gone", || kept(&hall).is_empty());

    // A session ends sooner than a day: this is of the day before.
    hall.now_us.fetch_sub(86_400_000_000, Ordering::SeqCst);
    fs::write(folder.path().join("stand-in"), "#!/bin/sh\necho 'sansheng: no model here' >&2; exit 1\n")
        .expect("room");
    let failed = done(&supervisor, &hand_in(&supervisor, "name=b.flac", SOUND).json());
    assert_eq!((&failed["state"], &failed["problem"]), (&json!("failed"), &json!("no model here")));
    assert_eq!(kept(&hall).len(), 1);
    hall.now_us.fetch_add(86_399_999_999, Ordering::SeqCst);
    assert_eq!(supervisor.get("/api/v1/recordings").json()["items"].as_array().map(Vec::len), Some(1));
    hall.now_us.fetch_add(1, Ordering::SeqCst);
    assert_eq!(supervisor.get("/api/v1/recordings").json()["items"], json!([]), "a day is over");
    until("its recording is gone", || kept(&hall).is_empty());
    done(&supervisor, &hand_in(&supervisor, "name=c.flac", SOUND).json());
    assert_eq!(kept(&hall).len(), 1);
    hall.stop();
    assert_eq!(kept(&hall), Vec::<PathBuf>::new(), "a service that stops leaves nothing");
}

#[test]
fn a_service_that_starts_clears_away_what_another_left() {
    let mut hall = Hall::new();
    hall.stop();
    let uploads = hall.data().join("uploads");
    fs::create_dir_all(&uploads).expect("a folder");
    fs::write(uploads.join("recording-left"), SOUND).expect("room");
    hall.start();
    until("it is cleared", || kept(&hall).is_empty());
}

fn until(what: &str, is_so: impl Fn() -> bool) {
    for _ in 0..1_200 {
        if is_so() {
            return;
        }
        thread::sleep(Duration::from_millis(50));
    }
    panic!("not within a minute: {what}");
}

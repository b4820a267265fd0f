//! `config check` and `top` as people run them: what they print, and how they end.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::{Command, Output, Stdio};
use std::thread;

use sansheng::status::{HallStatus, WindowState, WindowStatus};

fn sansheng(arguments: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_sansheng"));
    program
        .env_remove("SANSHENG_LOG")
        .stdin(Stdio::null())
        .args(arguments)
        .output()
        .expect("the program starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

/// A service that gives the same answer to so many questions; its address, and the first lines it was asked with.
fn service(answer: String, questions: usize) -> (String, thread::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let serve = move || {
        let mut asked = Vec::new();
        for _ in 0..questions {
            let (mut stream, _) = listener.accept().expect("a question");
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                stream.read_exact(&mut byte).expect("a whole request");
                request.extend(byte);
            }
            asked.push(text(&request).lines().next().unwrap_or_default().to_owned());
            stream.write_all(answer.as_bytes()).expect("someone who listens");
        }
        asked
    };
    (url, thread::spawn(serve))
}

fn response(status: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

#[test]
fn a_configuration_is_checked_whole_with_its_rules() {
    let good = sansheng(&["config", "check", "sansheng.example.toml"]);
    let said = text(&good.stdout);
    assert_eq!(good.status.code(), Some(0), "{said}");
    for part in ["一楼大厅: 4 windows from 4 sources", "3 3号窗口 户籍: clerk push", "rulebook 20"] {
        assert!(said.contains(part), "no {part} in {said}");
    }
    let desk = tempfile::tempdir().expect("a temporary directory");
    let file = desk.path().join("c.toml");
    let name = file.to_str().expect("a path in UTF-8");
    std::fs::write(&file, "hall = 1\n[stop]\nfinish_ms = -1\n").expect("room for a file");
    let bad = sansheng(&["config", "check", name]);
    assert_eq!(bad.status.code(), Some(1));
    for line in ["1:8", "1:1", "3:13"] {
        assert!(text(&bad.stdout).contains(&format!("{name}:{line}: error: ")), "{}", text(&bad.stdout));
    }
    std::fs::write(desk.path().join("r.toml"), "[rulebook]\n").expect("room for a file");
    let rules = "hall = \"h\"\nrules = \"r.toml\"\n[[window]]\nid = \"1\"\nclerk = \"device:m\"\n";
    std::fs::write(&file, rules).expect("room for a file");
    let bad = sansheng(&["config", "check", name]);
    assert_eq!(bad.status.code(), Some(1));
    assert!(text(&bad.stdout).contains("r.toml:1:1: error: "), "{}", text(&bad.stdout));
}

#[test]
fn a_model_that_cannot_run_is_told_before_it_is_tried() {
    let desk = tempfile::tempdir().expect("a temporary directory");
    let file = desk.path().join("c.toml");
    let (whole, cut) = (desk.path().join("none"), desk.path().join("ggml-base.bin"));
    std::fs::write(&cut, "lmgg").expect("room for a file");
    for (model, models, code, wanted) in [
        ("nosuch", &whole, 1, "error: `model`: there is no model `nosuch`: known are "),
        ("small", &whole, 0, "warning: `model`: model `small` is not installed in "),
        ("base", &desk.path().to_owned(), 1, "error: `model`: model `base` is damaged (4 bytes"),
        ("./ggml-base.bin", &whole, 1, "error: `model`: "),
    ] {
        let config =
            format!("hall = \"h\"\nmodel = \"{model}\"\n[[window]]\nid = \"1\"\nclerk = \"device:m\"\n");
        std::fs::write(&file, config).expect("room for a file");
        let mut program = Command::new(env!("CARGO_BIN_EXE_sansheng"));
        program.env("SANSHENG_MODELS", models).args(["config", "check"]).arg(&file);
        let ran = program.output().expect("the program starts");
        let said = text(&ran.stdout);
        assert_eq!(ran.status.code(), Some(code), "{model}: {said}");
        assert!(said.contains(wanted), "{model}: {said}");
    }
}

#[test]
fn the_hall_is_printed_once_where_nobody_sits_at_a_terminal() {
    let window = WindowStatus {
        id: "7".into(),
        name: "7号窗口".into(),
        state: WindowState::Down,
        ..WindowStatus::default()
    };
    let hall = HallStatus { hall: "一楼大厅".into(), windows: vec![window], ..HallStatus::default() };
    let body = serde_json::to_string(&hall).expect("JSON");
    let (url, service) = service(response("200 OK", &body), 2);
    for (lang, state) in [("zh", "断开"), ("en", "DOWN")] {
        let ran = sansheng(&["top", "--url", &format!("{url}/"), "--lang", lang]);
        let said = text(&ran.stdout);
        assert_eq!(ran.status.code(), Some(0), "{}", text(&ran.stderr));
        assert!(said.contains("一楼大厅") && said.contains(state), "{said}");
        assert!(!said.contains('\u{1b}'), "no terminal, no colours: {said}");
    }
    assert_eq!(service.join().expect("two questions"), vec!["GET /api/v1/status HTTP/1.1"; 2]);
}

#[test]
fn a_service_that_does_not_answer_is_told_in_one_sentence() {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port");
    let (wrong, _served) = service(response("200 OK", "<html>"), 1);
    let (absent, _served) = service(response("404 Not Found", ""), 1);
    for (url, words) in [
        (format!("http://{free}"), "nothing listens there"),
        (wrong, "answers, but not with a status"),
        (absent, "404"),
        ("nonsense".to_owned(), "nonsense"),
    ] {
        let ran = sansheng(&["top", "--once", "--url", &url]);
        let said = text(&ran.stderr);
        assert_eq!(ran.status.code(), Some(1), "{said}");
        assert!(said.lines().count() == 1 && said.contains(words) && said.contains("--url"), "{said}");
    }
}

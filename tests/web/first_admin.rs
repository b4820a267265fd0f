//! `sansheng run` and its first admin, with the real model: the password is said once, and it is the right one.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};

use serde_json::json;

struct Service {
    child: Child,
    lines: BufReader<ChildStderr>,
    said: String,
}

impl Service {
    /// Until it says where it listens.
    fn start(config: &Path) -> (Self, String) {
        let mut program = Command::new(env!("CARGO_BIN_EXE_sansheng"));
        program.args(["run", "--config"]).arg(config).env_remove("SANSHENG_LOG").env_remove("NOTIFY_SOCKET");
        program.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = program.spawn().expect("the program starts");
        let lines = BufReader::new(child.stderr.take().expect("a pipe"));
        let mut service = Self { child, lines, said: String::new() };
        loop {
            let mut line = String::new();
            assert!(service.lines.read_line(&mut line).expect("text") > 0, "it ended: {}", service.said);
            service.said.push_str(&line);
            if let Some((_, address)) = line.split_once("windows, ") {
                return (service, address.trim().trim_end_matches('/').to_owned());
            }
        }
    }

    /// Everything that it said until it ended.
    fn stop(mut self) -> String {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().expect("kill").success());
        self.lines.read_to_string(&mut self.said).expect("text");
        self.child.wait().expect("it ends");
        self.said
    }
}

fn sign_in(address: &str, password: &str) -> u16 {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let body = json!({"name": "admin", "password": password}).to_string();
    let request =
        agent.post(format!("{address}/api/v1/session")).header("content-type", "application/json").send(body);
    request.expect("an answer").status().as_u16()
}

#[test]
fn the_first_admins_password_is_said_once_and_stands_nowhere_else() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let config = folder.path().join("hall.toml");
    let audio = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/audio/counter-refusals.flac");
    let text = format!(
        "hall = \"厅\"\n[[window]]\nid = \"1\"\nclerk = \"file:{}\"\nrepeat = true\n[server]\n\
         listen = \"127.0.0.1:0\"\n[ledger]\ndata = \"data\"\n",
        audio.display()
    );
    fs::write(&config, text).expect("room for a file");
    let (service, address) = Service::start(&config);
    let said = service.said.clone();
    let password =
        said.split("sign in as admin with the password ").nth(1).and_then(|rest| rest.split(',').next());
    let password = password.expect("the password is said").to_owned();
    assert_eq!((sign_in(&address, &password), sign_in(&address, "no such password")), (200, 401));
    let said = service.stop();
    assert_eq!(said.matches(&password).count(), 1, "{said}");
    let (service, address) = Service::start(&config);
    assert_eq!(sign_in(&address, &password), 200, "it is in force until it is changed");
    let said = service.stop();
    assert!(!said.contains(&password) && !said.contains("sign in as"), "{said}");
    for entry in fs::read_dir(folder.path().join("data")).expect("the journal's folder").flatten() {
        let bytes = fs::read(entry.path()).unwrap_or_default();
        let holds = bytes.windows(password.len()).any(|part| part == password.as_bytes());
        assert!(!holds, "{} holds the password", entry.path().display());
    }
}

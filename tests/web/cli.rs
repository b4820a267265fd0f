//! `sansheng people` beside the service, and `sansheng top` with what the service left for its owner.

use std::process::{Command, Output};

use sansheng::access::Role;
use serde_json::json;

use super::support::{Hall, Known};

fn sansheng(hall: &Hall, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sansheng"));
    command.args(arguments).current_dir(hall.folder.path()).output().expect("the program")
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn people_are_looked_after_while_the_service_runs() {
    let hall = Hall::start();
    hall.add("管理", Role::Admin);
    let added = text(&sansheng(&hall, &["people", "add", "王五", "--role", "reviewer", "--window", "1"]));
    let password =
        added.split("password ").nth(1).and_then(|rest| rest.split(',').next()).expect("a password");
    let body = json!({"name": "王五", "password": password});
    let sign_in = || hall.ask(&Known::Not, "POST", "/api/v1/session", Some(&body));
    assert_eq!(sign_in().json()["must_change_password"], true);
    let listed = text(&sansheng(&hall, &["people", "list"]));
    assert!(listed.contains("王五") && listed.contains("reviewer") && listed.contains("管理"), "{listed}");
    for (arguments, told) in [
        (vec!["people", "add", "王五", "--role", "reviewer"], "already"),
        (vec!["people", "add", "x", "--role", "clerk"], "no staff number"),
        (vec!["people", "add", "x", "--role", "reviewer", "--window", "9"], "no window"),
        (vec!["people", "remove", "nobody"], "nobody is called"),
        (vec!["people", "remove", "管理"], "last admin"),
    ] {
        let refused = sansheng(&hall, &arguments);
        assert!(
            !refused.status.success() && text(&refused).contains(told),
            "{arguments:?}: {}",
            text(&refused)
        );
    }
    assert!(sansheng(&hall, &["people", "password", "王五"]).status.success());
    assert_eq!(sign_in().status, 401, "another password is in force");
    assert!(sansheng(&hall, &["people", "remove", "王五"]).status.success());
    let whys: Vec<String> = hall
        .recorded()
        .into_iter()
        .filter(|[_, who, _]| who == "command line")
        .map(|[_, _, why]| why)
        .collect();
    assert_eq!(whys, ["added 王五 (reviewer)", "set a new one of 王五", "removed 王五 (reviewer)"]);
}

#[test]
fn the_terminal_view_is_for_who_may_read_the_halls_folder() {
    let hall = Hall::start();
    let url = format!("http://{}", hall.address());
    let top = |more: &[&str]| sansheng(&hall, &[&["top", "--once", "--url", &url], more].concat());
    let shown = text(&top(&[]));
    assert!(shown.contains("已经说了的话"), "{shown}");
    let refused = top(&["--config", "elsewhere.toml"]);
    assert!(!refused.status.success() && text(&refused).contains("--token-file"), "{}", text(&refused));
    let Known::Bearer(token) = hall.token() else { panic!("no token") };
    std::fs::write(hall.folder.path().join("token"), token).expect("a file");
    let shown = top(&["--config", "elsewhere.toml", "--token-file", "token"]);
    assert!(shown.status.success() && !text(&shown).contains("已经说了的话"), "{}", text(&shown));
}

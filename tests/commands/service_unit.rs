//! The systemd unit. What needs systemd is left out where the machine has none.

use std::fs;
use std::process::Command;

const UNIT: &str = "systemd/sansheng.service";

fn values(key: &str) -> Vec<String> {
    let text = fs::read_to_string(UNIT).unwrap();
    let start = format!("{key}=");
    text.lines().filter_map(|line| line.strip_prefix(&start)).map(str::to_owned).collect()
}

fn seconds(key: &str) -> u64 {
    let [value] = &values(key)[..] else { panic!("one {key}") };
    value.parse().unwrap()
}

#[test]
fn the_unit_leaves_the_work_at_hand_its_time() {
    let faults = sansheng::config::Config::parse(
        &sansheng::toml_file::Source::new("c", "[stop]\nfinish_ms = 9999999"),
        "".as_ref(),
    );
    let told = faults.unwrap_err().to_string();
    let (_, most) = told.split_once("write a number from 0 to ").expect("the range of finish_ms");
    let most: String = most.chars().take_while(char::is_ascii_digit).collect();
    assert!(seconds("TimeoutStopSec") > most.parse::<u64>().unwrap() / 1_000, "killed while it finishes");
}

#[test]
fn the_unit_checks_and_runs_one_configuration() {
    let named = |key: &str| values(key)[0].split(' ').next_back().unwrap().to_owned();
    assert_eq!(named("ExecStartPre"), named("ExecStart"));
    assert!(seconds("WatchdogSec") > 0);
}

/// The unit with this test's program in it, for tools that look whether it is there.
fn unit_here(folder: &std::path::Path) -> std::path::PathBuf {
    let text = fs::read_to_string(UNIT).unwrap();
    let unit = folder.join("sansheng.service");
    fs::write(&unit, text.replace("/usr/local/bin/sansheng", env!("CARGO_BIN_EXE_sansheng"))).unwrap();
    unit
}

fn systemd_analyze() -> Option<Command> {
    let there = Command::new("systemd-analyze").arg("--version").output().is_ok_and(|o| o.status.success());
    if !there {
        eprintln!("left out: no systemd-analyze here");
    }
    there.then(|| Command::new("systemd-analyze"))
}

#[test]
fn systemd_finds_nothing_wrong_with_the_unit() {
    let Some(mut analyze) = systemd_analyze() else { return };
    let folder = tempfile::tempdir().unwrap();
    let output = analyze.args(["verify", "--man=no"]).arg(unit_here(folder.path())).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let about_us: Vec<&str> = said.lines().filter(|line| line.contains("sansheng")).collect();
    assert!(about_us.is_empty(), "{about_us:#?}");
}

#[test]
fn the_exposure_is_what_the_readme_says() {
    let Some(mut analyze) = systemd_analyze() else { return };
    let folder = tempfile::tempdir().unwrap();
    let output = analyze
        .args(["security", "--offline=true", "--no-pager"])
        .arg(unit_here(folder.path()))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let Some((_, rest)) = said.split_once("Overall exposure level for sansheng.service: ") else {
        // Before 250 a unit that is not loaded cannot be rated.
        eprintln!("left out: this systemd does not rate files");
        return;
    };
    let score: f64 = rest.split(' ').next().unwrap().parse().unwrap();
    let readme = fs::read_to_string("systemd/README.md").unwrap();
    let (_, told) = readme.split_once("rates its exposure ").expect("the score");
    let told: f64 = told.split(' ').next().unwrap().parse().unwrap();
    // Releases of systemd weigh a little differently.
    assert!((score - told).abs() <= 0.3, "{score}, not {told}");
}

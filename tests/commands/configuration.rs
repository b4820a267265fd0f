//! Configurations as people write them: every fault named with its line, and every key described.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use proptest::prelude::*;
use sansheng::config::{AudioSource, Config};
use sansheng::toml_file::{FaultLevel, Source};
use sansheng::units::Role;
use tempfile::TempDir;

/// The least that can be run.
const LEAST: &str = "hall = \"大厅\"\n[[window]]\nid = \"1\"\nclerk = \"device:mic\"\n";

/// A folder with a recording, a rulebook and a token.
fn desk() -> TempDir {
    let desk = TempDir::new().unwrap();
    for (name, text) in [("a.wav", ""), ("hall.toml", ""), ("token", "0123456789abcdef\n"), ("short", "1\n")]
    {
        fs::write(desk.path().join(name), text).unwrap();
    }
    #[cfg(unix)]
    for name in ["token", "short"] {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(desk.path().join(name), fs::Permissions::from_mode(0o600)).unwrap();
    }
    fs::create_dir(desk.path().join("folder")).unwrap();
    desk
}

fn parse(text: &str, folder: &Path) -> Result<Config, Vec<String>> {
    Config::parse(&Source::new("c.toml", text), folder)
        .map_err(|faults| faults.0.iter().map(ToString::to_string).collect())
}

/// [`LEAST`] with these lines after it, the first of which is line 5.
fn with(lines: &str) -> String {
    format!("{LEAST}{lines}\n")
}

/// A window whose id stands on line 2 and whose keys follow.
fn window(lines: &str) -> String {
    format!("hall = \"大厅\"\n[[window]]\nid = \"1\"\n{lines}\n")
}

#[test]
fn each_fault_names_its_line_what_was_found_and_the_remedy() {
    let desk = desk();
    let token = "token = \"0123456789abcdef\"";
    // What is written; where the one fault is; words that it says.
    for (text, place, words) in [
        ("x = ".into(), "1:", "not TOML"),
        (LEAST.replacen("hall", "hell", 1), "1:1", "unknown key `hell` in the file, did you mean `hall`?"),
        (LEAST.replacen("大厅", " ", 1), "1:8", "`hall` of the file is empty"),
        (LEAST.replacen("大厅", "大\\n厅", 1), "1:8", "or one that cannot be shown; write one line"),
        ("hall = \"大厅\"".into(), "1:1", "the file has no `window`; add a table `[[window]]`"),
        (
            LEAST.replacen("[[window]]", "[window]", 1),
            "2:1",
            "write a list of tables, each written `[[window]]`",
        ),
        (format!("model = \"x/y.bin\"\n{LEAST}"), "1:9", "the model file"),
        (format!("rules = [\"none.toml\"]\n{LEAST}"), "1:10", "none.toml are not there"),
        (format!("rules = [1]\n{LEAST}"), "1:10", "only texts in quotes"),
        (format!("listen = \"127.0.0.1:1\"\n{LEAST}"), "1:1", "it belongs to the table [server]"),
        (with("[[window]]\nid = \"1\"\nclerk = \"device:b\""), "6:6", "\"1\" stands twice, first on line 3"),
        (
            with("[[window]]\nclerk = \"device:b\""),
            "5:1",
            "the window on line 5 has no `id`; add `id = \"3\"`",
        ),
        (LEAST.replacen("\"1\"", "\"三\"", 1), "3:6", "the window id \"三\" cannot be used; write 1 to 32"),
        (LEAST.replacen("\"1\"", "\"a/b\"", 1), "3:6", "the window id \"a/b\" cannot be used"),
        (LEAST.replacen("\"1\"", "1", 1), "3:6", "is a whole number; write a text in quotes"),
        (with("nmae = \"x\""), "5:1", "unknown key `nmae` in window `1`, did you mean `name`?"),
        (with(&format!("name = \"{}\"", "长".repeat(65))), "5:8", "`name` of window `1` has 65 characters"),
        (window("name = \"x\""), "2:1", "window `1` has no `clerk`; add `clerk = \"device:NAME\"`"),
        (window("clerk = \"hw:CARD=USB\""), "4:9", "is no kind of source; write \"device:NAME\""),
        (window("clerk = \"devise:a\""), "4:9", "did you mean `device`?"),
        (window("clerk = \"device:\""), "4:9", "is not a source"),
        (window("clerk = \"push:3\""), "4:9", "is not a source"),
        (window("clerk = \"file:b.wav\""), "4:9", "b.wav is not there; name a WAV"),
        (window("clerk = \"file:folder\""), "4:9", "folder is a folder; name a WAV"),
        (with("clerk_channel = 64"), "5:17", "write a number from 0 to 63"),
        (with("visitor_channel = 1.5"), "5:19", "write a whole number from 0 to 63"),
        (with("visitor_channel = 0"), "5:19", "both on channel 0 of one source; set `clerk_channel`"),
        (with("visitor = \"device:mic\""), "5:11", "both on channel 0 of one source"),
        (with("visitor = \"push\""), "5:11", "`clerk` is not; take both from devices"),
        (with("visitor = \"file:a.wav\""), "5:11", "`clerk` is not; take both from devices"),
        (with("repeat = true"), "5:10", "`repeat` of window `1` means nothing beside `clerk = \"device:…\"`"),
        (window(&format!("clerk = \"push\"\nrepeat = true\n{token}")), "5:10", "beside `clerk = \"push\"`"),
        (window("clerk = \"file:a.wav\"\nrepeat = 1"), "5:10", "write true or false, without quotes"),
        (with(token), "5:9", "it belongs to windows with `clerk = \"push\"`"),
        (with("token_file = \"token\""), "5:14", "it belongs to windows with `clerk = \"push\"`"),
        (window("clerk = \"push\""), "2:1", "window `1` has no `token`; add `token = \"…\"` or"),
        (window("clerk = \"push\"\ntoken = \"short\""), "5:9", "has 5 characters; write 16 to 256"),
        (window("clerk = \"push\"\ntoken = \"秘密秘密秘密秘密秘密秘密秘密秘密\""), "5:9", "not ASCII"),
        (
            window("clerk = \"push\"\ntoken = \"sha256:12ab\""),
            "5:9",
            "no digest after `sha256:`; write the 64",
        ),
        (window("clerk = \"push\"\ntoken_file = \"short\""), "5:14", "has 1 character; write 16 to 256"),
        (window("clerk = \"push\"\ntoken_file = \"none\""), "5:14", "none: the file cannot be read"),
        (window(&format!("clerk = \"push\"\n{token}\ntoken_file = \"token\"")), "6:14", "keep one of them"),
        (
            with("[[window]]\nid = \"2\"\nclerk = \"device:mic\""),
            "7:9",
            "channel 0 of device:mic is the clerk of window `2` and the clerk of window `1`; give each voice",
        ),
        (with("[hearing]\nthreads = 0"), "6:11", "write a number from 1 to 256"),
        (with("[hearing]\nring_ms = 100"), "6:11", "write a number from 200 to 30000"),
        (with("[hearing]\npartial_step_s = 1"), "6:1", "the keys are threads, partial_step_ms"),
        (with("[budgets]\ngreeting_ms = \"1s\""), "6:15", "is a text; write a number from 100 to 60000"),
        (
            with("[server]\nlisten = \"localhost\""),
            "6:10",
            "write an IP address and a port, as \"127.0.0.1:8740\"",
        ),
        (with("[stop]\nfinish_ms = -1"), "6:13", "write a number from 0 to 60000"),
        (with("[ledger]"), "5:1", "has no `data`; add `data = \"data\"`"),
        (
            with("[ledger]\ndata = \"none/data\""),
            "6:8",
            "none, which is to hold the ledger's folder, is not there; make it",
        ),
        (with("[ledger]\ndata = \"a.wav\""), "6:8", "a.wav is a file; name a folder"),
        (with("[ledger]\npath = \"j\"\ndata = \".\""), "6:1", "it belongs to the table [journal]"),
        (
            with("[ledger]\ndata = \".\"\nkeep_unmasked_days = 30"),
            "7:22",
            "there is no key to encrypt it with; make a key with `sansheng key new FILE`",
        ),
        (with("[evidence]\nclips = true"), "5:1", "there is no [ledger]; add a table [ledger] with `data`"),
        (
            with("[ledger]\ndata = \"d\"\n[evidence]\nbefore_ms = 30000\nmemory_ms = 40000"),
            "7:1",
            "shorter than a clip and the hearing of it, 43000 ms; raise it",
        ),
        (with("[journal]"), "5:1", "has no `path`; add `path = \"journal.jsonl\"`"),
        (with("[journal]\npath = \"none/j\""), "6:8", "none is not there; make it"),
        (with("[journal]\npath = \"folder\""), "6:8", "folder is a folder; name a file in it"),
    ] {
        let faults = parse(&text, desk.path()).expect_err(&text);
        let told = |fault: &&String| fault.starts_with(&format!("c.toml:{place}")) && fault.contains(words);
        assert!(faults.iter().any(|fault| told(&fault)), "{text}\nno {place} … {words} in {faults:#?}");
        // A misspelt key is missing as well.
        assert!(faults.len() == 1 || text.contains("hell"), "{text}\n{faults:#?}");
        assert!(
            !faults.iter().any(|fault| fault.contains("0123456789abcdef")),
            "a token is shown: {faults:?}"
        );
    }
}

#[test]
fn all_faults_are_told_at_once_in_the_order_of_the_lines() {
    let text = "hall = 1\n[[window]]\nid = \"1\"\nclerk = \"mic\"\n[[window]]\nid = \"1\"\nclerk = \"push\"\n\
                [stop]\nfinish_ms = 1.5\n[sever]\n";
    let faults = parse(text, Path::new("")).unwrap_err();
    let lines: Vec<&str> = faults.iter().map(|fault| fault.split(':').nth(1).unwrap()).collect();
    assert_eq!(lines, ["1", "4", "5", "6", "9", "10"], "{faults:#?}");
}

#[test]
fn what_is_left_out_has_the_documented_default() {
    let config = parse(LEAST, Path::new("")).unwrap();
    assert_eq!((config.model.as_str(), config.rules.len()), ("base", 0));
    assert_eq!(config.windows[0].name, "1");
    assert_eq!(config.windows[0].visitor, None);
    assert_eq!(config.hearing.threads, None);
    assert_eq!(config.hearing.partial_step, Duration::from_secs(1));
    assert_eq!((config.hearing.ring_ms, config.hearing.lag_max), (2_000, Duration::from_secs(5)));
    assert_eq!(config.budgets.forbidden, Duration::from_millis(1_500));
    assert_eq!(config.budgets.greeting, Duration::from_secs(1));
    assert_eq!(config.budgets.farewell, Duration::from_secs(1));
    assert_eq!(config.listen.to_string(), "127.0.0.1:8740");
    assert_eq!(config.finish, Duration::from_secs(5));
    assert_eq!((&config.journal, config.warnings().len()), (&None, 0));
}

#[test]
fn paths_start_at_the_folder_of_the_file() {
    let desk = desk();
    let text = "hall = \"大厅\"\nrules = \"hall.toml\"\n[[window]]\nid = \"1\"\nclerk = \"file:a.wav\"\n\
                [[window]]\nid = \"2\"\nclerk = \"push\"\ntoken_file = \"token\"\n[journal]\npath = \"j\"\n[ledger]\ndata = \"data\"\n";
    let file = desk.path().join("c.toml");
    fs::write(&file, text).unwrap();
    let config = Config::load(&file).unwrap();
    assert_eq!(config.rules, [desk.path().join("hall.toml")]);
    assert_eq!(config.journal, Some(desk.path().join("j")));
    assert_eq!(config.ledger, Some(desk.path().join("data")));
    let AudioSource::File { path, repeat: false } = &config.windows[0].clerk.source else { panic!() };
    assert_eq!(*path, desk.path().join("a.wav"));
    let AudioSource::Push { token, .. } = &config.windows[1].clerk.source else { panic!() };
    assert!(token.admits("0123456789abcdef"));
    assert!(!format!("{config:?}").contains("0123456789abcdef"), "a token is shown");
}

#[test]
fn microphones_on_one_source_share_it() {
    let text = with(
        "visitor_channel = 1\n[[window]]\nid = \"2\"\nclerk = \"device:mic\"\nclerk_channel = 2\n\
         visitor = \"device:other\"\n[[window]]\nid = \"3\"\nclerk = \"push\"\nvisitor = \"push\"\n\
         visitor_channel = 1\ntoken = \"0123456789abcdef\"",
    );
    let sources = parse(&text, Path::new("")).unwrap().sources();
    let told: Vec<String> = sources
        .iter()
        .map(|used| {
            let voices = used.voices.iter().map(|v| format!(" {}{:?}{}", v.window, v.role, v.channel.0));
            format!("{}{}", used.source, voices.collect::<String>())
        })
        .collect();
    assert_eq!(
        told,
        [
            "device:mic 0Clerk0 0Visitor1 1Clerk2",
            "device:other 1Visitor0",
            "push (window 3) 2Clerk0 2Visitor1"
        ]
    );
    assert_eq!(sources[1].voices[0].role, Role::Visitor);
}

#[test]
fn what_is_risky_is_used_with_a_warning() {
    for (address, warned) in
        [("127.0.0.1:1", false), ("[::1]:1", false), ("0.0.0.0:8740", true), ("[::]:1", true)]
    {
        let config = parse(&with(&format!("[server]\nlisten = \"{address}\"")), Path::new("")).unwrap();
        let lines: Vec<usize> = config.warnings().iter().map(|fault| fault.line).collect();
        assert_eq!(lines, if warned { vec![6] } else { vec![] }, "{address}");
        assert!(config.warnings().iter().all(|fault| fault.level == FaultLevel::Warning));
    }
}

#[cfg(unix)]
#[test]
fn a_token_that_everyone_can_read_is_warned_of() {
    use std::os::unix::fs::PermissionsExt;
    let desk = desk();
    let (file, token) = (desk.path().join("c.toml"), desk.path().join("token"));
    let plain = window("clerk = \"push\"\ntoken = \"0123456789abcdef\"");
    let kept = window("clerk = \"push\"\ntoken_file = \"token\"");
    let hashed = window(&format!("clerk = \"push\"\ntoken = \"sha256:{}\"", "0".repeat(64)));
    for (text, mode, warned) in [
        (&plain, 0o644, vec![5]),
        (&plain, 0o640, vec![]),
        (&kept, 0o644, vec![5]),
        (&kept, 0o600, vec![]),
        (&hashed, 0o644, vec![]),
    ] {
        fs::write(&file, text).unwrap();
        for path in [&file, &token] {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        }
        let config = Config::load(&file).unwrap();
        let lines: Vec<usize> = config.warnings().iter().map(|fault| fault.line).collect();
        assert_eq!(lines, warned, "{text} {mode:o}");
    }
}

#[test]
fn the_example_can_be_used() {
    let config = Config::load(Path::new("sansheng.example.toml")).unwrap_or_else(|faults| panic!("{faults}"));
    assert_eq!(config.windows.len(), 4);
    assert_eq!(config.warnings(), []);
    // What it says of the settings are their defaults, so that nobody copies another value unawares.
    let least = parse(LEAST, Path::new("")).unwrap();
    assert_eq!((config.hearing, config.budgets), (least.hearing, least.budgets));
    assert_eq!((config.listen, config.finish, config.model), (least.listen, least.finish, least.model));
}

/// The keys the reader asks for in each table, which it names when it meets one it does not know.
fn keys_read() -> BTreeSet<(String, String)> {
    let mut keys = BTreeSet::new();
    for (table, text) in [
        ("", format!("zzz = 1\n{LEAST}")),
        ("window", with("zzz = 1")),
        ("hearing", with("[hearing]\nzzz = 1")),
        ("budgets", with("[budgets]\nzzz = 1")),
        ("server", with("[server]\nzzz = 1")),
        ("stop", with("[stop]\nzzz = 1")),
        ("events", with("[events]\npath = \"e\"\nzzz = 1")),
        ("journal", with("[journal]\npath = \"j\"\nzzz = 1")),
        ("ledger", with("[ledger]\ndata = \"d\"\nzzz = 1")),
        ("evidence", with("[evidence]\nzzz = 1\n[ledger]\ndata = \"d\"")),
        ("shifts", with("[shifts]\nfile = \"s.toml\"\nzzz = 1")),
        ("review", with("[review]\nzzz = 1")),
    ] {
        let faults = parse(&text, Path::new("")).unwrap_err();
        let (_, named) =
            faults.iter().find_map(|fault| fault.split_once("the keys are ")).expect("the keys are named");
        keys.extend(named.split(", ").map(|key| (table.to_owned(), key.to_owned())));
    }
    let mut tables: BTreeSet<String> = keys.iter().map(|(table, _)| table.clone()).collect();
    // Its keys are described, and checked, with the formula.
    tables.insert("score".to_owned());
    keys.retain(|(table, key)| !(table.is_empty() && tables.contains(key)));
    keys
}

/// Rows of the tables of docs/configuration.md: table, key and the other cells.
fn keys_described() -> Vec<(String, String, Vec<String>)> {
    let text = fs::read_to_string("docs/configuration.md").unwrap();
    let mut table = String::new();
    let mut rows = Vec::new();
    for line in text.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            let named = |name: &str| title.contains(&format!("[{name}]"));
            table = [
                "window", "hearing", "budgets", "server", "stop", "events", "journal", "ledger", "evidence",
                "shifts", "review",
            ]
            .into_iter()
            .find(|name| named(name))
            .unwrap_or_default()
            .to_owned();
        } else if let Some(row) = line.strip_prefix("| `") {
            let (key, rest) = row.split_once('`').unwrap();
            let cells =
                rest.trim_matches(['|', ' ']).split(" | ").map(|cell| cell.trim().to_owned()).collect();
            rows.push((table.clone(), key.to_owned(), cells));
        }
    }
    rows
}

#[test]
fn every_key_is_described_and_nothing_else() {
    let described: BTreeSet<(String, String)> =
        keys_described().into_iter().map(|(table, key, _)| (table, key)).collect();
    assert_eq!(described, keys_read());
}

/// Whether a value of a key is taken.
fn taken(table: &str, key: &str, value: u64) -> bool {
    let line = format!("{key} = {value}");
    let text = if table == "window" {
        // The clerk's and the visitor's channel have to differ.
        let other = if key == "clerk_channel" { "visitor_channel = 5" } else { "clerk_channel = 5" };
        with(&format!("{line}\n{other}"))
    } else {
        // Clips are kept beside a journal, which has a folder.
        let more = match table {
            "evidence" => "\n[ledger]\ndata = \"d\"",
            "ledger" => "\ndata = \"d\"",
            _ => "",
        };
        with(&format!("[{table}]\n{line}{more}"))
    };
    parse(&text, Path::new("")).is_ok()
}

#[test]
fn ranges_are_those_that_are_described() {
    let mut checked = 0;
    for (table, key, cells) in keys_described() {
        let Some((least, most)) = cells[1].split_once('–') else { continue };
        let number = |text: &str| text.replace(' ', "").parse::<u64>();
        let (Ok(least), Ok(most)) = (number(least), number(most)) else { continue };
        assert!(taken(&table, &key, least) && taken(&table, &key, most), "{table} {key}");
        assert!(!taken(&table, &key, most + 1), "{table} {key} takes {}", most + 1);
        assert!(least == 0 || !taken(&table, &key, least - 1), "{table} {key} takes {}", least - 1);
        checked += 1;
    }
    assert_eq!(checked, 24, "numbers with a range");
}

#[test]
fn defaults_are_those_that_are_described() {
    let least = parse(LEAST, Path::new("")).unwrap();
    let default_of = |table: &str, key: &str| {
        let rows = keys_described();
        let row = rows.iter().find(|(t, k, _)| t == table && k == key);
        row.unwrap_or_else(|| panic!("{table} {key}")).2[0].replace([' ', '`'], "")
    };
    for (table, key, value) in [
        ("", "model", least.model.clone()),
        ("hearing", "partial_step_ms", least.hearing.partial_step.as_millis().to_string()),
        ("hearing", "ring_ms", least.hearing.ring_ms.to_string()),
        ("hearing", "lag_max_ms", least.hearing.lag_max.as_millis().to_string()),
        ("budgets", "forbidden_ms", least.budgets.forbidden.as_millis().to_string()),
        ("budgets", "greeting_ms", least.budgets.greeting.as_millis().to_string()),
        ("budgets", "farewell_ms", least.budgets.farewell.as_millis().to_string()),
        ("server", "listen", least.listen.to_string()),
        ("stop", "finish_ms", least.finish.as_millis().to_string()),
        ("evidence", "clips", least.evidence.clips.to_string()),
        ("evidence", "before_ms", least.evidence.before.as_millis().to_string()),
        ("evidence", "after_ms", least.evidence.after.as_millis().to_string()),
        ("evidence", "memory_ms", least.evidence.memory.as_millis().to_string()),
        ("evidence", "keep_days", (least.evidence.keep.other.as_secs() / 86_400).to_string()),
        ("evidence", "recording_days", (least.evidence.keep_recordings.as_secs() / 86_400).to_string()),
        ("review", "appeal_days", least.review.appeal_days.to_string()),
        ("review", "decide_days", least.review.decide_days.to_string()),
        ("review", "unmask_hours", least.review.unmask_hours.to_string()),
        ("evidence", "free_mb", (least.evidence.free >> 20).to_string()),
    ] {
        assert_eq!(default_of(table, key), value, "{table} {key}");
    }
}

proptest! {
    /// Whatever a file holds, reading it ends with a configuration or with faults.
    #[test]
    fn no_text_makes_the_reader_panic(text in "(hall|window|clerk|id|\\[|\\]|=|\"|'|push|file:|device:|token|\n|[0-9]|.){0,60}") {
        if let Err(faults) = parse(&text, Path::new("")) {
            prop_assert!(!faults.is_empty());
        }
    }
}

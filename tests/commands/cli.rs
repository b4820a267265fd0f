//! The program as people run it: exit codes, one sentence for everything that goes wrong, and lines of JSON.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use hound::{SampleFormat, WavSpec, WavWriter};
use serde_json::Value;
use tempfile::TempDir;

const REFUSALS: &str = "tests/audio/counter-refusals.flac";

/// What a run left behind.
struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

fn program() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_sansheng"));
    program.env_remove("SANSHENG_LOG").stdin(Stdio::null());
    program
}

fn sansheng(arguments: &[&str]) -> Ran {
    finish(program().args(arguments))
}

fn finish(command: &mut Command) -> Ran {
    let output = command.output().expect("the program starts");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    let ran = Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) };
    assert!(!ran.err.contains("panicked"), "{}", ran.err);
    ran
}

/// The complaint on standard error, which must be a single line, and name `wanted`.
fn assert_complaint(ran: &Ran, code: i32, wanted: &[&str]) {
    assert_eq!(ran.code, Some(code), "{}", ran.err);
    let lines: Vec<&str> = ran.err.lines().filter(|l| *l != "sansheng: no recording could be read").collect();
    let [line] = lines[..] else { panic!("one line of complaint, not {lines:#?}") };
    for word in wanted.iter().chain(&["sansheng: "]) {
        assert!(line.contains(word), "{line} does not say {word:?}");
    }
}

/// A directory with files that are no recordings, and two that are.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        let desk = Self(TempDir::new().expect("a temporary directory"));
        fs::write(desk.path("empty.wav"), "").expect("room for a file");
        fs::write(desk.path("letter.wav"), "尊敬的领导：我要反映一个问题。").expect("room for a file");
        fs::create_dir(desk.path("papers")).expect("room for a directory");
        fs::write(desk.path("papers/list.txt"), "1, 2, 3").expect("room for a file");
        let spec = WavSpec {
            channels: 2,
            sample_rate: 16_000,
            bits_per_sample: 16,
            sample_format: SampleFormat::Int,
        };
        let mut writer = WavWriter::create(desk.path("quiet.wav"), spec).expect("room for a file");
        (0..32_000).for_each(|n| writer.write_sample([1_i16, -1, 2][n % 3]).expect("room for a file"));
        writer.finalize().expect("room for a file");
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn name(&self, name: &str) -> String {
        self.path(name).to_str().expect("a path in UTF-8").to_owned()
    }
}

#[test]
fn a_recording_that_cannot_be_read_is_told_in_one_sentence_with_its_remedy() {
    let desk = Desk::new();
    for (name, wanted) in [
        ("nowhere.wav", ["nowhere.wav", "check the path"]),
        ("empty.wav", ["empty.wav", "0 bytes"]),
        ("letter.wav", ["letter.wav", "not audio"]),
        ("papers", ["papers", "no recording in this directory"]),
    ] {
        assert_complaint(&sansheng(&["replay", &desk.name(name)]), 1, &wanted);
    }
}

#[test]
fn the_exit_code_tells_all_some_and_none_apart() {
    let desk = Desk::new();
    let (quiet, letter) = (desk.name("quiet.wav"), desk.name("letter.wav"));
    for (arguments, code) in [
        (vec!["replay", &quiet], 0),
        (vec!["replay", &letter], 1),
        (vec!["replay", &quiet, &letter], 3),
        (vec!["replay", &quiet, "/nowhere.wav"], 3),
        (vec!["replay"], 2),
        (vec!["replay", "--threads", "0", &quiet], 2),
        (vec!["listen-to-everything"], 2),
        (vec!["--version"], 0),
    ] {
        assert_eq!(sansheng(&arguments).code, Some(code), "{arguments:?}");
    }
}

#[test]
fn a_recording_read_in_part_is_told_and_does_not_pass_for_whole() {
    let desk = Desk::new();
    // Two streams in one file, of which the second has another rate.
    let parts = ["tests/formats/stereo-48k.ogg", "tests/formats/stereo-16k-flac.oga"];
    let bytes: Vec<u8> = parts.iter().flat_map(|part| fs::read(part).expect("a bundled file")).collect();
    fs::write(desk.path("changes.ogg"), bytes).expect("room for a file");
    let ran = sansheng(&["replay", "--threads", "1", &desk.name("changes.ogg"), &desk.name("quiet.wav")]);
    assert_complaint(&ran, 3, &["changes.ogg", "split it there"]);
    for wanted in ["changes.ogg", "quiet.wav", "2 recordings", "1 could not be read to the end"] {
        assert!(ran.out.contains(wanted), "{wanted} is not in:\n{}", ran.out);
    }
    let parts = ran.out.matches(" findings in ").count();
    assert_eq!(parts, 2, "each recording has its account:\n{}", ran.out);
}

#[test]
fn a_recording_that_was_cut_short_does_not_pass_for_whole() {
    let desk = Desk::new();
    let bytes = fs::read(desk.path("quiet.wav")).expect("it was written");
    fs::write(desk.path("cut.wav"), &bytes[..44 + 32_000]).expect("room for a file");
    let cut = desk.name("cut.wav");
    let ran = sansheng(&["replay", "--threads", "1", "--json", &cut]);
    assert_complaint(&ran, 3, &["cut.wav", "header promises 1.0 s, the file holds 0.5 s"]);
    let line: Value = serde_json::from_str(ran.out.trim()).expect("one line of JSON");
    assert_eq!(
        (&line["type"], &line["fatal"], &line["partly"]),
        (&"problem".into(), &false.into(), &true.into())
    );
    let ran = sansheng(&["replay", "--threads", "1", &cut]);
    assert!(ran.out.contains("1 could not be read to the end"), "{}", ran.out);
}

#[test]
fn channels_that_make_no_sense_are_refused_with_the_option_to_change() {
    let desk = Desk::new();
    let quiet = desk.name("quiet.wav");
    for (options, wanted) in [
        (vec!["--clerk-channel", "2"], vec!["quiet.wav", "--clerk-channel"]),
        (vec!["--visitor-channel", "7"], vec!["quiet.wav", "--visitor-channel"]),
        (vec!["--clerk-channel", "1"], vec!["--clerk-channel and --visitor-channel are both 1"]),
        (vec!["--visitor-channel", "0"], vec!["both 0", "--no-visitor"]),
    ] {
        let arguments = [vec!["replay", quiet.as_str()], options].concat();
        assert_complaint(&sansheng(&arguments), 1, &wanted);
    }
    assert_eq!(sansheng(&["replay", &quiet, "--clerk-channel", "1", "--no-visitor"]).code, Some(0));
}

#[test]
fn a_model_that_is_unknown_missing_or_damaged_is_told_with_the_command_that_mends_it() {
    let desk = Desk::new();
    let quiet = desk.name("quiet.wav");
    let in_models = |models: &Path, options: &[&str]| {
        finish(program().env("SANSHENG_MODELS", models).args(["replay", &quiet]).args(options))
    };
    let (none, damaged) = (desk.path("none"), desk.path("damaged"));
    fs::create_dir(&damaged).expect("room for a directory");
    fs::write(damaged.join("ggml-base.bin"), "this is no model").expect("room for a file");
    fs::write(damaged.join("ggml-ours.bin"), "this is no model").expect("room for a file");
    assert_complaint(&in_models(&none, &[]), 1, &["not installed", "sansheng model fetch base"]);
    assert_complaint(&in_models(&damaged, &[]), 1, &["damaged", "sansheng model fetch base"]);
    assert_complaint(
        &in_models(&damaged, &["--model", "ours"]),
        1,
        &["ggml-ours.bin", "cannot be used as a model"],
    );
    assert_complaint(&in_models(&none, &["--model", "whisper-99"]), 1, &["no model `whisper-99`", "base"]);
}

const RULES: &str = r#"[rulebook]
id = "hall"
version = "1"
title = "本厅"

[[rule]]
id = "H01-next"
provision = "H01"
kind = "forbidden"
title = "催人"
severity = "minor"
weight = 2
advice = "请您稍等。"
cites = [{ standard = "S4", article = "一 6" }]
[[rule.phrase]]
say = ["下一个快点"]
"#;

#[test]
fn rules_are_checked_and_a_fault_names_file_line_and_remedy() {
    let desk = Desk::new();
    let (good, bad) = (desk.name("good.toml"), desk.name("bad.toml"));
    fs::write(&good, RULES).expect("room for a file");
    fs::write(&bad, RULES.replace("severity = \"minor\"", "severity = \"terrible\""))
        .expect("room for a file");
    assert_eq!(sansheng(&["rules", "check"]).code, Some(0), "the built-in rules are sound");
    assert_eq!(sansheng(&["rules", "check", &good]).code, Some(0));
    let checked = sansheng(&["rules", "check", &bad]);
    assert_eq!(checked.code, Some(1));
    assert!(checked.out.contains("bad.toml:11") && checked.out.contains("terrible"), "{}", checked.out);
    for command in [vec!["rules", "test", "您好"], vec!["replay", REFUSALS]] {
        let ran = sansheng(&[command, vec!["--rules", &bad]].concat());
        assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "half a rulebook judges nobody");
        let [count, fault] = ran.err.lines().collect::<Vec<_>>()[..] else { panic!("{}", ran.err) };
        assert_eq!(count, "sansheng: the rulebook has 1 fault:");
        assert!(fault.contains("bad.toml:11") && fault.contains("write one of"), "{fault}");
    }
}

#[test]
fn a_sentence_is_tried_on_the_rules_in_either_writing() {
    let desk = Desk::new();
    let own = desk.name("own.toml");
    fs::write(&own, RULES).expect("room for a file");
    for (arguments, wanted) in [
        (vec!["别囉嗦"], vec!["P31-stop-rambling", "Forbidden", "said in these words", "嗦 suo"]),
        (vec!["别落锁"], vec!["P31-stop-rambling", "said in these sounds"]),
        (vec!["下一个快点", "--rules", &own], vec!["H01-next", "said in these words"]),
        (vec!["水果很好吃"], vec!["nothing in this sentence"]),
    ] {
        let ran = sansheng(&[vec!["rules", "test"], arguments].concat());
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
        for word in wanted {
            assert!(ran.out.contains(word), "{word} is not in:\n{}", ran.out);
        }
    }
}

#[test]
fn completions_know_every_command() {
    for shell in ["bash", "zsh", "fish"] {
        let ran = sansheng(&["completions", shell]);
        assert_eq!(ran.code, Some(0));
        for command in ["replay", "demo", "eval", "mic", "rules", "model"] {
            assert!(ran.out.contains(command), "{shell} does not know {command}");
        }
    }
}

#[test]
fn json_lines_hold_what_is_documented_whatever_the_number_of_threads() {
    let replay = |threads| sansheng(&["replay", "--json", "--transcript", "--threads", threads, REFUSALS]);
    let (one, three) = (replay("1"), replay("3"));
    assert_eq!((one.code, one.err.as_str()), (Some(0), ""));
    assert_eq!(one.out, three.out, "one thread and three");
    let lines: Vec<Value> =
        one.out.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect();
    let of_type = |name: &str| lines.iter().filter(|line| line["type"] == name).count();
    let (findings, transcripts) = (of_type("finding"), of_type("transcript"));
    let encounters = of_type("encounter");
    assert_eq!(findings + transcripts + encounters, lines.len(), "{}", one.out);
    assert_eq!(encounters, 1, "{}", one.out);
    assert!(findings >= 4 && transcripts >= 4, "{findings} findings, {transcripts} transcripts");
    for line in lines.iter().filter(|line| line["type"] != "encounter") {
        assert_eq!((&line["file"], &line["window"]), (&REFUSALS.into(), &"counter-refusals".into()));
        assert_eq!(line["channel"], 0);
        let (start_s, end_s) = (line["start_s"].as_f64(), line["end_s"].as_f64());
        assert!(start_s.is_some() && start_s <= end_s && end_s < Some(29.4), "{line}");
        if line["type"] == "finding" { check_finding(line) } else { check_transcript(line) }
    }
}

fn check_finding(line: &Value) {
    let one_of = |field: &str, known: &[&str]| {
        let found = line[field].as_str();
        assert!(found.is_some_and(|found| known.contains(&found)), "{field} in {line}");
    };
    one_of("kind", &["forbidden", "missing", "voice", "credit"]);
    one_of("state", &["confirmed", "unknown"]);
    one_of("severity", &["note", "minor", "major", "critical"]);
    for field in ["provision", "rule", "title", "phrase", "heard", "reason"] {
        assert!(line[field].as_str().is_some_and(|text| !text.is_empty()), "{field} in {line}");
    }
    let provision = line["provision"].as_str().unwrap_or_default();
    assert!(line["rule"].as_str().is_some_and(|rule| rule.starts_with(&format!("{provision}-"))), "{line}");
    assert!(line["sureness"].as_f64().is_some_and(|sure| (0.0..=1.0).contains(&sure)), "{line}");
    assert!(line["advice"].is_string() && line["weight"].is_u64(), "{line}");
    let cites = line["cites"].as_array().expect("a list");
    assert!(!cites.is_empty(), "every finding cites an article: {line}");
    for cite in cites {
        for field in ["standard", "title", "article", "quote"] {
            assert!(cite[field].is_string(), "{field} in {line}");
        }
    }
    assert!(line.get("latency_s").is_none(), "a replay has no latency: {line}");
}

fn check_transcript(line: &Value) {
    assert_eq!(line["role"], "clerk");
    assert!(line["pinyin"].as_str().is_some_and(|pinyin| !pinyin.is_empty()), "{line}");
    let chars = line["chars"].as_array().expect("a list");
    let spelled: String = chars.iter().filter_map(|c| c["ch"].as_str()).collect();
    assert_eq!(line["text"], spelled.as_str());
    for c in chars {
        assert!(c["start_s"].as_f64() <= c["end_s"].as_f64() && c["probability"].is_number(), "{c}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_fault() {
    let desk = Desk::new();
    let quiet = desk.name("quiet.wav");
    for arguments in [
        vec!["completions", "zsh"],
        vec!["rules", "check"],
        vec!["rules", "test", "别啰嗦"],
        vec!["model", "list"],
        vec!["replay", &quiet],
        vec!["replay", "--json", REFUSALS],
        vec!["--help"],
    ] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let ran = finish(program().args(&arguments).stdout(writer));
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{arguments:?}");
    }
}

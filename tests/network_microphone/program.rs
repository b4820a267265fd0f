//! `sansheng mic` as a clerk's PC runs it.

use std::fs;
use std::process::{Command, Stdio};

use hound::{SampleFormat, WavSpec, WavWriter};
use tempfile::TempDir;

use super::support::{Hub, TOKEN, samples_of};

/// Half a second of a rising tone, in 16-bit mono.
fn recording(folder: &TempDir) -> String {
    let path = folder.path().join("tone.wav");
    let spec =
        WavSpec { channels: 1, sample_rate: 16_000, bits_per_sample: 16, sample_format: SampleFormat::Int };
    let mut wav = WavWriter::create(&path, spec).expect("room for a file");
    for i in 0..8_000_i32 {
        wav.write_sample(((f64::from(i * i) / 60_000.0).sin() * 12_000.0) as i16).expect("room for a sample");
    }
    wav.finalize().expect("room for a file");
    path.to_str().expect("UTF-8").to_owned()
}

fn mic(url: &str, from: &str) -> Command {
    let mut mic = Command::new(env!("CARGO_BIN_EXE_sansheng"));
    mic.args(["mic", "--to", url, "--window", "3", "--from", &format!("file:{from}")]);
    mic.env_remove("SANSHENG_TOKEN").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    mic
}

#[test]
fn a_recording_is_played_to_its_end() {
    let folder = TempDir::new().expect("a folder");
    let path = recording(&folder);
    let token = folder.path().join("token");
    fs::write(&token, format!("{TOKEN}\n")).expect("room for a file");
    let mut hub = Hub::start();
    let url = format!("http://{}", hub.address());
    let mut mic = mic(&url, &path).arg("--token-file").arg(&token).spawn().expect("the program starts");
    hub.listen_until("the end", |_| mic.try_wait().expect("a process").is_some());
    hub.listen();
    let output = mic.wait_with_output().expect("what it said");
    let said = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("connected") && said.contains("end: 0.5 s captured, 0.0 s"), "{said}");
    assert!(!said.contains(TOKEN) && output.stdout.is_empty(), "{said}");
    let heard: Vec<f32> = hub.heard.iter().flat_map(|block| block.samples.clone()).collect();
    assert!(heard == samples_of(&path).0);
}

#[test]
fn a_signal_ends_it_with_everything_sent() {
    let folder = TempDir::new().expect("a folder");
    let path = recording(&folder);
    let mut hub = Hub::start();
    let url = format!("ws://{}", hub.address());
    let mut mic =
        mic(&url, &path).arg("--repeat").env("SANSHENG_TOKEN", TOKEN).spawn().expect("the program starts");
    hub.listen_until("the second turn", |hub| hub.heard_samples() > 9_000);
    let kill = format!("kill -TERM {}", mic.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().expect("a shell").success());
    hub.listen_until("the end", |_| mic.try_wait().expect("a process").is_some());
    hub.listen();
    let output = mic.wait_with_output().expect("what it said");
    let said = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert_eq!(hub.told.last().map(String::as_str), Some("down: the microphone was switched off"), "{said}");
    let once = samples_of(&path).0;
    let heard: Vec<f32> = hub.heard.iter().flat_map(|block| block.samples.clone()).collect();
    assert!(heard.iter().zip(once.iter().cycle()).all(|(a, b)| a == b), "again and again the same");
}

#[test]
fn what_cannot_work_is_said_in_one_line() {
    let folder = TempDir::new().expect("a folder");
    let path = recording(&folder);
    let hub = Hub::start();
    let url = format!("ws://{}", hub.address());
    let wrong = "not-the-token-of-3";
    for (url, from, token, code, wanted) in [
        (url.as_str(), path.as_str(), Some(wrong), 1, "the token is not this window's"),
        (&url, &path, None, 1, "no token"),
        (&url, &path, Some("short"), 1, "the token has 5 characters"),
        ("ws://", &path, Some(TOKEN), 1, "is not the address of a hub"),
        ("ws://hub?token=1", &path, Some(TOKEN), 1, "the address holds"),
        (&url, "missing.wav", Some(TOKEN), 1, "missing.wav: cannot be opened"),
    ] {
        let mut mic = mic(url, from);
        if let Some(token) = token {
            mic.args(["--token", token]);
        }
        let output = mic.output().expect("the program starts");
        let said = String::from_utf8(output.stderr).expect("UTF-8");
        assert_eq!(output.status.code(), Some(code), "{said}");
        let last = said.lines().last().unwrap_or_default();
        assert!(last.starts_with("sansheng: ") && last.contains(wanted), "{said}");
        assert!(!said.contains(wrong) && !said.contains(TOKEN), "{said}");
    }
}

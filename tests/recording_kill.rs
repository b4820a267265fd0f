//! A hall that records everything and is killed: what was on the disk a moment before can be heard afterwards, and the next run goes
//! on beside it.
//!
//! The killed process is this very test program, which runs the service as `sansheng run` does.

#[path = "pipeline/voice.rs"]
mod voice;

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use sansheng::asr::{AsrError, Care, Hypothesis, Recogniser};
use sansheng::cli::serve_with;
use sansheng::conduct::CompiledBook;
use sansheng::conduct::rulebook::{Rulebook, Setting, Source};
use sansheng::config::Config;
use sansheng::ledger::Key;
use sansheng::ledger::evidence::{Recordings, StoredRecording};
use sansheng::vad::SpeechSegment;

const KILLS: usize = 3;

/// How often what must come is looked for.
const LOOK: Duration = Duration::from_millis(20);
const LOOKS: usize = 6_000;

/// Where the killed process finds its hall.
const FOLDER: &str = "SANSHENG_TEST_RECORDED_HALL";

const RULES: &str = include_str!("data/rulebooks/one-rule.toml");

/// Understands nothing.
struct Deaf;

impl Recogniser for Deaf {
    fn decode(&mut self, segment: &SpeechSegment, _: Care) -> Result<Hypothesis, AsrError> {
        Ok(Hypothesis::silent(segment))
    }

    fn score(&mut self, _: &SpeechSegment, _: Care, _: &str, all: &[String]) -> Result<Vec<f32>, AsrError> {
        Ok(vec![-20.0; all.len()])
    }

    fn fingerprint(&self) -> String {
        "deaf".to_owned()
    }
}

/// Not a test: the service that is killed.
#[test]
#[ignore = "it is started by the other test"]
fn service() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let config = Config::load(&Path::new(&folder).join("hall.toml")).expect("a configuration");
    let rules = Rulebook::of_sources(vec![Source::new("small.toml", RULES)], &Setting::default());
    let book = Arc::new(CompiledBook::compile(rules.expect("rules")).expect("rules"));
    let served = serve_with(config, book, vec![Box::new(Deaf)]);
    panic!("it ended by itself: {served:?}");
}

/// A hall of two windows; what its clerks say is never the same for long.
fn furnish(folder: &Path, key: bool) -> Option<Key> {
    let locked = if key { "key = \"key\"\n" } else { "" };
    let mut text = format!(
        "hall = \"大厅\"\n[server]\nlisten = \"127.0.0.1:0\"\n[ledger]\ndata = \"data\"\n{locked}[evidence]\nrecording = true\n"
    );
    for window in 0..2 {
        let mut samples = vec![0.0_f32; 30_000 + 1_700 * window];
        voice::room(&mut samples, window as u32 + 1);
        voice::speak(&mut samples, 0.2, 1.2);
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: 16_000,
            bits_per_sample: 32,
            sample_format: hound::SampleFormat::Float,
        };
        let path = folder.join(format!("{window}.wav"));
        let mut wav = hound::WavWriter::create(&path, spec).expect("room for a file");
        samples.iter().for_each(|sample| wav.write_sample(*sample).expect("room for a file"));
        wav.finalize().expect("room for a file");
        text.push_str(&format!(
            "[[window]]\nid = \"{window}\"\nclerk = \"file:{window}.wav\"\nrepeat = true\n"
        ));
    }
    fs::write(folder.join("hall.toml"), text).expect("room for a file");
    key.then(|| Key::make(&folder.join("key")).expect("a key"))
}

fn start(folder: &Path) -> Child {
    let mut service = Command::new(std::env::current_exe().expect("a program"));
    service.args(["--exact", "service", "--ignored", "--nocapture", "--test-threads", "1"]);
    service.env(FOLDER, folder).env_remove("SANSHENG_LOG").env_remove("NOTIFY_SOCKET");
    let log = fs::File::create(folder.join("log")).expect("room for a file");
    service.stdout(Stdio::null()).stderr(log).spawn().expect("it starts")
}

/// Wall time and samples of each chunk.
type Sound = Vec<(i64, Vec<i16>)>;

/// What can be heard of every recording.
fn heard(recordings: &Recordings) -> Vec<(StoredRecording, Sound)> {
    let stored = recordings.stored().expect("a folder");
    stored.into_iter().map(|one| (one.clone(), recordings.sound(&one).expect("sound"))).collect()
}

/// How many chunks there are.
fn chunks(recordings: &Recordings) -> usize {
    let stored = recordings.stored().expect("a folder");
    stored.iter().map(|one| recordings.read(one).expect("a file").chunks.len()).sum()
}

fn kill_again_and_again(key: bool) {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let key = furnish(folder.path(), key);
    let recordings = Recordings::of(&folder.path().join("data")).with_key(key.as_ref());
    let mut windows = 0;
    for kill in 0..KILLS {
        let before = heard(&recordings);
        let mut service = start(folder.path());
        let known: usize = before.iter().map(|(_, chunks)| chunks.len()).sum();
        // With the first chunk, or the second.
        let come = |looks: &usize| *looks == LOOKS || chunks(&recordings) > known + kill % 2;
        (0..=LOOKS).inspect(|_| thread::sleep(LOOK)).find(come);
        let seen = heard(&recordings);
        thread::sleep(Duration::from_millis(3 * kill as u64));
        // SIGKILL: nothing in it can do anything any more.
        service.kill().expect("it lives");
        let code = service.wait().expect("a process").code();
        let log = fs::read_to_string(folder.path().join("log")).expect("a log");
        assert_eq!(code, None, "kill {kill}: it was not killed but ended: {log}");
        let after = heard(&recordings);
        assert!(seen.len() > before.len(), "kill {kill}: something new was recorded: {log}");
        for (stored, chunks) in &seen {
            let (_, kept) = after.iter().find(|(one, _)| one.file == stored.file).expect("it is still there");
            assert!(kept.starts_with(chunks), "kill {kill}: {} is heard as it was", stored.file);
        }
        for (stored, chunks) in &before {
            let (_, kept) = after.iter().find(|(one, _)| one.file == stored.file).expect("it is still there");
            assert!(kept == chunks, "kill {kill}: {} of an earlier run is left alone", stored.file);
        }
        windows = after.iter().filter(|(_, chunks)| !chunks.is_empty()).count();
        let loud =
            |chunks: &[(i64, Vec<i16>)]| chunks.iter().flat_map(|(_, all)| all).any(|one| one.abs() > 1_000);
        assert!(after.iter().all(|(_, chunks)| chunks.is_empty() || loud(chunks)), "the clerk is in it");
    }
    assert!(windows >= KILLS);
}

#[test]
fn what_was_recorded_before_a_kill_is_heard_after_it_with_a_key_and_without() {
    let halls = [false, true].map(|key| thread::spawn(move || kill_again_and_again(key)));
    for hall in halls {
        hall.join().unwrap_or_else(|fault| std::panic::resume_unwind(fault));
    }
}

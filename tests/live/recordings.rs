//! Recordings in the place of microphones: what is odd about one is taken as a replay takes it.

use std::fs;
use std::path::{Path, PathBuf};

use sansheng::asr::ScriptedRecogniser;
use sansheng::config::{AudioSource, Window};
use sansheng::runtime::live::Unheard;
use sansheng::status::WindowState::{Down, Ended, Live};
use tempfile::TempDir;

use crate::hall::{Line, audio, record, run, several, unhurried, window};
use crate::parity::{recorded, replayed};

const LINES: &[Line] = &[(0, 0.3, 1.1, "身份证"), (0, 3.6, 4.4, "办好了")];

fn played(id: usize, path: &Path, visitor: bool) -> Window {
    let source = AudioSource::File { path: path.to_owned(), repeat: false };
    window(id, (source.clone(), 0), visitor.then_some((source, 1)))
}

#[test]
fn odd_recordings_are_heard_as_a_replay_hears_them() {
    let folder = TempDir::new().expect("a temporary directory");
    let path = |name: &str| -> PathBuf { folder.path().join(name) };
    let mono = audio(LINES, 1);
    let mono = &mono[..88_000];
    record(&path("whole.wav"), mono, 1);
    let doubled: Vec<f32> = mono.iter().flat_map(|sample| [*sample; 2]).collect();
    record(&path("doubled.wav"), &doubled, 2);
    let bytes = fs::read(path("whole.wav")).expect("it was written");
    fs::write(path("cut.wav"), &bytes[..bytes.len() - 2_000]).expect("room for a file");
    // A visitor is asked for where there is none, or only the clerk once more.
    let names = [("whole.wav", true), ("doubled.wav", true), ("cut.wav", false)];
    let script = ScriptedRecogniser::new(LINES);
    let recordings = names
        .iter()
        .enumerate()
        .map(|(id, (name, visitor))| recorded(&path(name), id, 0, visitor.then_some(1)));
    let expected = replayed(recordings.collect(), several(&script, 2));
    let mut hall: Vec<Window> =
        names.iter().enumerate().map(|(id, (name, visitor))| played(id, &path(name), *visitor)).collect();
    hall.push(played(3, &path("nowhere.wav"), false));
    let told = run(unhurried(hall), several(&script, 2), |_| {});
    for (id, (findings, account)) in expected.iter().enumerate() {
        assert_eq!(format!("{:#?}", told.findings(id)), format!("{findings:#?}"), "{:?}", names[id]);
        let live = told.account(id);
        assert_eq!((live.audio_s, live.segments), (account.audio_s, account.segments), "{:?}", names[id]);
    }
    assert_eq!(told.missing(0), ["p01 confirmed", "p02 confirmed"]);
    assert_eq!(told.missing(2)[1], "p02 unknown", "who knows how it went on");
    assert_eq!(
        [0, 1, 2, 3].map(|id| told.states(id)),
        [vec![Live, Ended], vec![Live, Ended], vec![Live, Down, Ended], vec![Down, Ended],]
    );
    let [(lost, Unheard::Lost)] = &told.unheard(2)[..] else { panic!("one stretch: {:?}", told.unheard(2)) };
    assert_eq!((lost.start.seconds(), lost.seconds()), (told.account(2).audio_s, 1.0));
    assert_eq!(told.account(2).unheard_s, 1.0, "what was told is in the account");
    assert_eq!((told.unheard(3), told.account(3).audio_s), (vec![], 0.0));
}

//! Directories become the recordings in them, in one order, and nothing is lost silently.

use std::fs;
use std::path::{Path, PathBuf};

use sansheng::capture::{CaptureError, discover};
use tempfile::TempDir;

fn tree(names: &[&str]) -> TempDir {
    let root = TempDir::new().expect("a temporary directory");
    for name in names {
        let path = root.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        fs::write(path, b"x").expect("a file");
    }
    root
}

fn found(root: &Path, given: &[PathBuf]) -> Vec<String> {
    let short = |path: PathBuf| path.strip_prefix(root).unwrap_or(&path).display().to_string();
    discover(given)
        .into_iter()
        .map(|found| match found {
            Ok(path) => short(path),
            Err(CaptureError::Open { path, .. }) => format!("cannot open {}", short(path)),
            Err(CaptureError::NoRecordings { path, .. }) => format!("nothing in {}", short(path)),
            Err(other) => panic!("{other}"),
        })
        .collect()
}

#[test]
fn directories_expand_sorted_and_hidden_or_other_files_are_passed_over() {
    let root = tree(&[
        "b/2.WAV",
        "b/1.flac",
        "a.mp3",
        "c.txt",
        ".hidden.wav",
        ".cache/x.wav",
        "b/deep/3.oga",
        "d.ogg",
        "e.wave",
    ]);
    let given = [root.path().to_owned()];
    assert_eq!(
        found(root.path(), &given),
        ["a.mp3", "b/1.flac", "b/2.WAV", "b/deep/3.oga", "d.ogg", "e.wave"]
    );
}

#[test]
fn named_files_stay_whatever_they_are_called_and_faults_stay_in_place() {
    let root = tree(&["call.dat", ".hidden.wav", "empty/readme.txt"]);
    let given = ["call.dat", "missing.wav", "empty", ".hidden.wav"].map(|name| root.path().join(name));
    let wanted = ["call.dat", "cannot open missing.wav", "nothing in empty", ".hidden.wav"];
    assert_eq!(found(root.path(), &given), wanted);
}

#[cfg(unix)]
#[test]
fn links_in_a_circle_end_and_dead_links_are_reported() {
    let root = tree(&["a/1.wav"]);
    std::os::unix::fs::symlink(root.path(), root.path().join("a/loop")).expect("a link");
    std::os::unix::fs::symlink("gone.wav", root.path().join("a/2.wav")).expect("a link");
    let given = [root.path().to_owned()];
    assert_eq!(found(root.path(), &given), ["a/1.wav", "cannot open a/2.wav"]);
}

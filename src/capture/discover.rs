//! Finding recordings. In: paths as given by a person. Out: files to open, in a fixed order.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::CaptureError;

/// Names that mark a recording inside a directory, in lower case.
pub const RECORDING_EXTENSIONS: [&str; 6] = ["wav", "wave", "flac", "mp3", "ogg", "oga"];

/// Replaces directories by the recordings under them, sorted by path; files that are named stay in, whatever
/// they are called. Hidden files and directories are passed over, and a directory that links lead to twice is
/// walked once. What does not exist, cannot be read, or holds no recording is an error in its place.
pub fn discover(paths: &[PathBuf]) -> Vec<Result<PathBuf, CaptureError>> {
    let mut found = Vec::new();
    for path in paths {
        match fs::metadata(path) {
            Err(source) => found.push(Err(CaptureError::Open { path: path.clone(), source })),
            Ok(about) if about.is_dir() => {
                let before = found.len();
                walk(path, &mut BTreeSet::new(), &mut found);
                if found.len() == before {
                    let extensions = RECORDING_EXTENSIONS.map(|name| format!(".{name}")).join(" ");
                    found.push(Err(CaptureError::NoRecordings { path: path.clone(), extensions }));
                }
            }
            Ok(_) => found.push(Ok(path.clone())),
        }
    }
    found
}

/// `seen` holds the real paths of directories on the way, so that links in a circle end.
fn walk(directory: &Path, seen: &mut BTreeSet<PathBuf>, found: &mut Vec<Result<PathBuf, CaptureError>>) {
    let entered = fs::canonicalize(directory)
        .and_then(|real| if seen.insert(real) { sorted_entries(directory) } else { Ok(Vec::new()) });
    let entries = match entered {
        Ok(entries) => entries,
        Err(source) => return found.push(Err(CaptureError::Open { path: directory.to_owned(), source })),
    };
    for path in entries {
        match fs::metadata(&path) {
            Ok(about) if about.is_dir() => walk(&path, seen, found),
            Ok(about) if about.is_file() && has_recording_name(&path) => found.push(Ok(path)),
            // A link whose target is gone: a recording is missing.
            Err(source) if has_recording_name(&path) => found.push(Err(CaptureError::Open { path, source })),
            _ => {}
        }
    }
}

fn sorted_entries(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = fs::read_dir(directory)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<Vec<PathBuf>>>()?;
    let hidden =
        |path: &PathBuf| path.file_name().is_some_and(|name| name.as_encoded_bytes().first() == Some(&b'.'));
    paths.retain(|path| !hidden(path));
    paths.sort();
    Ok(paths)
}

fn has_recording_name(path: &Path) -> bool {
    path.extension()
        .and_then(|name| name.to_str())
        .is_some_and(|name| RECORDING_EXTENSIONS.iter().any(|known| known.eq_ignore_ascii_case(name)))
}

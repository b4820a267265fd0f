//! Rulebook files: the built-in ones, and those a hall adds, read with every fault named.

use std::path::{Path, PathBuf};

use crate::toml_file::{Faults, Source, Trouble, read_file, unreadable, whole_file};

/// The files the program carries.
pub(super) fn builtin_sources() -> Vec<Source> {
    [
        ("rules/standards/S0.toml", include_str!("../../../rules/standards/S0.toml")),
        ("rules/standards/S1.toml", include_str!("../../../rules/standards/S1.toml")),
        ("rules/standards/S2.toml", include_str!("../../../rules/standards/S2.toml")),
        ("rules/standards/S3.toml", include_str!("../../../rules/standards/S3.toml")),
        ("rules/standards/S4.toml", include_str!("../../../rules/standards/S4.toml")),
        ("rules/sets.toml", include_str!("../../../rules/sets.toml")),
        ("rules/forbidden.toml", include_str!("../../../rules/forbidden.toml")),
        ("rules/hard-words.toml", include_str!("../../../rules/hard-words.toml")),
        ("rules/courtesy.toml", include_str!("../../../rules/courtesy.toml")),
        ("rules/credit.toml", include_str!("../../../rules/credit.toml")),
        ("rules/telephone.toml", include_str!("../../../rules/telephone.toml")),
        ("rules/conversation.toml", include_str!("../../../rules/conversation.toml")),
        ("rules/voice.toml", include_str!("../../../rules/voice.toml")),
    ]
    .map(|(name, text)| Source { builtin: true, ..Source::new(name, text) })
    .into()
}

/// Reads files, and the `*.toml` files of directories in the order of their names.
pub(super) fn read_paths(paths: &[PathBuf], faults: &Faults) -> Vec<Source> {
    let mut sources = Vec::new();
    for path in paths {
        match files_of(path) {
            Ok(files) => sources.extend(files.iter().filter_map(|file| {
                read_file(file).map_err(|(found, remedy)| faults.push(whole_file(file, found, remedy))).ok()
            })),
            Err((found, remedy)) => faults.push(whole_file(path, found, remedy)),
        }
    }
    sources
}

fn files_of(path: &Path) -> Result<Vec<PathBuf>, Trouble> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = std::fs::read_dir(path).map_err(|e| unreadable(&e))?;
    let mut files = Vec::new();
    for entry in entries {
        let file = entry.map_err(|e| unreadable(&e))?.path();
        if file.extension().is_some_and(|ext| ext == "toml") {
            files.push(file);
        }
    }
    if files.is_empty() {
        return Err((
            "the folder holds no *.toml file".into(),
            "name a rulebook file, or put one there".into(),
        ));
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toml_file::FILE_BYTES_MAX;

    fn faults_of(path: PathBuf) -> Vec<String> {
        let faults = Faults::default();
        read_paths(&[path], &faults);
        faults.into_sorted(&[]).iter().map(|f| format!("{}; {}", f.found, f.remedy)).collect()
    }

    #[test]
    fn what_is_no_rulebook_text_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("gbk.txt"), b"title = \"\xc4\xfa\"").unwrap();
        std::fs::write(at("huge.txt"), vec![b'#'; FILE_BYTES_MAX as usize + 1]).unwrap();
        for (path, beginning) in [
            (at("absent.toml"), "the file cannot be read"),
            (at("gbk.txt"), "the file is not UTF-8 text (byte 9 is 0xc4); save"),
            (at("huge.txt"), "the file is larger than 1024 KiB; name"),
            (folder.path().to_owned(), "the folder holds no *.toml file; name"),
        ] {
            let faults = faults_of(path);
            assert!(faults.len() == 1 && faults[0].starts_with(beginning), "{faults:?}");
        }
    }

    #[test]
    fn a_folder_gives_its_rulebooks_in_the_order_of_their_names() {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [("b.toml", "\u{feff}second"), ("a.toml", "first"), ("notes.txt", "no rulebook")]
        {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let faults = Faults::default();
        let sources = read_paths(&[folder.path().to_owned()], &faults);
        assert_eq!(sources.iter().map(|s| s.text.as_str()).collect::<Vec<_>>(), ["first", "second"]);
        assert_eq!(faults.into_sorted(&[]), []);
    }
}

//! The journal's file.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use super::super::error::CliError;

/// Opens the journal to append to it: a new one is its owner's alone, since it holds what people said.
pub(super) fn open(path: &Path) -> Result<File, CliError> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let fault = |fault| CliError::Journal { path: path.to_owned(), fault };
    let mut file = options.open(path).map_err(fault)?;
    // Where the disk is full that is told with the first line.
    if ends_in_mid_line(path).unwrap_or(false) {
        let _ = file.write_all(b"\n");
    }
    Ok(file)
}

/// Whether the run before broke off while it wrote.
fn ends_in_mid_line(path: &Path) -> io::Result<bool> {
    if !path.metadata()?.is_file() {
        return Ok(false);
    }
    let mut file = File::open(path)?;
    let mut last = [b'\n'];
    if file.metadata()?.len() > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    Ok(last != *b"\n")
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_journal_is_its_owners_alone_and_goes_on_with_a_line_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        for (line, all) in [("{\"a\"", "{\"a\""), ("{}\n", "{\"a\"\n{}\n"), ("{}\n", "{\"a\"\n{}\n{}\n")] {
            open(&path).unwrap().write_all(line.as_bytes()).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), all);
        }
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}

//! One file that people write, read whole.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::fault::{Fault, FaultLevel};

/// Largest file read. The whole built-in rulebook is a tenth of it: a larger file is a mistake.
pub const FILE_BYTES_MAX: u64 = 1 << 20;

/// The text of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// What faults call it.
    pub name: String,
    pub text: String,
    /// Part of the program, not written by the hall.
    pub builtin: bool,
}

impl Source {
    /// A text of the hall's, under the name that faults should give it.
    pub fn new(name: &str, text: &str) -> Self {
        Self { name: name.to_owned(), text: text.to_owned(), builtin: false }
    }
}

/// What was found, and the remedy.
pub(crate) type Trouble = (String, String);

/// Reads one file whole, as UTF-8, without its byte order mark.
pub(crate) fn read_file(path: &Path) -> Result<Source, Trouble> {
    let file = File::open(path).map_err(|e| unreadable(&e))?;
    let mut bytes = Vec::new();
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(|e| unreadable(&e))?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err((
            format!("the file is larger than {} KiB", FILE_BYTES_MAX / 1024),
            "name a TOML text of a few hundred lines".into(),
        ));
    }
    let text = String::from_utf8(bytes).map_err(|e| {
        (
            format!(
                "the file is not UTF-8 text (byte {} is {:#04x})",
                e.utf8_error().valid_up_to(),
                bad_byte(&e)
            ),
            "save it as UTF-8, not as GBK or another encoding".into(),
        )
    })?;
    Ok(Source::new(&path.display().to_string(), text.strip_prefix('\u{feff}').unwrap_or(&text)))
}

fn bad_byte(error: &std::string::FromUtf8Error) -> u8 {
    error.as_bytes().get(error.utf8_error().valid_up_to()).copied().unwrap_or_default()
}

pub(crate) fn unreadable(error: &std::io::Error) -> Trouble {
    (format!("the file cannot be read ({error})"), "check its name and who may read it".into())
}

/// A fault that has no line.
pub(crate) fn whole_file(path: &Path, found: String, remedy: String) -> Fault {
    Fault { level: FaultLevel::Error, file: path.display().to_string(), line: 0, column: 0, found, remedy }
}

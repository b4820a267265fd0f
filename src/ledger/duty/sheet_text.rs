//! The text of a spreadsheet that was saved as CSV, in whatever encoding the office saved it.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use encoding_rs::{Encoding, GB18030};

use crate::toml_file::{Trouble, unreadable};

/// Largest sheet read: a year of a large hall is a third of it.
const BYTES_MAX: u64 = 8 << 20;

/// Reads a file in UTF-8 or UTF-16 with a byte order mark, in UTF-8 without one, or else in GBK.
pub(super) fn read(path: &Path) -> Result<String, Trouble> {
    let file = File::open(path).map_err(|fault| unreadable(&fault))?;
    let mut bytes = Vec::new();
    file.take(BYTES_MAX + 1).read_to_end(&mut bytes).map_err(|fault| unreadable(&fault))?;
    if bytes.len() as u64 > BYTES_MAX {
        return Err((
            format!("the file is larger than {} MiB", BYTES_MAX >> 20),
            "split it by months".into(),
        ));
    }
    decoded(&bytes)
}

fn decoded(bytes: &[u8]) -> Result<String, Trouble> {
    let remedy = || "save the sheet as \"CSV UTF-8\"".to_owned();
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
        return Err(("the file is a workbook of Excel".into(), remedy()));
    }
    if Encoding::for_bom(bytes).is_none()
        && let Ok(text) = std::str::from_utf8(bytes)
    {
        return Ok(text.to_owned());
    }
    // A byte order mark wins over the encoding named. GB18030 holds all of GBK.
    let (text, encoding, damaged) = GB18030.decode(bytes);
    if damaged || text.contains('\0') {
        return Err((
            format!("the file is neither UTF-8 nor GBK text (read as {})", encoding.name()),
            remedy(),
        ));
    }
    Ok(text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_read_in_the_encodings_that_offices_save() {
        let text = "日期,班次\n2026-11-23,早";
        let (gbk, ..) = encoding_rs::GBK.encode(text);
        let utf16: Vec<u8> =
            [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        for bytes in [text.as_bytes(), &[b"\xEF\xBB\xBF", text.as_bytes()].concat(), &gbk, &utf16] {
            assert_eq!(decoded(bytes).unwrap(), text);
        }
        for (bytes, found) in [
            (&b"PK\x03\x04rest"[..], "a workbook"),
            (&[0xFF, 0x00, 0x81, 0xFF][..], "neither UTF-8 nor GBK"),
            (&[0x81][..], "neither UTF-8 nor GBK"),
        ] {
            assert!(decoded(bytes).unwrap_err().0.contains(found), "{bytes:?}");
        }
    }
}

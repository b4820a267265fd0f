//! The folder of a journal: its database, the lock that keeps a second writer out, the head beside it that shows when its
//! tail was cut off, and the ballast that is thrown out when the disk is full.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::JournalFault;
use super::hash::{Hash, hex};

/// Room kept for what must be written when the disk is full: thousands of alerts.
pub const BALLAST_BYTES: u64 = 8 << 20;

/// The last event of the journal; 0 and the genesis where there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    pub seq: u64,
    pub hash: Hash,
}

/// What stands in the head's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    Head {
        seq: u64,
        hash: String,
    },
    Absent,
    /// Something else.
    Unread(String),
}

#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// Held for as long as it is open; the system lets it go with the process.
    _lock: File,
    head: File,
}

pub fn database(folder: &Path) -> PathBuf {
    folder.join("journal.db")
}

pub fn head_file(folder: &Path) -> PathBuf {
    folder.join("journal.head")
}

impl Folder {
    /// Takes the folder for writing; makes it where only the last part of its path is missing.
    pub fn take(path: &Path) -> Result<Self, JournalFault> {
        let fault = |fault| JournalFault::Folder { path: path.to_owned(), fault };
        if !path.exists() {
            make_folder(path).map_err(fault)?;
        }
        let lock_path = path.join("journal.lock");
        let lock = ours().open(&lock_path).map_err(fault)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(JournalFault::Taken { path: database(path) }),
            Err(TryLockError::Error(error)) => return Err(fault(error)),
        }
        let head = ours().open(head_file(path)).map_err(fault)?;
        Ok(Self { path: path.to_owned(), _lock: lock, head })
    }

    pub fn database(&self) -> PathBuf {
        database(&self.path)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Notes the head, in the place of the one before: always as many bytes, so that it is never half written.
    pub fn note_head(&mut self, head: &Head) -> io::Result<()> {
        self.head.seek(SeekFrom::Start(0))?;
        self.head.write_all(head_line(head).as_bytes())
    }

    /// What is written so far survives a power cut.
    pub fn settle(&self) -> io::Result<()> {
        self.head.sync_all()?;
        sync_folder(&self.path)
    }

    fn ballast(&self) -> PathBuf {
        self.path.join("journal.ballast")
    }

    pub fn has_ballast(&self) -> bool {
        self.ballast().metadata().is_ok_and(|file| file.len() == BALLAST_BYTES)
    }

    /// Lays in ballast, where there is twice the room that it takes: it must not fill the disk itself.
    pub fn load_ballast(&self) -> io::Result<()> {
        if self.has_ballast() {
            return Ok(());
        }
        let laid = (|| {
            let mut file = ours().truncate(true).open(self.ballast())?;
            // Not zeros, which some file systems do not store.
            let block: Vec<u8> =
                (0..1 << 16).map(|n: u32| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
            for _ in 0..2 * BALLAST_BYTES / block.len() as u64 {
                file.write_all(&block)?;
            }
            file.sync_all()?;
            file.set_len(BALLAST_BYTES)?;
            file.sync_all()
        })();
        if laid.is_err() {
            let _ = fs::remove_file(self.ballast());
        }
        laid
    }

    /// Throws the ballast out; false where there is none.
    pub fn drop_ballast(&self) -> bool {
        let dropped = fs::remove_file(self.ballast()).is_ok();
        if dropped {
            let _ = sync_folder(&self.path);
        }
        dropped
    }
}

/// Notes a head beside the service that has the folder. An older one misses less, and the service's next one mends it.
pub fn note_later_head(folder: &Path, head: &Head) {
    if let Ok(mut file) = ours().open(head_file(folder)) {
        let _ = file.write_all(head_line(head).as_bytes());
    }
}

/// The head as it is noted: always as many bytes.
pub fn head_line(head: &Head) -> String {
    format!("{:020} {}\n", head.seq, hex(&head.hash))
}

/// The head that was noted last.
pub fn written_head(folder: &Path) -> io::Result<Written> {
    let mut text = String::new();
    match File::open(head_file(folder)) {
        Ok(file) => {
            if let Err(fault) = file.take(1_024).read_to_string(&mut text) {
                return match fault.kind() {
                    io::ErrorKind::InvalidData => Ok(Written::Unread("no text".to_owned())),
                    _ => Err(fault),
                };
            }
        }
        Err(fault) if fault.kind() == io::ErrorKind::NotFound => return Ok(Written::Absent),
        Err(fault) => return Err(fault),
    }
    let parsed = text.strip_suffix('\n').and_then(|line| line.split_once(' ')).and_then(|(seq, hash)| {
        let sound =
            hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        sound.then_some(Written::Head { seq: seq.parse().ok()?, hash: hash.to_owned() })
    });
    Ok(match parsed {
        Some(head) => head,
        None if text.is_empty() => Written::Absent,
        None => Written::Unread(text.chars().take(40).collect()),
    })
}

/// A file that is its owner's alone: it holds, or guards, what people said.
fn ours() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.create(true).read(true).write(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// The database's file is its owner's alone before SQLite writes a byte into it.
pub fn make_file(path: &Path) -> io::Result<()> {
    ours().open(path).map(drop)
}

fn make_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

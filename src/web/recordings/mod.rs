//! Recordings that somebody hands in. In: bytes, as they come. Out: files of a day at most, and jobs that hear them.
//!
//! They lie in `uploads` beside the journal, which knows nothing of them: emptied when the service starts and when it stops.
//! Only the beginning of a file is looked at in the service; it is heard by a process of its own (`hear`).

mod drawn;
mod hear;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use axum::http::StatusCode;
use tempfile::{NamedTempFile, TempPath};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::interval;

use super::hub::Hub;
use super::problem::Problem;
use crate::capture::{CaptureError, Recording};
use crate::said::Bilingual;

pub(super) use hear::{Hearing, hear};

/// Beside the journal.
const FOLDER: &str = "uploads";
/// Recordings that may be on their way at a time.
const COMING_MAX: usize = 2;
/// Bytes of all that are there, at most.
const KEPT_BYTES_MAX: u64 = 2 << 30;
/// What is left free on the disk for the journal and the clips.
const FREE_BYTES_MIN: u64 = 2 << 30;
/// How often it is looked for what is over for a day.
const TIDY: Duration = Duration::from_secs(60);
/// Longest name that is shown, in characters.
const NAME_MAX: usize = 200;

/// How recordings that are handed in are heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uploads {
    /// What hears them: called as `sansheng` is, with `replay` and its options. `None`: this program.
    pub program: Option<PathBuf>,
    /// Longest recording, in bytes.
    pub bytes_max: u64,
}

impl Default for Uploads {
    fn default() -> Self {
        Self { program: None, bytes_max: 256 << 20 }
    }
}

/// The folder, and the process that hears.
#[derive(Clone, Debug)]
pub(super) struct Recordings(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// `None` where there is no journal.
    folder: Option<PathBuf>,
    uploads: Uploads,
    coming: Semaphore,
    /// The one that runs.
    child: Mutex<Option<Child>>,
    /// The service stops.
    closed: AtomicBool,
}

/// A recording that was handed in. Its file goes when this does.
#[derive(Debug)]
pub(super) struct Handed {
    /// As whoever handed it in calls it; for people alone.
    pub name: String,
    pub at_us: i64,
    /// As far as known before it was heard, in seconds.
    pub duration_s: Option<f64>,
    /// `"WAV"`, `"FLAC"`, `"MP3"` or `"OGG"`.
    pub container: &'static str,
    /// `None` once it was let go of.
    file: Mutex<Option<TempPath>>,
}

impl Handed {
    /// Where it lies, if it does.
    pub fn path(&self) -> Option<PathBuf> {
        held(&self.file).as_deref().map(Path::to_owned)
    }

    /// Deletes the file.
    pub fn let_go(&self) {
        held(&self.file).take();
    }

    /// A message about the file, about what it is called instead.
    pub fn named(&self, message: &str) -> String {
        match self.path() {
            Some(path) => message.replace(&path.display().to_string(), &self.name),
            None => message.to_owned(),
        }
    }
}

impl Recordings {
    /// Takes the folder, and empties it of what a service left that did not end by itself.
    pub fn open(data: Option<&Path>, uploads: Uploads) -> Self {
        let recordings = Self(Arc::new(Inner {
            folder: data.map(|data| data.join(FOLDER)),
            uploads,
            coming: Semaphore::new(COMING_MAX),
            child: Mutex::default(),
            closed: AtomicBool::new(false),
        }));
        recordings.empty();
        recordings
    }

    pub fn bytes_max(&self) -> u64 {
        self.0.uploads.bytes_max
    }

    /// Held while one comes.
    ///
    /// # Errors
    /// 503 where too many come.
    pub fn turn(&self) -> Result<SemaphorePermit<'_>, Problem> {
        self.0.coming.try_acquire().map_err(|_| Problem::busy())
    }

    /// A file to put one into, of a name that nobody chose.
    ///
    /// # Errors
    /// 503 where there is no journal, or no room.
    pub fn begin(&self) -> Result<NamedTempFile, Problem> {
        let folder = self.0.folder.as_deref().ok_or_else(Problem::no_journal)?;
        make(folder).map_err(|fault| unkept(&fault))?;
        let kept = files(folder).filter_map(|path| fs::metadata(path).ok()).map(|about| about.len());
        let kept = kept.sum::<u64>().saturating_add(self.bytes_max());
        let disk = rustix::fs::statvfs(folder).map_err(|fault| unkept(&fault.into()))?;
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        if kept > KEPT_BYTES_MAX || free < FREE_BYTES_MIN {
            return Err(Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "no-room",
                "there is no room for another recording: cancel a job whose recording is done with, or free space on the disk of \
                 [ledger] data",
                "没有空间存放更多录音：请取消不再需要的录音任务，或清理 [ledger] data 所在磁盘",
            ));
        }
        tempfile::Builder::new().prefix("recording-").tempfile_in(folder).map_err(|fault| unkept(&fault))
    }

    /// Looks at what came: whether it is a recording that has the clerk's channel.
    ///
    /// # Errors
    /// 422 with what is wrong with it.
    pub fn take(
        &self,
        file: NamedTempFile,
        name: &str,
        (clerk_channel, at_us): (u16, i64),
    ) -> Result<Handed, Problem> {
        let mut handed = Handed {
            name: plain(name),
            at_us,
            duration_s: None,
            container: "",
            file: Mutex::new(Some(file.into_temp_path())),
        };
        let path = handed.path().unwrap_or_default();
        let unfit = |fault: &CaptureError, handed: &Handed| {
            let Bilingual { en, zh } = fault.said();
            Problem::unfit(handed.named(&en), handed.named(&zh))
        };
        let format = Recording::open(&path).map_err(|fault| unfit(&fault, &handed))?.format();
        if clerk_channel >= format.channels {
            let (asked, channels) = (clerk_channel, format.channels);
            return Err(unfit(&CaptureError::NoSuchChannel { path, asked, channels }, &handed));
        }
        (handed.duration_s, handed.container) = (format.duration, format.container);
        Ok(handed)
    }

    /// Ends what runs, and empties the folder.
    pub fn close(&self) {
        self.0.closed.store(true, Ordering::Release);
        if let Some(child) = &mut *held(&self.0.child) {
            // It may have ended by itself.
            let _ = child.kill();
        }
        self.empty();
    }

    fn is_closed(&self) -> bool {
        self.0.closed.load(Ordering::Acquire)
    }

    fn empty(&self) {
        for path in self.0.folder.iter().flat_map(|folder| files(folder)) {
            if let Err(fault) = fs::remove_file(&path) {
                tracing::warn!("{}: a recording that was handed in stays: {fault}", path.display());
            }
        }
    }
}

/// Lets go of jobs that are over for a day, and of their recordings, though nobody asks; for as long as there is a hub.
pub(super) async fn tidy(hub: Weak<Hub>) {
    let mut due = interval(TIDY);
    loop {
        due.tick().await;
        let Some(hub) = hub.upgrade() else { return };
        let (jobs, now_us) = (hub.jobs().clone(), hub.now_us());
        let forgotten = hub.blocking(move || {
            jobs.forget(now_us);
            Ok(())
        });
        // Where too much is asked of the service now, in a minute.
        let _ = forgotten.await;
    }
}

/// Files alone: what links lead to is nobody's business here.
fn files(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file())).map(|entry| entry.path())
}

fn make(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

fn unkept(fault: &io::Error) -> Problem {
    Problem::fault(&format!("a recording cannot be kept: {fault}"))
}

/// The last part of a path without what cannot be shown.
fn plain(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let shown: String = last.chars().filter(|letter| !letter.is_control()).take(NAME_MAX).collect();
    match shown.trim() {
        "" | "." | ".." => "recording".to_owned(),
        shown => shown.to_owned(),
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_shown_and_leads_nowhere() {
        let long = "长".repeat(300);
        for (given, shown) in [
            ("早班.wav", "早班.wav"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\x\\a.mp3", "a.mp3"),
            ("..", "recording"),
            ("a/", "recording"),
            ("\u{1b}[2Jx\n.wav", "[2Jx.wav"),
            ("", "recording"),
            (&long, &long[..3 * NAME_MAX]),
        ] {
            assert_eq!(plain(given), shown, "{given:?}");
        }
    }
}

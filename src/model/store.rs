//! The model directory. In: a name or a path. Out: a verified [`ModelFile`]. Files appear in it whole or not at all.

use std::env;
use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::digest::Digest;
use super::error::{ModelError, difference};
use super::inspect::inspect;
use super::manifest::{Manifest, ModelSpec, is_plain_name};
use super::progress::{Progress, Silent, Stage};

/// Work in progress lies in directories of this prefix, inside the model directory so that a rename suffices.
const STAGING_PREFIX: &str = ".staging-";
const LOCK_FILE: &str = ".lock";

/// A model file whose bytes were checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelFile {
    /// Name in the manifest; for a file of someone's own, its file name without `ggml-` and `.bin`.
    pub name: String,
    pub path: PathBuf,
    pub bytes: u64,
    pub sha256: Digest,
}

/// Whether a named model is in the directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Installed {
    Yes,
    No,
    Damaged,
}

/// A directory of model files and the manifest that pins them.
#[derive(Clone, Debug)]
pub struct ModelStore {
    dir: PathBuf,
    manifest: Manifest,
}

impl ModelStore {
    /// The directory need not exist yet.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self::with_manifest(dir, Manifest::built_in().clone())
    }

    pub fn with_manifest(dir: impl Into<PathBuf>, manifest: Manifest) -> Self {
        Self { dir: dir.into(), manifest }
    }

    /// In the directory that [`Surroundings::models_dir`] finds for this process.
    pub fn from_env() -> Self {
        Self::new(Surroundings::of_process().models_dir())
    }

    pub fn dir(&self) -> &Path {
        &self.dir
    }

    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    pub fn path_of(&self, spec: &ModelSpec) -> PathBuf {
        self.dir.join(spec.file_name())
    }

    /// The model of this name, or the ggml file at this path, all of it read and checked.
    ///
    /// A name of the manifest must have the pinned bytes. Any other file must be a complete multilingual
    /// Whisper model; it is found by path, or as `ggml-NAME.bin` in the model directory by its name.
    pub fn locate(&self, name_or_path: &str) -> Result<ModelFile, ModelError> {
        if let Some(spec) = self.manifest.get(name_or_path) {
            return self.locate_pinned(spec, &mut Silent);
        }
        self.own_file(name_or_path).and_then(|path| self.locate_path(&path))
    }

    /// The path of a file that the manifest does not name.
    fn own_file(&self, name_or_path: &str) -> Result<PathBuf, ModelError> {
        let by_name = self.dir.join(format!("ggml-{name_or_path}.bin"));
        if is_plain_name(name_or_path) && by_name.is_file() {
            return Ok(by_name);
        }
        let path = Path::new(name_or_path);
        if path.is_file() || name_or_path.contains('/') || name_or_path.ends_with(".bin") {
            return Ok(path.to_owned());
        }
        Err(self.unknown(name_or_path))
    }

    /// Whether [`ModelStore::locate`] would find the model, by what can be seen of its file at a glance: its length, or
    /// its parts without their data.
    pub fn glance(&self, name_or_path: &str) -> Result<(), ModelError> {
        let Some(spec) = self.manifest.get(name_or_path) else {
            return self.own_file(name_or_path).and_then(|path| look_through(&path).map(drop));
        };
        let path = self.path_of(spec);
        let (bytes, pinned) = match path.metadata() {
            Ok(about) => (about.len(), spec.bytes),
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Err(self.missing(spec)),
            Err(e) => return Err(ModelError::io("read", &path, 0)(e)),
        };
        if bytes == pinned {
            return Ok(());
        }
        let (found, pinned) = difference((bytes, None), (pinned, spec.sha256));
        Err(ModelError::Damaged { name: spec.name.clone(), found, pinned })
    }

    pub fn installed(&self, spec: &ModelSpec) -> Installed {
        match self.locate_pinned(spec, &mut Silent) {
            Ok(_) => Installed::Yes,
            Err(ModelError::Missing { .. }) => Installed::No,
            Err(_) => Installed::Damaged,
        }
    }

    fn missing(&self, spec: &ModelSpec) -> ModelError {
        ModelError::Missing { name: spec.name.clone(), dir: self.dir.clone() }
    }

    pub(super) fn unknown(&self, name: &str) -> ModelError {
        let known: Vec<&str> = self.manifest.models().iter().map(|spec| spec.name.as_str()).collect();
        ModelError::Unknown { name: name.to_owned(), known: known.join(", ") }
    }

    pub(super) fn locate_pinned(
        &self,
        spec: &ModelSpec,
        progress: &mut dyn Progress,
    ) -> Result<ModelFile, ModelError> {
        let path = self.path_of(spec);
        match check_bytes(&path, spec.bytes, spec.sha256, progress) {
            Ok(None) => {
                Ok(ModelFile { name: spec.name.clone(), path, bytes: spec.bytes, sha256: spec.sha256 })
            }
            Ok(Some((found, pinned))) => Err(ModelError::Damaged { name: spec.name.clone(), found, pinned }),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Err(self.missing(spec)),
            Err(e) => Err(ModelError::io("read", &path, 0)(e)),
        }
    }

    fn locate_path(&self, path: &Path) -> Result<ModelFile, ModelError> {
        let read = || ModelError::io("read", path, 0);
        let bytes = look_through(path)?;
        let sha256 = Digest::of_file(path, &mut |_| {}).map_err(read())?;
        let pinned = self.manifest.models().iter().find(|spec| spec.sha256 == sha256);
        let stem = path.file_stem().map(|stem| stem.to_string_lossy()).unwrap_or_default();
        let name = pinned.map_or(stem.trim_start_matches("ggml-"), |spec| &spec.name).to_owned();
        Ok(ModelFile { name, path: path.to_owned(), bytes, sha256 })
    }

    /// Opens the directory for putting a file in. Only one process at a time holds an intake on a directory;
    /// this one waits for its turn, then clears away what processes that died left behind.
    pub(super) fn intake(&self, progress: &mut dyn Progress) -> Result<Intake<'_>, ModelError> {
        fs::create_dir_all(&self.dir).map_err(ModelError::io("create", &self.dir, 0))?;
        let path = self.dir.join(LOCK_FILE);
        let open = File::options().create(true).truncate(false).write(true).open(&path);
        let lock = open.map_err(ModelError::io("write", &path, 0))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                progress.say(&format!("waiting for another fetch or import into {}", self.dir.display()));
                lock.lock().map_err(ModelError::io("lock", &path, 0))?;
            }
            Err(TryLockError::Error(e)) => return Err(ModelError::io("lock", &path, 0)(e)),
        }
        self.sweep()?;
        let staging = tempfile::Builder::new().prefix(STAGING_PREFIX).tempdir_in(&self.dir);
        let staging = staging.map_err(ModelError::io("create a directory in", &self.dir, 0))?;
        Ok(Intake { store: self, staging, _lock: lock })
    }

    /// Whoever made these holds no lock any more, so is dead.
    fn sweep(&self) -> Result<(), ModelError> {
        for entry in fs::read_dir(&self.dir).map_err(ModelError::io("list", &self.dir, 0))? {
            let entry = entry.map_err(ModelError::io("list", &self.dir, 0))?;
            if entry.file_name().to_string_lossy().starts_with(STAGING_PREFIX) {
                let path = entry.path();
                fs::remove_dir_all(&path).map_err(ModelError::io("remove", &path, 0))?;
            }
        }
        Ok(())
    }
}

/// The right to put files into a model directory, and a private place on the same disk to prepare them.
#[derive(Debug)]
pub(super) struct Intake<'a> {
    store: &'a ModelStore,
    // Before the lock: the files go first, then the right to them.
    staging: TempDir,
    _lock: File,
}

impl Intake<'_> {
    /// Where to prepare; emptied when the intake ends, however it ends.
    pub fn dir(&self) -> &Path {
        self.staging.path()
    }

    /// Puts `staged` in place under the name of `spec`, if it has the pinned bytes, and not before they are on disk.
    pub fn install(
        &self,
        spec: &ModelSpec,
        staged: &Path,
        progress: &mut dyn Progress,
    ) -> Result<ModelFile, ModelError> {
        let (dir, path) = (&self.store.dir, self.store.path_of(spec));
        let checked = check_bytes(staged, spec.bytes, spec.sha256, progress);
        if let Some((found, pinned)) = checked.map_err(ModelError::io("read", staged, 0))? {
            return Err(ModelError::WrongBytes {
                what: format!("the file for `{}`", spec.name),
                found,
                pinned,
            });
        }
        let synced = File::open(staged).and_then(|file| file.sync_all());
        synced.map_err(ModelError::io("write", staged, spec.bytes))?;
        fs::rename(staged, &path).map_err(ModelError::io("put in place", &path, spec.bytes))?;
        let synced = File::open(dir).and_then(|dir| dir.sync_all());
        synced.map_err(ModelError::io("write", dir, spec.bytes))?;
        Ok(ModelFile { name: spec.name.clone(), path, bytes: spec.bytes, sha256: spec.sha256 })
    }
}

/// Goes through a ggml file but its data; gives its length.
fn look_through(path: &Path) -> Result<u64, ModelError> {
    let read = || ModelError::io("read", path, 0);
    let file = File::open(path).map_err(read())?;
    let bytes = file.metadata().map_err(read())?.len();
    inspect(&file).map_err(|fault| ModelError::NotAModel { path: path.to_owned(), fault })?;
    Ok(bytes)
}

/// `None` if the file at `path` has these bytes, else what was found and what was pinned, in words.
pub(super) fn check_bytes(
    path: &Path,
    bytes: u64,
    sha256: Digest,
    progress: &mut dyn Progress,
) -> io::Result<Option<(String, String)>> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    if length != bytes {
        return Ok(Some(difference((length, None), (bytes, sha256))));
    }
    progress.stage(Stage::Verify, bytes);
    let found = Digest::of_reader(file, &mut |done| progress.at(done))?;
    Ok((found != sha256).then(|| difference((length, Some(found)), (bytes, sha256))))
}

/// What decides where models lie.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// `SANSHENG_MODELS`.
    pub models: Option<OsString>,
    /// `XDG_DATA_HOME`.
    pub data_home: Option<OsString>,
    /// `HOME`.
    pub home: Option<OsString>,
    /// Working directory.
    pub here: PathBuf,
}

impl Surroundings {
    pub fn of_process() -> Self {
        let set = |name| env::var_os(name).filter(|value| !value.is_empty());
        let (models, data_home, home) = (set("SANSHENG_MODELS"), set("XDG_DATA_HOME"), set("HOME"));
        Self { models, data_home, home, here: PathBuf::from(".") }
    }

    /// `SANSHENG_MODELS`; else `./models` if that is a model directory; else the user's data directory.
    pub fn models_dir(&self) -> PathBuf {
        if let Some(dir) = &self.models {
            return dir.into();
        }
        let near = self.here.join("models");
        if is_model_dir(&near) {
            return near;
        }
        // The base directory specification has relative paths ignored.
        let data = self.data_home.as_ref().map(PathBuf::from).filter(|dir| dir.is_absolute());
        let data = data.or_else(|| self.home.as_ref().map(|home| Path::new(home).join(".local/share")));
        data.map_or(near, |data| data.join("sansheng/models"))
    }
}

fn is_model_dir(dir: &Path) -> bool {
    let is_model =
        |name: &str| name == "manifest.toml" || (name.starts_with("ggml-") && name.ends_with(".bin"));
    fs::read_dir(dir)
        .is_ok_and(|entries| entries.flatten().any(|entry| is_model(&entry.file_name().to_string_lossy())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_directory_is_found_in_the_documented_order() {
        let root = tempfile::tempdir().unwrap();
        let here = root.path().to_owned();
        let mut around = Surroundings { here: here.clone(), ..Surroundings::default() };
        assert_eq!(around.models_dir(), here.join("models"));
        around.home = Some("/home/a".into());
        assert_eq!(around.models_dir(), Path::new("/home/a/.local/share/sansheng/models"));
        around.data_home = Some("relative".into());
        assert_eq!(around.models_dir(), Path::new("/home/a/.local/share/sansheng/models"));
        around.data_home = Some("/data".into());
        assert_eq!(around.models_dir(), Path::new("/data/sansheng/models"));
        fs::create_dir(here.join("models")).unwrap();
        assert_eq!(
            around.models_dir(),
            Path::new("/data/sansheng/models"),
            "an empty ./models is no model directory"
        );
        fs::write(here.join("models/ggml-x.bin"), "").unwrap();
        assert_eq!(around.models_dir(), here.join("models"));
        around.models = Some("elsewhere".into());
        assert_eq!(around.models_dir(), Path::new("elsewhere"));
    }
}

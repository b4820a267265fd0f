//! `sansheng demo`: recordings played as if they were live microphones, each at a window of its own.

use std::path::{Path, PathBuf};

use super::args::{DemoArgs, RunArgs};
use super::demo_hall;
use super::error::CliError;
use super::run::serve;
use super::setup::Engine;
use super::teller::Style;
use crate::capture::Recording;
use crate::conduct::scene::Roles;
use crate::config::{AudioSource, Config, Microphone, Window};
use crate::units::{ChannelIndex, WindowId};

/// Recordings that come with the project, relative to its directory.
const BUNDLE: &str = "tests/audio";

pub(super) fn run(args: &DemoArgs) -> Result<u8, CliError> {
    let paths = if args.paths.is_empty() { bundled()? } else { args.paths.clone() };
    if let Some(folder) = &args.hall {
        let config = demo_hall::furnish(folder, &paths, args.listen)?;
        return super::run::run(&RunArgs { config, json: false, words: false, near_misses: false });
    }
    let channels = args.channels;
    if !channels.no_visitor && channels.clerk_channel == channels.visitor_channel {
        return Err(CliError::SameChannel(channels.clerk_channel));
    }
    let mut windows = Vec::new();
    for (index, path) in paths.iter().enumerate() {
        let heard = Recording::open(path)?.format().channels;
        let source = AudioSource::File { path: path.clone(), repeat: false };
        let microphone = |channel: u16| Microphone { source: source.clone(), channel: ChannelIndex(channel) };
        windows.push(Window {
            id: WindowId::new(&format!("{}", index + 1)),
            name: format!("{}号窗口", index + 1),
            clerk: microphone(channels.clerk_channel),
            visitor: (!channels.no_visitor && heard > 1).then(|| microphone(channels.visitor_channel)),
            roles: Roles::default(),
        });
    }
    let engine = Engine::new(&args.engine)?;
    eprintln!("{}", engine.fingerprint);
    serve(Config::of_windows("演示大厅", windows), None, Style::Text, engine)
}

/// The folder of the bundled recordings: in the working directory, or in the one the program was built in.
pub(super) fn bundle() -> PathBuf {
    let here = PathBuf::from(BUNDLE);
    if here.is_dir() { here } else { Path::new(env!("CARGO_MANIFEST_DIR")).join(BUNDLE) }
}

/// The bundled recordings: in the working directory, or in the one the program was built in.
fn bundled() -> Result<Vec<PathBuf>, CliError> {
    let here = PathBuf::from(BUNDLE);
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join(BUNDLE);
    let places = [&here, &built];
    let found = places.into_iter().find_map(|dir| {
        let mut paths: Vec<PathBuf> =
            std::fs::read_dir(dir).ok()?.filter_map(|e| Some(e.ok()?.path())).collect();
        paths.retain(|path| path.extension().is_some_and(|e| e == "flac"));
        paths.sort();
        (!paths.is_empty()).then_some(paths)
    });
    found.ok_or(CliError::NoBundle(here))
}

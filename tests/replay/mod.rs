//! Replays recordings with the real model, as `sansheng replay` does.

use std::path::PathBuf;
use std::sync::Arc;

use sansheng::asr::{Recogniser, WhisperModel};
use sansheng::conduct::rulebook::Rulebook;
use sansheng::conduct::{CompiledBook, Finding};
use sansheng::model::ModelStore;
use sansheng::pipeline::Settings;
use sansheng::runtime::{self, Account, Event, Recorded};
use sansheng::units::{ChannelIndex, WindowId};

/// What came of one recording.
#[derive(Default)]
pub struct Replayed {
    /// In order of time.
    pub findings: Vec<Finding>,
    /// What the clerk was heard to say, a segment each.
    pub words: Vec<String>,
    pub account: Account,
}

/// Replays recordings of one or two channels, the clerk's first. Fails, saying what to do, without the model.
pub fn replay(paths: &[PathBuf]) -> Vec<Replayed> {
    let model = ModelStore::from_env().locate("base").unwrap_or_else(|fault| panic!("{fault}"));
    let model = WhisperModel::load(&model.path, "base").unwrap_or_else(|fault| panic!("{fault}"));
    let cores = std::thread::available_parallelism().map_or(1, usize::from).min(paths.len() * 2);
    let recogniser = || Box::new(model.recogniser().expect("memory for a recogniser")) as Box<dyn Recogniser>;
    let recognisers: Vec<_> = (0..cores).map(|_| recogniser()).collect();
    let rules = Rulebook::builtin().expect("the built-in rules are sound");
    let book = Arc::new(CompiledBook::compile(rules).expect("the built-in rules compile"));
    let recordings = paths
        .iter()
        .map(|path| Recorded {
            path: path.clone(),
            window: WindowId::new("1"),
            clerk: ChannelIndex(0),
            visitor: Some(ChannelIndex(1)),
        })
        .collect();
    let mut replayed: Vec<Replayed> = paths.iter().map(|_| Replayed::default()).collect();
    runtime::replay(recordings, cores, &Settings::default(), &book, recognisers, &mut |event| match event {
        Event::Heard { source, hypothesis } => replayed[source].words.push(hypothesis.text()),
        Event::Judged { source, finding } => replayed[source].findings.push(finding),
        Event::Ended { source, account } => replayed[source].account = account,
        Event::Warned { warning, .. } => panic!("{warning}"),
        Event::Failed { error, .. } => panic!("{error}"),
        Event::Opened { .. }
        | Event::Progress { .. }
        | Event::VisitorSpoke { .. }
        | Event::Unheard { .. }
        | Event::Closed { .. } => {}
    });
    for recording in &mut replayed {
        recording
            .findings
            .sort_by(|a, b| (a.span, &a.provision, &a.rule).cmp(&(b.span, &b.provision, &b.rule)));
    }
    replayed
}

//! `sansheng bench live`: labelled recordings played into many windows at the pace of microphones, through the live
//! runtime, and what came of it: how late alerts were by the truth, what was given up, and what it took.

mod capacity;
mod deck;
mod figures;
mod layout;
mod report;
mod score;
mod seed;
mod session;
mod soak;
mod tape;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::super::args::BenchLiveArgs;
use super::super::error::CliError;
use super::super::setup::Engine;
use super::super::{DONE, demo};
use crate::asr::Recogniser;
use crate::conduct::CompiledBook;
use crate::conduct::scene::Roles;
use crate::config::{AudioSource, Config, Microphone, Window};
use crate::eval::Truth;
use crate::units::{ChannelIndex, SessionTime, WindowId};
use deck::Deck;
use figures::{Figures, Setting};
use layout::{Layout, Said};
use tape::Tapes;

/// Length of a run when none is given, seconds.
const RUN_S: u32 = 60;
const SOAK_S: u32 = 1_200;

pub(super) fn run(args: &BenchLiveArgs) -> Result<u8, CliError> {
    let path = args.truth.clone().unwrap_or_else(demo::bundle);
    let truth = Truth::load(&path)?;
    let deck = deck_of(&truth, &path)?;
    let seconds = args.seconds.unwrap_or(if args.soak { SOAK_S } else { RUN_S });
    if args.soak && seconds < soak::SECONDS_MIN {
        return Err(CliError::ShortSoak { seconds, least: soak::SECONDS_MIN });
    }
    let mut tapes = Tapes::new(&truth, &deck, seconds, args.duty, args.seed)?;
    let mut bench = Bench { args, truth: &truth, deck: &deck, tapes: &mut tapes, seconds };
    if args.find_capacity {
        return bench.find_capacity();
    }
    let figures = bench.measure(usize::from(args.windows))?;
    let text = match (args.markdown, args.json) {
        (true, _) => report::markdown(&figures),
        (_, true) => serde_json::to_string_pretty(&figures)?,
        _ => report::text(&figures),
    };
    writeln!(io::stdout(), "{text}")?;
    if args.soak {
        let faults = soak::grown(&figures.samples, figures.setting.lag_max);
        if !faults.is_empty() {
            return Err(CliError::Soak(faults.join("; ")));
        }
        eprintln!("sansheng: the soak passed: neither memory nor lag grew");
    }
    Ok(DONE)
}

fn deck_of(truth: &Truth, path: &Path) -> Result<Deck, CliError> {
    let deck = Deck::new(truth, &tape::lengths(truth)?);
    for note in &deck.notes {
        eprintln!("sansheng: {note}");
    }
    if deck.pieces.is_empty() {
        let why = "it needs utterances with times, or clips (docs/evaluation.md)".to_owned();
        return Err(CliError::NoMaterial { truth: path.to_owned(), why });
    }
    Ok(deck)
}

struct Bench<'a> {
    args: &'a BenchLiveArgs,
    truth: &'a Truth,
    deck: &'a Deck,
    tapes: &'a mut Tapes<'a>,
    seconds: u32,
}

impl Bench<'_> {
    /// One run with so many windows.
    fn measure(&mut self, windows: usize) -> Result<Figures, CliError> {
        let taken = self.tapes.take(windows)?;
        let Engine { book, recognisers, fingerprint } = Engine::new(&self.args.engine)?;
        let layouts: Vec<&Layout> = taken.iter().map(|(_, layout)| layout).collect();
        if layouts.iter().any(|layout| layout.placed.is_empty()) {
            let truth = self.args.truth.clone().unwrap_or_else(demo::bundle);
            let why = format!("no recording is short enough for {} s: play longer", self.seconds);
            return Err(CliError::NoMaterial { truth, why });
        }
        let mut config = hall(taken.iter().map(|(path, _)| path));
        if let Some(step_ms) = self.args.partial_step_ms {
            config.hearing.partial_step = Duration::from_millis(step_ms.into());
        }
        let setting = Setting {
            fingerprint,
            windows,
            seconds: self.seconds,
            seed: self.args.seed,
            duty_asked: self.args.duty,
            duty: layouts.iter().map(|layout| layout.duty).collect(),
            words: layouts.iter().map(|layout| layout.words).sum::<f64>() / windows as f64,
            recognisers: recognisers.len(),
            cores: thread::available_parallelism().map_or(1, usize::from),
            partial_step: config.hearing.partial_step,
            lag_max: config.hearing.lag_max,
            budgets: config.budgets,
        };
        eprintln!("{}", setting.fingerprint);
        eprintln!(
            "sansheng: {windows} windows, {} s, clerks speaking {:.0} %",
            self.seconds,
            setting.mean_duty_percent()
        );
        played(setting, config, book, recognisers, &layouts, self.deck, self.truth)
    }

    fn find_capacity(&mut self) -> Result<u8, CliError> {
        let mut runs: Vec<Figures> = Vec::new();
        let (json, markdown) = (self.args.json, self.args.markdown);
        if !json {
            writeln!(io::stdout(), "{}", report::run_header(markdown))?;
        }
        let found = capacity::largest(usize::from(self.args.windows), |windows| {
            let figures = self.measure(windows)?;
            if figures.score.latency.count == 0 {
                let truth = self.args.truth.clone().unwrap_or_else(demo::bundle);
                let why = "no forbidden phrase was found, so no latency was measured: play longer".to_owned();
                return Err(CliError::NoMaterial { truth, why });
            }
            let kept = figures.is_kept();
            if !json {
                writeln!(io::stdout(), "{}", report::run_line(&figures, markdown))?;
            }
            runs.push(figures);
            Ok::<_, CliError>(kept)
        })?;
        let text = match json {
            true => report::capacity_json(found, &runs)?,
            false => report::capacity(found, &runs),
        };
        writeln!(io::stdout(), "{text}")?;
        Ok(DONE)
    }
}

/// Plays the tapes that `config` names, laid out as `layouts`.
fn played(
    setting: Setting,
    config: Config,
    book: Arc<CompiledBook>,
    recognisers: Vec<Box<dyn Recogniser>>,
    layouts: &[&Layout],
    deck: &Deck,
    truth: &Truth,
) -> Result<Figures, CliError> {
    let length = Duration::from_secs(setting.seconds.into());
    let until = SessionTime::from_seconds(length.as_secs_f64());
    let said: Vec<Vec<Said>> = layouts.iter().map(|layout| layout.said(&deck.pieces, truth, until)).collect();
    let budgets = config.budgets;
    let session = session::play(config, book, recognisers, length)?;
    let score = score::score(&said, &session, &budgets);
    Ok(Figures::new(setting, score, session))
}

/// A hall with a window for each tape.
fn hall<'a>(tapes: impl Iterator<Item = &'a PathBuf>) -> Config {
    let windows = tapes.enumerate().map(|(index, path)| {
        let source = AudioSource::File { path: path.clone(), repeat: true };
        let microphone = |channel| Microphone { source: source.clone(), channel: ChannelIndex(channel) };
        let id = format!("{}", index + 1);
        let (clerk, visitor) = (microphone(0), Some(microphone(1)));
        Window { id: WindowId::new(&id), name: id, clerk, visitor, roles: Roles::default() }
    });
    Config::of_windows("bench", windows.collect())
}

#[cfg(test)]
mod tests;

//! `sansheng replay`: recordings in, findings out.

mod into;
mod printer;
mod results;
mod sheet;

use std::path::PathBuf;
use std::sync::Arc;

use super::args::ReplayArgs;
use super::error::CliError;
use super::progress::ProgressBar;
use super::setup::{Engine, recorded};
use super::{DONE, PARTLY};
use crate::capture::discover;
use crate::clock::{self, Stopwatch};
use crate::conduct::rulebook::Setting;
use crate::conduct::scene::Roles;
use crate::pipeline::Settings;
use crate::runtime::{Recorded, replay as hear_recordings};
use printer::{Printer, summarise};
use sheet::{Sheet, source_of};

/// What is to be heard, and how.
struct Order {
    paths: Vec<PathBuf>,
    recordings: Vec<Recorded>,
    settings: Settings,
    /// What was named and cannot be read.
    unread: Vec<String>,
}

pub(super) fn run(args: &ReplayArgs) -> Result<u8, CliError> {
    let setting = Setting::on(args.on.unwrap_or_else(clock::today));
    run_with(args, || Engine::in_setting(&args.engine, &setting))
}

/// The same with an engine that is made when there is something to hear.
pub(super) fn run_with(
    args: &ReplayArgs,
    engine: impl FnOnce() -> Result<Engine, CliError>,
) -> Result<u8, CliError> {
    let order = Order::of(args)?;
    match &args.into {
        Some(folder) => into::run(args, order, folder, engine()?),
        None => to_output(args, order, engine()?),
    }
}

impl Order {
    fn of(args: &ReplayArgs) -> Result<Self, CliError> {
        let (mut paths, mut unread): (Vec<PathBuf>, Vec<String>) = (Vec::new(), Vec::new());
        for found in discover(&args.paths) {
            match found {
                Ok(path) => paths.push(path),
                Err(fault) => unread.push(fault.to_string()),
            }
        }
        if args.into.is_some() {
            // Whatever they were named by, and in whatever order.
            paths.sort();
            paths.dedup();
        } else {
            unread.iter().for_each(|fault| eprintln!("sansheng: {fault}"));
        }
        if paths.is_empty() {
            unread.iter().filter(|_| args.into.is_some()).for_each(|fault| eprintln!("sansheng: {fault}"));
            return Err(CliError::NothingRead);
        }
        let mut recordings = recorded(&paths, args.channels, args.window.as_deref())?;
        let roles = args.situation.roles();
        if roles != Roles::ByChannel {
            recordings.iter_mut().for_each(|recorded| recorded.visitor = None);
        }
        let settings = Settings {
            roles,
            hear_visitor: args.visitor_transcript,
            visitor_words: args.visitor_words,
            reports: Arc::new(args.situation.reports(&recordings)?),
            ..Settings::default()
        };
        Ok(Self { paths, recordings, settings, unread })
    }
}

fn to_output(args: &ReplayArgs, order: Order, engine: Engine) -> Result<u8, CliError> {
    let Order { paths, recordings, settings, unread } = order;
    let Engine { book, recognisers, .. } = engine;
    let windows = recordings.iter().map(|r| r.window.clone()).collect();
    let bar = ProgressBar::new(&paths);
    let mut sheets: Vec<Sheet> = paths.iter().map(|_| Sheet::default()).collect();
    let mut printer = Printer::new(args, &book, (&paths, windows));
    let watch = Stopwatch::start();
    let lanes = recognisers.len();
    hear_recordings(recordings, lanes, &settings, &book, recognisers, &mut |event| {
        bar.follow(&event);
        if args.timeline {
            printer.print_progress(&event);
        }
        sheets[source_of(&event)].note(event);
        printer.print_finished(&mut sheets, &bar);
    });
    bar.finish();
    if let Some(fault) = printer.fault {
        return Err(fault);
    }
    if sheets.iter().all(|sheet| sheet.account.is_none()) {
        return Err(CliError::NothingRead);
    }
    if !args.json {
        summarise(&sheets, watch.elapsed().as_secs_f64())?;
    }
    let failed = sheets.iter().any(Sheet::failed);
    Ok(if !unread.is_empty() || failed { PARTLY } else { DONE })
}

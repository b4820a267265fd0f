//! `sansheng devices --watch`: live levels, drawn on a terminal or a line a second.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, unbounded};
use serde::Serialize;
use signal_hook::consts::{SIGINT, SIGTERM};

use super::meter::{Meter, Reading};
use super::{PREFIX, bare};
use crate::capture::device::{Wanted, input_devices, open};
use crate::capture::{AudioBlock, RingReader, SourceNews};
use crate::cli::args::DevicesArgs;
use crate::cli::error::CliError;
use crate::cli::{DONE, PARTLY, show};
use crate::clock::Stopwatch;
use crate::runtime::devices::{KeptDevice, keep_open};

/// Audio a ring holds between two looks at it.
const RING_MS: u32 = 2_000;
/// How often a terminal is drawn.
const FRAME: Duration = Duration::from_millis(100);
/// How often a line is written where there is no terminal.
const LINE: Duration = Duration::from_secs(1);
/// How long closing may take before the program ends without it.
const PATIENCE: Duration = Duration::from_secs(2);

pub(super) fn run(args: &DevicesArgs) -> Result<u8, CliError> {
    let names = names(args)?;
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&stop))?;
    }
    let watch = Stopwatch::start();
    let (mut watched, kept): (Vec<Watched>, Vec<KeptDevice>) = names.into_iter().map(Watched::new).unzip();
    let keepers = keep_open(kept, |name: &str| open(name, &Wanted::ring(RING_MS)), watch);
    let shown = show_levels(args, &mut watched, watch, &stop);
    keepers.stop(PATIENCE);
    shown?;
    let heard = watched.iter().filter(|device| device.was_live).count();
    match heard {
        0 => Err(CliError::NothingHeard),
        _ if heard < watched.len() => Ok(PARTLY),
        _ => Ok(DONE),
    }
}

/// The devices named, or all that can be opened beside each other: a card is not opened a second time through
/// ALSA's converter.
fn names(args: &DevicesArgs) -> Result<Vec<String>, CliError> {
    if !args.names.is_empty() {
        return Ok(args.names.iter().map(|name| bare(name).to_owned()).collect());
    }
    let devices = input_devices(args.all)?;
    let direct = |name: &str| {
        name.strip_prefix("plug").is_some_and(|card| {
            devices
                .iter()
                .any(|d| d.name == card && d.abilities.as_ref().is_ok_and(|a| a.opened_with.is_some()))
        })
    };
    let names: Vec<String> =
        devices.iter().map(|device| device.name.clone()).filter(|name| !direct(name)).collect();
    if names.is_empty() { Err(CliError::NoDevice) } else { Ok(names) }
}

fn show_levels(
    args: &DevicesArgs,
    watched: &mut [Watched],
    watch: Stopwatch,
    stop: &AtomicBool,
) -> Result<(), CliError> {
    let drawn = show::is_terminal() && !args.json;
    let step = if drawn { FRAME } else { LINE };
    let until = args.seconds.map(|seconds| Duration::from_secs_f64(seconds.max(0.0)));
    let (mut lines, mut next) = (0, step);
    while !stop.load(Ordering::Relaxed) {
        let now = watch.elapsed();
        watched.iter_mut().for_each(Watched::listen);
        let last = until.is_some_and(|until| now >= until);
        if now >= next || last {
            next = now + step;
            let out = &mut io::stdout().lock();
            if drawn {
                lines = draw(out, watched, now, lines)?;
            } else {
                write_lines(out, watched, now, args.json)?;
            }
        }
        if last {
            break;
        }
        thread::sleep(FRAME / 4);
    }
    Ok(())
}

/// Draws over the lines drawn before, and says how many there are now.
fn draw(out: &mut dyn Write, watched: &mut [Watched], now: Duration, before: usize) -> io::Result<usize> {
    if before > 0 {
        write!(out, "\x1b[{before}A")?;
    }
    let mut lines = 0;
    for device in watched {
        writeln!(out, "{PREFIX}{}  {}\x1b[K", device.name, device.state())?;
        lines += 1;
        for (channel, reading) in device.read(now).into_iter().enumerate() {
            let Reading { level, peak } = reading;
            writeln!(
                out,
                "{channel:>4}  {}  {:>6.1} dBFS  peak {:>6.1}\x1b[K",
                reading.bar(),
                level.0,
                peak.0
            )?;
            lines += 1;
        }
    }
    // What is left of a longer picture.
    write!(out, "\x1b[J")?;
    out.flush()?;
    Ok(lines)
}

fn write_lines(
    out: &mut dyn Write,
    watched: &mut [Watched],
    now: Duration,
    json: bool,
) -> Result<(), CliError> {
    for device in watched {
        let channels = device.read(now);
        if json {
            let channels = channels.iter().map(|r| ChannelLine {
                level_dbfs: thousandths(r.level.0.into()),
                peak_dbfs: thousandths(r.peak.0.into()),
            });
            let line = LevelLine {
                source: format!("{PREFIX}{}", device.name),
                at_s: thousandths(now.as_secs_f64()),
                channels: channels.collect(),
                problem: device.problem.as_deref(),
            };
            writeln!(out, "{}", serde_json::to_string(&line)?)?;
        } else {
            let levels: Vec<String> = channels
                .iter()
                .enumerate()
                .map(|(n, r)| format!("{n}: {:.1} dBFS, peak {:.1}", r.level.0, r.peak.0))
                .collect();
            writeln!(out, "{PREFIX}{}  {}  {}", device.name, device.state(), levels.join("  "))?;
        }
    }
    out.flush()?;
    Ok(())
}

#[derive(Serialize)]
#[serde(tag = "type", rename = "level")]
struct LevelLine<'a> {
    source: String,
    at_s: f64,
    channels: Vec<ChannelLine>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<&'a str>,
}

#[derive(Serialize)]
struct ChannelLine {
    level_dbfs: f64,
    peak_dbfs: f64,
}

fn thousandths(number: f64) -> f64 {
    (number * 1e3).round() / 1e3
}

/// A device whose levels are shown.
struct Watched {
    name: String,
    news: Receiver<SourceNews>,
    open: Option<(u32, RingReader)>,
    meters: Vec<Meter>,
    problem: Option<String>,
    was_live: bool,
    block: AudioBlock,
}

impl Watched {
    fn new(name: String) -> (Self, KeptDevice) {
        let (to_us, news) = unbounded();
        let kept = KeptDevice { name: name.clone(), news: to_us };
        let (open, meters, block) = (None, Vec::new(), AudioBlock::default());
        (Self { name, news, open, meters, problem: None, was_live: false, block }, kept)
    }

    /// Takes what has come since the last time.
    fn listen(&mut self) {
        while let Ok(news) = self.news.try_recv() {
            match news {
                SourceNews::Opened { rate_hz, channels, reader, .. } => {
                    self.open = Some((rate_hz, reader));
                    self.meters = vec![Meter::default(); usize::from(channels)];
                    self.problem = None;
                }
                SourceNews::Down { reason, .. } | SourceNews::Waiting { reason } => {
                    self.open = None;
                    self.meters.clear();
                    self.problem = Some(reason.en);
                }
                SourceNews::Ended => self.open = None,
            }
        }
        let Some((_, reader)) = &mut self.open else { return };
        while reader.read(&mut self.block) {
            self.was_live = true;
            for (channel, meter) in self.meters.iter_mut().enumerate() {
                meter.take(&self.block, channel);
            }
        }
    }

    fn read(&mut self, now: Duration) -> Vec<Reading> {
        self.meters.iter_mut().map(|meter| meter.read(now)).collect()
    }

    fn state(&self) -> String {
        match (&self.open, &self.problem) {
            (Some((rate_hz, _)), _) => format!("{} channel(s) at {rate_hz} Hz", self.meters.len()),
            (None, Some(problem)) => {
                problem.strip_prefix(&format!("{PREFIX}{}: ", self.name)).unwrap_or(problem).to_owned()
            }
            (None, None) => "is being opened".to_owned(),
        }
    }
}

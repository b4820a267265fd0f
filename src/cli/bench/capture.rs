//! `sansheng bench capture`: how long a device's callback takes, and what it lost.

use std::io::{self, Write};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use serde::Serialize;

use crate::capture::AudioBlock;
use crate::capture::device::{OpenDevice, Opened, Wanted, open_probed};
use crate::capture::probe::{Probe, Probed};
use crate::cli::DONE;
use crate::cli::args::BenchCaptureArgs;
use crate::cli::devices::bare;
use crate::cli::error::CliError;
use crate::clock::Stopwatch;
use crate::runtime::devices::close;

/// Audio the ring holds, as when a window listens.
const RING_MS: u32 = 2_000;
/// How often the ring is emptied, as when a window listens.
const POLL: Duration = Duration::from_millis(5);

pub(in crate::cli) fn run(args: &BenchCaptureArgs) -> Result<u8, CliError> {
    let name = bare(&args.device);
    let probe = Arc::new(Probe::default());
    let device = open_probed(name, &Wanted::ring(RING_MS), Arc::clone(&probe))?;
    let OpenDevice { opened, mut reader, signs, mut faults, stream } = device;
    let watch = Stopwatch::start();
    let mut first_s = None;
    let mut block = AudioBlock::default();
    while watch.elapsed().as_secs_f64() < args.seconds {
        while reader.read(&mut block) {
            first_s.get_or_insert(watch.elapsed().as_secs_f64());
        }
        if let Some(fault) = faults.take() {
            close(name, stream);
            return Err(fault.into());
        }
        thread::sleep(POLL);
    }
    let probed = probe.read();
    let overruns = signs.overruns();
    close(name, stream);
    if probed.callbacks == 0 {
        return Err(CliError::NothingHeard);
    }
    let report = Report::new(name, opened, probed, overruns, first_s.unwrap_or(args.seconds), args.seconds);
    if args.json {
        writeln!(io::stdout(), "{}", serde_json::to_string(&report)?)?;
    } else {
        report.print(&mut io::stdout())?;
    }
    Ok(DONE)
}

#[derive(Serialize)]
#[serde(tag = "type", rename = "capture")]
struct Report {
    source: String,
    #[serde(flatten)]
    opened: Opened,
    measured_s: f64,
    first_block_s: f64,
    callbacks: u64,
    block_min: u64,
    block_max: u64,
    median_us: f64,
    p999_us: f64,
    worst_us: f64,
    overruns: u64,
    dropped_samples: u64,
}

impl Report {
    fn new(
        name: &str,
        opened: Opened,
        probed: Probed,
        overruns: u64,
        first_block_s: f64,
        measured_s: f64,
    ) -> Self {
        let us = |duration: Duration| duration.as_nanos() as f64 / 1e3;
        Self {
            source: format!("device:{name}"),
            opened,
            measured_s,
            first_block_s: (first_block_s * 1e3).round() / 1e3,
            callbacks: probed.callbacks,
            block_min: probed.block.0,
            block_max: probed.block.1,
            median_us: us(probed.median),
            p999_us: us(probed.p999),
            worst_us: us(probed.worst),
            overruns,
            dropped_samples: probed.dropped,
        }
    }

    fn print(&self, out: &mut dyn Write) -> io::Result<()> {
        let Opened { rate_hz, channels, format } = self.opened;
        writeln!(out, "{}: {channels} channel(s) at {rate_hz} Hz as {format}", self.source)?;
        let (first_s, blocks) = (self.first_block_s, (self.block_min, self.block_max));
        writeln!(out, "first block   after {first_s:.2} s; {} to {} samples a block", blocks.0, blocks.1)?;
        writeln!(
            out,
            "callback      {:.1} µs median, {:.1} µs at 99.9 %, {:.1} µs at worst, of {} in {:.0} s",
            self.median_us, self.p999_us, self.worst_us, self.callbacks, self.measured_s
        )?;
        writeln!(
            out,
            "lost          {} overrun(s) of the device, {} sample(s) dropped by a full ring",
            self.overruns, self.dropped_samples
        )
    }
}

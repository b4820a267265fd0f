//! A session: tapes through the live runtime, and all that came of it. Threads: those of the hall, and one that
//! looks at it every second and stops it in the end.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use serde::Serialize;

use crate::alert::{Alert, SessionClock};
use crate::asr::Recogniser;
use crate::cli::error::CliError;
use crate::clock::{Stopwatch, cpu_seconds, resident_bytes};
use crate::conduct::CompiledBook;
use crate::config::Config;
use crate::runtime::live::{Hall, HallEvent, HallView, Stop, Unheard};

/// How often the hall is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// What a session brought.
#[derive(Debug, Default)]
pub(super) struct Session {
    /// Of each window; `None` where its source never began.
    pub clocks: Vec<Option<SessionClock>>,
    /// Window and last revision of every alert, by its id.
    pub alerts: BTreeMap<u64, (usize, Alert)>,
    pub work: Work,
    pub samples: Vec<Sample>,
    /// Run time at which it was stopped.
    pub stopped: Duration,
}

/// What the recognisers did and did not do.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Work {
    /// Decodes of utterances in progress, and at their end.
    pub partials: u64,
    pub finals: u64,
    pub decode_s: f64,
    pub verify_s: f64,
    /// Clerks' speech as it was cut out, seconds.
    pub clerk_speech_s: f64,
    /// What was given up: `partial`, `context`, `verification` or `utterance`.
    pub shed: BTreeMap<&'static str, u64>,
    /// Seconds not heard, by reason: `lost`, `overload`, `failed`. What the end of the run cut off is not in it.
    pub unheard_s: BTreeMap<&'static str, f64>,
}

impl Work {
    pub fn all_unheard_s(&self) -> f64 {
        // Not `sum`, which makes -0 of nothing.
        self.unheard_s.values().fold(0.0, |all, some| all + some)
    }
}

/// The hall at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub(super) struct Sample {
    /// Run time.
    pub at_s: f64,
    /// Processor time since the run began.
    pub cpu_s: f64,
    pub resident_bytes: u64,
    /// Share of recogniser time in use.
    pub load: f64,
    /// Jobs that wait.
    pub waiting: usize,
    /// Age of the oldest speech that is not judged, of the window with the most.
    pub lag_s: f64,
}

/// Runs the hall of `config` for `length`.
pub(super) fn play(
    config: Config,
    book: Arc<CompiledBook>,
    recognisers: Vec<Box<dyn Recogniser>>,
    length: Duration,
) -> Result<Session, CliError> {
    let mut session = Session { clocks: vec![None; config.windows.len()], ..Session::default() };
    let watch = Stopwatch::start();
    let hall = Hall::new(config, book, watch);
    let (view, stop) = (hall.view(), hall.stop());
    let looking = thread::Builder::new()
        .name("look".to_owned())
        .spawn(move || look_on(&view, &stop, watch, length))
        .map_err(CliError::Thread)?;
    let ran = hall.run(recognisers, &mut |event| session.take(event));
    // It ends by itself; were it gone, there would be no samples to report.
    let samples = looking.join().map_err(|_| CliError::Thread(std::io::Error::other("it died")))?;
    ran?;
    session.stopped = Duration::from_secs_f64(samples.last().map_or(0.0, |last| last.at_s));
    session.samples = samples;
    Ok(session)
}

/// Looks at the hall every second; stops it after `length`.
fn look_on(view: &HallView, stop: &Stop, watch: Stopwatch, length: Duration) -> Vec<Sample> {
    let cpu_before_s = cpu_seconds().unwrap_or(0.0);
    let mut samples = Vec::with_capacity(length.as_secs() as usize + 2);
    let mut due = Duration::ZERO;
    loop {
        thread::sleep(due.saturating_sub(watch.elapsed()));
        let hall = view.status();
        samples.push(Sample {
            at_s: watch.elapsed().as_secs_f64(),
            cpu_s: cpu_seconds().unwrap_or(0.0) - cpu_before_s,
            resident_bytes: resident_bytes().unwrap_or(0),
            load: hall.load,
            waiting: hall.waiting,
            lag_s: hall.windows.iter().map(|window| window.lag_s).fold(0.0, f64::max),
        });
        if due >= length {
            stop.ask();
            return samples;
        }
        due = (due + LOOK).min(length);
    }
}

impl Session {
    fn take(&mut self, event: HallEvent) {
        match event {
            HallEvent::Clock { window, clock } => self.clocks[window] = Some(clock),
            HallEvent::Alerted { window, alert, .. } => {
                self.alerts.insert(alert.id.0, (window, alert));
            }
            HallEvent::Decoded { partial, effort, .. } => {
                match partial {
                    true => self.work.partials += 1,
                    false => self.work.finals += 1,
                }
                self.work.decode_s += effort.decode_s;
                self.work.verify_s += effort.verify_s;
            }
            HallEvent::Shed { what, .. } => *self.work.shed.entry(what).or_default() += 1,
            HallEvent::Unheard { span, why, .. } => {
                let why = match why {
                    Unheard::Lost => "lost",
                    Unheard::Overload => "overload",
                    Unheard::Failed(_) => "failed",
                    Unheard::Stopped => return,
                };
                *self.work.unheard_s.entry(why).or_default() += span.seconds();
            }
            HallEvent::Ended { account, .. } => self.work.clerk_speech_s += account.clerk_speech_s,
            HallEvent::Taken { .. }
            | HallEvent::State { .. }
            | HallEvent::Words { .. }
            | HallEvent::Found { .. }
            | HallEvent::Rules { .. }
            | HallEvent::Encounter { .. }
            | HallEvent::Closed { .. }
            | HallEvent::Evidence { .. }
            | HallEvent::Retention { .. }
            | HallEvent::Progress { .. } => {}
        }
    }
}

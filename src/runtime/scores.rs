//! Scores of shifts, stored by the service itself. In: the clock, the calendar, the journal. Out: `score` events.
//! Thread: `scores`, of low priority. Allocates: per shift that is over.
//!
//! Once at the start, for what ended while no service ran; then ten minutes after the end of a shift. What is stored already
//! as it is now is not stored again, so that a service that starts often writes nothing twice.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::Builder;
use std::time::Duration;

use crate::clock;
use crate::config::Config;
use crate::ledger::account::{Keeping, is_due, keep_scores};
use crate::ledger::duty::Roster;
use crate::units::WindowId;

/// How often the clock is looked at.
const LOOK: Duration = Duration::from_secs(60);
/// How long after a fault it is tried again, in looks.
const AFTER_FAULT: u32 = 10;

/// The thread. Once this is dropped it ends with what it does at that moment; the journal undoes what is cut short.
#[derive(Debug)]
pub struct ScoreKeeper {
    _stop: Sender<()>,
}

impl ScoreKeeper {
    /// Starts it for a hall that keeps a journal and a calendar; else there is nothing to do, and `None`. `file`: the
    /// configuration, read again each time, since the calendar and `[score]` change. `say` tells whoever looks after the service.
    pub fn start(
        config: &Config,
        file: Option<&Path>,
        say: impl Fn(String) + Send + 'static,
    ) -> Option<Self> {
        let folder = config.ledger.clone()?;
        config.shifts.as_ref()?;
        let hall = Hall { started: config.clone(), file: file.map(Path::to_owned), folder };
        let (stop, stopped) = channel::<()>();
        let work = move || {
            super::go_last();
            let (mut last_us, mut wait) = (i64::MIN, 0_u32);
            loop {
                let now_us = clock::unix_micros();
                if wait == 0 {
                    match hall.keep(last_us, now_us) {
                        Ok(stored) => {
                            last_us = now_us;
                            if stored > 0 {
                                say(format!("{stored} scores of shifts stored"));
                            }
                        }
                        Err(fault) => {
                            wait = AFTER_FAULT;
                            say(format!("the scores of shifts are not stored yet: {fault}"));
                        }
                    }
                } else {
                    wait -= 1;
                }
                if stopped.recv_timeout(LOOK) != Err(RecvTimeoutError::Timeout) {
                    return;
                }
            }
        };
        Builder::new().name("scores".to_owned()).spawn(work).ok()?;
        Some(Self { _stop: stop })
    }
}

struct Hall {
    started: Config,
    file: Option<PathBuf>,
    folder: PathBuf,
}

impl Hall {
    /// Stores what became due since `last_us`.
    fn keep(&self, last_us: i64, now_us: i64) -> Result<usize, String> {
        let config = match &self.file {
            Some(file) => Config::load(file).map_err(|faults| faults.to_string())?,
            None => self.started.clone(),
        };
        let Some(shifts) = &config.shifts else { return Ok(0) };
        let roster = Roster::load(shifts).map_err(|faults| faults.to_string())?;
        if last_us > i64::MIN && !is_due(&roster, last_us, now_us) {
            return Ok(0);
        }
        let windows: Vec<WindowId> = config.windows.iter().map(|window| window.id.clone()).collect();
        let of = Keeping { roster: &roster, windows: &windows, parameters: &config.score };
        keep_scores(&self.folder, &of, now_us).map_err(|fault| fault.to_string())
    }
}

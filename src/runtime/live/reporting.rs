//! The events thread: follows the file in which the hall's systems write, takes what they report over HTTP, and hands both to the
//! judge.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};

use super::{Body, Message};
use crate::alert::SessionClock;
use crate::clock::{Stopwatch, unix_seconds};
use crate::conduct::{Report, ReportKind};
use crate::config::Config;
use crate::reports::{HallReport, ReportedAt, Tail};
use crate::units::{SessionTime, WindowId};

/// How often the file is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// Something reported, on its way to the judge.
pub(super) struct Reported {
    at: ReportTime,
    kind: ReportKind,
    ticket: Option<String>,
}

#[derive(Clone, Copy)]
enum ReportTime {
    Session(SessionTime),
    /// Seconds of run time; less than none before the run.
    Run(f64),
}

impl Reported {
    /// As the judge takes it, in a window whose session time runs by `clock`; `None` where that was before the session.
    pub fn in_session(self, clock: &SessionClock) -> Option<Report> {
        let at = match self.at {
            ReportTime::Session(at) => at,
            ReportTime::Run(run_s) => {
                let since_s = run_s - clock.run.as_secs_f64() + clock.session.seconds();
                SessionTime::from_seconds((since_s >= 0.0).then_some(since_s)?)
            }
        };
        Some(Report { at, kind: self.kind, ticket: self.ticket })
    }
}

pub(super) struct Reporter {
    /// Where the configuration names a file.
    tail: Option<Tail>,
    inbox: Receiver<HallReport>,
    windows: Vec<WindowId>,
    watch: Stopwatch,
    to_judge: Sender<Message>,
}

impl Reporter {
    pub fn new(
        (tail, inbox): (Option<Tail>, Receiver<HallReport>),
        config: &Config,
        watch: Stopwatch,
        to_judge: Sender<Message>,
    ) -> Self {
        let windows = config.windows.iter().map(|window| window.id.clone()).collect();
        Self { tail, inbox, windows, watch, to_judge }
    }

    /// Until the run is `over`.
    pub fn follow(mut self, over: &AtomicBool) {
        let (mut reports, mut faults) = (Vec::new(), Vec::new());
        while !over.load(Ordering::Acquire) {
            if let Some(tail) = &mut self.tail {
                tail.poll(&mut reports, &mut faults);
            }
            for fault in faults.drain(..) {
                tracing::warn!("{fault}");
            }
            for report in reports.drain(..) {
                self.pass_on(report);
            }
            match self.inbox.recv_timeout(LOOK) {
                Ok(report) => reports.extend([report].into_iter().chain(self.inbox.try_iter())),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => thread::sleep(LOOK),
            }
            for report in reports.drain(..) {
                self.pass_on(report);
            }
        }
    }

    fn pass_on(&self, report: HallReport) {
        let HallReport { window: id, at, kind, ticket } = report;
        let Some(window) = self.windows.iter().position(|known| *known == id) else {
            tracing::warn!(
                "{} is reported of window {id}, which is not in the configuration: left out",
                kind.name()
            );
            return;
        };
        let at = match at {
            ReportedAt::Session(seconds) => ReportTime::Session(SessionTime::from_seconds(seconds)),
            ReportedAt::Wall(wall_s) => {
                let ago_s = unix_seconds() - wall_s;
                ReportTime::Run(self.watch.elapsed().as_secs_f64() - ago_s)
            }
        };
        let body = Body::Reported(Reported { at, kind, ticket });
        // The judge outlives every sender; were it gone, there would be nobody to tell.
        let _ = self.to_judge.send(Message { window, body });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_day_becomes_session_time_through_the_clock_of_its_window() {
        let clock = SessionClock { session: SessionTime(0), run: Duration::from_secs(10) };
        for (at, expected) in [
            (ReportTime::Run(12.5), Some(2.5)),
            (ReportTime::Run(9.0), None),
            (ReportTime::Run(-3.0), None),
            (ReportTime::Session(SessionTime(16_000)), Some(1.0)),
        ] {
            let reported = Reported { at, kind: ReportKind::Ring, ticket: None };
            assert_eq!(reported.in_session(&clock).map(|report| report.at.seconds()), expected);
        }
    }
}

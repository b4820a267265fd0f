//! A progress bar for long work: how much audio, how fast, how long still.

use std::cell::{Cell, RefCell};
use std::io::{self, IsTerminal};
use std::path::PathBuf;

use indicatif::{ProgressBar as Bar, ProgressDrawTarget, ProgressStyle};

use crate::clock::Stopwatch;
use crate::runtime::Event;

/// Follows a replay on standard error, when that is a terminal.
pub(super) struct ProgressBar {
    bar: Bar,
    watch: Stopwatch,
    /// Seconds taken in and seconds expected, for each recording.
    heard: RefCell<Vec<(f64, f64)>>,
    ended: Cell<usize>,
}

impl ProgressBar {
    pub fn new(paths: &[PathBuf]) -> Self {
        let target = if io::stderr().is_terminal() {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = Bar::with_draw_target(Some(0), target);
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} s  {msg}") {
            bar.set_style(style);
        }
        Self {
            bar,
            watch: Stopwatch::start(),
            heard: RefCell::new(vec![(0.0, 0.0); paths.len()]),
            ended: Cell::new(0),
        }
    }

    /// Takes note of what an event says about time.
    pub fn follow(&self, event: &Event) {
        {
            let mut heard = self.heard.borrow_mut();
            match event {
                Event::Opened { source, format } => heard[*source].1 = format.duration.unwrap_or(0.0),
                Event::Progress { source, until } => heard[*source].0 = until.seconds(),
                Event::Ended { source, account } => {
                    heard[*source] = (account.audio_s, account.audio_s);
                    self.ended.set(self.ended.get() + 1);
                }
                Event::Heard { .. }
                | Event::VisitorSpoke { .. }
                | Event::Unheard { .. }
                | Event::Judged { .. }
                | Event::Closed { .. }
                | Event::Warned { .. }
                | Event::Failed { .. } => {
                    return;
                }
            }
        }
        self.draw();
    }

    /// Clears the bar while `print` writes.
    pub fn suspend<T>(&self, print: impl FnOnce() -> T) -> T {
        self.bar.suspend(print)
    }

    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn draw(&self) {
        let heard = self.heard.borrow();
        let done: f64 = heard.iter().map(|(taken, _)| taken).sum();
        let known: Vec<f64> =
            heard.iter().map(|(taken, length)| taken.max(*length)).filter(|l| *l > 0.0).collect();
        // Recordings not opened yet are taken to be as long as those that were.
        let expected = known.iter().sum::<f64>() / known.len().max(1) as f64 * heard.len() as f64;
        let wall_s = self.watch.elapsed().as_secs_f64();
        let speed = done / wall_s.max(1e-3);
        let left_s = if speed > 0.0 { ((expected - done) / speed).max(0.0) } else { 0.0 };
        self.bar.set_length(expected as u64);
        self.bar.set_position(done as u64);
        let files = format!("{}/{} recordings", self.ended.get(), heard.len());
        self.bar.set_message(format!("{files}  {speed:.1} × real time  {left_s:.0} s left"));
    }
}

//! Showing how far a fetch or an import is. Thread: the caller's. Nothing here reads a clock of its own.

use std::io::{IsTerminal, stderr};

use indicatif::{ProgressBar, ProgressStyle};

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Download,
    Join,
    Convert,
    Verify,
}

impl Stage {
    fn word(self) -> &'static str {
        match self {
            Self::Download => "download",
            Self::Join => "join",
            Self::Convert => "convert",
            Self::Verify => "verify",
        }
    }
}

/// Someone who is told how far the work is.
pub trait Progress {
    /// A stage begins that will handle `bytes`.
    fn stage(&mut self, stage: Stage, bytes: u64);
    /// Bytes of the stage handled so far.
    fn at(&mut self, bytes: u64);
    /// A line worth reading on its own.
    fn say(&mut self, line: &str);
    /// Nothing more is to come.
    fn finish(&mut self) {}
}

/// Tells no one.
#[derive(Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn stage(&mut self, _: Stage, _: u64) {}
    fn at(&mut self, _: u64) {}
    fn say(&mut self, _: &str) {}
}

/// On standard error: a bar where that is a terminal, a line a stage where it is not.
#[derive(Debug)]
pub struct Console {
    bar: Option<ProgressBar>,
}

impl Console {
    pub fn on_stderr() -> Self {
        Self { bar: stderr().is_terminal().then(|| ProgressBar::new(0).with_style(bar_style())) }
    }
}

impl Progress for Console {
    fn stage(&mut self, stage: Stage, bytes: u64) {
        match &self.bar {
            Some(bar) => {
                bar.reset();
                bar.set_length(bytes);
                bar.set_message(stage.word());
            }
            None => eprintln!("{} ({})", stage.word(), megabytes(bytes)),
        }
    }

    fn at(&mut self, bytes: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(bytes);
        }
    }

    fn say(&mut self, line: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| eprintln!("{line}")),
            None => eprintln!("{line}"),
        }
    }

    fn finish(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// `147951465` → `148 MB`.
pub(super) fn megabytes(bytes: u64) -> String {
    format!("{} MB", (bytes + 500_000) / 1_000_000)
}

fn bar_style() -> ProgressStyle {
    // An unusable template would be a slip of ours; the plain bar then does as well.
    ProgressStyle::with_template(
        "{msg:8} {wide_bar} {decimal_bytes}/{decimal_total_bytes} {decimal_bytes_per_sec}",
    )
    .unwrap_or_else(|_| ProgressStyle::default_bar())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_s_template_is_understood() {
        let template = "{msg:8} {wide_bar} {decimal_bytes}/{decimal_total_bytes} {decimal_bytes_per_sec}";
        assert!(ProgressStyle::with_template(template).is_ok());
        assert_eq!(megabytes(147_951_465), "148 MB");
    }
}

//! Notices on standard error from threads that must never wait. In: sentences. Out: lines, or nothing where nobody
//! takes them: a terminal that was stopped, a log that hangs. Thread: `notices` writes.

use std::io::{self, Write};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::error::CliError;

/// Notices that wait to be written; there are few.
const WAITING: usize = 64;

/// Clones write to the same place, in one order.
#[derive(Clone)]
pub(super) struct Notices(Sender<Notice>);

enum Notice {
    Line(String),
    /// Everything before it was written.
    Mark(Sender<()>),
}

impl Notices {
    pub fn start() -> Result<Self, CliError> {
        let (to, notices) = bounded(WAITING);
        let work = move || write_all(&notices);
        thread::Builder::new().name("notices".to_owned()).spawn(work).map_err(CliError::Thread)?;
        Ok(Self(to))
    }

    /// Says one sentence, under the program's name.
    pub fn say(&self, sentence: impl Into<String>) {
        // Whoever does not read is not waited for.
        let _ = self.0.try_send(Notice::Line(sentence.into()));
    }

    /// Waits until what was said is written, no longer than `patience`.
    pub fn settle(&self, patience: Duration) {
        let (reached, mark) = bounded(1);
        if self.0.try_send(Notice::Mark(reached)).is_ok() {
            let _ = mark.recv_timeout(patience);
        }
    }
}

fn write_all(notices: &Receiver<Notice>) {
    for notice in notices {
        match notice {
            // Were standard error gone, there would be no place to say so.
            Notice::Line(sentence) => drop(writeln!(io::stderr(), "sansheng: {sentence}")),
            Notice::Mark(reached) => drop(reached.send(())),
        }
    }
}

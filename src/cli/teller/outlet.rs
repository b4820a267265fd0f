//! A place that lines go to: standard output, or the journal. In: lines. Out: the same, whole and in order; where some
//! are missing, a line that says how many. Thread: one of its own writes, so that [`Outlet::put`] never waits, whoever
//! stops reading and whatever disk is full.

use std::convert::Infallible;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError, bounded};

use super::super::error::CliError;
use super::super::notices::Notices;
use crate::clock::unix_seconds;
use crate::runtime::live::Stop;

/// Lines that wait for a slow reader: a few megabytes, minutes of a busy hall.
const LINES_WAITING: usize = 4_096;

/// Pause before what could not be written is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// How long the end waits for what is not written yet.
const CLOSING: Duration = Duration::from_secs(2);

/// Lines that nobody took.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Dropped {
    pub lines: u64,
    /// When the first of them was dropped.
    pub since_unix_s: f64,
}

/// What an outlet is, and what happens to it.
pub(super) struct Place {
    /// What people call it.
    pub name: String,
    /// The line that stands for those that are missing.
    pub spell: fn(Dropped) -> String,
    /// Asked where the reader has gone for good; without it that is a fault like any other.
    pub ends: Option<Stop>,
    pub notices: Notices,
}

pub(super) struct Outlet {
    place: Place,
    lines: Sender<Line>,
    dropped: Dropped,
    /// Lines that were put here.
    put: u64,
    pen: Arc<Pen>,
    leave: Sender<Infallible>,
    ended: Receiver<Infallible>,
}

/// A line with its end; one that stands for those that are missing does not count.
struct Line {
    text: String,
    counts: bool,
}

/// What the writing thread tells.
#[derive(Default)]
struct Pen {
    /// Lines written, those that stand for missing ones left out.
    written: AtomicU64,
    reader_gone: AtomicBool,
}

/// What became of the lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Closed {
    /// Lines that never came out.
    pub lost: u64,
    pub reader_gone: bool,
}

impl Outlet {
    pub fn open(place: Place, sink: impl Write + Send + 'static) -> Result<Self, CliError> {
        Self::with_room(place, sink, LINES_WAITING, RETRY)
    }

    fn with_room(
        place: Place,
        sink: impl Write + Send + 'static,
        room: usize,
        retry: Duration,
    ) -> Result<Self, CliError> {
        let (lines, queue) = bounded(room);
        let (leave, left) = bounded(0);
        let (alive, ended) = bounded::<Infallible>(0);
        let pen = Arc::new(Pen::default());
        let (name, ends) = (place.name.clone(), place.ends.clone());
        let writer =
            Writer { sink, name, ends, retry, left, notices: place.notices.clone(), pen: Arc::clone(&pen) };
        let work = move || {
            let _until_the_end = alive;
            writer.write_all(&queue);
        };
        thread::Builder::new().name("outlet".to_owned()).spawn(work).map_err(CliError::Thread)?;
        Ok(Self { place, lines, dropped: Dropped::default(), put: 0, pen, leave, ended })
    }

    /// Takes a line, without its end; drops it where too many wait already. Never waits.
    pub fn put(&mut self, line: String) {
        self.put += 1;
        // Half the queue is let empty first, or every second line would only say that one is missing.
        let room = self.lines.capacity().unwrap_or_default() / 2;
        let resumes = self.dropped.lines == 0 || (self.lines.len() <= room && self.tell_dropped());
        if !resumes {
            self.dropped.lines += 1;
        } else if let Err(TrySendError::Full(_)) =
            self.lines.try_send(Line { text: line + "\n", counts: true })
        {
            self.dropped = Dropped { lines: 1, since_unix_s: unix_seconds() };
            let name = &self.place.name;
            self.place
                .notices
                .say(format!("{name} is not taken: lines are DROPPED until it is; the hall is heard on"));
        }
    }

    /// Says how many lines are missing; false when there is no room for that either.
    fn tell_dropped(&mut self) -> bool {
        let Dropped { lines, .. } = self.dropped;
        let text = (self.place.spell)(self.dropped) + "\n";
        let told = self.lines.try_send(Line { text, counts: false }).is_ok();
        if told {
            self.dropped = Dropped::default();
            self.place.notices.say(format!("{} is taken again; {lines} lines were dropped", self.place.name));
        }
        told
    }

    /// Waits for what is not written yet, but not for ever: who does not take it is left.
    pub fn close(mut self) -> Closed {
        if self.dropped.lines > 0 {
            self.tell_dropped();
        }
        drop(self.lines);
        if self.ended.recv_timeout(CLOSING) == Err(RecvTimeoutError::Timeout) {
            drop(self.leave);
            // One that tries again and again leaves now; one that hangs does not.
            let _ = self.ended.recv_timeout(Duration::from_millis(200));
        }
        let lost = self.put.saturating_sub(self.pen.written.load(Ordering::Acquire));
        Closed { lost, reader_gone: self.pen.reader_gone.load(Ordering::Acquire) }
    }
}

/// The work of the writing thread.
struct Writer<W> {
    sink: W,
    name: String,
    ends: Option<Stop>,
    retry: Duration,
    /// Closed when there is no more time to try again.
    left: Receiver<Infallible>,
    notices: Notices,
    pen: Arc<Pen>,
}

impl<W: Write> Writer<W> {
    fn write_all(mut self, lines: &Receiver<Line>) {
        for Line { text, counts } in lines {
            if !self.write(text.as_bytes()) {
                return;
            }
            self.pen.written.fetch_add(u64::from(counts), Ordering::Release);
        }
    }

    /// Writes a whole line, however often it takes; false when it is time to go.
    fn write(&mut self, mut rest: &[u8]) -> bool {
        let mut failing = false;
        while !rest.is_empty() {
            let fault = match self.sink.write(rest).and_then(some) {
                Ok(count) => {
                    rest = &rest[count..];
                    continue;
                }
                Err(fault) if fault.kind() == io::ErrorKind::Interrupted => continue,
                Err(fault) => fault,
            };
            if let Some(stop) = self.ends.as_ref().filter(|_| fault.kind() == io::ErrorKind::BrokenPipe) {
                self.pen.reader_gone.store(true, Ordering::Release);
                stop.ask();
                return false;
            }
            if !failing {
                failing = true;
                let name = &self.name;
                let told = format!(
                    "{name} CANNOT BE WRITTEN ({fault}): the hall is heard on, and it is tried again"
                );
                self.notices.say(told);
            }
            if self.left.recv_timeout(self.retry) == Err(RecvTimeoutError::Disconnected) {
                return false;
            }
        }
        if failing {
            self.notices.say(format!("{} is written again", self.name));
        }
        true
    }
}

/// Nothing taken is a fault.
fn some(count: usize) -> io::Result<usize> {
    if count == 0 { Err(io::ErrorKind::WriteZero.into()) } else { Ok(count) }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// Takes bytes while it is let to: `Ok` so many at a time, else the fault.
    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Disk>>);

    #[derive(Default)]
    struct Disk {
        written: Vec<u8>,
        /// What the next calls answer; then everything is taken.
        answers: Vec<io::ErrorKind>,
        full: bool,
        /// A reader who does not read: while set, calls do not return.
        hangs: bool,
    }

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            while self.0.lock().unwrap().hangs {
                thread::sleep(Duration::from_millis(1));
            }
            let mut disk = self.0.lock().unwrap();
            if disk.full {
                return Err(io::ErrorKind::StorageFull.into());
            }
            if let Some(kind) = disk.answers.pop() {
                // Half of it may be there when the rest is not.
                return match kind {
                    io::ErrorKind::Interrupted => {
                        disk.written.extend(&bytes[..1]);
                        Ok(1)
                    }
                    kind => Err(kind.into()),
                };
            }
            disk.written.extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Sink {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().written.clone()).unwrap()
        }

        fn wait_until(&self, what: &str, done: impl Fn(&Disk) -> bool) {
            for _ in 0..60_000 {
                if done(&self.0.lock().unwrap()) {
                    return;
                }
                thread::sleep(Duration::from_millis(1));
            }
            panic!("{what} never came: {}", self.text());
        }
    }

    fn outlet(sink: &Sink, ends: Option<Stop>, room: usize) -> Outlet {
        let spell = |dropped: Dropped| format!("dropped {}", dropped.lines);
        let place = Place { name: "the place".into(), spell, ends, notices: Notices::start().unwrap() };
        Outlet::with_room(place, sink.clone(), room, Duration::from_millis(1)).unwrap()
    }

    #[test]
    fn lines_come_out_whole_and_in_order_however_the_disk_takes_them() {
        let sink = Sink::default();
        let (part, full) = (io::ErrorKind::Interrupted, io::ErrorKind::StorageFull);
        sink.0.lock().unwrap().answers = vec![part, full, full, part, part, full];
        let mut outlet = outlet(&sink, None, 100);
        (0..20).for_each(|n| outlet.put(format!("line {n}")));
        assert_eq!(outlet.close(), Closed { lost: 0, reader_gone: false });
        let all: String = (0..20).map(|n| format!("line {n}\n")).collect();
        assert_eq!(sink.text(), all);
    }

    #[test]
    fn a_reader_who_stops_is_not_waited_for_and_told_how_much_is_missing_when_it_goes_on() {
        let sink = Sink::default();
        sink.0.lock().unwrap().hangs = true;
        let mut outlet = outlet(&sink, None, 4);
        // One is being written, four wait, and the rest find no room.
        outlet.put("line 0".into());
        while !outlet.lines.is_empty() {
            thread::yield_now();
        }
        (1..=104).for_each(|n| outlet.put(format!("line {n}")));
        assert_eq!(sink.text(), "", "nothing can have come out");
        sink.0.lock().unwrap().hangs = false;
        sink.wait_until("what waited", |disk| disk.written.ends_with(b"line 4\n"));
        outlet.put("line 105".into());
        assert_eq!(outlet.close(), Closed { lost: 100, reader_gone: false });
        let before: String = (0..5).map(|n| format!("line {n}\n")).collect();
        assert_eq!(sink.text(), format!("{before}dropped 100\nline 105\n"));
    }

    #[test]
    fn the_end_waits_neither_for_a_full_disk_nor_for_a_reader_who_stopped() {
        for hangs in [false, true] {
            let sink = Sink::default();
            *sink.0.lock().unwrap() = Disk { full: true, hangs, ..Disk::default() };
            let mut outlet = outlet(&sink, None, 4);
            (0..3).for_each(|n| outlet.put(format!("line {n}")));
            assert_eq!(outlet.close(), Closed { lost: 3, reader_gone: false });
            sink.0.lock().unwrap().hangs = false;
        }
    }

    #[test]
    fn a_reader_who_has_gone_ends_the_run() {
        let (sink, stop) = (Sink::default(), Stop::default());
        sink.0.lock().unwrap().answers = vec![io::ErrorKind::BrokenPipe];
        let mut outlet = outlet(&sink, Some(stop.clone()), 4);
        outlet.put("line".into());
        while !stop.is_asked() {
            thread::yield_now();
        }
        (0..9).for_each(|n| outlet.put(format!("line {n}")));
        assert!(outlet.close().reader_gone);
    }
}

//! Tail: follows a file of events while others write it.

use std::fs::{File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::{HallReport, LINE_MAX, fault, line};
use crate::toml_file::Fault;

/// Bytes taken at a time.
const CHUNK: usize = 8_192;

/// What is written to a file from now on. What it holds already is of the past; a file that takes its place, or comes
/// into being later, is read from its beginning.
#[derive(Debug)]
pub struct Tail {
    path: PathBuf,
    open: Option<Lines>,
    /// File that was there at first, and how much of it.
    past: Option<(u64, u64)>,
    /// It was told that the file cannot be read.
    told: bool,
}

/// A file, line by line.
#[derive(Debug)]
pub(super) struct Lines {
    file: File,
    id: u64,
    offset: u64,
    lines: usize,
    /// A line that is not over yet, as far as it may be kept.
    partial: Vec<u8>,
}

impl Tail {
    pub fn new(path: &Path) -> Self {
        let past = std::fs::metadata(path).ok().map(|there| (id(&there), there.len()));
        Self { path: path.to_owned(), open: None, past, told: false }
    }

    /// What was written since the last call: events, and warnings of lines that cannot be used. A file that cannot be
    /// read is warned of once.
    pub fn poll(&mut self, reports: &mut Vec<HallReport>, faults: &mut Vec<Fault>) {
        match self.try_poll(reports, faults) {
            Ok(()) => self.told = false,
            Err(error) => {
                self.open = None;
                if !std::mem::replace(&mut self.told, true) {
                    let remedy = "the hall's system has to write it; it is looked for all the while";
                    faults.push(fault(
                        &self.path,
                        0,
                        format!("it cannot be read ({error})"),
                        remedy.to_owned(),
                    ));
                }
            }
        }
    }

    fn try_poll(&mut self, reports: &mut Vec<HallReport>, faults: &mut Vec<Fault>) -> io::Result<()> {
        let there = std::fs::metadata(&self.path)?;
        let replaced = |open: &Lines| open.id != id(&there) || there.len() < open.offset;
        if self.open.as_ref().is_none_or(replaced) {
            let mut open = Lines::new(File::open(&self.path)?)?;
            if let Some((_, past)) =
                self.past.take().filter(|(file, past)| *file == open.id && *past <= there.len())
            {
                open.skip(past)?;
            }
            self.open = Some(open);
        }
        let Some(open) = &mut self.open else { return Ok(()) };
        open.read(&mut |number, bytes| match line::read(bytes) {
            Ok(report) => reports.extend(report),
            Err((found, remedy)) => faults.push(fault(&self.path, number, found, remedy)),
        })
    }
}

impl Lines {
    pub fn new(file: File) -> io::Result<Self> {
        let id = id(&file.metadata()?);
        Ok(Self { file, id, offset: 0, lines: 0, partial: Vec::new() })
    }

    /// Goes on after `past` bytes. A line that was being written then is told once it is whole.
    fn skip(&mut self, past: u64) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(0))?;
        let mut chunk = [0; CHUNK];
        loop {
            let wanted = (past - self.offset).min(CHUNK as u64) as usize;
            let count = self.file.read(&mut chunk[..wanted])?;
            if count == 0 {
                return Ok(());
            }
            self.take(&chunk[..count], &mut |_, _| {});
        }
    }

    /// The lines that became whole since the last call, each with its number and its end.
    pub fn read(&mut self, take: &mut dyn FnMut(usize, &[u8])) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(self.offset))?;
        let mut chunk = [0; CHUNK];
        loop {
            let count = self.file.read(&mut chunk)?;
            if count == 0 {
                return Ok(());
            }
            self.take(&chunk[..count], take);
        }
    }

    fn take(&mut self, bytes: &[u8], take: &mut dyn FnMut(usize, &[u8])) {
        self.offset += bytes.len() as u64;
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.keep(piece);
            if piece.ends_with(b"\n") {
                self.lines += 1;
                take(self.lines, &self.partial);
                self.partial.clear();
            }
        }
    }

    /// The last line, where it has no end.
    pub fn rest(self, take: &mut dyn FnMut(usize, &[u8])) {
        if !self.partial.is_empty() {
            take(self.lines + 1, &self.partial);
        }
    }

    /// Of a line that is too long only so much is kept as shows that it is.
    fn keep(&mut self, piece: &[u8]) {
        let room = (LINE_MAX + 1).saturating_sub(self.partial.len());
        self.partial.extend_from_slice(&piece[..piece.len().min(room)]);
    }
}

/// What tells a file from another one of the same name.
#[cfg(unix)]
fn id(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

/// Where files have no number, one that is replaced by a longer one is not told from it.
#[cfg(not(unix))]
fn id(_: &Metadata) -> u64 {
    0
}

#[cfg(test)]
mod tests {
    use std::fs::{self, OpenOptions};
    use std::io::Write;

    use super::*;

    const CALLED: &str = "{\"event\":\"ticket-called\",\"window\":\"3\",\"at_s\":1}\n";

    fn append(path: &Path, text: &str) {
        let mut file = OpenOptions::new().create(true).append(true).open(path).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    /// Number of events, and the warnings, since the last call.
    fn polled(tail: &mut Tail) -> (usize, Vec<String>) {
        let (mut reports, mut faults) = (Vec::new(), Vec::new());
        tail.poll(&mut reports, &mut faults);
        (reports.len(), faults.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn only_what_is_written_from_now_on_is_told_and_each_line_once_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        append(&path, &CALLED.repeat(3));
        let mut tail = Tail::new(&path);
        assert_eq!(polled(&mut tail), (0, vec![]));
        let (first, rest) = CALLED.split_at(20);
        append(&path, first);
        assert_eq!(polled(&mut tail), (0, vec![]));
        append(&path, &format!("{rest}{CALLED}what\n"));
        let (count, faults) = polled(&mut tail);
        assert_eq!(count, 2);
        assert!(faults.len() == 1 && faults[0].contains(":6:"), "the sixth line: {faults:?}");
        assert_eq!(polled(&mut tail), (0, vec![]));
    }

    #[test]
    fn a_file_that_comes_late_is_cut_or_replaced_is_read_from_its_beginning() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let mut tail = Tail::new(&path);
        let (count, faults) = polled(&mut tail);
        assert!(count == 0 && faults.len() == 1, "it is not there: {faults:?}");
        assert_eq!(polled(&mut tail), (0, vec![]), "and that is said once");
        append(&path, CALLED);
        assert_eq!(polled(&mut tail), (1, vec![]));
        append(&path, &CALLED.repeat(2));
        assert_eq!(polled(&mut tail), (2, vec![]));
        fs::write(&path, CALLED).unwrap();
        assert_eq!(polled(&mut tail), (1, vec![]), "cut");
        let other = folder.path().join("other");
        append(&other, &CALLED.repeat(5));
        fs::rename(&other, &path).unwrap();
        assert_eq!(polled(&mut tail), (5, vec![]), "replaced");
    }

    #[test]
    fn a_line_without_end_fills_no_memory() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        append(&path, "");
        let mut tail = Tail::new(&path);
        assert_eq!(polled(&mut tail), (0, vec![]));
        for _ in 0..20 {
            append(&path, &"x".repeat(10_000));
            assert_eq!(polled(&mut tail), (0, vec![]));
        }
        assert!(tail.open.as_ref().is_some_and(|open| open.partial.len() <= LINE_MAX + 1));
        append(&path, &format!("\n{CALLED}"));
        let (count, faults) = polled(&mut tail);
        assert!(count == 1 && faults.len() == 1 && faults[0].contains("bytes"), "{faults:?}");
    }
}

//! `sansheng evidence`, of recordings: which there are, and a time of them copied out, on record who did it and why.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;

use super::DONE;
use super::error::CliError;
use super::journal::{Place, utc};
use super::show;
use crate::capture::flac_file;
use crate::clock::unix_micros;
use crate::ledger::Body;
use crate::ledger::event::AccessBody;
use crate::ledger::evidence::{Chunk, Ending, Recorded, StoredRecording, Together, together};
use crate::ledger::journal::Act;
use crate::units::{SAMPLE_RATE_HZ, WindowId};

/// At most so much at once: it is put together in memory.
const EXPORT_US_MAX: i64 = 3_600_000_000;

/// Which of them.
pub(super) struct Choice<'a> {
    pub windows: &'a [String],
    pub from: Option<i64>,
    pub to: Option<i64>,
}

/// What is to be copied out, who wants it, what for and where to.
pub(super) struct Copy<'a> {
    pub window: &'a str,
    pub from: i64,
    pub to: i64,
    pub who: &'a str,
    pub why: &'a str,
    pub out: &'a Path,
}

pub(super) fn list(place: &Place, choice: &Choice<'_>, json: bool) -> Result<u8, CliError> {
    let recordings = place.recordings();
    let (from, to) = (choice.from.unwrap_or(i64::MIN), choice.to.unwrap_or(i64::MAX));
    let mut out = io::stdout().lock();
    let mut table = show::new_table(["UTC", "WINDOW", "SECONDS", "CHUNKS", "BYTES", "RECORDING"]);
    for stored in recordings.stored()? {
        let wanted =
            choice.windows.is_empty() || choice.windows.iter().any(|id| id == stored.window.as_str());
        if !wanted || !stored.overlaps(from, to) {
            continue;
        }
        let line = Line::of(&stored, &recordings.read(&stored)?);
        match json {
            true => writeln!(out, "{}", serde_json::to_string(&line)?)?,
            false => drop(table.add_row(line.cells())),
        }
    }
    if table.row_count() > 0 {
        writeln!(out, "{table}")?;
    }
    Ok(DONE)
}

/// Times are microseconds since the Unix epoch.
#[derive(Serialize)]
struct Line {
    file: String,
    window: String,
    wall_us: i64,
    until_us: i64,
    seconds: f64,
    chunks: usize,
    bytes: u64,
    /// `whole`, or `broken`: it ends with something that is no chunk, after a kill or damage.
    state: &'static str,
}

impl Line {
    fn of(stored: &StoredRecording, recorded: &Recorded) -> Self {
        let samples: u64 = recorded.chunks.iter().map(|chunk| u64::from(chunk.samples)).sum();
        Self {
            file: stored.file.clone(),
            window: stored.window.to_string(),
            wall_us: stored.start_us,
            until_us: recorded.chunks.last().map_or(stored.start_us, Chunk::until_us),
            seconds: samples as f64 / f64::from(SAMPLE_RATE_HZ),
            chunks: recorded.chunks.len(),
            bytes: stored.bytes,
            state: match recorded.ending {
                Ending::Whole => "whole",
                Ending::Broken => "broken",
            },
        }
    }

    fn cells(&self) -> [String; 6] {
        let file = match self.state {
            "whole" => self.file.clone(),
            state => format!("{}: {}", state.to_uppercase(), self.file),
        };
        [
            utc(self.wall_us),
            self.window.clone(),
            format!("{:.1}", self.seconds),
            self.chunks.to_string(),
            self.bytes.to_string(),
            file,
        ]
    }
}

pub(super) fn export(place: &Place, copy: &Copy<'_>) -> Result<u8, CliError> {
    let window = WindowId::new(copy.window);
    let refused = |why: &str| CliError::NoRecording { window: window.clone(), why: why.to_owned() };
    if copy.to <= copy.from || copy.to - copy.from > EXPORT_US_MAX {
        return Err(refused(
            "is exported an hour at most at a time: let --to be later than --from, by no more than that",
        ));
    }
    let all = heard(place, &window, (copy.from, copy.to))?;
    let all = all.ok_or_else(|| {
        refused("has no recording of that time that can be heard: see `sansheng evidence list --recordings`")
    })?;
    let Together { from_us, samples, missing } = &all;
    let bytes = flac_file(samples).ok_or_else(|| refused("has sound that cannot be written as FLAC"))?;
    let unwritten = |fault| CliError::Unwritten { path: copy.out.to_owned(), fault };
    // Before it is on record: a place that cannot be written is no access.
    let mut out = OpenOptions::new().write(true).create_new(true).open(copy.out).map_err(unwritten)?;
    let until_us = from_us + samples.len() as i64 * 125 / 2;
    let noted = note(place, copy, &window, (*from_us, until_us));
    let written = noted.and_then(|()| out.write_all(&bytes).and_then(|()| out.sync_all()).map_err(unwritten));
    if written.is_err() {
        // It is empty, or half of it.
        let _ = std::fs::remove_file(copy.out);
    }
    written?;
    let seconds = samples.len() as f64 / f64::from(SAMPLE_RATE_HZ);
    println!("{seconds:.1} s from {} UTC, {} bytes to {}", utc(*from_us), bytes.len(), copy.out.display());
    for (from, until) in missing {
        println!("not recorded, silent in it: {} – {}", utc(*from), utc(*until));
    }
    Ok(DONE)
}

/// What is recorded of a time.
fn heard(place: &Place, window: &WindowId, time: (i64, i64)) -> Result<Option<Together>, CliError> {
    let recordings = place.recordings();
    let mut chunks = Vec::new();
    for stored in recordings.stored()? {
        if stored.window == *window && stored.overlaps(time.0, time.1) {
            chunks.extend(recordings.sound(&stored)?);
        }
    }
    Ok(together(chunks, time))
}

/// Journals who takes what out and why.
fn note(
    place: &Place,
    copy: &Copy<'_>,
    window: &WindowId,
    (from, until): (i64, i64),
) -> Result<(), CliError> {
    let body = Body::Access(AccessBody {
        what: AccessBody::EXPORT.to_owned(),
        alert: None,
        finding: None,
        file: Some(format!("recording of {} to {} UTC", utc(from), utc(until))),
        who: copy.who.to_owned(),
        why: copy.why.to_owned(),
        why_zh: None,
    });
    let act = Act { window: Some(window.clone()), session: None, rulebook: None, body };
    place.aside()?.act(unix_micros(), |_| Ok::<_, CliError>(vec![act]))?;
    Ok(())
}

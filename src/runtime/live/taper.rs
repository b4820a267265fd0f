//! Taper: what clerks say, recorded all along. In: the memories that the listen threads fill. Out: chunks on the disk, and what is to
//! be told where there is no room for them. Thread: `evidence`; no other waits for it. Allocates: per chunk.

use std::time::Duration;

use super::evidence::Shared;
use crate::alert::SessionClock;
use crate::clock::{Stopwatch, unix_micros};
use crate::conduct::scene::Roles;
use crate::config::Window;
use crate::ledger::Reader;
use crate::ledger::event::RetentionBody;
use crate::ledger::evidence::{
    CHUNK_SAMPLES, CONTEXT_FRAMES, Chunk, Due, EvidenceConfig, Heard, Keep, Recordings, Reel, Stored,
    StoredRecording, clip, due,
};
use crate::ledger::journal::Standing;
use crate::runtime::watchdog::Heart;
use crate::signal::FRAME_SAMPLES;
use crate::units::{SAMPLE_RATE_HZ, SessionTime, Span, WindowId};

/// Bytes of the disk that recordings leave free whatever else is said: the journal's, which has to go on.
const RESERVE: u64 = 256 << 20;
/// Recordings are held for reviews and appeals from so long before the finding to so long after it.
const AROUND_US: i64 = 60_000_000;
/// There are as many files as there were minutes: while there is room, all are looked at no more often than this.
const LOOK_ALL: Duration = Duration::from_secs(600);
/// Sound around a chunk that what is kept of it depends on.
const CONTEXT: u64 = (CONTEXT_FRAMES * FRAME_SAMPLES) as u64;

pub(super) struct Taper<'a> {
    recordings: Recordings,
    tracks: Vec<Track<'a>>,
    watch: Stopwatch,
    /// There is no room.
    is_paused: bool,
    /// Samples that were not recorded.
    lost: u64,
    /// Why the last chunk was not written.
    trouble: Option<String>,
    /// When all recordings were looked at last, and what came of it.
    looked: Option<(Duration, Swept)>,
}

/// A window that is recorded.
struct Track<'a> {
    memory: &'a Shared,
    reel: Reel,
    /// Up to where it is recorded, or given up.
    from: SessionTime,
}

/// What a look at the disk came to.
#[derive(Clone, Default)]
pub(super) struct Swept {
    pub gone: Vec<RetentionBody>,
    pub count: u64,
    pub bytes: u64,
    pub held: u64,
    pub trouble: Option<String>,
}

impl<'a> Taper<'a> {
    /// Of the windows whose clerk has a microphone to himself: of others nobody knows whose voice it is.
    pub fn new(recordings: Recordings, hall: (&'a [Shared], &'a [Window]), watch: Stopwatch) -> Self {
        let recorded = hall.0.iter().zip(hall.1).filter(|(_, window)| window.roles == Roles::ByChannel);
        let track = |(memory, window): (&'a Shared, &Window)| Track {
            memory,
            reel: Reel::new(window.id.clone()),
            from: SessionTime(0),
        };
        let tracks = recorded.map(track).collect();
        Self { recordings, tracks, watch, is_paused: false, lost: 0, trouble: None, looked: None }
    }

    /// Seconds that were not recorded since the service began, for want of room or time.
    pub fn lost_s(&self) -> u64 {
        self.lost / u64::from(SAMPLE_RATE_HZ)
    }

    /// Why nothing, or not all, is recorded.
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    /// Writes the chunks that are whole; all that there is when the run is `over`.
    pub fn turn(&mut self, over: bool, heart: &Heart) {
        for number in 0..self.tracks.len() {
            while let Some((chunk, samples)) = self.next(number, over) {
                if self.is_paused {
                    self.lost += samples.len() as u64;
                    continue;
                }
                // The disk may take as long as it likes.
                heart.rest();
                let appended = self.recordings.append(&mut self.tracks[number].reel, chunk, &samples);
                heart.beat();
                let trouble = appended.err().map(|fault| fault.to_string());
                if let Some(fault) = &trouble {
                    self.lost += samples.len() as u64;
                    if self.trouble.is_none() {
                        tracing::warn!("what is said is not recorded: {fault}");
                    }
                }
                self.trouble = trouble;
            }
        }
    }

    /// The next chunk of a window, where it is there, with what comes after it.
    fn next(&mut self, number: usize, over: bool) -> Option<(Chunk, Vec<i16>)> {
        let track = &mut self.tracks[number];
        let (stretch, end, began) = {
            let memory = track.memory.lock();
            let is_over = over || memory.is_over();
            let (end, until) = (track.from.plus(CHUNK_SAMPLES), memory.until());
            let is_ready = until >= end.plus(CONTEXT) || is_over && until > track.from;
            if !is_ready {
                return None;
            }
            let end = end.min(until);
            let wanted = Span { start: track.from.minus(CONTEXT), end: end.plus(CONTEXT) };
            (memory.stretch(wanted), end, memory.began())
        };
        // The disk took so long, or time leapt so far, that the memory does not reach back: what was said before the first frame
        // of it is unknown, and so is whether the visitor spoke.
        let start = stretch.as_ref().map_or(end, |stretch| match stretch.span.start {
            SessionTime(0) => track.from,
            first => track.from.max(first.plus(CONTEXT)).min(end),
        });
        self.lost += start.0 - track.from.0;
        track.from = end;
        let samples = clip(stretch.filter(|_| start < end)?, Heard::Clerk).part(Span { start, end }).to_vec();
        let clock = SessionClock { session: SessionTime(0), run: began.unwrap_or_default() };
        let ago = self.watch.elapsed().saturating_sub(clock.run_time(start));
        let wall_us = unix_micros().saturating_sub(micros(ago));
        Some((Chunk { start, wall_us, samples: samples.len() as u32 }, samples))
    }

    /// Deletes recordings that are too old, and the oldest where there is not room enough; none around a finding that is under
    /// review or appeal. Nothing more is recorded while there is no room all the same.
    pub fn sweep(&mut self, config: &EvidenceConfig, free: Option<u64>, journal: &Reader) -> Swept {
        let (now, is_low) = (self.watch.elapsed(), free.is_some_and(|free| free < config.free.max(RESERVE)));
        if let Some((at, swept)) = &self.looked
            && now < *at + LOOK_ALL
            && !is_low
            && !self.is_paused
        {
            return swept.clone();
        }
        let swept = self.sweep_all(config, free, journal);
        // What is gone is told once; what was wrong, as long as nobody has looked again.
        self.looked = Some((now, Swept { gone: Vec::new(), ..swept.clone() }));
        swept
    }

    fn sweep_all(&mut self, config: &EvidenceConfig, free: Option<u64>, journal: &Reader) -> Swept {
        let mut swept = Swept::default();
        let stored = match self.recordings.stored() {
            Ok(stored) => stored,
            Err(fault) => {
                swept.trouble = Some(fault.to_string());
                return swept;
            }
        };
        (swept.count, swept.bytes) = (stored.len() as u64, stored.iter().map(|one| one.bytes).sum());
        let (now_us, wanted) = (unix_micros(), config.free.max(RESERVE));
        let (mut cases, mut unread) = (None, None);
        let mut is_held = |recording: &StoredRecording| {
            let cases = cases.get_or_insert_with(|| journal.rows().open_cases(now_us));
            match cases {
                Ok(cases) => is_around(recording, cases),
                Err(fault) => {
                    // Nobody knows whether it is needed: it stays.
                    unread = Some(fault.to_string());
                    true
                }
            }
        };
        let found = which(&stored, now_us, config.keep_recordings, (wanted, free), &mut is_held);
        let Due { old, room, held, low } = found;
        swept.held = held;
        let freed: u64 = old.iter().chain(&room).map(|one| one.bytes).sum();
        self.is_paused = free.is_some_and(|free| free.saturating_add(freed) < wanted);
        swept.trouble = unread.or_else(|| low.then(|| no_room(room.len(), held, self.is_paused)));
        for (why, gone) in [(RetentionBody::AGE, old), (RetentionBody::DISK, room)] {
            if gone.is_empty() {
                continue;
            }
            let bytes = gone.iter().map(|one| one.bytes).sum();
            swept.count -= gone.len() as u64;
            swept.bytes = swept.bytes.saturating_sub(bytes);
            let files: Vec<String> = gone.into_iter().map(|one| one.file).collect();
            if let Err(fault) = self.recordings.remove(files.iter().map(String::as_str)) {
                swept.trouble = Some(fault.to_string());
            }
            let (what, why) = (RetentionBody::RECORDINGS.to_owned(), why.to_owned());
            swept.gone.push(RetentionBody { what, why, files, bytes, seqs: Vec::new() });
        }
        swept
    }
}

/// What of the recordings has to go.
fn which(
    stored: &[StoredRecording],
    now_us: i64,
    keep: Duration,
    room: (u64, Option<u64>),
    is_held: &mut dyn FnMut(&StoredRecording) -> bool,
) -> Due {
    let plain =
        |one: &StoredRecording| Stored { file: one.file.clone(), bytes: one.bytes, written_us: one.start_us };
    let files = stored.iter().map(plain).collect();
    let standing = |file: &Stored| {
        let recording = StoredRecording::named(&file.file, file.bytes);
        Standing { severity: None, held: recording.is_some_and(|recording| is_held(&recording)) }
    };
    due(files, now_us, &Keep::all(keep), room, standing)
}

/// Whether a recording has a finding of these in it, or something of the minute before or after.
fn is_around(recording: &StoredRecording, cases: &[(WindowId, i64)]) -> bool {
    let near = |at: i64| recording.overlaps(at.saturating_sub(AROUND_US), at.saturating_add(AROUND_US));
    cases.iter().any(|(window, at)| *window == recording.window && near(*at))
}

fn no_room(gone: usize, held: u64, is_paused: bool) -> String {
    let held = match held {
        0 => String::new(),
        held => format!(", {held} are kept for reviews and appeals"),
    };
    let paused = if is_paused { "; NOTHING MORE IS RECORDED until there is room" } else { "" };
    format!(
        "the disk of the recordings is nearly full: {gone} were deleted before their time{held}{paused}; free some space"
    )
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000_000;

    fn stored(window: &str, minute: i64) -> StoredRecording {
        StoredRecording::named(&format!("{}-{window}.rec", minute * MINUTE), 10).expect("a name")
    }

    #[test]
    fn the_old_go_and_then_the_oldest_but_what_overlaps_an_open_case_stays() {
        for (case, now, keep_m, wanted, free, old, room, held) in [
            (None, 10, 100, 0, 0, "", "", 0),
            (None, 10, 8, 0, 0, "0-1 0-2 1-1", "", 0),
            (None, 10, 100, 25, 0, "", "0-1 0-2 1-1", 0),
            (None, 10, 100, 25, 25, "", "", 0),
            // From a minute before the finding to a minute after it, at its window alone.
            (Some(("1", 1)), 10, 8, 0, 0, "0-2", "", 2),
            (Some(("1", 1)), 10, 100, 25, 0, "", "0-2 3-1 9-2", 2),
            (Some(("2", 0)), 10, 8, 0, 0, "0-1 1-1", "", 1),
            (Some(("1", 6)), 10, 8, 0, 0, "0-1 0-2 1-1", "", 0),
        ] {
            let all = vec![stored("1", 0), stored("2", 0), stored("1", 1), stored("1", 3), stored("2", 9)];
            let cases: Vec<_> =
                case.iter().map(|(window, minute)| (WindowId::new(window), minute * MINUTE)).collect();
            let keep = Duration::from_secs(keep_m * 60);
            let found =
                which(&all, now * MINUTE, keep, (wanted, Some(free)), &mut |one| is_around(one, &cases));
            let names = |of: &[Stored]| {
                let named = of.iter().filter_map(|one| StoredRecording::named(&one.file, 0));
                let name = |one: StoredRecording| format!("{}-{}", one.start_us / MINUTE, one.window);
                named.map(name).collect::<Vec<_>>().join(" ")
            };
            let told = (names(&found.old), names(&found.room), found.held);
            assert_eq!(told, (old.into(), room.into(), held), "{case:?} {keep_m} {wanted}");
        }
    }
}

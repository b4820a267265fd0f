//! The `evidence` thread: clips for alerts. In: alerts as they are told, and the memories that the listen threads fill.
//! Out: files, and an event for each. No alert waits for it: it comes after, when the sound after the words is there.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError, bounded};

use super::board::Board;
use super::event::HallEvent;
use super::taper::{Swept, Taper};
use super::waiting::Waiting;
use crate::alert::Alert;
use crate::clock::{Stopwatch, unix_micros};
use crate::conduct::FindingKind;
use crate::conduct::scene::Roles;
use crate::config::Window;
use crate::ledger::event::{EvidenceBody, RetentionBody};
use crate::ledger::evidence::{Clips, Due, EvidenceConfig, Heard, Memory, Recordings, Stored, clip, due};
use crate::ledger::journal::Standing;
use crate::ledger::{Aside, Reader};
use crate::runtime::watchdog::Heart;
use crate::status::EvidenceStatus;
use crate::units::Span;

/// Alerts that wait for their clips, at most.
const WAITING_MAX: usize = 1_024;
/// How often the memories are looked at while something waits.
const LOOK: Duration = Duration::from_millis(100);
/// How often it is looked at which clips have to go.
const SWEEP: Duration = Duration::from_secs(60);
/// How often it is looked at what is to be forgotten.
const FORGET: Duration = Duration::from_secs(86_400);
/// How much later than its time sound may come before the clip is cut without it.
const PATIENCE: Duration = Duration::from_secs(10);

/// How alerts get clips, and whether all is recorded.
pub struct Evidence {
    pub clips: Clips,
    /// `None` where nothing is recorded all along.
    pub recordings: Option<Recordings>,
    pub config: EvidenceConfig,
    /// The journal that says which clips are under review or appeal.
    pub journal: Reader,
    pub texts: Option<Texts>,
}

/// What was heard, and what was masked in the journal, is deleted when it is older; `None` where that is never.
pub struct Texts {
    pub keep: Option<Duration>,
    pub keep_originals: Option<Duration>,
    pub journal: Aside,
}

/// The last seconds of a window's clerk.
#[derive(Clone)]
pub(super) struct Shared(Arc<Mutex<Memory>>);

impl Shared {
    pub fn new(config: &EvidenceConfig) -> Self {
        Self(Arc::new(Mutex::new(Memory::new(EvidenceConfig::samples(config.memory)))))
    }

    pub fn lock(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An alert that is to have a clip.
pub(super) struct Wanted {
    window: usize,
    alert: u64,
    words: Span,
    /// `None` where nothing may be kept.
    heard: Option<Heard>,
    /// Run time from which on nothing more is waited for.
    until: Duration,
}

pub(super) struct Cutter<'a> {
    evidence: Evidence,
    taper: Option<Taper<'a>>,
    memories: &'a [Shared],
    windows: &'a [Window],
    waiting: Arc<Waiting>,
    board: &'a Board,
    watch: Stopwatch,
}

/// The judge's end.
pub(super) struct Asker<'a> {
    wanted: Sender<Wanted>,
    windows: &'a [Window],
    waiting: Arc<Waiting>,
    watch: Stopwatch,
    after: Duration,
    clips: bool,
}

/// Both ends.
pub(super) fn evidence<'a>(
    mut evidence: Evidence,
    (memories, windows): (&'a [Shared], &'a [Window]),
    waiting: &Arc<Waiting>,
    (board, watch): (&'a Board, Stopwatch),
) -> (Asker<'a>, impl FnOnce(&Heart) + Send + 'a) {
    let (wanted, asked) = bounded(WAITING_MAX);
    let EvidenceConfig { after, clips, .. } = evidence.config;
    let asker = Asker { wanted, windows, waiting: Arc::clone(waiting), watch, after, clips };
    let recordings = evidence.recordings.take();
    let taper = recordings.map(|recordings| Taper::new(recordings, (memories, windows), watch));
    let cutter = Cutter { evidence, taper, memories, windows, waiting: Arc::clone(waiting), board, watch };
    (asker, move |heart: &Heart| cutter.cut_all(&asked, heart))
}

impl Asker<'_> {
    /// What is to be cut for an alert: something where it is told for the first time.
    pub fn wanted_for(&self, window: usize, alert: &Alert) -> Option<Wanted> {
        let Alert { id, revision, finding, .. } = alert;
        let words = finding.span;
        let heard = match self.windows[window].roles {
            Roles::ByChannel => Some(Heard::Clerk),
            // Nothing was said that could be cut out.
            _ if finding.kind == FindingKind::Missing => None,
            _ => Some(Heard::Anybody { words }),
        };
        let until = self.watch.elapsed() + self.after + PATIENCE;
        (*revision == 1 && self.clips).then_some(Wanted { window, alert: id.0, words, heard, until })
    }

    /// Has it cut. Never waits.
    pub fn ask(&self, wanted: Wanted) {
        if let Err(TrySendError::Full(Wanted { window, alert, words, .. })) = self.wanted.try_send(wanted) {
            self.waiting.push(without(window, alert, words, "too many alerts waited for their clips"));
        }
    }
}

impl Cutter<'_> {
    /// Until the judge has told everything; what is still wanted then is cut from what there is.
    fn cut_all(mut self, asked: &Receiver<Wanted>, heart: &Heart) {
        let mut open: Vec<Wanted> = Vec::new();
        let mut status = EvidenceStatus::default();
        let mut swept: Option<Duration> = None;
        let mut forgot: Option<Duration> = None;
        loop {
            heart.beat();
            if swept.is_none_or(|at| self.watch.elapsed() >= at + SWEEP) {
                heart.rest();
                self.sweep(&mut status);
                heart.beat();
                swept = Some(self.watch.elapsed());
            }
            if forgot.is_none_or(|at| self.watch.elapsed() >= at + FORGET) {
                heart.rest();
                self.forget();
                heart.beat();
                forgot = Some(self.watch.elapsed());
            }
            let over = match asked.recv_timeout(LOOK) {
                Ok(wanted) => {
                    open.push(wanted);
                    open.extend(asked.try_iter());
                    false
                }
                Err(RecvTimeoutError::Timeout) => false,
                Err(RecvTimeoutError::Disconnected) => true,
            };
            let (ready, rest): (Vec<Wanted>, Vec<Wanted>) =
                open.into_iter().partition(|wanted| over || self.is_ready(wanted));
            open = rest;
            for wanted in ready {
                // The disk may take as long as it likes.
                heart.rest();
                let event = self.cut(&wanted);
                heart.beat();
                self.waiting.push(event);
            }
            if let Some(taper) = &mut self.taper {
                taper.turn(over, heart);
            }
            if over {
                return;
            }
        }
    }

    /// Deletes recordings and clips that are too old, and where the disk is nearly full the oldest, recordings before clips; none
    /// that somebody may still need.
    fn sweep(&mut self, status: &mut EvidenceStatus) {
        let (taped, free) = self.sweep_recordings(status);
        self.sweep_clips(status, taped, free);
    }

    /// What is wrong with recordings, how many are held, and the bytes that are free then.
    fn sweep_recordings(&mut self, status: &mut EvidenceStatus) -> ((Option<String>, u64), Option<u64>) {
        let free = self.evidence.clips.free_beside();
        let Some(taper) = &mut self.taper else { return ((None, 0), free) };
        let swept = taper.sweep(&self.evidence.config, free, &self.evidence.journal);
        let Swept { gone, count, bytes, held, trouble } = swept;
        (status.recordings, status.recording_bytes, status.unrecorded_s) = (count, bytes, taper.lost_s());
        let trouble = trouble.or_else(|| taper.trouble().map(ToOwned::to_owned));
        // Not every file system knows at once what was freed.
        let freed: u64 = gone.iter().map(|gone| gone.bytes).sum();
        let free = free
            .map(|free| self.evidence.clips.free_beside().unwrap_or(free).max(free.saturating_add(freed)));
        for body in gone {
            self.waiting.push(HallEvent::Retention { body });
        }
        ((trouble, held), free)
    }

    fn sweep_clips(
        &self,
        status: &mut EvidenceStatus,
        (taped, taped_held): (Option<String>, u64),
        room: Option<u64>,
    ) {
        let EvidenceConfig { keep, free, .. } = &self.evidence.config;
        let (clips, now_us) = (&self.evidence.clips, unix_micros());
        let stored = match clips.stored() {
            Ok(stored) => stored,
            Err(fault) => {
                tracing::warn!("{fault}");
                status.trouble = Some(fault.to_string());
                return self.board.clips_are(status.clone());
            }
        };
        (status.clips, status.bytes) = (stored.len() as u64, stored.iter().map(|clip| clip.bytes).sum());
        let mut unread = None;
        let standing = |clip: &Stored| {
            let known = clip.alert().map(|alert| self.evidence.journal.rows().standing(alert, now_us));
            known.unwrap_or(Ok(Standing::default())).unwrap_or_else(|fault| {
                // Nobody knows whether it is needed: it stays.
                unread = Some(fault.to_string());
                Standing { severity: None, held: true }
            })
        };
        let Due { old, room, low, held } = due(stored, now_us, keep, (*free, room), standing);
        status.held = held + taped_held;
        status.deleted_old += old.len() as u64;
        status.deleted_room += room.len() as u64;
        let mut trouble = unread.or_else(|| low.then(|| nearly_full(room.len(), held))).or(taped);
        for (why, gone) in [(RetentionBody::AGE, old), (RetentionBody::DISK, room)] {
            if gone.is_empty() {
                continue;
            }
            let bytes = gone.iter().map(|clip| clip.bytes).sum();
            status.clips -= gone.len() as u64;
            status.bytes = status.bytes.saturating_sub(bytes);
            let files: Vec<String> = gone.into_iter().map(|clip| clip.file).collect();
            if let Err(fault) = clips.remove(files.iter().map(String::as_str)) {
                trouble = Some(fault.to_string());
            }
            // Said even where some of them could not be deleted: the others are gone.
            let (what, why) = (RetentionBody::CLIPS.to_owned(), why.to_owned());
            self.waiting.push(HallEvent::Retention {
                body: RetentionBody { what, why, files, bytes, seqs: Vec::new() },
            });
        }
        if let Some(trouble) = &trouble {
            tracing::warn!("{trouble}");
        }
        status.trouble = trouble;
        self.board.clips_are(status.clone());
    }

    /// Forgets what was heard, and what was masked, too long ago.
    fn forget(&mut self) {
        let Some(Texts { keep, keep_originals, journal }) = &mut self.evidence.texts else { return };
        let now_us = unix_micros();
        let before =
            |keep: Duration| now_us.saturating_sub(i64::try_from(keep.as_micros()).unwrap_or(i64::MAX));
        let masked = keep_originals.map_or(Ok(0), |keep| journal.forget_originals(before(keep), now_us));
        let heard = keep.map_or(Ok(0), |keep| {
            let why = format!("heard more than {} days ago", keep.as_secs() / 86_400);
            journal.forget_heard(before(keep), &why, now_us)
        });
        if let (Ok(0), Ok(0)) = (&masked, &heard) {
            return;
        }
        for (what, forgotten) in [("masked", &masked), ("heard", &heard)] {
            if let Err(fault) = forgotten {
                tracing::warn!("what was {what} cannot be forgotten now: {fault}");
            }
        }
        // What cannot be overwritten yet is so the next time.
        drop(journal.settle());
    }

    fn is_ready(&self, wanted: &Wanted) -> bool {
        let memory = self.memories[wanted.window].lock();
        let end = wanted.words.end.plus(EvidenceConfig::samples(self.evidence.config.after));
        memory.until() >= end || memory.is_over() || self.watch.elapsed() >= wanted.until
    }

    fn cut(&self, wanted: &Wanted) -> HallEvent {
        let Wanted { window, alert, words, heard, .. } = *wanted;
        let Some(heard) = heard else {
            return without(window, alert, words, "one microphone hears both, and no words are to be kept");
        };
        let EvidenceConfig { before, after, .. } = self.evidence.config;
        let whole = Span {
            start: words.start.minus(EvidenceConfig::samples(before)),
            end: words.end.plus(EvidenceConfig::samples(after)),
        };
        let stretch = self.memories[window].lock().stretch(whole);
        let Some(stretch) = stretch else {
            return without(window, alert, words, "its sound was no longer, or never, in memory");
        };
        let clip = clip(stretch, heard);
        let span = clip.span;
        match self.evidence.clips.keep(alert, &self.windows[window].id, &clip) {
            Ok(kept) => {
                let body = EvidenceBody { alert, clip: Some(kept), why: None };
                HallEvent::Evidence { window, span, body: Box::new(body) }
            }
            Err(fault) => {
                tracing::warn!("alert {alert} has no clip: {fault}");
                without(window, alert, span, &fault.to_string())
            }
        }
    }
}

fn nearly_full(gone: usize, held: u64) -> String {
    let held = match held {
        0 => String::new(),
        held => format!(", {held} are kept for reviews and appeals"),
    };
    format!(
        "the disk of the clips is nearly full: {gone} were deleted before their time{held}; free some space"
    )
}

fn without(window: usize, alert: u64, span: Span, why: &str) -> HallEvent {
    let body = EvidenceBody { alert, clip: None, why: Some(why.to_owned()) };
    HallEvent::Evidence { window, span, body: Box::new(body) }
}

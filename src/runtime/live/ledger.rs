//! The `ledger` thread: between the judge and everybody who is shown something. In: what the judge tells, from a queue.
//! Out: the same, told on, once it is durable in the journal; all that waits goes into one commit.
//!
//! Where the disk is full the ballast is thrown out, and what was said is left out to make room for alerts and findings
//! until there is room again. Where nothing can be written, they wait in memory, and are shown when they can be: nobody
//! is shown what may not have happened tomorrow. Both are told on standard error, in the status and by `/healthz`.

use std::time::Duration;

use super::board::Board;
use super::event::HallEvent;
use super::record::{Recorder, Weight};
use super::waiting::{Batch, Waiting};
use crate::clock::{Stopwatch, unix_micros};
use crate::ledger::event::{Body, Draft, RunEnded, RunStarted};
use crate::ledger::journal::Surroundings;
use crate::ledger::{JournalFault, Store};
use crate::runtime::watchdog::Heart;
use crate::status::{DiskStatus, JournalState, JournalStatus, VerifiedStatus};

/// How long the thread sleeps when nothing waits.
const LOOK: Duration = Duration::from_millis(500);
/// How often it is looked at what stands around the journal.
const LOOK_AROUND: Duration = Duration::from_secs(60);
/// How often what could not be written is tried again.
const RETRY: Duration = Duration::from_secs(1);
/// How often it is tried to lay in ballast again.
const REFILL: Duration = Duration::from_secs(60);
/// How long the end waits for a journal that cannot be written.
const CLOSING: Duration = Duration::from_secs(5);
/// Alerts that are named when they are lost, at most.
const NAMED_MAX: usize = 50;

/// What a hall is journalled with.
pub struct Ledger {
    pub store: Box<dyn Store>,
    /// The first event of the run.
    pub started: RunStarted,
    /// Highest id that an alert had before.
    pub last_alert: u64,
    /// Says a sentence on standard error; never waits.
    pub say: Box<dyn Fn(String) + Send>,
}

/// An event on its way into the journal and to whoever is told.
struct Kept {
    draft: Option<Draft>,
    event: Option<HallEvent>,
    weight: Weight,
}

pub(super) struct Keeper<'a> {
    store: Box<dyn Store>,
    say: Box<dyn Fn(String) + Send>,
    recorder: Recorder,
    board: &'a Board,
    watch: Stopwatch,
    tell: &'a mut (dyn FnMut(HallEvent) + Send),
    /// What is not durable yet, in order.
    held: Vec<Kept>,
    status: JournalStatus,
    /// There is no ballast: what was said is left out.
    tight: bool,
    /// Left out since the journal was told so last.
    shed: u64,
    /// When ballast was tried to be laid in last; run time.
    refilled: Duration,
    /// When it was looked around last; run time.
    looked: Option<Duration>,
    retry: Duration,
}

impl<'a> Keeper<'a> {
    pub fn new(
        ledger: Ledger,
        recorder: Recorder,
        (board, watch): (&'a Board, Stopwatch),
        tell: &'a mut (dyn FnMut(HallEvent) + Send),
    ) -> Self {
        let Ledger { store, started, say, .. } = ledger;
        let first = recorder.of_hall(Body::RunStarted(Box::new(started)));
        let held = vec![Kept { draft: Some(first), event: None, weight: Weight::Record }];
        let (status, refilled) = (JournalStatus::default(), watch.elapsed());
        Self {
            store,
            say,
            recorder,
            board,
            watch,
            tell,
            held,
            status,
            tight: false,
            shed: 0,
            refilled,
            looked: None,
            retry: RETRY,
        }
    }

    /// Until the judge has told everything, and it is written or given up.
    pub fn keep(mut self, waiting: &Waiting, heart: &Heart) {
        if !self.store.load_ballast() {
            (self.say)(
                "the disk of the journal is nearly full: there is no ballast for when it is".to_owned(),
            );
        }
        let mut over = false;
        while !over {
            heart.beat();
            let batch = waiting.take(LOOK);
            over = batch.over;
            self.take(batch);
            self.refill();
            self.look_around();
            while !self.commit(heart) {
                let (light, closed) = waiting.take_light(self.retry);
                light.into_iter().for_each(|event| self.show(event));
                self.show_status(waiting.len());
                if closed {
                    over = true;
                    self.take(waiting.take(Duration::ZERO));
                    break;
                }
            }
            self.show_status(0);
        }
        self.finish(waiting, heart);
    }

    /// Puts in line what waited.
    fn take(&mut self, batch: Batch) {
        let Batch { events, dropped, .. } = batch;
        let [_, bulk, records] = dropped;
        if records > 0 {
            self.status.lost += records;
            (self.say)(format!("{records} EVENTS OF THE RECORD ARE LOST: too many wait for the journal"));
        }
        if bulk + records > 0 {
            self.status.shed += bulk;
            let draft = self.recorder.shed(bulk + records);
            self.held.push(Kept { draft: Some(draft), event: None, weight: Weight::Record });
        }
        for draft in self.recorder.clocks_set() {
            self.held.push(Kept { draft: Some(draft), event: None, weight: Weight::Record });
        }
        for mut known in events {
            let original = known.event.take_original();
            if self.tight && known.weight == Weight::Bulk {
                self.leave_out(1);
                continue;
            }
            let draft = self.recorder.draft(&known.event, known.wall_us);
            let draft = draft.map(|draft| Draft { original, ..draft });
            self.held.push(Kept { draft, event: Some(known.event), weight: known.weight });
        }
    }

    fn leave_out(&mut self, events: u64) {
        self.shed += events;
        self.status.shed += events;
    }

    /// Writes what is held, and tells it on; false where it cannot be written.
    fn commit(&mut self, heart: &Heart) -> bool {
        loop {
            let drafts: Vec<Draft> = self.held.iter().filter_map(|kept| kept.draft.clone()).collect();
            let before = self.watch.elapsed();
            let appended = match drafts.is_empty() {
                true => Ok(()),
                false => {
                    // However long the disk takes, this thread does not stand still: the status says how long.
                    heart.rest();
                    self.board.journal_commits(Some(before));
                    let appended = self.store.append(&drafts);
                    self.board.journal_commits(None);
                    heart.beat();
                    appended
                }
            };
            match appended {
                Ok(()) => {
                    let took = self.watch.elapsed().saturating_sub(before).as_secs_f64();
                    self.status.events += drafts.len() as u64;
                    self.status.commits += u64::from(!drafts.is_empty());
                    self.status.commit_s += took;
                    self.status.commit_max_s = self.status.commit_max_s.max(took);
                    self.recovered();
                    if !drafts.is_empty() {
                        self.board.journal_committed();
                    }
                    for kept in std::mem::take(&mut self.held) {
                        kept.event.into_iter().for_each(|event| self.show(event));
                    }
                    return true;
                }
                Err(fault) if fault.is_full() && self.make_room(&fault) => {}
                Err(fault) => {
                    self.blocked(&fault);
                    return false;
                }
            }
        }
    }

    /// On a full disk: throws out the ballast, and leaves out what was said; false where there is no more to leave out.
    fn make_room(&mut self, fault: &JournalFault) -> bool {
        let dropped = self.store.drop_ballast();
        let before = self.held.len();
        self.held.retain(|kept| kept.weight != Weight::Bulk);
        let left_out = (before - self.held.len()) as u64;
        if !self.tight {
            self.tight = true;
            self.status.state = JournalState::Tight;
            self.status.reason = Some(fault.to_string());
            (self.say)(format!(
                "{fault}. What is said is NOT journalled until there is room; alerts and findings are"
            ));
            self.held
                .insert(0, Kept { draft: Some(self.recorder.shed(0)), event: None, weight: Weight::Record });
        }
        self.leave_out(left_out);
        dropped || left_out > 0
    }

    fn blocked(&mut self, fault: &JournalFault) {
        if self.status.state != JournalState::Blocked {
            self.status.state = JournalState::Blocked;
            self.status.reason = Some(fault.to_string());
            (self.say)(format!(
                "THE JOURNAL CANNOT BE WRITTEN: {fault}. The hall is heard on; alerts WAIT until it can be"
            ));
        }
        // What is for the eye waits for nobody.
        let (light, held): (Vec<Kept>, Vec<Kept>) =
            std::mem::take(&mut self.held).into_iter().partition(|kept| kept.weight == Weight::Light);
        self.held = held;
        light.into_iter().filter_map(|kept| kept.event).for_each(|event| self.show(event));
    }

    fn recovered(&mut self) {
        if self.status.state == JournalState::Blocked {
            (self.say)("the journal is written again".to_owned());
            // Without ballast it is one step after the other.
            self.status.state = if self.tight { JournalState::Tight } else { JournalState::Writable };
            self.status.reason = self.tight.then(|| "the disk was full".to_owned());
        }
    }

    /// Lays in ballast again once there is room, and goes on with everything.
    fn refill(&mut self) {
        let now = self.watch.elapsed();
        if !self.tight || now.saturating_sub(self.refilled) < REFILL.min(self.retry * 60) {
            return;
        }
        self.refilled = now;
        if self.store.load_ballast() {
            let shed = std::mem::take(&mut self.shed);
            self.tight = false;
            self.status.state = JournalState::Writable;
            self.status.reason = None;
            (self.say)(format!(
                "there is room for the journal again; {shed} events of what was said are missing in it"
            ));
            let draft = self.recorder.shed(shed);
            self.held.push(Kept { draft: Some(draft), event: None, weight: Weight::Record });
        }
    }

    fn finish(mut self, waiting: &Waiting, heart: &Heart) {
        self.take(waiting.take(Duration::ZERO));
        let lost = self.status.lost;
        let last = self.recorder.of_hall(Body::RunEnded(RunEnded { lost }));
        self.held.push(Kept { draft: Some(last), event: None, weight: Weight::Record });
        let since = Stopwatch::start();
        while !self.commit(heart) {
            if since.elapsed() >= CLOSING.min(self.retry * 5) {
                self.give_up();
                break;
            }
            std::thread::sleep(self.retry.min(Duration::from_millis(250)));
            heart.beat();
        }
        self.show_status(0);
    }

    /// Names what was never shown. What is no record is shown: that windows ended.
    fn give_up(&mut self) {
        let (mut lost, mut alerts) = (0, 0);
        for Kept { draft, event, weight } in std::mem::take(&mut self.held) {
            lost += u64::from(draft.is_some() && weight == Weight::Record);
            match event {
                Some(HallEvent::Alerted { alert, .. }) => {
                    alerts += 1;
                    if alerts <= NAMED_MAX {
                        let finding = &alert.finding;
                        (self.say)(format!(
                            "NOT JOURNALLED and not shown: window {}, {}, {} {}: {}",
                            finding.window,
                            finding.span.start,
                            alert.state.name(),
                            finding.provision,
                            finding.phrase
                        ));
                    }
                }
                Some(HallEvent::Found { .. } | HallEvent::Closed { .. } | HallEvent::Words { .. }) | None => {
                }
                Some(other) => self.show(other),
            }
        }
        self.status.lost += lost;
        (self.say)(format!(
            "{lost} events of the record, {alerts} alerts among them, never came into the journal"
        ));
    }

    fn show(&mut self, event: HallEvent) {
        self.board.note(&event, self.watch.elapsed());
        (self.tell)(event);
    }

    /// Once a minute: when somebody verified the journal, and what its disk has.
    fn look_around(&mut self) {
        let now = self.watch.elapsed();
        if self.looked.is_some_and(|looked| now.saturating_sub(looked) < LOOK_AROUND) {
            return;
        }
        self.looked = Some(now);
        let Surroundings { verified, disk } = self.store.surroundings();
        self.status.disk = disk.map(|(free_bytes, total_bytes)| DiskStatus { free_bytes, total_bytes });
        self.status.verified = verified.map(|verified| VerifiedStatus {
            at_unix_s: verified.at_us as f64 / 1e6,
            sound: verified.faults == 0,
        });
    }

    fn show_status(&mut self, waiting: usize) {
        self.status.waiting = (waiting + self.held.len()) as u64;
        self.status.at_unix_s = unix_micros() as f64 / 1e6;
        self.board.journal_is(self.status.clone());
    }
}

#[cfg(test)]
mod tests;

//! A hall in simulated time. It keeps the books: every job ends once, every second is heard or recorded as unheard.

use std::collections::BTreeMap;
use std::time::Duration;

use super::speech::{Dice, Moment, Said};
use crate::schedule::{
    Assignment, Care, Job, JobId, JobKind, Promotion, Scheduler, SchedulerConfig, Shed, UtteranceId, Why,
};

/// What the scripted recogniser takes, seconds. Not what the scheduler expects before it has measured.
pub(super) struct TrueCost {
    pub verify: f64,
    /// Share of finals with something to verify.
    pub verify_share: f64,
}

pub(super) const TRUE_COST: TrueCost = TrueCost { verify: 0.18, verify_share: 0.2 };

impl TrueCost {
    pub fn full(&self, audio_s: f64) -> f64 {
        0.08 + 0.11 * audio_s
    }

    pub fn short(&self, audio_s: f64) -> f64 {
        0.06 + 0.07 * audio_s
    }

    fn of(&self, assignment: &Assignment) -> f64 {
        let audio_s = assignment.job.audio_s;
        match assignment.job.kind {
            JobKind::Verify { .. } if assignment.again => self.verify + self.full(audio_s),
            JobKind::Verify { .. } => self.verify,
            JobKind::Final if assignment.care == Care::Short => self.short(audio_s),
            JobKind::Final | JobKind::Partial { .. } => self.full(audio_s),
        }
    }
}

/// Phrases of each verification.
const PHRASES: u32 = 4;

/// From the end of speech to its due time, seconds: a budget of 1.5 s less a margin for judging and telling.
const ALLOWED_S: f64 = 1.3;

/// Noise of the scripted recogniser: even, within this share of its cost.
const NOISE: f64 = 0.1;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct WindowBook {
    pub spoken_s: f64,
    pub heard_s: f64,
    pub unheard_s: f64,
    pub finals: u64,
    pub shortened: u64,
}

/// Everything that happened.
#[derive(Default)]
pub(super) struct Books {
    pub windows: Vec<WindowBook>,
    /// Finals, and verifications, done after they were due.
    pub late: u64,
    pub late_verified: u64,
    pub lag_max_s: f64,
    pub steps: u64,
    pub steps_done: u64,
    pub verified: u64,
    pub verified_again: u64,
    pub unverified: u64,
    /// Decodes of whole utterances, and of what might have been one.
    pub decodes: u64,
    pub busy_s: f64,
    /// Times at which partials were done, and finals shortened or given up.
    pub partial_times: Vec<f64>,
    pub loss_times: Vec<(f64, Why)>,
}

impl Books {
    pub fn sum(&self, of: impl Fn(&WindowBook) -> f64) -> f64 {
        self.windows.iter().map(of).sum()
    }

    pub fn shortened(&self) -> u64 {
        self.windows.iter().map(|w| w.shortened).sum()
    }
}

pub(super) struct Hall {
    scheduler: Scheduler,
    dice: Dice,
    now: f64,
    /// Jobs that have not ended.
    live: BTreeMap<JobId, Job>,
    /// Of each worker, what it does and until when.
    at_work: Vec<Option<(Assignment, f64, f64)>>,
    /// The newest pause snapshot of each window, and whether it is decoded.
    pauses: BTreeMap<UtteranceId, (JobId, bool)>,
    allowed_s: f64,
    shed: Vec<Shed>,
    pub books: Books,
}

fn run_time(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

impl Hall {
    pub fn new(workers: usize, windows: usize, lag_max_s: f64, seed: u64) -> Self {
        let config = SchedulerConfig { workers, windows, lag_max: run_time(lag_max_s) };
        let books = Books { windows: vec![WindowBook::default(); windows], ..Books::default() };
        Self {
            scheduler: Scheduler::new(config, Duration::ZERO),
            dice: Dice(seed ^ 0x5eed),
            now: 0.0,
            live: BTreeMap::new(),
            at_work: vec![None; workers],
            pauses: BTreeMap::new(),
            allowed_s: ALLOWED_S,
            shed: Vec::new(),
            books,
        }
    }

    /// Finals are due so long after the end of speech.
    pub fn allowing(mut self, seconds: f64) -> Self {
        self.allowed_s = seconds;
        self
    }

    /// Plays the script to its end, waits until all work is done, and closes the books.
    pub fn play(mut self, moments: &[Moment]) -> Self {
        for moment in moments {
            self.work_until(moment.at);
            self.now = moment.at;
            self.hand_over(moment);
            self.settle();
            self.give_work();
        }
        self.work_until(f64::INFINITY);
        self.close();
        self
    }

    fn work_until(&mut self, until: f64) {
        loop {
            let done = self.at_work.iter().enumerate().filter_map(|(w, a)| a.map(|(_, end, _)| (end, w)));
            let Some((end, worker)) = done.min_by(|a, b| a.0.total_cmp(&b.0)).filter(|d| d.0 <= until) else {
                return;
            };
            self.now = end;
            self.finish(worker);
            self.settle();
            self.give_work();
        }
    }

    fn hand_over(&mut self, moment: &Moment) {
        let utterance = UtteranceId { window: moment.window, channel: 0, number: moment.number };
        let due = moment.said + self.allowed_s;
        let (kind, due) = match moment.what {
            Said::Step => (JobKind::Partial { pause: false }, moment.at + 1.0),
            Said::Pause => (JobKind::Partial { pause: true }, due),
            Said::Final => (JobKind::Final, due),
        };
        let job =
            Job { utterance, kind, audio_s: moment.audio_s, said: run_time(moment.said), due: run_time(due) };
        match moment.what {
            Said::Step => {
                self.books.steps += 1;
                self.pauses.remove(&utterance);
                self.submit(job);
            }
            Said::Pause => {
                let id = self.submit(job);
                self.pauses.insert(utterance, (id, false));
            }
            Said::Final => self.close_utterance(job),
        }
    }

    /// The listen thread closed an utterance: its last snapshot may hold all of it.
    fn close_utterance(&mut self, job: Job) {
        self.books.windows[job.utterance.window].spoken_s += job.audio_s;
        let Some((id, done)) = self.pauses.remove(&job.utterance) else {
            self.submit(job);
            return;
        };
        let promotion = self.scheduler.promote(id, job.due, run_time(self.now), &mut self.shed);
        match promotion {
            Promotion::Gone if done => self.heard(id, job, Care::Full),
            Promotion::Gone => {
                self.submit(job);
            }
            Promotion::Waiting | Promotion::Running => {
                assert!(!done, "a job that is done was promoted");
                self.live.insert(id, job);
            }
        }
    }

    fn submit(&mut self, job: Job) -> JobId {
        let id = self.scheduler.submit(job, run_time(self.now), &mut self.shed);
        assert!(self.live.insert(id, job).is_none(), "{id:?} was given out twice");
        id
    }

    fn give_work(&mut self) {
        for worker in 0..self.at_work.len() {
            if self.at_work[worker].is_some() {
                continue;
            }
            let next = self.scheduler.next(worker, run_time(self.now), &mut self.shed);
            let shortened =
                self.shed.iter().find(|s| s.why == Why::Shortened && Some(s.id) == next.map(|n| n.id));
            assert_eq!(shortened.is_some(), next.is_some_and(|n| n.care == Care::Short));
            self.settle();
            let Some(assignment) = next else { continue };
            assert!(self.live.contains_key(&assignment.id), "{assignment:?} had ended");
            let noise = self.dice.between(1.0 - NOISE, 1.0 + NOISE);
            let cost = TRUE_COST.of(&assignment) * noise;
            self.books.busy_s += cost;
            self.at_work[worker] = Some((assignment, self.now + cost, cost));
        }
    }

    fn finish(&mut self, worker: usize) {
        let Some((assignment, _, cost)) = self.at_work[worker].take() else { return };
        let done = self.scheduler.done(worker, Some(run_time(cost)), run_time(self.now));
        assert_eq!((done.id, done.care), (assignment.id, assignment.care));
        assert!(self.live.remove(&done.id).is_some(), "{done:?} ended twice");
        match done.job.kind {
            JobKind::Final => {
                self.books.decodes += 1;
                self.heard(done.id, done.job, done.care);
            }
            JobKind::Verify { .. } => {
                self.books.verified += 1;
                self.books.verified_again += u64::from(assignment.again);
                let late = self.judge_time(&done.job);
                self.books.late_verified += u64::from(late);
            }
            JobKind::Partial { pause } => {
                self.books.decodes += u64::from(pause);
                self.books.steps_done += u64::from(!pause);
                self.books.partial_times.push(self.now);
                if let Some(entry) = self.pauses.get_mut(&done.job.utterance) {
                    entry.1 |= entry.0 == done.id;
                }
            }
        }
    }

    /// All of an utterance was heard, now or before it was known to be all of it.
    fn heard(&mut self, id: JobId, job: Job, care: Care) {
        let book = &mut self.books.windows[job.utterance.window];
        book.heard_s += job.audio_s;
        book.finals += 1;
        let late = self.judge_time(&job);
        self.books.late += u64::from(late);
        if care == Care::Full && self.dice.roll() < TRUE_COST.verify_share {
            self.submit(Job { kind: JobKind::Verify { of: id, phrases: PHRASES }, ..job });
        }
    }

    /// Whether it is late.
    fn judge_time(&mut self, job: &Job) -> bool {
        self.books.lag_max_s = self.books.lag_max_s.max(self.now - job.said.as_secs_f64());
        self.now > job.due.as_secs_f64() + 1e-6
    }

    /// Writes down what was given up.
    fn settle(&mut self) {
        for shed in std::mem::take(&mut self.shed) {
            let window = shed.job.utterance.window;
            match shed.why {
                Why::Shortened => self.books.windows[window].shortened += 1,
                _ => assert!(self.live.remove(&shed.id).is_some(), "{shed:?} ended twice"),
            }
            match shed.why {
                Why::Unheard => self.books.windows[window].unheard_s += shed.job.audio_s,
                Why::Unverified => self.books.unverified += 1,
                _ => {}
            }
            if matches!(shed.why, Why::Shortened | Why::Unheard) {
                let waiting = self.scheduler.waiting_partials();
                assert_eq!(waiting, 0, "{:?} while partials wait", shed.why);
                self.books.loss_times.push((self.now, shed.why));
            }
        }
    }

    fn close(&mut self) {
        let mut left = std::mem::take(&mut self.shed);
        assert!(self.live.values().all(Job::is_partial), "left over: {:?}", self.live);
        for utterance in self.live.values().map(|job| job.utterance).collect::<Vec<_>>() {
            self.scheduler.withdraw(utterance, &mut left);
        }
        assert_eq!((left.len(), self.scheduler.waiting()), (self.live.len(), 0));
        for (window, book) in self.books.windows.iter().enumerate() {
            let missing = book.spoken_s - book.heard_s - book.unheard_s;
            assert!(missing.abs() < 1e-6, "window {window}: {missing} s are neither heard nor unheard");
            let counts = self.scheduler.counts(window);
            assert!(counts.shortened >= book.shortened);
            assert_eq!(self.scheduler.lag(window, run_time(self.now)), Duration::ZERO);
        }
    }
}

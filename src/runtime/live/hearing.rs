//! Hearing: what waits for a recogniser, what a recogniser is at, and what comes of it. Shared by the listen and the
//! hear threads under one lock; nothing is recognised while it is held.
//!
//! An utterance in progress comes as partials, and over as a final. Where the newest partial turns out to have been
//! all of it, its work, waiting or running or done, is the final's: no utterance is heard twice for nothing.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crossbeam_channel::Sender;

use super::work::{Outcome, Paused, PausedState, Place, Spoken, Task, Work, utterance_of, work_on};
use super::{Body, Message, Stop, Times, Unheard, Word};
use crate::asr::{Hypothesis, Recogniser};
use crate::clock::Stopwatch;
use crate::pipeline::{Effort, HeardSegment, Recognised, wordings};
use crate::runtime::watchdog::Heart;
use crate::schedule::{Assignment, Job, JobId, JobKind, Promotion, Scheduler, SchedulerConfig, Shed, Why};
use crate::status::{Overload, ShedCounts};

/// How long a worker sleeps when nothing may be started, before it asks again.
const ASK_AGAIN: Duration = Duration::from_millis(50);

pub(super) struct Hearing {
    inner: Mutex<Inner>,
    wake: Condvar,
    watch: Stopwatch,
    to_judge: Sender<Message>,
    /// From the end of speech to the end of its recognition.
    due_after: Duration,
    /// From one partial to the next: an older one is of no use.
    partial_step: Duration,
}

struct Inner {
    scheduler: Scheduler,
    work: HashMap<JobId, Work>,
    /// For each window the newest partial of the utterance that seems to be over.
    paused: Vec<Option<Paused>>,
    shed: Vec<Shed>,
    /// What each worker is at.
    running: Vec<Option<JobId>>,
    closing: bool,
    abandoned: bool,
}

impl Inner {
    /// Asks the scheduler; what it gives up is kept for [`Hearing::settle_shed`].
    fn schedule<T>(&mut self, ask: impl FnOnce(&mut Scheduler, &mut Vec<Shed>) -> T) -> T {
        ask(&mut self.scheduler, &mut self.shed)
    }

    fn paused_as(&mut self, job: JobId) -> Option<&mut Paused> {
        let same = |paused: &&mut Paused| matches!(paused.state, PausedState::Open(open) if open == job);
        self.paused.iter_mut().flatten().find(same)
    }

    /// `job` came to nothing: what it was to hear is heard as a final.
    fn forget_pause(&mut self, job: JobId) {
        for paused in &mut self.paused {
            if matches!(paused, Some(Paused { state: PausedState::Open(open), .. }) if *open == job) {
                *paused = None;
            }
        }
    }
}

impl Hearing {
    pub fn new(
        config: SchedulerConfig,
        due_after: Duration,
        partial_step: Duration,
        watch: Stopwatch,
        to_judge: Sender<Message>,
    ) -> Self {
        let paused = (0..config.windows).map(|_| None).collect();
        let scheduler = Scheduler::new(config, watch.elapsed());
        let inner = Inner {
            scheduler,
            work: HashMap::new(),
            paused,
            shed: Vec::new(),
            running: vec![None; config.workers],
            closing: false,
            abandoned: false,
        };
        Self { inner: Mutex::new(inner), wake: Condvar::new(), watch, to_judge, due_after, partial_step }
    }

    /// Takes an utterance as far as it goes; `after` words of the window were told before it.
    pub fn partial(&self, spoken: Spoken, pause: bool, after: u64) {
        let mut inner = self.lock();
        let now = self.watch.elapsed();
        let due = if pause { spoken.said + self.due_after } else { now + self.partial_step };
        let window = spoken.window;
        let (start, end) = (spoken.segment.span.start, spoken.segment.span.end);
        let job = self.submit(&mut inner, spoken, JobKind::Partial { pause }, due, Place::After(after), now);
        if pause && inner.work.contains_key(&job) {
            inner.paused[window] = Some(Paused { start, end, state: PausedState::Open(job) });
        }
    }

    /// Takes an utterance that is over; its words are those of `order`.
    pub fn utterance(&self, spoken: Spoken, order: u64) {
        let mut inner = self.lock();
        let now = self.watch.elapsed();
        let due = spoken.said + self.due_after;
        let segment = &spoken.segment;
        let paused = inner.paused[spoken.window]
            .take()
            .filter(|paused| (paused.start, paused.end) == (segment.span.start, segment.span.end));
        match paused.map(|paused| paused.state) {
            Some(PausedState::Done(mut work, heard)) if Arc::ptr_eq(&work.spoken.book, &spoken.book) => {
                let utterance = utterance_of(&spoken);
                inner.schedule(|scheduler, shed| scheduler.withdraw(utterance, shed));
                self.settle_shed(&mut inner);
                work.place = Place::Word(order);
                // The effort was told with the partial.
                self.tell(*work, Ok(HeardSegment { effort: Effort::default(), ..heard }));
                return;
            }
            Some(PausedState::Open(job)) => {
                let same_book =
                    inner.work.get(&job).is_some_and(|work| Arc::ptr_eq(&work.spoken.book, &spoken.book));
                let promotion = match same_book {
                    true => inner.schedule(|scheduler, shed| scheduler.promote(job, due, now, shed)),
                    false => Promotion::Gone,
                };
                if promotion != Promotion::Gone
                    && let Some(work) = inner.work.get_mut(&job)
                {
                    work.place = Place::Word(order);
                    self.settle_shed(&mut inner);
                    self.wake.notify_all();
                    return;
                }
            }
            _ => {}
        }
        self.submit(&mut inner, spoken, JobKind::Final, due, Place::Word(order), now);
    }

    /// No more speech will come: workers go when what waits is done.
    pub fn close(&self) {
        self.lock().closing = true;
        self.wake.notify_all();
    }

    /// Waits until all is done that waited when [`close`](Self::close) was called. Once `stop` is asked for that may
    /// take `limit`; then the rest is given up.
    pub fn finish(&self, stop: &Stop, limit: Duration) {
        let mut inner = self.lock();
        let mut deadline = None;
        while !inner.work.is_empty() {
            let now = self.watch.elapsed();
            if stop.is_asked() && now >= *deadline.get_or_insert(now + limit) {
                self.abandon(&mut inner);
                return;
            }
            inner = self.wake.wait_timeout(inner, ASK_AGAIN).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Gives up all that still waits for a worker.
    fn abandon(&self, inner: &mut Inner) {
        inner.abandoned = true;
        let running: Vec<JobId> = inner.running.iter().flatten().copied().collect();
        let waiting: Vec<JobId> = inner.work.keys().copied().filter(|job| !running.contains(job)).collect();
        for job in waiting {
            if let Some(work) = inner.work.remove(&job) {
                self.give_up(work, Unheard::Stopped);
            }
        }
        self.wake.notify_all();
    }

    /// The work of one `hear` thread, until there is no more.
    pub fn serve(&self, worker: usize, recogniser: &mut dyn Recogniser, heart: &Heart) {
        while let Some(task) = self.next(worker, heart) {
            let started = self.watch.elapsed();
            let outcome = work_on(&task, recogniser);
            self.done(worker, &task, outcome, started);
        }
    }

    /// Share of the workers' time in use, jobs waiting, highest step of the overload ladder of late.
    pub fn load(&self) -> (f64, usize, Overload) {
        let inner = self.lock();
        let now = self.watch.elapsed();
        (inner.scheduler.load(now), inner.scheduler.waiting(), inner.scheduler.overload(now))
    }

    /// Work given up for `window`, and the age of its oldest speech that is not heard yet.
    pub fn window(&self, window: usize) -> (ShedCounts, Duration) {
        let inner = self.lock();
        (inner.scheduler.counts(window), inner.scheduler.lag(window, self.watch.elapsed()))
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn submit(
        &self,
        inner: &mut Inner,
        spoken: Spoken,
        kind: JobKind,
        due: Duration,
        place: Place,
        now: Duration,
    ) -> JobId {
        let job = Job {
            utterance: utterance_of(&spoken),
            kind,
            audio_s: spoken.segment.span.seconds(),
            said: spoken.said,
            due,
        };
        let id = inner.schedule(|scheduler, shed| scheduler.submit(job, now, shed));
        let Spoken { cut, source_lag, .. } = spoken;
        let times = Times { cut, taken: cut, decoded: cut, verified: cut, source_lag };
        let pause = matches!(kind, JobKind::Partial { pause: true });
        inner.work.insert(id, Work { spoken, pause, place, times, recognised: None });
        self.settle_shed(inner);
        self.wake.notify_all();
        id
    }

    fn next(&self, worker: usize, heart: &Heart) -> Option<Task> {
        let mut inner = self.lock();
        loop {
            heart.beat();
            if inner.abandoned {
                return None;
            }
            let now = self.watch.elapsed();
            let assigned = inner.schedule(|scheduler, shed| scheduler.next(worker, now, shed));
            self.settle_shed(&mut inner);
            if let Some(Assignment { id, care, .. }) = assigned {
                inner.running[worker] = Some(id);
                let work = inner.work.get_mut(&id);
                assert!(work.is_some(), "a job that was assigned is known");
                if let Some(work) = work {
                    if work.recognised.is_none() {
                        work.times.taken = now;
                    }
                    // A verification asks as its decode heard.
                    let care = work.recognised.as_ref().map_or(care, |(_, heard_with)| *heard_with);
                    return Some(Task {
                        job: id,
                        care,
                        segment: Arc::clone(&work.spoken.segment),
                        book: Arc::clone(&work.spoken.book),
                        recognised: work.recognised.as_ref().map(|(recognised, _)| recognised.clone()),
                    });
                }
            }
            if inner.closing && inner.scheduler.waiting() == 0 && inner.work.is_empty() {
                self.wake.notify_all();
                return None;
            }
            inner = self.wake.wait_timeout(inner, ASK_AGAIN).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn done(&self, worker: usize, task: &Task, outcome: Outcome, started: Duration) {
        let mut inner = self.lock();
        let now = self.watch.elapsed();
        let cost = (!matches!(outcome, Outcome::Failed(_))).then_some(now - started);
        inner.scheduler.done(worker, cost, now);
        inner.running[worker] = None;
        let Some(mut work) = inner.work.remove(&task.job) else { return };
        match outcome {
            Outcome::Recognised(recognised) => {
                work.times.decoded = now;
                work.times.verified = now;
                if recognised.candidates.is_empty() {
                    self.heard(&mut inner, task.job, work, recognised.heard);
                } else if inner.abandoned {
                    // Nobody is left to verify it.
                    work.recognised = Some((recognised, task.care));
                    self.give_up(work, Unheard::Stopped);
                } else {
                    self.ask_to_verify(&mut inner, task, work, recognised, now);
                }
            }
            Outcome::Verified(heard) => {
                work.times.verified = now;
                self.heard(&mut inner, task.job, work, heard);
            }
            Outcome::Failed(fault) => {
                inner.forget_pause(task.job);
                self.give_up(work, Unheard::Failed(fault));
            }
        }
        self.wake.notify_all();
    }

    fn ask_to_verify(
        &self,
        inner: &mut Inner,
        task: &Task,
        mut work: Work,
        recognised: Recognised,
        now: Duration,
    ) {
        let job = Job {
            utterance: utterance_of(&work.spoken),
            kind: JobKind::Verify { of: task.job, phrases: wordings(&recognised.candidates) },
            audio_s: work.spoken.segment.span.seconds(),
            said: work.spoken.said,
            due: work.spoken.said + self.due_after,
        };
        work.recognised = Some((recognised, task.care));
        let id = inner.schedule(|scheduler, shed| scheduler.submit(job, now, shed));
        inner.work.insert(id, work);
        if let Some(paused) = inner.paused_as(task.job) {
            paused.state = PausedState::Open(id);
        }
        self.settle_shed(inner);
    }

    /// Tells what was heard, and keeps it where it may turn out to be the final.
    fn heard(&self, inner: &mut Inner, job: JobId, mut work: Work, heard: HeardSegment) {
        work.recognised = None;
        if let (Place::After(_), Some(paused)) = (work.place, inner.paused_as(job)) {
            paused.state = PausedState::Done(Box::new(work.clone()), heard.clone());
        }
        self.tell(work, Ok(heard));
    }

    fn settle_shed(&self, inner: &mut Inner) {
        let mut shed = std::mem::take(&mut inner.shed);
        for Shed { id, job, why } in shed.drain(..) {
            if !matches!(why, Why::Superseded | Why::Withdrawn) {
                self.send(Message { window: job.utterance.window, body: Body::Shed { why } });
            }
            if why == Why::Shortened {
                continue;
            }
            inner.forget_pause(id);
            let Some(work) = inner.work.remove(&id) else { continue };
            self.give_up(work, Unheard::Overload);
        }
        inner.shed = shed;
    }

    /// Tells what is known of work that will not be done: the words, where only their verification is missing.
    fn give_up(&self, mut work: Work, why: Unheard) {
        let heard = match work.recognised.take() {
            Some((recognised, _)) => {
                if why == Unheard::Stopped {
                    let window = work.spoken.window;
                    self.send(Message { window, body: Body::Shed { why: Why::Unverified } });
                }
                Ok(recognised.heard)
            }
            None => Err(why),
        };
        self.tell(work, heard);
    }

    fn tell(&self, work: Work, heard: Result<HeardSegment, Unheard>) {
        let Work { spoken, pause, place, times, .. } = work;
        let Spoken { window, segment, book, .. } = spoken;
        let body = match (place, heard) {
            (Place::Word(order), heard) => {
                let (silent, heard) = (Hypothesis::silent(&segment), Box::new(heard));
                Body::Word { order, word: Word::Clerk { silent, start: segment.span.start, heard, times } }
            }
            (Place::After(after), Ok(heard)) => {
                let span = segment.span;
                Body::Partial { after, span, pause, heard, times, book }
            }
            (Place::After(_), Err(_)) => return,
        };
        self.send(Message { window, body });
    }

    fn send(&self, message: Message) {
        // The judge outlives every sender; were it gone, there would be nobody to tell.
        let _ = self.to_judge.send(message);
    }
}

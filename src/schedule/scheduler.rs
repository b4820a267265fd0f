//! The scheduler's doors: jobs in, assignments and losses out. What is taken and what is given up is decided in `ladder`.

use std::time::Duration;

use super::cost::CostModel;
use super::forecast::{Forecast, Planned};
use super::meter::{Fading, Utilisation};
use super::queue::{Queue, Waiting};
use super::{
    Assignment, Care, Done, Job, JobId, JobKind, Promotion, SchedulerConfig, Shed, UtteranceId, Why,
};
use crate::status::{Overload, ShedCounts};

/// Seconds over which load, and the demand of finals, are averaged.
const LOAD_SPAN_S: f64 = 5.0;

/// Seconds over which a window's share of service is remembered.
const SERVICE_SPAN_S: f64 = 60.0;

/// Seconds for which a step of the ladder is told after it was taken last.
const OVERLOAD_TOLD_S: f64 = 60.0;

/// Seconds after its last partial for which an utterance is taken to go on.
const OPEN_SPAN_S: f64 = 2.0;

/// How fast the time that is usually left for an utterance at its likely end is followed.
const SLACK_GAIN: f64 = 0.1;

/// That time before anything was seen, seconds: a budget of 1.5 s less the silence waited for and a margin.
const SLACK_PRIOR_S: f64 = 0.8;

/// Deadline scheduler of all windows.
pub struct Scheduler {
    pub(super) lag_max: f64,
    pub(super) queue: Queue,
    pub(super) workers: Vec<Worker>,
    pub(super) windows: Vec<Window>,
    pub(super) costs: CostModel,
    /// Work of finals and verifications, seconds with full care.
    pub(super) demand: Fading,
    /// Utterances that go on, the newest partial of each.
    pub(super) open: Vec<Open>,
    /// Seconds between the likely end of an utterance becoming known and its due time.
    pub(super) slack: f64,
    pub(super) scratch: Scratch,
    busy: Utilisation,
    /// When each step of the ladder was taken last.
    rungs: [Option<f64>; 3],
    next_id: u64,
}

pub(super) struct Worker {
    pub running: Option<Running>,
    /// The job whose audio its recogniser still holds.
    pub held: Option<JobId>,
}

#[derive(Clone, Copy)]
pub(super) struct Running {
    pub id: JobId,
    pub job: Job,
    pub care: Care,
    pub again: bool,
    pub started: f64,
    /// Predicted cost, seconds.
    pub cost: f64,
}

pub(super) struct Window {
    /// Predicted cost of what was assigned.
    pub service: Fading,
    pub counts: ShedCounts,
}

#[derive(Clone, Copy)]
pub(super) struct Open {
    pub utterance: UtteranceId,
    pub audio_s: f64,
    pub seen: f64,
}

/// Buffers kept from call to call.
#[derive(Default)]
pub(super) struct Scratch {
    pub now: Forecast,
    pub trial: Forecast,
    pub finals: Vec<Planned>,
    pub likely: Vec<Planned>,
    pub wanted: Vec<f64>,
}

impl Scheduler {
    /// # Panics
    /// Without a worker.
    pub fn new(config: SchedulerConfig, now: Duration) -> Self {
        assert!(config.workers > 0, "a scheduler needs a worker");
        let now = now.as_secs_f64();
        let window = || Window { service: Fading::new(SERVICE_SPAN_S, now), counts: ShedCounts::default() };
        Self {
            lag_max: config.lag_max.as_secs_f64(),
            queue: Queue::default(),
            workers: (0..config.workers).map(|_| Worker { running: None, held: None }).collect(),
            windows: (0..config.windows).map(|_| window()).collect(),
            costs: CostModel::new(),
            demand: Fading::new(LOAD_SPAN_S, now),
            open: Vec::new(),
            slack: SLACK_PRIOR_S,
            scratch: Scratch::default(),
            busy: Utilisation::new(LOAD_SPAN_S, now),
            rungs: [None; 3],
            next_id: 0,
        }
    }

    /// Takes a job in. `out` gains what it supersedes, what must be given up for it, and perhaps the job itself.
    ///
    /// # Panics
    /// When its window is not one of the configuration.
    pub fn submit(&mut self, job: Job, now: Duration, out: &mut Vec<Shed>) -> JobId {
        assert!(job.utterance.window < self.windows.len(), "window {} is unknown", job.utterance.window);
        let at = now.as_secs_f64();
        let waiting = Waiting { id: JobId(self.next_id), job };
        self.next_id += 1;
        match job.kind {
            JobKind::Partial { pause } => self.take_partial(waiting, pause, at, out),
            JobKind::Final => {
                self.supersede(job.utterance, out);
                self.note_end(&job, at);
                self.demand.add(self.costs.predict(&job, Care::Full, false).mean, at);
                self.queue.insert(waiting);
            }
            JobKind::Verify { .. } => {
                self.demand.add(self.costs.predict(&job, Care::Full, false).mean, at);
                self.queue.insert(waiting);
            }
        }
        self.give_up_hearing(at, out);
        waiting.id
    }

    /// The partial `id` turned out to hold all of its utterance: it is its final from now on, due at `due`, and what
    /// else waits of the utterance is superseded. Of a job that is done already, take the result. What is no partial stays
    /// as it is.
    pub fn promote(&mut self, id: JobId, due: Duration, now: Duration, out: &mut Vec<Shed>) -> Promotion {
        let at = now.as_secs_f64();
        let running = self.workers.iter_mut().filter_map(|w| w.running.as_mut()).find(|r| r.id == id);
        if let Some(running) = running {
            if running.job.is_partial() {
                running.job = Job { kind: JobKind::Final, due, ..running.job };
                let job = running.job;
                self.supersede(job.utterance, out);
                self.note_end(&job, at);
            }
            return Promotion::Running;
        }
        let Some(mut waiting) = self.queue.remove(id) else { return Promotion::Gone };
        if waiting.job.is_partial() {
            waiting.job = Job { kind: JobKind::Final, due, ..waiting.job };
            self.supersede(waiting.job.utterance, out);
            self.note_end(&waiting.job, at);
            self.demand.add(self.costs.predict(&waiting.job, Care::Full, false).mean, at);
        }
        self.queue.insert(waiting);
        self.give_up_hearing(at, out);
        Promotion::Waiting
    }

    /// Takes back the partials of `utterance` that wait: it goes on after all, or came to nothing.
    pub fn withdraw(&mut self, utterance: UtteranceId, out: &mut Vec<Shed>) {
        self.open.retain(|open| open.utterance != utterance);
        self.queue.take(
            |w| w.job.utterance == utterance && w.job.is_partial(),
            |w| out.push(Shed { id: w.id, job: w.job, why: Why::Withdrawn }),
        );
    }

    /// What `worker`, which is free, is to do. `None` where nothing waits that may be started: ask again after the
    /// next `submit`, `promote` or `done`.
    ///
    /// # Panics
    /// When the worker is not done with its last job.
    pub fn next(&mut self, worker: usize, now: Duration, out: &mut Vec<Shed>) -> Option<Assignment> {
        assert!(self.workers[worker].running.is_none(), "worker {worker} asks while it works");
        let at = now.as_secs_f64();
        self.give_up_stale(now, out);
        self.give_up_hearing(at, out);
        let (id, care) = self.choose(worker, at, out)?;
        let Waiting { id, job } = self.queue.remove(id)?;
        if care == Care::Short {
            self.lose(Waiting { id, job }, Why::Shortened, at, out);
        }
        Some(self.start(worker, id, job, care, at))
    }

    /// `worker` has done its job, which took `cost` of its time; `None` where it failed and the time means nothing.
    ///
    /// # Panics
    /// When the worker had none.
    pub fn done(&mut self, worker: usize, cost: Option<Duration>, now: Duration) -> Done {
        let busy = self.busy_share();
        self.busy.advance(busy, now.as_secs_f64());
        let Some(running) = self.workers[worker].running.take() else {
            panic!("worker {worker} is done with nothing");
        };
        let Running { id, job, care, again, .. } = running;
        if let (Some(cost), false) = (cost, again) {
            self.costs.learn(&job, care, cost.as_secs_f64());
        }
        Done { id, job, care }
    }

    /// Share of recogniser time in use over the last seconds, 0 to 1.
    pub fn load(&self, now: Duration) -> f64 {
        self.busy.at(self.busy_share(), now.as_secs_f64())
    }

    /// Jobs that wait for a worker.
    pub fn waiting(&self) -> usize {
        self.queue.jobs().len()
    }

    /// Partials among them.
    pub fn waiting_partials(&self) -> usize {
        self.queue.jobs().iter().filter(|w| w.job.is_partial()).count()
    }

    /// Age of the oldest speech of `window` whose final decode or verification is not done; zero when all is.
    pub fn lag(&self, window: usize, now: Duration) -> Duration {
        let waiting = self.queue.jobs().iter().map(|w| &w.job);
        let running = self.workers.iter().filter_map(|w| w.running.as_ref().map(|r| &r.job));
        let pending =
            waiting.chain(running).filter(|job| job.utterance.window == window && !job.is_partial());
        pending.map(|job| now.saturating_sub(job.said)).max().unwrap_or_default()
    }

    /// What was given up for `window` since the run began.
    pub fn counts(&self, window: usize) -> ShedCounts {
        self.windows[window].counts
    }

    /// The highest step of the ladder that was taken in the last minute.
    pub fn overload(&self, now: Duration) -> Overload {
        let now = now.as_secs_f64();
        let recent = |rung: usize| self.rungs[rung].is_some_and(|at| now - at <= OVERLOAD_TOLD_S);
        let steps = [Overload::Unmonitored, Overload::Context, Overload::Partials];
        let step = steps.into_iter().zip([2, 1, 0]).find(|(_, rung)| recent(*rung));
        step.map_or(Overload::None, |(step, _)| step)
    }

    /// Predicted cost of a final decode of `audio_s` seconds with full care, seconds.
    pub fn predicted_s(&self, audio_s: f64) -> f64 {
        self.costs.of_final(audio_s).mean
    }

    fn take_partial(&mut self, waiting: Waiting, pause: bool, at: f64, out: &mut Vec<Shed>) {
        let Waiting { id, job } = waiting;
        let utterance = job.utterance;
        let running = self.workers.iter().filter_map(|w| w.running.as_ref());
        let closing = running.clone().any(|r| r.job.utterance == utterance && r.job.kind == JobKind::Final);
        if closing || self.queue.has_final(utterance) {
            out.push(Shed { id, job, why: Why::Superseded });
            return;
        }
        self.supersede(utterance, out);
        self.open.retain(|open| {
            let channel = (open.utterance.window, open.utterance.channel);
            channel != (utterance.window, utterance.channel) && at - open.seen <= OPEN_SPAN_S
        });
        self.open.push(Open { utterance, audio_s: job.audio_s, seen: at });
        if pause {
            let left = job.due.as_secs_f64() - at;
            self.slack += SLACK_GAIN * (left.clamp(0.0, 10.0) - self.slack);
        }
        if self.has_headroom(at) {
            self.queue.insert(waiting);
        } else {
            self.lose(waiting, Why::MadeRoom, at, out);
        }
    }

    /// Ends the partials that wait of this utterance, and of those before it on its channel.
    fn supersede(&mut self, by: UtteranceId, out: &mut Vec<Shed>) {
        let older =
            |u: UtteranceId| (u.window, u.channel) == (by.window, by.channel) && u.number <= by.number;
        self.queue.take(
            |w| w.job.is_partial() && older(w.job.utterance),
            |w| out.push(Shed { id: w.id, job: w.job, why: Why::Superseded }),
        );
    }

    fn note_end(&mut self, job: &Job, at: f64) {
        self.open.retain(|open| open.utterance != job.utterance && at - open.seen <= OPEN_SPAN_S);
    }

    fn start(&mut self, worker: usize, id: JobId, job: Job, care: Care, at: f64) -> Assignment {
        let again = self.must_decode_again(worker, &job);
        let cost = self.costs.predict(&job, care, again).mean;
        let busy = self.busy_share();
        self.busy.advance(busy, at);
        match job.kind {
            JobKind::Partial { pause: false } => {}
            // Most likely the final itself: what a final does to the accounts, it does.
            JobKind::Partial { pause: true } => {
                self.demand.add(cost, at);
                self.windows[job.utterance.window].service.add(cost, at);
            }
            JobKind::Final | JobKind::Verify { .. } => {
                self.windows[job.utterance.window].service.add(cost, at);
            }
        }
        self.workers[worker].held = match job.kind {
            JobKind::Verify { of, .. } => Some(of),
            JobKind::Final | JobKind::Partial { .. } => Some(id),
        };
        self.workers[worker].running = Some(Running { id, job, care, again, started: at, cost });
        Assignment { id, job, care, again }
    }

    /// A verification whose audio `worker` does not hold.
    pub(super) fn must_decode_again(&self, worker: usize, job: &Job) -> bool {
        matches!(job.kind, JobKind::Verify { of, .. } if self.workers[worker].held != Some(of))
    }

    /// Counts and tells a loss.
    pub(super) fn lose(&mut self, Waiting { id, job }: Waiting, why: Why, at: f64, out: &mut Vec<Shed>) {
        let counts = &mut self.windows[job.utterance.window].counts;
        let rung = match why {
            Why::Superseded | Why::Withdrawn => None,
            Why::Stale | Why::MadeRoom => {
                counts.partials += 1;
                Some(0)
            }
            Why::Shortened | Why::Unverified => {
                counts.shortened += 1;
                Some(1)
            }
            Why::Unheard => {
                counts.unmonitored += 1;
                Some(2)
            }
        };
        if let Some(rung) = rung {
            self.rungs[rung] = Some(at);
        }
        out.push(Shed { id, job, why });
    }

    fn busy_share(&self) -> f64 {
        let busy = self.workers.iter().filter(|w| w.running.is_some()).count();
        busy as f64 / self.workers.len() as f64
    }
}

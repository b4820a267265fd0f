//! What is taken next, and what is given up for it.

use std::time::Duration;

use super::forecast::Planned;
use super::queue::Waiting;
use super::scheduler::Scheduler;
use super::{Care, Job, JobId, JobKind, Shed, Why};

/// Share of worker time that finals and verifications may want before no partial is taken in.
const HEADROOM: f64 = 0.8;

/// Lateness that two forecasts may differ by and count as the same, seconds.
const SAME_S: f64 = 0.001;

/// What a step in mid-speech must leave of the time before a waiting final is due, for verifications and slow decodes.
const GUARD_S: f64 = 0.3;

/// Of the utterances under way, the longest half may end while a step in mid-speech is decoded. In simulations at load
/// 0.9 with 2 workers or more, a quarter let some finals be late and all of them refused many steps for nothing.
const MAY_END: f64 = 0.5;

/// Share of the time a job has taken that it is expected to take on, once it has taken longer than predicted.
const OVERRUN: f64 = 0.1;

/// Jobs that wait for each window, at most, and for all: a bound on memory that `lag_max` normally keeps far away.
const WAITING_MAX_A_WINDOW: usize = 16;
const WAITING_MAX_BASE: usize = 64;

impl Scheduler {
    /// Finals and verifications leave time for partials.
    pub(super) fn has_headroom(&self, at: f64) -> bool {
        self.demand.rate(at) <= HEADROOM * self.workers.len() as f64
    }

    /// Partials that were not begun in time are of no use any more.
    pub(super) fn give_up_stale(&mut self, now: Duration, out: &mut Vec<Shed>) {
        self.give_up_partials(now.as_secs_f64(), Why::Stale, |w| w.job.due < now, out);
    }

    /// The job that `worker` should do, and how.
    pub(super) fn choose(&mut self, worker: usize, at: f64, out: &mut Vec<Shed>) -> Option<(JobId, Care)> {
        if self.queue.jobs().is_empty() {
            return None;
        }
        if !self.has_headroom(at) {
            self.give_up_partials(at, Why::MadeRoom, |_| true, out);
        }
        self.look_ahead(at);
        if let Some(id) = self.own_verification(worker, at) {
            return Some((id, Care::Full));
        }
        // What a partial may cost: one that costs more than a refused one would be refused too.
        let (mut step_below, mut pause_below) = (f64::INFINITY, f64::INFINITY);
        for index in 0..self.queue.jobs().len() {
            let Waiting { id, job } = self.queue.jobs()[index];
            match job.kind {
                JobKind::Final => return Some((id, self.care_for(worker, index, at, out))),
                JobKind::Verify { of, .. } => {
                    if !self.waits_for_its_worker(worker, of, &job, at) {
                        return Some((id, Care::Full));
                    }
                }
                JobKind::Partial { pause } => {
                    let cost = self.costs.predict(&job, Care::Full, false).prudent;
                    let below = if pause { &mut pause_below } else { &mut step_below };
                    if cost >= *below {
                        continue;
                    }
                    *below = cost;
                    if self.makes_nothing_late(worker, cost, pause, at) {
                        return Some((id, Care::Full));
                    }
                }
            }
        }
        None
    }

    /// Gives up finals, and verifications where no final helps, until all that wait can be done within `lag_max`.
    pub(super) fn give_up_hearing(&mut self, at: f64, out: &mut Vec<Shed>) {
        while let Some(victim) = self.victim(at) {
            self.give_up_partials(at, Why::MadeRoom, |_| true, out);
            let Some(waiting) = self.queue.remove(victim) else { return };
            let unheard = waiting.job.kind == JobKind::Final;
            self.lose(waiting, if unheard { Why::Unheard } else { Why::Unverified }, at, out);
        }
    }

    fn give_up_partials(&mut self, at: f64, why: Why, which: impl Fn(&Waiting) -> bool, out: &mut Vec<Shed>) {
        // The latest due first. Nearly always there is none.
        while let Some(waiting) =
            self.queue.jobs().iter().rev().find(|w| w.job.is_partial() && which(w)).copied()
        {
            self.queue.remove(waiting.id);
            self.lose(waiting, why, at, out);
        }
    }

    /// Forecasts when the workers are free, and what finals and likely finals there are.
    fn look_ahead(&mut self, at: f64) {
        self.forecast_workers(at);
        let mut finals = std::mem::take(&mut self.scratch.finals);
        let mut likely = std::mem::take(&mut self.scratch.likely);
        finals.clear();
        likely.clear();
        for waiting in self.queue.jobs() {
            let planned = self.planned(&waiting.job);
            if !waiting.job.is_partial() {
                finals.push(planned);
            }
            if !waiting.job.is_partial() || waiting.is_pause() {
                likely.push(Planned { due: planned.due - GUARD_S, ..planned });
            }
        }
        self.open.sort_unstable_by(|a, b| b.audio_s.total_cmp(&a.audio_s));
        let due = at + self.slack;
        let place = likely.partition_point(|planned| planned.due <= due);
        let ending = 1 + (MAY_END * self.open.len() as f64) as usize;
        for open in self.open.iter().take(ending) {
            likely.insert(place, Planned { due, cost: self.costs.of_final(open.audio_s).prudent });
        }
        self.scratch.finals = finals;
        self.scratch.likely = likely;
    }

    fn forecast_workers(&mut self, at: f64) {
        let free = self.workers.iter().map(|worker| match &worker.running {
            None => at,
            Some(running) => (running.started + running.cost).max(at + OVERRUN * (at - running.started)),
        });
        self.scratch.now.reset(free);
    }

    fn planned(&self, job: &Job) -> Planned {
        let again = match job.kind {
            JobKind::Verify { of, .. } => self.workers.iter().all(|w| w.held != Some(of)),
            JobKind::Final | JobKind::Partial { .. } => false,
        };
        Planned { due: job.due.as_secs_f64(), cost: self.costs.predict(job, Care::Full, again).mean }
    }

    /// A partial of `cost` on `worker` makes no final later; a step in mid-speech nothing that is likely a final either.
    fn makes_nothing_late(&mut self, worker: usize, cost: f64, pause: bool, at: f64) -> bool {
        let scratch = &mut self.scratch;
        let jobs = if pause { &scratch.finals } else { &scratch.likely };
        scratch.trial.clone_from(&scratch.now);
        let without = scratch.trial.lateness(jobs);
        scratch.trial.reset_busy(&scratch.now, worker, at + cost);
        scratch.trial.lateness(jobs) <= without + SAME_S
    }

    /// How to do the final at `index`: with less care where full care makes it, or one after it, later than need be.
    fn care_for(&mut self, worker: usize, index: usize, at: f64, out: &mut Vec<Shed>) -> Care {
        let Waiting { job, .. } = self.queue.jobs()[index];
        let due = job.due.as_secs_f64();
        let lateness = |this: &mut Self, care| {
            let cost = this.costs.predict(&job, care, false);
            // Verifications that wait for their own worker may stand before it; they are counted all the same.
            let position = this.queue.jobs()[..index].iter().filter(|w| !w.job.is_partial()).count();
            let scratch = &mut this.scratch;
            scratch.trial.reset_busy(&scratch.now, worker, at + cost.mean);
            let before = scratch.trial.lateness(&scratch.finals[..position]);
            let after = scratch.trial.lateness(&scratch.finals[position + 1..]);
            before + after + (at + cost.prudent - due).max(0.0)
        };
        let full = lateness(self, Care::Full);
        let lag_max = job.said.as_secs_f64() + self.lag_max;
        let over = at + self.costs.predict(&job, Care::Full, false).prudent > lag_max;
        if !over && (full <= SAME_S || lateness(self, Care::Short) + SAME_S >= full) {
            return Care::Full;
        }
        self.give_up_partials(at, Why::MadeRoom, |_| true, out);
        Care::Short
    }

    /// The verification of what `worker` decoded last, when doing it first makes nothing late that was not.
    fn own_verification(&mut self, worker: usize, at: f64) -> Option<JobId> {
        let held = self.workers[worker].held?;
        let mine = |w: &Waiting| matches!(w.job.kind, JobKind::Verify { of, .. } if of == held);
        let index = self.queue.jobs().iter().position(mine)?;
        let Waiting { id, job } = self.queue.jobs()[index];
        let cost = self.costs.predict(&job, Care::Full, false).mean;
        let position = self.queue.jobs()[..index].iter().filter(|w| !w.job.is_partial()).count();
        let scratch = &mut self.scratch;
        scratch.trial.reset_busy(&scratch.now, worker, at + cost);
        let first = scratch.trial.lateness(&scratch.finals[..position])
            + scratch.trial.lateness(&scratch.finals[position + 1..]);
        // In its turn, it may have to be decoded again.
        scratch.trial.clone_from(&scratch.now);
        let in_turn = scratch.trial.lateness(&scratch.finals);
        (first <= in_turn + SAME_S).then_some(id)
    }

    /// A verification is left to the worker that holds its audio while that one is free and its time is not up.
    fn waits_for_its_worker(&self, worker: usize, of: JobId, job: &Job, at: f64) -> bool {
        let theirs = |(index, w): (usize, &super::scheduler::Worker)| {
            index != worker && w.held == Some(of) && w.running.is_none()
        };
        at <= job.due.as_secs_f64() && self.workers.iter().enumerate().any(theirs)
    }

    /// What to give up next so that everything else is done within `lag_max`, if anything has to be.
    ///
    /// Of the finals that stand before the first job over the limit, and that job: the oldest of the window that would
    /// have had the most service if nothing were given up.
    fn victim(&mut self, at: f64) -> Option<JobId> {
        self.forecast_workers(at);
        let soonest = self.scratch.now.earliest();
        let mut over = None;
        for (index, Waiting { job, .. }) in self.queue.jobs().iter().enumerate() {
            if job.is_partial() {
                continue;
            }
            let cost = self.costs.predict(job, Care::Short, false);
            let start = self.scratch.now.place(cost.mean);
            let limit = job.said.as_secs_f64() + self.lag_max;
            if start + cost.prudent > limit {
                over = Some((index, soonest + cost.prudent > limit));
                break;
            }
        }
        let most = WAITING_MAX_BASE + WAITING_MAX_A_WINDOW * self.windows.len();
        let full = self.queue.jobs().len() > most;
        let (index, hopeless) = over.or_else(|| full.then(|| (self.queue.jobs().len() - 1, false)))?;
        let late = self.queue.jobs()[index];
        if hopeless {
            return Some(late.id);
        }
        Some(self.most_served(index, at).unwrap_or(late.id))
    }

    /// The oldest final among the first `..=last` jobs, of the window with the most service had and wanted.
    fn most_served(&mut self, last: usize, at: f64) -> Option<JobId> {
        let finals = |w: &&Waiting| w.job.kind == JobKind::Final;
        let mut share = std::mem::take(&mut self.scratch.wanted);
        share.clear();
        share.extend(self.windows.iter().map(|window| window.service.at(at)));
        for waiting in self.queue.jobs().iter().filter(finals) {
            share[waiting.job.utterance.window] += self.costs.predict(&waiting.job, Care::Short, false).mean;
        }
        let candidates = self.queue.jobs()[..=last].iter().filter(finals).rev();
        let victim =
            candidates.max_by(|a, b| share[a.job.utterance.window].total_cmp(&share[b.job.utterance.window]));
        let victim = victim.map(|waiting| waiting.id);
        self.scratch.wanted = share;
        victim
    }
}

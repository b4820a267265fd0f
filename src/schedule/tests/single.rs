//! One decision at a time.

use std::time::Duration;

use crate::schedule::{
    Assignment, Care, Job, JobId, JobKind, Promotion, Scheduler, SchedulerConfig, Shed, UtteranceId, Why,
};
use crate::status::Overload;

const STEP: JobKind = JobKind::Partial { pause: false };
const PAUSE: JobKind = JobKind::Partial { pause: true };

/// A scheduler and what it gave up.
struct Desk {
    scheduler: Scheduler,
    shed: Vec<Shed>,
}

fn at(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

impl Desk {
    fn new(workers: usize) -> Self {
        let config = SchedulerConfig { workers, windows: 60, lag_max: at(10.0) };
        Self { scheduler: Scheduler::new(config, at(0.0)), shed: Vec::new() }
    }

    fn submit(
        &mut self,
        (window, number): (usize, u64),
        kind: JobKind,
        audio_s: f64,
        due: f64,
        now: f64,
    ) -> JobId {
        let utterance = UtteranceId { window, channel: 0, number };
        let job = Job { utterance, kind, audio_s, said: at(now), due: at(due) };
        self.scheduler.submit(job, at(now), &mut self.shed)
    }

    fn next(&mut self, worker: usize, now: f64) -> Option<Assignment> {
        self.scheduler.next(worker, at(now), &mut self.shed)
    }

    fn next_id(&mut self, worker: usize, now: f64) -> Option<JobId> {
        self.next(worker, now).map(|assignment| assignment.id)
    }

    /// Why each of `ids` was given up.
    fn why(&self, id: JobId) -> Vec<Why> {
        self.shed.iter().filter(|shed| shed.id == id).map(|shed| shed.why).collect()
    }
}

#[test]
fn the_earliest_due_is_first_whatever_its_kind() {
    let mut desk = Desk::new(1);
    let late = desk.submit((0, 0), JobKind::Final, 1.0, 9.0, 0.0);
    let early = desk.submit((1, 0), PAUSE, 1.0, 5.0, 0.0);
    let middle = desk.submit((2, 0), JobKind::Final, 1.0, 7.0, 0.0);
    let order = [0.0, 0.5, 1.0].map(|now| {
        let id = desk.next_id(0, now);
        desk.scheduler.done(0, Some(at(0.2)), at(now + 0.2));
        id
    });
    assert_eq!(order, [Some(early), Some(middle), Some(late)]);
    assert_eq!((desk.next(0, 2.0), desk.shed.len()), (None, 0));
}

#[test]
fn a_partial_is_superseded_by_newer_work_of_its_channel_and_by_no_other() {
    for (kind, number, superseded) in
        [(STEP, 4, true), (PAUSE, 4, true), (JobKind::Final, 4, true), (STEP, 5, true), (STEP, 3, false)]
    {
        let mut desk = Desk::new(1);
        let old = desk.submit((0, 4), STEP, 1.0, 2.0, 0.0);
        let other = desk.submit((1, 4), STEP, 1.0, 2.0, 0.0);
        desk.submit((0, number), kind, 2.0, 3.0, 0.5);
        assert_eq!(desk.why(old) == [Why::Superseded], superseded, "{kind:?} of {number}");
        assert!(desk.why(other).is_empty());
        assert_eq!(desk.scheduler.counts(0).partials, 0);
    }
}

#[test]
fn a_partial_of_an_utterance_whose_final_waits_or_runs_is_needless() {
    let mut desk = Desk::new(1);
    desk.submit((0, 0), JobKind::Final, 1.0, 2.0, 0.0);
    let while_waiting = desk.submit((0, 0), STEP, 1.0, 2.0, 0.0);
    desk.next(0, 0.0);
    let while_running = desk.submit((0, 0), PAUSE, 1.0, 2.0, 0.0);
    assert_eq!([desk.why(while_waiting), desk.why(while_running)], [[Why::Superseded], [Why::Superseded]]);
}

#[test]
fn a_pause_becomes_the_final_where_it_waits_or_runs() {
    let mut desk = Desk::new(1);
    let running = desk.submit((0, 0), PAUSE, 1.0, 2.0, 0.0);
    assert_eq!(desk.next_id(0, 0.0), Some(running));
    let waiting = desk.submit((1, 0), PAUSE, 1.0, 2.0, 0.0);
    let promote = |desk: &mut Desk, id| desk.scheduler.promote(id, at(1.5), at(0.1), &mut desk.shed);
    assert_eq!(promote(&mut desk, running), Promotion::Running);
    assert_eq!(promote(&mut desk, waiting), Promotion::Waiting);
    assert_eq!(desk.scheduler.done(0, Some(at(0.2)), at(0.2)).job.kind, JobKind::Final);
    assert_eq!(desk.next(0, 0.2).map(|a| (a.id, a.job.kind)), Some((waiting, JobKind::Final)));
    assert_eq!(promote(&mut desk, running), Promotion::Gone);
    assert!(desk.shed.is_empty());
}

#[test]
fn a_step_that_would_make_a_final_late_is_not_started_and_is_given_up_when_its_time_is_past() {
    let mut desk = Desk::new(1);
    let step = desk.submit((0, 0), STEP, 5.0, 0.8, 0.0);
    let last = desk.submit((1, 0), JobKind::Final, 4.0, 1.0, 0.0);
    assert_eq!(desk.next_id(0, 0.0), Some(last), "0.6 s of partial and 0.5 s of final are more than 1 s");
    desk.scheduler.done(0, Some(at(0.9)), at(0.9));
    assert_eq!((desk.next(0, 0.9), desk.why(step)), (None, vec![Why::Stale]));
    assert_eq!(
        (desk.scheduler.counts(0).partials, desk.scheduler.overload(at(1.0))),
        (1, Overload::Partials)
    );
    assert_eq!(desk.scheduler.overload(at(100.0)), Overload::None);
}

#[test]
fn two_finals_that_do_not_fit_are_shortened_and_no_partial_is_left_waiting() {
    let mut desk = Desk::new(1);
    let step = desk.submit((2, 0), STEP, 3.0, 1.5, 0.0);
    let ids = [0, 1].map(|window| desk.submit((window, 0), JobKind::Final, 5.0, 1.0, 0.0));
    let first = desk.next(0, 0.0).map(|a| (a.id, a.care));
    assert_eq!(first, Some((ids[0], Care::Short)));
    assert_eq!((desk.why(ids[0]), desk.why(step)), (vec![Why::Shortened], vec![Why::MadeRoom]));
    assert_eq!(desk.scheduler.counts(0).shortened, 1);
}

#[test]
fn a_verification_goes_to_the_worker_that_holds_its_audio_unless_its_time_is_up() {
    let mut desk = Desk::new(2);
    let of = desk.submit((0, 0), JobKind::Final, 2.0, 2.0, 0.0);
    assert_eq!(desk.next_id(1, 0.0), Some(of));
    desk.scheduler.done(1, Some(at(0.3)), at(0.3));
    let verify = desk.submit((0, 0), JobKind::Verify { of, phrases: 3 }, 2.0, 2.0, 0.3);
    let earlier = desk.submit((1, 0), JobKind::Final, 2.0, 1.9, 0.3);
    // Worker 1 holds the audio and is free: worker 0 leaves it the verification.
    assert_eq!(desk.next_id(0, 0.3), Some(earlier));
    desk.scheduler.done(0, Some(at(0.3)), at(0.6));
    assert_eq!(desk.next(0, 0.6), None);
    assert_eq!(desk.next(1, 0.6).map(|a| (a.id, a.again)), Some((verify, false)));

    desk.scheduler.done(1, Some(at(0.1)), at(0.7));
    let overdue = desk.submit((0, 0), JobKind::Verify { of, phrases: 3 }, 2.0, 0.8, 0.7);
    assert_eq!(desk.next(0, 0.7), None);
    assert_eq!(desk.next(0, 0.9).map(|a| (a.id, a.again)), Some((overdue, true)));
}

#[test]
fn a_backlog_beyond_lag_max_is_cut_at_once_from_the_windows_with_the_most() {
    let mut desk = Desk::new(1);
    // One window floods the queue, another says a word.
    let flood: Vec<JobId> =
        (0..60).map(|number| desk.submit((0, number), JobKind::Final, 6.0, 1.0, 0.0)).collect();
    let word = desk.submit((1, 0), JobKind::Final, 1.0, 1.0, 0.0);
    let unheard = flood.iter().filter(|id| desk.why(**id) == [Why::Unheard]).count();
    // 10 s hold 20 of them, at 0.5 s each with less care.
    assert!((38..=42).contains(&unheard), "{unheard}");
    assert_eq!(desk.scheduler.counts(0).unmonitored, unheard as u64);
    assert_eq!(desk.scheduler.overload(at(0.0)), Overload::Unmonitored);
    assert!(desk.why(word).is_empty());
    assert_eq!(desk.why(flood[0]), [Why::Unheard], "the oldest goes first");
}

#[test]
fn no_partial_is_taken_in_while_finals_leave_no_headroom() {
    let mut desk = Desk::new(1);
    for number in 0..14 {
        desk.submit((0, number), JobKind::Final, 2.0, 9.0, 0.0);
    }
    let refused = desk.submit((1, 0), STEP, 1.0, 1.0, 0.0);
    assert_eq!(desk.why(refused), [Why::MadeRoom]);
    let mut clock = 0.0;
    while desk.next(0, clock).is_some() {
        clock += 0.3;
        desk.scheduler.done(0, Some(at(0.3)), at(clock));
    }
    let taken = desk.submit((1, 0), STEP, 1.0, clock + 6.0, clock + 5.0);
    assert_eq!((desk.why(taken), desk.next_id(0, clock + 5.0)), (vec![], Some(taken)));
}

#[test]
fn lag_is_the_age_of_the_oldest_words_not_yet_judged_and_load_is_time_in_use() {
    let mut desk = Desk::new(2);
    assert_eq!((desk.scheduler.lag(0, at(1.0)), desk.scheduler.load(at(1.0))), (at(0.0), 0.0));
    desk.submit((0, 0), JobKind::Final, 5.0, 3.0, 1.0);
    desk.submit((0, 1), STEP, 1.0, 3.0, 1.5);
    desk.next(0, 1.5);
    assert_eq!(desk.scheduler.lag(0, at(2.0)), at(1.0), "running counts, partials do not");
    assert_eq!(desk.scheduler.lag(1, at(2.0)), at(0.0));
    assert!((desk.scheduler.load(at(100.0)) - 0.5).abs() < 1e-3, "one of two");
}

/// A hundred jobs wait, sixty windows. Slow machines and builds without optimisation stay far below this limit.
#[test]
fn a_call_is_quick_when_a_hundred_jobs_wait() {
    let mut desk = Desk::new(8);
    let watch = crate::clock::Stopwatch::start();
    let mut calls = 0;
    for round in 0..200u64 {
        let now = round as f64 * 0.05;
        let mut number = round * 100;
        while desk.scheduler.waiting() < 100 {
            let kind = if number % 3 == 0 { JobKind::Final } else { STEP };
            desk.submit(((number * 7 % 60) as usize, number), kind, 0.1, now + 60.0, now);
            calls += 1;
            number += 1;
            if number > round * 100 + 300 {
                break;
            }
        }
        for worker in 0..8 {
            if desk.next(worker, now).is_some() {
                desk.scheduler.done(worker, Some(at(0.11)), at(now));
            }
            calls += 1;
        }
    }
    let each = watch.elapsed() / calls;
    println!("{calls} calls, {each:?} each");
    assert!(each < Duration::from_micros(500), "{each:?}");
}

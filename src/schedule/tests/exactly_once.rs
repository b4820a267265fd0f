//! Whatever is submitted, in any order, ends exactly once.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::prelude::*;

use crate::schedule::{
    Assignment, Job, JobId, JobKind, Promotion, Scheduler, SchedulerConfig, Shed, UtteranceId, Why,
};

const WORKERS: usize = 3;
const WINDOWS: usize = 5;

#[derive(Clone, Copy, Debug)]
enum Act {
    Final { window: usize, number: u64, audio_s: f64, due_ms: u64 },
    Partial { window: usize, number: u64, audio_s: f64, due_ms: u64, pause: bool },
    Verify { of: usize, phrases: u32, due_ms: u64 },
    Promote { which: usize, due_ms: u64 },
    Withdraw { window: usize, number: u64 },
    Next { worker: usize },
    Done { worker: usize, cost_ms: Option<u64> },
    Wait { ms: u64 },
}

fn act() -> impl Strategy<Value = Act> {
    // Not only what is sensible: no audio, negative audio, audio that is not a number, due long ago.
    let audio =
        prop_oneof![8 => 0.1..12.0, 1 => Just(0.0), 1 => Just(-1.0), 1 => Just(f64::NAN), 1 => Just(1e9)];
    let words = (0..WINDOWS, 0..6u64, audio, 0..4_000u64, any::<bool>());
    prop_oneof![
        3 => words.clone().prop_map(|(window, number, audio_s, due_ms, _)| Act::Final { window, number, audio_s, due_ms }),
        4 => words.prop_map(|(window, number, audio_s, due_ms, pause)| {
            Act::Partial { window, number, audio_s, due_ms, pause }
        }),
        1 => (any::<usize>(), 0..20u32, 0..4_000u64).prop_map(|(of, phrases, due_ms)| Act::Verify { of, phrases, due_ms }),
        1 => (any::<usize>(), 0..4_000u64).prop_map(|(which, due_ms)| Act::Promote { which, due_ms }),
        1 => (0..WINDOWS, 0..6u64).prop_map(|(window, number)| Act::Withdraw { window, number }),
        5 => (0..WORKERS).prop_map(|worker| Act::Next { worker }),
        4 => (0..WORKERS, proptest::option::of(0..3_000u64)).prop_map(|(worker, cost_ms)| Act::Done { worker, cost_ms }),
        3 => (0..1_500u64).prop_map(|ms| Act::Wait { ms }),
    ]
}

struct Trial {
    scheduler: Scheduler,
    now: Duration,
    given: Vec<(JobId, Job)>,
    waiting: BTreeSet<JobId>,
    running: BTreeMap<usize, Assignment>,
    shed: Vec<Shed>,
    losses: u64,
}

impl Trial {
    fn new() -> Self {
        let config = SchedulerConfig { workers: WORKERS, windows: WINDOWS, lag_max: Duration::from_secs(5) };
        Self {
            scheduler: Scheduler::new(config, Duration::ZERO),
            now: Duration::ZERO,
            given: Vec::new(),
            waiting: BTreeSet::new(),
            running: BTreeMap::new(),
            shed: Vec::new(),
            losses: 0,
        }
    }

    fn submit(&mut self, utterance: UtteranceId, kind: JobKind, audio_s: f64, due_ms: u64) {
        let due = self.now + Duration::from_millis(due_ms);
        // What is due soon was said some time ago.
        let said = (self.now + Duration::from_millis(due_ms)).saturating_sub(Duration::from_millis(1_300));
        let job = Job { utterance, kind, audio_s, said: said.min(self.now), due };
        let id = self.scheduler.submit(job, self.now, &mut self.shed);
        assert!(self.waiting.insert(id), "{id:?} was given out twice");
        self.given.push((id, job));
    }

    fn act(&mut self, act: Act) {
        let utterance = |window, number| UtteranceId { window, channel: 0, number };
        match act {
            Act::Final { window, number, audio_s, due_ms } => {
                self.submit(utterance(window, number), JobKind::Final, audio_s, due_ms);
            }
            Act::Partial { window, number, audio_s, due_ms, pause } => {
                self.submit(utterance(window, number), JobKind::Partial { pause }, audio_s, due_ms);
            }
            Act::Verify { of, phrases, due_ms } if !self.given.is_empty() => {
                let (of, job) = self.given[of % self.given.len()];
                self.submit(job.utterance, JobKind::Verify { of, phrases }, job.audio_s, due_ms);
            }
            Act::Promote { which, due_ms } if !self.given.is_empty() => {
                let (id, _) = self.given[which % self.given.len()];
                let due = self.now + Duration::from_millis(due_ms);
                let expected = match id {
                    _ if self.running.values().any(|a| a.id == id) => Promotion::Running,
                    _ if self.waiting.contains(&id) => Promotion::Waiting,
                    _ => Promotion::Gone,
                };
                assert_eq!(self.scheduler.promote(id, due, self.now, &mut self.shed), expected);
            }
            Act::Verify { .. } | Act::Promote { .. } => {}
            Act::Withdraw { window, number } => {
                self.scheduler.withdraw(utterance(window, number), &mut self.shed);
            }
            Act::Next { worker } => self.next(worker),
            Act::Done { worker, cost_ms } => {
                if let Some(assignment) = self.running.remove(&worker) {
                    let done = self.scheduler.done(worker, cost_ms.map(Duration::from_millis), self.now);
                    assert_eq!(done.id, assignment.id);
                }
            }
            Act::Wait { ms } => self.now += Duration::from_millis(ms),
        }
        self.settle();
    }

    fn next(&mut self, worker: usize) {
        if self.running.contains_key(&worker) {
            return;
        }
        if let Some(assignment) = self.scheduler.next(worker, self.now, &mut self.shed) {
            assert!(self.waiting.remove(&assignment.id), "{assignment:?} did not wait");
            self.running.insert(worker, assignment);
        }
    }

    fn settle(&mut self) {
        for shed in std::mem::take(&mut self.shed) {
            match shed.why {
                Why::Shortened => assert!(self.running.values().any(|a| a.id == shed.id)),
                _ => assert!(self.waiting.remove(&shed.id), "{shed:?} did not wait"),
            }
            self.losses += u64::from(!matches!(shed.why, Why::Superseded | Why::Withdrawn));
        }
        assert_eq!(self.waiting.len(), self.scheduler.waiting());
        let counts = (0..WINDOWS).map(|w| self.scheduler.counts(w));
        assert_eq!(counts.map(|c| c.partials + c.shortened + c.unmonitored).sum::<u64>(), self.losses);
        let load = self.scheduler.load(self.now);
        assert!((0.0..=1.0).contains(&load), "{load}");
    }

    /// Lets the workers come to the end of it.
    fn drain(&mut self) {
        for _ in 0..self.given.len() + 1 {
            for worker in 0..WORKERS {
                self.act(Act::Done { worker, cost_ms: None });
                self.act(Act::Next { worker });
            }
            self.act(Act::Wait { ms: 100 });
        }
        self.act(Act::Wait { ms: 10_000 });
        for worker in 0..WORKERS {
            self.act(Act::Done { worker, cost_ms: None });
            self.act(Act::Next { worker });
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_job_ends_exactly_once(acts in proptest::collection::vec(act(), 1..200)) {
        let mut trial = Trial::new();
        for act in acts {
            trial.act(act);
        }
        trial.drain();
        prop_assert!(trial.waiting.is_empty(), "never ended: {:?}", trial.waiting);
        prop_assert!(trial.running.is_empty());
        prop_assert!((0..WINDOWS).all(|w| trial.scheduler.lag(w, trial.now).is_zero()));
    }
}

//! Jobs that wait. In: jobs in any order. Out: jobs in the order of their due times. Allocates: while it grows.

use super::{Job, JobId, JobKind, UtteranceId};

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Waiting {
    pub id: JobId,
    pub job: Job,
}

impl Waiting {
    pub fn is_pause(&self) -> bool {
        self.job.kind == JobKind::Partial { pause: true }
    }
}

/// Earliest due first; of those due together, the one submitted first.
#[derive(Default)]
pub(super) struct Queue {
    jobs: Vec<Waiting>,
}

impl Queue {
    pub fn jobs(&self) -> &[Waiting] {
        &self.jobs
    }

    pub fn insert(&mut self, waiting: Waiting) {
        let key = (waiting.job.due, waiting.id);
        let at = self.jobs.partition_point(|other| (other.job.due, other.id) < key);
        self.jobs.insert(at, waiting);
    }

    pub fn remove(&mut self, id: JobId) -> Option<Waiting> {
        let at = self.jobs.iter().position(|waiting| waiting.id == id)?;
        Some(self.jobs.remove(at))
    }

    /// Takes out what `goes` says, in order, and gives it to `gone`.
    pub fn take(&mut self, mut goes: impl FnMut(&Waiting) -> bool, mut gone: impl FnMut(Waiting)) {
        self.jobs.retain(|waiting| {
            let out = goes(waiting);
            if out {
                gone(*waiting);
            }
            !out
        });
    }

    pub fn has_final(&self, utterance: UtteranceId) -> bool {
        self.jobs.iter().any(|w| w.job.utterance == utterance && w.job.kind == JobKind::Final)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn waiting(id: u64, due_ms: u64) -> Waiting {
        let utterance = UtteranceId { window: 0, channel: 0, number: id };
        let due = Duration::from_millis(due_ms);
        let job = Job { utterance, kind: JobKind::Final, audio_s: 1.0, said: Duration::ZERO, due };
        Waiting { id: JobId(id), job }
    }

    #[test]
    fn the_earliest_due_comes_first_and_ties_keep_their_order() {
        let mut queue = Queue::default();
        for (id, due) in [(0, 30), (1, 10), (2, 20), (3, 10), (4, 30)] {
            queue.insert(waiting(id, due));
        }
        assert_eq!(queue.jobs().iter().map(|w| w.id.0).collect::<Vec<_>>(), [1, 3, 2, 0, 4]);
        assert_eq!(queue.remove(JobId(2)).map(|w| w.id), Some(JobId(2)));
        assert_eq!(queue.remove(JobId(2)), None);
        let mut gone = Vec::new();
        queue.take(|w| w.id.0 % 2 == 1, |w| gone.push(w.id.0));
        assert_eq!((gone, queue.jobs().len()), (vec![1, 3], 2));
    }
}

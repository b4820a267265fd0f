//! What will be when. In: when each worker is free, and jobs in order. Out: when they are done. Allocates: on growth only.
//!
//! Workers take the jobs in the order given, each the worker that is free first: what [`super::Scheduler`] does when
//! nothing new comes. Times are run times in seconds.

/// A job as far as a forecast needs it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Planned {
    pub due: f64,
    pub cost: f64,
}

/// When each worker is free.
#[derive(Clone, Debug, Default)]
pub(super) struct Forecast {
    free: Vec<f64>,
}

impl Forecast {
    pub fn reset(&mut self, free: impl Iterator<Item = f64>) {
        self.free.clear();
        self.free.extend(free);
    }

    /// As `other`, with `worker` free no sooner than `until`.
    pub fn reset_busy(&mut self, other: &Self, worker: usize, until: f64) {
        self.free.clone_from(&other.free);
        self.free[worker] = self.free[worker].max(until);
    }

    pub fn earliest(&self) -> f64 {
        self.free.iter().copied().fold(f64::INFINITY, f64::min)
    }

    /// Gives the next job to the worker that is free first: when it starts.
    pub fn place(&mut self, cost: f64) -> f64 {
        let mut first = 0;
        for worker in 1..self.free.len() {
            if self.free[worker] < self.free[first] {
                first = worker;
            }
        }
        let start = self.free[first];
        self.free[first] = start + cost;
        start
    }

    /// Seconds by which `jobs` are late, together.
    pub fn lateness(&mut self, jobs: &[Planned]) -> f64 {
        jobs.iter().map(|job| (self.place(job.cost) + job.cost - job.due).max(0.0)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_go_to_the_worker_that_is_free_first() {
        let mut forecast = Forecast::default();
        forecast.reset([1.0, 0.5].into_iter());
        let starts: Vec<f64> = [1.0, 0.25, 0.25].map(|cost| forecast.place(cost)).to_vec();
        assert_eq!(starts, [0.5, 1.0, 1.25]);
        assert_eq!(forecast.earliest(), 1.5);
    }

    #[test]
    fn lateness_adds_up_what_each_job_is_over_its_due_time() {
        let jobs = [(1.0, 1.0), (1.5, 1.0), (9.0, 1.0)].map(|(due, cost)| Planned { due, cost });
        for (workers, late) in [(1, 0.5), (2, 0.0)] {
            let mut forecast = Forecast::default();
            forecast.reset(std::iter::repeat_n(0.0, workers));
            assert_eq!(forecast.lateness(&jobs), late);
        }
    }
}

//! Jobs: what takes minutes and may not be in anybody's way. In: work. Out: how far it is, and its result, for a day.
//! Thread: one, `jobs`, of the lowest priority, which ends when nothing waits. Allocates: per job.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use axum::http::StatusCode;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::caller::Caller;
use super::problem::Problem;
use super::recordings::Handed;
use crate::access::Role;
use crate::runtime::go_last;
use crate::said::Bilingual;

/// Jobs that may wait behind the one that runs.
const WAITING_MAX: usize = 8;
/// Results that are kept, and how long.
const KEPT_MAX: usize = 20;
const KEPT_US: i64 = 86_400_000_000;

/// Work of a job.
pub(super) type Work = Box<dyn FnOnce(&Progress) -> Result<Value, JobFault> + Send>;

/// Why there is no result, in a sentence for whoever asked.
#[derive(Clone, Debug)]
pub(super) struct JobFault(Bilingual);

impl JobFault {
    /// What the system, or a part of this program, told in English alone.
    pub fn new(fault: &impl ToString) -> Self {
        let text = fault.to_string();
        Self(Bilingual { zh: format!("任务没有完成：{text}"), en: text })
    }

    pub fn said(what: impl Into<Bilingual>) -> Self {
        Self(what.into())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum JobState {
    Waiting,
    Running,
    Done,
    Failed,
    Cancelled,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct JobBody {
    pub id: u64,
    /// `what-if` or `recording`.
    what: &'static str,
    state: JobState,
    /// 0 to 1.
    progress: f64,
    by: String,
    created_us: i64,
    /// Null until it is done, and in lists.
    #[schema(value_type = Object)]
    result: Option<Value>,
    /// Why it failed.
    problem: Option<String>,
    problem_zh: Option<String>,
}

/// How far a job is, told by its work.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// Number of the job.
    pub job: u64,
    /// In millionths.
    share: AtomicU64,
    cancelled: AtomicBool,
}

impl Progress {
    /// Tells how far it is; false where it is to stop.
    pub fn at(&self, share: f64) -> bool {
        self.share.store((share.clamp(0.0, 1.0) * 1e6) as u64, Ordering::Relaxed);
        !self.is_cancelled()
    }

    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Jobs(Arc<Mutex<All>>);

#[derive(Default)]
struct All {
    last: u64,
    jobs: BTreeMap<u64, Job>,
    /// There is a thread that works.
    works: bool,
}

impl std::fmt::Debug for All {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("All").field("last", &self.last).field("works", &self.works).finish_non_exhaustive()
    }
}

struct Job {
    what: &'static str,
    by: String,
    created_us: i64,
    state: JobState,
    progress: Arc<Progress>,
    work: Option<Work>,
    result: Option<Value>,
    problem: Option<Bilingual>,
    /// What was handed in for it, for as long as it is known.
    handed: Option<Arc<Handed>>,
}

impl Jobs {
    /// Puts work behind what waits.
    ///
    /// # Errors
    /// 503 where too much waits, or no thread is to be had.
    pub fn begin(
        &self,
        what: &'static str,
        by: &Caller,
        now_us: i64,
        (work, handed): (Work, Option<Arc<Handed>>),
    ) -> Result<JobBody, Problem> {
        let mut all = self.all();
        all.forget(now_us);
        let waiting = all.jobs.values().filter(|job| job.state == JobState::Waiting).count();
        if waiting >= WAITING_MAX {
            return Err(Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "busy",
                format!("{waiting} jobs wait already: wait until some are done, or cancel one"),
                format!("已有 {waiting} 个任务在等待：请稍候或取消其中之一"),
            ));
        }
        all.last += 1;
        let id = all.last;
        let job = Job {
            what,
            by: by.who().to_owned(),
            created_us: now_us,
            state: JobState::Waiting,
            progress: Arc::new(Progress { job: id, ..Progress::default() }),
            work: Some(work),
            result: None,
            problem: None,
            handed,
        };
        all.jobs.insert(id, job);
        if !all.works {
            let jobs = self.clone();
            let started = thread::Builder::new().name("jobs".to_owned()).spawn(move || jobs.work());
            if let Err(fault) = started {
                all.jobs.remove(&id);
                return Err(Problem::fault(&format!("no thread for jobs: {fault}")));
            }
            all.works = true;
        }
        all.body(id, false).ok_or_else(Problem::not_found)
    }

    /// Those that the caller began, the newest first; an admin sees all.
    pub fn list(&self, caller: &Caller, now_us: i64) -> Vec<JobBody> {
        let mut all = self.all();
        all.forget(now_us);
        let ids = all.jobs.iter().rev().filter(|(_, job)| job.is_of(caller)).map(|(id, _)| *id);
        ids.collect::<Vec<_>>().into_iter().filter_map(|id| all.body(id, false)).collect()
    }

    /// Recordings that the caller handed in and their jobs, the newest first; to an admin, all.
    pub fn recordings(&self, caller: &Caller, now_us: i64) -> Vec<(u64, Arc<Handed>)> {
        let mut all = self.all();
        all.forget(now_us);
        let seen = all.jobs.iter().rev().filter(|(_, job)| job.is_of(caller));
        seen.filter_map(|(id, job)| Some((*id, Arc::clone(job.handed.as_ref()?)))).collect()
    }

    /// Lets go of what is over for a day.
    pub fn forget(&self, now_us: i64) {
        self.all().forget(now_us);
    }

    /// # Errors
    /// 404 where there is none, or it is somebody else's.
    pub fn get(&self, id: u64, caller: &Caller, now_us: i64) -> Result<JobBody, Problem> {
        let mut all = self.all();
        all.forget(now_us);
        let own = all.jobs.get(&id).is_some_and(|job| job.is_of(caller));
        all.body(id, true).filter(|_| own).ok_or_else(Problem::not_found)
    }

    /// Stops it, and forgets its result.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn cancel(&self, id: u64, caller: &Caller) -> Result<(), Problem> {
        let mut all = self.all();
        let job = all.jobs.get_mut(&id).filter(|job| job.is_of(caller)).ok_or_else(Problem::not_found)?;
        job.progress.cancelled.store(true, Ordering::Relaxed);
        (job.work, job.result, job.handed) = (None, None, None);
        job.state = JobState::Cancelled;
        Ok(())
    }

    fn all(&self) -> MutexGuard<'_, All> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Until nothing waits.
    fn work(&self) {
        go_last();
        loop {
            let (id, work, progress) = {
                let mut all = self.all();
                let next = all.jobs.iter_mut().find_map(|(id, job)| Some((*id, job.work.take()?, job)));
                let Some((id, work, job)) = next else {
                    all.works = false;
                    return;
                };
                job.state = JobState::Running;
                (id, work, Arc::clone(&job.progress))
            };
            let done = catch_unwind(AssertUnwindSafe(|| work(&progress)));
            let mut all = self.all();
            let Some(job) = all.jobs.get_mut(&id).filter(|job| job.state == JobState::Running) else {
                continue;
            };
            (job.state, job.result, job.problem) = match done {
                Ok(Ok(result)) => (JobState::Done, Some(result), None),
                Ok(Err(JobFault(fault))) => (JobState::Failed, None, Some(fault)),
                Err(_) => (
                    JobState::Failed,
                    None,
                    Some(Bilingual::new(
                        "the work broke off: the service's log says where",
                        "任务中断：位置见服务日志",
                    )),
                ),
            };
            if job.state == JobState::Done {
                progress.at(1.0);
            }
        }
    }
}

impl Job {
    fn is_of(&self, caller: &Caller) -> bool {
        self.by == caller.who() || caller.role == Role::Admin
    }
}

impl All {
    fn body(&self, id: u64, with_result: bool) -> Option<JobBody> {
        let job = self.jobs.get(&id)?;
        Some(JobBody {
            id,
            what: job.what,
            state: job.state,
            progress: job.progress.share.load(Ordering::Relaxed) as f64 / 1e6,
            by: job.by.clone(),
            created_us: job.created_us,
            result: job.result.clone().filter(|_| with_result),
            problem: job.problem.as_ref().map(|said| said.en.clone()),
            problem_zh: job.problem.as_ref().map(|said| said.zh.clone()),
        })
    }

    /// What is over for a day, and the oldest of what is over.
    fn forget(&mut self, now_us: i64) {
        let is_over = |job: &Job| !matches!(job.state, JobState::Waiting | JobState::Running);
        self.jobs.retain(|_, job| !is_over(job) || now_us.saturating_sub(job.created_us) < KEPT_US);
        let over: Vec<u64> = self.jobs.iter().filter(|(_, job)| is_over(job)).map(|(id, _)| *id).collect();
        for id in over.iter().take(over.len().saturating_sub(KEPT_MAX)) {
            self.jobs.remove(id);
        }
    }
}

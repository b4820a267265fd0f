//! `/api/v1/health`: how the service fares: lateness, load, windows, journal, disk, clips, and what is wrong, in words.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::Action;
use crate::ledger::evidence;
use crate::ledger::journal::Surroundings;
use crate::status::{EvidenceStatus, HallStatus, Overload, Percentiles, WindowState};
use crate::web::caller::Caller;
use crate::web::hub::Hub;
use crate::web::problem::{Problem, ProblemBody};

/// Less of the disk free than this share is trouble.
const FREE_LOW: f64 = 0.05;
/// More of the alerts of a kind late than this share is trouble.
const LATE_HIGH: f64 = 0.05;

pub(super) fn routes() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new().routes(routes!(health))
}

#[derive(Debug, Serialize, ToSchema)]
struct Health {
    version: &'static str,
    /// What findings depend on besides the rules: model, parameters, kernels.
    engine: String,
    /// Name of the model, as the configuration has it.
    model: String,
    rulebook: String,
    uptime_s: f64,
    cpu: Cpu,
    /// Share of recogniser time in use over the last seconds, 0 to 1.
    load: f64,
    /// What was given up for want of time in the last minute: `none`, `partials`, `context`, `unmonitored`.
    #[schema(value_type = String)]
    overload: Overload,
    workers: usize,
    /// Jobs that wait for a recogniser.
    waiting: usize,
    resident_bytes: u64,
    budgets: Vec<Budget>,
    stages: Vec<Stage>,
    windows: Vec<WindowHealth>,
    /// Null where the hall keeps none.
    journal: Option<JournalHealth>,
    disk: Option<Disk>,
    clips: Option<Clips>,
    /// What is wrong; empty: nothing.
    trouble: Vec<Trouble>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Cpu {
    cores: usize,
    /// Of those that recognition is faster with.
    features: Vec<&'static str>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Budget {
    /// `forbidden`, `greeting` or `farewell`.
    kind: String,
    budget_s: f64,
    #[serde(flatten)]
    latency: Latency,
    /// The longest.
    max: Option<f64>,
    late: u64,
}

#[derive(Debug, Serialize, ToSchema)]
struct Stage {
    /// `capture`, `endpoint`, `queue`, `decode`, `verify`, `publish`.
    name: String,
    p50: f64,
    p95: f64,
    p99: f64,
}

#[derive(Debug, Serialize, ToSchema)]
struct WindowHealth {
    id: String,
    name: String,
    #[schema(value_type = String)]
    state: WindowState,
    reason: Option<String>,
    reason_zh: Option<String>,
    lag_s: f64,
    shed: Shed,
    drift_ppm: Option<f64>,
    audio_s: f64,
    unheard_s: f64,
    alerts: u64,
    late: u64,
    latency: Latency,
}

#[derive(Debug, Serialize, ToSchema)]
struct Shed {
    partials: u64,
    shortened: u64,
    unmonitored: u64,
}

/// From what is told of to its alert, seconds; null while `count` is 0.
#[derive(Debug, Serialize, ToSchema)]
struct Latency {
    count: u64,
    p50: Option<f64>,
    p95: Option<f64>,
    p99: Option<f64>,
}

impl Latency {
    fn of(Percentiles { count, p50_s, p95_s, p99_s, .. }: Percentiles) -> Self {
        let told = |seconds| (count > 0).then_some(seconds);
        Self { count, p50: told(p50_s), p95: told(p95_s), p99: told(p99_s) }
    }
}

#[derive(Debug, Serialize, ToSchema)]
struct JournalHealth {
    events: u64,
    /// Of the file, with what was not yet put into its place.
    bytes: u64,
    path: String,
    /// Hash of the last event: every one before follows from it.
    head: String,
    /// When `sansheng journal verify` looked at it last, and how much was not as it was written; null: never.
    verified_us: Option<i64>,
    verified_faults: Option<u64>,
    /// Events of the record that never came in, and those left out for want of room.
    lost: u64,
    shed: u64,
    commit_max_s: f64,
    /// Events of this run that were written, in so many commits, and those that wait.
    written: u64,
    commits: u64,
    waiting: u64,
    trouble: Option<String>,
    trouble_zh: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Disk {
    free_bytes: u64,
    total_bytes: u64,
}

#[derive(Debug, Default, Serialize, ToSchema)]
struct Clips {
    count: u64,
    bytes: u64,
    /// Kept for a review or an appeal; deleted since the service began by age, and for want of room.
    held: u64,
    deleted_old: u64,
    deleted_room: u64,
    /// Where all is recorded: files of a window and minute, and what was not recorded since the service began.
    recordings: u64,
    recording_bytes: u64,
    unrecorded_s: u64,
}

#[derive(Debug, Serialize, ToSchema)]
struct Trouble {
    /// `service`, `thread`, `window`, `overload`, `late`, `disk`.
    what: &'static str,
    window: Option<String>,
    message: String,
    message_zh: String,
}

/// What lies on the disk.
struct Stored {
    journal: Option<(u64, u64, String, String)>,
    around: Surroundings,
    clips: Option<Clips>,
}

/// How the service fares
#[utoipa::path(get, path = "/api/v1/health", tag = "hall", responses(
    (status = OK, body = Health), (status = UNAUTHORIZED, body = ProblemBody), (status = FORBIDDEN, body = ProblemBody)))]
async fn health(State(hub): State<Arc<Hub>>, caller: Caller) -> Result<Json<Health>, Problem> {
    caller.may(Action::Health)?;
    let mut status = (hub.site.status)();
    status.windows.retain(|window| caller.scope.has_window_named(&window.id));
    let stored = stored(&hub).await?;
    let disk = stored.around.disk.map(|(free_bytes, total_bytes)| Disk { free_bytes, total_bytes });
    let verified = stored.around.verified;
    let trouble = troubles(&hub, &status, disk.as_ref());
    let told = status.journal.clone();
    let journal = stored.journal.map(|(events, bytes, path, head)| JournalHealth {
        events,
        bytes,
        path,
        head,
        verified_us: verified.as_ref().map(|verified| verified.at_us),
        verified_faults: verified.as_ref().map(|verified| verified.faults),
        lost: told.as_ref().map_or(0, |journal| journal.lost),
        shed: told.as_ref().map_or(0, |journal| journal.shed),
        commit_max_s: told.as_ref().map_or(0.0, |journal| journal.commit_max_s),
        written: told.as_ref().map_or(0, |journal| journal.events),
        commits: told.as_ref().map_or(0, |journal| journal.commits),
        waiting: told.as_ref().map_or(0, |journal| journal.waiting),
        trouble: told.as_ref().and_then(|journal| journal.trouble()),
        trouble_zh: told.as_ref().and_then(|journal| journal.trouble_zh()),
    });
    Ok(Json(Health {
        version: env!("CARGO_PKG_VERSION"),
        engine: hub.engine().to_owned(),
        model: hub.config().model.clone(),
        rulebook: hub.book().rulebook().version().to_owned(),
        uptime_s: status.running_s,
        cpu: Cpu { cores: std::thread::available_parallelism().map_or(1, usize::from), features: features() },
        load: status.load,
        overload: status.overload,
        workers: status.workers,
        waiting: status.waiting,
        resident_bytes: status.resident_bytes,
        budgets: status.budgets.iter().map(budget).collect(),
        stages: status
            .stages
            .iter()
            .map(|stage| {
                let Percentiles { p50_s, p95_s, p99_s, .. } = stage.measured;
                Stage { name: stage.name.clone(), p50: p50_s, p95: p95_s, p99: p99_s }
            })
            .collect(),
        windows: status.windows.into_iter().map(window).collect(),
        journal,
        disk,
        clips: stored.clips.map(|clips| with_history(clips, status.evidence.as_ref())),
        trouble,
    }))
}

fn budget(budget: &crate::status::BudgetStatus) -> Budget {
    let measured = budget.measured;
    Budget {
        kind: budget.name.clone(),
        budget_s: budget.budget_s,
        latency: Latency::of(measured),
        max: (measured.count > 0).then_some(measured.max_s),
        late: budget.late,
    }
}

fn window(window: crate::status::WindowStatus) -> WindowHealth {
    WindowHealth {
        id: window.id,
        name: window.name,
        state: window.state,
        reason: window.reason,
        reason_zh: window.reason_zh,
        lag_s: window.lag_s,
        shed: Shed {
            partials: window.shed.partials,
            shortened: window.shed.shortened,
            unmonitored: window.shed.unmonitored,
        },
        drift_ppm: window.drift_ppm,
        audio_s: window.audio_s,
        unheard_s: window.unheard_s,
        alerts: window.alerts,
        late: window.late,
        latency: Latency::of(window.latency),
    }
}

async fn stored(hub: &Hub) -> Result<Stored, Problem> {
    let Ok(folder) = hub.folder().map(Path::to_owned) else {
        return Ok(Stored { journal: None, around: Surroundings::default(), clips: None });
    };
    // A journal that cannot be read is told as trouble by the service itself.
    let ends = hub.read(|reader| Ok((reader.head()?, reader.path()))).await.ok();
    hub.blocking(move || {
        let journal = ends.map(|(head, path)| {
            let size = |path: &Path| fs::metadata(path).map_or(0, |file| file.len());
            let mut beside = path.clone().into_os_string();
            beside.push("-wal");
            let bytes = size(&path) + size(Path::new(&beside));
            (head.seq, bytes, path.display().to_string(), head.hash)
        });
        Ok(Stored {
            journal,
            around: Surroundings::of(&folder),
            clips: clips(evidence::Clips::of(&folder).folder()),
        })
    })
    .await
}

fn with_history(clips: Clips, told: Option<&EvidenceStatus>) -> Clips {
    let Some(told) = told else { return clips };
    let EvidenceStatus { held, deleted_old, deleted_room, recordings, recording_bytes, unrecorded_s, .. } =
        *told;
    Clips { held, deleted_old, deleted_room, recordings, recording_bytes, unrecorded_s, ..clips }
}

/// `None` where there is no folder of clips.
fn clips(folder: &Path) -> Option<Clips> {
    let mut clips = Clips::default();
    for entry in fs::read_dir(folder).ok()?.flatten() {
        if let Ok(file) = entry.metadata()
            && file.is_file()
        {
            clips.count += 1;
            clips.bytes += file.len();
        }
    }
    Some(clips)
}

fn troubles(hub: &Hub, status: &HallStatus, disk: Option<&Disk>) -> Vec<Trouble> {
    let mut all = Vec::new();
    let mut tell = |what, window: Option<&str>, message: String, message_zh: String| {
        all.push(Trouble { what, window: window.map(str::to_owned), message, message_zh });
    };
    for thread in (hub.site.still)() {
        let (en, zh) = (format!("the thread {thread} stands still"), format!("线程 {thread} 停滞"));
        tell("thread", None, en, zh);
    }
    if let Some(trouble) = (hub.site.trouble)() {
        let journal = status.journal.as_ref().and_then(|journal| journal.trouble_zh());
        let zh = journal.unwrap_or_else(|| format!("存储异常：{trouble}"));
        tell("service", None, trouble, zh);
    }
    for window in &status.windows {
        let (en, zh) = match window.state {
            WindowState::Down => ("is not heard", "收不到声音"),
            WindowState::Waiting => ("waits for its microphone", "等待麦克风连接"),
            _ => continue,
        };
        let why = window.reason.as_ref().map_or_else(String::new, |why| format!(": {why}"));
        let why_zh = window.reason_zh.as_ref().or(window.reason.as_ref());
        let why_zh = why_zh.map_or_else(String::new, |why| format!("：{why}"));
        let message_zh = format!("{} {zh}{why_zh}", window.name);
        tell("window", Some(&window.id), format!("window {} {en}{why}", window.id), message_zh);
    }
    if status.overload == Overload::Unmonitored {
        let en = "speech went unheard in the last minute: the processor is too slow for so many windows";
        tell("overload", None, en.to_owned(), "最近一分钟有语音未能识别：处理器性能不足".to_owned());
    }
    for budget in &status.budgets {
        let count = budget.measured.count;
        if count >= 20 && budget.late as f64 > LATE_HIGH * count as f64 {
            let en = format!(
                "{} of {count} alerts ({}) came later than {} s",
                budget.late, budget.name, budget.budget_s
            );
            let zh = format!(
                "{count} 条提示中有 {} 条超过 {} 秒（{}）",
                budget.late, budget.budget_s, budget.name
            );
            tell("late", None, en, zh);
        }
    }
    if let Some(disk) = disk
        && (disk.free_bytes as f64) < FREE_LOW * disk.total_bytes as f64
    {
        let mib = disk.free_bytes >> 20;
        let en = format!("the disk of the journal has {mib} MiB free: make room");
        tell("disk", None, en, format!("日志所在磁盘仅剩 {mib} MiB：请清理空间"));
    }
    all
}

fn features() -> Vec<&'static str> {
    let mut features = Vec::new();
    #[cfg(target_arch = "x86_64")]
    {
        let all = [
            ("sse4.2", std::is_x86_feature_detected!("sse4.2")),
            ("avx", std::is_x86_feature_detected!("avx")),
            ("avx2", std::is_x86_feature_detected!("avx2")),
            ("fma", std::is_x86_feature_detected!("fma")),
            ("f16c", std::is_x86_feature_detected!("f16c")),
            ("avx512f", std::is_x86_feature_detected!("avx512f")),
            ("avx512vnni", std::is_x86_feature_detected!("avx512vnni")),
        ];
        features.extend(all.into_iter().filter(|(_, has)| *has).map(|(name, _)| name));
    }
    #[cfg(target_arch = "aarch64")]
    {
        let all = [
            ("neon", std::arch::is_aarch64_feature_detected!("neon")),
            ("dotprod", std::arch::is_aarch64_feature_detected!("dotprod")),
            ("fp16", std::arch::is_aarch64_feature_detected!("fp16")),
        ];
        features.extend(all.into_iter().filter(|(_, has)| *has).map(|(name, _)| name));
    }
    features
}

//! Which metrics there are. docs/metrics.md describes each; a test compares the two.

use prometheus_client::metrics::MetricType::{self, Counter, Gauge, Histogram, Info};

use super::distribution::Distribution;
use super::metrics::{Labels, Metric, Sample, Scrape, Value};
use super::{Decode, Decodes, Figures, KINDS, Statistics};
use crate::alert::{AlertState, BudgetKind, STAGES};
use crate::status::{HallStatus, JournalState, Percentiles, ShedCounts, WindowState, WindowStatus};
use crate::units::Role;

impl Statistics {
    /// Every metric of this run, and of the hall as it stands.
    pub fn scrape(&self, hall: &HallStatus) -> Scrape {
        let mut all = Vec::new();
        self.latencies(&mut all);
        self.alert_counts(&mut all);
        self.decode_counts(&mut all);
        window_states(hall, &mut all);
        window_counts(hall, &mut all);
        microphones(hall, &mut all);
        whole_hall(hall, &mut all);
        journal(hall, &mut all);
        evidence(hall, &mut all);
        Scrape(all)
    }

    fn latencies(&self, out: &mut Vec<Metric>) {
        let by_stage = |f: &Figures, to: &mut Rows| {
            STAGES.iter().zip(&f.stages).for_each(|(stage, d)| to.add([("stage", stage)], distribution(d)));
        };
        let name = "sansheng_alert_latency_seconds";
        out.push(self.by_window(
            Histogram,
            name,
            "Parts of the time to an alert's first publication.",
            by_stage,
        ));
        let by_budget = |f: &Figures, to: &mut Rows| {
            let kinds = BudgetKind::ALL.iter().zip(&f.totals);
            kinds.for_each(|(kind, d)| to.add([("budget", kind.name())], distribution(d)));
        };
        let name = "sansheng_alert_delay_seconds";
        let help = "Time from the words, or the deadline, to an alert's first publication.";
        out.push(self.by_window(Histogram, name, help, by_budget));
        let by_stage = |f: &Figures, to: &mut Rows| {
            STAGES.iter().zip(&f.stages).for_each(|(stage, d)| quantiles("stage", stage, d, to));
        };
        let name = "sansheng_alert_latency_quantile_seconds";
        let help = "Quantiles over the whole run of sansheng_alert_latency_seconds.";
        out.push(self.by_window(Gauge, name, help, by_stage));
        let by_budget = |f: &Figures, to: &mut Rows| {
            let kinds = BudgetKind::ALL.iter().zip(&f.totals);
            kinds.for_each(|(kind, d)| quantiles("budget", kind.name(), d, to));
        };
        let name = "sansheng_alert_delay_quantile_seconds";
        let help = "Quantiles over the whole run of sansheng_alert_delay_seconds.";
        out.push(self.by_window(Gauge, name, help, by_budget));
        let budgets = BudgetKind::ALL.iter();
        let rows = budgets
            .map(|kind| sample([("budget", kind.name())], self.budgets.allowed(*kind).as_secs_f64().into()));
        out.push(metric(Gauge, "sansheng_budget_seconds", "Longest delay allowed.", rows.collect()));
    }

    fn alert_counts(&self, out: &mut Vec<Metric>) {
        let kinds = || KINDS.iter().map(|kind| kind.name());
        let first = |f: &Figures, to: &mut Rows| {
            kinds().zip(f.alerts).for_each(|(kind, count)| to.add([("kind", kind)], count.into()));
        };
        out.push(self.by_window(Counter, "sansheng_alerts", "Alerts, whatever became of them.", first));
        let every = |f: &Figures, to: &mut Rows| {
            for (kind, counts) in kinds().zip(f.revisions) {
                for (state, count) in AlertState::ALL.iter().zip(counts) {
                    to.add([("kind", kind), ("state", state.name())], count.into());
                }
            }
        };
        let help = "Revisions of alerts that were published, by the state they brought.";
        out.push(self.by_window(Counter, "sansheng_alert_revisions", help, every));
        let late = |f: &Figures, to: &mut Rows| {
            let kinds = BudgetKind::ALL.iter().zip(f.late);
            kinds.for_each(|(kind, count)| to.add([("budget", kind.name())], count.into()));
        };
        let help = "Alerts that were published later than their budget allows.";
        out.push(self.by_window(Counter, "sansheng_alerts_late", help, late));
        let help = "Alerts whose account of time had to be put right.";
        let clamped = |f: &Figures, to: &mut Rows| to.add([], f.clamped.into());
        out.push(self.by_window(Counter, "sansheng_alerts_clamped", help, clamped));
    }

    fn decode_counts(&self, out: &mut Vec<Metric>) {
        type Of = fn(&Decodes) -> Value;
        let metrics: [(&str, &str, Of); 3] = [
            ("sansheng_decodes", "Decodes of utterances, in progress and at their end.", |d| d.count.into()),
            ("sansheng_decode_seconds", "Time that decoding took.", |d| d.decode_s.into()),
            ("sansheng_verify_seconds", "Time that finding and verifying phrases took.", |d| {
                d.verify_s.into()
            }),
        ];
        for (name, help, of) in metrics {
            let rows = |f: &Figures, to: &mut Rows| {
                let each = Decode::ALL.iter().zip(&f.decodes);
                each.for_each(|(which, decodes)| to.add([("decode", which.name())], of(decodes)));
            };
            out.push(self.by_window(Counter, name, help, rows));
        }
    }

    /// A metric with the samples that `rows` makes of each window's figures.
    fn by_window(
        &self,
        kind: MetricType,
        name: &'static str,
        help: &'static str,
        rows: impl Fn(&Figures, &mut Rows),
    ) -> Metric {
        let mut samples = Vec::new();
        for (window, figures) in &self.windows {
            rows(figures, &mut Rows { window: window.as_str(), samples: &mut samples });
        }
        metric(kind, name, help, samples)
    }
}

fn window_states(hall: &HallStatus, out: &mut Vec<Metric>) {
    let up = |w: &WindowStatus, to: &mut Rows| to.add([], (w.state == WindowState::Live).into());
    out.push(each_window(hall, Gauge, "sansheng_window_up", "1 while the window's source delivers.", up));
    let state = |w: &WindowStatus, to: &mut Rows| {
        for (state, name) in WINDOW_STATES {
            to.add([("state", name)], (w.state == state).into());
        }
    };
    let help = "1 for the state that the window is in.";
    out.push(each_window(hall, Gauge, "sansheng_window_state", help, state));
    let lag = |w: &WindowStatus, to: &mut Rows| to.add([], w.lag_s.into());
    let help = "Age of the oldest speech that is not judged yet.";
    out.push(each_window(hall, Gauge, "sansheng_window_lag_seconds", help, lag));
    let open = |w: &WindowStatus, to: &mut Rows| to.add([], w.encounter_s.is_some().into());
    out.push(each_window(hall, Gauge, "sansheng_encounter_open", "1 while somebody is served.", open));
    let drift = |w: &WindowStatus, to: &mut Rows| {
        if let Some(ppm) = w.drift_ppm {
            to.add([], (ppm * 1e-6).into());
        }
    };
    let help = "How much faster than the system's clock the device's runs, once it is known.";
    out.push(each_window(hall, Gauge, "sansheng_clock_drift_ratio", help, drift));
}

fn window_counts(hall: &HallStatus, out: &mut Vec<Metric>) {
    let audio = |w: &WindowStatus, to: &mut Rows| to.add([], w.audio_s.into());
    out.push(each_window(hall, Counter, "sansheng_audio_seconds", "Audio taken in.", audio));
    let unheard = |w: &WindowStatus, to: &mut Rows| to.add([], w.unheard_s.into());
    let help = "Audio that was lost by the source, given up, or not understood by a failing recogniser.";
    out.push(each_window(hall, Counter, "sansheng_unheard_seconds", help, unheard));
    let shed = |w: &WindowStatus, to: &mut Rows| {
        let ShedCounts { partials, shortened, unmonitored } = w.shed;
        for (work, count) in [("partial", partials), ("context", shortened), ("utterance", unmonitored)] {
            to.add([("work", work)], count.into());
        }
    };
    out.push(each_window(hall, Counter, "sansheng_shed", "Work given up under overload.", shed));
}

fn microphones(hall: &HallStatus, out: &mut Vec<Metric>) {
    let each = |of: fn(f32, bool) -> Value| {
        move |w: &WindowStatus, to: &mut Rows| {
            for (index, microphone) in w.microphones.iter().enumerate() {
                let role = match microphone.role {
                    Role::Clerk => "clerk",
                    Role::Visitor => "visitor",
                };
                let index = index.to_string();
                let value = of(microphone.level_dbfs, microphone.speaking);
                to.add([("microphone", index.as_str()), ("role", role)], value);
            }
        }
    };
    let level = each(|level, _| f64::from(level).into());
    let help = "Smoothed level in decibels relative to full scale.";
    out.push(each_window(hall, Gauge, "sansheng_microphone_level_dbfs", help, level));
    let speaking = each(|_, speaking| speaking.into());
    let help = "1 while somebody speaks into the microphone.";
    out.push(each_window(hall, Gauge, "sansheng_microphone_speaking", help, speaking));
}

fn whole_hall(hall: &HallStatus, out: &mut Vec<Metric>) {
    let numbers: [(&str, &str, Value); 6] = [
        ("sansheng_running_seconds", "Time since the run began.", hall.running_s.into()),
        ("sansheng_load_ratio", "Share of recogniser time in use.", hall.load.into()),
        ("sansheng_workers", "Recognisers, one a worker thread.", (hall.workers as u64).into()),
        ("sansheng_jobs_waiting", "Jobs that wait for a worker.", (hall.waiting as u64).into()),
        (
            "sansheng_resident_memory_bytes",
            "Memory of the process; 0: not known.",
            hall.resident_bytes.into(),
        ),
        (
            "sansheng_overload_level",
            "Step of the overload ladder taken in the last minute: 0 none, 1 partials, 2 context, 3 unmonitored.",
            (hall.overload as u64).into(),
        ),
    ];
    out.extend(numbers.map(|(name, help, value)| metric(Gauge, name, help, vec![sample([], value)])));
    let build = sample([("hall", hall.hall.as_str()), ("version", hall.version.as_str())], Value::Info);
    out.push(metric(Info, "sansheng_build", "The hall and the version of the program.", vec![build]));
}

/// Nothing where there is no journal.
fn journal(hall: &HallStatus, out: &mut Vec<Metric>) {
    let Some(journal) = &hall.journal else { return };
    let full = (journal.state == JournalState::Writable).into();
    let written = (journal.state != JournalState::Blocked).into();
    let metrics: [(MetricType, &str, &str, Value); 9] = [
        (Gauge, "sansheng_journal_writable", "1 while the journal takes alerts and findings.", written),
        (Gauge, "sansheng_journal_complete", "1 while it takes what is said as well.", full),
        (Gauge, "sansheng_journal_waiting", "Events that wait to be journalled.", journal.waiting.into()),
        (Counter, "sansheng_journal_events", "Events journalled.", journal.events.into()),
        (
            Counter,
            "sansheng_journal_shed",
            "Events of what was said left out for want of room.",
            journal.shed.into(),
        ),
        (
            Counter,
            "sansheng_journal_lost",
            "Alerts, findings and the like never journalled.",
            journal.lost.into(),
        ),
        (Counter, "sansheng_journal_commits", "Commits.", journal.commits.into()),
        (Counter, "sansheng_journal_commit_seconds", "Time that commits took.", journal.commit_s.into()),
        (Gauge, "sansheng_journal_commit_max_seconds", "The longest commit.", journal.commit_max_s.into()),
    ];
    out.extend(metrics.map(|(kind, name, help, value)| metric(kind, name, help, vec![sample([], value)])));
    let mut gauge = |name, help, value| out.push(metric(Gauge, name, help, vec![sample([], value)]));
    if let Some(verified) = journal.verified {
        let (at, sound) = (verified.at_unix_s.into(), verified.sound.into());
        gauge("sansheng_journal_verified_timestamp_seconds", "When the journal was verified last.", at);
        gauge("sansheng_journal_verified_sound", "1 where all was as it was written then.", sound);
    }
    if let Some(disk) = journal.disk {
        gauge("sansheng_disk_free_bytes", "Free on the disk of the journal.", disk.free_bytes.into());
        gauge("sansheng_disk_bytes", "Size of the disk of the journal.", disk.total_bytes.into());
    }
}

/// Nothing where there are no clips.
fn evidence(hall: &HallStatus, out: &mut Vec<Metric>) {
    let Some(clips) = &hall.evidence else { return };
    let sound = clips.trouble.is_none().into();
    let metrics: [(MetricType, &str, &str, Value); 9] = [
        (Gauge, "sansheng_clips_sound", "1 while nothing is wrong with the clips and their disk.", sound),
        (Gauge, "sansheng_clips", "Clips that are stored.", clips.clips.into()),
        (Gauge, "sansheng_clips_bytes", "Bytes of them.", clips.bytes.into()),
        (
            Gauge,
            "sansheng_clips_held",
            "Clips that would have to go, and are kept for a review or an appeal.",
            clips.held.into(),
        ),
        (
            Counter,
            "sansheng_clips_deleted_old",
            "Clips deleted because their time was over.",
            clips.deleted_old.into(),
        ),
        (
            Counter,
            "sansheng_clips_deleted_room",
            "Clips deleted before their time, for want of room.",
            clips.deleted_room.into(),
        ),
        (Gauge, "sansheng_recordings", "Recordings that are stored.", clips.recordings.into()),
        (Gauge, "sansheng_recordings_bytes", "Bytes of them.", clips.recording_bytes.into()),
        (
            Counter,
            "sansheng_unrecorded_seconds",
            "Time that was to be recorded and was not, for want of room or time.",
            clips.unrecorded_s.into(),
        ),
    ];
    out.extend(metrics.map(|(kind, name, help, value)| metric(kind, name, help, vec![sample([], value)])));
}

const WINDOW_STATES: [(WindowState, &str); 5] = [
    (WindowState::Starting, "starting"),
    (WindowState::Live, "live"),
    (WindowState::Waiting, "waiting"),
    (WindowState::Down, "down"),
    (WindowState::Ended, "ended"),
];

/// Samples of one window.
struct Rows<'a> {
    window: &'a str,
    samples: &'a mut Vec<Sample>,
}

impl Rows<'_> {
    fn add<const N: usize>(&mut self, labels: [(&'static str, &str); N], value: Value) {
        let mut row = sample(labels, value);
        row.labels.insert(0, ("window", self.window.to_owned()));
        self.samples.push(row);
    }
}

fn each_window(
    hall: &HallStatus,
    kind: MetricType,
    name: &'static str,
    help: &'static str,
    rows: impl Fn(&WindowStatus, &mut Rows),
) -> Metric {
    let mut samples = Vec::new();
    for window in &hall.windows {
        rows(window, &mut Rows { window: &window.id, samples: &mut samples });
    }
    metric(kind, name, help, samples)
}

fn metric(kind: MetricType, name: &'static str, help: &'static str, samples: Vec<Sample>) -> Metric {
    Metric { name, kind, help, samples }
}

fn sample<const N: usize>(labels: [(&'static str, &str); N], value: Value) -> Sample {
    let labels: Labels = labels.into_iter().map(|(key, text)| (key, text.to_owned())).collect();
    Sample { labels, value }
}

fn distribution(of: &Distribution) -> Value {
    Value::Buckets { sum: of.sum_s(), buckets: of.buckets() }
}

/// Nothing while there is nothing to take quantiles of.
fn quantiles(label: &'static str, text: &str, of: &Distribution, to: &mut Rows) {
    let Percentiles { count, p50_s, p95_s, p99_s, .. } = of.percentiles();
    if count > 0 {
        for (quantile, value) in [("0.5", p50_s), ("0.95", p95_s), ("0.99", p99_s)] {
            to.add([(label, text), ("quantile", quantile)], value.into());
        }
    }
}

//! The board: the picture of the hall, for whoever looks. Written by the judge and the listen threads, never by a
//! capture callback; a reader gets a copy and holds nobody up.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::Duration;

use super::bell::{Bell, Listener};
use super::event::{HallEvent, Unheard};
use super::hearing::Hearing;
use crate::alert::BudgetKind;
use crate::clock::{Stopwatch, resident_bytes, unix_seconds};
use crate::conduct::scene::EncounterKind;
use crate::config::Config;
use crate::said::Bilingual;
use crate::statistics::{Decode, Statistics};
use crate::status::{
    AlertStatus, EvidenceStatus, HallStatus, JournalStatus, MicrophoneStatus, WindowState, WindowStatus,
};
use crate::units::{Dbfs, Role, SessionTime, WindowId};
use crate::vad::ChannelActivity;

/// Alerts that are shown, at most.
const ALERTS_SHOWN: usize = 50;

pub(super) struct Board {
    hall: String,
    watch: Stopwatch,
    gauges: Vec<Gauge>,
    /// Not kept alive by whoever looks: the run ends when its last user has gone.
    hearing: OnceLock<(Weak<Hearing>, usize)>,
    picture: Mutex<Picture>,
    /// The journal has gone on.
    committed: Bell,
}

/// What the judge knows.
struct Picture {
    windows: Vec<WindowStatus>,
    ids: Vec<WindowId>,
    alerts: VecDeque<AlertStatus>,
    statistics: Statistics,
    journal: Option<JournalStatus>,
    /// How the clips fare, as they were looked at last.
    clips: Option<EvidenceStatus>,
    /// Run time since which a commit lasts.
    committing: Option<Duration>,
}

/// What a listen thread writes many times a second, without a lock.
#[derive(Default)]
pub(super) struct Gauge {
    heard_samples: AtomicU64,
    lost_samples: AtomicU64,
    /// Level of each side, bits of an `f32`, and whether it speaks.
    levels: [AtomicU32; 2],
    speaking: [AtomicBool; 2],
    /// Bits of an `f64`; not a number while it is not known.
    drift_ppm: AtomicU64,
}

impl Gauge {
    pub fn listen(&self, heard_until: SessionTime, activity: &[ChannelActivity]) {
        self.heard_samples.store(heard_until.0, Ordering::Relaxed);
        for (side, now) in activity.iter().enumerate().take(self.levels.len()) {
            self.levels[side].store(now.level.0.to_bits(), Ordering::Relaxed);
            self.speaking[side].store(now.speaking, Ordering::Relaxed);
        }
    }

    /// So much the clerk's source has not delivered so far.
    pub fn lost(&self, samples: u64) {
        self.lost_samples.store(samples, Ordering::Relaxed);
    }

    pub fn drift(&self, ppm: Option<f64>) {
        self.drift_ppm.store(ppm.unwrap_or(f64::NAN).to_bits(), Ordering::Relaxed);
    }
}

/// Looks at a running hall.
#[derive(Clone)]
pub struct HallView(pub(super) Arc<Board>);

impl HallView {
    pub fn status(&self) -> HallStatus {
        self.0.status()
    }

    /// Has `listener` called on the `ledger` thread after each commit to the journal; it must not wait.
    pub fn on_commit(&self, listener: Listener) {
        self.0.committed.listen(listener);
    }

    /// How the journal fares, where there is one.
    pub fn journal(&self) -> Option<JournalStatus> {
        self.0.journal()
    }

    /// What is wrong with what is kept, in a sentence.
    pub fn trouble(&self) -> Option<String> {
        let journal = self.journal().and_then(|journal| journal.trouble());
        journal.or_else(|| self.0.lock().clips.as_ref()?.trouble.clone())
    }

    /// Everything that is measured, for Prometheus.
    pub fn metrics(&self) -> String {
        let hall = self.0.status();
        let scrape = self.0.lock().statistics.scrape(&hall);
        // Writing to a string fails only where a metric contradicts itself, which tests rule out.
        scrape.text().unwrap_or_default()
    }
}

impl Board {
    pub fn new(config: &Config, watch: Stopwatch) -> Self {
        let ids: Vec<WindowId> = config.windows.iter().map(|window| window.id.clone()).collect();
        let windows = config.windows.iter().map(|window| WindowStatus {
            id: window.id.to_string(),
            name: window.name.clone(),
            microphones: window
                .microphones()
                .map(|(role, _)| MicrophoneStatus {
                    role,
                    level_dbfs: Dbfs::SILENCE.0,
                    speaking: false,
                    state: WindowState::default(),
                    reason: None,
                    reason_zh: None,
                })
                .collect(),
            ..WindowStatus::default()
        });
        let gauge = |_: &WindowId| {
            let gauge = Gauge::default();
            gauge.drift(None);
            gauge.levels.iter().for_each(|l| l.store(Dbfs::SILENCE.0.to_bits(), Ordering::Relaxed));
            gauge
        };
        Self {
            hall: config.hall.clone(),
            watch,
            gauges: ids.iter().map(gauge).collect(),
            hearing: OnceLock::new(),
            picture: Mutex::new(Picture {
                windows: windows.collect(),
                alerts: VecDeque::with_capacity(ALERTS_SHOWN),
                statistics: Statistics::new(&ids, config.budgets),
                ids,
                journal: None,
                clips: None,
                committing: None,
            }),
            committed: Bell::default(),
        }
    }

    /// The recognisers are ready.
    pub fn hears(&self, hearing: &Arc<Hearing>, workers: usize) {
        let _ = self.hearing.set((Arc::downgrade(hearing), workers));
    }

    pub fn gauge(&self, window: usize) -> &Gauge {
        &self.gauges[window]
    }

    /// How the clips fare.
    pub fn clips_are(&self, status: EvidenceStatus) {
        self.lock().clips = Some(status);
    }

    /// How the journal fares.
    pub fn journal_is(&self, status: JournalStatus) {
        self.lock().journal = Some(status);
    }

    /// Since which run time a commit lasts, while one does.
    pub fn journal_commits(&self, since: Option<Duration>) {
        self.lock().committing = since;
    }

    /// Something more is durable.
    pub fn journal_committed(&self) {
        self.committed.ring();
    }

    pub fn journal(&self) -> Option<JournalStatus> {
        let picture = self.lock();
        let since = picture.committing;
        let lasts = since.map_or(0.0, |since| self.watch.elapsed().saturating_sub(since).as_secs_f64());
        picture.journal.clone().map(|status| JournalStatus { committing_s: lasts, ..status })
    }

    /// Draws in what a run told at `now`.
    pub fn note(&self, event: &HallEvent, now: Duration) {
        let mut picture = self.lock();
        let Picture { windows, ids, alerts, statistics, .. } = &mut *picture;
        let (shown, id) = (&mut windows[event.window()], &ids[event.window()]);
        match event {
            HallEvent::State { role, state, reason, .. } => {
                let microphone = shown.microphones.iter_mut().find(|microphone| microphone.role == *role);
                if let Some(microphone) = microphone {
                    microphone.state = *state;
                    (microphone.reason, microphone.reason_zh) = Bilingual::apart(reason.as_ref());
                }
                if *role == Role::Clerk {
                    shown.state = *state;
                    (shown.reason, shown.reason_zh) = Bilingual::apart(reason.as_ref());
                }
            }
            HallEvent::Words { settled, tentative, .. } => {
                shown.words = settled.clone();
                shown.tentative = tentative.clone();
            }
            HallEvent::Alerted { alert, .. } => {
                statistics.alert(alert);
                let published = unix_seconds() - (now.saturating_sub(alert.first_published)).as_secs_f64();
                let status = alert.status(published);
                match alerts.iter_mut().find(|known| known.id == status.id) {
                    Some(known) => *known = status,
                    None => alerts.push_front(status),
                }
                alerts.truncate(ALERTS_SHOWN);
            }
            // The gauge has it: it is told once it is over, or has lasted long.
            HallEvent::Unheard { why: Unheard::Lost, .. } => {}
            HallEvent::Unheard { span, .. } => shown.unheard_s += span.seconds(),
            HallEvent::Decoded { partial, effort, .. } => {
                let which = if *partial { Decode::Partial } else { Decode::Final };
                statistics.decoded(id, which, effort.decode_s, effort.verify_s);
            }
            HallEvent::Encounter { open, .. } => {
                shown.encounter_s = open.map(|open| open.since.seconds());
                shown.on_telephone = open.is_some_and(|open| open.kind == EncounterKind::Telephone);
                shown.standing = open.map(|open| open.standing).unwrap_or_default();
            }
            HallEvent::Taken { .. }
            | HallEvent::Clock { .. }
            | HallEvent::Closed { .. }
            | HallEvent::Found { .. }
            | HallEvent::Shed { .. }
            | HallEvent::Rules { .. }
            | HallEvent::Progress { .. }
            | HallEvent::Evidence { .. }
            | HallEvent::Retention { .. }
            | HallEvent::Ended { .. } => {}
        }
    }

    fn status(&self) -> HallStatus {
        let mut hall = HallStatus {
            hall: self.hall.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            at_unix_s: unix_seconds(),
            running_s: self.watch.elapsed().as_secs_f64(),
            resident_bytes: resident_bytes().unwrap_or(0),
            ..HallStatus::default()
        };
        if let Some((hearing, workers)) = self.hearing() {
            hall.workers = workers;
            (hall.load, hall.waiting, hall.overload) = hearing.load();
        }
        hall.journal = self.journal();
        hall.evidence = self.lock().clips.clone();
        let picture = self.lock();
        hall.alerts = picture.alerts.iter().cloned().collect();
        hall.budgets = picture.statistics.budgets();
        hall.stages = picture.statistics.stages_of_hall();
        for (index, known) in picture.windows.iter().enumerate() {
            let id = &picture.ids[index];
            hall.windows.push(WindowStatus {
                alerts: picture.statistics.alerts(id),
                late: picture.statistics.late(id),
                latency: picture.statistics.latency(id, BudgetKind::Forbidden),
                ..known.clone()
            });
        }
        drop(picture);
        for (index, window) in hall.windows.iter_mut().enumerate() {
            self.read_gauge(index, window);
        }
        hall
    }

    fn read_gauge(&self, index: usize, window: &mut WindowStatus) {
        let gauge = &self.gauges[index];
        window.audio_s = SessionTime(gauge.heard_samples.load(Ordering::Relaxed)).seconds();
        window.unheard_s += SessionTime(gauge.lost_samples.load(Ordering::Relaxed)).seconds();
        let ppm = f64::from_bits(gauge.drift_ppm.load(Ordering::Relaxed));
        window.drift_ppm = (!ppm.is_nan()).then_some(ppm);
        window.encounter_s = window.encounter_s.map(|since| (window.audio_s - since).max(0.0));
        for microphone in &mut window.microphones {
            let side = usize::from(microphone.role == Role::Visitor);
            microphone.level_dbfs = f32::from_bits(gauge.levels[side].load(Ordering::Relaxed));
            microphone.speaking =
                gauge.speaking[side].load(Ordering::Relaxed) && window.state == WindowState::Live;
        }
        if let Some((hearing, _)) = self.hearing() {
            let (shed, lag) = hearing.window(index);
            (window.shed, window.lag_s) = (shed, lag.as_secs_f64());
        }
    }

    fn hearing(&self) -> Option<(Arc<Hearing>, usize)> {
        self.hearing.get().and_then(|(hearing, workers)| Some((hearing.upgrade()?, *workers)))
    }

    fn lock(&self) -> MutexGuard<'_, Picture> {
        self.picture.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

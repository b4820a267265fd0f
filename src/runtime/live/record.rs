//! Record: what the hall tells, as events of the journal. In: `HallEvent`s, in order. Out: drafts. Thread: `ledger`.
//! Allocates: per event.

use std::sync::Arc;
use std::time::Duration;

use super::event::HallEvent;
use crate::alert::{Alert, LatencyAccount, SessionClock};
use crate::clock::{Stopwatch, unix_micros};
use crate::conduct::{CompiledBook, FindingState};
use crate::ledger::event::{AlertBody, ClockBody, LatencyBody, RulesBody, ShedBody, WindowStateBody};
use crate::ledger::{Body, Draft, JudgeInput};
use crate::said::Bilingual;
use crate::units::{SessionTime, Span, WindowId};

/// The system's clock was set: by more than this against the run's.
const SET_US: i64 = 500_000;

/// How much an event matters where there is not room for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    /// For the eye: it is in no journal, and nobody misses it a second later.
    Light,
    /// What was said, and what of it was nothing: the record stands without it.
    Bulk,
    /// Alerts, findings, encounters, what was not heard.
    Record,
}

impl Weight {
    pub const ALL: [Self; 3] = [Self::Light, Self::Bulk, Self::Record];

    pub fn of(event: &HallEvent) -> Self {
        match event {
            HallEvent::Progress { .. }
            | HallEvent::Decoded { .. }
            | HallEvent::Encounter { .. }
            | HallEvent::Words { over: false, .. } => Self::Light,
            HallEvent::Words { .. } | HallEvent::Shed { what: "partial", .. } => Self::Bulk,
            HallEvent::Found { finding, .. } if finding.state == FindingState::Held => Self::Bulk,
            HallEvent::Taken { input, .. } => match **input {
                JudgeInput::Clerk { .. } | JudgeInput::Visitor { .. } | JudgeInput::Quiet { .. } => {
                    Self::Bulk
                }
                _ => Self::Record,
            },
            _ => Self::Record,
        }
    }
}

/// Makes drafts of a run.
pub(super) struct Recorder {
    windows: Vec<Desk>,
    book: Arc<CompiledBook>,
    watch: Stopwatch,
    /// Wall time of the run's start, as it was known last.
    began_us: i64,
}

/// What the journal is told of a window depends on.
struct Desk {
    id: WindowId,
    book: Arc<CompiledBook>,
    clock: Option<SessionClock>,
}

impl Recorder {
    pub fn new(windows: impl Iterator<Item = WindowId>, book: &Arc<CompiledBook>, watch: Stopwatch) -> Self {
        let desk = |id| Desk { id, book: Arc::clone(book), clock: None };
        let book = Arc::clone(book);
        let mut recorder = Self { windows: windows.map(desk).collect(), book, watch, began_us: 0 };
        recorder.began_us = recorder.start_us();
        recorder
    }

    /// Something of the whole hall.
    pub fn of_hall(&self, body: Body) -> Draft {
        Draft {
            window: None,
            session: None,
            wall_us: unix_micros(),
            book: Arc::clone(&self.book),
            body,
            original: None,
        }
    }

    /// From here on, or since it was told so, the journal had no room for so many events.
    pub fn shed(&self, events: u64) -> Draft {
        self.of_hall(Body::Shed(ShedBody { what: ShedBody::JOURNAL.to_owned(), events }))
    }

    /// The event as the journal has it, which became known at `wall_us`; `None` where it is told there otherwise.
    pub fn draft(&mut self, event: &HallEvent, wall_us: i64) -> Option<Draft> {
        let window = event.window();
        if let HallEvent::Retention { body } = event {
            return Some(Draft { wall_us, ..self.of_hall(Body::Retention(body.clone())) });
        }
        if let HallEvent::Rules { book, .. } = event {
            self.windows[window].book = Arc::clone(book);
        }
        let start_us = self.began_us;
        let Desk { id, book, clock: known } = &mut self.windows[window];
        let (session, body) = match event {
            HallEvent::Taken { input, .. } => {
                let (span, body) = input.to_body(book);
                (Some(span), body)
            }
            HallEvent::Clock { clock, .. } => {
                *known = Some(*clock);
                (Some(point(clock.session)), clock_body(start_us, clock.run))
            }
            HallEvent::Found { finding, .. } => {
                (Some(finding.span), Body::Finding(Box::new(finding.clone())))
            }
            HallEvent::Closed { encounter, .. } => {
                (Some(encounter.span), Body::Encounter(Box::new(encounter.clone())))
            }
            HallEvent::Alerted { alert, .. } => {
                (Some(alert.finding.span), Body::Alert(Box::new(body_of(alert))))
            }
            HallEvent::State { role, state, reason, .. } => {
                let (reason, reason_zh) = Bilingual::apart(reason.as_ref());
                let body = WindowStateBody { role: *role, state: *state, reason, reason_zh };
                (None, Body::WindowState(body))
            }
            HallEvent::Shed { what, .. } => {
                (None, Body::Shed(ShedBody { what: (*what).to_owned(), events: 1 }))
            }
            HallEvent::Evidence { span, body, .. } => (Some(*span), Body::Evidence(body.clone())),
            HallEvent::Rules { book, .. } => {
                (None, Body::Rules(RulesBody { version: book.rulebook().version().to_owned() }))
            }
            // Gaps are inputs of the judge, and so is the end.
            HallEvent::Unheard { .. }
            | HallEvent::Ended { .. }
            | HallEvent::Words { .. }
            | HallEvent::Encounter { .. }
            | HallEvent::Decoded { .. }
            | HallEvent::Retention { .. }
            | HallEvent::Progress { .. } => return None,
        };
        Some(Draft {
            window: Some(id.clone()),
            session,
            wall_us,
            book: Arc::clone(book),
            body,
            original: None,
        })
    }

    /// Where the system's clock was set: for every window, how session time goes with it from now on.
    pub fn clocks_set(&mut self) -> Vec<Draft> {
        let start_us = self.start_us();
        if start_us.abs_diff(self.began_us) <= SET_US.unsigned_abs() {
            return Vec::new();
        }
        self.began_us = start_us;
        let run = self.watch.elapsed();
        let drafts = self.windows.iter().filter_map(|desk| {
            let clock = desk.clock?;
            let since = run.saturating_sub(clock.run);
            let session = clock.session.plus(SessionTime::from_seconds(since.as_secs_f64()).0);
            Some(Draft {
                window: Some(desk.id.clone()),
                session: Some(point(session)),
                wall_us: unix_micros(),
                book: Arc::clone(&desk.book),
                body: clock_body(start_us, run.max(clock.run)),
                original: None,
            })
        });
        drafts.collect()
    }

    fn start_us(&self) -> i64 {
        unix_micros() - micros(self.watch.elapsed())
    }
}

fn point(at: SessionTime) -> Span {
    Span { start: at, end: at }
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}

fn clock_body(start_us: i64, run: Duration) -> Body {
    Body::Clock(ClockBody { wall_us: start_us.saturating_add(micros(run)) })
}

fn body_of(alert: &Alert) -> AlertBody {
    let LatencyAccount { capture_s, endpoint_s, queue_s, decode_s, verify_s, publish_s, total_s, clamped } =
        alert.account;
    let us = |seconds: f64| (seconds * 1e6).round() as u64;
    AlertBody {
        id: alert.id.0,
        revision: alert.revision,
        state: alert.state.name().to_owned(),
        note: alert.note.clone(),
        finding: alert.finding.clone(),
        latency: LatencyBody {
            capture_us: us(capture_s),
            endpoint_us: us(endpoint_s),
            queue_us: us(queue_s),
            decode_us: us(decode_s),
            verify_us: us(verify_s),
            publish_us: us(publish_s),
            total_us: us(total_s),
            clamped,
        },
        budget: alert.budget.name().to_owned(),
        allowed_us: alert.allowed.as_micros() as u64,
        late: alert.late,
    }
}

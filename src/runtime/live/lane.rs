//! A window on its way through the listen thread: its ear, its session time, and the order of its words.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::listen::Listening;
use super::work::Spoken;
use super::{Body, Message, Word};
use crate::alert::SessionClock;
use crate::capture::AudioBlock;
use crate::conduct::CompiledBook;
use crate::config::Voice;
use crate::pipeline::{Ear, EarError, Partial, Sound};
use crate::status::WindowState;
use crate::units::{ChannelIndex, Role, SAMPLE_RATE_HZ, SessionTime, Span};
use crate::vad::SpeechSegment;

/// A source that is gone is taken to have heard nothing until this long ago: what was on its way still counts.
const ABSENCE_MARGIN: Duration = Duration::from_millis(300);
/// Absence is told in pieces of at least this.
const ABSENCE_STEP: Duration = Duration::from_millis(250);
/// Speech that the source delivered this much later is as old as its delivery to the scheduler: it waited at the
/// other end of a broken link, not for a recogniser, and has no claim to go before the speech of other windows.
const LATE_DELIVERY: Duration = Duration::from_secs(1);
/// Time after a recording that breaks off of which nobody knows what was said in it.
const BROKEN_OFF_SAMPLES: u64 = SAMPLE_RATE_HZ as u64;
/// A clock that is off by one frame is corrected.
pub(super) const SLIP_SAMPLES: f64 = crate::signal::FRAME_SAMPLES as f64;

pub(super) fn side_of(role: Role) -> usize {
    match role {
        Role::Clerk => 0,
        Role::Visitor => 1,
    }
}

/// A window on its way through the listen thread.
pub(super) struct Lane {
    pub window: usize,
    /// Sources that have not ended.
    pub sources: usize,
    /// One of them broke off.
    pub broke_off: bool,
    pub ear: Ear,
    /// Run time of the start of its session.
    pub started: Option<Duration>,
    /// Order of the next word for the judge.
    order: u64,
    book: Arc<CompiledBook>,
    rules_version: u64,
    sounds: Vec<Sound>,
}

impl Lane {
    pub fn new(window: usize, context: &Listening<'_>) -> Self {
        let microphones: Vec<(ChannelIndex, Role)> =
            context.config.windows[window].microphones().map(|(role, m)| (m.channel, role)).collect();
        let step_ms = context.config.hearing.partial_step.as_millis() as u32;
        let (version, book) = &context.book;
        let ear = Ear::unopened(&microphones, &context.settings.vad);
        let ear = ear.unwrap_or_else(|fault| panic!("settings that were checked are refused: {fault}"));
        Self {
            window,
            sources: 0,
            broke_off: false,
            ear: ear.with_partials(step_ms),
            started: None,
            order: 0,
            book: Arc::clone(book),
            rules_version: *version,
            sounds: Vec::new(),
        }
    }

    /// Session time begins at `at`, if it has not begun.
    pub fn start(&mut self, at: Duration, context: &Listening<'_>) -> Duration {
        if self.started.is_none() {
            self.send(Body::Clock(SessionClock { session: SessionTime(0), run: at }), context);
        }
        *self.started.get_or_insert(at)
    }

    /// Opens the side of `voice` on a stream that began at `started`; false when that cannot be.
    pub fn open(
        &mut self,
        voice: &Voice,
        format: (u32, u16),
        started: Duration,
        context: &Listening<'_>,
    ) -> bool {
        let (side, (rate_hz, channels)) = (side_of(voice.role), format);
        let session = started.saturating_sub(self.start(started, context));
        self.ear.absent(side, SessionTime::from_seconds(session.as_secs_f64()), &mut self.sounds);
        let opened = self.ear.open(side, rate_hz, channels, voice.channel);
        let ahead = self.ear.side_until(side).seconds() - session.as_secs_f64();
        if ahead > (ABSENCE_MARGIN + ABSENCE_STEP).as_secs_f64() {
            // What was kept from a time that has passed for the other side comes too late.
            self.ear.slip(side, -(ahead * f64::from(SAMPLE_RATE_HZ) / SLIP_SAMPLES) as i64);
        }
        self.pass_on(context);
        let fault: Option<EarError> = opened.err();
        if voice.role == Role::Clerk {
            let state = if fault.is_some() { WindowState::Down } else { WindowState::Live };
            self.tell_state(state, fault.as_ref().map(ToString::to_string), context);
        }
        fault.is_none()
    }

    pub fn close(&mut self, role: Role, context: &Listening<'_>) {
        self.ear.close(side_of(role), &mut self.sounds);
        self.pass_on(context);
    }

    pub fn push(&mut self, role: Role, block: &AudioBlock, context: &Listening<'_>) {
        self.ear.push_side(side_of(role), block, &mut self.sounds);
        self.pass_on(context);
    }

    /// Lets time pass for a side that hears nothing.
    pub fn absent(&mut self, role: Role, now: Duration, context: &Listening<'_>) {
        let side = side_of(role);
        let until = now.saturating_sub(ABSENCE_MARGIN).saturating_sub(self.start(now, context));
        let reached = self.ear.side_until(side).seconds();
        if until.as_secs_f64() >= reached + ABSENCE_STEP.as_secs_f64() {
            self.ear.absent(side, SessionTime::from_seconds(until.as_secs_f64()), &mut self.sounds);
            self.pass_on(context);
        }
    }

    pub fn finish(&mut self, context: &Listening<'_>) {
        self.ear.finish(&mut self.sounds);
        self.pass_on(context);
        if self.broke_off {
            // It goes on, who knows how long: what was said next was not heard.
            let end = self.ear.heard_until();
            self.tell(Word::Gap(Span::new(end, end.plus(BROKEN_OFF_SAMPLES))), context);
        }
        self.tell(Word::Ended { audio: self.ear.heard_until(), gap: self.ear.gap() }, context);
    }

    fn pass_on(&mut self, context: &Listening<'_>) {
        if self.sounds.is_empty() {
            return;
        }
        let version = context.rules.version.load(Ordering::Acquire);
        if version != self.rules_version {
            self.rules_version = version;
            self.book = context.rules.book();
            self.tell(Word::Rules(Arc::clone(&self.book)), context);
        }
        let mut sounds = std::mem::take(&mut self.sounds);
        for sound in sounds.drain(..) {
            match sound {
                Sound::Partial(Partial { segment, pause }) => {
                    context.hearing.partial(self.spoken(segment, context), pause, self.order);
                }
                Sound::Speech(segment) if segment.role == Role::Visitor => {
                    self.tell(Word::Visitor(segment.speech), context);
                }
                Sound::Speech(segment) => {
                    context.hearing.utterance(self.spoken(segment, context), self.order);
                    self.order += 1;
                }
                Sound::Quiet(now) => self.tell(Word::Quiet(now), context),
                Sound::Gap(span) => self.tell(Word::Gap(span), context),
                Sound::Ring(burst) => self.tell(Word::Ring(burst), context),
            }
        }
        self.sounds = sounds;
    }

    fn spoken(&self, segment: SpeechSegment, context: &Listening<'_>) -> Spoken {
        let started = self.started.unwrap_or_default();
        let run_time = |time: SessionTime| started + Duration::from_secs_f64(time.seconds());
        let cut = context.watch.elapsed();
        let source_lag = cut.saturating_sub(run_time(self.ear.heard_until()));
        let late = if source_lag >= LATE_DELIVERY { source_lag } else { Duration::ZERO };
        Spoken {
            window: self.window,
            said: run_time(segment.speech.end) + late,
            source_lag,
            cut,
            book: Arc::clone(&self.book),
            segment: Arc::new(segment),
        }
    }

    /// What the hall's picture shows of it.
    pub fn show(&self, context: &Listening<'_>) {
        context.board.gauge(self.window).listen(self.ear.heard_until(), self.ear.activity());
    }

    pub fn tell_state(&self, state: WindowState, reason: Option<String>, context: &Listening<'_>) {
        self.send(Body::State { state, reason }, context);
    }

    fn tell(&mut self, word: Word, context: &Listening<'_>) {
        self.send(Body::Word { order: self.order, word }, context);
        self.order += 1;
    }

    fn send(&self, body: Body, context: &Listening<'_>) {
        // The judge outlives every sender; were it gone, there would be nobody to tell.
        let _ = context.to_judge.send(Message { window: self.window, body });
    }
}

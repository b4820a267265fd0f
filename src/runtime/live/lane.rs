//! A window on its way through the listen thread: its ear, its session time, and the order of its words.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::inlet::TURN_AUDIO_S;
use super::listen::Listening;
use super::work::Spoken;
use super::{Body, Message, Word};
use crate::alert::SessionClock;
use crate::capture::AudioBlock;
use crate::conduct::CompiledBook;
use crate::config::Voice;
use crate::ledger::evidence::Activity;
use crate::pipeline::{Ear, EarError, Partial, Sound, Taped};
use crate::said::Bilingual;
use crate::status::WindowState;
use crate::units::{ChannelIndex, Role, SAMPLE_RATE_HZ, SessionTime, Span};
use crate::vad::SpeechSegment;

/// A source that is gone is taken to have heard nothing until this long ago: what was on its way still counts.
const ABSENCE_MARGIN: Duration = Duration::from_millis(300);
/// Absence is told in pieces of at least this.
const ABSENCE_STEP: Duration = Duration::from_millis(250);
/// And, since it takes work to listen to silence, of at most this.
const ABSENCE_STEP_MAX: Duration = Duration::from_secs(TURN_AUDIO_S);
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
    /// The run was stopped while what the clerk said was kept at the other end of a broken link.
    pub awaited: bool,
    pub ear: Ear,
    /// Run time of the start of its session.
    pub started: Option<Duration>,
    /// Samples after the end of its audio of which nobody knows what was said in them.
    lost_after: u64,
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
            awaited: false,
            ear: ear.with_partials(step_ms).taping(!context.memories.is_empty()),
            started: None,
            lost_after: 0,
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

    /// The side of `role` was heard, or given up, long past this run time. A little behind is what a link in good
    /// order is too.
    pub fn is_past(&self, role: Role, at: Duration) -> bool {
        let reached = Duration::from_secs_f64(self.ear.side_until(side_of(role)).seconds());
        self.started.is_some_and(|started| at + LATE_DELIVERY < started + reached)
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
        let state = if fault.is_some() { WindowState::Down } else { WindowState::Live };
        self.tell_state(voice.role, state, fault.as_ref().map(EarError::said), context);
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

    /// Lets time pass for a side that hears nothing; true when there is more of it than one turn may take.
    pub fn absent(&mut self, role: Role, now: Duration, context: &Listening<'_>) -> bool {
        let side = side_of(role);
        let passed = now.saturating_sub(ABSENCE_MARGIN).saturating_sub(self.start(now, context));
        let reached = Duration::from_secs_f64(self.ear.side_until(side).seconds());
        if passed < reached + ABSENCE_STEP {
            return false;
        }
        let until = passed.min(reached + ABSENCE_STEP_MAX);
        self.ear.absent(side, SessionTime::from_seconds(until.as_secs_f64()), &mut self.sounds);
        self.pass_on(context);
        until + ABSENCE_STEP < passed
    }

    pub fn finish(&mut self, context: &Listening<'_>) {
        self.ear.finish(&mut self.sounds);
        self.pass_on(context);
        if let Some(memory) = context.memories.get(self.window) {
            memory.lock().end();
        }
        let end = self.ear.heard_until();
        self.lost_after = match self.started {
            // Kept at the other end of a link, where nobody hears it any more.
            Some(started) if self.awaited => {
                let now = context.watch.elapsed().saturating_sub(started);
                SessionTime::from_seconds(now.as_secs_f64()).0.saturating_sub(end.0)
            }
            // It goes on, who knows how long: what was said next was not heard.
            _ if self.broke_off => BROKEN_OFF_SAMPLES,
            _ => 0,
        };
        if self.lost_after > 0 {
            self.tell(Word::Gap(Span::new(end, end.plus(self.lost_after))), context);
        }
        self.tell(Word::Ended { audio: end, lost_samples: self.lost_samples() }, context);
        self.show(context);
    }

    /// Session time that the clerk's source did not deliver, in samples.
    fn lost_samples(&self) -> u64 {
        self.ear.gap().samples() + self.lost_after
    }

    fn pass_on(&mut self, context: &Listening<'_>) {
        self.remember(context);
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
                    self.tell(Word::Visitor { span: segment.speech, level: segment.level }, context);
                }
                Sound::Speech(segment) => {
                    context.hearing.utterance(self.spoken(segment, context), self.order);
                    self.order += 1;
                }
                Sound::Quiet(quiet) => {
                    let cut = context.watch.elapsed();
                    self.tell(Word::Quiet { quiet, cut, source_lag: self.source_lag(cut) }, context);
                }
                Sound::Gap(span) => self.tell(Word::Gap(span), context),
                Sound::Noted(report) => self.tell(Word::Noted(report), context),
                Sound::Ring(burst) => self.tell(Word::Ring(burst), context),
            }
        }
        self.sounds = sounds;
    }

    /// Lays what was listened to into the window's memory.
    fn remember(&mut self, context: &Listening<'_>) {
        let Some(memory) = context.memories.get(self.window) else { return };
        let mut memory = memory.lock();
        if let Some(started) = self.started {
            memory.begins(started);
        }
        for Taped { frame, clerk, visitor } in self.ear.taped() {
            memory.push(frame.start, &frame.samples, Activity { clerk, visitor });
        }
        for sound in &self.sounds {
            if let Sound::Gap(span) = sound {
                memory.gap(*span);
            }
        }
    }

    fn spoken(&self, segment: SpeechSegment, context: &Listening<'_>) -> Spoken {
        let cut = context.watch.elapsed();
        // Not only where the newest audio is old: where time leapt after it, it waited for the time that was lost.
        let waited = cut.saturating_sub(self.run_time(segment.span.end));
        let late = if waited >= LATE_DELIVERY { waited } else { Duration::ZERO };
        Spoken {
            window: self.window,
            said: self.run_time(segment.speech.end) + late,
            source_lag: self.source_lag(cut).max(late),
            cut,
            book: Arc::clone(&self.book),
            segment: Arc::new(segment),
        }
    }

    fn run_time(&self, time: SessionTime) -> Duration {
        self.started.unwrap_or_default() + Duration::from_secs_f64(time.seconds())
    }

    /// How old the newest audio was at the run time `now`.
    fn source_lag(&self, now: Duration) -> Duration {
        now.saturating_sub(self.run_time(self.ear.heard_until()))
    }

    /// What the hall's picture shows of it.
    pub fn show(&self, context: &Listening<'_>) {
        let gauge = context.board.gauge(self.window);
        gauge.listen(self.ear.heard_until(), self.ear.activity());
        gauge.lost(self.lost_samples());
    }

    pub fn tell_state(
        &self,
        role: Role,
        state: WindowState,
        reason: Option<Bilingual>,
        context: &Listening<'_>,
    ) {
        self.send(Body::State { role, state, reason }, context);
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

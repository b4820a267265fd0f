//! Docket: one window before the judge. In: what was heard of it. Out: findings and alerts, in the window's order.
//! Thread: judge.
//!
//! Words are judged as they were heard, and told without personal numbers and names, to whomever.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::bench::Bench;
use super::event::{HallEvent, OpenEncounter, Unheard, WindowAccount};
use super::intake::Intake;
use super::lane::side_of;
use super::lost::Lost;
use super::quoted::{of_alert, of_finding};
use super::reporting::Reported;
use super::{Body, Times, Word};
use crate::alert::{Alert, AlertDesk, AlertIds, Moments, Preview, SessionClock};
use crate::asr::{Agreement, CUT_SAMPLES, Hypothesis};
use crate::clock::Stopwatch;
use crate::conduct::{CompiledBook, Finding, Foreseen};
use crate::ledger::JudgeInput;
use crate::ledger::mask::Veil;
use crate::mandarin::is_punctuation;
use crate::pipeline::{Effort, HeardSegment, Mind, Quiet};
use crate::said::Bilingual;
use crate::schedule::Why;
use crate::status::WindowState;
use crate::units::{Role, SessionTime, Span, WindowId};

/// Characters that have to follow a phrase before it is believed in the middle of an utterance: innocent sentences
/// go on.
const CHARS_AFTER: usize = 2;

/// Reports that wait for the session of their window to begin, at most.
const EARLY_REPORTS_MAX: usize = 1_000;

/// One window before the judge.
pub(super) struct Docket {
    window: usize,
    mind: Mind,
    book: Arc<CompiledBook>,
    desk: AlertDesk,
    clock: SessionClock,
    /// Of the utterance in progress, by its start.
    agreement: Option<(SessionTime, Agreement)>,
    /// The last utterance that is over.
    settled: Option<SessionTime>,
    /// Order of the word that is due.
    next: u64,
    /// Words and partials that came before their turn.
    early: BTreeMap<u64, Word>,
    early_partials: Vec<Partial>,
    /// The session began; what the hall reported before waits for that.
    began: bool,
    early_reports: Vec<Reported>,
    account: WindowAccount,
    lost: Lost,
    /// What was told last of the clerk's and of the visitor's microphone.
    states: [Option<(WindowState, Option<Bilingual>)>; 2],
    /// Run time at which the newest audio was handed over, and how old it was then.
    handed: (Duration, Duration),
    encounter: Option<OpenEncounter>,
    findings: Vec<Finding>,
    alerts: Vec<Alert>,
    intake: Intake,
    veil: Veil,
    /// What is masked goes into the journal beside the rest.
    keeps_originals: bool,
}

struct Partial {
    after: u64,
    span: Span,
    pause: bool,
    heard: HeardSegment,
    times: Times,
    book: Arc<CompiledBook>,
}

impl Docket {
    pub fn new(window: usize, id: WindowId, ids: &AlertIds, bench: &Bench<'_>) -> Self {
        Self {
            window,
            mind: bench.mind(window, id),
            book: Arc::clone(&bench.book),
            desk: AlertDesk::new(ids.clone(), Arc::clone(&bench.budgets)),
            clock: SessionClock::default(),
            agreement: None,
            settled: None,
            next: 0,
            early: BTreeMap::new(),
            early_partials: Vec::new(),
            began: false,
            early_reports: Vec::new(),
            account: WindowAccount::default(),
            lost: Lost::default(),
            states: [None, None],
            handed: (Duration::ZERO, Duration::ZERO),
            encounter: None,
            findings: Vec::new(),
            alerts: Vec::new(),
            intake: Intake::new(window),
            veil: Veil::default(),
            keeps_originals: bench.keeps_originals,
        }
    }

    pub fn take(&mut self, body: Body, watch: Stopwatch, tell: &mut dyn FnMut(HallEvent)) {
        let window = self.window;
        match body {
            Body::Word { order, word } => {
                self.early.insert(order, word);
                while let Some(word) = self.early.remove(&self.next) {
                    self.next += 1;
                    self.judge(word, watch, tell);
                    self.take_early_partials(watch, tell);
                }
            }
            Body::Partial { after, span, pause, heard, times, book } => {
                self.early_partials.push(Partial { after, span, pause, heard, times, book });
                self.take_early_partials(watch, tell);
            }
            Body::Clock(clock) => {
                self.clock = clock;
                self.began = true;
                tell(HallEvent::Clock { window, clock });
                for reported in std::mem::take(&mut self.early_reports) {
                    self.reported(reported, tell);
                }
            }
            Body::State { role, state, reason } => {
                // What is wrong is found again at every attempt to open it, and no news.
                let now = Some((state, reason.clone()));
                let before = std::mem::replace(&mut self.states[side_of(role)], now.clone());
                if state == WindowState::Live || before != now {
                    tell(HallEvent::State { window, role, state, reason });
                }
            }
            Body::Reported(reported) if self.began => self.reported(reported, tell),
            Body::Reported(reported) if self.early_reports.len() < EARLY_REPORTS_MAX => {
                self.early_reports.push(reported);
            }
            Body::Reported(_) => {}
            Body::Shed { why } => tell(HallEvent::Shed { window, what: named(why) }),
        }
    }

    fn reported(&mut self, reported: Reported, tell: &mut dyn FnMut(HallEvent)) {
        match reported.in_session(&self.clock) {
            Some(report) => {
                self.intake.take(JudgeInput::Reported(report.clone()), tell);
                self.mind.reported(report);
            }
            None => tracing::warn!("an event is older than the session of its window: left out"),
        }
    }

    fn judge(&mut self, word: Word, watch: Stopwatch, tell: &mut dyn FnMut(HallEvent)) {
        let window = self.window;
        match word {
            Word::Clerk { silent, start, heard, times } => {
                let lost = self.lost.heard(start);
                self.tell_lost(lost, tell);
                self.clerk(silent, start, *heard, times, watch, tell);
            }
            Word::Visitor { span, level } => {
                self.intake.take(JudgeInput::Visitor { span, level }, tell);
                self.mind.visitor(span, level, None, &mut self.findings);
                self.announce(watch, tell);
            }
            Word::Quiet { quiet, cut, source_lag } => {
                self.handed = (cut, source_lag);
                let lost = self.lost.heard(quiet.clerk);
                self.tell_lost(lost, tell);
                self.quiet(quiet, watch, tell);
            }
            Word::Gap(span) => {
                self.intake.lost(span, tell);
                self.mind.gap(span);
                let lost = self.lost.take(span);
                self.tell_lost(lost, tell);
            }
            Word::Noted(report) => {
                self.intake.take(JudgeInput::Reported(report.clone()), tell);
                self.mind.reported(report);
            }
            Word::Ring(burst) => {
                self.intake.take(JudgeInput::Ring(burst), tell);
                self.mind.ring(burst, &mut self.findings);
                self.announce(watch, tell);
            }
            Word::Rules(book) => {
                self.intake.flush(tell);
                self.mind.adopt(Arc::clone(&book));
                self.desk.adopt(book.rulebook());
                self.book = Arc::clone(&book);
                tell(HallEvent::Rules { window, book });
            }
            Word::Ended { audio, lost_samples } => {
                let lost = self.lost.end();
                self.tell_lost(lost, tell);
                self.intake.take(JudgeInput::Ended { at: audio, lost: lost_samples }, tell);
                self.mind.finish(audio, &mut self.findings);
                self.announce(watch, tell);
                self.account.audio_s = audio.seconds();
                self.account.unheard_s += SessionTime(lost_samples).seconds();
                tell(HallEvent::State { window, role: Role::Clerk, state: WindowState::Ended, reason: None });
                tell(HallEvent::Ended { window, account: self.account });
            }
        }
    }

    fn quiet(&mut self, quiet: Quiet, watch: Stopwatch, tell: &mut dyn FnMut(HallEvent)) {
        let window = self.window;
        self.mind.quiet(quiet, &mut self.findings);
        let before = self.encounter.map(|open| (open.kind, open.since));
        let acted = !self.findings.is_empty() || self.mind.has_closed() || self.mind.encounter() != before;
        self.intake.quiet(quiet, acted, tell);
        self.announce(watch, tell);
        self.tell_encounter(tell);
        tell(HallEvent::Progress { window, until: quiet.until });
    }

    fn clerk(
        &mut self,
        silent: Hypothesis,
        start: SessionTime,
        heard: Result<HeardSegment, Unheard>,
        times: Times,
        watch: Stopwatch,
        tell: &mut dyn FnMut(HallEvent),
    ) {
        let window = self.window;
        let span = silent.span;
        self.account.segments += 1;
        self.account.clerk_speech_s += span.seconds();
        self.settled = Some(start);
        self.agreement = None;
        let (heard, unheard) = match heard {
            Ok(heard) => (heard, None),
            Err(why) => (HeardSegment::silent(silent), Some(why)),
        };
        self.account.effort.add(heard.effort);
        // No recogniser worked on it anew where its last partial had heard all of it, or where it was given up.
        if heard.effort != Effort::default() {
            tell(HallEvent::Decoded { window, partial: false, effort: heard.effort });
        }
        // What was given up was lost, not said unclearly: nothing is to be made of it either way.
        let shown = self.veil.utterance(&heard.hypothesis);
        let (span, settled) = (shown.span, shown.text());
        self.intake.clerk(&heard, shown, self.keeps_originals, tell);
        self.mind.clerk(&heard, &mut self.findings);
        let moments = self.moments(&times, watch);
        match unheard {
            None => self.desk.settle(start.0, &self.findings, &moments, &mut self.alerts),
            Some(why) => {
                self.account.unheard_s += span.seconds();
                self.intake.take(JudgeInput::Gap { span, why: why.to_string() }, tell);
                self.mind.gap(span);
                self.desk.unheard(start.0, &why.to_string(), &mut self.alerts);
                self.desk.announce(&self.findings, &moments, &mut self.alerts);
                tell(HallEvent::Unheard { window, span, why });
            }
        }
        self.publish(tell);
        self.tell_encounter(tell);
        if !settled.is_empty() {
            tell(HallEvent::Words { window, span, settled, tentative: String::new(), over: true });
        }
    }

    fn tell_encounter(&mut self, tell: &mut dyn FnMut(HallEvent)) {
        let standing = self.mind.standing();
        let open = self.mind.encounter().map(|(kind, since)| OpenEncounter { kind, since, standing });
        if open != self.encounter {
            self.encounter = open;
            tell(HallEvent::Encounter { window: self.window, open });
        }
    }

    /// Takes the partials whose turn has come; of an utterance that is over none is of any use.
    fn take_early_partials(&mut self, watch: Stopwatch, tell: &mut dyn FnMut(HallEvent)) {
        let (ready, early): (Vec<_>, Vec<_>) =
            self.early_partials.drain(..).partition(|partial| partial.after <= self.next);
        self.early_partials = early;
        for partial in ready {
            let over = self.settled.is_some_and(|settled| partial.span.start <= settled);
            if !over && Arc::ptr_eq(&partial.book, &self.book) {
                self.partial(&partial, watch, tell);
            }
        }
    }

    fn partial(&mut self, partial: &Partial, watch: Stopwatch, tell: &mut dyn FnMut(HallEvent)) {
        let Partial { span, pause, heard, times, .. } = partial;
        let hypothesis = &heard.hypothesis;
        self.account.partials += 1;
        self.account.effort.add(heard.effort);
        tell(HallEvent::Decoded { window: self.window, partial: true, effort: heard.effort });
        if self.agreement.as_ref().is_none_or(|(start, _)| *start != span.start) {
            self.agreement = Some((span.start, Agreement::default()));
        }
        let Some((_, agreement)) = &mut self.agreement else { return };
        // Before a pause no character is cut.
        let until = if *pause { span.end.plus(CUT_SAMPLES) } else { span.end };
        let Some(agreed) = agreement.take(hypothesis, until) else { return };
        let spoken = hypothesis.chars.iter().filter(|heard| !is_punctuation(heard.ch)).count();
        let foreseen = self.mind.foresee(heard);
        let previews: Vec<Preview> = foreseen
            .into_iter()
            .map(|Foreseen { finding, units, verified }| {
                let stands = *pause || units.end + CHARS_AFTER <= spoken;
                Preview::new(finding, &agreed, verified && stands)
            })
            .collect();
        let moments = self.moments(times, watch);
        let shown = self.veil.partial(hypothesis);
        self.desk.preview(span.start.0, &previews, &moments, &mut self.alerts);
        self.publish(tell);
        let text = |range: &[crate::asr::HeardChar]| range.iter().map(|heard| heard.ch).collect::<String>();
        let (settled, tentative) = shown.chars.split_at(agreed.committed);
        tell(HallEvent::Words {
            window: self.window,
            span: hypothesis.span,
            settled: text(settled),
            tentative: text(tentative),
            over: false,
        });
    }

    /// Publishes what was found without anything being heard: something is missing.
    fn announce(&mut self, watch: Stopwatch, tell: &mut dyn FnMut(HallEvent)) {
        if self.findings.is_empty() {
            return self.publish(tell);
        }
        let (cut, source_lag) = self.handed;
        let published = watch.elapsed();
        let moments = Moments { published, ..Moments::without_hearing(self.clock, source_lag, cut) };
        self.desk.announce(&self.findings, &moments, &mut self.alerts);
        self.publish(tell);
    }

    fn tell_lost(&mut self, lost: Option<Span>, tell: &mut dyn FnMut(HallEvent)) {
        if let Some(span) = lost {
            self.intake.flush(tell);
            tell(HallEvent::Unheard { window: self.window, span, why: Unheard::Lost });
        }
    }

    fn publish(&mut self, tell: &mut dyn FnMut(HallEvent)) {
        let window = self.window;
        for mut alert in self.alerts.drain(..) {
            let was = self.keeps_originals.then(|| alert.clone());
            self.veil.finding(&mut alert.finding);
            alert.note = self.veil.reason(&alert.note);
            let original = was.and_then(|was| of_alert(&was, &alert));
            tell(HallEvent::Alerted { window, alert, original });
        }
        for mut finding in self.findings.drain(..) {
            let was = self.keeps_originals.then(|| finding.clone());
            self.veil.finding(&mut finding);
            let original = was.and_then(|was| of_finding(&was, &finding));
            tell(HallEvent::Found { window, finding, original });
        }
        for encounter in self.mind.closed() {
            tell(HallEvent::Closed { window, encounter });
        }
    }

    fn moments(&self, times: &Times, watch: Stopwatch) -> Moments {
        Moments {
            clock: self.clock,
            source_lag: times.source_lag,
            cut: times.cut,
            taken: times.taken,
            decoded: times.decoded,
            verified: times.verified,
            published: watch.elapsed(),
        }
    }
}

fn named(why: Why) -> &'static str {
    match why {
        Why::Stale | Why::MadeRoom => "partial",
        Why::Shortened => "context",
        Why::Unverified => "verification",
        Why::Unheard => "utterance",
        Why::Superseded | Why::Withdrawn => "nothing",
    }
}

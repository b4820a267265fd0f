//! The judge thread: puts what was heard back in order and judges it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crossbeam_channel::Receiver;

use super::{Account, Body, Event, Latency, Message, Pace, Times};
use crate::clock::Stopwatch;
use crate::conduct::{CompiledBook, Finding, FindingKind};
use crate::pipeline::{HeardSegment, Mind, Settings};
use crate::units::SessionTime;

/// Judges until every listen and hear thread has gone.
pub(super) fn judge_all(
    messages: &Receiver<Message>,
    pace: Pace,
    settings: &Settings,
    book: &Arc<CompiledBook>,
    tell: &mut dyn FnMut(Event),
) {
    let mut sources: BTreeMap<usize, Docket> = BTreeMap::new();
    for Message { source, order, body } in messages {
        let docket = sources.entry(source).or_insert_with(|| Docket::new(source, pace));
        docket.early.insert(order, body);
        while let Some(body) = docket.early.remove(&docket.next) {
            docket.next += 1;
            docket.take(body, settings, book, tell);
        }
        if docket.ended {
            sources.remove(&source);
        }
    }
}

/// One recording before the judge.
struct Docket {
    source: usize,
    pace: Pace,
    mind: Option<Mind>,
    /// Started with the recording.
    watch: Option<Stopwatch>,
    /// Order of the message that is due.
    next: u64,
    /// Messages that came before their turn.
    early: BTreeMap<u64, Body>,
    account: Account,
    findings: Vec<Finding>,
    ended: bool,
}

impl Docket {
    fn new(source: usize, pace: Pace) -> Self {
        Self {
            source,
            pace,
            mind: None,
            watch: None,
            next: 0,
            early: BTreeMap::new(),
            account: Account::default(),
            findings: Vec::new(),
            ended: false,
        }
    }

    fn take(
        &mut self,
        body: Body,
        settings: &Settings,
        book: &Arc<CompiledBook>,
        tell: &mut dyn FnMut(Event),
    ) {
        let source = self.source;
        match body {
            Body::Opened { window, format, watch } => {
                self.watch = Some(watch);
                self.mind = Some(Mind::new(Arc::clone(book), window, settings));
                tell(Event::Opened { source, format });
            }
            Body::Clerk { silent, heard, times } => self.clerk(silent, heard, times, tell),
            Body::Visitor { span, heard } => {
                if let Some(mind) = &mut self.mind {
                    mind.visitor(span, &mut self.findings);
                }
                if let Some(heard) = heard {
                    tell(Event::Heard { source, hypothesis: heard.hypothesis });
                }
                self.publish(None, span.end, tell);
            }
            Body::Quiet(now) => {
                if let Some(mind) = &mut self.mind {
                    mind.quiet(now, &mut self.findings);
                }
                self.publish(None, now, tell);
                tell(Event::Progress { source, until: now });
            }
            Body::Gap(span) => {
                if let Some(mind) = &mut self.mind {
                    mind.gap(span);
                }
            }
            Body::Warned(warning) => tell(Event::Warned { source, warning }),
            Body::Failed(error) => {
                self.ended = self.mind.is_none();
                tell(Event::Failed { source, error });
            }
            Body::Ended { audio, gap } => {
                if let Some(mind) = &mut self.mind {
                    mind.finish(&mut self.findings);
                }
                self.publish(None, audio, tell);
                self.account.audio_s = audio.seconds();
                self.account.unheard_s += gap.seconds();
                self.ended = true;
                tell(Event::Ended { source, account: self.account });
            }
        }
    }

    fn clerk(
        &mut self,
        silent: crate::asr::Hypothesis,
        heard: Result<HeardSegment, String>,
        times: Times,
        tell: &mut dyn FnMut(Event),
    ) {
        let source = self.source;
        self.account.segments += 1;
        self.account.clerk_speech_s += silent.span.seconds();
        let heard = heard.unwrap_or_else(|fault| {
            self.account.unheard_s += silent.span.seconds();
            tell(Event::Warned { source, warning: format!("{fault}: not heard") });
            HeardSegment::silent(silent)
        });
        self.account.effort.add(heard.effort);
        if let Some(mind) = &mut self.mind {
            mind.clerk(&heard, &mut self.findings);
        }
        self.publish(Some(times), heard.hypothesis.span.end, tell);
        tell(Event::Heard { source, hypothesis: heard.hypothesis });
    }

    /// Tells what was found. What is missing could be known at `known_at`, at the earliest; what was said, when it
    /// had been said.
    fn publish(&mut self, times: Option<Times>, known_at: SessionTime, tell: &mut dyn FnMut(Event)) {
        let watch = self.watch.filter(|_| self.pace == Pace::RealTime);
        for finding in self.findings.drain(..) {
            let since = if finding.kind == FindingKind::Missing { known_at } else { finding.span.end };
            let latency = watch.map(|watch| latency(since.seconds(), times, watch));
            tell(Event::Judged { source: self.source, finding, latency });
        }
    }
}

fn latency(since_s: f64, times: Option<Times>, watch: Stopwatch) -> Latency {
    let now_s = watch.elapsed().as_secs_f64();
    let total_s = now_s - since_s;
    match times {
        Some(times) => Latency {
            endpoint_s: times.closed_s - since_s,
            queue_s: times.taken_s - times.closed_s,
            decode_s: times.decoded_s - times.taken_s,
            judge_s: now_s - times.decoded_s,
            total_s,
        },
        None => Latency { judge_s: total_s, total_s, ..Latency::default() },
    }
}

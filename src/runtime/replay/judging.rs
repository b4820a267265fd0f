//! The judge thread: puts what was heard back in order and judges it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crossbeam_channel::Receiver;

use super::{Account, Body, Event, Message};
use crate::conduct::{CompiledBook, Finding};
use crate::pipeline::{HeardSegment, Mind, Settings};
use crate::runtime::live::Unheard;

/// Judges until every listen and hear thread has gone.
pub(super) fn judge_all(
    messages: &Receiver<Message>,
    settings: &Settings,
    book: &Arc<CompiledBook>,
    tell: &mut dyn FnMut(Event),
) {
    let mut sources: BTreeMap<usize, Docket> = BTreeMap::new();
    for Message { source, order, body } in messages {
        let docket = sources.entry(source).or_insert_with(|| Docket::new(source));
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
    mind: Option<Mind>,
    /// Order of the message that is due.
    next: u64,
    /// Messages that came before their turn.
    early: BTreeMap<u64, Body>,
    account: Account,
    findings: Vec<Finding>,
    ended: bool,
}

impl Docket {
    fn new(source: usize) -> Self {
        Self {
            source,
            mind: None,
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
            Body::Opened { window, format, visitor } => {
                let mind = Mind::new(Arc::clone(book), window, settings);
                self.mind = Some(mind.hearing_visitor(visitor, settings));
                tell(Event::Opened { source, format });
            }
            Body::Clerk { silent, heard } => self.clerk(silent, heard, tell),
            Body::Visitor { span, level, heard } => {
                if let Some(mind) = &mut self.mind {
                    let words = heard.as_ref().filter(|_| settings.visitor_words);
                    mind.visitor(span, level, words, &mut self.findings);
                }
                tell(Event::VisitorSpoke { source, span });
                if let Some(heard) = heard.filter(|_| settings.hear_visitor) {
                    tell(Event::Heard { source, hypothesis: heard.hypothesis });
                }
                self.publish(tell);
            }
            Body::Quiet(quiet) => {
                let now = quiet.until;
                if let Some(mind) = &mut self.mind {
                    mind.quiet(quiet, &mut self.findings);
                }
                self.publish(tell);
                tell(Event::Progress { source, until: now });
            }
            Body::Gap(span) => {
                if let Some(mind) = &mut self.mind {
                    mind.gap(span);
                }
                tell(Event::Unheard { source, span, reason: Unheard::Lost.to_string() });
            }
            Body::Noted(report) => {
                if let Some(mind) = &mut self.mind {
                    mind.reported(report);
                }
            }
            Body::Ring(burst) => {
                if let Some(mind) = &mut self.mind {
                    mind.ring(burst, &mut self.findings);
                }
                self.publish(tell);
            }
            Body::Warned { warning, partly } => tell(Event::Warned { source, warning, partly }),
            Body::Failed(error) => {
                self.ended = self.mind.is_none();
                tell(Event::Failed { source, error });
            }
            Body::Ended { audio, gap } => {
                if let Some(mind) = &mut self.mind {
                    mind.finish(audio, &mut self.findings);
                }
                self.publish(tell);
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
        tell: &mut dyn FnMut(Event),
    ) {
        let source = self.source;
        self.account.segments += 1;
        let span = silent.span;
        self.account.clerk_speech_s += span.seconds();
        let failed = heard.is_err();
        let heard = heard.unwrap_or_else(|fault| {
            self.account.unheard_s += span.seconds();
            tell(Event::Unheard { source, span, reason: fault.clone() });
            tell(Event::Warned { source, warning: format!("{fault}: not heard"), partly: false });
            HeardSegment::silent(silent)
        });
        self.account.effort.add(heard.effort);
        if let Some(mind) = &mut self.mind {
            mind.clerk(&heard, &mut self.findings);
            if failed {
                mind.gap(span);
            }
        }
        self.publish(tell);
        tell(Event::Heard { source, hypothesis: heard.hypothesis });
    }

    fn publish(&mut self, tell: &mut dyn FnMut(Event)) {
        let source = self.source;
        for finding in self.findings.drain(..) {
            tell(Event::Judged { source, finding });
        }
        for encounter in self.mind.iter_mut().flat_map(Mind::closed) {
            tell(Event::Closed { source, encounter });
        }
    }
}

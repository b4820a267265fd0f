//! What is kept of a recording while it is heard, and the lines of JSON that it becomes.

use std::io::Write;

use crate::asr::Hypothesis;
use crate::cli::args::ReplayArgs;
use crate::cli::encounters::EncounterLine;
use crate::cli::error::CliError;
use crate::cli::json::{AccountLine, FindingLine, Line, StretchLine, TranscriptLine};
use crate::conduct::rulebook::Rulebook;
use crate::conduct::{Encounter, Finding, FindingState};
use crate::runtime::{Account, Event};
use crate::units::Span;

/// What is kept of a recording until it is its turn to be printed.
#[derive(Default)]
pub(in crate::cli) struct Sheet {
    pub findings: Vec<Finding>,
    pub transcript: Vec<Hypothesis>,
    pub encounters: Vec<Encounter>,
    pub problems: Vec<Problem>,
    /// Who spoke when, besides the transcript, and what nobody heard; kept where it is asked for.
    pub visitor: Vec<Span>,
    pub unheard: Vec<(Span, String)>,
    pub account: Option<Account>,
    pub opened: bool,
    pub done: bool,
}

/// Something that was wrong with a recording.
pub(in crate::cli) struct Problem {
    pub message: String,
    /// It was not read, or no further.
    pub fatal: bool,
    /// It was read to the end of its file, which is not its own.
    pub partly: bool,
}

impl Sheet {
    /// It could not be read, or not to its end.
    pub fn failed(&self) -> bool {
        self.problems.iter().any(|problem| problem.fatal || problem.partly)
    }

    /// Takes in what is told of it.
    pub fn note(&mut self, event: Event) {
        match event {
            Event::Opened { .. } => self.opened = true,
            Event::Progress { .. } => {}
            Event::Heard { hypothesis, .. } => self.transcript.push(hypothesis),
            Event::Judged { finding, .. } => finding.settle_into(&mut self.findings),
            Event::VisitorSpoke { span, .. } => self.visitor.push(span),
            Event::Unheard { span, reason, .. } => self.unheard.push((span, reason)),
            Event::Closed { encounter, .. } => self.encounters.push(encounter),
            Event::Warned { warning, partly, .. } => {
                self.problems.push(Problem { message: warning, fatal: false, partly });
            }
            Event::Failed { error, .. } => {
                self.problems.push(Problem { message: error, fatal: true, partly: true });
                // Nothing more comes of a recording that was never opened; of others the end is still to come.
                self.done = !self.opened;
            }
            Event::Ended { account, .. } => {
                self.account = Some(account);
                self.done = true;
            }
        }
    }

    /// In the order of time, whatever became known first.
    pub fn sort(&mut self) {
        self.findings.sort_by(|a, b| (a.span, &a.provision, &a.rule).cmp(&(b.span, &b.provision, &b.rule)));
        self.encounters.sort_by_key(|encounter| encounter.span);
        self.transcript.sort_by_key(|heard| (heard.span, heard.channel));
        self.visitor.sort();
        self.unheard.sort();
        self.transcript.retain(|heard| !heard.chars.is_empty());
    }

    /// Findings that are asked for.
    pub fn shown(&self, args: &ReplayArgs) -> impl Iterator<Item = &Finding> {
        let near_misses = args.near_misses;
        let stands = |state| !matches!(state, FindingState::Held | FindingState::Retracted);
        self.findings.iter().filter(move |f| near_misses || stands(f.state))
    }

    /// Lets go of everything but what the summary needs.
    pub fn clear(&mut self) {
        (self.findings, self.transcript, self.encounters) = Default::default();
        (self.visitor, self.unheard) = Default::default();
    }

    /// What is asked for of it as JSON lines (docs/json.md); it has to be sorted.
    pub fn write_lines(
        &self,
        (path, window): (&str, &str),
        args: &ReplayArgs,
        rules: &Rulebook,
        out: &mut impl Write,
    ) -> Result<(), CliError> {
        let mut write = |line: &Line<'_>| -> Result<(), CliError> {
            serde_json::to_writer(&mut *out, line)?;
            Ok(writeln!(out)?)
        };
        for Problem { message, fatal, partly } in &self.problems {
            write(&Line::Problem { file: path, message, fatal: *fatal, partly: *partly })?;
        }
        if args.transcript {
            for heard in &self.transcript {
                write(&Line::Transcript(TranscriptLine::new(path, window, heard)))?;
            }
        }
        if args.timeline {
            for span in &self.visitor {
                write(&Line::Visitor(StretchLine::new(path, window, *span)))?;
            }
            for (span, reason) in &self.unheard {
                let of = StretchLine::new(path, window, *span);
                write(&Line::Unheard { of, reason })?;
            }
        }
        for encounter in &self.encounters {
            write(&Line::Encounter(EncounterLine::new(path, window, encounter)))?;
        }
        for finding in self.shown(args) {
            write(&Line::Finding(FindingLine::new(path, finding, rules)))?;
        }
        if let Some(account) = self.account.as_ref().filter(|_| args.timeline) {
            write(&Line::Account(AccountLine::new(path, window, account)))?;
        }
        Ok(())
    }
}

/// The recording that an event is of.
pub(in crate::cli) fn source_of(event: &Event) -> usize {
    match event {
        Event::Opened { source, .. }
        | Event::Progress { source, .. }
        | Event::Heard { source, .. }
        | Event::Judged { source, .. }
        | Event::VisitorSpoke { source, .. }
        | Event::Unheard { source, .. }
        | Event::Closed { source, .. }
        | Event::Warned { source, .. }
        | Event::Failed { source, .. }
        | Event::Ended { source, .. } => *source,
    }
}

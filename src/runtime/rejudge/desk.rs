//! A window of a run, judged again. In: its events, in order. Out: what was found then, and what is found now.

use super::compare::stands;
use crate::conduct::{CompiledBook, Finding};
use crate::ledger::event::{Body, Event, Kind};
use crate::ledger::{JournalFault, JudgeInput};
use crate::pipeline::Mind;
use crate::units::{SAMPLE_RATE_HZ, SessionTime};

/// A finding, and the wall time at which that was said, or not said.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Placed {
    pub run: u64,
    pub wall_us: i64,
    pub finding: Finding,
}

/// Something that the judge took in then is missing, and what is found now may be another for that alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hole {
    None,
    /// The journal leaves out what is said.
    Going,
    /// Until the encounter that it was in is over.
    Closing,
    /// It is over in the journal; the judge's own may not be yet.
    Closed,
}

pub(super) struct Desk {
    mind: Mind,
    /// Session time and wall time of one moment.
    clock: Option<(SessionTime, i64)>,
    before: Vec<Placed>,
    now: Vec<Placed>,
    found: Vec<Finding>,
    hole: Hole,
    /// Nothing more of what is said is asked for.
    over: bool,
    pub inputs: u64,
    /// The audio that was judged ends here.
    pub until: SessionTime,
    /// Findings in a hole.
    pub open: u64,
}

impl Desk {
    pub fn new(mind: Mind) -> Self {
        Self {
            mind,
            clock: None,
            before: Vec::new(),
            now: Vec::new(),
            found: Vec::new(),
            hole: Hole::None,
            over: false,
            inputs: 0,
            until: SessionTime(0),
            open: 0,
        }
    }

    /// The journal begins to leave something out, or has come to the end of it.
    pub fn miss(&mut self, over: bool) {
        self.hole = if over { Hole::Closing } else { Hole::Going };
    }

    /// Takes an event of this window in. What is said after `until_us` is not judged.
    pub fn take(
        &mut self,
        event: &Event,
        book: &CompiledBook,
        until_us: Option<i64>,
    ) -> Result<(), JournalFault> {
        match Kind::parse(&event.kind) {
            Some(Kind::Clock) => {
                if let (Some(Body::Clock(clock)), Some(at)) = (event.read()?, event.session) {
                    self.clock = Some((at.start, clock.wall_us));
                }
            }
            Some(Kind::Finding) => match event.read()? {
                Some(Body::Finding(finding)) if self.hole == Hole::None => {
                    let placed = self.place(*finding, event);
                    settle(placed, &mut self.before);
                }
                Some(Body::Finding(finding)) => self.open += u64::from(stands(&finding)),
                _ => self.open += 1,
            },
            Some(Kind::Encounter) => {
                self.hole = if self.hole == Hole::Closing { Hole::Closed } else { self.hole };
            }
            Some(_) if !self.over => self.judge(event, book, until_us)?,
            _ => {}
        }
        // A judge that is in the middle of something remembers the hole.
        if self.hole == Hole::Closed && self.mind.encounter().is_none() {
            self.hole = Hole::None;
        }
        Ok(())
    }

    /// What was found then and what is found now, of what was said from the first wall time on and before the second.
    pub fn findings(self, from_us: Option<i64>, until_us: Option<i64>) -> (Vec<Placed>, Vec<Placed>) {
        let asked = |placed: &Placed| {
            from_us.is_none_or(|from| placed.wall_us >= from)
                && until_us.is_none_or(|until| placed.wall_us < until)
        };
        let (mut before, mut now) = (self.before, self.now);
        before.retain(asked);
        now.retain(asked);
        (before, now)
    }

    fn judge(
        &mut self,
        event: &Event,
        book: &CompiledBook,
        until_us: Option<i64>,
    ) -> Result<(), JournalFault> {
        match JudgeInput::of_event(event, book)? {
            Some(input) => {
                self.mind.take(&input, &mut self.found);
                self.inputs += u64::from(!matches!(input, JudgeInput::Quiet { .. }));
            }
            None => {
                // Forgotten: there was speech, and nobody can hear it any more.
                if let Some(span) = event.session {
                    self.mind.gap(span);
                }
                if self.hole != Hole::Going {
                    self.hole = Hole::Closing;
                }
            }
        }
        if let Some(span) = event.session {
            self.until = self.until.max(span.end);
        }
        for finding in std::mem::take(&mut self.found) {
            if self.hole == Hole::None {
                let placed = self.place(finding, event);
                settle(placed, &mut self.now);
            }
        }
        // Nobody asks for its encounters; and it is over when what is asked for is.
        let _ = self.mind.closed();
        self.over = until_us.is_some_and(|until| event.wall_us >= until) && self.mind.encounter().is_none();
        Ok(())
    }

    fn place(&self, finding: Finding, event: &Event) -> Placed {
        let wall_us = self.clock.map_or(event.wall_us, |(session, wall_us)| {
            let samples = i128::from(finding.span.start.0) - i128::from(session.0);
            let us = samples * 1_000_000 / i128::from(SAMPLE_RATE_HZ);
            wall_us.saturating_add(i64::try_from(us).unwrap_or(i64::MAX))
        });
        Placed { run: event.run, wall_us, finding }
    }
}

/// Later words on a finding take its place. They come in the same turn: no further back than this.
const TURN_FINDINGS: usize = 256;

fn settle(placed: Placed, into: &mut Vec<Placed>) {
    let recent = into.len().saturating_sub(TURN_FINDINGS);
    match into[recent..].iter_mut().find(|earlier| placed.finding.revises(&earlier.finding)) {
        Some(earlier) => *earlier = placed,
        None => into.push(placed),
    }
}
